//! How far a shipment is: good to go, paid, sent; with the last of them its goods leave (contract `centra.md`, sections
//! 2.2, 6 and 9).

use crate::{
    Act, Capture, Cause, Change, CommentDraft, Decision, DocumentId, Event, Extra, InvoiceId, InvoiceOrder, Lines,
    Moment, Notify, Order, OrderId, Outcome, Paid, Quantity, Refusal, Shipment, ShipmentId, Shipping, Sku, State,
    Subject, TrackDraft, Wish, WorkingSet, begin, capturable, comment, conclude, invoice, move_on, not_elsewhere,
    not_under_way, nothing_due_again, ship, shipment, tell_of_document,
};

/// "This shipment is that far." What is not named stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompleteShipment {
    pub order: OrderId,
    pub shipment: ShipmentId,
    pub ready: Option<bool>,
    pub sent: Option<bool>,
    pub capture: Capture,
    /// Its tracking numbers from now on, if any are named.
    pub tracks: Vec<TrackDraft>,
    pub extra: Extra,
    /// A remark on the order, for its seller.
    pub note: Option<CommentDraft>,
    pub notify: Notify,
}

/// Says how far a shipment is. Where its money is to be taken, the gateway is asked first, and without it nothing changes.
pub fn complete(set: &WorkingSet, ask: &CompleteShipment, moment: &mut Moment<'_>) -> Result<Decision, Vec<Refusal>> {
    let (order, found) = find(set, ask.order, ask.shipment)?;
    not_under_way(order)?;
    may_move(order)?;
    if ask.capture == Capture::Required || goes(found, ask) {
        nothing_due_again(order)?;
    }
    let mut decision = Decision::new();
    let (to_pay, paid) = match found.paid {
        paid @ (Paid::Elsewhere | Paid::By(_)) => (None, paid),
        Paid::No => match (unpaid(set, order, found), ask.capture) {
            // It was invoiced meanwhile.
            (None, _) => (None, ship::paid_before(order)),
            (Some(_), Capture::No) => (None, Paid::No),
            (Some(unpaid), Capture::Required) => (Some(unpaid), Paid::No),
        },
    };
    let Some(to_pay) = to_pay else {
        let goods = leaving(order, found, ask, paid != Paid::No);
        ship::take_from(set, order, &found.source, &goods, Cause::Shipped(found.id), &mut decision)?;
        settle(set, order, found, ask, paid, moment, &mut decision);
        return Ok(decision.with(Outcome::Shipment { id: found.id, sequence: found.sequence }));
    };
    not_twice(set, order, found, &to_pay)?;
    let goods = leaving(order, found, ask, true);
    ship::take_from(set, order, &found.source, &goods, Cause::Shipped(found.id), &mut decision)?;
    if let Some((total, last)) = invoice::to_collect_for(set, order, &to_pay)? {
        let payment = capturable(set, order, total, moment.now)?;
        let of = payment.authorisation.clone();
        let wish = Wish::Complete(Box::new(ask.clone()));
        let operation = begin(order.id, wish, total, of, last, moment, &mut decision);
        return Ok(decision.with(Outcome::Awaits(operation)));
    }
    not_elsewhere(order)?;
    let (invoice, invoiced) = invoice::make(set, order, &to_pay, None, moment, &mut decision)?;
    settle(set, &invoiced, found, ask, Paid::By(invoice), moment, &mut decision);
    Ok(decision.with(Outcome::Shipment { id: found.id, sequence: found.sequence }))
}

/// The order and its shipment.
pub(crate) fn find(
    set: &WorkingSet,
    order: OrderId,
    shipment: ShipmentId,
) -> Result<(&Order, &Shipment), Vec<Refusal>> {
    let Some(found) = set.shipment(shipment) else {
        return Err(vec![Refusal::NoSuchShipment(shipment)]);
    };
    if found.order != order {
        return Err(vec![Refusal::ShipmentOfOtherOrder { shipment, order }]);
    }
    Ok((set.order(order).expect("a shipment is of an order"), found))
}

/// Refuses to go on with the shipments of an order that waits for a person.
pub(crate) fn may_move(order: &Order) -> Result<(), Vec<Refusal>> {
    match order.stage.state {
        State::Holded | State::PaymentReview => {
            Err(vec![Refusal::OrderInState { act: Act::Ship, status: order.stage.status_text().to_owned() }])
        }
        // Of a canceled order nothing lies in a shipment: it is not canceled while something does.
        State::New | State::PendingPayment | State::Processing | State::Complete | State::Closed | State::Canceled => {
            Ok(())
        }
    }
}

/// Whether what counts as paid is sent with this, or its goods leave.
fn goes(found: &Shipment, ask: &CompleteShipment) -> bool {
    let is_sent_now = ask.sent.unwrap_or(false) && found.left_at.is_none();
    found.paid != Paid::No && !found.deducted && (is_sent_now || is_off(found, ask))
}

