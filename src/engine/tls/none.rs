//! The build without TLS: every session is refused.

use super::{Options, Role, TlsError, TlsSession};

/// Shared TLS state of a manager: nothing.
#[derive(Default)]
pub struct Context;

impl Context {
    /// Makes the empty context.
    pub fn new() -> Self {
        Self
    }

    /// Refuses: [`TlsError::Disabled`].
    pub fn session(&mut self, _role: Role, _options: &Options<'_>) -> Result<Session, TlsError> {
        Err(TlsError::Disabled)
    }
}

/// A session that cannot exist.
pub enum Session {}

impl TlsSession for Session {
    fn read_tls(&mut self, _ciphertext: &[u8]) -> Result<usize, TlsError> {
        match *self {}
    }

    fn is_handshaking(&self) -> bool {
        match *self {}
    }

    fn pending(&self) -> usize {
        match *self {}
    }

    fn read(&mut self, _out: &mut [u8]) -> usize {
        match *self {}
    }

    fn write(&mut self, _plaintext: &[u8]) -> Result<usize, TlsError> {
        match *self {}
    }

    fn wants_write(&self) -> bool {
        match *self {}
    }

    fn write_tls(&mut self, _sink: &mut dyn FnMut(&[&[u8]]) -> Option<usize>) -> bool {
        match *self {}
    }

    fn close_notify(&mut self) {
        match *self {}
    }

    fn peer_closed(&self) -> bool {
        match *self {}
    }
}
