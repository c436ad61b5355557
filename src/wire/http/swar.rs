//! Eight bytes at a time, in plain safe Rust: find the next control byte.

const LOW7: u64 = 0x7f7f_7f7f_7f7f_7f7f;
const HIGH: u64 = 0x8080_8080_8080_8080;
/// Added to the low seven bits of a byte, it carries into the high bit when the byte is 0x20 or more.
const CARRY: u64 = 0x6060_6060_6060_6060;

/// Sets the high bit of each byte of `word` that is below 0x20; all other bits are zero.
const fn control_mask(word: u64) -> u64 {
    !((word & LOW7).wrapping_add(CARRY) | word) & HIGH
}

/// Index of the first byte below 0x20 in `bytes`.
///
/// Tabs count: heads rarely hold any, so the caller looks at the byte found.
#[inline]
pub fn find_control(bytes: &[u8]) -> Option<usize> {
    let (words, tail) = bytes.as_chunks::<8>();
    let mut base = 0usize;
    for word in words {
        let mask = control_mask(u64::from_le_bytes(*word));
        if mask != 0 {
            return Some(base.wrapping_add((mask.trailing_zeros() / 8) as usize));
        }
        base = base.wrapping_add(8);
    }
    let i = tail.iter().position(|b| *b < 0x20)?;
    Some(base.wrapping_add(i))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_byte_value_at_each_place() {
        for value in 0..=255u8 {
            for at in 0..17 {
                let mut bytes = [b'x'; 17];
                bytes[at] = value;
                let expected = (value < 0x20).then_some(at);
                assert_eq!(find_control(&bytes), expected, "{value:#x} at {at}");
            }
        }
    }

    proptest! {
        #[test]
        fn equals_the_naive_search(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            prop_assert_eq!(find_control(&bytes), bytes.iter().position(|b| *b < 0x20));
        }
    }
}
