//! The table of this door: method, address, permission, verb.

use std::future::Future;
use std::pin::Pin;

use http::Method;

use super::{Answer, Ask, account, act, intake, inventory, order, redact, ship, shipment};
use crate::request;

type Run = fn(Ask) -> Pin<Box<dyn Future<Output = Answer> + Send>>;

/// One endpoint.
pub(crate) struct Route {
    method: Method,
    /// The address behind the door's base; `{}` stands for a name.
    path: &'static str,
    /// What its client must be allowed.
    pub(crate) permission: &'static str,
    pub(crate) makes_a_document: bool,
    pub(crate) run: Run,
}

macro_rules! routes {
    ($($method:ident $path:literal $permission:literal $makes:literal => $run:path;)*) => {
        static ROUTES: &[Route] = &[$(Route {
            method: Method::$method,
            path: $path,
            permission: $permission,
            makes_a_document: $makes,
            run: |ask| Box::pin($run(ask)),
        }),*];
    };
}

routes! {
    POST "orders" "create:orders" true => intake::create;
    GET "orders" "read:orders" false => order::list;
    GET "orders/{}" "read:orders" false => order::get;
    PATCH "orders/{}" "update:orders" false => act::update;
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
}

/// The route of a request and the names in its address; otherwise the status that says what is wrong.
pub(crate) fn find(method: &Method, path: &str) -> Result<(&'static Route, Vec<String>), u16> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let fits = |route: &'static Route| {
        let wanted: Vec<&str> = route.path.split('/').collect();
        if wanted.len() != parts.len() {
            return None;
        }
        let mut names = Vec::new();
        for (wanted, part) in wanted.iter().zip(&parts) {
            if *wanted == "{}" {
                let name = request::decode(part);
                if name.is_empty() || name.contains('\0') {
                    return None;
                }
                names.push(name);
            } else if wanted != part {
                return None;
            }
        }
        Some((route, names))
    };
    let found: Vec<(&Route, Vec<String>)> = ROUTES.iter().filter_map(fits).collect();
    if found.is_empty() {
        return Err(404);
    }
    found.into_iter().find(|(route, _)| route.method == *method).ok_or(405)
}

/// All permissions that a client of this door can have.
pub fn permissions() -> Vec<&'static str> {
    let mut all: Vec<&str> = ROUTES.iter().map(|route| route.permission).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Every endpoint, with `{}` where a name belongs, and the permission that it asks for: for tests that ask each of them.
pub fn endpoints() -> Vec<(&'static str, &'static str, &'static str)> {
    ROUTES.iter().map(|route| (route.method.as_str(), route.path, route.permission)).collect()
}
