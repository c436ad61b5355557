//! What the library asks of its host: memory, clock, random bytes, settings.
//!
//! All of these are C symbols with weak defaults (`ffi/weak.c`), so that a program's own definition wins.

use crate::abi::core::mg_x_settings_t;
use core::ffi::{c_char, c_int, c_void};

unsafe extern "C" {
    fn mg_calloc(count: usize, size: usize) -> *mut c_void;
    fn mg_free(ptr: *mut c_void);
    fn mg_millis() -> u64;
    fn mg_random(buf: *mut c_void, len: usize) -> bool;
    static mg_x_settings: mg_x_settings_t;
}

/// Zeroed memory of `count * size` bytes, or NULL. Give it back with [`free`].
pub fn calloc(count: usize, size: usize) -> *mut u8 {
    // SAFETY: mg_calloc has no preconditions.
    unsafe { mg_calloc(count, size).cast() }
}

/// Gives memory back that [`calloc`] returned; NULL is fine.
///
/// # Safety
/// `ptr` is NULL or came from [`calloc`] and is not used afterwards.
pub unsafe fn free(ptr: *mut u8) {
    // SAFETY: the caller's promise.
    unsafe { mg_free(ptr.cast()) }
}

/// Monotonic milliseconds.
pub fn millis() -> u64 {
    // SAFETY: mg_millis has no preconditions.
    unsafe { mg_millis() }
}

/// Fills `buf` with strong random bytes; false when the host has none.
pub fn random(buf: &mut [u8]) -> bool {
    // SAFETY: the slice is valid for writing its length.
    unsafe { mg_random(buf.as_mut_ptr().cast(), buf.len()) }
}

/// The build settings of the program.
pub fn settings() -> &'static mg_x_settings_t {
    // SAFETY: a constant table; programs must not change it after start-up.
    unsafe { &*core::ptr::addr_of!(mg_x_settings) }
}
