//! What orders and shipments show alike: dates, addresses, amounts (contract `centra.md`, sections 7 and 11).

use serde_json::{Map, Value};
use waybill_domain::{
    Account, Address, Amount, Details, Extra, ItemId, Method, Money, Order, Paid, Payment, PaymentStage, Quantity,
    Shipment, State,
};
use waybill_engine::store::{OrderView, ShipmentView};

use super::plugin::{Plugin, Status, is_on_hold, waits_for_payment};
use super::product::{Catalogue, Shown};
use super::scalar::portion;
use super::tree::{Tree, object};
use super::wire_number_text;
use crate::{kept, time};

/// What this door keeps of an order, under a name of its own.
pub(crate) const KEPT: &str = "centra";

/// The moment that has not come yet.
const NEVER: &str = "0000-00-00 00:00:00";

/// The member that says that the shop had the money when the order came in.
pub(crate) const HAS_MONEY: &str = "paid";

/// What the name of a gateway that needs not be asked begins with.
pub(crate) const PAID_BY: &str = "paid-";

/// What this door kept of an order.
pub(crate) fn kept(details: &Details) -> Map<String, Value> {
    kept::read(&details.extra, KEPT)
}

/// Whether the shop had the money when the order came in.
pub(crate) fn has_money(kept: &Map<String, Value>) -> bool {
    kept.get(HAS_MONEY).and_then(Value::as_bool).unwrap_or(false)
}

/// A text that was kept; nothing is an empty text.
fn text(kept: &Map<String, Value>, name: &str) -> Tree {
    match kept.get(name) {
        Some(Value::String(text)) => text.as_str().into(),
        Some(Value::Number(number)) => number.to_string().into(),
        Some(_) | None => "".into(),
    }
}

fn number(amount: Amount) -> Tree {
    Tree::number(amount)
}

/// Name, dates and addresses.
fn head(tree: Tree, order: &Order, details: &Details, kept: &Map<String, Value>, plugin: &Plugin) -> Tree {
    let customer = details.customer.id.map(|id| id.to_string());
    let tree = tree
        .and("selectionId", order.id.to_string())
        .and("orderDate", time::show(order.created_at))
        .and("cancelDate", text(kept, "cancelDate"))
        .and("preferredDeliveryDate", text(kept, "deliveryDate"))
        .and("estimatedDeliveryDate", text(kept, "estimatedDeliveryDate"))
        .and("orderStore", plugin.store.as_str())
        .and("orderCurrency", order.currency.as_str())
        .and("customerId", customer)
        .and("accountId", text(kept, "accountId"));
    let tree = address(tree, "billing", details.billing.as_ref(), &order.email);
    let delivery = details.shipping.as_ref().or(details.billing.as_ref());
    address(tree, "delivery", delivery, &order.email)
        .and("poNumber", text(kept, "poNumber"))
        .and("shippingList", text(kept, "shippingList"))
        .and("internalComment", text(kept, "internalComment"))
        .and("otherComment", text(kept, "comment"))
}

fn address(tree: Tree, role: &str, address: Option<&Address>, email: &str) -> Tree {
    let name = |member: &str| format!("{role}{member}");
    let of = |read: &dyn Fn(&Address) -> String| address.map_or_else(String::new, read);
    let street = |at: usize| of(&|address: &Address| address.street.get(at).cloned().unwrap_or_default());
    let own = |member: &'static str| {
        of(&|address: &Address| {
            let json = address.extra.get(member).map_or("\"\"", String::as_str);
            serde_json::from_str::<String>(json).unwrap_or_default()
        })
    };
    let full = of(&|address| format!("{} {}", address.firstname, address.lastname).trim().to_owned());
    let tree = tree
        .and(&name("Name"), full)
        .and(&name("Company"), of(&|address| address.company.clone().unwrap_or_default()))
        .and(&name("Address"), street(0))
        .and(&name("Coaddress"), street(1))
        .and(&name("City"), of(&|address| address.city.clone()))
        .and(&name("State"), of(&|address| address.region_code.clone().or(address.region.clone()).unwrap_or_default()))
        .and(&name("Zipcode"), of(&|address| address.postcode.clone()))
        .and(&name("Country"), of(&|address| address.country.clone()))
        .and(&name("Email"), of(&|address| address.email.clone().unwrap_or_else(|| email.to_owned())))
        .and(&name("Tele"), of(&|address| address.telephone.clone().unwrap_or_default()));
    match role {
        "delivery" => tree.and("deliveryCell", own("cell")),
        _ => tree.and("billingVAT", own("vat")),
    }
}

