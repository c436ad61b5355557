//! Percent coding of URLs and forms (RFC 3986 §2.1).

/// The input is not percent-coded correctly, or the output does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError;

/// Decodes `src` into `dst` and ends it with NUL. `form` turns `+` into a space. Returns the length without NUL.
///
/// On error what `dst` holds is unspecified. `%00` decodes to a NUL byte: a caller that hands the result to a C
/// function checks for it.
pub fn decode(src: &[u8], dst: &mut [u8], form: bool) -> Result<usize, DecodeError> {
    let mut bytes = src.iter();
    let mut slots = dst.iter_mut();
    let mut written = 0usize;
    while let Some(byte) = bytes.next() {
        let decoded = match byte {
            b'%' => hex_pair(bytes.next(), bytes.next()).ok_or(DecodeError)?,
            b'+' if form => b' ',
            other => *other,
        };
        *slots.next().ok_or(DecodeError)? = decoded;
        written = written.saturating_add(1);
    }
    *slots.next().ok_or(DecodeError)? = 0;
    Ok(written)
}

fn hex_pair(high: Option<&u8>, low: Option<&u8>) -> Option<u8> {
    let digit = |b: &u8| (*b as char).to_digit(16);
    let value = digit(high?)?.checked_mul(16)?.checked_add(digit(low?)?)?;
    u8::try_from(value).ok()
}

/// True for bytes that need no coding: letters, digits, `.`, `_`, `-`, `~`.
pub const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'~')
}

/// The three bytes that stand for `byte`, lowercase hex.
pub const fn triplet(byte: u8) -> [u8; 3] {
    [b'%', hex_digit(byte >> 4), hex_digit(byte & 15)]
}

const fn hex_digit(nibble: u8) -> u8 {
    match nibble {
        0..=9 => b'0'.wrapping_add(nibble),
        _ => b'a'.wrapping_sub(10).wrapping_add(nibble),
    }
}

/// Room that must be left, NUL included, before another input byte is coded.
const ROOM: usize = 4;

/// Encodes `src` into `dst` and ends it with NUL. Returns the length without NUL, 0 when it does not fit: each input
/// byte, coded or not, needs room for three bytes and NUL.
pub fn encode(src: &[u8], dst: &mut [u8]) -> usize {
    let written = encode_into(src, dst).unwrap_or(0);
    if let Some(end) = dst.get_mut(written) {
        *end = 0;
    }
    if let Some(last) = dst.last_mut() {
        *last = 0;
    }
    written
}

fn encode_into(src: &[u8], dst: &mut [u8]) -> Option<usize> {
    let mut written = 0usize;
    for byte in src {
        if written.saturating_add(ROOM) >= dst.len() {
            return None;
        }
        let coded = triplet(*byte);
        let piece: &[u8] = if is_unreserved(*byte) {
            core::slice::from_ref(byte)
        } else {
            &coded
        };
        let end = written.saturating_add(piece.len());
        dst.get_mut(written..end)?.copy_from_slice(piece);
        written = end;
    }
    Some(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn decoded(src: &str, form: bool) -> Option<Vec<u8>> {
        let mut dst = [0xaa; 32];
        let n = decode(src.as_bytes(), &mut dst, form).ok()?;
        assert_eq!(dst[n], 0);
        Some(dst[..n].to_vec())
    }

    #[test]
    fn decoding() {
        assert_eq!(decoded("a%20b+c", false).unwrap(), b"a b+c");
        assert_eq!(decoded("a%20b+c", true).unwrap(), b"a b c");
        assert_eq!(decoded("%2e%2E%2f", false).unwrap(), b"../");
        assert_eq!(decoded("%00", false).unwrap(), b"\0");
        assert_eq!(decoded("%252e", false).unwrap(), b"%2e");
        assert_eq!(decoded("", false).unwrap(), b"");
        for bad in ["%", "%2", "%zz", "%2g", "a%", "%+1", "% 1"] {
            assert_eq!(decoded(bad, true), None, "{bad}");
        }
    }

    #[test]
    fn decoding_needs_room_for_nul() {
        assert_eq!(decode(b"", &mut [], false), Err(DecodeError));
        assert_eq!(decode(b"", &mut [1], false), Ok(0));
        assert_eq!(decode(b"abc", &mut [0; 3], false), Err(DecodeError));
        assert_eq!(decode(b"abc", &mut [0; 4], false), Ok(3));
    }

    #[test]
    fn encoding() {
        let mut dst = [0xaa; 16];
        assert_eq!(encode(b"a/\xff~", &mut dst), 8);
        assert_eq!(&dst[..9], b"a%2f%ff~\0");
        assert_eq!(encode(b"", &mut dst), 0);
        assert_eq!(encode(b"abc", &mut [0; 6]), 0);
        assert_eq!(encode(b"abc", &mut [0; 7]), 3);
        assert_eq!(encode(b"abc", &mut []), 0);
    }

    proptest! {
        #[test]
        fn decode_undoes_encode(src in proptest::collection::vec(any::<u8>(), 0..70), room in 0..300usize) {
            let mut coded = std::vec![0xaa; room];
            let n = encode(&src, &mut coded);
            if n > 0 {
                let mut back = std::vec![0; src.len() + 1];
                prop_assert_eq!(decode(&coded[..n], &mut back, false), Ok(src.len()));
                prop_assert_eq!(&back[..src.len()], &src[..]);
            }
        }
    }
}
