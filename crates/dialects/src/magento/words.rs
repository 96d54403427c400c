//! Magento's words for every no (contract 1.4 and the section of each verb).

mod order;

use waybill_domain::{Act, BadOrder, Invalid, PaymentStage, Refusal};
use waybill_engine::{Failure, random_hex};

use super::wire::fault::{Entry, Fault};

/// A failure of the engine, with refusals in the words of a verb.
pub(crate) fn failure(failure: &Failure, words: fn(&[Refusal]) -> Fault) -> Fault {
    match failure {
        Failure::Refused(refusals) => words(refusals),
        Failure::KeyMismatch => {
            Fault::new(422, "The Idempotency-Key was used for another request. Send this one with a key of its own.")
        }
        Failure::KeyBusy => Fault::new(
            409,
            "The Idempotency-Key is in use for another request, which is still being carried out. Send this one with a key of \
             its own.",
        ),
        Failure::Unsettled(operation) => under_way(&operation.to_string()),
        Failure::Busy => Fault::new(503, "Too many requests are waiting. Nothing was changed; send this one again."),
        Failure::Unanswerable(why) => Fault::bad(format!("The request cannot be answered: {why}")),
        Failure::Unavailable => {
            Fault::new(503, "The database cannot be reached. Nothing was changed; send this one again.")
        }
        Failure::Unknown => Fault::new(
            503,
            "The database was lost while the request was carried out: it was done wholly or not at all. Send it again \
             with the same Idempotency-Key; without one, look first whether it was done.",
        ),
        Failure::Broken => {
            let report = random_hex();
            tracing::error!(report = &report[..13], "a request could not be answered; the error before this says why");
            Fault::new(
                500,
                format!(
                    "Internal Error. Details are available in Magento log file. Report ID: webapi-{}",
                    &report[..13]
                ),
            )
        }
    }
}

/// What is told while a gateway has not answered: nothing is decided yet, and nothing is lost.
fn under_way(operation: &str) -> Fault {
    Fault::new(
        409,
        format!(
            "The payment gateway has not answered yet (operation {operation}). It is asked again until it does, and nothing is \
             charged twice. Look at the order later, or send the request again with the same Idempotency-Key."
        ),
    )
}

/// Refusals of an act on an order, a shipment or a track.
pub(crate) fn plain(refusals: &[Refusal]) -> Fault {
    match refusals {
        [Refusal::PaymentUnderWay { operation, .. }] => under_way(&operation.to_string()),
        [Refusal::NoSuchOrder(id)] if id.0 == 0 => Fault::id_needed(),
        [Refusal::NoSuchShipment(id)] if id.0 == 0 => Fault::id_needed(),
        [Refusal::NoSuchInvoice(id)] if id.0 == 0 => Fault::id_needed(),
        [Refusal::NoSuchCreditMemo(id)] if id.0 == 0 => Fault::id_needed(),
        [
            Refusal::NoSuchOrder(_)
            | Refusal::NoSuchShipment(_)
            | Refusal::NoSuchInvoice(_)
            | Refusal::NoSuchCreditMemo(_)
            | Refusal::NoSuchTrack(_),
        ] => Fault::no_entity(),
        [Refusal::OrderInState { act: Act::Hold, .. }] => Fault::bad("A hold action is not available."),
        [Refusal::OrderInState { act: Act::Release, .. }] => Fault::bad("You cannot remove the hold."),
        [one] => Fault::bad(reason(one)),
        many => Fault::bad("One or more input exceptions have occurred.").with(reasons(many)),
    }
}

/// `order/:id/ship` (contract 7.1): what the document says wrong is listed; what stock says no to is hidden
/// behind one sentence by Magento, and named behind it by us.
pub(crate) fn ship(refusals: &[Refusal]) -> Fault {
    if matches!(refusals, [Refusal::NoSuchOrder(_) | Refusal::PaymentUnderWay { .. }]) {
        return plain(refusals);
    }
    if refusals.iter().any(|refusal| is_of_stock(refusal) || is_of_payment(refusal)) {
        return Fault::could_not_save("Could not save a shipment, see error log for details").with(reasons(refusals));
    }
    document("Shipment", refusals)
}

