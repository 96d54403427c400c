//! Sources, stocks and links (contract 10.1).

use serde_json::{Value, json};
use waybill_domain::{Amount, Command, Link, Outcome, Places, Source, SourceCode, SourceField, Stock, StockId};

use super::taken::{Taken, number};
use super::wire::criteria::Criteria;
use super::wire::fault::{Entry, Fault};
use super::{Answer, Ask, Stop, words};

async fn all(ask: &Ask) -> Result<Places, Stop> {
    ask.read(|view, tenant| view.places(tenant)).await
}

fn listed(criteria: &Criteria, all: Vec<Value>) -> Answer {
    let (items, total) = criteria.select(all)?;
    Ok(json!({"items": items, "search_criteria": criteria.echo(), "total_count": total}))
}

/// Sources that match; without criteria all.
pub(crate) async fn sources(ask: Ask) -> Answer {
    let criteria = Criteria::read(ask.raw())?.unwrap_or_default();
    let places = all(&ask).await?;
    listed(&criteria, places.sources.values().map(object).collect())
}

/// One source.
pub(crate) async fn source(ask: Ask) -> Answer {
    let code = ask.values().text("source_code").unwrap_or_default();
    let places = all(&ask).await?;
    let found = places.sources.get(&SourceCode(code.clone()));
    Ok(found
        .map(object)
        .ok_or_else(|| Fault::named(404, "Source with code \"%value\" does not exist.", &[("value", &code)]))?)
}

/// The sources of a stock by priority; of an unknown stock there are none.
pub(crate) async fn sources_of_stock(ask: Ask) -> Answer {
    let stock = StockId(ask.values().int("stock_id").unwrap_or(0));
    let places = all(&ask).await?;
    Ok(places.sources_of(stock).into_iter().map(object).collect())
}

fn object(source: &Source) -> Value {
    let degrees = |millionths: i64| {
        let text = format!(
            "{}{}.{:06}",
            if millionths < 0 { "-" } else { "" },
            millionths.abs() / 1_000_000,
            millionths.abs() % 1_000_000
        );
        number(text)
    };
    let carriers: Vec<Value> = source
        .carriers
        .iter()
        .map(|(carrier, position)| json!({"carrier_code": carrier, "position": position}))
        .collect();
    json!({
        "source_code": source.code.0,
        "name": source.name,
        "email": source.email,
        "contact_name": source.contact_name,
        "enabled": source.enabled,
        "description": source.description,
        "latitude": source.position.map(|position| degrees(position.latitude)),
        "longitude": source.position.map(|position| degrees(position.longitude)),
        "country_id": source.country,
        "region_id": source.region_id,
        "region": source.region,
        "city": source.city,
        "street": source.street,
        "postcode": source.postcode,
        "phone": source.phone,
        "fax": source.fax,
        "use_default_carrier_config": source.default_carriers,
        "carrier_links": carriers,
        "extension_attributes": {
            "is_pickup_location_active": source.pickup,
            "frontend_name": source.pickup_name.as_deref().unwrap_or(&source.name),
            "frontend_description": source.pickup_description,
        },
    })
}

/// Creates or changes a source; one that the path names is meant whatever the body says.
pub(crate) async fn save_source(ask: Ask) -> Answer {
    let values = ask.values();
    let source = values.object("source").expect("it is required");
    let code = values.text("source_code").or_else(|| source.text("source_code")).unwrap_or_default();
    let fields = source_fields(&source)?;
    let command = Command::SaveSource { code: SourceCode(code), fields };
    ask.execute(command, words::inventory).await?;
    Ok(json!([]))
}

fn source_fields(source: &Taken<'_>) -> Result<Vec<SourceField>, Fault> {
    let mut fields = Vec::new();
    let text = |name: &str| source.text(name);
    fields.extend(text("name").map(SourceField::Name));
    fields.extend(source.flag("enabled").map(SourceField::Enabled));
    fields.extend(text("country_id").map(SourceField::Country));
    fields.extend(text("postcode").map(SourceField::Postcode));
    fields.extend(text("region").map(|text| SourceField::Region(Some(text))));
    fields.extend(source.int("region_id").map(|id| SourceField::RegionId(Some(id))));
    fields.extend(text("city").map(|text| SourceField::City(Some(text))));
    fields.extend(text("street").map(|text| SourceField::Street(Some(text))));
    fields.extend(degrees(source, "latitude", 90)?.map(|at| SourceField::Latitude(Some(at))));
    fields.extend(degrees(source, "longitude", 180)?.map(|at| SourceField::Longitude(Some(at))));
    fields.extend(text("contact_name").map(|text| SourceField::ContactName(Some(text))));
    fields.extend(text("email").map(|text| SourceField::Email(Some(text))));
    fields.extend(text("phone").map(|text| SourceField::Phone(Some(text))));
    fields.extend(text("fax").map(|text| SourceField::Fax(Some(text))));
    fields.extend(text("description").map(|text| SourceField::Description(Some(text))));
    fields.extend(source.flag("use_default_carrier_config").map(SourceField::DefaultCarriers));
    if source.has("carrier_links") {
        let carriers = source
            .objects("carrier_links")
            .iter()
            .map(|link| (link.text("carrier_code").unwrap_or_default(), link.int("position").unwrap_or(0)))
            .collect();
        fields.push(SourceField::Carriers(carriers));
    }
    if let Some(extension) = source.extension() {
        fields.extend(extension.flag("is_pickup_location_active").map(SourceField::Pickup));
        fields.extend(extension.text("frontend_name").map(|text| SourceField::PickupName(Some(text))));
        fields.extend(extension.text("frontend_description").map(|text| SourceField::PickupDescription(Some(text))));
    }
    Ok(fields)
}

