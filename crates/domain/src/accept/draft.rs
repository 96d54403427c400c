//! What a client says of an order that comes in, as far as it says it.

use crate::{
    AllocationRule, Amount, CommentDraft, Composition, Customer, Extra, FulfilmentDraft, HoldReason, PaymentDraft,
    ProductId, Quantity, Rate, SourceCode, StoreId, Timestamp,
};

/// "Take this order."
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AcceptOrder {
    pub store: StoreId,
    /// Drawn from the store's numbers unless given.
    pub number: Option<String>,
    /// As Magento writes it; `new` unless given.
    pub state: Option<String>,
    /// The state's own unless given.
    pub status: Option<String>,
    /// ISO 4217; the store view's unless given.
    pub currency: Option<String>,
    /// ISO 4217; the website's unless given.
    pub base_currency: Option<String>,
    /// What the base currency is multiplied by; unless given, what the grand totals say.
    pub rate: Option<Rate>,
    pub email: Option<String>,
    pub customer: Customer,
    /// The payment method's code; without one it cannot be invoiced.
    pub method: Option<String>,
    /// What it says of its money at a gateway.
    pub pay: PaymentDraft,
    pub items: Vec<DraftItem>,
    pub sent: SentTotals,
    pub billing: Option<DraftAddress>,
    pub shipping: Option<DraftAddress>,
    pub shipping_method: Option<String>,
    pub shipping_description: Option<String>,
    pub payment: Extra,
    pub extra: Extra,
    /// Now, unless given.
    pub created_at: Option<Timestamp>,
    /// Remarks and the statuses that they set.
    pub history: Vec<(CommentDraft, Option<String>)>,
    /// The part of the shop's business that it belongs to.
    pub market: Option<i64>,
    pub addresses: Addresses,
    /// Why it waits for a person, from the beginning.
    pub holds: Vec<HoldDraft>,
    pub allocation: Allocation,
    /// Whether stock is held; without it the order takes goods only when they are shipped, and is bound to none that others
    /// hold unless somebody says so.
    pub hold_stock: bool,
}

/// What an address must say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Addresses {
    /// All that a parcel needs (contract `magento.md`, 5.1).
    #[default]
    Complete,
    /// Whatever the client knows.
    AsGiven,
}

/// A hold that an order comes in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldDraft {
    pub handle: String,
    pub reason: HoldReason,
    pub note: Option<String>,
}

/// What the goods of an order are bound to when it comes in, beyond what its stock holds for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Allocation {
    /// Nothing: whoever ships says where from.
    #[default]
    None,
    /// This source, as far as its goods are free; the rest is open.
    At(SourceCode),
    /// The locations that are named; the rest is open.
    Orders(Vec<FulfilmentDraft>),
    /// Those that a rule finds. Where it finds none, the order is cancelled as it comes in.
    Rule(AllocationRule),
}

/// A line of an order that comes in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DraftItem {
    /// The position of its parent among the order's lines.
    pub parent: Option<usize>,
    pub sku: String,
    /// The product's unless given; then the sku.
    pub name: Option<String>,
    /// As Magento writes it; the product's unless given.
    pub kind: Option<String>,
    pub product: Option<ProductId>,
    /// Its parent's unless given.
    pub quantity: Option<Quantity>,
    /// Whether fractions are allowed; the product says unless given.
    pub decimal: Option<bool>,
    /// Its kind says unless given.
    pub is_virtual: Option<bool>,
    pub locked_invoice: bool,
    pub locked_ship: bool,
    /// Of a parent; otherwise the catalogue says, or the children's prices do.
    pub composition: Option<Composition>,
    pub price: Sent,
    pub price_incl_tax: Sent,
    pub original_price: Sent,
    /// What one piece costs the seller.
    pub cost: Sent,
    /// The price of all pieces, before tax and discount.
    pub row: Sent,
    pub row_incl_tax: Sent,
    pub tax: Sent,
    /// Positive, unlike the order's.
    pub discount: Sent,
    pub compensation: Sent,
    pub extra: Extra,
}

/// An amount as a client sends it: in the order's currency, the base currency, both or neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    pub amount: Option<Amount>,
    pub base: Option<Amount>,
}

/// The order's totals as a client sends them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SentTotals {
    pub subtotal: Sent,
    pub subtotal_incl_tax: Sent,
    /// Negative, as Magento keeps it; with the discount on shipping.
    pub discount: Sent,
    pub shipping: Sent,
    pub shipping_incl_tax: Sent,
    /// Positive.
    pub shipping_discount: Sent,
    pub shipping_tax: Sent,
    pub shipping_compensation: Sent,
    pub tax: Sent,
    pub compensation: Sent,
    pub total: Sent,
    pub total_due: Sent,
    /// Pieces, parts of kits not counted.
    pub quantity: Option<Quantity>,
}

/// An address without its id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DraftAddress {
    pub firstname: String,
    pub lastname: String,
    pub company: Option<String>,
    pub street: Vec<String>,
    pub city: String,
    pub region: Option<String>,
    pub region_code: Option<String>,
    pub region_id: Option<i64>,
    pub postcode: String,
    pub country: String,
    pub telephone: Option<String>,
    /// The order's unless given.
    pub email: Option<String>,
    pub extra: Extra,
}