/// Whether it is good to go and sent, once this is said of it.
fn is_off(found: &Shipment, ask: &CompleteShipment) -> bool {
    ask.ready.unwrap_or(found.ready_at.is_some()) && (ask.sent.unwrap_or(false) || found.left_at.is_some())
}

/// The shipping costs that this shipment carries were not taken with another.
fn not_twice(set: &WorkingSet, order: &Order, found: &Shipment, to_pay: &InvoiceOrder) -> Result<(), Vec<Refusal>> {
    let account = set.account(order.id);
    let is_taken = !account.invoiced.is_without_shipping();
    match to_pay.shipping {
        Shipping::WithFirst if is_taken && found.costs => Err(vec![Refusal::ShippingTaken]),
        Shipping::WithFirst | Shipping::Not => Ok(()),
    }
}

/// What is still to be invoiced of what is in a shipment.
fn unpaid(set: &WorkingSet, order: &Order, found: &Shipment) -> Option<InvoiceOrder> {
    ship::unpaid(set, order, &lines_of(order, found), found.costs, Some(found))
}

/// What a shipment takes off its lines that carry a parcel.
fn lines_of(order: &Order, found: &Shipment) -> Lines {
    let carries = |id| order.item(id).is_some_and(|item| !order.is_dummy_for_shipping(item));
    found.lines.iter().filter(|line| carries(line.item)).map(|line| (line.item, line.quantity)).collect()
}

/// What leaves its source if that is asked of a shipment.
fn leaving(order: &Order, found: &Shipment, ask: &CompleteShipment, is_paid: bool) -> Vec<(Sku, Quantity)> {
    if found.deducted || !(is_off(found, ask) && is_paid) {
        return Vec::new();
    }
    shipment::goods(order, found.lines.iter().map(|line| (line.item, line.quantity)))
}

/// What lies ready for a shipment that is being paid: off its source already, as it leaves when it is.
pub(crate) fn goods_ready(order: &Order, found: &Shipment, ask: &CompleteShipment) -> Vec<(Sku, Quantity)> {
    leaving(order, found, ask, true)
}

/// A gateway has paid for a shipment; the invoice, and the order as it is with that.
pub(crate) fn make_paid(
    set: &WorkingSet,
    order: &Order,
    ask: &CompleteShipment,
    transaction: &str,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) -> Result<(InvoiceId, Order), Vec<Refusal>> {
    let found = set.shipment(ask.shipment).expect("a shipment is kept while it is being paid");
    let to_pay = unpaid(set, order, found).expect("something was to be paid");
    let (invoice, invoiced) = invoice::make(set, order, &to_pay, Some(transaction), moment, decision)?;
    settle(set, &invoiced, found, ask, Paid::By(invoice), moment, decision);
    Ok((invoice, invoiced))
}

/// Writes down how far the shipment is; where it is complete, its goods are off their source, and what was held for them
/// is released.
fn settle(
    set: &WorkingSet,
    order: &Order,
    found: &Shipment,
    ask: &CompleteShipment,
    paid: Paid,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) {
    let was_complete = found.is_complete();
    let was_sent = found.left_at.is_some();
    let mut after = found.clone();
    after.paid = paid;
    if !was_complete {
        after.ready_at = after.ready_since(ask.ready, moment.now);
        // What was sent does not come back by saying so.
        after.left_at = after.left_at.or(ask.sent.unwrap_or(false).then_some(moment.now));
    }
    after.deducted |= after.is_complete();
    after.extra.extend(ask.extra.clone());
    after.updated_at = moment.now;
    if !ask.tracks.is_empty() {
        track_anew(&mut after, &ask.tracks, moment, decision);
    }
    let mut moved = order.clone();
    move_on(&mut moved, after.packed());
    conclude(order, &mut moved, Event::ShipmentCreated, moment, decision);
    let is_told = !was_sent && after.left_at.is_some();
    decision.push(Change::ShipmentSaved { shipment: Box::new(after), gone: Vec::new() });
    if let Some(draft) = &ask.note {
        let mut remark = comment(draft, Subject::Order, order.id.0, moment);
        remark.status.clone_from(&order.stage.status);
        remark.entity = Some("order".to_owned());
        decision.push(Change::Commented(remark));
    }
    if is_told {
        tell_of_document(set, order, DocumentId::Shipment(found.id), (ask.notify, None), moment, decision);
    }
}

/// The shipment goes by these numbers now, and by no others.
fn track_anew(after: &mut Shipment, drafts: &[TrackDraft], moment: &mut Moment<'_>, decision: &mut Decision) {
    for track in std::mem::take(&mut after.tracks) {
        decision.push(Change::TrackRemoved(track.id));
    }
    for draft in drafts {
        let track = shipment::track(draft, after.id, after.order, moment);
        after.tracks.push(track.clone());
        decision.push(Change::TrackAdded(track));
    }
}
