//! Shipments: made, listed, repacked and removed (contract `centra.md`, sections 3, 7, 8 and 10).

use std::collections::BTreeMap;

use serde_json::Value;
use waybill_domain::{
    Capture, Command, Costs, Demand, Departure, Excess, Extra, ItemId, Lines, Notify, Order, OrderId, Outcome,
    Quantity, Refusal, RepackShipment, ShipOrder, ShipmentId, SourceChoice, TrackDraft,
};
use waybill_engine::store::sql::Value as Stored;
use waybill_engine::store::{Entity, Filter, OrderView, Query, Test};

use super::scalar::{self, Fields};
use super::tree::{Tree, object};
use super::words::{self, Why};
use super::{Answer, Ask, Executed, Stop, fields, kits, money, no, ok, product, wire_number_text};

/// The longest text of a parcel's member.
pub(crate) const LONGEST: usize = 255;

/// `POST shipments`.
pub(crate) async fn create(ask: Ask) -> Answer {
    let body = ask.body();
    let Some(sent) = body.get("order") else {
        return Err(Stop::No(no(words::ORDER_REQUIRED)));
    };
    // A failure says the order as a text, whatever it was sent as.
    let echo = match sent {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let refuse = |msg: String| Stop::No(no(msg).and("order", echo.as_str()));
    let Some(number) = scalar::int(sent) else {
        return Err(refuse(words::invalid_value("order")));
    };
    let Some(order) = ask.find_order(number).await? else {
        return Err(refuse(words::ORDER_UNKNOWN.to_owned()));
    };
    if !ask.plugin.markets.is_empty() && !sees(&ask, order).await? {
        return Err(refuse(words::WRONG_MARKET.to_owned()));
    }
    let mut wish = match Wish::read(body, &ask) {
        Ok(wish) => wish,
        Err(unread) => return Err(refuse(unread.words(&ask, order).await?)),
    };
    if !wish.capture {
        // Nothing will be refused for its money, so that it must be known before.
        money::catch_up(&ask, order).await?;
    }
    let mut done = ask.execute(Command::Ship(wish.command(order, &ask))).await;
    if let Err(Executed::Refused(refusals)) = &done
        && words::why(refusals) == Why::External
        && money::catch_up(&ask, order).await?
    {
        done = ask.execute(Command::Ship(wish.command(order, &ask))).await;
    }
    if let Err(Executed::Refused(refusals)) = &done
        && words::is_of_kit(refusals)
        && let Some(found) = ask.read(move |view, tenant| view.order(tenant, order)).await?
        && words::state(&found).is_none()
    {
        wish.lines = kits::as_sent(&found, &wish.lines).map_err(refuse)?;
        done = ask.execute(Command::Ship(wish.command(order, &ask))).await;
    }
    match done {
        Ok(Outcome::Shipment { id, sequence }) => {
            let sequence = if sequence > 0 { sequence } else { sequence_of(&ask, id).await? };
            Ok(ok([("order", number.into()), ("shipment", format!("{number}-{sequence}").into())]))
        }
        Ok(other) => unreachable!("a ship order makes a shipment, not {other:?}"),
        Err(Executed::Stop(stop)) => Err(stop),
        Err(Executed::Refused(refusals)) => match words::why(&refusals) {
            Why::Money => Err(refuse(words::CANNOT_CAPTURE.to_owned())),
            Why::External => Err(Stop::No(no(words::EXTERNAL).and("order", number))),
            Why::Goods => Err(refuse(words::NO_STOCK.to_owned())),
            Why::Thing => {
                let found = ask.read(move |view, tenant| view.order(tenant, order)).await?;
                let told = found.as_ref().and_then(|order| in_the_way(order, &wish.lines));
                Err(refuse(told.unwrap_or_else(|| words::thing(&refusals, found.as_ref()))))
            }
        },
    }
}

/// Whether the order is of a market that the plugin may see.
pub(crate) async fn sees(ask: &Ask, order: OrderId) -> Result<bool, Stop> {
    let found = ask.read(move |view, tenant| view.order_view(tenant, order)).await?;
    Ok(found.is_some_and(|found| ask.plugin.has_market(found.details.market)))
}

async fn sequence_of(ask: &Ask, id: ShipmentId) -> Result<i64, Stop> {
    let found = ask.read(move |view, tenant| view.shipment(tenant, id)).await?;
    Ok(found.map_or(0, |found| found.shipment.sequence))
}

/// What is asked of a new shipment.
struct Wish {
    lines: Vec<kits::Named>,
    line_extra: BTreeMap<ItemId, Extra>,
    ready: bool,
    sent: bool,
    capture: bool,
    rest_of_costs: bool,
    parcel: Parcel,
    notify: bool,
}

/// Why a wish cannot be read. What is wrong with the order is told first.
enum Unread {
    Products(String),
    Other(String),
}

impl Unread {
    async fn words(self, ask: &Ask, order: OrderId) -> Result<String, Stop> {
        match self {
            Unread::Other(msg) => Ok(msg),
            Unread::Products(msg) => {
                let found = ask.read(move |view, tenant| view.order(tenant, order)).await?;
                Ok(found.as_ref().and_then(words::state).map_or(msg, str::to_owned))
            }
        }
    }
}

impl Wish {
    fn read(body: Fields<'_>, ask: &Ask) -> Result<Wish, Unread> {
        let flag = |name: &str, usual: bool| body.flag(name).map(|flag| flag.unwrap_or(usual)).map_err(Unread::Other);
        let (lines, line_extra) = products(body, false).map_err(Unread::Products)?;
        if lines.is_empty() {
            return Err(Unread::Products(words::PRODUCTS_REQUIRED.to_owned()));
        }
        let sent = flag("shipped", false)?;
        // What is only for what is sent is read, so that a wrong value is told, and then forgotten.
        let parcel = Parcel::read(body).map_err(Unread::Other)?;
        let notify = flag("sendEmail", ask.plugin.send_email)?;
        flag("createAlways", true)?;
        Ok(Wish {
            lines,
            line_extra,
            ready: flag("gtg", false)?,
            sent,
            capture: flag("capture", true)?,
            rest_of_costs: flag("deductPreviousCosts", false)?,
            parcel: if sent { parcel } else { Parcel::default() },
            notify: sent && notify,
        })
    }

    fn command(&self, order: OrderId, ask: &Ask) -> ShipOrder {
        ShipOrder {
            order,
            lines: self.lines.iter().map(|(_, item, quantity)| (*item, *quantity)).collect(),
            source: SourceChoice::Named(ask.plugin.warehouse.clone()),
            excess: Excess::Refuse,
            capture: if self.capture { Capture::Required } else { Capture::No },
            departure: Departure::Complete { ready: self.ready, sent: self.sent },
            costs: if self.rest_of_costs { Costs::Rest } else { Costs::All },
            demand: demand(ask),
            fulfilment: None,
            reference: None,
            tracks: self.parcel.tracks(),
            comment: None,
            notify: if self.notify { Notify::Yes } else { Notify::No },
            extra: self.parcel.extra(),
            line_extra: self.line_extra.clone(),
        }
    }
}

fn demand(ask: &Ask) -> Demand {
    if ask.plugin.allocate_on_shipment { Demand::Allocate } else { Demand::Refuse }
}

/// The lines that are asked for, each as it was named, and their serial numbers. With `absolute`, none is a quantity
/// too, and a serial number may come without one.
fn products(body: Fields<'_>, absolute: bool) -> Result<(Vec<kits::Named>, BTreeMap<ItemId, Extra>), String> {
    let (mut lines, mut line_extra) = (Vec::new(), BTreeMap::new());
    let Some(products) = body.get("products") else {
        return Ok((lines, line_extra));
    };
    let Some(products) = products.as_object() else {
        return Err(words::PRODUCTS_REQUIRED.to_owned());
    };
    for (line, value) in products {
        let item = scalar::int(&Value::String(line.clone())).filter(|id| *id > 0);
        let item = ItemId(item.ok_or_else(|| words::unknown_line(line))?);
        let (quantity, serial) = match value {
            Value::Object(members) => (members.get("qty").or(members.get("quantity")), members.get("serialNumber")),
            other => (Some(other), None),
        };
        if let Some(serial) = serial {
            let text = serial.as_str().filter(|text| text.chars().count() <= LONGEST);
            let text = text.ok_or_else(|| words::invalid_value("serialNumber"))?;
            line_extra.insert(item, Extra::from([("serialNumber".to_owned(), Value::from(text).to_string())]));
        }
        let least = i64::from(!absolute);
        match quantity {
            None if absolute && serial.is_some() => {}
            quantity => {
                let pieces = quantity.and_then(scalar::int).filter(|pieces| (least..=99_999_999).contains(pieces));
                let pieces = pieces.ok_or_else(|| words::invalid_quantity(line))?;
                lines.push((line.clone(), item, Quantity::whole(pieces)));
            }
        }
    }
    Ok((lines, line_extra))
}

/// What stands in the way of a shipment, in the order of the contract (3.2, steps 5 and 7).
fn in_the_way(order: &Order, lines: &[kits::Named]) -> Option<String> {
    if let Some(state) = words::state(order) {
        return Some(state.to_owned());
    }
    for (line, id, quantity) in lines {
        let Some(item) = order.item(*id).filter(|item| !item.is_virtual) else {
            return Some(words::unknown_line(line));
        };
        let left = order.to_ship(item);
        if *quantity > left {
            return Some(words::too_many(line, left));
        }
    }
    None
}

/// Carrier, service and numbers of a parcel.
#[derive(Default)]
pub(crate) struct Parcel {
    carrier: Option<String>,
    service: Option<String>,
    packages: Option<i64>,
    tracking: Option<String>,
    return_tracking: Option<String>,
}

impl Parcel {
    pub(crate) fn read(body: Fields<'_>) -> Result<Parcel, String> {
        let packages = body.int("packages")?;
        if packages.is_some_and(|packages| !(0..=100_000).contains(&packages)) {
            return Err(words::invalid_value("packages"));
        }
        Ok(Parcel {
            carrier: body.text("carrier", LONGEST)?,
            service: body.text("service", LONGEST)?,
            packages,
            tracking: body.text("tracking", LONGEST)?.filter(|text| !text.trim().is_empty()),
            return_tracking: body.text("returnSlipTracking", LONGEST)?,
        })
    }

    /// As a tracking number that every door shows.
    pub(crate) fn tracks(&self) -> Vec<TrackDraft> {
        let track = |number: &String| TrackDraft {
            number: number.clone(),
            carrier: self.carrier.clone().unwrap_or_else(|| "custom".to_owned()),
            title: self.service.clone().or_else(|| self.carrier.clone()),
            ..TrackDraft::default()
        };
        self.tracking.iter().map(track).collect()
    }

    /// As members of the shipment.
    pub(crate) fn extra(&self) -> Extra {
        let texts =
            [("carrier", &self.carrier), ("service", &self.service), ("return_tracking", &self.return_tracking)];
        let mut extra: Extra = texts
            .into_iter()
            .filter_map(|(name, text)| Some((name.to_owned(), Value::from(text.as_deref()?).to_string())))
            .collect();
        extra.extend(self.packages.map(|packages| ("package_count".to_owned(), packages.to_string())));
        extra
    }
}

/// An order's number and a shipment's running number: `83651-1`.
pub(crate) fn split_number(text: &str) -> Option<(i64, i64)> {
    let (order, sequence) = text.trim().rsplit_once('-')?;
    let number = |text: &str| scalar::int(&Value::String(text.to_owned())).filter(|number| *number > 0);
    Some((number(order)?, number(sequence)?))
}

/// A shipment that a request names, by its number or by its id.
pub(crate) struct Named {
    pub(crate) order: OrderId,
    pub(crate) id: ShipmentId,
    /// As this language writes them.
    pub(crate) order_number: i64,
    pub(crate) number: String,
}

/// The shipment of this name, if the plugin may touch it; otherwise the word that says why not.
pub(crate) async fn find(ask: &Ask, name: &str) -> Result<Result<Named, &'static str>, Stop> {
    let by_number = split_number(name);
    let id = match by_number {
        Some((order, sequence)) => {
            let Some(order) = ask.find_order(order).await? else { return Ok(Err(words::SHIPMENT_UNKNOWN)) };
            ask.read(move |view, tenant| view.shipment_of(tenant, order, sequence)).await?
        }
        None => scalar::int(&Value::String(name.to_owned())).map(ShipmentId),
    };
    let Some(id) = id else { return Ok(Err(words::SHIPMENT_UNKNOWN)) };
    let found = ask.read(move |view, tenant| view.shipment(tenant, id)).await?;
    let Some(found) = found.filter(|found| found.order.store == ask.store) else {
        return Ok(Err(words::SHIPMENT_UNKNOWN));
    };
    if !ask.plugin.has_market(found.details.market) {
        return Ok(Err(words::WRONG_MARKET));
    }
    let text = wire_number_text(&found.order.number);
    Ok(Ok(Named {
        order: found.order.id,
        id,
        order_number: text.parse().unwrap_or(found.order.id.0),
        number: format!("{text}-{}", found.shipment.sequence),
    }))
}

