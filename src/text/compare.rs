//! Comparison of byte strings as C's plain `char`: signed on some targets, unsigned on others.

use core::cmp::Ordering;
use core::ffi::c_char;

fn plain(byte: u8) -> c_char {
    byte as c_char
}

fn lower(byte: u8) -> c_char {
    plain(byte.to_ascii_lowercase())
}

/// Byte-wise order; the shorter is smaller where one starts with the other.
pub fn compare(a: &[u8], b: &[u8]) -> Ordering {
    a.iter()
        .map(|&byte| plain(byte))
        .cmp(b.iter().map(|&byte| plain(byte)))
}

/// Like [`compare`], both sides as ASCII lower case.
pub fn compare_ignoring_case(a: &[u8], b: &[u8]) -> Ordering {
    a.iter()
        .map(|&byte| lower(byte))
        .cmp(b.iter().map(|&byte| lower(byte)))
}

/// Difference of the first bytes that differ, as ASCII lower case, 0 standing behind each end.
pub fn difference_ignoring_case(a: &[u8], b: &[u8]) -> i32 {
    let mut a = a.iter().map(|&byte| lower(byte));
    let mut b = b.iter().map(|&byte| lower(byte));
    loop {
        let (left, right) = (a.next(), b.next());
        if left != right || left.is_none() {
            return i32::from(left.unwrap_or(0)).wrapping_sub(i32::from(right.unwrap_or(0)));
        }
    }
}

/// Equality whose time depends on the length only.
pub fn equal_in_constant_time(a: &[u8], b: &[u8]) -> bool {
    let differences = a
        .iter()
        .zip(b)
        .fold(0u8, |all, (x, y)| core::hint::black_box(all | (x ^ y)));
    a.len() == b.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order() {
        assert_eq!(compare(b"", b""), Ordering::Equal);
        assert_eq!(compare(b"a", b"ab"), Ordering::Less);
        assert_eq!(compare(b"b", b"ab"), Ordering::Greater);
        assert_eq!(
            compare(b"\xff", b"a"),
            if c_char::MIN == 0 {
                Ordering::Greater
            } else {
                Ordering::Less
            }
        );
        assert_eq!(compare_ignoring_case(b"aBc", b"AbC"), Ordering::Equal);
        assert_eq!(compare_ignoring_case(b"Z", b"["), Ordering::Greater);
    }

    #[test]
    fn differences() {
        assert_eq!(difference_ignoring_case(b"", b"1"), -0x31);
        assert_eq!(difference_ignoring_case(b"1", b""), 0x31);
        assert_eq!(difference_ignoring_case(b"ABC", b"abd"), -1);
        assert_eq!(difference_ignoring_case(b"Hi", b"hI"), 0);
    }

    #[test]
    fn constant_time_equality() {
        assert!(equal_in_constant_time(b"", b""));
        assert!(equal_in_constant_time(b"abc", b"abc"));
        assert!(!equal_in_constant_time(b"abc", b"abd"));
        assert!(!equal_in_constant_time(b"abc", b"ab"));
    }
}
