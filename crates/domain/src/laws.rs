//! What must be true after any history, whatever was asked (invariants S and D). A law that breaks prints the
//! history as a script, which can be played as a rule.

mod money;
mod numbers;

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

use crate::shipment::goods;
use crate::testing::{Shop, line, ship};
use crate::{
    Cause, Change, Command, InvoiceState, Item, Operation, OperationId, OperationState, Order, OrderId, Quantity,
    RowStage, ShipmentId, Sku, SourceCode, State, StockId, Timestamp,
};

/// What the history starts from.
const SHOP: &str = "
    source far name=Far country=US postcode=1
    product A qty=12
    product B qty=5 backorders=yes
    product KG qty=9 decimal=yes out_at=1
    product FILE qty=7 kind=downloadable
    product P qty=20
    product Q qty=9
    count A@east=4 P@east=6 KG@far=3
";

/// Lines that orders are made of; `N` is a number of pieces, `M` twice as many.
const LINES: [&str; 12] = [
    "A*N@3",
    "B*N@10,tax=1,discount=0.5",
    "KG*N.5@2!decimal",
    "FILE*N@5",
    "bundle:KIT*N@30 ( P*M Q*N )",
    "bundle:KIT*N@30!separate ( P*M Q*N )",
    "bundle:KIT*N@30!dynamic ( P*M@7 Q*N@16 )",
    "bundle:KIT*N@30!dynamic!separate ( P*M@7 Q*N@16 )",
    "configurable:SHIRT*N@20 ( A*N )",
    "bundle:SET*N@9 ( FILE*N P*N )",
    "A*N@1!lock-ship",
    "B*N@0!lock-invoice",
];

const OPTIONS: [&str; 9] = [
    "",
    "method=rehearsal pay=ok shipping=3",
    "method=stripe auth=pi_1",
    "method=stripe auth=pi_2 tax=2",
    "shipping=7 tax=3",
    "nohold",
    "state=processing",
    "state=holded",
    "state=pending_payment",
];

/// Something asked; `ORDER`, `ITEM`, `SOURCE`, `SKU` and `N` are chosen among what there is when it is asked.
const ASKS: [&str; 86] = [
    "order",
    "order",
    "order",
    "order",
    "ship ORDER ITEM from=SOURCE",
    "ship ORDER ITEM",
    "ship ORDER ITEM ITEM",
    "ship ORDER ITEM strict",
    "ship ORDER",
    "ship ORDER from=SOURCE track=1Z",
    "invoice ORDER ITEM",
    "invoice ORDER ITEM",
    "invoice ORDER ITEM ITEM",
    "invoice ORDER",
    "invoice ORDER",
    "ship ORDER",
    "refund ORDER",
    "refund ORDER back=all",
    "refund ORDER ITEM back=all",
    "refund ORDER ITEM shipping=N",
    "refund ORDER ITEM ITEM plus=N less=1",
    "refund ORDER ITEM less=N shipping=0",
    "invoice ORDER capture",
    "invoice ORDER ITEM capture",
    "ship ORDER capture",
    "ship ORDER ITEM capture",
    "refund ORDER invoice=INVOICE online",
    "refund ORDER ITEM invoice=INVOICE online back=all",
    "settle OPEN done",
    "settle OPEN done",
    "settle OPEN refused",
    "settle OPEN unknown",
    "failed DONE",
    "failed DONE",
    "capture-invoice ORDER INVOICE",
    "void-invoice ORDER INVOICE",
    "void-invoice ORDER INVOICE",
    "ship ORDER ITEM pack",
    "ship ORDER ITEM pack from=SOURCE",
    "ship ORDER pack",
    "ship ORDER ITEM ready demand",
    "ship ORDER ITEM off rest-of-costs",
    "ship ORDER ITEM pack capture rest-of-costs",
    "ship ORDER off capture",
    "complete SHIPMENT ready=yes sent=yes",
    "complete SHIPMENT ready=yes sent=yes capture",
    "complete SHIPMENT ready=yes sent=yes capture",
    "complete SHIPMENT capture",
    "complete SHIPMENT sent=yes",
    "complete SHIPMENT ready=no",
    "repack SHIPMENT ITEM",
    "repack SHIPMENT ITEM ready=yes",
    "delete-shipment SHIPMENT",
    "delete-shipment SHIPMENT",
    "hold ORDER as=crew",
    "allocate ORDER default,east share partly",
    "allocate ORDER SOURCE",
    "allocate ORDER SOURCE partly",
    "move-to ORDER FO SOURCE",
    "split ORDER FO ITEM at=SOURCE",
    "split ORDER FO ITEM",
    "merge ORDER FO FO",
    "cancel-rows ORDER FO ITEM",
    "cancel-all ORDER",
    "fulfil ORDER FO ITEM",
    "fulfil ORDER FO ITEM",
    "fulfil ORDER FO ITEM later",
    "fulfil ORDER FO ITEM close",
    "unfulfil ORDER FO SHIPMENT",
    "unfulfil ORDER FO SHIPMENT",
    "consign ORDER FO ITEM by=rehearsal",
    "consign ORDER FO by=own",
    "carrier CONSIGNMENT booked",
    "move-on CONSIGNMENT shipped",
    "move-on CONSIGNMENT delivered",
    "cancel-consignment CONSIGNMENT",
    "cancel ORDER",
    "hold ORDER",
    "release ORDER",
    "comment ORDER closed",
    "count SKU@SOURCE=N",
    "count SKU@SOURCE=N:out SKU@default=N",
    "transfer default SOURCE SKU*N SKU*1",
    "move SKU SOURCE east",
    "uncount SKU SOURCE",
    "source east enabled=no",
];

