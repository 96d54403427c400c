//! `waybill verify`: everything is added up again, and what differs is printed line by line, as it is found.

use std::process::ExitCode;

use waybill_domain::{TenantId, Timestamp};
use waybill_engine::Clock;
use waybill_engine::store::{Location, OperationView, Readers, Result as StoreResult, View};

/// How long a gateway may leave something unanswered before a person should look.
const LONG_MS: i64 = 3_600_000;

/// Checks all tenants' data; with `money` also what gateways have not answered, and the sandboxes' own ledgers.
pub fn verify(database: &Location, money: bool) -> Result<ExitCode, String> {
    let readers = Readers::open(database, 1).map_err(|error| error.to_string())?;
    let now = Clock::System.now();
    let mut findings = 0;
    readers
        .read(|view| {
            for (tenant, name) in view.tenants()? {
                let mut found = |text: &str| {
                    findings += 1;
                    println!("{name}: {text}");
                };
                view.verify(tenant, &mut |finding| found(&finding.text))?;
                if money {
                    verify_money(view, (tenant, &name), now, &mut found)?;
                }
            }
            Ok(())
        })
        .map_err(|error| error.to_string())?;
    if findings == 0 {
        println!("Stock, quantities and money add up.");
        Ok(ExitCode::SUCCESS)
    } else {
        println!("{findings} differences. Nothing was changed; each line says what is kept and what its entries make.");
        Ok(ExitCode::FAILURE)
    }
}

fn verify_money(
    view: &View<'_>,
    (tenant, name): (TenantId, &str),
    now: Timestamp,
    found: &mut dyn FnMut(&str),
) -> StoreResult<()> {
    let open = view.open_operations(tenant)?;
    for waiting in &open {
        let text = open_text(waiting, now);
        if now.0 - waiting.operation.created_at.0 > LONG_MS {
            found(&format!("{text}; look at the gateway's pages under the key"));
        } else {
            println!("{name}: {text}; it is asked again");
        }
    }
    if open.is_empty() {
        println!("{name}: every operation at a gateway is settled.");
    }
    view.verify_rehearsal(tenant, &mut |finding| found(&finding.text))
}

fn open_text(waiting: &OperationView, now: Timestamp) -> String {
    let OperationView { operation, payment, number, currency, installation: _ } = waiting;
    format!(
        "no answer from {} for {} s: {} of {} for order {number} (operation {})",
        payment.gateway.as_str(),
        (now.0 - operation.created_at.0) / 1_000,
        operation.wish.as_str(),
        operation.amount.price(currency),
        operation.id
    )
}
