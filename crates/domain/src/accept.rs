//! Orders that come in: what the client says is kept, what it leaves out is computed, what contradicts itself is
//! refused; and the stock that they need is held (contract section 5.1, invariant S2).

mod draft;

use std::collections::BTreeMap;

use crate::{
    Account, Address, AddressId, Amount, BadOrder, Change, Composition, Customer, Decision, Details, Document, Done,
    Event, Extra, Gateway, Hold, IdKind, Item, ItemId, Kind, Method, Moment, Money, Order, OrderId, Outcome, Payment,
    PaymentDraft, PaymentStage, Quantity, Refusal, Reservation, Sku, Stage, State, StockId, Subject, Wish, WorkingSet,
    allocate_at, begin, comment, conclude, not_redacted, not_under_way, note_bound, number, numbers_like, price_order,
    running_number,
};

pub use draft::{AcceptOrder, Addresses, Allocation, DraftAddress, DraftItem, HoldDraft, Sent, SentTotals};

/// The most lines on one order.
pub(crate) const MOST_ITEMS: usize = 2_000;

/// Takes an order in: its lines, amounts and addresses, and the stock that it needs.
pub fn accept(set: &WorkingSet, ask: &AcceptOrder, moment: &mut Moment<'_>) -> Result<Decision, Vec<Refusal>> {
    let places = set.places();
    let Some(store) = places.stores.get(&ask.store) else {
        return Err(vec![Refusal::NoSuchStore(ask.store.to_string())]);
    };
    let website = places.websites.get(&store.website);
    let stage = stage(ask)?;
    if ask.items.is_empty() {
        return Err(bad(BadOrder::NoItems));
    }
    if ask.items.len() > MOST_ITEMS {
        return Err(bad(BadOrder::TooManyItems { most: MOST_ITEMS }));
    }
    let currency = ask.currency.clone().unwrap_or_else(|| store.currency.clone());
    let base_currency = ask
        .base_currency
        .clone()
        .unwrap_or_else(|| website.map_or_else(|| currency.clone(), |website| website.currency.clone()));
    currency_code(&currency)?;
    currency_code(&base_currency)?;
    let id = OrderId(moment.draw(IdKind::Order));
    let mut items = items(set, ask, moment)?;
    let ids: Vec<ItemId> = items.iter().map(|item| item.id).collect();
    let mut give_up = None;
    settle_compositions(&mut items, ask);
    settle_virtual_parents(&mut items);
    let email = ask.email.clone().unwrap_or_default();
    let mut order = Order {
        id,
        store: ask.store,
        stock: places.stock_of(ask.store),
        number: String::new(),
        stage,
        is_virtual: items.iter().all(|item| item.is_virtual),
        currency,
        base_currency,
        method: ask.method.clone(),
        email,
        grand_total: Money::ZERO,
        paid: Money::ZERO,
        refunded: Money::ZERO,
        due_again: Amount::ZERO,
        kept_back: Amount::ZERO,
        operation: None,
        shipments: 0,
        consignments: 0,
        redacted_at: None,
        created_at: ask.created_at.unwrap_or(moment.now),
        updated_at: moment.now,
        items,
        fulfilment: Vec::new(),
    };
    let account = price_order(set, &order, ask)?;
    order.grand_total = account.ordered.total;
    let details = details(ask, &order, moment)?;

    let mut decision = Decision::new();
    order.number = order_number(set, ask, &mut decision)?;
    order.settle();
    for HoldDraft { handle, reason, note } in ask.holds.clone() {
        order.hold(Hold { handle, reason, note, at: moment.now });
    }
    match (&ask.allocation, hold(set, &order, &mut decision)) {
        // No location can have what is not there.
        (Allocation::Rule(rule), Err(_)) if !rule.partial => give_up = Some(rule.reason.clone()),
        (_, held) => held?,
    }
    match &ask.allocation {
        Allocation::None => {}
        Allocation::At(source) => allocate_at(set, &mut order, source, moment),
        Allocation::Orders(drafts) => {
            // Lines are named by their positions: the order keeps them by id.
            crate::allocate::assign(set, &mut order, drafts, &ids, moment, &mut decision)?;
        }
        Allocation::Rule(rule) => {
            if give_up.is_none() && !crate::allocate::allocate(set, &mut order, rule, moment)? {
                give_up = Some(rule.reason.clone());
            }
        }
    }
    let before = Order { fulfilment: Vec::new(), ..order.clone() };
    note_bound(&before, &order, &mut decision);
    if let Some(reason) = give_up {
        return Ok(given_up(order, account, details, &reason, moment, decision));
    }
    for (draft, status) in &ask.history {
        let mut comment = comment(draft, Subject::Order, id.0, moment);
        comment.status.clone_from(status);
        comment.entity = Some("order".to_owned());
        decision.push(Change::Commented(comment));
    }
    if let Some(Method::Gateway(gateway)) = order.method.as_deref().map(Method::of) {
        open_payment(&order, gateway, &ask.pay, moment, &mut decision);
    }
    // The order comes first: holds and comments point to it.
    decision.changes.insert(
        0,
        Change::OrderAccepted { order: Box::new(order), account: Box::new(account), details: Box::new(details) },
    );
    Ok(decision.with(Outcome::Order(id)))
}

