//! An order object as a client sends it, as a command (contract 5.1).

use serde_json::{Map, Value};
use waybill_domain::{
    AcceptOrder, Addresses, Allocation, AmendOrder, Amount, BadOrder, CommentDraft, Composition, Customer,
    DraftAddress, DraftItem, Extra, Gateway, Method, OrderId, PaymentDraft, ProductId, Rate, Refusal, Sent, SentTotals,
    StoreId,
};

use super::taken::Taken;
use super::wire::fault::Fault;
use super::words;
use crate::time;

/// Members that we compute; what a client sends of them is compared or refused, never kept.
const COMPUTED: &[&str] = &[
    "entity_id",
    "increment_id",
    "state",
    "status",
    "store_id",
    "created_at",
    "updated_at",
    "order_currency_code",
    "base_currency_code",
    "base_to_order_rate",
    "customer_email",
    "customer_id",
    "customer_firstname",
    "customer_lastname",
    "is_virtual",
    "items",
    "billing_address",
    "billing_address_id",
    "payment",
    "status_histories",
    "extension_attributes",
    "shipping_description",
    "total_item_count",
    "total_qty_ordered",
    "base_total_qty_ordered",
    "hold_before_state",
    "hold_before_status",
    "subtotal",
    "base_subtotal",
    "subtotal_incl_tax",
    "base_subtotal_incl_tax",
    "discount_amount",
    "base_discount_amount",
    "shipping_amount",
    "base_shipping_amount",
    "shipping_incl_tax",
    "base_shipping_incl_tax",
    "shipping_discount_amount",
    "base_shipping_discount_amount",
    "shipping_tax_amount",
    "base_shipping_tax_amount",
    "shipping_discount_tax_compensation_amount",
    "base_shipping_discount_tax_compensation_amnt",
    "tax_amount",
    "base_tax_amount",
    "discount_tax_compensation_amount",
    "base_discount_tax_compensation_amount",
    "grand_total",
    "base_grand_total",
    "total_due",
    "base_total_due",
];

/// What an accepted order no longer lets a client change.
const UNCHANGEABLE: &[&str] = &[
    "state",
    "store_id",
    "increment_id",
    "order_currency_code",
    "base_currency_code",
    "items",
    "subtotal",
    "grand_total",
    "base_grand_total",
    "discount_amount",
    "shipping_amount",
    "tax_amount",
    "total_qty_ordered",
    "payment",
    "billing_address",
];

/// What only documents of ours can bring about.
fn is_progress(name: &str) -> bool {
    let name = name.strip_prefix("base_").unwrap_or(name);
    ["_invoiced", "_canceled", "_refunded", "_shipped", "_captured"].iter().any(|end| name.ends_with(end))
        || matches!(
            name,
            "total_paid"
                | "total_invoiced_cost"
                | "amount_paid"
                | "amount_paid_online"
                | "amount_refunded_online"
                | "row_invoiced"
                | "amount_refunded"
                | "qty_backordered"
                | "qty_returned"
        )
}

/// What a payment says of its money at a gateway. Of the sandbox its further information are the words that it obeys;
/// of Stripe its names of what is set aside, of the means of payment, and of the customer.
fn pay(payment: &Taken<'_>) -> Result<PaymentDraft, Fault> {
    let information = payment.texts("additional_information");
    let named = |prefixes: &[&str]| {
        let is_named = |text: &&String| prefixes.iter().any(|prefix| text.starts_with(prefix));
        information.iter().find(is_named).cloned()
    };
    let transaction = payment.text("last_trans_id").or_else(|| payment.text("cc_trans_id"));
    Ok(match payment.str("method").map(Method::of) {
        Some(Method::Gateway(Gateway::Rehearsal)) => PaymentDraft {
            instrument: Some(information.join(" "))
                .filter(|words| !words.is_empty())
                .or_else(|| Some("card".to_owned())),
            ..PaymentDraft::default()
        },
        Some(Method::Gateway(Gateway::Stripe)) => PaymentDraft {
            instrument: named(&["pm_", "card_", "src_", "tok_"]),
            customer: named(&["cus_"]),
            authorisation: named(&["pi_"]).or(transaction.filter(|name| name.starts_with("pi_"))),
        },
        Some(Method::Offline | Method::Elsewhere) | None => PaymentDraft::default(),
    })
}

