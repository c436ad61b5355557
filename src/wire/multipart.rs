//! Multipart bodies (RFC 2046 §5.1, RFC 7578), one part at a time and in place.

use super::http::vars;
use memchr::memchr_iter;

/// One part: slices of the body, nothing decoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part<'a> {
    /// Parameter `name` of `Content-Disposition`.
    pub name: Option<&'a [u8]>,
    /// Parameter `filename` of `Content-Disposition`.
    pub filename: Option<&'a [u8]>,
    /// Content.
    pub body: &'a [u8],
}

/// The part whose boundary line starts at `ofs`, and the offset of the next boundary line.
///
/// `None` at the closing boundary and for a part that is not complete: nothing is made up.
pub fn next(body: &[u8], ofs: usize) -> Option<(Part<'_>, usize)> {
    let (boundary, mut pos) = line(body, ofs)?;
    if boundary.is_empty() {
        return None;
    }
    let mut part = Part::default();
    loop {
        let (header, after) = line(body, pos)?;
        pos = after;
        if header.is_empty() {
            break;
        }
        if let Some(value) = disposition(header) {
            part.name = vars::header_var(value, b"name");
            part.filename = vars::header_var(value, b"filename");
        }
    }
    let rest = body.get(pos..)?;
    let len = content_len(rest, boundary)?;
    part.body = rest.get(..len)?;
    Some((part, pos.checked_add(len)?.checked_add(2)?))
}

/// The line at `ofs` without its CRLF, and the offset behind it. Something must follow the line. A lone CR is data.
fn line(body: &[u8], ofs: usize) -> Option<(&[u8], usize)> {
    let rest = body.get(ofs..)?;
    let end = line_ends(rest).next()?;
    let after = ofs.checked_add(end)?.checked_add(2)?;
    (after < body.len()).then_some((rest.get(..end)?, after))
}

/// Offsets of all CRLF pairs.
fn line_ends(bytes: &[u8]) -> impl Iterator<Item = usize> {
    memchr_iter(b'\r', bytes).filter(|i| bytes.get(i.saturating_add(1)) == Some(&b'\n'))
}

/// Value of a `Content-Disposition` line: one byte behind the colon is skipped.
fn disposition(header: &[u8]) -> Option<&[u8]> {
    const NAME: &[u8] = b"Content-Disposition:";
    let (name, value) = header.split_at_checked(NAME.len())?;
    name.eq_ignore_ascii_case(NAME)
        .then(|| value.get(1..).unwrap_or_default())
}

/// Bytes before the first CRLF that `boundary` follows; the boundary must end in CRLF or `--`.
fn content_len(rest: &[u8], boundary: &[u8]) -> Option<usize> {
    line_ends(rest).find(|end| {
        let after = rest.get(end.saturating_add(2)..).unwrap_or_default();
        let tail = after.strip_prefix(boundary);
        tail.is_some_and(|tail| tail.starts_with(b"\r\n") || tail.starts_with(b"--"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    const FORM: &[u8] = b"--xyz\r\nContent-Disposition: form-data; name=\"val\"\r\n\r\nabc\r\n def\r\n\r\n--xyz\r\n\
        content-disposition: form-data; name=\"f\"; filename=\"a\rb.txt\"\r\nContent-Type: x\r\n\r\n\r\n--xyz--\r\n";

    fn parts(body: &[u8]) -> Vec<(Part<'_>, usize)> {
        let (mut found, mut ofs) = (Vec::new(), 0);
        while let Some((part, after)) = next(body, ofs) {
            assert!(after > ofs && after < body.len());
            ofs = after;
            found.push((part, after));
        }
        found
    }

    #[test]
    fn form() {
        for body in [FORM, FORM.strip_suffix(b"\r\n").unwrap()] {
            let found = parts(body);
            assert_eq!(found.len(), 2);
            assert_eq!(
                found[0].0,
                Part {
                    name: Some(b"val"),
                    filename: None,
                    body: b"abc\r\n def\r\n"
                }
            );
            assert_eq!(
                found[1].0,
                Part {
                    name: Some(b"f"),
                    filename: Some(b"a\rb.txt"),
                    body: b""
                }
            );
            assert!(body[found[1].1..].starts_with(b"--xyz--"));
        }
    }

    #[test]
    fn d2_d3_broken_bodies() {
        for body in [
            &b""[..],
            b"--xyz",
            b"--xyz\r\n",
            b"\r\n\r\nx\r\n--\r\n",
            b"--xyz\r\n\r\nno end",
            b"--xyz\r\n\r\nno end\r\n--xy",
            b"--xyz\r\n\r\nno end\r\n--xyz",
            b"--xyz\r\n\r\nprefix\r\n--xyzz\r\n",
            b"--xyz\r\nA: b\r\n",
            b"--xyz--\r\n",
        ] {
            assert_eq!(next(body, 0), None, "{body:?}");
        }
        let prefix = b"--b\r\n\r\nx\r\n--bb\r\ny\r\n--b--";
        assert_eq!(next(prefix, 0).unwrap().0.body, b"x\r\n--bb\r\ny");
        assert_eq!(next(FORM, usize::MAX), None);
        assert_eq!(next(FORM, FORM.len()), None);
    }

    proptest! {
        #[test]
        fn any_bytes(body in "[a-z\r\n:-]{0,60}") {
            parts(body.as_bytes());
        }

        #[test]
        fn every_prefix_gives_fewer_parts(cut in 0..200usize) {
            let body = &FORM[..cut.min(FORM.len())];
            let whole = parts(FORM);
            for (i, part) in parts(body).iter().enumerate() {
                prop_assert_eq!(part.0, whole[i].0);
            }
        }
    }
}
