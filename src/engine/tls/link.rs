//! TLS on a connection: how the engine's turn starts, feeds and flushes a session (engine chapter §16).
//!
//! Nothing goes out in clear on a connection whose `is_tls` is set: without a session it fails. No borrow of a session
//! is held while a user's handler runs.

use alloc::boxed::Box;
use core::ffi::c_int;

use super::{
    Context, HANDSHAKE_TIMEOUT_MS, MAX_RECORD, Options, Role, Session, TlsError, TlsSession,
};
use crate::abi::core::{flag, mg_event};
use crate::engine::conn::{self, Conn};
use crate::engine::iobuf;
use crate::engine::mgr::Manager;
use crate::engine::socket::{self, Io};
use crate::engine::transfer;
use crate::engine::turn;

/// Ciphertext bytes of one read from the socket: a record with the largest overhead TLS 1.2 allows.
const READ_SIZE: usize = MAX_RECORD + 2048 + 5;

/// A session and the time its handshake has.
pub(crate) struct Layer {
    session: Session,
    /// When the handshake must be done, milliseconds; 0 while the connection is not connected.
    deadline: u64,
}

/// Runs `work` on the session of `c`, if there is one.
fn with<T>(c: &Conn, work: impl FnOnce(&mut Layer) -> T) -> Option<T> {
    let mut layer = c.slot()?.tls.try_borrow_mut().ok()?;
    layer.as_deref_mut().map(work)
}

/// `mg_tls_init`: starts TLS on `c`, replacing a session it may have.
///
/// Bad credentials fail the connection; a listener only logs them, for it never uses a session.
pub fn init(c: &mut Conn, options: &Options<'_>) {
    c.set_tls(true);
    if c.is_udp() {
        return;
    }
    c.set_tls_hs(true);
    let role = if c.is_client() {
        Role::Client
    } else {
        Role::Server
    };
    if role == Role::Client && options.ca.is_none() && !options.skip_verification {
        log_error!(
            "{} TLS client without ca: the server's certificate is not verified",
            c.id()
        );
    }
    let made = match c
        .manager()
        .as_ref()
        .and_then(|mgr| mgr.state_of::<Context>())
    {
        Some(mut context) => context.session(role, options),
        None => Err(TlsError::Disabled),
    };
    match made {
        Ok(session) => attach(c, Some(session)),
        Err(error) if c.is_listening() => log_error!("{} {}", c.id(), error),
        Err(error) => c.fatal(error),
    }
}

/// `mg_tls_free`: drops the session; `is_tls` stays.
pub fn free(c: &mut Conn) {
    attach(c, None);
}

fn attach(c: &mut Conn, session: Option<Session>) {
    let Some(slot) = c.slot() else { return };
    let layer = session.map(|session| {
        Box::new(Layer {
            session,
            deadline: 0,
        })
    });
    let shown = layer
        .as_deref()
        .map_or(core::ptr::null(), core::ptr::from_ref);
    let old = slot.tls.replace(layer);
    // SAFETY: the field of a live connection. It only shows users that there is a session.
    unsafe { *c.tls_field() = shown.cast_mut().cast() };
    drop(old);
}

/// Whether the traffic of `c`, whose `is_tls` is set, goes through here.
pub(crate) fn active(c: &Conn) -> bool {
    !c.is_udp()
}

/// Whether ciphertext or plaintext is buffered that the socket will not announce.
pub(crate) fn has_buffered(c: &Conn) -> bool {
    pending(c) > 0 || rtls_len(c) > 0 && with(c, |_| ()).is_some()
}

/// Decrypted bytes not yet delivered.
pub fn pending(c: &Conn) -> usize {
    with(c, |layer| layer.session.pending()).unwrap_or(0)
}

/// Whether the session has ciphertext for the socket.
pub(crate) fn wants_write(c: &Conn) -> bool {
    with(c, |layer| layer.session.wants_write()).unwrap_or(false)
}

/// Whether the peer ended the stream itself (close_notify): if not, what was received may be cut short.
pub fn ended_by_peer(c: &Conn) -> bool {
    with(c, |layer| layer.session.peer_closed()).unwrap_or(false)
}

/// Milliseconds that the handshake still has, -1 for no limit.
pub(crate) fn patience(c: &Conn, now: u64) -> c_int {
    match with(c, |layer| layer.deadline) {
        Some(deadline) if deadline > 0 => {
            c_int::try_from(deadline.saturating_sub(now)).unwrap_or(c_int::MAX)
        }
        _ => -1,
    }
}

