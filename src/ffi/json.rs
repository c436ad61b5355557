//! The JSON chapter: getters. All of them read the text in place; only those that return memory allocate.
//!
//! A path is `$` and any number of `.name` and `[digits]`, for example `$.list[2].id`.

use super::panic::guard;
use super::ptr::{c_bytes, str_bytes, to_slice_mut};
use super::strings;
use crate::abi::core::mg_str;
use crate::abi::json::{MG_JSON_INVALID, MG_JSON_NOT_FOUND, MG_JSON_TOO_DEEP};
use crate::service::mqtt::to_str;
use crate::wire::json::{JsonError, members, path, string, value};
use core::ffi::{c_char, c_int, c_long};
use core::ptr;

/// Finds the value at `path`. Returns its offset and stores its length in `*toklen` (may be NULL); MG_JSON_TOO_DEEP,
/// MG_JSON_INVALID or MG_JSON_NOT_FOUND otherwise, with `*toklen` 0. Strings include their quotes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_json_get(
    json: mg_str,
    path: *const c_char,
    toklen: *mut c_int,
) -> c_int {
    // SAFETY: the caller passes a valid slice, a NUL-terminated path and NULL or a writable int.
    guard(MG_JSON_INVALID, || unsafe {
        let found = path::get(str_bytes(json), c_bytes(path));
        let (offset, len) = match found {
            Ok(range) => (to_int(range.start), to_int(range.len())),
            Err(JsonError::TooDeep) => (MG_JSON_TOO_DEEP, 0),
            Err(JsonError::Invalid) => (MG_JSON_INVALID, 0),
            Err(JsonError::NotFound) => (MG_JSON_NOT_FOUND, 0),
        };
        if !toklen.is_null() {
            toklen.write(len);
        }
        offset
    })
}

/// The text of the value at `path`, a slice of `json`; NULL and length 0 when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_json_get_tok(json: mg_str, path: *const c_char) -> mg_str {
    // SAFETY: the caller passes a valid slice and a NUL-terminated path.
    guard(strings::NULL_STR, || unsafe {
        path::token(str_bytes(json), c_bytes(path)).map_or(strings::NULL_STR, to_str)
    })
}

/// Stores the number at `path` in `*v` (may be NULL). Returns false, and leaves `*v` alone, when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_json_get_num(json: mg_str, path: *const c_char, v: *mut f64) -> bool {
    // SAFETY: the caller passes a valid slice, a NUL-terminated path and NULL or a writable double.
    guard(false, || unsafe {
        store(value::number(str_bytes(json), c_bytes(path)), v)
    })
}

/// Stores the bool at `path` in `*v` (may be NULL). Returns false, and leaves `*v` alone, when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_json_get_bool(json: mg_str, path: *const c_char, v: *mut bool) -> bool {
    // SAFETY: the caller passes a valid slice, a NUL-terminated path and NULL or a writable bool.
    guard(false, || unsafe {
        store(value::boolean(str_bytes(json), c_bytes(path)), v)
    })
}

/// The number at `path`, truncated toward zero and limited to the range of `long`; `dflt` when there is none.
/// Integers are exact.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_json_get_long(
    json: mg_str,
    path: *const c_char,
    dflt: c_long,
) -> c_long {
    // SAFETY: the caller passes a valid slice and a NUL-terminated path.
    guard(dflt, || unsafe {
        match value::integer(str_bytes(json), c_bytes(path)) {
            Some(n) => c_long::try_from(n).unwrap_or(if n < 0 { c_long::MIN } else { c_long::MAX }),
            None => dflt,
        }
    })
}

/// The unescaped string at `path`, NUL-terminated, to be released with `mg_free`; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_json_get_str(json: mg_str, path: *const c_char) -> *mut c_char {
    // SAFETY: the caller passes a valid slice and a NUL-terminated path.
    guard(ptr::null_mut(), || unsafe {
        let text = value::text(str_bytes(json), c_bytes(path));
        text.map_or(ptr::null_mut(), |bytes| heap(&bytes))
    })
}

