//! TLS by rustls: versions 1.2 and 1.3, crypto by ring.
//!
//! No 0-RTT, no renegotiation, no compression; rustls has no code for anything older.

mod cache;
mod certificate;
mod config;
mod credentials;
mod der;
mod ec_key;
mod name;
mod signature;
#[cfg(test)]
mod tests;
mod verifier;

pub use self::credentials::p256_scalar;

use alloc::boxed::Box;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;
use std::io::{self, IoSlice, Read, Write};

use ::rustls::crypto::{CryptoProvider, ring};
use ::rustls::{
    ClientConfig, ClientConnection, Connection, Error, ProtocolVersion, ServerConfig,
    ServerConnection,
};

use self::cache::Cache;
use self::config::Target;
use self::verifier::NameCheck;
use super::{MAX_HANDSHAKE_BYTES, MAX_OUTGOING, MAX_RECORD, Options, Role, TlsError, TlsSession};

/// Shared TLS state of a manager: parsed configurations, and with each of them its sessions for resumption.
pub struct Context {
    provider: Arc<CryptoProvider>,
    clients: Cache<Arc<ClientConfig>>,
    servers: Cache<Arc<ServerConfig>>,
}

impl Default for Context {
    fn default() -> Self {
        Self::new()
    }
}

impl Context {
    /// Makes a context without configurations.
    pub fn new() -> Self {
        Self {
            provider: Arc::new(ring::default_provider()),
            clients: Cache::default(),
            servers: Cache::default(),
        }
    }

    /// Starts a session. Nothing of `options` is borrowed afterwards.
    ///
    /// Fails on credentials that cannot be used. A server without a certificate is no failure here, each of its
    /// handshakes is one.
    pub fn session(&mut self, role: Role, options: &Options<'_>) -> Result<Session, TlsError> {
        let options = Options {
            ca: options.ca.filter(|ca| *ca != b"*"),
            ..*options
        };
        let connection = match role {
            Role::Client => self.client(&options)?,
            Role::Server => self.server(&options)?,
        };
        Ok(Session::new(connection))
    }

    fn client(&mut self, options: &Options<'_>) -> Result<Connection, TlsError> {
        let Target { name, check } = Target::parse(options.name);
        let provider = &self.provider;
        let config = self
            .clients
            .get_or_make(options, check, || config::client(options, check, provider))?;
        Ok(Connection::Client(
            ClientConnection::new(config, name).map_err(explain)?,
        ))
    }

    fn server(&mut self, options: &Options<'_>) -> Result<Connection, TlsError> {
        let options = Options {
            skip_verification: false,
            ..*options
        };
        let provider = &self.provider;
        let config = self.servers.get_or_make(&options, NameCheck::Off, || {
            config::server(&options, provider)
        })?;
        Ok(Connection::Server(
            ServerConnection::new(config).map_err(explain)?,
        ))
    }
}

/// A rustls connection with the counters its limits need.
pub struct Session {
    connection: Box<Connection>,
    /// Decrypted bytes in `connection`, or in `rest` after a failure.
    pending: usize,
    /// What was decrypted before a failure and not yet read.
    rest: Vec<u8>,
    handshake_bytes: usize,
    peer_closed: bool,
    closed: bool,
    /// The tickets of a TLS 1.3 server wait for the first answer, see [`Session::hold_tickets`].
    tickets_held: bool,
    failed: Option<TlsError>,
}

impl Session {
    fn new(mut connection: Connection) -> Self {
        connection.set_buffer_limit(Some(MAX_OUTGOING));
        Self {
            connection: Box::new(connection),
            pending: 0,
            rest: Vec::new(),
            handshake_bytes: 0,
            peer_closed: false,
            closed: false,
            tickets_held: false,
            failed: None,
        }
    }

    /// Hands rustls the next piece of `input` and lets it work.
    fn step(&mut self, input: &mut &[u8]) -> Result<(), TlsError> {
        let before = input.len();
        let was_handshaking = self.is_handshaking();
        let was_silent = !self.connection.wants_write();
        self.connection
            .read_tls(input)
            .map_err(|e| TlsError::Protocol(format!("{e}")))?;
        let state = self.connection.process_new_packets().map_err(explain)?;
        self.pending = state.plaintext_bytes_to_read();
        self.peer_closed = state.peer_has_closed();
        let taken = before.saturating_sub(input.len());
        if was_handshaking {
            if was_silent && !self.is_handshaking() {
                self.hold_tickets();
            }
            self.handshake_bytes = self.handshake_bytes.saturating_add(taken);
            if self.is_handshaking() && self.handshake_bytes > MAX_HANDSHAKE_BYTES {
                return Err(TlsError::HandshakeLimit);
            }
        }
        if taken == 0 && !self.peer_closed {
            return Err(TlsError::Protocol("no progress".into()));
        }
        Ok(())
    }
}

