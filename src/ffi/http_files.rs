//! Static files, server-side includes, uploads (HTTP chapter §7 to §10).

use super::fs::mg_fs_posix;
use super::http_view::View;
use super::panic::guard;
use super::ptr::{c_bytes, str_bytes};
use crate::abi::core::{mg_connection, mg_str};
use crate::abi::fs::mg_fs;
use crate::abi::http::{mg_http_message, mg_http_serve_opts};
use crate::engine::Conn;
use crate::fs::handle::FileSystem;
use crate::service::http_reply::answer;
use crate::service::random::alphanumeric;
use crate::service::ssi;
use crate::service::static_files::{Options, Request, serve_dir, serve_file};
use crate::service::upload::{self, Body, Done, FileTarget, Target};
use crate::service::upload_piece::write_piece;
use alloc::boxed::Box;
use core::ffi::{CStr, c_char, c_long, c_void};
use core::ptr;

/// Random characters in the name of a temporary file.
const SUFFIX: usize = 9;

/// # Safety
/// `fs` is NULL (the files of the operating system) or a file system that outlives what is opened with it.
pub(super) unsafe fn file_system(fs: *mut mg_fs) -> FileSystem {
    let fs = if fs.is_null() {
        ptr::addr_of_mut!(mg_fs_posix)
    } else {
        fs
    };
    // SAFETY: the caller's promise; programs may patch the table, so it is read anew each time.
    unsafe { FileSystem::new(*fs) }
}

/// # Safety
/// `opts` is NULL or valid, its strings NULL or NUL-terminated.
unsafe fn options<'a>(opts: *const mg_http_serve_opts) -> Options<'a> {
    // SAFETY: the caller's promise.
    unsafe {
        let Some(opts) = opts.as_ref() else {
            let fs = file_system(ptr::null_mut());
            return Options {
                root_dir: b"",
                ssi_pattern: b"",
                extra_headers: b"",
                mime_types: b"",
                page404: b"",
                fs,
            };
        };
        Options {
            root_dir: c_bytes(opts.root_dir),
            ssi_pattern: c_bytes(opts.ssi_pattern),
            extra_headers: c_bytes(opts.extra_headers),
            mime_types: c_bytes(opts.mime_types),
            page404: c_bytes(opts.page404),
            fs: file_system(opts.fs),
        }
    }
}

fn request<'a>(view: &View) -> Request<'a> {
    Request {
        method: view.method(),
        uri: view.uri(),
        accept_encoding: view.header(b"Accept-Encoding").unwrap_or_default(),
        if_none_match: view.header(b"If-None-Match").unwrap_or_default(),
        range: view.header(b"Range").unwrap_or_default(),
    }
}

/// Answers with the file or directory under `opts->root_dir` that the URI names.
///
/// `opts` and its strings are used during the call only; the file system must stay while the file is sent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_http_serve_dir(
    c: *mut mg_connection,
    hm: *mut mg_http_message,
    opts: *const mg_http_serve_opts,
) {
    // SAFETY: the caller passes a live connection, a message of it and options.
    guard((), || unsafe {
        if let (Some(mut conn), Some(view)) = (Conn::from_raw(c), View::new(hm)) {
            serve_dir(&mut conn, &request(&view), &options(opts));
        }
    });
}

/// Answers with the file `path`: ranges, entity tags, a compressed twin `path.gz`. `opts` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_http_serve_file(
    c: *mut mg_connection,
    hm: *mut mg_http_message,
    path: *const c_char,
    opts: *const mg_http_serve_opts,
) {
    // SAFETY: the caller passes a live connection, a message of it, a NUL-terminated path and options.
    guard((), || unsafe {
        if let (Some(mut conn), Some(view)) = (Conn::from_raw(c), View::new(hm)) {
            serve_file(&mut conn, &request(&view), c_bytes(path), &options(opts));
        }
    });
}

/// Answers with the file `fullpath`, its `<!--#include ... -->` directives replaced. `root` is where `virtual=` starts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_http_serve_ssi(
    c: *mut mg_connection,
    root: *const c_char,
    fullpath: *const c_char,
) {
    // SAFETY: the caller passes a live connection and NUL-terminated paths.
    guard((), || unsafe {
        if let Some(mut conn) = Conn::from_raw(c) {
            let fs = file_system(ptr::null_mut());
            ssi::serve(&mut conn, &fs, c_bytes(root), c_bytes(fullpath), false);
        }
    });
}

