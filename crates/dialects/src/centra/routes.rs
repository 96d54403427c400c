//! The table of this door: method, address, permission, verb.

use std::future::Future;
use std::pin::Pin;

use http::Method;

use super::{Answer, Ask, complete, intake, order, shipment, stock};

type Run = fn(Ask) -> Pin<Box<dyn Future<Output = Answer> + Send>>;

/// One endpoint.
pub(crate) struct Route {
    method: Method,
    /// The address behind the plugin's base; `{}` stands for a name.
    path: &'static str,
    /// What its key must be allowed; a plugin's list of endpoints is made of these.
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
    POST "shipments" "Centra::shipments_create" true => shipment::create;
    GET "shipments" "Centra::shipments_view" false => shipment::list;
    PUT "shipments/{}" "Centra::shipments_update" false => shipment::update;
    DELETE "shipments/{}" "Centra::shipments_delete" false => shipment::delete;
    PUT "shipment" "Centra::shipments_complete" true => complete::complete;
    POST "shipment" "Centra::shipments_complete" true => complete::complete;
    PUT "capture" "Centra::capture" true => complete::capture;
    GET "orders" "Centra::orders_view" false => order::list;
    PUT "orders" "Centra::orders_update" false => order::update;
    POST "orders" "Centra::orders_create" true => intake::batch;
    POST "order" "Centra::orders_create" true => intake::create;
    POST "order/{}" "Centra::orders_create" true => intake::complete;
    GET "stock" "Centra::stock_view" false => stock::list;
    POST "stock" "Centra::stock_update" false => stock::set;
}

/// The route of a request and the name in its address; otherwise the status that says what is wrong.
pub(crate) fn find(method: &Method, path: &str) -> Result<(&'static Route, Option<String>), u16> {
    let path = path.trim_end_matches('/');
    let fits = |route: &'static Route| match route.path.strip_suffix("/{}") {
        None => (route.path == path).then_some(None),
        Some(front) => {
            let name = path.strip_prefix(front)?.strip_prefix('/')?;
            (!name.is_empty() && !name.contains('/')).then(|| Some(name.to_owned()))
        }
    };
    let found: Vec<(&Route, Option<String>)> =
        ROUTES.iter().filter_map(|route| fits(route).map(|name| (route, name))).collect();
    if found.is_empty() {
        return Err(404);
    }
    found.into_iter().find(|(route, _)| route.method == *method).ok_or(405)
}

/// All permissions that a key of this door can have.
pub fn permissions() -> Vec<&'static str> {
    let mut all: Vec<&str> = ROUTES.iter().map(|route| route.permission).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Every endpoint, with `{}` where a name belongs, and the permission that it asks for: for tests that ask each of
/// them.
pub fn endpoints() -> Vec<(&'static str, &'static str, &'static str)> {
    ROUTES.iter().map(|route| (route.method.as_str(), route.path, route.permission)).collect()
}
