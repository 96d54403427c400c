//! An order: its lines, what has become of them, and the state that follows.
//!
//! Quantities live here, money in [`crate::Account`], descriptions in [`crate::Details`]: a shipment needs only the
//! first.

use std::collections::BTreeMap;

use crate::{
    Amount, Amounts, Composition, FulfilmentOrder, ItemId, Kind, Money, OperationId, OrderId, ProductId, Quantity,
    Revised, Sku, StockId, StoreId, Timestamp,
};

/// Where an order stands (contract section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Nothing has been done yet.
    New,
    /// Waits for the customer to pay.
    PendingPayment,
    /// Partly invoiced or shipped.
    Processing,
    /// Invoiced and shipped; money may still go back.
    Complete,
    /// Nothing is left to do, and no money to give back.
    Closed,
    /// Given up.
    Canceled,
    /// Put on hold by somebody.
    Holded,
    /// Somebody has to look at the payment.
    PaymentReview,
}

impl State {
    /// All states.
    pub const ALL: [State; 8] = [
        State::New,
        State::PendingPayment,
        State::Processing,
        State::Complete,
        State::Closed,
        State::Canceled,
        State::Holded,
        State::PaymentReview,
    ];

    /// As Magento writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            State::New => "new",
            State::PendingPayment => "pending_payment",
            State::Processing => "processing",
            State::Complete => "complete",
            State::Closed => "closed",
            State::Canceled => "canceled",
            State::Holded => "holded",
            State::PaymentReview => "payment_review",
        }
    }

    /// Reads what [`State::as_str`] writes.
    pub fn parse(text: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// The status that comes with the state unless somebody says otherwise.
    pub fn default_status(self) -> &'static str {
        match self {
            State::New => "pending",
            other => other.as_str(),
        }
    }
}

/// State, status, and what they were before a hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    pub state: State,
    /// Free text; `None` after a comment that cleared it.
    pub status: Option<String>,
    /// What a release of the hold goes back to.
    pub before_hold: Option<(State, Option<String>)>,
    /// Why it is on hold: with the last of them it goes on.
    pub holds: Vec<Hold>,
}

/// One reason why an order is on hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Whose it is, for who releases it; an order has one of a name at the most.
    pub handle: String,
    pub reason: HoldReason,
    /// For people.
    pub note: Option<String>,
    pub at: Timestamp,
}

/// Why an order waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldReason {
    /// Nobody has said yet that the shop takes the order.
    Unconfirmed,
    AwaitingPayment,
    HighRiskOfFraud,
    IncorrectAddress,
    OutOfStock,
    Other,
}

impl HoldReason {
    /// All of them.
    pub const ALL: [HoldReason; 6] = [
        HoldReason::Unconfirmed,
        HoldReason::AwaitingPayment,
        HoldReason::HighRiskOfFraud,
        HoldReason::IncorrectAddress,
        HoldReason::OutOfStock,
        HoldReason::Other,
    ];

    /// As it is stored and asked for.
    pub fn as_str(self) -> &'static str {
        match self {
            HoldReason::Unconfirmed => "unconfirmed",
            HoldReason::AwaitingPayment => "awaiting_payment",
            HoldReason::HighRiskOfFraud => "high_risk_of_fraud",
            HoldReason::IncorrectAddress => "incorrect_address",
            HoldReason::OutOfStock => "inventory_out_of_stock",
            HoldReason::Other => "other",
        }
    }

    /// Reads what [`HoldReason::as_str`] gives.
    pub fn parse(text: &str) -> Option<HoldReason> {
        HoldReason::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

impl Stage {
    /// This state with its default status.
    pub fn of(state: State) -> Stage {
        Stage { state, status: Some(state.default_status().to_owned()), before_hold: None, holds: Vec::new() }
    }

    /// The status for people; empty when there is none.
    pub fn status_text(&self) -> &str {
        self.status.as_deref().unwrap_or("")
    }
}

/// Whether an act is a step on an order's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Something was paid for or sent: who waited is in progress.
    Made,
    /// Something was taken back.
    Unmade,
}

