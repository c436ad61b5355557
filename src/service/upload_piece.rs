//! Uploads in pieces by several requests (HTTP chapter §10.1).

use super::http_reply::answer;
use crate::engine::Conn;
use crate::fs::handle::{FileSystem, Mode};
use crate::text::path;
use crate::wire::http::vars;
use alloc::ffi::CString;
use alloc::format;
use alloc::string::String;

/// Longest path in bytes, its NUL included.
const MAX_PATH: usize = 4096;

/// Why a piece was not written: the code for the caller and the text for the client.
struct Refusal(i64, String);

/// Writes one piece, whose place the query says (`file`, `offset`), and answers. Returns the bytes that the file has
/// then, or a negative code.
pub fn write_piece(
    conn: &mut Conn,
    query: &[u8],
    body: &[u8],
    fs: &FileSystem,
    dir: &[u8],
    max: usize,
) -> i64 {
    let (status, code, text) = match piece(query, body, fs, dir, max) {
        Ok(end) => (200, end, format!("{end}")),
        Err(Refusal(code, text)) => (400, code, text),
    };
    answer(conn, status, b"", text.as_bytes());
    code
}

fn piece(
    query: &[u8],
    body: &[u8],
    fs: &FileSystem,
    dir: &[u8],
    max: usize,
) -> Result<i64, Refusal> {
    if body.is_empty() {
        return Ok(0);
    }
    let refuse = |code, text: String| Err(Refusal(code, text));
    let mut buf = alloc::vec![0; MAX_PATH];
    let len = vars::get_var(query, b"file", &mut buf).unwrap_or(0);
    let name = buf.get(..len).unwrap_or_default();
    let shown = String::from_utf8_lossy(name);
    if name.is_empty() {
        return refuse(-1, "file required".into());
    }
    if !is_plain_name(name) {
        return refuse(-2, format!("{shown}: invalid file"));
    }
    let mut text = [0; 32];
    let len = vars::get_var(query, b"offset", &mut text).unwrap_or(0);
    let offset = to_offset(text.get(..len).unwrap_or_default());
    let Ok(offset) = usize::try_from(offset) else {
        return refuse(-3, "offset required".into());
    };
    let end = offset.checked_add(body.len()).filter(|end| *end <= max);
    let Some(end) = end.and_then(|end| i64::try_from(end).ok()) else {
        return refuse(-4, format!("{shown}: over max size of {max}"));
    };
    let Some(target) = in_dir(dir, name) else {
        return refuse(-6, format!("open({shown})"));
    };
    let size = fs.stat(&target).map_or(0, |stat| stat.size);
    if offset == 0 {
        fs.remove(&target);
    } else if size != offset {
        return refuse(-5, format!("{shown}: offset mismatch"));
    }
    let Some(mut file) = fs.open(&target, Mode::Append) else {
        return refuse(-6, format!("open({shown})"));
    };
    if file.write(body) {
        Ok(end)
    } else {
        refuse(-6, format!("write({shown})"))
    }
}

/// A name, not a way to somewhere else.
fn is_plain_name(name: &[u8]) -> bool {
    path::is_sane(name) && !name.iter().any(|b| matches!(b, b'/' | b'\\'))
}

pub(super) fn in_dir(dir: &[u8], name: &[u8]) -> Option<CString> {
    let target = [dir, b"/", name].concat();
    CString::new(target)
        .ok()
        .filter(|target| target.count_bytes() < MAX_PATH)
}

/// A number as `strtol` reads it with base 0: blanks, sign, prefix `0x` or `0`, then digits; what follows is ignored.
fn to_offset(text: &[u8]) -> i64 {
    let text = text.trim_ascii_start();
    let (negative, text) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let (base, digits) = match text {
        [b'0', b'x' | b'X', rest @ ..] => (16u8, rest),
        [b'0', rest @ ..] => (8, rest),
        _ => (10, text),
    };
    let digits = digits
        .iter()
        .map_while(|b| (*b as char).to_digit(u32::from(base)));
    let value = digits.fold(0i64, |n, d| {
        n.saturating_mul(i64::from(base))
            .saturating_add(i64::from(d))
    });
    if negative {
        value.saturating_neg()
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d5_offsets() {
        for (text, expected) in [
            ("", 0),
            ("7", 7),
            (" +7x", 7),
            ("-1", -1),
            ("0x10", 16),
            ("010", 8),
            ("0", 0),
            ("abc", 0),
            ("9223372036854775808", i64::MAX),
            ("-99999999999999999999", -i64::MAX),
        ] {
            assert_eq!(to_offset(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn d4_names() {
        for bad in [
            "../../x",
            "..\\x",
            "C:\\x",
            "/abs",
            "a/../../b",
            "a\0b",
            "~x",
            "..",
            "a/b",
        ] {
            assert!(!is_plain_name(bad.as_bytes()), "{bad}");
        }
        assert!(is_plain_name(b"data.bin") && is_plain_name("\u{fc}.txt".as_bytes()));
    }
}
