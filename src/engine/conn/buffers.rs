//! Bytes received, and bytes waiting to be sent.

use super::Conn;
use crate::abi::core::mg_iobuf;
use crate::engine::buffers::{self, Lent};
use crate::engine::{backend, iobuf, platform, turn, udp};
use crate::text::format::Sink;
use core::ptr;

impl Conn {
    pub(crate) fn recv_io(&self) -> *mut mg_iobuf {
        // SAFETY: LIVE; only the address is taken.
        unsafe { ptr::addr_of_mut!((*self.as_ptr()).recv) }
    }

    pub(crate) fn send_io(&self) -> *mut mg_iobuf {
        // SAFETY: LIVE; only the address is taken.
        unsafe { ptr::addr_of_mut!((*self.as_ptr()).send) }
    }

    pub(crate) fn rtls_io(&self) -> *mut mg_iobuf {
        // SAFETY: LIVE; only the address is taken.
        unsafe { ptr::addr_of_mut!((*self.as_ptr()).rtls) }
    }

    /// Received bytes not yet consumed.
    #[inline]
    pub fn recv(&self) -> &[u8] {
        // SAFETY: LIVE and BUF; the slice borrows the handle, so no callback runs while it lives.
        unsafe { bytes(self.recv_io()) }
    }

    /// The same, for decoding in place.
    pub fn recv_mut(&mut self) -> &mut [u8] {
        // SAFETY: as `recv`, and the handle is borrowed mutably.
        unsafe { bytes_mut(self.recv_io()) }
    }

    /// Number of received bytes not yet consumed.
    #[inline]
    pub fn recv_len(&self) -> usize {
        // SAFETY: LIVE.
        unsafe { (*self.recv_io()).len }
    }

    /// Removes up to `len` received bytes at `ofs`.
    pub fn recv_del(&mut self, ofs: usize, len: usize) -> usize {
        // SAFETY: LIVE and BUF.
        unsafe { iobuf::del(self.recv_io(), ofs, len) }
    }

    /// Drops all received bytes.
    pub fn recv_clear(&mut self) {
        // SAFETY: LIVE.
        unsafe { (*self.recv_io()).len = 0 }
    }

    /// Bytes waiting to be sent.
    pub fn send_bytes(&self) -> &[u8] {
        // SAFETY: LIVE and BUF.
        unsafe { bytes(self.send_io()) }
    }

