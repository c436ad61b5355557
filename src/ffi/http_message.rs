//! `struct mg_http_message` of C callers: parser, accessors, variables, credentials (HTTP chapter §3 and §6).

use super::http_view::View;
use super::panic::guard;
use super::ptr::{c_bytes, str_bytes, to_slice};
use super::strings::{NULL_STR, to_str};
use crate::abi::core::mg_str;
use crate::abi::fs::time_t;
use crate::abi::http::{mg_http_message, mg_http_part};
use crate::engine::message::max_headers;
use crate::wire::http::creds::Credentials;
use crate::wire::http::vars::{self, VarError};
use crate::wire::http::{
    HeadEnd, HeadScanner, HeaderSpan, etag, head, parse, percent, request_len,
};
use crate::wire::multipart;
use core::ffi::{c_char, c_int, c_uchar};
use core::ptr;

/// Header lines parsed without the heap.
const INLINE_HEADERS: usize = 32;

/// Length of the head of an HTTP message in bytes, its empty line included; 0 when it is not complete, -1 when a byte is
/// not allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_http_get_request_len(buf: *const c_uchar, buf_len: usize) -> c_int {
    // SAFETY: the caller passes `buf_len` bytes at `buf`.
    guard(-1, || unsafe {
        c_int::try_from(request_len(to_slice(buf, buf_len))).unwrap_or(-1)
    })
}

/// Parses the head of a request or response (RFC 9112). Returns its length, 0 when it is not complete, -1 when it is
/// malformed. `hm` then points into `s`; `hm->body.len` is `(size_t) ~0` when only the close ends the body.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_http_parse(
    s: *const c_char,
    len: usize,
    hm: *mut mg_http_message,
) -> c_int {
    guard(-1, || {
        // SAFETY: the caller passes `len` bytes at `s` and a message.
        let (bytes, view) = unsafe { (to_slice(s.cast(), len), View::new(hm)) };
        let Some(view) = view else { return -1 };
        view.clear();
        match HeadScanner::default().scan(bytes) {
            HeadEnd::Incomplete => 0,
            HeadEnd::Invalid => -1,
            HeadEnd::At(n) => parse_into(&view, bytes, n).unwrap_or(-1),
        }
    })
}

fn parse_into(view: &View, bytes: &[u8], head_len: usize) -> Option<c_int> {
    let limit = max_headers();
    let mut inline = [HeaderSpan::default(); INLINE_HEADERS];
    let mut heap = alloc::vec::Vec::new();
    let table = if limit <= INLINE_HEADERS {
        &mut inline[..]
    } else {
        heap.resize(limit, HeaderSpan::default());
        &mut heap[..]
    };
    let head = parse(bytes, head_len, table, limit).ok()?;
    view.fill(bytes, &head, table.get(..head.headers_stored)?);
    c_int::try_from(head_len).ok()
}

/// The value of header `name` (any case) inside `hm`; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_http_get_header(
    hm: *mut mg_http_message,
    name: *const c_char,
) -> *mut mg_str {
    // SAFETY: the caller passes a parsed message and a NUL-terminated name.
    guard(ptr::null_mut(), || unsafe {
        let view = View::new(hm);
        view.and_then(|view| view.find(c_bytes(name)).map(|at| view.at(at)))
            .unwrap_or(ptr::null_mut())
    })
}

/// Status code of a parsed response; 0 when it is no number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_http_status(hm: *const mg_http_message) -> c_int {
    // SAFETY: the caller passes a parsed message.
    guard(0, || unsafe {
        let code = View::new(hm.cast_mut()).map_or(0, |view| head::status_code(view.uri()));
        c_int::try_from(code).unwrap_or(c_int::MAX)
    })
}

/// The value of `v` in a header value such as `form-data; name="x"`: a slice of `s`, without quotes. NULL when absent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_http_get_header_var(s: mg_str, v: mg_str) -> mg_str {
    // SAFETY: the caller passes readable strings.
    guard(NULL_STR, || unsafe {
        vars::header_var(str_bytes(s), str_bytes(v)).map_or(NULL_STR, to_str)
    })
}

/// The raw value of form variable `name`: a slice of `buf`, not decoded. NULL when absent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_http_var(buf: mg_str, name: mg_str) -> mg_str {
    // SAFETY: the caller passes readable strings.
    guard(NULL_STR, || unsafe {
        vars::var(str_bytes(buf), str_bytes(name)).map_or(NULL_STR, to_str)
    })
}