/// `POST shipment` (contract 7.2): one sentence for everything; the reasons stand behind it.
pub(crate) fn shipment(refusals: &[Refusal]) -> Fault {
    if matches!(refusals, [Refusal::NoSuchOrder(_)]) {
        return Fault::could_not_save("The shipment couldn't be saved.").with(reasons(refusals));
    }
    Fault::could_not_save("The shipment couldn't be saved.").with(reasons(refusals))
}

/// `shipment/track` (contract 7.3).
pub(crate) fn track(refusals: &[Refusal]) -> Fault {
    Fault::could_not_save("Could not save the shipment tracking.").with(reasons(refusals))
}

/// `order/:id/invoice` (contract 6.1).
pub(crate) fn invoice(refusals: &[Refusal]) -> Fault {
    match refusals {
        [Refusal::NoSuchOrder(_) | Refusal::PaymentUnderWay { .. }] => plain(refusals),
        [Refusal::MoreThanLeft { name, .. }] => {
            Fault::positional(400, "We found an invalid quantity to invoice item \"%1\".", &[name])
        }
        [refusal] if is_of_payment(refusal) => {
            Fault::could_not_save("Could not save an invoice, see error log for details").with(reasons(refusals))
        }
        refusals => document("Invoice", refusals),
    }
}

/// `order/:id/refund` and `invoice/:id/refund` (contract 8.1, 8.2): what is found while the memo is built is told alone,
/// what its checks find is listed.
pub(crate) fn refund(refusals: &[Refusal]) -> Fault {
    match refusals {
        [Refusal::NoSuchOrder(_) | Refusal::NoSuchInvoice(_) | Refusal::PaymentUnderWay { .. }] => plain(refusals),
        [Refusal::MoreThanLeft { name, .. }] => {
            Fault::positional(400, "We found an invalid quantity to refund item \"%1\".", &[name])
        }
        [Refusal::ShippingAbove { most, currency }] => {
            Fault::positional(400, "Maximum shipping amount allowed to refund is: %1", &[&most.price(currency)])
        }
        [Refusal::NoShippingToRefund] => Fault::bad(reason(&refusals[0])),
        [refusal] if is_of_payment(refusal) => {
            Fault::could_not_save("Could not save a Creditmemo, see error log for details").with(reasons(refusals))
        }
        refusals => document("Creditmemo", refusals),
    }
}

/// `creditmemo/refund` and `POST creditmemo` (contract 8.3, 8.4): the first reason is the message.
pub(crate) fn credit_memo(refusals: &[Refusal]) -> Fault {
    match refusals {
        [Refusal::NoSuchOrder(_)] => Fault::new(404, "We found an invalid order to refund."),
        [Refusal::PaymentUnderWay { .. }] => plain(refusals),
        [Refusal::MoreThanLeft { .. } | Refusal::ShippingAbove { .. } | Refusal::NoShippingToRefund] => {
            refund(refusals)
        }
        [Refusal::MoreThanPaid { left, currency }] => {
            Fault::positional(400, "The most money available to refund is %1.", &[&left.price(currency)])
        }
        [Refusal::Contradiction { field, sku: None, sent, computed }] => Fault::bad(format!(
            "\"{field}\" of the credit memo is {sent}, but the other values make {computed}. Correct one of them, or leave \
             \"{field}\" out."
        )),
        [one] => Fault::bad(reason(one)),
        [first, ..] => Fault::bad(reason(first)).with(reasons(refusals)),
        [] => Fault::bad("The credit memo couldn't be saved."),
    }
}

fn document(kind: &str, refusals: &[Refusal]) -> Fault {
    let lines: Vec<String> = refusals.iter().map(reason).collect();
    Fault::bad(format!("{kind} Document Validation Error(s):\n{}", lines.join("\n")))
}

