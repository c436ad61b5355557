//! Variables in forms and queries (`a=1&b=2`) and in header values (`a=1; b="2"`).

use super::percent;

/// Why a form variable could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VarError {
    /// There is no variable of this name.
    Absent,
    /// Its value is badly coded or does not fit.
    Invalid,
}

/// The raw value of form variable `name`: keys compare in any case and are not decoded; the first match wins.
/// A key without `=` has an empty value.
pub fn var<'a>(buf: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let pieces = buf.split(|b| *b == b'&').filter(|piece| !piece.is_empty());
    for piece in pieces {
        let equals = piece.iter().position(|b| *b == b'=').unwrap_or(piece.len());
        let (key, value) = piece.split_at_checked(equals)?;
        if key.eq_ignore_ascii_case(name) {
            return Some(value.strip_prefix(b"=").unwrap_or(value));
        }
    }
    None
}

/// Decodes form variable `name` into `dst`, ended by NUL. Returns its length without NUL. On error `dst` is empty text.
pub fn get_var(buf: &[u8], name: &[u8], dst: &mut [u8]) -> Result<usize, VarError> {
    let value = var(buf, name).ok_or(VarError::Absent);
    let result =
        value.and_then(|value| percent::decode(value, dst, true).map_err(|_| VarError::Invalid));
    if let (Err(_), Some(first)) = (&result, dst.first_mut()) {
        *first = 0;
    }
    result
}

/// The value of `name` in a header value such as `form-data; name="x"`. Names compare in exact case and start at the
/// beginning or after `;`, `,` or a blank; names inside quoted values are not found. A quoted value comes without its
/// quotes; one without a closing quote keeps the opening one and runs to the end.
pub fn header_var<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    if name.is_empty() {
        return None;
    }
    let mut rest = text;
    let mut at_start = true;
    while let Some((first, tail)) = rest.split_first() {
        if at_start {
            let value = rest
                .strip_prefix(name)
                .and_then(|tail| tail.strip_prefix(b"="));
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                return Some(value_at(value));
            }
        }
        at_start = matches!(first, b';' | b',' | b' ' | b'\t');
        rest = if *first == b'"' {
            after_quote(tail)
        } else {
            tail
        };
    }
    None
}

/// What follows the closing quote; all of `text` when there is none.
fn after_quote(text: &[u8]) -> &[u8] {
    let close = text.iter().position(|b| *b == b'"');
    close
        .and_then(|i| text.get(i.saturating_add(1)..))
        .unwrap_or(text)
}

fn value_at(text: &[u8]) -> &[u8] {
    if let Some(quoted) = text.strip_prefix(b"\"") {
        let close = quoted.iter().position(|b| *b == b'"');
        return close.and_then(|i| quoted.get(..i)).unwrap_or(text);
    }
    let end = text
        .iter()
        .position(|b| matches!(b, b';' | b' ' | b','))
        .unwrap_or(text.len());
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_variables() {
        let form = b"&&A=1&bb=2%203&c&=e&a=9&d=";
        assert_eq!(var(form, b"a"), Some(&b"1"[..]));
        assert_eq!(var(form, b"b"), None);
        assert_eq!(var(form, b"BB"), Some(&b"2%203"[..]));
        assert_eq!(var(form, b"c"), Some(&b""[..]));
        assert_eq!(var(form, b"d"), Some(&b""[..]));
        assert_eq!(var(form, b""), Some(&b"e"[..]));
        assert_eq!(var(b"", b"a"), None);
        assert_eq!(var(b"a=b=c", b"a"), Some(&b"b=c"[..]));
    }

    #[test]
    fn decoded_variables() {
        let mut dst = [0xaa; 5];
        assert_eq!(get_var(b"a=1+2%33", b"a", &mut dst), Ok(4));
        assert_eq!(&dst, b"1 23\0");
        assert_eq!(get_var(b"a=12345", b"a", &mut dst), Err(VarError::Invalid));
        assert_eq!(dst[0], 0);
        assert_eq!(get_var(b"a=%", b"a", &mut dst), Err(VarError::Invalid));
        assert_eq!(get_var(b"a=%2", b"a", &mut dst), Err(VarError::Invalid));
        assert_eq!(get_var(b"ab=1", b"a", &mut dst), Err(VarError::Absent));
        assert_eq!(get_var(b"a=1", b"a", &mut dst[..1]), Err(VarError::Invalid));
        assert_eq!(get_var(b"a", b"a", &mut dst[..1]), Ok(0));
    }

    #[test]
    fn header_variables() {
        let found = |text: &'static str, name: &str| {
            header_var(text.as_bytes(), name.as_bytes()).map(|v| core::str::from_utf8(v).unwrap())
        };
        assert_eq!(found("a=1; bb=22", "bb"), Some("22"));
        assert_eq!(found("a=1; bb=22", "a"), Some("1"));
        assert_eq!(found("k=z", "k"), Some("z"));
        assert_eq!(found("k=", "k"), None);
        assert_eq!(found("k=;x", "k"), Some(""));
        assert_eq!(found("k=\"\"", "k"), Some(""));
        assert_eq!(found("a b c", "b"), None);
        assert_eq!(found("filename=\"f\"; name=\"n\"", "name"), Some("n"));
        assert_eq!(
            found("x=\"a; name=inner\"; name=outer", "name"),
            Some("outer")
        );
        assert_eq!(found("x=\"open; name=n", "x"), Some("\"open; name=n"));
        assert_eq!(found("x=a,b", "x"), Some("a"));
        assert_eq!(found("X=a", "x"), None);
        assert_eq!(found("", "x"), None);
        assert_eq!(found("x=1", ""), None);
    }
}
