//! Reading and writing (engine chapter §10 and §11).

use super::buffers::{self, Lent};
use super::conn::Conn;
use super::iobuf;
use super::limits;
use super::log;
use super::platform;
use super::socket::{self, Io};
use super::timeouts;
use super::turn;
use super::udp;
use crate::abi::core::{flag, mg_event, mg_iobuf};
use core::ffi::{c_int, c_long};
use core::ptr;

/// One read, then, when the handler has queued an answer, one write.
pub(crate) fn read(c: &mut Conn) {
    if c.flags() & flag::TLS != 0 && super::tls::active(c) {
        return super::tls::read(c);
    }
    let queued = c.send_len();
    if c.is_udp() {
        // Errors of datagram sockets concern earlier datagrams, never the connection.
        if let Some(Io::Done(n)) = udp::receive(c) {
            delivered(c, n);
        }
        return;
    }
    if !make_room(c) {
        return;
    }
    match receive(c) {
        Io::Done(0) => end_of_stream(c),
        Io::Done(n) => {
            delivered(c, n);
            answer(c, queued);
        }
        Io::WouldBlock => {
            if c.slot().is_some_and(|s| s.failed.get()) {
                c.fatal("socket error");
            }
        }
        Io::Failed(e) => {
            let failed = c.slot().is_some_and(|s| s.failed.get());
            log::debug_errno(c, "read", e);
            doom(c);
            if failed {
                c.fatal("socket error");
            }
        }
    }
}

/// Announces `n` bytes that were appended to `recv`.
pub(crate) fn delivered(c: &mut Conn, n: usize) {
    log::traffic(c, "read", n);
    timeouts::progress(c);
    if let Some(slot) = c.slot() {
        slot.recv_high.set(slot.recv_high.get().max(c.recv_len()));
    }
    if c.is_hexdumping() {
        let len = c.recv_len();
        log::hexdump(
            c,
            c.recv().get(len.saturating_sub(n)..).unwrap_or(&[]),
            "<-",
        );
    }
    c.fire_bytes(mg_event::MG_EV_READ, n);
}

/// Sends what a service queued in READ without waiting for the next poll, when nothing was waiting before it.
///
/// Only where a service of the library drives the connection: on a plain one the chapter promises that what a handler
/// queues is sent by a later poll, so that it may still be patched or dropped.
pub(crate) fn answer(c: &mut Conn, queued_before: usize) {
    const NOT_NOW: u32 =
        flag::CLOSING | flag::CONNECTING | flag::TLS_HS | flag::WRITABLE | flag::RESOLVING;
    if queued_before == 0 && c.send_len() > 0 && c.flags() & NOT_NOW == 0 && c.is_served() {
        c.set_writable(true);
    }
}

pub(crate) fn doom(c: &mut Conn) {
    if let Some(slot) = c.slot() {
        slot.doomed.set(true);
    }
    c.set_closing(true);
}

/// The peer sends nothing more: what is queued still goes out, then the connection closes.
pub(crate) fn end_of_stream(c: &mut Conn) {
    if let Some(slot) = c.slot() {
        slot.eof.set(true);
        if slot.failed.get() {
            return c.fatal("socket error");
        }
    }
    if c.send_len() == 0 {
        doom(c);
    }
}

/// Makes room in `recv`: the cap is an error, growth is geometric and never beyond the cap.
pub(crate) fn make_room(c: &mut Conn) -> bool {
    let settings = platform::settings();
    let io = c.recv_io();
    // SAFETY: LIVE and BUF.
    let (len, size, empty) = unsafe { ((*io).len, (*io).size, (*io).buf.is_null()) };
    let cap = limits::max_recv_size(c);
    if len >= cap {
        c.error("MG_MAX_RECV_SIZE");
        return false;
    }
    if empty {
        buffers::lend_recv(c);
    }
    // SAFETY: LIVE and BUF.
    if unsafe { (*io).size > len } {
        return true;
    }
    let step = if size >= settings.io_size.saturating_mul(4) {
        size
    } else {
        settings.io_size
    };
    let target = size.saturating_add(step).min(cap.max(size));
    if target <= len || !grow(c, io, target) {
        c.error("OOM");
        return false;
    }
    true
}

fn grow(c: &Conn, io: *mut mg_iobuf, target: usize) -> bool {
    // SAFETY: LIVE and BUF.
    unsafe {
        let ours = c.slot().filter(|slot| slot.recv_block.get().is(io));
        if !iobuf::resize(io, target) {
            return false;
        }
        if let Some(slot) = ours {
            slot.recv_block.set(Lent::now(io));
        }
        (*io).len < (*io).size
    }
}

/// One system call into the free room of `recv`.
fn receive(c: &mut Conn) -> Io {
    // SAFETY: no other slice of the buffer lives, and a system call runs no handler.
    let result = turn::recv(c, unsafe { room(c) });
    log_verbose!("{} {} recv {:?}", c.id(), c.fd(), result);
    if let Io::Done(n) = result {
        commit(c, n);
    }
    result
}

