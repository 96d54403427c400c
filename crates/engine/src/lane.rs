//! Which commands are better decided by the same committer.

use std::hash::{Hash, Hasher};

use waybill_domain::{Command, Sku};

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
        Command::ActOnConsignment { order: None, consignment, .. }
        | Command::SettleConsignment { order: None, consignment, .. } => of(&format!("consignment {consignment}")),
        Command::SettleLetter { letter, .. } => of(&format!("letter {letter}")),
        // Whatever has no order either is rare.
        other => other.order().map_or(0, |order| order.0.unsigned_abs()),
    }
}
