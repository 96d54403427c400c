//! Shipments, and the decision that makes one (contract sections 7.1, 7.2, 10.4, 10.5).

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Act, Amount, Cause, Change, CommentDraft, Decision, DocumentId, Done, Event, Extra, IdKind, Invalid, InvoiceId,
    InvoiceOrder, Item, ItemId, Kind, Lines, Moment, Movement, Notify, Order, OrderId, Outcome, Quantity, Refusal,
    ShipmentId, ShipmentLineId, Sku, SourceCode, State, StoreId, Subject, Timestamp, TrackId, Wish, WorkingSet, begin,
    capturable, comment, conclude, invoice, leave, not_elsewhere, not_under_way, nothing_due_again, number_text,
    tell_of_document,
};

/// What left a source for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipment {
    pub id: ShipmentId,
    pub order: OrderId,
    pub store: StoreId,
    pub number: String,
    /// Where the goods were taken from; it never changes.
    pub source: SourceCode,
    /// Pieces, lines that only carry others not counted.
    pub total: Quantity,
    pub lines: Vec<ShipmentLine>,
    pub tracks: Vec<Track>,
    pub extra: Extra,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A line of a shipment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShipmentLine {
    pub id: ShipmentLineId,
    pub item: ItemId,
    pub quantity: Quantity,
    pub extra: Extra,
}

/// A tracking number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    pub id: TrackId,
    pub shipment: ShipmentId,
    pub order: OrderId,
    pub number: String,
    pub title: Option<String>,
    pub carrier: String,
    pub description: Option<String>,
    pub weight: Option<Amount>,
    pub quantity: Option<Quantity>,
    pub created_at: Timestamp,
}

/// A tracking number as a client gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackDraft {
    pub number: String,
    pub title: Option<String>,
    pub carrier: String,
    pub description: Option<String>,
    pub weight: Option<Amount>,
    pub quantity: Option<Quantity>,
}

/// "Ship this order."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShipOrder {
    pub order: OrderId,
    /// Empty: all that is left.
    pub lines: Lines,
    pub source: SourceChoice,
    pub excess: Excess,
    pub capture: Capture,
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
    let Some(order) = set.order(ask.order) else {
        return Err(vec![Refusal::NoSuchOrder(ask.order)]);
    };
    not_under_way(order)?;
    let plan = plan(order, ask);
    let refusals = refusals(order, ask, &plan);
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let source = choose_source(set, order, &ask.source)?;
    let unpaid = match ask.capture {
        Capture::No => None,
        Capture::Required => {
            nothing_due_again(order)?;
            unpaid(order, &plan)
        }
    };
    let id = ShipmentId(moment.draw(IdKind::Shipment));
    let mut decision = Decision::new();
    take_from(set, &source, &plan.goods, Cause::Shipped(id), &mut decision)?;
    let Some(unpaid) = unpaid else {
        make(set, order, ask, (id, &source), moment, &mut decision);
        return Ok(decision.with(Outcome::Shipment(id)));
    };
    if let Some((total, last)) = invoice::to_collect_for(set, order, &unpaid)? {
        let payment = capturable(set, order, total, moment.now)?;
        let of = payment.authorisation.clone();
        let wish = Wish::Ship { ask: Box::new(ask.clone()), source, shipment: id };
        let operation = begin(order.id, wish, total, of, last, moment, &mut decision);
        return Ok(decision.with(Outcome::Awaits(operation)));
    }
    not_elsewhere(order)?;
    let (_, invoiced) = invoice::make(set, order, &unpaid, None, moment, &mut decision)?;
    make(set, &invoiced, ask, (id, &source), moment, &mut decision);
    Ok(decision.with(Outcome::Shipment(id)))
}

/// What is still to be invoiced of what a shipment takes; none where everything is.
fn unpaid(order: &Order, plan: &Plan) -> Option<InvoiceOrder> {
    let mut lines: BTreeMap<ItemId, Quantity> = BTreeMap::new();
    let mut add = |item: &Item, quantity: Quantity| {
        let line = lines.entry(item.id).or_insert(Quantity::ZERO);
        *line = (*line).max(quantity).min(order.to_invoice(item));
    };
    for (id, quantity) in &plan.rows {
        let item = order.item(*id).expect("the plan names lines of this order");
        // What was refunded before it was sent is not sent for its money.
        let sent = item.done.shipped + item.done.unsent + *quantity;
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
        capture: true,
        comment: None,
        notify: Notify::No,
    })
}

