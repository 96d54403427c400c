//! Many source items at once (contract 10.1, "Bulk").

use std::collections::BTreeSet;

use serde_json::json;
use waybill_domain::{Command, Outcome, Quantity, Sku, SourceCode};

use super::wire::fault::Fault;
use super::{Answer, Ask, words};

/// Puts skus on sources; how many pairs are new.
pub(crate) async fn assign(ask: Ask) -> Answer {
    let (skus, sources) = (skus(&ask), sources(&ask));
    count(ask.execute(Command::AssignSources { skus, sources }, words::inventory).await?)
}

/// Takes skus off sources; how many pairs there were.
pub(crate) async fn unassign(ask: Ask) -> Answer {
    let (skus, sources) = (skus(&ask), sources(&ask));
    count(ask.execute(Command::UnassignSources { skus, sources }, words::inventory).await?)
}

fn count(outcome: Outcome) -> Answer {
    match outcome {
        Outcome::Count(count) => Ok(count.into()),
        other => unreachable!("pairs are counted, not {other:?}"),
    }
}

/// Each once, whatever the client repeats.
fn skus(ask: &Ask) -> Vec<Sku> {
    let unique: BTreeSet<Sku> = ask.values().texts("skus").iter().map(|sku| Sku::new(sku)).collect();
    unique.into_iter().collect()
}

fn sources(ask: &Ask) -> Vec<SourceCode> {
    let unique: BTreeSet<SourceCode> = ask.values().texts("source_codes").into_iter().map(SourceCode).collect();
    unique.into_iter().collect()
}

/// Carries all that lies at one source to another.
pub(crate) async fn transfer(ask: Ask) -> Answer {
    let values = ask.values();
    let command = Command::MoveSource {
        skus: skus(&ask),
        origin: SourceCode(values.text("origin_source").unwrap_or_default()),
        destination: SourceCode(values.text("destination_source").unwrap_or_default()),
        unassign: values.flag("unassign_from_origin").unwrap_or(false),
    };
    ask.execute(command, words::move_source).await?;
    Ok(json!(true))
}

/// Carries some of it.
pub(crate) async fn partial_transfer(ask: Ask) -> Answer {
    let values = ask.values();
    let items = values
        .objects("items")
        .iter()
        .map(|item| Ok((Sku::new(item.str("sku").unwrap_or("")), item.quantity("qty")?.unwrap_or(Quantity::ZERO))))
        .collect::<Result<Vec<_>, Fault>>()?;
    let command = Command::TransferStock {
        origin: SourceCode(values.text("origin_source_code").unwrap_or_default()),
        destination: SourceCode(values.text("destination_source_code").unwrap_or_default()),
        items,
    };
    ask.execute(command, words::transfer).await?;
    Ok(json!([]))
}
