//! Stock: what there is, and what somebody counted (contract `centra.md`, section 13).

use serde_json::Value;
use waybill_domain::{Command, Count, Quantity, Sku};
use waybill_engine::store::sql::Value as Stored;
use waybill_engine::store::{Entity, Filter, ProductView, Query, Test, View};

use super::tree::{Tree, object};
use super::{Answer, Ask, Executed, Stop, no, ok, words};

/// The most products of one page.
const MOST: i64 = 100;

/// The most products of one request that sets stock.
const MOST_SET: usize = 5_000;

/// `GET stock`: a page of products with what lies in all warehouses of the tenant.
pub(crate) async fn list(ask: Ask) -> Answer {
    let refuse = |msg: String| Stop::No(no(msg));
    let query = ask.query();
    let limit = query.int("limit").map_err(refuse)?.unwrap_or(MOST);
    let number = query.int("page").map_err(refuse)?.unwrap_or(1);
    if limit < 1 || !(1..=1_000_000).contains(&number) {
        return Err(refuse(words::invalid_value(if limit < 1 { "limit" } else { "page" })));
    }
    let limit = limit.min(MOST);
    let exclude = query.get("exclude").and_then(Value::as_str) == Some("physicalStock");
    let mut groups = Vec::new();
    let one = |field: &'static str, test: Test| vec![Filter { field, test }];
    if let Some(sku) = query.text("sku", 255).map_err(refuse)? {
        groups.push(one("sku", Test::Equal(Stored::from(sku))));
    }
    for name in ["productId", "variantId", "stockItemId"] {
        if let Some(id) = query.int(name).map_err(refuse)? {
            groups.push(one("id", Test::Equal(Stored::Int(id))));
        }
    }
    if let Some(at) = query.date("created").map_err(refuse)? {
        groups.push(one("created_at", Test::GreaterOrEqual(Stored::Int(at.0))));
    }
    for name in ["modified", "stock_modified"] {
        if let Some(at) = query.date(name).map_err(refuse)? {
            groups.push(one("updated_at", Test::GreaterOrEqual(Stored::Int(at.0))));
        }
    }
    let mut by_code = Vec::new();
    for name in ["ean", "upc"] {
        if let Some(code) = query.text(name, 255).map_err(refuse)? {
            by_code.push((name, code));
        }
    }
    let search = Query { groups, sort: vec![("id", false)], limit: Some(limit + 1), offset: (number - 1) * limit };
    let (found, more) = ask
        .read(move |view, tenant| {
            let mut search = search;
            for (name, code) in by_code {
                let sku = view.sku_of_attribute(tenant, &[name], &Value::from(code).to_string())?;
                let sku = sku.map_or_else(String::new, |sku| sku.as_str().to_owned());
                search.groups.push(vec![Filter { field: "sku", test: Test::Equal(Stored::from(sku)) }]);
            }
            let mut ids = view.search(tenant, Entity::Products, &search)?.ids;
            let more = ids.len() as i64 > limit;
            ids.truncate(usize::try_from(limit).unwrap_or(0));
            let places = view.places(tenant)?;
            let mut found = Vec::with_capacity(ids.len());
            for product in view.products(tenant, &ids)? {
                let mut held = Quantity::ZERO;
                for stock in places.stocks.keys() {
                    held += view.held(tenant, *stock, &product.product.sku)?;
                }
                found.push((product, held));
            }
            Ok((found, more))
        })
        .await?;
    let products: Vec<Tree> = found.iter().map(|(found, held)| product(found, *held, exclude)).collect();
    let link = |page: i64| Tree::from(format!("?limit={limit}&page={page}"));
    let previous = if number > 1 { link(number - 1) } else { Tree::Null };
    let next = if more { link(number + 1) } else { Tree::Null };
    Ok(ok([("products", products.into()), ("previous", previous), ("next", next)]))
}

