//! What invoices, shipments and credit memos have in common on the wire.

use serde_json::{Map, Value, json};
use waybill_domain::{
    Account, Act, Address, Command, Comment, CommentDraft, Details, DocumentId, ItemId, LineAmounts, Money, Notify,
    Order, Outcome, Subject,
};

use super::shipment::read_extra;
use super::taken::{Taken, number};
use super::wire::fault::{Entry, Fault};
use super::{Answer, Ask, listed_of_parent, words};
use crate::time;

/// A pair of members: the order's currency, and with `base_` the base currency.
pub(crate) fn both(name: &str, money: Money) -> [(String, Value); 2] {
    [(name.to_owned(), number(money.amount)), (format!("base_{name}"), number(money.base))]
}

/// That a letter about it was sent; where none was, Magento says nothing.
pub(super) fn mailed(mailed: bool) -> Option<(String, Value)> {
    mailed.then(|| ("email_sent".to_owned(), Value::from(1)))
}

/// The pair that Magento names otherwise: the base member's name is cut short.
pub(crate) fn shipping_compensation(money: Money) -> [(String, Value); 2] {
    [
        ("shipping_discount_tax_compensation_amount".to_owned(), number(money.amount)),
        ("base_shipping_discount_tax_compensation_amnt".to_owned(), number(money.base)),
    ]
}

/// What a document of money repeats of its order: currencies, rates, addresses.
pub(crate) fn head(order: &Order, account: &Account, details: &Details) -> Map<String, Value> {
    let mut map = Map::new();
    let kept = read_extra("SalesDataOrder", &details.extra);
    for name in [
        "global_currency_code",
        "store_currency_code",
        "base_to_global_rate",
        "store_to_base_rate",
        "store_to_order_rate",
    ] {
        if let Some(value) = kept.get(name) {
            map.insert(name.to_owned(), value.clone());
        }
    }
    let address = |address: &Option<Address>| json!(address.as_ref().map(|address| address.id.0));
    map.insert("base_currency_code".to_owned(), json!(order.base_currency));
    map.insert("order_currency_code".to_owned(), json!(order.currency));
    map.insert("base_to_order_rate".to_owned(), number(account.rate));
    map.insert("billing_address_id".to_owned(), address(&details.billing));
    map.insert("shipping_address_id".to_owned(), address(&details.shipping));
    map
}

/// What a line of a document of money says of the order's line, and its own amounts.
pub(crate) fn line(
    order: &Order,
    account: &Account,
    item: ItemId,
    amounts: Option<&LineAmounts>,
) -> Vec<(String, Value)> {
    let mut members = Vec::new();
    if let Some(amounts) = amounts {
        members.extend(both("row_total", amounts.row));
        members.extend(both("row_total_incl_tax", amounts.row_incl_tax));
        members.extend(both("tax_amount", amounts.tax));
        members.extend(both("discount_amount", amounts.discount));
        members.extend(both("discount_tax_compensation_amount", amounts.compensation));
    }
    if let Some(line) = account.lines.get(&item) {
        members.extend(both("price", line.price));
        members.extend(both("price_incl_tax", line.price_incl_tax));
        members.extend(line.cost.map(|cost| ("base_cost".to_owned(), number(cost.base))));
    }
    if let Some(item) = order.item(item) {
        members.push(("name".to_owned(), json!(item.name)));
        members.push(("sku".to_owned(), json!(item.sku.as_str())));
        members.push(("product_id".to_owned(), json!(item.product.map(|product| product.0))));
    }
    members
}

/// A comment that comes with a document: whether the customer is told says the request.
pub(crate) fn comment_with(values: &Taken<'_>) -> Option<CommentDraft> {
    let told = values.flag("append_comment").unwrap_or(false) && values.flag("notify").unwrap_or(false);
    values.object("comment").map(|comment| CommentDraft {
        text: comment.text("comment"),
        notified: Some(told),
        visible_on_front: comment.flag("is_visible_on_front").unwrap_or(false),
    })
}

/// Whether the customer is told of a document, and whether the comment that comes with it is part of that.
pub(crate) fn notify(values: &Taken<'_>) -> Notify {
    let flag = |name: &str| values.flag(name).unwrap_or(false);
    match (flag("notify"), flag("append_comment")) {
        (false, _) => Notify::No,
        (true, false) => Notify::Yes,
        (true, true) => Notify::WithComment,
    }
}

/// A comment as it was sent by itself.
pub(crate) fn comment_draft(comment: &Taken<'_>) -> CommentDraft {
    CommentDraft {
        text: comment.text("comment"),
        notified: Some(comment.flag("is_customer_notified").unwrap_or(false)),
        visible_on_front: comment.flag("is_visible_on_front").unwrap_or(false),
    }
}

pub(crate) fn comment_object(comment: &Comment) -> Value {
    json!({
        "is_customer_notified": i64::from(comment.notified.unwrap_or(false)),
        "parent_id": comment.parent,
        "comment": comment.text,
        "is_visible_on_front": i64::from(comment.visible_on_front),
        "created_at": time::show(comment.created_at),
        "entity_id": comment.id.0,
    })
}

/// Tells the customer of an order or document again: whether a mail will be sent.
pub(crate) async fn mail(ask: &Ask, command: Command) -> Answer {
    match ask.execute(command, words::plain).await? {
        Outcome::Letter(_) => Ok(json!(true)),
        Outcome::NotPossible(Act::Mail) => Ok(json!(false)),
        other => unreachable!("a mail is wanted or not, not {other:?}"),
    }
}

/// A document's comments; of one that does not exist there are none.
pub(crate) async fn comments(ask: Ask, subject: Subject) -> Answer {
    let id = ask.values().int("id").unwrap_or(0);
    let found = ask.read(move |view, tenant| view.comments(tenant, subject, id)).await?;
    Ok(listed_of_parent(id, found.iter().map(comment_object).collect()))
}

/// Adds a comment to a document, which its `parent_id` names, or else the route.
pub(crate) async fn comment(ask: Ask, document: fn(i64) -> DocumentId) -> Answer {
    let values = ask.values();
    let entity = values.object("entity").expect("it is required");
    let parent = entity.int("parent_id").or_else(|| values.int("id")).unwrap_or(0);
    let draft = comment_draft(&entity);
    let document = document(parent);
    let (kind, subject) = match document {
        DocumentId::Shipment(_) => ("shipment", Subject::Shipment),
        DocumentId::Invoice(_) => ("invoice", Subject::Invoice),
        DocumentId::CreditMemo(_) => ("creditmemo", Subject::CreditMemo),
    };
    if parent == 0 || draft.text.as_deref().is_none_or(|text| text.trim().is_empty()) {
        let what = match document {
            DocumentId::Shipment(_) => "A shipment",
            DocumentId::Invoice(_) => "An invoice",
            DocumentId::CreditMemo(_) => "A credit memo",
        };
        return Err(Fault::could_not_save(&format!("Could not save the {kind} comment."))
            .with(vec![Entry::new(format!("{what} comment needs a parent_id and a comment."))])
            .into());
    }
    let command = Command::CommentOnDocument { document, comment: draft };
    let outcome = ask.execute(command, words::plain).await?;
    let found = ask.read(move |view, tenant| view.comments(tenant, subject, parent)).await?;
    let made = found.iter().find(|comment| outcome == Outcome::Comment(comment.id));
    Ok(made.map_or(Value::Null, comment_object))
}
