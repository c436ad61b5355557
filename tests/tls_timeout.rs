//! The handshake's time limit, with a clock of the test's own.
#![cfg(feature = "tls")]

mod tls_support;

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};

use tls_support::*;
use vansire::engine::tls::HANDSHAKE_TIMEOUT_MS;

static NOW: AtomicU64 = AtomicU64::new(1000);

/// Replaces the library's clock, as any program may.
#[unsafe(no_mangle)]
extern "C" fn mg_millis() -> u64 {
    NOW.load(Ordering::Relaxed)
}

#[test]
fn a_trickling_peer_is_closed_in_time() {
    let pki = Pki::new();
    let (server, client) = (pki.server(), pki.client("localhost"));
    let mut l = Loop::new();
    let (_, address) = l.listen("https", &server);
    l.connect("https", &address, &client);
    l.until("the handshake", || {
        client.count(TLS_HS) == 1 && server.count(TLS_HS) == 1
    });

    let mut peer = TcpStream::connect(&address).unwrap();
    l.until("the connection", || server.count(ACCEPT) == 2);
    // The clock starts with the first turn of the new connection.
    l.poll(0);
    let hello = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    for byte in hello {
        peer.write_all(&[byte]).unwrap();
        NOW.fetch_add(HANDSHAKE_TIMEOUT_MS / hello.len() as u64, Ordering::Relaxed);
        l.poll(1);
        assert_eq!(server.count(ERROR), 0);
    }
    NOW.fetch_add(hello.len() as u64, Ordering::Relaxed);
    l.poll(1);
    assert_eq!(server.only(&[ERROR, CLOSE]), [ERROR, CLOSE]);
    assert_eq!(server.errors(), ["tls hs: handshake takes too long"]);
    // Connections with their handshake behind them have all the time in the world.
    assert_eq!((client.count(ERROR), client.count(CLOSE)), (0, 0));
}
