//! The decision that makes a shipment (contract `magento.md`, sections 7.1, 7.2, 10.4, 10.5; `centra.md`, section 3).

mod digital;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Act, Amount, Cause, Change, CommentDraft, ConsignmentId, Decision, Demand, DocumentId, Done, Event, Extra,
    FulfilmentOrderId, IdKind, Invalid, InvoiceId, InvoiceOrder, Item, ItemId, Kind, Lines, Moment, Movement, Notify,
    Only, Order, OrderId, Outcome, Packed, Paid, Quantity, Refusal, RowStage, Shipment, ShipmentId, ShipmentLine,
    ShipmentLineId, Shipping, Sku, SourceCode, State, Subject, TrackDraft, Wish, WorkingSet, begin, bind, capturable,
    comment, conclude, fulfil, invoice, leave, not_elsewhere, not_under_way, note, nothing_due_again, number_text,
    pack, shipment, tell_of_document,
};

/// "Ship this order."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShipOrder {
    pub order: OrderId,
    /// Empty: all that is left.
    pub lines: Lines,
    pub source: SourceChoice,
    pub excess: Excess,
    pub capture: Capture,
    pub departure: Departure,
    pub costs: Costs,
    pub demand: Demand,
    /// The fulfilment order whose rows it takes, and no others. Digital ones among them are closed; where all are, there
    /// is no shipment, and no source is asked.
    pub fulfilment: Option<FulfilmentOrderId>,
    /// What the shop's own systems call it.
    pub reference: Option<String>,
    pub tracks: Vec<TrackDraft>,
    pub comment: Option<CommentDraft>,
    pub notify: Notify,
    pub extra: Extra,
    /// Further members of the lines, for doors that echo them.
    pub line_extra: BTreeMap<ItemId, Extra>,
}

/// Where to ship from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceChoice {
    /// This one, also when it is switched off or not of the order's stock (contract section 10.4).
    Named(SourceCode),
    /// The only source of the order's stock, or else `default` (contract section 10.5).
    OnlyLinked,
    /// `default` while there is only one enabled source; otherwise it must be named (contract section 10.5).
    OnlyEnabled,
}

/// Whether what is shipped must be paid before it leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Capture {
    /// It leaves, paid or not.
    #[default]
    No,
    /// What of it is not invoiced yet is, and the money is taken: no shipment without it.
    Required,
}

/// When the goods of a shipment leave their source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Departure {
    /// At once: who ships has packed and sent it.
    #[default]
    Now,
    /// When it is good to go, paid and sent; until then it is being packed (contract `centra.md`, 2.2).
    Complete { ready: bool, sent: bool },
    /// With `deduct` at once, and otherwise when a carrier has it; with `close` nothing is carried, and that is all
    /// (contract `carriyo.md`, 2.5 and 6).
    Fulfilled { deduct: bool, close: bool },
}

/// What a shipment carries of the order's shipping costs (contract `centra.md`, 2.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Costs {
    /// All of them, whatever others carry: where they were taken before, nothing more is.
    #[default]
    All,
    /// What no other carries.
    Rest,
}

/// What to do with a line that asks for more than is left, or for what is not on the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// Ship what is left, pass over what is unknown.
    Trim,
    /// Refuse.
    Refuse,
}

/// Makes a shipment of what the order still needs. Where it must be paid first, its goods are kept ready and the
/// gateway is asked; a shipment that nobody has to be asked for leaves at once.
pub fn ship(set: &WorkingSet, ask: &ShipOrder, moment: &mut Moment<'_>) -> Result<Decision, Vec<Refusal>> {
    ship_carried(set, ask, By::Whoever, moment)
}

/// Who carries what is shipped.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By {
    /// Whoever is to carry it, if anybody is.
    Whoever,
    /// This consignment; no other's pieces are taken.
    This(ConsignmentId),
    /// One that is made for it; what others wait for is taken last.
    Another,
}

