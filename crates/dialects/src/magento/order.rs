//! Orders and the acts on them (contract 5).

use serde_json::{Value, json};
use waybill_domain::{Command, HoldReason, ItemId, OrderId, Outcome, StoreId, Subject};
use waybill_engine::random_hex;
use waybill_engine::store::{Entity, OrderView};

use super::wire::criteria::Names;
use super::wire::fault::Fault;
use super::{Answer, Ask, ReadAll, Stop, document, listed, listed_of_parent, order_take, order_view, words};

const NAMES: Names = &[
    ("entity_id", "id"),
    ("increment_id", "number"),
    ("store_id", "store"),
    ("state", "state"),
    ("status", "status"),
    ("created_at", "created_at"),
    ("updated_at", "updated_at"),
    ("customer_email", "email"),
    ("customer_id", "customer"),
    ("customer_firstname", "firstname"),
    ("customer_lastname", "lastname"),
    ("grand_total", "grand_total"),
    ("base_grand_total", "base_grand_total"),
    ("total_paid", "paid"),
    ("base_total_paid", "base_paid"),
    ("total_refunded", "refunded"),
    ("base_total_refunded", "base_refunded"),
    ("order_currency_code", "currency"),
    ("base_currency_code", "base_currency"),
    ("is_virtual", "is_virtual"),
    ("shipping_method", "shipping_method"),
    ("shipping_description", "shipping_description"),
];

const ITEM_NAMES: Names = &[
    ("item_id", "id"),
    ("order_id", "order_id"),
    ("parent_item_id", "parent"),
    ("product_id", "product"),
    ("product_type", "kind"),
    ("sku", "sku"),
    ("name", "name"),
    ("is_virtual", "is_virtual"),
    ("is_qty_decimal", "decimals"),
    ("qty_ordered", "ordered"),
    ("qty_canceled", "canceled"),
    ("qty_invoiced", "invoiced"),
    ("qty_shipped", "shipped"),
    ("qty_refunded", "refunded"),
];

/// Takes an order in, or with an `entity_id` changes what one says of itself.
pub(crate) async fn save(ask: Ask) -> Answer {
    let entity = ask.values().object("entity").expect("it is required");
    let outcome = match entity.int("entity_id") {
        Some(id) if id != 0 => {
            let command = order_take::amend(&entity, OrderId(id));
            ask.execute(Command::AmendOrder(Box::new(command)), words::order).await?
        }
        Some(_) | None => {
            let hold = ask.settings().reserve_on_order_save;
            let mut command = order_take::accept(&entity, ask.store, hold)?;
            let store = command.store;
            command.extra.entry("protect_code".to_owned()).or_insert_with(|| json!(random_hex()).to_string());
            let name = store_name(&ask, store).await?;
            command.extra.entry("store_name".to_owned()).or_insert_with(|| json!(name).to_string());
            ask.execute(Command::AcceptOrder(Box::new(command)), words::order).await?
        }
    };
    match outcome {
        Outcome::Order(id) => Ok(order_view::order(&find(&ask, id).await?)),
        other => unreachable!("an order is accepted or amended, not {other:?}"),
    }
}

/// Website, group and store view, one under the other.
async fn store_name(ask: &Ask, store: StoreId) -> Result<String, Stop> {
    let places = ask.read(|view, tenant| view.places(tenant)).await?;
    let Some(store) = places.stores.get(&store) else {
        return Ok(String::new());
    };
    let website = places.websites.get(&store.website).map_or("", |website| website.name.as_str());
    Ok(format!("{website}\n{}\n{}", store.group, store.name))
}

async fn find(ask: &Ask, id: OrderId) -> Result<OrderView, Stop> {
    if id.0 == 0 {
        return Err(Fault::id_needed().into());
    }
    let found = ask.read(move |view, tenant| view.order_view(tenant, id)).await?;
    Ok(found.ok_or_else(Fault::no_entity)?)
}

fn id(ask: &Ask) -> OrderId {
    OrderId(ask.values().int("id").unwrap_or(0))
}

/// One order.
pub(crate) async fn get(ask: Ask) -> Answer {
    let id = id(&ask);
    Ok(order_view::order(&find(&ask, id).await?))
}

/// Orders that match.
pub(crate) async fn list(ask: Ask) -> Answer {
    let all: ReadAll<OrderView> = |view, tenant, ids| {
        let ids: Vec<OrderId> = ids.iter().copied().map(OrderId).collect();
        view.order_views(tenant, &ids)
    };
    listed(&ask, Entity::Orders, NAMES, all, order_view::order).await
}

/// Cancels what is open; `false` when nothing can be.
pub(crate) async fn cancel(ask: Ask) -> Answer {
    let outcome = ask.execute(Command::CancelOrder(id(&ask)), words::plain).await?;
    Ok(json!(outcome == Outcome::Done))
}

/// Puts an order on hold.
pub(crate) async fn hold(ask: Ask) -> Answer {
    ask.execute(
        Command::HoldOrder { order: id(&ask), handle: String::new(), reason: HoldReason::Other, note: None },
        words::plain,
    )
    .await?;
    Ok(json!(true))
}

/// Lets an order go on.
pub(crate) async fn unhold(ask: Ask) -> Answer {
    ask.execute(Command::ReleaseOrder { order: id(&ask), handle: None }, words::plain).await?;
    Ok(json!(true))
}

/// An order's status.
pub(crate) async fn status(ask: Ask) -> Answer {
    let id = id(&ask);
    if id.0 == 0 {
        return Err(Fault::id_needed().into());
    }
    let order = ask.read(move |view, tenant| view.order(tenant, id)).await?.ok_or_else(Fault::no_entity)?;
    Ok(json!(order.stage.status))
}

/// An order's history; of one that does not exist there is none.
pub(crate) async fn comments(ask: Ask) -> Answer {
    let id = id(&ask);
    let found = ask.read(move |view, tenant| view.comments(tenant, Subject::Order, id.0)).await?;
    Ok(listed_of_parent(id.0, found.iter().rev().map(order_view::history).collect()))
}

/// Adds a remark; the order's status becomes the remark's.
pub(crate) async fn comment(ask: Ask) -> Answer {
    let values = ask.values();
    let history = values.object("status_history").expect("it is required");
    let command = Command::CommentOnOrder {
        order: id(&ask),
        comment: order_take::history_draft(&history),
        status: history.text("status"),
        entity: history.text("entity_name").unwrap_or_else(|| "order".to_owned()),
    };
    ask.execute(command, words::plain).await?;
    Ok(json!(true))
}

/// Tells the customer again.
pub(crate) async fn mail(ask: Ask) -> Answer {
    let command = Command::MailOrder(id(&ask));
    document::mail(&ask, command).await
}

/// Lines of orders that match.
pub(crate) async fn items(ask: Ask) -> Answer {
    listed(
        &ask,
        Entity::OrderItems,
        ITEM_NAMES,
        |view, tenant, ids| view.lines(tenant, ids),
        |(found, id)| shown_line(found, *id),
    )
    .await
}

fn shown_line(found: &OrderView, id: ItemId) -> Value {
    found.order.item(id).map_or(Value::Null, |item| order_view::item(found, item))
}

/// One line of an order.
pub(crate) async fn item(ask: Ask) -> Answer {
    let id = ItemId(id(&ask).0);
    if id.0 == 0 {
        return Err(Fault::id_needed().into());
    }
    let found = ask.read(move |view, tenant| Ok(view.lines(tenant, &[id.0])?.pop())).await?;
    let (found, id) = found.ok_or_else(Fault::no_entity)?;
    Ok(shown_line(&found, id))
}