fn refuse(bad: BadOrder) -> Fault {
    words::order(&[Refusal::BadOrder(bad)])
}

/// What is zero says nothing; anything else would be a claim that we cannot check.
fn no_progress(object: &Taken<'_>) -> Result<(), Fault> {
    for (name, value) in object.0 {
        let zero = value.as_f64().is_none_or(|number| number.abs() == 0.0);
        if is_progress(name) && !zero {
            return Err(refuse(BadOrder::AlreadyDone { field: name.clone() }));
        }
    }
    Ok(())
}

/// An order that comes in.
pub(crate) fn accept(entity: &Taken<'_>, store: StoreId, hold_stock: bool) -> Result<AcceptOrder, Fault> {
    no_progress(entity)?;
    let payment = entity.object("payment");
    if let Some(payment) = &payment {
        no_progress(payment)?;
    }
    let shipping = entity
        .extension()
        .and_then(|extension| extension.objects("shipping_assignments").first().copied())
        .and_then(|assignment| assignment.object("shipping"));
    let total = shipping.and_then(|shipping| shipping.object("total"));
    // Shipping amounts may stand on the order, or with its shipping assignment.
    let shipping_sent = |name: &str, base: &str| -> Result<Sent, Fault> {
        let own = sent(entity, name, base)?;
        match (&total, own) {
            (Some(total), Sent { amount: None, base: None }) => sent(total, name, base),
            _ => Ok(own),
        }
    };
    let mut extra = extra(entity, COMPUTED);
    if let Some(extension) = entity.extension() {
        let kept: Map<String, Value> = extension
            .0
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "shipping_assignments" | "payment_additional_info"))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if !kept.is_empty() {
            extra.insert("extension_attributes".to_owned(), Value::Object(kept).to_string());
        }
    }
    Ok(AcceptOrder {
        store: entity.int("store_id").map_or(store, StoreId),
        number: entity.text("increment_id"),
        state: entity.text("state"),
        status: entity.text("status"),
        currency: entity.text("order_currency_code").filter(|code| !code.is_empty()),
        base_currency: entity.text("base_currency_code").filter(|code| !code.is_empty()),
        rate: rate(entity)?,
        email: entity.text("customer_email"),
        customer: customer(entity),
        method: payment.and_then(|payment| payment.text("method")).filter(|method| !method.is_empty()),
        pay: payment.as_ref().map(pay).transpose()?.unwrap_or_default(),
        items: items(entity)?,
        sent: SentTotals {
            subtotal: sent(entity, "subtotal", "base_subtotal")?,
            subtotal_incl_tax: sent(entity, "subtotal_incl_tax", "base_subtotal_incl_tax")?,
            discount: sent(entity, "discount_amount", "base_discount_amount")?,
            shipping: shipping_sent("shipping_amount", "base_shipping_amount")?,
            shipping_incl_tax: shipping_sent("shipping_incl_tax", "base_shipping_incl_tax")?,
            shipping_discount: shipping_sent("shipping_discount_amount", "base_shipping_discount_amount")?,
            shipping_tax: shipping_sent("shipping_tax_amount", "base_shipping_tax_amount")?,
            shipping_compensation: shipping_sent(
                "shipping_discount_tax_compensation_amount",
                "base_shipping_discount_tax_compensation_amnt",
            )?,
            tax: sent(entity, "tax_amount", "base_tax_amount")?,
            compensation: sent(entity, "discount_tax_compensation_amount", "base_discount_tax_compensation_amount")?,
            total: sent(entity, "grand_total", "base_grand_total")?,
            total_due: sent(entity, "total_due", "base_total_due")?,
            quantity: entity.quantity("total_qty_ordered")?,
        },
        billing: entity.object("billing_address").and_then(|address| address_of(&address)),
        shipping: shipping.and_then(|shipping| shipping.object("address")).and_then(|address| address_of(&address)),
        shipping_method: shipping.and_then(|shipping| shipping.text("method")),
        shipping_description: entity.text("shipping_description"),
        payment: payment
            .map(|payment| self::extra(&payment, &["method", "entity_id", "parent_id"]))
            .unwrap_or_default(),
        extra,
        created_at: entity.str("created_at").and_then(time::parse),
        history: entity
            .objects("status_histories")
            .iter()
            .map(|history| (history_draft(history), history.text("status")))
            .collect(),
        market: None,
        addresses: Addresses::Complete,
        holds: Vec::new(),
        allocation: Allocation::None,
        hold_stock,
    })
}

