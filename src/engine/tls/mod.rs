//! TLS sessions behind one trait.

use super::conn::Conn;

pub mod none;
pub mod rustls;

/// One TLS session.
pub trait TlsSession {}

/// Whether `c` has a session.
pub(crate) fn active(_c: &Conn) -> bool {
    false
}

/// Whether ciphertext or plaintext is buffered that the socket will not announce.
pub(crate) fn has_buffered(_c: &Conn) -> bool {
    false
}

/// Whether the session has ciphertext for the socket.
pub(crate) fn wants_write(_c: &Conn) -> bool {
    false
}

/// One handshake step.
pub(crate) fn handshake(_c: &mut Conn) {}

/// Reads through the session.
pub(crate) fn read(_c: &mut Conn) {}

/// Writes through the session.
pub(crate) fn write(_c: &mut Conn) {}
