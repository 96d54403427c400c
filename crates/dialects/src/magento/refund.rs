//! `POST order/:orderId/refund`, `POST invoice/:invoiceId/refund`, `POST creditmemo/refund` and `POST creditmemo`
//! (contract 8.1 to 8.4): the same act.

use waybill_domain::{
    Amount, Command, InvoiceId, InvoiceState, ItemId, Notify, OrderId, Outcome, Quantity, RefundOrder,
};

use waybill_engine::store::InvoiceView;

use super::invoice::{lines, order_of};
use super::taken::Taken;
use super::wire::fault::Fault;
use super::{Answer, Ask, credit_memo, document, words};

/// Refunds an order, in full or in part; the credit memo's id.
pub(crate) async fn order(ask: Ask) -> Answer {
    let command = creation(&ask.values(), OrderId(ask.values().int("order_id").unwrap_or(0)), None)?;
    match ask.execute(Command::Refund(command), words::refund).await? {
        Outcome::CreditMemo(id) => Ok(id.0.into()),
        other => unreachable!("a refund makes a credit memo, not {other:?}"),
    }
}

/// Refunds an invoice, in full or in part; the credit memo's id.
pub(crate) async fn invoice(ask: Ask) -> Answer {
    let id = InvoiceId(ask.values().int("invoice_id").unwrap_or(0));
    let order = order_of(&ask, id).await?;
    let command = creation(&ask.values(), order, Some(id))?;
    match ask.execute(Command::Refund(command), words::refund).await? {
        Outcome::CreditMemo(id) => Ok(id.0.into()),
        other => unreachable!("a refund makes a credit memo, not {other:?}"),
    }
}

/// What is asked of an order or an invoice.
fn creation(values: &Taken<'_>, order: OrderId, invoice: Option<InvoiceId>) -> Result<RefundOrder, Fault> {
    let arguments = values.object("arguments");
    let amount = |name: &str| arguments.map_or(Ok(None), |arguments| arguments.amount(name));
    Ok(RefundOrder {
        order,
        invoice,
        lines: lines(values)?,
        online: values.flag("is_online").unwrap_or(false),
        shipping: amount("shipping_amount")?,
        adjustment_positive: amount("adjustment_positive")?.unwrap_or(Amount::ZERO),
        adjustment_negative: amount("adjustment_negative")?.unwrap_or(Amount::ZERO),
        return_to_stock: arguments
            .and_then(|arguments| arguments.extension())
            .map_or_else(Vec::new, |extension| extension.ints("return_to_stock_items"))
            .into_iter()
            .map(ItemId)
            .collect(),
        total: None,
        comment: document::comment_with(values),
        notify: document::notify(values),
    })
}

/// Refunds what a credit memo object says, at the gateway if it is of an invoice that one was captured for; the credit
/// memo.
pub(crate) async fn object(ask: Ask) -> Answer {
    let entity = ask.values().object("creditmemo").expect("it is required");
    if entity.int("entity_id").is_some_and(|id| id != 0) && entity.int("state") != Some(1) {
        return Err(Fault::bad("We cannot register an existing credit memo.").into());
    }
    if entity.int("order_id").unwrap_or(0) == 0 {
        return Err(Fault::new(404, "We found an invalid order to refund.").into());
    }
    let mut command = sent(&entity)?;
    // What a gateway collected for an invoice, it gives back, unless that was done by other means.
    let is_offline = ask.values().flag("offline_requested").unwrap_or(false);
    if let Some(invoice) = entity.int("invoice_id").filter(|id| *id != 0 && !is_offline).map(InvoiceId) {
        let found = ask.read(move |view, tenant| view.invoice(tenant, invoice)).await?;
        // One that was paid by other means is given back by other means.
        let is_paid_otherwise = found.is_some_and(|InvoiceView { invoice, .. }| {
            invoice.order == command.order && invoice.state == InvoiceState::Paid && invoice.transaction.is_none()
        });
        command.invoice = Some(invoice).filter(|_| !is_paid_otherwise);
        command.online = !is_paid_otherwise;
    }
    made(&ask, command).await
}

/// Stores a credit memo as an object; with us the same act.
pub(crate) async fn save(ask: Ask) -> Answer {
    let entity = ask.values().object("entity").expect("it is required");
    if entity.int("entity_id").is_some_and(|id| id != 0) {
        return Err(Fault::bad("We cannot register an existing credit memo.").into());
    }
    made(&ask, sent(&entity)?).await
}

async fn made(ask: &Ask, command: RefundOrder) -> Answer {
    match ask.execute(Command::Refund(command), words::credit_memo).await? {
        Outcome::CreditMemo(id) => credit_memo::show(ask, id).await,
        other => unreachable!("a refund makes a credit memo, not {other:?}"),
    }
}

/// A credit memo object as a wish: what it leaves out is nothing, not all that is left.
fn sent(entity: &Taken<'_>) -> Result<RefundOrder, Fault> {
    let amount =
        |name: &str| entity.amount(&format!("base_{name}"))?.map_or_else(|| entity.amount(name), |base| Ok(Some(base)));
    let mut lines = lines(entity)?;
    if lines.is_empty() {
        // An empty list would mean everything.
        lines.push((ItemId(0), Quantity::ZERO));
    }
    Ok(RefundOrder {
        order: OrderId(entity.int("order_id").unwrap_or(0)),
        invoice: None,
        lines,
        online: false,
        shipping: Some(amount("shipping_amount")?.unwrap_or(Amount::ZERO)),
        adjustment_positive: amount("adjustment_positive")?.unwrap_or(Amount::ZERO),
        adjustment_negative: amount("adjustment_negative")?.unwrap_or(Amount::ZERO),
        return_to_stock: Vec::new(),
        total: amount("grand_total")?,
        comment: entity.objects("comments").first().map(document::comment_draft),
        // Objects are stored; nobody is told.
        notify: Notify::No,
    })
}
