//! Orders that come in: one, several, and those that are completed later (contract `centra.md`, section 12).

use serde_json::{Map, Value};
use waybill_domain::{
    AcceptOrder, Addresses, Allocation, Amount, BadOrder, Command, Customer, DraftAddress, DraftItem, Extra, HoldDraft,
    HoldReason, Outcome, PaymentStage, ProductId, Quantity, Refusal, Sent, SentTotals, Sku, number_text, split,
};

use super::fields::{self, KEPT};
use super::money::{invoice_all, money};
use super::order::{amend, append};
use super::scalar::Fields;
use super::tree::{Tree, object};
use super::{Answer, Ask, Executed, Stop, no, ok, stock, wire_number, words};
use crate::kept;

const NOT_ADDED: i64 = -1;
const OUT_OF_STOCK: i64 = -2;
const EMPTY: i64 = -3;
pub(crate) const MISSING: i64 = -4;
const NUMBER_TAKEN: i64 = -5;
pub(crate) const GENERAL: i64 = -7;

/// The most orders of one request.
const MOST: usize = 500;
pub(crate) const LONGEST_COMMENT: usize = 65_535;
pub(crate) const LONGEST: usize = 255;

/// The hold of an order that is only created: it is completed by a request of its own.
const CREATE_ONLY: &str = "createOnly";
/// The hold of an order that somebody must confirm.
pub(crate) const CONFIRM: &str = "confirm";
/// The hold of an order whose payment has not come through.
const PENDING: &str = "payment pending";

/// Members that are kept as they came, and shown again.
const KEPT_AS_SENT: &[&str] = &[
    "pricelistId",
    "pricelist",
    "createdFromOrigin",
    "accountId",
    "buyerId",
    "buyerName",
    "deliveryWindow",
    "poNumber",
    "shippingList",
    "deliveryDate",
    "cancelDate",
    "warehouseGroup",
    "voucherCodes",
    "comment",
    "internalComment",
    "extraAttributes",
];

/// Those of them that are short texts, and those that are dates.
const TEXTS: &[&str] =
    &["pricelistId", "pricelist", "accountId", "buyerId", "buyerName", "poNumber", "shippingList", "warehouseGroup"];
const DATES: &[&str] = &["deliveryDate", "cancelDate"];

/// Why an order is not taken.
pub(crate) struct Fault {
    code: i64,
    msg: String,
}

pub(crate) fn fault<T>(code: i64, msg: impl Into<String>) -> Result<T, Fault> {
    Err(Fault { code, msg: msg.into() })
}

/// A value that is not what it must be.
pub(crate) fn bad(msg: String) -> Fault {
    Fault { code: GENERAL, msg }
}

fn told(fault: Fault) -> Tree {
    object([("status", "no".into()), ("code", fault.code.into()), ("msg", fault.msg.into())])
}

/// `POST order`.
pub(crate) async fn create(ask: Ask) -> Answer {
    let body = ask.body().0.clone();
    match take(&ask, Fields(&body), None).await? {
        Ok(tree) => Ok(tree),
        Err(fault) => Err(Stop::No(told(fault))),
    }
}

/// `POST orders`: each stands or falls alone.
pub(crate) async fn batch(ask: Ask) -> Answer {
    let body = ask.body().0.clone();
    if body.len() > MOST {
        return Err(Stop::No(no(format!("at most {MOST} orders can be created at once"))));
    }
    let mut answers = Vec::with_capacity(body.len());
    for (at, (name, one)) in body.iter().filter(|(name, _)| *name != "xml").enumerate() {
        let taken = match one.as_object() {
            // By its place, so that no other request goes under the same key.
            Some(one) => match take(&ask, Fields(one), Some(&format!("order {at}"))).await {
                Ok(taken) => taken,
                // Those that were taken before it are, and their senders must know.
                Err(Stop::Status(_, tree)) if at > 0 => Ok(tree.and("code", GENERAL)),
                Err(stop) => return Err(stop),
            },
            None => Err(Fault { code: GENERAL, msg: words::invalid_value(name) }),
        };
        answers.push((name.clone(), taken.unwrap_or_else(told)));
    }
    Ok(Tree::Object(answers))
}

