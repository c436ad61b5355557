//! Eight bytes at a time, in plain safe Rust: find the bytes that end a word or a line.

const LOW7: u64 = 0x7f7f_7f7f_7f7f_7f7f;
const HIGH: u64 = 0x8080_8080_8080_8080;
const ONES: u64 = 0x0101_0101_0101_0101;

/// Sets the high bit of each byte of `word` that is below `limit` (at most 0x80); all other bits are zero.
#[inline]
const fn below(word: u64, limit: u64) -> u64 {
    // Added to the low seven bits of a byte, this carries into the high bit when the byte is `limit` or more.
    let carry = ONES.wrapping_mul(0x80u64.wrapping_sub(limit));
    !((word & LOW7).wrapping_add(carry) | word) & HIGH
}

/// As [`below`], for bytes equal to `byte` (below 0x80).
#[inline]
const fn equal(word: u64, byte: u8) -> u64 {
    below(word ^ ONES.wrapping_mul(byte as u64), 1)
}

/// As [`below`], for the bytes from 0x7f on.
#[inline]
const fn not_graphic_high(word: u64) -> u64 {
    !below(word, 0x7f) & HIGH
}

/// High bits of the bytes that are no printable ASCII characters: blanks, controls, DEL, anything beyond.
#[inline]
const fn not_graphic(word: u64) -> u64 {
    below(word, 0x21) | not_graphic_high(word)
}

/// Index of the first byte for which `mask` sets the high bit; `hit` says the same of one byte.
#[inline]
fn find(bytes: &[u8], mask: impl Fn(u64) -> u64, hit: impl Fn(u8) -> bool) -> Option<usize> {
    let (words, tail) = bytes.as_chunks::<8>();
    let mut base = 0usize;
    for word in words {
        let found = mask(u64::from_le_bytes(*word));
        if found != 0 {
            return Some(base.wrapping_add(first(found)));
        }
        base = base.wrapping_add(8);
    }
    let i = tail.iter().position(|b| hit(*b))?;
    Some(base.wrapping_add(i))
}

/// Index of the first byte whose high bit is set.
#[inline]
fn first(mask: u64) -> usize {
    (mask.trailing_zeros() / 8) as usize
}

/// Index of the first byte below 0x20. Tabs count: heads rarely hold any, so the caller looks at the byte found.
#[inline]
pub fn find_control(bytes: &[u8]) -> Option<usize> {
    find(bytes, |word| below(word, 0x20), is_control)
}

/// Length of the run of printable ASCII at the start; with `colon` it ends before a colon, too.
#[inline]
pub fn graphic_run(bytes: &[u8], colon: bool) -> usize {
    let end = if colon {
        find(
            bytes,
            |word| not_graphic(word) | equal(word, b':'),
            |b| !b.is_ascii_graphic() || b == b':',
        )
    } else {
        find(bytes, not_graphic, |b| !b.is_ascii_graphic())
    };
    end.unwrap_or(bytes.len())
}

/// Calls `visit` with the index of each byte below 0x20, in order, until it answers.
#[inline]
pub fn each_control<T>(bytes: &[u8], mut visit: impl FnMut(usize) -> Option<T>) -> Option<T> {
    let (words, tail) = bytes.as_chunks::<8>();
    let mut base = 0usize;
    for word in words {
        let mut found = below(u64::from_le_bytes(*word), 0x20);
        while found != 0 {
            if let Some(answer) = visit(base.wrapping_add(first(found))) {
                return Some(answer);
            }
            found &= found.wrapping_sub(1);
        }
        base = base.wrapping_add(8);
    }
    let controls = tail.iter().enumerate().filter(|(_, b)| is_control(**b));
    controls.map(|(i, _)| base.wrapping_add(i)).find_map(visit)
}

#[inline]
fn is_control(byte: u8) -> bool {
    byte < 0x20
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    /// The same by single bytes.
    fn check(bytes: &[u8]) {
        let graphic = |b: &u8| b.is_ascii_graphic();
        assert_eq!(find_control(bytes), bytes.iter().position(|b| *b < 0x20));
        assert_eq!(
            graphic_run(bytes, false),
            bytes.iter().take_while(|b| graphic(b)).count()
        );
        assert_eq!(
            graphic_run(bytes, true),
            bytes
                .iter()
                .take_while(|b| graphic(b) && **b != b':')
                .count()
        );
        let mut seen = Vec::new();
        let answer = each_control(bytes, |i| {
            seen.push(i);
            None::<()>
        });
        assert_eq!(answer, None);
        assert_eq!(
            seen,
            (0..bytes.len())
                .filter(|i| bytes[*i] < 0x20)
                .collect::<Vec<_>>()
        );
        assert_eq!(each_control(bytes, Some), seen.first().copied());
    }

    #[test]
    fn each_byte_value_at_each_place() {
        for value in 0..=255u8 {
            for at in 0..17 {
                let mut bytes = [b'x'; 17];
                bytes[at] = value;
                check(&bytes);
            }
        }
    }

    proptest! {
        #[test]
        fn equals_the_naive_search(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            check(&bytes);
        }

        #[test]
        fn equals_the_naive_search_in_text(bytes in "[ -~:\t\r\n]{0,40}") {
            check(bytes.as_bytes());
        }
    }
}
