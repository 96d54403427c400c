//! The money of orders that come in: what a request says of it, and that the shop has it already (contract `centra.md`,
//! section 12).

use serde_json::Value;
use waybill_domain::{Command, Gateway, InvoiceOrder, Method, Notify, OrderId, PaymentDraft, Shipping};

use super::fields::{self, HAS_MONEY, PAID_BY};
use super::intake::{Fault, GENERAL, LONGEST, MISSING, bad, fault, text_of, within_bounds};
use super::scalar::Fields;
use super::{Ask, Executed, Stop, words};

/// What is meant by a request's payment.
pub(crate) struct Money {
    pub(crate) method: String,
    pub(crate) draft: PaymentDraft,
    /// The shop has the money already.
    pub(crate) captured: bool,
    /// It has not come through yet.
    pub(crate) pending: bool,
    reference: Option<String>,
}

impl Money {
    /// What of it is kept with the order.
    pub(crate) fn kept(&self) -> Vec<(String, Value)> {
        let reference = self.reference.clone().map(|reference| ("paymentReference".to_owned(), Value::from(reference)));
        let has_it = self.captured.then(|| (HAS_MONEY.to_owned(), Value::Bool(true)));
        reference.into_iter().chain(has_it).collect()
    }
}

/// What a request says of its money. A payment without a name is the sandbox's; an order without one is paid by
/// invoice.
pub(crate) fn money(body: Fields<'_>) -> Result<Money, Fault> {
    let invoice = || Money {
        method: "purchaseorder".to_owned(),
        draft: PaymentDraft::default(),
        captured: false,
        pending: false,
        reference: None,
    };
    let Some(payment) = body.object("payment").map_err(bad)? else {
        return Ok(invoice());
    };
    let (auth, capture) = (payment.object("auth").map_err(bad)?, payment.object("capture").map_err(bad)?);
    let status = |part: Option<Fields<'_>>| match part {
        None => Ok(None),
        Some(part) => match part.int("status").map_err(bad)? {
            None => fault(MISSING, "payment status is required"),
            Some(status @ 0..=2) => Ok(Some(status)),
            Some(_) => fault(GENERAL, words::invalid_value("status")),
        },
    };
    let (authorised, captured) = (status(auth)?, status(capture)?);
    if authorised == Some(2) || captured == Some(2) {
        return fault(GENERAL, "payment failed");
    }
    let of = |name: &str| -> Result<Option<String>, Fault> {
        let parts = || [auth, capture].into_iter().flatten();
        for part in parts() {
            within_bounds(part.get(name), name).map_err(bad)?;
        }
        Ok(parts().find_map(|part| text_of(part, name)))
    };
    let short = |part: Option<Fields<'_>>, name: &str| match part {
        Some(part) => part.text(name, LONGEST).map_err(bad),
        None => Ok(None),
    };
    for part in [auth, capture] {
        short(part, "method")?;
        short(part, "transaction")?;
    }
    short(Some(payment), "id")?;
    let (response, transaction) = (of("response")?, of("transaction")?);
    let named = text_of(payment, "id").or(of("method")?).map(|name| name.to_lowercase());
    let known = [text_of(payment, "id"), of("method")?].into_iter().flatten().map(|name| name.to_lowercase());
    let known = known.into_iter().find(|name| Method::of(name) != Method::Elsewhere);
    let method = match (known, named) {
        (Some(method), _) => method,
        (None, Some(name)) => name,
        (None, None) if auth.is_none() && capture.is_none() => return Ok(invoice()),
        (None, None) => Gateway::Rehearsal.as_str().to_owned(),
    };
    let draft = match Method::of(&method) {
        Method::Gateway(Gateway::Rehearsal) => {
            let words = [response, transaction.clone()].into_iter().flatten().collect::<Vec<_>>().join(" ");
            let words = if words.trim().is_empty() { "card".to_owned() } else { words };
            PaymentDraft { instrument: Some(words), ..PaymentDraft::default() }
        }
        Method::Gateway(Gateway::Stripe) => PaymentDraft {
            authorisation: transaction.clone().filter(|name| name.starts_with("pi_")),
            instrument: transaction.clone().filter(|name| name.starts_with("pm_")),
            customer: None,
        },
        Method::Offline | Method::Elsewhere => PaymentDraft::default(),
    };
    let is_captured = captured == Some(1);
    // Who has the money already is not asked for it.
    let draft = if is_captured { PaymentDraft::default() } else { draft };
    Ok(Money {
        method: match Method::of(&method) {
            Method::Gateway(_) if is_captured => format!("{PAID_BY}{method}"),
            Method::Gateway(_) | Method::Offline | Method::Elsewhere => method,
        },
        draft,
        captured: is_captured,
        pending: authorised == Some(0),
        reference: transaction,
    })
}

/// Writes down that the shop has all the money of an order; whether it is written down now. It is not while the order
/// is held, and was already where this is asked again.
pub(crate) async fn invoice_all(ask: &Ask, order: OrderId, part: &str) -> Result<bool, Stop> {
    let invoice = InvoiceOrder {
        order,
        lines: Vec::new(),
        shipping: Shipping::WithFirst,
        capture: false,
        comment: None,
        notify: Notify::No,
    };
    match ask.execute_part(Command::Invoice(invoice), part).await {
        Ok(_) => Ok(true),
        Err(Executed::Refused(_)) => Ok(false),
        Err(Executed::Stop(stop)) => Err(stop),
    }
}

/// The same for an order that came in with its money while it was held, before something of it is sent; whether there
/// was something to write down.
pub(crate) async fn catch_up(ask: &Ask, order: OrderId) -> Result<bool, Stop> {
    let found = ask.read(move |view, tenant| view.order_view(tenant, order)).await?;
    match found.filter(|found| fields::has_money(&fields::kept(&found.details))) {
        Some(_) => invoice_all(ask, order, &format!("catch up {order}")).await,
        None => Ok(false),
    }
}
