//! What lies where (contract 10.1).

use serde_json::{Value, json};
use waybill_domain::{Command, Count, Refusal, Sku, SourceCode, SourceItem};
use waybill_engine::store::Entity;

use super::taken::{Taken, number};
use super::wire::criteria::Names;
use super::wire::fault::{Entry, Fault};
use super::{Answer, Ask, listed, words};

const NAMES: Names = &[
    ("sku", "sku"),
    ("source_code", "source"),
    ("quantity", "on_hand"),
    ("status", "in_stock"),
    ("source_item_id", "id"),
];

/// Source items that match.
pub(crate) async fn list(ask: Ask) -> Answer {
    listed(&ask, Entity::SourceItems, NAMES, |view, tenant, ids| view.source_items(tenant, ids), object).await
}

fn object(item: &SourceItem) -> Value {
    json!({
        "sku": item.sku.as_str(),
        "source_code": item.source.0,
        "quantity": number(item.on_hand),
        "status": i64::from(item.in_stock),
    })
}

/// Sets how much lies where.
pub(crate) async fn save(ask: Ask) -> Answer {
    let items = ask.values().objects("source_items");
    let counts = items.iter().map(count).collect::<Result<Vec<_>, Fault>>()?;
    ask.execute(Command::SaveSourceItems(counts), words::source_items).await?;
    Ok(json!([]))
}

fn count(item: &Taken<'_>) -> Result<Count, Fault> {
    let fault = |text: &str, field: &'static str| {
        let entry = Entry::named(text, &[("field", field)]);
        Fault::bad(format!("Validation Failed: {}", text.replace("%field", field))).with(vec![entry])
    };
    // Sku and source come before quantity and status, so a missing one of those is told first.
    let (sku, source) = (item.text("sku").unwrap_or_default(), item.text("source_code").unwrap_or_default());
    if sku.trim().is_empty() || source.trim().is_empty() {
        let field = if sku.trim().is_empty() { "sku" } else { "source_code" };
        return Err(words::source_items(&[Refusal::Invalid(waybill_domain::Invalid::Empty { field })]));
    }
    let quantity = item.quantity("quantity")?.ok_or_else(|| fault("\"%field\" should be numeric.", "quantity"))?;
    let in_stock = match item.int("status") {
        Some(0) => false,
        Some(1) => true,
        Some(_) => return Err(fault("\"%field\" should a known status.", "status")),
        None => return Err(fault("\"%field\" should be numeric.", "status")),
    };
    Ok(Count { source: SourceCode(source), sku: Sku::new(&sku), quantity, in_stock, raise_to_allocated: false })
}

/// Takes skus off sources.
pub(crate) async fn delete(ask: Ask) -> Answer {
    let pairs = ask
        .values()
        .objects("source_items")
        .iter()
        .map(|item| {
            let sku = Sku::new(item.str("sku").unwrap_or(""));
            (SourceCode(item.text("source_code").unwrap_or_default()), sku)
        })
        .collect();
    ask.execute(Command::DeleteSourceItems(pairs), words::source_items).await?;
    Ok(json!([]))
}
