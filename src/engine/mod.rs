//! How bytes move: the manager, its connections and the poll loop.

pub mod alloc;
pub mod platform;
pub mod poller;
pub mod tls;
