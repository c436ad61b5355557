//! What the platform supplies: memory, clock, randomness and the program's build settings.
//!
//! All of them are weak C symbols; a program that defines its own replaces them for the whole library.

use crate::abi::core::mg_x_settings_t;
use core::ffi::{CStr, c_char, c_void};

/// Under Miri there is no C object to link: its own allocator and the default settings serve.
#[cfg(miri)]
use interpreted::*;
#[cfg(miri)]
mod interpreted {
    use super::{c_char, c_void, mg_x_settings_t};

    pub unsafe fn mg_millis() -> u64 {
        0
    }

    pub unsafe fn mg_random(_buf: *mut c_void, _len: usize) -> bool {
        false
    }

    pub unsafe fn mg_calloc(count: usize, size: usize) -> *mut c_void {
        // SAFETY: no precondition.
        unsafe { libc::calloc(count, size) }
    }

    pub unsafe fn mg_x_own_memory() -> bool {
        false
    }

    pub unsafe fn mg_free(ptr: *mut c_void) {
        // SAFETY: the caller's promise.
        unsafe { libc::free(ptr) }
    }

    pub unsafe fn mg_x_local_time(_: *mut c_char, _: usize, _: *const c_char, _: i64) -> usize {
        0
    }

    // SAFETY: nobody writes the table; its strings are literals.
    unsafe impl Sync for mg_x_settings_t {}

    #[allow(non_upper_case_globals)]
    pub static mg_x_settings: mg_x_settings_t = mg_x_settings_t {
        data_size: 32,
        max_http_headers: 30,
        io_size: 16384,
        max_recv_size: 3 * 1024 * 1024,
        listen_backlog: 128,
        ipv6_v6only: 0,
        profile: 0,
        ssi: 1,
        max_ssi_depth: 5,
        ssi_bufsiz: 1024,
        dirlist: 1,
        http_index: c"index.html".as_ptr(),
        dirlist_time_fmt: core::ptr::null(),
    };
}

#[cfg(not(miri))]
unsafe extern "C" {
    fn mg_millis() -> u64;
    fn mg_random(buf: *mut c_void, len: usize) -> bool;
    fn mg_calloc(count: usize, size: usize) -> *mut c_void;
    fn mg_x_alloc(size: usize) -> *mut c_void;
    fn mg_x_own_memory() -> bool;
    fn mg_free(ptr: *mut c_void);
    fn mg_x_local_time(buf: *mut c_char, len: usize, fmt: *const c_char, seconds: i64) -> usize;
    static mg_x_settings: mg_x_settings_t;
}

/// Milliseconds of a clock that never goes back.
#[inline]
pub fn millis() -> u64 {
    // SAFETY: no precondition.
    unsafe { mg_millis() }
}

/// Fills `buf` with bytes fit for keys. False: there is no good source and `buf` must not be used.
#[must_use]
pub fn random(buf: &mut [u8]) -> bool {
    // SAFETY: `buf` is valid for writes of its length.
    unsafe { mg_random(buf.as_mut_ptr().cast(), buf.len()) }
}

/// Zeroed memory of `size` bytes, NULL when there is none. Release it with [`free`].
#[inline]
pub fn calloc(size: usize) -> *mut c_void {
    // SAFETY: allocation has no precondition.
    unsafe { mg_calloc(1, size) }
}

/// Memory of `size` bytes with any contents, NULL when there is none. Release it with [`free`].
#[cfg(not(miri))]
#[inline]
pub fn alloc(size: usize) -> *mut c_void {
    // SAFETY: allocation has no precondition.
    unsafe { mg_x_alloc(size) }
}

/// Whether the program has brought its own allocator: it then is asked for every block, and its refusal is final.
pub fn own_memory() -> bool {
    // SAFETY: no precondition.
    unsafe { mg_x_own_memory() }
}

/// Releases memory of [`calloc`] or [`alloc`].
///
/// # Safety
/// `ptr` is NULL or came from one of them and is not used again.
#[inline]
pub unsafe fn free(ptr: *mut c_void) {
    // SAFETY: the caller's promise.
    unsafe { mg_free(ptr) }
}

/// The build settings of the program.
#[inline]
pub fn settings() -> &'static mg_x_settings_t {
    // SAFETY: a plain struct that nobody writes after start.
    unsafe { &mg_x_settings }
}

/// `MG_HTTP_INDEX`, the file that stands for its directory.
pub fn index_name() -> &'static [u8] {
    let name = settings().http_index;
    if name.is_null() {
        return b"";
    }
    // SAFETY: a literal of the program or of the library.
    unsafe { CStr::from_ptr(name) }.to_bytes()
}

/// Writes `seconds` since 1970 as local time in the format of `MG_HTTP_DIRLIST_TIME_FMT`. `None` without a format, and
/// when the text does not fit.
pub fn listing_time(seconds: i64, buf: &mut [u8]) -> Option<&[u8]> {
    let fmt = settings().dirlist_time_fmt;
    if fmt.is_null() {
        return None;
    }
    // SAFETY: the format is a literal, `buf` is valid for writes of its length.
    let n = unsafe { mg_x_local_time(buf.as_mut_ptr().cast(), buf.len(), fmt, seconds) };
    buf.get(..n).filter(|text| !text.is_empty())
}
