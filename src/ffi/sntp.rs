//! The SNTP chapter: network time, and the wall clock made of it.

use super::engine::connect_url;
use super::panic::guard;
use super::ptr::to_slice;
use crate::abi::core::{mg_connection, mg_event_handler_t, mg_mgr};
use crate::engine::connect::Handlers;
use crate::engine::protocol::TRAMPOLINE;
use crate::engine::{Conn, platform};
use crate::service::sntp::{self, SNTP};
use core::ffi::{c_char, c_uchar, c_void};
use core::ptr;

/// Milliseconds from 1970 to the moment when `mg_millis()` was 0. SNTP sets it; programs may, too. 0 until then.
#[unsafe(no_mangle)]
pub static mut mg_boot_timestamp_ms: u64 = 0;

/// Wall-clock time in milliseconds since 1970: `mg_millis() + mg_boot_timestamp_ms`.
#[unsafe(no_mangle)]
pub extern "C" fn mg_now() -> u64 {
    // SAFETY: a plain variable; a program that writes it from another thread has to synchronise.
    let boot = unsafe { ptr::addr_of!(mg_boot_timestamp_ms).read() };
    platform::millis().wrapping_add(boot)
}

/// Asks a time server, `udp://time.google.com:123` when `url` is NULL.
///
/// Returns the connection, NULL for an empty URL or when memory runs out. MG_EV_SNTP_TIME brings the time; the
/// connection closes after the first datagram and after 3 seconds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_sntp_connect(
    mgr: *mut mg_mgr,
    url: *const c_char,
    r#fn: mg_event_handler_t,
    fn_data: *mut c_void,
) -> *mut mg_connection {
    let handlers = Handlers {
        handler: r#fn,
        data: fn_data,
        protocol: TRAMPOLINE,
        protocol_data: ptr::null_mut(),
        service: Some(&SNTP),
    };
    let url = if url.is_null() {
        c"udp://time.google.com:123".as_ptr()
    } else {
        url
    };
    // SAFETY: the caller passes an initialised manager and NULL or a NUL-terminated URL.
    guard(ptr::null_mut(), || unsafe {
        connect_url(mgr, url, handlers)
    })
}

/// Sends another request; does nothing while the address is being looked up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_sntp_request(c: *mut mg_connection) {
    // SAFETY: the caller passes a live connection.
    guard((), || unsafe {
        if let Some(mut conn) = Conn::from_raw(c) {
            sntp::request(&mut conn);
        }
    });
}

/// Reads a reply of a time server. Returns the time in milliseconds since 1970 and sets `mg_boot_timestamp_ms`; -1 when
/// it is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_sntp_parse(buf: *const c_uchar, len: usize) -> i64 {
    // SAFETY: the caller passes `len` bytes at `buf`.
    guard(-1, || unsafe {
        let reply = crate::wire::sntp::parse(to_slice(buf, len));
        reply
            .and_then(|reply| sntp::adopt(&reply))
            .and_then(|time| i64::try_from(time).ok())
            .unwrap_or(-1)
    })
}
