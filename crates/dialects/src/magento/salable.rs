//! What can still be sold (contract 10.2).

use std::collections::BTreeSet;

use serde_json::{Value, json};
use waybill_domain::{Kind, Product, Quantity, Sku, StockId, UNIT, WorkingSet};
use waybill_engine::store::Needs;

use super::taken::number;
use super::wire::fault::Fault;
use super::{Answer, Ask, Stop, words};

/// What is known of these skus on a stock.
async fn known(ask: &Ask, stock: StockId, skus: &[Sku]) -> Result<WorkingSet, Stop> {
    let skus: BTreeSet<Sku> = skus.iter().cloned().collect();
    let needs = Needs {
        places: true,
        held: skus.iter().map(|sku| (stock, sku.clone())).collect(),
        products: skus.clone(),
        everywhere: skus,
        ..Needs::default()
    };
    ask.read(move |view, tenant| view.working_set(tenant, &needs)).await
}

/// One sku on one stock.
struct Offer<'a> {
    set: &'a WorkingSet,
    stock: StockId,
    sku: &'a Sku,
}

impl Offer<'_> {
    fn product(&self) -> Option<&Product> {
        self.set.product(self.sku)
    }

    /// Whether the sku lies at a source of the stock.
    fn is_assigned(&self) -> bool {
        self.set
            .source_items_of(self.sku)
            .any(|item| self.set.places().links.contains_key(&(self.stock, item.source.clone())))
    }

    fn has_source_in_stock(&self) -> bool {
        self.set
            .source_items_of(self.sku)
            .any(|item| item.in_stock && self.set.places().links.contains_key(&(self.stock, item.source.clone())))
    }

    /// Never below zero, unless more may be sold than there is.
    fn quantity(&self) -> Quantity {
        let quantity = self.set.salable(self.stock, self.sku);
        if self.is_boundless() { quantity } else { quantity.floored() }
    }

    /// Sold without counting, or beyond what there is.
    fn is_boundless(&self) -> bool {
        self.product().is_some_and(|product| !product.stock.is_managed() || product.stock.allows_backorders())
    }

    fn is_salable(&self) -> bool {
        self.is_assigned() && (self.is_boundless() || self.quantity() > Quantity::ZERO)
    }

    /// Why not so many; nothing when they can be had.
    fn objections(&self, asked: Quantity) -> Vec<(&'static str, String)> {
        if !self.is_assigned() {
            return vec![(
                "requested-sku-is-not-assigned-to-given-stock",
                "The requested sku is not assigned to given stock.".to_owned(),
            )];
        }
        if self.is_boundless() || asked <= self.quantity() {
            return Vec::new();
        }
        vec![
            ("back_order-disabled", "Backorders are disabled".to_owned()),
            ("manage_stock-enabled", "Manage stock is enabled".to_owned()),
            ("is_salable_with_reservations-not_enough_qty", "Not enough items for sale".to_owned()),
        ]
    }

    /// What the product's rules say to this quantity: the first that objects.
    fn rule_objections(&self, asked: Quantity) -> Vec<(&'static str, String)> {
        let mut objections = Vec::new();
        let rules = self.product().map(|product| &product.stock);
        let least = rules.and_then(|rules| rules.min_sale).unwrap_or(Quantity::ONE);
        let most = rules.and_then(|rules| rules.max_sale).unwrap_or(Quantity::whole(10_000));
        let step = rules.and_then(|rules| rules.increments).filter(|step| *step > Quantity::ZERO);
        let decimal = rules.is_some_and(|rules| rules.decimal);
        if asked < least {
            objections.push(("is_correct_qty-min_sale_qty", format!("The fewest you may purchase is {least}.")));
        } else if asked > most {
            objections.push((
                "is_correct_qty-max_sale_qty",
                "The requested qty exceeds the maximum qty allowed in shopping cart".to_owned(),
            ));
        } else if let Some(step) = step.filter(|step| asked.0 % step.0 != 0) {
            objections.push((
                "is_correct_qty-qty_increment",
                format!("You can buy this product only in quantities of {step} at a time."),
            ));
        } else if !decimal && asked.0 % UNIT != 0 {
            objections.push((
                "is_correct_qty-is_qty_decimal",
                "You cannot use decimal quantity for this product.".to_owned(),
            ));
        }
        if self.is_assigned() && !self.has_source_in_stock() {
            objections.push((
                "is_any_source_item_in_stock-no_source_items_in_stock",
                "There are no source items with the in stock status".to_owned(),
            ));
        }
        objections
    }
}

