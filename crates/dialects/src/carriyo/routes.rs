//! The table of this door: method, address, permission, whether it makes a document, verb.

use http::Method;

use super::{Answer, Ask, account, act, intake, inventory, order, redact, ship, shipment, update};
use crate::{request, routes};

pub(crate) type Route = routes::Route<Ask, Answer>;

static ROUTES: &[Route] = routes::routes! {
    POST "orders" "create:orders" true => intake::create;
    GET "orders" "read:orders" false => order::list;
    GET "orders/{}" "read:orders" false => order::get;
    PATCH "orders/{}" "update:orders" false => update::update;
    POST "orders/{}/cancel" "update:orders" false => act::cancel_order;
    POST "orders/{}/allocate" "update:orders" false => act::allocate;
    POST "orders/{}/redact" "update:orders" false => redact::redact;
    GET "orders/{}/change-logs" "read:orders" false => order::change_logs;
    POST "orders/{}/fulfillment-orders/merge" "update:orders" false => act::merge;
    POST "orders/{}/fulfillment-orders/{}/ship" "update:orders" true => ship::ship;
    POST "orders/{}/fulfillment-orders/{}/fulfill" "update:orders" true => ship::fulfil;
    POST "orders/{}/fulfillment-orders/{}/unfulfill" "update:orders" false => act::unfulfil;
    POST "orders/{}/fulfillment-orders/{}/cancel" "update:orders" false => act::cancel_lines;
    POST "orders/{}/fulfillment-orders/{}/split" "update:orders" false => act::split;
    PATCH "orders/{}/fulfillment-orders/{}/update-location" "update:orders" false => act::update_location;
    PATCH "orders/{}/fulfillment-orders/{}/update-delivery-method" "update:orders" false => act::update_delivery_method;
    PATCH "orders/{}/fulfillment-orders/{}/update-schedule" "update:orders" false => act::update_schedule;
    PATCH "orders/{}/fulfillment-orders/{}/update-address" "update:orders" false => act::update_address;
    PATCH "orders/{}/fulfillment-orders/{}/update-partner-references" "update:orders" false => act::update_references;
    PATCH "orders/{}/fulfillment-orders/{}" "update:orders" false => act::update_references;
    POST "shipments" "create:shipments" true => shipment::create;
    GET "shipments" "read:shipments" false => shipment::list;
    GET "shipments/{}" "read:shipments" false => shipment::get;
    POST "shipments/{}/confirm" "update:shipments" false => shipment::confirm;
    POST "shipments/{}/cancel" "update:shipments" false => shipment::cancel;
    PATCH "shipments/{}/cancel" "update:shipments" false => shipment::cancel;
    POST "shipments/{}/update-status" "update:shipments" false => shipment::update_status;
    POST "carrier-accounts" "update:carrier-accounts" false => account::create;
    GET "carrier-accounts" "read:carrier-accounts" false => account::list;
    GET "carrier-accounts/{}" "read:carrier-accounts" false => account::get;
    PUT "carrier-accounts/{}" "update:carrier-accounts" false => account::update;
    POST "inventory/events" "update:inventory" false => inventory::events;
    GET "inventory/product-id/{}" "read:inventory" false => inventory::get;
};

/// The route of a request and the names in its address; otherwise the status that says what is wrong.
pub(crate) fn find(method: &Method, path: &str) -> Result<(&'static Route, Vec<String>), u16> {
    routes::find(ROUTES, method, path.trim_matches('/'), |part| {
        Some(request::decode(part)).filter(|name| !name.contains('\0'))
    })
}

/// All permissions that a client of this door can have.
pub fn permissions() -> Vec<&'static str> {
    routes::permissions(ROUTES)
}

/// Every endpoint, with `{}` where a name belongs, and the permission that it asks for: for tests that ask each of
/// them.
pub fn endpoints() -> Vec<(&'static str, &'static str, &'static str)> {
    routes::endpoints(ROUTES)
}
