//! A token as a number, a bool or bytes.

use alloc::vec::Vec;

use super::path::token;
use super::string;

/// The number at `path`, correctly rounded. Values beyond the range of `f64` become the largest finite ones.
pub fn number(json: &[u8], path: &[u8]) -> Option<f64> {
    to_f64(token(json, path)?)
}

/// The number at `path`, truncated toward zero and limited to the range of `i64`. Integers of any size are exact.
pub fn integer(json: &[u8], path: &[u8]) -> Option<i64> {
    to_i64(token(json, path)?)
}

/// The bool at `path`.
pub fn boolean(json: &[u8], path: &[u8]) -> Option<bool> {
    match token(json, path)?.first() {
        Some(b't') => Some(true),
        Some(b'f') => Some(false),
        _ => None,
    }
}

/// The unescaped string at `path`; none when it is not a string or cannot be unescaped.
pub fn text(json: &[u8], path: &[u8]) -> Option<Vec<u8>> {
    let raw = string::inside(token(json, path)?)?;
    let mut out = alloc::vec![0; raw.len().checked_add(1)?];
    let len = string::unescape(raw, &mut out);
    out.truncate(len);
    (len > 0 || raw.is_empty()).then_some(out)
}

/// The bytes that the string at `path` has in hexadecimal.
pub fn hex(json: &[u8], path: &[u8]) -> Option<Vec<u8>> {
    let raw = string::inside(token(json, path)?)?;
    let (pairs, rest) = raw.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|[high, low]| Some(string::nibble(*high)? << 4 | string::nibble(*low)?))
        .collect()
}

/// The bytes that the string at `path` has in base64: none of them when it is not base64.
pub fn base64(json: &[u8], path: &[u8]) -> Option<Vec<u8>> {
    let raw = string::inside(token(json, path)?)?;
    let mut out = alloc::vec![0; (raw.len() / 4).checked_mul(3)?.checked_add(1)?];
    let len = crate::wire::base64::decode(raw, &mut out).unwrap_or(0);
    out.truncate(len);
    Some(out)
}

/// Checks the number grammar of RFC 8259 and converts.
pub fn to_f64(token: &[u8]) -> Option<f64> {
    is_number(token).then_some(())?;
    let value: f64 = core::str::from_utf8(token).ok()?.parse().ok()?;
    Some(value.clamp(f64::MIN, f64::MAX))
}

/// As [`to_f64`], for integers.
pub fn to_i64(token: &[u8]) -> Option<i64> {
    is_number(token).then_some(())?;
    if token.iter().any(|byte| matches!(byte, b'e' | b'E')) {
        // `as` truncates and saturates.
        return to_f64(token).map(|value| value as i64);
    }
    let negative = token.first() == Some(&b'-');
    let digits = token
        .iter()
        .skip(usize::from(negative))
        .take_while(|byte| **byte != b'.');
    Some(digits.fold(0i64, |n, digit| {
        let digit = i64::from(digit & 0x0f);
        let shifted = n.saturating_mul(10);
        if negative {
            shifted.saturating_sub(digit)
        } else {
            shifted.saturating_add(digit)
        }
    }))
}

/// `-? (0 | [1-9] digits*) (. digits+)? ([eE] [+-]? digits+)?`
fn is_number(token: &[u8]) -> bool {
    let rest = token.strip_prefix(b"-").unwrap_or(token);
    let (whole, rest) = split_digits(rest);
    if whole.is_empty() || whole.len() > 1 && whole.first() == Some(&b'0') {
        return false;
    }
    let rest = match rest {
        [b'.', tail @ ..] => match split_digits(tail) {
            ([], _) => return false,
            (_, rest) => rest,
        },
        _ => rest,
    };
    match rest {
        [] => true,
        [b'e' | b'E', b'+' | b'-', tail @ ..] | [b'e' | b'E', tail @ ..] => {
            let (digits, rest) = split_digits(tail);
            !digits.is_empty() && rest.is_empty()
        }
        _ => false,
    }
}

fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    text.split_at_checked(count).unwrap_or((text, &[]))
}