async fn take(ask: &Ask, body: Fields<'_>, part: Option<&str>) -> Result<Result<Tree, Fault>, Stop> {
    let flags = || -> Result<_, String> { Ok((body.flag("createOnly")?, body.flag("sendEmail")?)) };
    let (create_only, tell) = match flags() {
        Ok((create_only, tell)) => (create_only.unwrap_or(false), tell.unwrap_or(false)),
        Err(msg) => return Ok(Err(bad(msg))),
    };
    let (order, captured) = match draft(ask, body, create_only).await? {
        Ok(read) => read,
        Err(fault) => return Ok(Err(fault)),
    };
    let command = Command::AcceptOrder(Box::new(order));
    let accepted = match part {
        None => ask.execute(command).await,
        Some(part) => ask.execute_part(command, part).await,
    };
    let id = match accepted {
        Ok(Outcome::Order(id)) => id,
        Ok(other) => unreachable!("an order is accepted, not {other:?}"),
        Err(Executed::Stop(stop)) => return Err(stop),
        Err(Executed::Refused(refusals)) => return Ok(Err(refused(&refusals))),
    };
    let part = part.unwrap_or("");
    if captured {
        invoice_all(ask, id, &format!("{part} paid {id}")).await?;
    }
    if tell {
        // That the customer is told does not decide whether the order is taken.
        let told = ask.execute_part(Command::MailOrder(id), &format!("{part} told {id}")).await;
        if let Err(Executed::Stop(stop)) = told {
            return Err(stop);
        }
    }
    let found = ask.read(move |view, tenant| view.order(tenant, id)).await?;
    let number = found.map_or_else(|| id.0.into(), |order| wire_number(&order.number));
    Ok(Ok(if create_only { ok([("order", number)]) } else { ok([("orders", vec![number].into())]) }))
}

fn refused(refusals: &[Refusal]) -> Fault {
    let code = refusals.iter().map(|refusal| match refusal {
        Refusal::NotEnoughToPromise { .. } => OUT_OF_STOCK,
        Refusal::NumberTaken(_) => NUMBER_TAKEN,
        Refusal::BadOrder(BadOrder::NoItems) => EMPTY,
        Refusal::BadOrder(BadOrder::NoSku { .. } | BadOrder::UnknownKind(_)) => NOT_ADDED,
        Refusal::BadOrder(BadOrder::AddressIncomplete { bad_email: false, .. }) => MISSING,
        _ => GENERAL,
    });
    Fault { code: code.into_iter().next().unwrap_or(GENERAL), msg: words::general(refusals) }
}

/// The order that a request says, and whether its money is there already.
async fn draft(ask: &Ask, body: Fields<'_>, create_only: bool) -> Result<Result<(AcceptOrder, bool), Fault>, Stop> {
    let read = || -> Result<(AcceptOrder, bool), Fault> {
        let (billing, shipping) = addresses(body)?;
        let email = billing.email.clone();
        let money = money(body)?;
        let market = market(ask, body)?;
        let mut kept: Map<String, Value> =
            KEPT_AS_SENT.iter().filter_map(|name| Some(((*name).to_owned(), body.get(name)?.clone()))).collect();
        for name in ["comment", "internalComment"] {
            body.text(name, LONGEST_COMMENT).map_err(bad)?;
        }
        for name in TEXTS {
            body.text(name, LONGEST).map_err(bad)?;
        }
        for name in DATES {
            body.date(name).map_err(bad)?;
        }
        body.object("extraAttributes").map_err(bad)?;
        for name in ["createdFromOrigin", "deliveryWindow", "voucherCodes", "extraAttributes"] {
            within_bounds(kept.get(name), name).map_err(bad)?;
        }
        if let Some(internal) = body.flag("internalOrder").map_err(bad)? {
            kept.insert("internalOrder".to_owned(), Value::Bool(internal));
        }
        kept.extend(money.kept());
        let number = match body.int("orderNumber").map_err(bad)? {
            None => None,
            Some(number @ 1..=999_999_999) => Some(number_text(ask.store, number)),
            Some(_) => return fault(GENERAL, words::invalid_value("orderNumber")),
        };
        let mut holds = Vec::new();
        let mut hold = |handle: &str, reason| holds.push(HoldDraft { handle: handle.to_owned(), reason, note: None });
        if create_only {
            hold(CREATE_ONLY, HoldReason::Unconfirmed);
        }
        if !ask.plugin.confirm {
            hold(CONFIRM, HoldReason::Unconfirmed);
        }
        if money.pending {
            hold(PENDING, HoldReason::AwaitingPayment);
        }
        let order = AcceptOrder {
            store: ask.store,
            number,
            currency: body.text("currency", 3).map_err(bad)?,
            email,
            customer: Customer {
                id: body.int("customerId").map_err(bad)?,
                firstname: Some(billing.firstname.clone()).filter(|name| !name.is_empty()),
                lastname: Some(billing.lastname.clone()).filter(|name| !name.is_empty()),
            },
            method: Some(money.method),
            pay: money.draft,
            sent: SentTotals {
                shipping: Sent { amount: not_negative(body, "shippingValue")?, base: None },
                ..SentTotals::default()
            },
            billing: Some(billing),
            shipping: Some(shipping),
            shipping_method: body.text("shippingList", LONGEST).map_err(bad)?,
            extra: kept::write(KEPT, kept),
            created_at: body.date("orderDate").map_err(bad)?,
            market,
            addresses: Addresses::AsGiven,
            holds,
            allocation: Allocation::At(ask.plugin.warehouse.clone()),
            hold_stock: body.flag("adjustStock").map_err(bad)?.unwrap_or(true),
            ..AcceptOrder::default()
        };
        Ok((order, money.captured))
    };
    let (mut order, captured) = match read() {
        Ok(read) => read,
        Err(fault) => return Ok(Err(fault)),
    };
    let items = match items(ask, body).await? {
        Ok(items) => items,
        Err(fault) => return Ok(Err(fault)),
    };
    let voucher = match not_negative(body, "voucherValue") {
        Ok(voucher) => voucher.unwrap_or(Amount::ZERO),
        Err(fault) => return Ok(Err(fault)),
    };
    order.items = with_voucher(items, voucher);
    Ok(Ok((order, captured)))
}