/// An order for which no location was found: it comes in, and is over (contract `carriyo.md`, 2.6).
fn given_up(
    mut order: Order,
    account: Account,
    details: Details,
    reason: &str,
    moment: &mut Moment<'_>,
    mut decision: Decision,
) -> Decision {
    // Nothing of it is held.
    decision.changes.retain(|change| !matches!(change, Change::Held(_) | Change::Allocated { .. }));
    let id = order.id;
    let before = order.clone();
    let accepted = Change::OrderAccepted {
        order: Box::new(order.clone()),
        account: Box::new(account),
        details: Box::new(details),
    };
    // To be cancelled it needs what it costs, and nothing else of the set.
    let mut known = WorkingSet::default();
    known.apply(&accepted);
    decision.changes.insert(0, accepted);
    for item in &mut order.items {
        item.holds = false;
    }
    let mut more = Decision::new();
    let quiet = Order { items: order.items.clone(), ..before };
    let _ = crate::fulfil::cancel_all(&known, &quiet, &mut order, reason, moment, &mut more);
    conclude(&quiet, &mut order, Event::OrderCanceled, moment, &mut more);
    decision.changes.extend(more.changes);
    decision.with(Outcome::Order(id))
}

/// Has the money for the order set aside at its gateway, or what the shop has set aside there looked at.
fn open_payment(
    order: &Order,
    gateway: Gateway,
    draft: &PaymentDraft,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) {
    let PaymentDraft { instrument, customer, authorisation } = draft.clone();
    let total = order.grand_total.amount;
    let wants_money = (authorisation.is_some() || instrument.is_some()) && total > Amount::ZERO;
    decision.push(Change::PaymentSaved(Box::new(Payment {
        order: order.id,
        gateway,
        instrument,
        customer,
        stage: PaymentStage::Open,
        authorisation: None,
        authorised: Amount::ZERO,
        until: None,
        captured: Amount::ZERO,
        failed: Amount::ZERO,
        refunded: Amount::ZERO,
        warned: false,
    })));
    if wants_money {
        begin(order.id, Wish::Authorise, total, authorisation, false, moment, decision);
    }
}