/// The same, where it is known who carries it.
pub(crate) fn ship_carried(
    set: &WorkingSet,
    ask: &ShipOrder,
    by: By,
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    let Some(order) = set.order(ask.order) else {
        return Err(vec![Refusal::NoSuchOrder(ask.order)]);
    };
    not_under_way(order)?;
    if let Some(id) = ask.fulfilment {
        let found = order.fulfilment.iter().find(|found| found.id == id);
        let found = found.ok_or_else(|| vec![Refusal::NoSuchFulfilment(id)])?;
        fulfil::pending(order, found, &ask.lines, Act::Fulfil)?;
        if ask.lines.iter().all(|(item, _)| digital::is_digital(order, *item)) {
            return digital::close_alone(order, ask, moment);
        }
    }
    let plan = plan(order, ask);
    let refusals = refusals(order, ask, &plan);
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let source = choose_source(set, order, &ask.source)?;
    in_place(order, ask.fulfilment, &source)?;
    let costs = carries_costs(set, order, ask)?;
    let unpaid = unpaid(set, order, &plan.rows, costs, None);
    let to_pay = match ask.capture {
        Capture::No => None,
        Capture::Required => {
            nothing_due_again(order)?;
            unpaid.clone()
        }
    };
    let id = ShipmentId(moment.draw(IdKind::Shipment));
    let mut decision = Decision::new();
    let paid = match (&unpaid, ask.departure) {
        (None, Departure::Now | Departure::Fulfilled { .. }) => Paid::Elsewhere,
        (None, Departure::Complete { .. }) => paid_before(order),
        (Some(_), Departure::Now | Departure::Fulfilled { .. }) => Paid::No,
        (Some(unpaid), Departure::Complete { .. }) if costs_nothing(set, order, unpaid) => Paid::Elsewhere,
        (Some(_), Departure::Complete { .. }) => Paid::No,
    };
    let has_left = leaves(ask.departure, paid != Paid::No || to_pay.is_some());
    let mut bound = order.clone();
    match ask.departure {
        Departure::Now | Departure::Fulfilled { .. } => {}
        // What was never bound, and leaves now, is bound to nothing in between: its source is asked as for any other.
        Departure::Complete { .. } if order.fulfilment.is_empty() && has_left && to_pay.is_none() => {}
        Departure::Complete { .. } => bind(set, &mut bound, &plan.rows, &source, ask.demand, moment)?,
    }
    if has_left {
        take_from(set, order, &source, &plan.goods, Cause::Shipped(id), &mut decision)?;
    }
    let Some(to_pay) = to_pay else {
        make(set, order, bound, ask, Parcel { id, source: &source, paid, costs, by }, moment, &mut decision);
        return Ok(decision.with(Outcome::Shipment { id, sequence: order.shipments + 1 }));
    };
    if let Some((total, last)) = invoice::to_collect_for(set, order, &to_pay)? {
        let payment = capturable(set, order, total, moment.now)?;
        let of = payment.authorisation.clone();
        let before = (bound.fulfilment != order.fulfilment).then(|| order.fulfilment.clone());
        let wish = Wish::Ship { ask: Box::new(ask.clone()), source, shipment: id, before };
        // What is promised is bound, so that it is still there when the gateway has answered.
        note(order, &mut bound, moment, &mut decision);
        let operation = begin(order.id, wish, total, of, last, moment, &mut decision);
        return Ok(decision.with(Outcome::Awaits(operation)));
    }
    not_elsewhere(order)?;
    let (invoice, invoiced) = invoice::make(set, order, &to_pay, None, moment, &mut decision)?;
    let bound = Order { fulfilment: bound.fulfilment, ..invoiced.clone() };
    let parcel = Parcel { id, source: &source, paid: Paid::By(invoice), costs, by };
    make(set, &invoiced, bound, ask, parcel, moment, &mut decision);
    Ok(decision.with(Outcome::Shipment { id, sequence: order.shipments + 1 }))
}

/// Whether the goods of a shipment leave as soon as it is made.
fn leaves(departure: Departure, is_paid: bool) -> bool {
    match departure {
        Departure::Now => true,
        Departure::Complete { ready, sent } => ready && sent && is_paid,
        Departure::Fulfilled { deduct, close } => deduct || close,
    }
}