/// The free room of `recv`, which never passes the cap. Not empty after [`make_room`].
///
/// # Safety
/// No other slice of the buffer lives, and no handler runs while this one does.
#[allow(clippy::mut_from_ref)] // the memory is not the handle's, and the caller vouches
pub(crate) unsafe fn room(c: &Conn) -> &mut [u8] {
    let cap = limits::max_recv_size(c);
    let io = c.recv_io();
    // SAFETY: LIVE and BUF; calloc'ed memory is initialised.
    unsafe {
        let len = (*io).len.min((*io).size);
        let end = (*io).size.min(cap.max(len));
        match (*io).buf.is_null() {
            true => &mut [],
            false => core::slice::from_raw_parts_mut((*io).buf.add(len), end - len),
        }
    }
}

/// Adds `n` bytes that were written into [`room`].
pub(crate) fn commit(c: &mut Conn, n: usize) {
    let io = c.recv_io();
    // SAFETY: LIVE.
    unsafe { (*io).len = (*io).len.saturating_add(n).min((*io).size) };
}

/// Writes in one turn while a service refills the send buffer each time: fewer polls for large files, and still a turn
/// for everybody else.
const BULK_WRITES: usize = 16;

/// One write of everything that waits.
pub(crate) fn write(c: &mut Conn) {
    write_once(c);
    let mut writes = 1;
    while writes < BULK_WRITES
        && c.send_len() > 0
        && c.flags() & flag::CLOSING == 0
        && c.slot()
            .is_some_and(|slot| slot.bulk.get() && !slot.blocked.get())
    {
        write_once(c);
        writes += 1;
    }
}

fn write_once(c: &mut Conn) {
    if c.flags() & flag::TLS != 0 && super::tls::active(c) {
        return super::tls::write(c);
    }
    let waiting = c.send_len();
    if waiting == 0 {
        return;
    }
    let result = if c.is_udp() {
        socket::send_to(c.fd(), c.send_bytes(), &c.remote())
    } else {
        socket::send(c.fd(), c.send_bytes())
    };
    log_verbose!(
        "{} {} send of {} bytes {:?}",
        c.id(),
        c.fd(),
        waiting,
        result
    );
    match result {
        Io::Done(n) => {
            if c.is_udp() {
                udp::learn_local(c);
            }
            sent(c, n);
        }
        Io::WouldBlock => blocked(c),
        Io::Failed(e) if c.is_udp() => {
            // A datagram that cannot be sent is lost, as any other may be.
            log::debug_errno(c, "sendto", e);
            c.send_truncate(0);
        }
        Io::Failed(e) => {
            log::debug_errno(c, "write", e);
            broken(c);
        }
    }
}

/// Sends the next bytes of the open file `file`, at most `len`, past the send buffer, and announces them to the user.
/// Returns how many; `None` when this is not the way: something waits in the buffer, the bytes have to be seen by this
/// process, or the system cannot. Then nothing was sent, and errors of the socket show up in the next ordinary write.
pub(crate) fn send_file(c: &mut Conn, file: c_int, len: usize) -> Option<usize> {
    const NOT_NOW: u32 = flag::TLS | flag::UDP | flag::CLOSING | flag::CONNECTING;
    if c.send_len() > 0
        || c.flags() & NOT_NOW != 0
        || c.is_hexdumping()
        || socket::is_blocking(c.fd())
    {
        return None;
    }
    match socket::send_file(c.fd(), file, len) {
        Io::Done(n) => {
            if n < len {
                blocked(c);
            }
            let mut sent = n as c_long;
            if n > 0 {
                // The service asked for it; it has no use for the event.
                c.call_from_service(
                    mg_event::MG_EV_WRITE as c_int,
                    ptr::from_mut(&mut sent).cast(),
                );
            }
            Some(n)
        }
        Io::WouldBlock => {
            blocked(c);
            None
        }
        Io::Failed(e) => {
            log::debug_errno(c, "sendfile", e);
            None
        }
    }
}

/// Nothing more can be sent. What the peer sent before that is delivered first.
fn broken(c: &mut Conn) {
    if c.is_closing() || turn::unread(c) == 0 {
        return doom(c);
    }
    if let Some(slot) = c.slot() {
        slot.failed.set(true);
    }
}

fn blocked(c: &mut Conn) {
    if let Some(slot) = c.slot() {
        slot.blocked.set(true);
    }
}

/// `n` bytes of `send` are with the system.
pub(crate) fn sent(c: &mut Conn, n: usize) {
    let n = n.min(c.send_len());
    timeouts::progress(c);
    if c.is_hexdumping() {
        log::hexdump(c, c.send_bytes().get(..n).unwrap_or(&[]), "->");
    }
    c.send_consume(n);
    log::traffic(c, "wrote", n);
    if c.send_len() > 0 {
        blocked(c);
    }
    c.emit_write(n);
}
