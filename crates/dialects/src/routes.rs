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
    for route in table {
        let Some(names) = names(route.path, path, read_name) else { continue };
        if route.method == *method {
            return Ok((route, names));
        }
        status = 405;
    }
    Err(status)
}

/// The names in an address, if it is like the pattern.
fn names(pattern: &str, path: &str, read_name: fn(&str) -> Option<String>) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let (mut wanted, mut parts) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), parts.next()) {
            (None, None) => return Some(names),
            (Some("{}"), Some(part)) => names.push(read_name(part).filter(|name| !name.is_empty())?),
            (Some(wanted), Some(part)) if wanted == part => {}
            _ => return None,
        }
    }
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
