//! A short run of bytes on the stack, put together from constants and digits.

/// Capacity: the longest status line and the longest entity tag fit.
const ROOM: usize = 64;

/// Up to 64 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    bytes: [u8; ROOM],
    len: usize,
}

impl Line {
    pub(super) const fn new() -> Self {
        Line {
            bytes: [0; ROOM],
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
    pub(super) fn push(&mut self, text: &[u8]) {
        let end = self.len.saturating_add(text.len());
        debug_assert!(end <= ROOM);
        if let Some(room) = self.bytes.get_mut(self.len..end) {
            room.copy_from_slice(text);
            self.len = end;
        }
    }

    /// Appends spaces up to `end` bytes.
    #[inline]
    pub(super) fn pad_to(&mut self, end: usize) {
        while self.len < end.min(ROOM) {
            self.push(b" ");
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Appends `n` in decimal.
    #[inline]
    pub(super) fn push_decimal(&mut self, n: u64) {
        self.push_number::<10>(n, 1);
    }

    /// Appends a signed `n` in decimal.
    pub(super) fn push_signed(&mut self, n: i64) {
        if n < 0 {
            self.push(b"-");
        }
        self.push_decimal(n.unsigned_abs());
    }

    /// Appends `n` in lowercase hex with at least `width` digits.
    #[inline]
    pub(super) fn push_hex(&mut self, n: u64, width: usize) {
        self.push_number::<16>(n, width);
    }

    #[inline]
    fn push_number<const BASE: u64>(&mut self, mut n: u64, width: usize) {
        let mut digits = [b'0'; 20];
        let mut used = 0usize;
        for slot in digits.iter_mut().rev() {
            if n == 0 && used >= width {
                break;
            }
            let digit = n.checked_rem(BASE).unwrap_or(0) as u32;
            *slot = char::from_digit(digit, 16).unwrap_or('0') as u8;
            n = n.checked_div(BASE).unwrap_or(0);
            used = used.saturating_add(1);
        }
        let start = digits.len().saturating_sub(used);
        self.push(digits.get(start..).unwrap_or_default());
    }
}
