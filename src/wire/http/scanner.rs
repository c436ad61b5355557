//! Where does the head of a message end? Line ends may be CRLF or LF, freely mixed.

use super::swar::each_control;

/// What a scan found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadEnd {
    /// No empty line yet.
    Incomplete,
    /// A control byte that no head may hold.
    Invalid,
    /// The head is this many bytes long, its empty line included.
    At(usize),
}

/// The first index at which CRLF may close an empty line: no head starts with its own end.
const FIRST_CRLF_END: usize = 4;

/// Looks for the end of a head in a growing buffer and never looks at a byte twice.
#[derive(Clone, Copy, Debug, Default)]
pub struct HeadScanner {
    /// Bytes already known to be allowed and not to end the head.
    seen: usize,
}

impl HeadScanner {
    /// Scans on where the last call stopped. `buf` holds all bytes of the message so far.
    ///
    /// Call it again with more bytes after [`HeadEnd::Incomplete`]; start a new scanner for the next message.
    #[inline]
    pub fn scan(&mut self, buf: &[u8]) -> HeadEnd {
        let from = self.seen;
        let end = each_control(buf.get(from..).unwrap_or_default(), |step| {
            let at = from.saturating_add(step);
            match buf.get(at) {
                Some(b'\n') if closes_empty_line(buf, at) => {
                    Some(HeadEnd::At(at.saturating_add(1)))
                }
                Some(b'\t' | b'\n' | b'\r') => None,
                _ => Some(HeadEnd::Invalid),
            }
        });
        if end.is_none() {
            self.seen = from.max(buf.len());
        }
        end.unwrap_or(HeadEnd::Incomplete)
    }

    /// Bytes looked at so far.
    pub fn seen(&self) -> usize {
        self.seen
    }
}

/// Does the LF at `at` close an empty line?
#[inline]
fn closes_empty_line(buf: &[u8], at: usize) -> bool {
    match before(buf, at, 1) {
        Some(b'\n') => true,
        Some(b'\r') => at >= FIRST_CRLF_END && before(buf, at, 2) == Some(b'\n'),
        _ => false,
    }
}

#[inline]
fn before(buf: &[u8], at: usize, distance: usize) -> Option<u8> {
    buf.get(at.checked_sub(distance)?).copied()
}

/// Length of the head in `buf`: positive, 0 when more bytes are needed, -1 when a byte is not allowed.
pub fn request_len(buf: &[u8]) -> i64 {
    match HeadScanner::default().scan(buf) {
        HeadEnd::Incomplete => 0,
        HeadEnd::Invalid => -1,
        HeadEnd::At(n) => i64::try_from(n).unwrap_or(-1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The rule, one byte at a time.
    fn naive(buf: &[u8]) -> i64 {
        for (i, b) in buf.iter().enumerate() {
            if *b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r') {
                return -1;
            }
            let lf = *b == b'\n';
            let after_lf = i >= 1 && buf[i - 1] == b'\n';
            let after_crlf = i >= 4 && buf[i - 1] == b'\r' && buf[i - 2] == b'\n';
            if lf && (after_lf || after_crlf) {
                return i as i64 + 1;
            }
        }
        0
    }

    #[test]
    fn documented_cases() {
        for (input, expected) in [
            (&b""[..], 0),
            (b"\n", 0),
            (b"\n\n", 2),
            (b"\r\n\r\n", 0),
            (b"k\r\n\r\n", 5),
            (b"GET / HTTP/1.1\r\n\n", 17),
            (b"GET / HTTP/1.1\n\r\n", 17),
            (b"GET / HTTP/1.1\r\n\r", 0),
            (b"GET / HTTP/1.1\r\n\r\nbody\x01", 18),
            (b"\x01\n\n", -1),
            (b"a\x00", -1),
            (b"a\x7f\x80\xff\t\n\n", 7),
        ] {
            assert_eq!(request_len(input), expected, "{input:?}");
        }
    }

    fn head_like() -> impl Strategy<Value = std::vec::Vec<u8>> {
        let byte = prop_oneof![
            6 => Just(b'\n'), 6 => Just(b'\r'), 1 => Just(b'\t'), 20 => 0x20..=0xffu8, 1 => any::<u8>(),
        ];
        proptest::collection::vec(byte, 0..80)
    }

    proptest! {
        #[test]
        fn equals_the_naive_scan(buf in head_like()) {
            prop_assert_eq!(request_len(&buf), naive(&buf));
        }

        #[test]
        fn growing_buffer_gives_the_same(buf in head_like(), steps in proptest::collection::vec(1..9usize, 1..80)) {
            let mut scanner = HeadScanner::default();
            let mut end = 0;
            let mut last = scanner.scan(&[]);
            for step in steps {
                if last != HeadEnd::Incomplete { break; }
                end = (end + step).min(buf.len());
                last = scanner.scan(&buf[..end]);
            }
            if last == HeadEnd::Incomplete { last = scanner.scan(&buf); }
            prop_assert_eq!(last, HeadScanner::default().scan(&buf));
        }
    }
}
