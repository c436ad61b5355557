//! How bytes move: the manager, its connections and the poll loop.

#[macro_use]
pub mod log;

pub mod alloc;
pub(crate) mod backend;
pub(crate) mod buffers;
pub(crate) mod close;
pub mod conn;
pub mod connect;
pub mod event;
pub mod fields;
pub mod guard;
pub(crate) mod handed;
pub mod iobuf;
pub mod limits;
pub mod listen;
pub mod lock;
pub mod message;
pub mod mgr;
pub mod platform;
pub mod poller;
pub mod profile;
pub mod protocol;
pub(crate) mod reserve;
pub mod resolver;
pub(crate) mod slot;
pub mod socket;
pub(crate) mod stack;
pub(crate) mod table;
pub mod timeouts;
pub mod timer;
pub mod tls;
pub(crate) mod transfer;
pub(crate) mod turn;
pub(crate) mod udp;
pub mod wakeup;

pub use conn::Conn;
pub use event::Event;
pub use mgr::Manager;
pub use protocol::Protocol;
