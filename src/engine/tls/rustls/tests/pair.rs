//! A client and a server session, and the wire between them.

use std::vec::Vec;

use super::pki::Identity;
use crate::engine::tls::{Context, Options, Role, Session, TlsError, TlsSession};

/// Takes all waiting ciphertext.
pub fn take(session: &mut Session) -> Vec<u8> {
    let mut out = Vec::new();
    assert!(session.write_tls(&mut |pieces| {
        let before = out.len();
        pieces.iter().for_each(|piece| out.extend_from_slice(piece));
        Some(out.len() - before)
    }));
    out
}

/// Feeds bytes in pieces of at most `piece`, and collects the plaintext.
pub fn feed(session: &mut Session, bytes: &[u8], piece: usize) -> Result<Vec<u8>, TlsError> {
    let mut plain = Vec::new();
    for part in bytes.chunks(piece.max(1)) {
        let mut rest = part;
        while !rest.is_empty() {
            let taken = session.read_tls(rest)?;
            rest = &rest[taken..];
            plain.extend(drain(session));
            assert!(taken > 0, "no progress");
        }
    }
    Ok(plain)
}

/// Takes all decrypted bytes.
pub fn drain(session: &mut Session) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut buf = [0; 1000];
    while session.pending() > 0 {
        let n = session.read(&mut buf);
        assert!(n > 0);
        plain.extend_from_slice(&buf[..n]);
    }
    plain
}

/// How a handshake ended, on either side.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub client: Result<(), TlsError>,
    pub server: Result<(), TlsError>,
}

impl Outcome {
    pub fn both_ok(&self) -> bool {
        self.client.is_ok() && self.server.is_ok()
    }
}

/// Carries bytes both ways until neither side has more to say.
pub fn shake(client: &mut Session, server: &mut Session, piece: usize) -> Outcome {
    let mut outcome = Outcome {
        client: Ok(()),
        server: Ok(()),
    };
    for _ in 0..20 {
        let (up, down) = (take(client), take(server));
        if up.is_empty() && down.is_empty() {
            break;
        }
        outcome.server = outcome.server.and(feed(server, &up, piece).map(|_| ()));
        outcome.client = outcome.client.and(feed(client, &down, piece).map(|_| ()));
    }
    if outcome.both_ok() {
        assert!(!client.is_handshaking() && !server.is_handshaking());
    }
    outcome
}

/// Makes both sessions; the options must be acceptable.
pub fn sessions(client: &Options<'_>, server: &Options<'_>) -> (Session, Session) {
    let client = Context::new().session(Role::Client, client).unwrap();
    let server = Context::new().session(Role::Server, server).unwrap();
    (client, server)
}

/// The whole handshake.
pub fn outcome(client: &Options<'_>, server: &Options<'_>) -> Outcome {
    let (mut c, mut s) = sessions(client, server);
    shake(&mut c, &mut s, usize::MAX)
}

/// Options of a server that owns `identity`.
pub fn server_of(identity: &Identity) -> Options<'_> {
    Options {
        cert: Some(identity.cert.as_bytes()),
        key: Some(identity.key.as_bytes()),
        ..Options::default()
    }
}

/// A connected pair for tests that are not about certificates.
pub fn connected() -> (Session, Session) {
    let identity = super::pki::Ca::new().leaf(&["localhost"]);
    let (mut c, mut s) = sessions(&Options::default(), &server_of(&identity));
    assert!(shake(&mut c, &mut s, usize::MAX).both_ok());
    (c, s)
}
