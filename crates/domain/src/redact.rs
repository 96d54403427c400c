//! Redaction: an order that is over forgets whom it was for (contract `carriyo.md`, section 6).
//!
//! Everything that speaks of a person goes, and so does whatever nobody knows to be impersonal: what doors keep to show it
//! again is theirs, so a door says what of it stays. What the goods, the money and the books need stays as it was:
//! quantities, amounts, numbers, states, references and times. So do country and region of the addresses, as taxes and
//! reports are counted by them, and a region alone leads to nobody. The time of the order's last change is the one exception:
//! who follows orders by it is to hear that there is something to forget.
//!
//! Where a person's data lies, table by table, and what becomes of it:
//!
//! | table | what |
//! |---|---|
//! | `orders` | e-mail and the notes of holds go |
//! | `order_details` | customer, names, the description of the delivery, and what doors keep of order, payment and lines go, but for what the door says |
//! | `addresses` | all but country and region goes |
//! | `comments` | what was remarked on the order and on its documents goes; that something was remarked stays |
//! | `fulfilment_orders` | what doors keep of them goes |
//! | `shipments`, `shipment_lines`, `tracks` | what doors keep, titles and descriptions go; tracking numbers are references |
//! | `consignments` | what doors keep, the link to the label and the carrier's words go, but for what the door says |
//! | `payments` | the gateway's names of the customer and of their means of payment go; what was set aside can still be taken and given back, by its reference |
//! | `operations` | remarks, tracks and what doors keep in plans, and the gateway's words go |
//! | `letters` | recipients and the mail server's words go; one that waits is not sent |
//! | `answers` | what doors answered goes; a key still stands for its request, of which only a hash is kept |
//!
//! The others hold nothing of a customer. `order_items`, `products`, `stock_movements`, `reservations` and the tables of
//! amounts speak of goods and money, `invoices`, `credit_memos` and `fulfilment_rows` have numbers, references and the
//! reasons of the shop; `audit`, `users` and `tokens` say who of the shop did what; `errands` and `counters` have ids, and
//! `carrier_accounts`, `sources` and the other places are the shop's. `carrier_ledger` and `rehearsal_ledger` stand for
//! systems outside, which have rules of their own.

use std::collections::BTreeMap;

use crate::{
    Act, Address, BookingFault, Change, CommentDraft, Consignment, ConsignmentId, Customer, Decision, Details,
    DocumentId, Extra, FulfilmentOrder, FulfilmentStatus, Hold, InvoiceOrder, ItemId, Letter, LetterState, Moment,
    Operation, Order, OrderId, Outcome, Payment, Refusal, Shipment, ShipmentLine, Stage, Timestamp, TrackDraft, Wish,
    WorkingSet, not_under_way,
};

/// Why a letter is not sent.
const GONE: &str = "the order was redacted";
/// Why nobody knows whether it was.
const GONE_MEANWHILE: &str = "the order was redacted while it was being sent";

/// "Forget whom this order was for." What a door keeps goes, but for what is named here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redact {
    pub order: OrderId,
    /// Of the order.
    pub extra: Extra,
    /// Of its lines.
    pub items: BTreeMap<ItemId, Extra>,
    /// Of its consignments.
    pub consignments: BTreeMap<ConsignmentId, Extra>,
}

/// Refuses to write something new about a person whom the order has forgotten.
pub(crate) fn not_redacted(order: &Order) -> Result<(), Vec<Refusal>> {
    match order.redacted_at {
        None => Ok(()),
        Some(_) => Err(vec![Refusal::Redacted(order.id)]),
    }
}

