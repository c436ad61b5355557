//! The page that lists a directory.

use super::html::escape;
use super::line::Line;
use super::percent;
use alloc::vec::Vec;

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Name without a slash.
    pub name: Vec<u8>,
    /// Size in bytes.
    pub size: u64,
    /// Seconds since 1970.
    pub mtime: i64,
    /// The same as text, when it is to be shown another way.
    pub time: Option<Vec<u8>>,
    /// A directory.
    pub is_dir: bool,
}

const STYLE: &[u8] = b"<style>th,td{text-align:left;padding-right:1em;font-family:monospace}th{cursor:pointer}</style>";
/// Sorts by the clicked column: the attribute `name` of a cell holds what to sort by, directories have -1.
const SCRIPT: &[u8] = b"<script>\
    let order=1;\
    function sortBy(col){\
    const rows=document.getElementById('files');order=-order;\
    const key=r=>r.cells[col].getAttribute('name');\
    const number=x=>isNaN(x)?x:Number(x);\
    [...rows.rows].sort((a,b)=>{const x=number(key(a)),y=number(key(b));return (x>y)-(x<y)?((x>y)-(x<y))*order:0})\
    .forEach(r=>rows.appendChild(r))}\
    </script>";

/// Writes the page. `title` is the decoded URI, `product` names the server in the last line.
pub fn page(title: &[u8], entries: &[Entry], product: &str) -> Vec<u8> {
    let mut page = Vec::with_capacity(entries.len().saturating_mul(160).saturating_add(1500));
    push(
        &mut page,
        &[b"<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>Index of "],
    );
    escape(title, &mut page);
    push(
        &mut page,
        &[b"</title>", STYLE, SCRIPT, b"</head>\n<body><h1>Index of "],
    );
    escape(title, &mut page);
    push(&mut page, &[
        b"</h1>\n<table><thead><tr><th onclick=\"sortBy(0)\">Name</th><th onclick=\"sortBy(1)\">Modified</th>",
        b"<th onclick=\"sortBy(2)\">Size</th></tr></thead>\n",
        b"<tbody><tr><td><a href=\"..\">..</a></td><td></td><td>[DIR]</td></tr></tbody>\n<tbody id=\"files\">\n",
    ]);
    for entry in entries {
        row(entry, &mut page);
    }
    push(
        &mut page,
        &[
            b"</tbody></table>\n<address>",
            product.as_bytes(),
            b"</address>\n</body></html>\n",
        ],
    );
    page
}

fn row(entry: &Entry, page: &mut Vec<u8>) {
    let slash: &[u8] = if entry.is_dir { b"/" } else { b"" };
    let (mut time, mut size) = (Line::new(), Line::new());
    time.push_signed(entry.mtime);
    size.push_decimal(entry.size);
    let (sort_size, size) = if entry.is_dir {
        (&b"-1"[..], &b"[DIR]"[..])
    } else {
        (size.as_bytes(), size.as_bytes())
    };
    push(page, &[b"<tr><td name=\""]);
    escape(&entry.name, page);
    push(page, &[slash, b"\"><a href=\""]);
    encode(&entry.name, page);
    push(page, &[slash, b"\">"]);
    escape(&entry.name, page);
    push(
        page,
        &[slash, b"</a></td><td name=\"", time.as_bytes(), b"\">"],
    );
    match &entry.time {
        Some(text) => escape(text, page),
        None => push(page, &[time.as_bytes()]),
    }
    push(
        page,
        &[
            b"</td><td name=\"",
            sort_size,
            b"\">",
            size,
            b"</td></tr>\n",
        ],
    );
}

fn encode(name: &[u8], page: &mut Vec<u8>) {
    for byte in name {
        if percent::is_unreserved(*byte) {
            page.push(*byte);
        } else {
            page.extend_from_slice(&percent::triplet(*byte));
        }
    }
}

fn push(page: &mut Vec<u8>, pieces: &[&[u8]]) {
    for piece in pieces {
        page.extend_from_slice(piece);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn entry(name: &str, size: u64, is_dir: bool) -> Entry {
        Entry {
            name: name.into(),
            size,
            mtime: 1234,
            time: None,
            is_dir,
        }
    }

    #[test]
    fn rows_and_title() {
        let entries = [
            entry("a b.txt", 42, false),
            entry("sub", 4096, true),
            entry("<i>\"&", 1, false),
        ];
        let text = String::from_utf8(page(b"/x<y>&\"/", &entries, "Product v.1")).unwrap();
        assert_eq!(
            text.matches(">Index of /x&lt;y&gt;&amp;&quot;/<").count(),
            2
        );
        assert!(text.contains("<a href=\"a%20b.txt\">a b.txt</a>"));
        assert!(text.contains(
            "<a href=\"sub/\">sub/</a></td><td name=\"1234\">1234</td><td name=\"-1\">[DIR]</td>"
        ));
        assert!(text.contains("<a href=\"%3ci%3e%22%26\">&lt;i&gt;&quot;&amp;</a>"));
        assert!(text.contains("<td name=\"42\">42</td>"));
        assert!(text.contains("<a href=\"..\">..</a>") && text.contains(">Product v.1<"));
    }
}
