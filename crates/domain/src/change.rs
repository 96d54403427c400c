//! All that can happen to our data: the second of the four lists. `WorkingSet::apply` and `store/record.rs` must
//! mean the same by each.

use crate::{
    AccessChange, Account, Amount, Amounts, CarrierAccount, Comment, Consignment, CreditMemo, CreditMemoId, Details,
    Document, DocumentId, Done, FulfilmentOrder, FulfilmentOrderId, Invoice, InvoiceId, InvoiceState, ItemId, Letter,
    LineAmounts, Link, Money, Movement, Operation, Order, OrderId, Payment, Product, Quantity, Reservation, Revised,
    Shipment, ShipmentId, ShipmentLineId, Sku, Source, SourceCode, SourceItem, Stage, Stock, StockId, Store, StoreId,
    Timestamp, Track, TrackId, Website,
};

/// One thing that becomes true.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A website is as it says; its stock too.
    WebsiteSaved(Website),
    /// A store view is as it says.
    StoreSaved(Store),
    /// A source is as it says.
    SourceSaved(Box<Source>),
    /// A stock is as it says.
    StockSaved(Stock),
    /// A stock is gone, with its links.
    StockDeleted(StockId),
    /// A source serves a stock, at a priority.
    LinkSaved(Link),
    /// A source no longer serves a stock.
    LinkDeleted(StockId, SourceCode),
    /// A product is as it says.
    ProductSaved(Box<Product>),
    /// A further attribute of a product: name and JSON text.
    ProductDescribed { sku: Sku, attribute: String, value: String },
    /// A product is gone, with its attributes.
    ProductDeleted(Sku),

    /// A sku is put on a source, with nothing there yet.
    SourceItemAdded(SourceItem),
    /// Goods came to a source or left it; `in_stock` is what its flag says afterwards.
    StockMoved { movement: Movement, in_stock: bool },
    /// The flag alone.
    StockFlagged { source: SourceCode, sku: Sku, in_stock: bool },
    /// The sku is off the source; what lay there was moved off before.
    SourceItemRemoved { source: SourceCode, sku: Sku },
    /// What a stock holds for an order grew or shrank.
    Held(Reservation),

    /// More or less of what lies at a source is bound to orders.
    Allocated { source: SourceCode, sku: Sku, change: Quantity },
    /// What of it can be used for nothing.
    Unavailable { source: SourceCode, sku: Sku, quantity: Quantity },

    /// A number was given out; `next` is the one after it.
    NumberDrawn { store: StoreId, document: Document, next: i64 },
    /// An order came in.
    OrderAccepted { order: Box<Order>, account: Box<Account>, details: Box<Details> },
    /// An order's state, status and holds, and how many shipments and consignments it had.
    Staged { order: OrderId, stage: Stage, shipments: i64, consignments: i64, at: Timestamp },
    /// What locations do of an order: those that are as they say, with how many rows they had, and those that are gone.
    Fulfilment { order: OrderId, saved: Vec<(FulfilmentOrder, usize)>, gone: Vec<FulfilmentOrderId> },
    /// How an order is paid.
    PaidBy { order: OrderId, method: String },
    /// What an order says of itself.
    Described { order: OrderId, email: String, details: Box<Details>, at: Timestamp },
    /// Lines of an order are new, or otherwise than they were, and what is ordered comes to so much more, or less.
    Revised { order: OrderId, lines: Vec<Revised>, amounts: Amounts },
    /// What has become of a line.
    ItemDone { order: OrderId, item: ItemId, done: Done },
    /// What invoices say is paid, and what of it is due again.
    Paid { order: OrderId, paid: Money, due_again: Amount },
    /// An invoice was added to the order's account, or taken out of it again.
    Invoiced { order: OrderId, amounts: Amounts, lines: Vec<(ItemId, LineAmounts)> },
    /// Money was given back, and added to the order's account: what came of it so far, and what this one adds.
    Refunded { order: OrderId, refunded: Money, kept_back: Amount, amounts: Amounts, lines: Vec<(ItemId, LineAmounts)> },
    /// A cancel was added to the order's account.
    CanceledAmounts { order: OrderId, amounts: Amounts, lines: Vec<(ItemId, LineAmounts)> },
    /// A shipment was made, with its lines and tracks.
    ShipmentMade(Box<Shipment>),
    /// A shipment is as it says; `gone` are lines that it had. Its tracks have changes of their own.
    ShipmentSaved { shipment: Box<Shipment>, gone: Vec<ShipmentLineId> },
    /// A shipment was taken back, with its lines and tracks.
    ShipmentGone { order: OrderId, shipment: ShipmentId },
    /// An account with a carrier is as it says; when it was made stays.
    CarrierAccountSaved(CarrierAccount),
    /// Something is to be carried. Where its carrier is to be asked, an errand sees to it.
    ConsignmentMade(Box<Consignment>),
    /// A consignment is as it says; the same of its errand.
    ConsignmentSaved(Box<Consignment>),
    /// An invoice was made, with its lines.
    InvoiceMade(Box<Invoice>),
    /// A credit memo was made, with its lines.
    CreditMemoMade(Box<CreditMemo>),
    /// An order's money at a gateway is as it says.
    PaymentSaved(Box<Payment>),
    /// Something is to be asked of a gateway: an errand sees to it, and until then its order waits.
    OperationBegun(Box<Operation>),
    /// A gateway's answer was decided: its errand is done, its order waits no longer.
    OperationSettled(Box<Operation>),
    /// A customer is to be told of something by mail: an errand sees to it.
    LetterWanted(Box<Letter>),
    /// It is known what became of a letter: its errand is done.
    LetterSettled(Box<Letter>),
    /// What a gateway had done has failed after all. Its order may wait for another operation by now.
    OperationFailed(Box<Operation>),
    /// An invoice is paid, or due again.
    InvoiceStands {
        order: OrderId,
        invoice: InvoiceId,
        state: InvoiceState,
        transaction: Option<String>,
        at: Timestamp,
    },
    /// The money of a credit memo has not gone.
    CreditMemoOpen { order: OrderId, memo: CreditMemoId, at: Timestamp },
    /// A shipment has a further tracking number.
    TrackAdded(Track),
    /// A tracking number is gone.
    TrackRemoved(TrackId),
    /// A settled operation is as it says: its plan and its reason speak of nobody any more.
    OperationRedacted(Box<Operation>),
    /// An order speaks of nobody any more. What was remarked on it and on these documents, all of its own, goes with this
    /// change, and so do the titles of tracks and what doors answered; the rest has changes of its own.
    Redacted { order: OrderId, documents: Vec<DocumentId>, at: Timestamp },
    /// Somebody remarked something.
    Commented(Comment),
    /// Everything about people and their rights.
    Access(AccessChange),
}
