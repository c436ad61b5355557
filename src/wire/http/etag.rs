//! Entity tags of files and conditional requests (RFC 9110 §8.8.3, §13.1.2).

use super::line::Line;

/// The tag of a file, quotes included: `"<mtime>.<size>"`.
pub fn tag(size: u64, mtime: i64) -> Line {
    let mut line = Line::new();
    line.push(b"\"");
    line.push_signed(mtime);
    line.push(b".");
    line.push_decimal(size);
    line.push(b"\"");
    line
}

/// Does the value of `If-None-Match` name `tag`? Lists, weak tags and `*` count.
pub fn matches(value: &[u8], tag: &[u8]) -> bool {
    value
        .split(|b| *b == b',')
        .map(<[u8]>::trim_ascii)
        .any(|item| {
            let strong = item.strip_prefix(b"W/").unwrap_or(item);
            item == b"*" || strong.eq_ignore_ascii_case(tag)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        assert_eq!(tag(22, 1_700_000_000).as_bytes(), b"\"1700000000.22\"");
        assert_eq!(tag(0, -1).as_bytes(), b"\"-1.0\"");
        assert_eq!(
            tag(u64::MAX, i64::MIN).as_bytes(),
            b"\"-9223372036854775808.18446744073709551615\""
        );
    }

    #[test]
    fn conditions() {
        let tag = b"\"1.2\"";
        for value in ["\"1.2\"", "W/\"1.2\"", "*", "\"0\", \"1.2\"", " \"1.2\" "] {
            assert!(matches(value.as_bytes(), tag), "{value}");
        }
        for value in ["", "1.2", "\"1.20\"", "\"1.2", "W/", "\"*\""] {
            assert!(!matches(value.as_bytes(), tag), "{value}");
        }
        assert!(!matches("\"x\",".repeat(30_000).as_bytes(), tag));
    }
}