/// Decides a redaction. Asked twice, the second finds nothing to do.
pub fn redact(set: &WorkingSet, ask: &Redact, moment: &Moment<'_>) -> Result<Decision, Vec<Refusal>> {
    let Some(order) = set.order(ask.order) else {
        return Err(vec![Refusal::NoSuchOrder(ask.order)]);
    };
    let (id, at) = (order.id, moment.now);
    if order.redacted_at.is_some() {
        return Ok(Decision::new().with(Outcome::Order(id)));
    }
    may_be_redacted(set, order)?;
    let details = set.details.get(&id).expect("the needs name the details");
    let mut decision = Decision::new();
    decision.push(Change::Described {
        order: id,
        email: String::new(),
        details: Box::new(without_people(details, ask)),
        at,
    });
    if order.stage.holds.iter().any(|hold| hold.note.is_some()) {
        let (shipments, consignments) = (order.shipments, order.consignments);
        decision.push(Change::Staged { order: id, stage: without_notes(&order.stage), shipments, consignments, at });
    }
    let fulfilment = order.fulfilment.iter().filter(|found| !found.extra.is_empty());
    let saved: Vec<_> = fulfilment.map(|found| (unaddressed(found), found.rows.len())).collect();
    if !saved.is_empty() {
        decision.push(Change::Fulfilment { order: id, saved, gone: Vec::new() });
    }
    let mut documents: Vec<DocumentId> = Vec::new();
    for found in set.shipments.values().flatten().filter(|found| found.order == id) {
        documents.push(DocumentId::Shipment(found.id));
        decision.push(Change::ShipmentSaved { shipment: Box::new(unlabelled(found)), gone: Vec::new() });
    }
    let invoices = set.invoices.values().flatten().filter(|found| found.order == id);
    documents.extend(invoices.map(|found| DocumentId::Invoice(found.id)));
    let memos = set.credit_memos.values().flatten().filter(|found| found.order == id);
    documents.extend(memos.map(|found| DocumentId::CreditMemo(found.id)));
    for found in set.consignments.values().flatten().filter(|found| found.order == Some(id)) {
        let stays = ask.consignments.get(&found.id).cloned().unwrap_or_default();
        decision.push(Change::ConsignmentSaved(Box::new(to_nobody(found, stays))));
    }
    if let Some(payment) = set.payment(id) {
        decision.push(Change::PaymentSaved(Box::new(of_nobody(payment))));
    }
    for found in set.operations.values().flatten().filter(|found| found.order == id) {
        decision.push(Change::OperationRedacted(Box::new(unexplained(found))));
    }
    for found in set.letters.values().flatten().filter(|found| found.order == id) {
        decision.push(Change::LetterSettled(Box::new(unaddressed_letter(found, at))));
    }
    decision.push(Change::Redacted { order: id, documents, at });
    Ok(decision.with(Outcome::Order(id)))
}

