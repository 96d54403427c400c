//! Decisions about products and about what lies where (contract sections 10.1 and 10.7).

use std::collections::BTreeMap;

use crate::{
    Adjustment, Cause, Change, Count, Decision, DefaultCount, IdKind, Invalid, Level, Moment, Movement, Outcome,
    Product, ProductField, ProductId, Quantity, Refusal, Sku, SourceCode, SourceItem, SourceItemId, WorkingSet,
    code_faults,
};

/// The longest sku.
const LONGEST_SKU: usize = 64;

/// Sets how much lies where.
pub fn save_source_items(
    set: &WorkingSet,
    counts: &[Count],
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    if counts.is_empty() {
        return Err(vec![Refusal::NothingGiven]);
    }
    let mut refusals = Vec::new();
    for count in counts {
        let outer_blanks = count.sku.as_str().trim() != count.sku.as_str();
        refusals.extend(sku_faults(&count.sku).into_iter().map(Refusal::Invalid));
        if outer_blanks {
            refusals.push(Refusal::Invalid(Invalid::OuterBlanks { field: "sku" }));
        }
        refusals.extend(code_faults(&count.source).into_iter().map(Refusal::Invalid));
        if count.quantity < Quantity::ZERO {
            refusals.push(Refusal::Invalid(Invalid::Negative { field: "quantity" }));
        }
    }
    if refusals.is_empty() {
        refusals.extend(
            counts
                .iter()
                .filter(|count| !set.places().sources.contains_key(&count.source))
                .map(|count| Refusal::NoSuchSource(count.source.clone())),
        );
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let mut book = Book::new(set);
    for count in counts {
        let item = book.item(&count.sku, &count.source, moment);
        let least = if count.raise_to_allocated { item.allocated } else { Quantity::ZERO };
        let change = count.quantity.max(least) - item.on_hand;
        book.bring(&count.sku, &count.source, change, count.in_stock, Cause::Counted);
    }
    Ok(book.decision)
}

/// Sets or changes how much lies where. Something that lies there is in stock; to say otherwise, use its source item.
pub fn adjust_stock(
    set: &WorkingSet,
    adjustments: &[Adjustment],
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    if adjustments.is_empty() {
        return Err(vec![Refusal::NothingGiven]);
    }
    let mut refusals = Vec::new();
    for Adjustment { source, sku, .. } in adjustments {
        refusals.extend(sku_faults(sku).into_iter().map(Refusal::Invalid));
        if !set.places().sources.contains_key(source) {
            refusals.push(Refusal::NoSuchSource(source.clone()));
        }
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let mut book = Book::new(set);
    for Adjustment { source, sku, on_hand, unavailable } in adjustments {
        let item = book.item(sku, source, moment);
        let (lies, kept_back) = (Level::after(*on_hand, item.on_hand), Level::after(*unavailable, item.unavailable));
        for (field, quantity) in [("on_hand", lies), ("unavailable", kept_back)] {
            if quantity < Quantity::ZERO {
                refusals.push(Refusal::Invalid(Invalid::Negative { field }));
            }
        }
        let in_stock = if on_hand.is_some() { lies > Quantity::ZERO } else { item.in_stock };
        book.bring(sku, source, lies - item.on_hand, in_stock, Cause::Counted);
        book.keep_back(sku, source, kept_back);
    }
    if refusals.is_empty() { Ok(book.decision) } else { Err(refusals) }
}

/// Takes skus off sources.
pub fn delete_source_items(set: &WorkingSet, pairs: &[(SourceCode, Sku)]) -> Result<Decision, Vec<Refusal>> {
    if pairs.is_empty() {
        return Err(vec![Refusal::NothingGiven]);
    }
    let mut book = Book::new(set);
    for (source, sku) in pairs {
        book.unassign(sku, source);
    }
    book.decided()
}

/// Puts skus on sources, with nothing there yet.
pub fn assign_sources(
    set: &WorkingSet,
    skus: &[Sku],
    sources: &[SourceCode],
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    known_sources(set, sources)?;
    let faults: Vec<Refusal> = skus.iter().flat_map(sku_faults).map(Refusal::Invalid).collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut book = Book::new(set);
    for sku in skus {
        for source in sources {
            if book.find(sku, source).is_none() {
                book.item(sku, source, moment);
            }
        }
    }
    Ok(book.counted())
}

/// Takes skus off sources, and says of how many pairs.
pub fn unassign_sources(set: &WorkingSet, skus: &[Sku], sources: &[SourceCode]) -> Result<Decision, Vec<Refusal>> {
    known_sources(set, sources)?;
    let mut book = Book::new(set);
    let mut removed = 0;
    for sku in skus {
        for source in sources {
            removed += i64::from(book.unassign(sku, source));
        }
    }
    Ok(book.decided()?.with(Outcome::Count(removed)))
}

/// What is wrong with a sku: empty, or too long.
fn sku_faults(sku: &Sku) -> Vec<Invalid> {
    let mut faults = Vec::new();
    if sku.key().is_empty() {
        faults.push(Invalid::Empty { field: "sku" });
    }
    if sku.as_str().chars().count() > LONGEST_SKU {
        faults.push(Invalid::TooLong { field: "sku", most: LONGEST_SKU });
    }
    faults
}

fn known_sources(set: &WorkingSet, sources: &[SourceCode]) -> Result<(), Vec<Refusal>> {
    let unknown: Vec<Refusal> = sources
        .iter()
        .filter(|source| !set.places().sources.contains_key(source))
        .map(|source| Refusal::Invalid(Invalid::UnknownSource(source.clone())))
        .collect();
    if unknown.is_empty() { Ok(()) } else { Err(unknown) }
}

/// Carries all that lies at one source to another, and with `unassign` takes the skus off the first.
pub fn move_source(
    set: &WorkingSet,
    skus: &[Sku],
    origin: &SourceCode,
    destination: &SourceCode,
    unassign: bool,
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    ends(set, origin, destination)?;
    let mut book = Book::new(set);
    for sku in skus {
        let Some(from) = book.find(sku, origin) else {
            continue;
        };
        book.item(sku, destination, moment);
        book.bring(sku, origin, -from.on_hand, false, Cause::Transferred);
        book.bring(sku, destination, from.on_hand, from.in_stock, Cause::Transferred);
        if unassign {
            book.unassign(sku, origin);
        }
    }
    book.decided()
}

/// Carries some of what lies at one source to another.
pub fn transfer_stock(
    set: &WorkingSet,
    origin: &SourceCode,
    destination: &SourceCode,
    items: &[(Sku, Quantity)],
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    ends(set, origin, destination)?;
    let mut book = Book::new(set);
    let mut refusals = Vec::new();
    for (sku, quantity) in items {
        let Some(from) = book.find(sku, origin) else {
            refusals.push(Refusal::NothingToTransfer { sku: sku.clone(), source: origin.clone() });
            continue;
        };
        // What is bound to orders there stays.
        if *quantity <= Quantity::ZERO || from.on_hand - from.allocated < *quantity {
            refusals.push(Refusal::NotEnoughToTransfer { sku: sku.clone() });
            continue;
        }
        book.item(sku, destination, moment);
        let rest_in_stock = from.in_stock && from.on_hand > *quantity;
        book.bring(sku, origin, -*quantity, rest_in_stock, Cause::Transferred);
        book.bring(sku, destination, *quantity, true, Cause::Transferred);
    }
    if refusals.is_empty() { Ok(book.decision) } else { Err(refusals) }
}

fn ends(set: &WorkingSet, origin: &SourceCode, destination: &SourceCode) -> Result<(), Vec<Refusal>> {
    let sources = &set.places().sources;
    let mut refusals = Vec::new();
    if !sources.contains_key(origin) {
        refusals.push(Refusal::NoSuchOrigin(origin.clone()));
    }
    if !sources.contains_key(destination) {
        refusals.push(Refusal::NoSuchDestination(destination.clone()));
    }
    if origin == destination {
        refusals.push(Refusal::SameSource);
    }
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Creates a product, or changes what is named of it.
pub fn save_product(
    set: &WorkingSet,
    sku: &Sku,
    fields: &[ProductField],
    attributes: &[(String, String)],
    stock: Option<&DefaultCount>,
    moment: &mut Moment<'_>,
) -> Result<Decision, Vec<Refusal>> {
    let existing = set.product(sku);
    let mut product = existing
        .cloned()
        .unwrap_or_else(|| Product::new(ProductId(moment.draw(IdKind::Product)), sku.clone(), moment.now));
    for field in fields {
        set_field(&mut product, field.clone());
    }
    product.updated_at = moment.now;
    let mut refusals = sku_faults(sku);
    if product.name.trim().is_empty() {
        refusals.push(Invalid::Empty { field: "name" });
    }
    if product.price.0 < 0 {
        refusals.push(Invalid::Negative { field: "price" });
    }
    if stock.is_some_and(|stock| stock.quantity.is_some_and(|quantity| quantity < Quantity::ZERO)) {
        refusals.push(Invalid::Negative { field: "qty" });
    }
    if !refusals.is_empty() {
        return Err(refusals.into_iter().map(Refusal::Invalid).collect());
    }
    let mut book = Book::new(set);
    if product.kind.lies_at_sources() {
        if let Some(stock) = stock {
            count_at_default(&mut book, &product, stock, moment);
        }
    } else if existing.is_some_and(|existing| existing.kind.lies_at_sources()) {
        book.unassign_everywhere(sku);
    }
    book.decision.changes.insert(0, Change::ProductSaved(Box::new(product)));
    for (attribute, value) in attributes {
        book.decision.push(Change::ProductDescribed {
            sku: sku.clone(),
            attribute: attribute.clone(),
            value: value.clone(),
        });
    }
    book.decided()
}

/// What a product says of its stock goes to source `default`: where it lies there already, or something is said
/// to be there.
fn count_at_default(book: &mut Book<'_>, product: &Product, stock: &DefaultCount, moment: &mut Moment<'_>) {
    let default = SourceCode(SourceCode::DEFAULT.to_owned());
    let quantity = stock.quantity.unwrap_or(Quantity::ZERO);
    let existing = book.find(&product.sku, &default);
    if existing.is_none() && !stock.in_stock.unwrap_or(false) && quantity == Quantity::ZERO {
        return;
    }
    let item = book.item(&product.sku, &default, moment);
    let quantity = stock.quantity.unwrap_or(item.on_hand);
    let in_stock =
        stock.in_stock.unwrap_or(if existing.is_some() { item.in_stock } else { quantity > product.stock.out_at() });
    book.bring(&product.sku, &default, quantity - item.on_hand, in_stock, Cause::Counted);
}

/// Deletes a product, and takes its sku off all sources.
pub fn delete_product(set: &WorkingSet, sku: &Sku) -> Result<Decision, Vec<Refusal>> {
    let Some(product) = set.product(sku) else {
        return Err(vec![Refusal::NoSuchProduct(sku.clone())]);
    };
    let mut book = Book::new(set);
    book.unassign_everywhere(sku);
    book.decision.push(Change::ProductDeleted(product.sku.clone()));
    book.decided()
}

fn set_field(product: &mut Product, field: ProductField) {
    match field {
        ProductField::Kind(kind) => product.kind = kind,
        ProductField::Name(name) => product.name = name,
        ProductField::Price(price) => product.price = price,
        ProductField::Weight(weight) => product.weight = weight,
        ProductField::Enabled(enabled) => product.enabled = enabled,
        ProductField::Managed(managed) => product.stock.managed = managed,
        ProductField::Backorders(backorders) => product.stock.backorders = backorders,
        ProductField::Threshold(threshold) => product.stock.threshold = threshold,
        ProductField::MinSale(quantity) => product.stock.min_sale = quantity,
        ProductField::MaxSale(quantity) => product.stock.max_sale = quantity,
        ProductField::Increments(quantity) => product.stock.increments = quantity,
        ProductField::Decimal(decimal) => product.stock.decimal = decimal,
        ProductField::PriceOnChildren(children) => product.composition.price_on_children = children,
        ProductField::ShipsSeparately(separately) => product.composition.ships_separately = separately,
        ProductField::Websites(websites) => product.websites = websites,
    }
}

/// What one command makes of source items: later steps see what earlier ones did.
struct Book<'a> {
    set: &'a WorkingSet,
    touched: BTreeMap<(Sku, SourceCode), Option<SourceItem>>,
    decision: Decision,
    refusals: Vec<Refusal>,
}

impl<'a> Book<'a> {
    fn new(set: &'a WorkingSet) -> Book<'a> {
        Book { set, touched: BTreeMap::new(), decision: Decision::new(), refusals: Vec::new() }
    }

    fn find(&self, sku: &Sku, source: &SourceCode) -> Option<SourceItem> {
        match self.touched.get(&(sku.clone(), source.clone())) {
            Some(item) => item.clone(),
            None => self.set.source_item(sku, source).cloned(),
        }
    }

    /// The source item; a new one has nothing there yet.
    fn item(&mut self, sku: &Sku, source: &SourceCode, moment: &mut Moment<'_>) -> SourceItem {
        if let Some(item) = self.find(sku, source) {
            return item;
        }
        let item = SourceItem {
            id: SourceItemId(moment.draw(IdKind::SourceItem)),
            source: source.clone(),
            sku: sku.clone(),
            on_hand: Quantity::ZERO,
            allocated: Quantity::ZERO,
            unavailable: Quantity::ZERO,
            in_stock: false,
        };
        self.decision.push(Change::SourceItemAdded(item.clone()));
        self.touched.insert((sku.clone(), source.clone()), Some(item.clone()));
        item
    }

    fn bring(&mut self, sku: &Sku, source: &SourceCode, change: Quantity, in_stock: bool, cause: Cause) {
        let mut item = self.find(sku, source).expect("goods are brought to source items that exist");
        if change != Quantity::ZERO {
            self.decision.push(Change::StockMoved {
                movement: Movement { source: source.clone(), sku: sku.clone(), change, cause },
                in_stock,
            });
        } else if item.in_stock != in_stock {
            self.decision.push(Change::StockFlagged { source: source.clone(), sku: sku.clone(), in_stock });
        }
        item.on_hand += change;
        item.in_stock = in_stock;
        self.touched.insert((sku.clone(), source.clone()), Some(item));
    }

    /// Says how much of what lies there can be used for nothing.
    fn keep_back(&mut self, sku: &Sku, source: &SourceCode, quantity: Quantity) {
        let mut item = self.find(sku, source).expect("goods are kept back at source items that exist");
        if item.unavailable != quantity {
            self.decision.push(Change::Unavailable { source: source.clone(), sku: sku.clone(), quantity });
            item.unavailable = quantity;
            self.touched.insert((sku.clone(), source.clone()), Some(item));
        }
    }

    /// Takes a sku off a source; whether it was there. What orders are bound to stays.
    fn unassign(&mut self, sku: &Sku, source: &SourceCode) -> bool {
        let Some(item) = self.find(sku, source) else {
            return false;
        };
        if item.allocated > Quantity::ZERO {
            let (source, sku, allocated) = (source.clone(), sku.clone(), item.allocated);
            self.refusals.push(Refusal::AllocatedAt { source, sku, allocated });
            return false;
        }
        self.bring(sku, source, -item.on_hand, false, Cause::Unassigned);
        self.decision.push(Change::SourceItemRemoved { source: source.clone(), sku: sku.clone() });
        self.touched.insert((sku.clone(), source.clone()), None);
        true
    }

    /// Takes a sku off all sources.
    fn unassign_everywhere(&mut self, sku: &Sku) {
        let sources: Vec<SourceCode> = self.set.source_items_of(sku).map(|item| item.source.clone()).collect();
        for source in sources {
            self.unassign(sku, &source);
        }
    }

    /// All of it, or nothing.
    fn decided(self) -> Result<Decision, Vec<Refusal>> {
        if self.refusals.is_empty() { Ok(self.decision) } else { Err(self.refusals) }
    }

    /// With how many source items were made.
    fn counted(self) -> Decision {
        let made = self.decision.changes.iter().filter(|change| matches!(change, Change::SourceItemAdded(_))).count();
        self.decision.with(Outcome::Count(i64::try_from(made).expect("a request lists few pairs")))
    }
}
