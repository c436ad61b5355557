//! Declarations of the variadic functions that `variadic.c` defines, for the generated header, and of the weak
//! defaults of `weak.c`.

use crate::abi::core::mg_connection;
use core::ffi::{c_char, c_int};

unsafe extern "C" {
    /// Appends formatted text to `c->send`. Returns the number of bytes, 0 after MG_EV_ERROR "OOM" when memory runs out.
    pub fn mg_printf(c: *mut mg_connection, fmt: *const c_char, ...) -> usize;
    /// Fails a connection: logs the formatted text, sets `is_closing`, fires MG_EV_ERROR with it.
    pub fn mg_error(c: *mut mg_connection, fmt: *const c_char, ...);
    /// Queues an HTTP reply: status line, `headers` (NULL, or lines that end in CRLF), Content-Length, formatted body.
    /// Clears `is_resp`.
    pub fn mg_http_reply(
        c: *mut mg_connection,
        status: c_int,
        headers: *const c_char,
        body_fmt: *const c_char,
        ...
    );
    /// Appends formatted text as one chunk of a chunked body; no text is the last chunk and clears `is_resp`.
    pub fn mg_http_printf_chunk(c: *mut mg_connection, fmt: *const c_char, ...);
    /// Formats into `buf` of `len` bytes, NUL-terminated when `len` is positive. Returns the length of the whole text.
    pub fn mg_snprintf(buf: *mut c_char, len: usize, fmt: *const c_char, ...) -> usize;
    /// Formats into memory from `mg_calloc`; free it with `mg_free`. NULL when memory runs out.
    pub fn mg_mprintf(fmt: *const c_char, ...) -> *mut c_char;
}
