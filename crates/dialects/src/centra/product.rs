//! The products of orders and shipments as they are shown (contract `centra.md`, sections 7 and 11).

use std::collections::BTreeMap;

use serde_json::Value;
use waybill_domain::{Account, Amount, Details, Item, ItemId, Money, Order, Quantity, Sku, SourceCode, TenantId};
use waybill_engine::store::{ProductView, Result, View};

use super::plugin::{Bundles, Plugin};
use super::scalar::portion;
use super::tree::{Tree, object};

/// What the catalogue knows of some skus.
pub(crate) type Catalogue = BTreeMap<Sku, ProductView>;

/// What the catalogue knows of these orders' lines.
pub(crate) fn catalogue<'a>(
    view: &View<'_>,
    tenant: TenantId,
    orders: impl Iterator<Item = &'a Order>,
) -> Result<Catalogue> {
    let mut skus: Vec<Sku> = orders.flat_map(|order| order.items.iter().map(|item| item.sku.clone())).collect();
    skus.sort();
    skus.dedup();
    let found = view.products_of(tenant, &skus)?;
    Ok(found.into_iter().map(|found| (found.product.sku.clone(), found)).collect())
}

/// A line, and how many of it are shown.
pub(crate) struct Shown<'a> {
    pub(crate) order: &'a Order,
    pub(crate) account: &'a Account,
    pub(crate) details: &'a Details,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) plugin: &'a Plugin,
    /// Where a shipment leaves from; without one they are an order's, of which more is told.
    pub(crate) source: Option<&'a SourceCode>,
}