/// `held` is what all orders wait for, be it bound to a warehouse or not: as much of it as there is, is allocated.
fn product(view: &ProductView, held: Quantity, without_physical: bool) -> Tree {
    let ProductView { product, attributes, source_items } = view;
    let text = |name: &str| {
        let json = attributes.iter().find(|(other, _)| other == name).map(|(_, json)| json.as_str());
        match json.and_then(|json| serde_json::from_str::<Value>(json).ok()) {
            Some(Value::String(text)) => Tree::from(text),
            Some(Value::Number(number)) => number.to_string().into(),
            Some(_) | None => "".into(),
        }
    };
    let sum = |of: fn(&waybill_domain::SourceItem) -> Quantity| -> Quantity { source_items.iter().map(of).sum() };
    let physical = sum(|item| item.on_hand);
    let allocated = sum(|item| item.allocated).max(held).min(physical);
    let id = || Tree::from(product.id.to_string());
    let mut tree = object([
        ("sku", product.sku.as_str().into()),
        ("productId", id()),
        ("variantSku", text("variantSku")),
        ("variantId", id()),
        ("sizeSku", text("sizeSku")),
        ("brand", text("brand")),
        ("collection", text("collection")),
        ("product", product.name.as_str().into()),
        ("variant", text("variant")),
        ("size", text("size")),
        ("stockItemId", id()),
        ("ean", text("ean")),
        ("upc", text("upc")),
        ("weight", product.weight.map_or_else(|| "".into(), |weight| weight.to_string().into())),
        ("weightUnit", "kg".into()),
        ("countryOfOrigin", text("countryOfOrigin")),
        ("harmCode", text("harmCode")),
        ("harmDescription", text("harmDescription")),
        ("active", product.enabled.into()),
    ]);
    if !without_physical {
        tree = tree.and("physicalStock", Tree::number(physical));
    }
    tree.and("allocatedStock", Tree::number(allocated)).and("availableStock", Tree::number(physical - allocated))
}

/// `POST stock`: how much lies in the plugin's warehouse. What is known is set, whatever else is named.
pub(crate) async fn set(ask: Ask) -> Answer {
    let refuse = |msg: String| Stop::No(no(msg));
    let body = ask.body();
    let Some(rows) = body.get("products").and_then(Value::as_array).filter(|rows| !rows.is_empty()) else {
        return Err(refuse(words::PRODUCTS_REQUIRED.to_owned()));
    };
    if rows.len() > MOST_SET {
        return Err(refuse(format!("at most {MOST_SET} products can be set at once")));
    }
    let mut named: Vec<(String, Quantity)> = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(row) = row.as_object().map(super::scalar::Fields) else {
            return Err(refuse(words::invalid_value("products")));
        };
        let Some(product) = row.text("product", 255).map_err(refuse)? else {
            return Err(refuse(words::invalid_value("product")));
        };
        let quantity = row.int("quantity").map_err(refuse)?.filter(|pieces| (0..=99_999_999).contains(pieces));
        let Some(quantity) = quantity else {
            return Err(refuse(words::invalid_value("quantity")));
        };
        named.push((product, Quantity::whole(quantity)));
    }
    let found = ask
        .read(move |view, tenant| {
            let mut found = Vec::with_capacity(named.len());
            for (name, quantity) in named {
                let sku = sku_of(view, tenant, &name)?;
                let product = match &sku {
                    Some(sku) => view.product(tenant, sku)?,
                    None => None,
                };
                found.push((name, quantity, product));
            }
            Ok(found)
        })
        .await?;
    let (mut counts, mut unknown, mut bundles) = (Vec::new(), Vec::new(), Vec::new());
    for (name, quantity, product) in found {
        match product {
            None => unknown.push(Tree::from(name)),
            Some(found) if !found.product.kind.lies_at_sources() => bundles.push(Tree::from(name)),
            Some(found) => counts.push(Count {
                source: ask.plugin.warehouse.clone(),
                sku: found.product.sku.clone(),
                quantity,
                in_stock: true,
                raise_to_allocated: true,
            }),
        }
    }
    if !counts.is_empty() {
        match ask.execute(Command::SaveSourceItems(counts)).await {
            Ok(_) => {}
            Err(Executed::Stop(stop)) => return Err(stop),
            Err(Executed::Refused(refusals)) => return Err(refuse(words::general(&refusals))),
        }
    }
    if unknown.is_empty() && bundles.is_empty() {
        return Ok(ok([]));
    }
    let errors = object([("productsNotFound", unknown.into()), ("productsAreBundles", bundles.into())]);
    Err(Stop::No(no(words::NOT_UPDATED).and("errors", errors)))
}

/// The sku that a bar code or an article number stands for.
pub(crate) fn sku_of(
    view: &View<'_>,
    tenant: waybill_domain::TenantId,
    name: &str,
) -> waybill_engine::store::Result<Option<Sku>> {
    let sku = Sku::new(name);
    if !view.products_of(tenant, std::slice::from_ref(&sku))?.is_empty() {
        return Ok(Some(sku));
    }
    view.sku_of_attribute(tenant, &["ean", "upc"], &Value::from(name).to_string())
}