/// Whether a shipment carries the order's shipping costs; with money to take, no two can.
fn carries_costs(set: &WorkingSet, order: &Order, ask: &ShipOrder) -> Result<bool, Vec<Refusal>> {
    match (ask.departure, ask.costs) {
        (Departure::Now | Departure::Fulfilled { .. }, _) => Ok(true),
        (Departure::Complete { .. }, Costs::Rest) => Ok(!others_carry_costs(set, order, None)),
        // There is no money to take twice.
        (Departure::Complete { .. }, Costs::All) if order.is_invoiced() => Ok(true),
        (Departure::Complete { .. }, Costs::All) => {
            let account = set.account(order.id);
            let twice = others_carry_costs(set, order, None) && !account.ordered.is_without_shipping();
            if twice && ask.capture == Capture::Required {
                return Err(vec![Refusal::ShippingTaken]);
            }
            Ok(true)
        }
    }
}

/// Whether an invoice has taken the order's shipping costs, or another shipment that is still here carries them.
pub(crate) fn others_carry_costs(set: &WorkingSet, order: &Order, but: Option<ShipmentId>) -> bool {
    !set.account(order.id).invoiced.is_without_shipping()
        || order
            .packed_shipments()
            .into_iter()
            .filter(|id| Some(*id) != but)
            .any(|id| set.shipment(id).is_some_and(|other| other.costs))
}

/// What pays for a shipment of which all is invoiced: what came for it before, unless that has failed since (invariant M3).
pub(crate) fn paid_before(order: &Order) -> Paid {
    if order.due_again > Amount::ZERO { Paid::No } else { Paid::Elsewhere }
}

/// Whether an invoice would take nothing.
pub(crate) fn costs_nothing(set: &WorkingSet, order: &Order, ask: &InvoiceOrder) -> bool {
    invoice::total_of(set, order, ask).is_some_and(|total| total.amount == Amount::ZERO)
}

/// What is still to be invoiced of what a shipment takes, be it `made` already or not; none where everything is. Others that
/// are here and not paid are left to their own invoices.
pub(crate) fn unpaid(
    set: &WorkingSet,
    order: &Order,
    rows: &Lines,
    costs: bool,
    made: Option<&Shipment>,
) -> Option<InvoiceOrder> {
    let mut elsewhere: BTreeMap<ItemId, Quantity> = BTreeMap::new();
    let packed = order.packed_shipments();
    let is_other = |id: &&ShipmentId| made.is_none_or(|made| made.id != **id);
    let others = packed.iter().filter(is_other).filter_map(|id| set.shipment(*id));
    // What is in it counts once, be it here or not.
    for other in others.filter(|other| other.paid == Paid::No).chain(made) {
        for line in &other.lines {
            *elsewhere.entry(line.item).or_insert(Quantity::ZERO) += line.quantity;
        }
    }
    let mut lines: BTreeMap<ItemId, Quantity> = BTreeMap::new();
    let mut add = |item: &Item, quantity: Quantity| {
        let line = lines.entry(item.id).or_insert(Quantity::ZERO);
        *line = (*line).max(quantity).min(order.to_invoice(item));
    };
    for (id, quantity) in rows {
        let item = order.item(*id).expect("the plan names lines of this order");
        let elsewhere = elsewhere.get(id).copied().unwrap_or(Quantity::ZERO);
        // What was refunded before it was sent is not sent for its money.
        let sent = item.done.shipped - elsewhere + item.done.unsent + *quantity;
        if !order.is_dummy_for_money(item) {
            add(item, sent - item.done.invoiced);
        } else if let Some(parent) = order.parent(item) {
            // The price of a kit whose parts ship apart is due with the first of them.
            let kits = sent.per(item.selection).unwrap_or(Quantity::ONE).rounded_up();
            add(parent, kits - parent.done.invoiced);
        } else {
            for part in order.children(item.id) {
                add(part, part.selection.each(sent) - part.done.invoiced);
            }
        }
    }
    lines.retain(|_, quantity| *quantity > Quantity::ZERO);
    let lines: Lines = lines.into_iter().collect();
    (!lines.is_empty()).then_some(InvoiceOrder {
        order: order.id,
        lines,
        shipping: if costs { Shipping::WithFirst } else { Shipping::Not },
        capture: true,
        comment: None,
        notify: Notify::No,
    })
}

