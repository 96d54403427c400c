//! Fulfilment orders: what one location does of an order, row by row (contract `carriyo.md`, section 2).
//!
//! An order may have none: its goods are then held by its stock, and whoever ships says where from. A row binds a quantity
//! to a source from when it is allocated until its goods have left; what is bound to whom is computed from the rows, and
//! each act writes the difference between before and after.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Change, ConsignmentId, Decision, Extra, FulfilmentOrderId, IdKind, Item, ItemId, Lines, Moment, Order, Quantity,
    ShipmentId, Sku, SourceCode, State, Timestamp, changed,
};

/// What one location does of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FulfilmentOrder {
    pub id: FulfilmentOrderId,
    /// As the shop's own systems call it.
    pub reference: Option<String>,
    /// Where its goods lie; without one its rows are open.
    pub location: Option<SourceCode>,
    pub method: DeliveryMethod,
    /// What doors want to see again: where and when it is to arrive.
    pub extra: Extra,
    pub rows: Vec<Row>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// How goods reach the customer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeliveryMethod {
    #[default]
    Delivery,
    /// The customer comes for them.
    Collection,
    /// There is nothing to carry.
    Digital,
}

impl DeliveryMethod {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            DeliveryMethod::Delivery => "delivery",
            DeliveryMethod::Collection => "collection",
            DeliveryMethod::Digital => "digital",
        }
    }

    /// Reads what [`DeliveryMethod::as_str`] gives.
    pub fn parse(text: &str) -> Option<DeliveryMethod> {
        let all = [DeliveryMethod::Delivery, DeliveryMethod::Collection, DeliveryMethod::Digital];
        all.into_iter().find(|method| method.as_str() == text)
    }
}

/// Some pieces of a line of the order that have gone the same way so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub item: ItemId,
    pub quantity: Quantity,
    pub stage: RowStage,
    /// The shipment that they lie in or left with.
    pub shipment: Option<ShipmentId>,
    /// What the shop's own systems call that.
    pub reference: Option<String>,
    /// What carriers carry them with; those that were cancelled are not among them.
    pub consignments: Vec<ConsignmentId>,
    /// Of what was cancelled: why, and when.
    pub reason: Option<String>,
    pub cancelled_at: Option<Timestamp>,
    /// Whether the goods are off their source.
    pub left: bool,
}

/// How far a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowStage {
    /// No location has it yet.
    Open,
    /// Its goods are bound to a location.
    Allocated,
    /// It lies in a shipment that is not good to go.
    Packing,
    Fulfilled,
    Cancelled,
    /// It has arrived, or there is nothing to carry.
    Closed,
}

impl RowStage {
    /// All of them.
    pub const ALL: [RowStage; 6] = [
        RowStage::Open,
        RowStage::Allocated,
        RowStage::Packing,
        RowStage::Fulfilled,
        RowStage::Cancelled,
        RowStage::Closed,
    ];

    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            RowStage::Open => "open",
            RowStage::Allocated => "allocated",
            RowStage::Packing => "packing",
            RowStage::Fulfilled => "fulfilled",
            RowStage::Cancelled => "cancelled",
            RowStage::Closed => "closed",
        }
    }

    /// Reads what [`RowStage::as_str`] gives.
    pub fn parse(text: &str) -> Option<RowStage> {
        RowStage::ALL.into_iter().find(|stage| stage.as_str() == text)
    }
}

/// How far a fulfilment order is, or all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FulfilmentStatus {
    Open,
    /// Of an order: some of its fulfilment orders have a location.
    PartiallyAllocated,
    Allocated,
    Processing,
    Fulfilled,
    Cancelled,
    Closed,
}

impl FulfilmentStatus {
    /// As the trade writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            FulfilmentStatus::Open => "open",
            FulfilmentStatus::PartiallyAllocated => "partially_allocated",
            FulfilmentStatus::Allocated => "allocated",
            FulfilmentStatus::Processing => "processing",
            FulfilmentStatus::Fulfilled => "fulfilled",
            FulfilmentStatus::Cancelled => "cancelled",
            FulfilmentStatus::Closed => "closed",
        }
    }
}

impl FulfilmentOrder {
    /// What is fulfilled and not on its way.
    pub fn waiting(&self) -> Lines {
        let rows = self.rows.iter().filter(|row| row.stage == RowStage::Fulfilled && row.consignments.is_empty());
        rows.map(|row| (row.item, row.quantity)).collect()
    }
}

impl Row {
    /// So many pieces at the beginning of their way.
    pub fn new(item: ItemId, quantity: Quantity, stage: RowStage) -> Row {
        Row {
            item,
            quantity,
            stage,
            shipment: None,
            reference: None,
            consignments: Vec::new(),
            reason: None,
            cancelled_at: None,
            left: false,
        }
    }

