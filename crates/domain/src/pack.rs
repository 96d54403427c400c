//! How pieces come into shipments that are still here, and out of them: bound, packed, unpacked, moved on (contract
//! `centra.md`, section 2.2; `carriyo.md`, section 2.1).

use crate::{
    ConsignmentId, FulfilmentOrder, FulfilmentOrderId, ItemId, Lines, Moment, Order, Quantity, Refusal, Row, RowStage,
    ShipmentId, SourceCode, WorkingSet,
};

/// What may be done about pieces that are not allocated when they are to be shipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Demand {
    /// Those that wait for goods stay where they are.
    #[default]
    Refuse,
    /// They are allocated now, if the goods are there.
    Allocate,
}

/// Binds pieces to a source before they are packed there: what is allocated there already, then what no fulfilment order
/// has, then what is open or allocated elsewhere, if that is allowed.
pub(crate) fn bind(
    set: &WorkingSet,
    after: &mut Order,
    rows: &Lines,
    source: &SourceCode,
    demand: Demand,
    moment: &mut Moment<'_>,
) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    let before = after.allocated();
    for (id, quantity) in rows {
        let is_here = |fulfilment: &FulfilmentOrder, row: &Row| {
            row.stage == RowStage::Allocated && fulfilment.location.as_ref() == Some(source)
        };
        let here: Quantity = after
            .rows()
            .filter(|(fulfilment, row)| row.item == *id && is_here(fulfilment, row))
            .map(|(_, row)| row.quantity)
            .sum();
        let item = after.item(*id).expect("the plan names lines of this order");
        let missing = (*quantity - here).floored();
        let unassigned = missing.min(after.unassigned(item));
        let waiting = missing - unassigned;
        if waiting > Quantity::ZERO && demand == Demand::Refuse {
            let (asked, allocated) = (*quantity, here + unassigned);
            refusals.push(Refusal::NotAllocated { item: *id, sku: item.sku.clone(), asked, allocated });
            continue;
        }
        if missing == Quantity::ZERO {
            continue;
        }
        let home = after.home(source, moment);
        let lifted = after.lift(*id, waiting, |fulfilment, row| match row.stage {
            RowStage::Open => Some(0),
            RowStage::Allocated if !is_here(fulfilment, row) => Some(1 + u8::from(!row.consignments.is_empty())),
            RowStage::Allocated | RowStage::Packing | RowStage::Fulfilled | RowStage::Cancelled | RowStage::Closed => {
                None
            }
        });
        for (_, row) in lifted {
            after.put(home, Row { stage: RowStage::Allocated, ..row });
        }
        after.put(home, Row::new(*id, unassigned, RowStage::Allocated));
    }
    for ((source, sku), bound) in after.allocated() {
        let more = bound - before.get(&(source.clone(), sku.clone())).copied().unwrap_or(Quantity::ZERO);
        if more <= Quantity::ZERO {
            continue;
        }
        match set.source_item(&sku, &source) {
            None => refusals.push(Refusal::NotStockedAt { source, sku }),
            Some(item) if more > item.free() => {
                let (asked, on_hand) = (more, item.free().floored());
                refusals.push(Refusal::NotEnoughAt { source, sku, asked, on_hand });
            }
            Some(_) => {}
        }
    }
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// How pieces lie in a shipment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packed {
    pub(crate) shipment: ShipmentId,
    pub(crate) stage: RowStage,
    pub(crate) left: bool,
}

/// Which rows a shipment takes, and what they are called from then on; any, and as they are, unless said.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Only<'a> {
    pub(crate) fulfilment: Option<FulfilmentOrderId>,
    /// What this consignment carries.
    pub(crate) consignment: Option<ConsignmentId>,
    pub(crate) reference: Option<&'a str>,
    /// What a carrier waits for goes first; otherwise what none waits for.
    pub(crate) booked_first: bool,
}

/// Puts the pieces of a shipment into its rows: those that are bound to the source first, then open ones, then those of
/// other sources. An order without fulfilment orders has no need of them for what leaves at once.
pub(crate) fn pack(
    after: &mut Order,
    rows: &Lines,
    source: &SourceCode,
    packed: Packed,
    only: Only<'_>,
    moment: &mut Moment<'_>,
) {
    if after.fulfilment.is_empty() && packed.left {
        return;
    }
    for (item, quantity) in rows {
        let lifted = after.lift(*item, *quantity, |fulfilment, row| {
            let is_here = fulfilment.location.as_ref() == Some(source);
            let is_other = only.fulfilment.is_some_and(|id| id != fulfilment.id)
                || only.consignment.is_some_and(|id| !row.consignments.contains(&id));
            if is_other {
                return None;
            }
            match row.stage {
                RowStage::Allocated if is_here => Some(u8::from(row.consignments.is_empty() == only.booked_first)),
                RowStage::Open => Some(2),
                RowStage::Allocated => Some(3),
                RowStage::Packing | RowStage::Fulfilled | RowStage::Cancelled | RowStage::Closed => None,
            }
        });
        let found: Quantity = lifted.iter().map(|(_, row)| row.quantity).sum();
        for (of, row) in lifted {
            let is_here =
                after.fulfilment.iter().any(|other| other.id == of && other.location.as_ref() == Some(source));
            let place = if is_here { of } else { after.home(source, moment) };
            let row = Row { reference: only.reference.map(str::to_owned).or(row.reference.clone()), ..row };
            after.put(place, in_shipment(row, packed));
        }
        if *quantity > found {
            let place = after.home(source, moment);
            after.put(place, in_shipment(Row::new(*item, *quantity - found, RowStage::Open), packed));
        }
    }
}

fn in_shipment(row: Row, Packed { shipment, stage, left }: Packed) -> Row {
    Row { stage, shipment: Some(shipment), left, ..row }
}

/// Takes pieces out of a shipment whose goods are still here; they stay bound to its source.
pub(crate) fn unpack(after: &mut Order, shipment: ShipmentId, item: ItemId, quantity: Quantity) {
    let lifted = after.lift(item, quantity, |_, row| (row.shipment == Some(shipment)).then_some(0));
    for (of, row) in lifted {
        after.put(of, Row { stage: RowStage::Allocated, shipment: None, reference: None, left: false, ..row });
    }
}

/// Says of all rows of a shipment how far they are.
pub(crate) fn move_on(after: &mut Order, packed: Packed) {
    for fulfilment in &mut after.fulfilment {
        for row in fulfilment.rows.iter_mut().filter(|row| row.shipment == Some(packed.shipment)) {
            if row.stage != RowStage::Closed {
                row.stage = packed.stage;
            }
            row.left = packed.left;
        }
    }
}
