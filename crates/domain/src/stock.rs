//! What lies where, what is held, and what can still be sold.

use crate::{CreditMemoId, InvoiceId, OrderId, Product, Quantity, ShipmentId, Sku, SourceCode, SourceItemId, StockId};

/// How much of a sku lies at a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceItem {
    pub id: SourceItemId,
    pub source: SourceCode,
    pub sku: Sku,
    /// Never below zero.
    pub on_hand: Quantity,
    /// Bound to orders by their fulfilment orders. It can be more than what lies here: where somebody counted less, or
    /// said that an order is to be fulfilled from here although there is nothing yet.
    pub allocated: Quantity,
    /// Lies here and can be used for nothing: damaged, or kept back.
    pub unavailable: Quantity,
    /// Whether it counts as in stock; people may switch it off although goods are there.
    pub in_stock: bool,
}

impl SourceItem {
    /// What lies here and is bound to nobody; below zero where more is bound than lies here.
    pub fn free(&self) -> Quantity {
        self.on_hand - self.unavailable - self.allocated
    }
}

/// Why the quantity at a source changed. What was written about stock is never rewritten: a correction is a
/// further movement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    pub source: SourceCode,
    pub sku: Sku,
    /// What came (positive) or went (negative).
    pub change: Quantity,
    pub cause: Cause,
}

/// The act behind a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Somebody counted, or set a number.
    Counted,
    /// Carried from one source to another.
    Transferred,
    /// The source item was taken off the source.
    Unassigned,
    /// Left with a shipment.
    Shipped(ShipmentId),
    /// Lay ready for a shipment that was not paid for, or was taken back.
    NotShipped(ShipmentId),
    /// A virtual or downloadable item was handed over with an invoice.
    Invoiced(InvoiceId),
    /// Came back with a refund.
    Returned { order: OrderId, memo: CreditMemoId },
    /// Refunded before it was sent, and not to be sold again.
    WrittenOff(CreditMemoId),
}

impl Cause {
    /// Its name in the table of movements, and the document behind it.
    pub fn name_and_document(self) -> (&'static str, Option<i64>) {
        match self {
            Cause::Counted => ("counted", None),
            Cause::Transferred => ("transferred", None),
            Cause::Unassigned => ("unassigned", None),
            Cause::Shipped(shipment) => ("shipped", Some(shipment.0)),
            Cause::NotShipped(shipment) => ("not shipped", Some(shipment.0)),
            Cause::Invoiced(invoice) => ("invoiced", Some(invoice.0)),
            Cause::Returned { order: _, memo } => ("returned", Some(memo.0)),
            Cause::WrittenOff(memo) => ("written off", Some(memo.0)),
        }
    }
}

/// Why what is held for an order changed (contract section 10.3, with our sign: holding is positive).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    pub stock: StockId,
    pub sku: Sku,
    pub order: OrderId,
    /// Positive: held. Negative: released.
    pub change: Quantity,
    pub event: Event,
}

/// The act behind a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// An order was accepted and holds what it needs.
    OrderPlaced,
    /// What was canceled is free again.
    OrderCanceled,
    /// The order was closed while it still held something; Magento has no name for it.
    OrderClosed,
    /// What was shipped has left its source.
    ShipmentCreated,
    /// What is virtual was handed over with its invoice.
    InvoiceCreated,
    /// What was refunded before it was sent is free again.
    CreditMemoCreated,
}

impl Event {
    /// As Magento names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Event::OrderPlaced => "order_placed",
            Event::OrderCanceled => "order_canceled",
            Event::OrderClosed => "order_closed",
            Event::ShipmentCreated => "shipment_created",
            Event::InvoiceCreated => "invoice_created",
            Event::CreditMemoCreated => "creditmemo_created",
        }
    }
}

/// What a stock can still promise of a sku: what lies in stock at its enabled sources, less what is held, less
/// the out-of-stock threshold (contract section 10.2).
pub fn salable(items: impl Iterator<Item = Quantity>, held: Quantity, product: Option<&Product>) -> Quantity {
    let threshold = product.map_or(Quantity::ZERO, |product| product.stock.out_at());
    items.sum::<Quantity>() - held - threshold
}