impl Session {
    /// A TLS 1.3 server that has just heard the client's Finished has only tickets to say. They go out with its first
    /// answer: a client that only sends and then closes would not read them, and its system would answer them with a
    /// reset, which costs whatever of its data is still on the way.
    fn hold_tickets(&mut self) {
        let tls13 = self.connection.protocol_version() == Some(ProtocolVersion::TLSv1_3);
        self.tickets_held = tls13 && matches!(*self.connection, Connection::Server(_));
    }

    /// Ends the session, but keeps what was decrypted: rustls does not count it when it fails.
    fn fail(&mut self, error: TlsError) {
        let mut chunk = [0; 1024];
        while let Ok(n @ 1..) = self.connection.reader().read(&mut chunk) {
            self.rest
                .extend_from_slice(chunk.get(..n).unwrap_or_default());
        }
        self.pending = self.rest.len();
        self.tickets_held = false;
        self.failed = Some(error);
    }
}

impl TlsSession for Session {
    fn read_tls(&mut self, ciphertext: &[u8]) -> Result<usize, TlsError> {
        let mut input = ciphertext;
        loop {
            if let Some(error) = &self.failed {
                return Err(error.clone());
            }
            if self.peer_closed {
                return Ok(ciphertext.len());
            }
            if input.is_empty() || self.pending >= MAX_RECORD {
                if ciphertext.len() > RUSTLS_READ {
                    let _ = self.connection.read_tls(&mut NothingYet);
                }
                return Ok(ciphertext.len().saturating_sub(input.len()));
            }
            if let Err(error) = self.step(&mut input) {
                self.fail(error);
            }
        }
    }

    fn is_handshaking(&self) -> bool {
        self.connection.is_handshaking()
    }

    fn pending(&self) -> usize {
        self.pending
    }

    fn read(&mut self, out: &mut [u8]) -> usize {
        let wanted = out.len().min(self.pending);
        let out = out.get_mut(..wanted).unwrap_or_default();
        let read = if self.failed.is_some() {
            out.copy_from_slice(self.rest.get(..wanted).unwrap_or_default());
            self.rest.drain(..wanted);
            wanted
        } else {
            self.connection.reader().read(out).unwrap_or(0)
        };
        self.pending = self.pending.saturating_sub(read);
        read
    }

    fn write(&mut self, plaintext: &[u8]) -> Result<usize, TlsError> {
        match &self.failed {
            Some(error) => Err(error.clone()),
            None if self.closed => Err(TlsError::Closed),
            None if self.is_handshaking() => Ok(0),
            None => {
                self.tickets_held &= plaintext.is_empty();
                self.connection
                    .writer()
                    .write(plaintext)
                    .map_err(|e| TlsError::Protocol(format!("{e}")))
            }
        }
    }

    fn wants_write(&self) -> bool {
        self.connection.wants_write() && !self.tickets_held
    }

    fn write_tls(&mut self, sink: &mut dyn FnMut(&[&[u8]]) -> Option<usize>) -> bool {
        let mut sink = Sink(sink);
        while self.wants_write() {
            match self.connection.write_tls(&mut sink) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
        true
    }

    fn close_notify(&mut self) {
        self.closed = true;
        self.tickets_held = false;
        self.connection.send_close_notify();
    }

    fn peer_closed(&self) -> bool {
        self.peer_closed
    }
}

/// Bytes rustls takes at a time.
const RUSTLS_READ: usize = 4096;

/// A reader that has nothing now. Asking it makes rustls shrink a receive buffer grown by large records, which an idle
/// connection would keep otherwise.
struct NothingYet;

impl Read for NothingYet {
    fn read(&mut self, _out: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }
}

/// Pieces offered at a time: what waits is a few records.
const MAX_PIECES: usize = 16;

/// Carries what rustls writes to the engine's closure.
struct Sink<'a>(&'a mut dyn FnMut(&[&[u8]]) -> Option<usize>);

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.0)(&[bytes]).ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut pieces: [&[u8]; MAX_PIECES] = [&[]; MAX_PIECES];
        for (piece, part) in pieces.iter_mut().zip(parts) {
            *piece = part;
        }
        let pieces = pieces.get(..parts.len()).unwrap_or(&pieces);
        (self.0)(pieces).ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Our words for the library's errors.
fn explain(error: Error) -> TlsError {
    match error {
        Error::InvalidCertificate(why) => verifier::explain(&why),
        Error::AlertReceived(alert) => TlsError::Alert(format!("{alert:?}")),
        other => TlsError::Protocol(format!("{other}")),
    }
}
