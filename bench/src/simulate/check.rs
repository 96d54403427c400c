//! What must be true after every step: the store agrees with itself, with what it said before, and with the world
//! (the letters are those of the invariants).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use waybill_domain::{
    Amount, CarrierEntry, CreditMemo, DocumentId, GatewayAnswer, Invoice, InvoiceState, Item, LedgerEntry, Method,
    Operation, OperationId, OperationState, Order, OrderId, Payment, Quantity, Receipt, Shipment, ShipmentId, Sku,
    SourceCode, Timestamp, Wish, WishKind, WorkingSet,
};
use waybill_engine::store::Moved;

use super::random::Random;
use super::{labels, since};

/// What was there at one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) set: WorkingSet,
    pub(super) moved: Vec<Moved>,
    /// What the store finds wrong with itself.
    pub(super) findings: Vec<String>,
    /// What our requests to gateways begin with.
    pub(super) prefix: String,
    /// The gateway's books.
    pub(super) world: Vec<LedgerEntry>,
    /// The carrier's.
    pub(super) labels: Vec<CarrierEntry>,
}

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// With the letter of the invariant.
    pub(super) expected: String,
    pub(super) found: String,
}

pub(super) type Checked = Result<(), Wrong>;

pub(super) fn hold(is_true: bool, expected: &str, found: impl FnOnce() -> String) -> Checked {
    if is_true { Ok(()) } else { Err(Wrong { expected: expected.to_owned(), found: found() }) }
}

pub(super) fn same<T: PartialEq + Debug>(expected: T, found: T, what: &str, about: impl FnOnce() -> String) -> Checked {
    hold(expected == found, what, || format!("{}: {expected:?} is due, {found:?} is there", about()))
}

impl Seen {
    pub(super) fn orders(&self) -> impl Iterator<Item = &Order> {
        self.set.orders.values().flatten()
    }

    pub(super) fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.set.operations.values().flatten()
    }

    pub(super) fn invoices(&self) -> impl Iterator<Item = &Invoice> {
        self.set.invoices.values().flatten()
    }

    pub(super) fn shipments(&self) -> impl Iterator<Item = &Shipment> {
        self.set.shipments.values().flatten()
    }

    pub(super) fn memos(&self) -> impl Iterator<Item = &CreditMemo> {
        self.set.credit_memos.values().flatten()
    }

    fn payment(&self, order: OrderId) -> Option<&Payment> {
        self.set.payments.get(&order).and_then(Option::as_ref)
    }

    fn entry(&self, operation: OperationId) -> Option<&LedgerEntry> {
        let key = format!("{}-{operation}", self.prefix);
        self.world.iter().find(|entry| entry.key == key)
    }

    /// An operation that the gateway has made up its mind about, and what it answered.
    pub(super) fn answer_again(&self, random: &mut Random) -> Option<(&Operation, GatewayAnswer)> {
        let told = self.operations().filter_map(|operation| {
            let entry = self.entry(operation.id)?;
            let receipt = Receipt { reference: entry.reference.clone(), amount: entry.amount, until: entry.until };
            match entry.state.as_str() {
                "done" => Some((operation, GatewayAnswer::Done(receipt))),
                "refused" => Some((operation, GatewayAnswer::Refused { reason: "declined".to_owned() })),
                _ => None,
            }
        });
        random.any(&told.collect::<Vec<_>>()).cloned()
    }

    /// What is still to be heard of.
    pub(super) fn open(&self) -> Vec<OperationId> {
        let open = self.operations().filter(|operation| operation.state == OperationState::Open);
        open.map(|operation| operation.id).collect()
    }
}

/// Everything that concerns one moment, and what may have become of the one before.
pub(super) fn check(before: &Seen, now: &Seen) -> Checked {
    hold(now.findings.is_empty(), "S, D: the store adds up (`waybill verify`)", || now.findings.join("\n"))?;
    operations(now)?;
    ledger(now)?;
    payments(now)?;
    documents_of_operations(now)?;
    labels::check(now)?;
    numbers(now)?;
    lines(now)?;
    holds(now)?;
    goods(now)?;
    since::kept(before, now)
}

