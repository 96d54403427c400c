//! Consignments made, confirmed, cancelled, and what carriers say of them (contract `carriyo.md`, sections 3 and 7;
//! invariants E1 and E3).

use std::collections::BTreeSet;

use crate::fulfil::{summed, unlink};
use crate::ship::By;
use crate::{
    Act, BookingFault, Capture, Carrier, CarrierAnswer, CarrierAsk, CarrierRequest, Cause, Change, Consignment,
    ConsignmentId, ConsignmentStage, Costs, Decision, DeliveryMethod, Demand, Departure, ErrandId, Event, Excess,
    Extra, FulfilmentOrder, FulfilmentOrderId, IdKind, ItemId, Lines, Moment, Notify, Order, OrderId, Outcome,
    Quantity, Refusal, Row, RowStage, ShipOrder, Shipment, ShipmentId, SourceChoice, State, Timestamp, TrackDraft,
    WorkingSet, conclude, move_on, not_redacted, not_under_way, note, ship, shipment, stage,
};

/// "Have this carried": some rows of a fulfilment order, or something that no order of ours knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consign {
    /// The order, its fulfilment order, and what of it; none of the lines: all that is fulfilled and not on its way.
    pub of: Option<(OrderId, FulfilmentOrderId, Lines)>,
    /// Its rows are fulfilled first, with this; neither is done without the other.
    pub fulfil: Option<Box<ShipOrder>>,
    pub draft: ConsignmentDraft,
}

/// A consignment as a client gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsignmentDraft {
    /// Its own; of an order the next of that unless given.
    pub reference: Option<String>,
    pub order_reference: String,
    pub carrier: Option<Carrier>,
    pub account: Option<String>,
    /// Of one that the shop has booked itself: number and label.
    pub prebooked: Option<(String, Option<String>)>,
    /// It is looked at before anybody is asked.
    pub hold: bool,
    /// What its door finds wrong with it, so that no carrier is asked.
    pub faults: Vec<BookingFault>,
    /// The order's consignments that it was made with regard to, such as for what they collect of the customer; it is
    /// refused when there are others. None where they do not matter.
    pub beside: Option<BTreeSet<ConsignmentId>>,
    pub extra: Extra,
}

/// What is to be done with a consignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsignmentAct {
    /// Has the carrier asked; members of `extra` replace those that are there.
    Confirm {
        /// Who carries it from now on, if anybody is known, and the account; where this is not said, both stay.
        by: Option<(Option<Carrier>, Option<String>)>,
        prebooked: Option<(String, Option<String>)>,
        faults: Vec<BookingFault>,
        extra: Extra,
    },
    Cancel,
    /// A person, or the carrier, says where it is.
    Move {
        to: ConsignmentStage,
        at: Option<Timestamp>,
    },
}

impl ConsignmentAct {
    /// Its name in the audit trail.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            ConsignmentAct::Confirm { .. } => "confirm consignment",
            ConsignmentAct::Cancel => "cancel consignment",
            ConsignmentAct::Move { .. } => "move consignment",
        }
    }
}

