//! `mg_iobuf`: growable buffers in C memory, so that users may free, resize and patch them.
//!
//! INVARIANT BUF: `buf` is NULL and `size` 0, or `buf` is a block of `size` bytes from `mg_calloc`; `len <= size`.
//! Users may write the fields, so every function clamps `len` to `size` before it trusts it.

use super::lock::Lock;
use super::platform;
use crate::abi::core::mg_iobuf;
use alloc::vec::Vec;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

/// Capacity in bytes from which [`reserve`] doubles instead of growing to just what is needed.
pub const GEOMETRIC_FROM: usize = 4096;

/// `n` rounded up to a multiple of `align`; `n` itself when `align` is 0. Saturates.
pub fn round_up(n: usize, align: usize) -> usize {
    match n.checked_rem(align) {
        None | Some(0) => n,
        Some(rest) => n.saturating_add(align - rest),
    }
}

/// Sets the capacity to `new_size`, rounded up to the growth step; keeps what fits. False when memory runs out.
///
/// # Safety
/// `io` points to a buffer that keeps BUF.
pub unsafe fn resize(io: *mut mg_iobuf, new_size: usize) -> bool {
    // SAFETY: the caller's promise; the old and the new block do not overlap.
    unsafe {
        let new_size = round_up(new_size, (*io).align);
        if new_size == (*io).size {
            return true;
        }
        let old = (*io).buf;
        let old_size = (*io).size;
        if new_size == 0 {
            wipe(old, old_size);
            platform::free(block_of(old).cast());
            (*io).buf = ptr::null_mut();
            (*io).size = 0;
            (*io).len = 0;
            return true;
        }
        let fresh: *mut u8 = if new_size > isize::MAX as usize {
            ptr::null_mut()
        } else {
            platform::calloc(new_size).cast()
        };
        if fresh.is_null() {
            return false;
        }
        let keep = (*io).len.min(old_size).min(new_size);
        if keep > 0 {
            ptr::copy_nonoverlapping(old, fresh, keep);
        }
        wipe(old, old_size);
        platform::free(block_of(old).cast());
        (*io).buf = fresh;
        (*io).size = new_size;
        (*io).len = keep;
        true
    }
}

/// Makes room for `extra` more bytes, growing geometrically so that many small appends stay linear.
///
/// # Safety
/// As [`resize`].
pub unsafe fn reserve(io: *mut mg_iobuf, extra: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        let Some(need) = (*io).len.checked_add(extra) else {
            return false;
        };
        if need <= (*io).size {
            return true;
        }
        // Small buffers grow exactly: programs look at `size` after their first appends.
        let large = (*io).align.saturating_mul(2).max(GEOMETRIC_FROM);
        let doubled = (*io).size.saturating_mul(2);
        if (*io).size >= large && doubled > need && resize(io, doubled) {
            return true;
        }
        resize(io, need)
    }
}

/// Inserts `len` bytes at `ofs` and returns `len`, or 0 when memory runs out.
///
/// A NULL `buf` opens a gap. Past the end, the gap between counts as data.
///
/// # Safety
/// As [`resize`]; `buf` is NULL or valid for `len` bytes and not inside `io`.
pub unsafe fn add(io: *mut mg_iobuf, ofs: usize, buf: *const u8, len: usize) -> usize {
    // SAFETY: the caller's promise; the block holds max(ofs, len) + n bytes after the resize.
    unsafe {
        let have = (*io).len.min((*io).size);
        (*io).len = have;
        let Some(end) = have.max(ofs).checked_add(len) else {
            return 0;
        };
        let fits = if end > (*io).size || len == 0 {
            if len == 0 && have == 0 && ofs == 0 {
                resize(io, 0)
            } else {
                reserve(io, end - have)
            }
        } else {
            true
        };
        if !fits || (*io).buf.is_null() {
            return 0;
        }
        let base = (*io).buf;
        if ofs < have {
            ptr::copy(base.add(ofs), base.add(ofs + len), have - ofs);
        } else if ofs > have {
            ptr::write_bytes(base.add(have), 0, ofs - have);
        }
        if !buf.is_null() && len > 0 {
            ptr::copy_nonoverlapping(buf, base.add(ofs), len);
        }
        (*io).len = end;
        len
    }
}

