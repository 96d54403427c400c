//! This door's words for every no (contract `centra.md`, 1.4): those of the documents to the letter, the others in
//! their style.

use waybill_domain::{Act, Order, PaymentStage, Refusal, ShipmentFact, State};
use waybill_engine::Failure;

use super::plugin::{Status, is_on_hold, is_unconfirmed, waits_for_payment};
use super::wire_number_text;

pub(crate) const NOT_AUTHORIZED: &str = "not authorized";
pub(crate) const NOT_FOUND: &str = "not found";
pub(crate) const METHOD_NOT_ALLOWED: &str = "method not allowed";
pub(crate) const INVALID_JSON: &str = "invalid json";
pub(crate) const BAD_KEY: &str = "the Idempotency-Key header must have 1 to 255 visible characters";
pub(crate) const ORDER_REQUIRED: &str = "order is required";
pub(crate) const ORDER_UNKNOWN: &str = "order does not exist";
pub(crate) const WRONG_MARKET: &str = "order in wrong market";
pub(crate) const PRODUCTS_REQUIRED: &str = "products is required";
pub(crate) const SHIPMENT_REQUIRED: &str = "shipment is required";
pub(crate) const SHIPMENT_UNKNOWN: &str = "shipment does not exist";
pub(crate) const SHIPMENT_OF_OTHER: &str = "shipment does not belong to order";
pub(crate) const CANNOT_CAPTURE: &str = "can not capture order";
pub(crate) const DECLINED: &str = "payment was declined";
pub(crate) const CAPTURE_FAILED: &str = "capture failed";
pub(crate) const NO_STOCK: &str = "failed to allocate stock";
pub(crate) const EXTERNAL: &str =
    "Action not supported by external payment plugin. Please do that action in your payment provider.";
pub(crate) const SHIPMENT_REMOVED: &str = "shipment removed";
pub(crate) const NOT_REMOVED: &str = "shipment has invoices or creditnotes and could not be deleted.";
pub(crate) const NOT_UPDATED: &str = "Some of the products were not updated";

pub(crate) fn invalid_value(name: &str) -> String {
    format!("invalid value for {name}")
}

pub(crate) fn unknown_line(line: &str) -> String {
    format!("line {line} does not exist on order")
}

pub(crate) fn invalid_quantity(line: &str) -> String {
    format!("invalid quantity for line {line}")
}

/// Of a kit that is sent as one no part can be sent alone.
pub(crate) fn part_alone(line: &str) -> String {
    format!("line {line} is part of a bundle that is sent as one")
}

pub(crate) fn too_many(line: &str, left: impl std::fmt::Display) -> String {
    format!("quantity for line {line} exceeds remaining quantity {left}")
}

/// What stands in the way of any shipment of an order (contract 3.2, step 5).
pub(crate) fn state(order: &Order) -> Option<&'static str> {
    if is_on_hold(order) {
        Some("order is on hold")
    } else if waits_for_payment(order) {
        Some("order is waiting for payment")
    } else if is_unconfirmed(order) {
        Some("order is not confirmed")
    } else {
        match Status::of(order, false) {
            Status::Cancelled => Some("order is cancelled"),
            Status::Archived => Some("order is archived"),
            Status::Incomplete => Some("order is not confirmed"),
            Status::Pending | Status::Confirmed | Status::Processing | Status::Completed => None,
        }
    }
}

/// What kind of no it is: which of the words for money, goods, or the shipment itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Money,
    /// The money comes through somebody whom only the shop can ask.
    External,
    Goods,
    /// The order or the shipment: its own words say more.
    Thing,
}

/// Sorts refusals: what is wrong with the goods comes before the money, as it is found first.
pub(crate) fn why(refusals: &[Refusal]) -> Why {
    let kinds: Vec<Why> = refusals.iter().map(kind).collect();
    for wanted in [Why::Thing, Why::Goods, Why::External] {
        if kinds.contains(&wanted) {
            return wanted;
        }
    }
    Why::Money
}