/// Refuses while somebody may still need to know whom the order is for.
fn may_be_redacted(set: &WorkingSet, order: &Order) -> Result<(), Vec<Refusal>> {
    assert!(set.whole.contains(&order.id), "the needs ask for all of the order");
    let mut refusals = Vec::new();
    let status = order.fulfilment_status();
    if !matches!(status, FulfilmentStatus::Closed | FulfilmentStatus::Cancelled) {
        refusals.push(Refusal::OrderInState { act: Act::Redact, status: status.as_str().to_owned() });
    }
    refusals.extend(not_under_way(order).err().into_iter().flatten());
    let asked = set.consignments.values().flatten();
    let asked = asked.filter(|found| found.order == Some(order.id) && found.errand.is_some());
    refusals.extend(asked.map(|found| Refusal::CarrierAsked(found.id)));
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

fn without_people(details: &Details, ask: &Redact) -> Details {
    let Details {
        customer: _,
        market,
        billing,
        shipping,
        shipping_method,
        shipping_description: _,
        payment: _,
        extra: _,
        items: _,
    } = details;
    Details {
        customer: Customer::default(),
        market: *market,
        billing: billing.as_ref().map(region_of),
        shipping: shipping.as_ref().map(region_of),
        shipping_method: shipping_method.clone(),
        // In the shop's own words, which may name the place that a customer chose.
        shipping_description: None,
        payment: Extra::new(),
        extra: ask.extra.clone(),
        items: ask.items.clone(),
    }
}

fn region_of(address: &Address) -> Address {
    let Address {
        id,
        firstname: _,
        lastname: _,
        company: _,
        street: _,
        city: _,
        region,
        region_code,
        region_id,
        postcode: _,
        country,
        telephone: _,
        email: _,
        extra: _,
    } = address;
    Address {
        id: *id,
        firstname: String::new(),
        lastname: String::new(),
        company: None,
        street: vec![String::new()],
        city: String::new(),
        region: region.clone(),
        region_code: region_code.clone(),
        region_id: *region_id,
        postcode: String::new(),
        country: country.clone(),
        telephone: None,
        email: None,
        extra: Extra::new(),
    }
}

fn without_notes(stage: &Stage) -> Stage {
    let holds = stage.holds.iter().map(|hold| Hold { note: None, ..hold.clone() }).collect();
    Stage { holds, ..stage.clone() }
}

fn unaddressed(fulfilment: &FulfilmentOrder) -> FulfilmentOrder {
    let FulfilmentOrder { id, reference, location, method, extra: _, rows, created_at, updated_at } =
        fulfilment.clone();
    FulfilmentOrder { id, reference, location, method, extra: Extra::new(), rows, created_at, updated_at }
}

fn unlabelled(shipment: &Shipment) -> Shipment {
    let line = |line: &ShipmentLine| {
        let ShipmentLine { id, item, quantity, extra: _ } = *line;
        ShipmentLine { id, item, quantity, extra: Extra::new() }
    };
    Shipment { lines: shipment.lines.iter().map(line).collect(), extra: Extra::new(), ..shipment.clone() }
}

fn to_nobody(consignment: &Consignment, stays: Extra) -> Consignment {
    let Consignment {
        id,
        order,
        fulfilment,
        reference,
        order_reference,
        stage,
        carrier,
        account,
        prebooked,
        tracking,
        label: _,
        labelled,
        attempts,
        errand,
        unwanted,
        faults,
        milestones,
        extra: _,
        created_at,
        updated_at,
    } = consignment.clone();
    // Ours are the same whoever they are about.
    let told =
        |fault: BookingFault| if fault.by_carrier { BookingFault { message: String::new(), ..fault } } else { fault };
    Consignment {
        id,
        order,
        fulfilment,
        reference,
        order_reference,
        stage,
        carrier,
        account,
        prebooked,
        tracking,
        label: None,
        labelled,
        attempts,
        errand,
        unwanted,
        faults: faults.into_iter().map(told).collect(),
        milestones,
        extra: stays,
        created_at,
        updated_at,
    }
}

fn of_nobody(payment: &Payment) -> Payment {
    Payment { instrument: None, customer: None, ..payment.clone() }
}

/// Of a settled operation; one that is open stands in the way.
fn unexplained(operation: &Operation) -> Operation {
    let wish = match operation.wish.clone() {
        wish @ (Wish::Authorise | Wish::Pay(_) | Wish::Void) => wish,
        Wish::Invoice(ask) => Wish::Invoice(InvoiceOrder { comment: wordless(ask.comment), ..ask }),
        Wish::Ship { mut ask, source, shipment, before: _ } => {
            ask.tracks.iter_mut().for_each(untitle);
            ask.comment = wordless(ask.comment.take());
            ask.extra.clear();
            ask.line_extra.clear();
            // It is over: nothing goes back to what it was before.
            Wish::Ship { ask, source, shipment, before: None }
        }
        Wish::Complete(mut ask) => {
            ask.tracks.iter_mut().for_each(untitle);
            ask.note = wordless(ask.note.take());
            ask.extra.clear();
            Wish::Complete(ask)
        }
        Wish::Refund(mut ask) => {
            ask.comment = wordless(ask.comment.take());
            Wish::Refund(ask)
        }
    };
    Operation { wish, reason: None, ..operation.clone() }
}

fn wordless(comment: Option<CommentDraft>) -> Option<CommentDraft> {
    comment.map(|comment| CommentDraft { text: None, ..comment })
}

fn untitle(track: &mut TrackDraft) {
    track.title = None;
    track.description = None;
}

/// Nobody is written to any more. One that is being sent at this moment cannot be called back: whoever sends it may still
/// say how that ended.
fn unaddressed_letter(letter: &Letter, at: Timestamp) -> Letter {
    let (state, reason, settled_at) = match letter.state {
        LetterState::Wanted => (LetterState::Refused, Some(GONE), Some(at)),
        LetterState::Sending => (LetterState::Perhaps, Some(GONE_MEANWHILE), Some(at)),
        LetterState::Sent | LetterState::Perhaps | LetterState::Refused => (letter.state, None, letter.settled_at),
    };
    Letter { recipient: String::new(), state, reason: reason.map(str::to_owned), settled_at, ..letter.clone() }
}