/// Makes a consignment, and has its carrier asked unless it is a draft.
pub fn consign(set: &WorkingSet, ask: &Consign, moment: &mut Moment<'_>) -> Result<Decision, Vec<Refusal>> {
    let mut decision = Decision::new();
    let id = ConsignmentId(moment.draw(IdKind::Consignment));
    let mut fulfilled = None;
    let mut packed = None;
    if let Some(fulfil) = &ask.fulfil {
        // What is closed as it is fulfilled goes nowhere.
        if matches!(fulfil.departure, Departure::Fulfilled { close: true, .. }) {
            return Err(vec![Refusal::NothingToCarry]);
        }
        let made = ship::ship_carried(set, fulfil, By::Another, moment)?;
        fulfilled = set.order(fulfil.order).map(|order| played(order, &made.changes));
        packed = match made.outcome {
            Outcome::Shipment { id, .. } => Some(id),
            _ => None,
        };
        decision.changes.extend(made.changes);
    }
    let (order, lines) = match &ask.of {
        None => (None, Vec::new()),
        Some((order, fulfilment, lines)) => {
            let Some(order) = fulfilled.as_ref().or(set.order(*order)) else {
                return Err(vec![Refusal::NoSuchOrder(*order)]);
            };
            not_under_way(order)?;
            not_redacted(order)?;
            if matches!(order.stage.state, State::Holded | State::PaymentReview | State::Canceled) {
                let status = order.stage.status_text().to_owned();
                return Err(vec![Refusal::OrderInState { act: Act::Ship, status }]);
            }
            if ask.draft.beside.as_ref().is_some_and(|beside| *beside != order.consigned()) {
                return Err(vec![Refusal::ConsignmentsChanged]);
            }
            let found = order.fulfilment.iter().find(|found| found.id == *fulfilment);
            let found = found.ok_or_else(|| vec![Refusal::NoSuchFulfilment(*fulfilment)])?;
            (Some((order, found)), to_carry(order, found, lines)?)
        }
    };
    let reference = reference(set, ask, order.map(|(order, _)| order))?;
    let ConsignmentDraft { order_reference, extra, .. } = ask.draft.clone();
    let mut consignment = Consignment {
        id,
        order: order.map(|(order, _)| order.id),
        fulfilment: order.map(|(_, found)| found.id),
        reference,
        order_reference,
        stage: ConsignmentStage::Draft,
        carrier: ask.draft.carrier,
        account: ask.draft.account.clone(),
        prebooked: ask.draft.prebooked.is_some(),
        tracking: None,
        label: None,
        labelled: false,
        attempts: 0,
        errand: None,
        unwanted: false,
        faults: Vec::new(),
        milestones: Vec::new(),
        extra,
        created_at: moment.now,
        updated_at: moment.now,
    };
    consignment.enter(ConsignmentStage::Draft, moment.now);
    if let Some((tracking, label)) = &ask.draft.prebooked {
        free_tracking(set, tracking, None)?;
        consignment.tracking = Some(tracking.clone());
        consignment.label.clone_from(label);
    }
    if !ask.draft.hold {
        confirm(&mut consignment, &ask.draft.faults, moment);
    }
    // It is there before rows and errands point to it.
    decision.push(Change::ConsignmentMade(Box::new(consignment.clone())));
    if let Some((order, found)) = order {
        let mut after = order.clone();
        link(&mut after, (found.id, packed), &lines, id);
        after.consignments += 1;
        tell_tracks(set, order, &after, &consignment, moment, &mut decision);
        // Goods and money are where they were, so its state and what it holds are what they were.
        note(order, &mut after, moment, &mut decision);
        stage(&after, moment, &mut decision);
    }
    Ok(decision.with(Outcome::Consignment(id)))
}

/// What of a fulfilment order is to be carried, if that can be (contract 3.3).
fn to_carry(order: &Order, found: &FulfilmentOrder, lines: &Lines) -> Result<Lines, Vec<Refusal>> {
    if found.method == DeliveryMethod::Digital {
        return Err(vec![Refusal::NothingToCarry]);
    }
    let can_go = |row: &Row| matches!(row.stage, RowStage::Allocated | RowStage::Packing | RowStage::Fulfilled);
    if lines.is_empty() {
        let all = found.waiting();
        return if all.is_empty() { Err(vec![Refusal::NothingAsked(Act::Ship)]) } else { Ok(all) };
    }
    let mut refusals = Vec::new();
    if lines.iter().any(|(item, _)| order.item(*item).is_some_and(|item| item.is_virtual)) {
        refusals.push(Refusal::NothingToCarry);
    }
    for (item, asked) in summed(lines) {
        let rows: Vec<&Row> = found.rows.iter().filter(|row| row.item == item).collect();
        let Some(first) = rows.first() else {
            refusals.push(Refusal::NotInFulfilment { item });
            continue;
        };
        let left: Quantity = rows.iter().filter(|row| can_go(row)).map(|row| row.quantity).sum();
        let decimal = order.item(item).is_some_and(|item| item.decimal);
        if left == Quantity::ZERO {
            refusals.push(Refusal::RowsInStage { act: Act::Ship, item, stage: first.stage });
        } else if asked > left || asked <= Quantity::ZERO || (asked.has_fraction() && !decimal) {
            refusals.push(Refusal::MoreThanRows { item, asked, left });
        }
    }
    if refusals.is_empty() { Ok(summed(lines).into_iter().collect()) } else { Err(refusals) }
}