impl Shown<'_> {
    /// The lines as the plugin shows kits; `quantities` are of those that carry a parcel, or, in an order, of all.
    pub(crate) fn products(&self, quantities: &[(ItemId, Quantity)]) -> Tree {
        let mut rows = Vec::new();
        for (id, quantity) in quantities {
            let Some(item) = self.order.item(*id) else { continue };
            let parts: Vec<&Item> = self.order.children(*id).collect();
            let is_kit = !parts.is_empty();
            let listed = |part: &Item| quantities.iter().any(|(other, _)| *other == part.id);
            if item.parent.is_some_and(|parent| quantities.iter().any(|(other, _)| *other == parent)) {
                // It is shown with its kit, or beside it.
                match self.plugin.bundles {
                    Bundles::Nested | Bundles::Only => continue,
                    Bundles::Parts | Bundles::Flat => {}
                }
            }
            let of_part = |part: &Item| (part.id, part.selection.each(*quantity));
            let implied: Vec<(ItemId, Quantity)> =
                parts.iter().filter(|part| !listed(part)).map(|part| of_part(part)).collect();
            let all: Vec<(ItemId, Quantity)> = parts.iter().map(|part| of_part(part)).collect();
            match self.plugin.bundles {
                _ if !is_kit => rows.push(self.row(item, *quantity, self.shown_price(item), None)),
                Bundles::Parts => rows.extend(self.parts(item, &implied)),
                Bundles::Nested => {
                    let inside = self.parts(item, &all);
                    rows.push(self.row(item, *quantity, self.price(item), Some(inside)));
                }
                Bundles::Only => rows.push(self.row(item, *quantity, Money::ZERO, Some(Vec::new()))),
                Bundles::Flat => {
                    rows.push(self.row(item, *quantity, Money::ZERO, None));
                    rows.extend(self.parts(item, &implied));
                }
            }
        }
        rows.into()
    }

    fn parts(&self, kit: &Item, parts: &[(ItemId, Quantity)]) -> Vec<Tree> {
        let items = parts.iter().filter_map(|(id, quantity)| Some((self.order.item(*id)?, *quantity)));
        items.map(|(item, quantity)| self.row(item, quantity, self.share(kit, item), None)).collect()
    }

    fn price(&self, item: &Item) -> Money {
        self.account.lines.get(&item.id).map_or(Money::ZERO, |line| line.price)
    }

    fn shown_price(&self, item: &Item) -> Money {
        let kit = item.parent.and_then(|kit| self.order.item(kit));
        kit.map_or_else(|| self.price(item), |kit| self.share(kit, item))
    }

    /// A part's price: its own, or where the kit carries the price, its share of that by the parts' prices in the
    /// catalogue.
    fn share(&self, kit: &Item, part: &Item) -> Money {
        if kit.composition.price_on_children {
            return self.price(part);
        }
        let worth = |item: &Item| {
            let price = self.catalogue.get(&item.sku).map_or(0, |found| found.product.price.0);
            item.selection.each(Quantity(price)).0
        };
        let all: i64 = self.order.children(kit.id).map(worth).sum();
        let each = Quantity(worth(part)).per(part.selection).unwrap_or(Quantity::ZERO);
        Money::same(Amount(portion(self.price(kit).amount.0, each.0, all)))
    }

    fn row(&self, item: &Item, quantity: Quantity, price: Money, bundle: Option<Vec<Tree>>) -> Tree {
        let line = self.account.lines.get(&item.id);
        let found = self.catalogue.get(&item.sku);
        let sent = self.details.items.get(&item.id);
        let attribute = |name: &str| {
            let own = sent.and_then(|extra| extra.get(name));
            let of_product = || found?.attributes.iter().find(|(other, _)| other == name).map(|(_, json)| json);
            let json = own.or_else(of_product)?;
            match serde_json::from_str::<Value>(json).ok()? {
                Value::String(text) => Some(text),
                Value::Null => None,
                other => Some(other.to_string()),
            }
        };
        let text = |name: &str| Tree::from(attribute(name));
        let original = line.map_or(Money::ZERO, |line| line.original_price);
        let original = if original.is_zero() { price } else { original };
        let weight = found.and_then(|found| found.product.weight);
        let warehouses = self.warehouses(item, quantity);
        let mut row = object([
            ("lineId", item.id.to_string().into()),
            ("sku", item.sku.as_str().into()),
            ("variantSku", text("variantSku")),
            ("sizeSku", text("sizeSku")),
            ("name", item.name.as_str().into()),
            ("variant", text("variant")),
            ("size", text("size")),
            ("ean", text("ean")),
            ("upc", text("upc")),
            ("qty", Tree::number(quantity)),
            ("originalPrice", Tree::number(original.amount)),
            ("price", Tree::number(price.amount)),
            ("weight", weight.map_or_else(|| "".into(), |weight| weight.to_string().into())),
            ("weightUnit", "kg".into()),
            ("countryOfOrigin", text("countryOfOrigin")),
            ("harmCode", text("harmCode")),
            ("comment", text("comment")),
            ("warehouses", warehouses),
            ("isBundle", self.order.has_children(item).into()),
            ("isPartOfBundle", item.parent.is_some().into()),
        ]);
        if let Some(parts) = bundle {
            row = row.and("bundle", parts);
        }
        if self.source.is_none() { self.money(row, item, quantity, &text) } else { row }
    }

    /// What an order tells more of a line: its money.
    fn money(&self, row: Tree, item: &Item, quantity: Quantity, text: &dyn Fn(&str) -> Tree) -> Tree {
        // Of what is shown: what was cancelled is not.
        let of = self.account.lines.get(&item.id).map(|line| line.ordered - line.canceled).unwrap_or_default();
        let gross = of.row + of.tax - of.discount + of.compensation;
        let net = gross - of.tax;
        let percent = |part: Money, whole: Money| {
            Tree::number(Quantity(portion(Quantity::whole(100).0, part.amount.0, whole.amount.0)))
        };
        let each = |money: Money| {
            let amount = Amount(portion(money.amount.0, Quantity::ONE.0, quantity.0));
            Tree::number(amount.round(waybill_domain::currency_digits(&self.order.currency)))
        };
        let size = object([("localizedSize", text("size")), ("localizationDefinitionName", "".into())]);
        row.and("brand", text("brand"))
            .and("otherComment", text("otherComment"))
            .and("taxPercent", percent(of.tax, net))
            .and("priceDiscount", each(of.discount))
            .and("priceDiscountAsPercent", percent(of.discount, of.row))
            .and("taxValue", each(of.tax))
            .and("totalTaxValue", Tree::number(of.tax.amount))
            .and("totalPrice", Tree::number(of.row.amount))
            .and("totalPriceWithoutTax", Tree::number(net.amount))
            .and("totalPriceWithTax", Tree::number(gross.amount))
            .and("anyDiscount", !of.discount.is_zero())
            .and("priceEachWithoutTax", each(net))
            .and("priceEachReduction", each(of.discount))
            .and("localizedSize", size)
    }

    /// Where its pieces are bound; in an order how many is a number, in a shipment a text.
    fn warehouses(&self, item: &Item, quantity: Quantity) -> Tree {
        let one = |name: &str, pieces: Tree| object([("name", name.into()), ("itemQty", pieces)]);
        // A shipment takes all of its pieces from one.
        if let Some(source) = self.source {
            return vec![one(&source.0, quantity.to_string().into())].into();
        }
        let mut at: BTreeMap<&str, Quantity> = BTreeMap::new();
        for (fulfilment, row) in self.order.rows().filter(|(_, row)| row.item == item.id) {
            let is_bound = row.stage != waybill_domain::RowStage::Cancelled;
            if let Some(source) = fulfilment.location.as_ref().filter(|_| is_bound) {
                *at.entry(&source.0).or_insert(Quantity::ZERO) += row.quantity;
            }
        }
        at.into_iter().map(|(name, quantity)| one(name, Tree::number(quantity))).collect::<Vec<_>>().into()
    }
}