    /// What carriers have brought is over, once all that carry it have arrived.
    pub(crate) fn close_if_arrived(&mut self, has_arrived: impl Fn(&ConsignmentId) -> bool) {
        let is_carried = self.stage == RowStage::Fulfilled && !self.consignments.is_empty();
        if is_carried && self.consignments.iter().all(has_arrived) {
            self.stage = RowStage::Closed;
        }
    }

    /// It, not wanted any more.
    pub(crate) fn cancelled(self, reason: &str, at: Timestamp) -> Row {
        Row { stage: RowStage::Cancelled, reason: Some(reason.to_owned()), cancelled_at: Some(at), ..self }
    }

    /// Whether nothing was done to it yet.
    pub fn is_pending(&self) -> bool {
        matches!(self.stage, RowStage::Open | RowStage::Allocated)
    }

    /// Whether it lies in a shipment whose goods are still here.
    pub fn is_packed(&self) -> bool {
        self.shipment.is_some() && !self.left
    }

    pub(crate) fn is_like(&self, other: &Row) -> bool {
        let Row { item, quantity: _, stage, shipment, reference, consignments, reason, cancelled_at, left } = other;
        (self.item, self.stage, self.shipment, self.left) == (*item, *stage, *shipment, *left)
            && self.reference == *reference
            && self.consignments == *consignments
            && (&self.reason, self.cancelled_at) == (reason, *cancelled_at)
    }
}

impl FulfilmentOrder {
    /// Its status follows from its rows (contract `carriyo.md`, 2.2).
    pub fn status(&self) -> FulfilmentStatus {
        let mut alive = self.rows.iter().filter(|row| row.stage != RowStage::Cancelled).peekable();
        if alive.peek().is_none() {
            return if self.rows.is_empty() { FulfilmentStatus::Open } else { FulfilmentStatus::Cancelled };
        }
        let alive: Vec<&Row> = alive.collect();
        let all = |test: fn(&Row) -> bool| alive.iter().all(|row| test(row));
        let is_worked_on = |row: &&Row| {
            matches!(row.stage, RowStage::Packing | RowStage::Fulfilled | RowStage::Closed)
                || !row.consignments.is_empty()
        };
        if all(|row| row.stage == RowStage::Closed) {
            FulfilmentStatus::Closed
        } else if all(|row| matches!(row.stage, RowStage::Fulfilled | RowStage::Closed)) {
            FulfilmentStatus::Fulfilled
        } else if alive.iter().any(is_worked_on) {
            FulfilmentStatus::Processing
        } else if all(|row| row.stage == RowStage::Allocated) {
            FulfilmentStatus::Allocated
        } else {
            FulfilmentStatus::Open
        }
    }
}

impl Order {
    /// Every row with its fulfilment order.
    pub fn rows(&self) -> impl Iterator<Item = (&FulfilmentOrder, &Row)> {
        self.fulfilment.iter().flat_map(|fulfilment| fulfilment.rows.iter().map(move |row| (fulfilment, row)))
    }

    /// How many pieces of a line are in rows of some kind.
    pub(crate) fn in_rows(&self, item: ItemId, which: impl Fn(&Row) -> bool) -> Quantity {
        self.rows().filter(|(_, row)| row.item == item && which(row)).map(|(_, row)| row.quantity).sum()
    }

    /// How many pieces of a line lie in shipments whose goods are still here.
    pub fn packed(&self, item: ItemId) -> Quantity {
        self.in_rows(item, Row::is_packed)
    }

    /// The shipments whose goods are still here.
    pub fn packed_shipments(&self) -> BTreeSet<ShipmentId> {
        self.rows().filter(|(_, row)| row.is_packed()).filter_map(|(_, row)| row.shipment).collect()
    }

    /// The consignments that carry something of it.
    pub fn consigned(&self) -> BTreeSet<ConsignmentId> {
        self.rows().flat_map(|(_, row)| row.consignments.iter().copied()).collect()
    }

    /// What its rows bind at which source.
    pub fn allocated(&self) -> BTreeMap<(SourceCode, Sku), Quantity> {
        let mut allocated = BTreeMap::new();
        for (fulfilment, row) in self.rows() {
            let binds = match row.stage {
                RowStage::Allocated | RowStage::Packing | RowStage::Fulfilled => !row.left,
                RowStage::Open | RowStage::Cancelled | RowStage::Closed => false,
            };
            let (Some(source), Some(item), true) = (&fulfilment.location, self.item(row.item), binds) else {
                continue;
            };
            if item.is_virtual {
                continue;
            }
            for (sku, each) in self.goods_of(item) {
                *allocated.entry((source.clone(), sku.clone())).or_insert(Quantity::ZERO) += each.each(row.quantity);
            }
        }
        allocated
    }