fn kind(refusal: &Refusal) -> Why {
    match refusal {
        Refusal::PaymentMethod { method: Some(_) } => Why::External,
        Refusal::Declined { .. }
        | Refusal::NotAuthorised { .. }
        | Refusal::AuthorisationEnded { .. }
        | Refusal::MoreThanAuthorised { .. }
        | Refusal::DueAgain { .. }
        | Refusal::ShippingTaken
        | Refusal::NotCaptured
        | Refusal::NothingToCapture
        | Refusal::PaymentMethod { method: None } => Why::Money,
        Refusal::NotAllocated { .. }
        | Refusal::NotStockedAt { .. }
        | Refusal::NotEnoughAt { .. }
        | Refusal::AllocatedAt { .. }
        | Refusal::NotEnoughToPromise { .. }
        | Refusal::NoSuchSource(_)
        | Refusal::SourceNotNamed => Why::Goods,
        Refusal::NoSuchOrder(_)
        | Refusal::NoSuchFulfilment(_)
        | Refusal::NoSuchConsignment(_)
        | Refusal::NotInFulfilment { .. }
        | Refusal::RowsInStage { .. }
        | Refusal::MoreThanRows { .. }
        | Refusal::FulfilmentInState { .. }
        | Refusal::OnlyWithOrder { .. }
        | Refusal::LessThanTaken { .. }
        | Refusal::CostUnknown { .. }
        | Refusal::PriceStands { .. }
        | Refusal::ShippingStands
        | Refusal::MoneySetAside
        | Refusal::CarrierWaits { .. }
        | Refusal::CarrierAsked(_)
        | Refusal::Redacted(_)
        | Refusal::CannotMerge
        | Refusal::NothingToCarry
        | Refusal::ConsignmentIs { .. }
        | Refusal::ConsignmentCannot { .. }
        | Refusal::ReferenceTaken { .. }
        | Refusal::ConsignmentsChanged
        | Refusal::DescriptionChanged
        | Refusal::FulfilmentMoved(_)
        | Refusal::NoSuchShipment(_)
        | Refusal::NoSuchOperation(_)
        | Refusal::NoSuchInvoice(_)
        | Refusal::NoSuchCreditMemo(_)
        | Refusal::NoSuchTrack(_)
        | Refusal::NoSuchStock(_)
        | Refusal::NoSuchProduct(_)
        | Refusal::NoSuchWebsite(_)
        | Refusal::NoSuchStore(_)
        | Refusal::OrderInState { .. }
        | Refusal::NothingLeft(_)
        | Refusal::NothingAsked(_)
        | Refusal::NotOfOrder { .. }
        | Refusal::MoreThanLeft { .. }
        | Refusal::NotWhole { .. }
        | Refusal::ShipPartsInstead { .. }
        | Refusal::ShipBundleInstead { .. }
        | Refusal::TrackWithoutNumber
        | Refusal::MoreThanUnrefunded { .. }
        | Refusal::NotWholeToRefund { .. }
        | Refusal::CarriesNoMoney { .. }
        | Refusal::NegativeTotal
        | Refusal::MoreThanPaid { .. }
        | Refusal::ShippingAbove { .. }
        | Refusal::NoShippingToRefund
        | Refusal::InvoiceNotRefundable
        | Refusal::NothingToVoid
        | Refusal::NotOnMemo { .. }
        | Refusal::NotOnAnyOrder { .. }
        | Refusal::ShipmentIs { .. }
        | Refusal::ShipmentOfOtherOrder { .. }
        | Refusal::PaymentUnderWay { .. }
        | Refusal::NothingGiven
        | Refusal::Invalid(_)
        | Refusal::DefaultStockStays
        | Refusal::StockHasChannels
        | Refusal::StockInUse { .. }
        | Refusal::DefaultLink { .. }
        | Refusal::SourceNameTaken(_)
        | Refusal::SameSource
        | Refusal::NoSuchOrigin(_)
        | Refusal::NoSuchDestination(_)
        | Refusal::NotEnoughToTransfer { .. }
        | Refusal::NothingToTransfer { .. }
        | Refusal::Contradiction { .. }
        | Refusal::BadOrder(_)
        | Refusal::NumberTaken(_)
        | Refusal::SignIn => Why::Thing,
    }
}

/// What is wrong with the thing itself, for a shipment that is there.
pub(crate) fn thing(refusals: &[Refusal], order: Option<&Order>) -> String {
    let of_state = || order.and_then(state).unwrap_or("order is locked").to_owned();
    let Some(first) = refusals.first() else { return "nothing was changed".to_owned() };
    match first {
        Refusal::ShipmentIs { fact, .. } => match fact {
            ShipmentFact::Sent => "shipment is sent and can not be updated".to_owned(),
            ShipmentFact::Captured => "shipment is captured and can not be updated".to_owned(),
            ShipmentFact::Paid => "shipment is paid and can not be updated".to_owned(),
            ShipmentFact::Refunded => "shipment has refunds and can not be updated".to_owned(),
        },
        Refusal::NoSuchShipment(_) => SHIPMENT_UNKNOWN.to_owned(),
        Refusal::ShipmentOfOtherOrder { .. } => SHIPMENT_OF_OTHER.to_owned(),
        Refusal::NoSuchOrder(_) => ORDER_UNKNOWN.to_owned(),
        Refusal::OrderInState { .. } | Refusal::PaymentUnderWay { .. } => of_state(),
        Refusal::NotOfOrder { act: Act::Repack, item } if order.is_some_and(|order| order.item(*item).is_some()) => {
            format!("line {item} is not in the shipment")
        }
        Refusal::NotOfOrder { item, .. } => unknown_line(&item.to_string()),
        Refusal::MoreThanLeft { item, left, .. } => too_many(&item.to_string(), left),
        Refusal::NothingAsked(_) => PRODUCTS_REQUIRED.to_owned(),
        _ => general(refusals),
    }
}