/// An order, as far as decisions about goods need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub id: OrderId,
    pub store: StoreId,
    /// The stock that promised the goods; it stays, wherever the website sells from later.
    pub stock: StockId,
    /// The number that people read.
    pub number: String,
    pub stage: Stage,
    /// Nothing on it goes into a box.
    pub is_virtual: bool,
    /// ISO 4217 code of the currency that its amounts are in.
    pub currency: String,
    /// ISO 4217 code of the currency that its base amounts are in.
    pub base_currency: String,
    /// The payment method's code.
    pub method: Option<String>,
    pub email: String,
    pub grand_total: Money,
    /// What invoices say is paid.
    pub paid: Money,
    /// What was paid and is not any more, as a gateway told us late: its invoices are due again.
    pub due_again: Amount,
    /// What credit memos gave back.
    pub refunded: Money,
    /// What credit memos kept back of what they took back: it is not to be refunded any more.
    pub kept_back: Amount,
    /// What a gateway is being asked about it: until that is settled, nothing else is done to its goods or money.
    pub operation: Option<OperationId>,
    /// How many shipments it ever had.
    pub shipments: i64,
    /// How many consignments it ever had.
    pub consignments: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Since when it speaks of nobody.
    pub redacted_at: Option<Timestamp>,
    /// Ascending by id.
    pub items: Vec<Item>,
    /// What locations do of it; none while nobody asked for that.
    pub fulfilment: Vec<FulfilmentOrder>,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub id: ItemId,
    /// The configurable or bundle that it is a part of.
    pub parent: Option<ItemId>,
    pub product: Option<ProductId>,
    pub sku: Sku,
    pub name: String,
    pub kind: Kind,
    /// Nothing to put into a box: never shipped, handed over with the invoice.
    pub is_virtual: bool,
    /// Whether its quantities may have fractions.
    pub decimal: bool,
    pub locked_invoice: bool,
    pub locked_ship: bool,
    /// Of a parent: who carries price and parcel.
    pub composition: Composition,
    /// Of a child: pieces in one of its parent.
    pub selection: Quantity,
    /// Whether it takes goods from a source when it leaves.
    pub tracked: bool,
    /// Whether it holds them until then.
    pub holds: bool,
    pub ordered: Quantity,
    pub done: Done,
}

/// What has become of a line so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    pub canceled: Quantity,
    pub invoiced: Quantity,
    /// On shipments, whether their goods have left yet or not.
    pub shipped: Quantity,
    pub refunded: Quantity,
    /// Of the refunded: how many had not been sent, and will not be.
    pub unsent: Quantity,
}

impl Order {
    /// The line of this id; `None` when it is not of this order.
    pub fn item(&self, id: ItemId) -> Option<&Item> {
        self.items.binary_search_by_key(&id, |item| item.id).ok().map(|index| &self.items[index])
    }

    /// The line of this id, to change.
    pub fn item_mut(&mut self, id: ItemId) -> Option<&mut Item> {
        self.items.binary_search_by_key(&id, |item| item.id).ok().map(|index| &mut self.items[index])
    }

    /// Takes lines as they are now, those that are new among them.
    pub(crate) fn take_revised(&mut self, lines: &[Revised], amounts: &Amounts) {
        for line in lines {
            self.is_virtual &= line.item.is_virtual || !line.is_new;
            match self.items.binary_search_by_key(&line.item.id, |item| item.id) {
                Ok(at) => self.items[at] = line.item.clone(),
                Err(at) => self.items.insert(at, line.item.clone()),
            }
        }
        self.grand_total += amounts.total;
    }

    /// The parent of a child.
    pub fn parent(&self, item: &Item) -> Option<&Item> {
        item.parent.map(|parent| self.item(parent).expect("a child's parent is a line of the same order"))
    }