    /// How many pieces of a line could still go into rows: what is to be sent and no row has.
    pub fn unassigned(&self, item: &Item) -> Quantity {
        self.room(item) - self.in_rows(item.id, Row::is_pending)
    }

    /// How many pieces of a line can still be given up one by one: nothing was done to them, and no carrier waits for them.
    pub fn spare(&self, item: &Item) -> Quantity {
        self.unassigned(item) + self.in_rows(item.id, |row| row.is_pending() && row.consignments.is_empty())
    }

    /// How many pieces of a line may be in rows to which nothing was done yet.
    fn room(&self, item: &Item) -> Quantity {
        if item.is_virtual {
            let over = self.in_rows(item.id, |row| !row.is_pending() && row.stage != RowStage::Cancelled);
            (item.ordered - item.done.canceled - item.done.unsent - over).floored()
        } else {
            self.to_ship(item)
        }
    }

    /// The status of all its fulfilment orders (contract `carriyo.md`, 2.3). What no fulfilment order has counts too.
    pub fn fulfilment_status(&self) -> FulfilmentStatus {
        let mut parts: Vec<FulfilmentStatus> = self.fulfilment.iter().map(FulfilmentOrder::status).collect();
        let lines = || self.items.iter().filter(|item| !item.is_virtual && !self.is_dummy_for_shipping(item));
        if lines().any(|item| self.unassigned(item) > Quantity::ZERO) {
            parts.push(FulfilmentStatus::Open);
        }
        let in_shipments = |item: &Item| self.in_rows(item.id, |row| row.shipment.is_some());
        if lines().any(|item| item.done.shipped > in_shipments(item)) {
            parts.push(FulfilmentStatus::Fulfilled);
        }
        let is_unwanted = |item: &Item| item.done.canceled + item.done.unsent > Quantity::ZERO;
        let is_given_up = !parts.is_empty() || lines().any(is_unwanted);
        parts.retain(|part| *part != FulfilmentStatus::Cancelled);
        let all = |statuses: &[FulfilmentStatus]| parts.iter().all(|part| statuses.contains(part));
        let any = |statuses: &[FulfilmentStatus]| parts.iter().any(|part| statuses.contains(part));
        use FulfilmentStatus::{Allocated, Cancelled, Closed, Fulfilled, Open, PartiallyAllocated, Processing};
        if parts.is_empty() {
            let is_download_due =
                self.items.iter().any(|item| item.is_virtual && self.unassigned(item) > Quantity::ZERO);
            let is_over = matches!(self.stage.state, State::Complete | State::Closed);
            if self.stage.state == State::Canceled || is_given_up && (is_over || !is_download_due) {
                Cancelled
            } else if is_over {
                // There was nothing to send.
                Closed
            } else {
                Open
            }
        } else if all(&[Closed]) {
            Closed
        } else if all(&[Fulfilled, Closed]) {
            Fulfilled
        } else if any(&[Processing, Fulfilled, Closed]) {
            Processing
        } else if all(&[Allocated]) {
            Allocated
        } else if any(&[Allocated]) {
            PartiallyAllocated
        } else {
            Open
        }
    }

    /// Takes pieces of a line out of their rows, those of the lowest rank first; the parts, with where they were. Rows
    /// without a rank stay.
    pub(crate) fn lift(
        &mut self,
        item: ItemId,
        quantity: Quantity,
        rank: impl Fn(&FulfilmentOrder, &Row) -> Option<u8>,
    ) -> Vec<(FulfilmentOrderId, Row)> {
        let mut places: Vec<(u8, usize, usize)> = Vec::new();
        for (of, fulfilment) in self.fulfilment.iter().enumerate() {
            for (at, row) in fulfilment.rows.iter().enumerate().filter(|(_, row)| row.item == item) {
                places.extend(rank(fulfilment, row).map(|rank| (rank, of, at)));
            }
        }
        places.sort_unstable();
        let (mut lifted, mut rest) = (Vec::new(), quantity);
        for (_, of, at) in places {
            let fulfilment = &mut self.fulfilment[of];
            let part = rest.min(fulfilment.rows[at].quantity);
            if part > Quantity::ZERO {
                lifted.push((fulfilment.id, Row { quantity: part, ..fulfilment.rows[at].clone() }));
                fulfilment.rows[at].quantity -= part;
                rest -= part;
            }
        }
        for fulfilment in &mut self.fulfilment {
            fulfilment.rows.retain(|row| row.quantity > Quantity::ZERO);
        }
        lifted
    }