/// Removes up to `len` bytes at `ofs` and returns how many. Capacity stays; freed bytes are zeroed.
///
/// # Safety
/// As [`resize`].
pub unsafe fn del(io: *mut mg_iobuf, ofs: usize, len: usize) -> usize {
    // SAFETY: the caller's promise; all ranges are clamped to `have`.
    unsafe {
        let have = (*io).len.min((*io).size);
        let ofs = ofs.min(have);
        let len = len.min(have - ofs);
        if len > 0 && !(*io).buf.is_null() {
            let base = (*io).buf;
            if have > ofs + len {
                ptr::copy(base.add(ofs + len), base.add(ofs), have - ofs - len);
            }
            ptr::write_bytes(base.add(have - len), 0, len);
        }
        (*io).len = have - len;
        len
    }
}

/// Buffers whose `buf` points into their block: what was sent of a large buffer is skipped, not moved away.
/// Pairs of `buf` and block. INVARIANT GAP: an entry lives exactly as long as some `mg_iobuf.buf` equals its `buf`.
static GAPS: Lock<Vec<(usize, usize)>> = Lock::new(Vec::new());
static GAP_COUNT: AtomicUsize = AtomicUsize::new(0);

/// Remaining bytes above which [`consume`] skips instead of moving.
pub const GAP_FROM: usize = 64 * 1024;

/// The block that `buf` lies in; forgets the gap.
#[inline]
fn block_of(buf: *mut u8) -> *mut u8 {
    if GAP_COUNT.load(Ordering::Relaxed) == 0 {
        return buf;
    }
    forget_gap(buf)
}

#[cold]
fn forget_gap(buf: *mut u8) -> *mut u8 {
    GAPS.with(|gaps| match gaps.iter().position(|g| g.0 == buf as usize) {
        Some(at) => {
            GAP_COUNT.fetch_sub(1, Ordering::Relaxed);
            let block = gaps.swap_remove(at).1;
            if gaps.is_empty() {
                *gaps = Vec::new(); // nothing stays allocated
            }
            block as *mut u8
        }
        None => buf,
    })
}

/// Removes `len` bytes from the front. A large rest stays where it is, so that a slow reader costs no copying.
///
/// # Safety
/// As [`resize`].
pub unsafe fn consume(io: *mut mg_iobuf, len: usize) {
    // SAFETY: the caller's promise; GAP keeps the block of a moved `buf`.
    unsafe {
        let have = (*io).len.min((*io).size);
        let len = len.min(have);
        if len == 0 {
            return;
        }
        let buf = (*io).buf;
        let block = block_of(buf);
        let gap = buf as usize - block as usize;
        let rest = have - len;
        if rest > GAP_FROM && GAPS.with(|gaps| gaps.try_reserve(1).is_ok()) {
            ptr::write_bytes(buf, 0, len);
            (*io).buf = buf.add(len);
            (*io).size -= len;
            GAPS.with(|gaps| gaps.push((buf as usize + len, block as usize)));
            GAP_COUNT.fetch_add(1, Ordering::Relaxed);
        } else {
            if rest > 0 {
                ptr::copy(buf.add(len), block, rest);
            }
            ptr::write_bytes(block.add(rest), 0, gap + have - rest);
            (*io).buf = block;
            (*io).size += gap;
        }
        (*io).len = rest;
    }
}