    /// The parts of a parent.
    pub fn children(&self, parent: ItemId) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.parent == Some(parent))
    }

    /// Whether this line is a configurable or bundle with parts.
    pub fn has_children(&self, item: &Item) -> bool {
        self.children(item.id).next().is_some()
    }

    /// Whether another line carries this one's money (contract section 2, "dummy").
    pub fn is_dummy_for_money(&self, item: &Item) -> bool {
        match self.parent(item) {
            Some(parent) => !parent.composition.price_on_children,
            None => item.composition.price_on_children && self.has_children(item),
        }
    }

    /// Whether another line carries this one's parcel (contract section 2, "dummy").
    pub fn is_dummy_for_shipping(&self, item: &Item) -> bool {
        match self.parent(item) {
            Some(parent) => !parent.composition.ships_separately,
            None => item.composition.ships_separately && self.has_children(item),
        }
    }

    /// How many can still be shipped of this line itself (contract section 2). Magento takes the larger of shipped and
    /// refunded off, and so ships again what was refunded before; we take both off, each piece once.
    pub fn to_ship(&self, item: &Item) -> Quantity {
        if self.is_dummy_for_shipping(item) { Quantity::ZERO } else { item.unshipped() }
    }

    /// How many can still be invoiced of this line itself.
    pub fn to_invoice(&self, item: &Item) -> Quantity {
        if self.is_dummy_for_money(item) { Quantity::ZERO } else { item.uninvoiced() }
    }

    /// Whether there is nothing left to invoice.
    pub fn is_invoiced(&self) -> bool {
        self.items.iter().all(|item| self.to_invoice(item) <= Quantity::ZERO)
    }

    /// How many can still be refunded of this line itself.
    pub fn to_refund(&self, item: &Item) -> Quantity {
        if self.is_dummy_for_money(item) { Quantity::ZERO } else { (item.done.invoiced - item.done.refunded).floored() }
    }

    /// How many can still be canceled of this line itself: what is neither invoiced nor shipped. A kit whose price
    /// and parcel are carried by different lines is canceled whole, with its parts.
    pub fn to_cancel(&self, item: &Item) -> Quantity {
        match self.parent(item) {
            Some(parent) if self.is_torn(parent) => {
                item.selection.each(self.kits_to_cancel(parent)).min(item.unshipped()).min(item.uninvoiced())
            }
            None if self.is_torn(item) => self.kits_to_cancel(item),
            Some(_) | None => self.to_invoice(item).min(self.to_ship(item)),
        }
    }

    /// Whether a line is a kit, or a part of one, whose price is on other lines than its parcel.
    pub(crate) fn is_of_torn_kit(&self, item: &Item) -> bool {
        self.is_torn(self.parent(item).unwrap_or(item))
    }

    /// Whether one of parent and parts carries the price and the other the parcel.
    fn is_torn(&self, parent: &Item) -> bool {
        parent.composition.price_on_children != parent.composition.ships_separately && self.has_children(parent)
    }

    /// How many kits are open in each line that carries their price or parcel.
    fn kits_to_cancel(&self, parent: &Item) -> Quantity {
        let by_parts = |left: fn(&Item) -> Quantity| {
            let open = self.children(parent.id).map(|part| left(part).per(part.selection).unwrap_or(Quantity::ZERO));
            open.min().unwrap_or(Quantity::ZERO)
        };
        let open = if parent.composition.price_on_children {
            parent.unshipped().min(by_parts(Item::uninvoiced))
        } else {
            parent.uninvoiced().min(by_parts(Item::unshipped))
        };
        open.truncated_unless(parent.decimal)
    }

    /// How many kits have been begun, as their parts say: what a parent that only stands above them counts.
    pub(crate) fn kits_begun(&self, parent: ItemId, of: fn(&Done) -> Quantity) -> Quantity {
        let begun = self.children(parent).map(|part| match of(&part.done).per(part.selection) {
            Some(kits) => kits.rounded_up(),
            None => Quantity::ZERO,
        });
        begun.max().unwrap_or(Quantity::ZERO)
    }

    /// How many of this line are still to leave stock, whichever line carries its parcel or its price.
    pub fn still_to_leave(&self, item: &Item) -> Quantity {
        match self.stage.state {
            State::Canceled | State::Closed => return Quantity::ZERO,
            // Virtual goods leave with an invoice, and there will be none.
            State::Complete if item.is_virtual => return Quantity::ZERO,
            State::New
            | State::PendingPayment
            | State::Processing
            | State::Complete
            | State::Holded
            | State::PaymentReview => {}
        }
        let carrier = match self.parent(item) {
            Some(parent) if item.is_virtual && !parent.composition.price_on_children => Some(parent),
            Some(parent) if !item.is_virtual && !parent.composition.ships_separately => Some(parent),
            Some(_) | None => None,
        };
        let left = |line: &Item| {
            if item.is_virtual { line.uninvoiced() } else { line.unshipped() + self.packed(line.id) }
        };
        match carrier {
            Some(parent) => item.selection.each(left(parent)),
            None => left(item),
        }
    }

    /// What leaves a source with one piece of a line that is shipped: the thing itself, or the parts of a kit that
    /// ships as one, which no shipment lists.
    pub(crate) fn goods_of<'a>(&'a self, line: &'a Item) -> impl Iterator<Item = (&'a Sku, Quantity)> {
        let itself = line.tracked.then_some((&line.sku, Quantity::ONE));
        let parts = self.children(line.id).filter(|part| part.tracked && !part.is_virtual);
        let parts = parts.filter(move |_| !line.composition.ships_separately);
        itself.into_iter().chain(parts.map(|part| (&part.sku, part.selection)))
    }

    /// What this order holds of each sku: all of its tracked lines that are still to leave.
    pub fn held(&self) -> BTreeMap<&Sku, Quantity> {
        let mut held = BTreeMap::new();
        for item in self.items.iter().filter(|item| item.tracked && item.holds) {
            let left = self.still_to_leave(item);
            if left > Quantity::ZERO {
                *held.entry(&item.sku).or_insert(Quantity::ZERO) += left;
            }
        }
        held
    }

    /// How many kits are complete, as their parts say: what a parent that only stands above them counts when something
    /// is taken back.
    pub(crate) fn kits_ended(&self, parent: ItemId, of: fn(&Done) -> Quantity) -> Quantity {
        let ended = self.children(parent).map(|part| match of(&part.done).per(part.selection) {
            Some(kits) => kits.truncated_unless(false),
            None => Quantity::ZERO,
        });
        ended.min().unwrap_or(Quantity::ZERO)
    }

    /// Pieces ordered, parts of kits not counted.
    pub fn total_ordered(&self) -> Quantity {
        self.items.iter().filter(|item| item.parent.is_none()).map(|item| item.ordered).sum()
    }

    fn is_in(&self, states: &[State]) -> bool {
        states.contains(&self.stage.state)
    }

    /// Whether an invoice is possible at all.
    pub fn can_invoice(&self) -> bool {
        !self.is_in(&[State::Holded, State::PaymentReview, State::Canceled, State::Complete, State::Closed])
            && self.items.iter().any(|item| !item.locked_invoice && self.to_invoice(item) > Quantity::ZERO)
    }

    /// Whether a shipment is possible at all.
    pub fn can_ship(&self) -> bool {
        !self.is_in(&[State::Holded, State::PaymentReview, State::Canceled])
            && !self.is_virtual
            && self.items.iter().any(|item| {
                !item.is_virtual
                    && !item.locked_ship
                    && item.done.refunded != item.ordered
                    && self.to_ship(item) > Quantity::ZERO
            })
    }

    /// Whether money can still go back.
    pub fn can_credit(&self) -> bool {
        if self.is_in(&[State::Holded, State::PaymentReview, State::Canceled, State::Closed]) {
            return false;
        }
        let paid = self.paid.amount;
        let left = paid - self.refunded.amount;
        if self.grand_total.amount.0 == 0 {
            let unpaid = self.can_invoice() && paid <= self.grand_total.amount;
            let is_credited = self.items.iter().any(|item| item.done.refunded > Quantity::ZERO);
            return !(unpaid || left == Amount::ZERO && is_credited);
        }
        // Less is paid than was given back where a payment has failed since.
        left > Amount::ZERO && left != self.kept_back
    }

    /// Whether what is open can be canceled; what lies in a shipment is taken out of it first.
    pub fn can_cancel(&self) -> bool {
        !self.is_in(&[State::Canceled, State::Holded, State::PaymentReview, State::Complete, State::Closed])
            && !self.is_packing()
            && self.items.iter().any(|item| self.to_invoice(item) != Quantity::ZERO)
    }

    /// Whether it can be put on hold.
    pub fn can_hold(&self) -> bool {
        !self.is_in(&[State::Canceled, State::PaymentReview, State::Complete, State::Closed, State::Holded])
    }

    /// Goes to a state, with its default status.
    pub fn enter(&mut self, state: State) {
        self.stage.state = state;
        self.stage.status = Some(state.default_status().to_owned());
    }

    /// What every save of an order does to its state (contract section 3a): close or complete it when
    /// nothing is left to do.
    pub fn settle(&mut self) {
        // With money that is due again an order is not over: what it still takes can be refunded then.
        if self.is_in(&[State::Canceled, State::Holded]) || self.can_invoice() || self.due_again > Amount::ZERO {
            return;
        }
        let can_ship = self.can_ship();
        let is_over = !self.can_credit() && !can_ship && !self.is_packing() && !self.is_virtual;
        if self.is_in(&[State::Processing, State::Complete]) && is_over {
            if self.stage.state != State::Closed {
                self.enter(State::Closed);
            }
        } else if self.stage.state == State::Processing && (!can_ship || self.rest_is_shipped_or_refunded()) {
            self.enter(State::Complete);
        } else if self.is_virtual && self.stage.status.as_deref() == Some("closed") {
            self.stage.state = State::Closed;
        }
    }

    /// What an invoice or a credit memo makes of the state (contract section 3b); `settle` follows.
    pub fn resolve(&self, progress: Progress) -> State {
        if progress == Progress::Made && self.is_in(&[State::New, State::PendingPayment]) {
            return State::Processing;
        }
        let is_done = !self.can_invoice() && !self.can_ship() && self.due_again == Amount::ZERO;
        if !self.is_in(&[State::Canceled, State::Holded]) && is_done {
            if self.grand_total.base.0 == 0 || self.can_credit() {
                return State::Complete;
            }
            if self.refunded.amount.0 != 0 && !self.is_packing() {
                return State::Closed;
            }
        }
        // Magento goes back to `new` here, whatever the order was; it never jumps back with us (invariant D5).
        self.stage.state
    }

    /// Whether a shipment lies here whose goods have not left.
    pub fn is_packing(&self) -> bool {
        self.rows().any(|(_, row)| row.is_packed())
    }

    /// Puts it on hold, for one more reason.
    pub(crate) fn hold(&mut self, hold: Hold) {
        if self.stage.state != State::Holded {
            self.stage.before_hold = Some((self.stage.state, self.stage.status.clone()));
            self.enter(State::Holded);
        }
        self.stage.holds.push(hold);
    }

    /// Whether all pieces were shipped or refunded. Magento sums over all lines, so that what was shipped and refunded of one
    /// can stand for goods of another; we count each piece of a line once.
    fn rest_is_shipped_or_refunded(&self) -> bool {
        let parcels = || self.items.iter().filter(|item| !item.is_virtual && !self.is_dummy_for_shipping(item));
        let over = |item: &Item| item.ordered.min(item.done.shipped + item.done.refunded);
        parcels().any(|item| item.done.shipped > Quantity::ZERO) && parcels().all(|item| over(item) == item.ordered)
    }
}

impl Item {
    fn unshipped(&self) -> Quantity {
        (self.ordered - self.done.shipped - self.done.unsent - self.done.canceled).floored()
    }

    fn uninvoiced(&self) -> Quantity {
        (self.ordered - self.done.invoiced - self.done.canceled).floored()
    }
}
