//! The demonstration in Magento's language: from paid to shipped to refunded, and a payment whose answer is lost.

use hyper::Method;
use serde_json::{Value, json};
use waybill_bench::Client;

use super::Shop;

/// The shop of the tutorial "Order processing with Inventory Management": sources, name, place, street, and where.
const SOURCES: &[(&str, &str, &str, &str, &str, &str, &str)] = &[
    ("ne_wh", "Northeast Warehouse", "07306", "Jersey City", "645 Newark Ave.", "40.73379", "-74.05872"),
    ("west_wh", "West Warehouse", "95207", "Stockton", "7554 Pacific Ave", "38.01818", "-121.31993"),
    ("brooklyn", "Brooklyn Store", "11211", "Brooklyn", "263 S 4th St", "40.71007", "-73.95716"),
    ("manhattan", "Manhattan Store", "10011", "New York", "70 W. 10th St", "40.7346", "-73.99849"),
    ("huntington", "Long Island Store", "11743", "Huntington", "55 Gerard St,", "40.87251", "-73.429352"),
    ("berkeley", "Berkeley Store", "94705", "Berkeley", "2705 Webster St", "37.85585", "-122.25246"),
    ("sausalito", "Sausalito Store", "94965", "Sausalito", "150 Harbor Dr.", "37.867168", "-122.499367"),
    ("hq", "HQ", "10022", "New York", "909 3rd Ave", "40.7571", "-73.9657"),
];

/// Sku, name, type and price.
const PRODUCTS: &[(&str, &str, &str, i64)] = &[
    ("24-WB01", "Voyage Yoga Bag", "simple", 32),
    ("24-WB03", "Driven Backpack", "simple", 36),
    ("240-LV06", "Yoga Adventure", "downloadable", 22),
];

/// Sku, source, and how many lie there.
const COUNTS: &[(&str, &str, i64)] = &[
    ("24-WB01", "ne_wh", 35),
    ("24-WB01", "brooklyn", 10),
    ("24-WB01", "huntington", 10),
    ("24-WB01", "manhattan", 10),
    ("24-WB01", "west_wh", 15),
    ("24-WB01", "berkeley", 10),
    ("24-WB01", "sausalito", 10),
    ("24-WB03", "ne_wh", 50),
    ("24-WB03", "brooklyn", 0),
    ("24-WB03", "huntington", 0),
    ("24-WB03", "manhattan", 0),
    ("24-WB03", "west_wh", 10),
    ("24-WB03", "berkeley", 20),
    ("24-WB03", "sausalito", 20),
    ("240-LV06", "hq", 9999),
];

