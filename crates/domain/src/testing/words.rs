//! How a shop answers.

use super::Shop;
use crate::{
    BadOrder, Command, ConsignmentId, CreditMemoId, Invalid, InvoiceId, Item, Letter, Money, Order, OrderId, Outcome,
    Paid, Quantity, Refusal, Row, Selection, ShipmentId, Sku, StockId,
};

/// What came of a command; of an act on an order also how the order stands.
pub(super) fn outcome(shop: &Shop, command: &Command, outcome: Result<Outcome, Vec<Refusal>>) -> String {
    let outcome = match outcome {
        Err(refusals) => return format!("no: {}", join(refusals.iter().map(refusal), "; ")),
        Ok(outcome) => outcome,
    };
    let about = command.order();
    let standing = |id: OrderId| order(shop.get(id));
    match outcome {
        Outcome::Done => about.map_or_else(|| "done".to_owned(), standing),
        Outcome::NotPossible(_) => "not possible".to_owned(),
        Outcome::Count(count) => format!("{count}"),
        Outcome::Stock(id) => format!("stock {id}"),
        Outcome::Order(id) => standing(id),
        Outcome::Shipment { .. } | Outcome::Invoice(_) | Outcome::CreditMemo(_) => {
            standing(about.expect("documents are of orders"))
        }
        Outcome::Awaits(id) => format!("awaits {id}; {}", standing(about.expect("operations are of orders"))),
        Outcome::Declined(id) => format!("declined {id}; {}", standing(about.expect("operations are of orders"))),
        Outcome::Consignment(id) => format!("consignment {}", consignment(shop, id.0)),
        Outcome::Track(id) => format!("track {id}"),
        Outcome::Comment(id) => about.map_or_else(|| format!("comment {id}"), standing),
        Outcome::Letter(id) => format!("letter {id}"),
        Outcome::User(id) => format!("user {id}"),
        Outcome::SignInFailed => "sign-in failed".to_owned(),
    }
}

/// `processing: A 5 s2, B 2; holds A 3, B 2`: each line with what was ordered, shipped, invoiced and canceled.
pub(super) fn order(order: &Order) -> String {
    let stage = &order.stage;
    let status = if stage.status_text() == stage.state.default_status() {
        String::new()
    } else {
        format!("/{}", stage.status_text())
    };
    let holds = join(order.held().iter().map(|(sku, held)| format!("{sku} {held}")), ", ");
    let waits = order.operation.map_or_else(String::new, |id| format!("; waits for {id}"));
    let holds = if holds.is_empty() { String::new() } else { format!("; holds {holds}") };
    format!("{}{status}: {}{holds}{waits}", stage.state.as_str(), join(order.items.iter().map(item), ", "))
}

fn item(item: &Item) -> String {
    let done = item.done;
    let mut text = format!("{}{} {}", if item.parent.is_some() { "+" } else { "" }, item.sku, item.ordered);
    for (mark, quantity) in [("s", done.shipped), ("i", done.invoiced), ("c", done.canceled), ("r", done.refunded)] {
        if quantity != Quantity::ZERO {
            text += &format!(" {mark}{quantity}");
        }
    }
    text
}

/// Where a sku lies, and what the default stock holds and can still promise of it.
pub(super) fn stock(shop: &mut Shop, sku: &Sku) -> String {
    shop.know(sku);
    let held = *shop.set.held.entry((StockId::DEFAULT, sku.clone())).or_insert(Quantity::ZERO);
    let items = shop.set.source_items_of(sku).map(|item| {
        let out = if item.in_stock { "" } else { " out" };
        let bound = if item.allocated == Quantity::ZERO { String::new() } else { format!(" bound {}", item.allocated) };
        let kept_back = item.unavailable;
        let kept_back = if kept_back == Quantity::ZERO { String::new() } else { format!(" unavailable {kept_back}") };
        format!("{} {}{bound}{kept_back}{out}", item.source, item.on_hand)
    });
    format!("{}; held {held}; salable {}", join(items, ", "), shop.set.salable(StockId::DEFAULT, sku))
}