/// The bytes that the string at `path` has in hexadecimal, with a NUL behind them, to be released with `mg_free`.
/// Stores their number in `*len` (may be NULL). NULL, and `*len` unchanged, when there are none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_json_get_hex(
    json: mg_str,
    path: *const c_char,
    len: *mut c_int,
) -> *mut c_char {
    // SAFETY: the caller passes a valid slice, a NUL-terminated path and NULL or a writable int.
    guard(ptr::null_mut(), || unsafe {
        match value::hex(str_bytes(json), c_bytes(path)) {
            Some(bytes) => counted(&bytes, len),
            None => ptr::null_mut(),
        }
    })
}

/// The bytes that the string at `path` has in base64, with a NUL behind them, to be released with `mg_free`. Stores
/// their number in `*len` (may be NULL): 0 when it is not base64. NULL, and `*len` unchanged, when it is no string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_json_get_b64(
    json: mg_str,
    path: *const c_char,
    len: *mut c_int,
) -> *mut c_char {
    // SAFETY: the caller passes a valid slice, a NUL-terminated path and NULL or a writable int.
    guard(ptr::null_mut(), || unsafe {
        match value::base64(str_bytes(json), c_bytes(path)) {
            Some(bytes) => counted(&bytes, len),
            None => ptr::null_mut(),
        }
    })
}

/// Unescapes the string at `path` into `to`, which has room for `n` bytes. Returns the number of bytes before the NUL,
/// 0 when there is no such string, when it has an undefined escape, and when it does not fit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_json_unescape(
    json: mg_str,
    path: *const c_char,
    to: *mut c_char,
    n: usize,
) -> usize {
    // SAFETY: the caller passes a valid slice, a NUL-terminated path and room for `n` bytes.
    guard(0, || unsafe {
        if to.is_null() {
            return 0;
        }
        let token = path::token(str_bytes(json), c_bytes(path));
        match token.and_then(string::inside) {
            Some(raw) => string::unescape(raw, to_slice_mut(to.cast(), n)),
            None => 0,
        }
    })
}

/// Walks over an object or array. Start with `ofs` 0; each call stores one key (with quotes; NULL in an array) and
/// value and returns the offset for the next call, 0 at the end and at an error. `key` and `val` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_json_next(
    obj: mg_str,
    ofs: usize,
    key: *mut mg_str,
    val: *mut mg_str,
) -> usize {
    // SAFETY: the caller passes a valid slice and NULL or writable slices.
    guard(0, || unsafe {
        let text = str_bytes(obj);
        let Some(member) = members::member_at(text, ofs) else {
            return 0;
        };
        let slice = |range: Option<core::ops::Range<usize>>| {
            range
                .and_then(|range| text.get(range))
                .map_or(strings::NULL_STR, to_str)
        };
        if !key.is_null() {
            key.write(slice(member.key));
        }
        if !val.is_null() {
            val.write(slice(Some(member.value)));
        }
        member.next
    })
}

fn to_int(n: usize) -> c_int {
    c_int::try_from(n).unwrap_or(c_int::MAX)
}

/// # Safety
/// `to` is NULL or writable.
unsafe fn store<T>(value: Option<T>, to: *mut T) -> bool {
    match value {
        Some(value) => {
            if !to.is_null() {
                // SAFETY: the caller's promise.
                unsafe { to.write(value) };
            }
            true
        }
        None => false,
    }
}

fn heap(bytes: &[u8]) -> *mut c_char {
    strings::copy(bytes).map_or(ptr::null_mut(), |copy| copy.buf)
}

/// # Safety
/// `len` is NULL or writable.
unsafe fn counted(bytes: &[u8], len: *mut c_int) -> *mut c_char {
    let block = heap(bytes);
    if !block.is_null() && !len.is_null() {
        // SAFETY: the caller's promise.
        unsafe { len.write(to_int(bytes.len())) };
    }
    block
}