/// Starts the clock of a handshake, and ends a handshake that takes too long.
pub(crate) fn watch(c: &mut Conn, now: u64) {
    const NOT_YET: u32 = flag::LISTENING | flag::CONNECTING | flag::RESOLVING | flag::CLOSING;
    if c.flags() & NOT_YET != 0 {
        return;
    }
    let late = with(c, |layer| {
        if layer.deadline == 0 {
            layer.deadline = now.saturating_add(HANDSHAKE_TIMEOUT_MS);
        }
        now >= layer.deadline
    });
    if late == Some(true) {
        c.fatal(TlsError::HandshakeLimit);
    }
}

/// One handshake step with what is buffered: the first one sends a client's hello.
pub fn handshake(c: &mut Conn) {
    take_rtls(c);
    if !flush(c) {
        return transfer::doom(c);
    }
    finish_handshake(c);
    report_failure(c);
}

/// The turn of a readable connection: at most one read from the socket and one READ.
pub(crate) fn read(c: &mut Conn) {
    if with(c, |_| ()).is_none() {
        return without_session(c);
    }
    let queued = c.send_len();
    if rtls_len(c) > 0 {
        take_rtls(c);
    } else if pending(c) == 0 {
        receive(c);
    }
    finish_handshake(c);
    if deliver(c) {
        transfer::answer(c, queued);
    }
    if !has_buffered(c) {
        report_failure(c);
        report_end(c);
    }
    // What the session has to say now (its part of the handshake) goes out in one packet with what follows: the answer,
    // which the same turn writes, or close_notify.
    if !c.is_writable() && !c.is_closing() && !flush(c) {
        transfer::doom(c);
    }
}

/// A TLS connection whose session was freed has no way to read or write.
fn without_session(c: &mut Conn) {
    if !c.is_closing() {
        c.fatal("TLS is not initialised");
    }
}

/// One read from the socket into the session.
fn receive(c: &mut Conn) {
    let Some(mgr) = c.manager() else { return };
    let Some(mut scratch) = mgr.state().map(|state| state.datagram.take()) else {
        return;
    };
    if scratch.len() < READ_SIZE {
        scratch.resize(READ_SIZE, 0);
    }
    let room = scratch.get_mut(..READ_SIZE).unwrap_or_default();
    let ended = match turn::recv(c, room) {
        Io::Done(0) | Io::Failed(_) => true,
        Io::Done(n) => {
            feed(c, room.get(..n).unwrap_or_default());
            false
        }
        // A socket that has failed has nothing more to come.
        Io::WouldBlock => c.slot().is_some_and(|slot| slot.failed.get()),
    };
    if ended && let Some(slot) = c.slot() {
        slot.eof.set(true);
    }
    if let Some(state) = mgr.state() {
        state.datagram.replace(scratch);
    }
}

/// Hands ciphertext to the session; what it does not take now waits in `rtls`. Errors stay in the session.
fn feed(c: &Conn, ciphertext: &[u8]) {
    let taken = with(c, |layer| layer.session.read_tls(ciphertext)).and_then(Result::ok);
    let rest = taken.and_then(|n| ciphertext.get(n..)).unwrap_or_default();
    if !rest.is_empty() {
        let io = c.rtls_io();
        // SAFETY: LIVE and BUF; `rest` is no part of the buffer.
        unsafe { iobuf::add(io, (*io).len, rest.as_ptr(), rest.len()) };
    }
}

/// Hands what waits in `rtls` to the session.
fn take_rtls(c: &Conn) {
    let io = c.rtls_io();
    let taken = with(c, |layer| {
        // SAFETY: LIVE and BUF; users write `len`, so it is clamped.
        let waiting = unsafe { conn::bytes(io) };
        let all = waiting.len();
        layer.session.read_tls(waiting).unwrap_or(all)
    });
    // SAFETY: LIVE and BUF.
    unsafe {
        iobuf::del(io, 0, taken.unwrap_or(0));
        if (*io).len == 0 && (*io).size > 0 {
            iobuf::resize(io, 0);
        }
    }
}

fn rtls_len(c: &Conn) -> usize {
    // SAFETY: LIVE.
    unsafe { (*c.rtls_io()).len }
}

/// Announces the end of the handshake, once.
fn finish_handshake(c: &mut Conn) {
    let done = with(c, |layer| !layer.session.is_handshaking()).unwrap_or(false);
    if done && c.is_tls_hs() {
        c.set_tls_hs(false);
        c.emit(mg_event::MG_EV_TLS_HS);
    }
}