/// One wish of a history: what is asked, and numbers that choose.
type Wish = (usize, u8, u8, u8, i64);

fn wishes(most: usize) -> impl Strategy<Value = Vec<Wish>> {
    vec((0..ASKS.len(), any::<u8>(), any::<u8>(), any::<u8>(), -1_i64..7), 1..most)
}

/// A shop and how it came to be.
struct History {
    shop: Shop,
    script: Vec<String>,
}

impl History {
    fn start() -> History {
        let mut history = History { shop: Shop::open(), script: Vec::new() };
        for ask in SHOP.lines().map(str::trim).filter(|line| !line.is_empty()) {
            history.say(ask);
        }
        history
    }

    fn say(&mut self, ask: &str) -> String {
        let answer = self.shop.say(ask);
        self.script.push(format!("{ask} => {answer}"));
        answer
    }

    fn orders(&self) -> Vec<OrderId> {
        self.shop.set.orders.iter().filter(|(_, order)| order.is_some()).map(|(id, _)| *id).collect()
    }

    /// The wish as text, if there is what it needs.
    fn text(&self, (ask, a, b, c, n): Wish) -> Option<String> {
        let pick = |from: &[&str], by: u8| from[usize::from(by) % from.len()].to_owned();
        if ASKS[ask] == "order" {
            let lines = [pick(&LINES, a), pick(&LINES, b), pick(&LINES, c)];
            let lines = lines[..1 + usize::from(a) % 3].join(" ");
            let pieces = lines.replace('N', &n.to_string()).replace('M', &(2 * n).to_string());
            // The names of kits and products have an N of their own in none of the lines.
            return Some(format!("order {pieces} {}", pick(&OPTIONS, b.wrapping_mul(7))));
        }
        let orders = self.orders();
        let mut text = ASKS[ask].to_owned();
        if text.contains("OPEN") {
            let open = self.operations(OperationState::Open);
            text = text.replace("OPEN", &open.get(usize::from(a) % open.len().max(1))?.to_string());
        }
        if text.contains("DONE") {
            let done = self.operations(OperationState::Done);
            text = text.replace("DONE", &done.get(usize::from(a) % done.len().max(1))?.to_string());
        }
        if text.contains("CONSIGNMENT") {
            let consignments: Vec<i64> =
                self.shop.set.consignments.values().flatten().map(|found| found.id.0).collect();
            let consignment = consignments.get(usize::from(a) % consignments.len().max(1))?;
            text = text.replace("CONSIGNMENT", &consignment.to_string());
        }
        if text.contains("FO") && text.contains("ORDER") {
            let order = self.shop.get(*orders.get(usize::from(a) % orders.len().max(1))?);
            for by in [b, c] {
                let found = order.fulfilment.get(usize::from(by) % order.fulfilment.len().max(1))?;
                text = text.replacen("FO", &found.id.to_string(), 1);
            }
            let of_order = self.shop.set.shipments.values().flatten().filter(|shipment| shipment.order == order.id);
            let of_order: Vec<i64> = of_order.map(|shipment| shipment.id.0).collect();
            if text.contains("SHIPMENT") {
                let shipment = of_order.get(usize::from(c) % of_order.len().max(1))?;
                text = text.replace("SHIPMENT", &shipment.to_string());
            }
        }
        if text.contains("SHIPMENT") {
            let shipments: Vec<_> = self.shop.set.shipments.values().flatten().collect();
            let shipment = shipments.get(usize::from(a) % shipments.len().max(1))?;
            text = text.replace("SHIPMENT", &shipment.id.to_string());
            let items = &self.shop.get(shipment.order).items;
            let item = &items[usize::from(b) % items.len()];
            text = text.replace("ITEM", &format!("#{}*{n}", item.id));
        }
        if text.contains("ORDER") {
            let order = *orders.get(usize::from(a) % orders.len().max(1))?;
            let items = &self.shop.get(order).items;
            text = text.replace("ORDER", &order.to_string());
            let invoices = self.shop.set.invoices.values().flatten().filter(|invoice| invoice.order == order);
            let invoices: Vec<i64> = invoices.map(|invoice| invoice.id.0).collect();
            let invoice = invoices.get(usize::from(c) % invoices.len().max(1));
            if invoice.is_none() && text.contains("-invoice ") {
                return None;
            }
            text = text.replace("INVOICE", &invoice.unwrap_or(&0).to_string());
            for by in [b, c] {
                let item = &items[usize::from(by) % items.len()];
                let half = if item.decimal { ".5" } else { "" };
                text = text.replacen("ITEM", &format!("#{}*{n}{half}", item.id), 1);
            }
        }
        let text = text.replace("SOURCE", &pick(&["default", "east", "far"], b));
        let text = text.replacen("SKU", &pick(&["A", "B", "KG", "FILE", "P", "Q"], c), 1);
        let text = text.replacen("SKU", &pick(&["A", "B", "KG", "FILE", "P", "Q"], a), 1);
        Some(text.replacen('N', &n.to_string(), 1).replacen('N', "3", 1))
    }