/// `POST orders` (contract 5.1).
pub(crate) fn order(refusals: &[Refusal]) -> Fault {
    match refusals {
        [Refusal::NoSuchOrder(_)] => Fault::no_entity(),
        [Refusal::BadOrder(BadOrder::AddressIncomplete { .. })] => {
            Fault::positional(400, "We can't save the address:\n%1", &[&reason(&refusals[0])])
        }
        [Refusal::NotEnoughToPromise { .. }] => {
            Fault::bad("Not enough items for sale").with(vec![Entry::new(reason(&refusals[0]))])
        }
        refusals if refusals.iter().all(|refusal| matches!(refusal, Refusal::NotEnoughToPromise { .. })) => {
            Fault::bad("Not enough items for sale").with(reasons(refusals))
        }
        refusals => plain(refusals),
    }
}

/// Sources, stocks, links, bulk acts (contract 10.1).
pub(crate) fn inventory(refusals: &[Refusal]) -> Fault {
    match refusals {
        [Refusal::NothingGiven] => Fault::bad("Input data is empty"),
        [Refusal::SourceNameTaken(_)] => Fault::could_not_save("Could not save Source").with(reasons(refusals)),
        [Refusal::NoSuchStock(id)] => {
            Fault::named(404, "Stock with id \"%value\" does not exist.", &[("value", &id.to_string())])
        }
        [Refusal::DefaultStockStays] => Fault::bad("Default Stock could not be deleted."),
        [Refusal::StockHasChannels] => Fault::bad("Stock has at least one sale channel and could not be deleted."),
        [Refusal::StockInUse { .. }] => Fault::bad("Could not delete Stock").with(reasons(refusals)),
        [Refusal::DefaultLink { .. }] => Fault::bad(reason(&refusals[0])),
        refusals => Fault::bad("Validation Failed").with(reasons(refusals)),
    }
}

/// `DELETE inventory/stocks/:stockId` (contract 10.1).
pub(crate) fn delete_stock(refusals: &[Refusal]) -> Fault {
    match refusals {
        [Refusal::NoSuchStock(id)] => Fault::named(
            404,
            "There is no stock with \"%fieldValue\" for \"%fieldName\". Verify and try again.",
            &[("fieldValue", &id.to_string()), ("fieldName", "stock_id")],
        ),
        refusals => inventory(refusals),
    }
}

/// Links: one that names nothing that exists fails on its foreign key.
pub(crate) fn links(refusals: &[Refusal]) -> Fault {
    let missing = |refusal: &Refusal| matches!(refusal, Refusal::NoSuchSource(_) | Refusal::NoSuchStock(_));
    if !refusals.is_empty() && refusals.iter().all(missing) {
        return Fault::could_not_save("Could not save StockSourceLinks").with(reasons(refusals));
    }
    inventory(refusals)
}

/// Source items: the first fault is told in the message (contract 10.1).
pub(crate) fn source_items(refusals: &[Refusal]) -> Fault {
    match refusals {
        [Refusal::NothingGiven] => Fault::bad("Input data is empty"),
        refusals if refusals.iter().all(|refusal| matches!(refusal, Refusal::NoSuchSource(_))) => {
            Fault::could_not_save("Could not save Source Item").with(reasons(refusals))
        }
        refusals => {
            let first = refusals.first().map(reason).unwrap_or_default();
            Fault::bad(format!("Validation Failed: {first}")).with(reasons(refusals))
        }
    }
}

/// Moving everything from one source to another.
pub(crate) fn move_source(refusals: &[Refusal]) -> Fault {
    Fault::bad("Validation Error: Select different sources for origin and destination.").with(reasons(refusals))
}

/// Moving some from one source to another.
pub(crate) fn transfer(refusals: &[Refusal]) -> Fault {
    Fault::bad("Transfer validation failed").with(reasons(refusals))
}

/// Products (contract 10.7).
pub(crate) fn product(refusals: &[Refusal]) -> Fault {
    match refusals {
        [Refusal::NoSuchProduct(_)] => {
            Fault::new(404, "The product that was requested doesn't exist. Verify the product and try again.")
        }
        [Refusal::Invalid(Invalid::Empty { field }), ..] => {
            let label = match *field {
                "name" => "Product Name",
                "sku" => "SKU",
                other => other,
            };
            Fault::positional(400, "The \"%1\" attribute value is empty. Set the attribute and try again.", &[label])
        }
        [Refusal::Invalid(Invalid::TooLong { most, .. }), ..] => {
            Fault::positional(400, "SKU length should be %1 characters maximum.", &[&most.to_string()])
        }
        [Refusal::Invalid(Invalid::Negative { .. }), ..] => {
            Fault::bad("Please enter a number 0 or greater in this field.")
        }
        refusals => plain(refusals),
    }
}

