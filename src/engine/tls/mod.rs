//! TLS sessions behind one trait.

pub mod none;
pub mod rustls;
