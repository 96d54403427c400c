//! An order as it goes out (contract `carriyo.md`, section 5): each part is written by what it is, and what was kept of it goes
//! out as it came, so that no tree of values is made of it first.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::ser::{Error, Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;
use waybill_domain::{
    Amount, DeliveryMethod, Extra, FulfilmentOrder, FulfilmentStatus, Item, ItemId, Order, Row, RowStage,
};
use waybill_engine::store::CarriedOrder;

use super::merchant::Merchant;
use super::order::{FULFILMENT_MEMBERS, MEMBER, NOT_ALLOCATED, ORDER_MEMBERS, is_shown};
use super::shipment::error_detail;
use super::{KEPT, ids, location, words};
use crate::time::show_iso;

/// A whole order.
pub(crate) struct Shown<'a> {
    pub(crate) found: &'a CarriedOrder,
    pub(crate) merchant: &'a Merchant,
    /// How the client calls each line.
    pub(crate) lines: &'a [(ItemId, String)],
}

/// A line of it.
struct Line<'a> {
    found: &'a CarriedOrder,
    item: &'a Item,
    name: &'a str,
}

/// A fulfilment order of it.
struct Fulfilment<'a> {
    of: &'a Shown<'a>,
    fulfilment: &'a FulfilmentOrder,
}

/// A row of that.
struct RowOf<'a> {
    of: &'a Shown<'a>,
    row: &'a Row,
}

/// What was cancelled of a line.
struct Removed<'a> {
    fulfilment: &'a FulfilmentOrder,
    row: &'a Row,
}

/// A quantity or an amount: digits and perhaps a point, which is how JSON writes a number.
struct Number<T>(T);

/// A list that is made as it is written.
struct Each<F>(F);

impl<T: Display> Serialize for Number<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.to_string()).map_err(S::Error::custom)?.serialize(to)
    }
}

impl<F: Fn() -> I, I: Iterator<Item: Serialize>> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq((self.0)())
    }
}

impl Shown<'_> {
    fn name(&self, item: ItemId) -> &str {
        self.lines.iter().find(|(id, _)| *id == item).map_or("", |(_, name)| name.as_str())
    }
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Shown { found, merchant, .. } = self;
        let CarriedOrder { order, prices: _, details, consignments } = found;
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("order_id", &ids::order(order.id))?;
        map.serialize_entry("partner_order_reference", &order.number)?;
        map.serialize_entry("tenant", &merchant.tenant)?;
        map.serialize_entry("merchant", &merchant.merchant)?;
        let created = show_iso(order.created_at);
        map.serialize_entry("order_date", &created)?;
        map.serialize_entry("creation_date", &created)?;
        map.serialize_entry("update_date", &show_iso(order.updated_at))?;
        let status = order.fulfilment_status();
        map.serialize_entry("status", status.as_str())?;
        let reason = order.rows().filter_map(|(_, row)| row.reason.as_deref()).last();
        map.serialize_entry("auto_allocation_failed", &(reason == Some(NOT_ALLOCATED)))?;
        map.serialize_entry("redacted", &order.redacted_at.is_some())?;
        if status == FulfilmentStatus::Cancelled {
            map.serialize_entry("cancellation_reason", reason.unwrap_or("OTHER"))?;
        }
        kept_members(&details.extra, ORDER_MEMBERS, &mut map)?;
        let is_kept = |name: &str| details.extra.contains_key(&super::order::kept_name(name));
        for (name, address) in [("billing_address", &details.billing), ("delivery_address", &details.shipping)] {
            if let (Some(address), false) = (address, is_kept(name)) {
                map.serialize_entry(name, &location::OfAddress { address, email: &order.email })?;
            }
        }
        if !is_kept("payment") {
            let total = Number(order.grand_total.amount);
            map.serialize_entry("payment", &Total { currency: &order.currency, order_total: total })?;
        }
        let lines = || {
            let shown = order.items.iter().filter(|item| is_shown(order, item));
            shown.map(|item| Line { found, item, name: self.name(item.id) })
        };
        map.serialize_entry("line_items", &Each(lines))?;
        let fulfilments = || order.fulfilment.iter().map(|fulfilment| Fulfilment { of: self, fulfilment });
        map.serialize_entry("fulfillment_orders", &Each(fulfilments))?;
        let faults = || {
            let alive = consignments.iter().filter(|consignment| !consignment.stage.is_cancelled());
            alive.flat_map(|consignment| {
                let id = ids::shipment(consignment.id);
                consignment.faults.iter().map(move |fault| error_detail(fault, Some(&id)))
            })
        };
        map.serialize_entry("error_details", &Each(faults))?;
        map.end()
    }
}

