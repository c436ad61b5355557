//! Arithmetic modulo an odd number of `N` words of 64 bits, in Montgomery form (Koc, Acar, Kaliski, 1996).
//!
//! Numbers are little-endian words. Nothing branches on their value.

/// A number of `N` words, lowest first.
pub type Words<const N: usize> = [u64; N];

/// `all` ones when `bit` is 1, zero when it is 0.
fn mask(bit: u64) -> u64 {
    core::hint::black_box(bit).wrapping_neg()
}

/// `a` when `bit` is 0, `b` when it is 1.
pub fn select<const N: usize>(bit: u64, a: &Words<N>, b: &Words<N>) -> Words<N> {
    let mask = mask(bit);
    core::array::from_fn(|i| match (a.get(i), b.get(i)) {
        (Some(a), Some(b)) => a ^ (mask & (a ^ b)),
        _ => 0,
    })
}

/// `x + a * b + carry`: low word, carry.
#[inline(always)]
fn multiply_add(x: u64, a: u64, b: u64, carry: u64) -> (u64, u64) {
    let wide = u128::from(a)
        .wrapping_mul(b.into())
        .wrapping_add(x.into())
        .wrapping_add(carry.into());
    (wide as u64, (wide >> 64) as u64)
}

/// Sum and carry.
fn add<const N: usize>(a: &Words<N>, b: &Words<N>) -> (Words<N>, u64) {
    let (mut sum, mut carry) = ([0; N], 0);
    for ((sum, a), b) in sum.iter_mut().zip(a).zip(b) {
        (*sum, carry) = multiply_add(*a, *b, 1, carry);
    }
    (sum, carry)
}

/// Difference and borrow.
pub fn subtract<const N: usize>(a: &Words<N>, b: &Words<N>) -> (Words<N>, u64) {
    let (mut difference, mut borrow) = ([0; N], 0u64);
    for ((difference, a), b) in difference.iter_mut().zip(a).zip(b) {
        let (first, under) = a.overflowing_sub(*b);
        let (second, again) = first.overflowing_sub(borrow);
        *difference = second;
        borrow = u64::from(under) | u64::from(again);
    }
    (difference, borrow)
}

/// 1 when the number is zero, else 0.
pub fn is_zero<const N: usize>(a: &Words<N>) -> u64 {
    let any = a.iter().fold(0, |any, word| any | word);
    // The top bit of `any | -any` is set unless `any` is zero.
    ((any | any.wrapping_neg()) >> 63) ^ 1
}

/// Words of a big-endian number; `None` when it is too long.
pub fn from_bytes<const N: usize>(bytes: &[u8]) -> Option<Words<N>> {
    let mut words = [0; N];
    let (excess, bytes) = bytes.split_at(bytes.len().saturating_sub(N.saturating_mul(8)));
    if excess.iter().any(|&byte| byte != 0) {
        return None;
    }
    for (word, chunk) in words.iter_mut().zip(bytes.rchunks(8)) {
        *word = chunk
            .iter()
            .fold(0, |word, &byte| word << 8 | u64::from(byte));
    }
    Some(words)
}

/// The low bytes of a number, big-endian, as many as `out` holds.
pub fn to_bytes<const N: usize>(words: &Words<N>, out: &mut [u8]) {
    out.fill(0);
    for (chunk, word) in out.rchunks_mut(8).zip(words) {
        let bytes = word.to_be_bytes();
        let skip = bytes.len().saturating_sub(chunk.len());
        chunk.copy_from_slice(bytes.get(skip..).unwrap_or(&[]));
    }
}

/// Words of a hexadecimal constant.
pub const fn from_hex<const N: usize>(hex: &str) -> Words<N> {
    let bytes = hex.as_bytes();
    let mut words = [0; N];
    let mut i = 0;
    while i < bytes.len() {
        let digit = match bytes[bytes.len() - 1 - i] {
            digit @ b'0'..=b'9' => digit - b'0',
            digit => digit - b'a' + 10,
        };
        words[i / 16] |= (digit as u64) << (i % 16 * 4);
        i += 1;
    }
    words
}

/// An odd modulus and what Montgomery multiplication needs to know of it.
pub struct Modulus<const N: usize> {
    /// The modulus itself.
    pub value: Words<N>,
    /// Minus its inverse modulo 2^64.
    inverse: u64,
    /// One in Montgomery form: R, two to the power of 64 N, reduced.
    pub one: Words<N>,
    /// R squared, reduced.
    square: Words<N>,
}

impl<const N: usize> Modulus<N> {
    /// `value` must be odd and greater than 1; results mean nothing otherwise.
    pub fn new(value: Words<N>) -> Self {
        let low = value.first().copied().unwrap_or(1);
        // Each step doubles the number of right bits.
        let inverse = (0..6).fold(1u64, |x, _| {
            x.wrapping_mul(2u64.wrapping_sub(low.wrapping_mul(x)))
        });
        let mut this = Modulus {
            value,
            inverse: inverse.wrapping_neg(),
            one: [0; N],
            square: [0; N],
        };
        let mut power = [0; N];
        if let Some(low) = power.first_mut() {
            *low = 1;
        }
        for _ in 0..N.saturating_mul(64) {
            power = this.add(&power, &power);
        }
        this.one = power;
        for _ in 0..N.saturating_mul(64) {
            power = this.add(&power, &power);
        }
        this.square = power;
        this
    }

    /// `sum + carry * 2^(64 N)`, below twice the modulus, reduced.
    fn reduce(&self, sum: &Words<N>, carry: u64) -> Words<N> {
        let (less, borrow) = subtract(sum, &self.value);
        // Keep the sum when taking the modulus away borrowed from nothing.
        select(borrow & (carry ^ 1), &less, sum)
    }

