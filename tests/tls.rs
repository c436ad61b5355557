//! TLS through the event loop, both ends in one manager.
#![cfg(feature = "tls")]

mod tls_support;

use std::io::{Read, Write};
use std::net::TcpStream;

use tls_support::*;
use vansire::abi::core::mg_connection;
use vansire::engine::conn::Conn;
use vansire::ffi::tls::{mg_tls_free, mg_tls_handshake};

#[test]
fn order_of_events() {
    let pki = Pki::new();
    let (mut server, mut client) = (pki.server(), pki.client("localhost"));
    server.echo = true;
    client.hello = b"ping".to_vec();
    let mut l = Loop::new();
    let (_, address) = l.listen("https", &server);
    l.connect("https", &address, &client);
    l.until("the echo", || client.received() == b"ping");
    assert_eq!(client.events(), [1, 3, CONNECT, TLS_HS, WRITE, READ]);
    assert_eq!(server.events(), [1, ACCEPT, TLS_HS, READ, WRITE]);
    assert_eq!(
        (client.flags_after_init(), server.flags_after_init()),
        ((true, true), (true, true))
    );
    drop(l);
    assert_eq!((client.count(CLOSE), server.count(CLOSE)), (1, 1));
    assert!(client.errors().is_empty() && server.errors().is_empty());
}

#[test]
fn client_may_start_right_after_connect() {
    let pki = Pki::new();
    let (mut server, client) = (pki.server(), Peer::default());
    server.echo = true;
    let mut l = Loop::new();
    let (_, address) = l.listen("tls", &server);
    let c = l.connect("tls", &address, &client);
    init(c, &pki.trust("localhost"));
    // SAFETY: a live connection.
    unsafe { Conn::from_raw(c) }.unwrap().send(b"early");
    l.until("the echo", || client.received() == b"early");
    assert_eq!(
        client.only(&[CONNECT, TLS_HS, WRITE, READ]),
        [CONNECT, TLS_HS, WRITE, READ]
    );
    assert!(!server.was_plain());
}

#[test]
fn client_may_start_after_connected() {
    let pki = Pki::new();
    let (server, client) = (pki.server(), Peer::default());
    let mut l = Loop::new();
    let (_, address) = l.listen("tcp", &server);
    let c = l.connect("tcp", &address, &client);
    l.until("the connection", || client.count(CONNECT) == 1);
    init(c, &pki.trust("localhost"));
    l.until("the handshake", || {
        client.count(TLS_HS) == 1 && server.count(TLS_HS) == 1
    });
}

#[test]
fn bulk_both_ways_in_few_polls() {
    const LEN: usize = 256 * 1024;
    let pki = Pki::new();
    let (mut server, mut client) = (pki.server(), pki.client("localhost"));
    server.echo = true;
    client.hello = (0..LEN).map(|i| (i % 253) as u8).collect();
    let expected = client.hello.clone();
    let mut l = Loop::new();
    let (_, address) = l.listen("https", &server);
    l.connect("https", &address, &client);
    let mut polls = 0;
    while client.received_len() < LEN {
        l.poll(1);
        polls += 1;
        assert!(
            polls < 100,
            "{} of {LEN} bytes after {polls} polls",
            client.received_len()
        );
    }
    assert!(client.received() == expected && server.received() == expected);
}

#[test]
fn failures_are_errors_before_close() {
    let pki = Pki::new();
    let other = Pki::new();
    let wrong_ca = other.client("localhost");
    let wrong_name = pki.client("elsewhere");
    let no_ca = Peer {
        opts: Some(Opts {
            name: "elsewhere".into(),
            ..Opts::default()
        }),
        ..Peer::default()
    };
    let bad_ca = Peer {
        opts: Some(Opts {
            ca: "junk".into(),
            ..Opts::default()
        }),
        ..Peer::default()
    };
    let mut fine = pki.client("127.0.0.1");
    let mut server = pki.server();
    server.echo = true;
    fine.hello = b"still here".to_vec();
    let mut l = Loop::new();
    let (_, address) = l.listen("https", &server);
    for client in [&wrong_ca, &wrong_name, &no_ca, &bad_ca, &fine] {
        l.connect("https", &address, client);
    }
    l.until("the good peer's echo", || fine.received() == b"still here");
    for client in [&wrong_ca, &wrong_name, &no_ca, &bad_ca] {
        l.until("the failure", || client.count(CLOSE) == 1);
        assert_eq!(client.only(&[ERROR, CLOSE, TLS_HS]), [ERROR, CLOSE]);
        assert!(!client.errors()[0].is_empty());
    }
    assert_eq!(wrong_name.errors(), ["failed to verify hostname"]);
    assert_eq!(no_ca.errors(), ["failed to verify hostname"]);
    assert!(bad_ca.errors()[0].starts_with("CA err"));
    // Three handshakes failed on the server's side too, the fourth client never began one.
    l.until("the server's errors", || {
        server.count(ERROR) == 3 && server.count(CLOSE) == 4
    });
}

