//! Places and people as this door writes them (contract `carriyo.md`, section 5, "location object").

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};
use waybill_domain::{Address, DraftAddress, Source};

use super::body::{LONGEST_REFERENCE, LONGEST_TEXT, Object};

/// Reads an address; what else it says is kept as it came.
pub(crate) fn draft(location: &Object<'_>) -> DraftAddress {
    let text = |name: &str| location.filled(name, LONGEST_TEXT);
    let name = text("contact_name").unwrap_or_default();
    let (firstname, lastname) = name.trim().split_once(' ').unwrap_or((name.trim(), ""));
    location.filled("partner_location_code", LONGEST_REFERENCE);
    location.text("notes", LONGEST_TEXT);
    location.kept_whole();
    DraftAddress {
        firstname: firstname.to_owned(),
        lastname: lastname.trim().to_owned(),
        company: text("company_name"),
        street: ["address1", "address2"].into_iter().filter_map(text).collect(),
        city: text("city").unwrap_or_default(),
        region: text("state"),
        postcode: text("postcode").unwrap_or_default(),
        country: text("country").unwrap_or_default(),
        telephone: text("contact_phone"),
        email: text("contact_email"),
        ..DraftAddress::default()
    }
}

/// An address that came in by another door, with the e-mail of its order.
pub(crate) struct OfAddress<'a> {
    pub(crate) address: &'a Address,
    pub(crate) email: &'a str,
}

impl Serialize for OfAddress<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let OfAddress { address, email } = self;
        let mut map = to.serialize_map(None)?;
        let mut say = |name: &str, text: &str| match text {
            "" => Ok(()),
            text => map.serialize_entry(name, text),
        };
        say("contact_name", format!("{} {}", address.firstname, address.lastname).trim())?;
        say("contact_phone", address.telephone.as_deref().unwrap_or(""))?;
        say("contact_email", address.email.as_deref().unwrap_or(email))?;
        say("company_name", address.company.as_deref().unwrap_or(""))?;
        say("address1", address.street.first().map_or("", String::as_str))?;
        say("address2", &address.street.get(1..).unwrap_or_default().join(", "))?;
        say("city", &address.city)?;
        say("state", address.region.as_deref().unwrap_or(""))?;
        say("postcode", &address.postcode)?;
        say("country", &address.country)?;
        map.end()
    }
}

/// A source as the place that a parcel is collected from.
pub(crate) fn of_source(source: &Source) -> Value {
    let mut map = Map::new();
    let mut say = |name: &str, text: Option<&str>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            map.insert(name.to_owned(), text.into());
        }
    };
    say("partner_location_id", Some(&source.code.0));
    say("partner_location_code", Some(&source.code.0));
    say("partner_location_name", Some(&source.name));
    say("contact_name", source.contact_name.as_deref());
    say("contact_phone", source.phone.as_deref());
    say("contact_email", source.email.as_deref());
    say("address1", source.street.as_deref());
    say("city", source.city.as_deref());
    say("state", source.region.as_deref());
    say("postcode", Some(&source.postcode));
    say("country", Some(&source.country));
    Value::Object(map)
}

/// A place of which only its code is known.
pub(crate) fn of_code(code: &str) -> Value {
    json!({"partner_location_id": code, "partner_location_code": code})
}
