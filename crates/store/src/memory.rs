//! What a writer remembers between batches: places and products, which every ship reads and hardly anybody changes.
//! Each tenant has a version of either; as long as it is the present one, they are not read again.

use std::collections::HashMap;
use std::sync::Arc;

use waybill_domain::{Places, Product, Sku, TenantId, WorkingSet};

use crate::Needs;
use crate::load::Versions;

/// How many products of a tenant are remembered.
const MOST_PRODUCTS: usize = 50_000;

#[derive(Default)]
pub(crate) struct Memory {
    tenants: HashMap<TenantId, Remembered>,
    /// The versions that this batch has seen.
    present: HashMap<TenantId, Versions>,
}

#[derive(Default)]
struct Remembered {
    places: Option<(i64, Arc<Places>)>,
    products_version: i64,
    products: HashMap<Sku, Option<Arc<Product>>>,
}

impl Memory {
    /// A batch begins: versions are looked up anew.
    pub(crate) fn begin(&mut self) {
        self.present.clear();
    }

    /// The versions that were seen in this batch; what is of another one is forgotten.
    pub(crate) fn see(&mut self, tenant: TenantId, versions: Versions) {
        self.present.insert(tenant, versions);
        let remembered = self.tenants.entry(tenant).or_default();
        if remembered.products_version != versions.products || remembered.products.len() > MOST_PRODUCTS {
            remembered.products.clear();
            remembered.products_version = versions.products;
        }
    }

    /// The places, if they are of the present version.
    pub(crate) fn places(&self, tenant: TenantId) -> Option<Arc<Places>> {
        let (version, places) = self.tenants.get(&tenant)?.places.as_ref()?;
        (*version == self.present.get(&tenant)?.places).then(|| places.clone())
    }

    pub(crate) fn keep_places(&mut self, tenant: TenantId, version: i64, places: Arc<Places>) {
        self.tenants.entry(tenant).or_default().places = Some((version, places));
    }

    /// Puts the products that are needed and remembered into the set. Only once the versions were seen: what is
    /// locked before is read.
    pub(crate) fn recall(&self, tenant: TenantId, needs: &Needs, set: &mut WorkingSet) {
        let Some(remembered) = self.present.get(&tenant).and_then(|_| self.tenants.get(&tenant)) else {
            return;
        };
        for sku in &needs.products {
            if let Some(product) = remembered.products.get(sku) {
                set.products.entry(sku.clone()).or_insert_with(|| product.clone());
            }
        }
    }

    /// Remembers what was loaded of the needs. It may be newer than the version that was seen, never older.
    pub(crate) fn keep_products<'a>(
        &mut self,
        tenant: TenantId,
        loaded: impl Iterator<Item = (&'a Sku, Option<Arc<Product>>)>,
    ) {
        if !self.present.contains_key(&tenant) {
            return;
        }
        let remembered = self.tenants.entry(tenant).or_default();
        remembered.products.extend(loaded.map(|(sku, product)| (sku.clone(), product)));
    }
}
