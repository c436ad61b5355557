//! Base64 (RFC 4648 §4) and base64url (§5), and the lenient decoder that the C API promises.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const PAD: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
static STANDARD_ENGINE: GeneralPurpose = GeneralPurpose::new(&STANDARD, PAD);
static URL_ENGINE: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, PAD.with_encode_padding(false));

/// Number of characters of the padded text of `n` bytes.
pub fn encoded_len(n: usize) -> usize {
    n.div_ceil(3).saturating_mul(4)
}

/// Encodes with padding; the number of characters, or `None` when `out` is shorter than [`encoded_len`].
pub fn encode(data: &[u8], out: &mut [u8]) -> Option<usize> {
    STANDARD_ENGINE.encode_slice(data, out).ok()
}

/// Encodes with the URL alphabet and without padding; `None` when `out` is shorter than the padded text would be.
pub fn encode_url(data: &[u8], out: &mut [u8]) -> Option<usize> {
    if out.len() < encoded_len(data.len()) {
        return None;
    }
    URL_ENGINE.encode_slice(data, out).ok()
}

/// Decodes complete groups of four characters; the number of bytes, or `None` for a foreign character, padding out of
/// place, or an `out` shorter than three bytes for each group.
///
/// Lenient where the C API is: an incomplete last group is ignored, groups may follow a padded one, unused bits do
/// not matter. Protocols that must not be lenient use [`decode_strict`].
pub fn decode(text: &[u8], out: &mut [u8]) -> Option<usize> {
    let text = text.get(..text.len() & !3)?;
    // Nearly every text has padding at its end only, if at all: one pass.
    match STANDARD_ENGINE.decode_slice(text, out) {
        Ok(written) => Some(written),
        Err(_) => decode_groups(text, out),
    }
}

/// [`decode`] of complete groups, with padding anywhere.
fn decode_groups(mut text: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut written = 0usize;
    while !text.is_empty() {
        // All groups before the one with the next padding.
        let pad = memchr::memchr(b'=', text);
        let plain = pad.map_or(text.len(), |at| at & !3);
        let (plain, rest) = text.split_at(plain);
        let free = out.get_mut(written..)?;
        written = written.checked_add(STANDARD_ENGINE.decode_slice(plain, free).ok()?)?;
        text = rest;
        if let Some((group, rest)) = rest.split_first_chunk::<4>() {
            let significant = match group {
                [_, _, b'=', b'='] => group.get(..2)?,
                [_, _, _, b'='] => group.get(..3)?,
                // `=` in the third place only: the group ends there.
                [_, _, b'=', last] if is_letter(*last) => group.get(..2)?,
                _ => return None,
            };
            let free = out.get_mut(written..)?;
            written = written.checked_add(STANDARD_ENGINE.decode_slice(significant, free).ok()?)?;
            text = rest;
        }
    }
    Some(written)
}

fn is_letter(byte: u8) -> bool {
    matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/')
}

/// Decodes strictly: canonical padding, no unused bits, nothing else. `None` on any error or a short `out`.
pub fn decode_strict(text: &[u8], out: &mut [u8]) -> Option<usize> {
    base64::engine::general_purpose::STANDARD
        .decode_slice(text, out)
        .ok()
}

/// Decodes the URL alphabet up to the first `=`; unused bits do not matter. `None` on a foreign character, a single
/// character left over, or a short `out`.
pub fn decode_url(text: &[u8], out: &mut [u8]) -> Option<usize> {
    let end = memchr::memchr(b'=', text).unwrap_or(text.len());
    URL_ENGINE.decode_slice(text.get(..end)?, out).ok()
}

/// One step of incremental encoding.
///
/// `n` characters are in `buf`; unless `n` is a multiple of four, `buf[n]` holds the bits carried over, as a number.
/// Returns the new `n`. A `buf` that is too short is left alone.
pub fn update(byte: u8, buf: &mut [u8], n: usize) -> usize {
    let carried = buf.get(n).copied().unwrap_or(0);
    let (first, second, step) = match n & 3 {
        0 => (byte >> 2, (byte & 3) << 4, 1usize),
        1 => (carried | (byte >> 4), (byte & 15) << 2, 1),
        _ => (carried | (byte >> 6), byte & 63, 2),
    };
    let second = if step == 2 { letter(second) } else { second };
    match buf.get_mut(n..).and_then(|tail| tail.get_mut(..2)) {
        Some(tail) => {
            tail.copy_from_slice(&[letter(first), second]);
            n.saturating_add(step)
        }
        None => n,
    }
}