/// Whether Magento would only find out while saving.
fn is_of_stock(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::NoSuchSource(_) | Refusal::NotStockedAt { .. } | Refusal::NotEnoughAt { .. } | Refusal::SourceNotNamed
    )
}

/// Whether it is about money at a gateway.
fn is_of_payment(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::PaymentMethod { .. }
            | Refusal::Declined { .. }
            | Refusal::NotAuthorised { .. }
            | Refusal::AuthorisationEnded { .. }
            | Refusal::MoreThanAuthorised { .. }
            | Refusal::NotCaptured
    )
}

fn reasons(refusals: &[Refusal]) -> Vec<Entry> {
    refusals.iter().map(entry).collect()
}

/// A reason as an entry of `errors[]`: with placeholders where Magento has them.
fn entry(refusal: &Refusal) -> Entry {
    match refusal {
        Refusal::Invalid(invalid) => invalid_entry(invalid),
        Refusal::NoSuchOrigin(source) => {
            Entry::named("Origin source %sourceCode does not exist", &[("sourceCode", &source.0)])
        }
        Refusal::NoSuchDestination(source) => {
            Entry::named("Destination source %sourceCode does not exist", &[("sourceCode", &source.0)])
        }
        Refusal::NotEnoughToTransfer { sku } => {
            Entry::named("Requested transfer amount for sku %sku is not available", &[("sku", sku.as_str())])
        }
        Refusal::NothingToTransfer { sku, source } => {
            Entry::named("%message", &[("message", &format!("Source item for {sku} and {source} does not exist"))])
        }
        other => Entry::new(reason(other)),
    }
}

fn invalid_entry(invalid: &Invalid) -> Entry {
    let field = |text: &str, field: &&'static str| Entry::named(text, &[("field", *field)]);
    match invalid {
        Invalid::Empty { field: name } => field("\"%field\" can not be empty.", name),
        Invalid::Blanks { field: name } => field("\"%field\" can not contain whitespaces.", name),
        Invalid::OuterBlanks { field: name } => field("\"%field\" can not contain leading or trailing spaces.", name),
        Invalid::Negative { field: name } => field("\"%field\" should be 0 or greater.", name),
        Invalid::NotPositive { field: name } => field("\"%field\" should be greater then 0.", name),
        Invalid::DefaultSourceDisabled => Entry::new("Default source can not be disabled."),
        Invalid::CarriersNotOwn => Entry::named(
            "You can't configure \"%field\" because you have chosen Global Shipping configuration.",
            &[("field", "carrier_links")],
        ),
        Invalid::UnknownWebsite(code) => {
            Entry::named("The website with code \"%code\" does not exist.", &[("code", code)])
        }
        Invalid::UnknownSource(source) => {
            Entry::named("Source %sourceCode does not exist", &[("sourceCode", &source.0)])
        }
        Invalid::TooLong { field: name, most } => Entry::named(
            "\"%field\" should be at most %most characters.",
            &[("field", *name), ("most", &most.to_string())],
        ),
    }
}

