//! What a door keeps of a thing beside what the engine knows of it: an object as JSON, under the door's own name among the
//! thing's extra members.

use serde_json::{Map, Value};
use waybill_domain::Extra;

/// What was kept under this name.
pub(crate) fn read(extra: &Extra, name: &str) -> Map<String, Value> {
    extra.get(name).and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

/// As it is kept.
pub(crate) fn write(name: &str, members: Map<String, Value>) -> Extra {
    let json = serde_json::to_string(&members).expect("an object of values is JSON");
    Extra::from([(name.to_owned(), json)])
}