/// At rest: nothing is open, and both books say the same to the last amount.
pub(super) fn at_rest(now: &Seen) -> Checked {
    labels::at_rest(now)?;
    hold(now.open().is_empty(), "M2: everything heals without a person", || {
        let open = now.operations().filter(|operation| operation.state == OperationState::Open);
        open.map(|operation| format!("{operation:?}, at the gateway {:?}", now.entry(operation.id)))
            .collect::<Vec<_>>()
            .join("\n")
    })?;
    let mut here: BTreeMap<(OrderId, &str), i64> = BTreeMap::new();
    let has_failed = |transaction: &Option<String>| {
        let mut operations = now.operations().filter(|operation| operation.state == OperationState::Failed);
        operations.any(|operation| operation.reference == *transaction)
    };
    let invoices = now.invoices().filter(|invoice| invoice.transaction.is_some());
    // One that was given back before its capture failed is left to a person.
    for invoice in invoices.filter(|invoice| !has_failed(&invoice.transaction)) {
        *here.entry((invoice.order, "capture")).or_insert(0) += invoice.amounts.total.amount.0;
    }
    for memo in now.memos().filter(|memo| memo.online) {
        *here.entry((memo.order, "refund")).or_insert(0) += memo.amounts.total.amount.0;
    }
    let mut there: BTreeMap<(OrderId, &str), i64> = BTreeMap::new();
    for operation in now.operations().filter(|operation| does_something(operation)) {
        let Some(entry) = now.entry(operation.id) else {
            return Err(Wrong {
                expected: "E1: what was intended has been asked for in the end".to_owned(),
                found: format!("{operation:?}"),
            });
        };
        let is_same = match operation.state {
            OperationState::Open => false,
            OperationState::Done => entry.state == "done",
            OperationState::Refused => matches!(entry.state.as_str(), "refused" | "failed"),
            OperationState::Failed => entry.state == "failed",
        };
        hold(is_same, "M2: in the end both know the same of an operation", || {
            format!("{operation:?}\nat the gateway: {entry:?}")
        })?;
        if entry.state == "done" && matches!(entry.kind.as_str(), "capture" | "refund") {
            *there.entry((operation.order, entry.kind.as_str())).or_insert(0) += entry.amount.0;
        }
    }
    here.retain(|_, sum| *sum != 0);
    there.retain(|_, sum| *sum != 0);
    same(&there, &here, "M2: documents say what the gateway did, to the last amount", String::new)
}

/// Whether the gateway does something for it: what the shop has set aside itself is only looked at.
fn does_something(operation: &Operation) -> bool {
    operation.wish.kind() != WishKind::Authorise || operation.of.is_none()
}

/// One operation here is one there, and the other way round.
fn operations(now: &Seen) -> Checked {
    let mut open: BTreeMap<OrderId, OperationId> = BTreeMap::new();
    for operation in now.operations() {
        let entry = now.entry(operation.id);
        let state = entry.map(|entry| entry.state.as_str());
        let about = || format!("{operation:?}\nat the gateway: {entry:?}");
        match operation.state {
            OperationState::Open => {
                let other = open.insert(operation.order, operation.id);
                hold(other.is_none(), "E1: one thing at a time is asked about an order", about)?;
            }
            OperationState::Done | OperationState::Refused | OperationState::Failed if !does_something(operation) => {
                hold(entry.is_none() && operation.made.is_none(), "M1: to look at money moves none", about)?;
            }
            OperationState::Done | OperationState::Failed => {
                // The gateway may have changed its mind since, and we have not heard of it yet.
                let is_right =
                    state == Some("failed") || (state == Some("done") && operation.state == OperationState::Done);
                hold(is_right, "M3: what is done here is done at the gateway", about)?;
                let Some(entry) = entry else { continue };
                let kind = match operation.wish.kind() {
                    WishKind::Authorise => "authorise",
                    WishKind::Capture => "capture",
                    WishKind::Void => "void",
                    WishKind::Refund => "refund",
                };
                hold(entry.kind == kind, "M2: the gateway did what was meant", about)?;
                let is_same = kind == "void" || entry.amount == operation.amount;
                hold(is_same, "M2: amounts are equal here and at the gateway", about)?;
                hold(operation.reference.as_ref() == Some(&entry.reference), "M2: references are equal", about)?;
            }
            OperationState::Refused => {
                // One whose first answer was lost may have failed before we heard that it was done.
                let is_right = matches!(state, Some("refused" | "failed"));
                hold(is_right, "E1: what is refused here was refused by the gateway", about)?;
                hold(operation.made.is_none(), "M2: what was refused leaves no document", about)?;
            }
        }
    }
    for order in now.orders() {
        let found = open.remove(&order.id);
        same(found, order.operation, "E1: an order knows what is asked about it", || format!("order {}", order.id))?;
    }
    Ok(())
}

