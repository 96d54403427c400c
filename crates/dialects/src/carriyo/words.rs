//! This door's words for every no (contract `carriyo.md`, sections 1, 3.3 and 6): those of the documents to the letter, the
//! others in their style.

use waybill_domain::{Act, BadOrder, ConsignmentStage, Invalid, ItemId, Refusal, RowStage, ShipmentFact};
use waybill_engine::Failure;

pub(crate) const BLANK: &str = "must not be blank";
pub(crate) const NULL: &str = "must not be null";
pub(crate) const EMPTY: &str = "must not be empty";
pub(crate) const UNAUTHORIZED: &str = "Unauthorized";
pub(crate) const FORBIDDEN: &str = "Forbidden";
pub(crate) const NOT_FOUND: &str = "Not found";
pub(crate) const NO_METHOD: &str = "Method not allowed";
pub(crate) const NOT_JSON: &str = "The request body is not a JSON object";
pub(crate) const BAD_KEY: &str = "Idempotency-Key : must have 1 to 255 visible characters";
pub(crate) const DUPLICATE_ORDER: &str = "Duplicate partner order reference";
pub(crate) const DUPLICATE_SHIPMENT: &str = "Duplicate partner shipment reference";
pub(crate) const NO_ACCOUNT: &str = "carrier account not found";

/// A message about a member.
pub(crate) fn of_field(field: &str, message: &str) -> String {
    format!("{field} : {message}")
}

pub(crate) fn no_order(id: &str) -> String {
    format!("No order found with the order id: {id}")
}

pub(crate) fn no_fulfilment_order(id: &str) -> String {
    format!("No fulfillment order found with the id: {id}")
}

pub(crate) fn no_shipment(id: &str) -> String {
    format!("No shipment found with the shipment id: {id}")
}

pub(crate) fn not_in_fulfilment(line: &str) -> String {
    format!("line item {line} not found in fulfillment order")
}

pub(crate) fn too_many(asked: impl std::fmt::Display, left: impl std::fmt::Display) -> String {
    format!("requested quantity {asked} exceeds available quantity {left}")
}

/// What goes wrong beneath the door, and its status.
pub(crate) fn trouble(failure: &Failure) -> (u16, String) {
    match failure {
        Failure::Refused(refusals) => (400, general(refusals)),
        Failure::KeyMismatch => (422, "Idempotency-Key : stands for another request".to_owned()),
        Failure::KeyBusy | Failure::Unsettled(_) => {
            (409, "The request is still being carried out. Send it again in a moment.".to_owned())
        }
        Failure::Busy | Failure::Unavailable => {
            (503, "Waybill is busy. Nothing has changed; send the request again in a moment.".to_owned())
        }
        Failure::Unknown => {
            (503, "It is not certain whether this was done. Look, or send it again under the same key.".to_owned())
        }
        Failure::Unanswerable(why) => (400, why.clone()),
        Failure::Broken => (500, "Something went wrong. Nothing has changed.".to_owned()),
    }
}

/// How a client calls what refusals speak of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// The order, as the client wrote it.
    pub(crate) order: String,
    pub(crate) fulfilment: String,
    pub(crate) shipment: String,
    /// All lines of the order.
    pub(crate) lines: Vec<(ItemId, String)>,
    /// The lines that the request names, in its order.
    pub(crate) asked: Vec<ItemId>,
}

impl Names {
    pub(crate) fn line(&self, item: ItemId) -> String {
        let found = self.lines.iter().find(|(id, _)| *id == item);
        found.map_or_else(|| item.to_string(), |(_, name)| name.clone())
    }

    /// Where the request names a line; where it does not, all of it is meant.
    pub(crate) fn place(&self, item: ItemId, member: &str) -> String {
        match self.asked.iter().position(|asked| *asked == item) {
            Some(at) => format!("line_items[{at}].{member}"),
            None => "line_items".to_owned(),
        }
    }
}

/// The status and the errors of refusals.
pub(crate) fn refused(refusals: &[Refusal], names: &Names) -> (u16, Vec<String>) {
    let is_missing = |refusal: &Refusal| {
        matches!(refusal, Refusal::NoSuchOrder(_) | Refusal::NoSuchFulfilment(_) | Refusal::NoSuchConsignment(_))
    };
    let status = if refusals.iter().any(is_missing) { 404 } else { 400 };
    (status, refusals.iter().map(|refusal| one(refusal, names)).collect())
}

fn general(refusals: &[Refusal]) -> String {
    let names = Names::default();
    refusals.iter().map(|refusal| one(refusal, &names)).collect::<Vec<_>>().join("; ")
}

