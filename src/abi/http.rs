//! HTTP: messages and options.

use super::core::mg_str;
use super::fs::mg_fs;
use core::ffi::c_char;

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

/// How `mg_http_serve_dir` and `mg_http_serve_file` answer. Members other than `root_dir` may be NULL.
#[repr(C)]
pub struct mg_http_serve_opts {
    /// Directory, or a comma-separated list of `dir` and `/prefix=dir`; the last entry that fits the URI counts.
    pub root_dir: *const c_char,
    /// Pattern (`mg_match`) of files with server-side includes, e.g. `#.shtml`.
    pub ssi_pattern: *const c_char,
    /// Header lines to add, each ending in CRLF.
    pub extra_headers: *const c_char,
    /// Content types by extension, `ext=type,ext=type`; the extension `*` fits every file.
    pub mime_types: *const c_char,
    /// File to serve, with status 200, in place of one that does not exist.
    pub page404: *const c_char,
    /// File system; NULL is `mg_fs_posix`.
    pub fs: *mut mg_fs,
}

/// A part of a multipart body: slices of the body.
#[repr(C)]
pub struct mg_http_part {
    /// Name of the form field.
    pub name: mg_str,
    /// Name of the file, NULL without one.
    pub filename: mg_str,
    /// Content.
    pub body: mg_str,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<mg_http_serve_opts>() == 48 && size_of::<mg_http_part>() == 48);