/// A remark in an order's history.
pub(crate) fn history_draft(history: &Taken<'_>) -> CommentDraft {
    CommentDraft {
        text: history.text("comment"),
        notified: history.flag("is_customer_notified"),
        visible_on_front: history.flag("is_visible_on_front").unwrap_or(false),
    }
}

/// A change of what an order says of itself.
pub(crate) fn amend(entity: &Taken<'_>, order: OrderId) -> AmendOrder {
    AmendOrder {
        order,
        status: entity.text("status"),
        email: entity.text("customer_email"),
        customer: customer(entity),
        extra: extra(entity, COMPUTED),
        seen: None,
        unchangeable: UNCHANGEABLE.iter().filter(|name| entity.has(name)).map(|name| (*name).to_owned()).collect(),
    }
}

fn customer(entity: &Taken<'_>) -> Customer {
    Customer {
        id: entity.int("customer_id"),
        firstname: entity.text("customer_firstname"),
        lastname: entity.text("customer_lastname"),
    }
}

/// The rate between the currencies; zero says nothing.
fn rate(entity: &Taken<'_>) -> Result<Option<Rate>, Fault> {
    match entity.0.get("base_to_order_rate").and_then(Value::as_number) {
        None => Ok(None),
        Some(number) if number.as_f64() == Some(0.0) => Ok(None),
        Some(number) => match Rate::parse(&number.to_string()) {
            Ok(rate) => Ok(Some(rate)),
            Err(_) => Err(refuse(BadOrder::Amount { field: "base_to_order_rate" })),
        },
    }
}

fn sent(object: &Taken<'_>, name: &str, base: &str) -> Result<Sent, Fault> {
    Ok(Sent { amount: object.amount(name)?, base: object.amount(base)? })
}

/// Everything that is not computed and says nothing of progress.
fn extra(object: &Taken<'_>, computed: &[&str]) -> Extra {
    object
        .0
        .iter()
        .filter(|(name, _)| !computed.contains(&name.as_str()) && !is_progress(name))
        .map(|(name, value)| (name.clone(), value.to_string()))
        .collect()
}

/// An address; one that says nothing is none.
fn address_of(address: &Taken<'_>) -> Option<DraftAddress> {
    let text = |name: &str| address.text(name).unwrap_or_default();
    let street = address.texts("street");
    if text("firstname").is_empty() && text("lastname").is_empty() && text("city").is_empty() && street.is_empty() {
        return None;
    }
    Some(DraftAddress {
        firstname: text("firstname"),
        lastname: text("lastname"),
        company: address.text("company"),
        street,
        city: text("city"),
        region: address.text("region"),
        region_code: address.text("region_code"),
        region_id: address.int("region_id"),
        postcode: text("postcode"),
        country: text("country_id"),
        telephone: address.text("telephone"),
        email: address.text("email").filter(|email| !email.is_empty()),
        extra: extra(
            address,
            &[
                "firstname",
                "lastname",
                "company",
                "street",
                "city",
                "region",
                "region_code",
                "region_id",
                "postcode",
                "country_id",
                "telephone",
                "email",
                "entity_id",
                "parent_id",
                "address_type",
            ],
        ),
    })
}

const ITEM_COMPUTED: &[&str] = &[
    "item_id",
    "order_id",
    "parent_item_id",
    "parent_item",
    "sku",
    "name",
    "product_type",
    "product_id",
    "qty_ordered",
    "is_qty_decimal",
    "is_virtual",
    "locked_do_invoice",
    "locked_do_ship",
    "price",
    "base_price",
    "price_incl_tax",
    "base_price_incl_tax",
    "original_price",
    "base_original_price",
    "base_cost",
    "row_total",
    "base_row_total",
    "row_total_incl_tax",
    "base_row_total_incl_tax",
    "tax_amount",
    "base_tax_amount",
    "discount_amount",
    "base_discount_amount",
    "discount_tax_compensation_amount",
    "base_discount_tax_compensation_amount",
    "created_at",
    "updated_at",
];