/// What a line's stage says to an act (contract 3.3, step 3).
fn row(line: &str, act: Act, stage: RowStage) -> String {
    let is = stage_word(stage);
    let rule = match (act, stage) {
        (Act::Ship, RowStage::Open) => "must be allocated before shipping",
        (Act::Ship, _) => "cannot be shipped",
        (Act::Fulfil, _) => "cannot be fulfilled",
        (Act::Unfulfil, _) => "cannot be unfulfilled",
        (Act::Split, _) => "cannot be split",
        (Act::Merge, _) => "cannot be merged",
        (Act::Cancel, RowStage::Fulfilled | RowStage::Packing) => "must be unfulfilled before it is cancelled",
        (Act::Cancel, _) => "cannot be cancelled",
        (_, _) => "cannot be changed",
    };
    format!("line item {line} is {is}, {rule}")
}

/// A row's stage on the wire.
pub(crate) fn stage_word(stage: RowStage) -> &'static str {
    match stage {
        RowStage::Open => "open",
        RowStage::Allocated => "allocated",
        RowStage::Packing => "pack_in_progress",
        RowStage::Fulfilled => "fulfilled",
        RowStage::Cancelled => "cancelled",
        RowStage::Closed => "closed",
    }
}

fn act_word(act: Act) -> &'static str {
    match act {
        Act::Ship => "shipped",
        Act::Cancel => "cancelled",
        Act::Allocate => "allocated",
        Act::Move => "moved",
        Act::Split => "split",
        Act::Merge => "merged",
        Act::Fulfil => "fulfilled",
        Act::Unfulfil => "unfulfilled",
        Act::Confirm => "confirmed",
        Act::Redact => "redacted",
        Act::Invoice | Act::Refund | Act::Hold | Act::Release | Act::Mail | Act::Repack | Act::Delete | Act::Edit => {
            "changed"
        }
    }
}

