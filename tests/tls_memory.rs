//! What an idle TLS connection costs in memory.
#![cfg(feature = "tls")]

use std::cell::Cell;
use std::ffi::c_void;

use vansire::engine::tls::{Context, Options, Role, Session, TlsSession};

/// Most bytes an idle connection may hold, buffers included.
const MAX_IDLE: usize = 12 * 1024;

thread_local! {
    /// Bytes held by whoever is counted, and whether the code that runs now is.
    static HELD: Cell<isize> = const { Cell::new(0) };
    static COUNTING: Cell<bool> = const { Cell::new(false) };
}

fn count(bytes: isize) {
    let _ = COUNTING.try_with(|on| {
        if on.get() {
            HELD.with(|held| held.set(held.get() + bytes));
        }
    });
}

fn size_of(block: *mut c_void) -> isize {
    // SAFETY: NULL or a block of calloc.
    isize::try_from(unsafe { libc::malloc_usable_size(block) }).unwrap()
}

/// Replaces the library's allocator, as any program may.
#[unsafe(no_mangle)]
extern "C" fn mg_calloc(number: usize, size: usize) -> *mut c_void {
    // SAFETY: no preconditions.
    let block = unsafe { libc::calloc(number, size) };
    count(size_of(block));
    block
}

/// Its counterpart.
#[unsafe(no_mangle)]
extern "C" fn mg_free(block: *mut c_void) {
    count(-size_of(block));
    // SAFETY: the library frees what it got above.
    unsafe { libc::free(block) }
}

fn counted<T>(work: impl FnOnce() -> T) -> T {
    COUNTING.with(|on| on.set(true));
    let value = work();
    COUNTING.with(|on| on.set(false));
    value
}

fn take(session: &mut Session) -> Vec<u8> {
    let mut out = Vec::with_capacity(100_000);
    session.write_tls(&mut |bytes| {
        out.extend_from_slice(bytes);
        Some(bytes.len())
    });
    out
}

fn feed(session: &mut Session, mut wire: &[u8]) -> usize {
    let mut plain = [0; 4096];
    let mut total = 0;
    while !wire.is_empty() {
        wire = &wire[session.read_tls(wire).unwrap()..];
        while session.pending() > 0 {
            total += session.read(&mut plain);
        }
    }
    total
}

/// Bytes held by one end after the handshake and a megabyte each way.
fn idle_bytes(counted_role: Role) -> usize {
    let key = rcgen::KeyPair::generate().unwrap();
    let cert = rcgen::CertificateParams::new(["localhost".into()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let (cert, key) = (cert.pem(), key.serialize_pem());
    let server = Options {
        cert: Some(cert.as_bytes()),
        key: Some(key.as_bytes()),
        ..Options::default()
    };
    let client = Options {
        ca: Some(cert.as_bytes()),
        name: Some(b"localhost"),
        ..Options::default()
    };
    let mut context = Context::new();
    // The first sessions make the shared configuration.
    drop(context.session(Role::Server, &server).unwrap());
    drop(context.session(Role::Client, &client).unwrap());

    let (mine, theirs) = match counted_role {
        Role::Client => (client, server),
        Role::Server => (server, client),
    };
    let other_role = if counted_role == Role::Client {
        Role::Server
    } else {
        Role::Client
    };
    let mut other = context.session(other_role, &theirs).unwrap();
    HELD.with(|held| held.set(0));
    let mut me = counted(|| context.session(counted_role, &mine).unwrap());
    for _ in 0..4 {
        let wire = counted(|| take(&mut me));
        feed(&mut other, &wire);
        count_drop(wire);
        let wire = take(&mut other);
        counted(|| feed(&mut me, &wire));
    }
    let data = vec![7; 1 << 20];
    let (mut sent, mut received) = (0, 0);
    while sent < data.len() {
        sent += counted(|| me.write(&data[sent..]).unwrap());
        let wire = counted(|| take(&mut me));
        feed(&mut other, &wire);
        count_drop(wire);
    }
    let mut sent = 0;
    while sent < data.len() {
        sent += other.write(&data[sent..]).unwrap();
        let wire = take(&mut other);
        received += counted(|| feed(&mut me, &wire));
    }
    assert_eq!(received, data.len());
    let held = HELD.with(Cell::get);
    drop(counted(|| me));
    usize::try_from(held).unwrap()
}

fn count_drop(wire: Vec<u8>) {
    counted(|| drop(wire));
}

#[test]
fn idle_server_connection() {
    let held = idle_bytes(Role::Server);
    assert!((1..=MAX_IDLE).contains(&held), "{held}");
}

#[test]
fn idle_client_connection() {
    let held = idle_bytes(Role::Client);
    assert!((1..=MAX_IDLE).contains(&held), "{held}");
}

/// Carries what both sides say to the other one until both are silent. Failures are part of the game.
fn converse(a: &mut Session, b: &mut Session) {
    for _ in 0..4 {
        for (from, to) in [(&mut *a, &mut *b), (&mut *b, &mut *a)] {
            let wire = take(from);
            let mut rest = &wire[..];
            while let Ok(n @ 1..) = to.read_tls(rest) {
                rest = &rest[n..];
            }
        }
    }
}

#[test]
fn handshakes_leave_nothing_behind() {
    const ROUNDS: usize = 50;
    let made = rcgen::generate_simple_self_signed(["localhost".into()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".into()]).unwrap();
    let (cert, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let other = other.cert.pem();
    let server = Options {
        cert: Some(cert.as_bytes()),
        key: Some(key.as_bytes()),
        ..Options::default()
    };
    let client = Options {
        ca: Some(cert.as_bytes()),
        name: Some(b"localhost"),
        ..Options::default()
    };
    let distrustful = Options {
        ca: Some(other.as_bytes()),
        ..client
    };
    let elsewhere = Options {
        name: Some(b"elsewhere"),
        ..client
    };
    let mutual = Options {
        ca: Some(cert.as_bytes()),
        ..server
    };
    let mut held = Vec::new();
    HELD.with(|held| held.set(0));
    let mut context = counted(Context::new);
    for _ in 0..3 {
        counted(|| {
            for _ in 0..ROUNDS {
                for (mine, theirs, works) in [
                    (&client, &server, true),
                    (&distrustful, &server, false),
                    (&elsewhere, &server, false),
                    (&client, &mutual, false),
                ] {
                    let mut c = context.session(Role::Client, mine).unwrap();
                    let mut s = context.session(Role::Server, theirs).unwrap();
                    converse(&mut c, &mut s);
                    assert_eq!(!s.is_handshaking(), works);
                }
                let mut cut = context.session(Role::Server, &server).unwrap();
                assert!(cut.read_tls(&[0x16, 3, 1, 2, 0, 1]).is_ok());
                let mut deaf = context.session(Role::Server, &server).unwrap();
                assert!(deaf.read_tls(b"GET / HTTP/1.0\r\n").is_err());
            }
        });
        held.push(HELD.with(Cell::get));
    }
    // The first rounds fill the stores of sessions; from then on not even one byte a round may stay.
    let grown = held[2] - held[1];
    assert!(grown < ROUNDS as isize, "{held:?}");
    counted(|| drop(context));
    assert_eq!(HELD.with(Cell::get), 0);
}
