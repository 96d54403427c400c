//! One installed plugin: a key with a base address, a store, and what its owner chose (contract `centra.md`, 1.1).

use serde_json::{Value, json};
use waybill_domain::{HoldReason, Order, SourceCode, State};

/// What tells credentials of this door from others.
const DOOR: &str = "centra";

/// A plugin's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugin {
    /// The name in its base address.
    pub uri: String,
    /// The store view whose orders it sees: its code for people, its id for us.
    pub store: String,
    pub store_id: i64,
    /// The primary warehouse: where stock is set, orders are bound, and shipments leave.
    pub warehouse: SourceCode,
    /// The markets whose orders it sees; all if none are named.
    pub markets: Vec<i64>,
    /// The order statuses that `GET orders` shows.
    pub statuses: Vec<Status>,
    /// Whether orders that come in are confirmed at once.
    pub confirm: bool,
    pub bundles: Bundles,
    /// Whether pieces that wait for goods are allocated when a shipment is made of them.
    pub allocate_on_shipment: bool,
    /// Whether orders on hold, or waiting for payment, are shown.
    pub show_held: bool,
    /// Whether the customer is told of what is sent, unless the request says.
    pub send_email: bool,
}

impl Default for Plugin {
    fn default() -> Plugin {
        Plugin {
            uri: "order-api".to_owned(),
            store: "default".to_owned(),
            store_id: 1,
            warehouse: SourceCode(SourceCode::DEFAULT.to_owned()),
            markets: Vec::new(),
            statuses: vec![Status::Pending, Status::Confirmed, Status::Processing, Status::Completed],
            confirm: true,
            bundles: Bundles::Nested,
            allocate_on_shipment: false,
            show_held: false,
            send_email: false,
        }
    }
}

/// How kits are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bundles {
    /// Their parts only, which share the kit's price.
    Parts,
    /// The kit, with its parts inside.
    Nested,
    /// The kit only, without a price.
    Only,
    /// The kit without a price, and its parts beside it.
    Flat,
}

impl Bundles {
    /// All of them.
    pub const ALL: [Bundles; 4] = [Bundles::Parts, Bundles::Nested, Bundles::Only, Bundles::Flat];

    /// As it is written where a credential is made.
    pub fn as_str(self) -> &'static str {
        match self {
            Bundles::Parts => "parts",
            Bundles::Nested => "nested",
            Bundles::Only => "only",
            Bundles::Flat => "flat",
        }
    }

    /// Reads what [`Bundles::as_str`] gives.
    pub fn parse(text: &str) -> Option<Bundles> {
        Bundles::ALL.into_iter().find(|mode| mode.as_str() == text)
    }
}

/// An order's status as this language has it (contract 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Incomplete,
    Pending,
    Confirmed,
    Processing,
    Completed,
    Archived,
    Cancelled,
}

impl Status {
    /// All of them, in the order of their numbers.
    pub const ALL: [Status; 7] = [
        Status::Incomplete,
        Status::Pending,
        Status::Confirmed,
        Status::Processing,
        Status::Completed,
        Status::Archived,
        Status::Cancelled,
    ];

    /// The number on the wire.
    pub fn number(self) -> i64 {
        Status::ALL.into_iter().position(|status| status == self).map_or(0, |number| number as i64)
    }

    /// As it is written where a credential is made.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Incomplete => "incomplete",
            Status::Pending => "pending",
            Status::Confirmed => "confirmed",
            Status::Processing => "processing",
            Status::Completed => "completed",
            Status::Archived => "archived",
            Status::Cancelled => "cancelled",
        }
    }

    /// Reads what [`Status::as_str`] gives.
    pub fn parse(text: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// An order's status follows from what was done. Of shipments only those that are still here are asked for: what
    /// has left is complete, or as good as that.
    pub(crate) fn of(order: &Order, has_open_shipments: bool) -> Status {
        let is_over = !order.can_ship() && !order.is_packing() && !has_open_shipments;
        let is_shipped = order.items.iter().any(|item| item.done.shipped.0 > 0);
        match state_behind_holds(order) {
            State::Canceled => Status::Cancelled,
            _ if is_unconfirmed(order) => Status::Pending,
            State::PendingPayment | State::PaymentReview => Status::Pending,
            State::Complete | State::Closed if is_over => Status::Completed,
            _ if is_shipped && is_over => Status::Completed,
            _ if is_shipped => Status::Processing,
            State::New | State::Processing | State::Complete | State::Closed | State::Holded => Status::Confirmed,
        }
    }
}

