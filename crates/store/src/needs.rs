//! What decisions need to know, as keys; and how that is loaded.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

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
        fill(&mut set.products, sku.clone(), || load::product(sqlite, tenant, sku))?;
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
        if !set.everywhere.contains(sku) {
            let key = (sku.clone(), source.clone());
            fill(&mut set.source_items, key, || load::source_item(sqlite, tenant, sku, source))?;
        }
    }
    for (stock, sku) in held {
        fill(&mut set.held, (*stock, sku.clone()), || load::held(sqlite, tenant, *stock, sku))?;
    }
    for order in orders {
        fill(&mut set.orders, *order, || load::order(sqlite, tenant, *order))?;
    }
    for order in accounts {
        if !set.accounts.contains_key(order) {
            set.accounts.extend(load::account(sqlite, tenant, *order)?.map(|account| (*order, account)));
        }
    }
    for order in details {
        if !set.details.contains_key(order) {
            set.details.extend(load::details(sqlite, tenant, *order)?.map(|details| (*order, details)));
        }
    }
    for shipment in shipments {
        fill(&mut set.shipments, *shipment, || load::shipment(sqlite, tenant, *shipment))?;
    }
    for track in tracks {
        fill(&mut set.tracks, *track, || load::track(sqlite, tenant, *track))?;
    }
    for (store, document) in numbers {
        fill(&mut set.numbers, (*store, *document), || load::next_number(sqlite, tenant, *store, *document))?;
    }
    for (store, number) in order_numbers {
        let key = (*store, number.clone());
        fill(&mut set.numbers_taken, key, || load::number_taken(sqlite, tenant, *store, number))?;
    }
    for stock in stocks {
        if load::holds_anything(sqlite, tenant, *stock)? {
            set.stocks_in_use.insert(*stock);
        }
    }
    for name in users {
        fill(&mut set.access.users, name.clone(), || load::user(sqlite, tenant, name))?;
    }
    Ok(())
}

/// Loads what a key stands for, unless it is there: what a command of this batch made of it is newer.
fn fill<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, load: impl FnOnce() -> Result<V>) -> Result<()> {
    if let Entry::Vacant(place) = map.entry(key) {
        place.insert(load()?);
    }
    Ok(())
}
