//! Declarations of the variadic functions that `variadic.c` defines, for the generated header, and of the weak
//! defaults of `weak.c`.

use crate::abi::core::{mg_connection, mg_event_handler_t, mg_mgr};
use crate::abi::fs::mg_fs;
use crate::abi::http::mg_http_message;
use crate::abi::rpc::mg_rpc_req;
use crate::abi::util::{mg_pfn_t, mg_queue};
use core::ffi::{c_char, c_int, c_void};

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

    /// Formats to `out(byte, arg)`, one call per byte, and returns the number of bytes.
    pub fn mg_xprintf(out: mg_pfn_t, arg: *mut c_void, fmt: *const c_char, ...) -> usize;

    /// Formats one message of a queue. Returns its length; 0 when there is no room or nothing to say.
    pub fn mg_queue_printf(q: *mut mg_queue, fmt: *const c_char, ...) -> usize;

    /// Writes a whole file with formatted text, see `mg_file_write`.
    pub fn mg_file_printf(fs: *mut mg_fs, path: *const c_char, fmt: *const c_char, ...) -> bool;

    /// Sends formatted text as one WebSocket message of type `op`. Returns the length of its payload.
    pub fn mg_ws_printf(c: *mut mg_connection, op: c_int, fmt: *const c_char, ...) -> usize;

    /// Answers a WebSocket handshake. `fmt` adds headers, each ended by CR LF; NULL adds none.
    pub fn mg_ws_upgrade(c: *mut mg_connection, hm: *mut mg_http_message, fmt: *const c_char, ...);

    /// Opens a WebSocket client connection. `fmt` adds request headers, each ended by CR LF; NULL adds none.
    pub fn mg_ws_connect(
        mgr: *mut mg_mgr,
        url: *const c_char,
        r#fn: mg_event_handler_t,
        fn_data: *mut c_void,
        fmt: *const c_char,
        ...
    ) -> *mut mg_connection;

    /// Writes the formatted result of a JSON-RPC request; NULL means `null`. Nothing when the frame has no id.
    pub fn mg_rpc_ok(r: *mut mg_rpc_req, fmt: *const c_char, ...);

    /// Writes a JSON-RPC error with a formatted message, which is a JSON value; NULL means `null`.
    pub fn mg_rpc_err(r: *mut mg_rpc_req, code: c_int, fmt: *const c_char, ...);

    /// Logs formatted text, CR and LF. Weak: a program may define its own.
    pub fn mg_log(fmt: *const c_char, ...);

    /// Logs the start of a line: 40 bytes with time, level, place. Weak: a program may define its own.
    pub fn mg_log_prefix(ll: c_int, file: *const c_char, line: c_int, fname: *const c_char);

    /// Zeroed memory for `count` objects of `size` bytes, NULL when there is none. All memory of the library comes from
    /// here. Weak: a program may define its own, together with `mg_free`.
    pub fn mg_calloc(count: usize, size: usize) -> *mut c_void;

    /// Releases memory of `mg_calloc`. NULL is allowed. Weak.
    pub fn mg_free(ptr: *mut c_void);

    /// Milliseconds of a clock that never goes back. Weak: a program may define its own.
    pub fn mg_millis() -> u64;

    /// Fills `buf` with `len` bytes fit for keys. False: there is no good source, and `buf` must not be used. Weak: a
    /// program may define its own.
    pub fn mg_random(buf: *mut c_void, len: usize) -> bool;

    /// Starts a firmware update of `size` bytes. Does nothing here. Weak: a program may define its own.
    pub fn mg_ota_begin(size: usize) -> bool;

    /// Writes a piece of the firmware. Does nothing here. Weak.
    pub fn mg_ota_write(buf: *const c_void, len: usize) -> bool;

    /// Ends a firmware update. Does nothing here. Weak.
    pub fn mg_ota_end() -> bool;

    /// Writes the identity of the device, NUL-terminated, to `buf` of `len` bytes: `0` here. Weak.
    pub fn mg_ota_device_id(buf: *mut c_char, len: usize);
}
