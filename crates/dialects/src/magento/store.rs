//! Websites, groups and store views, for clients that look around first.

use serde_json::{Value, json};
use waybill_domain::{Places, Store, Website};

use super::{Answer, Ask, Stop};

async fn all(ask: &Ask) -> Result<Places, Stop> {
    ask.read(|view, tenant| view.places(tenant)).await
}

/// Websites; each has one group, with the same id.
pub(crate) async fn websites(ask: Ask) -> Answer {
    let places = all(&ask).await?;
    Ok(places
        .websites
        .values()
        .map(|website| {
            json!({"id": website.id.0, "code": website.code, "name": website.name, "default_group_id": website.id.0})
        })
        .collect())
}

/// Store views.
pub(crate) async fn store_views(ask: Ask) -> Answer {
    let places = all(&ask).await?;
    Ok(places
        .stores
        .values()
        .map(|store| {
            json!({
                "id": store.id.0,
                "code": store.code,
                "name": store.name,
                "website_id": store.website.0,
                "store_group_id": store.website.0,
                "is_active": 1,
            })
        })
        .collect())
}

/// Groups: one for each website.
pub(crate) async fn store_groups(ask: Ask) -> Answer {
    let places = all(&ask).await?;
    Ok(places.websites.values().map(|website| group(&places, website)).collect())
}

fn group(places: &Places, website: &Website) -> Value {
    let first = places.stores.values().find(|store| store.website == website.id);
    json!({
        "id": website.id.0,
        "website_id": website.id.0,
        "root_category_id": if website.id.0 == 0 { 0 } else { 2 },
        "default_store_id": first.map_or(0, |store| store.id.0),
        "name": first.map_or("", |store| store.group.as_str()),
        "code": if website.id.0 == 0 { "default".to_owned() } else { format!("{}_website_store", website.code) },
    })
}

/// How store views are set up; those that are asked for, or all but the admin's.
pub(crate) async fn store_configs(ask: Ask) -> Answer {
    let wanted = ask.values().texts("store_codes");
    let places = all(&ask).await?;
    Ok(places
        .stores
        .values()
        .filter(|store| if wanted.is_empty() { store.id.0 != 0 } else { wanted.contains(&store.code) })
        .map(|store| config(&ask, &places, store))
        .collect())
}

fn config(ask: &Ask, places: &Places, store: &Store) -> Value {
    let base = format!("{}/", ask.settings().base_url.trim_end_matches('/'));
    let currency = places.websites.get(&store.website).map_or("USD", |website| website.currency.as_str());
    json!({
        "id": store.id.0,
        "code": store.code,
        "website_id": store.website.0,
        "locale": store.locale,
        "base_currency_code": currency,
        "default_display_currency_code": store.currency,
        "timezone": "UTC",
        "weight_unit": "lbs",
        "base_url": base,
        "base_link_url": base,
        "base_static_url": format!("{base}static/"),
        "base_media_url": format!("{base}media/"),
        "secure_base_url": base,
        "secure_base_link_url": base,
        "secure_base_static_url": format!("{base}static/"),
        "secure_base_media_url": format!("{base}media/"),
    })
}
