//! What decisions need to know, as keys; and how that is loaded.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use waybill_domain::{
    ConsignmentId, CreditMemoId, Document, InvoiceId, ItemId, LetterId, OperationId, OrderId, ShipmentId, Sku,
    SourceCode, StockId, StoreId, TenantId, TrackId, WorkingSet,
};

use crate::database::{Asked, Database, Found, Lock, Round};
use crate::load::{Parts, Versions};
use crate::sql::Value;
use crate::{Kept, Result, load};

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
    /// What only becomes less: no decision asks how much it is.
    pub released: BTreeSet<(StockId, Sku)>,
    /// Whether something is locked after what is released: it is then locked in its turn, and otherwise not before it
    /// is written.
    pub released_in_turn: bool,
    pub orders: BTreeSet<OrderId>,
    /// Orders of which every document, consignment, operation and letter is asked for.
    pub whole: BTreeSet<OrderId>,
    /// Orders that are read and stay as they are.
    pub orders_read: BTreeSet<OrderId>,
    pub accounts: BTreeSet<OrderId>,
    pub details: BTreeSet<OrderId>,
    pub shipments: BTreeSet<ShipmentId>,
    /// With what credit memos took back of them.
    pub invoices: BTreeSet<InvoiceId>,
    pub credit_memos: BTreeSet<CreditMemoId>,
    /// What left sources for an order.
    pub departed: BTreeSet<OrderId>,
    /// Orders whose money at a gateway is asked for.
    pub payments: BTreeSet<OrderId>,
    pub operations: BTreeSet<OperationId>,
    pub letters: BTreeSet<LetterId>,
    /// Lines of any order, for their skus.
    pub skus_of_items: BTreeSet<ItemId>,
    pub tracks: BTreeSet<TrackId>,
    pub consignments: BTreeSet<ConsignmentId>,
    /// References that consignments may be given.
    pub references: BTreeSet<String>,
    /// Tracking numbers that a client gave.
    pub trackings: BTreeSet<String>,
    pub numbers: BTreeSet<(StoreId, Document)>,
    /// Order numbers that a client chose.
    pub order_numbers: BTreeSet<(StoreId, String)>,
    /// Whether stocks hold something.
    pub stocks: BTreeSet<StockId>,
    pub users: BTreeSet<String>,
    /// Whether places, products or users are changed: those who do that go one after the other.
    pub alone: bool,
    /// Idempotency keys, with whose they are.
    pub answers: BTreeSet<(String, String)>,
}

/// What a load found beside the set.
pub(crate) struct Loaded<'a> {
    /// The present versions of what is kept in memory, where places are needed.
    pub(crate) versions: Option<Versions>,
    /// What was answered to the keys.
    pub(crate) answers: BTreeMap<&'a (String, String), Kept>,
}

