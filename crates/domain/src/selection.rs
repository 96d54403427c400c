//! Where to ship from: by priority, or by distance (contract section 10.6).

use std::collections::BTreeMap;

use crate::{Places, Position, Quantity, Sku, Source, SourceCode, StockId, WorkingSet};

/// How sources are put in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// By the priority of the source in its stock.
    Priority,
    /// The nearest to where the goods go.
    Distance,
}

impl Algorithm {
    /// All of them, by code.
    pub const ALL: [Algorithm; 2] = [Algorithm::Distance, Algorithm::Priority];

    /// As Magento writes it.
    pub fn code(self) -> &'static str {
        match self {
            Algorithm::Priority => "priority",
            Algorithm::Distance => "distance",
        }
    }

    /// Reads what [`Algorithm::code`] writes.
    pub fn parse(code: &str) -> Option<Algorithm> {
        Algorithm::ALL.into_iter().find(|algorithm| algorithm.code() == code)
    }
}

/// What to take from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// In the order of the sources, then in the order in which source items were made.
    pub rows: Vec<Selected>,
    /// Whether everything that was asked for can be had.
    pub shippable: bool,
}

/// One source's part in a selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected {
    pub source: SourceCode,
    pub sku: Sku,
    /// What to take.
    pub deduct: Quantity,
    /// What can be taken there: it lies there, is of use, and is bound to nobody.
    pub available: Quantity,
}

/// The enabled sources of a stock, the smallest priority first.
pub fn priority_order(places: &Places, stock: StockId) -> Vec<SourceCode> {
    enabled_sources(places, stock).map(|source| source.code.clone()).collect()
}

/// The enabled sources of a stock, the nearest first. Those whose place is unknown come after, by priority; when
/// the destination is unknown, all do.
pub fn distance_order(places: &Places, stock: StockId, destination: Option<Position>) -> Vec<SourceCode> {
    let mut sources: Vec<(i64, &Source)> = enabled_sources(places, stock)
        .map(|source| {
            let metres = match (source.position, destination) {
                (Some(from), Some(to)) => metres_between(from, to),
                (None, _) | (_, None) => i64::MAX,
            };
            (metres, source)
        })
        .collect();
    // The sort is stable: equally far ones stay in priority order.
    sources.sort_by_key(|(metres, _)| *metres);
    sources.into_iter().map(|(_, source)| source.code.clone()).collect()
}

fn enabled_sources(places: &Places, stock: StockId) -> impl Iterator<Item = &Source> {
    places.sources_of(stock).into_iter().filter(|source| source.enabled)
}

/// Takes from each source in turn what it has in stock, and free, of what is still needed. Where nothing is bound and all
/// is of use, that is what lies there, as Magento has it.
pub fn select(set: &WorkingSet, order: &[SourceCode], wanted: &[(Sku, Quantity)]) -> Selection {
    // Equal skus are not merged: the last one counts.
    let mut needed: BTreeMap<&Sku, Quantity> = wanted.iter().map(|(sku, quantity)| (sku, *quantity)).collect();
    let mut rows = Vec::new();
    for source in order {
        let mut items: Vec<_> =
            needed.keys().filter_map(|sku| set.source_item(sku, source)).filter(|item| item.in_stock).collect();
        items.sort_by_key(|item| item.id);
        for item in items {
            let still = needed.get_mut(&item.sku).expect("items are of wanted skus");
            let available = item.free().floored();
            let deduct = available.min(*still).floored();
            *still -= deduct;
            rows.push(Selected { source: source.clone(), sku: item.sku.clone(), deduct, available });
        }
    }
    Selection { rows, shippable: needed.values().all(|still| *still <= Quantity::ZERO) }
}

/// The great-circle distance on a sphere of 6 371 km, in metres (Haversine).
#[expect(
    clippy::float_arithmetic,
    reason = "a distance is trigonometry; it orders sources and touches neither money nor stock"
)]
pub fn metres_between(from: Position, to: Position) -> i64 {
    const RADIUS: f64 = 6_371_000.0;
    let radians = |millionths: i64| (millionths as f64 / 1_000_000.0).to_radians();
    let (from_lat, to_lat) = (radians(from.latitude), radians(to.latitude));
    let half_lat = ((to_lat - from_lat) / 2.0).sin();
    let half_lng = ((radians(to.longitude) - radians(from.longitude)) / 2.0).sin();
    let a = half_lat * half_lat + from_lat.cos() * to_lat.cos() * half_lng * half_lng;
    (2.0 * RADIUS * a.sqrt().min(1.0).asin()).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_the_way_from_mineola_to_brooklyn_and_to_stockton() {
        let mineola = Position { latitude: 40_749_300, longitude: -73_640_700 };
        let brooklyn = Position { latitude: 40_710_070, longitude: -73_957_160 };
        let stockton = Position { latitude: 38_018_180, longitude: -121_319_930 };
        assert_eq!(metres_between(mineola, mineola), 0);
        assert!((26_900..27_200).contains(&metres_between(mineola, brooklyn)));
        assert!((4_000_000..4_200_000).contains(&metres_between(mineola, stockton)));
        assert_eq!(metres_between(mineola, brooklyn), metres_between(brooklyn, mineola));
    }
}
