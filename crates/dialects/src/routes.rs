//! A door's table of endpoints, for doors whose addresses are names between slashes: which verb answers, and what its
//! client must be allowed.

use std::future::Future;
use std::pin::Pin;

use http::Method;

/// A verb: what becomes of a request.
type Run<Ask, Answer> = fn(Ask) -> Pin<Box<dyn Future<Output = Answer> + Send>>;

/// One endpoint.
pub(crate) struct Route<Ask, Answer> {
    pub(crate) method: Method,
    /// The address behind the door's base; `{}` stands for a name.
    pub(crate) path: &'static str,
    /// What its client must be allowed.
    pub(crate) permission: &'static str,
    /// Whether it makes something new each time: the same request soon after is then one that came twice.
    pub(crate) makes_a_document: bool,
    pub(crate) run: Run<Ask, Answer>,
}

/// Writes a table: method, address, permission, whether it makes a document, verb.
macro_rules! routes {
    ($($method:ident $path:literal $permission:literal $makes:literal => $run:path;)*) => {
        &[$(crate::routes::Route {
            method: http::Method::$method,
            path: $path,
            permission: $permission,
            makes_a_document: $makes,
            run: |ask| Box::pin($run(ask)),
        }),*]
    };
}
pub(crate) use routes;

/// The route of a request and the names in its address, as `read_name` reads them; otherwise the status that says what is
/// wrong.
pub(crate) fn find<Ask, Answer>(
    table: &'static [Route<Ask, Answer>],
    method: &Method,
    path: &str,
    read_name: fn(&str) -> Option<String>,
) -> Result<(&'static Route<Ask, Answer>, Vec<String>), u16> {
    let mut status = 404;
    let parts: Vec<&str> = path.split('/').collect();
    for route in table.iter().filter(|route| is_like(route.path, &parts)) {
        let pairs = route.path.split('/').zip(&parts).filter(|(wanted, _)| *wanted == "{}");
        let names = pairs.map(|(_, part)| read_name(part).filter(|name| !name.is_empty()));
        let Some(names) = names.collect() else { continue };
        if route.method == *method {
            return Ok((route, names));
        }
        status = 405;
    }
    Err(status)
}

/// Whether an address has as many parts as a pattern, and the same where that has no name.
fn is_like(pattern: &str, parts: &[&str]) -> bool {
    let mut wanted = pattern.split('/');
    parts.iter().all(|part| wanted.next().is_some_and(|wanted| wanted == "{}" || wanted == *part))
        && wanted.next().is_none()
}

/// All permissions that a client of a door can have.
pub(crate) fn permissions<Ask, Answer>(table: &'static [Route<Ask, Answer>]) -> Vec<&'static str> {
    let mut all: Vec<&str> = table.iter().map(|route| route.permission).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Every endpoint, with `{}` where a name belongs, and the permission that it asks for.
pub(crate) fn endpoints<Ask, Answer>(
    table: &'static [Route<Ask, Answer>],
) -> Vec<(&'static str, &'static str, &'static str)> {
    table.iter().map(|route| (route.method.as_str(), route.path, route.permission)).collect()
}