/// An order's amounts that are not nothing, and what has become of them.
pub(super) fn money(shop: &Shop, id: OrderId) -> String {
    let account = shop.set.account(id);
    let (ordered, canceled) = (account.ordered, account.canceled);
    parts(&[
        ("subtotal", ordered.subtotal),
        ("discount", ordered.discount),
        ("shipping", ordered.shipping),
        ("tax", ordered.tax),
        ("total", ordered.total),
        ("invoiced", account.invoiced.total),
        ("paid", shop.get(id).paid),
        ("refunded", shop.get(id).refunded),
        ("canceled-subtotal", canceled.subtotal),
        ("canceled", canceled.total),
    ])
}

/// An invoice's amounts that are not nothing, and its lines.
pub(super) fn invoice(shop: &Shop, id: i64) -> String {
    let invoice = shop.set.invoices[&InvoiceId(id)].as_ref().expect("the invoice was made");
    let amounts = invoice.amounts;
    let order = shop.get(invoice.order);
    let lines = invoice.lines.iter().map(|line| {
        let sku = &order.item(line.item).expect("lines are of the order").sku;
        let money = line.amounts.map_or_else(String::new, |of| {
            parts(&[("row", of.row), ("incl", of.row_incl_tax), ("tax", of.tax), ("discount", of.discount)])
        });
        format!("{sku} {} {money}", line.quantity).trim().to_owned()
    });
    let total = parts(&[
        ("subtotal", amounts.subtotal),
        ("incl", amounts.subtotal_incl_tax),
        ("discount", amounts.discount),
        ("shipping", amounts.shipping),
        ("tax", amounts.tax),
        ("cost", amounts.cost),
        ("total", amounts.total),
    ]);
    format!("{} of {}: {total}; {}", invoice.number, invoice.total, join(lines, ", "))
}

/// How an order's money stands at its gateway.
pub(super) fn payment(shop: &Shop, id: OrderId) -> String {
    let Some(payment) = shop.set.payment(id) else {
        return "none".to_owned();
    };
    let until = payment.until.map_or_else(String::new, |until| format!(" until {}", until.0));
    format!(
        "{} {} {}{until}: captured {}, refunded {}",
        payment.gateway.as_str(),
        payment.stage.as_str(),
        payment.authorised,
        payment.captured,
        payment.refunded
    )
}

/// A credit memo's amounts that are not nothing, and its lines.
pub(super) fn credit_memo(shop: &Shop, id: i64) -> String {
    let memo = shop.set.credit_memo(CreditMemoId(id)).expect("the credit memo was made");
    let (amounts, adjustments) = (memo.amounts, memo.adjustments);
    let order = shop.get(memo.order);
    let lines = memo.lines.iter().map(|line| {
        let sku = &order.item(line.item).expect("lines are of the order").sku;
        let money = line.amounts.map_or_else(String::new, |of| {
            parts(&[("row", of.row), ("incl", of.row_incl_tax), ("tax", of.tax), ("discount", of.discount)])
        });
        format!("{sku} {} {money}", line.quantity).trim().to_owned()
    });
    let total = parts(&[
        ("subtotal", amounts.subtotal),
        ("discount", amounts.discount),
        ("shipping", amounts.shipping),
        ("shipping-tax", amounts.shipping_tax),
        ("tax", amounts.tax),
        ("plus", adjustments.positive),
        ("less", adjustments.negative),
        ("total", amounts.total),
    ]);
    format!("{} of {}: {total}; {}", memo.number, memo.total, join(lines, ", "))
}

/// All letters that were wanted: `1 invoice 1 to a@example.com wanted`.
pub(super) fn letters(shop: &Shop) -> String {
    let told = |letter: &Letter| {
        let remark = letter.comment.map_or_else(String::new, |comment| format!(" with remark {comment}"));
        let again = if letter.again { " again" } else { "" };
        let (id, kind, subject, state) = (letter.id, letter.kind.as_str(), letter.subject(), letter.state.as_str());
        format!("{id} {kind} {subject}{remark} to {}{again} {state}", letter.recipient)
    };
    let letters = join(shop.set.letters.values().flatten().map(told), ", ");
    if letters.is_empty() { "none".to_owned() } else { letters }
}

