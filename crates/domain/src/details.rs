//! What an order says that no decision needs: who, where to, and all that a door wants to see again.

use std::collections::BTreeMap;

use crate::{AddressId, CommentId, Extra, ItemId, Timestamp};

/// The descriptive side of one order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    pub customer: Customer,
    /// The part of the shop's business that it belongs to, such as a country; by the shop's own number.
    pub market: Option<i64>,
    pub billing: Option<Address>,
    pub shipping: Option<Address>,
    /// Carrier and method, such as `flatrate_flatrate`.
    pub shipping_method: Option<String>,
    /// As people read it.
    pub shipping_description: Option<String>,
    /// The payment's further members.
    pub payment: Extra,
    pub extra: Extra,
    /// Further members of each line.
    pub items: BTreeMap<ItemId, Extra>,
}

/// Who ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customer {
    /// The shop's id of the customer.
    pub id: Option<i64>,
    pub firstname: Option<String>,
    pub lastname: Option<String>,
}

/// A postal address of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub id: AddressId,
    pub firstname: String,
    pub lastname: String,
    pub company: Option<String>,
    pub street: Vec<String>,
    pub city: String,
    pub region: Option<String>,
    pub region_code: Option<String>,
    pub region_id: Option<i64>,
    pub postcode: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    pub telephone: Option<String>,
    pub email: Option<String>,
    pub extra: Extra,
}

/// What a comment hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    Order,
    Invoice,
    Shipment,
    CreditMemo,
}

impl Subject {
    /// As it is stored and as Magento names the entity.
    pub fn as_str(self) -> &'static str {
        match self {
            Subject::Order => "order",
            Subject::Invoice => "invoice",
            Subject::Shipment => "shipment",
            Subject::CreditMemo => "creditmemo",
        }
    }

    /// Reads what [`Subject::as_str`] gives.
    pub fn parse(text: &str) -> Option<Subject> {
        let all = [Subject::Order, Subject::Invoice, Subject::Shipment, Subject::CreditMemo];
        all.into_iter().find(|subject| subject.as_str() == text)
    }
}

/// A remark on an order or a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    pub id: CommentId,
    pub subject: Subject,
    /// The order's or document's id.
    pub parent: i64,
    pub text: Option<String>,
    /// Of an order's comment: the status it set.
    pub status: Option<String>,
    /// Whether the customer is told; `None` where it does not apply.
    pub notified: Option<bool>,
    pub visible_on_front: bool,
    /// Which document an order's comment is about.
    pub entity: Option<String>,
    pub created_at: Timestamp,
}