/// Says how an accepted order is paid. Once a gateway was asked for its money, or an invoice made, that stays.
pub fn open_anew(
    set: &WorkingSet,
    id: OrderId,
    method: &str,
    pay: &PaymentDraft,
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    let Some(order) = set.order(id) else {
        return Err(vec![Refusal::NoSuchOrder(id)]);
    };
    not_under_way(order)?;
    let is_asked = set.payment(id).is_some_and(|payment| payment.stage != PaymentStage::Open);
    let is_invoiced = order.items.iter().any(|item| item.done.invoiced > Quantity::ZERO);
    if is_asked || is_invoiced || order.stage.state == State::Canceled {
        return Err(vec![Refusal::PaymentMethod { method: order.method.clone() }]);
    }
    let mut decision = Decision::of(Change::PaidBy { order: id, method: method.to_owned() });
    if let Method::Gateway(gateway) = Method::of(method) {
        open_payment(order, gateway, pay, moment, &mut decision);
    }
    Ok(decision)
}

/// Refuses what is not the code of a currency (ISO 4217): its digits after the point would be guessed.
pub(crate) fn currency_code(code: &str) -> Result<(), Vec<Refusal>> {
    let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_code { Ok(()) } else { Err(bad(BadOrder::Currency(code.to_owned()))) }
}

pub(crate) fn bad(what: BadOrder) -> Vec<Refusal> {
    vec![Refusal::BadOrder(what)]
}

/// The state that the order comes in with: nothing has been done for it yet, so it cannot be over.
fn stage(ask: &AcceptOrder) -> Result<Stage, Vec<Refusal>> {
    let state = match ask.state.as_deref() {
        None | Some("") => State::New,
        Some(text) => match State::parse(text) {
            Some(State::Complete | State::Closed | State::Canceled) | None => {
                return Err(bad(BadOrder::State(text.to_owned())));
            }
            Some(
                state @ (State::New | State::PendingPayment | State::Processing | State::Holded | State::PaymentReview),
            ) => state,
        },
    };
    Ok(Stage {
        status: Some(
            ask.status.clone().filter(|status| !status.is_empty()).unwrap_or_else(|| state.default_status().to_owned()),
        ),
        state,
        before_hold: None,
        holds: Vec::new(),
    })
}

/// The lines, with what the catalogue knows of them.
pub(crate) fn items(set: &WorkingSet, ask: &AcceptOrder, moment: &mut Moment<'_>) -> Result<Vec<Item>, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let ids: Vec<ItemId> = ask.items.iter().map(|_| ItemId(moment.draw(IdKind::Item))).collect();
    let mut items = Vec::new();
    for (position, draft) in ask.items.iter().enumerate() {
        let sku = Sku::new(&draft.sku);
        if sku.key().is_empty() {
            refusals.push(Refusal::BadOrder(BadOrder::NoSku { position }));
            continue;
        }
        let product = set.product(&sku);
        let parent = match draft.parent.map(|parent| ask.items.get(parent).ok_or(parent)) {
            Some(Err(_)) => {
                refusals.push(Refusal::BadOrder(BadOrder::UnknownParent { sku: draft.sku.clone() }));
                continue;
            }
            Some(Ok(parent)) if parent.parent.is_some() => {
                refusals.push(Refusal::BadOrder(BadOrder::NestedParent { sku: draft.sku.clone() }));
                continue;
            }
            Some(Ok(parent)) => Some(parent),
            None => None,
        };
        let Some(kind) = kind(set, draft) else {
            let text = draft.kind.clone().unwrap_or_default();
            refusals.push(Refusal::BadOrder(BadOrder::UnknownKind(text)));
            continue;
        };
        let ordered = match draft.quantity.or_else(|| parent.and_then(|parent| parent.quantity)) {
            Some(quantity) if quantity > Quantity::ZERO => quantity,
            Some(_) | None => {
                refusals.push(Refusal::BadOrder(BadOrder::NoQuantity { sku: draft.sku.clone() }));
                continue;
            }
        };
        let parts: Vec<&DraftItem> = ask.items.iter().filter(|other| other.parent == Some(position)).collect();
        // Half a kit of whole parts is not to be had.
        let decimal = is_decimal(set, draft) && parts.iter().all(|part| is_decimal(set, part));
        if ordered.has_fraction() && !decimal {
            refusals.push(Refusal::NotWhole { sku, asked: ordered });
            continue;
        }
        let selection = match parent.map(|parent| selection(set, &sku, ordered, parent, decimal)) {
            Some(Ok(selection)) => selection,
            Some(Err(refusal)) => {
                refusals.push(refusal);
                continue;
            }
            None => Quantity::ONE,
        };
        items.push(Item {
            id: ids[position],
            parent: draft.parent.map(|parent| ids[parent]),
            product: draft.product.or_else(|| product.map(|product| product.id)),
            name: draft
                .name
                .clone()
                .or_else(|| product.map(|product| product.name.clone()))
                .unwrap_or_else(|| sku.as_str().to_owned()),
            kind,
            is_virtual: draft.is_virtual.unwrap_or_else(|| kind.is_virtual()),
            decimal,
            locked_invoice: draft.locked_invoice,
            locked_ship: draft.locked_ship,
            composition: draft.composition.or_else(|| product.map(|product| product.composition)).unwrap_or_default(),
            selection,
            tracked: parts.is_empty() && is_tracked(set, &sku),
            holds: ask.hold_stock,
            ordered,
            done: Done::default(),
            sku,
        });
    }
    if refusals.is_empty() { Ok(items) } else { Err(refusals) }
}

