//! Where formatted text goes: growing memory, `mg_iobuf`, standard output.

use super::print::VaArgs;
use super::strings::c_bytes;
use crate::abi::core::mg_iobuf;
use crate::abi::util::va_list;
use crate::engine::{iobuf, platform};
use crate::text::format::{Sink, format};
use core::ffi::{c_char, c_int, c_void};
use core::ptr;

/// A growing block of `mg_calloc` memory, always with room for a NUL.
pub struct Heap {
    buf: *mut u8,
    size: usize,
    len: usize,
    failed: bool,
}

impl Heap {
    /// First size of the block.
    const START: usize = 256;

    /// Formats into a new block.
    ///
    /// # Safety
    /// `fmt` is NULL or NUL-terminated; `ap` holds arguments that match it.
    pub unsafe fn format(fmt: *const c_char, ap: *mut va_list) -> Self {
        let mut heap = Heap {
            buf: ptr::null_mut(),
            size: 0,
            len: 0,
            failed: false,
        };
        heap.reserve(0);
        // SAFETY: the caller's promise.
        unsafe { format(&mut heap, c_bytes(fmt), &mut VaArgs::new(ap)) };
        heap
    }

    /// The text, or `None` when memory ran out.
    pub fn bytes(&self) -> Option<&[u8]> {
        // SAFETY: `len` bytes at `buf` were written.
        (!self.failed).then(|| unsafe { core::slice::from_raw_parts(self.buf, self.len) })
    }

    /// Gives the NUL-terminated block away; NULL when memory ran out. Release it with `mg_free`.
    pub fn into_raw(mut self) -> *mut c_char {
        if self.failed {
            return ptr::null_mut();
        }
        core::mem::replace(&mut self.buf, ptr::null_mut()).cast()
    }

    /// Makes room for `more` bytes and a NUL. Fresh memory is zero, hence the text is always terminated.
    fn reserve(&mut self, more: usize) -> bool {
        let need = self.len.saturating_add(more).saturating_add(1);
        if self.failed || need <= self.size {
            return !self.failed;
        }
        let size = need.max(self.size.saturating_mul(2)).max(Self::START);
        let block: *mut u8 = platform::calloc(size).cast();
        self.failed = block.is_null();
        if !self.failed {
            // SAFETY: both blocks hold at least `len` bytes; the old one came from `mg_calloc`.
            unsafe {
                if self.len > 0 {
                    ptr::copy_nonoverlapping(self.buf, block, self.len);
                }
                platform::free(self.buf.cast());
            }
            self.buf = block;
            self.size = size;
        }
        !self.failed
    }
}

impl Sink for Heap {
    fn write(&mut self, bytes: &[u8]) {
        if self.reserve(bytes.len()) {
            // SAFETY: `reserve` made room.
            unsafe {
                ptr::copy_nonoverlapping(bytes.as_ptr(), self.buf.add(self.len), bytes.len())
            };
            self.len += bytes.len();
        }
    }

    fn fill(&mut self, byte: u8, count: usize) {
        if self.reserve(count) {
            // SAFETY: `reserve` made room.
            unsafe { ptr::write_bytes(self.buf.add(self.len), byte, count) };
            self.len += count;
        }
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        // SAFETY: NULL or a block of `mg_calloc` that nobody else holds.
        unsafe { platform::free(self.buf.cast()) };
    }
}

/// Appends `bytes` and a NUL that is not counted. Appends nothing when the buffer cannot grow.
///
/// # Safety
/// `io` is NULL or a valid buffer that nothing else borrows; `bytes` is no part of it.
pub unsafe fn append(io: *mut mg_iobuf, bytes: &[u8]) {
    if io.is_null() {
        return;
    }
    // SAFETY: the caller's promise. After `reserve` there is room for the bytes and the NUL; programs write `len`,
    // hence the clamp.
    unsafe {
        (*io).len = (*io).len.min((*io).size);
        if !bytes.is_empty() && iobuf::reserve(io, bytes.len().saturating_add(1)) {
            let end = (*io).buf.add((*io).len);
            ptr::copy_nonoverlapping(bytes.as_ptr(), end, bytes.len());
            *end.add(bytes.len()) = 0;
            (*io).len += bytes.len();
        }
    }
}

/// Output function: appends to the `struct mg_iobuf` in `arg`, which grows and stays NUL-terminated (the NUL is not counted).
///
/// # Safety
/// `arg` is NULL or points to a valid `struct mg_iobuf`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_pfn_iobuf(ch: c_char, arg: *mut c_void) {
    // SAFETY: the caller's promise.
    unsafe { append(arg.cast(), &[ch as u8]) };
}

/// Output function: appends to the `struct mg_iobuf` in `arg` without growing it.
///
/// The last byte is kept for a NUL, which counts: further bytes are dropped.
///
/// # Safety
/// `arg` is NULL or points to a valid `struct mg_iobuf`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_pfn_iobuf_noresize(ch: c_char, arg: *mut c_void) {
    // SAFETY: the caller's promise; every write is below `size`.
    unsafe {
        let Some(io) = arg
            .cast::<mg_iobuf>()
            .as_mut()
            .filter(|io| io.len < io.size)
        else {
            return;
        };
        let end = io.buf.add(io.len);
        if io.size - io.len >= 2 {
            *end = ch as u8;
            *end.add(1) = 0;
        } else {
            *end = 0;
        }
        io.len += 1;
    }
}

/// Output function: writes to standard output. `arg` is not used.
#[unsafe(no_mangle)]
pub extern "C" fn mg_pfn_stdout(ch: c_char, arg: *mut c_void) {
    let _ = arg;
    // SAFETY: no precondition.
    unsafe { libc::putchar(c_int::from(ch as u8)) };
}