    /// Sum of reduced numbers.
    pub fn add(&self, a: &Words<N>, b: &Words<N>) -> Words<N> {
        let (sum, carry) = add(a, b);
        self.reduce(&sum, carry)
    }

    /// Difference of reduced numbers.
    pub fn sub(&self, a: &Words<N>, b: &Words<N>) -> Words<N> {
        let (difference, borrow) = subtract(a, b);
        let (back, _) = add(&difference, &self.value);
        select(borrow, &difference, &back)
    }

    /// Montgomery product: `a * b / R`. One factor is reduced, the other below R.
    pub fn mul(&self, a: &Words<N>, b: &Words<N>) -> Words<N> {
        let (mut sum, mut top) = ([0u64; N], 0u64);
        for &factor in b {
            let mut carry = 0;
            for (sum, &a) in sum.iter_mut().zip(a) {
                (*sum, carry) = multiply_add(*sum, a, factor, carry);
            }
            let (high, over) = top.overflowing_add(carry);
            // Add the multiple of the modulus that makes the low word zero, and drop that word.
            let multiple = sum.first().copied().unwrap_or(0).wrapping_mul(self.inverse);
            let mut carry = 0;
            let mut below: Option<&mut u64> = None;
            for (sum, &value) in sum.iter_mut().zip(&self.value) {
                let (low, next) = multiply_add(*sum, multiple, value, carry);
                carry = next;
                if let Some(below) = below {
                    *below = low;
                }
                below = Some(sum);
            }
            let (low, again) = high.overflowing_add(carry);
            if let Some(below) = below {
                *below = low;
            }
            top = u64::from(over).wrapping_add(u64::from(again));
        }
        self.reduce(&sum, top)
    }

    /// Into Montgomery form, from any number below R.
    pub fn enter(&self, a: &Words<N>) -> Words<N> {
        self.mul(&self.square, a)
    }

    /// Out of Montgomery form.
    pub fn leave(&self, a: &Words<N>) -> Words<N> {
        let mut one = [0; N];
        if let Some(low) = one.first_mut() {
            *low = 1;
        }
        self.mul(a, &one)
    }

    /// `a`, below R, reduced.
    pub fn reduced(&self, a: &Words<N>) -> Words<N> {
        self.leave(&self.enter(a))
    }

    /// Power in Montgomery form; the exponent is big-endian. Every bit costs the same.
    pub fn pow(&self, base: &Words<N>, exponent: &[u8]) -> Words<N> {
        let mut result = self.one;
        for byte in exponent {
            for bit in (0..8).rev() {
                result = self.mul(&result, &result);
                let more = self.mul(&result, base);
                result = select(u64::from(byte >> bit & 1), &result, &more);
            }
        }
        result
    }

    /// Inverse in Montgomery form for a prime modulus (Fermat); zero gives zero.
    pub fn invert(&self, a: &Words<N>) -> Words<N> {
        let mut two = [0; N];
        if let Some(low) = two.first_mut() {
            *low = 2;
        }
        let (exponent, _) = subtract(&self.value, &two);
        let mut bytes = [0; 64];
        let bytes = bytes.get_mut(..N.saturating_mul(8)).unwrap_or(&mut []);
        to_bytes(&exponent, bytes);
        self.pow(a, bytes)
    }

    /// 1 when `a` is below the modulus, else 0.
    pub fn contains(&self, a: &Words<N>) -> u64 {
        subtract(a, &self.value).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn agrees_with_wide_integers(a: u64, b: u64, m: u64) {
            let m = m | 1;
            prop_assume!(m > 1);
            let modulus = Modulus::<1>::new([m]);
            let wide = |x: u128| [(x % u128::from(m)) as u64];
            let (ra, rb) = (wide(a.into()), wide(b.into()));
            prop_assert_eq!(modulus.reduced(&[a]), ra);
            prop_assert_eq!(modulus.add(&ra, &rb), wide(u128::from(ra[0]) + u128::from(rb[0])));
            prop_assert_eq!(modulus.sub(&ra, &rb), wide(u128::from(ra[0]) + u128::from(m) - u128::from(rb[0])));
            let product = modulus.leave(&modulus.mul(&modulus.enter(&[a]), &modulus.enter(&[b])));
            prop_assert_eq!(product, wide(u128::from(ra[0]) * u128::from(rb[0])));
        }

        #[test]
        fn two_words_agree_with_one(a: u32, b: u32, m: u32) {
            let m = u64::from(m) | 1;
            prop_assume!(m > 1);
            let (one, two) = (Modulus::<1>::new([m]), Modulus::<2>::new([m, 0]));
            let power = one.leave(&one.pow(&one.enter(&[a.into()]), &b.to_be_bytes()));
            let power2 = two.leave(&two.pow(&two.enter(&[a.into(), 0]), &b.to_be_bytes()));
            prop_assert_eq!([power[0], 0], power2);
        }

        #[test]
        fn bytes_round_trip(a: [u64; 3]) {
            let mut bytes = [0; 24];
            to_bytes(&a, &mut bytes);
            prop_assert_eq!(from_bytes::<3>(&bytes), Some(a));
        }
    }

    #[test]
    fn lengths() {
        assert_eq!(
            from_bytes::<1>(&[0, 1, 2, 3, 4, 5, 6, 7, 8]),
            Some([0x0102030405060708])
        );
        assert_eq!(from_bytes::<1>(&[1, 1, 2, 3, 4, 5, 6, 7, 8]), None);
        assert_eq!(from_hex::<2>("10000000000000002"), [2, 1]);
        assert_eq!((is_zero(&[0, 0]), is_zero(&[0, 1 << 63])), (1, 0));
    }
}
