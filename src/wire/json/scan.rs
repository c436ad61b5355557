//! Tokens: where they end.

use super::JsonError;

/// Index of the first byte at or behind `at` that is not white space.
pub(super) fn skip_space(json: &[u8], at: usize) -> usize {
    let rest = json.get(at..).unwrap_or_default();
    let blanks = rest
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
        .count();
    at.saturating_add(blanks)
}

/// Index behind the scalar that starts at `at`.
pub(super) fn scalar_end(json: &[u8], at: usize) -> Result<usize, JsonError> {
    let rest = json.get(at..).unwrap_or_default();
    let len = match rest.first() {
        Some(b'"') => string_len(rest).ok_or(JsonError::Invalid)?,
        Some(b'-' | b'0'..=b'9') => number_len(rest),
        Some(b't') if rest.starts_with(b"true") => 4,
        Some(b'f') if rest.starts_with(b"false") => 5,
        Some(b'n') if rest.starts_with(b"null") => 4,
        _ => return Err(JsonError::Invalid),
    };
    Ok(at.saturating_add(len))
}

/// Length of the string that starts with the quote at the front, both quotes included. A backslash hides the
/// byte behind it only when the two are one of the eight short escapes; a NUL ends no string.
fn string_len(text: &[u8]) -> Option<usize> {
    let mut at = 1usize;
    loop {
        let found = memchr::memchr3(b'"', b'\\', 0, text.get(at..)?)?;
        at = at.checked_add(found)?;
        let step = match text.get(at..)? {
            [b'"', ..] => return at.checked_add(1),
            [b'\\', b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'"', ..] => 2,
            [b'\\', ..] => 1,
            _ => return None,
        };
        at = at.checked_add(step)?;
    }
}

/// Length of the number at the front: sign, digits, fraction, exponent, each of them optional.
fn number_len(text: &[u8]) -> usize {
    let mut rest = skip(text, |b| b == b'-', 1);
    rest = skip_digits(rest);
    if let [b'.', tail @ ..] = rest {
        rest = skip_digits(tail);
    }
    if let [b'e' | b'E', tail @ ..] = rest {
        rest = skip(tail, |b| b == b'-', 1);
        rest = skip(rest, |b| b == b'+', 1);
        rest = skip_digits(rest);
    }
    text.len().saturating_sub(rest.len())
}

fn skip_digits(text: &[u8]) -> &[u8] {
    skip(text, |b| b.is_ascii_digit(), usize::MAX)
}

fn skip(text: &[u8], wanted: impl Fn(u8) -> bool, at_most: usize) -> &[u8] {
    let count = text
        .iter()
        .take(at_most)
        .take_while(|byte| wanted(**byte))
        .count();
    text.get(count..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for whole in ["-", "0", "01", "1.", "1e", "-12.5e-+7", "1E+2", "3.14"] {
            assert_eq!(number_len(whole.as_bytes()), whole.len(), "{whole}");
        }
        assert_eq!(number_len(b"1.2.3"), 3);
        assert_eq!(number_len(b"1e+-2"), 3);
        assert_eq!(number_len(b"--1"), 1);
    }

    #[test]
    fn strings() {
        for whole in [
            r#""""#,
            r#""a""#,
            r#""\q\/\u12""#,
            r#""\\""#,
            r#""\"""#,
            "\"\u{1}\u{fc}\"",
        ] {
            assert_eq!(string_len(whole.as_bytes()), Some(whole.len()), "{whole}");
        }
        for open in [r#"""#, r#""a"#, r#""\""#, r#""\\\""#, r#""\"#, "\"a\0\""] {
            assert_eq!(string_len(open.as_bytes()), None, "{open}");
        }
    }
}
