//! Provided buffers: memory that the kernel fills when something arrives, whatever connection it is for.

use super::ring::Ring;
use core::mem::size_of;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicU16, Ordering};
use io_uring::types::BufRingEntry;

/// Buffers of one ring, a power of two.
const COUNT: u16 = 256;

/// Bytes of a buffer. Those who send more at once are read without buffers, see `stash.rs`.
pub(super) const SIZE: usize = 4096;

/// The list that the kernel takes buffers from, one page; then the buffers. Pages that were never filled cost nothing.
const LIST: usize = COUNT as usize * size_of::<BufRingEntry>();
const LENGTH: usize = LIST + COUNT as usize * SIZE;

/// The buffers of one ring, which must go before they do.
pub(super) struct Buffers {
    memory: NonNull<u8>,
    tail: u16,
}

impl Buffers {
    /// Makes the buffers available to `ring`; `None` when the system refuses.
    pub fn new(ring: &Ring) -> Option<Buffers> {
        // SAFETY: new anonymous memory.
        let memory = unsafe {
            libc::mmap(
                ptr::null_mut(),
                LENGTH,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if memory == libc::MAP_FAILED {
            return None;
        }
        let mut buffers = Buffers {
            memory: NonNull::new(memory.cast())?,
            tail: 0,
        };
        // SAFETY: page-aligned, COUNT entries, and the ring goes first.
        if !unsafe { ring.provide(memory as u64, COUNT) } {
            return None;
        }
        (0..COUNT).for_each(|id| buffers.give(id));
        Some(buffers)
    }

    fn at(&self, id: u16) -> *mut u8 {
        let offset = LIST + usize::from(id % COUNT) * SIZE;
        // SAFETY: within the memory.
        unsafe { self.memory.as_ptr().add(offset) }
    }

    /// What the kernel wrote into a buffer that it has named and that was not given back since.
    pub fn get(&self, id: u16, len: usize) -> &[u8] {
        // SAFETY: within the memory; the kernel does not write into a buffer that it has named.
        unsafe { core::slice::from_raw_parts(self.at(id), len.min(SIZE)) }
    }

    /// Lets the kernel use a buffer again.
    pub fn give(&mut self, id: u16) {
        let list = self.memory.as_ptr().cast::<BufRingEntry>();
        // SAFETY: the list has COUNT entries, of which the kernel reads those before the tail only.
        unsafe {
            let entry = &mut *list.add(usize::from(self.tail % COUNT));
            entry.set_addr(self.at(id) as u64);
            entry.set_len(SIZE as u32);
            entry.set_bid(id);
            self.tail = self.tail.wrapping_add(1);
            (*BufRingEntry::tail(list).cast::<AtomicU16>()).store(self.tail, Ordering::Release);
        }
    }
}

impl Drop for Buffers {
    fn drop(&mut self) {
        // SAFETY: the memory is ours.
        unsafe { libc::munmap(self.memory.as_ptr().cast(), LENGTH) };
    }
}