fn extra_text(extra: &Extra, name: &str) -> Option<String> {
    serde_json::from_str::<String>(extra.get(name)?).ok()
}

/// Carrier, service and numbers of a shipment.
struct Parcel {
    carrier: String,
    service: String,
    tracking: String,
    return_tracking: String,
}

impl Parcel {
    fn of(shipment: &Shipment) -> Parcel {
        let track = shipment.tracks.first();
        let carrier = extra_text(&shipment.extra, "carrier").or_else(|| track.map(|track| track.carrier.clone()));
        let service = extra_text(&shipment.extra, "service").or_else(|| track.and_then(|track| track.title.clone()));
        Parcel {
            carrier: carrier.unwrap_or_default(),
            service: service.unwrap_or_default(),
            tracking: track.map(|track| track.number.clone()).unwrap_or_default(),
            return_tracking: extra_text(&shipment.extra, "return_tracking").unwrap_or_default(),
        }
    }
}

/// A shipment's lines that show something, and how many of each.
fn pieces(shipment: &Shipment) -> Vec<(ItemId, Quantity)> {
    shipment.lines.iter().map(|line| (line.item, line.quantity)).collect()
}

/// What a shipment comes to: its lines' shares of the order, and what it carries of the shipping costs.
pub(crate) struct Worth {
    pub(crate) shipping: Amount,
    pub(crate) voucher: Amount,
    pub(crate) tax: Amount,
    pub(crate) total: Amount,
}

pub(crate) fn worth(order: &Order, account: &Account, shipment: &Shipment) -> Worth {
    let digits = waybill_domain::currency_digits(&order.currency);
    let (mut rows, mut tax, mut voucher, mut compensation) = (Amount::ZERO, Amount::ZERO, Amount::ZERO, Amount::ZERO);
    for line in &shipment.lines {
        let Some(item) = order.item(line.item).filter(|item| !order.is_dummy_for_money(item)) else { continue };
        let of = account.lines.get(&item.id).map(|line| line.ordered).unwrap_or_default();
        let share = |money: Money| Amount(portion(money.amount.0, line.quantity.0, item.ordered.0)).round(digits);
        rows += share(of.row);
        tax += share(of.tax);
        voucher += share(of.discount);
        compensation += share(of.compensation);
    }
    let costs = shipment.costs && shipment.sequence > 0;
    let (shipping, shipping_tax) = if costs {
        (account.ordered.shipping.amount, account.ordered.shipping_tax.amount)
    } else {
        (Amount::ZERO, Amount::ZERO)
    };
    let tax = tax + shipping_tax;
    Worth { shipping, voucher, tax, total: rows + tax + compensation + shipping - voucher }
}

/// Whether what a shipment takes is paid, be it by itself or with its order.
pub(crate) fn is_paid(order: &Order, shipment: &Shipment) -> bool {
    let is_invoiced = |line: &waybill_domain::ShipmentLine| {
        order
            .item(line.item)
            .is_none_or(|item| order.is_dummy_for_money(item) || item.done.invoiced >= item.done.shipped)
    };
    shipment.paid != Paid::No || shipment.lines.iter().all(is_invoiced)
}

/// Whether a gateway is there that could still take the money.
fn can_capture(payment: Option<&Payment>, order: &Order) -> bool {
    let is_set_aside = payment.is_some_and(|payment| payment.stage == PaymentStage::Authorised);
    is_set_aside || order.method.as_deref().map(Method::of) == Some(Method::Offline)
}