    fn check(&self, holds: bool, what: impl std::fmt::Debug) {
        assert!(holds, "{what:?}\n{}\n", self.script.join("\n"));
    }

    /// On hand is never below zero, and is what was counted first and all that moved since (invariant S1).
    fn check_stock(&self) {
        let mut moved: BTreeMap<(Sku, SourceCode), Quantity> = BTreeMap::new();
        for change in &self.shop.changes {
            if let Change::StockMoved { movement, .. } = change {
                let key = (movement.sku.clone(), movement.source.clone());
                *moved.entry(key).or_insert(Quantity::ZERO) += movement.change;
            }
        }
        for (key, item) in &self.shop.set.source_items {
            let on_hand = item.as_ref().map_or(Quantity::ZERO, |item| item.on_hand);
            self.check(on_hand >= Quantity::ZERO, key);
            self.check(moved.get(key).copied().unwrap_or(Quantity::ZERO) == on_hand, key);
        }
    }

    /// What a stock holds is what its orders' lines are still to ship, and the entries of each order say the same
    /// (invariant S3).
    fn check_holds(&self) {
        let mut due: BTreeMap<(StockId, Sku), Quantity> = BTreeMap::new();
        let mut entries: BTreeMap<(OrderId, Sku), Quantity> = BTreeMap::new();
        for change in &self.shop.changes {
            if let Change::Held(entry) = change {
                *entries.entry((entry.order, entry.sku.clone())).or_insert(Quantity::ZERO) += entry.change;
            }
        }
        entries.retain(|_, held| *held != Quantity::ZERO);
        for id in self.orders() {
            let order = self.shop.get(id);
            for (sku, held) in order.held() {
                *due.entry((order.stock, sku.clone())).or_insert(Quantity::ZERO) += held;
                self.check(entries.remove(&(id, sku.clone())) == Some(held), (id, sku));
            }
            let is_over = matches!(order.stage.state, State::Canceled | State::Closed);
            self.check(!is_over || order.held().is_empty(), id);
        }
        self.check(entries.is_empty(), &entries);
        for (key, held) in &self.shop.set.held {
            self.check(due.get(key).copied().unwrap_or(Quantity::ZERO) == *held, key);
        }
    }

