//! WebSocket (HTTP chapter §11).

use super::engine::connect_url;
use super::http_view::View;
use super::panic::guard;
use super::print::VaArgs;
use super::ptr::{c_bytes, to_slice};
use crate::abi::core::{mg_connection, mg_event, mg_event_handler_t, mg_mgr};
use crate::abi::http::mg_http_message;
use crate::engine::Conn;
use crate::engine::connect::Handlers;
use crate::service::ws_send;
use crate::text::format::format;
use crate::wire::url;
use core::ffi::{c_char, c_int, c_void};
use core::ptr;

/// Twin of `mg_ws_connect`: `ap` points to a `va_list`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_vws_connect(
    mgr: *mut mg_mgr,
    url: *const c_char,
    r#fn: mg_event_handler_t,
    fn_data: *mut c_void,
    fmt: *const c_char,
    ap: *mut c_void,
) -> *mut mg_connection {
    let handlers = Handlers {
        handler: r#fn,
        data: fn_data,
        protocol: None,
        protocol_data: ptr::null_mut(),
        service: None,
    };
    // SAFETY: the caller passes an initialised manager, NUL-terminated strings and a matching va_list.
    guard(ptr::null_mut(), || unsafe {
        let c = connect_url(mgr, url, handlers);
        let Some(mut conn) = Conn::from_raw(c) else {
            return c;
        };
        let text = c_bytes(url);
        let standard = if url::is_ssl(text) { 443 } else { 80 };
        let port = Some(url::port(text)).filter(|port| *port != standard);
        let uri = url::uri(text).unwrap_or(b"/");
        if let Some(at) = ws_send::begin_connect(&mut conn, uri, url::host(text), port) {
            print(&mut conn, fmt, ap);
            ws_send::end_connect(&mut conn, at);
        }
        c
    })
}

/// Formats into the send buffer; nothing for NULL.
///
/// # Safety
/// `fmt` is NULL or NUL-terminated and `ap` a matching va_list.
unsafe fn print(conn: &mut Conn, fmt: *const c_char, ap: *mut c_void) -> usize {
    if fmt.is_null() {
        return 0;
    }
    // SAFETY: the caller's promise.
    unsafe { format(&mut conn.sink(), c_bytes(fmt), &mut VaArgs::new(ap)) }
}

/// Twin of `mg_ws_upgrade`: `ap` points to a `va_list`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_vws_upgrade(
    c: *mut mg_connection,
    hm: *mut mg_http_message,
    fmt: *const c_char,
    ap: *mut c_void,
) {
    // SAFETY: the caller passes a live connection, a message of it, a NUL-terminated format and a matching va_list.
    guard((), || unsafe {
        let (Some(mut conn), Some(view)) = (Conn::from_raw(c), View::new(hm)) else {
            return;
        };
        let key = view
            .header(b"Sec-WebSocket-Key")
            .filter(|key| !key.is_empty());
        let Some(at) = ws_send::begin_upgrade(&mut conn, key) else {
            return;
        };
        print(&mut conn, fmt, ap);
        ws_send::end_upgrade(&mut conn, at, view.header(b"Sec-WebSocket-Protocol"));
        conn.call_from_service(mg_event::MG_EV_WS_OPEN as c_int, hm.cast());
    });
}

/// Queues one frame: `len` bytes at `buf` with opcode `op` (`WEBSOCKET_OP_*`). Returns the bytes queued, header included.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_ws_send(
    c: *mut mg_connection,
    buf: *const c_void,
    len: usize,
    op: c_int,
) -> usize {
    // SAFETY: the caller passes a connection and `len` bytes at `buf`; no event is fired.
    guard(0, || unsafe {
        Conn::peek(c).map_or(0, |mut conn| {
            ws_send::send(&mut conn, op as u8, to_slice(buf.cast(), len))
        })
    })
}

/// Turns the last `len` bytes of the send buffer into one frame. Returns the length of the send buffer then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_ws_wrap(c: *mut mg_connection, len: usize, op: c_int) -> usize {
    // SAFETY: the caller passes a connection.
    guard(0, || unsafe {
        Conn::from_raw(c).map_or(0, |mut conn| ws_send::wrap(&mut conn, len, op as u8))
    })
}

/// Queues one frame with formatted text; `ap` points to a `va_list`. Returns the length of the text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_ws_vprintf(
    c: *mut mg_connection,
    op: c_int,
    fmt: *const c_char,
    ap: *mut c_void,
) -> usize {
    // SAFETY: the caller passes a connection, a NUL-terminated format and a matching va_list.
    guard(0, || unsafe {
        let Some(mut conn) = Conn::from_raw(c) else {
            return 0;
        };
        let before = conn.send_len();
        let len = print(&mut conn, fmt, ap);
        if conn.send_len() != before.saturating_add(len) {
            conn.send_truncate(before);
            conn.error("OOM");
            return 0;
        }
        ws_send::wrap(&mut conn, len, op as u8);
        len
    })
}
