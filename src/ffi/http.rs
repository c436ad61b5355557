//! The HTTP chapter: parser, listeners, clients, replies.

use super::engine::{connect_url, to_ptr};
use super::panic::guard;
use super::print::VaArgs;
use super::ptr::{c_bytes, to_slice};
use crate::abi::core::{mg_connection, mg_event_handler_t, mg_mgr};
use crate::engine::conn::Conn;
use crate::engine::connect::Handlers;
use crate::engine::listen;
use crate::engine::mgr::Manager;
use crate::engine::protocol::TRAMPOLINE;
use crate::service::http_reply;
use crate::service::http_server::HTTP;
use crate::text::format::format;
use crate::wire::http::reply;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use core::ffi::{c_char, c_int, c_void};
use core::ptr;

/// Opens an HTTP listener. As `mg_listen`, with the HTTP protocol handler attached.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_http_listen(
    mgr: *mut mg_mgr,
    url: *const c_char,
    r#fn: mg_event_handler_t,
    fn_data: *mut c_void,
) -> *mut mg_connection {
    // SAFETY: the caller passes an initialised manager and a NUL-terminated URL.
    guard(ptr::null_mut(), || unsafe {
        let Some(m) = Manager::from_raw(mgr) else {
            return ptr::null_mut();
        };
        let mut c = listen::listen(&m, c_bytes(url), r#fn, fn_data);
        if let Some(c) = &mut c {
            c.set_protocol(Some(&HTTP));
        }
        to_ptr(c)
    })
}

/// Opens an HTTP client connection. Sends nothing by itself: queue the request after this returns or in MG_EV_CONNECT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_http_connect(
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
        service: Some(&HTTP),
    };
    // SAFETY: the caller passes an initialised manager and a NUL-terminated URL.
    guard(ptr::null_mut(), || unsafe {
        connect_url(mgr, url, handlers)
    })
}

/// Twin of `mg_http_reply`: `ap` points to a `va_list`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_vhttp_reply(
    c: *mut mg_connection,
    status: c_int,
    headers: *const c_char,
    fmt: *const c_char,
    ap: *mut c_void,
) {
    // SAFETY: the caller passes a live connection, NUL-terminated strings and a matching va_list.
    guard((), || unsafe {
        let Some(mut conn) = Conn::from_raw(c) else {
            return;
        };
        let before = conn.send_len();
        let mut ok = http_reply::begin_answer(&mut conn, status, c_bytes(headers), 0);
        let body_at = conn.send_len();
        let mut sink = conn.sink();
        if ok {
            format(&mut sink, c_bytes(fmt), &mut VaArgs::new(ap));
            ok = !sink.failed;
        }
        let body_len = conn.send_len().saturating_sub(body_at);
        http_reply::end_answer(&mut conn, before, body_len, ok);
    });
}

/// Appends one chunk of a chunked body: size line, `len` bytes, CRLF. `len` 0 is the last chunk and clears `is_resp`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_http_write_chunk(
    c: *mut mg_connection,
    buf: *const c_char,
    len: usize,
) {
    // SAFETY: the caller passes a live connection and `len` bytes at `buf`.
    guard((), || unsafe {
        if let Some(mut conn) = Conn::from_raw(c) {
            http_reply::write_chunk(&mut conn, to_slice(buf.cast(), len));
        }
    });
}

/// Twin of `mg_http_printf_chunk`: `ap` points to a `va_list`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_vhttp_printf_chunk(
    c: *mut mg_connection,
    fmt: *const c_char,
    ap: *mut c_void,
) {
    // SAFETY: the caller passes a live connection, a NUL-terminated format and a matching va_list.
    guard((), || unsafe {
        let Some(mut conn) = Conn::from_raw(c) else {
            return;
        };
        let before = conn.send_len();
        let ok = conn.queue(reply::chunk_size_padded(0).as_bytes());
        let data_at = conn.send_len();
        let mut sink = conn.sink();
        format(&mut sink, c_bytes(fmt), &mut VaArgs::new(ap));
        let ok = ok && !sink.failed;
        let len = conn.send_len().saturating_sub(data_at);
        let size = reply::chunk_size_padded(len);
        let size = size.as_bytes();
        let fits = match conn.send_bytes_mut().get_mut(before..data_at) {
            Some(room) if ok && room.len() == size.len() => {
                room.copy_from_slice(size);
                true
            }
            _ => false,
        };
        if !fits || !conn.queue(b"\r\n") {
            conn.send_truncate(before);
            conn.error("OOM");
        }
        if len == 0 {
            conn.set_resp(false);
        }
    });
}

/// Appends `Authorization: Basic ...` and CRLF to a request that is being put together. NULL is the empty string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_http_bauth(
    c: *mut mg_connection,
    user: *const c_char,
    pass: *const c_char,
) {
    // SAFETY: the caller passes a connection and NUL-terminated strings.
    guard((), || unsafe {
        let Some(mut conn) = Conn::from_raw(c) else {
            return;
        };
        let before = conn.send_len();
        let text = [c_bytes(user), b":", c_bytes(pass)].concat();
        let coded = STANDARD.encode(text);
        let pieces = [&b"Authorization: Basic "[..], coded.as_bytes(), b"\r\n"];
        if !pieces.into_iter().all(|piece| conn.queue(piece)) {
            conn.send_truncate(before);
            conn.error("OOM");
        }
    });
}