/// A reason as one sentence, complete.
fn reason(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NoSuchOrder(id) => format!("The order {id} does not exist."),
        Refusal::NoSuchShipment(id) => format!("The shipment {id} does not exist."),
        Refusal::NoSuchOperation(id) => format!("The payment operation {id} does not exist."),
        Refusal::PaymentUnderWay { operation, .. } => under_way(&operation.to_string()).message,
        Refusal::Declined { reason } => format!("The payment was declined: {reason}"),
        Refusal::NotAuthorised { stage } => match stage {
            PaymentStage::Open | PaymentStage::Authorised => {
                "Nothing is authorized for this order. Send the payment's token or authorization with the order.".to_owned()
            }
            PaymentStage::Declined => "The authorization of this order's payment was declined.".to_owned(),
            PaymentStage::Voided => "The authorization of this order's payment was voided.".to_owned(),
        },
        Refusal::AuthorisationEnded { at } => {
            format!("The authorization of this order's payment ended on {} UTC.", crate::time::show(*at))
        }
        Refusal::MoreThanAuthorised { left, asked, currency } => format!(
            "{} is to be captured, but only {} of the authorization is left.",
            asked.price(currency),
            left.price(currency)
        ),
        Refusal::NothingToCapture => "The capture action is not available.".to_owned(),
        Refusal::NothingToVoid => "The void action is not available.".to_owned(),
        Refusal::DueAgain { due, currency } => format!(
            "{} of this order is due again, as its capture has failed. Capture or void the invoice first.",
            due.price(currency)
        ),
        Refusal::NotCaptured => {
            "No gateway has captured the money of this invoice, so none can give it back. Refund it offline.".to_owned()
        }
        Refusal::NoSuchInvoice(id) => format!("The invoice {id} does not exist."),
        Refusal::NoSuchFulfilment(id) => format!("The fulfilment order {id} does not exist."),
        Refusal::NoSuchConsignment(id) => format!("The consignment {id} does not exist."),
        Refusal::NotInFulfilment { item } => format!("The fulfilment order has nothing of order item {item}."),
        Refusal::RowsInStage { item, stage, .. } => format!("Order item {item} is {}.", stage.as_str()),
        Refusal::MoreThanRows { item, asked, left } => {
            format!("{asked} of order item {item} was asked for, and {left} is left.")
        }
        Refusal::FulfilmentInState { status, .. } => format!("The fulfilment order is {}.", status.as_str()),
        Refusal::OnlyWithOrder { item } => {
            format!("Order item {item} is of a kit that can only be canceled whole, with its order.")
        }
        Refusal::LessThanTaken { item, least } => {
            format!("At least {least} of order item {item} is paid or fulfilled already, or a carrier waits for it.")
        }
        Refusal::CostUnknown { item } => {
            format!("Order item {item} is of a kit, or has a tax or a discount. It can only be canceled.")
        }
        Refusal::PriceStands { item } => {
            format!("Some of order item {item} is invoiced or canceled. Its price cannot be changed.")
        }
        Refusal::ShippingStands => {
            "The shipping is invoiced or canceled, or has a tax or a discount. It cannot cost something else.".to_owned()
        }
        Refusal::MoneySetAside => {
            "The money of the order is set aside at its payment gateway, so it cannot cost something else.".to_owned()
        }
        Refusal::CarrierWaits { item } => {
            format!("A carrier waits for order item {item}. Cancel its consignment first.")
        }
        Refusal::CarrierAsked(id) => format!("A carrier has not answered yet about consignment {id}."),
        Refusal::Redacted(_) => "The order was redacted, nothing more is written down about its customer.".to_owned(),
        Refusal::CannotMerge => "These fulfilment orders cannot be merged.".to_owned(),
        Refusal::NothingToCarry => "There is nothing to carry.".to_owned(),
        Refusal::ConsignmentIs { stage, .. } => format!("The consignment is {}.", stage.as_str()),
        Refusal::ConsignmentCannot { from, to } => {
            format!("The consignment cannot become {}, as it is {}.", to.as_str(), from.as_str())
        }
        Refusal::DescriptionChanged => "The order has changed meanwhile.".to_owned(),
        Refusal::FulfilmentMoved(_) => "Another source has these goods to send by now.".to_owned(),
        Refusal::ConsignmentsChanged => "The consignments of this order have changed meanwhile.".to_owned(),
        Refusal::ReferenceTaken { text, .. } => format!("\"{text}\" is taken."),
        Refusal::NoSuchCreditMemo(id) => format!("The credit memo {id} does not exist."),
        Refusal::NoSuchTrack(id) => format!("The track {id} does not exist."),
        Refusal::NoSuchStock(id) => format!("Stock with id \"{id}\" does not exist."),
        Refusal::NoSuchSource(code) => format!("Source with code \"{code}\" does not exist."),
        Refusal::NoSuchProduct(sku) => format!("The product with SKU \"{sku}\" does not exist."),
        Refusal::NoSuchWebsite(code) => format!("The website with code \"{code}\" does not exist."),
        Refusal::NoSuchStore(code) => format!("The store view \"{code}\" does not exist."),
        Refusal::OrderInState { act, status } => match act {
            Act::Ship => format!("A shipment cannot be created when an order has a status of {status}"),
            Act::Invoice => format!("An invoice cannot be created when an order has a status of {status}"),
            Act::Refund => format!("A creditmemo can not be created when an order has a status of {status}"),
            Act::Cancel => format!("An order cannot be canceled when it has a status of {status}"),
            Act::Hold => "A hold action is not available.".to_owned(),
            Act::Release => "You cannot remove the hold.".to_owned(),
            Act::Mail => "The email cannot be sent.".to_owned(),
            Act::Repack | Act::Delete => format!("A shipment cannot be changed when an order has a status of {status}"),
            Act::Allocate
            | Act::Move
            | Act::Split
            | Act::Merge
            | Act::Fulfil
            | Act::Unfulfil
            | Act::Edit
            | Act::Confirm
            | Act::Redact => format!("This cannot be done when an order has a status of {status}"),
        },
        Refusal::NothingLeft(act) => match act {
            Act::Ship => "The order does not allow a shipment to be created.".to_owned(),
            Act::Invoice => "The order does not allow an invoice to be created.".to_owned(),
            Act::Refund => "The order does not allow a creditmemo to be created.".to_owned(),
            _ => "The order does not allow this any more.".to_owned(),
        },
        Refusal::NothingAsked(act) => match act {
            Act::Ship => "You can't create a shipment without products.".to_owned(),
            Act::Invoice => "The invoice can't be created without products. Add products and try again.".to_owned(),
            Act::Refund => "You can't create a creditmemo without products.".to_owned(),
            _ => "Nothing was asked for.".to_owned(),
        },
        Refusal::NotOfOrder { act, item } => match act {
            Act::Ship => format!("The shipment contains order item {item} that is not part of the original order."),
            Act::Invoice => {
                "The invoice contains one or more items that are not part of the original order.".to_owned()
            }
            Act::Refund => {
                "The creditmemo contains product item that is not part of the original order.".to_owned()
            }
            _ => format!("The order item {item} is not part of the order."),
        },
        Refusal::MoreThanLeft { act, sku, .. } => match act {
            Act::Ship => {
                format!("The quantity to ship must not be greater than the unshipped quantity for product SKU \"{sku}\".")
            }
            Act::Refund => format!(
                "The quantity to creditmemo must not be greater than the unrefunded quantity for product SKU \"{sku}\"."
            ),
            _ => format!(
                "The quantity to invoice must not be greater than the uninvoiced quantity for product SKU \"{sku}\"."
            ),
        },
        Refusal::NotWhole { sku, asked } => {
            format!("You cannot use decimal quantity {asked} for the product with SKU \"{sku}\".")
        }
        Refusal::ShipPartsInstead { bundle } => format!(
            "Cannot create shipment as bundle product \"{bundle}\" has shipment type \"Separately\". Bundle product \
             options should be shipped instead."
        ),
        Refusal::ShipBundleInstead { bundle } => format!(
            "Cannot create shipment as bundle product \"{bundle}\" has shipment type \"Together\". Bundle product \
             itself should be shipped instead."
        ),
        Refusal::TrackWithoutNumber => "Please enter a tracking number.".to_owned(),
        Refusal::MoreThanUnrefunded { sku: _ } => {
            "The quantity to refund must not be greater than the unrefunded quantity.".to_owned()
        }
        Refusal::NotWholeToRefund { sku } => format!("We found an invalid quantity to refund item \"{sku}\"."),
        Refusal::CarriesNoMoney { sku: _ } => "The creditmemo contains incorrect product items.".to_owned(),
        Refusal::NegativeTotal => "The credit memo's total must be positive.".to_owned(),
        Refusal::MoreThanPaid { left, currency: _ } => format!("The most money available to refund is {left}."),
        Refusal::ShippingAbove { most, currency } => {
            format!("Maximum shipping amount allowed to refund is: {}", most.price(currency))
        }
        Refusal::NoShippingToRefund => "You can not refund shipping if there is no shipping amount.".to_owned(),
        Refusal::InvoiceNotRefundable => "We can't create creditmemo for the invoice.".to_owned(),
        Refusal::NotOnMemo { sku } => format!("The \"{sku}\" product is not part of the current creditmemo."),
        Refusal::NotOnAnyOrder { item: _ } => {
            "The return to stock argument contains product item that is not part of the original order.".to_owned()
        }
        Refusal::NotAllocated { sku, asked, allocated, .. } => {
            format!("{asked} of {sku} are to be shipped, but only {allocated} are allocated.")
        }
        Refusal::ShippingTaken => "The shipping costs of this order were taken with another shipment.".to_owned(),
        Refusal::ShipmentIs { .. } => "The shipment can no longer be changed.".to_owned(),
        Refusal::AllocatedAt { source, sku, allocated } => {
            format!("{allocated} of {sku} at source {source} are allocated to orders. Ship or move them first.")
        }
        Refusal::ShipmentOfOtherOrder { shipment, order } => {
            format!("The shipment {shipment} is not of the order {order}.")
        }
        Refusal::PaymentMethod { method } => match method {
            Some(method) => format!(
                "Waybill cannot collect money by the payment method \"{method}\". Collect it elsewhere and send capture as \
                 false."
            ),
            None => "The order has no payment method. Orders are invoiced by their method; send payment.method with the \
                     order."
                .to_owned(),
        },
        Refusal::NotStockedAt { source, sku } => {
            format!("Source item not found by source code: {source} and sku: {sku}.")
        }
        Refusal::NotEnoughAt { source, sku, asked, on_hand } => format!(
            "Not all of your products are available in the requested quantity. ({asked} of {sku} at {source}, {on_hand} \
             there)"
        ),
        Refusal::NotEnoughToPromise { sku, asked, salable } => {
            format!("Not enough items for sale: {asked} of {sku} asked for, {salable} left.")
        }
        Refusal::SourceNotNamed => {
            "More than one source is enabled: name one in extension_attributes.source_code.".to_owned()
        }
        Refusal::NothingGiven => "Input data is empty".to_owned(),
        Refusal::Invalid(invalid) => {
            let Entry { message, parameters } = invalid_entry(invalid);
            super::wire::fault::rendered(&message, &parameters)
        }
        Refusal::DefaultStockStays => "Default Stock could not be deleted.".to_owned(),
        Refusal::StockHasChannels => "Stock has at least one sale channel and could not be deleted.".to_owned(),
        Refusal::StockInUse { stock } => format!("The stock {stock} still holds goods for orders."),
        Refusal::DefaultLink { delete: false } => {
            "Can not save link related to Default Source or Default Stock".to_owned()
        }
        Refusal::DefaultLink { delete: true } => {
            "Can not delete link related to Default Source or Default Stock".to_owned()
        }
        Refusal::SourceNameTaken(name) => format!("Another source has the name \"{name}\"."),
        Refusal::SameSource => "Cannot transfer a source on itself".to_owned(),
        Refusal::NoSuchOrigin(source) => format!("Origin source {source} does not exist"),
        Refusal::NoSuchDestination(source) => format!("Destination source {source} does not exist"),
        Refusal::NotEnoughToTransfer { sku } => {
            format!("Requested transfer amount for sku {sku} is not available")
        }
        Refusal::NothingToTransfer { sku, source } => {
            format!("Source item for {sku} and {source} does not exist")
        }
        Refusal::Contradiction { field, sku, sent, computed } => match sku {
            Some(sku) => format!(
                "\"{field}\" of the item with SKU \"{sku}\" is {sent}, but the other values make {computed}. Correct \
                 one of them, or leave \"{field}\" out."
            ),
            None => format!(
                "\"{field}\" of the order is {sent}, but the other values make {computed}. Correct one of them, or \
                 leave \"{field}\" out."
            ),
        },
        Refusal::BadOrder(bad) => order::bad(bad),
        Refusal::NumberTaken(number) => format!("The increment id \"{number}\" is taken. Send another, or none."),
        Refusal::SignIn => {
            "The account sign-in was incorrect or your account is disabled temporarily. Please wait and try again later."
                .to_owned()
        }
    }
}