/// Order, invoice, source selection, two partial shipments; the order's id.
pub(super) async fn journey(shop: &mut Shop, password: &str) -> Result<i64, String> {
    shop.say("Sign in");
    let credentials = json!({"username": "admin", "password": password});
    let token = shop.post("/rest/default/V1/integration/admin/token", &credentials, "<password>").await?;
    shop.client.authorize(token.as_str().unwrap_or_default());

    shop.say("Open the shop: 8 sources, one stock, 3 products, 15 counts");
    set_up(&mut shop.client).await?;
    println!("  done\n");
    show_stock(shop).await?;

    shop.say("An order comes in: 20 backpacks, 40 yoga bags, one download, 20 % off");
    let order = shop.post("/rest/default/V1/orders", &order(), "").await?;
    let id = order["entity_id"].as_i64().ok_or("the order has no id")?;
    let item = |sku: &str| {
        let items = order["items"].as_array().cloned().unwrap_or_default();
        items.iter().find(|item| item["sku"] == sku).and_then(|item| item["item_id"].as_i64()).unwrap_or_default()
    };
    let (backpack, bag) = (item("24-WB03"), item("24-WB01"));
    shop.say("What can still be sold of the yoga bag: its 40 are held");
    shop.get("/rest/default/V1/inventory/get-product-salable-quantity/24-WB01/2").await?;

    shop.say("Invoice it: the bank transfer has arrived; the download leaves source hq");
    shop.post(&format!("/rest/default/V1/order/{id}/invoice"), &json!({"capture": true}), "").await?;

    shop.say("Ask where to ship from, by priority");
    let wanted = json!({"inventoryRequest": {"stockId": 2, "items": [
        {"sku": "24-WB01", "qty": 40}, {"sku": "24-WB03", "qty": 20}
    ]}, "algorithmCode": "priority"});
    shop.post("/rest/default/V1/inventory/source-selection-algorithm-result", &wanted, "").await?;

    shop.say("Ship what the Northeast warehouse has");
    let ship = |items: Value, source: &str, text: &str| {
        json!({"items": items, "notify": true, "comment": {"comment": text, "is_visible_on_front": 0},
            "tracks": [{"track_number": format!("TRACK-{source}"), "title": "Parcel", "carrier_code": "custom"}],
            "arguments": {"extension_attributes": {"source_code": source}}})
    };
    let path = format!("/rest/default/V1/order/{id}/ship");
    let items = json!([{"order_item_id": backpack, "qty": 20}, {"order_item_id": bag, "qty": 35}]);
    shop.post(&path, &ship(items, "ne_wh", "Shipment from the Northeast warehouse"), "").await?;

    shop.say("Ship the rest from the West warehouse");
    let items = json!([{"order_item_id": bag, "qty": 5}]);
    shop.post(&path, &ship(items, "west_wh", "Shipment from the West warehouse"), "").await?;

    shop.say("The order is complete");
    shop.get(&format!(
        "/rest/default/V1/orders/{id}?fields=increment_id,state,grand_total,total_paid,items[sku,qty_ordered,qty_shipped]"
    ))
    .await?;

    shop.say("Ask for one more: nothing is left, and that is an answer");
    let items = json!([{"order_item_id": bag, "qty": 1}]);
    shop.post_refused(&path, &ship(items, "west_wh", "One more")).await?;

    shop.say("Two yoga bags come back: the money goes, the bags go where they came from");
    let refund = json!({"items": [{"order_item_id": bag, "qty": 2}], "arguments": {"shipping_amount": 0,
        "extension_attributes": {"return_to_stock_items": [bag]}}});
    shop.post(&format!("/rest/default/V1/order/{id}/refund"), &refund, "").await?;
    show_stock(shop).await?;
    money(shop).await?;
    Ok(id)
}

/// The same with a gateway: the sandbox, which loses its first answer.
async fn money(shop: &mut Shop) -> Result<(), String> {
    shop.say("An order whose money is at the sandbox gateway; its first answer to a capture will be lost");
    let paid = json!({"entity": {"customer_email": "jdoe@example.com",
        "payment": {"method": "rehearsal", "additional_information": ["lost-after"]},
        "items": [{"sku": "24-WB01", "qty_ordered": 1, "price": 32}]}});
    let order = shop.post("/rest/default/V1/orders?fields=entity_id,payment", &paid, "").await?;
    let id = order["entity_id"].as_i64().ok_or("the order has no id")?;

    shop.say("Ship it, paid first: the gateway takes the money, and we do not hear of it");
    let ship = json!({"arguments": {"extension_attributes": {"source_code": "brooklyn", "waybill_capture": true}}});
    let path = format!("/rest/default/V1/order/{id}/ship");
    shop.client.key("demo");
    shop.post_refused(&path, &ship).await?;

    shop.say("Waybill asks again by itself; the same request with the same Idempotency-Key hears what came of it");
    let shipment = shop.wait_for(&path, &ship).await?;
    println!("   -> shipment {shipment}, shipped once and paid once:\n");
    let list = "searchCriteria[filterGroups][0][filters][0][field]=order_id\
        &searchCriteria[filterGroups][0][filters][0][value]";
    shop.get(&format!("/rest/default/V1/transactions?{list}={id}&fields=items[txn_type,txn_id],total_count")).await?;
    Ok(())
}

