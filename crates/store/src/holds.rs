//! Why an order is on hold, as JSON text in a column.

use serde_json::{Value, json};
use waybill_domain::{Hold, HoldReason, Timestamp};

/// A list of objects.
pub(crate) fn write(holds: &[Hold]) -> String {
    let one = |hold: &Hold| {
        let Hold { handle, reason, note, at } = hold;
        json!({"handle": handle, "reason": reason.as_str(), "note": note, "at": at.0})
    };
    Value::Array(holds.iter().map(one).collect()).to_string()
}

/// Reads what [`write`] wrote.
pub(crate) fn read(text: &str) -> Option<Vec<Hold>> {
    let list: Vec<Value> = serde_json::from_str(text).ok()?;
    let one = |value: Value| {
        Some(Hold {
            handle: value["handle"].as_str()?.to_owned(),
            reason: HoldReason::parse(value["reason"].as_str()?)?,
            note: value["note"].as_str().map(str::to_owned),
            at: Timestamp(value["at"].as_i64()?),
        })
    };
    list.into_iter().map(one).collect()
}
