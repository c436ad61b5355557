//! Pointers of C callers to slices.

use crate::abi::core::mg_str;
use core::ffi::{CStr, c_char};

/// The `len` bytes at `p`; empty for NULL, and for a length that no memory has.
///
/// # Safety
/// `p` is NULL or valid for `len` bytes that do not change while the slice is used.
#[inline]
pub unsafe fn to_slice<'a>(p: *const u8, len: usize) -> &'a [u8] {
    if p.is_null() || len > isize::MAX as usize {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { core::slice::from_raw_parts(p, len) }
}

/// Room for `len` bytes at `p`; none for NULL. A length that no memory has means "enough".
///
/// # Safety
/// `p` is NULL or writable for `len` bytes, which nothing else uses for `'a`.
#[inline]
pub unsafe fn to_slice_mut<'a>(p: *mut u8, len: usize) -> &'a mut [u8] {
    if p.is_null() {
        return &mut [];
    }
    // SAFETY: the caller's promise.
    unsafe { core::slice::from_raw_parts_mut(p, len.min(isize::MAX as usize)) }
}

/// The bytes of a C slice.
///
/// # Safety
/// As [`to_slice`].
#[inline]
pub unsafe fn str_bytes<'a>(s: mg_str) -> &'a [u8] {
    // SAFETY: the caller's promise.
    unsafe { to_slice(s.buf.cast(), s.len) }
}

/// The bytes of a C string before its NUL; empty for NULL.
///
/// # Safety
/// `p` is NULL or NUL-terminated and does not change while the slice is used.
#[inline]
pub unsafe fn c_bytes<'a>(p: *const c_char) -> &'a [u8] {
    if p.is_null() {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(p).to_bytes() }
}