/// Loads what is not in the set yet, all of it in one round, but for the places: they have a version, and [`places`].
///
/// For a decision that is to be recorded (`lock`), what it may change is locked, in the order in which things stand
/// here and each kind in the order of its keys: everybody locks in the same order, so nobody waits in a circle.
pub(crate) fn load<'a>(
    database: &Database,
    tenant: TenantId,
    needs: &'a Needs,
    lock: Lock,
    set: &mut WorkingSet,
) -> Result<Loaded<'a>> {
    let Needs {
        places,
        products,
        source_items,
        everywhere,
        held,
        released,
        released_in_turn,
        orders,
        orders_read,
        whole,
        accounts,
        details,
        shipments,
        invoices,
        credit_memos,
        departed,
        payments,
        operations,
        letters,
        skus_of_items,
        tracks,
        consignments,
        references,
        trackings,
        numbers,
        order_numbers,
        stocks,
        users,
        alone,
        answers,
    } = needs;
    let whole = new(whole, |id| set.whole.contains(id));
    let parts = parts(database, tenant, &whole)?;
    let shipments = &with(shipments, parts.iter().flat_map(|parts| &parts.shipments));
    let invoices = &with(invoices, parts.iter().flat_map(|parts| &parts.invoices));
    let credit_memos = &with(credit_memos, parts.iter().flat_map(|parts| &parts.credit_memos));
    let consignments = &with(consignments, parts.iter().flat_map(|parts| &parts.consignments));
    let operations = &with(operations, parts.iter().flat_map(|parts| &parts.operations));
    let letters = &with(letters, parts.iter().flat_map(|parts| &parts.letters));
    let mut round = Round::default();
    let of = |parts: Vec<Value<'a>>| {
        let mut key = Vec::with_capacity(parts.len() + 1);
        key.push(Value::Int(tenant.0));
        key.extend(parts);
        key
    };
    let versions = if *alone || (*places && set.places.is_none()) { vec![of(Vec::new())] } else { Vec::new() };
    let asked_versions = round.ask(&load::VERSIONS, versions, if *alone { lock } else { Lock::No });
    let users = new(users, |name| set.access.users.contains_key(name));
    let asked_users = round.ask(&load::USER, keys(&users, |name| of(vec![name.as_str().into()])), lock);
    let products = new(products, |sku| set.products.contains_key(sku));
    let asked_products = round.ask(&load::PRODUCT, keys(&products, |sku| of(vec![sku.key().into()])), Lock::No);
    let orders = new(orders, |id| set.orders.contains_key(id));
    let asked_orders = round.ask(&load::ORDER, keys(&orders, |id| of(vec![id.0.into()])), lock);
    // One that is locked already, or is now, is not read beside.
    let orders_read = new(orders_read, |id| set.orders.contains_key(id) || needs.orders.contains(id));
    let asked_read = round.ask(&load::ORDER, keys(&orders_read, |id| of(vec![id.0.into()])), Lock::No);
    let accounts = new(accounts, |id| set.accounts.contains_key(id));
    let asked_accounts = round.ask(&load::ACCOUNT, keys(&accounts, |id| of(vec![id.0.into()])), Lock::No);
    let details = new(details, |id| set.details.contains_key(id));
    let asked_details = round.ask(&load::DETAILS, keys(&details, |id| of(vec![id.0.into()])), Lock::No);
    let shipments = new(shipments, |id| set.shipments.contains_key(id));
    let asked_shipments = round.ask(&load::SHIPMENT, keys(&shipments, |id| of(vec![id.0.into()])), lock);
    // Whoever changes an invoice or a credit memo holds its order.
    let invoices = new(invoices, |id| set.invoices.contains_key(id) && set.credited.contains_key(id));
    let invoice_keys = keys(&invoices, |id| of(vec![id.0.into()]));
    let asked_invoices = round.ask(&load::INVOICE, invoice_keys.clone(), Lock::No);
    let asked_credited = round.ask(&load::CREDITED, invoice_keys, Lock::No);
    let credit_memos = new(credit_memos, |id| set.credit_memos.contains_key(id));
    let memo_keys = keys(&credit_memos, |id| of(vec![id.0.into()]));
    let asked_memos = round.ask(&load::CREDIT_MEMO, memo_keys, Lock::No);
    let departed = new(departed, |id| set.departed.contains_key(id));
    let asked_departed = round.ask(&load::DEPARTED, keys(&departed, |id| of(vec![id.0.into()])), Lock::No);
    // Those too change with their order only.
    let payments = new(payments, |id| set.payments.contains_key(id));
    let asked_payments = round.ask(&load::PAYMENT, keys(&payments, |id| of(vec![id.0.into()])), Lock::No);
    let operations = new(operations, |id| set.operations.contains_key(id));
    let asked_operations = round.ask(&load::OPERATION, keys(&operations, |id| of(vec![id.0.into()])), Lock::No);
    let letters = new(letters, |id| set.letters.contains_key(id));
    let asked_letters = round.ask(&load::LETTER, keys(&letters, |id| of(vec![id.0.into()])), lock);
    let skus_of_items = new(skus_of_items, |id| set.skus_of_items.contains_key(id));
    let item_keys = keys(&skus_of_items, |id| of(vec![id.0.into()]));
    let asked_skus = round.ask(&load::SKU_OF_ITEM, item_keys, Lock::No);
    let tracks = new(tracks, |id| set.tracks.contains_key(id));
    let asked_tracks = round.ask(&load::TRACK, keys(&tracks, |id| of(vec![id.0.into()])), lock);
    // Whoever changes one that is of an order holds that.
    let consignments = new(consignments, |id| set.consignments.contains_key(id));
    let consignment_keys = keys(&consignments, |id| of(vec![id.0.into()]));
    let asked_consignments = round.ask(&load::CONSIGNMENT, consignment_keys, lock);
    let references = new(references, |text| set.references_taken.contains_key(text));
    let asked_references = round.ask(&load::REFERENCES_TAKEN, load::reference_keys(tenant, &references), Lock::No);
    let trackings = new(trackings, |text| set.trackings.contains_key(text));
    let tracking_keys = keys(&trackings, |text| of(vec![text.as_str().into()]));
    let asked_trackings = round.ask(&load::TRACKING, tracking_keys, Lock::No);

    // One kind of row, so one order: a source, or nothing for all of them.
    let everywhere = new(everywhere, |sku| set.everywhere.contains(sku));
    let mut items: BTreeSet<(&str, &str)> = everywhere.iter().map(|sku| (sku.key(), "")).collect();
    let single: Vec<&(Sku, SourceCode)> = new(source_items, |key| {
        set.source_items.contains_key(key) || set.everywhere.contains(&key.0) || needs.everywhere.contains(&key.0)
    });
    items.extend(single.iter().map(|(sku, source)| (sku.key(), source.0.as_str())));
    let item_keys = items.iter().map(|(sku, source)| of(vec![(*sku).into(), (*source).into()])).collect();
    let asked_items = round.ask(&load::SOURCE_ITEMS, item_keys, lock);
    let mut held = new(held, |key| set.held.contains_key(key));
    if *released_in_turn {
        held.extend(new(released, |key| set.held.contains_key(key) || needs.held.contains(key)));
        held.sort_unstable();
    }
    let asked_held =
        round.ask(&load::HELD, keys(&held, |(stock, sku)| of(vec![stock.0.into(), sku.key().into()])), lock);
    let numbers = new(numbers, |key| set.numbers.contains_key(key));
    let number_keys = keys(&numbers, |(store, document)| of(vec![store.0.into(), document.as_str().into()]));
    let asked_numbers = round.ask(&load::NEXT_NUMBER, number_keys, lock);

    let order_numbers = new(order_numbers, |key| set.numbers_taken.contains_key(key));
    let taken_keys = keys(&order_numbers, |(store, number)| of(vec![number.as_str().into(), store.0.into()]));
    let asked_taken = round.ask(&load::NUMBER_TAKEN, taken_keys, Lock::No);
    let stocks: Vec<&StockId> = stocks.iter().collect();
    let asked_stocks = round.ask(&load::HOLDS_ANYTHING, keys(&stocks, |stock| of(vec![stock.0.into()])), Lock::No);
    let answers: Vec<&(String, String)> = answers.iter().collect();
    let answer_keys = keys(&answers, |(credential, key)| of(vec![credential.as_str().into(), key.as_str().into()]));
    let asked_answers = round.ask(&load::ANSWER, answer_keys, Lock::No);

    let mut found = database.ask(&round)?;
    fill(&mut set.access.users, users, &mut found, &asked_users)?;
    fill(&mut set.products, products, &mut found, &asked_products)?;
    fill(&mut set.orders, orders, &mut found, &asked_orders)?;
    fill(&mut set.orders, orders_read, &mut found, &asked_read)?;
    set.accounts.extend(there(accounts, found.take(&asked_accounts)?).map(|(id, account)| (*id, account)));
    set.details.extend(there(details, found.take(&asked_details)?).map(|(id, details)| (*id, details)));
    fill(&mut set.shipments, shipments, &mut found, &asked_shipments)?;
    fill(&mut set.invoices, invoices.clone(), &mut found, &asked_invoices)?;
    fill(&mut set.credited, invoices, &mut found, &asked_credited)?;
    fill(&mut set.credit_memos, credit_memos, &mut found, &asked_memos)?;
    fill(&mut set.departed, departed, &mut found, &asked_departed)?;
    fill(&mut set.payments, payments, &mut found, &asked_payments)?;
    fill(&mut set.operations, operations, &mut found, &asked_operations)?;
    fill(&mut set.letters, letters, &mut found, &asked_letters)?;
    fill(&mut set.skus_of_items, skus_of_items, &mut found, &asked_skus)?;
    fill(&mut set.tracks, tracks, &mut found, &asked_tracks)?;
    fill(&mut set.consignments, consignments, &mut found, &asked_consignments)?;
    let taken: BTreeSet<String> = found.take(&asked_references)?.into_iter().flatten().collect();
    for text in references {
        set.references_taken.entry(text.clone()).or_insert_with(|| taken.contains(text));
    }
    fill(&mut set.trackings, trackings, &mut found, &asked_trackings)?;
    for item in found.take(&asked_items)?.into_iter().flatten() {
        // What a command of this batch did to it already is newer than what is stored.
        set.source_items.entry((item.sku.clone(), item.source.clone())).or_insert(Some(item));
    }
    for key in single {
        set.source_items.entry(key.clone()).or_insert(None);
    }
    set.everywhere.extend(everywhere.into_iter().cloned());
    set.whole.extend(whole);
    fill(&mut set.held, held, &mut found, &asked_held)?;
    fill(&mut set.numbers, numbers, &mut found, &asked_numbers)?;
    fill(&mut set.numbers_taken, order_numbers, &mut found, &asked_taken)?;
    let in_use = stocks.into_iter().zip(found.take(&asked_stocks)?);
    set.stocks_in_use.extend(in_use.filter(|(_, in_use)| *in_use).map(|(stock, _)| *stock));
    Ok(Loaded {
        versions: found.take(&asked_versions)?.pop(),
        answers: there(answers, found.take(&asked_answers)?).collect(),
    })
}

