//! What a door keeps of a thing beside what the engine knows of it: an object as JSON, under the door's own name among the
//! thing's extra members.

use serde::Serialize;
use serde_json::{Map, Value};
use waybill_domain::Extra;

/// What was kept under this name.
pub(crate) fn read(extra: &Extra, name: &str) -> Map<String, Value> {
    extra.get(name).and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

/// As it is kept.
pub(crate) fn write(name: &str, members: Map<String, Value>) -> Extra {
    Extra::from([(name.to_owned(), text(&Value::Object(members)))])
}

/// How long most are: an order with some lines, a shipment.
const USUAL: usize = 2_048;

/// JSON as text.
pub(crate) fn text(of: &impl Serialize) -> String {
    let mut text = Vec::with_capacity(USUAL);
    serde_json::to_writer(&mut text, of).expect("texts, numbers and what was kept as JSON make JSON");
    String::from_utf8(text).expect("JSON is written as UTF-8")
}
