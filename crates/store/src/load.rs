//! How things are read by their keys: for decisions, and for doors to show.

mod consignments;
mod documents;
mod letters;
mod orders;
mod parts;

use std::sync::Arc;

use waybill_domain::{
    Amount, Composition, Kind, Permissions, Places, Position, Product, ProductId, Quantity, Sku, Source, SourceCode,
    SourceItem, SourceItemId, Stock, StockId, StockRules, Store, StoreId, TenantId, Timestamp, Token, User, UserId,
    Website, WebsiteId,
};

pub(crate) use self::consignments::{
    CARRIER_ACCOUNT, CARRIER_ACCOUNTS, CONSIGNMENT, CONSIGNMENTS_OF, REFERENCES_TAKEN, TRACKING, reference_keys,
};
pub(crate) use self::documents::{CREDIT_MEMO, CREDITED, DEPARTED, INVOICE, SHIPMENT, TRACK};
pub(crate) use self::letters::LETTER;
pub(crate) use self::orders::{
    ACCOUNT, COMMENTS, DETAILS, MAILED, NUMBER_AND_CURRENCY, OPERATION, ORDER, ORDER_OF_ITEM, ORDER_OF_NAME, PAYMENT,
    SKU_OF_ITEM, UNCARRIED_ORDER,
};
pub(crate) use self::parts::{PARTS, Parts};
use crate::answers::read_outcome;
use crate::database::Thing;
use crate::sql::Row;
use crate::{Error, Kept, Result};

/// How often a tenant's places and its products have changed: who keeps them in memory compares it. Also what those
/// lock who change them, or users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Versions {
    pub(crate) places: i64,
    pub(crate) products: i64,
}

/// The versions of a tenant.
pub(crate) static VERSIONS: Thing<1, Versions> = Thing {
    texts: ["select places_version, products_version from tenants where id = ?1"],
    read: |[rows]| {
        let versions = first(rows).map(|mut row| Versions { places: row.int(), products: row.int() });
        Ok(versions.unwrap_or_default())
    },
};

/// All websites, stores, sources, stocks and links of a tenant.
pub(crate) static PLACES: Thing<5, Places> = Thing {
    texts: [
        "select id, code, name, currency, stock from websites where tenant = ?1",
        "select id, website, code, name, group_name, currency, locale from stores where tenant = ?1",
        "select id, name from stocks where tenant = ?1",
        "select code, name, enabled, country, postcode, region, region_id, city, street, latitude, longitude, \
         contact_name, email, phone, fax, description, default_carriers, carriers, pickup, pickup_name, \
         pickup_description from sources where tenant = ?1",
        "select stock, source, priority from stock_source_links where tenant = ?1",
    ],
    read: places,
};

/// A source: tenant and code.
pub(crate) static SOURCE: Thing<1, Option<Source>> = Thing {
    texts: ["select code, name, enabled, country, postcode, region, region_id, city, street, latitude, longitude, \
             contact_name, email, phone, fax, description, default_carriers, carriers, pickup, pickup_name, \
             pickup_description from sources where tenant = ?1 and code = ?2"],
    read: |[rows]| Ok(first(rows).map(source)),
};

fn places([websites, stores, stocks, sources, links]: [Vec<Row>; 5]) -> Result<Places> {
    let mut places = Places::default();
    for mut row in websites {
        let website = Website {
            id: WebsiteId(row.int()),
            code: row.text(),
            name: row.text(),
            currency: row.text(),
            stock: StockId(row.int()),
        };
        places.websites.insert(website.id, website);
    }
    for mut row in stores {
        let store = Store {
            id: StoreId(row.int()),
            website: WebsiteId(row.int()),
            code: row.text(),
            name: row.text(),
            group: row.text(),
            currency: row.text(),
            locale: row.text(),
        };
        places.stores.insert(store.id, store);
    }
    for mut row in stocks {
        let stock = Stock { id: StockId(row.int()), name: row.text() };
        places.stocks.insert(stock.id, stock);
    }
    for row in sources {
        let source = source(row);
        places.sources.insert(source.code.clone(), source);
    }
    for mut row in links {
        places.links.insert((StockId(row.int()), SourceCode(row.text())), row.int());
    }
    Ok(places)
}

/// What a text stands for, such as a state.
fn named<T>(what: &str, text: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
    parse(text).ok_or_else(|| Error::Corrupt(format!("{text:?} is no {what}")))
}