/// The product must be known, and of a kind that lies at sources.
fn countable(offer: &Offer<'_>) -> Result<(), Fault> {
    let Some(product) = offer.product() else {
        // A sku that lies somewhere is counted although the catalogue does not know it.
        if offer.set.source_items_of(offer.sku).next().is_some() {
            return Ok(());
        }
        return Err(words::product(&[waybill_domain::Refusal::NoSuchProduct(offer.sku.clone())]));
    };
    match product.kind {
        Kind::Simple | Kind::Virtual | Kind::Downloadable => Ok(()),
        Kind::Configurable | Kind::Bundle | Kind::Grouped => {
            Err(Fault::bad("Can't check requested quantity for products without Source Items support."))
        }
    }
}

fn asked(ask: &Ask) -> (StockId, Sku) {
    let values = ask.values();
    (StockId(values.int("stock_id").unwrap_or(0)), Sku::new(values.str("sku").unwrap_or("")))
}

/// Whether a sku can be sold from a stock.
pub(crate) async fn is_salable(ask: Ask) -> Answer {
    let (stock, sku) = asked(&ask);
    let set = known(&ask, stock, std::slice::from_ref(&sku)).await?;
    Ok(json!(Offer { set: &set, stock, sku: &sku }.is_salable()))
}

/// How many can be sold.
pub(crate) async fn quantity(ask: Ask) -> Answer {
    let (stock, sku) = asked(&ask);
    let set = known(&ask, stock, std::slice::from_ref(&sku)).await?;
    let offer = Offer { set: &set, stock, sku: &sku };
    countable(&offer)?;
    Ok(if offer.is_assigned() { number(offer.quantity()) } else { json!(0) })
}

/// Whether skus can be sold.
pub(crate) async fn are_salable(ask: Ask) -> Answer {
    let values = ask.values();
    let stock = StockId(values.int("stock_id").unwrap_or(0));
    let skus: Vec<Sku> = values.texts("skus").iter().map(|sku| Sku::new(sku)).collect();
    let set = known(&ask, stock, &skus).await?;
    Ok(skus
        .iter()
        .map(|sku| {
            let salable = Offer { set: &set, stock, sku }.is_salable();
            json!({"sku": sku.as_str(), "stock_id": stock.0, "salable": salable})
        })
        .collect())
}

fn errors(objections: &[(&'static str, String)]) -> Value {
    objections.iter().map(|(code, message)| json!({"code": code, "message": message})).collect()
}

/// Whether so many can be sold, by the product's rules too.
pub(crate) async fn is_salable_for(ask: Ask) -> Answer {
    let (stock, sku) = asked(&ask);
    let wanted = ask.values().quantity("requested_qty")?.unwrap_or(Quantity::ZERO);
    let set = known(&ask, stock, std::slice::from_ref(&sku)).await?;
    let offer = Offer { set: &set, stock, sku: &sku };
    countable(&offer)?;
    let mut objections = if offer.is_assigned() { offer.rule_objections(wanted) } else { Vec::new() };
    if objections.is_empty() {
        objections = offer.objections(wanted);
    }
    Ok(json!({"salable": objections.is_empty(), "errors": errors(&objections)}))
}

/// Whether so many of each can be sold.
pub(crate) async fn are_salable_for(ask: Ask) -> Answer {
    let values = ask.values();
    let stock = StockId(values.int("stock_id").unwrap_or(0));
    let requests: Vec<(Sku, Quantity)> = values
        .objects("sku_requests")
        .iter()
        .map(|request| {
            let quantity = request.quantity("qty")?.unwrap_or(Quantity::ZERO);
            Ok((Sku::new(request.str("sku").unwrap_or("")), quantity))
        })
        .collect::<Result<_, Fault>>()?;
    let skus: Vec<Sku> = requests.iter().map(|(sku, _)| sku.clone()).collect();
    let set = known(&ask, stock, &skus).await?;
    let mut results = Vec::new();
    for (sku, wanted) in &requests {
        let offer = Offer { set: &set, stock, sku };
        countable(&offer)?;
        let objections = offer.objections(*wanted);
        results.push(json!({
            "sku": sku.as_str(),
            "stock_id": stock.0,
            "salable": objections.is_empty(),
            "errors": errors(&objections),
        }));
    }
    Ok(Value::Array(results))
}