/// Links rows to what carries them: those that nobody carries yet first, allocated before fulfilled (contract 3.3, step 4).
/// Of what was packed just now, that alone.
fn link(
    after: &mut Order,
    (fulfilment, packed): (FulfilmentOrderId, Option<ShipmentId>),
    lines: &Lines,
    id: ConsignmentId,
) {
    for (item, quantity) in lines {
        let lifted = after.lift(*item, *quantity, |found, row| {
            if found.id != fulfilment || (packed.is_some() && row.shipment != packed) {
                return None;
            }
            match (row.stage, row.consignments.is_empty()) {
                (RowStage::Allocated, true) => Some(0),
                (RowStage::Packing | RowStage::Fulfilled, true) => Some(1),
                (RowStage::Allocated | RowStage::Packing | RowStage::Fulfilled, false) => Some(2),
                (RowStage::Open | RowStage::Cancelled | RowStage::Closed, _) => None,
            }
        });
        for (of, mut row) in lifted {
            row.consignments.push(id);
            after.put(of, row);
        }
    }
}

/// The reference that is given, if nobody has it, or the order's next.
fn reference(set: &WorkingSet, ask: &Consign, order: Option<&Order>) -> Result<String, Vec<Refusal>> {
    let is_free = |text: &str| !set.reference_taken(text);
    if let Some(text) = &ask.draft.reference {
        if is_free(text) {
            return Ok(text.clone());
        }
        return Err(vec![Refusal::ReferenceTaken { field: "partner_shipment_reference", text: text.clone() }]);
    }
    let candidates = || references(&ask.draft.order_reference, order).take(MOST_REFERENCES);
    candidates().find(|text| is_free(text)).ok_or_else(|| {
        let text = candidates().next().unwrap_or_default();
        vec![Refusal::ReferenceTaken { field: "partner_shipment_reference", text }]
    })
}

/// How many references are tried.
pub const MOST_REFERENCES: usize = 5;

/// What a consignment may be called of which nobody says it: one after the other, where it is of an order.
pub fn references(order_reference: &str, order: Option<&Order>) -> impl Iterator<Item = String> {
    let of_order = order.map(|order| (order_reference.to_owned(), order.consignments));
    let alone = of_order.is_none().then(|| order_reference.to_owned());
    let numbered = |(text, count): (String, i64)| (1..).map(move |more| format!("{text}-{}", count + more));
    alone.into_iter().chain(of_order.into_iter().flat_map(numbered))
}

fn free_tracking(set: &WorkingSet, tracking: &str, own: Option<ConsignmentId>) -> Result<(), Vec<Refusal>> {
    match set.consignment_of_tracking(tracking) {
        Some(other) if Some(other) != own => {
            let field = "pre_booking_info.carrier_tracking_no";
            Err(vec![Refusal::ReferenceTaken { field, text: tracking.to_owned() }])
        }
        Some(_) | None => Ok(()),
    }
}