fn not_negative(body: Fields<'_>, name: &str) -> Result<Option<Amount>, Fault> {
    let amount = body.amount(name).map_err(bad)?;
    if amount.is_some_and(|amount| amount < Amount::ZERO) {
        return fault(GENERAL, words::invalid_value(name));
    }
    Ok(amount)
}

/// The voucher, shared out over the lines by what they cost; no line gets more off than that.
fn with_voucher(mut items: Vec<DraftItem>, voucher: Amount) -> Vec<DraftItem> {
    let row = |item: &DraftItem| {
        let (price, quantity) = (item.price.amount.unwrap_or(Amount::ZERO), item.quantity.unwrap_or(Quantity::ZERO));
        price.times(quantity).unwrap_or(Amount::ZERO)
    };
    let weights: Vec<i64> = items.iter().map(|item| row(item).0).collect();
    let all = Amount(weights.iter().fold(0_i64, |sum, weight| sum.saturating_add(*weight)));
    if voucher == Amount::ZERO || all <= Amount::ZERO {
        return items;
    }
    let parts = split(voucher.min(all), &weights, 2);
    for (item, part) in items.iter_mut().zip(parts) {
        item.discount = Sent { amount: Some(part), base: None };
    }
    items
}

fn market(ask: &Ask, body: Fields<'_>) -> Result<Option<i64>, Fault> {
    let sent = match body.int("marketId").map_err(bad)? {
        Some(market) => Some(market),
        // A market may be named by its code; those that are numbers are ours.
        None => body.int("market").ok().flatten(),
    };
    match sent {
        None => Ok(ask.plugin.markets.first().copied()),
        Some(market) if ask.plugin.has_market(Some(market)) => Ok(Some(market)),
        Some(_) => fault(GENERAL, words::WRONG_MARKET),
    }
}

/// Refuses what is kept as it came, if it is more than a long remark.
pub(crate) fn within_bounds(value: Option<&Value>, name: &str) -> Result<(), String> {
    let is_long = value.is_some_and(|value| value.to_string().len() > LONGEST_COMMENT);
    if is_long { Err(words::invalid_value(name)) } else { Ok(()) }
}

/// A text, or a number as a text; of an object or list, its JSON: what a provider answered is kept as it came.
pub(crate) fn text_of(part: Fields<'_>, name: &str) -> Option<String> {
    match part.get(name)? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    }
}

fn addresses(body: Fields<'_>) -> Result<(DraftAddress, DraftAddress), Fault> {
    let read = |name: &str| -> Result<Option<DraftAddress>, Fault> {
        body.object(name).map_err(bad)?.map(address).transpose()
    };
    let (shared, invoice, delivery) = (read("address")?, read("invoiceAddress")?, read("deliveryAddress")?);
    let Some(billing) = invoice.clone().or_else(|| shared.clone()).or_else(|| delivery.clone()) else {
        return fault(MISSING, "address is required");
    };
    let shipping = delivery.or(shared).unwrap_or_else(|| billing.clone());
    Ok((billing, shipping))
}

