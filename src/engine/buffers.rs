//! Lending of buffer blocks: idle connections hold none.
//!
//! A block of one `MG_IO_SIZE` is lent to `recv` when there is something to read and to `send` when there is
//! something to queue, and goes back to the manager when the buffer is empty. Blocks come from `mg_calloc`, so a user
//! may free or resize them like any other. What was in use is wiped before a block is lent again.

use super::conn::Conn;
use super::iobuf;
use super::mgr::Manager;
use super::platform;
use crate::abi::core::mg_iobuf;
use alloc::vec::Vec;
use core::ptr;

/// Blocks kept by a manager for re-use; none when the program has its own allocator.
pub const POOL_BLOCKS: usize = 128;

/// Free blocks of one `MG_IO_SIZE` each.
#[derive(Default)]
pub(crate) struct Pool {
    blocks: Vec<*mut u8>,
}

impl Pool {
    fn take(&mut self) -> *mut u8 {
        match self.blocks.pop() {
            Some(block) => block,
            None => platform::calloc(platform::settings().io_size).cast(),
        }
    }

    /// # Safety
    /// `block` is a block of `io_size` bytes whose first `dirty` bytes were used.
    unsafe fn give(&mut self, block: *mut u8, dirty: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            ptr::write_bytes(block, 0, dirty.min(platform::settings().io_size));
            if self.blocks.len() < POOL_BLOCKS
                && !platform::own_memory()
                && self.blocks.try_reserve(1).is_ok()
            {
                self.blocks.push(block);
            } else {
                platform::free(block.cast());
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        for block in self.blocks.drain(..) {
            // SAFETY: pool blocks come from calloc and nobody else holds them.
            unsafe { platform::free(block.cast()) };
        }
    }
}

/// What the engine gave to a buffer. A buffer that differs is the user's own, even where the allocator has used an
/// address again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lent {
    buf: *mut u8,
    size: usize,
}

impl Lent {
    /// Nothing was given.
    pub const NOTHING: Lent = Lent {
        buf: ptr::null_mut(),
        size: 0,
    };

    /// What `io` holds now.
    ///
    /// # Safety
    /// `io` is a live buffer.
    pub unsafe fn now(io: *const mg_iobuf) -> Lent {
        // SAFETY: the caller's promise.
        unsafe {
            Lent {
                buf: (*io).buf,
                size: (*io).size,
            }
        }
    }

    /// Whether `io` still holds it. A buffer without memory holds nothing of the user's.
    ///
    /// # Safety
    /// `io` is a live buffer.
    pub unsafe fn is(self, io: *const mg_iobuf) -> bool {
        // SAFETY: the caller's promise.
        unsafe { (*io).buf.is_null() || Lent::now(io) == self }
    }
}

/// Gives an empty `send` a block, if the manager has or gets one.
pub(crate) fn lend_send(c: &Conn) {
    if let Some(slot) = c.slot() {
        let io = c.send_io();
        lend(c, io);
        // SAFETY: LIVE.
        slot.send_block.set(unsafe { Lent::now(io) });
        super::turn::sends_later(c);
    }
}

/// Gives an empty `recv` a block.
pub(crate) fn lend_recv(c: &Conn) {
    if let Some(slot) = c.slot() {
        let io = c.recv_io();
        lend(c, io);
        // SAFETY: LIVE.
        slot.recv_block.set(unsafe { Lent::now(io) });
        slot.recv_high.set(0);
    }
}

fn lend(c: &Conn, io: *mut mg_iobuf) {
    let Some(block) = c
        .manager()
        .and_then(|m| m.state().map(|s| s.pool.borrow_mut().take()))
    else {
        return;
    };
    if block.is_null() {
        return;
    }
    // SAFETY: LIVE and BUF; the buffer is empty, the block has io_size bytes.
    unsafe {
        (*io).buf = block;
        (*io).size = platform::settings().io_size;
        (*io).len = 0;
        if (*io).align == 0 {
            (*io).align = platform::settings().io_size;
        }
    }
}

/// Whether no block is lent to the connection.
#[inline]
pub(crate) fn nothing_lent(slot: &super::slot::Slot) -> bool {
    slot.recv_block.get().buf.is_null() && slot.send_block.get().buf.is_null()
}

/// Takes blocks back from buffers that are empty.
pub(crate) fn reclaim(c: &Conn) {
    let Some(slot) = c.slot() else { return };
    // SAFETY: LIVE and BUF; a buffer is touched only when it still is the block that was lent, or oversized.
    unsafe {
        for (io, block, dirty) in [
            (c.recv_io(), &slot.recv_block, slot.recv_high.get()),
            (c.send_io(), &slot.send_block, 0),
        ] {
            let gone = (*io).buf.is_null();
            if gone || (*io).len == 0 && block.get().is(io) && take_back(c, io, dirty) {
                block.set(Lent::NOTHING);
            }
        }
    }
}

/// Returns whether the buffer was taken.
unsafe fn take_back(c: &Conn, io: *mut mg_iobuf, dirty: usize) -> bool {
    // SAFETY: the caller vouches for BUF.
    unsafe {
        if (*io).size == platform::settings().io_size {
            let block = (*io).buf;
            (*io).buf = ptr::null_mut();
            (*io).size = 0;
            match c.manager().as_ref().and_then(Manager::state) {
                Some(state) => state.pool.borrow_mut().give(block, dirty),
                None => platform::free(block.cast()),
            }
            return true;
        }
        iobuf::resize(io, 0)
    }
}
