//! The panic boundary of exported functions.

pub use crate::engine::guard::run as guard;