fn address(of: Fields<'_>) -> Result<DraftAddress, Fault> {
    let text = |name: &str| of.text(name, LONGEST).map(Option::unwrap_or_default).map_err(bad);
    let needed = |name: &str| {
        let text = text(name)?;
        if text.trim().is_empty() { fault(MISSING, format!("{name} is required")) } else { Ok(text) }
    };
    let (email, country) = (needed("email")?, needed("country")?);
    let mut extra = Extra::new();
    for name in ["cell", "attn", "vat"] {
        let text = text(name)?;
        if !text.is_empty() {
            extra.insert(name.to_owned(), Value::from(text).to_string());
        }
    }
    let street = [text("address")?, text("coaddress")?];
    Ok(DraftAddress {
        firstname: text("firstName")?,
        lastname: text("lastName")?,
        company: Some(text("company")?).filter(|text| !text.is_empty()),
        street: street
            .into_iter()
            .enumerate()
            .filter(|(at, line)| *at == 0 || !line.is_empty())
            .map(|(_, line)| line)
            .collect(),
        city: text("city")?,
        region: Some(text("state")?).filter(|text| !text.is_empty()),
        region_code: None,
        region_id: None,
        postcode: text("zipcode")?,
        country,
        telephone: Some(text("tele")?).filter(|text| !text.is_empty()),
        email: Some(email),
        extra,
    })
}

/// The lines: each names a product by its id, its bar code, or its article number.
async fn items(ask: &Ask, body: Fields<'_>) -> Result<Result<Vec<DraftItem>, Fault>, Stop> {
    let Some(rows) = body.get("products").and_then(Value::as_array).filter(|rows| !rows.is_empty()) else {
        return Ok(fault(EMPTY, words::PRODUCTS_REQUIRED));
    };
    let force = match body.flag("forceCreate") {
        Ok(force) => force.unwrap_or(false),
        Err(msg) => return Ok(Err(bad(msg))),
    };
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(row) = row.as_object().map(Fields) else {
            return Ok(fault(GENERAL, words::invalid_value("products")));
        };
        match item(ask, row, force).await? {
            Ok(item) => items.push(item),
            Err(fault) => return Ok(Err(fault)),
        }
    }
    Ok(Ok(items))
}

async fn item(ask: &Ask, row: Fields<'_>, force: bool) -> Result<Result<DraftItem, Fault>, Stop> {
    let read = || -> Result<_, Fault> {
        let Some(pieces) = row.int("qty").map_err(bad)? else {
            return fault(MISSING, "qty is required");
        };
        if !(1..=99_999_999).contains(&pieces) {
            return fault(GENERAL, words::invalid_value("qty"));
        }
        let own = row.object("itemText").map_err(bad)?;
        let name = |member: &str| row.text(member, LONGEST).map_err(bad);
        let (id, ean, sku) = (row.int("id").map_err(bad)?, name("ean")?, name("sku")?);
        let of_item = |member: &str| match own {
            Some(own) => own.text(member, LONGEST).map(|text| text.filter(|text| !text.is_empty())).map_err(bad),
            None => Ok(None),
        };
        let mut extra = Extra::new();
        let texts =
            [("variant", "variant"), ("size", "size"), ("brand", "brand"), ("localizedProdSize", "localizedSize")];
        for (sent, kept) in texts {
            extra.extend(of_item(sent)?.map(|text| (kept.to_owned(), Value::from(text).to_string())));
        }
        let comment = row.text("comment", LONGEST_COMMENT).map_err(bad)?;
        for (kept, text) in [("comment", comment), ("ean", ean.clone())] {
            let text = text.filter(|text| !text.is_empty());
            extra.extend(text.map(|text| (kept.to_owned(), Value::from(text).to_string())));
        }
        let (own_sku, title) = (of_item("sku")?, of_item("product")?);
        let prices = (not_negative(row, "unitPrice")?, not_negative(row, "originalPrice")?);
        Ok((pieces, own, id, sku.or(ean).or(own_sku), title, extra, prices))
    };
    let (pieces, own, id, named, title, extra, (price, original)) = match read() {
        Ok(read) => read,
        Err(fault) => return Ok(Err(fault)),
    };
    if id.is_none() && named.is_none() {
        return Ok(fault(MISSING, "id, ean or sku is required"));
    }
    let lookup = named.clone();
    let found = ask
        .read(move |view, tenant| {
            let sku = match (id, &lookup) {
                (Some(id), _) => view.sku_of_product(tenant, id)?,
                (None, Some(name)) => stock::sku_of(view, tenant, name)?,
                (None, None) => None,
            };
            let product = match &sku {
                Some(sku) => view.product(tenant, sku)?,
                None => None,
            };
            let lies = match (&product, &lookup) {
                (None, Some(name)) => view.lies_anywhere(tenant, &Sku::new(name))?,
                (Some(_), _) | (None, None) => false,
            };
            Ok((product, lies))
        })
        .await?;
    let (product, lies) = found;
    let named = named.unwrap_or_else(|| id.map_or_else(String::new, |id| id.to_string()));
    // What is made of others is ordered with them, by a door that can say of which.
    let is_made_of_others = product.as_ref().is_some_and(|found| !found.product.kind.lies_at_sources());
    if is_made_of_others || product.is_none() && !lies && own.is_none() && !force {
        return Ok(fault(NOT_ADDED, format!("product {named} can not be added")));
    }
    let usual = product.as_ref().map(|found| found.product.price);
    let price = price.or(usual).unwrap_or(Amount::ZERO);
    Ok(Ok(DraftItem {
        sku: product.as_ref().map_or(named, |found| found.product.sku.as_str().to_owned()),
        name: title,
        product: product.as_ref().map(|found| ProductId(found.product.id.0)),
        quantity: Some(Quantity::whole(pieces)),
        price: Sent { amount: Some(price), base: None },
        original_price: Sent { amount: original.or(usual), base: None },
        extra,
        ..DraftItem::default()
    }))
}