    /// Invariant D1, and pieces stay whole.
    fn check_lines(&self) {
        for item in self.orders().iter().flat_map(|order| &self.shop.get(*order).items) {
            let done = item.done;
            let most = item.ordered - done.canceled;
            self.check(Quantity::ZERO <= done.canceled, item);
            self.check(Quantity::ZERO <= done.shipped && done.shipped + done.unsent <= most, item);
            self.check(Quantity::ZERO <= done.unsent && done.unsent <= done.refunded, item);
            self.check(Quantity::ZERO <= done.refunded && done.refunded <= done.invoiced, item);
            self.check(done.invoiced <= most, item);
            let parts = [done.canceled, done.shipped, done.invoiced];
            self.check(item.decimal || !parts.into_iter().any(Quantity::has_fraction), item);
        }
    }

    /// A kit whose parts are sent apart counts the shipments that it stands on, but no more than they have begun.
    fn check_kits(&self) {
        for order in self.orders().into_iter().map(|order| self.shop.get(order)) {
            let of_order = || self.shop.set.shipments.values().flatten().filter(|found| found.order == order.id);
            for kit in order.items.iter().filter(|item| item.parent.is_none() && order.is_dummy_for_shipping(item)) {
                let lines = of_order().flat_map(|found| &found.lines).filter(|line| line.item == kit.id);
                let stands: Quantity = lines.map(|line| line.quantity).sum();
                let begun = order.kits_begun(kit.id, |done| done.shipped);
                self.check(kit.done.shipped == stands.min(begun), kit);
            }
        }
    }

    /// Invariant D4.
    fn check_numbers(&self) {
        let set = &self.shop.set;
        let orders = self.orders().into_iter().map(|order| self.shop.get(order).number.clone()).collect();
        let invoices = set.invoices.values().flatten().map(|invoice| invoice.number.clone()).collect();
        let memos = set.credit_memos.values().flatten().map(|memo| memo.number.clone()).collect();
        // The numbers of those that were taken back are not given again.
        let made = self.shop.changes.iter().filter_map(|change| match change {
            Change::ShipmentMade(shipment) => Some(shipment.number.clone()),
            _ => None,
        });
        let shipments = made.collect();
        for numbers in [orders, invoices, memos, shipments] {
            let numbers: Vec<String> = numbers;
            let given: BTreeSet<String> = numbers.iter().cloned().collect();
            let expected: BTreeSet<String> = (1..=numbers.len()).map(|number| format!("{number:09}")).collect();
            self.check(given == expected, given);
        }
    }

    /// The orders that are over. Nothing makes them begin again (invariant D5).
    fn over(&self) -> BTreeMap<OrderId, State> {
        let is_over = |state| matches!(state, State::Complete | State::Closed | State::Canceled);
        let states = self.orders().into_iter().map(|order| (order, self.shop.get(order).stage.state));
        states.filter(|(_, state)| is_over(*state)).collect()
    }

    fn check_everything(&self) {
        self.check_stock();
        self.check_holds();
        self.check_lines();
        self.check_kits();
        self.check_numbers();
        self.check_rows();
        self.check_invoices();
        self.check_credit_memos();
        self.check_returns();
        self.check_payments();
    }