/// `PUT shipments/{shipmentId}`.
pub(crate) async fn update(ask: Ask) -> Answer {
    let name = ask.named.clone().unwrap_or_default();
    let refuse = |msg: String| Stop::No(no(msg).and("shipment", name.as_str()));
    let named = find(&ask, &name).await?.map_err(|msg| refuse(msg.to_owned()))?;
    let ready = ask.body().flag("gtg").map_err(refuse)?;
    let (lines, line_extra) = products(ask.body(), true).map_err(refuse)?;
    let command = |lines: &[kits::Named]| {
        Command::RepackShipment(RepackShipment {
            order: named.order,
            shipment: named.id,
            ready,
            lines: lines.iter().map(|(_, item, quantity)| (*item, *quantity)).collect::<Lines>(),
            demand: demand(&ask),
            line_extra: line_extra.clone(),
        })
    };
    let order = named.order;
    let mut done = ask.execute(command(&lines)).await;
    if let Err(Executed::Refused(refusals)) = &done
        && words::is_of_kit(refusals)
        && let Some(found) = ask.read(move |view, tenant| view.order(tenant, order)).await?
    {
        let sent = kits::as_sent(&found, &lines).map_err(refuse)?;
        if sent != lines {
            done = ask.execute(command(&sent)).await;
        }
    }
    match done {
        Ok(_) => {
            let id = named.id;
            let shown = shown(&ask, vec![id.0]).await?.pop();
            Ok(ok([("shipment", shown.unwrap_or(Tree::Null))]))
        }
        Err(Executed::Stop(stop)) => Err(stop),
        Err(Executed::Refused(refusals)) => {
            let found = ask.read(move |view, tenant| view.order(tenant, order)).await?;
            Err(refuse(match words::why(&refusals) {
                Why::Goods => words::NO_STOCK.to_owned(),
                Why::Money | Why::External | Why::Thing => words::thing(&refusals, found.as_ref()),
            }))
        }
    }
}