/// What the client says, or else the catalogue; `None` when nobody knows the word.
fn kind(set: &WorkingSet, draft: &DraftItem) -> Option<Kind> {
    match draft.kind.as_deref().filter(|kind| !kind.is_empty()) {
        Some(text) => Kind::parse(text),
        None => Some(set.product(&Sku::new(&draft.sku)).map_or(Kind::Simple, |product| product.kind)),
    }
}

fn is_decimal(set: &WorkingSet, draft: &DraftItem) -> bool {
    let product = || set.product(&Sku::new(&draft.sku));
    draft.decimal.unwrap_or_else(|| product().is_some_and(|product| product.stock.decimal))
}

/// How many of a part are in one of its parent. They must be the same in each, or the last one would lack some.
fn selection(
    set: &WorkingSet,
    sku: &Sku,
    ordered: Quantity,
    parent: &DraftItem,
    decimal: bool,
) -> Result<Quantity, Refusal> {
    // The variant of a configurable is the thing itself.
    if kind(set, parent) == Some(Kind::Configurable) {
        return Ok(Quantity::ONE);
    }
    let Some((parents, selection)) = parent.quantity.and_then(|parents| Some((parents, ordered.per(parents)?))) else {
        return Ok(Quantity::ONE);
    };
    if selection.each(parents) != ordered {
        return Err(Refusal::Contradiction {
            field: "qty_ordered",
            sku: Some(sku.clone()),
            sent: Amount(ordered.0),
            computed: Amount(selection.each(parents).0),
        });
    }
    if selection.has_fraction() && !decimal {
        return Err(Refusal::NotWhole { sku: sku.clone(), asked: selection });
    }
    Ok(selection)
}

/// Whether a line without parts takes from stock: its product is counted, or, without a product, it lies somewhere.
fn is_tracked(set: &WorkingSet, sku: &Sku) -> bool {
    match set.product(sku) {
        Some(product) => product.stock.is_managed() && product.kind.lies_at_sources(),
        None => set.source_items_of(sku).next().is_some(),
    }
}

/// A parent of nothing but virtual parts has nothing to put into a box either.
fn settle_virtual_parents(items: &mut [Item]) {
    let mut only_virtual: BTreeMap<ItemId, bool> = BTreeMap::new();
    for item in items.iter() {
        if let Some(parent) = item.parent {
            *only_virtual.entry(parent).or_insert(true) &= item.is_virtual;
        }
    }
    for item in items {
        if let Some(only_virtual) = only_virtual.get(&item.id) {
            item.is_virtual = *only_virtual;
        }
    }
}

