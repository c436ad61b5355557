//! Files for HTTP clients: which file a URI names, and whole or partial content with back-pressure
//! (HTTP chapter §7).
//!
//! Symbolic links are followed; the textual rules of [`super::uri_map`] keep URIs inside the root.

use super::file_stream;
use super::http_reply::answer;
use super::uri_map::{NoPath, to_path};
use super::{dir_list, ssi};
use crate::engine::{Conn, platform};
use crate::fs::handle::{File, FileSystem, Mode, Stat};
use crate::text::matching;
use crate::wire::http::{encoding, etag, range, reply};
use crate::wire::mime;
use alloc::ffi::CString;
use alloc::vec::Vec;

const NOT_FOUND: &[u8] = b"Not found\n";
/// The file that is sent depends on what the client takes.
const VARY: &[u8] = b"Vary: Accept-Encoding\r\n";
/// Stands for its directory where `MG_HTTP_INDEX` is missing.
const SECOND_INDEX: &[u8] = b"index.shtml";

/// What of a request matters here.
#[derive(Clone, Copy, Default)]
pub struct Request<'a> {
    /// Method.
    pub method: &'a [u8],
    /// Path, as received.
    pub uri: &'a [u8],
    /// Value of `Accept-Encoding`.
    pub accept_encoding: &'a [u8],
    /// Value of `If-None-Match`.
    pub if_none_match: &'a [u8],
    /// Value of `Range`.
    pub range: &'a [u8],
}

impl Request<'_> {
    /// The client wants no body.
    pub fn is_head(&self) -> bool {
        self.method.eq_ignore_ascii_case(b"HEAD")
    }
}

/// How to answer, `struct mg_http_serve_opts`. Empty members are absent ones.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Directories by URI prefix.
    pub root_dir: &'a [u8],
    /// Pattern of files with server-side includes.
    pub ssi_pattern: &'a [u8],
    /// Header lines to add.
    pub extra_headers: &'a [u8],
    /// Content types by extension.
    pub mime_types: &'a [u8],
    /// File served in place of a missing one.
    pub page404: &'a [u8],
    /// File system.
    pub fs: FileSystem,
}

/// Answers with the file or directory that the URI names.
pub fn serve_dir(conn: &mut Conn, request: &Request, options: &Options) {
    let mut name = match to_path(options.root_dir, request.uri) {
        Ok(name) => name,
        Err(NoPath::Unmapped) => return not_found(conn, options),
        Err(NoPath::RootTooLong) => return refuse(conn, b"Exceeded path size"),
        Err(NoPath::Invalid) => return refuse(conn, b"Invalid path"),
    };
    let mut found = stat(options, &name);
    if found.is_some_and(|stat| stat.is_dir) || request.uri == b"/" {
        if !request.uri.ends_with(b"/") {
            return redirect(conn, request.uri);
        }
        match index_of(options, &name) {
            Some(index) => {
                found = stat(options, &index);
                name = index;
            }
            None if found.is_none() => return not_found(conn, options),
            None if platform::settings().dirlist != 0 => {
                return dir_list::serve(conn, request, options, &name);
            }
            None => {
                answer(conn, 403, b"", b"Forbidden\n");
                return;
            }
        }
    }
    if found.is_some()
        && !options.ssi_pattern.is_empty()
        && matching::is_match(&name, options.ssi_pattern)
    {
        return ssi::serve(
            conn,
            &options.fs,
            options.root_dir,
            &name,
            request.is_head(),
        );
    }
    send_file(conn, request, &name, found, options);
}

fn refuse(conn: &mut Conn, text: &[u8]) {
    answer(conn, 400, b"", text);
}

fn not_found(conn: &mut Conn, options: &Options) {
    answer(conn, 404, options.extra_headers, NOT_FOUND);
}

fn redirect(conn: &mut Conn, uri: &[u8]) {
    // More than one leading slash would name another host.
    let slashes = uri.iter().take_while(|b| **b == b'/').count();
    let rest = uri.get(slashes..).unwrap_or_default();
    let pieces = [
        b"HTTP/1.1 301 Moved\r\nLocation: /",
        rest,
        b"/\r\nContent-Length: 0\r\n\r\n",
    ];
    if !pieces.into_iter().all(|piece| conn.queue(piece)) {
        conn.error("OOM");
    }
    conn.set_resp(false);
}

/// The index file of a directory. One that is there as `.gz` only counts: [`open`] finds it.
fn index_of(options: &Options, dir: &[u8]) -> Option<Vec<u8>> {
    let is_file = |name: &Vec<u8>| stat(options, name).is_some_and(|stat| !stat.is_dir);
    let (first, second) = (join(dir, platform::index_name()), join(dir, SECOND_INDEX));
    let zipped = [&first[..], b".gz"].concat();
    if is_file(&first) {
        Some(first)
    } else if is_file(&second) {
        Some(second)
    } else {
        is_file(&zipped).then_some(first)
    }
}

/// `name` in `dir`.
pub fn join(dir: &[u8], name: &[u8]) -> Vec<u8> {
    let slash: &[u8] = if dir.ends_with(b"/") { b"" } else { b"/" };
    [dir, slash, name].concat()
}

/// What is at `name`.
pub fn stat(options: &Options, name: &[u8]) -> Option<Stat> {
    options.fs.stat(&CString::new(name).ok()?)
}

