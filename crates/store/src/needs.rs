//! What decisions need to know, as keys; and how that is loaded.

use std::collections::BTreeSet;

use waybill_domain::{Document, OrderId, ShipmentId, Sku, SourceCode, StockId, StoreId, TenantId, TrackId, WorkingSet};

use crate::sqlite::Sqlite;
use crate::{Result, load};

/// Keys of what a command's decision reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Websites, stores, sources, stocks and links.
    pub places: bool,
    pub products: BTreeSet<Sku>,
    /// What lies at one source.
    pub source_items: BTreeSet<(Sku, SourceCode)>,
    /// What lies anywhere.
    pub everywhere: BTreeSet<Sku>,
    pub held: BTreeSet<(StockId, Sku)>,
    pub orders: BTreeSet<OrderId>,
    pub accounts: BTreeSet<OrderId>,
    pub details: BTreeSet<OrderId>,
    pub shipments: BTreeSet<ShipmentId>,
    pub tracks: BTreeSet<TrackId>,
    pub numbers: BTreeSet<(StoreId, Document)>,
    /// Order numbers that a client chose.
    pub order_numbers: BTreeSet<(StoreId, String)>,
    /// Whether stocks hold something.
    pub stocks: BTreeSet<StockId>,
    pub users: BTreeSet<String>,
}

/// Loads what is not in the set yet.
pub(crate) fn load(sqlite: &Sqlite, tenant: TenantId, needs: &Needs, set: &mut WorkingSet) -> Result<()> {
    let Needs {
        places,
        products,
        source_items,
        everywhere,
        held,
        orders,
        accounts,
        details,
        shipments,
        tracks,
        numbers,
        order_numbers,
        stocks,
        users,
    } = needs;
    if *places && set.places.is_none() {
        set.places = Some(load::places(sqlite, tenant)?);
    }
    for sku in products {
        if !set.products.contains_key(sku) {
            set.products.insert(sku.clone(), load::product(sqlite, tenant, sku)?);
        }
    }
    for sku in everywhere {
        if set.everywhere.contains(sku) {
            continue;
        }
        for item in load::source_items(sqlite, tenant, sku)? {
            let key = (item.sku.clone(), item.source.clone());
            // What a command of this batch did to it already is newer than what is stored.
            set.source_items.entry(key).or_insert(Some(item));
        }
        set.everywhere.insert(sku.clone());
    }
    for (sku, source) in source_items {
        let key = (sku.clone(), source.clone());
        if !set.everywhere.contains(sku) && !set.source_items.contains_key(&key) {
            let item = load::source_item(sqlite, tenant, sku, source)?;
            set.source_items.insert(key, item);
        }
    }
    for (stock, sku) in held {
        let key = (*stock, sku.clone());
        if !set.held.contains_key(&key) {
            set.held.insert(key, load::held(sqlite, tenant, *stock, sku)?);
        }
    }
    for order in orders {
        if !set.orders.contains_key(order) {
            set.orders.insert(*order, load::order(sqlite, tenant, *order)?);
        }
    }
    for order in accounts {
        if !set.accounts.contains_key(order)
            && let Some(account) = load::account(sqlite, tenant, *order)?
        {
            set.accounts.insert(*order, account);
        }
    }
    for order in details {
        if !set.details.contains_key(order)
            && let Some(details) = load::details(sqlite, tenant, *order)?
        {
            set.details.insert(*order, details);
        }
    }
    for shipment in shipments {
        if !set.shipments.contains_key(shipment) {
            set.shipments.insert(*shipment, load::shipment(sqlite, tenant, *shipment)?);
        }
    }
    for track in tracks {
        if !set.tracks.contains_key(track) {
            set.tracks.insert(*track, load::track(sqlite, tenant, *track)?);
        }
    }
    for (store, document) in numbers {
        if !set.numbers.contains_key(&(*store, *document)) {
            let next = load::next_number(sqlite, tenant, *store, *document)?;
            set.numbers.insert((*store, *document), next);
        }
    }
    for (store, number) in order_numbers {
        let key = (*store, number.clone());
        if !set.numbers_taken.contains_key(&key) {
            let taken = load::number_taken(sqlite, tenant, *store, number)?;
            set.numbers_taken.insert(key, taken);
        }
    }
    for stock in stocks {
        if load::holds_anything(sqlite, tenant, *stock)? {
            set.stocks_in_use.insert(*stock);
        }
    }
    for name in users {
        if !set.access.users.contains_key(name) {
            set.access.users.insert(name.clone(), load::user(sqlite, tenant, name)?);
        }
    }
    Ok(())
}
