//! What each command needs to be decided: which keys to load, in two steps, and how many ids it may draw.

use waybill_domain::{Access, Command, Document, IdKind, Order, OrderId, Sku, SourceChoice, StockId, WorkingSet};
use waybill_store::Needs;

/// What can be said from the command alone.
pub(crate) fn first(command: &Command, needs: &mut Needs) {
    match command {
        Command::SaveWebsite { .. }
        | Command::SaveStore { .. }
        | Command::SaveSource { .. }
        | Command::SaveStock { .. }
        | Command::SaveLinks(_)
        | Command::DeleteLinks(_) => needs.places = true,
        Command::DeleteStock(stock) => {
            needs.places = true;
            needs.stocks.insert(*stock);
        }
        Command::SaveSourceItems(counts) => {
            needs.places = true;
            needs.source_items.extend(counts.iter().map(|count| (count.sku.clone(), count.source.clone())));
        }
        Command::DeleteSourceItems(pairs) => {
            needs.source_items.extend(pairs.iter().map(|(source, sku)| (sku.clone(), source.clone())));
        }
        Command::AssignSources { skus, sources: _ } | Command::UnassignSources { skus, sources: _ } => {
            needs.places = true;
            needs.everywhere.extend(skus.iter().cloned());
        }
        Command::MoveSource { skus, origin, destination, unassign: _ } => {
            needs.places = true;
            for sku in skus {
                needs.source_items.insert((sku.clone(), origin.clone()));
                needs.source_items.insert((sku.clone(), destination.clone()));
            }
        }
        Command::TransferStock { origin, destination, items } => {
            needs.places = true;
            for (sku, _) in items {
                needs.source_items.insert((sku.clone(), origin.clone()));
                needs.source_items.insert((sku.clone(), destination.clone()));
            }
        }
        Command::SaveProduct { sku, .. } => {
            // One that becomes a kit no longer lies anywhere.
            needs.products.insert(sku.clone());
            needs.everywhere.insert(sku.clone());
        }
        Command::DeleteProduct(sku) => {
            needs.products.insert(sku.clone());
            needs.everywhere.insert(sku.clone());
        }
        Command::AcceptOrder(ask) => {
            needs.places = true;
            needs.numbers.insert((ask.store, Document::Order));
            if let Some(number) = &ask.number {
                needs.order_numbers.insert((ask.store, number.clone()));
            }
            for item in &ask.items {
                let sku = Sku::new(&item.sku);
                needs.everywhere.insert(sku.clone());
                needs.products.insert(sku);
            }
        }
        Command::AmendOrder(ask) => {
            needs.orders.insert(ask.order);
            needs.details.insert(ask.order);
        }
        Command::CancelOrder(order) => {
            needs.orders.insert(*order);
            needs.accounts.insert(*order);
        }
        Command::HoldOrder(order) | Command::ReleaseOrder(order) | Command::CommentOnOrder { order, .. } => {
            needs.orders.insert(*order);
        }
        Command::Invoice(ask) => {
            needs.orders.insert(ask.order);
            needs.accounts.insert(ask.order);
        }
        Command::Ship(ask) => {
            needs.places = true;
            needs.orders.insert(ask.order);
        }
        Command::CommentOnShipment { shipment, .. } | Command::AddTrack { shipment, .. } => {
            needs.shipments.insert(*shipment);
        }
        Command::RemoveTrack(track) => {
            needs.tracks.insert(*track);
        }
        Command::Access(Access::SaveUser { name, .. } | Access::SignIn { name, .. }) => {
            needs.users.insert(name.clone());
        }
        Command::Access(Access::IssueToken { .. }) => {}
    }
}