/// `DELETE shipments/{shipmentId}`.
pub(crate) async fn delete(ask: Ask) -> Answer {
    let name = ask.named.clone().unwrap_or_default();
    let refuse = |msg: String| Stop::No(no(msg).and("shipment", name.as_str()));
    let named = match find(&ask, &name).await? {
        Ok(named) => named,
        Err(msg) if !ask.is_keyed() => return Err(refuse(msg.to_owned())),
        Err(msg) => {
            // One that is gone may have gone by this very request, sent again under its key: its answer is kept there.
            let nothing = Command::DeleteShipment { order: OrderId(0), shipment: ShipmentId(0) };
            return match ask.execute(nothing).await {
                Err(Executed::Stop(stop)) => Err(stop),
                Ok(_) | Err(Executed::Refused(_)) => Err(refuse(msg.to_owned())),
            };
        }
    };
    let Named { order, id, order_number, number } = named;
    match ask.execute(Command::DeleteShipment { order, shipment: id }).await {
        Ok(_) => Ok(object([
            ("status", "ok".into()),
            ("msg", words::SHIPMENT_REMOVED.into()),
            ("order", order_number.into()),
            ("shipment", number.into()),
        ])),
        Err(Executed::Stop(stop)) => Err(stop),
        Err(Executed::Refused(refusals)) => Err(refuse(match refusals.first() {
            Some(Refusal::ShipmentIs { fact, .. }) => words::delete(*fact).to_owned(),
            _ => {
                let found = ask.read(move |view, tenant| view.order(tenant, order)).await?;
                words::thing(&refusals, found.as_ref())
            }
        })),
    }
}

