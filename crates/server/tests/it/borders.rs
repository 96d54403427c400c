//! The borders between the rooms, as the dependency graph has them (ARCHITECTURE.md, "Borders").

use std::collections::BTreeSet;
use std::path::PathBuf;

/// What a room may use of the house, and which libraries only it may name.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("store", &["domain"]),
    ("outside", &["domain"]),
    ("engine", &["domain", "store", "outside"]),
    ("dialects", &["domain", "engine"]),
    ("server", &["domain", "store", "engine", "dialects", "bench"]),
];

/// Libraries that only some rooms may name.
const RESERVED: &[(&str, &[&str])] = &[
    ("rusqlite", &["store"]),
    ("tokio-postgres", &["store"]),
    ("reqwest", &["outside"]),
    ("rustls", &["outside"]),
    ("lettre", &["outside"]),
    ("axum", &["dialects", "server"]),
    ("argon2", &["engine"]),
    ("prometheus-client", &["server"]),
];

fn dependencies(room: &str) -> BTreeSet<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../{room}/Cargo.toml"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let manifest: toml::Table = text.parse().expect("a manifest is TOML");
    let names = manifest.get("dependencies").and_then(toml::Value::as_table);
    names.into_iter().flat_map(|table| table.keys().cloned()).collect()
}

#[test]
fn arrows_between_rooms_point_down_only() {
    for (room, allowed) in ROOMS {
        let used: BTreeSet<String> = dependencies(room)
            .into_iter()
            .filter_map(|name| name.strip_prefix("waybill-").map(str::to_owned))
            .collect();
        let allowed: BTreeSet<String> = allowed.iter().map(|name| (*name).to_owned()).collect();
        assert!(used.is_subset(&allowed), "{room} uses {used:?}, and may use {allowed:?}");
    }
}

#[test]
fn the_domain_depends_on_nothing() {
    assert_eq!(dependencies("domain"), BTreeSet::new());
}

#[test]
fn libraries_are_named_only_in_the_rooms_that_they_are_for() {
    for (room, _) in ROOMS {
        let used = dependencies(room);
        for (library, rooms) in RESERVED {
            assert!(!used.contains(*library) || rooms.contains(room), "{room} names {library}");
        }
    }
}