/// `POST order/{orderId}`: completes an order that was only created; it may come again, with more.
pub(crate) async fn complete(ask: Ask) -> Answer {
    let name = ask.named.clone().unwrap_or_default();
    let refuse = |msg: &str| Stop::No(no(msg).and("order", name.as_str()));
    let number = super::scalar::int(&Value::String(name.clone()));
    let order = match number {
        Some(number) => ask.find_order(number).await?,
        None => None,
    };
    let Some(order) = order else { return Err(refuse(words::ORDER_UNKNOWN)) };
    let found = ask.read(move |view, tenant| view.order_view(tenant, order)).await?;
    let Some(found) = found else { return Err(refuse(words::ORDER_UNKNOWN)) };
    if !ask.plugin.has_market(found.details.market) {
        return Err(refuse(words::WRONG_MARKET));
    }
    let body = ask.body();
    let money = match body.get("payment") {
        None => None,
        Some(_) => Some(money(body).map_err(|fault| Stop::No(told(fault)))?),
    };
    let change = |kept: &mut Map<String, Value>| -> Result<(), String> {
        for name in ["comment", "internalComment"] {
            if let Some(text) = body.text(name, LONGEST_COMMENT)? {
                append(kept, name, text, false)?;
            }
        }
        for name in DATES {
            body.date(name)?;
            kept.extend(body.get(name).map(|value| ((*name).to_owned(), value.clone())));
        }
        kept.extend(money.iter().flat_map(|money| money.kept()));
        Ok(())
    };
    // What is wrong with the remarks is told before anything is done, and what may be declined goes first.
    change(&mut fields::kept(&found.details)).map_err(|msg| refuse(&msg))?;
    let has = |handle: &str| found.order.stage.holds.iter().any(|hold| hold.handle == handle);
    let is_settled = money.as_ref().is_some_and(|money| !money.pending);
    let captured = money.as_ref().is_some_and(|money| money.captured);
    let was_declined = found.payment.as_ref().is_some_and(|payment| payment.stage == PaymentStage::Declined);
    if was_declined && money.is_some() {
        return Err(refuse(words::DECLINED));
    }
    let execute = async |command: Command, part: &str| match ask.execute_part(command, part).await {
        Ok(_) => Ok(()),
        Err(Executed::Stop(stop)) => Err(stop),
        Err(Executed::Refused(refusals)) => Err(refuse(&words::general(&refusals))),
    };
    if let Some(money) = money.as_ref().filter(|money| found.order.method.as_ref() != Some(&money.method)) {
        let (method, pay) = (money.method.clone(), money.draft.clone());
        execute(Command::OpenPayment { order, method, pay }, "pay").await?;
    }
    // This part always comes, so it is the one under the request's own key.
    amend(&ask, order, found.details, None, change).await?.map_err(|msg| refuse(&msg))?;
    let release = |handle: &str| Command::ReleaseOrder { order, handle: Some(handle.to_owned()) };
    if has(CREATE_ONLY) {
        execute(release(CREATE_ONLY), "release created").await?;
    }
    if has(PENDING) && is_settled {
        execute(release(PENDING), "release pending").await?;
    }
    if captured {
        invoice_all(&ask, order, "paid").await?;
    }
    let number = super::wire_number_text(&found.order.number);
    Ok(object([("orders", vec![number.into()].into()), ("status", "ok".into())]))
}
