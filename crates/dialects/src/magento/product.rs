//! Products, as far as fulfilment needs a catalogue (contract 10.7).

use serde_json::{Map, Value, json};
use waybill_domain::{Command, DefaultCount, Kind, ProductField, Quantity, Sku, SourceCode, StoreId, WebsiteId};
use waybill_engine::store::{Entity, ProductView};

use super::taken::{Taken, number};
use super::wire::criteria::Names;
use super::wire::fault::Fault;
use super::{Answer, Ask, Stop, listed, words};
use crate::time;

const NAMES: Names = &[
    ("entity_id", "id"),
    ("sku", "sku"),
    ("name", "name"),
    ("type_id", "kind"),
    ("price", "price"),
    ("weight", "weight"),
    ("status", "enabled"),
    ("created_at", "created_at"),
    ("updated_at", "updated_at"),
];

/// Members that are kept as they came and shown again.
const KEPT: &[&str] = &[
    "attribute_set_id",
    "visibility",
    "product_links",
    "options",
    "media_gallery_entries",
    "tier_prices",
    "custom_attributes",
];

/// Creates or changes a product; one that the path names is meant whatever the body says.
pub(crate) async fn save(ask: Ask) -> Answer {
    let values = ask.values();
    let product = values.object("product").expect("it is required");
    let sku = Sku::new(&values.text("sku").or_else(|| product.text("sku")).unwrap_or_default());
    let wanted = sku.clone();
    let existing = ask.read(move |view, tenant| view.product(tenant, &wanted)).await?;
    let mut fields = fields(&product)?;
    let has_websites = fields.iter().any(|field| matches!(field, ProductField::Websites(_)));
    if existing.is_none() && !has_websites {
        fields.push(ProductField::Websites(websites_of_scope(&ask).await?));
    }
    let attributes = attributes(&product, existing.as_ref());
    let stock = product
        .extension()
        .and_then(|extension| extension.object("stock_item"))
        .map(|item| {
            Ok::<_, Fault>(DefaultCount { quantity: item.quantity("qty")?, in_stock: item.flag("is_in_stock") })
        })
        .transpose()?;
    let command = Command::SaveProduct { sku: sku.clone(), fields, attributes, stock };
    ask.execute(command, words::product).await?;
    show(&ask, sku).await
}

/// The website of the scope's store, or all of them.
async fn websites_of_scope(ask: &Ask) -> Result<Vec<WebsiteId>, Stop> {
    let places = ask.read(|view, tenant| view.places(tenant)).await?;
    Ok(match places.stores.get(&ask.store) {
        Some(store) if ask.store != StoreId(0) => vec![store.website],
        _ => places.websites.keys().copied().filter(|id| id.0 != 0).collect(),
    })
}

fn fields(product: &Taken<'_>) -> Result<Vec<ProductField>, Fault> {
    let mut fields = Vec::new();
    if let Some(text) = product.text("type_id") {
        let kind = Kind::parse(&text).ok_or_else(|| {
            Fault::positional(400, "The product type \"%1\" is not known. Use simple, virtual, downloadable, configurable, bundle or grouped.", &[&text])
        })?;
        fields.push(ProductField::Kind(kind));
    }
    fields.extend(product.text("name").map(ProductField::Name));
    fields.extend(product.amount("price")?.map(ProductField::Price));
    fields.extend(product.amount("weight")?.map(|weight| ProductField::Weight(Some(weight))));
    fields.extend(product.int("status").map(|status| ProductField::Enabled(status == 1)));
    for attribute in product.objects("custom_attributes") {
        let is_one = attribute.0.get("value").is_some_and(|value| value == "1" || value == 1);
        match attribute.str("attribute_code") {
            // 0: dynamic, the parts carry the price. 1: fixed.
            Some("price_type") => fields.push(ProductField::PriceOnChildren(!is_one)),
            // 0: together. 1: separately.
            Some("shipment_type") => fields.push(ProductField::ShipsSeparately(is_one)),
            Some(_) | None => {}
        }
    }
    let Some(extension) = product.extension() else {
        return Ok(fields);
    };
    if let Some(Value::Array(ids)) = extension.0.get("website_ids") {
        fields.push(ProductField::Websites(ids.iter().filter_map(Value::as_i64).map(WebsiteId).collect()));
    }
    if let Some(item) = extension.object("stock_item") {
        stock_fields(&item, &mut fields)?;
    }
    Ok(fields)
}