async fn set_up(client: &mut Client) -> Result<(), String> {
    let mut requests: Vec<(&str, Value)> = Vec::new();
    for (code, name, postcode, city, street, latitude, longitude) in SOURCES {
        requests.push((
            "/rest/default/V1/inventory/sources",
            json!({"source": {"source_code": code, "name": name, "postcode": postcode, "country_id": "US",
                "city": city, "street": street, "latitude": latitude, "longitude": longitude, "enabled": true}}),
        ));
    }
    requests.push((
        "/rest/default/V1/inventory/stocks",
        json!({"stock": {"name": "US Stock",
            "extension_attributes": {"sales_channels": [{"type": "website", "code": "base"}]}}}),
    ));
    let links: Vec<Value> = SOURCES
        .iter()
        .enumerate()
        .map(|(index, source)| json!({"source_code": source.0, "stock_id": 2, "priority": index + 1}))
        .collect();
    requests.push(("/rest/default/V1/inventory/stock-source-links", json!({ "links": links })));
    for (sku, name, kind, price) in PRODUCTS {
        requests.push((
            "/rest/default/V1/products",
            json!({"product": {"sku": sku, "name": name, "type_id": kind, "price": price, "attribute_set_id": 4}}),
        ));
    }
    let counts: Vec<Value> = COUNTS
        .iter()
        .map(|(sku, source, quantity)| json!({"sku": sku, "source_code": source, "quantity": quantity, "status": 1}))
        .collect();
    requests.push(("/rest/default/V1/inventory/source-items", json!({ "sourceItems": counts })));
    for (path, body) in requests {
        let reply = client.send(Method::POST, path, Some(body.to_string())).await?;
        if !reply.status.is_success() {
            return Err(format!("POST {path} answered {}: {}", reply.status, reply.body));
        }
    }
    Ok(())
}

fn order() -> Value {
    let address = json!({"firstname": "Jane", "lastname": "Doe", "street": ["160 1st St."], "city": "Mineola",
        "region": "New York", "region_code": "NY", "region_id": 43, "postcode": "11501", "country_id": "US",
        "telephone": "516-555-1111", "email": "jdoe@example.com"});
    json!({"entity": {
        "customer_email": "jdoe@example.com", "customer_firstname": "Jane", "customer_lastname": "Doe",
        "shipping_amount": 300, "discount_amount": -404.4, "grand_total": 1917.6,
        "items": [
            {"sku": "24-WB03", "qty_ordered": 20, "price": 36, "discount_amount": 144},
            {"sku": "24-WB01", "qty_ordered": 40, "price": 32, "discount_amount": 256},
            {"sku": "240-LV06", "qty_ordered": 1, "price": 22, "discount_amount": 4.4}
        ],
        "payment": {"method": "banktransfer"},
        "billing_address": address.clone(),
        "extension_attributes": {"shipping_assignments": [
            {"shipping": {"address": address, "method": "flatrate_flatrate"}}
        ]}
    }})
}

/// What lies where, as a table.
async fn show_stock(shop: &mut Shop) -> Result<(), String> {
    let path = "/rest/default/V1/inventory/source-items?searchCriteria";
    let reply = shop.client.send(Method::GET, path, None).await?;
    let answer: Value = serde_json::from_str(&reply.body).map_err(|error| error.to_string())?;
    println!("   {:<12}{:>10}{:>10}{:>10}", "on hand", "24-WB01", "24-WB03", "240-LV06");
    for source in SOURCES {
        let of = |sku: &str| {
            let items = answer["items"].as_array().cloned().unwrap_or_default();
            items
                .iter()
                .find(|item| item["sku"] == sku && item["source_code"] == source.0)
                .map_or_else(|| "-".to_owned(), |item| item["quantity"].to_string())
        };
        println!("   {:<12}{:>10}{:>10}{:>10}", source.0, of("24-WB01"), of("24-WB03"), of("240-LV06"));
    }
    println!();
    Ok(())
}
