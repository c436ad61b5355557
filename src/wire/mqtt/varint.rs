//! The variable byte integer: seven bits per byte, least significant group first, at most four bytes.

use crate::wire::reader::Reader;

/// The largest value that four bytes hold; also the largest remaining length of a packet.
pub const MAX: u32 = 268_435_455;

/// Why no value could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VarintError {
    /// The bytes end before the value does.
    Incomplete,
    /// The fourth byte says that a fifth one follows.
    TooLong,
}

/// An encoded value.
#[derive(Clone, Copy, Debug)]
pub struct Varint {
    bytes: [u8; 4],
    len: usize,
}

impl Varint {
    /// The shortest encoding of `value`, none when it exceeds [`MAX`].
    pub fn encode(value: u32) -> Option<Self> {
        if value > MAX {
            return None;
        }
        let mut varint = Varint {
            bytes: [0; 4],
            len: 0,
        };
        let mut left = value;
        for slot in &mut varint.bytes {
            let [group, ..] = left.to_le_bytes();
            left >>= 7;
            varint.len = varint.len.saturating_add(1);
            *slot = group & 0x7f;
            if left == 0 {
                break;
            }
            *slot |= 0x80;
        }
        Some(varint)
    }

    /// The bytes on the wire.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// Reads one value.
pub fn read(reader: &mut Reader<'_>) -> Result<u32, VarintError> {
    let mut value = 0u32;
    for shift in [0u32, 7, 14, 21] {
        let byte = reader.u8().ok_or(VarintError::Incomplete)?;
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(VarintError::TooLong)
}

/// True when `len` is the number of bytes that the shortest encoding of `value` takes.
pub fn is_minimal(value: u32, len: usize) -> bool {
    Varint::encode(value).is_some_and(|v| v.len == len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn boundaries() {
        let cases: [(u32, &[u8]); 8] = [
            (0, &[0]),
            (127, &[0x7f]),
            (128, &[0x80, 1]),
            (300, &[0xac, 2]),
            (16_383, &[0xff, 0x7f]),
            (16_384, &[0x80, 0x80, 1]),
            (2_097_151, &[0xff, 0xff, 0x7f]),
            (MAX, &[0xff, 0xff, 0xff, 0x7f]),
        ];
        for (value, bytes) in cases {
            assert_eq!(Varint::encode(value).expect("in range").bytes(), bytes);
            assert_eq!(read(&mut Reader::new(bytes)), Ok(value));
        }
        assert!(Varint::encode(MAX + 1).is_none());
    }

    #[test]
    fn refuses_a_fifth_byte() {
        let mut r = Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x7f]);
        assert_eq!(read(&mut r), Err(VarintError::TooLong));
        assert_eq!(
            read(&mut Reader::new(&[0x80])),
            Err(VarintError::Incomplete)
        );
    }

    #[test]
    fn knows_overlong_encodings() {
        assert!(is_minimal(5, 1));
        assert!(!is_minimal(5, 2));
    }

    proptest! {
        #[test]
        fn identity(value in 0..=MAX) {
            let varint = Varint::encode(value).expect("in range");
            let mut r = Reader::new(varint.bytes());
            prop_assert_eq!(read(&mut r), Ok(value));
            prop_assert!(r.is_empty());
            prop_assert!(is_minimal(value, varint.bytes().len()));
        }
    }
}
