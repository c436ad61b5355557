//! TLS sessions behind one trait: bytes in, bytes out, no sockets.
//!
//! A session never touches a descriptor. The engine offers it what it received ([`TlsSession::read_tls`]), moves the
//! decrypted bytes into the receive buffer ([`TlsSession::read`]), hands over what it wants to send
//! ([`TlsSession::write`]) and carries the ciphertext away ([`TlsSession::write_tls`]). Another TLS library is one more
//! implementation of the trait and of the two constructors of [`Context`].
//!
//! | build | back-end |
//! |---|---|
//! | feature `tls` (default) | `rustls`: TLS 1.2 and 1.3 by rustls with the ring provider |
//! | without it | `none`: every session is refused with [`TlsError::Disabled`] |

use alloc::string::String;
use core::fmt;

mod link;
#[cfg(not(feature = "tls"))]
mod none;
#[cfg(feature = "tls")]
mod rustls;

#[cfg(not(feature = "tls"))]
pub use self::none::{Context, Session};
#[cfg(feature = "tls")]
pub use self::rustls::{Context, Session, p256_scalar};

pub(crate) use self::link::{
    Layer, active, goodbye, has_buffered, patience, read, wants_write, watch, write,
};
pub use self::link::{ended_by_peer, flush, forget, free, handshake, init, pending, recv, send};

/// Milliseconds a peer may take from the start of the handshake to its end. A peer that trickles bytes is cut off here.
pub const HANDSHAKE_TIMEOUT_MS: u64 = 30_000;

/// Bytes a peer may send before its handshake must be complete. Long chains need some 20 KiB.
pub const MAX_HANDSHAKE_BYTES: usize = 128 * 1024;

/// Plaintext bytes of one record (RFC 8446 §5.1).
pub const MAX_RECORD: usize = 16_384;

/// Ciphertext bytes a session keeps for a socket that takes no more; then [`TlsSession::write`] takes nothing.
pub const MAX_OUTGOING: usize = 64 * 1024;

/// Configurations kept per manager. The least recently used one makes room.
pub const MAX_CONFIGS: usize = 32;

/// Sessions remembered for resumption, per configuration.
pub const MAX_SESSIONS: usize = 64;

/// Which end of the connection a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Outbound connection.
    Client,
    /// Accepted connection.
    Server,
}

/// What the user asked for: contents of files (PEM or DER), never names. Borrowed for the call only.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// Trust anchors. Absent or `*`: the peer's chain is not verified; a server then asks for no certificate.
    pub ca: Option<&'a [u8]>,
    /// Own certificate, leaf first, then intermediates.
    pub cert: Option<&'a [u8]>,
    /// Private key of `cert`; may be the same text.
    pub key: Option<&'a [u8]>,
    /// Host name (SNI and check of the certificate) or IP literal. Clients only.
    pub name: Option<&'a [u8]>,
    /// Check neither chain nor name nor dates. Clients only: a server with `ca` verifies its clients regardless.
    pub skip_verification: bool,
}

/// Why a session cannot start or go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsError {
    /// Built without TLS.
    Disabled,
    /// `ca` holds no usable certificate.
    Ca(&'static str),
    /// `cert` holds no usable certificate.
    Cert(&'static str),
    /// `key` holds no usable private key.
    Key(&'static str),
    /// The peer's certificate is not for the wanted name.
    Hostname,
    /// The peer's certificate was refused.
    Untrusted(String),
    /// The peer sent a fatal alert.
    Alert(String),
    /// The peer broke the protocol, or does not speak it.
    Protocol(String),
    /// The peer did not finish the handshake within [`MAX_HANDSHAKE_BYTES`] or [`HANDSHAKE_TIMEOUT_MS`].
    HandshakeLimit,
    /// The session was closed before.
    Closed,
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disabled => f.write_str("TLS is not enabled"),
            Self::Ca(why) => write!(f, "CA err: {why}"),
            Self::Cert(why) => write!(f, "CERT err: {why}"),
            Self::Key(why) => write!(f, "KEY err: {why}"),
            Self::Hostname => f.write_str("failed to verify hostname"),
            Self::Untrusted(why) => write!(f, "failed to verify certificate: {why}"),
            Self::Alert(which) => write!(f, "tls hs: peer sent alert {which}"),
            Self::Protocol(why) => write!(f, "tls hs: {why}"),
            Self::HandshakeLimit => f.write_str("tls hs: handshake takes too long"),
            Self::Closed => f.write_str("tls: session is closed"),
        }
    }
}

impl core::error::Error for TlsError {}

/// One end of one TLS connection.
///
/// Errors are final: after the first one every call that can fail returns it again, what was decrypted before stays
/// readable, and [`TlsSession::write_tls`] still carries the alert for the peer.
pub trait TlsSession {
    /// Feeds received ciphertext and returns how many bytes of it were taken.
    ///
    /// Less than offered is taken only while decrypted bytes wait for [`TlsSession::read`]; bytes after the peer's
    /// close_notify are taken and dropped. Any split of the stream gives the same result.
    fn read_tls(&mut self, ciphertext: &[u8]) -> Result<usize, TlsError>;

    /// True until both sides are authenticated as configured and keys are agreed.
    fn is_handshaking(&self) -> bool;

    /// Decrypted bytes waiting for [`TlsSession::read`].
    fn pending(&self) -> usize;

    /// Moves decrypted bytes into `out` and returns their number; 0 when none wait.
    fn read(&mut self, out: &mut [u8]) -> usize;

    /// Encrypts a prefix of `plaintext` and returns its length.
    ///
    /// 0 during the handshake and while [`MAX_OUTGOING`] bytes of ciphertext wait for the socket.
    fn write(&mut self, plaintext: &[u8]) -> Result<usize, TlsError>;

    /// True while ciphertext waits for [`TlsSession::write_tls`].
    fn wants_write(&self) -> bool;

    /// Offers waiting ciphertext, in pieces that follow each other, to `sink` until it is gone or `sink` takes no more.
    ///
    /// `sink` returns how many bytes it took, `Some(0)` for "not now", `None` for a broken socket. Returns false in
    /// the last case.
    fn write_tls(&mut self, sink: &mut dyn FnMut(&[&[u8]]) -> Option<usize>) -> bool;

    /// Queues close_notify, once. Nothing can be written afterwards.
    fn close_notify(&mut self);

    /// True once the peer sent close_notify: the stream ended where the peer wanted it to end.
    fn peer_closed(&self) -> bool;
}
