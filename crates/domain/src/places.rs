//! Decisions about websites, stores, sources, stocks and links (contract section 10.1).

use crate::{
    Change, Decision, Invalid, Link, Outcome, Places, Position, Refusal, Source, SourceCode, SourceField, Stock,
    StockId, Store, StoreId, Website, WebsiteId, WorkingSet, currency_code,
};

/// Creates a website, or changes it.
pub fn save_website(set: &WorkingSet, code: &str, name: &str, currency: &str) -> Result<Decision, Vec<Refusal>> {
    named(code)?;
    currency_code(currency)?;
    let places = set.places();
    let website = match places.website(code) {
        Some(website) => Website { name: name.to_owned(), currency: currency.to_owned(), ..website.clone() },
        None => Website {
            id: WebsiteId(next(places.websites.keys().map(|id| id.0))),
            code: code.to_owned(),
            name: name.to_owned(),
            currency: currency.to_owned(),
            stock: StockId::DEFAULT,
        },
    };
    Ok(Decision::of(Change::WebsiteSaved(website)))
}

/// Creates a store view, or changes it.
pub fn save_store(
    set: &WorkingSet,
    code: &str,
    website: &str,
    name: &str,
    currency: &str,
    locale: &str,
) -> Result<Decision, Vec<Refusal>> {
    named(code)?;
    currency_code(currency)?;
    let places = set.places();
    let Some(website) = places.website(website) else {
        return Err(vec![Refusal::NoSuchWebsite(website.to_owned())]);
    };
    let id = match places.store(code) {
        Some(store) => store.id,
        None => StoreId(next(places.stores.keys().map(|id| id.0))),
    };
    Ok(Decision::of(Change::StoreSaved(Store {
        id,
        website: website.id,
        code: code.to_owned(),
        name: name.to_owned(),
        group: format!("{} Store", website.name),
        currency: currency.to_owned(),
        locale: locale.to_owned(),
    })))
}

/// A website or store view is found by its code, so it needs one.
fn named(code: &str) -> Result<(), Vec<Refusal>> {
    if code.trim().is_empty() { Err(vec![Refusal::Invalid(Invalid::Empty { field: "code" })]) } else { Ok(()) }
}

fn next(ids: impl Iterator<Item = i64>) -> i64 {
    ids.max().unwrap_or(0) + 1
}

/// Creates a source, or changes what is named of it.
pub fn save_source(set: &WorkingSet, code: &SourceCode, fields: &[SourceField]) -> Result<Decision, Vec<Refusal>> {
    let places = set.places();
    let mut source = places.sources.get(code).cloned().unwrap_or_else(|| Source::new(code.clone()));
    let mut carriers_given = false;
    for field in fields {
        carriers_given |= matches!(field, SourceField::Carriers(carriers) if !carriers.is_empty());
        set_field(&mut source, field.clone());
    }
    if source.default_carriers {
        source.carriers.clear();
    }
    let mut invalid = Vec::new();
    if source.name.trim().is_empty() {
        invalid.push(Invalid::Empty { field: "name" });
    }
    invalid.extend(code_faults(code));
    if source.postcode.trim().is_empty() {
        invalid.push(Invalid::Empty { field: "postcode" });
    }
    if source.country.trim().is_empty() {
        invalid.push(Invalid::Empty { field: "country_id" });
    }
    if source.default_carriers && carriers_given {
        invalid.push(Invalid::CarriersNotOwn);
    }
    if code.is_default() && !source.enabled {
        invalid.push(Invalid::DefaultSourceDisabled);
    }
    if !invalid.is_empty() {
        return Err(invalid.into_iter().map(Refusal::Invalid).collect());
    }
    let name_taken = places.sources.values().any(|other| other.code != *code && other.name == source.name);
    if name_taken {
        return Err(vec![Refusal::SourceNameTaken(source.name)]);
    }
    Ok(Decision::of(Change::SourceSaved(Box::new(source))))
}

/// What is wrong with a source's code: empty, or with blanks; blanks only are both.
pub(crate) fn code_faults(code: &SourceCode) -> Vec<Invalid> {
    let mut faults = Vec::new();
    if code.0.trim().is_empty() {
        faults.push(Invalid::Empty { field: "source_code" });
    }
    if code.0.contains(char::is_whitespace) {
        faults.push(Invalid::Blanks { field: "source_code" });
    }
    faults
}

fn set_field(source: &mut Source, field: SourceField) {
    let position = source.position.unwrap_or(Position { latitude: 0, longitude: 0 });
    match field {
        SourceField::Name(name) => source.name = name,
        SourceField::Enabled(enabled) => source.enabled = enabled,
        SourceField::Country(country) => source.country = country,
        SourceField::Postcode(postcode) => source.postcode = postcode,
        SourceField::Region(region) => source.region = region,
        SourceField::RegionId(region) => source.region_id = region,
        SourceField::City(city) => source.city = city,
        SourceField::Street(street) => source.street = street,
        SourceField::Latitude(latitude) => {
            source.position = latitude.map(|latitude| Position { latitude, ..position });
        }
        SourceField::Longitude(longitude) => {
            source.position = longitude.map(|longitude| Position { longitude, ..position });
        }
        SourceField::ContactName(name) => source.contact_name = name,
        SourceField::Email(email) => source.email = email,
        SourceField::Phone(phone) => source.phone = phone,
        SourceField::Fax(fax) => source.fax = fax,
        SourceField::Description(text) => source.description = text,
        SourceField::DefaultCarriers(shop_wide) => source.default_carriers = shop_wide,
        SourceField::Carriers(carriers) => source.carriers = carriers,
        SourceField::Pickup(pickup) => source.pickup = pickup,
        SourceField::PickupName(name) => source.pickup_name = name,
        SourceField::PickupDescription(text) => source.pickup_description = text,
    }
}