/// The tax in a total.
fn taxes(total: Amount, tax: Amount) -> Tree {
    let net = total - tax;
    if tax == Amount::ZERO {
        return Vec::new().into();
    }
    let percent = Quantity(portion(Quantity::whole(100).0, tax.0, net.0));
    vec![object([("description", "VAT".into()), ("taxPercent", Tree::number(percent)), ("value", number(tax))])].into()
}

/// A shipment object.
pub(crate) fn shipment(view: &ShipmentView, payment: Option<&Payment>, catalogue: &Catalogue, plugin: &Plugin) -> Tree {
    let ShipmentView { shipment, order, account, details, comments: _, mailed: _ } = view;
    let kept = kept(details);
    let parcel = Parcel::of(shipment);
    let worth = worth(order, account, shipment);
    let paid = is_paid(order, shipment);
    let order_number = wire_number_text(&order.number);
    let shown = Shown { order, account, details, catalogue, plugin, source: Some(&shipment.source) };
    let tree = object([
        ("orderId", order_number.as_str().into()),
        ("shipmentId", format!("{order_number}-{}", shipment.sequence).into()),
    ]);
    head(tree, order, details, &kept, plugin)
        .and("defaultCarrier", details.shipping_method.clone())
        .and("deliveryService", parcel.service.as_str())
        .and("shipmentDate", time::show(shipment.created_at))
        .and("shippedDate", shipment.left_at.map_or_else(|| NEVER.to_owned(), time::show))
        .and("carrier", parcel.carrier.as_str())
        .and("trackingNumber", parcel.tracking.as_str())
        .and("trackingUrl", "")
        .and("returnSlipTracking", parcel.return_tracking.as_str())
        .and("suspect", Tree::bit(false))
        .and("hold", Tree::bit(is_on_hold(order)))
        .and("paid", Tree::bit(paid))
        .and("gtg", Tree::bit(shipment.ready_at.is_some()))
        .and("shouldCapture", Tree::bit(!paid && worth.total > Amount::ZERO && can_capture(payment, order)))
        .and("shippingValue", number(worth.shipping))
        .and("voucherValue", number(worth.voucher))
        .and("grandTotalValue", number(worth.total))
        .and("grandTotalTaxValue", number(worth.tax))
        .and("taxAdded", number(Amount::ZERO))
        .and("taxDeducted", number(Amount::ZERO))
        .and("taxBreakdown", taxes(worth.total, worth.tax))
        .and("products", shown.products(&pieces(shipment)))
}

