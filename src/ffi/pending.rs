//! Twins that have not landed yet, so that everything links. Gone with the WebSocket functions.
use core::ffi::{c_char, c_int, c_void};
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_vhttp_printf_chunk(_: *mut c_void, _: *const c_char, _: *mut c_void) {}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_ws_vprintf(_: *mut c_void, _: c_int, _: *const c_char, _: *mut c_void) -> usize { 0 }
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_vws_upgrade(_: *mut c_void, _: *mut c_void, _: *const c_char, _: *mut c_void) {}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_vws_connect(_: *mut c_void, _: *const c_char, _: *mut c_void, _: *mut c_void, _: *const c_char, _: *mut c_void) -> *mut c_void { core::ptr::null_mut() }