/// The places of a tenant with their version, as they were at one moment.
pub(crate) fn places(database: &Database, tenant: TenantId) -> Result<(i64, waybill_domain::Places)> {
    loop {
        let mut round = Round::default();
        let key = || vec![vec![Value::Int(tenant.0)]];
        let before = round.ask(&load::VERSIONS, key(), Lock::No);
        let places = round.ask(&load::PLACES, key(), Lock::No);
        let after = round.ask(&load::VERSIONS, key(), Lock::No);
        let mut found = database.ask(&round)?;
        let version = found.take(&before)?[0].places;
        // Each statement sees what is true when it begins: somebody may have changed places in between.
        if version == found.take(&after)?[0].places {
            let places = found.take(&places)?.pop().expect("one key has one answer");
            return Ok((version, places));
        }
    }
}

/// What belongs to these orders, which is looked up before it is loaded: few commands ask for all of an order.
fn parts(database: &Database, tenant: TenantId, whole: &[&OrderId]) -> Result<Vec<Parts>> {
    if whole.is_empty() {
        return Ok(Vec::new());
    }
    let mut round = Round::default();
    let asked = round.ask(&load::PARTS, keys(whole, |id| vec![tenant.0.into(), id.0.into()]), Lock::No);
    database.ask(&round)?.take(&asked)
}

