//! Who moves the bytes: the sockets of the system, or the program itself when it is built with `MG_ENABLE_SOCKET` 0.
//!
//! Such a program defines `mg_mgr_poll`, `mg_send`, `mg_open_listener` and `mg_connect_resolved`. They are weak in the
//! library, and what the library does with connections then goes through the program's.

use super::close;
use super::conn::Conn;
use super::mgr::Manager;
use alloc::ffi::CString;
#[cfg(miri)]
use interpreted::*;
#[cfg(not(miri))]
use linked::*;

#[cfg(not(miri))]
mod linked {
    use crate::abi::core::{mg_connection, mg_mgr};
    use core::ffi::{c_char, c_int, c_void};

    unsafe extern "C" {
        pub static mg_x_own_backend: c_int;
        pub fn mg_mgr_poll(mgr: *mut mg_mgr, ms: c_int);
        pub fn mg_send(c: *mut mg_connection, buf: *const c_void, len: usize) -> bool;
        pub fn mg_open_listener(c: *mut mg_connection, url: *const c_char) -> bool;
        pub fn mg_connect_resolved(c: *mut mg_connection);
    }
}

/// Under Miri there is no C object to link.
#[cfg(miri)]
mod interpreted {
    use crate::abi::core::{mg_connection, mg_mgr};
    use core::ffi::{c_char, c_int, c_void};

    #[allow(non_upper_case_globals)]
    pub static mg_x_own_backend: c_int = 0;
    pub unsafe fn mg_mgr_poll(_: *mut mg_mgr, _: c_int) {}
    pub unsafe fn mg_send(_: *mut mg_connection, _: *const c_void, _: usize) -> bool {
        false
    }
    pub unsafe fn mg_open_listener(_: *mut mg_connection, _: *const c_char) -> bool {
        false
    }
    pub unsafe fn mg_connect_resolved(_: *mut mg_connection) {}
}

/// Whether the program brings its own back-end.
#[inline]
pub(crate) fn is_the_programs() -> bool {
    // SAFETY: nobody writes it after start.
    unsafe { core::ptr::addr_of!(mg_x_own_backend).read() != 0 }
}

/// The program's `mg_send`.
pub(crate) fn send(c: &mut Conn, data: &[u8]) -> bool {
    // SAFETY: LIVE; the bytes live for the call.
    unsafe { mg_send(c.as_ptr(), data.as_ptr().cast(), data.len()) }
}

/// The program's `mg_open_listener`.
pub(crate) fn open_listener(c: &mut Conn, url: &[u8]) -> bool {
    let Ok(url) = CString::new(url) else {
        return false;
    };
    // SAFETY: LIVE; the URL lives for the call.
    unsafe { mg_open_listener(c.as_ptr(), url.as_ptr()) }
}

/// The program's `mg_connect_resolved`.
pub(crate) fn connect_resolved(c: &mut Conn) {
    // SAFETY: LIVE.
    unsafe { mg_connect_resolved(c.as_ptr()) }
}

/// The poll of `mg_mgr_free`: the program's, which closes its sockets; what it leaves is closed without one.
pub(crate) fn last_poll(mgr: &Manager) {
    // SAFETY: MGR.
    unsafe { mg_mgr_poll(mgr.as_ptr(), 0) };
    for c in mgr.conns() {
        close::finish(c);
    }
}
