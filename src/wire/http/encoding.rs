//! Does a client take gzip? (RFC 9110 §12.5.3)

/// Reads the value of `Accept-Encoding`: `gzip` is named and not refused by `q=0`.
pub fn accepts_gzip(value: &[u8]) -> bool {
    value.split(|b| *b == b',').any(|item| {
        let mut fields = item.split(|b| *b == b';').map(<[u8]>::trim_ascii);
        let coding = fields.next().unwrap_or_default();
        let named = coding.eq_ignore_ascii_case(b"gzip") || coding.eq_ignore_ascii_case(b"x-gzip");
        named && !fields.any(is_refusal)
    })
}

/// `q=0`, `q=0.0` and so on.
fn is_refusal(field: &[u8]) -> bool {
    let weight = field
        .strip_prefix(b"q=")
        .or_else(|| field.strip_prefix(b"Q="));
    weight.is_some_and(|w| !w.is_empty() && w.iter().all(|b| matches!(b, b'0' | b'.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip() {
        for value in [
            "gzip",
            "deflate, gzip",
            "br;q=1, GZIP ; q=0.5",
            "gzip;q=0.001",
            "x-gzip",
        ] {
            assert!(accepts_gzip(value.as_bytes()), "{value}");
        }
        for value in [
            "",
            "identity",
            "gzip;q=0",
            "gzip; q=0.000",
            "gzipped",
            "*;q=0",
        ] {
            assert!(!accepts_gzip(value.as_bytes()), "{value}");
        }
    }
}