/// A file that is ready to be sent.
struct Opened<'a> {
    file: File,
    stat: Stat,
    content_type: &'a [u8],
    is_gzip: bool,
}

/// `known` is what a caller has just found at `name`.
fn open_plain(fs: &FileSystem, name: &[u8], known: Option<Stat>) -> Option<(File, Stat)> {
    let name = CString::new(name).ok()?;
    let found = known.or_else(|| fs.stat(&name));
    let stat = found.filter(|stat| !stat.is_dir)?;
    Some((fs.open(&name, Mode::Read)?, stat))
}

/// Opens the compressed twin for clients that take it, else the file, else the page for missing files.
fn open<'a>(
    request: &Request,
    name: &[u8],
    known: Option<Stat>,
    options: &Options<'a>,
) -> Option<Opened<'a>> {
    let content_type = mime::of(name, options.mime_types);
    let twin = encoding::accepts_gzip(request.accept_encoding).then(|| [name, b".gz"].concat());
    if let Some((file, stat)) = twin.and_then(|twin| open_plain(&options.fs, &twin, None)) {
        return Some(Opened {
            file,
            stat,
            content_type,
            is_gzip: true,
        });
    }
    if let Some((file, stat)) = open_plain(&options.fs, name, known) {
        return Some(Opened {
            file,
            stat,
            content_type,
            is_gzip: false,
        });
    }
    let content_type = mime::of(options.page404, options.mime_types);
    let (file, stat) = open_plain(&options.fs, options.page404, None)?;
    Some(Opened {
        file,
        stat,
        content_type,
        is_gzip: false,
    })
}

/// Answers with the file `name`.
pub fn serve_file(conn: &mut Conn, request: &Request, name: &[u8], options: &Options) {
    send_file(conn, request, name, None, options);
}

fn send_file(
    conn: &mut Conn,
    request: &Request,
    name: &[u8],
    known: Option<Stat>,
    options: &Options,
) {
    let Some(mut opened) = open(request, name, known, options) else {
        return not_found(conn, options);
    };
    let size = opened.stat.size;
    let tag = etag::tag(size as u64, opened.stat.mtime);
    if etag::matches(request.if_none_match, tag.as_bytes()) {
        return not_modified(conn, &opened, tag.as_bytes(), options);
    }
    let selection = range::select(request.range, size);
    let (status, first, len) = match selection {
        range::Selection::Whole => (200, 0, size),
        range::Selection::Part { first, last } => {
            (206, first, last.saturating_sub(first).saturating_add(1))
        }
        range::Selection::Unsatisfiable => (416, 0, 0),
    };
    if first > 0 && !opened.file.seek(first) {
        return not_found(conn, options);
    }
    let head = file_head(
        &opened,
        tag.as_bytes(),
        selection,
        (status, len),
        options.extra_headers,
    );
    if !conn.queue(&head) {
        return conn.error("OOM");
    }
    if request.is_head() || conn.is_closing() || len == 0 {
        conn.set_resp(false);
    } else {
        file_stream::start(conn, opened.file, len);
    }
}

/// The client's copy is still good: the tag and what caches need, no content (RFC 9110 §15.4.5).
fn not_modified(conn: &mut Conn, opened: &Opened, tag: &[u8], options: &Options) {
    let vary = if opened.is_gzip { VARY } else { b"" };
    let extra = Some(options.extra_headers).filter(|extra| reply::headers_are_safe(extra));
    let headers = [b"Etag: ", tag, b"\r\n", vary, extra.unwrap_or_default()].concat();
    answer(conn, 304, &headers, b"");
}

fn file_head(
    opened: &Opened,
    tag: &[u8],
    selection: range::Selection,
    answer: (i32, usize),
    extra: &[u8],
) -> Vec<u8> {
    let (status, len) = answer;
    let line = reply::status_line(status);
    let length = reply::decimal(len);
    let size = reply::decimal(opened.stat.size);
    let mut head = Vec::with_capacity(extra.len().saturating_add(320));
    let mut push = |pieces: &[&[u8]]| {
        pieces
            .iter()
            .for_each(|piece| head.extend_from_slice(piece))
    };
    push(&[
        line.as_bytes(),
        b"Content-Type: ",
        opened.content_type,
        b"\r\nEtag: ",
        tag,
    ]);
    push(&[b"\r\nContent-Length: ", length.as_bytes(), b"\r\n"]);
    if opened.is_gzip {
        push(&[b"Content-Encoding: gzip\r\n"]);
    }
    match selection {
        range::Selection::Whole => {}
        range::Selection::Part { first, last } => {
            let (first, last) = (reply::decimal(first), reply::decimal(last));
            push(&[
                b"Content-Range: bytes ",
                first.as_bytes(),
                b"-",
                last.as_bytes(),
                b"/",
                size.as_bytes(),
                b"\r\n",
            ]);
        }
        range::Selection::Unsatisfiable => {
            push(&[b"Content-Range: bytes */", size.as_bytes(), b"\r\n"])
        }
    }
    if opened.is_gzip {
        push(&[VARY]);
    }
    if reply::headers_are_safe(extra) {
        push(&[extra]);
    }
    push(&[b"\r\n"]);
    head
}
