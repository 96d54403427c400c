//! One type for each kind of id, so that one cannot be taken for another; and the two keys that people write.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// Who owns everything in it.
    TenantId,
    /// A sales channel.
    WebsiteId,
    /// A store view of a website. 0 is the `admin` scope, 1 the `default` store view.
    StoreId,
    /// What a website can sell from. 1 is the default stock.
    StockId,
    /// A product of the catalogue.
    ProductId,
    /// A source item: its order of creation decides the order of source selection.
    SourceItemId,
    /// An order.
    OrderId,
    /// A line of an order.
    ItemId,
    /// An address of an order.
    AddressId,
    /// A comment on an order or a document.
    CommentId,
    /// A shipment.
    ShipmentId,
    /// A line of a shipment.
    ShipmentLineId,
    /// A tracking number of a shipment.
    TrackId,
    /// What one location does of an order.
    FulfilmentOrderId,
    /// Something that a carrier carries.
    ConsignmentId,
    /// An invoice.
    InvoiceId,
    /// A line of an invoice.
    InvoiceLineId,
    /// A credit memo.
    CreditMemoId,
    /// A line of a credit memo.
    CreditMemoLineId,
    /// Something that was asked of a gateway.
    OperationId,
    /// Something that a customer is told by mail.
    LetterId,
    /// Something to do later.
    ErrandId,
    /// A person who signs in.
    UserId,
}

/// The kinds of ids that are drawn one by one while commands are decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdKind {
    Product,
    SourceItem,
    Order,
    Item,
    Address,
    Comment,
    Shipment,
    ShipmentLine,
    Track,
    FulfilmentOrder,
    Consignment,
    Invoice,
    InvoiceLine,
    CreditMemo,
    CreditMemoLine,
    Operation,
    Letter,
    Errand,
    User,
    /// No id, but drawn like one: the number of a store's shipment. Numbers of other documents have no gaps, so
    /// they are drawn from the working set.
    ShipmentNumber(StoreId),
    /// An entry that no decision names: a movement, a reservation, a line of the audit trail.
    Entry,
}

impl IdKind {
    /// Its name in the table of counters.
    pub fn counter(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            IdKind::Product => "product",
            IdKind::SourceItem => "source_item",
            IdKind::Order => "order",
            IdKind::Item => "item",
            IdKind::Address => "address",
            IdKind::Comment => "comment",
            IdKind::Shipment => "shipment",
            IdKind::ShipmentLine => "shipment_line",
            IdKind::Track => "track",
            IdKind::FulfilmentOrder => "fulfilment_order",
            IdKind::Consignment => "consignment",
            IdKind::Invoice => "invoice",
            IdKind::InvoiceLine => "invoice_line",
            IdKind::CreditMemo => "credit_memo",
            IdKind::CreditMemoLine => "credit_memo_line",
            IdKind::Operation => "operation",
            IdKind::Letter => "letter",
            IdKind::Errand => "errand",
            IdKind::User => "user",
            IdKind::Entry => "entry",
            IdKind::ShipmentNumber(store) => return Cow::Owned(format!("shipment_number_{store}")),
        })
    }
}

/// A moment in time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// What a decision takes from the world: the time, and fresh ids.
pub struct Moment<'a> {
    /// When the batch is decided.
    pub now: Timestamp,
    draw: &'a mut dyn FnMut(IdKind) -> i64,
}

impl<'a> Moment<'a> {
    /// A moment at `now`; `draw` never gives the same id of a kind twice.
    pub fn new(now: Timestamp, draw: &'a mut dyn FnMut(IdKind) -> i64) -> Moment<'a> {
        Moment { now, draw }
    }

    /// The next id of this kind.
    pub fn draw(&mut self, kind: IdKind) -> i64 {
        (self.draw)(kind)
    }
}

/// A stock keeping unit. Compared without regard to case and surrounding blanks (contract section 10), shown as
/// it was written.
#[derive(Clone, Debug)]
pub struct Sku {
    shown: Arc<str>,
    key: Arc<str>,
}

impl Sku {
    /// The sku as written.
    pub fn new(text: &str) -> Sku {
        let shown: Arc<str> = text.into();
        let key = text.trim().to_lowercase();
        let key = if *key == *shown { shown.clone() } else { key.into() };
        Sku { shown, key }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// What it is compared by, and stored under.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl PartialEq for Sku {
    fn eq(&self, other: &Sku) -> bool {
        self.key == other.key
    }
}

impl Eq for Sku {}

impl PartialOrd for Sku {
    fn partial_cmp(&self, other: &Sku) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Sku {
    fn cmp(&self, other: &Sku) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl Hash for Sku {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// The code of a source: where goods lie.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceCode(pub String);

impl SourceCode {
    /// The source that always exists.
    pub const DEFAULT: &'static str = "default";

    /// Whether this is the source that always exists.
    pub fn is_default(&self) -> bool {
        self.0 == SourceCode::DEFAULT
    }
}

impl fmt::Display for SourceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