/// The lines, parents found for children however the client names them: by a nested object, or by an id of its own.
fn items(entity: &Taken<'_>) -> Result<Vec<DraftItem>, Fault> {
    let sent: Vec<Taken<'_>> = entity.objects("items");
    let mut drafts: Vec<DraftItem> = sent.iter().map(item).collect::<Result<_, _>>()?;
    let by_id = |wanted: i64| {
        sent.iter().position(|item| item.int("item_id") == Some(wanted) || item.int("quote_item_id") == Some(wanted))
    };
    for (index, item) in sent.iter().enumerate() {
        let parent = match (item.object("parent_item"), item.int("parent_item_id")) {
            (Some(parent), _) => Some(parent_position(&mut drafts, &sent, &parent)?),
            (None, Some(wanted)) => {
                let missing = || refuse(BadOrder::UnknownParent { sku: drafts[index].sku.clone() });
                Some(by_id(wanted).filter(|position| *position != index).ok_or_else(missing)?)
            }
            (None, None) => None,
        };
        drafts[index].parent = parent;
    }
    Ok(drafts)
}

/// Where a nested parent stands among the lines; it is added when it does not.
fn parent_position(drafts: &mut Vec<DraftItem>, sent: &[Taken<'_>], parent: &Taken<'_>) -> Result<usize, Fault> {
    let draft = item(parent)?;
    let is_same = |other: &Taken<'_>| match (parent.int("item_id"), other.int("item_id")) {
        (Some(wanted), Some(id)) => wanted == id,
        _ => {
            other.str("sku") == parent.str("sku")
                && other.str("product_type") == parent.str("product_type")
                && !other.has("parent_item")
                && !other.has("parent_item_id")
        }
    };
    if let Some(position) = sent.iter().position(is_same) {
        return Ok(position);
    }
    let added = drafts[sent.len()..].iter().position(|other| other.sku == draft.sku && other.kind == draft.kind);
    Ok(match added {
        Some(position) => sent.len() + position,
        None => {
            drafts.push(draft);
            drafts.len() - 1
        }
    })
}

fn item(item: &Taken<'_>) -> Result<DraftItem, Fault> {
    no_progress(item)?;
    let cost = item.amount("base_cost")?;
    Ok(DraftItem {
        parent: None,
        sku: item.text("sku").unwrap_or_default(),
        name: item.text("name"),
        kind: item.text("product_type"),
        product: item.int("product_id").map(ProductId),
        quantity: item.quantity("qty_ordered")?,
        decimal: item.flag("is_qty_decimal"),
        is_virtual: item.flag("is_virtual"),
        locked_invoice: item.flag("locked_do_invoice").unwrap_or(false),
        locked_ship: item.flag("locked_do_ship").unwrap_or(false),
        composition: composition(item),
        price: sent(item, "price", "base_price")?,
        price_incl_tax: sent(item, "price_incl_tax", "base_price_incl_tax")?,
        original_price: sent(item, "original_price", "base_original_price")?,
        cost: Sent { amount: None, base: cost.filter(|cost| *cost > Amount::ZERO) },
        row: sent(item, "row_total", "base_row_total")?,
        row_incl_tax: sent(item, "row_total_incl_tax", "base_row_total_incl_tax")?,
        tax: sent(item, "tax_amount", "base_tax_amount")?,
        discount: sent(item, "discount_amount", "base_discount_amount")?,
        compensation: sent(item, "discount_tax_compensation_amount", "base_discount_tax_compensation_amount")?,
        extra: extra(item, ITEM_COMPUTED),
    })
}

/// A configurable carries price and parcel itself; of a bundle the catalogue or the prices tell.
fn composition(item: &Taken<'_>) -> Option<Composition> {
    (item.str("product_type") == Some("configurable"))
        .then_some(Composition { price_on_children: false, ships_separately: false })
}