/// Goes on from a draft: to the carrier, or to what is wrong with it.
fn confirm(consignment: &mut Consignment, faults: &[BookingFault], moment: &mut Moment<'_>) {
    let mut faults = faults.to_vec();
    if consignment.carrier.is_none() {
        let (code, message) = if consignment.prebooked {
            ("carrier_account_invalid", "no carrier account is known for the carrier of this shipment")
        } else {
            ("no_carrier_assigned", "no carrier account was named, and no rule names one")
        };
        faults.push(BookingFault {
            code: code.to_owned(),
            field: Some("carrier_account".to_owned()),
            message: message.to_owned(),
            by_carrier: false,
            is_error: true,
        });
    }
    consignment.faults = faults;
    if consignment.faults.iter().any(|fault| fault.is_error) {
        consignment.enter(ConsignmentStage::Error, moment.now);
        return;
    }
    match consignment.carrier {
        _ if consignment.prebooked => consignment.enter(ConsignmentStage::Booked, moment.now),
        None | Some(Carrier::Own) => consignment.enter(ConsignmentStage::Booked, moment.now),
        Some(Carrier::Rehearsal) => {
            consignment.attempts += 1;
            consignment.errand = Some(ErrandId(moment.draw(IdKind::Errand)));
            consignment.enter(ConsignmentStage::Pending, moment.now);
        }
    }
}

/// Decides what is done with a consignment that is there.
pub fn act(
    set: &WorkingSet,
    id: ConsignmentId,
    ask: &ConsignmentAct,
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    let Some(found) = set.consignment(id) else {
        return Err(vec![Refusal::NoSuchConsignment(id)]);
    };
    let order = found.order.and_then(|order| set.order(order));
    let mut decision = Decision::new();
    match ask {
        ConsignmentAct::Confirm { by, prebooked, faults, extra } => {
            if !matches!(found.stage, ConsignmentStage::Draft | ConsignmentStage::Error) {
                return Err(vec![Refusal::ConsignmentIs { act: Act::Confirm, stage: found.stage }]);
            }
            order.map_or(Ok(()), not_redacted)?;
            let mut after = found.clone();
            if let Some((carrier, account)) = by {
                after.carrier = *carrier;
                after.account.clone_from(account);
            }
            after.extra.extend(extra.clone());
            if let Some((tracking, label)) = prebooked {
                free_tracking(set, tracking, Some(id))?;
                after.prebooked = true;
                after.tracking = Some(tracking.clone());
                after.label.clone_from(label);
            }
            confirm(&mut after, faults, moment);
            if let Some(order) = order {
                tell_tracks(set, order, order, &after, moment, &mut decision);
            }
            decision.push(Change::ConsignmentSaved(Box::new(after)));
        }
        ConsignmentAct::Cancel => {
            order.map_or(Ok(()), not_under_way)?;
            if !found.stage.is_before_shipped() {
                return Err(vec![Refusal::ConsignmentCannot { from: found.stage, to: ConsignmentStage::Cancelled }]);
            }
            let cancelled = cancelled(found, moment);
            decision.push(Change::ConsignmentSaved(Box::new(cancelled)));
            if let Some(order) = order {
                let mut after = order.clone();
                unlink(set, &mut after, found);
                conclude(order, &mut after, Event::OrderClosed, moment, &mut decision);
            }
        }
        ConsignmentAct::Move { to, at } => {
            order.map_or(Ok(()), not_under_way)?;
            if !found.stage.may_become(*to) {
                return Err(vec![Refusal::ConsignmentCannot { from: found.stage, to: *to }]);
            }
            if let Some(tracking) = found.tracking.as_ref().filter(|_| !found.keeps_number()) {
                // What another goes by now tells of that one.
                free_tracking(set, tracking, Some(id))?;
            }
            let mut after = found.clone();
            after.enter(*to, at.unwrap_or(moment.now));
            after.updated_at = moment.now;
            decision.push(Change::ConsignmentSaved(Box::new(after.clone())));
            if let Some(order) = order {
                follow(set, order, &after, moment, &mut decision)?;
            }
        }
    }
    Ok(decision.with(Outcome::Consignment(id)))
}

/// The consignment, given up: a label that the carrier has for it is given back, now or when it is known that there is one.
pub(crate) fn cancelled(found: &Consignment, moment: &mut Moment<'_>) -> Consignment {
    let mut after = found.clone();
    after.unwanted = true;
    if after.labelled && after.errand.is_none() {
        after.errand = Some(ErrandId(moment.draw(IdKind::Errand)));
    }
    after.enter(ConsignmentStage::Cancelled, moment.now);
    after
}

