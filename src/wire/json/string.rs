//! Strings: escapes decoded. [`crate::text::escape::json`] is the other direction.
//!
//! `\u00XX` stands for the one byte XX, as the C API promises; larger code points end the decoding.

/// What is between the quotes of a string token; none when the token is no string.
pub fn inside(token: &[u8]) -> Option<&[u8]> {
    token.strip_prefix(b"\"")?.strip_suffix(b"\"")
}

/// Decodes the text between the quotes into `to` and ends it with a NUL. Returns the number of bytes before the NUL.
///
/// Returns 0 when an escape is not defined (`to` then holds an empty string) and when there is no room for all
/// bytes and the NUL (`to` then holds what fitted). A `\u` escape above 0xFF or without four hex digits ends the
/// decoding: what came before it counts.
pub fn unescape(raw: &[u8], to: &mut [u8]) -> usize {
    let mut rest = raw;
    let mut len = 0usize;
    loop {
        let step = match decode_one(rest) {
            Step::Byte(byte, tail) => (byte, tail),
            Step::End => return terminate(to, len, len),
            Step::Undefined => return terminate(to, 0, 0),
        };
        let Some(slot) = to.get_mut(len) else {
            return terminate(to, len.saturating_sub(1), 0);
        };
        *slot = step.0;
        rest = step.1;
        len = len.saturating_add(1);
        if len >= to.len() {
            return terminate(to, len.saturating_sub(1), 0);
        }
    }
}

/// Whether the text between the quotes follows RFC 8259 section 7: no control characters, no undefined escapes.
pub fn is_strict(raw: &[u8]) -> bool {
    let mut rest = raw;
    loop {
        rest = match rest {
            [] => return true,
            [b'\\', b'u', a, b, c, d, tail @ ..]
                if [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()) =>
            {
                tail
            }
            [
                b'\\',
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
                tail @ ..,
            ] => tail,
            [b'\\' | b'"' | ..0x20, ..] => return false,
            [_, tail @ ..] => tail,
        }
    }
}

/// Value of a hexadecimal digit.
pub fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit & 0x0f),
        b'a'..=b'f' | b'A'..=b'F' => Some((digit & 0x0f).wrapping_add(9)),
        _ => None,
    }
}

enum Step<'a> {
    Byte(u8, &'a [u8]),
    End,
    Undefined,
}

fn decode_one(rest: &[u8]) -> Step<'_> {
    match rest {
        [] => Step::End,
        [b'\\', b'u', a, b, c, d, tail @ ..] => {
            match (nibble(*a), nibble(*b), nibble(*c), nibble(*d)) {
                (Some(0), Some(0), Some(high), Some(low)) => Step::Byte(high << 4 | low, tail),
                _ => Step::End,
            }
        }
        [b'\\', letter, tail @ ..] => match letter {
            b'b' => Step::Byte(0x08, tail),
            b'f' => Step::Byte(0x0c, tail),
            b'n' => Step::Byte(b'\n', tail),
            b'r' => Step::Byte(b'\r', tail),
            b't' => Step::Byte(b'\t', tail),
            b'\\' | b'"' | b'/' => Step::Byte(*letter, tail),
            _ => Step::Undefined,
        },
        [b'\\'] => Step::Undefined,
        [byte, tail @ ..] => Step::Byte(*byte, tail),
    }
}

/// Ends `to` at `len` and returns `count`, or 0 when there is no room even for the NUL.
fn terminate(to: &mut [u8], len: usize, count: usize) -> usize {
    match to.get_mut(len) {
        Some(slot) => {
            *slot = 0;
            count
        }
        None => 0,
    }
}
