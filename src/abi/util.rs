//! Formatted output, queue: the types of the utility functions.

use core::ffi::{c_char, c_int, c_void};

/// C's `va_list`, never looked into: functions take a pointer to it.
/// cbindgen:ignore
#[allow(non_camel_case_types)]
pub type va_list = c_void;

/// Receives formatted output, one call per byte.
pub type mg_pfn_t = Option<unsafe extern "C" fn(ch: c_char, arg: *mut c_void)>;

/// Printer for `%M` and `%m`: takes its own arguments from `ap`, prints through `out`, returns the bytes printed.
pub type mg_pm_t =
    Option<unsafe extern "C" fn(out: mg_pfn_t, arg: *mut c_void, ap: *mut va_list) -> usize>;

/// Queue of messages between one thread that writes and one that reads, without locks. Memory belongs to the caller.
///
/// A message is a 32-bit length and its bytes; a length of 0 says that the next message is at the start.
#[repr(C)]
pub struct mg_queue {
    /// Memory.
    pub buf: *mut c_char,
    /// Its size in bytes.
    pub size: usize,
    /// Offset of the oldest message; the reader's.
    pub tail: usize,
    /// Offset behind the newest message; the writer's.
    pub head: usize,
}

/// No log.
/// cbindgen:ignore
pub const MG_LL_NONE: c_int = 0;
/// Log errors.
/// cbindgen:ignore
pub const MG_LL_ERROR: c_int = 1;
/// Log information, too.
/// cbindgen:ignore
pub const MG_LL_INFO: c_int = 2;
/// Log debug messages, too.
/// cbindgen:ignore
pub const MG_LL_DEBUG: c_int = 3;
/// Log everything.
/// cbindgen:ignore
pub const MG_LL_VERBOSE: c_int = 4;

#[cfg(target_pointer_width = "64")]
const _: () =
    assert!(core::mem::size_of::<mg_queue>() == 32 && core::mem::offset_of!(mg_queue, head) == 24);
