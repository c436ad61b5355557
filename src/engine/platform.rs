//! What the platform supplies: memory, clock, randomness and the program's build settings.
//!
//! All of them are weak C symbols; a program that defines its own replaces them for the whole library.

use crate::abi::core::mg_x_settings_t;
use core::ffi::c_void;

/// Under Miri there is no C object to link: its own allocator and the default settings serve.
#[cfg(miri)]
use interpreted::*;
#[cfg(miri)]
mod interpreted {
    use super::{c_void, mg_x_settings_t};

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

    pub unsafe fn mg_free(ptr: *mut c_void) {
        // SAFETY: the caller's promise.
        unsafe { libc::free(ptr) }
    }

    #[allow(non_upper_case_globals)]
    pub static mg_x_settings: mg_x_settings_t = mg_x_settings_t {
        data_size: 32,
        max_http_headers: 30,
        io_size: 16384,
        max_recv_size: 3 * 1024 * 1024,
        listen_backlog: 128,
        ipv6_v6only: 0,
        profile: 0,
    };
}

#[cfg(not(miri))]
unsafe extern "C" {
    fn mg_millis() -> u64;
    fn mg_random(buf: *mut c_void, len: usize) -> bool;
    fn mg_calloc(count: usize, size: usize) -> *mut c_void;
    fn mg_x_alloc(size: usize) -> *mut c_void;
    fn mg_free(ptr: *mut c_void);
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
