//! How the door reads and writes: headers, shapes, paths, queries, errors.

pub(crate) mod criteria;
pub(crate) mod fault;
pub(crate) mod fields;
pub(crate) mod json;
pub(crate) mod negotiate;
pub(crate) mod query;
pub(crate) mod route;
pub(crate) mod shape;