/// What an order costs, where the client has not said more.
#[derive(serde::Serialize)]
struct Total<'a> {
    currency: &'a str,
    order_total: Number<Amount>,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Line { found: CarriedOrder { order, prices, details, .. }, item, name } = self;
        let said = details.items.get(&item.id).and_then(|extra| extra.get(KEPT));
        let said: BTreeMap<String, &RawValue> =
            said.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("id", name)?;
        map.serialize_entry("sku", item.sku.as_str())?;
        map.serialize_entry("quantity", &Number(item.ordered - item.done.canceled))?;
        for (name, json) in said.iter().filter(|(name, _)| !COMPUTED.contains(&name.as_str())) {
            map.serialize_entry(name, json)?;
        }
        if !said.contains_key("description") {
            map.serialize_entry("description", &item.name)?;
        }
        if !said.contains_key("unit_price") {
            let price = prices.get(&item.id).copied().unwrap_or(Amount::ZERO);
            map.serialize_entry("unit_price", &Number(price))?;
        }
        if !said.contains_key("digital") {
            map.serialize_entry("digital", &item.is_virtual)?;
        }
        let removed = || {
            order.fulfilment.iter().flat_map(|fulfilment| {
                let is_of = |row: &&Row| row.item == item.id && row.stage == RowStage::Cancelled;
                fulfilment.rows.iter().filter(is_of).map(move |row| Removed { fulfilment, row })
            })
        };
        map.serialize_entry("removed_quantities", &Each(removed))?;
        map.end()
    }
}

/// Members of a line that are ours to say, whatever was said of it.
const COMPUTED: &[&str] = &["id", "sku", "quantity", "removed_quantities"];

impl Serialize for Removed<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Removed { fulfilment, row } = self;
        let mut map = to.serialize_map(Some(3))?;
        map.serialize_entry("quantity", &Number(row.quantity))?;
        map.serialize_entry("cancellation_reason", row.reason.as_deref().unwrap_or("OTHER"))?;
        map.serialize_entry("date", &show_iso(row.cancelled_at.unwrap_or(fulfilment.updated_at)))?;
        map.end()
    }
}

impl Serialize for Fulfilment<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Fulfilment { of, fulfilment: found } = self;
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("fulfillment_order_id", &ids::fulfilment_order(found.id))?;
        if let Some(reference) = &found.reference {
            map.serialize_entry("partner_fulfillment_order_reference", reference)?;
        }
        map.serialize_entry("status", found.status().as_str())?;
        if let Some(code) = &found.location {
            map.serialize_entry("location_id", &code.0)?;
            map.serialize_entry("fulfillment_location", &location::of_code(&code.0))?;
        }
        map.serialize_entry("delivery_method", method_word(found.method))?;
        kept_members(&found.extra, FULFILMENT_MEMBERS, &mut map)?;
        map.serialize_entry("creation_date", &show_iso(found.created_at))?;
        map.serialize_entry("update_date", &show_iso(found.updated_at))?;
        map.serialize_entry("line_items", &Each(|| found.rows.iter().map(|row| RowOf { of, row })))?;
        map.end()
    }
}

impl Serialize for RowOf<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let RowOf { of, row } = self;
        let order: &Order = &of.found.order;
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("id", of.name(row.item))?;
        map.serialize_entry("sku", order.item(row.item).map_or("", |item| item.sku.as_str()))?;
        map.serialize_entry("quantity", &Number(row.quantity))?;
        map.serialize_entry("status", words::stage_word(row.stage))?;
        if let Some(shipment) = row.shipment {
            map.serialize_entry("fulfillment_id", &ids::fulfilment(shipment))?;
        }
        if let Some(reference) = &row.reference {
            map.serialize_entry("partner_fulfillment_reference", reference)?;
        }
        map.serialize_entry("shipment_ids", &Each(|| row.consignments.iter().map(|id| ids::shipment(*id))))?;
        if let Some(reason) = &row.reason {
            map.serialize_entry("cancellation_reason", reason)?;
        }
        map.end()
    }
}

/// Those of these members that were kept, each under a name of its own.
fn kept_members<M: SerializeMap>(extra: &Extra, members: &[&str], map: &mut M) -> Result<(), M::Error> {
    for (name, json) in extra {
        let Some(name) = name.strip_prefix(MEMBER).filter(|name| members.contains(name)) else { continue };
        if let Ok(json) = serde_json::from_str::<&RawValue>(json) {
            map.serialize_entry(name, json)?;
        }
    }
    Ok(())
}

/// A delivery method on the wire.
fn method_word(method: DeliveryMethod) -> &'static str {
    match method {
        DeliveryMethod::Delivery => "DELIVERY",
        DeliveryMethod::Collection => "COLLECTION",
        DeliveryMethod::Digital => "DIGITAL",
    }
}