/// A bundle that neither the client nor the catalogue explains: when its parts have prices, they carry it.
fn settle_compositions(items: &mut [Item], ask: &AcceptOrder) {
    let says_price = |sent: &Sent| [sent.amount, sent.base].iter().flatten().any(|amount| amount.0 != 0);
    for (position, (item, draft)) in items.iter_mut().zip(&ask.items).enumerate() {
        let explained = draft.composition.is_some() || item.composition != Composition::default();
        if item.kind == Kind::Bundle && !explained {
            item.composition.price_on_children = ask
                .items
                .iter()
                .any(|part| part.parent == Some(position) && (says_price(&part.price) || says_price(&part.row)));
        }
    }
}

/// Holds what the order's lines need, or says of each sku that there is not enough.
fn hold(set: &WorkingSet, order: &Order, decision: &mut Decision) -> Result<(), Vec<Refusal>> {
    let held = order.held();
    can_promise(set, order.stock, held.iter().map(|(sku, wanted)| (*sku, *wanted)))?;
    for (sku, wanted) in held {
        decision.push(Change::Held(Reservation {
            stock: order.stock,
            sku: sku.clone(),
            order: order.id,
            change: wanted,
            event: Event::OrderPlaced,
        }));
    }
    Ok(())
}

/// Refuses each sku of which a stock cannot promise so much more.
pub(crate) fn can_promise<'a>(
    set: &WorkingSet,
    stock: StockId,
    wanted: impl Iterator<Item = (&'a Sku, Quantity)>,
) -> Result<(), Vec<Refusal>> {
    let refuse = |(sku, asked): (&Sku, Quantity)| {
        let backorders = set.product(sku).is_some_and(|product| product.stock.allows_backorders());
        let salable = set.salable(stock, sku);
        (!backorders && salable < asked).then(|| Refusal::NotEnoughToPromise { sku: sku.clone(), asked, salable })
    };
    let refusals: Vec<Refusal> = wanted.filter(|(_, asked)| *asked > Quantity::ZERO).filter_map(refuse).collect();
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// The client's number when it gave one and nobody has it, otherwise the store's next.
fn order_number(set: &WorkingSet, ask: &AcceptOrder, decision: &mut Decision) -> Result<String, Vec<Refusal>> {
    let Some(text) = ask.number.as_deref().filter(|number| !number.is_empty()) else {
        return Ok(number(set, ask.store, Document::Order, decision));
    };
    let is_taken = |number: String| set.numbers_taken.get(&(ask.store, number)).copied().unwrap_or(false);
    if numbers_like(ask.store, text).into_iter().any(is_taken) {
        return Err(vec![Refusal::NumberTaken(text.to_owned())]);
    }
    // A number that reads like one of ours is not given out again.
    let next = set.next_number(ask.store, Document::Order);
    if let Some(taken) = running_number(ask.store, text).filter(|taken| *taken >= next) {
        decision.push(Change::NumberDrawn { store: ask.store, document: Document::Order, next: taken + 1 });
    }
    Ok(text.to_owned())
}

fn details(ask: &AcceptOrder, order: &Order, moment: &mut Moment<'_>) -> Result<Details, Vec<Refusal>> {
    let mut address = |draft: &Option<DraftAddress>| match draft {
        Some(draft) => address_of(draft, ask.addresses, &order.email, moment).map(Some),
        None => Ok(None),
    };
    let billing = address(&ask.billing)?;
    let shipping = if order.is_virtual { None } else { address(&ask.shipping)? };
    Ok(Details {
        customer: ask.customer.clone(),
        market: ask.market,
        billing,
        shipping,
        shipping_method: ask.shipping_method.clone(),
        shipping_description: ask.shipping_description.clone(),
        payment: ask.payment.clone(),
        extra: ask.extra.clone(),
        items: order.items.iter().zip(&ask.items).map(|(item, draft)| (item.id, draft.extra.clone())).collect(),
    })
}

/// An address with all that it must say.
fn address_of(
    draft: &DraftAddress,
    rule: Addresses,
    email: &str,
    moment: &mut Moment<'_>,
) -> Result<Address, Vec<Refusal>> {
    let DraftAddress {
        firstname,
        lastname,
        company,
        street,
        city,
        region,
        region_code,
        region_id,
        postcode,
        country,
        telephone,
        email: own_email,
        extra,
    } = draft.clone();
    let email = own_email.unwrap_or_else(|| email.to_owned());
    let blank = |text: &str| text.trim().is_empty();
    let missing: Vec<&'static str> = [
        ("postcode", blank(&postcode)),
        ("lastname", blank(&lastname)),
        ("street", street.iter().all(|line| blank(line))),
        ("city", blank(&city)),
        ("email", blank(&email)),
        ("country_id", blank(&country)),
        ("firstname", blank(&firstname)),
        ("telephone", telephone.as_deref().is_none_or(blank)),
    ]
    .into_iter()
    .filter_map(|(field, missing)| (missing && rule == Addresses::Complete).then_some(field))
    .collect();
    let bad_email = !blank(&email) && !looks_like_email(&email);
    if !missing.is_empty() || bad_email {
        return Err(bad(BadOrder::AddressIncomplete { missing, bad_email }));
    }
    Ok(Address {
        id: AddressId(moment.draw(IdKind::Address)),
        firstname,
        lastname,
        company,
        street,
        city,
        region,
        region_code,
        region_id,
        postcode,
        country,
        telephone,
        email: Some(email),
        extra,
    })
}