#[test]
fn mutual_tls() {
    let pki = Pki::new();
    let mut server = pki.server();
    server.opts.as_mut().unwrap().ca = pki.ca.clone();
    server.answer = b"HTTP/1.0 200 OK\r\n\r\nfine".to_vec();
    let mut nobody = pki.client("localhost");
    nobody.hello = b"GET / HTTP/1.0\r\n\r\n".to_vec();
    let me = pki.identity();
    let somebody = Peer {
        opts: Some(Opts {
            cert: me.cert,
            key: me.key,
            ..pki.trust("localhost")
        }),
        hello: nobody.hello.clone(),
        ..Peer::default()
    };
    let mut l = Loop::new();
    let (_, address) = l.listen("https", &server);
    l.connect("https", &address, &nobody);
    l.until("the refusal", || {
        nobody.count(CLOSE) == 1 && server.count(CLOSE) == 1
    });
    assert_eq!(
        (
            server.count(ERROR),
            nobody.count(ERROR),
            nobody.received_len()
        ),
        (1, 1, 0)
    );
    l.connect("https", &address, &somebody);
    l.until("the end", || somebody.count(CLOSE) == 1);
    assert!(somebody.received().ends_with(b"fine") && somebody.errors().is_empty());
}

#[test]
fn server_without_certificate() {
    let pki = Pki::new();
    let server = Peer {
        opts: Some(Opts::default()),
        ..Peer::default()
    };
    let client = pki.client("localhost");
    let mut l = Loop::new();
    let (_, address) = l.listen("https", &server);
    l.connect("https", &address, &client);
    l.until("both errors", || {
        client.count(CLOSE) == 1 && server.count(CLOSE) == 1
    });
    assert_eq!((client.count(ERROR), server.count(ERROR)), (1, 1));
}

#[test]
fn listeners_do_not_mind() {
    let pki = Pki::new();
    let server = pki.server();
    let client = pki.client("localhost");
    let mut l = Loop::new();
    let (listener, address) = l.listen("https", &server);
    assert!(has_flag(listener, IS_TLS));
    let junk = Opts {
        cert: "junk".into(),
        key: "junk".into(),
        ..Opts::default()
    };
    for opts in [
        Opts::default(),
        Opts {
            skip: true,
            ..Opts::default()
        },
        junk,
        pki.identity(),
        pki.identity(),
    ] {
        init(listener, &opts);
        assert!(has_flag(listener, IS_TLS) && has_flag(listener, IS_LISTENING));
        l.poll(0);
    }
    for _ in 0..2 {
        // SAFETY: a live connection.
        unsafe { mg_tls_free(listener) };
        assert!(has_flag(listener, IS_TLS) && has_flag(listener, IS_LISTENING));
        // SAFETY: as above.
        assert!(unsafe { (*listener).tls.is_null() });
    }
    l.connect("https", &address, &client);
    l.until("the handshake", || client.count(TLS_HS) == 1);
}

#[test]
fn nobody_calls_init() {
    let server = Peer {
        echo: true,
        ..Peer::default()
    };
    let client = Peer::default();
    let mut l = Loop::new();
    let (_, address) = l.listen("https", &server);
    let c = l.connect("https", &address, &client);
    l.until("the connection", || client.count(CONNECT) == 1);
    assert!(!has_flag(c, IS_TLS));
    // SAFETY: a live connection.
    unsafe { Conn::from_raw(c) }.unwrap().send(b"plain");
    l.until("the echo", || client.received() == b"plain");
    assert!(server.was_plain() && client.was_plain());
}

#[test]
fn nothing_in_clear_after_free() {
    let pki = Pki::new();
    let (server, client) = (pki.server(), pki.client("localhost"));
    let mut l = Loop::new();
    let (_, address) = l.listen("https", &server);
    let c = l.connect("https", &address, &client);
    l.until("the handshake", || {
        client.count(TLS_HS) == 1 && server.count(TLS_HS) == 1
    });
    // SAFETY: a live connection.
    unsafe {
        mg_tls_free(c);
        mg_tls_free(c);
        Conn::from_raw(c).unwrap().send(b"secret");
    }
    l.until("the end", || {
        client.count(CLOSE) == 1 && server.count(CLOSE) == 1
    });
    assert_eq!(
        (
            client.count(ERROR),
            client.count(WRITE),
            server.received_len()
        ),
        (1, 0, 0)
    );
}

