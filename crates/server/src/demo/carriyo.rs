//! The demonstration in Carriyo's language: an order that is split over two locations, goods that three carriers
//! take, and an order that closes when all of them have arrived.

use hyper::Method;
use serde_json::{Value, json};
use waybill_engine::store::Location;

use super::Shop;
use crate::verify;

/// Sku, name and price.
const PRODUCTS: &[(&str, &str, i64)] = &[("24-WB01", "Voyage Yoga Bag", 32), ("24-WB03", "Driven Backpack", 36)];

/// The two warehouses: name, place, street, and where.
const LOCATIONS: &[(&str, &str, &str, &str, &str, &str)] = &[
    ("ne_wh", "Northeast Warehouse", "07306", "Jersey City", "NJ", "645 Newark Ave."),
    ("west_wh", "West Warehouse", "95207", "Stockton", "CA", "7554 Pacific Ave"),
];

/// An order from two locations, with three carriers, until it is closed. The client's token.
pub(super) async fn journey(
    shop: &mut Shop,
    client: &Value,
    token: &str,
    database: &Location,
) -> Result<String, String> {
    shop.say("Open the shop: 2 products, 2 locations, made through the Magento door, as Carriyo makes them elsewhere");
    shop.client.authorize(token);
    set_up(shop).await?;
    println!("  done\n");

    let day = sign_in(shop, client).await?;

    shop.say("Somebody has counted: 40 yoga bags and 5 backpacks in the Northeast, 20 backpacks in the West");
    let set = |product: &str, location: &str, count: i64| json!({"type": "SET", "product_id": product, "location_id": location, "on_hand": count});
    let counted = json!({"request_id": "count-1", "events": [
        set("24-WB01", "ne_wh", 40), set("24-WB03", "ne_wh", 5), set("24-WB03", "west_wh", 20)]});
    shop.post("/carriyo/inventory/events", &counted, "").await?;

    shop.say("Accounts with carriers: the shop's own van, UPS, which the West books itself, and the built-in sandbox");
    for (id, name, carrier) in
        [("act_van", "Our van", "OWN"), ("act_ups", "UPS of the West", "UPS"), ("act_box", "Sandbox", "REHEARSAL")]
    {
        let account = json!({"carrier_account_id": id, "carrier_account_name": name, "carrier": carrier});
        shop.post("/carriyo/carrier-accounts", &account, "").await?;
    }

    shop.say("An order comes in: 3 yoga bags, 2 backpacks; it says that the Northeast fulfils all of it");
    let order = shop.act("/carriyo/orders", &order(), in_short).await?;
    let id = text(&order["order_id"])?;
    let first = text(&order["fulfillment_orders"][0]["fulfillment_order_id"])?;
    let path = |fulfilment: &str, act: &str| format!("/carriyo/orders/{id}/fulfillment-orders/{fulfilment}/{act}");
    show_stock(shop).await?;

    shop.say("The backpacks shall come from the West: they get a fulfilment order of their own");
    let split = json!({"location_id": "west_wh", "line_items": [{"id": "backpack", "quantity": 2}]});
    let order = shop.act(&path(&first, "split"), &split, in_short).await?;
    let second = text(&order["fulfillment_orders"][1]["fulfillment_order_id"])?;

    shop.say("Ship more than there is: refused, and nothing has happened");
    let many = json!({"line_items": [{"id": "bag", "quantity": 4}]});
    shop.post_refused(&path(&first, "ship"), &many).await?;

    shop.say("Ship two bags with the van, in two parcels: booked at once; the goods still lie where they lay");
    let parcel = json!({"weight": {"value": 0.9, "unit": "kg"},
        "dimension": {"width": 60, "height": 20, "depth": 40, "unit": "cm"},
        "parcel_items": [{"sku": "24-WB01", "quantity": 1}]});
    let ship = json!({"line_items": [{"id": "bag", "quantity": 2}], "carrier_account": {"carrier_id": "act_van"},
        "parcels": [parcel, parcel]});
    let order = shop.act(&path(&first, "ship"), &ship, in_short).await?;
    let van = newest(&order)?;
    shop.look(&format!("/carriyo/shipments/{van}"), shipment).await?;
    show_stock(shop).await?;

    shop.say("Ship the third with the sandbox: it is asked in the background, and answers with a number");
    let ship = json!({"line_items": [{"id": "bag", "quantity": 1}], "carrier_account": {"carrier_id": "act_box"}});
    let order = shop.act(&path(&first, "ship"), &ship, in_short).await?;
    let sandbox = newest(&order)?;
    booked(shop, &sandbox).await?;

    shop.say("The West has packed, and booked UPS itself: fulfilled, so its goods leave the stock");
    let fulfil = json!({"line_items": [{"id": "backpack", "quantity": 2}], "partner_fulfillment_reference": "WEST-77",
        "pre_booking_info": {"input_carrier": "UPS", "carrier_tracking_no": "1Z999AA10123456784"}});
    let order = shop.act(&path(&second, "fulfill"), &fulfil, in_short).await?;
    let ups = newest(&order)?;
    show_stock(shop).await?;

    shop.say("The van has left, and its bags with it; a shipment that is on its way cannot be cancelled");
    shop.act(&status_of(&van), &json!({"new_status": "shipped"}), shipment).await?;
    shop.post_refused(&format!("/carriyo/shipments/{van}/cancel"), &json!({})).await?;

    shop.say("The others have left too, and all arrive");
    for id in [&sandbox, &ups] {
        shop.act(&status_of(id), &json!({"new_status": "shipped"}), shipment).await?;
    }
    for id in [&van, &sandbox, &ups] {
        shop.act(&status_of(id), &json!({"new_status": "delivered"}), shipment).await?;
    }

    shop.say("Everything has arrived: the order is closed");
    shop.look("/carriyo/orders/WEB-1001?key=partner_order_reference", in_short).await?;
    shop.get("/carriyo/inventory/product-id/24-WB03").await?;
    show_stock(shop).await?;

    shop.say("Add it all up again");
    println!("   $ waybill verify --money");
    let database = database.clone();
    let verified = tokio::task::spawn_blocking(move || verify::verify(&database, true));
    if verified.await.map_err(|error| error.to_string())?? != std::process::ExitCode::SUCCESS {
        return Err("something does not add up, which the demonstration did not expect".to_owned());
    }
    println!();
    Ok(day)
}

