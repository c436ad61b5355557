//! Which topic names and filters are valid (MQTT 5.0 §4.7, the same in 3.1.1).

/// True when `topic` may be the topic of a PUBLISH: UTF-8, no NUL, no wildcard. An empty one is for the caller to judge.
pub fn is_valid_name(topic: &[u8]) -> bool {
    core::str::from_utf8(topic).is_ok() && !topic.iter().any(|byte| matches!(byte, 0 | b'+' | b'#'))
}

/// True when `filter` may be subscribed to: not empty, UTF-8, no NUL, `+` only as a whole level, `#` only as the
/// whole last level.
pub fn is_valid_filter(filter: &[u8]) -> bool {
    if filter.is_empty() || filter.contains(&0) || core::str::from_utf8(filter).is_err() {
        return false;
    }
    let mut levels = filter.split(|byte| *byte == b'/').peekable();
    while let Some(level) = levels.next() {
        let valid = match level {
            b"+" => true,
            b"#" => levels.peek().is_none(),
            _ => !level.iter().any(|byte| matches!(byte, b'+' | b'#')),
        };
        if !valid {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["a", "a/b", "/", "$SYS/x", "ü", ""] {
            assert!(is_valid_name(good.as_bytes()), "{good}");
        }
        for bad in [&b"a/#"[..], b"+", b"a\0b", b"\xff", b"\xed\xa0\x80"] {
            assert!(!is_valid_name(bad), "{bad:x?}");
        }
    }

    #[test]
    fn filters() {
        for good in [
            "#",
            "+",
            "a/#",
            "a/+/b",
            "+/+",
            "/",
            "a//b",
            "$share/g/t/#",
            "/#",
        ] {
            assert!(is_valid_filter(good.as_bytes()), "{good}");
        }
        for bad in [
            &b""[..],
            b"a#",
            b"+a",
            b"#/a",
            b"a/b+",
            b"a/#/b",
            b"##",
            b"a\0",
            b"\xc0\xae",
        ] {
            assert!(!is_valid_filter(bad), "{bad:x?}");
        }
    }

    #[test]
    fn very_many_levels_need_no_stack() {
        let slashes = std::vec![b'/'; 65_535];
        assert!(is_valid_filter(&slashes));
    }
}