fn one(refusal: &Refusal, names: &Names) -> String {
    match refusal {
        Refusal::NoSuchOrder(_) => no_order(&names.order),
        Refusal::NoSuchFulfilment(_) => no_fulfilment_order(&names.fulfilment),
        Refusal::NoSuchConsignment(_) => no_shipment(&names.shipment),
        Refusal::NotInFulfilment { item } => {
            of_field(&names.place(*item, "id"), &not_in_fulfilment(&names.line(*item)))
        }
        Refusal::RowsInStage { act, item, stage } => {
            of_field(&names.place(*item, "id"), &row(&names.line(*item), *act, *stage))
        }
        Refusal::MoreThanRows { item, asked, left } => {
            of_field(&names.place(*item, "quantity"), &too_many(asked, left))
        }
        Refusal::MoreThanLeft { item, asked, left, .. } => {
            of_field(&names.place(*item, "quantity"), &too_many(asked, left))
        }
        Refusal::OnlyWithOrder { item } => {
            let message =
                format!("line item {} is of a kit, which is cancelled with its order only", names.line(*item));
            of_field(&names.place(*item, "id"), &message)
        }
        Refusal::LessThanTaken { item, least } => {
            let line = names.line(*item);
            let message =
                format!("line item {line} must be at least {least}, so many are paid, fulfilled or on a shipment");
            of_field(&names.place(*item, "quantity"), &message)
        }
        Refusal::CostUnknown { item } => {
            let line = names.line(*item);
            let message = format!("line item {line} is of a kit, or has a tax or discount: it can only be taken away");
            of_field(&names.place(*item, "id"), &message)
        }
        Refusal::PriceStands { item } => {
            let line = names.line(*item);
            let message = format!("some of line item {line} is invoiced or cancelled, its price cannot be changed");
            of_field(&names.place(*item, "unit_price"), &message)
        }
        Refusal::ShippingStands => {
            let message =
                "the shipping is invoiced or cancelled, or has a tax or discount, it cannot cost something else";
            of_field("shipping_lines", message)
        }
        Refusal::MoneySetAside => {
            "The money of the order is set aside at its payment gateway, so it cannot cost something else".to_owned()
        }
        Refusal::CarrierWaits { item } => of_field(
            &names.place(*item, "id"),
            &format!("line item {} is on a shipment, cancel that first", names.line(*item)),
        ),
        Refusal::NothingAsked(Act::Unfulfil) => of_field("fulfillment_ids", EMPTY),
        Refusal::NothingAsked(Act::Ship) => "There is nothing fulfilled to ship".to_owned(),
        Refusal::NothingAsked(_) | Refusal::NothingGiven => of_field("line_items", EMPTY),
        Refusal::NothingLeft(act) => format!("There is nothing left that can be {}", act_word(*act)),
        Refusal::OrderInState { act, status } => {
            // The same word as of fulfilment orders.
            let status = match status.as_str() {
                "canceled" => "cancelled",
                "holded" => "on hold",
                status => status,
            };
            format!("The order is {status}, it cannot be {}", act_word(*act))
        }
        Refusal::FulfilmentInState { act, status } => {
            format!("The fulfillment order is {}, it cannot be {}", status.as_str(), act_word(*act))
        }
        Refusal::CarrierAsked(id) => {
            let id = super::ids::shipment(*id);
            format!("The carrier of shipment {id} has not answered yet. Send the request again.")
        }
        Refusal::Redacted(_) => "The order is redacted, it cannot be changed".to_owned(),
        Refusal::CannotMerge => {
            "The fulfillment orders cannot be merged: neither may have fulfilled line items, and they \
            must have the same location, delivery method and delivery type"
                .to_owned()
        }
        Refusal::NothingToCarry => "What is digital cannot be shipped".to_owned(),
        Refusal::ConsignmentIs { act: Act::Confirm, stage } => {
            format!("Only draft shipments can be confirmed. Current shipment status: {}.", stage.as_str())
        }
        Refusal::ConsignmentIs { act: Act::Unfulfil, stage } => {
            format!("The shipment is {}, it cannot be unfulfilled", stage.as_str())
        }
        Refusal::ConsignmentIs { stage, .. } => {
            format!("Shipment {} is not [draft, error]: {}.", names.shipment, stage.as_str())
        }
        Refusal::ConsignmentCannot { from, to } => status_change(*from, *to),
        Refusal::DescriptionChanged => "The order was changed meanwhile. Send the request again.".to_owned(),
        Refusal::ConsignmentsChanged => {
            "Other shipments of the order were made or cancelled meanwhile. Send the request again.".to_owned()
        }
        Refusal::FulfilmentMoved(_) => {
            "The fulfillment order was moved to another location meanwhile. Send the request again.".to_owned()
        }
        Refusal::ReferenceTaken { field: "partner_shipment_reference", .. } => DUPLICATE_SHIPMENT.to_owned(),
        Refusal::ReferenceTaken { field, .. } => of_field(field, "duplicate tracking number"),
        Refusal::NumberTaken(_) => DUPLICATE_ORDER.to_owned(),
        Refusal::ShipmentIs { act, fact } => {
            let is = match fact {
                ShipmentFact::Sent => "has left",
                ShipmentFact::Captured | ShipmentFact::Paid => "is paid",
                ShipmentFact::Refunded => "was refunded",
            };
            format!("The fulfillment {is}, it cannot be {}", act_word(*act))
        }
        Refusal::NoSuchShipment(id) => {
            of_field("fulfillment_ids", &format!("fulfillment {} not found", super::ids::fulfilment(*id)))
        }
        Refusal::NoSuchSource(code) => of_field("location_id", &format!("location {code} not found")),
        Refusal::SourceNotNamed => "No location has the stock for the order".to_owned(),
        Refusal::NotEnoughAt { source, sku, asked, on_hand } => format!(
            "line_items : {asked} of {sku} are not at location {source}, it has {on_hand} that are not reserved"
        ),
        Refusal::NotStockedAt { source, sku } => format!("line_items : {sku} is not at location {source}"),
        Refusal::NotEnoughToPromise { sku, asked, salable } => {
            format!("line_items : {asked} of {sku} cannot be promised, {salable} are available")
        }
        Refusal::AllocatedAt { source, sku, allocated } => {
            format!("{allocated} of {sku} are reserved at location {source}")
        }
        Refusal::NotOfOrder { item, .. } => {
            of_field(&names.place(*item, "id"), &format!("line item {} not found in order", names.line(*item)))
        }
        Refusal::PaymentUnderWay { .. } => "A payment of the order is under way. Send the request again.".to_owned(),
        Refusal::BadOrder(bad) => bad_order(bad),
        Refusal::Invalid(invalid) => match invalid {
            Invalid::Negative { field } => of_field(field, "must be greater than or equal to 0"),
            Invalid::Empty { field } => of_field(field, BLANK),
            Invalid::TooLong { field, most } => of_field(field, &format!("size must be between 0 and {most}")),
            _ => "A value is not allowed".to_owned(),
        },
        Refusal::NotWhole { sku, .. } => format!("line_items : the quantity of {sku} must be whole"),
        Refusal::Declined { reason } => format!("The payment was declined: {reason}"),
        // What concerns money, users and places is not asked for through this door.
        _ => "The request cannot be carried out".to_owned(),
    }
}

/// Of a change of status that is not allowed.
pub(crate) fn status_change(from: ConsignmentStage, to: ConsignmentStage) -> String {
    format!(
        "Status change is not allowed from current status: '{}' to the new status: '{}'",
        from.as_str(),
        to.as_str()
    )
}

fn bad_order(bad: &BadOrder) -> String {
    match bad {
        BadOrder::NoItems => of_field("line_items", EMPTY),
        BadOrder::TooManyItems { most } => of_field("line_items", &format!("size must be between 1 and {most}")),
        BadOrder::NoSku { position } => of_field(&format!("line_items[{position}].sku"), BLANK),
        BadOrder::Currency(code) => of_field("payment.currency", &format!("{code} is not a currency (ISO 4217)")),
        BadOrder::NoQuantity { sku } => format!("line_items : the quantity of {sku} must be at least 1"),
        BadOrder::Amount { field } => of_field(field, "is below zero or too large"),
        _ => "The order cannot be taken as it is".to_owned(),
    }
}
