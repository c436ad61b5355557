//! WebSocket frames (RFC 6455): headers, masks, the order of frames, close codes, the handshake's accept value.
//!
//! | file | concept |
//! |---|---|
//! | [`frame`] | frame headers, parsed and written |
//! | [`mask`] | the mask |
//! | [`order`] | which frame may come when: fragments, control frames, close |
//! | [`close`] | close codes |
//! | [`utf8`] | UTF-8 over a split message |
//! | [`handshake`] | key and accept value |

pub mod close;
pub mod frame;
pub mod handshake;
pub mod mask;
pub mod order;
pub mod utf8;

pub use close::Code;
pub use frame::{Header, Opcode};
pub use order::{Action, Order, Role};
