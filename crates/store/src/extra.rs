//! What doors want to see again, as JSON text in a column.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use waybill_domain::{Extra, ItemId};

/// An object of what each name stands for.
pub(crate) fn write(extra: &Extra) -> String {
    if extra.is_empty() {
        return "{}".to_owned();
    }
    let raw: BTreeMap<&str, &RawValue> = extra
        .iter()
        .filter_map(|(name, json)| serde_json::from_str::<&RawValue>(json).ok().map(|raw| (name.as_str(), raw)))
        .collect();
    serde_json::to_string(&raw).expect("names and JSON texts make a JSON object")
}

/// Reads what [`write`] wrote.
pub(crate) fn read(text: &str) -> Extra {
    if text == "{}" {
        return Extra::new();
    }
    let raw: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text).unwrap_or_default();
    raw.into_iter().map(|(name, json)| (name, json.get().to_owned())).collect()
}

/// The extras of an order's lines, by item id; lines without any are left out.
pub(crate) fn write_items(items: &BTreeMap<ItemId, Extra>) -> String {
    let parts: Vec<String> = items
        .iter()
        .filter(|(_, extra)| !extra.is_empty())
        .map(|(item, extra)| format!("\"{item}\":{}", write(extra)))
        .collect();
    format!("{{{}}}", parts.join(","))
}

/// Reads what [`write_items`] wrote.
pub(crate) fn read_items(text: &str) -> BTreeMap<ItemId, Extra> {
    let raw: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text).unwrap_or_default();
    raw.into_iter().filter_map(|(item, json)| item.parse().ok().map(|item| (ItemId(item), read(json.get())))).collect()
}
