//! Which commands are better decided by the same committer.

use std::hash::{Hash, Hasher};

use waybill_domain::{Command, ConsignmentId, OrderId, Sku};

/// The lane of everything that goes by this name.
pub(crate) fn lane_of(text: &str) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// What commands have in common that are better decided by the same committer: the order, else the goods. Those who
/// share it wait for each other in memory, not in the database.
pub(crate) fn lane(command: &Command) -> u64 {
    let of = lane_of;
    match command {
        Command::AcceptOrder(ask) => ask.items.first().map_or(0, |item| of(Sku::new(&item.sku).key())),
        Command::AdjustStock(all) => all.first().map_or(0, |one| of(one.sku.key())),
        Command::SaveSourceItems(counts) => counts.first().map_or(0, |count| of(count.sku.key())),
        Command::DeleteSourceItems(pairs) => pairs.first().map_or(0, |(_, sku)| of(sku.key())),
        Command::AssignSources { skus, .. }
        | Command::UnassignSources { skus, .. }
        | Command::MoveSource { skus, .. } => skus.first().map_or(0, |sku| of(sku.key())),
        Command::TransferStock { items, .. } => items.first().map_or(0, |(sku, _)| of(sku.key())),
        Command::ChangeFulfilment(ask) => of_order(ask.order),
        Command::Consign(ask) => ask.of.as_ref().map_or(0, |(order, ..)| of_order(*order)),
        Command::ActOnConsignment { order, consignment, .. }
        | Command::SettleConsignment { order, consignment, .. } => {
            order.map_or_else(|| of_consignment(*consignment), of_order)
        }
        Command::AmendOrder(ask) => of_order(ask.order),
        Command::Redact(ask) => of_order(ask.order),
        Command::Invoice(ask) => of_order(ask.order),
        Command::Ship(ask) => of_order(ask.order),
        Command::Refund(ask) => of_order(ask.order),
        Command::CompleteShipment(ask) => of_order(ask.order),
        Command::RepackShipment(ask) => of_order(ask.order),
        Command::CancelOrder(order)
        | Command::HoldOrder { order, .. }
        | Command::ReleaseOrder { order, .. }
        | Command::DeleteShipment { order, .. }
        | Command::OpenPayment { order, .. }
        | Command::CommentOnOrder { order, .. }
        | Command::Settle { order, .. }
        | Command::MailOrder(order)
        | Command::TakeNews { order, .. }
        | Command::CaptureInvoice { order, .. }
        | Command::VoidInvoice { order, .. }
        | Command::MindAuthorisation { order, .. }
        | Command::AddTrack { order, .. } => of_order(*order),
        Command::SettleLetter { letter, .. } => of(&format!("letter {letter}")),
        Command::SaveWebsite { .. }
        | Command::SaveStore { .. }
        | Command::SaveSource { .. }
        | Command::SaveStock { .. }
        | Command::DeleteStock(_)
        | Command::SaveLinks(_)
        | Command::DeleteLinks(_)
        | Command::SaveProduct { .. }
        | Command::DeleteProduct(_)
        | Command::SaveCarrierAccount { .. }
        | Command::Suspect { .. }
        | Command::CommentOnDocument { .. }
        | Command::MailDocument(_)
        | Command::RemoveTrack(_)
        | Command::Access(_) => 0,
    }
}

fn of_consignment(consignment: ConsignmentId) -> u64 {
    lane_of(&format!("consignment {consignment}"))
}

fn of_order(order: OrderId) -> u64 {
    order.0.unsigned_abs()
}