/// The rules of the legacy stock row; what uses the configuration is unset.
fn stock_fields(item: &Taken<'_>, fields: &mut Vec<ProductField>) -> Result<(), Fault> {
    let own = |switch: &str, name: &str| {
        let uses_config = item.flag(switch);
        (uses_config == Some(true), item.has(name) || uses_config == Some(false))
    };
    let quantity = |switch: &str, name: &str| -> Result<Option<Option<Quantity>>, Fault> {
        Ok(match own(switch, name) {
            (true, _) => Some(None),
            (false, true) => item.quantity(name)?.map(Some),
            (false, false) => None,
        })
    };
    let flag = |switch: &str, name: &str| match own(switch, name) {
        (true, _) => Some(None),
        (false, true) => item.flag(name).map(Some),
        (false, false) => None,
    };
    fields.extend(flag("use_config_manage_stock", "manage_stock").map(ProductField::Managed));
    fields.extend(flag("use_config_backorders", "backorders").map(ProductField::Backorders));
    fields.extend(quantity("use_config_min_qty", "min_qty")?.map(ProductField::Threshold));
    fields.extend(quantity("use_config_min_sale_qty", "min_sale_qty")?.map(ProductField::MinSale));
    fields.extend(quantity("use_config_max_sale_qty", "max_sale_qty")?.map(ProductField::MaxSale));
    if item.flag("enable_qty_increments") == Some(true) {
        fields.extend(item.quantity("qty_increments")?.map(|step| ProductField::Increments(Some(step))));
    } else if item.flag("enable_qty_increments") == Some(false) {
        fields.push(ProductField::Increments(None));
    }
    fields.extend(item.flag("is_qty_decimal").map(ProductField::Decimal));
    Ok(())
}

/// Custom attributes that tell goods apart: also kept by themselves, for who looks for goods by them.
const OF_GOODS: &[&str] = &[
    "ean",
    "upc",
    "barcode",
    "brand",
    "collection",
    "variant",
    "variantSku",
    "size",
    "sizeSku",
    "countryOfOrigin",
    "harmCode",
    "harmDescription",
];

/// Members that are kept; custom attributes are merged with those that are there.
fn attributes(product: &Taken<'_>, existing: Option<&ProductView>) -> Vec<(String, String)> {
    let mut attributes = Vec::new();
    for name in KEPT.iter().filter(|name| **name != "custom_attributes") {
        if let Some(value) = product.0.get(*name) {
            attributes.push(((*name).to_owned(), value.to_string()));
        }
    }
    let sent = product.objects("custom_attributes");
    if !sent.is_empty() {
        let kept = existing.and_then(|view| kept(view).remove("custom_attributes"));
        let mut merged: Vec<Value> = kept.and_then(|value| value.as_array().cloned()).unwrap_or_default();
        for attribute in sent {
            let code = attribute.0.get("attribute_code");
            merged.retain(|other| other.get("attribute_code") != code);
            merged.push(Value::Object(attribute.0.clone()));
        }
        for attribute in &merged {
            let code = attribute["attribute_code"].as_str().unwrap_or("");
            if OF_GOODS.contains(&code) {
                attributes.push((code.to_owned(), attribute["value"].to_string()));
            }
        }
        attributes.push(("custom_attributes".to_owned(), Value::Array(merged).to_string()));
    }
    if let Some(extension) = product.extension() {
        let rest: Map<String, Value> = extension
            .0
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "stock_item" | "website_ids"))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if !rest.is_empty() {
            attributes.push(("extension_attributes".to_owned(), Value::Object(rest).to_string()));
        }
    }
    attributes
}

fn kept(view: &ProductView) -> Map<String, Value> {
    // Those of goods stand among the custom attributes.
    let own = view.attributes.iter().filter(|(name, _)| !OF_GOODS.contains(&name.as_str()));
    own.filter_map(|(name, text)| Some((name.clone(), serde_json::from_str(text).ok()?))).collect()
}