/// These and those.
fn with<'a, K: Ord + Copy + 'a>(these: &'a BTreeSet<K>, those: impl Iterator<Item = &'a K>) -> BTreeSet<K> {
    these.iter().chain(those).copied().collect()
}

/// What of these is to be loaded.
fn new<K>(wanted: &BTreeSet<K>, known: impl Fn(&K) -> bool) -> Vec<&K> {
    wanted.iter().filter(|key| !known(key)).collect()
}

fn keys<'a, K>(wanted: &[&'a K], key: impl Fn(&'a K) -> Vec<Value<'a>>) -> Vec<Vec<Value<'a>>> {
    wanted.iter().map(|wanted| key(wanted)).collect()
}

fn fill<const N: usize, K: Ord + Clone, V>(
    map: &mut BTreeMap<K, V>,
    keys: Vec<&K>,
    found: &mut Found,
    asked: &Asked<N, V>,
) -> Result<()> {
    for (key, value) in keys.into_iter().zip(found.take(asked)?) {
        if let Entry::Vacant(place) = map.entry(key.clone()) {
            place.insert(value);
        }
    }
    Ok(())
}

/// Those that are there, with their keys.
fn there<K, V>(keys: Vec<K>, values: Vec<Option<V>>) -> impl Iterator<Item = (K, V)> {
    keys.into_iter().zip(values).filter_map(|(key, value)| value.map(|value| (key, value)))
}
