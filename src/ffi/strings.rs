//! Strings: constructors, comparison, splitting, numbers, matching.

use crate::abi::core::mg_str;
use crate::engine::platform;
use crate::ffi::panic::guard;
pub use crate::ffi::ptr::{c_bytes, str_bytes as str_slice, to_slice};
use crate::text::{compare, matching, number};
use core::ffi::{c_char, c_int, c_void};
use core::ptr;

/// A `struct mg_str` over a slice.
#[inline]
pub fn to_str(bytes: &[u8]) -> mg_str {
    mg_str {
        buf: bytes.as_ptr().cast_mut().cast(),
        len: bytes.len(),
    }
}

/// The empty string without memory.
pub const NULL_STR: mg_str = mg_str {
    buf: ptr::null_mut(),
    len: 0,
};

/// A string over the bytes of `s` before its NUL. NULL gives NULL and length 0. The memory stays the caller's.
///
/// # Safety
/// `s` is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_str_s(s: *const c_char) -> mg_str {
    // SAFETY: the caller's promise.
    let len = unsafe { c_bytes(s).len() };
    mg_str {
        buf: s.cast_mut(),
        len,
    }
}

/// A string over `n` bytes at `s`. Nothing is checked or copied.
#[unsafe(no_mangle)]
pub extern "C" fn mg_str_n(s: *const c_char, n: usize) -> mg_str {
    mg_str {
        buf: s.cast_mut(),
        len: n,
    }
}

/// A NUL-terminated copy of `s` in new memory, to be released with `mg_free`.
///
/// An empty `s`, or no memory: NULL and length 0.
///
/// # Safety
/// `s.buf` is NULL or readable for `s.len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_strdup(s: mg_str) -> mg_str {
    // SAFETY: the caller's promise.
    let bytes = unsafe { str_slice(s) };
    if bytes.is_empty() {
        return NULL_STR;
    }
    copy(bytes).unwrap_or(NULL_STR)
}

/// A NUL-terminated copy in new memory of `mg_calloc`; `None` when there is none.
pub fn copy(bytes: &[u8]) -> Option<mg_str> {
    let size = bytes.len().checked_add(1)?;
    let block = platform::calloc(size);
    if block.is_null() {
        return None;
    }
    // SAFETY: the block is larger than `bytes` and new; its last byte is zero.
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), block.cast(), bytes.len()) };
    Some(mg_str {
        buf: block.cast(),
        len: bytes.len(),
    })
}

/// Compares without regard to ASCII case: the difference of the first two bytes that differ, both as lower case, or 0.
///
/// # Safety
/// Both strings are NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_casecmp(s1: *const c_char, s2: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { compare::difference_ignoring_case(c_bytes(s1), c_bytes(s2)) }
}

/// Compares bytes: -1, 0 or 1. Where one is the start of the other, the shorter is smaller.
///
/// # Safety
/// Both are readable for their lengths.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_strcmp(a: mg_str, b: mg_str) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { compare::compare(str_slice(a), str_slice(b)) as c_int }
}

/// Like `mg_strcmp` with both sides as ASCII lower case.
///
/// # Safety
/// Both are readable for their lengths.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_strcasecmp(a: mg_str, b: mg_str) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { compare::compare_ignoring_case(str_slice(a), str_slice(b)) as c_int }
}

/// Splits `s` at the first `sep`: `a` is what comes before it, `b` what comes after. Nothing is copied.
///
/// Without `sep`, `a` is all of `s` and `b` is empty. False for an empty `s`; `a` and `b` are then untouched. Both may
/// be NULL, and may be the variable that was passed as `s`.
///
/// # Safety
/// `s` is readable for its length; `a` and `b` are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_span(s: mg_str, a: *mut mg_str, b: *mut mg_str, sep: c_char) -> bool {
    // SAFETY: the caller's promise.
    let bytes = unsafe { str_slice(s) };
    if bytes.is_empty() {
        return false;
    }
    let at = memchr::memchr(sep as u8, bytes).unwrap_or(bytes.len());
    let (before, after) = bytes.split_at(at);
    let after = after.get(1..).unwrap_or(after);
    // SAFETY: the caller's promise.
    unsafe {
        if let Some(a) = a.as_mut() {
            *a = to_str(before);
        }
        if let Some(b) = b.as_mut() {
            *b = to_str(after);
        }
    }
    true
}

/// Parses an unsigned number into the integer of `val_len` bytes (1, 2, 4 or 8) at `val`.
///
/// `base` is 2, 10, 16, or 0: by prefix `0b` or `0x`, else decimal; base 0 needs two characters at least. All of `s`
/// must be digits. False leaves `val` untouched.
///
/// # Safety
/// `s` is readable for its length, `val` writable for `val_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_str_to_num(
    s: mg_str,
    base: c_int,
    val: *mut c_void,
    val_len: usize,
) -> bool {
    // SAFETY: the caller's promise.
    let Some(value) = number::parse(unsafe { str_slice(s) }, base).filter(|_| !val.is_null())
    else {
        return false;
    };
    // SAFETY: the caller's promise; `val` may have any alignment.
    unsafe {
        match val_len {
            1 => store(u8::try_from(value), val),
            2 => store(u16::try_from(value), val),
            4 => store(u32::try_from(value), val),
            8 => store(Ok::<u64, core::num::TryFromIntError>(value), val),
            _ => false,
        }
    }
}

/// # Safety
/// `to` is writable for a `T`.
unsafe fn store<T>(value: Result<T, core::num::TryFromIntError>, to: *mut c_void) -> bool {
    // SAFETY: the caller's promise.
    value
        .map(|value| unsafe { to.cast::<T>().write_unaligned(value) })
        .is_ok()
}

/// Parses a decimal number, blanks around it allowed. False leaves `val` untouched.
///
/// # Safety
/// `s` is readable for its length, `val` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_to_size_t(s: mg_str, val: *mut usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        number::parse_size(str_slice(s))
            .map(|value| *val = value)
            .is_some()
    }
}

/// Whether `pattern` matches all of `s`. `?` is one byte, `*` any bytes but `/`, `#` any bytes.
///
/// `caps`, when not NULL, has one entry per wildcard of the pattern plus one: each receives the part of `s` that its
/// wildcard matched (as short as possible, leftmost first), and the last gets length 0.
///
/// # Safety
/// `s` and `pattern` are readable for their lengths; `caps` is NULL or large enough.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_match(s: mg_str, pattern: mg_str, caps: *mut mg_str) -> bool {
    guard(false, || {
        // SAFETY: the caller's promise.
        let (text, pattern) = unsafe { (str_slice(s), str_slice(pattern)) };
        if caps.is_null() {
            return matching::search(text, pattern, &mut |_, _| {});
        }
        // SAFETY: `caps` has an entry per wildcard, and one more.
        unsafe {
            *caps = NULL_STR;
            let matched =
                matching::search(text, pattern, &mut |n, part| *caps.add(n) = to_str(part));
            if matched {
                *caps.add(matching::wildcards(pattern)) = NULL_STR;
            }
            matched
        }
    })
}

/// Constant-time comparison of `len` bytes. True when all are equal, and for length 0.
///
/// # Safety
/// Both are readable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_memeq(a: *const c_void, b: *const c_void, len: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe { compare::equal_in_constant_time(to_slice(a.cast(), len), to_slice(b.cast(), len)) }
}