/// `GET shipments`.
pub(crate) async fn list(ask: Ask) -> Answer {
    let search = search(&ask).map_err(|msg| Stop::No(no(msg)))?;
    let order = ask.query().int("order").map_err(|msg| Stop::No(no(msg)))?;
    let mut search = search;
    if let Some(number) = order {
        // One that is not there, or not to be seen, has none.
        let order = ask.find_order(number).await?.unwrap_or(OrderId(0));
        search.groups.push(one("order_id", Test::Equal(Stored::Int(order.0))));
    }
    let page = ask.read(move |view, tenant| view.search(tenant, Entity::Shipments, &search)).await?;
    Ok(ok([("shipments", shown(&ask, page.ids).await?.into())]))
}

fn one(field: &'static str, test: Test) -> Vec<Filter> {
    vec![Filter { field, test }]
}

/// The part of a list that a request asks for: `limit` and `offset`.
pub(crate) fn page(query: Fields<'_>, usual: i64) -> Result<(i64, i64), String> {
    let limit = query.int("limit")?.unwrap_or(usual);
    let offset = query.int("offset")?.unwrap_or(0);
    if limit < 1 {
        return Err(words::invalid_value("limit"));
    }
    if offset < 0 {
        return Err(words::invalid_value("offset"));
    }
    Ok((limit.min(100), offset))
}