async fn set_up(shop: &mut Shop) -> Result<(), String> {
    let mut requests: Vec<(&str, Value)> = Vec::new();
    for (code, name, postcode, city, region, street) in LOCATIONS {
        requests.push((
            "/rest/V1/inventory/sources",
            json!({"source": {"source_code": code, "name": name, "postcode": postcode, "country_id": "US",
                "city": city, "region": region, "street": street, "enabled": true}}),
        ));
    }
    requests.push((
        "/rest/V1/inventory/stocks",
        json!({"stock": {"name": "US Stock",
            "extension_attributes": {"sales_channels": [{"type": "website", "code": "base"}]}}}),
    ));
    let links: Vec<Value> = (1_i64..)
        .zip(LOCATIONS)
        .map(|(priority, location)| json!({"source_code": location.0, "stock_id": 2, "priority": priority}))
        .collect();
    requests.push(("/rest/V1/inventory/stock-source-links", json!({ "links": links })));
    for (sku, name, price) in PRODUCTS {
        requests.push((
            "/rest/V1/products",
            json!({"product": {"sku": sku, "name": name, "type_id": "simple", "price": price, "attribute_set_id": 4}}),
        ));
    }
    for (path, body) in requests {
        let reply = shop.client.send(Method::POST, path, Some(body.to_string())).await?;
        if !reply.status.is_success() {
            return Err(format!("POST {path} answered {}: {}", reply.status, reply.body));
        }
    }
    Ok(())
}

/// A client's id and secret become a token for a day, which goes out with key and tenant from now on.
async fn sign_in(shop: &mut Shop, client: &Value) -> Result<String, String> {
    shop.say("A client of this door; its secret is exchanged for a token that lives for a day");
    let shown = json!({"base": client["base"], "tenant_id": client["tenant_id"], "merchant": client["merchant"],
        "api_key": "<key>", "client_id": client["client_id"], "client_secret": "<secret>"});
    println!("   $ waybill credential create --dialect carriyo --name demo\n   {shown}\n");
    let ask = json!({"client_id": client["client_id"], "client_secret": client["client_secret"]});
    let signed = shop.post("/carriyo/oauth/token", &ask, "<secret>").await?;
    let token = text(&signed["access_token"])?;
    shop.client.authorize(&token);
    shop.client.header("x-api-key", &text(&client["api_key"])?);
    shop.client.header("tenant-id", &text(&client["tenant_id"])?);
    Ok(token)
}

