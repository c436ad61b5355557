//! The Modbus chapter: a Modbus/TCP server.

use super::engine::to_ptr;
use super::panic::guard;
use super::ptr::c_bytes;
use crate::abi::core::{mg_connection, mg_event_handler_t, mg_mgr};
use crate::engine::{Manager, listen};
use crate::service::modbus::MODBUS;
use core::ffi::{c_char, c_void};
use core::ptr;

/// Opens a Modbus/TCP listener. As `mg_listen`; each request fires MG_EV_MODBUS_REQ with a `struct mg_modbus_req *` and
/// is answered when the handler returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_modbus_listen(
    mgr: *mut mg_mgr,
    url: *const c_char,
    r#fn: mg_event_handler_t,
    fn_data: *mut c_void,
) -> *mut mg_connection {
    // SAFETY: the caller passes an initialised manager and a NUL-terminated URL.
    guard(ptr::null_mut(), || unsafe {
        let mut c =
            Manager::from_raw(mgr).and_then(|m| listen::listen(&m, c_bytes(url), r#fn, fn_data));
        if let Some(c) = &mut c {
            c.set_protocol(Some(&MODBUS));
        }
        to_ptr(c)
    })
}