/// The gateway's books: nothing that we did not intend, and never more than there is.
fn ledger(now: &Seen) -> Checked {
    let by_key: BTreeMap<String, &Operation> =
        now.operations().map(|operation| (format!("{}-{}", now.prefix, operation.id), operation)).collect();
    let mut sums: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for entry in &now.world {
        let of_shop = entry.key.starts_with("shop-");
        let operation = by_key.get(&entry.key);
        hold(of_shop || operation.is_some(), "E1: intent is committed before anybody is asked", || {
            format!("{entry:?}")
        })?;
        if entry.state == "refused" {
            let (words, ended) = words_of(now, &entry.authorisation);
            let prefix = if entry.kind == "capture" { String::new() } else { format!("{}-", entry.kind) };
            let declines =
                words.split(' ').chain(entry.words.split(' ')).any(|word| *word == format!("{prefix}decline"));
            let has_ended = entry.kind == "capture" && ended.is_some_and(|until| until <= entry.at);
            let is_gone = entry.kind == "refund"
                && now.world.iter().any(|of| of.state == "failed" && entry.reference.starts_with(&of.reference));
            hold(declines || has_ended || is_gone, "M1: the gateway is asked for nothing that it has not", || {
                format!("it refused {entry:?}\nof {operation:?}")
            })?;
        }
        match entry.state.as_str() {
            "done" | "late" => *sums.entry((&entry.authorisation, &entry.kind)).or_insert(0) += entry.amount.0,
            // It is free again; but of what was there once some may have been given back.
            "failed" => *sums.entry((&entry.authorisation, "failed")).or_insert(0) += entry.amount.0,
            _ => {}
        }
    }
    for ((authorisation, kind), sum) in &sums {
        let of = |kind| sums.get(&(authorisation, kind)).copied().unwrap_or(0);
        let most = match *kind {
            "capture" => of("authorise"),
            "refund" => of("capture") + of("failed"),
            _ => continue,
        };
        let about = || format!("{authorisation}: {kind} {sum} of {most}");
        hold(*sum <= most, "M1: captures are within what is authorised, refunds within captures", about)?;
    }
    Ok(())
}

/// How the card of an authorisation behaves, and when what is set aside is free again.
fn words_of<'a>(now: &'a Seen, authorisation: &str) -> (&'a str, Option<Timestamp>) {
    let entry = now.world.iter().find(|entry| entry.kind == "authorise" && entry.authorisation == authorisation);
    entry.map_or(("", None), |entry| (entry.words.as_str(), entry.until))
}

/// What an order's payment says is what its operations did.
fn payments(now: &Seen) -> Checked {
    let mut moved: BTreeMap<OrderId, (Amount, Amount, Amount)> = BTreeMap::new();
    for operation in now.operations() {
        let order = now.set.orders.get(&operation.order).and_then(Option::as_ref);
        let method = order.and_then(|order| order.method.as_deref()).map(Method::of);
        hold(matches!(method, Some(Method::Gateway(_))), "M1: only an order with a gateway asks one", || {
            format!("{operation:?}")
        })?;
        if let (WishKind::Capture, Some(payment)) = (operation.wish.kind(), now.payment(operation.order)) {
            let ended = payment.until.is_some_and(|until| until <= operation.created_at);
            hold(!ended, "M4: nothing is asked of an authorisation that has ended", || {
                format!("{operation:?}\n{payment:?}")
            })?;
        }
        let (captured, failed, refunded) = moved.entry(operation.order).or_default();
        match (operation.wish.kind(), operation.state) {
            (WishKind::Capture, OperationState::Done) => *captured += operation.amount,
            (WishKind::Capture, OperationState::Failed) => *failed += operation.amount,
            (WishKind::Refund, OperationState::Done) => *refunded += operation.amount,
            (WishKind::Capture, OperationState::Open | OperationState::Refused)
            | (WishKind::Refund, OperationState::Open | OperationState::Refused | OperationState::Failed)
            | (WishKind::Authorise | WishKind::Void, _) => {}
        }
    }
    for order in now.orders() {
        let Some(payment) = now.payment(order.id) else { continue };
        let done = moved.remove(&order.id).unwrap_or_default();
        let about = || format!("{payment:?}");
        let counted = (payment.captured, payment.failed, payment.refunded);
        same(done, counted, "M1: a payment counts what was captured, has failed since, and was refunded", about)?;
        hold(payment.captured <= payment.authorised, "M1: captures are within what is authorised", about)?;
        hold(payment.refunded <= payment.captured + payment.failed, "M1: refunds are within captures", about)?;
    }
    hold(moved.is_empty(), "M1: money belongs to a payment", || format!("{moved:?}"))
}

