//! All that can happen to our data: the second of the four lists. `WorkingSet::apply` and `store/record.rs` must
//! mean the same by each.

use crate::{
    AccessChange, Account, Amounts, Comment, Details, Document, Done, Invoice, ItemId, LineAmounts, Link, Money,
    Movement, Order, OrderId, Product, Reservation, Shipment, Sku, Source, SourceCode, SourceItem, Stage, Stock,
    StockId, Store, StoreId, Timestamp, Track, TrackId, Website,
};

/// One thing that becomes true.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    WebsiteSaved(Website),
    StoreSaved(Store),
    SourceSaved(Box<Source>),
    StockSaved(Stock),
    StockDeleted(StockId),
    LinkSaved(Link),
    LinkDeleted(StockId, SourceCode),
    ProductSaved(Box<Product>),
    /// A further attribute of a product: name and JSON text.
    ProductDescribed {
        sku: Sku,
        attribute: String,
        value: String,
    },
    ProductDeleted(Sku),

    /// A sku is put on a source, with nothing there yet.
    SourceItemAdded(SourceItem),
    /// Goods came to a source or left it; `in_stock` is what its flag says afterwards.
    StockMoved {
        movement: Movement,
        in_stock: bool,
    },
    /// The flag alone.
    StockFlagged {
        source: SourceCode,
        sku: Sku,
        in_stock: bool,
    },
    /// The sku is off the source; what lay there was moved off before.
    SourceItemRemoved {
        source: SourceCode,
        sku: Sku,
    },
    /// What a stock holds for an order grew or shrank.
    Held(Reservation),

    /// A number was given out; `next` is the one after it.
    NumberDrawn {
        store: StoreId,
        document: Document,
        next: i64,
    },
    OrderAccepted {
        order: Box<Order>,
        account: Box<Account>,
        details: Box<Details>,
    },
    /// An order's state, status and hold.
    Staged {
        order: OrderId,
        stage: Stage,
        at: Timestamp,
    },
    /// What an order says of itself.
    Described {
        order: OrderId,
        email: String,
        details: Box<Details>,
        at: Timestamp,
    },
    /// What has become of a line.
    ItemDone {
        order: OrderId,
        item: ItemId,
        done: Done,
    },
    /// What invoices say is paid.
    Paid {
        order: OrderId,
        paid: Money,
    },
    /// An invoice was added to the order's account.
    Invoiced {
        order: OrderId,
        amounts: Amounts,
        lines: Vec<(ItemId, LineAmounts)>,
    },
    /// A cancel was added to the order's account.
    CanceledAmounts {
        order: OrderId,
        amounts: Amounts,
        lines: Vec<(ItemId, LineAmounts)>,
    },
    ShipmentMade(Box<Shipment>),
    InvoiceMade(Box<Invoice>),
    TrackAdded(Track),
    TrackRemoved(TrackId),
    Commented(Comment),
    /// Everything about people and their rights.
    Access(AccessChange),
}