/// A shipment's number, source, lines and tracks.
pub(super) fn shipment(shop: &Shop, id: i64) -> String {
    let shipment = shop.set.shipment(ShipmentId(id)).expect("the shipment was made");
    let order = shop.get(shipment.order);
    let lines = shipment
        .lines
        .iter()
        .map(|line| format!("{} {}", order.item(line.item).expect("lines are of the order").sku, line.quantity));
    let tracks = shipment.tracks.iter().map(|track| format!("; track {}", track.number));
    let facts = if shipment.deducted && shipment.left_at.is_some() {
        String::new()
    } else {
        let paid = match shipment.paid {
            Paid::No => "",
            Paid::Elsewhere => " paid",
            Paid::By(_) => " captured",
        };
        let (ready, left) = (shipment.ready_at.is_some(), shipment.left_at.is_some());
        format!("; here{}{paid}{}", if ready { " ready" } else { "" }, if left { " sent" } else { "" })
    };
    format!(
        "{} of {} from {}: {}{}{facts}",
        shipment.number,
        shipment.total,
        shipment.source,
        join(lines, ", "),
        join(tracks, "")
    )
}

/// `3 booked W-1 T1`: stage, reference, and number if it has one.
pub(super) fn consignment(shop: &Shop, id: i64) -> String {
    let found = shop.set.consignment(ConsignmentId(id)).expect("the consignment was made");
    let tracking = found.tracking.as_ref().map_or_else(String::new, |text| format!(" {text}"));
    let faults: String = found.faults.iter().map(|fault| format!(" {}", fault.code)).collect();
    let label = if found.labelled { " labelled" } else { "" };
    let asked = if found.errand.is_some() { " asked" } else { "" };
    format!("{id} {} {}{tracking}{label}{asked}{faults}", found.stage.as_str(), found.reference)
}

/// `processing: default: A 2 allocated, A 1 packing in 1; nowhere: B 1 open`: each fulfilment order with its rows.
pub(super) fn rows(order: &Order) -> String {
    let row = |row: &Row| {
        let sku = &order.item(row.item).expect("rows are of the order").sku;
        let shipment = row.shipment.map_or_else(String::new, |id| format!(" in {id}"));
        let left = if row.left { " left" } else { "" };
        let carried: String = row.consignments.iter().map(|id| format!(" c{id}")).collect();
        let left = format!("{left}{carried}");
        let reason = row.reason.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
        format!("{sku} {} {}{shipment}{left}{reason}", row.quantity, row.stage.as_str())
    };
    let all = order.fulfilment.iter().map(|fulfilment| {
        let place = fulfilment.location.as_ref().map_or("nowhere", |source| &source.0);
        format!("{} {place}: {}", fulfilment.id, join(fulfilment.rows.iter().map(row), ", "))
    });
    let status = format!("{:?}", order.fulfilment_status()).to_lowercase();
    format!("{status}: {}", join(all, "; "))
}

pub(super) fn selection(selection: &Selection) -> String {
    let rows =
        selection.rows.iter().map(|row| format!("{} {} {} of {}", row.source, row.sku, row.deduct, row.available));
    format!("{}: {}", if selection.shippable { "all" } else { "not all" }, join(rows, ", "))
}

fn parts(named: &[(&str, Money)]) -> String {
    join(named.iter().filter(|(_, money)| !money.is_zero()).map(|(name, money)| format!("{name} {}", sum(*money))), " ")
}

/// `10`, or `10/9` when the base currency says another number.
fn sum(money: Money) -> String {
    if money.amount == money.base { money.amount.to_string() } else { format!("{}/{}", money.amount, money.base) }
}

fn join(parts: impl Iterator<Item = String>, between: &str) -> String {
    parts.collect::<Vec<_>>().join(between)
}