/// Writes the body, one piece of an upload, to the file in `dir` that the query variables `file` and `offset` name, and
/// answers. Returns the bytes that the file has then, or a negative number after a 400.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_http_upload(
    c: *mut mg_connection,
    hm: *mut mg_http_message,
    fs: *mut mg_fs,
    dir: *const c_char,
    max_size: usize,
) -> c_long {
    // SAFETY: the caller passes a live connection, a complete message of it, a file system and a directory.
    guard(-1, || unsafe {
        let (Some(mut conn), Some(view)) = (Conn::from_raw(c), View::new(hm)) else {
            return -1;
        };
        let (fs, body) = (file_system(fs), str_bytes(view.body()));
        let code = write_piece(&mut conn, view.query(), body, &fs, c_bytes(dir), max_size);
        c_long::try_from(code).unwrap_or(c_long::MAX)
    })
}

/// Called once when an upload has ended: `error` is NULL when all went well. May reply.
type UploadFn = Option<unsafe extern "C" fn(c: *mut mg_connection, error: *const c_char)>;

fn done(function: UploadFn) -> Done {
    Box::new(
        move |conn: &mut Conn, error: Option<&CStr>| match (function, error) {
            // SAFETY: the caller of the upload function vouches for its callback; the connection is live.
            (Some(function), _) => unsafe {
                function(conn.as_ptr(), error.map_or(ptr::null(), CStr::as_ptr))
            },
            (None, None) => drop(answer(conn, 200, b"", b"ok\n")),
            (None, Some(text)) => drop(answer(conn, 500, b"", &[text.to_bytes(), b"\n"].concat())),
        },
    )
}

/// # Safety
/// `c` is live and `hm` a message in its receive buffer, as in MG_EV_HTTP_HDRS.
unsafe fn start(
    c: *mut mg_connection,
    hm: *mut mg_http_message,
    target: impl FnOnce(usize) -> Result<Box<dyn Target>, &'static CStr>,
    function: UploadFn,
) {
    // SAFETY: the caller's promise.
    let (Some(mut conn), Some(view)) = (unsafe { (Conn::from_raw(c), View::new(hm)) }) else {
        return;
    };
    let head = view.head();
    let is_chunked = view.header(b"Transfer-Encoding").is_some();
    let len = Some(view.body().len).filter(|_| !is_chunked);
    let expects_continue = view
        .header(b"Expect")
        .is_some_and(|v| v.eq_ignore_ascii_case(b"100-continue"));
    let head_at = (head.buf as usize).wrapping_sub(conn.recv().as_ptr() as usize);
    let body = Body {
        head_at,
        head_len: head.len,
        len,
        expects_continue,
    };
    upload::start(&mut conn, body, target(len.unwrap_or(0)), done(function));
}

/// Streams the body of a request to the file `name` in `dir`. Call it in MG_EV_HTTP_HDRS.
///
/// The file appears when the body is complete; until then the connection's handler gets no events. `fn` (NULL: replies
/// 200 or 500) is called once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_http_start_upload(
    c: *mut mg_connection,
    hm: *mut mg_http_message,
    name: mg_str,
    dir: mg_str,
    fs: *mut mg_fs,
    r#fn: Option<unsafe extern "C" fn(c: *mut mg_connection, error: *const c_char)>,
) {
    // SAFETY: the caller passes a live connection, a message of it, readable strings and a file system.
    guard((), || unsafe {
        let mut suffix = [0; SUFFIX];
        let random = alphanumeric(&mut suffix);
        let (fs, dir, name) = (file_system(fs), str_bytes(dir), str_bytes(name));
        let open = |_| {
            if random {
                FileTarget::open(fs, dir, name, &suffix)
            } else {
                Err(c"open failed")
            }
        };
        start(c, hm, open, r#fn);
    });
}

unsafe extern "C" {
    fn mg_ota_begin(new_firmware_size: usize) -> bool;
    fn mg_ota_write(buf: *const c_void, len: usize) -> bool;
    fn mg_ota_end() -> bool;
}

/// The firmware being replaced.
struct Firmware;

impl Target for Firmware {
    fn write(&mut self, bytes: &[u8]) -> bool {
        // SAFETY: the bytes are readable.
        unsafe { mg_ota_write(bytes.as_ptr().cast(), bytes.len()) }
    }

    fn finish(&mut self) -> Result<(), &'static CStr> {
        // SAFETY: no precondition.
        if unsafe { mg_ota_end() } {
            Ok(())
        } else {
            Err(c"OTA finalize failed")
        }
    }
}

/// Streams the body of a request into a firmware update. Call it in MG_EV_HTTP_HDRS. `fn` as in `mg_http_start_upload`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_http_start_ota(
    c: *mut mg_connection,
    hm: *mut mg_http_message,
    r#fn: Option<unsafe extern "C" fn(c: *mut mg_connection, error: *const c_char)>,
) {
    let begin = |size| -> Result<Box<dyn Target>, &'static CStr> {
        // SAFETY: no precondition.
        if unsafe { mg_ota_begin(size) } {
            Ok(Box::new(Firmware))
        } else {
            Err(c"ota begin failed")
        }
    };
    // SAFETY: the caller passes a live connection and a message of it.
    guard((), || unsafe { start(c, hm, begin, r#fn) });
}
