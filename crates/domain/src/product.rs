//! What is sold.

use crate::{Amount, ProductId, Quantity, Sku, Timestamp, WebsiteId};

/// What kind of thing a product, or an order line, is (contract section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A thing in a box.
    Simple,
    /// Nothing to ship: deducted when it is invoiced.
    Virtual,
    /// A file: as virtual.
    Downloadable,
    /// A choice of variants; the chosen one is its child.
    Configurable,
    /// A kit; its parts are its children.
    Bundle,
    /// A member of a group: stands alone on the order.
    Grouped,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 6] =
        [Kind::Simple, Kind::Virtual, Kind::Downloadable, Kind::Configurable, Kind::Bundle, Kind::Grouped];

    /// As Magento writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Simple => "simple",
            Kind::Virtual => "virtual",
            Kind::Downloadable => "downloadable",
            Kind::Configurable => "configurable",
            Kind::Bundle => "bundle",
            Kind::Grouped => "grouped",
        }
    }

    /// Reads what [`Kind::as_str`] writes.
    pub fn parse(text: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether there is nothing to put into a box.
    pub fn is_virtual(self) -> bool {
        match self {
            Kind::Virtual | Kind::Downloadable => true,
            Kind::Simple | Kind::Configurable | Kind::Bundle | Kind::Grouped => false,
        }
    }

    /// Whether a product of this kind lies at sources itself; the others are made of such ones.
    pub fn lies_at_sources(self) -> bool {
        match self {
            Kind::Simple | Kind::Virtual | Kind::Downloadable => true,
            Kind::Configurable | Kind::Bundle | Kind::Grouped => false,
        }
    }
}

/// A product of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    pub id: ProductId,
    pub sku: Sku,
    pub kind: Kind,
    pub name: String,
    pub price: Amount,
    /// In the shop's unit of weight.
    pub weight: Option<Amount>,
    /// Whether it may be sold at all.
    pub enabled: bool,
    pub stock: StockRules,
    /// For a bundle: who carries its price and how it ships.
    pub composition: Composition,
    pub websites: Vec<WebsiteId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Product {
    /// A simple, enabled product with the shop's stock rules.
    pub fn new(id: ProductId, sku: Sku, now: Timestamp) -> Product {
        Product {
            id,
            sku,
            kind: Kind::Simple,
            name: String::new(),
            price: Amount::ZERO,
            weight: None,
            enabled: true,
            stock: StockRules::default(),
            composition: Composition::default(),
            websites: Vec::new(),
            created_at: now,
            updated_at: now,
        }
    }
}

/// How a product's stock is kept; `None` means as the shop's configuration says (contract section 13).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StockRules {
    /// Whether it is counted at all; by default it is.
    pub managed: Option<bool>,
    /// Whether more may be sold than there is; by default not.
    pub backorders: Option<bool>,
    /// Out of stock at this quantity; by default at none.
    pub threshold: Option<Quantity>,
    /// The fewest on one order; by default one.
    pub min_sale: Option<Quantity>,
    /// The most on one order; by default ten thousand.
    pub max_sale: Option<Quantity>,
    /// Sold only in multiples of this, when set.
    pub increments: Option<Quantity>,
    /// Whether fractions of a piece may be sold.
    pub decimal: bool,
}

impl StockRules {
    /// Whether it is counted.
    pub fn is_managed(&self) -> bool {
        self.managed.unwrap_or(true)
    }

    /// Whether more may be sold than there is.
    pub fn allows_backorders(&self) -> bool {
        self.backorders.unwrap_or(false)
    }

    /// At how many it is out of stock.
    pub fn out_at(&self) -> Quantity {
        self.threshold.unwrap_or(Quantity::ZERO)
    }
}

/// How a parent line and its children share price and parcels (contract section 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Composition {
    /// Whether the price belongs to the children (`product_calculations` 0) or to the parent (1).
    pub price_on_children: bool,
    /// Whether the children ship on their own (`shipment_type` 1) or with the parent (0).
    pub ships_separately: bool,
}

/// One thing to set on a product; what is not named stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProductField {
    Kind(Kind),
    Name(String),
    Price(Amount),
    Weight(Option<Amount>),
    /// Whether it may be sold at all.
    Enabled(bool),
    /// The stock rules from here on: `None` goes back to the shop's configuration.
    Managed(Option<bool>),
    Backorders(Option<bool>),
    Threshold(Option<Quantity>),
    MinSale(Option<Quantity>),
    MaxSale(Option<Quantity>),
    Increments(Option<Quantity>),
    Decimal(bool),
    PriceOnChildren(bool),
    ShipsSeparately(bool),
    Websites(Vec<WebsiteId>),
}
