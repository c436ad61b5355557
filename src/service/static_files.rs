//! Files for HTTP clients: which file a URI names, and whole or partial content with back-pressure
//! (HTTP chapter §7).
//!
//! Symbolic links are followed; the textual rules of [`path`] keep URIs inside the root.

use super::file_stream;
use super::http_reply::answer;
use super::{dir_list, ssi};
use crate::engine::Conn;
use crate::fs::handle::{File, FileSystem, Mode, Stat};
use crate::text::{matching, path};
use crate::wire::http::{encoding, etag, percent, range, reply};
use crate::wire::mime;
use alloc::ffi::CString;
use alloc::vec::Vec;

/// Longest path in bytes, its NUL included.
const MAX_PATH: usize = 4096;
const NOT_FOUND: &[u8] = b"Not found\n";
/// Files that stand for their directory, in order.
const INDEX: [&[u8]; 2] = [b"index.html", b"index.shtml"];

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

/// Why a URI names no file.
enum NoPath {
    /// No entry of `root_dir` fits.
    Unmapped,
    /// The configured directory is too long.
    RootTooLong,
    /// The URI leaves the root, cannot be decoded, or is too long.
    Invalid,
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
            None if found.is_some() => return dir_list::serve(conn, request, options, &name),
            None => return not_found(conn, options),
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
    serve_file(conn, request, &name, options);
}

fn refuse(conn: &mut Conn, text: &[u8]) {
    answer(conn, 400, b"", text);
}

fn not_found(conn: &mut Conn, options: &Options) {
    answer(conn, 404, options.extra_headers, NOT_FOUND);
}

/// The directory of the last entry of `root_dir` that fits `uri`, and what of the URI is left for it.
fn select<'a>(root_dir: &'a [u8], uri: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let entries = root_dir.split(|b| *b == b',').filter_map(|entry| {
        let equals = entry.iter().position(|b| *b == b'=');
        let (key, value) = entry.split_at_checked(equals.unwrap_or(entry.len()))?;
        let value = value.get(1..).unwrap_or_default();
        let (prefix, dir) = if value.is_empty() {
            (&b"/"[..], key)
        } else {
            (key, value)
        };
        let rest = uri.strip_prefix(prefix)?;
        let whole_segment = rest.is_empty() || rest.starts_with(b"/") || prefix.ends_with(b"/");
        (!dir.is_empty() && whole_segment).then_some((dir, rest))
    });
    entries.last()
}

/// The file that `uri` names.
fn to_path(root_dir: &[u8], uri: &[u8]) -> Result<Vec<u8>, NoPath> {
    if !uri.starts_with(b"/") {
        return Err(NoPath::Invalid);
    }
    let (dir, rest) = select(root_dir, uri).ok_or(NoPath::Unmapped)?;
    if dir.len() >= MAX_PATH {
        return Err(NoPath::RootTooLong);
    }
    let mut name = dir.to_vec();
    let rest = rest.strip_prefix(b"/").unwrap_or(rest);
    if !rest.is_empty() {
        if !name.ends_with(b"/") {
            name.push(b'/');
        }
        append_decoded(&mut name, rest).ok_or(NoPath::Invalid)?;
    }
    while name.len() > 1 && name.ends_with(b"/") {
        name.pop();
    }
    Ok(name)
}

