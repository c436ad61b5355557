//! The build without TLS.
#![cfg(not(feature = "tls"))]

mod tls_support;

use tls_support::*;
use vansire::ffi::tls::{mg_tls_free, mg_tls_pending, mg_tls_recv, mg_tls_send};

#[test]
fn tls_is_refused() {
    let server = Peer {
        opts: Some(Opts::default()),
        ..Peer::default()
    };
    let client = Peer {
        opts: Some(Opts::default()),
        ..Peer::default()
    };
    let mut l = Loop::new();
    let (listener, address) = l.listen("https", &server);
    l.connect("https", &address, &client);
    l.until("the end", || {
        client.count(CLOSE) == 1 && server.count(CLOSE) == 1
    });
    assert_eq!(client.errors(), ["TLS is not enabled"]);
    assert_eq!((client.received_len(), server.received_len()), (0, 0));
    init(listener, &Opts::default());
    let mut byte = [0u8; 1];
    let p = byte.as_mut_ptr().cast();
    // SAFETY: a live connection and a buffer of one byte.
    unsafe {
        assert_eq!(
            (mg_tls_send(listener, p, 1), mg_tls_recv(listener, p, 1)),
            (-1, -1)
        );
        assert_eq!(
            (
                mg_tls_send(listener, p, 0),
                mg_tls_recv(std::ptr::null_mut(), p, 1)
            ),
            (0, 0)
        );
        assert_eq!(mg_tls_pending(listener), 0);
        mg_tls_free(listener);
    }
    l.poll(0);
    assert!(has_flag(listener, IS_LISTENING));
}