/// What lies ready for a shipment that is being paid: off its source already, as it leaves when it is.
pub(crate) fn goods_ready(order: &Order, ask: &ShipOrder) -> Vec<(Sku, Quantity)> {
    if leaves(ask.departure, true) { plan(order, ask).goods } else { Vec::new() }
}

/// Makes the invoice and the shipment of goods that lay ready and are paid now; the invoice, and the order as it is
/// with that.
pub(crate) fn make_paid(
    set: &WorkingSet,
    order: &Order,
    ask: &ShipOrder,
    from: (ShipmentId, &SourceCode),
    transaction: &str,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) -> Result<(InvoiceId, Order), Vec<Refusal>> {
    let costs = carries_costs(set, order, ask)?;
    let unpaid = unpaid(set, order, &plan(order, ask).rows, costs, None).expect("something was to be paid");
    let (invoice, invoiced) = invoice::make(set, order, &unpaid, Some(transaction), moment, decision)?;
    let (id, source) = from;
    let parcel = Parcel { id, source, paid: Paid::By(invoice), costs, by: By::Whoever };
    make(set, &invoiced, invoiced.clone(), ask, parcel, moment, decision);
    Ok((invoice, invoiced))
}

/// What is decided of a shipment before it is made.
struct Parcel<'a> {
    id: ShipmentId,
    source: &'a SourceCode,
    paid: Paid,
    costs: bool,
    by: By,
}

/// Makes a shipment, and moves the order on. Where its goods leave, they are off their source, and what was held for them
/// is released. `after` is the order with what was bound for it.
fn make(
    set: &WorkingSet,
    order: &Order,
    mut after: Order,
    ask: &ShipOrder,
    Parcel { id, source, paid, costs, by }: Parcel<'_>,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) {
    let plan = plan(order, ask);
    let left = leaves(ask.departure, paid != Paid::No);
    let (ready, sent) = match ask.departure {
        Departure::Now => (true, true),
        Departure::Complete { ready, sent } => (ready, sent),
        Departure::Fulfilled { close, .. } => (true, close),
    };
    let stage = match ask.departure {
        Departure::Fulfilled { close: true, .. } => RowStage::Closed,
        _ if ready || left => RowStage::Fulfilled,
        _ => RowStage::Packing,
    };
    let only = Only {
        fulfilment: ask.fulfilment,
        consignment: if let By::This(id) = by { Some(id) } else { None },
        reference: ask.reference.as_deref(),
        booked_first: ask.fulfilment.is_some() && !matches!(by, By::Another),
    };
    pack(&mut after, &plan.rows, source, Packed { shipment: id, stage, left }, only, moment);
    digital::close(&mut after, ask);
    after.shipments += 1;
    for (item, quantity) in &plan.rows {
        set_shipped(&mut after, *item, |shipped| shipped + *quantity, decision);
    }
    shipment::count_kits(set, order, &mut after, &[], &plan.above, decision);
    if after.stage.state == State::New {
        after.enter(State::Processing);
    }
    conclude(order, &mut after, Event::ShipmentCreated, moment, decision);

    let tracks = ask.tracks.iter().map(|draft| shipment::track(draft, id, order.id, moment)).collect();
    let shipment = Shipment {
        id,
        order: order.id,
        sequence: after.shipments,
        ready_at: ready.then_some(moment.now),
        left_at: sent.then_some(moment.now),
        paid,
        costs,
        deducted: left,
        store: order.store,
        number: number_text(order.store, moment.draw(IdKind::ShipmentNumber(order.store))),
        source: source.clone(),
        total: plan.total,
        lines: plan
            .lines()
            .into_iter()
            .map(|(item, quantity)| ShipmentLine {
                id: ShipmentLineId(moment.draw(IdKind::ShipmentLine)),
                item,
                quantity,
                extra: ask.line_extra.get(&item).cloned().unwrap_or_default(),
            })
            .collect(),
        tracks,
        extra: ask.extra.clone(),
        created_at: moment.now,
        updated_at: moment.now,
    };
    decision.push(Change::ShipmentMade(Box::new(shipment)));
    let remark = ask.comment.as_ref().map(|draft| comment(draft, Subject::Shipment, id.0, moment));
    let told = (ask.notify, remark.as_ref().map(|remark| remark.id));
    decision.changes.extend(remark.map(Change::Commented));
    // Who is told of a shipment is told that it was sent, once.
    if sent {
        tell_of_document(set, order, DocumentId::Shipment(id), told, moment, decision);
    }
}