/// Appends the decoded `rest` unless it would leave the directory.
fn append_decoded(name: &mut Vec<u8>, rest: &[u8]) -> Option<()> {
    let mut decoded = [0u8; MAX_PATH];
    let n = percent::decode(rest, &mut decoded, false).ok()?;
    let start = name.len().checked_sub(1)?;
    name.extend_from_slice(decoded.get(..n)?);
    // Judged together with the slash before it. A `~` is special at the very start of a path only.
    let is_sane = path::is_sane(name.get(start..)?) && name.len() < MAX_PATH;
    is_sane.then_some(())
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

/// The index file of a directory. A packed `index.html.gz` counts: [`open`] finds it.
fn index_of(options: &Options, dir: &[u8]) -> Option<Vec<u8>> {
    let is_file = |name: &Vec<u8>| stat(options, name).is_some_and(|stat| !stat.is_dir);
    let plain = INDEX.iter().map(|name| join(dir, name)).find(is_file);
    plain.or_else(|| {
        let html = join(dir, b"index.html");
        is_file(&[&html[..], b".gz"].concat()).then_some(html)
    })
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

fn open_plain(fs: &FileSystem, name: &[u8]) -> Option<(File, Stat)> {
    let name = CString::new(name).ok()?;
    let stat = fs.stat(&name).filter(|stat| !stat.is_dir)?;
    Some((fs.open(&name, Mode::Read)?, stat))
}

/// Opens the compressed twin for clients that take it, else the file, else the page for missing files.
fn open<'a>(request: &Request, name: &[u8], options: &Options<'a>) -> Option<Opened<'a>> {
    let content_type = mime::of(name, options.mime_types);
    let twin = encoding::accepts_gzip(request.accept_encoding).then(|| [name, b".gz"].concat());
    if let Some((file, stat)) = twin.and_then(|twin| open_plain(&options.fs, &twin)) {
        return Some(Opened {
            file,
            stat,
            content_type,
            is_gzip: true,
        });
    }
    if let Some((file, stat)) = open_plain(&options.fs, name) {
        return Some(Opened {
            file,
            stat,
            content_type,
            is_gzip: false,
        });
    }
    let content_type = mime::of(options.page404, options.mime_types);
    let (file, stat) = open_plain(&options.fs, options.page404)?;
    Some(Opened {
        file,
        stat,
        content_type,
        is_gzip: false,
    })
}

/// Answers with the file `name`.
pub fn serve_file(conn: &mut Conn, request: &Request, name: &[u8], options: &Options) {
    let Some(mut opened) = open(request, name, options) else {
        return not_found(conn, options);
    };
    let size = opened.stat.size;
    let tag = etag::tag(size as u64, opened.stat.mtime);
    if etag::matches(request.if_none_match, tag.as_bytes()) {
        answer(conn, 304, options.extra_headers, b"");
        return;
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
    if reply::headers_are_safe(extra) {
        push(&[extra]);
    }
    push(&[b"\r\n"]);
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped(root_dir: &str, uri: &str) -> Option<std::string::String> {
        let name = to_path(root_dir.as_bytes(), uri.as_bytes()).ok()?;
        Some(std::string::String::from_utf8(name).unwrap())
    }

    #[test]
    fn mappings() {
        let roots = "site,/dl=files,/dl/old=arch";
        for (roots, uri, expected) in [
            (roots, "/a/b.css", Some("site/a/b.css")),
            (roots, "/dl/x%20y.bin", Some("files/x y.bin")),
            (roots, "/dl/old/z", Some("arch/z")),
            (roots, "/dl", Some("files")),
            (roots, "/dlx", Some("site/dlx")),
            (roots, "/", Some("site")),
            (roots, "/file.txt/", Some("site/file.txt")),
            ("/", "/", Some("/")),
            ("/", "/a", Some("/a")),
            ("../up", "/a", Some("../up/a")),
            ("./pub,/x=./other", "/x/f", Some("./other/f")),
            ("/x=a,b", "/x/f", Some("b/x/f")),
            ("/x=a", "/y", None),
            ("/x=a", "/xy", None),
            ("a,,", "/y", Some("a/y")),
            ("", "/etc/passwd", None),
            ("=", "/y", None),
            ("a=", "/y", Some("a/y")),
            ("r", "/~user", Some("r/~user")),
        ] {
            assert_eq!(mapped(roots, uri).as_deref(), expected, "{roots} {uri}");
        }
    }

    #[test]
    fn e1_e4_refused_uris() {
        for uri in [
            "/../etc/passwd",
            "/..",
            "/%2e%2e/",
            "/%2e%2e",
            "/a/..\\..",
            "/..%2f",
            "/a%2f..%2fb",
            "/....//",
            "/..;/",
            "/%2e%2e%5c",
            "/..name",
            "/..name/",
            "/a%00.html",
            "/%zz",
            "/%2",
            "*",
            "foo",
            "http://h/p",
            "",
        ] {
            assert!(
                matches!(to_path(b"root", uri.as_bytes()), Err(NoPath::Invalid)),
                "{uri}"
            );
        }
        let long = std::format!("/{}", "a".repeat(5000));
        assert!(matches!(
            to_path(b"root", long.as_bytes()),
            Err(NoPath::Invalid)
        ));
        let root = "a".repeat(5000);
        assert!(matches!(
            to_path(root.as_bytes(), b"/"),
            Err(NoPath::RootTooLong)
        ));
    }
}