/// What can be said once the first step is loaded.
pub(crate) fn second(command: &Command, set: &WorkingSet, needs: &mut Needs) {
    match command {
        Command::AcceptOrder(ask) => {
            let stock = set.places().stock_of(ask.store);
            needs.held.extend(ask.items.iter().map(|item| (stock, Sku::new(&item.sku))));
        }
        // Any of them may close the order, which frees what it holds.
        Command::CancelOrder(id)
        | Command::HoldOrder(id)
        | Command::ReleaseOrder(id)
        | Command::CommentOnOrder { order: id, .. } => {
            if let Some(order) = order(set, *id) {
                needs.held.extend(held(order));
            }
        }
        Command::AmendOrder(ask) => {
            if let Some(order) = order(set, ask.order) {
                needs.held.extend(held(order));
            }
        }
        Command::Invoice(ask) => {
            if let Some(order) = order(set, ask.order) {
                needs.numbers.insert((order.store, Document::Invoice));
                needs.held.extend(held(order));
                for item in order.items.iter().filter(|item| item.tracked && item.is_virtual) {
                    needs.places = true;
                    needs.everywhere.insert(item.sku.clone());
                    needs.products.insert(item.sku.clone());
                }
            }
        }
        Command::Ship(ask) => {
            if let Some(order) = order(set, ask.order) {
                needs.numbers.insert((order.store, Document::Shipment));
                needs.held.extend(held(order));
                for item in order.items.iter().filter(|item| item.tracked) {
                    needs.products.insert(item.sku.clone());
                    match &ask.source {
                        SourceChoice::Named(source) => {
                            needs.source_items.insert((item.sku.clone(), source.clone()));
                        }
                        SourceChoice::OnlyLinked | SourceChoice::OnlyEnabled => {
                            needs.everywhere.insert(item.sku.clone());
                        }
                    }
                }
            }
        }
        Command::SaveWebsite { .. }
        | Command::SaveStore { .. }
        | Command::SaveSource { .. }
        | Command::SaveStock { .. }
        | Command::DeleteStock(_)
        | Command::SaveLinks(_)
        | Command::DeleteLinks(_)
        | Command::SaveSourceItems(_)
        | Command::DeleteSourceItems(_)
        | Command::AssignSources { .. }
        | Command::UnassignSources { .. }
        | Command::MoveSource { .. }
        | Command::TransferStock { .. }
        | Command::SaveProduct { .. }
        | Command::DeleteProduct(_)
        | Command::CommentOnShipment { .. }
        | Command::AddTrack { .. }
        | Command::RemoveTrack(_)
        | Command::Access(_) => {}
    }
}

fn order(set: &WorkingSet, id: OrderId) -> Option<&Order> {
    set.orders.get(&id).and_then(Option::as_ref)
}

fn held(order: &Order) -> impl Iterator<Item = (StockId, Sku)> {
    order.items.iter().filter(|item| item.tracked).map(|item| (order.stock, item.sku.clone()))
}

/// Of which kinds a command draws ids, and how many of each at the most.
pub(crate) fn most_ids(command: &Command, set: &WorkingSet) -> (&'static [IdKind], usize) {
    use IdKind::{
        Address, Comment, Invoice, InvoiceLine, Item, Order, Product, Shipment, ShipmentLine, SourceItem, Track, User,
    };
    let lines = |id: OrderId| order(set, id).map_or(0, |order| order.items.len());
    match command {
        // Two addresses.
        Command::AcceptOrder(ask) => (&[Order, Item, Address, Comment], ask.items.len() + ask.history.len() + 2),
        Command::Ship(ask) => (&[Shipment, ShipmentLine, Track, Comment], lines(ask.order) + ask.tracks.len() + 1),
        Command::Invoice(ask) => (&[Invoice, InvoiceLine, Comment], lines(ask.order) + 1),
        Command::SaveSourceItems(counts) => (&[SourceItem], counts.len()),
        Command::AssignSources { skus, sources } => (&[SourceItem], skus.len().saturating_mul(sources.len())),
        Command::MoveSource { skus, .. } => (&[SourceItem], skus.len()),
        Command::TransferStock { items, .. } => (&[SourceItem], items.len()),
        Command::SaveProduct { .. } => (&[Product, SourceItem], 1),
        Command::CommentOnOrder { .. } | Command::CommentOnShipment { .. } => (&[Comment], 1),
        Command::AddTrack { .. } => (&[Track], 1),
        Command::Access(Access::SaveUser { .. }) => (&[User], 1),
        Command::SaveWebsite { .. }
        | Command::SaveStore { .. }
        | Command::SaveSource { .. }
        | Command::SaveStock { .. }
        | Command::DeleteStock(_)
        | Command::SaveLinks(_)
        | Command::DeleteLinks(_)
        | Command::DeleteSourceItems(_)
        | Command::UnassignSources { .. }
        | Command::DeleteProduct(_)
        | Command::AmendOrder(_)
        | Command::CancelOrder(_)
        | Command::HoldOrder(_)
        | Command::ReleaseOrder(_)
        | Command::RemoveTrack(_)
        | Command::Access(Access::SignIn { .. } | Access::IssueToken { .. }) => (&[], 0),
    }
}
