//! Datagrams: one connection per socket, never one per peer (engine chapter §15).

use super::buffers;
use super::conn::Conn;
use super::iobuf;
use super::log;
use super::mgr::Manager;
use super::platform;
use super::socket::{self, Io};
use crate::abi::core::mg_event;
use alloc::vec::Vec;
use core::ffi::c_long;

/// Largest datagram in bytes.
const MAX_DATAGRAM: usize = 65535;

/// Sends one datagram to `rem` at once and fires WRITE. False when it was not sent; a listener never closes because of
/// that, a client only when the system says that there is no way to the peer.
pub(crate) fn send_now(c: &mut Conn, data: &[u8]) -> bool {
    let gone = c.slot().is_some_and(|slot| slot.dead.get());
    if c.fd() == socket::INVALID || c.is_resolving() || gone {
        return false;
    }
    match socket::send_to(c.fd(), data, &c.remote()) {
        Io::Done(n) => {
            learn_local(c);
            if c.is_hexdumping() {
                log::hexdump(c, data.get(..n).unwrap_or(&[]), "->");
            }
            c.emit_value(mg_event::MG_EV_WRITE, n as c_long);
            true
        }
        Io::WouldBlock => false,
        Io::Failed(libc::EMSGSIZE | libc::ENOBUFS | libc::ENOMEM) => false,
        Io::Failed(_) => {
            if !c.is_listening() {
                c.set_closing(true);
            }
            false
        }
    }
}

/// The system chooses the local port with the first datagram.
pub(crate) fn learn_local(c: &mut Conn) {
    if c.local().port == 0
        && let Some(local) = socket::local_addr(c.fd())
    {
        c.set_local(local);
    }
}

/// Appends the next datagram to `recv`, whole, and makes its source the peer. `None` when the receive cap forbids it.
pub(crate) fn receive(c: &mut Conn) -> Option<Io> {
    let mut scratch = match c.manager().as_ref().and_then(Manager::state) {
        Some(state) => state.datagram.take(),
        None => Vec::new(),
    };
    let missing = MAX_DATAGRAM.saturating_sub(scratch.len());
    if scratch.try_reserve_exact(missing).is_err() {
        return None; // it waits in the system until there is memory
    }
    scratch.resize(MAX_DATAGRAM, 0);
    let (io, from) = socket::recv_from(c.fd(), &mut scratch);
    let mut result = Some(io);
    if let Io::Done(n) = io {
        if let Some(from) = from {
            c.set_remote(from);
        }
        if !append(c, scratch.get(..n).unwrap_or(&[])) {
            result = None;
        }
    }
    if let Some(state) = c.manager().as_ref().and_then(Manager::state) {
        state.datagram.replace(scratch);
    }
    result
}

fn append(c: &mut Conn, data: &[u8]) -> bool {
    let io = c.recv_io();
    // SAFETY: LIVE and BUF; `data` is the scratch, not part of `recv`.
    unsafe {
        if (*io).len.saturating_add(data.len()) > super::limits::max_recv_size(c) {
            log_error!(
                "{} {} datagram of {} bytes dropped",
                c.id(),
                c.fd(),
                data.len()
            );
            return false;
        }
        if (*io).buf.is_null() && data.len() <= platform::settings().io_size {
            buffers::lend_recv(c);
        }
        iobuf::add(io, (*io).len, data.as_ptr(), data.len()) == data.len()
    }
}
