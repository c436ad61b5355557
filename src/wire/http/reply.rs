//! The head of a reply and the frame of a chunk, written without any formatting machinery.

use super::line::Line;
use super::status::reason;

/// Columns of the number after `Content-Length: `.
const LENGTH_COLUMNS: usize = 11;

/// The status line of most replies.
pub const STATUS_LINE_200: &[u8] = b"HTTP/1.1 200 OK\r\n";

/// `HTTP/1.1 <status> <reason>` and CRLF.
pub fn status_line(status: i32) -> Line {
    let mut line = Line::new();
    line.push(b"HTTP/1.1 ");
    line.push_signed(i64::from(status));
    line.push(b" ");
    line.push(reason(status).as_bytes());
    line.push(b"\r\n");
    line
}

/// The last header of a reply, its number still blank, and the empty line that ends the head.
pub const LENGTH_FIELD: &[u8] = b"Content-Length:            \r\n\r\n";
/// Where the number begins.
const LENGTH_AT: usize = 16;

/// Writes `n` into a copy of [`LENGTH_FIELD`], left-justified. Eleven digits fit; no buffer holds more bytes.
#[inline]
pub fn put_length(field: &mut [u8], n: usize) {
    let digits = n.checked_ilog10().unwrap_or(0).saturating_add(1) as usize;
    let number = field.get_mut(LENGTH_AT..LENGTH_AT.saturating_add(digits.min(LENGTH_COLUMNS)));
    let mut rest = n;
    for digit in number.unwrap_or_default().iter_mut().rev() {
        *digit = b'0'.wrapping_add((rest % 10) as u8);
        rest /= 10;
    }
}

/// `Content-Length: <n>`, the number padded to eleven columns, and the empty line that ends the head.
#[inline]
pub fn content_length(n: usize) -> Line {
    content_length_padded(n, LENGTH_COLUMNS)
}

/// As [`content_length`] with another number of columns.
#[inline]
pub fn content_length_padded(n: usize, columns: usize) -> Line {
    let mut line = Line::new();
    line.push(b"Content-Length: ");
    let end = line.len().saturating_add(columns);
    line.push_decimal(n as u64);
    line.pad_to(end);
    line.push(b"\r\n\r\n");
    line
}

/// `n` in decimal.
pub fn decimal(n: usize) -> Line {
    let mut line = Line::new();
    line.push_decimal(n as u64);
    line
}

/// Size line of a chunk: lowercase hex without leading zeros, CRLF.
#[inline]
pub fn chunk_size(n: usize) -> Line {
    let mut line = Line::new();
    line.push_hex(n as u64, 1);
    line.push(b"\r\n");
    line
}

/// Size line of a chunk: eight or more lowercase hex digits, CRLF.
#[inline]
pub fn chunk_size_padded(n: usize) -> Line {
    let mut line = Line::new();
    line.push_hex(n as u64, 8);
    line.push(b"\r\n");
    line
}

/// May `headers` stand inside a head? Not with an empty line in it, which would end the head early and turn what
/// follows into a body, or a second reply.
#[inline]
pub fn headers_are_safe(headers: &[u8]) -> bool {
    // A line ends at each LF; it is empty when only CRs stand before it.
    let mut start = 0usize;
    for end in memchr::memchr_iter(b'\n', headers) {
        let line = headers.get(start..end).unwrap_or_default();
        if line.iter().all(|b| *b == b'\r') {
            return false;
        }
        start = end.saturating_add(1);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_lines() {
        assert_eq!(status_line(200).as_bytes(), STATUS_LINE_200);
        assert_eq!(status_line(201).as_bytes(), b"HTTP/1.1 201 Created\r\n");
        assert_eq!(status_line(299).as_bytes(), b"HTTP/1.1 299 \r\n");
        assert_eq!(status_line(0).as_bytes(), b"HTTP/1.1 0 \r\n");
        assert_eq!(status_line(-7).as_bytes(), b"HTTP/1.1 -7 \r\n");
        assert_eq!(
            status_line(i32::MIN).as_bytes(),
            b"HTTP/1.1 -2147483648 \r\n"
        );
        for status in 0..1000 {
            let line = status_line(status);
            assert!(line.as_bytes().ends_with(b"\r\n"), "{status}");
        }
    }

    #[test]
    fn lengths() {
        assert_eq!(
            content_length(2).as_bytes(),
            b"Content-Length: 2          \r\n\r\n"
        );
        assert_eq!(
            content_length(0).as_bytes(),
            b"Content-Length: 0          \r\n\r\n"
        );
        assert_eq!(
            content_length(12_345_678_901).as_bytes(),
            b"Content-Length: 12345678901\r\n\r\n"
        );
        assert_eq!(
            content_length(usize::MAX).as_bytes(),
            b"Content-Length: 18446744073709551615\r\n\r\n"
        );
        assert_eq!(
            content_length_padded(7, 8).as_bytes(),
            b"Content-Length: 7       \r\n\r\n"
        );
    }

    #[test]
    fn chunk_sizes() {
        assert_eq!(chunk_size(0).as_bytes(), b"0\r\n");
        assert_eq!(chunk_size(0xabc).as_bytes(), b"abc\r\n");
        assert_eq!(chunk_size_padded(0).as_bytes(), b"00000000\r\n");
        assert_eq!(chunk_size_padded(255).as_bytes(), b"000000ff\r\n");
        assert_eq!(
            chunk_size_padded(0x1_2345_6789).as_bytes(),
            b"123456789\r\n"
        );
    }

    #[test]
    fn injected_empty_lines() {
        assert!(headers_are_safe(b""));
        assert!(headers_are_safe(b"A: 1\r\nB: 2\r\n"));
        assert!(!headers_are_safe(b"A: 1\r\n\r\nHTTP/1.1 200 OK\r\n"));
        assert!(!headers_are_safe(b"A: 1\n\nB: 2\n"));
        assert!(!headers_are_safe(b"A: 1\n\r\r\nB: 2\n"));
        assert!(!headers_are_safe(b"\r\nA: 1\r\n"));
    }
}