/// What the order would be without its holds.
fn state_behind_holds(order: &Order) -> State {
    match (order.stage.state, &order.stage.before_hold) {
        (State::Holded, Some((state, _))) => *state,
        (State::Holded, None) => State::New,
        (state, _) => state,
    }
}

/// Whether nobody has confirmed it yet.
pub(crate) fn is_unconfirmed(order: &Order) -> bool {
    order.stage.holds.iter().any(|hold| hold.reason == HoldReason::Unconfirmed)
}

/// Whether a person holds it, for another reason than that nobody has confirmed it, or that it waits for its payment.
pub(crate) fn is_on_hold(order: &Order) -> bool {
    let is_other = |reason| !matches!(reason, HoldReason::Unconfirmed | HoldReason::AwaitingPayment);
    order.stage.state == State::Holded
        && (order.stage.holds.is_empty() || order.stage.holds.iter().any(|hold| is_other(hold.reason)))
}

/// Whether its money is still to come before anything is done.
pub(crate) fn waits_for_payment(order: &Order) -> bool {
    matches!(state_behind_holds(order), State::PendingPayment | State::PaymentReview)
        || order.stage.holds.iter().any(|hold| hold.reason == HoldReason::AwaitingPayment)
}

impl Plugin {
    /// As it is kept with its key.
    pub fn to_settings(&self) -> String {
        let Plugin {
            uri,
            store,
            store_id,
            warehouse,
            markets,
            statuses,
            confirm,
            bundles,
            allocate_on_shipment,
            show_held,
            send_email,
        } = self;
        json!({
            "door": DOOR,
            "plugin": uri,
            "store": store,
            "store_id": store_id,
            "warehouse": warehouse.0,
            "markets": markets,
            "statuses": statuses.iter().map(|status| status.as_str()).collect::<Vec<_>>(),
            "confirm": confirm,
            "bundles": bundles.as_str(),
            "allocate_on_shipment": allocate_on_shipment,
            "show_held": show_held,
            "send_email": send_email,
        })
        .to_string()
    }

    /// Reads what [`Plugin::to_settings`] wrote; nothing where the key opens another door.
    pub(crate) fn read(settings: &str) -> Option<Plugin> {
        let value: Value = serde_json::from_str(settings).ok()?;
        if value["door"].as_str() != Some(DOOR) {
            return None;
        }
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let flag = |name: &str| value[name].as_bool().unwrap_or(false);
        let list = |name: &str| value[name].as_array().cloned().unwrap_or_default();
        Some(Plugin {
            uri: text("plugin")?,
            store: text("store")?,
            store_id: value["store_id"].as_i64()?,
            warehouse: SourceCode(text("warehouse")?),
            markets: list("markets").iter().filter_map(Value::as_i64).collect(),
            statuses: list("statuses").iter().filter_map(|name| Status::parse(name.as_str()?)).collect(),
            confirm: flag("confirm"),
            bundles: text("bundles").and_then(|mode| Bundles::parse(&mode)).unwrap_or(Bundles::Nested),
            allocate_on_shipment: flag("allocate_on_shipment"),
            show_held: flag("show_held"),
            send_email: flag("send_email"),
        })
    }

    /// Whether it may see an order of this market.
    pub(crate) fn has_market(&self, market: Option<i64>) -> bool {
        self.markets.is_empty() || market.is_some_and(|market| self.markets.contains(&market))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_they_were_written() {
        let plugin = Plugin {
            markets: vec![1, 7],
            statuses: vec![Status::Confirmed],
            confirm: false,
            bundles: Bundles::Flat,
            send_email: true,
            ..Plugin::default()
        };
        assert_eq!(Plugin::read(&plugin.to_settings()), Some(plugin));
        assert_eq!(Plugin::read("{\"door\":\"carriyo\"}"), None);
        assert_eq!(Plugin::read("{}"), None);
    }
}