    /// Rows cover no more than there is, what they bind is what sources say, and goods leave once (invariants S1, S3, S4).
    fn check_rows(&self) {
        let mut bound: BTreeMap<(SourceCode, Sku), Quantity> = BTreeMap::new();
        for id in self.orders() {
            let order = self.shop.get(id);
            for (key, quantity) in order.allocated() {
                *bound.entry(key).or_insert(Quantity::ZERO) += quantity;
            }
            for (fulfilment, row) in order.rows() {
                self.check(row.quantity > Quantity::ZERO, row);
                let has_place = fulfilment.location.is_some();
                self.check(!row.is_pending() || (row.stage == RowStage::Allocated) == has_place, row);
                if let Some(shipment) = row.shipment {
                    let found = self.shop.set.shipment(shipment).expect("a row's shipment is there");
                    self.check(fulfilment.location.as_ref() == Some(&found.source), row);
                    self.check(row.left == found.deducted, row);
                }
            }
            for item in order.items.iter().filter(|item| !item.is_virtual && !order.is_dummy_for_shipping(item)) {
                let shipped = order.in_rows(item.id, |row| row.shipment.is_some());
                self.check(order.unassigned(item) >= Quantity::ZERO && shipped <= item.done.shipped, item);
            }
        }
        for ((sku, source), item) in &self.shop.set.source_items {
            let due = bound.remove(&(source.clone(), sku.clone())).unwrap_or(Quantity::ZERO);
            self.check(item.as_ref().map_or(Quantity::ZERO, |item| item.allocated) == due, (sku, source));
        }
        self.check(bound.is_empty(), &bound);
        let mut left: BTreeMap<(ShipmentId, Sku), Quantity> = BTreeMap::new();
        for change in &self.shop.changes {
            if let Change::StockMoved { movement, .. } = change
                && let Cause::Shipped(id) | Cause::NotShipped(id) = movement.cause
            {
                *left.entry((id, movement.sku.clone())).or_insert(Quantity::ZERO) += movement.change;
            }
        }
        let open: Vec<ShipmentId> = self.shop.set.operations.values().flatten().filter_map(ready_for).collect();
        for shipment in self.shop.set.shipments.values().flatten().filter(|found| found.deducted) {
            let order = self.shop.get(shipment.order);
            for (sku, quantity) in goods(order, shipment.lines.iter().map(|line| (line.item, line.quantity))) {
                self.check(left.remove(&(shipment.id, sku)) == Some(-quantity), shipment);
            }
        }
        left.retain(|(id, _), quantity| *quantity != Quantity::ZERO && !open.contains(id));
        self.check(left.is_empty(), left);
    }

    /// What a carrier has is no longer where it was allocated.
    fn check_carried(&self, ask: &str, answer: &str) {
        let Some(id) = ask.strip_prefix("move-on ").and_then(|rest| rest.split(' ').next()) else { return };
        let rows = self.orders().into_iter().flat_map(|order| self.shop.get(order).rows());
        for (_, row) in rows.filter(|_| !answer.starts_with("no: ")) {
            let is_of = row.consignments.iter().any(|consignment| consignment.to_string() == id);
            self.check(!is_of || row.stage != RowStage::Allocated, row);
        }
    }

    /// No more comes back to a source than left it for the order (invariant S5).
    fn check_returns(&self) {
        for id in self.orders() {
            let order = self.shop.get(id);
            let departed = self.shop.set.departed(id);
            for ((source, sku), returned) in &departed.returned {
                let lines = departed.shipped.iter().filter(|((from, _), _)| from == source);
                let left = lines.flat_map(|((_, line), quantity)| {
                    let line = order.item(*line).expect("lines are of the order");
                    let goods = order.goods_of(line).filter(|(goods, _)| *goods == sku);
                    goods.map(|(_, each)| each.each(*quantity)).collect::<Vec<_>>()
                });
                let is_virtual = order.items.iter().any(|item| item.sku == *sku && item.is_virtual);
                self.check(is_virtual || *returned <= left.sum(), (id, source, sku));
            }
        }
    }

    fn operations(&self, state: OperationState) -> Vec<OperationId> {
        let operations = self.shop.set.operations.values().flatten();
        operations.filter(|found| found.state == state).map(|found| found.id).collect()
    }

    /// What is due again is collected, or where that cannot be, its invoice is voided.
    fn clear_what_is_due(&mut self) {
        let invoices = self.shop.set.invoices.values().flatten();
        let due = invoices.filter(|found| found.state == InvoiceState::Open);
        let due: Vec<String> = due.map(|found| format!("{} {}", found.order, found.id)).collect();
        for invoice in due {
            self.say(&format!("capture-invoice {invoice}"));
            self.settle_all();
            self.say(&format!("void-invoice {invoice}"));
            self.check_everything();
        }
    }

    /// The gateway answers everything.
    fn settle_all(&mut self) {
        for operation in self.operations(OperationState::Open) {
            self.say(&format!("settle {operation} done"));
            self.check_everything();
        }
    }