pub(crate) fn set_shipped(order: &mut Order, item: ItemId, to: impl Fn(Quantity) -> Quantity, decision: &mut Decision) {
    let line = order.item_mut(item).expect("the plan names lines of this order");
    let done = Done { shipped: to(line.done.shipped), ..line.done };
    line.done = done;
    decision.push(Change::ItemDone { order: order.id, item, done });
}

/// What a shipment would consist of.
struct Plan {
    /// Lines that carry a parcel, and how many of each.
    rows: Lines,
    /// The parents of rows that ship apart from them.
    above: BTreeSet<ItemId>,
    /// What leaves the source.
    goods: Vec<(Sku, Quantity)>,
    total: Quantity,
}

impl Plan {
    /// What is written down: a parent that only stands above its parts is there once.
    fn lines(&self) -> Lines {
        let mut lines = self.rows.clone();
        lines.extend(self.above.iter().map(|parent| (*parent, Quantity::ONE)));
        lines.sort_by_key(|(item, _)| *item);
        lines
    }
}

/// Builds the rows (contract section 7.1, steps 1 to 4).
fn plan(order: &Order, ask: &ShipOrder) -> Plan {
    let asked = asked_quantities(order, ask);
    let of = |item: &Item| asked.get(&item.id).copied().unwrap_or(Quantity::ZERO);
    let mut plan = Plan { rows: Vec::new(), above: BTreeSet::new(), goods: Vec::new(), total: Quantity::ZERO };
    for item in &order.items {
        if item.is_virtual || item.locked_ship || order.is_dummy_for_shipping(item) {
            continue;
        }
        let quantity = of(item).min(order.to_ship(item)).truncated_unless(item.decimal);
        if quantity <= Quantity::ZERO {
            continue;
        }
        plan.rows.push((item.id, quantity));
        plan.above.extend(item.parent);
        plan.total += quantity;
    }
    plan.goods = shipment::goods(order, plan.rows.iter().copied());
    plan
}

/// What was asked of each line; without a list, everything that can leave.
fn asked_quantities(order: &Order, ask: &ShipOrder) -> BTreeMap<ItemId, Quantity> {
    if ask.lines.is_empty() {
        return order.items.iter().map(|item| (item.id, item.ordered)).collect();
    }
    let mut asked = BTreeMap::new();
    for (item, quantity) in &ask.lines {
        let so_far = asked.entry(*item).or_insert(Quantity::ZERO);
        match ask.excess {
            // The last word on a line counts (contract section 6.1, step 2).
            Excess::Trim => *so_far = *quantity,
            Excess::Refuse => *so_far += *quantity,
        }
    }
    asked
}

/// All that stands in the way, in the order of the contract (section 7.1, "Validation").
fn refusals(order: &Order, ask: &ShipOrder, plan: &Plan) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let state_forbids = matches!(order.stage.state, State::PaymentReview | State::Holded | State::Canceled);
    if state_forbids || order.is_virtual {
        refusals.push(Refusal::OrderInState { act: Act::Ship, status: order.stage.status_text().to_owned() });
    } else if !order.can_ship() {
        refusals.push(Refusal::NothingLeft(Act::Ship));
    }
    match ask.excess {
        Excess::Trim => {}
        Excess::Refuse => refusals.extend(excesses(order, ask)),
    }
    if plan.rows.is_empty() {
        refusals.push(Refusal::NothingAsked(Act::Ship));
    }
    refusals
        .extend(ask.tracks.iter().filter(|track| track.number.trim().is_empty()).map(|_| Refusal::TrackWithoutNumber));
    for (item, _) in &ask.lines {
        let Some(item) = order.item(*item) else {
            continue;
        };
        if !order.is_dummy_for_shipping(item) {
            continue;
        }
        match order.parent(item) {
            None => refusals.push(Refusal::ShipPartsInstead { bundle: item.sku.clone() }),
            Some(parent) if parent.kind == Kind::Bundle => {
                refusals.push(Refusal::ShipBundleInstead { bundle: parent.sku.clone() });
            }
            Some(_) => {}
        }
    }
    refusals
}