/// The first row of a statement that finds one at the most.
fn first(rows: Vec<Row>) -> Option<Row> {
    rows.into_iter().next()
}

fn source(mut row: Row) -> Source {
    Source {
        code: SourceCode(row.text()),
        name: row.text(),
        enabled: row.flag(),
        country: row.text(),
        postcode: row.text(),
        region: row.text_or_null(),
        region_id: row.int_or_null(),
        city: row.text_or_null(),
        street: row.text_or_null(),
        position: match (row.int_or_null(), row.int_or_null()) {
            (Some(latitude), Some(longitude)) => Some(Position { latitude, longitude }),
            (None, _) | (_, None) => None,
        },
        contact_name: row.text_or_null(),
        email: row.text_or_null(),
        phone: row.text_or_null(),
        fax: row.text_or_null(),
        description: row.text_or_null(),
        default_carriers: row.flag(),
        carriers: row
            .text()
            .split(',')
            .filter_map(|pair| pair.rsplit_once(':'))
            .filter_map(|(carrier, position)| Some((carrier.to_owned(), position.parse().ok()?)))
            .collect(),
        pickup: row.flag(),
        pickup_name: row.text_or_null(),
        pickup_description: row.text_or_null(),
    }
}

/// The product of a sku: tenant and key of the sku.
pub(crate) static PRODUCT: Thing<1, Option<Arc<Product>>> = Thing {
    texts: ["select sku, id, kind, name, price, weight, enabled, managed, backorders, threshold, min_sale, max_sale, \
             increments, decimals, price_on_children, ships_separately, websites, created_at, updated_at \
             from products where tenant = ?1 and sku_key = ?2"],
    read: |[rows]| first(rows).map(|row| product_of(row).map(Arc::new)).transpose(),
};

fn product_of(mut row: Row) -> Result<Product> {
    let quantity = |value: Option<i64>| value.map(Quantity);
    Ok(Product {
        sku: Sku::new(&row.text()),
        id: ProductId(row.int()),
        kind: named("kind of product", &row.text(), Kind::parse)?,
        name: row.text(),
        price: Amount(row.int()),
        weight: row.int_or_null().map(Amount),
        enabled: row.flag(),
        stock: StockRules {
            managed: row.int_or_null().map(|flag| flag != 0),
            backorders: row.int_or_null().map(|flag| flag != 0),
            threshold: quantity(row.int_or_null()),
            min_sale: quantity(row.int_or_null()),
            max_sale: quantity(row.int_or_null()),
            increments: quantity(row.int_or_null()),
            decimal: row.flag(),
        },
        composition: Composition { price_on_children: row.flag(), ships_separately: row.flag() },
        websites: row.text().split(',').filter_map(|id| id.parse().ok().map(WebsiteId)).collect(),
        created_at: Timestamp(row.int()),
        updated_at: Timestamp(row.int()),
    })
}

/// A product's further attributes: name and JSON text.
pub(crate) static ATTRIBUTES: Thing<1, Vec<(String, String)>> = Thing {
    texts: ["select name, value from product_attributes where tenant = ?1 and sku_key = ?2 order by name"],
    read: |[rows]| Ok(rows.into_iter().map(|mut row| (row.text(), row.text())).collect()),
};

/// What lies of a sku: tenant, key of the sku, and a source or nothing for all of them.
pub(crate) static SOURCE_ITEMS: Thing<1, Vec<SourceItem>> = Thing {
    texts: ["select id, source, sku, on_hand, allocated, unavailable, in_stock from source_items \
             where tenant = ?1 and sku_key = ?2 and (?3 = '' or source = ?3) order by source"],
    read: |[rows]| Ok(rows.into_iter().map(source_item_of).collect()),
};

/// The same by its id: tenant and id.
pub(crate) static SOURCE_ITEM: Thing<1, Option<SourceItem>> = Thing {
    texts: ["select id, source, sku, on_hand, allocated, unavailable, in_stock from source_items \
             where tenant = ?1 and id = ?2"],
    read: |[rows]| Ok(first(rows).map(source_item_of)),
};

/// The sku of a product: tenant and id.
pub(crate) static SKU: Thing<1, Option<Sku>> = Thing {
    texts: ["select sku from products where tenant = ?1 and id = ?2"],
    read: |[rows]| Ok(first(rows).map(|mut row| Sku::new(&row.text()))),
};