/// Non-elidable zeroing: buffers hold credentials.
unsafe fn wipe(buf: *mut u8, len: usize) {
    if !buf.is_null() {
        // SAFETY: the caller owns `len` bytes at `buf`.
        unsafe { ptr::write_bytes(buf, 0, len) };
        core::sync::atomic::compiler_fence(core::sync::atomic::Ordering::SeqCst);
        core::hint::black_box(buf);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A buffer and the plain vector that it must equal.
    struct Pair {
        io: mg_iobuf,
        twin: Vec<u8>,
    }

    impl Pair {
        fn new(align: usize) -> Self {
            let io = mg_iobuf {
                buf: ptr::null_mut(),
                size: 0,
                len: 0,
                align,
            };
            Pair {
                io,
                twin: Vec::new(),
            }
        }

        fn add(&mut self, ofs: usize, data: &[u8]) {
            // SAFETY: a buffer that keeps BUF and a slice elsewhere.
            let n = unsafe { add(&mut self.io, ofs, data.as_ptr(), data.len()) };
            assert_eq!(n, data.len());
            if ofs > self.twin.len() && !data.is_empty() {
                self.twin.resize(ofs, 0);
            }
            let ofs = ofs.min(self.twin.len());
            self.twin.splice(ofs..ofs, data.iter().copied());
            self.check();
        }

        fn del(&mut self, ofs: usize, len: usize) {
            let at = ofs.min(self.twin.len());
            let n = len.min(self.twin.len() - at);
            // SAFETY: as above.
            assert_eq!(unsafe { del(&mut self.io, ofs, len) }, n);
            self.twin.drain(at..at + n);
            self.check();
        }

        fn consume(&mut self, len: usize) {
            // SAFETY: as above.
            unsafe { consume(&mut self.io, len) };
            self.twin.drain(..len.min(self.twin.len()));
            self.check();
        }

        fn resize(&mut self, size: usize) {
            // SAFETY: as above.
            assert!(unsafe { resize(&mut self.io, size) });
            self.twin.truncate(self.io.size);
            self.check();
        }

        fn check(&self) {
            assert!(self.io.len <= self.io.size && self.io.buf.is_null() == (self.io.size == 0));
            let data: &[u8] = if self.io.buf.is_null() {
                &[]
            } else {
                // SAFETY: BUF.
                unsafe { core::slice::from_raw_parts(self.io.buf, self.io.len) }
            };
            assert!(data == self.twin);
        }
    }

    impl Drop for Pair {
        fn drop(&mut self) {
            self.resize(0);
        }
    }

    #[test]
    fn any_order_of_operations_equals_a_vector() {
        let rounds = if cfg!(miri) { 150 } else { 5_000 };
        let mut seed = 1u32;
        let mut next = move |below: usize| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as usize % below
        };
        for align in [0, 1, 64] {
            let mut pair = Pair::new(align);
            for round in 0..rounds {
                let data: Vec<u8> = (0..next(100)).map(|n| (n + round) as u8).collect();
                let len = pair.twin.len();
                match next(6) {
                    0 | 1 => pair.add(len, &data),
                    2 if !data.is_empty() => pair.add(next(len + 1), &data),
                    3 => pair.del(next(len + 5), next(200)),
                    4 => pair.consume(next(200)),
                    _ => pair.resize(next(len + 300) + 1),
                }
            }
        }
    }

    #[test]
    fn a_gap_is_hidden() {
        let mut pair = Pair::new(0);
        let data: Vec<u8> = (0..GAP_FROM * 2).map(|n| n as u8).collect();
        pair.add(0, &data);
        let start = pair.io.buf;
        pair.consume(1000);
        assert_eq!(pair.io.buf, start.wrapping_add(1000), "nothing was moved");
        pair.consume(10);
        pair.add(0, b"front");
        pair.consume(7);
        pair.del(5, 5);
        pair.add(pair.twin.len(), b"back");
        pair.resize(GAP_FROM * 3);
        pair.consume(100);
        pair.consume(GAP_FROM * 2);
        assert_eq!(
            pair.io.size,
            GAP_FROM * 3,
            "the gap closes when little is left"
        );
        pair.consume(usize::MAX);
        assert_eq!(
            GAPS.with(|gaps| gaps.iter().filter(|gap| gap.1 == start as usize).count()),
            0
        );
    }

    #[test]
    fn sizes_that_no_memory_has() {
        let mut pair = Pair::new(16);
        pair.add(0, b"abc");
        // SAFETY: a buffer that keeps BUF.
        unsafe {
            assert!(
                !resize(&mut pair.io, usize::MAX) && !resize(&mut pair.io, isize::MAX as usize + 1)
            );
            assert_eq!(add(&mut pair.io, usize::MAX, b"x".as_ptr(), 1), 0);
            assert!(!reserve(&mut pair.io, usize::MAX));
        }
        pair.check();
    }
}
