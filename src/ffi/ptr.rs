//! Pointers of C callers to slices.

use crate::abi::core::mg_str;
use core::ffi::{CStr, c_char};

/// The `len` bytes at `p`; empty for NULL.
///
/// # Safety
/// `p` is NULL or valid for `len` bytes that do not change while the slice is used.
pub unsafe fn to_slice<'a>(p: *const u8, len: usize) -> &'a [u8] {
    if p.is_null() || len > isize::MAX as usize {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { core::slice::from_raw_parts(p, len) }
}

/// The bytes of a C slice.
///
/// # Safety
/// As [`to_slice`].
pub unsafe fn str_bytes<'a>(s: mg_str) -> &'a [u8] {
    // SAFETY: the caller's promise.
    unsafe { to_slice(s.buf.cast(), s.len) }
}

/// The bytes of a C string before its NUL; empty for NULL.
///
/// # Safety
/// `p` is NULL or NUL-terminated and does not change while the slice is used.
pub unsafe fn c_bytes<'a>(p: *const c_char) -> &'a [u8] {
    if p.is_null() {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(p).to_bytes() }
}