/// Decodes form variable `name` into `dst`, NUL-terminated. Returns its length, or -1: no input, -2: no room at all,
/// -3: badly coded or too long, -4: absent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_http_get_var(
    buf: *const mg_str,
    name: *const c_char,
    dst: *mut c_char,
    dst_len: usize,
) -> c_int {
    // SAFETY: the caller passes a readable string, a NUL-terminated name and `dst_len` writable bytes.
    guard(-1, || unsafe {
        let Some(dst) = out_slice(dst, dst_len).filter(|dst| !dst.is_empty()) else {
            return -2;
        };
        if let Some(first) = dst.first_mut() {
            *first = 0;
        }
        let Some(buf) = buf.as_ref().filter(|buf| !buf.buf.is_null() && buf.len > 0) else {
            return -1;
        };
        if name.is_null() {
            return -1;
        }
        match vars::get_var(str_bytes(*buf), c_bytes(name), dst) {
            Ok(len) => c_int::try_from(len).unwrap_or(-3),
            Err(VarError::Absent) => -4,
            Err(VarError::Invalid) => -3,
        }
    })
}

/// # Safety
/// `dst` is NULL or writable for `len` bytes.
unsafe fn out_slice<'a>(dst: *mut c_char, len: usize) -> Option<&'a mut [u8]> {
    if dst.is_null() || len > isize::MAX as usize {
        return None;
    }
    // SAFETY: the caller's promise. The memory may be uninitialised on the C side; every byte is a valid u8.
    Some(unsafe { core::slice::from_raw_parts_mut(dst.cast(), len) })
}

/// Decodes percent coding into `dst`, NUL-terminated; `is_form_url_encoded` makes `+` a space. Returns the length, -1
/// for a bad escape or too little room.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_url_decode(
    src: *const c_char,
    src_len: usize,
    dst: *mut c_char,
    dst_len: usize,
    is_form_url_encoded: c_int,
) -> c_int {
    // SAFETY: the caller passes readable and writable memory of the given lengths.
    guard(-1, || unsafe {
        let Some(dst) = out_slice(dst, dst_len) else {
            return -1;
        };
        let decoded = percent::decode(to_slice(src.cast(), src_len), dst, is_form_url_encoded != 0);
        decoded
            .ok()
            .and_then(|len| c_int::try_from(len).ok())
            .unwrap_or(-1)
    })
}

/// Percent-codes all but letters, digits, `.`, `_`, `-`, `~` into `buf`, NUL-terminated. Returns the length, 0 when it
/// does not fit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_url_encode(
    s: *const c_char,
    n: usize,
    buf: *mut c_char,
    len: usize,
) -> usize {
    // SAFETY: the caller passes readable and writable memory of the given lengths.
    guard(0, || unsafe {
        out_slice(buf, len).map_or(0, |buf| percent::encode(to_slice(s.cast(), n), buf))
    })
}

/// User name and password, or token as password, of a request: from `Authorization`, the cookie or the query variable
/// `access_token`. Both buffers are NUL-terminated, empty when there are none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_http_creds(
    hm: *mut mg_http_message,
    user: *mut c_char,
    userlen: usize,
    pass: *mut c_char,
    passlen: usize,
) {
    // SAFETY: the caller passes a parsed message and writable buffers that do not overlap.
    guard((), || unsafe {
        let found = View::new(hm).map_or(Credentials::None, |view| {
            Credentials::find(
                view.header(b"Authorization"),
                view.header(b"Cookie"),
                view.query(),
            )
        });
        let (user, pass) = (out_slice(user, userlen), out_slice(pass, passlen));
        found.write(user.unwrap_or_default(), pass.unwrap_or_default());
    });
}

/// The part of a multipart body whose boundary line starts at `ofs`; 0 is the first. Returns the offset of the next one,
/// 0 when there are no more parts. `part` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_http_next_multipart(
    body: mg_str,
    ofs: usize,
    part: *mut mg_http_part,
) -> usize {
    // SAFETY: the caller passes a readable body and NULL or a writable part.
    guard(0, || unsafe {
        let (found, next) = match multipart::next(str_bytes(body), ofs) {
            Some((found, next)) => (Some(found), next),
            None => (None, 0),
        };
        if let Some(part) = part.as_mut() {
            let field = |text: Option<&[u8]>| text.map_or(NULL_STR, to_str);
            part.name = field(found.and_then(|found| found.name));
            part.filename = field(found.and_then(|found| found.filename));
            part.body = field(found.map(|found| found.body));
        }
        next
    })
}

/// Writes the entity tag of a file, `"<mtime>.<size>"` with its quotes, into `buf`, NUL-terminated. Returns `buf`.
#[unsafe(no_mangle)]
#[allow(clippy::useless_conversion)] // time_t is narrower elsewhere
pub unsafe extern "C" fn mg_http_etag(
    buf: *mut c_char,
    len: usize,
    size: usize,
    mtime: time_t,
) -> *mut c_char {
    let tag = etag::tag(size as u64, i64::from(mtime));
    // SAFETY: the caller passes `len` writable bytes.
    if let Some(room) = unsafe { out_slice(buf, len) } {
        let text = tag.as_bytes().iter().copied().chain([0]);
        for (to, from) in room.iter_mut().zip(text) {
            *to = from;
        }
        if let Some(last) = room.last_mut().filter(|_| len <= tag.as_bytes().len()) {
            *last = 0;
        }
    }
    buf
}
