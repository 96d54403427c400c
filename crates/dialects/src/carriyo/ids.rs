//! Our ids as this door writes them: thirteen characters that say what they are of.

use waybill_domain::{ConsignmentId, FulfilmentOrderId, OrderId, ShipmentId};

/// An order.
pub(crate) fn order(id: OrderId) -> String {
    format!("O{:012}", id.0)
}

/// A fulfilment order.
pub(crate) fn fulfilment_order(id: FulfilmentOrderId) -> String {
    format!("FO{:011}", id.0)
}

/// What was fulfilled at one time: our shipment.
pub(crate) fn fulfilment(id: ShipmentId) -> String {
    format!("F{:012}", id.0)
}

/// What a carrier carries: our consignment.
pub(crate) fn shipment(id: ConsignmentId) -> String {
    format!("S{:012}", id.0)
}

pub(crate) fn read_order(text: &str) -> Option<OrderId> {
    read(text, "O", 12).map(OrderId)
}

pub(crate) fn read_fulfilment_order(text: &str) -> Option<FulfilmentOrderId> {
    read(text, "FO", 11).map(FulfilmentOrderId)
}

pub(crate) fn read_fulfilment(text: &str) -> Option<ShipmentId> {
    read(text, "F", 12).map(ShipmentId)
}

pub(crate) fn read_shipment(text: &str) -> Option<ConsignmentId> {
    read(text, "S", 12).map(ConsignmentId)
}

fn read(text: &str, kind: &str, digits: usize) -> Option<i64> {
    let number = text.strip_prefix(kind)?;
    let is_one = number.len() >= digits && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_one { number.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_they_are_written() {
        for id in [1, 42, 999_999_999_999, 10_000_000_000_000] {
            assert_eq!(read_order(&order(OrderId(id))), Some(OrderId(id)));
            assert_eq!(read_fulfilment_order(&fulfilment_order(FulfilmentOrderId(id))), Some(FulfilmentOrderId(id)));
            assert_eq!(read_shipment(&shipment(ConsignmentId(id))), Some(ConsignmentId(id)));
            assert_eq!(read_fulfilment(&fulfilment(ShipmentId(id))), Some(ShipmentId(id)));
        }
        assert_eq!(order(OrderId(7)), "O000000000007");
        for text in ["", "O", "O7", "X000000000007", "O-00000000007", "o000000000007", "O99999999999999999999"] {
            assert_eq!(read_order(text), None, "{text}");
        }
    }
}
