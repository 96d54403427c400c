//! Paths: the scope in front, the route behind (contract 1.1).

use super::fault::Fault;
use crate::request;

/// Which store view a request speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Nothing was said: the default store view.
    Default,
    /// `all`: store 0.
    All,
    /// The code of a store view.
    Store(String),
}

/// Splits `/rest/<scope>/V1/…` into the scope and the segments that follow, decoded. Whether there is a store view of
/// that code is for the caller to find out; if not, the path is [`unknown`].
pub(crate) fn split(path: &str) -> Result<(Scope, Vec<String>), Fault> {
    let segments: Vec<String> = path.trim_matches('/').split('/').skip(1).map(request::decode).collect();
    let is_version = |segment: &String| {
        segment.strip_prefix('V').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    match segments.as_slice() {
        [version, ..] if is_version(version) => Ok((Scope::Default, segments)),
        [all, version, ..] if all == "all" && is_version(version) => Ok((Scope::All, segments[1..].to_vec())),
        [code, version, ..] if is_version(version) => Ok((Scope::Store(code.clone()), segments[1..].to_vec())),
        _ => Err(unknown()),
    }
}

/// The answer to a path that leads nowhere.
pub(crate) fn unknown() -> Fault {
    Fault::bad("Specified request cannot be processed.")
}

/// The variables of a path, by the names that the pattern gives them.
pub(crate) type Variables = Vec<(&'static str, String)>;

/// Whether segments are of a pattern such as `/V1/order/:orderId/ship`; the variables, if so.
pub(crate) fn matches(pattern: &'static str, segments: &[String]) -> Option<Variables> {
    let mut variables = Vec::new();
    let mut rest = segments.iter();
    for part in pattern.trim_matches('/').split('/') {
        let segment = rest.next()?;
        match part.strip_prefix(':') {
            Some(name) => variables.push((name, segment.clone())),
            None if part == segment => {}
            None => return None,
        }
    }
    rest.next().is_none().then_some(variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: Option<(Scope, &str)>) {
        let got = split(path).ok();
        assert_eq!(got.map(|(scope, segments)| (scope, segments.join("|"))), expected.map(|(s, t)| (s, t.to_owned())));
    }

    #[test]
    fn the_scope_is_a_store_or_all() {
        check("/rest/V1/orders", Some((Scope::Default, "V1|orders")));
        check("/rest/us/V1/orders/", Some((Scope::Store("us".to_owned()), "V1|orders")));
        check("/rest/all/V1/shipment/", Some((Scope::All, "V1|shipment")));
        check("/rest/us/orders", None);
        check("/rest", None);
        check("/rest/V1/products/a%20b%2Fc", Some((Scope::Default, "V1|products|a b/c")));
    }

    #[test]
    fn variables_take_one_segment() {
        let segments = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(
            matches("/V1/order/:orderId/ship", &segments("V1/order/3/ship")),
            Some(vec![("orderId", "3".to_owned())])
        );
        assert_eq!(matches("/V1/order/:orderId/ship", &segments("V1/order/3")), None);
        assert_eq!(matches("/V1/order/:orderId", &segments("V1/order/3/ship")), None);
    }
}
