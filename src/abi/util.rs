//! Formatted output, queue: the types of the utility functions.

use core::ffi::{c_char, c_void};

/// C's `va_list`, never looked into: functions take a pointer to it.
/// cbindgen:ignore
#[allow(non_camel_case_types)]
pub type va_list = c_void;

/// Receives formatted output, one call per byte.
pub type mg_pfn_t = Option<unsafe extern "C" fn(ch: c_char, arg: *mut c_void)>;

/// Printer for `%M` and `%m`: takes its own arguments from `ap`, prints through `out`, returns the bytes printed.
pub type mg_pm_t =
    Option<unsafe extern "C" fn(out: mg_pfn_t, arg: *mut c_void, ap: *mut va_list) -> usize>;