/// A refusal in few words.
fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NoSuchOrder(id) => format!("no order {id}"),
        Refusal::NoSuchShipment(id) => format!("no shipment {id}"),
        Refusal::NoSuchOperation(id) => format!("no operation {id}"),
        Refusal::PaymentUnderWay { order: _, operation } => format!("operation {operation} is under way"),
        Refusal::Declined { reason } => format!("declined: {reason}"),
        Refusal::NotAuthorised { stage } => format!("payment is {}", stage.as_str()),
        Refusal::AuthorisationEnded { at } => format!("authorisation ended at {}", at.0),
        Refusal::MoreThanAuthorised { left, asked, currency: _ } => format!("{asked} of {left} authorised"),
        Refusal::NothingToCapture => "nothing to capture".to_owned(),
        Refusal::MoreThanUnrefunded { sku } => format!("{sku} more than is unrefunded"),
        Refusal::NothingToVoid => "nothing to void".to_owned(),
        Refusal::DueAgain { due, .. } => format!("{due} due again"),
        Refusal::NotCaptured => "nothing was captured".to_owned(),
        Refusal::NoSuchInvoice(id) => format!("no invoice {id}"),
        Refusal::NoSuchCreditMemo(id) => format!("no credit memo {id}"),
        Refusal::NoSuchTrack(id) => format!("no track {id}"),
        Refusal::NoSuchStock(id) => format!("no stock {id}"),
        Refusal::NoSuchSource(code) => format!("no source {code}"),
        Refusal::NoSuchProduct(sku) => format!("no product {sku}"),
        Refusal::NoSuchWebsite(code) => format!("no website {code}"),
        Refusal::NoSuchStore(code) => format!("no store {code}"),
        Refusal::OrderInState { act, status } => format!("cannot {} what is {status}", act.as_str()),
        Refusal::NothingLeft(act) => format!("nothing left to {}", act.as_str()),
        Refusal::NothingAsked(act) => format!("nothing asked to {}", act.as_str()),
        Refusal::NotOfOrder { act: _, item } => format!("no line {item}"),
        Refusal::MoreThanLeft { act: _, item: _, sku, name: _, asked, left } => format!("{asked} {sku}, {left} left"),
        Refusal::NotWhole { sku, asked } => format!("{asked} {sku} is not whole"),
        Refusal::ShipPartsInstead { bundle } => format!("ship the parts of {bundle}"),
        Refusal::ShipBundleInstead { bundle } => format!("ship {bundle} itself"),
        Refusal::TrackWithoutNumber => "track without number".to_owned(),
        Refusal::NotWholeToRefund { sku } => format!("{sku} is refunded whole"),
        Refusal::CarriesNoMoney { sku } => format!("{sku} carries no money"),
        Refusal::NegativeTotal => "less than nothing".to_owned(),
        Refusal::MoreThanPaid { left, currency: _ } => format!("{left} left to refund"),
        Refusal::ShippingAbove { most, currency: _ } => format!("{most} left of shipping"),
        Refusal::NoShippingToRefund => "no shipping".to_owned(),
        Refusal::InvoiceNotRefundable => "invoice cannot be refunded".to_owned(),
        Refusal::NotOnMemo { sku } => format!("{sku} is not on the memo"),
        Refusal::NotOnAnyOrder { item } => format!("no line {item} anywhere"),
        Refusal::NoSuchFulfilment(id) => format!("no fulfilment order {id}"),
        Refusal::NoSuchConsignment(id) => format!("no consignment {id}"),
        Refusal::NotInFulfilment { item } => format!("line {item} not in fulfilment order"),
        Refusal::RowsInStage { act, item, stage } => {
            format!("cannot {} line {item}: {}", act.as_str(), stage.as_str())
        }
        Refusal::MoreThanRows { item, asked, left } => format!("{asked} of line {item}, {left} there"),
        Refusal::FulfilmentInState { act, status } => {
            format!("cannot {} what is {status:?}", act.as_str()).to_lowercase()
        }
        Refusal::OnlyWithOrder { item } => format!("line {item} goes with its order only"),
        Refusal::LessThanTaken { item, least } => format!("at least {least} of line {item}"),
        Refusal::CostUnknown { item } => format!("nobody knows what more of line {item} costs"),
        Refusal::PriceStands { item } => format!("the price of line {item} stands"),
        Refusal::ShippingStands => "the shipping stands".to_owned(),
        Refusal::MoneySetAside => "money is set aside".to_owned(),
        Refusal::CarrierWaits { item } => format!("a carrier waits for line {item}"),
        Refusal::CarrierAsked(id) => format!("a carrier is asked about consignment {id}"),
        Refusal::Redacted(id) => format!("order {id} is redacted"),
        Refusal::CannotMerge => "cannot merge".to_owned(),
        Refusal::NothingToCarry => "nothing to carry".to_owned(),
        Refusal::ConsignmentIs { act, stage } => format!("cannot {} what is {}", act.as_str(), stage.as_str()),
        Refusal::ConsignmentCannot { from, to } => format!("not from {} to {}", from.as_str(), to.as_str()),
        Refusal::ReferenceTaken { text, .. } => format!("{text} is taken"),
        Refusal::DescriptionChanged => "another description than was seen".to_owned(),
        Refusal::FulfilmentMoved(id) => format!("fulfilment order {id} is elsewhere"),
        Refusal::ConsignmentsChanged => "other consignments than were seen".to_owned(),
        Refusal::NotAllocated { sku, asked, allocated, .. } => format!("{asked} {sku}, {allocated} allocated"),
        Refusal::ShippingTaken => "shipping is taken already".to_owned(),
        Refusal::ShipmentIs { act, fact } => format!("cannot {} what is {fact:?}", act.as_str()).to_lowercase(),
        Refusal::AllocatedAt { source, sku, allocated } => format!("{allocated} {sku} bound at {source}"),
        Refusal::ShipmentOfOtherOrder { shipment, order } => format!("shipment {shipment} is not of order {order}"),
        Refusal::PaymentMethod { method } => format!("payment method {}", method.as_deref().unwrap_or("-")),
        Refusal::NotStockedAt { source, sku } => format!("no {sku} at {source}"),
        Refusal::NotEnoughAt { source, sku, asked, on_hand } => format!("{asked} {sku}, {on_hand} at {source}"),
        Refusal::NotEnoughToPromise { sku, asked, salable } => format!("{asked} {sku}, {salable} to promise"),
        Refusal::SourceNotNamed => "name a source".to_owned(),
        Refusal::NothingGiven => "nothing given".to_owned(),
        Refusal::Invalid(invalid) => self::invalid(invalid),
        Refusal::DefaultStockStays => "the default stock stays".to_owned(),
        Refusal::StockHasChannels => "the stock has channels".to_owned(),
        Refusal::StockInUse { stock } => format!("stock {stock} is in use"),
        Refusal::DefaultLink { delete } => {
            format!("default link cannot be {}", if *delete { "deleted" } else { "saved" })
        }
        Refusal::SourceNameTaken(name) => format!("name {name} is taken"),
        Refusal::SameSource => "same source".to_owned(),
        Refusal::NoSuchOrigin(code) => format!("no origin {code}"),
        Refusal::NoSuchDestination(code) => format!("no destination {code}"),
        Refusal::NotEnoughToTransfer { sku } => format!("not enough {sku} to transfer"),
        Refusal::NothingToTransfer { sku, source } => format!("no {sku} at {source} to transfer"),
        Refusal::Contradiction { field, sku, sent, computed } => {
            let of = sku.as_ref().map_or_else(String::new, |sku| format!(" of {sku}"));
            format!("{field}{of} is {computed}, not {sent}")
        }
        Refusal::BadOrder(bad) => bad_order(bad),
        Refusal::NumberTaken(number) => format!("number {number} is taken"),
        Refusal::SignIn => "sign in".to_owned(),
    }
}