fn order() -> Value {
    let place = json!({"contact_name": "Jane Doe", "contact_phone": "+15165551111", "contact_email": "jdoe@example.com",
        "address1": "160 1st St.", "city": "Mineola", "state": "NY", "postcode": "11501", "country": "US"});
    json!({
        "merchant": "DEFAULT", "partner_order_reference": "WEB-1001", "delivery_address": place,
        "payment": {"currency": "USD", "order_total": 168},
        "line_items": [
            {"id": "bag", "sku": "24-WB01", "description": "Voyage Yoga Bag", "quantity": 3, "unit_price": 32},
            {"id": "backpack", "sku": "24-WB03", "description": "Driven Backpack", "quantity": 2, "unit_price": 36}
        ],
        "fulfillment_orders": [{"partner_fulfillment_order_reference": "WEB-1001-1", "location_id": "ne_wh",
            "line_items": [{"id": "bag", "quantity": 3}, {"id": "backpack", "quantity": 2}]}]
    })
}

fn status_of(shipment: &str) -> String {
    format!("/carriyo/shipments/{shipment}/update-status")
}

fn text(value: &Value) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| "an answer lacks what the next request needs".to_owned())
}

/// The shipment that was made last.
fn newest(order: &Value) -> Result<String, String> {
    let rows =
        order["fulfillment_orders"].as_array().into_iter().flatten().filter_map(|one| one["line_items"].as_array());
    let ids = rows.flatten().filter_map(|row| row["shipment_ids"].as_array()).flatten();
    let newest = ids.filter_map(Value::as_str).max();
    newest.map(str::to_owned).ok_or_else(|| "the order has no shipment".to_owned())
}

/// Looks at a shipment until its carrier has answered.
async fn booked(shop: &mut Shop, id: &str) -> Result<(), String> {
    let path = format!("/carriyo/shipments/{id}");
    for _ in 0..100 {
        let reply = shop.client.send(Method::GET, &path, None).await?;
        let answer: Value = serde_json::from_str(&reply.body).map_err(|_| format!("{path}: {}", reply.body))?;
        if answer["post_shipping_info"]["status"] != "pending" {
            shop.look(&path, shipment).await?;
            return Ok(());
        }
        // Nobody tells a client when a carrier has answered: it asks again.
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    Err(format!("the carrier of {path} does not answer, which the demonstration did not expect"))
}

/// Where an order stands.
fn in_short(order: &Value) -> Value {
    let row = |row: &Value| {
        let shipments = row["shipment_ids"].as_array().filter(|ids| !ids.is_empty());
        let mut short = json!({"id": row["id"], "quantity": row["quantity"], "status": row["status"]});
        if let Some(ids) = shipments {
            short["shipment_ids"] = json!(ids);
        }
        short
    };
    let fulfilment = |one: &Value| {
        let rows: Vec<Value> = one["line_items"].as_array().into_iter().flatten().map(row).collect();
        json!({"fulfillment_order_id": one["fulfillment_order_id"], "location_id": one["location_id"],
            "status": one["status"], "line_items": rows})
    };
    let all: Vec<Value> = order["fulfillment_orders"].as_array().into_iter().flatten().map(fulfilment).collect();
    json!({"order_id": order["order_id"], "status": order["status"], "fulfillment_orders": all})
}

/// Where a shipment stands.
fn shipment(shipment: &Value) -> Value {
    let parcels = shipment["parcels"].as_array().map_or(1, Vec::len);
    let info = &shipment["post_shipping_info"];
    let mut short = json!({"shipment_id": shipment["shipment_id"],
        "partner_shipment_reference": shipment["references"]["partner_shipment_reference"], "parcels": parcels,
        "status": info["status"]});
    if info["tracking_no"].is_string() {
        short["tracking_no"] = info["tracking_no"].clone();
    }
    short
}

/// What there is, as a table.
async fn show_stock(shop: &mut Shop) -> Result<(), String> {
    println!("   {:<12}{:<12}{:>10}{:>10}{:>10}", "inventory", "location", "on hand", "reserved", "available");
    for (sku, ..) in PRODUCTS {
        let reply = shop.client.send(Method::GET, &format!("/carriyo/inventory/product-id/{sku}"), None).await?;
        let answer: Value = serde_json::from_str(&reply.body).map_err(|error| error.to_string())?;
        for level in answer["locations"].as_array().into_iter().flatten() {
            let of = |name: &str| level[name].to_string();
            let location = level["location_id"].as_str().unwrap_or_default();
            println!("   {sku:<12}{location:<12}{:>10}{:>10}{:>10}", of("on_hand"), of("reserved"), of("available"));
        }
    }
    println!();
    Ok(())
}