    /// The same, for masking or patching in place.
    pub fn send_bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: LIVE and BUF; the handle is borrowed mutably.
        unsafe { bytes_mut(self.send_io()) }
    }

    /// Number of bytes waiting to be sent.
    #[inline]
    pub fn send_len(&self) -> usize {
        // SAFETY: LIVE.
        unsafe { (*self.send_io()).len }
    }

    /// Drops what waits beyond `len` bytes.
    pub fn send_truncate(&mut self, len: usize) {
        // SAFETY: LIVE.
        unsafe {
            let io = self.send_io();
            (*io).len = (*io).len.min(len);
        }
    }

    /// Removes up to `len` waiting bytes at `ofs`.
    pub fn send_del(&mut self, ofs: usize, len: usize) -> usize {
        // SAFETY: LIVE and BUF.
        unsafe { iobuf::del(self.send_io(), ofs, len) }
    }

    /// Removes up to `len` waiting bytes from the front: they are with the system.
    pub(crate) fn send_consume(&mut self, len: usize) {
        // SAFETY: LIVE and BUF.
        unsafe { iobuf::consume(self.send_io(), len) }
    }

    /// Inserts bytes into what waits to be sent; false when memory runs out (nothing is inserted then).
    pub fn send_insert(&mut self, ofs: usize, data: &[u8]) -> bool {
        if data.is_empty() {
            return true;
        }
        if !self.send_reserve(data.len()) {
            return false;
        }
        // SAFETY: LIVE and BUF; `data` cannot lie in the buffer, which is borrowed.
        unsafe { iobuf::add(self.send_io(), ofs, data.as_ptr(), data.len()) == data.len() }
    }

    /// Makes room for `extra` bytes in the send buffer; false when memory runs out.
    pub fn send_reserve(&mut self, extra: usize) -> bool {
        // SAFETY: LIVE and BUF.
        unsafe {
            let io = self.send_io();
            if (*io).buf.is_null() && extra <= platform::settings().io_size {
                buffers::lend_send(self);
            } else if (*io).len == 0 {
                turn::sends_later(self);
            }
            if (*io).align == 0 {
                (*io).align = platform::settings().io_size;
            }
            let ours = self.slot().filter(|slot| slot.send_block.get().is(io));
            let grown = iobuf::reserve(io, extra);
            if let Some(slot) = ours {
                slot.send_block.set(Lent::now(io));
            }
            grown
        }
    }

    /// Room behind the waiting bytes without growing; what is written there is added by [`Conn::send_commit`].
    pub fn send_spare(&mut self) -> &mut [u8] {
        let io = self.send_io();
        // SAFETY: LIVE and BUF: calloc'ed memory is initialised up to `size`.
        unsafe {
            let len = (*io).len.min((*io).size);
            if (*io).buf.is_null() {
                return &mut [];
            }
            core::slice::from_raw_parts_mut((*io).buf.add(len), (*io).size - len)
        }
    }

    /// Adds `n` bytes of [`Conn::send_spare`] to the waiting bytes.
    pub fn send_commit(&mut self, n: usize) {
        // SAFETY: LIVE.
        unsafe {
            let io = self.send_io();
            (*io).len = (*io).len.saturating_add(n).min((*io).size);
        }
    }

    /// Queues bytes on any connection, datagrams included (they go out with the next poll, as one).
    /// False when memory runs out.
    pub fn queue(&mut self, data: &[u8]) -> bool {
        if data.is_empty() || self.append(data) {
            return true;
        }
        if !self.send_reserve(data.len()) {
            return false;
        }
        let spare = self.send_spare();
        match spare.get_mut(..data.len()) {
            Some(room) => room.copy_from_slice(data),
            None => return false,
        }
        self.send_commit(data.len());
        true
    }

    /// Queues two pieces as one and returns their length; `None`, and nothing is queued, without memory for both.
    #[inline]
    pub fn queue_two<const N: usize>(&mut self, first: &[u8; N], second: &[u8]) -> Option<usize> {
        let len = N.checked_add(second.len())?;
        if !self.send_reserve(len) {
            return None;
        }
        (self.append(first) && self.append(second)).then_some(len)
    }

    /// The common cases of [`Conn::queue`]: the buffer has room, or is empty and one block is enough.
    #[inline]
    fn append(&mut self, data: &[u8]) -> bool {
        // SAFETY: LIVE and BUF; `data` may be a part of the buffer, but never of its room.
        unsafe {
            let io = self.send_io();
            if (*io).buf.is_null() && data.len() <= platform::settings().io_size {
                buffers::lend_send(self);
            }
            let len = (*io).len;
            if (*io).buf.is_null() || (*io).size.saturating_sub(len) < data.len() {
                return false;
            }
            ptr::copy_nonoverlapping(data.as_ptr(), (*io).buf.add(len), data.len());
            (*io).len = len + data.len();
        }
        true
    }

    /// Sends bytes as `mg_send` does: TCP queues them; UDP sends one datagram at once.
    pub fn send(&mut self, data: &[u8]) -> bool {
        if backend::is_the_programs() {
            backend::send(self, data)
        } else {
            self.send_by_socket(data)
        }
    }

    /// [`Conn::send`] by the library's own back-end.
    pub(crate) fn send_by_socket(&mut self, data: &[u8]) -> bool {
        if self.is_udp() {
            udp::send_now(self, data)
        } else {
            self.queue(data)
        }
    }

    /// A sink that appends to the send buffer and remembers whether memory ran out.
    pub fn sink(&mut self) -> SendSink<'_> {
        SendSink {
            conn: self,
            failed: false,
        }
    }
}

/// Appends formatted text to the send buffer.
pub struct SendSink<'a> {
    conn: &'a mut Conn,
    /// Memory ran out; what was written before stays.
    pub failed: bool,
}

impl Sink for SendSink<'_> {
    fn write(&mut self, bytes: &[u8]) {
        if !self.failed && !self.conn.queue(bytes) {
            self.failed = true;
        }
    }
}

pub(crate) unsafe fn bytes<'a>(io: *mut mg_iobuf) -> &'a [u8] {
    // SAFETY: the caller vouches for BUF; `len` is clamped because users write it.
    unsafe {
        if (*io).buf.is_null() {
            return &[];
        }
        core::slice::from_raw_parts((*io).buf, (*io).len.min((*io).size))
    }
}

unsafe fn bytes_mut<'a>(io: *mut mg_iobuf) -> &'a mut [u8] {
    // SAFETY: as `bytes`; the caller has exclusive access.
    unsafe {
        if (*io).buf.is_null() {
            return &mut [];
        }
        core::slice::from_raw_parts_mut((*io).buf, (*io).len.min((*io).size))
    }
}