/// Degrees as millionths, within what a globe has.
pub(crate) fn degrees(object: &Taken<'_>, name: &str, most: i64) -> Result<Option<i64>, Fault> {
    let Some(value) = object.0.get(name).and_then(Value::as_number) else {
        return Ok(None);
    };
    // Two digits more than an amount has: the number is read in hundredths of a degree's ten-thousandth.
    let text = value.to_string();
    let millionths = waybill_domain::Rate::parse(text.strip_prefix('-').unwrap_or(&text))
        .map(|rate| rate.0 / 100)
        .or_else(|_| Amount::parse(&text).map(|amount| amount.0 * 100))
        .ok()
        .filter(|millionths| *millionths <= most * 1_000_000)
        .ok_or_else(|| Fault::bad(format!("\"{name}\" must be between -{most} and {most} degrees.")))?;
    Ok(Some(if text.starts_with('-') { -millionths } else { millionths }))
}

/// Stocks that match; without criteria all.
pub(crate) async fn stocks(ask: Ask) -> Answer {
    let criteria = Criteria::read(ask.raw())?.unwrap_or_default();
    let places = all(&ask).await?;
    listed(&criteria, places.stocks.values().map(|stock| stock_object(&places, stock)).collect())
}

/// One stock.
pub(crate) async fn stock(ask: Ask) -> Answer {
    let id = ask.values().int("stock_id").unwrap_or(0);
    let places = all(&ask).await?;
    let found = places.stocks.get(&StockId(id));
    Ok(found
        .map(|stock| stock_object(&places, stock))
        .ok_or_else(|| Fault::named(404, "Stock with id \"%value\" does not exist.", &[("value", &id.to_string())]))?)
}

/// The stock of a website.
pub(crate) async fn resolve_stock(ask: Ask) -> Answer {
    let values = ask.values();
    let (kind, code) = (values.text("type").unwrap_or_default(), values.text("code").unwrap_or_default());
    let places = all(&ask).await?;
    let website = places.website(&code).filter(|_| kind == "website");
    let stock = website.and_then(|website| places.stocks.get(&website.stock));
    Ok(stock.map(|stock| stock_object(&places, stock)).ok_or_else(|| Fault::new(404, "No linked stock found"))?)
}

fn stock_object(places: &Places, stock: &Stock) -> Value {
    // The admin scope sells nothing.
    let channels: Vec<Value> = places
        .websites
        .values()
        .filter(|website| website.stock == stock.id && website.id.0 != 0)
        .map(|website| json!({"type": "website", "code": website.code}))
        .collect();
    json!({
        "stock_id": stock.id.0,
        "name": stock.name,
        "extension_attributes": {"sales_channels": channels},
    })
}

/// Creates or changes a stock; its id.
pub(crate) async fn save_stock(ask: Ask) -> Answer {
    let values = ask.values();
    let stock = values.object("stock").expect("it is required");
    let channels: Vec<Taken<'_>> =
        stock.extension().map(|extension| extension.objects("sales_channels")).unwrap_or_default();
    let mut codes = Vec::new();
    for channel in channels {
        if channel.str("type").unwrap_or("").trim().is_empty() {
            let entry = Entry::named("\"%field\" can not be empty.", &[("field", "type")]);
            return Err(Fault::bad("Validation Failed").with(vec![entry]).into());
        }
        codes.push(channel.text("code").unwrap_or_default());
    }
    let command = Command::SaveStock {
        id: values.int("stock_id").or_else(|| stock.int("stock_id")).map(StockId),
        name: stock.text("name"),
        channels: codes,
    };
    match ask.execute(command, words::inventory).await? {
        Outcome::Stock(id) => Ok(id.0.into()),
        other => unreachable!("a stock is saved, not {other:?}"),
    }
}

/// Deletes a stock.
pub(crate) async fn delete_stock(ask: Ask) -> Answer {
    let id = StockId(ask.values().int("stock_id").unwrap_or(0));
    ask.execute(Command::DeleteStock(id), words::delete_stock).await?;
    Ok(json!([]))
}

/// Links that match.
pub(crate) async fn links(ask: Ask) -> Answer {
    let criteria = Criteria::required(ask.raw())?;
    let places = all(&ask).await?;
    let links = places
        .links
        .iter()
        .map(|((stock, source), priority)| json!({"stock_id": stock.0, "source_code": source.0, "priority": priority}))
        .collect();
    listed(&criteria, links)
}

/// Ties sources to stocks.
pub(crate) async fn save_links(ask: Ask) -> Answer {
    let links = ask
        .values()
        .objects("links")
        .iter()
        .map(|link| Link {
            stock: StockId(link.int("stock_id").unwrap_or(0)),
            source: SourceCode(link.text("source_code").unwrap_or_default()),
            priority: link.int("priority").unwrap_or(0),
        })
        .collect();
    ask.execute(Command::SaveLinks(links), words::links).await?;
    Ok(json!([]))
}

/// Unties sources from stocks.
pub(crate) async fn delete_links(ask: Ask) -> Answer {
    let links = ask
        .values()
        .objects("links")
        .iter()
        .map(|link| {
            (StockId(link.int("stock_id").unwrap_or(0)), SourceCode(link.text("source_code").unwrap_or_default()))
        })
        .collect();
    ask.execute(Command::DeleteLinks(links), words::inventory).await?;
    Ok(json!([]))
}
