//! Data both ways, closing, resumption.

use std::vec;
use std::vec::Vec;

use super::pair::{connected, drain, feed, server_of, shake, take};
use super::pki::Ca;
use crate::engine::tls::{
    Context, MAX_OUTGOING, MAX_RECORD, Options, Role, Session, TlsError, TlsSession,
};

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i % 251) as u8).collect()
}

/// Sends `data` from one session to the other in pieces of `piece` bytes.
fn send(from: &mut Session, to: &mut Session, mut data: &[u8], piece: usize) -> Vec<u8> {
    let mut got = Vec::new();
    while !data.is_empty() {
        let n = from.write(data).unwrap();
        assert!(n > 0);
        data = &data[n..];
        got.extend(feed(to, &take(from), piece).unwrap());
    }
    got
}

#[test]
fn any_size_any_split() {
    let (mut client, mut server) = connected();
    for (len, piece) in [
        (1, 1),
        (100, 1),
        (MAX_RECORD, 7),
        (MAX_RECORD + 1, 5000),
        (300_000, usize::MAX),
        (70_000, 1),
    ] {
        let data = pattern(len);
        assert!(send(&mut client, &mut server, &data, piece) == data);
        assert!(send(&mut server, &mut client, &data, piece) == data);
    }
}

#[test]
fn handshake_one_byte_at_a_time() {
    let identity = Ca::new().leaf(&["localhost"]);
    let mut client = Context::new()
        .session(Role::Client, &Options::default())
        .unwrap();
    let mut server = Context::new()
        .session(Role::Server, &server_of(&identity))
        .unwrap();
    assert!(shake(&mut client, &mut server, 1).both_ok());
}

#[test]
fn nothing_is_written_before_the_handshake_is_done() {
    let identity = Ca::new().leaf(&["localhost"]);
    let mut client = Context::new()
        .session(Role::Client, &Options::default())
        .unwrap();
    let mut server = Context::new()
        .session(Role::Server, &server_of(&identity))
        .unwrap();
    assert_eq!(client.write(b"early"), Ok(0));
    feed(&mut server, &take(&mut client), usize::MAX).unwrap();
    assert!(server.is_handshaking());
    assert_eq!(server.write(b"early"), Ok(0));
}

#[test]
fn a_full_socket_stops_writing() {
    let (mut client, mut server) = connected();
    let data = pattern(1 << 20);
    let mut taken = 0;
    while let Ok(n @ 1..) = client.write(&data[taken..]) {
        taken += n;
    }
    assert!(
        (MAX_OUTGOING / 2..=MAX_OUTGOING + MAX_RECORD).contains(&taken),
        "{taken}"
    );
    assert_eq!(client.write(&data[taken..]), Ok(0));
    // A socket that takes seven bytes at a time, then none.
    let mut wire = Vec::new();
    let mut room = 1000;
    assert!(client.write_tls(&mut |pieces| {
        let bytes = pieces.concat();
        let n = bytes.len().min(7).min(room);
        wire.extend_from_slice(&bytes[..n]);
        room -= n;
        Some(n)
    }));
    assert!(client.wants_write() && wire.len() == 1000);
    assert!(!client.write_tls(&mut |_| None));
    wire.extend(take(&mut client));
    assert!(!client.wants_write());
    assert!(feed(&mut server, &wire, usize::MAX).unwrap() == data[..taken]);
}

#[test]
fn undelivered_plaintext_stops_reading() {
    let (mut client, mut server) = connected();
    let data = pattern(MAX_OUTGOING / 2);
    assert_eq!(client.write(&data), Ok(data.len()));
    let wire = take(&mut client);
    let mut at = 0;
    loop {
        let n = server.read_tls(&wire[at..]).unwrap();
        at += n;
        if n == 0 {
            break;
        }
    }
    assert!(at < wire.len() && server.pending() <= 2 * MAX_RECORD);
    let mut got = drain(&mut server);
    got.extend(feed(&mut server, &wire[at..], usize::MAX).unwrap());
    assert!(got == data);
}

#[test]
fn flights_are_joined() {
    let identity = Ca::new().leaf(&["localhost"]);
    let mut client = Context::new()
        .session(Role::Client, &Options::default())
        .unwrap();
    let mut server = Context::new()
        .session(Role::Server, &server_of(&identity))
        .unwrap();
    feed(&mut server, &take(&mut client), usize::MAX).unwrap();
    let mut writes = 0;
    assert!(server.write_tls(&mut |pieces| {
        writes += 1;
        Some(pieces.concat().len())
    }));
    assert_eq!(writes, 1);
}

#[test]
fn closing() {
    let (mut client, mut server) = connected();
    client.write(b"last words").unwrap();
    client.close_notify();
    client.close_notify();
    assert_eq!(client.write(b"more"), Err(TlsError::Closed));
    let mut wire = take(&mut client);
    assert!(!server.peer_closed());
    wire.extend_from_slice(b"after the end");
    assert_eq!(feed(&mut server, &wire, usize::MAX).unwrap(), b"last words");
    assert!(server.peer_closed());
    assert_eq!(server.read_tls(b"even more"), Ok(9));
    assert_eq!((server.pending(), server.read(&mut [0; 8])), (0, 0));
    // The other direction stays open.
    assert_eq!(server.write(b"answer"), Ok(6));
    assert_eq!(
        feed(&mut client, &take(&mut server), usize::MAX).unwrap(),
        b"answer"
    );
}

#[test]
fn configurations_are_shared_and_sessions_resumed() {
    let ca = Ca::new();
    let identity = ca.leaf(&["localhost"]);
    let (mut clients, mut servers) = (Context::new(), Context::new());
    let trust = Options {
        ca: Some(ca.cert.as_bytes()),
        name: Some(b"localhost"),
        ..Options::default()
    };
    let mut kinds = vec![];
    for options in [
        trust,
        trust,
        Options { ca: None, ..trust },
        Options { ca: None, ..trust },
    ] {
        let mut client = clients.session(Role::Client, &options).unwrap();
        let mut server = servers
            .session(Role::Server, &server_of(&identity))
            .unwrap();
        assert!(shake(&mut client, &mut server, usize::MAX).both_ok());
        assert_eq!(send(&mut client, &mut server, b"ping", 100), b"ping");
        // Tickets travel with the first answer: a client that wants none is not sent any.
        assert!(!server.wants_write());
        assert_eq!(send(&mut server, &mut client, b"pong", 100), b"pong");
        kinds.push(client.connection.handshake_kind() == Some(::rustls::HandshakeKind::Resumed));
    }
    // What was verified one way is not resumed where it must be verified another way.
    assert_eq!(kinds, [false, true, false, true]);
}
