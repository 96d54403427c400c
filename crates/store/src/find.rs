//! Things by other names than their ids: numbers, running numbers, codes from products' attributes.

use std::collections::BTreeMap;
use std::sync::Arc;

use waybill_domain::{
    Amount, CarrierAccount, Consignment, ConsignmentId, Details, FulfilmentOrderId, ItemId, Order, OrderId, Shipment,
    ShipmentId, Sku, Source, SourceCode, SourceItem, StoreId, TenantId, Timestamp,
};

use crate::database::{Lock, Round};
use crate::sql::Value;
use crate::{ProductView, Result, View, load};

/// An order with what carries it, and without what has to do with money alone.
#[derive(Clone, Debug, PartialEq)]
pub struct CarriedOrder {
    pub order: Order,
    /// What a piece of each line costs.
    pub prices: BTreeMap<ItemId, Amount>,
    pub details: Details,
    /// In the order in which they were made.
    pub consignments: Vec<Consignment>,
}

/// An order that somebody asks for, and perhaps what it takes to have one of its fulfilment orders carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CarriedAsk {
    pub tenant: TenantId,
    pub order: OrderId,
    pub means_for: Option<FulfilmentOrderId>,
}

/// What it takes to have goods carried.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Means {
    /// Where they are taken from.
    pub source: Option<Arc<Source>>,
    /// The tenant's accounts with carriers.
    pub accounts: Arc<[CarrierAccount]>,
}

/// Which consignments are listed. Spans contain their ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsignmentList {
    pub updated: (Timestamp, Timestamp),
    pub created: (Timestamp, Timestamp),
    /// A reference of theirs or of their order, or their number; empty for all.
    pub words: String,
    /// Of orders of this store, and of none.
    pub store: StoreId,
    pub limit: i64,
    pub offset: i64,
}

/// An order of a store, as somebody calls it: by the first of these numbers that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderName {
    pub store: StoreId,
    pub numbers: [String; 3],
}

