//! Things by other names than their ids: numbers, running numbers, codes from products' attributes.

use std::collections::BTreeMap;

use waybill_domain::{OrderId, Shipment, ShipmentId, Sku, StoreId, TenantId};

use crate::database::{Lock, Round};
use crate::sql::Value;
use crate::{ProductView, Result, View, load};

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