/// Takes a carrier's answer. One that comes late, or twice, changes nothing more.
pub fn settle(
    set: &WorkingSet,
    id: ConsignmentId,
    attempt: i64,
    answer: &CarrierAnswer,
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    let Some(found) = set.consignment(id) else {
        return Err(vec![Refusal::NoSuchConsignment(id)]);
    };
    let outcome = Outcome::Consignment(id);
    if found.errand.is_none() || attempt != found.attempts {
        return Ok(Decision::new().with(outcome));
    }
    let mut decision = Decision::new();
    let mut after = found.clone();
    let order = found.order.and_then(|order| set.order(order));
    match answer {
        CarrierAnswer::Unknown { .. } => return Ok(decision.with(outcome)),
        CarrierAnswer::Booked { tracking, label } if !found.labelled => {
            after.labelled = true;
            after.tracking = Some(tracking.clone());
            after.label = Some(label.clone());
            // One that nobody wants any more keeps its errand: the label is still to be given back.
            if !found.unwanted {
                after.errand = None;
                after.enter(ConsignmentStage::Booked, moment.now);
                if let Some(order) = order {
                    tell_tracks(set, order, order, &after, moment, &mut decision);
                }
            }
        }
        // It says again what is known.
        CarrierAnswer::Booked { .. } => return Ok(decision.with(outcome)),
        CarrierAnswer::Cancelled => {
            after.labelled = false;
            after.errand = None;
        }
        CarrierAnswer::Refused { faults } if !found.labelled => {
            after.errand = None;
            if !found.unwanted {
                after.faults.clone_from(faults);
                after.enter(ConsignmentStage::Error, moment.now);
            }
        }
        // The label cannot be given back: a person has to ask.
        CarrierAnswer::Refused { faults } => {
            after.errand = None;
            after.faults.clone_from(faults);
        }
    }
    after.updated_at = moment.now;
    decision.push(Change::ConsignmentSaved(Box::new(after)));
    Ok(decision.with(outcome))
}

impl Consignment {
    /// What is to be asked of its carrier now; `prefix` is this database's own name with the tenant.
    pub fn request(&self, prefix: &str) -> CarrierRequest {
        let ask = match (&self.tracking, self.labelled && self.unwanted) {
            (Some(tracking), true) => CarrierAsk::Cancel { tracking: tracking.clone() },
            (_, _) => CarrierAsk::Book,
        };
        let what = match ask {
            CarrierAsk::Book => "book",
            CarrierAsk::Cancel { .. } => "cancel",
        };
        let Consignment { id, attempts, reference, .. } = self;
        CarrierRequest { key: format!("{prefix}-c{id}-{attempts}-{what}"), reference: reference.clone(), ask }
    }
}

/// Shows a consignment's number with the shipments of its rows, in every door.
fn tell_tracks(
    set: &WorkingSet,
    order: &Order,
    linked: &Order,
    consignment: &Consignment,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) {
    let Some(number) = consignment.tracking.clone() else { return };
    if consignment.stage != ConsignmentStage::Booked {
        return;
    }
    let of_rows = |(_, row): &(&FulfilmentOrder, &Row)| row.consignments.contains(&consignment.id);
    let mut shipments: Vec<ShipmentId> = linked.rows().filter(of_rows).filter_map(|(_, row)| row.shipment).collect();
    shipments.sort_unstable();
    shipments.dedup();
    for id in shipments {
        let draft = TrackDraft {
            number: number.clone(),
            carrier: consignment.account.clone().unwrap_or_else(|| "custom".to_owned()),
            title: consignment.carrier.map(|carrier| carrier.as_str().to_owned()),
            ..TrackDraft::default()
        };
        let is_made_now =
            decision.changes.iter().any(|change| matches!(change, Change::ShipmentMade(made) if made.id == id));
        if is_made_now || set.shipment(id).is_some() {
            decision.push(Change::TrackAdded(shipment::track(&draft, id, order.id, moment)));
        }
    }
}