/// Creates a stock, or changes it. Websites that it loses go to the default stock.
pub fn save_stock(
    set: &WorkingSet,
    id: Option<StockId>,
    name: Option<&str>,
    channels: &[String],
) -> Result<Decision, Vec<Refusal>> {
    let places = set.places();
    let existing = id.and_then(|id| places.stocks.get(&id));
    if let (Some(id), None) = (id, existing) {
        return Err(vec![Refusal::NoSuchStock(id)]);
    }
    let stock = Stock {
        id: id.unwrap_or_else(|| StockId(next(places.stocks.keys().map(|id| id.0)))),
        name: name.map(str::to_owned).or_else(|| existing.map(|stock| stock.name.clone())).unwrap_or_default(),
    };
    let mut invalid = Vec::new();
    if stock.name.trim().is_empty() {
        invalid.push(Invalid::Empty { field: "name" });
    }
    for code in channels {
        if code.trim().is_empty() {
            invalid.push(Invalid::Empty { field: "code" });
        }
        if places.website(code).is_none() {
            invalid.push(Invalid::UnknownWebsite(code.clone()));
        }
    }
    if !invalid.is_empty() {
        return Err(invalid.into_iter().map(Refusal::Invalid).collect());
    }
    let mut decision = Decision::of(Change::StockSaved(stock.clone()));
    for website in places.websites.values() {
        let should = if channels.contains(&website.code) {
            stock.id
        } else if website.stock == stock.id {
            StockId::DEFAULT
        } else {
            website.stock
        };
        if should != website.stock {
            decision.push(Change::WebsiteSaved(Website { stock: should, ..website.clone() }));
        }
    }
    Ok(decision.with(Outcome::Stock(stock.id)))
}

/// Deletes a stock that nothing sells from and that holds nothing.
pub fn delete_stock(set: &WorkingSet, id: StockId) -> Result<Decision, Vec<Refusal>> {
    let places = set.places();
    if !places.stocks.contains_key(&id) {
        return Err(vec![Refusal::NoSuchStock(id)]);
    }
    if id == StockId::DEFAULT {
        return Err(vec![Refusal::DefaultStockStays]);
    }
    if places.websites.values().any(|website| website.stock == id) {
        return Err(vec![Refusal::StockHasChannels]);
    }
    if set.stocks_in_use.contains(&id) {
        return Err(vec![Refusal::StockInUse { stock: id }]);
    }
    Ok(Decision::of(Change::StockDeleted(id)))
}

/// Ties sources to stocks.
pub fn save_links(set: &WorkingSet, links: &[Link]) -> Result<Decision, Vec<Refusal>> {
    if links.is_empty() {
        return Err(vec![Refusal::NothingGiven]);
    }
    let places = set.places();
    let mut refusals = Vec::new();
    for link in links {
        refusals.extend(code_faults(&link.source).into_iter().map(Refusal::Invalid));
        if link.priority <= 0 {
            refusals.push(Refusal::Invalid(Invalid::NotPositive { field: "priority" }));
        }
        refusals.extend(default_link(link.stock, &link.source, false));
    }
    if refusals.is_empty() {
        for link in links {
            if !places.sources.contains_key(&link.source) {
                refusals.push(Refusal::NoSuchSource(link.source.clone()));
            } else if !places.stocks.contains_key(&link.stock) {
                refusals.push(Refusal::NoSuchStock(link.stock));
            }
        }
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    Ok(Decision { changes: links.iter().cloned().map(Change::LinkSaved).collect(), outcome: Outcome::Done })
}

/// Unties sources from stocks; pairs that are not tied are passed over.
pub fn delete_links(set: &WorkingSet, links: &[(StockId, SourceCode)]) -> Result<Decision, Vec<Refusal>> {
    if links.is_empty() {
        return Err(vec![Refusal::NothingGiven]);
    }
    let mut refusals = Vec::new();
    for (stock, source) in links {
        refusals.extend(code_faults(source).into_iter().map(Refusal::Invalid));
        if *stock == StockId::DEFAULT && source.is_default() {
            refusals.push(Refusal::DefaultLink { delete: true });
        } else {
            refusals.extend(default_link(*stock, source, true));
        }
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let places: &Places = set.places();
    Ok(Decision {
        changes: links
            .iter()
            .filter(|(stock, source)| places.links.contains_key(&(*stock, source.clone())))
            .map(|(stock, source)| Change::LinkDeleted(*stock, source.clone()))
            .collect(),
        outcome: Outcome::Done,
    })
}

/// The default source and the default stock are tied to each other, and to nothing else.
fn default_link(stock: StockId, source: &SourceCode, delete: bool) -> Option<Refusal> {
    let touches = [stock == StockId::DEFAULT, source.is_default()];
    match touches {
        [false, false] | [true, true] => None,
        [true, false] | [false, true] => Some(Refusal::DefaultLink { delete }),
    }
}
