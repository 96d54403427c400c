//! What is digital: nothing of it leaves a source, so that it is over as soon as it is fulfilled (contract `carriyo.md`,
//! sections 2.1 and 6).

use super::ShipOrder;
use crate::{Act, Decision, Event, ItemId, Moment, Order, Outcome, Refusal, Row, RowStage, State, conclude, fulfil};

/// Whether there is nothing of a line that could be carried.
pub(super) fn is_digital(order: &Order, item: ItemId) -> bool {
    order.item(item).is_some_and(|item| item.is_virtual)
}

/// Fulfils lines of which nothing leaves a source: there is no shipment of them, and nothing is counted as shipped.
pub(super) fn close_alone(order: &Order, ask: &ShipOrder, moment: &mut Moment<'_>) -> Result<Decision, Vec<Refusal>> {
    if matches!(order.stage.state, State::PaymentReview | State::Holded | State::Canceled) {
        let status = order.stage.status_text().to_owned();
        return Err(vec![Refusal::OrderInState { act: Act::Fulfil, status }]);
    }
    let mut decision = Decision::new();
    let mut after = order.clone();
    close(&mut after, ask);
    conclude(order, &mut after, Event::ShipmentCreated, moment, &mut decision);
    Ok(decision.with(Outcome::Order(order.id)))
}

/// What is digital of the rows that are fulfilled is over at once.
pub(super) fn close(after: &mut Order, ask: &ShipOrder) {
    let Some(of) = ask.fulfilment else { return };
    for (item, quantity) in fulfil::summed(&ask.lines) {
        if !is_digital(after, item) {
            continue;
        }
        for (_, row) in after.lift(item, quantity, |found, row| (found.id == of && row.is_pending()).then_some(0)) {
            let reference = ask.reference.clone().or(row.reference.clone());
            after.put(of, Row { stage: RowStage::Closed, reference, ..row });
        }
    }
}