#[test]
fn starttls() {
    let pki = Pki::new();
    let (server, client) = (Peer::default(), Peer::default());
    let mut l = Loop::new();
    let (_, address) = l.listen("tcp", &server);
    let c = l.connect("tcp", &address, &client);
    let send = |c: *mut mg_connection, data: &[u8]| {
        // SAFETY: a live connection.
        assert!(unsafe { Conn::from_raw(c) }.unwrap().send(data));
    };
    l.until("the connection", || {
        client.count(CONNECT) == 1 && server.count(ACCEPT) == 1
    });
    send(c, b"STARTTLS\n");
    l.until("the command", || server.received() == b"STARTTLS\n");
    // SAFETY: the newest connection is the accepted one.
    let accepted = l.mgr.conns;
    init(accepted, &pki.identity());
    init(c, &pki.trust("localhost"));
    // SAFETY: a live connection.
    unsafe { mg_tls_handshake(c) };
    send(c, b"secret");
    l.until("the secret", || server.received() == b"STARTTLS\nsecret");
    assert_eq!((client.count(TLS_HS), server.count(TLS_HS)), (1, 1));
}

#[test]
fn closing_flushes_and_says_goodbye() {
    let pki = Pki::new();
    let (mut server, mut client) = (pki.server(), pki.client("localhost"));
    server.answer = [&b"HTTP/1.0 200 OK\r\n\r\n"[..], &vec![b'x'; 1 << 20]].concat();
    client.hello = b"GET / HTTP/1.0\r\n\r\n".to_vec();
    let total = server.answer.len();
    let mut l = Loop::new();
    let (_, address) = l.listen("https", &server);
    l.connect("https", &address, &client);
    l.until("the end", || client.count(CLOSE) == 1);
    assert_eq!(
        (
            client.received_len(),
            client.count(ERROR),
            server.count(ERROR)
        ),
        (total, 0, 0)
    );
}

#[test]
fn plain_text_peers_fail_at_once() {
    let pki = Pki::new();
    let server = pki.server();
    let plain = Peer {
        hello: Vec::new(),
        echo: true,
        ..Peer::default()
    };
    let client = pki.client("localhost");
    let mut l = Loop::new();
    let (_, address) = l.listen("https", &server);
    let mut peer = TcpStream::connect(&address).unwrap();
    peer.write_all(b"GET /").unwrap();
    l.until("the refusal", || server.count(CLOSE) == 1);
    assert_eq!(server.only(&[ERROR, CLOSE, READ, TLS_HS]), [ERROR, CLOSE]);
    let mut alert = Vec::new();
    peer.read_to_end(&mut alert).unwrap();
    assert_eq!(alert.first(), Some(&21));

    let (_, address) = l.listen("tcp", &plain);
    // The server echoes the client's own hello: not what a client wants to hear.
    l.connect("https", &address, &client);
    l.until("the refusal", || client.count(CLOSE) == 1);
    assert_eq!(client.count(ERROR), 1);
}

#[test]
fn vanishing_peer_is_a_plain_close() {
    let pki = Pki::new();
    let server = pki.server();
    let mut l = Loop::new();
    let (_, address) = l.listen("https", &server);
    drop(TcpStream::connect(&address).unwrap());
    l.until("the close", || server.count(CLOSE) == 1);
    assert_eq!(server.count(ERROR), 0);
}

#[test]
fn many_half_open_peers_do_not_disturb_others() {
    let pki = Pki::new();
    let (mut server, mut client) = (pki.server(), pki.client("localhost"));
    server.echo = true;
    client.hello = b"ping".to_vec();
    let mut l = Loop::new();
    let (_, address) = l.listen("https", &server);
    let idle: Vec<_> = (0..200)
        .map(|i| {
            let mut peer = TcpStream::connect(&address).unwrap();
            // A record header, then nothing.
            peer.write_all(&[0x16, 3, 1, 2, 0][..i % 6]).unwrap();
            if i % 16 == 0 {
                l.poll(0);
            }
            peer
        })
        .collect();
    l.connect("https", &address, &client);
    l.until("the echo", || client.received() == b"ping");
    l.until("all accepted", || server.count(ACCEPT) == idle.len() + 1);
    assert_eq!(server.count(ERROR), 0);
}