    /// Puts pieces into a fulfilment order: onto a row that has gone the same way, or as a row of their own.
    pub(crate) fn put(&mut self, fulfilment: FulfilmentOrderId, row: Row) {
        if row.quantity <= Quantity::ZERO {
            return;
        }
        let found = self.fulfilment.iter_mut().find(|other| other.id == fulfilment);
        let rows = &mut found.expect("rows are put where a fulfilment order is").rows;
        match rows.iter_mut().find(|other| other.is_like(&row)) {
            Some(other) => other.quantity += row.quantity,
            None => rows.push(row),
        }
    }

    /// Takes over what an act has made of fulfilment orders; ascending by id.
    pub(crate) fn take_fulfilment(&mut self, saved: &[(FulfilmentOrder, usize)], gone: &[FulfilmentOrderId]) {
        let there = &mut self.fulfilment;
        there.retain(|fulfilment| !gone.contains(&fulfilment.id));
        for (fulfilment, _) in saved {
            match there.iter_mut().find(|other| other.id == fulfilment.id) {
                Some(other) => *other = fulfilment.clone(),
                None => there.push(fulfilment.clone()),
            }
        }
        there.sort_by_key(|fulfilment| fulfilment.id);
    }

    /// The fulfilment order of a location that is delivered; a new one where there is none.
    pub(crate) fn home(&mut self, location: &SourceCode, moment: &mut Moment<'_>) -> FulfilmentOrderId {
        let is_it = |other: &&FulfilmentOrder| {
            other.location.as_ref() == Some(location) && other.method == DeliveryMethod::Delivery
        };
        if let Some(there) = self.fulfilment.iter().find(is_it) {
            return there.id;
        }
        self.add_fulfilment(Some(location.clone()), moment)
    }

    /// A new fulfilment order that no location has.
    pub(crate) fn nowhere(&mut self, moment: &mut Moment<'_>) -> FulfilmentOrderId {
        self.add_fulfilment(None, moment)
    }

    fn add_fulfilment(&mut self, location: Option<SourceCode>, moment: &mut Moment<'_>) -> FulfilmentOrderId {
        let id = FulfilmentOrderId(moment.draw(IdKind::FulfilmentOrder));
        self.fulfilment.push(FulfilmentOrder {
            id,
            reference: None,
            location,
            method: DeliveryMethod::Delivery,
            extra: Extra::new(),
            rows: Vec::new(),
            created_at: moment.now,
            updated_at: moment.now,
        });
        id
    }

    /// Cancels rows of what is no longer to be sent: what is open first, then what no carrier was asked for.
    pub(crate) fn fit_rows(&mut self, reason: &str, at: Timestamp) {
        if self.fulfilment.is_empty() {
            return;
        }
        let excess: Vec<(ItemId, Quantity)> =
            self.items.iter().map(|item| (item.id, Quantity::ZERO - self.unassigned(item))).collect();
        for (item, excess) in excess.into_iter().filter(|(_, excess)| *excess > Quantity::ZERO) {
            let lifted = self.lift(item, excess, |_, row| match row.stage {
                RowStage::Open => Some(0),
                RowStage::Allocated if row.consignments.is_empty() => Some(1),
                RowStage::Allocated => Some(2),
                RowStage::Packing | RowStage::Fulfilled | RowStage::Cancelled | RowStage::Closed => None,
            });
            for (fulfilment, row) in lifted {
                // What a carrier has of it stays known, until somebody tells the carrier.
                self.put(fulfilment, row.cancelled(reason, at));
            }
        }
    }
}

/// Writes down what an act made of an order's rows, and of what they bind: the difference between before and after.
pub(crate) fn note(before: &Order, after: &mut Order, moment: &Moment<'_>, decision: &mut Decision) {
    if before.fulfilment.is_empty() && after.fulfilment.is_empty() {
        return;
    }
    after.fulfilment.retain(|fulfilment| !fulfilment.rows.is_empty());
    let mut saved = Vec::new();
    for fulfilment in &mut after.fulfilment {
        let was = before.fulfilment.iter().find(|other| other.id == fulfilment.id);
        if was == Some(&*fulfilment) {
            continue;
        }
        fulfilment.updated_at = moment.now;
        saved.push((fulfilment.clone(), was.map_or(0, |was| was.rows.len())));
    }
    let is_gone = |id| !after.fulfilment.iter().any(|other| other.id == id);
    let gone: Vec<FulfilmentOrderId> = before.fulfilment.iter().map(|was| was.id).filter(|id| is_gone(*id)).collect();
    if !saved.is_empty() || !gone.is_empty() {
        decision.push(Change::Fulfilment { order: after.id, saved, gone });
    }
    note_bound(before, after, decision);
}

/// Writes down what an act made of what an order's rows bind.
pub(crate) fn note_bound(before: &Order, after: &Order, decision: &mut Decision) {
    for ((source, sku), change) in changed(before.allocated(), after.allocated()) {
        if change != Quantity::ZERO {
            decision.push(Change::Allocated { source, sku, change });
        }
    }
}
