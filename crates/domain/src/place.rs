//! Where things are sold from and where they lie: websites, stores, sources, stocks, and how they are tied.

use std::collections::BTreeMap;

use crate::{SourceCode, StockId, StoreId, WebsiteId};

/// What a door wants to see again, by name, as JSON text. Nothing below the doors reads it.
pub type Extra = BTreeMap<String, String>;

/// A sales channel: it sells from exactly one stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Website {
    pub id: WebsiteId,
    pub code: String,
    pub name: String,
    /// ISO 4217 code of the currency that `base_` amounts are in.
    pub currency: String,
    /// The stock that it sells from.
    pub stock: StockId,
}

/// A store view of a website.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    pub id: StoreId,
    pub website: WebsiteId,
    pub code: String,
    pub name: String,
    /// The group it belongs to, as people read it; each website has one.
    pub group: String,
    /// ISO 4217 code of the currency that its orders are in, unless they say otherwise.
    pub currency: String,
    /// Such as `en_US`.
    pub locale: String,
}

/// Where goods lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub code: SourceCode,
    pub name: String,
    /// Only enabled sources count towards what can be sold and are recommended.
    pub enabled: bool,
    pub country: String,
    pub postcode: String,
    pub region: Option<String>,
    pub region_id: Option<i64>,
    pub city: Option<String>,
    pub street: Option<String>,
    pub position: Option<Position>,
    pub contact_name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub fax: Option<String>,
    pub description: Option<String>,
    /// Whether the shop-wide carriers serve it; otherwise `carriers` do.
    pub default_carriers: bool,
    /// Carrier code and position.
    pub carriers: Vec<(String, i64)>,
    pub pickup: bool,
    /// How a pickup location is called in the shop; the source's name unless set.
    pub pickup_name: Option<String>,
    pub pickup_description: Option<String>,
}

impl Source {
    /// A source of this code with nothing else said yet: enabled, shop-wide carriers, no pickup.
    pub fn new(code: SourceCode) -> Source {
        Source {
            code,
            name: String::new(),
            enabled: true,
            country: String::new(),
            postcode: String::new(),
            region: None,
            region_id: None,
            city: None,
            street: None,
            position: None,
            contact_name: None,
            email: None,
            phone: None,
            fax: None,
            description: None,
            default_carriers: true,
            carriers: Vec::new(),
            pickup: false,
            pickup_name: None,
            pickup_description: None,
        }
    }
}

/// One thing to set on a source; what is not named stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceField {
    Name(String),
    Enabled(bool),
    Country(String),
    Postcode(String),
    Region(Option<String>),
    RegionId(Option<i64>),
    City(Option<String>),
    Street(Option<String>),
    /// In millionths of a degree.
    Latitude(Option<i64>),
    /// In millionths of a degree.
    Longitude(Option<i64>),
    ContactName(Option<String>),
    Email(Option<String>),
    Phone(Option<String>),
    Fax(Option<String>),
    Description(Option<String>),
    /// Whether the shop-wide carriers serve it.
    DefaultCarriers(bool),
    /// Its own carriers, by code and position.
    Carriers(Vec<(String, i64)>),
    Pickup(bool),
    PickupName(Option<String>),
    PickupDescription(Option<String>),
}

/// A point on the earth, in millionths of a degree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    pub latitude: i64,
    pub longitude: i64,
}

/// What websites can sell from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stock {
    pub id: StockId,
    pub name: String,
}

impl StockId {
    /// The stock that always exists, and serves every website without one of its own.
    pub const DEFAULT: StockId = StockId(1);
}

/// A source that serves a stock; the smaller priority first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub stock: StockId,
    pub source: SourceCode,
    pub priority: i64,
}