impl View<'_> {
    /// The orders of these names, each by itself: one statement on PostgreSQL.
    pub fn orders_of_names(&self, names: &[(TenantId, OrderName)]) -> Result<Vec<Option<OrderId>>> {
        let key = |(tenant, name): &(TenantId, OrderName)| {
            let [first, second, third] = name.numbers.each_ref().map(|number| Value::from(number.clone()));
            vec![tenant.0.into(), name.store.0.into(), first, second, third]
        };
        let mut round = Round::default();
        let asked = round.ask(&load::ORDER_OF_NAME, names.iter().map(key).collect(), Lock::No);
        self.database.ask(&round)?.take(&asked)
    }

    /// The shipment with this running number in its order.
    pub fn shipment_of(&self, tenant: TenantId, order: OrderId, sequence: i64) -> Result<Option<ShipmentId>> {
        let text = "select id from shipments where tenant = ?1 and order_id = ?2 and sequence = ?3";
        let found = self.database.row(text, &[tenant.0.into(), order.0.into(), sequence.into()])?;
        Ok(found.map(|mut row| ShipmentId(row.int())))
    }

    /// The shipments of these orders, in the order in which they were made.
    pub fn shipments_of(&self, tenant: TenantId, orders: &[OrderId]) -> Result<BTreeMap<OrderId, Vec<Shipment>>> {
        let mut ids = Vec::new();
        for order in orders {
            let text = "select id from shipments where tenant = ?1 and order_id = ?2 order by sequence";
            let rows = self.database.rows(text, &[tenant.0.into(), order.0.into()])?;
            ids.extend(rows.into_iter().map(|mut row| row.int()));
        }
        let mut round = Round::default();
        let keys = ids.into_iter().map(|id| vec![Value::Int(tenant.0), Value::Int(id)]).collect();
        let asked = round.ask(&load::SHIPMENT, keys, Lock::No);
        let mut of: BTreeMap<OrderId, Vec<Shipment>> = BTreeMap::new();
        for shipment in self.database.ask(&round)?.take(&asked)?.into_iter().flatten() {
            of.entry(shipment.order).or_default().push(shipment);
        }
        Ok(of)
    }

    /// These orders, with what carries them.
    pub fn carried_orders(&self, ids: &[(TenantId, OrderId)]) -> Result<Vec<Option<CarriedOrder>>> {
        let ask =
            |(tenant, order): &(TenantId, OrderId)| CarriedAsk { tenant: *tenant, order: *order, means_for: None };
        let asked: Vec<CarriedAsk> = ids.iter().map(ask).collect();
        Ok(self.carried_with_means(&asked)?.into_iter().map(|found| found.map(|(found, _)| found)).collect())
    }

    /// The same, with the means to have fulfilment orders carried: two round trips for all of them on PostgreSQL.
    pub fn carried_with_means(&self, asked: &[CarriedAsk]) -> Result<Vec<Option<(CarriedOrder, Means)>>> {
        let keys = asked.iter().map(|ask| vec![ask.tenant.0.into(), ask.order.0.into()]).collect();
        let mut round = Round::default();
        let orders = round.ask(&load::UNCARRIED_ORDER, keys, Lock::No);
        let orders = self.database.ask(&round)?.take(&orders)?;

        let place = |ask: &CarriedAsk, order: &Order| {
            let one = order.fulfilment.iter().find(|one| Some(one.id) == ask.means_for)?;
            Some((ask.tenant, one.location.clone()?))
        };
        let mut carried: Vec<(TenantId, OrderId)> = Vec::new();
        let mut tenants: BTreeMap<TenantId, Arc<[CarrierAccount]>> = BTreeMap::new();
        let mut sources: BTreeMap<(TenantId, SourceCode), Option<Arc<Source>>> = BTreeMap::new();
        for (ask, found) in asked.iter().zip(&orders) {
            let Some(CarriedOrder { order, .. }) = found else { continue };
            // Most have none yet.
            carried.extend((order.consignments > 0).then_some((ask.tenant, order.id)));
            if ask.means_for.is_some() {
                tenants.entry(ask.tenant).or_default();
                sources.extend(place(ask, order).map(|place| (place, None)));
            }
        }
        let mut round = Round::default();
        let keys = carried.iter().map(|(tenant, order)| vec![tenant.0.into(), order.0.into()]).collect();
        let found_consignments = round.ask(&load::CONSIGNMENTS_OF, keys, Lock::No);
        let keys = sources.keys().map(|(tenant, code)| vec![tenant.0.into(), Value::from(code.0.clone())]).collect();
        let found_sources = round.ask(&load::SOURCE, keys, Lock::No);
        let keys = tenants.keys().map(|tenant| vec![tenant.0.into()]).collect();
        let found_accounts = round.ask(&load::CARRIER_ACCOUNTS, keys, Lock::No);
        let mut found = self.database.ask(&round)?;
        let consignments: BTreeMap<(TenantId, OrderId), Vec<Consignment>> =
            carried.into_iter().zip(found.take(&found_consignments)?).collect();
        sources.values_mut().zip(found.take(&found_sources)?).for_each(|(source, found)| *source = found.map(Arc::new));
        tenants.values_mut().zip(found.take(&found_accounts)?).for_each(|(accounts, found)| *accounts = found.into());
        let with_means = |(ask, found): (&CarriedAsk, Option<CarriedOrder>)| {
            let mut found = found?;
            let source = place(ask, &found.order).and_then(|place| sources.get(&place).cloned().flatten());
            let accounts = ask.means_for.and_then(|_| tenants.get(&ask.tenant).cloned()).unwrap_or_default();
            // The same order may be asked for twice.
            found.consignments = consignments.get(&(ask.tenant, found.order.id)).cloned().unwrap_or_default();
            Some((found, Means { source, accounts }))
        };
        Ok(asked.iter().zip(orders).map(with_means).collect())
    }

    /// A consignment.
    pub fn consignment(&self, tenant: TenantId, id: ConsignmentId) -> Result<Option<Consignment>> {
        self.database.one(&load::CONSIGNMENT, &[tenant.0.into(), id.0.into()])
    }

    /// The consignment of this reference.
    pub fn consignment_of_reference(&self, tenant: TenantId, reference: &str) -> Result<Option<Consignment>> {
        let text = "select id from consignments where tenant = ?1 and reference = ?2";
        Ok(self.consignments(tenant, text, &[tenant.0.into(), reference.into()])?.pop())
    }

    /// Consignments that were last changed and made in these spans, the newest first. Words are looked for at the
    /// beginning of their references.
    pub fn list_consignments(&self, tenant: TenantId, list: &ConsignmentList) -> Result<Vec<Consignment>> {
        let text = "select id from consignments where tenant = ?1 and updated_at >= ?2 and updated_at <= ?3 \
            and created_at >= ?4 and created_at <= ?5 \
            and (?6 = '' or reference = ?6 or order_reference = ?6 or tracking = ?6) \
            and (order_id is null or exists (select 1 from orders o where o.tenant = ?1 and o.id = order_id and o.store = ?9)) \
            order by updated_at desc, id desc limit ?7 offset ?8";
        let ConsignmentList { updated, created, words, store, limit, offset } = list;
        self.consignments(
            tenant,
            text,
            &[
                tenant.0.into(),
                updated.0.0.into(),
                updated.1.0.into(),
                created.0.0.into(),
                created.1.0.into(),
                words.as_str().into(),
                (*limit).into(),
                (*offset).into(),
                store.0.into(),
            ],
        )
    }

    fn consignments(&self, tenant: TenantId, text: &str, values: &[Value<'_>]) -> Result<Vec<Consignment>> {
        let ids = self.database.rows(text, values)?.into_iter().map(|mut row| row.int());
        let keys = ids.map(|id| vec![Value::Int(tenant.0), Value::Int(id)]).collect();
        let mut round = Round::default();
        let asked = round.ask(&load::CONSIGNMENT, keys, Lock::No);
        Ok(self.database.ask(&round)?.take(&asked)?.into_iter().flatten().collect())
    }

    /// A tenant's account with a carrier.
    pub fn carrier_account(&self, tenant: TenantId, id: &str) -> Result<Option<CarrierAccount>> {
        self.database.one(&load::CARRIER_ACCOUNT, &[tenant.0.into(), id.into()])
    }

    /// All of a tenant's accounts with carriers, the oldest first.
    pub fn carrier_accounts(&self, tenant: TenantId) -> Result<Vec<CarrierAccount>> {
        self.database.one(&load::CARRIER_ACCOUNTS, &[tenant.0.into()])
    }

    /// What was done to an order, as the audit trail has it: when, by whom, what.
    pub fn acts_on(&self, tenant: TenantId, order: OrderId) -> Result<Vec<(Timestamp, String, String)>> {
        let text = "select at, who, act from audit where tenant = ?1 and subject = ?2 and act in ('accept order', \
            'amend order', 'change order lines', 'cancel order', 'hold order', 'release order', 'comment on order', 'open payment', \
            'invoice order', 'ship order', 'allocate order', 'move fulfilment order', 'split fulfilment order', \
            'merge fulfilment orders', 'cancel fulfilment order lines', 'cancel fulfilment', 'unfulfil', \
            'edit fulfilment order', 'consign', 'refund order', 'redact order') order by id";
        let rows = self.database.rows(text, &[tenant.0.into(), order.to_string().into()])?;
        Ok(rows.into_iter().map(|mut row| (Timestamp(row.int()), row.text(), row.text())).collect())
    }

    /// Those of these products that are there.
    pub fn products_of(&self, tenant: TenantId, skus: &[Sku]) -> Result<Vec<ProductView>> {
        self.products_by_sku(tenant, skus)
    }

    /// The sku of the product whose attribute has this JSON text, such as a bar code.
    pub fn sku_of_attribute(&self, tenant: TenantId, names: &[&str], json: &str) -> Result<Option<Sku>> {
        for name in names {
            let text = "select p.sku from product_attributes a join products p on p.tenant = a.tenant \
                and p.sku_key = a.sku_key where a.tenant = ?1 and a.name = ?2 and a.value = ?3 order by p.sku_key limit 1";
            let found = self.database.row(text, &[tenant.0.into(), (*name).into(), json.into()])?;
            if let Some(mut row) = found {
                return Ok(Some(Sku::new(&row.text())));
            }
        }
        Ok(None)
    }

    /// What lies of a sku, at all sources where it can.
    pub fn source_items_of(&self, tenant: TenantId, sku: &Sku) -> Result<Vec<SourceItem>> {
        let mut round = Round::default();
        let keys = vec![vec![Value::Int(tenant.0), sku.key().into(), "".into()]];
        let asked = round.ask(&load::SOURCE_ITEMS, keys, Lock::No);
        Ok(self.database.ask(&round)?.take(&asked)?.into_iter().flatten().collect())
    }

    /// Whether anything of a sku lies at a source, or could.
    pub fn lies_anywhere(&self, tenant: TenantId, sku: &Sku) -> Result<bool> {
        let text = "select 1 from source_items where tenant = ?1 and sku_key = ?2 limit 1";
        Ok(self.database.row(text, &[tenant.0.into(), sku.key().into()])?.is_some())
    }

    /// The sku of the product with this id.
    pub fn sku_of_product(&self, tenant: TenantId, product: i64) -> Result<Option<Sku>> {
        self.database.one(&load::SKU, &[tenant.0.into(), product.into()])
    }
}
