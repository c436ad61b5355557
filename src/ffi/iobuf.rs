//! `mg_iobuf_*` (utility chapter §3).

use super::panic::guard;
use crate::abi::core::mg_iobuf;
use crate::engine::iobuf;
use alloc::vec::Vec;
use core::ffi::c_void;
use core::ptr;

/// Overwrites all fields, then sets the capacity to `size` bytes; `align` is the growth step.
/// Returns false when memory runs out. Free with `mg_iobuf_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_iobuf_init(io: *mut mg_iobuf, size: usize, align: usize) -> bool {
    if io.is_null() {
        return false;
    }
    // SAFETY: the caller passes a writable buffer struct.
    guard(false, || unsafe {
        *io = mg_iobuf {
            buf: ptr::null_mut(),
            size: 0,
            len: 0,
            align,
        };
        iobuf::resize(io, size)
    })
}

/// Sets the capacity to `new_size` bytes, rounded up to the growth step; 0 frees the memory. Shrinks, too.
/// Returns false when memory runs out; the buffer is unchanged then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_iobuf_resize(io: *mut mg_iobuf, new_size: usize) -> bool {
    // SAFETY: the caller passes an initialised buffer.
    guard(false, || unsafe {
        !io.is_null() && iobuf::resize(io, new_size)
    })
}

/// Frees the memory of a buffer; the growth step stays. Safe twice.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_iobuf_free(io: *mut mg_iobuf) {
    if !io.is_null() {
        // SAFETY: the caller passes an initialised buffer.
        guard((), || unsafe {
            iobuf::resize(io, 0);
        });
    }
}

/// Inserts `len` bytes at `ofs`; a NULL `buf` opens a gap, and `buf` may lie in the buffer itself. Returns `len`, or 0 when memory runs out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_iobuf_add(
    io: *mut mg_iobuf,
    ofs: usize,
    buf: *const c_void,
    len: usize,
) -> usize {
    // SAFETY: the caller passes an initialised buffer and `len` bytes at `buf`, or NULL.
    guard(0, || unsafe {
        if io.is_null() {
            return 0;
        }
        let inside = (buf as usize).wrapping_sub((*io).buf as usize);
        if inside >= (*io).size || len == 0 {
            return iobuf::add(io, ofs, buf.cast(), len);
        }
        // The buffer's own bytes: they move while room is made.
        let mut copy = Vec::new();
        if len > (*io).size - inside || copy.try_reserve_exact(len).is_err() {
            return 0;
        }
        copy.extend_from_slice(core::slice::from_raw_parts(buf.cast::<u8>(), len));
        iobuf::add(io, ofs, copy.as_ptr(), len)
    })
}

/// Removes up to `len` bytes at `ofs` and returns how many. Capacity stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_iobuf_del(io: *mut mg_iobuf, ofs: usize, len: usize) -> usize {
    // SAFETY: the caller passes an initialised buffer.
    guard(0, || unsafe {
        if io.is_null() {
            0
        } else {
            iobuf::del(io, ofs, len)
        }
    })
}