/// What the time of a thing must be: from `newer_than` on, and before `older_than`.
pub(crate) fn times(query: Fields<'_>) -> Result<Vec<Vec<Filter>>, String> {
    let mut groups = Vec::new();
    if let Some(from) = query.date("newer_than")? {
        groups.push(one("created_at", Test::GreaterOrEqual(Stored::Int(from.0))));
    }
    if let Some(until) = query.date("older_than")? {
        groups.push(one("created_at", Test::Less(Stored::Int(until.0))));
    }
    Ok(groups)
}

fn search(ask: &Ask) -> Result<Query, String> {
    let query = ask.query();
    let (limit, offset) = page(query, 100)?;
    let mut groups = times(query)?;
    groups.push(one("store", Test::Equal(Stored::Int(ask.store.0))));
    let none = Test::Equal(Stored::Int(0));
    match query.get("status").map_or(Some("goodtogo"), Value::as_str) {
        Some("inprogress") => {
            groups.push(one("ready_at", Test::Null));
            groups.push(one("deducted", none));
        }
        Some("goodtogo") => {
            groups.push(one("ready_at", Test::NotNull));
            groups.push(one("left_at", Test::Null));
        }
        Some("completed") => {
            groups.push(one("ready_at", Test::NotNull));
            groups.push(one("left_at", Test::NotNull));
            let paid = Filter { field: "paid", test: Test::NotEqual(Stored::Int(0)) };
            let left = Filter { field: "deducted", test: Test::NotEqual(Stored::Int(0)) };
            groups.push(vec![paid, left]);
        }
        Some(_) | None => return Err(words::invalid_value("status")),
    }
    if let Some(customer) = query.int("customer_id")? {
        groups.push(one("order_customer", Test::Equal(Stored::Int(customer))));
    }
    if !ask.plugin.markets.is_empty() {
        let markets = ask.plugin.markets.iter().map(|market| Stored::Int(*market)).collect();
        groups.push(one("order_market", Test::In(markets)));
    }
    if !ask.plugin.show_held {
        let held = ["holded", "payment_review", "pending_payment"].map(|state| Stored::from(state.to_owned()));
        groups.push(one("order_state", Test::NotIn(held.to_vec())));
    }
    Ok(Query { groups, sort: vec![("id", false)], limit: Some(limit), offset })
}

/// Shipments as they are shown, in their order.
async fn shown(ask: &Ask, ids: Vec<i64>) -> Result<Vec<Tree>, Stop> {
    let plugin = ask.plugin.clone();
    ask.read(move |view, tenant| {
        let found = view.shipments(tenant, &ids)?;
        let catalogue = product::catalogue(view, tenant, found.iter().map(|found| &found.order))?;
        let mut shown = Vec::with_capacity(found.len());
        for found in found {
            let payments = view.order_view(tenant, found.order.id)?;
            let payment = payments.and_then(|OrderView { payment, .. }| payment);
            shown.push(fields::shipment(&found, payment.as_ref(), &catalogue, &plugin));
        }
        Ok(shown)
    })
    .await
}