fn source_item_of(mut row: Row) -> SourceItem {
    SourceItem {
        id: SourceItemId(row.int()),
        source: SourceCode(row.text()),
        sku: Sku::new(&row.text()),
        on_hand: Quantity(row.int()),
        allocated: Quantity(row.int()),
        unavailable: Quantity(row.int()),
        in_stock: row.flag(),
    }
}

/// What a stock holds of a sku: tenant, stock, key of the sku.
pub(crate) static HELD: Thing<1, Quantity> = Thing {
    texts: ["select held from stock_levels where tenant = ?1 and stock = ?2 and sku_key = ?3"],
    read: |[rows]| Ok(first(rows).map_or(Quantity::ZERO, |mut row| Quantity(row.int()))),
};

/// Whether a stock still holds something: tenant and stock.
pub(crate) static HOLDS_ANYTHING: Thing<1, bool> = Thing {
    texts: ["select held from stock_levels where tenant = ?1 and stock = ?2 and held > 0 limit 1"],
    read: |[rows]| Ok(!rows.is_empty()),
};

/// The next number of a store's documents: tenant, store and kind of document.
pub(crate) static NEXT_NUMBER: Thing<1, i64> = Thing {
    texts: ["select next from numbers where tenant = ?1 and store = ?2 and document = ?3"],
    read: |[rows]| Ok(first(rows).map_or(1, |mut row| row.int())),
};

/// Whether an order of this number exists: tenant, number and store.
pub(crate) static NUMBER_TAKEN: Thing<1, bool> = Thing {
    texts: ["select id from orders where tenant = ?1 and number = ?2 and store = ?3"],
    read: |[rows]| Ok(!rows.is_empty()),
};

/// The user of a name: tenant and name.
pub(crate) static USER: Thing<1, Option<User>> = Thing {
    texts: ["select id, name, password, permissions, active, failures, locked_until from users \
             where tenant = ?1 and name = ?2"],
    read: |[rows]| {
        Ok(first(rows).map(|mut row| User {
            id: UserId(row.int()),
            name: row.text(),
            password: row.text(),
            permissions: permissions(&row.text()),
            active: row.flag(),
            failures: row.int(),
            locked_until: row.int_or_null().map(Timestamp),
        }))
    },
};

/// The tenant and the token behind a hash; rights are those of its user as they are now.
pub(crate) static TOKEN: Thing<1, Option<(TenantId, Token)>> = Thing {
    texts: ["select tokens.tenant, tokens.hash, tokens.name, tokens.user_id, \
             coalesce(users.permissions, tokens.permissions), tokens.expires_at, tokens.repeats_ms, \
             tokens.settings, tokens.credential from tokens \
             left join users on users.tenant = tokens.tenant and users.id = tokens.user_id \
             where tokens.hash = ?1 and coalesce(users.active, 1) = 1"],
    read: |[rows]| {
        Ok(first(rows).map(|mut row| {
            let tenant = TenantId(row.int());
            let token = Token {
                hash: row.text(),
                name: row.text(),
                user: row.int_or_null().map(UserId),
                permissions: permissions(&row.text()),
                expires_at: row.int_or_null().map(Timestamp),
                repeats_ms: row.int_or_null(),
                settings: row.text_or_null(),
                credential: row.text_or_null(),
            };
            (tenant, token)
        }))
    },
};

fn permissions(text: &str) -> Permissions {
    match text {
        "*" => Permissions::All,
        text => Permissions::Some(text.lines().map(str::to_owned).collect()),
    }
}

/// The tenant of a name.
pub(crate) static TENANT: Thing<1, Option<TenantId>> = Thing {
    texts: ["select id from tenants where name = ?1"],
    read: |[rows]| Ok(first(rows).map(|mut row| TenantId(row.int()))),
};

/// What was answered to a key: tenant, credential and key.
pub(crate) static ANSWER: Thing<1, Option<Kept>> = Thing {
    texts: ["select fingerprint, outcome, body, at from answers \
             where tenant = ?1 and credential = ?2 and idempotency_key = ?3"],
    read: |[rows]| {
        first(rows)
            .map(|mut row| {
                let (fingerprint, outcome) = (row.text(), read_outcome(&row.text())?);
                // What was redacted is empty, and no door answers with nothing.
                let body = row.text_or_null().filter(|body| !body.is_empty());
                Ok(Kept { fingerprint, outcome, body, at: Timestamp(row.int()) })
            })
            .transpose()
    },
};