/// Moves decrypted bytes into `recv` and announces them. False when there were none or no room.
fn deliver(c: &mut Conn) -> bool {
    if pending(c) == 0 || c.is_closing() || c.is_full() || !transfer::make_room(c) {
        return false;
    }
    let fresh = with(c, |layer| {
        // SAFETY: no other slice of the buffer lives; the session touches nothing else.
        layer.session.read(unsafe { transfer::room(c) })
    });
    let fresh = fresh.unwrap_or(0);
    transfer::commit(c, fresh);
    transfer::delivered(c, fresh);
    true
}

/// Fails the connection with the session's error, once everything before it was delivered.
fn report_failure(c: &mut Conn) {
    let failure = with(c, |layer| layer.session.read_tls(&[]).err()).flatten();
    if let Some(error) = failure
        && pending(c) == 0
    {
        flush(c);
        c.fatal(error);
    }
}

/// The stream has ended, by close_notify or with the connection.
fn report_end(c: &mut Conn) {
    let Some(slot) = c.slot() else { return };
    if slot.eof.get() && c.is_tls_hs() {
        transfer::doom(c);
    } else if ended_by_peer(c) {
        transfer::end_of_stream(c);
    } else if slot.eof.get() {
        log_debug!(
            "{} {} closed by the peer without close_notify",
            c.id(),
            c.fd()
        );
        transfer::end_of_stream(c);
    }
}

/// The turn of a writable connection: encrypts what waits in `send` and writes it, until the socket takes no more.
pub(crate) fn write(c: &mut Conn) {
    let mut taken = 0_usize;
    loop {
        let waited = wants_write(c);
        let plaintext = c.send_bytes().get(taken..).unwrap_or_default();
        let fresh = if c.is_tls_hs() || plaintext.is_empty() {
            0
        } else {
            match with(c, |layer| layer.session.write(plaintext)) {
                Some(Ok(n)) => n,
                Some(Err(error)) => return c.fatal(error),
                None => return without_session(c),
            }
        };
        taken = taken.saturating_add(fresh);
        if !flush(c) {
            return transfer::doom(c);
        }
        if wants_write(c) || fresh == 0 && !waited {
            break;
        }
    }
    if taken > 0 {
        transfer::sent(c, taken);
    }
}

/// Writes waiting ciphertext to the socket. False when the socket is broken.
pub fn flush(c: &mut Conn) -> bool {
    let fd = c.fd();
    if fd == socket::INVALID || c.flags() & (flag::CONNECTING | flag::RESOLVING) != 0 {
        return true;
    }
    let result = with(c, |layer| {
        let alive = layer
            .session
            .write_tls(&mut |pieces| match socket::send_pieces(fd, pieces) {
                Io::Done(n) => Some(n),
                Io::WouldBlock => Some(0),
                Io::Failed(_) => None,
            });
        (alive, layer.session.wants_write())
    });
    let (alive, waiting) = result.unwrap_or((true, false));
    c.set_tls_throttled(waiting);
    if waiting && let Some(slot) = c.slot() {
        slot.blocked.set(true);
    }
    alive
}

/// Tells the peer that the connection closes on purpose, as far as the socket takes it.
pub(crate) fn goodbye(c: &mut Conn) {
    with(c, |layer| {
        if !layer.session.is_handshaking() {
            layer.session.close_notify();
        }
    });
    flush(c);
}

/// `mg_tls_recv`: decrypts into `out`. `Ok(0)`: nothing now.
pub fn recv(c: &mut Conn, out: &mut [u8]) -> Result<usize, TlsError> {
    if pending(c) == 0 {
        take_rtls(c);
    }
    with(c, |layer| match layer.session.read(out) {
        0 if layer.session.peer_closed() => Err(TlsError::Closed),
        0 => layer.session.read_tls(&[]).map(|_| 0),
        n => Ok(n),
    })
    .unwrap_or(Err(TlsError::Closed))
}

/// `mg_tls_send`: encrypts a prefix of `plaintext` and writes what the socket takes. `Ok(0)`: not now.
pub fn send(c: &mut Conn, plaintext: &[u8]) -> Result<usize, TlsError> {
    let taken = with(c, |layer| layer.session.write(plaintext)).unwrap_or(Err(TlsError::Closed))?;
    if flush(c) {
        Ok(taken)
    } else {
        Err(TlsError::Closed)
    }
}

/// `mg_tls_ctx_free`: forgets the manager's parsed configurations and remembered sessions.
pub fn forget(mgr: &Manager) {
    if let Some(mut context) = mgr.state_of::<Context>() {
        *context = Context::new();
    }
}
