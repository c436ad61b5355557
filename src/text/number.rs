//! Integers as text.

/// Two decimal digits for each value below 100.
const PAIRS: [[u8; 2]; 100] = {
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
        self.start = self.start.saturating_sub(1);
        if let Some(slot) = self.text.get_mut(self.start) {
            *slot = byte;
        }
    }

    #[inline]
    fn pair(&mut self, value: usize) {
        let [tens, ones] = PAIRS.get(value).copied().unwrap_or([b'0'; 2]);
        self.push(ones);
        self.push(tens);
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
