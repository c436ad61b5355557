//! HTTP: messages and options.

use super::core::mg_str;

/// Default length of `mg_http_message.headers`; a program may define another.
/// cbindgen:ignore
pub const MG_MAX_HTTP_HEADERS: usize = 30;

/// One header line.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mg_http_header {
    /// Name as received.
    pub name: mg_str,
    /// Value without surrounding blanks.
    pub value: mg_str,
}

/// A request or response. All slices point into the receive buffer and die when the handler returns.
///
/// A response has its version in `method`, its status code in `uri` and its reason phrase in `proto`.
/// The library reaches what follows `headers` by the program's own `MG_MAX_HTTP_HEADERS`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mg_http_message {
    /// Method.
    pub method: mg_str,
    /// Path, percent-encoded as received.
    pub uri: mg_str,
    /// Bytes after the first `?`.
    pub query: mg_str,
    /// Version.
    pub proto: mg_str,
    /// Headers; unused entries are NULL and 0.
    pub headers: [mg_http_header; MG_MAX_HTTP_HEADERS],
    /// Body.
    pub body: mg_str,
    /// Request or status line and headers, the empty line included.
    pub head: mg_str,
    /// Head and body.
    pub message: mg_str,
}

const _: () = {
    assert!(size_of::<mg_http_header>() == 4 * size_of::<usize>());
    assert!(size_of::<mg_http_message>() == (14 + 4 * MG_MAX_HTTP_HEADERS) * size_of::<usize>());
};