fn invalid(invalid: &Invalid) -> String {
    match invalid {
        Invalid::Empty { field } => format!("{field} is empty"),
        Invalid::Blanks { field } => format!("{field} has blanks"),
        Invalid::OuterBlanks { field } => format!("{field} has outer blanks"),
        Invalid::Negative { field } => format!("{field} is negative"),
        Invalid::NotPositive { field } => format!("{field} is not positive"),
        Invalid::DefaultSourceDisabled => "the default source stays enabled".to_owned(),
        Invalid::CarriersNotOwn => "carriers are not its own".to_owned(),
        Invalid::UnknownWebsite(code) => format!("no website {code}"),
        Invalid::UnknownSource(code) => format!("no source {code}"),
        Invalid::TooLong { field, most } => format!("{field} is longer than {most}"),
    }
}

fn bad_order(bad: &BadOrder) -> String {
    match bad {
        BadOrder::NoItems => "no items".to_owned(),
        BadOrder::TooManyItems { most } => format!("more than {most} items"),
        BadOrder::NoQuantity { sku } => format!("no quantity of {sku}"),
        BadOrder::NoSku { position } => format!("no sku at {position}"),
        BadOrder::Amount { field } => format!("{field} cannot be"),
        BadOrder::AlreadyDone { field } => format!("{field} is done by documents"),
        BadOrder::State(state) => format!("no order starts as {state}"),
        BadOrder::UnknownParent { sku } => format!("no parent of {sku}"),
        BadOrder::NestedParent { sku } => format!("parent of {sku} is a part itself"),
        BadOrder::Currency(code) => format!("no currency {code}"),
        BadOrder::UnknownKind(kind) => format!("no kind {kind}"),
        BadOrder::AddressIncomplete { missing, bad_email } => {
            format!("address without {}{}", missing.join(" "), if *bad_email { " bad email" } else { "" })
        }
        BadOrder::CannotChange { field } => format!("{field} does not change"),
    }
}
