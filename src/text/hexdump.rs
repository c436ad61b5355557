//! The lines of a hexadecimal dump.

use super::number::hex_digit;

/// Bytes shown per line.
pub const ROW: usize = 16;
/// Room for a line: 16 digits of offset at most, 3 blanks, 3 per byte, 2 blanks, the characters, CR LF.
const LINE: usize = 16 + 3 + ROW * 3 + 2 + ROW + 2;

/// One line under construction.
pub struct Line {
    text: [u8; LINE],
    len: usize,
}

impl Line {
    /// The line for up to 16 bytes at `offset`, CR LF included. Offsets take four digits, more where they must.
    pub fn new(offset: usize, bytes: &[u8]) -> Self {
        let mut line = Line {
            text: [b' '; LINE],
            len: 0,
        };
        let digits = offset
            .checked_ilog2()
            .map_or(0, |bits| bits / 4)
            .saturating_add(1)
            .max(4);
        for n in (0..digits).rev() {
            line.push(hex_digit((offset >> n.saturating_mul(4)) as u8));
        }
        line.pad(3);
        for n in 0..ROW {
            match bytes.get(n) {
                Some(&byte) => {
                    line.push(hex_digit(byte >> 4));
                    line.push(hex_digit(byte));
                    line.pad(1);
                }
                None => line.pad(3),
            }
        }
        line.pad(2);
        for n in 0..ROW {
            let shown = bytes.get(n).map(|&byte| {
                if (0x20..=0x7e).contains(&byte) {
                    byte
                } else {
                    b'.'
                }
            });
            line.push(shown.unwrap_or(b' '));
        }
        line.push(b'\r');
        line.push(b'\n');
        line
    }

    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or(&self.text)
    }

    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.text.get_mut(self.len) {
            *slot = byte;
            self.len = self.len.saturating_add(1);
        }
    }

    fn pad(&mut self, count: usize) {
        self.len = self.len.saturating_add(count).min(LINE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn lines() {
        let expected = format!("0000   61 62 63 {:39}  abc{:13}\r\n", "", "");
        assert_eq!(Line::new(0, b"abc").as_bytes(), expected.as_bytes());
        let full = Line::new(0x12340, &[0xff; 16]);
        assert_eq!(
            full.as_bytes(),
            format!("12340   {}  {}\r\n", "ff ".repeat(16), ".".repeat(16)).as_bytes()
        );
        assert_eq!(
            Line::new(usize::MAX, &[0; 16]).as_bytes().len(),
            16 + 3 + 48 + 2 + 16 + 2
        );
    }
}