fn excesses(order: &Order, ask: &ShipOrder) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if ask.lines.is_empty() {
        return refusals;
    }
    if ask.lines.iter().any(|(_, quantity)| *quantity < Quantity::ZERO) {
        refusals.push(Refusal::Invalid(Invalid::Negative { field: "qty" }));
    }
    for (id, asked) in asked_quantities(order, ask) {
        let Some(item) = order.item(id) else {
            refusals.push(Refusal::NotOfOrder { act: Act::Ship, item: id });
            continue;
        };
        // Of a fulfilment order, what is digital is no part of the shipment.
        if order.is_dummy_for_shipping(item) || (item.is_virtual && ask.fulfilment.is_some()) {
            continue;
        }
        let left = if item.is_virtual || item.locked_ship { Quantity::ZERO } else { order.to_ship(item) };
        if asked > left {
            refusals.push(Refusal::MoreThanLeft {
                act: Act::Ship,
                item: id,
                sku: item.sku.clone(),
                name: item.name.clone(),
                asked,
                left,
            });
        } else if asked.has_fraction() && !item.decimal {
            refusals.push(Refusal::NotWhole { sku: item.sku.clone(), asked });
        }
    }
    refusals
}

fn choose_source(set: &WorkingSet, order: &Order, choice: &SourceChoice) -> Result<SourceCode, Vec<Refusal>> {
    let places = set.places();
    let default = SourceCode(SourceCode::DEFAULT.to_owned());
    match choice {
        SourceChoice::Named(code) if places.sources.contains_key(code) => Ok(code.clone()),
        SourceChoice::Named(code) => Err(vec![Refusal::NoSuchSource(code.clone())]),
        SourceChoice::OnlyLinked => match places.sources_of(order.stock).as_slice() {
            [only] => Ok(only.code.clone()),
            _ => Ok(default),
        },
        SourceChoice::OnlyEnabled => {
            let enabled = places.sources.values().filter(|source| source.enabled).count();
            if enabled < 2 { Ok(default) } else { Err(vec![Refusal::SourceNotNamed]) }
        }
    }
}

/// Refuses to take the goods of a fulfilment order from where it was before another location got it.
fn in_place(order: &Order, fulfilment: Option<FulfilmentOrderId>, source: &SourceCode) -> Result<(), Vec<Refusal>> {
    let of = fulfilment.and_then(|id| order.fulfilment.iter().find(|found| found.id == id));
    match of {
        Some(found) if found.location.as_ref() != Some(source) => Err(vec![Refusal::FulfilmentMoved(found.id)]),
        Some(_) | None => Ok(()),
    }
}

/// Takes goods from a source, or says for each sku why it cannot (contract section 10.4). What is bound to others stays
/// theirs; what is bound to this order never stands in its way (invariant S6).
pub(crate) fn take_from(
    set: &WorkingSet,
    order: &Order,
    source: &SourceCode,
    goods: &[(Sku, Quantity)],
    cause: Cause,
    decision: &mut Decision,
) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    let own = order.allocated();
    for (sku, quantity) in goods {
        let Some(item) = set.source_item(sku, source) else {
            refusals.push(Refusal::NotStockedAt { source: source.clone(), sku: sku.clone() });
            continue;
        };
        let bound = own.get(&(source.clone(), sku.clone())).copied().unwrap_or(Quantity::ZERO).min(*quantity);
        // Whoever is bound takes what is there; whoever is not, what nobody is bound to.
        let free = if bound == *quantity { item.on_hand } else { (item.free() + bound).min(item.on_hand) };
        if free < *quantity {
            refusals.push(Refusal::NotEnoughAt {
                source: source.clone(),
                sku: sku.clone(),
                asked: *quantity,
                on_hand: free.floored(),
            });
            continue;
        }
        decision.push(leave(
            item,
            Movement { source: source.clone(), sku: item.sku.clone(), change: -*quantity, cause },
            set.product(sku),
        ));
    }
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}