    fn play(wishes: &[Wish]) -> History {
        let mut history = History::start();
        for wish in wishes {
            let Some(ask) = history.text(*wish) else {
                continue;
            };
            let over = history.over();
            let answer = history.say(&ask);
            history.check_everything();
            history.check_carried(&ask, &answer);
            let now = history.over();
            // Only a person who voids an invoice, or takes something out of a shipment, opens it again.
            let opens =
                ["void-invoice", "repack", "delete-shipment", "unfulfil"].iter().any(|verb| ask.starts_with(verb));
            for (order, state) in over.into_iter().filter(|_| !opens) {
                let may_close = state == State::Complete && now.get(&order) == Some(&State::Closed);
                history.check(now.get(&order) == Some(&state) || may_close, (order, state));
            }
        }
        history
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn stock_holds_lines_and_money_add_up_after_any_history(wishes in wishes(40)) {
        History::play(&wishes);
    }

    #[test]
    fn every_order_can_be_brought_to_an_end(wishes in wishes(25)) {
        let mut history = History::play(&wishes);
        history.settle_all();
        history.say("count A@default=999 B@default=999 KG@default=999 FILE@default=999 P@default=999 Q@default=999");
        for order in history.orders() {
            history.say(&format!("release {order}"));
            history.clear_what_is_due();
            history.say(&format!("invoice {order}"));
            history.say(&format!("ship {order}"));
            for shipment in history.shop.get(order).packed_shipments() {
                history.say(&format!("complete {shipment} ready=yes sent=yes capture"));
                history.settle_all();
            }
            // A row whose stage says that it is to be sent names a location that has nothing: another sends it.
            history.say(&format!("ship {order}"));
            history.check_everything();
            let found = history.shop.get(order);
            let locked = is_locked(found);
            history.check(locked || history.over().contains_key(&order), order);
            // What is complete has nothing more to leave, unless it is locked.
            history.check(locked || found.held().is_empty(), order);
            // A cancel is the end, also for goods that have left and are not invoiced (contract section 3).
            let is_cancel = |line: &&String| {
                let asks = [format!("cancel {order} "), format!("cancel-all {order} "), format!("cancel-rows {order} ")];
                asks.iter().any(|ask| line.starts_with(ask))
            };
            let canceled = history.script.iter().any(|line| is_cancel(&line));
            history.check(locked || canceled || found.paid == found.grand_total, order);
        }
    }

    #[test]
    fn every_order_can_be_canceled_or_needs_no_cancel(wishes in wishes(25)) {
        let mut history = History::play(&wishes);
        history.settle_all();
        for order in history.orders() {
            history.say(&format!("release {order}"));
            history.clear_what_is_due();
            let before = history.shop.get(order).can_cancel();
            let answer = history.say(&format!("cancel {order}"));
            history.check(before == (answer != "not possible"), order);
            history.check_everything();
            let found = history.shop.get(order);
            // What is over waits for nothing but the rest of kits that are half shipped.
            let waits = |item: &Item| {
                let begun = found.parent(item).is_some_and(|parent| parent.done.shipped > Quantity::ZERO);
                item.tracked && found.still_to_leave(item) > Quantity::ZERO && !begun
            };
            let is_over = history.over().contains_key(&order);
            history.check(!before || !is_over || is_locked(found) || !found.items.iter().any(waits), order);
        }
    }

    #[test]
    fn the_holds_of_an_order_do_not_stand_in_its_way(pieces in 1_i64..9, others in 0_i64..9) {
        // Everything is held, and still ships (invariant S6).
        let mut shop = Shop::open().with("A", pieces + others);
        let order = shop.order(vec![line("A", pieces, 1)]).expect("there is enough");
        if others > 0 {
            shop.order(vec![line("A", others, 1)]).expect("there is enough");
        }
        prop_assert!(shop.order(vec![line("A", 1, 1)]).is_err());
        prop_assert!(shop.act(&Command::Ship(ship(order, Vec::new(), "default"))).is_ok());
    }
}

/// The shipment whose goods lie ready for an operation that is under way.
fn ready_for(operation: &Operation) -> Option<ShipmentId> {
    match (&operation.wish, operation.state) {
        (crate::Wish::Ship { shipment, .. }, OperationState::Open) => Some(*shipment),
        (crate::Wish::Complete(ask), OperationState::Open) => Some(ask.shipment),
        _ => None,
    }
}

fn is_locked(order: &Order) -> bool {
    order.items.iter().any(|item| item.locked_invoice || item.locked_ship)
}

#[test]
fn a_decision_is_a_function() {
    let mut shop = Shop::open().with("A", 5);
    let order = shop.order(vec![line("A", 2, 10)]).expect("there are five");
    let command = Command::Ship(ship(order, Vec::new(), "default"));
    let once = || {
        let mut next = 100;
        let mut draw = |_| {
            next += 1;
            next
        };
        crate::decide(&shop.set, &command, &mut crate::Moment::new(Timestamp(1), &mut draw))
    };
    assert_eq!(once(), once());
}
