//! Bytes made fit for JSON, HTML and people: escapes, hexadecimal, addresses.

use super::format::Sink;
use super::number::{Decimal, Hex, hex_digit};

/// Writes `text`, replacing each byte for which `replace` gives a substitute.
fn replaced<'a>(sink: &mut impl Sink, text: &[u8], replace: impl Fn(u8) -> Option<&'a [u8]>) {
    let mut rest = text;
    while let Some((at, substitute)) = rest
        .iter()
        .enumerate()
        .find_map(|(at, &byte)| replace(byte).map(|text| (at, text)))
    {
        let (plain, tail) = rest.split_at(at);
        if !plain.is_empty() {
            sink.write(plain);
        }
        sink.write(substitute);
        rest = tail.get(1..).unwrap_or(&[]);
    }
    if !rest.is_empty() {
        sink.write(rest);
    }
}

/// `\u00XX` for each control byte.
const CONTROLS: [[u8; 6]; 32] = {
    let mut controls = [*b"\\u0000"; 32];
    let mut byte = 0;
    while byte < 32 {
        controls[byte][4] = b'0' + (byte as u8 >> 4);
        let low = byte as u8 & 15;
        controls[byte][5] = if low < 10 {
            b'0' + low
        } else {
            b'a' + low - 10
        };
        byte += 1;
    }
    controls
};

/// Writes the inside of a JSON string.
pub fn json(sink: &mut impl Sink, text: &[u8]) {
    static ESCAPES: [[u8; 6]; 32] = CONTROLS;
    replaced(sink, text, |byte| match byte {
        b'"' => Some(b"\\\""),
        b'\\' => Some(b"\\\\"),
        0x20.. => None,
        b'\n' => Some(b"\\n"),
        b'\r' => Some(b"\\r"),
        b'\t' => Some(b"\\t"),
        0x08 => Some(b"\\b"),
        0x0c => Some(b"\\f"),
        control => ESCAPES.get(usize::from(control)).map(|escape| &escape[..]),
    });
}

/// Writes text for HTML, fit for elements and quoted attributes.
pub fn html(sink: &mut impl Sink, text: &[u8]) {
    replaced(sink, text, |byte| match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'>' => Some(b"&gt;"),
        b'"' => Some(b"&quot;"),
        b'\'' => Some(b"&#39;"),
        _ => None,
    });
}

/// Writes two hexadecimal digits for each byte.
pub fn hex(sink: &mut impl Sink, bytes: &[u8]) {
    for part in bytes.chunks(32) {
        let mut text = [0; 64];
        for (pair, &byte) in text.chunks_exact_mut(2).zip(part) {
            pair.copy_from_slice(&hex_pair(byte));
        }
        sink.write(text.get(..part.len().saturating_mul(2)).unwrap_or(&[]));
    }
}

fn hex_pair(byte: u8) -> [u8; 2] {
    [hex_digit(byte >> 4), hex_digit(byte)]
}

/// Writes bytes as hexadecimal pairs with colons between.
pub fn colons(sink: &mut impl Sink, bytes: &[u8]) {
    for (n, &byte) in bytes.iter().enumerate() {
        if n > 0 {
            sink.write(b":");
        }
        sink.write(&hex_pair(byte));
    }
}

/// Writes an IPv4 address.
pub fn ip4(sink: &mut impl Sink, bytes: &[u8; 4]) {
    for (n, &byte) in bytes.iter().enumerate() {
        if n > 0 {
            sink.write(b".");
        }
        sink.write(Decimal::unsigned(byte.into()).as_bytes());
    }
}

/// Writes an IPv6 address: in brackets, always eight groups.
pub fn ip6(sink: &mut impl Sink, bytes: &[u8; 16]) {
    sink.write(b"[");
    for (n, group) in bytes.as_chunks::<2>().0.iter().enumerate() {
        if n > 0 {
            sink.write(b":");
        }
        sink.write(Hex::new(u16::from_be_bytes(*group).into()).as_bytes());
    }
    sink.write(b"]");
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn with(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out);
        out
    }

    #[test]
    fn json_strings() {
        assert_eq!(
            with(|out| json(out, b"a\x08\x0c\n\r\t\\\"/\x7f\xc3\xa9")),
            b"a\\b\\f\\n\\r\\t\\\\\\\"/\x7f\xc3\xa9"
        );
        assert_eq!(with(|out| json(out, b"\x01\x1f")), b"\\u0001\\u001f");
        assert_eq!(with(|out| json(out, b"")), b"");
    }

    #[test]
    fn html_text() {
        assert_eq!(
            with(|out| html(out, b"<a b='c\"'>&\0")),
            b"&lt;a b=&#39;c&quot;&#39;&gt;&amp;\0"
        );
    }

    #[test]
    fn hexadecimal() {
        assert_eq!(with(|out| hex(out, &[0, 0xab, 0x0f])), b"00ab0f");
        assert_eq!(with(|out| hex(out, &[7; 70])), "07".repeat(70).as_bytes());
        assert_eq!(with(|out| colons(out, &[1, 2, 0xff])), b"01:02:ff");
    }

    #[test]
    fn addresses() {
        assert_eq!(with(|out| ip4(out, &[127, 0, 0, 255])), b"127.0.0.255");
        let mut bytes = [0; 16];
        (bytes[0], bytes[15]) = (0xfe, 0x1a);
        assert_eq!(with(|out| ip6(out, &bytes)), b"[fe00:0:0:0:0:0:0:1a]");
    }
}