fn looks_like_email(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !text.contains(char::is_whitespace))
}

/// "Change what this order says of itself." Quantities and amounts are not among it.
#[derive(Clone, Debug, PartialEq)]
pub struct AmendOrder {
    pub order: OrderId,
    pub status: Option<String>,
    pub email: Option<String>,
    pub customer: Customer,
    pub extra: Extra,
    /// What `extra` replaces, as it was read to be changed: where something else is there by now, nothing is done.
    pub seen: Option<Extra>,
    /// Members that an accepted order no longer changes, as the client names them.
    pub unchangeable: Vec<String>,
}

/// Changes an order's status and description; what is not named stays.
pub fn amend(set: &WorkingSet, ask: &AmendOrder, moment: &mut Moment<'_>) -> Result<Decision, Vec<Refusal>> {
    let Some(order) = set.order(ask.order) else {
        return Err(vec![Refusal::NoSuchOrder(ask.order)]);
    };
    if !ask.unchangeable.is_empty() {
        return Err(ask
            .unchangeable
            .iter()
            .map(|field| Refusal::BadOrder(BadOrder::CannotChange { field: field.clone() }))
            .collect());
    }
    if ask.email.is_some() || ask.customer != Customer::default() || !ask.extra.is_empty() {
        not_redacted(order)?;
    }
    let mut details = set.details.get(&ask.order).expect("the needs name the details").clone();
    let is_other = |seen: &Extra| ask.extra.keys().any(|name| details.extra.get(name) != seen.get(name));
    if ask.seen.as_ref().is_some_and(is_other) {
        return Err(vec![Refusal::DescriptionChanged]);
    }
    let Customer { id, firstname, lastname } = ask.customer.clone();
    details.customer.id = id.or(details.customer.id);
    details.customer.firstname = firstname.or(details.customer.firstname);
    details.customer.lastname = lastname.or(details.customer.lastname);
    details.extra.extend(ask.extra.clone());
    let mut decision = Decision::of(Change::Described {
        order: ask.order,
        email: ask.email.clone().unwrap_or_else(|| order.email.clone()),
        details: Box::new(details),
        at: moment.now,
    });
    if let Some(status) = &ask.status {
        let mut after = order.clone();
        after.stage.status = Some(status.clone());
        conclude(order, &mut after, Event::OrderClosed, moment, &mut decision);
    }
    Ok(decision.with(Outcome::Order(ask.order)))
}