/// A capture that was done has one invoice, and a shipment where it was for one; a refund one credit memo.
fn documents_of_operations(now: &Seen) -> Checked {
    let mut invoices: BTreeMap<&str, &Invoice> = BTreeMap::new();
    for invoice in now.invoices() {
        if let Some(transaction) = &invoice.transaction {
            let other = invoices.insert(transaction, invoice);
            hold(other.is_none(), "M2: one capture has one invoice", || format!("{other:?}\n{invoice:?}"))?;
        }
    }
    let mut memos: BTreeMap<_, &CreditMemo> = now
        .memos()
        .filter(|memo| memo.online && memo.amounts.total.amount != Amount::ZERO)
        .map(|memo| (memo.id, memo))
        .collect();
    for operation in now.operations() {
        match operation.state {
            OperationState::Done => {}
            OperationState::Open | OperationState::Refused => continue,
            // Its invoice is due again, or was given back before.
            OperationState::Failed => {
                invoices.remove(operation.reference.as_deref().unwrap_or(""));
                continue;
            }
        }
        let about = || format!("{operation:?}");
        let reference = operation.reference.as_deref().unwrap_or("");
        match &operation.wish {
            Wish::Authorise | Wish::Void => {
                hold(operation.made.is_none(), "M2: no money, no document", about)?;
            }
            Wish::Invoice(_) | Wish::Pay(_) | Wish::Ship { .. } | Wish::Complete(_) => {
                let invoice = invoices.remove(reference);
                let total = invoice.map(|invoice| (invoice.order, invoice.amounts.total.amount));
                let due = Some((operation.order, operation.amount));
                same(due, total, "M2: one capture at the gateway is one invoice here", about)?;
                match (&operation.wish, operation.made) {
                    (Wish::Ship { shipment, source, .. }, Some(DocumentId::Shipment(made))) => {
                        let found = now.set.shipments.get(&made).and_then(Option::as_ref);
                        let is_it = made == *shipment && found.is_some_and(|found| found.source == *source);
                        hold(is_it, "M2: what was paid for has left, from where it lay ready", about)?;
                    }
                    (Wish::Complete(ask), made) => {
                        let due = Some(DocumentId::Shipment(ask.shipment));
                        same(due, made, "M2: an operation names its shipment", about)?;
                    }
                    (_, made) => {
                        let due = invoice.map(|invoice| DocumentId::Invoice(invoice.id));
                        same(due, made, "M2: an operation names its invoice", about)?;
                    }
                }
            }
            Wish::Refund(_) => {
                let memo = match operation.made {
                    Some(DocumentId::CreditMemo(id)) => memos.remove(&id),
                    Some(DocumentId::Invoice(_) | DocumentId::Shipment(_)) | None => None,
                };
                let total = memo.map(|memo| (memo.order, memo.amounts.total.amount));
                let due = Some((operation.order, operation.amount));
                same(due, total, "M2: one refund at the gateway is one credit memo here", about)?;
            }
        }
    }
    hold(invoices.is_empty(), "M3: an invoice names only money that has moved", || format!("{invoices:?}"))?;
    hold(memos.is_empty(), "M3: an online credit memo is one refund at the gateway", || format!("{memos:?}"))
}