/// The word for deleting a shipment that is not open any more.
pub(crate) fn delete(fact: ShipmentFact) -> &'static str {
    match fact {
        ShipmentFact::Sent => "shipment is sent and can not be deleted",
        ShipmentFact::Captured => "shipment is captured and can not be deleted",
        ShipmentFact::Paid | ShipmentFact::Refunded => NOT_REMOVED,
    }
}

/// Refusals without words of their own, such as those of an order that comes in.
pub(crate) fn general(refusals: &[Refusal]) -> String {
    let parts: Vec<String> = refusals.iter().map(reason).collect();
    parts.join("; ")
}

fn reason(refusal: &Refusal) -> String {
    use waybill_domain::{BadOrder, Invalid};
    match refusal {
        Refusal::NotEnoughToPromise { sku, asked, salable } => {
            format!("not enough stock for product {sku}: {asked} wanted, {salable} available")
        }
        Refusal::NotStockedAt { sku, .. } | Refusal::NotEnoughAt { sku, .. } | Refusal::NotAllocated { sku, .. } => {
            format!("{NO_STOCK} for product {sku}")
        }
        Refusal::NotWhole { sku, asked } => format!("quantity {asked} of product {sku} is not whole"),
        Refusal::NumberTaken(number) => format!("order number {} is taken", wire_number_text(number)),
        Refusal::Contradiction { field, sent, computed, .. } => {
            format!("{field} is {sent}, but the products make {computed}")
        }
        Refusal::NotAuthorised { stage: PaymentStage::Declined } => DECLINED.to_owned(),
        Refusal::PaymentMethod { method: Some(method) } => format!("the order is paid by {method} already"),
        Refusal::BadOrder(bad) => match bad {
            BadOrder::NoItems => PRODUCTS_REQUIRED.to_owned(),
            BadOrder::TooManyItems { most } => format!("an order has at most {most} products"),
            BadOrder::NoQuantity { sku } => format!("invalid quantity for product {sku}"),
            BadOrder::NoSku { position } => format!("product {position} has no sku"),
            BadOrder::Amount { field } => invalid_value(field),
            BadOrder::Currency(code) => format!("currency {code:?} is not the code of a currency"),
            BadOrder::AddressIncomplete { bad_email: true, .. } => invalid_value("email"),
            BadOrder::AddressIncomplete { missing, .. } => format!("address needs {}", missing.join(", ")),
            BadOrder::AlreadyDone { field } | BadOrder::CannotChange { field } => invalid_value(field),
            BadOrder::State(_)
            | BadOrder::UnknownParent { .. }
            | BadOrder::NestedParent { .. }
            | BadOrder::UnknownKind(_) => "the order cannot be taken as it is".to_owned(),
        },
        Refusal::Invalid(Invalid::Negative { field }) => invalid_value(field),
        Refusal::NoSuchSource(code) => format!("warehouse {code} does not exist"),
        Refusal::NoSuchOrder(_) => ORDER_UNKNOWN.to_owned(),
        Refusal::Redacted(_) => "order is redacted and can not be changed".to_owned(),
        _ => "the request cannot be carried out".to_owned(),
    }
}

/// What else can keep a request from being carried out: the status, and what is certain.
pub(crate) fn trouble(failure: &Failure) -> (u16, String) {
    match failure {
        Failure::Refused(refusals) => (200, general(refusals)),
        Failure::KeyMismatch => (422, "the Idempotency-Key was used for another request".to_owned()),
        Failure::KeyBusy => (409, "the Idempotency-Key is in use for another request".to_owned()),
        Failure::Unsettled(operation) => (
            409,
            format!(
                "the payment provider has not answered yet (operation {operation}); it is asked again, and nothing is \
                 captured twice"
            ),
        ),
        Failure::Busy => (503, "too many requests are waiting, nothing was changed".to_owned()),
        Failure::Unavailable => (503, "the database cannot be reached, nothing was changed".to_owned()),
        Failure::Unknown => {
            (503, "the database was lost meanwhile: look first whether it was done before sending it again".to_owned())
        }
        Failure::Unanswerable(why) => (200, why.clone()),
        Failure::Broken => (500, "internal error, nothing was changed".to_owned()),
    }
}

/// Whether a line was named whose parcel another carries.
pub(crate) fn is_of_kit(refusals: &[Refusal]) -> bool {
    refusals.iter().any(|refusal| {
        matches!(
            refusal,
            Refusal::ShipPartsInstead { .. }
                | Refusal::ShipBundleInstead { .. }
                | Refusal::NotOfOrder { act: Act::Repack, .. }
        )
    })
}

/// Whether nothing of an order can be seen because it waits.
pub(crate) fn is_hidden(order: &Order) -> bool {
    is_on_hold(order) || waits_for_payment(order) || order.stage.state == State::PaymentReview
}
