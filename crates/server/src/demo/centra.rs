//! The demonstration in Centra's language: an order that is split, money that is taken before anything leaves, and a
//! card that is declined.

use hyper::Method;
use serde_json::{Value, json};
use waybill_bench::Client;
use waybill_engine::store::Location;

use super::Shop;
use crate::verify;

/// Sku, name and price.
const PRODUCTS: &[(&str, &str, i64)] = &[("24-WB01", "Voyage Yoga Bag", 32), ("24-WB03", "Driven Backpack", 36)];

/// What the client is let in with: the plugin's base and key, and a token for the other door.
pub(super) struct Keys<'a> {
    pub(super) base: &'a str,
    pub(super) key: &'a str,
    pub(super) token: &'a str,
}

/// An order in two parcels, another whose card is declined, and a look at both from outside.
pub(super) async fn journey(shop: &mut Shop, keys: &Keys<'_>, database: &Location) -> Result<(), String> {
    let Keys { base, key, token } = keys;
    shop.say("Open the shop: 2 products, made through the Magento door, as Centra's API has no words for that");
    shop.client.authorize(token);
    set_up(&mut shop.client).await?;
    println!("  done\n");

    shop.say("A key for the warehouse, with an address of its own");
    println!(
        "   $ waybill credential create --dialect centra --name demo\n   {{\"base\":\"{base}\",\"key\":\"<key>\"}}\n"
    );
    shop.client.authorize(key);

    shop.say("Somebody has counted: 40 yoga bags, 20 backpacks");
    let counts = json!({"products": [{"product": "24-WB01", "quantity": 40}, {"product": "24-WB03", "quantity": 20}]});
    shop.post(&format!("{base}/stock"), &counts, "").await?;
    show_stock(shop, base).await?;

    shop.say(
        "An order comes in: 3 yoga bags, 1 backpack, 10 for shipping; the money is set aside at the sandbox gateway",
    );
    let products = json!([{"sku": "24-WB01", "qty": 3}, {"sku": "24-WB03", "qty": 1}]);
    let number = take(shop, base, &order(products, json!({"method": "card", "status": 1, "amount": 142}))).await?;
    let seen = shop
        .look(&format!("{base}/orders?order={number}"), |answer| {
            let order = &answer["orders"][0];
            let lines = of_each(&order["products"], &["lineId", "sku", "qty", "price"]);
            json!({"orderStatus": order["orderStatus"], "grandTotalValue": order["grandTotalValue"], "products": lines})
        })
        .await?;
    let (bags, backpack) = (line(&seen, "24-WB01")?, line(&seen, "24-WB03")?);

    shop.say("Two of the bags are packed; their money is taken first, and the order's shipping with it");
    let path = format!("{base}/shipments");
    let first =
        shop.post(&path, &json!({"order": number, "products": {&bags: 2}, "gtg": true, "capture": true}), "").await?;

    shop.say("What is good to go, for whoever loads the truck");
    shop.look(&path, |answer| {
        let shipment = &answer["shipments"][0];
        let lines = of_each(&shipment["products"], &["lineId", "sku", "qty"]);
        json!({"shipmentId": shipment["shipmentId"], "paid": shipment["paid"], "products": lines})
    })
    .await?;
    shop.say("Nothing has left yet: as many bags lie there, three of them are spoken for");
    show_stock(shop, base).await?;

    shop.say("The parcel is on its way: it gets its tracking number, and its bags leave the stock");
    let parcel = json!({"order": number, "shipment": first["shipment"], "carrier": "UPS", "service": "Ground",
        "tracking": "1Z999AA10123456784"});
    shop.put(&format!("{base}/shipment"), &parcel).await?;

    shop.say(
        "The rest in one request: pay, pack and send. Shipping was paid with the first parcel and is not taken again",
    );
    let rest = json!({"order": number, "products": {&bags: 1, &backpack: 1}, "gtg": true, "shipped": true,
        "deductPreviousCosts": true, "carrier": "UPS", "service": "Ground", "tracking": "1Z999AA10123456785"});
    shop.post(&path, &rest, "").await?;

    shop.say("The order is complete (status 4)");
    shop.look(&format!("{base}/orders?order={number}"), |answer| {
        let order = &answer["orders"][0];
        let parcels = of_each(&order["shipments"], &["shipmentId", "carrier", "trackingId"]);
        json!({"orderStatus": order["orderStatus"], "shipments": parcels})
    })
    .await?;

    shop.say("Another order; its card will be declined when the money is asked for");
    let products = json!([{"sku": "24-WB01", "qty": 1}]);
    let auth = json!({"method": "card", "status": 1, "amount": 42, "response": "decline"});
    let declined = take(shop, base, &order(products, auth)).await?;
    let seen = shop
        .look(&format!("{base}/orders?order={declined}"), |answer| {
            let order = &answer["orders"][0];
            let lines = of_each(&order["products"], &["lineId", "sku", "qty"]);
            json!({"orderStatus": order["orderStatus"], "products": lines})
        })
        .await?;

    shop.say("Ship it: declined, so there is no shipment, and nothing leaves unpaid");
    let ask = json!({"order": declined, "products": {line(&seen, "24-WB01")?: 1}, "gtg": true, "shipped": true});
    shop.post_refused(&path, &ask).await?;
    shop.get(&format!("{path}?order={declined}")).await?;

    shop.say("What is left: 3 bags and 1 backpack have gone, and 1 bag waits for a better card");
    show_stock(shop, base).await?;
    shop.client.authorize(token);
    other_door(shop).await?;

    shop.say("Add it all up again");
    println!("   $ waybill verify --money");
    let database = database.clone();
    let verified = tokio::task::spawn_blocking(move || verify::verify(&database, true));
    if verified.await.map_err(|error| error.to_string())?? != std::process::ExitCode::SUCCESS {
        return Err("something does not add up, which the demonstration did not expect".to_owned());
    }
    println!();
    Ok(())
}

