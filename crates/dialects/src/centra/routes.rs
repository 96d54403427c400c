//! The table of this door: method, address, permission, whether it makes a document, verb.

use http::Method;

use super::{Answer, Ask, complete, intake, order, shipment, stock};
use crate::routes;

pub(crate) type Route = routes::Route<Ask, Answer>;

static ROUTES: &[Route] = routes::routes! {
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
};

/// The route of a request and the name in its address; otherwise the status that says what is wrong.
pub(crate) fn find(method: &Method, path: &str) -> Result<(&'static Route, Option<String>), u16> {
    let found = routes::find(ROUTES, method, path.trim_end_matches('/'), |part| Some(part.to_owned()));
    found.map(|(route, mut names)| (route, names.pop()))
}

/// All permissions that a key of this door can have.
pub fn permissions() -> Vec<&'static str> {
    routes::permissions(ROUTES)
}

/// Every endpoint, with `{}` where a name belongs, and the permission that it asks for: for tests that ask each of
/// them.
pub fn endpoints() -> Vec<(&'static str, &'static str, &'static str)> {
    routes::endpoints(ROUTES)
}
