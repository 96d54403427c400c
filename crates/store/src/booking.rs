//! What is wrong with a booking, and when a consignment came to each stage, as JSON text in columns.

use serde_json::{Value, json};
use waybill_domain::{BookingFault, ConsignmentStage, Timestamp};

pub(crate) fn write_faults(faults: &[BookingFault]) -> String {
    let one = |fault: &BookingFault| {
        let BookingFault { code, field, message, by_carrier, is_error } = fault;
        json!({"code": code, "field": field, "message": message, "by_carrier": by_carrier, "is_error": is_error})
    };
    Value::Array(faults.iter().map(one).collect()).to_string()
}

pub(crate) fn read_faults(text: &str) -> Option<Vec<BookingFault>> {
    let list: Vec<Value> = serde_json::from_str(text).ok()?;
    let one = |value: Value| {
        Some(BookingFault {
            code: value["code"].as_str()?.to_owned(),
            field: value["field"].as_str().map(str::to_owned),
            message: value["message"].as_str()?.to_owned(),
            by_carrier: value["by_carrier"].as_bool()?,
            is_error: value["is_error"].as_bool()?,
        })
    };
    list.into_iter().map(one).collect()
}

pub(crate) fn write_milestones(milestones: &[(ConsignmentStage, Timestamp)]) -> String {
    let list: Vec<Value> = milestones.iter().map(|(stage, at)| json!([stage.as_str(), at.0])).collect();
    Value::Array(list).to_string()
}

pub(crate) fn read_milestones(text: &str) -> Option<Vec<(ConsignmentStage, Timestamp)>> {
    let list: Vec<(String, i64)> = serde_json::from_str(text).ok()?;
    list.into_iter().map(|(stage, at)| Some((ConsignmentStage::parse(&stage)?, Timestamp(at)))).collect()
}
