//! What belongs to an order.

use waybill_domain::{ConsignmentId, CreditMemoId, InvoiceId, LetterId, OperationId, ShipmentId};

use crate::database::Thing;
use crate::sql::Row;

/// What belongs to an order, by its ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) shipments: Vec<ShipmentId>,
    pub(crate) invoices: Vec<InvoiceId>,
    pub(crate) credit_memos: Vec<CreditMemoId>,
    pub(crate) consignments: Vec<ConsignmentId>,
    pub(crate) operations: Vec<OperationId>,
    pub(crate) letters: Vec<LetterId>,
}

/// The parts of an order: tenant and id.
pub(crate) static PARTS: Thing<6, Parts> = Thing {
    texts: [
        "select id from shipments where tenant = ?1 and order_id = ?2",
        "select id from invoices where tenant = ?1 and order_id = ?2",
        "select id from credit_memos where tenant = ?1 and order_id = ?2",
        "select id from consignments where tenant = ?1 and order_id = ?2",
        "select id from operations where tenant = ?1 and order_id = ?2",
        "select id from letters where tenant = ?1 and order_id = ?2",
    ],
    read: |[shipments, invoices, credit_memos, consignments, operations, letters]| {
        Ok(Parts {
            shipments: ids(shipments, ShipmentId),
            invoices: ids(invoices, InvoiceId),
            credit_memos: ids(credit_memos, CreditMemoId),
            consignments: ids(consignments, ConsignmentId),
            operations: ids(operations, OperationId),
            letters: ids(letters, LetterId),
        })
    },
};

fn ids<T>(rows: Vec<Row>, of: fn(i64) -> T) -> Vec<T> {
    rows.into_iter().map(|mut row| of(row.int())).collect()
}