/// Numbers have no gaps, and are there once (D4).
fn numbers(now: &Seen) -> Checked {
    let mut numbers: BTreeMap<(&str, i64), Vec<&str>> = BTreeMap::new();
    for order in now.orders() {
        numbers.entry(("orders", order.store.0)).or_default().push(&order.number);
    }
    for invoice in now.invoices() {
        numbers.entry(("invoices", invoice.store.0)).or_default().push(&invoice.number);
    }
    for memo in now.memos() {
        numbers.entry(("credit memos", memo.store.0)).or_default().push(&memo.number);
    }
    for ((what, store), found) in numbers {
        let front = if store > 1 { store.to_string() } else { String::new() };
        let due: BTreeSet<String> = (1..=found.len()).map(|number| format!("{front}{number:09}")).collect();
        let there: BTreeSet<String> = found.iter().map(|number| (*number).to_owned()).collect();
        same(due, there, "D4: numbers have no gaps", || format!("{what} of store {store}"))?;
    }
    let shipments: BTreeSet<&str> = now.shipments().map(|shipment| shipment.number.as_str()).collect();
    same(now.shipments().count(), shipments.len(), "D4: a shipment's number is its own", String::new)
}

/// D1, and pieces stay whole.
fn lines(now: &Seen) -> Checked {
    for order in now.orders() {
        for item in &order.items {
            let done = item.done;
            let most = item.ordered - done.canceled;
            let is_right = Quantity::ZERO <= done.canceled
                && Quantity::ZERO <= done.shipped
                && done.shipped + done.unsent <= most
                && Quantity::ZERO <= done.unsent
                && done.unsent <= done.refunded
                && done.refunded <= done.invoiced
                && done.invoiced <= most;
            hold(is_right, "D1: no more is done to a line than there is of it", || format!("{item:?}"))?;
            let parts = [done.canceled, done.shipped, done.invoiced];
            let is_whole = item.decimal || !parts.into_iter().any(Quantity::has_fraction);
            hold(is_whole, "D1: pieces stay whole", || format!("{item:?}"))?;
        }
        let about = || {
            let Order { id, paid, due_again, refunded, .. } = order;
            format!("order {id}: paid {paid:?}, due again {due_again:?}, refunded {refunded:?}")
        };
        hold(
            order.refunded.amount <= order.paid.amount + order.due_again,
            "M1: no more is given back than was paid",
            about,
        )?;
        hold(order.paid.amount <= order.grand_total.amount, "D3: no more is invoiced than was ordered", about)?;
    }
    Ok(())
}

/// S3, and S1's last word.
fn holds(now: &Seen) -> Checked {
    let mut due: BTreeMap<(i64, Sku), Quantity> = BTreeMap::new();
    for order in now.orders() {
        for (sku, held) in order.held() {
            *due.entry((order.stock.0, sku.clone())).or_insert(Quantity::ZERO) += held;
        }
    }
    let held = now.set.held.iter().filter(|(_, held)| **held != Quantity::ZERO);
    let held: BTreeMap<(i64, Sku), Quantity> =
        held.map(|((stock, sku), held)| ((stock.0, sku.clone()), *held)).collect();
    same(due, held, "S3: held is what is still to leave", String::new)?;
    let mut bound: BTreeMap<(SourceCode, Sku), Quantity> = BTreeMap::new();
    for (key, quantity) in now.orders().flat_map(Order::allocated) {
        *bound.entry(key).or_insert(Quantity::ZERO) += quantity;
    }
    let there = now.set.source_items.values().flatten().filter(|item| item.allocated != Quantity::ZERO);
    let there = there.map(|item| ((item.source.clone(), item.sku.clone()), item.allocated)).collect();
    same(bound, there, "S3: what is bound at a source is what fulfilment rows say", String::new)?;
    for item in now.set.source_items.values().flatten() {
        hold(item.on_hand >= Quantity::ZERO, "S1: on hand is never below zero", || format!("{item:?}"))?;
    }
    Ok(())
}