/// What lies ready for a shipment that is being paid.
pub(crate) fn goods(order: &Order, ask: &ShipOrder) -> Vec<(Sku, Quantity)> {
    plan(order, ask).goods
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
    let unpaid = unpaid(order, &plan(order, ask)).expect("something was to be paid");
    let (id, invoiced) = invoice::make(set, order, &unpaid, Some(transaction), moment, decision)?;
    make(set, &invoiced, ask, from, moment, decision);
    Ok((id, invoiced))
}

/// Makes a shipment of goods that are off their source, releases what was held for them, and moves the order on.
fn make(
    set: &WorkingSet,
    order: &Order,
    ask: &ShipOrder,
    (id, source): (ShipmentId, &SourceCode),
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) {
    let plan = plan(order, ask);
    let mut after = order.clone();
    for (item, quantity) in &plan.rows {
        set_shipped(&mut after, *item, |shipped| shipped + *quantity, decision);
    }
    for parent in &plan.above {
        // It counts the shipments that it was in, but no more kits than its parts have begun.
        let begun = after.kits_begun(*parent, |done| done.shipped);
        set_shipped(&mut after, *parent, |shipped| (shipped + Quantity::ONE).min(begun), decision);
    }
    if after.stage.state == State::New {
        after.enter(State::Processing);
    }
    conclude(order, &mut after, Event::ShipmentCreated, moment, decision);

    let tracks = ask.tracks.iter().map(|draft| track(draft, id, order.id, moment)).collect();
    let shipment = Shipment {
        id,
        order: order.id,
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
    tell_of_document(set, order, DocumentId::Shipment(id), told, moment, decision);
}

fn set_shipped(order: &mut Order, item: ItemId, to: impl Fn(Quantity) -> Quantity, decision: &mut Decision) {
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
    let mut goods: BTreeMap<&Sku, Quantity> = BTreeMap::new();
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
        for (sku, each) in order.goods_of(item) {
            *goods.entry(sku).or_insert(Quantity::ZERO) += each.each(quantity);
        }
    }
    plan.goods = goods.into_iter().map(|(sku, quantity)| (sku.clone(), quantity)).collect();
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
        if order.is_dummy_for_shipping(item) {
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

/// Takes goods from a source, or says for each sku why it cannot (contract section 10.4).
fn take_from(
    set: &WorkingSet,
    source: &SourceCode,
    goods: &[(Sku, Quantity)],
    cause: Cause,
    decision: &mut Decision,
) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    for (sku, quantity) in goods {
        let Some(item) = set.source_item(sku, source) else {
            refusals.push(Refusal::NotStockedAt { source: source.clone(), sku: sku.clone() });
            continue;
        };
        if item.on_hand < *quantity {
            refusals.push(Refusal::NotEnoughAt {
                source: source.clone(),
                sku: sku.clone(),
                asked: *quantity,
                on_hand: item.on_hand,
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

fn track(draft: &TrackDraft, shipment: ShipmentId, order: OrderId, moment: &mut Moment<'_>) -> Track {
    let TrackDraft { number, title, carrier, description, weight, quantity } = draft.clone();
    Track {
        id: TrackId(moment.draw(IdKind::Track)),
        shipment,
        order,
        number,
        title,
        carrier,
        description,
        weight,
        quantity,
        created_at: moment.now,
    }
}

/// Adds a tracking number to a shipment of this order.
pub fn add_track(
    set: &WorkingSet,
    shipment: ShipmentId,
    order: OrderId,
    draft: &TrackDraft,
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    let Some(found) = set.shipment(shipment) else {
        return Err(vec![Refusal::NoSuchShipment(shipment)]);
    };
    if found.order != order {
        return Err(vec![Refusal::ShipmentOfOtherOrder { shipment, order }]);
    }
    let track = track(draft, shipment, order, moment);
    let outcome = Outcome::Track(track.id);
    Ok(Decision::of(Change::TrackAdded(track)).with(outcome))
}

/// Takes a tracking number away again.
pub fn remove_track(set: &WorkingSet, track: TrackId) -> Result<Decision, Vec<Refusal>> {
    match set.track(track) {
        Some(_) => Ok(Decision::of(Change::TrackRemoved(track))),
        None => Err(vec![Refusal::NoSuchTrack(track)]),
    }
}
