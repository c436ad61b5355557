//! The mask (RFC 6455 §5.3), a word at a time.

/// Masks or unmasks `payload` in place. Its first byte has number `offset` in the frame's payload.
pub fn apply(payload: &mut [u8], mask: [u8; 4], offset: usize) {
    let [a, b, c, d] = mask;
    let turned = match offset & 3 {
        0 => [a, b, c, d],
        1 => [b, c, d, a],
        2 => [c, d, a, b],
        _ => [d, a, b, c],
    };
    let half = u64::from(u32::from_ne_bytes(turned));
    let word = half | half << 32;
    let (blocks, rest) = payload.as_chunks_mut::<64>();
    for block in blocks {
        // A fixed number of words, which compilers turn into vector instructions.
        for bytes in block.as_chunks_mut::<8>().0 {
            *bytes = (u64::from_ne_bytes(*bytes) ^ word).to_ne_bytes();
        }
    }
    let (words, tail) = rest.as_chunks_mut::<8>();
    for bytes in words {
        *bytes = (u64::from_ne_bytes(*bytes) ^ word).to_ne_bytes();
    }
    for (byte, mask) in tail.iter_mut().zip(word.to_ne_bytes()) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(payload: &mut [u8], mask: [u8; 4], offset: usize) {
        for (i, byte) in payload.iter_mut().enumerate() {
            *byte ^= mask[(i + offset) % 4];
        }
    }

    proptest! {
        #[test]
        fn equals_the_naive_mask(payload in proptest::collection::vec(any::<u8>(), 0..70), mask: [u8; 4], offset in 0..9usize) {
            let (mut fast, mut slow) = (payload.clone(), payload.clone());
            apply(&mut fast, mask, offset);
            naive(&mut slow, mask, offset);
            prop_assert_eq!(&fast, &slow);
            apply(&mut fast, mask, offset);
            prop_assert_eq!(fast, payload);
        }

        #[test]
        fn pieces_equal_the_whole(payload in proptest::collection::vec(any::<u8>(), 0..70), mask: [u8; 4], cut in 0..70usize) {
            let (mut whole, mut pieces) = (payload.clone(), payload.clone());
            let cut = cut.min(payload.len());
            apply(&mut whole, mask, 0);
            let (a, b) = pieces.split_at_mut(cut);
            apply(a, mask, 0);
            apply(b, mask, cut);
            prop_assert_eq!(whole, pieces);
        }
    }
}