/// What left a source is what shipments say, but for what lies ready for a shipment that is being paid; and no more
/// comes back than left (S4, S5, M2).
fn goods(now: &Seen) -> Checked {
    let mut left: BTreeMap<ShipmentId, BTreeMap<(&str, &Sku), i64>> = BTreeMap::new();
    let mut handed_over: BTreeMap<(Option<i64>, &Sku), i64> = BTreeMap::new();
    for moved in &now.moved {
        let document = moved.document;
        let is_known = match moved.cause.as_str() {
            "shipped" | "not shipped" => {
                let shipment = ShipmentId(document.unwrap_or(0));
                *left.entry(shipment).or_default().entry((&moved.source, &moved.sku)).or_insert(0) -= moved.change;
                true
            }
            // What an invoice took comes back when it is voided.
            "invoiced" => {
                *handed_over.entry((document, &moved.sku)).or_insert(0) -= moved.change;
                let is_of = |invoice: &&Invoice| Some(invoice.id.0) == document;
                let is_voided = |invoice: &Invoice| invoice.state == InvoiceState::Canceled;
                now.invoices().find(is_of).is_some_and(|invoice| moved.change <= 0 || is_voided(invoice))
            }
            "returned" => now.memos().any(|memo| Some(memo.id.0) == document) && moved.change >= 0,
            "written off" => now.memos().any(|memo| Some(memo.id.0) == document) && moved.change <= 0,
            _ => true,
        };
        hold(is_known, "S1: goods move with a document", || format!("{moved:?}"))?;
    }
    for (invoice, quantity) in handed_over {
        hold(quantity >= 0, "S5: no more comes back than an invoice took", || format!("{invoice:?}: {quantity}"))?;
    }
    let mut ready: BTreeMap<ShipmentId, &SourceCode> = BTreeMap::new();
    for operation in now.operations().filter(|operation| operation.state == OperationState::Open) {
        match &operation.wish {
            Wish::Ship { shipment, source, .. } => drop(ready.insert(*shipment, source)),
            Wish::Complete(ask) => {
                let found = now.set.shipments.get(&ask.shipment).and_then(Option::as_ref);
                ready.extend(found.map(|found| (found.id, &found.source)));
            }
            Wish::Authorise | Wish::Invoice(_) | Wish::Pay(_) | Wish::Void | Wish::Refund(_) => {}
        }
    }
    for shipment in now.shipments().filter(|shipment| shipment.deducted) {
        let order = now.set.orders.get(&shipment.order).and_then(Option::as_ref);
        let mut due: BTreeMap<(&str, &Sku), i64> = BTreeMap::new();
        for line in &shipment.lines {
            let item = order.and_then(|order| order.item(line.item));
            for (sku, quantity) in item.map(|item| goods_of(order, item, line.quantity)).unwrap_or_default() {
                *due.entry((&shipment.source.0, sku)).or_insert(0) += quantity.0;
            }
        }
        let mut found = left.remove(&shipment.id).unwrap_or_default();
        found.retain(|_, quantity| *quantity != 0);
        due.retain(|_, quantity| *quantity != 0);
        same(due, found, "S4: a shipment took its goods from its source, once", || format!("{shipment:?}"))?;
    }
    for (shipment, goods) in left {
        let is_ready = ready.get(&shipment);
        let is_right = goods.iter().all(|((source, _), quantity)| match is_ready {
            Some(from) => from.0 == *source && *quantity > 0,
            None => *quantity == 0,
        });
        hold(is_right, "M2: goods whose payment was declined are back, from where they came", || {
            format!("shipment {shipment} does not exist or has not left, and took {goods:?}")
        })?;
    }
    returns(now)
}

/// What one line of a shipment takes along.
fn goods_of<'a>(order: Option<&'a Order>, item: &'a Item, quantity: Quantity) -> Vec<(&'a Sku, Quantity)> {
    let mut goods = Vec::new();
    if item.tracked {
        goods.push((&item.sku, quantity));
    }
    let parts = order.into_iter().flat_map(|order| order.children(item.id));
    for part in parts.filter(|part| part.tracked && !part.is_virtual && !item.composition.ships_separately) {
        goods.push((&part.sku, part.selection.each(quantity)));
    }
    goods
}

fn returns(now: &Seen) -> Checked {
    for order in now.orders() {
        let Some(departed) = now.set.departed.get(&order.id) else { continue };
        for ((source, sku), returned) in &departed.returned {
            let lines = departed.shipped.iter().filter(|((from, _), _)| from == source);
            let took = lines.filter_map(|((_, line), quantity)| order.item(*line).map(|item| (item, *quantity)));
            let goods = took.flat_map(|(item, quantity)| goods_of(Some(order), item, quantity));
            let most: Quantity = goods.filter(|(goods, _)| *goods == sku).map(|(_, quantity)| quantity).sum();
            let is_virtual = order.items.iter().any(|item| item.sku == *sku && item.is_virtual);
            hold(is_virtual || *returned <= most, "S5: no more comes back than left", || {
                format!("order {}, {sku} at {}: {returned} of {most}", order.id, source.0)
            })?;
        }
    }
    Ok(())
}