/// What becomes of the goods when their consignment has moved on: they leave with it, and what has arrived is closed.
fn follow(
    set: &WorkingSet,
    order: &Order,
    consignment: &Consignment,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) -> Result<(), Vec<Refusal>> {
    let has_left = !consignment.stage.is_before_shipped() && consignment.is_live();
    if !has_left {
        return Ok(());
    }
    let is_of = |row: &Row| row.consignments.contains(&consignment.id);
    // What nobody said was fulfilled is, as the carrier has it.
    let mut lines: Vec<(FulfilmentOrderId, ItemId, Quantity)> = Vec::new();
    for (found, row) in order.rows().filter(|(_, row)| is_of(row) && row.stage == RowStage::Allocated) {
        lines.push((found.id, row.item, row.quantity));
    }
    let mut now = order.clone();
    if let Some((fulfilment, ..)) = lines.first().copied() {
        let found = order.fulfilment.iter().find(|found| found.id == fulfilment).expect("it has rows");
        let source = found.location.clone().expect("allocated rows have a location");
        let ask = ShipOrder {
            order: order.id,
            lines: lines.iter().map(|(_, item, quantity)| (*item, *quantity)).collect(),
            source: SourceChoice::Named(source),
            excess: Excess::Refuse,
            capture: Capture::No,
            departure: Departure::Now,
            costs: Costs::All,
            demand: Demand::Refuse,
            fulfilment: Some(fulfilment),
            reference: None,
            tracks: tracks_of(consignment),
            comment: None,
            notify: Notify::No,
            extra: Extra::new(),
            line_extra: std::collections::BTreeMap::new(),
        };
        let made = ship::ship_carried(set, &ask, By::This(consignment.id), moment)?;
        now = played(&now, &made.changes);
        decision.changes.extend(made.changes);
    }
    let mut after = now.clone();
    let mut shipments: Vec<ShipmentId> =
        order.rows().filter(|(_, row)| is_of(row)).filter_map(|(_, row)| row.shipment).collect();
    shipments.sort_unstable();
    shipments.dedup();
    for found in shipments.iter().filter_map(|id| set.shipment(*id)).filter(|found| found.left_at.is_none()) {
        let saved = Shipment {
            left_at: Some(moment.now),
            ready_at: found.ready_at.or(Some(moment.now)),
            deducted: true,
            updated_at: moment.now,
            ..found.clone()
        };
        if !found.deducted {
            let goods = shipment::goods(order, found.lines.iter().map(|line| (line.item, line.quantity)));
            ship::take_from(set, order, &found.source, &goods, Cause::Shipped(found.id), decision)?;
        }
        move_on(&mut after, saved.packed());
        decision.push(Change::ShipmentSaved { shipment: Box::new(saved), gone: Vec::new() });
    }
    if consignment.stage.is_delivered() {
        let has_arrived = |id: &ConsignmentId| {
            *id == consignment.id || set.consignment(*id).is_none_or(|other| other.stage.is_delivered())
        };
        for row in after.fulfilment.iter_mut().flat_map(|found| &mut found.rows).filter(|row| is_of(row)) {
            row.close_if_arrived(has_arrived);
        }
    }
    conclude(&now, &mut after, Event::ShipmentCreated, moment, decision);
    Ok(())
}

/// The order after what a shipment of some of its rows has changed.
fn played(order: &Order, changes: &[Change]) -> Order {
    let mut now = order.clone();
    for change in changes {
        if let Change::Fulfilment { saved, gone, .. } = change {
            now.take_fulfilment(saved, gone);
        }
        if let Change::ItemDone { item, done, .. } = change {
            now.item_mut(*item).expect("changes name lines of the order").done = *done;
        }
        if let Change::Staged { stage, shipments, consignments: _, .. } = change {
            now.stage = stage.clone();
            now.shipments = *shipments;
        }
    }
    now
}

fn tracks_of(consignment: &Consignment) -> Vec<TrackDraft> {
    let track = |number: &String| TrackDraft {
        number: number.clone(),
        carrier: consignment.account.clone().unwrap_or_else(|| "custom".to_owned()),
        ..TrackDraft::default()
    };
    consignment.tracking.iter().map(track).collect()
}
