//! temporary
use core::ffi::{c_char, c_int, c_void};
#[unsafe(no_mangle)]
pub static mut mg_log_level: c_int = 3;
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_vlog(_: *const c_char, _: *mut c_void) {}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_log_prefix(_: c_int, _: *const c_char, _: c_int, _: *const c_char) {}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_hexdump(_: *const c_void, _: usize) {}
