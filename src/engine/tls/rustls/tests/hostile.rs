//! Peers that do not speak TLS, or speak it badly.

use proptest::prelude::*;
use std::vec;
use std::vec::Vec;

use super::pair::{connected, feed, server_of, take};
use super::pki::{Ca, Identity};
use crate::engine::tls::{
    Context, MAX_HANDSHAKE_BYTES, Options, Role, Session, TlsError, TlsSession,
};

fn fresh(role: Role) -> Session {
    let identity: Identity = Ca::new().leaf(&["localhost"]);
    Context::new().session(role, &server_of(&identity)).unwrap()
}

#[test]
fn plain_text_fails_within_five_bytes() {
    for (role, text) in [
        (Role::Server, &b"GET / HTTP/1.1\r\n\r\n"[..]),
        (Role::Client, b"HTTP/1.1 200 OK\r\n\r\n"),
    ] {
        let mut session = fresh(role);
        let error = feed(&mut session, &text[..5], 1).unwrap_err();
        assert!(matches!(error, TlsError::Protocol(_)));
        // The error stays, and an alert waits for the peer.
        assert_eq!(session.read_tls(&text[5..]), Err(error.clone()));
        assert_eq!(session.write(b"x"), Err(error));
        let alerts = take(&mut session);
        assert_eq!(alerts.get(alerts.len() - 7), Some(&21), "{alerts:?}");
    }
}

#[test]
fn bad_record_headers() {
    for header in [
        [0x16, 3, 1, 0, 0],
        [0x16, 3, 1, 0x48, 0x01],
        [0x16, 3, 1, 0xff, 0xff],
        [0x16, 2, 0, 0, 1],
        [0x80, 0x2e, 1, 0, 2],
        [0xff, 3, 3, 0, 1],
        [0x00, 0, 0, 0, 0],
    ] {
        for role in [Role::Server, Role::Client] {
            assert!(
                feed(&mut fresh(role), &header, usize::MAX).is_err(),
                "{header:?}"
            );
        }
    }
}

#[test]
fn old_versions_are_refused() {
    // A TLS 1.1 ClientHello: legacy_version 3.2, one CBC suite, no extensions.
    let mut hello = vec![3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0xc0, 0x13, 1, 0]);
    let mut record = vec![
        0x16,
        3,
        1,
        0,
        hello.len() as u8 + 4,
        1,
        0,
        0,
        hello.len() as u8,
    ];
    record.extend(&hello);
    let mut server = fresh(Role::Server);
    assert!(feed(&mut server, &record, usize::MAX).is_err());
    assert!(server.wants_write());
}

#[test]
fn endless_handshake_is_cut_off() {
    // Legal change_cipher_spec records, one after the other, and a ClientHello that never ends.
    let ccs: Vec<u8> = [0x14, 3, 3, 0, 1, 1].repeat(MAX_HANDSHAKE_BYTES / 6 + 1);
    assert!(feed(&mut fresh(Role::Server), &ccs, usize::MAX).is_err());
    let mut client = fresh(Role::Client);
    take(&mut client);
    let mut part = vec![0x16, 3, 3, 0x40, 0x00, 2, 0x00, 0xff, 0xff];
    part.resize(5 + 0x4000, 0);
    let mut next = vec![0x16, 3, 3, 0x40, 0x00];
    next.resize(5 + 0x4000, 0);
    let wire = [part, next.repeat(MAX_HANDSHAKE_BYTES / 0x4000 + 1)].concat();
    assert!(feed(&mut client, &wire, 4096).is_err());
}

#[test]
fn alert_from_the_peer_is_named() {
    let mut client = fresh(Role::Client);
    take(&mut client);
    let error = feed(&mut client, &[0x15, 3, 3, 0, 2, 2, 40], 1).unwrap_err();
    assert_eq!(error, TlsError::Alert("HandshakeFailure".into()));
}

#[test]
fn damaged_record_is_an_error_after_good_ones() {
    let (mut client, mut server) = connected();
    client.write(b"good").unwrap();
    let mut wire = take(&mut client);
    client.write(b"bad!").unwrap();
    let mut bad = take(&mut client);
    *bad.last_mut().unwrap() ^= 1;
    wire.extend(bad);
    assert!(matches!(server.read_tls(&wire), Err(TlsError::Protocol(_))));
    let mut out = [0; 8];
    assert_eq!(
        (server.pending(), server.read(&mut out), &out[..4]),
        (4, 4, &b"good"[..])
    );
}

/// The first flight of a client.
fn client_hello() -> Vec<u8> {
    let options = Options {
        name: Some(b"localhost"),
        ..Options::default()
    };
    take(&mut Context::new().session(Role::Client, &options).unwrap())
}

/// Extensions of a ClientHello: type and contents.
type Extensions = Vec<(u16, Vec<u8>)>;

