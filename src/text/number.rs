//! Integers as text, and text as integers.

/// Two decimal digits for each value below 100.
static PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0u8; 2]; 100];
    let mut i = 0usize;
    while i < 100 {
        pairs[i] = [b'0' + (i / 10) as u8, b'0' + (i % 10) as u8];
        i += 1;
    }
    pairs
};

/// Longest decimal text: 20 digits, or a sign and 19 digits.
const DECIMAL_MAX: usize = 20;
/// Longest hexadecimal text.
const HEX_MAX: usize = 16;

/// The decimal text of an integer.
pub struct Decimal {
    text: [u8; DECIMAL_MAX],
    start: usize,
}

impl Decimal {
    /// Text of an unsigned value.
    #[inline]
    pub fn unsigned(mut value: u64) -> Self {
        let mut this = Decimal {
            text: [0; DECIMAL_MAX],
            start: DECIMAL_MAX,
        };
        while value >= 100 {
            this.pair((value % 100) as usize);
            value /= 100;
        }
        if value >= 10 {
            this.pair(value as usize);
        } else {
            this.push(b'0' | value as u8);
        }
        this
    }

    /// Text of a signed value.
    #[inline]
    pub fn signed(value: i64) -> Self {
        let mut this = Self::unsigned(value.unsigned_abs());
        if value < 0 {
            this.push(b'-');
        }
        this
    }

    /// The text.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.text.get(self.start..).unwrap_or(&[])
    }

    #[inline]
    fn push(&mut self, byte: u8) {
        self.start = self.start.wrapping_sub(1);
        if let Some(slot) = self.text.get_mut(self.start) {
            *slot = byte;
        }
    }

    #[inline]
    fn pair(&mut self, value: usize) {
        self.start = self.start.wrapping_sub(2);
        let slot = self
            .text
            .get_mut(self.start..)
            .and_then(|tail| tail.first_chunk_mut());
        if let (Some(slot), Some(pair)) = (slot, PAIRS.get(value)) {
            *slot = *pair;
        }
    }
}

/// The lower-case hexadecimal text of an integer.
pub struct Hex {
    text: [u8; HEX_MAX],
    start: usize,
}

impl Hex {
    /// Text of `value` without leading zeros.
    #[inline]
    pub fn new(mut value: u64) -> Self {
        let mut text = [0; HEX_MAX];
        let mut start = HEX_MAX;
        for slot in text.iter_mut().rev() {
            *slot = hex_digit(value as u8);
            start = start.saturating_sub(1);
            value >>= 4;
            if value == 0 {
                break;
            }
        }
        Hex { text, start }
    }

    /// The text.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.text.get(self.start..).unwrap_or(&[])
    }
}

/// The lower-case hexadecimal digit of the low four bits of `value`.
#[inline]
pub fn hex_digit(value: u8) -> u8 {
    match value & 15 {
        low @ 0..=9 => b'0' | low,
        low => (b'a' - 10).wrapping_add(low),
    }
}

/// Value of a digit in `base`.
fn digit(byte: u8, base: u32) -> Option<u32> {
    char::from(byte).to_digit(base)
}

fn digits(text: &[u8], base: u32) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u64, |value, &byte| {
        value
            .checked_mul(u64::from(base))?
            .checked_add(u64::from(digit(byte, base)?))
    })
}

/// Parses an unsigned number: digits of `base` (2, 10 or 16) and nothing else.
///
/// Base 0 goes by the prefix, `0b` or `0x`, else decimal, and needs two characters at least.
pub fn parse(text: &[u8], base: i32) -> Option<u64> {
    match (base, text) {
        (0, [b'0', b'b', rest @ ..]) => digits(rest, 2),
        (0, [b'0', b'x', rest @ ..]) => digits(rest, 16),
        (0, [_, _, ..]) => digits(text, 10),
        (2, _) => digits(text, 2),
        (10, _) => digits(text, 10),
        (16, _) => digits(text, 16),
        _ => None,
    }
}

/// Parses a decimal size; blanks and tabs around it are skipped. No sign.
pub fn parse_size(text: &[u8]) -> Option<usize> {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = text.iter().position(|byte| !blank(byte))?;
    let end = text.iter().rposition(|byte| !blank(byte))?.checked_add(1)?;
    usize::try_from(digits(text.get(start..end)?, 10)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn text_of_numbers() {
        for value in [0, 9, 10, 99, 100, 12345, u64::MAX] {
            assert_eq!(
                Decimal::unsigned(value).as_bytes(),
                format!("{value}").as_bytes()
            );
            assert_eq!(Hex::new(value).as_bytes(), format!("{value:x}").as_bytes());
        }
        for value in [0, -1, -10, i64::MIN, i64::MAX] {
            assert_eq!(
                Decimal::signed(value).as_bytes(),
                format!("{value}").as_bytes()
            );
        }
    }

    #[test]
    fn numbers_of_text() {
        for (text, base, expected) in [
            ("0", 0, None),
            ("00", 0, Some(0)),
            ("0123", 0, Some(123)),
            ("0b101", 0, Some(5)),
            ("0xfF", 0, Some(255)),
            ("0Xff", 0, None),
            ("0x", 0, None),
            ("0b", 0, None),
            ("0b2", 0, None),
            ("0xff", 16, None),
            ("fF", 16, Some(255)),
            ("101", 2, Some(5)),
            ("0b1", 2, None),
            ("7", 10, Some(7)),
            ("7", 8, None),
            ("", 10, None),
            ("-1", 10, None),
            (" 1", 10, None),
            ("1x", 10, None),
            ("18446744073709551615", 10, Some(u64::MAX)),
            ("18446744073709551616", 10, None),
            ("ffffffffffffffff", 16, Some(u64::MAX)),
            ("10000000000000000", 16, None),
        ] {
            assert_eq!(parse(text.as_bytes(), base), expected, "{text} {base}");
        }
    }

    #[test]
    fn sizes_of_text() {
        for (text, expected) in [
            ("0", Some(0)),
            (" \t12 \t", Some(12)),
            ("18446744073709551615", Some(usize::MAX)),
            ("18446744073709551616", None),
            ("", None),
            ("  ", None),
            ("-1", None),
            ("+1", None),
            ("1 2", None),
            ("1,2", None),
            ("0x1", None),
        ] {
            assert_eq!(parse_size(text.as_bytes()), expected, "{text}");
        }
    }
}
