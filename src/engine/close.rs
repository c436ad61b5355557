//! The end of a connection.

use super::backend;
use super::conn::Conn;
use super::iobuf;
use super::slot::{Kind, Slot};
use super::socket;
use super::{profile, turn, wakeup};
use crate::abi::core::mg_event;
use core::ptr;

/// Closes the descriptor and runs the close sequence (engine chapter §12.4). Memory is freed when no handler is on the
/// stack; until then handles stay valid.
pub(crate) fn close(mut c: Conn) {
    close_socket(&mut c);
    finish(c);
}

fn close_socket(c: &mut Conn) {
    detach(c);
    let fd = c.fd();
    if fd != socket::INVALID {
        super::tls::goodbye(c);
        socket::close(fd);
    }
}

/// Nobody watches or rings the descriptor any more: once closed it may be another's.
fn detach(c: &Conn) {
    turn::unregister(c);
    if let Some(slot) = c.slot()
        && slot.kind.get() == Kind::WakeUp
        && let Some(mgr) = c.manager()
    {
        wakeup::forget(mgr.as_ptr());
    }
}

/// `mg_close_conn` without the socket: cancels look-ups, unlinks, fires CLOSE, frees.
pub(crate) fn finish(mut c: Conn) {
    let Some(mgr) = c.manager() else { return };
    let Some(slot) = c.slot() else { return };
    if slot.dead.replace(true) {
        return;
    }
    let _stack = mgr.enter();
    detach(&c);
    if let Some(resolver) = mgr.state().and_then(|s| s.resolver.get()) {
        (resolver.cancel)(&mut c);
    }
    mgr.unlink(&c);
    let p = c.as_ptr();
    // SAFETY: MGR.
    unsafe {
        let m = mgr.as_ptr();
        if (*m).dns4.c == p {
            (*m).dns4.c = ptr::null_mut();
        }
        if (*m).dns6.c == p {
            (*m).dns6.c = ptr::null_mut();
        }
        if (*m).mdns == p {
            (*m).mdns = ptr::null_mut();
        }
    }
    c.emit(mg_event::MG_EV_CLOSE);
    if profile::wanted() {
        profile::dump(&c);
    }
    log_debug!("{} {} closed", c.id(), c.fd());
    discard(c);
}

/// Frees buffers and memory, the latter when no handler is on the stack. No event.
pub(crate) fn discard(c: Conn) {
    let Some(slot) = c.slot() else { return };
    slot.dead.set(true);
    super::limits::leave(&c);
    super::buffers::reclaim(&c);
    slot.tls.take();
    let states = slot.states.take();
    drop(states);
    let p = c.as_ptr();
    // SAFETY: LIVE and BUF: the buffers are this connection's alone.
    unsafe {
        *c.tls_field() = ptr::null_mut();
        for io in [
            c.recv_io(),
            c.send_io(),
            c.rtls_io(),
            ptr::addr_of_mut!((*p).prof),
        ] {
            iobuf::resize(io, 0);
        }
    }
    let Some(mgr) = c.manager() else { return };
    mgr.bury(p);
}

/// Whether handlers of the connection's manager are on the stack; then closing has to wait for the turn. No turn will
/// come for a connection that is not in the list, nor where the program itself gives the turns.
fn later(c: &mut Conn) -> bool {
    if backend::is_the_programs() {
        return false;
    }
    let turn_comes = |slot: &Slot| slot.linked.get() || slot.in_turn.get();
    let busy = c.manager().is_some_and(|mgr| mgr.is_busy()) && c.slot().is_some_and(turn_comes);
    if busy {
        if let Some(slot) = c.slot() {
            slot.doomed.set(true);
        }
        c.set_closing(true);
    }
    busy
}

/// Closes at once when no handler of the manager is on the stack, else at the end of the connection's turn.
/// True when it is closed.
pub fn now_or_later(mut c: Conn) -> bool {
    let closed = !later(&mut c);
    if closed {
        close(c);
    }
    closed
}

/// `mg_close_conn`: as [`now_or_later`] without closing the socket.
pub fn finish_or_later(mut c: Conn) {
    if !later(&mut c) {
        finish(c);
    }
}