/// Ends incremental encoding: the carried bits, padding, a NUL. Returns the number of characters before it.
pub fn finish(buf: &mut [u8], n: usize) -> usize {
    let mut n = n;
    if n & 3 != 0 {
        let carried = buf.get(n).copied().unwrap_or(0);
        put(buf, &mut n, letter(carried));
        while n & 3 != 0 && n < buf.len() {
            put(buf, &mut n, b'=');
        }
    }
    let length = n;
    put(buf, &mut n, 0);
    length
}

fn put(buf: &mut [u8], n: &mut usize, byte: u8) {
    if let Some(slot) = buf.get_mut(*n) {
        *slot = byte;
        *n = n.saturating_add(1);
    }
}

/// The character of six bits.
pub fn letter(bits: u8) -> u8 {
    match bits & 63 {
        bits @ 0..=25 => b'A'.wrapping_add(bits),
        bits @ 26..=51 => (b'a' - 26).wrapping_add(bits),
        bits @ 52..=61 => bits.wrapping_sub(4),
        62 => b'+',
        _ => b'/',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn decoded(text: &[u8]) -> Option<Vec<u8>> {
        let mut out = [0; 64];
        decode(text, &mut out).map(|n| out[..n].to_vec())
    }

    #[test]
    fn rfc_vectors() {
        let cases: [(&[u8], &[u8]); 7] = [
            (b"", b""),
            (b"f", b"Zg=="),
            (b"fo", b"Zm8="),
            (b"foo", b"Zm9v"),
            (b"foob", b"Zm9vYg=="),
            (b"fooba", b"Zm9vYmE="),
            (b"foobar", b"Zm9vYmFy"),
        ];
        for (data, text) in cases {
            let mut out = [0; 16];
            let n = encode(data, &mut out).unwrap();
            assert_eq!(&out[..n], text);
            assert_eq!(decoded(text).unwrap(), data);
            assert_eq!(
                encode(data, &mut out[..text.len().saturating_sub(1)]).is_none(),
                !text.is_empty()
            );
        }
    }

    #[test]
    fn leniency() {
        assert_eq!(decoded(b"YWJjZ").unwrap(), b"abc");
        assert_eq!(decoded(b"A").unwrap(), b"");
        assert_eq!(decoded(b"Zg==Zm9v").unwrap(), b"ffoo");
        assert_eq!(decoded(b"Zh==").unwrap(), b"f");
        assert_eq!(decoded(b"Zg=a").unwrap(), b"f");
        for text in [
            &b"Z==="[..],
            b"====",
            b"=aaa",
            b"Zm9v====",
            b"Zm 9",
            b"Zm9\n",
            b"Zm-_",
            b"Z=g=",
            b"ab\xff=",
        ] {
            assert_eq!(decoded(text), None, "{text:?}");
        }
    }

    #[test]
    fn url_alphabet() {
        let mut out = [0; 8];
        assert_eq!(encode_url(b"\xfb\xff", &mut out), Some(3));
        assert_eq!(&out[..3], b"-_8");
        assert_eq!(encode_url(b"\xfb\xff", &mut out[..3]), None);
        assert_eq!(decode_url(b"-_8", &mut out), Some(2));
        assert_eq!(decode_url(b"-_8=junk", &mut out), Some(2));
        assert_eq!(decode_url(b"-_8", &mut out[..1]), None);
        for text in [&b"+/8"[..], b"A", b"AAAAA", b"A A"] {
            assert_eq!(decode_url(text, &mut out), None, "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn incremental_equals_whole(data in proptest::collection::vec(any::<u8>(), 0..40)) {
            let (mut whole, mut steps) = ([0xaa; 64], [0xaa; 64]);
            let expected = encode(&data, &mut whole).unwrap();
            let n = data.iter().fold(0, |n, &byte| update(byte, &mut steps, n));
            let n = finish(&mut steps, n);
            prop_assert_eq!(&steps[..n], &whole[..expected]);
            prop_assert_eq!(steps[n], 0);
        }

        #[test]
        fn one_pass_equals_groups(text in "[AQZw+/=]{0,24}", room in 0usize..20) {
            let (mut one, mut groups) = ([0; 20], [0; 20]);
            let whole = &text.as_bytes()[..text.len() & !3];
            let n = decode(text.as_bytes(), &mut one[..room]);
            prop_assert_eq!(n, decode_groups(whole, &mut groups[..room]));
            let n = n.unwrap_or(0);
            prop_assert_eq!(&one[..n], &groups[..n]);
        }

        #[test]
        fn decoders_never_panic(text in proptest::collection::vec(any::<u8>(), 0..40), room in 0usize..40) {
            let mut out = [0; 40];
            let _ = decode(&text, &mut out[..room]);
            let _ = decode_url(&text, &mut out[..room]);
            let _ = decode_strict(&text, &mut out[..room]);
        }
    }
}
