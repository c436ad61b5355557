//! The page that lists a directory (HTTP chapter §8).

use super::static_files::{Options, Request, join, stat};
use crate::engine::{Conn, platform};
use crate::wire::http::listing::{self, Entry};
use crate::wire::http::{percent, reply};
use crate::wire::mime;
use alloc::ffi::CString;
use alloc::vec::Vec;

/// Columns of the length in the head.
const LENGTH_COLUMNS: usize = 8;
/// Longest time of a file in bytes.
const MAX_TIME: usize = 100;
/// What the last line names.
const PRODUCT: &str = concat!("Vansire v.", env!("CARGO_PKG_VERSION"));

/// Answers with the names in `dir`, sorted.
pub fn serve(conn: &mut Conn, request: &Request, options: &Options, dir: &[u8]) {
    let mut entries: Vec<Entry> = names(options, dir)
        .filter_map(|name| entry(options, dir, name))
        .collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let room = request.uri.len().saturating_add(1);
    let mut decoded = Vec::new();
    if decoded.try_reserve_exact(room).is_err() {
        return conn.error("OOM");
    }
    decoded.resize(room, 0);
    let title = match percent::decode(request.uri, &mut decoded, false) {
        Ok(n) => decoded.get(..n).unwrap_or_default(),
        Err(_) => request.uri,
    };
    let page = listing::page(title, &entries, PRODUCT);
    let line = reply::status_line(200);
    let length = reply::content_length_padded(page.len(), LENGTH_COLUMNS);
    let extra = if reply::headers_are_safe(options.extra_headers) {
        options.extra_headers
    } else {
        b""
    };
    let body = if request.is_head() {
        &[][..]
    } else {
        &page[..]
    };
    let pieces = [
        line.as_bytes(),
        b"Content-Type: ",
        mime::HTML.as_bytes(),
        b"\r\n",
        extra,
        length.as_bytes(),
        body,
    ];
    if !pieces.into_iter().all(|piece| conn.queue(piece)) {
        conn.error("OOM");
    }
    conn.set_resp(false);
}

fn names(options: &Options, dir: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let names = CString::new(dir)
        .map(|dir| options.fs.list(&dir))
        .unwrap_or_default();
    names
        .into_iter()
        .filter(|name| name != b"." && name != b"..")
}

fn entry(options: &Options, dir: &[u8], name: Vec<u8>) -> Option<Entry> {
    let found = stat(options, &join(dir, &name))?;
    Some(Entry {
        name,
        size: found.size as u64,
        mtime: found.mtime,
        time: platform::listing_time(found.mtime, &mut [0; MAX_TIME]).map(<[u8]>::to_vec),
        is_dir: found.is_dir,
    })
}