/// The first order as another system sees it, which speaks Magento.
async fn other_door(shop: &mut Shop) -> Result<(), String> {
    shop.say(
        "The first order through the Magento door: the same order, its two parcels, and what the gateway was asked",
    );
    let fields = "increment_id,state,grand_total,total_paid,items[sku,qty_ordered,qty_invoiced,qty_shipped]";
    shop.get(&format!("/rest/V1/orders/1?fields={fields}")).await?;
    let of_order = "searchCriteria[filterGroups][0][filters][0][field]=order_id\
        &searchCriteria[filterGroups][0][filters][0][value]=1";
    let fields = "items[increment_id,total_qty,tracks[carrier_code,title,track_number]],total_count";
    shop.get(&format!("/rest/V1/shipments?{of_order}&fields={fields}")).await?;
    shop.get(&format!("/rest/V1/transactions?{of_order}&fields=items[txn_type,txn_id],total_count")).await?;
    Ok(())
}

async fn set_up(client: &mut Client) -> Result<(), String> {
    for (sku, name, price) in PRODUCTS {
        let stock = json!({"stock_item": {"qty": 0, "is_in_stock": true}});
        let product = json!({"product": {"sku": sku, "name": name, "type_id": "simple", "price": price,
            "attribute_set_id": 4, "extension_attributes": stock}});
        let reply = client.send(Method::POST, "/rest/V1/products", Some(product.to_string())).await?;
        if !reply.status.is_success() {
            return Err(format!("POST /rest/V1/products answered {}: {}", reply.status, reply.body));
        }
    }
    Ok(())
}

fn order(products: Value, auth: Value) -> Value {
    json!({
        "address": {"email": "jdoe@example.com", "firstName": "Jane", "lastName": "Doe", "address": "160 1st St.",
            "zipcode": "11501", "city": "Mineola", "state": "NY", "country": "US"},
        "products": products, "shippingList": "standard", "shippingValue": 10,
        "payment": {"id": "rehearsal", "auth": auth}
    })
}

/// Sends an order; its number.
async fn take(shop: &mut Shop, base: &str, order: &Value) -> Result<i64, String> {
    let taken = shop.post(&format!("{base}/order"), order, "").await?;
    taken["orders"][0].as_i64().ok_or_else(|| "the order has no number".to_owned())
}

/// The line of an order that is of this sku: what shipments name it by.
fn line(answer: &Value, sku: &str) -> Result<String, String> {
    let lines = answer["orders"][0]["products"].as_array();
    let line = lines.and_then(|lines| lines.iter().find(|line| line["sku"] == sku));
    let line = line.and_then(|line| line["lineId"].as_str());
    line.map(str::to_owned).ok_or_else(|| format!("the order has no line of {sku}"))
}

/// Some members of each of a list.
fn of_each(list: &Value, members: &[&str]) -> Value {
    let some = |one: &Value| members.iter().map(|name| ((*name).to_owned(), one[*name].clone())).collect();
    list.as_array().map_or(Value::Null, |list| list.iter().map(some).map(Value::Object).collect())
}

/// What there is, as a table.
async fn show_stock(shop: &mut Shop, base: &str) -> Result<(), String> {
    let reply = shop.client.send(Method::GET, &format!("{base}/stock"), None).await?;
    let answer: Value = serde_json::from_str(&reply.body).map_err(|error| error.to_string())?;
    println!("   {:<12}{:>10}{:>10}{:>10}", "stock", "physical", "allocated", "available");
    for product in answer["products"].as_array().into_iter().flatten() {
        let of = |name: &str| product[name].to_string();
        let sku = product["sku"].as_str().unwrap_or_default();
        println!("   {sku:<12}{:>10}{:>10}{:>10}", of("physicalStock"), of("allocatedStock"), of("availableStock"));
    }
    println!();
    Ok(())
}
