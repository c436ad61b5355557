//! The head of a reply and the frame of a chunk, written without any formatting machinery.

use super::status::reason;

/// Longest piece written here: the status line with the longest phrase.
const LINE: usize = 64;
/// Columns of the number after `Content-Length: `.
const LENGTH_COLUMNS: usize = 11;

/// A short run of bytes on the stack.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    bytes: [u8; LINE],
    len: usize,
}

impl Line {
    const fn new() -> Self {
        Line {
            bytes: [0; LINE],
            len: 0,
        }
    }

    /// The bytes.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Appends `text`; every caller's pieces fit.
    #[inline]
    fn push(&mut self, text: &[u8]) {
        let end = self.len.saturating_add(text.len());
        debug_assert!(end <= LINE);
        if let Some(room) = self.bytes.get_mut(self.len..end) {
            room.copy_from_slice(text);
            self.len = end;
        }
    }

    /// Appends `n` in `base` up to 16, with at least `width` digits.
    #[inline]
    fn push_number(&mut self, mut n: u64, base: u64, width: usize) {
        let mut digits = [b'0'; 20];
        let mut used = 0usize;
        for slot in digits.iter_mut().rev() {
            if n == 0 && used >= width.max(1) {
                break;
            }
            let digit = n.checked_rem(base).unwrap_or(0) as u32;
            *slot = char::from_digit(digit, 16).unwrap_or('0') as u8;
            n = n.checked_div(base).unwrap_or(0);
            used = used.saturating_add(1);
        }
        let start = digits.len().saturating_sub(used);
        self.push(digits.get(start..).unwrap_or_default());
    }
}

/// `HTTP/1.1 <status> <reason>` and CRLF.
#[inline]
pub fn status_line(status: i32) -> Line {
    let mut line = Line::new();
    if status == 200 {
        line.push(b"HTTP/1.1 200 OK\r\n");
        return line;
    }
    line.push(b"HTTP/1.1 ");
    if status < 0 {
        line.push(b"-");
    }
    line.push_number(u64::from(status.unsigned_abs()), 10, 1);
    line.push(b" ");
    line.push(reason(status).as_bytes());
    line.push(b"\r\n");
    line
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
    let start = line.len;
    line.push_number(n as u64, 10, 1);
    while line.len.saturating_sub(start) < columns {
        line.push(b" ");
    }
    line.push(b"\r\n\r\n");
    line
}

/// Size line of a chunk: lowercase hex without leading zeros, CRLF.
#[inline]
pub fn chunk_size(n: usize) -> Line {
    let mut line = Line::new();
    line.push_number(n as u64, 16, 1);
    line.push(b"\r\n");
    line
}

/// Size line of a chunk: eight or more lowercase hex digits, CRLF.
#[inline]
pub fn chunk_size_padded(n: usize) -> Line {
    let mut line = Line::new();
    line.push_number(n as u64, 16, 8);
    line.push(b"\r\n");
    line
}

/// May `headers` stand inside a head? Not with an empty line in it, which would end the head early and turn what
/// follows into a body, or a second reply.
#[inline]
pub fn headers_are_safe(headers: &[u8]) -> bool {
    let mut empty = true;
    for byte in headers {
        match byte {
            b'\n' if empty => return false,
            b'\n' => empty = true,
            b'\r' => {}
            _ => empty = false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_lines() {
        assert_eq!(status_line(200).as_bytes(), b"HTTP/1.1 200 OK\r\n");
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