/// One product.
pub(crate) async fn get(ask: Ask) -> Answer {
    let sku = Sku::new(ask.values().str("sku").unwrap_or(""));
    show(&ask, sku).await
}

async fn show(ask: &Ask, sku: Sku) -> Answer {
    let wanted = sku.clone();
    let found = ask.read(move |view, tenant| view.product(tenant, &wanted)).await?;
    Ok(object(&found.ok_or_else(|| words::product(&[waybill_domain::Refusal::NoSuchProduct(sku)]))?))
}

/// Products that match.
pub(crate) async fn list(ask: Ask) -> Answer {
    listed(&ask, Entity::Products, NAMES, |view, tenant, ids| view.products(tenant, ids), object).await
}

/// Deletes a product.
pub(crate) async fn delete(ask: Ask) -> Answer {
    let sku = Sku::new(ask.values().str("sku").unwrap_or(""));
    ask.execute(Command::DeleteProduct(sku), words::product).await?;
    Ok(json!(true))
}

fn object(view: &ProductView) -> Value {
    let product = &view.product;
    let mut map = kept(view);
    let mut extension = match map.remove("extension_attributes") {
        Some(Value::Object(extension)) => extension,
        _ => Map::new(),
    };
    extension.insert("website_ids".to_owned(), product.websites.iter().map(|website| json!(website.0)).collect());
    extension.insert("stock_item".to_owned(), stock_item(view));
    map.entry("attribute_set_id").or_insert_with(|| json!(4));
    map.entry("visibility").or_insert_with(|| json!(4));
    for name in ["product_links", "options", "media_gallery_entries", "tier_prices", "custom_attributes"] {
        map.entry(name).or_insert_with(|| json!([]));
    }
    let members = [
        ("id", json!(product.id.0)),
        ("sku", json!(product.sku.as_str())),
        ("name", json!(product.name)),
        ("price", number(product.price)),
        ("status", json!(if product.enabled { 1 } else { 2 })),
        ("type_id", json!(product.kind.as_str())),
        ("created_at", json!(time::show(product.created_at))),
        ("updated_at", json!(time::show(product.updated_at))),
        ("weight", product.weight.map_or(Value::Null, number)),
        ("extension_attributes", Value::Object(extension)),
    ];
    map.extend(members.into_iter().map(|(name, value)| (name.to_owned(), value)));
    Value::Object(map)
}

/// The legacy stock row: what lies at source `default`, and the product's rules.
fn stock_item(view: &ProductView) -> Value {
    let product = &view.product;
    let rules = &product.stock;
    let at_default = view.source_items.iter().find(|item| item.source.0 == SourceCode::DEFAULT);
    json!({
        "item_id": product.id.0,
        "product_id": product.id.0,
        "stock_id": 1,
        "qty": at_default.map_or(json!(0), |item| number(item.on_hand)),
        "is_in_stock": at_default.is_some_and(|item| item.in_stock),
        "is_qty_decimal": rules.decimal,
        "show_default_notification_message": false,
        "use_config_min_qty": rules.threshold.is_none(),
        "min_qty": number(rules.out_at()),
        "use_config_min_sale_qty": i64::from(rules.min_sale.is_none()),
        "min_sale_qty": number(rules.min_sale.unwrap_or(Quantity::ONE)),
        "use_config_max_sale_qty": rules.max_sale.is_none(),
        "max_sale_qty": number(rules.max_sale.unwrap_or(Quantity::whole(10_000))),
        "use_config_backorders": rules.backorders.is_none(),
        "backorders": i64::from(rules.allows_backorders()),
        "use_config_notify_stock_qty": true,
        "notify_stock_qty": 1,
        "use_config_qty_increments": true,
        "qty_increments": rules.increments.map_or(json!(0), number),
        "use_config_enable_qty_inc": rules.increments.is_none(),
        "enable_qty_increments": rules.increments.is_some(),
        "use_config_manage_stock": rules.managed.is_none(),
        "manage_stock": rules.is_managed(),
        "low_stock_date": null,
        "is_decimal_divided": false,
        "stock_status_changed_auto": 0,
    })
}
