//! Server-side includes (HTTP chapter §9): `<!--#include file="…" -->` and `<!--#include virtual="…" -->`.

use super::http_reply::{answer, answer_head};
use crate::engine::{Conn, platform};
use crate::fs::handle::FileSystem;
use crate::text::path;
use alloc::ffi::CString;
use alloc::vec::Vec;
use memchr::memmem;

/// What a page may include altogether, so that files which include each other often cannot keep the server busy.
const MAX_INCLUDES: usize = 10_000;
/// Largest page in bytes: what would make it larger is left out.
const MAX_PAGE: usize = 8 * 1024 * 1024;
const OPEN: &[u8] = b"<!--#";
const CLOSE: &[u8] = b"-->";
const HEADERS: &[u8] = b"Content-Type: text/html; charset=utf-8\r\n";

/// Answers with the file `name`, its directives replaced.
pub fn serve(conn: &mut Conn, fs: &FileSystem, root: &[u8], name: &[u8], is_head: bool) {
    if platform::settings().ssi == 0 {
        answer(conn, 501, b"", b"SSI not enabled");
        return;
    }
    let mut page = Page::default();
    let Some(text) = read(fs, name) else {
        answer(conn, 404, b"", b"Not found\n");
        return;
    };
    let source = Source { fs, root };
    source.expand(&text, name, 0, &mut page);
    let page = page.text;
    if is_head {
        if !answer_head(conn, 200, HEADERS, Some(page.len())) {
            conn.error("OOM");
        }
        conn.set_resp(false);
    } else {
        answer(conn, 200, HEADERS, &page);
    }
}

fn read(fs: &FileSystem, name: &[u8]) -> Option<Vec<u8>> {
    fs.read_all(&CString::new(name).ok()?, MAX_PAGE)
}

/// Where includes come from.
struct Source<'a> {
    fs: &'a FileSystem,
    root: &'a [u8],
}

impl Source<'_> {
    /// Appends `text`, the content of file `name`, with its directives replaced. The page itself has depth 0; calls
    /// itself at most `MG_MAX_SSI_DEPTH` deep.
    fn expand(&self, text: &[u8], name: &[u8], depth: usize, page: &mut Page) {
        let mut rest = text;
        while let Some((before, directive, after)) = next_directive(rest, max_directive()) {
            page.append(before);
            match Include::parse(directive) {
                Some(include) => self.include(&include, name, depth, page),
                None => page.append(directive),
            }
            rest = after;
        }
        page.append(rest);
    }

    fn include(&self, include: &Include, from: &[u8], depth: usize, page: &mut Page) {
        // Judged with a slash before it: the name comes from a file, its directory from the configuration.
        let is_sane = path::is_sane(&[b"/", include.name].concat());
        let too_deep = depth >= platform::settings().max_ssi_depth;
        if too_deep || !is_sane || page.is_full() {
            return;
        }
        page.includes = page.includes.saturating_add(1);
        let name = match include.kind {
            Kind::Virtual => [self.root, include.name].concat(),
            Kind::File => [directory(from), include.name].concat(),
        };
        if let Some(text) = read(self.fs, &name) {
            self.expand(&text, &name, depth.saturating_add(1), page);
        }
    }
}

/// What has been put together.
#[derive(Default)]
struct Page {
    text: Vec<u8>,
    includes: usize,
}

impl Page {
    fn append(&mut self, text: &[u8]) {
        let room = MAX_PAGE.saturating_sub(self.text.len()).min(text.len());
        self.text
            .extend_from_slice(text.get(..room).unwrap_or_default());
    }

    fn is_full(&self) -> bool {
        self.text.len() >= MAX_PAGE || self.includes >= MAX_INCLUDES
    }
}

/// Longest directive in bytes, its marks included.
fn max_directive() -> usize {
    platform::settings().ssi_bufsiz.saturating_sub(2)
}

/// The path up to and including its last slash.
fn directory(name: &[u8]) -> &[u8] {
    let end = memchr::memrchr(b'/', name).map_or(0, |i| i.saturating_add(1));
    name.get(..end).unwrap_or_default()
}

/// Text before the next directive, the directive, text behind it. A `<` inside begins anew.
fn next_directive(text: &[u8], max: usize) -> Option<(&[u8], &[u8], &[u8])> {
    let mut from = 0usize;
    loop {
        let start = from.checked_add(memmem::find(text.get(from..)?, OPEN)?)?;
        let inside = start.checked_add(OPEN.len())?;
        let window = text.get(inside..)?;
        let window = window.get(..window.len().min(max.saturating_sub(OPEN.len())))?;
        let anew = memchr::memchr(b'<', window).unwrap_or(window.len());
        match memmem::find(window.get(..anew)?, CLOSE) {
            Some(len) => {
                let end = inside.checked_add(len)?.checked_add(CLOSE.len())?;
                return Some((text.get(..start)?, text.get(start..end)?, text.get(end..)?));
            }
            None => from = inside,
        }
    }
}

enum Kind {
    File,
    Virtual,
}

struct Include<'a> {
    kind: Kind,
    name: &'a [u8],
}

impl<'a> Include<'a> {
    /// Reads a whole directive.
    fn parse(directive: &'a [u8]) -> Option<Self> {
        let rest = directive
            .strip_prefix(OPEN)?
            .strip_prefix(b"include")?
            .trim_ascii_start();
        let (kind, rest) = match (
            rest.strip_prefix(b"file=\""),
            rest.strip_prefix(b"virtual=\""),
        ) {
            (Some(rest), _) => (Kind::File, rest),
            (None, Some(rest)) => (Kind::Virtual, rest),
            (None, None) => return None,
        };
        let end = memchr::memchr(b'"', rest).filter(|end| *end > 0)?;
        Some(Include {
            kind,
            name: rest.get(..end)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn split(text: &str) -> Option<(&[u8], &[u8], &[u8])> {
        next_directive(text.as_bytes(), 1022)
    }

    #[test]
    fn directives() {
        let (before, directive, after) = split("a < b <!--#include file=\"x\" -->\nc").unwrap();
        assert_eq!((before, after), (&b"a < b "[..], &b"\nc"[..]));
        assert_eq!(directive, b"<!--#include file=\"x\" -->");
        assert_eq!(split("<!-- comment --> <!--# open"), None);
        assert_eq!(split(&std::format!("<!--#{}-->", "x".repeat(2000))), None);
        let (before, directive, _) = split("<!--#include <!--#x-->").unwrap();
        assert_eq!(
            (before, directive),
            (&b"<!--#include "[..], &b"<!--#x-->"[..])
        );
    }

    #[test]
    fn includes() {
        let name = |text: &'static str| {
            Include::parse(text.as_bytes()).map(|i| String::from_utf8(i.name.to_vec()).unwrap())
        };
        assert_eq!(name("<!--#include file=\"a b\"-->").as_deref(), Some("a b"));
        assert_eq!(
            name("<!--#include \t virtual=\"/x\" more -->").as_deref(),
            Some("/x")
        );
        for other in [
            "<!--#include file=\"\"-->",
            "<!--#include file=x-->",
            "<!--#Include file=\"x\"-->",
            "<!--#echo x-->",
            "<!--#include file=\"x-->",
        ] {
            assert_eq!(name(other), None, "{other}");
        }
        assert_eq!(directory(b"a/b/c.html"), b"a/b/");
        assert_eq!(directory(b"c.html"), b"");
    }
}