/// A ClientHello record with its extensions changed.
fn changed(hello: &[u8], change: impl FnOnce(&mut Extensions)) -> Vec<u8> {
    let body = &hello[9..];
    let session = 34;
    let suites = session + 1 + usize::from(body[session]);
    let compressions =
        suites + 2 + usize::from(u16::from_be_bytes([body[suites], body[suites + 1]]));
    let list = compressions + 1 + usize::from(body[compressions]);
    let mut rest = &body[list + 2..];
    let mut extensions = Vec::new();
    while let [t0, t1, l0, l1, tail @ ..] = rest {
        let (data, next) = tail.split_at(usize::from(u16::from_be_bytes([*l0, *l1])));
        extensions.push((u16::from_be_bytes([*t0, *t1]), data.to_vec()));
        rest = next;
    }
    change(&mut extensions);
    let mut coded = Vec::new();
    for (kind, data) in &extensions {
        coded.extend(kind.to_be_bytes());
        coded.extend(len16(data.len()));
        coded.extend(data);
    }
    let mut message = body[..list].to_vec();
    message.extend(len16(coded.len()));
    message.extend(coded);
    let mut record = vec![0x16, 3, 1];
    record.extend(len16(message.len() + 4));
    record.extend([1, 0]);
    record.extend(len16(message.len()));
    record.extend(message);
    record
}

fn len16(len: usize) -> [u8; 2] {
    u16::try_from(len).unwrap().to_be_bytes()
}

/// server_name of these host names.
fn server_name(names: &[&[u8]]) -> (u16, Vec<u8>) {
    let list: Vec<u8> = names
        .iter()
        .flat_map(|n| [&[0][..], &len16(n.len()), n].concat())
        .collect();
    (SERVER_NAME, [&len16(list.len())[..], &list].concat())
}

const SERVER_NAME: u16 = 0;
const SUPPORTED_GROUPS: u16 = 10;

/// Whether a server goes on with its part of the handshake.
fn is_answered(hello: &[u8]) -> bool {
    let mut server = fresh(Role::Server);
    let accepted = feed(&mut server, hello, usize::MAX).is_ok();
    let answer = take(&mut server);
    assert_eq!(
        answer.first(),
        Some(if accepted { &22 } else { &21 }),
        "handshake or alert"
    );
    accepted
}

#[test]
fn client_hello_with_many_or_no_extensions() {
    let hello = client_hello();
    assert!(is_answered(&changed(&hello, |_| {})));
    let many = changed(&hello, |e| {
        e.splice(0..0, (0..500).map(|i| (0x7000 + i, vec![0; 8])))
            .for_each(drop)
    });
    assert!(is_answered(&many));
    assert!(!is_answered(&changed(&hello, Vec::clear)));
    assert!(!is_answered(&changed(&hello, |e| e.insert(0, e[0].clone()))));
    // The client shuffles its extensions.
    let broken = |e: &mut Extensions| {
        e.iter_mut()
            .filter(|(kind, _)| *kind == SUPPORTED_GROUPS)
            .for_each(|(_, data)| *data = vec![0xff; 3]);
    };
    assert!(!is_answered(&changed(&hello, broken)));
}

#[test]
fn client_hello_with_odd_names() {
    let hello = client_hello();
    let named = |names: &[&[u8]]| {
        changed(&hello, |e| {
            e.retain(|(kind, _)| *kind != SERVER_NAME);
            e.insert(0, server_name(names));
        })
    };
    // A server with one certificate does not look at names, but they must be names.
    assert!(is_answered(&named(&[b"other.test"])));
    for names in [
        &[&b"local\0host"[..]][..],
        &[b"one.test", b"two.test"],
        &[&[b'a'; 300]],
        &[b""],
        &[],
        &[b"127.0.0.1"],
        &[b"."],
        &[b"-"],
    ] {
        // Answered or refused with an alert, nothing else.
        is_answered(&named(names));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..600), client in any::<bool>(), piece in 1..50usize) {
        let role = if client { Role::Client } else { Role::Server };
        let mut session = fresh(role);
        let _ = feed(&mut session, &bytes, piece);
        prop_assert!(session.is_handshaking());
        take(&mut session);
    }

    #[test]
    fn a_changed_byte_or_a_cut_never_panics(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let (mut client, mut server) = (fresh(Role::Client), fresh(Role::Server));
        for turn in 0..6 {
            let (from, to) = if turn % 2 == 0 { (&mut client, &mut server) } else { (&mut server, &mut client) };
            let mut wire = take(from);
            if !wire.is_empty() {
                let i = at.index(wire.len());
                wire[i] = byte;
                if cut {
                    wire.truncate(i);
                }
            }
            if feed(to, &wire, usize::MAX).is_err() {
                break;
            }
        }
    }
}