/// An order object.
pub(crate) fn order(view: &OrderView, shipments: &[Shipment], catalogue: &Catalogue, plugin: &Plugin) -> Tree {
    let OrderView { order, account, payment, details, comments: _, mailed: _ } = view;
    let kept = kept(details);
    // What was cancelled of it is not shown, unless that is all.
    let mut ordered = account.ordered;
    if order.stage.state != State::Canceled {
        ordered.add(&-account.canceled);
    }
    let has_open = shipments.iter().any(|shipment| !shipment.deducted && !shipment.is_complete());
    let status = Status::of(order, has_open);
    let order_number = wire_number_text(&order.number);
    let shown = Shown { order, account, details, catalogue, plugin, source: None };
    let discount = Amount(-ordered.discount.amount.0);
    let net = ordered.total.amount - ordered.tax.amount;
    let payment_type = match order.method.as_deref().map(Method::of) {
        _ if ordered.total.amount == Amount::ZERO => "free",
        Some(Method::Gateway(_)) => "cc",
        Some(Method::Elsewhere) if order.paid.amount == ordered.total.amount || has_money(&kept) => "prepaid",
        Some(Method::Elsewhere) => "3rd",
        Some(Method::Offline) | None => "inv",
    };
    let method = order.method.as_deref().map(|method| method.strip_prefix(PAID_BY).unwrap_or(method).to_owned());
    let reference = payment.as_ref().and_then(|payment| payment.authorisation.clone());
    let reference = reference.map_or_else(|| kept.get("paymentReference").map_or(Tree::Null, Tree::from), Tree::from);
    let tree = object([("orderId", order_number.as_str().into()), ("orderStatus", status.number().to_string().into())]);
    let mut tree = head(tree, order, details, &kept, plugin)
        .and("internalOrder", Tree::bit(kept.get("internalOrder").and_then(Value::as_bool).unwrap_or(false)))
        .and("waitingForPayment", Tree::bit(waits_for_payment(order)))
        .and("hold", Tree::bit(is_on_hold(order)))
        .and("suspect", Tree::bit(false))
        .and("marketId", details.market.map(|market| market.to_string()))
        .and("pricelistId", text(&kept, "pricelistId"))
        .and("ipAddress", "")
        .and("paymentPlugin", method.clone())
        .and("paymentType", payment_type)
        .and("paymentDescription", method.clone())
        .and("paymentReference", reference)
        .and("paymentMethod", method.map_or(Tree::Null, Tree::from))
        .and("defaultCarrier", details.shipping_method.clone())
        .and("shippingValue", number(ordered.shipping.amount))
        .and("voucherValue", number(discount))
        .and("grandTotalValue", number(ordered.total.amount))
        .and("grandTotalTaxValue", number(ordered.tax.amount))
        .and("taxAdded", number(Amount::ZERO))
        .and("taxDeducted", number(Amount::ZERO))
        .and("shipments", shipments.iter().map(|one| in_order(&order_number, one)).collect::<Vec<_>>())
        .and("totalItemsPriceTax", number(ordered.tax.amount - ordered.shipping_tax.amount))
        .and("totalItemsPrice", number(ordered.subtotal.amount))
        .and("totalItemsWithoutTax", number(net - ordered.shipping.amount))
        .and("totalItemsDiscount", number(discount))
        .and("taxBreakdown", taxes(ordered.total.amount, ordered.tax.amount))
        .and("discounts", discounts(discount, &kept))
        .and("products", shown.products(&lines(order)));
    if let Some(Value::Object(attributes)) = kept.get("extraAttributes") {
        // They stand beside the order's own members, and never in their place.
        for (name, value) in attributes {
            if !tree.has(name) {
                tree = tree.and(name, value);
            }
        }
    }
    tree
}

/// An order's lines as they are shown: what is canceled is not.
fn lines(order: &Order) -> Vec<(ItemId, Quantity)> {
    let all = order.items.iter().map(|item| (item.id, item.ordered - item.done.canceled));
    all.filter(|(_, quantity)| *quantity > Quantity::ZERO).collect()
}

fn in_order(order_number: &str, shipment: &Shipment) -> Tree {
    let parcel = Parcel::of(shipment);
    object([
        ("shipmentId", format!("{order_number}-{}", shipment.sequence).into()),
        ("shippedDate", shipment.left_at.map_or_else(|| NEVER.to_owned(), time::show).into()),
        ("carrier", parcel.carrier.into()),
        ("service", parcel.service.into()),
        ("trackingId", parcel.tracking.into()),
        ("trackingUrl", "".into()),
        ("returnSlipTracking", parcel.return_tracking.into()),
        // Where it leaves from.
        ("warehouse", shipment.source.0.as_str().into()),
    ])
}

fn discounts(discount: Amount, kept: &Map<String, Value>) -> Tree {
    let codes = kept.get("voucherCodes").and_then(Value::as_array).cloned().unwrap_or_default();
    let vouchers: Vec<Tree> = codes
        .iter()
        .map(|code| {
            object([
                ("voucher", Tree::from(code)),
                ("name", Tree::from(code)),
                ("priceOff", "".into()),
                ("priceOffAsANumber", number(Amount::ZERO)),
                ("description", "".into()),
                ("isCredit", false.into()),
            ])
        })
        .collect();
    object([
        ("anyDiscount", (discount > Amount::ZERO).into()),
        ("discount", discount.to_string().into()),
        ("discountAsNumber", number(discount)),
        ("vouchers", vouchers.into()),
        ("automaticDiscounts", Vec::new().into()),
    ])
}
