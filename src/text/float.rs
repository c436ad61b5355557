//! Doubles as text, exactly: the decimal expansion is computed in full and rounded once.

use super::number::Decimal;

/// Each limb holds nine decimal digits.
const BASE: u32 = 1_000_000_000;
const LIMB_DIGITS: usize = 9;
/// Limbs before the decimal point: the largest double has 309 digits.
const POINT: usize = 36;
/// Limbs in all: the smallest double has 1074 decimals.
const LIMBS: usize = POINT + 120;
/// Significant digits of an expansion: at most 767, spread over whole limbs.
const DIGITS: usize = 792;
/// Decimals of the longest expansion. A larger precision of `%f` is cut to it.
const MAX_DECIMALS: usize = 1074;
/// From here on a double is an integer.
pub(super) const INTEGRAL: f64 = 4_503_599_627_370_496.0;

/// Half a unit of the last place, by number of decimals. With more decimals it vanishes beside any value of at least 0.1.
pub(super) static HALF: [f64; 17] = [
    5e-1, 5e-2, 5e-3, 5e-4, 5e-5, 5e-6, 5e-7, 5e-8, 5e-9, 5e-10, 5e-11, 5e-12, 5e-13, 5e-14, 5e-15,
    5e-16, 5e-17,
];

/// The text of a double.
pub struct Float {
    negative: bool,
    body: Body,
}

enum Body {
    Text(&'static [u8]),
    /// This many decimals, zeros where the digits end.
    Fixed(Digits, usize),
    /// One digit before the point and the exponent.
    Scientific(Digits, i32),
}

impl Float {
    /// `%f`: `precision` decimals.
    ///
    /// From 0.1 on, half a unit of the last place is added in binary and the sum is cut; below, the exact value is
    /// rounded half up. Zero is `0` whatever the precision.
    pub fn fixed(value: f64, precision: usize) -> Self {
        Self::new(value, |magnitude| {
            let decimals = precision.min(MAX_DECIMALS);
            let places = i32::try_from(decimals).unwrap_or(i32::MAX);
            let digits = if magnitude >= 0.1 {
                let half = HALF
                    .get(decimals)
                    .copied()
                    .filter(|_| magnitude < INTEGRAL)
                    .unwrap_or(0.0);
                let mut digits = Digits::new(magnitude + half);
                digits.cut(digits.point.saturating_add(places));
                digits
            } else {
                let mut digits = Digits::new(magnitude);
                digits.round(digits.point.saturating_add(places));
                digits
            };
            Body::Fixed(digits, decimals)
        })
    }

    /// `%g`: `precision` significant digits, rounded half up, trailing zeros removed.
    ///
    /// Scientific when `precision` is at least 2 and the decimal exponent is at least `precision` or at most minus
    /// `precision`.
    pub fn general(value: f64, precision: usize) -> Self {
        Self::new(value, |magnitude| {
            let precision = i32::try_from(precision).unwrap_or(i32::MAX);
            let mut digits = Digits::new(magnitude);
            digits.round(precision.max(1));
            let exponent = digits.point.saturating_sub(1);
            if precision > 1 && (exponent >= precision || exponent <= precision.saturating_neg()) {
                return Body::Scientific(digits, exponent);
            }
            let length = i32::try_from(digits.len).unwrap_or(i32::MAX);
            let decimals = usize::try_from(length.saturating_sub(digits.point)).unwrap_or(0);
            Body::Fixed(digits, decimals)
        })
    }

    fn new(value: f64, finite: impl FnOnce(f64) -> Body) -> Self {
        if value == 0.0 {
            Float {
                negative: false,
                body: Body::Text(b"0"),
            }
        } else if value.is_nan() {
            Float {
                negative: false,
                body: Body::Text(b"nan"),
            }
        } else if value.is_infinite() {
            Float {
                negative: value < 0.0,
                body: Body::Text(b"inf"),
            }
        } else {
            let magnitude = f64::from_bits(value.to_bits() & (u64::MAX >> 1));
            Float {
                negative: value < 0.0,
                body: finite(magnitude),
            }
        }
    }

    /// Number of bytes of the text.
    pub fn len(&self) -> usize {
        let mut len = 0usize;
        self.parts(|part, zeros| len = len.saturating_add(part.len()).saturating_add(zeros));
        len
    }

    /// Always false: the text is never empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Hands out the text in pieces, each followed by a number of zeros.
    pub fn parts(&self, mut emit: impl FnMut(&[u8], usize)) {
        if self.negative {
            emit(b"-", 0);
        }
        match &self.body {
            Body::Text(text) => emit(text, 0),
            Body::Fixed(digits, decimals) => digits.fixed(*decimals, emit),
            Body::Scientific(digits, exponent) => digits.scientific(*exponent, emit),
        }
    }
}

/// Significant decimal digits: the value is 0.d1 d2 d3 … times ten to the power of `point`.
struct Digits {
    digit: [u8; DIGITS],
    len: usize,
    point: i32,
}

impl Digits {
    /// The exact expansion of a positive, finite double.
    fn new(magnitude: f64) -> Self {
        let limbs = Limbs::new(magnitude);
        let mut this = Digits {
            digit: [0; DIGITS],
            len: 0,
            point: 0,
        };
        this.point = (POINT as i32)
            .saturating_sub(limbs.first as i32)
            .saturating_mul(LIMB_DIGITS as i32);
        for &limb in limbs.used() {
            let mut unit = BASE / 10;
            while unit > 0 {
                let digit = ((limb / unit) % 10) as u8;
                unit /= 10;
                if this.len == 0 && digit == 0 {
                    this.point = this.point.saturating_sub(1);
                } else if let Some(slot) = this.digit.get_mut(this.len) {
                    *slot = b'0' | digit;
                    this.len = this.len.saturating_add(1);
                }
            }
        }
        this.trim();
        this
    }

    fn used(&self) -> &[u8] {
        self.digit.get(..self.len).unwrap_or(&[])
    }

    fn trim(&mut self) {
        while let Some(b'0') = self.used().last() {
            self.len = self.len.saturating_sub(1);
        }
    }

    /// Keeps the first `keep` digits.
    fn cut(&mut self, keep: i32) {
        self.len = self.len.min(usize::try_from(keep).unwrap_or(0));
        self.trim();
    }

    /// Keeps the first `keep` digits, rounded half up.
    fn round(&mut self, keep: i32) {
        let Ok(keep) = usize::try_from(keep) else {
            self.len = 0;
            return;
        };
        let up = self.used().get(keep).is_some_and(|&digit| digit >= b'5');
        self.len = self.len.min(keep);
        if up {
            // Nines become zeros and are dropped; the digit before them grows.
            while let Some(b'9') = self.used().last() {
                self.len = self.len.saturating_sub(1);
            }
            match self.digit.get_mut(..self.len).and_then(<[u8]>::last_mut) {
                Some(last) => *last = last.saturating_add(1),
                None => {
                    self.digit[0] = b'1';
                    self.len = 1;
                    self.point = self.point.saturating_add(1);
                }
            }
        }
        self.trim();
    }

    fn fixed(&self, decimals: usize, mut emit: impl FnMut(&[u8], usize)) {
        let digits = self.used();
        let whole = usize::try_from(self.point).unwrap_or(0);
        let (before, after) = digits.split_at(whole.min(digits.len()));
        match whole {
            0 => emit(b"0", 0),
            _ => emit(before, whole.saturating_sub(before.len())),
        }
        if decimals > 0 {
            let gap = usize::try_from(self.point.saturating_neg())
                .unwrap_or(0)
                .min(decimals);
            emit(b".", gap);
            let rest = decimals.saturating_sub(gap);
            let after = after.get(..rest).unwrap_or(after);
            emit(after, rest.saturating_sub(after.len()));
        }
    }

    fn scientific(&self, exponent: i32, mut emit: impl FnMut(&[u8], usize)) {
        let (first, rest) = self.used().split_at(self.len.min(1));
        emit(first, 0);
        if !rest.is_empty() {
            emit(b".", 0);
            emit(rest, 0);
        }
        let magnitude = exponent.unsigned_abs();
        let sign: &[u8] = if exponent < 0 { b"e-" } else { b"e+" };
        emit(sign, usize::from(magnitude < 10));
        emit(Decimal::unsigned(u64::from(magnitude)).as_bytes(), 0);
    }
}

/// A number in base 10^9; `limb[POINT]` is the first limb behind the decimal point.
struct Limbs {
    limb: [u32; LIMBS],
    first: usize,
    end: usize,
}

impl Limbs {
    fn new(magnitude: f64) -> Self {
        let bits = magnitude.to_bits();
        let biased = ((bits >> 52) & 0x7ff) as i32;
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) = match biased {
            0 => (fraction, -1074),
            _ => (fraction | (1 << 52), biased.saturating_sub(1075)),
        };
        // Fewer bits, fewer steps.
        let spare = mantissa.trailing_zeros().min(63);
        let (mantissa, exponent) = (mantissa >> spare, exponent.saturating_add(spare as i32));
        let mut this = Limbs {
            limb: [0; LIMBS],
            first: POINT - 2,
            end: POINT,
        };
        this.limb[POINT - 2] = (mantissa / u64::from(BASE)) as u32;
        this.limb[POINT - 1] = (mantissa % u64::from(BASE)) as u32;
        let mut shift = exponent.unsigned_abs();
        while shift > 0 {
            let step = if exponent > 0 {
                shift.min(29)
            } else {
                shift.min(9)
            };
            if exponent > 0 {
                this.multiply(step);
            } else {
                this.divide(step);
            }
            shift = shift.saturating_sub(step);
        }
        this.skip_zeros();
        this
    }

    fn used(&self) -> &[u32] {
        self.limb.get(self.first..self.end).unwrap_or(&[])
    }

    fn skip_zeros(&mut self) {
        while let Some(0) = self.used().first() {
            self.first = self.first.saturating_add(1);
        }
    }

    /// Multiplies by two to the power of `bits` (at most 29).
    fn multiply(&mut self, bits: u32) {
        let mut carry = 0u64;
        for limb in self
            .limb
            .get_mut(self.first..self.end)
            .unwrap_or(&mut [])
            .iter_mut()
            .rev()
        {
            let product = (u64::from(*limb) << bits).wrapping_add(carry);
            *limb = (product % u64::from(BASE)) as u32;
            carry = product / u64::from(BASE);
        }
        if carry > 0 {
            self.first = self.first.saturating_sub(1);
            if let Some(limb) = self.limb.get_mut(self.first) {
                *limb = carry as u32;
            }
        }
    }

    /// Divides by two to the power of `bits` (at most 9, so that the base stays divisible).
    fn divide(&mut self, bits: u32) {
        let mut carry = 0u32;
        for limb in self.limb.get_mut(self.first..self.end).unwrap_or(&mut []) {
            let rest = *limb & ((1 << bits) - 1);
            *limb = (*limb >> bits).wrapping_add(carry);
            carry = rest.wrapping_mul(BASE >> bits);
        }
        if carry > 0
            && let Some(limb) = self.limb.get_mut(self.end)
        {
            *limb = carry;
            self.end = self.end.saturating_add(1);
        }
        if let Some(0) = self.used().first() {
            self.first = self.first.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use std::format;

    fn text(float: &Float) -> String {
        let mut out = String::new();
        float.parts(|part, zeros| {
            out.push_str(core::str::from_utf8(part).unwrap());
            out.extend(core::iter::repeat_n('0', zeros));
        });
        assert_eq!(out.len(), float.len());
        out
    }

    fn f(value: f64, precision: usize) -> String {
        text(&Float::fixed(value, precision))
    }

    fn g(value: f64, precision: usize) -> String {
        text(&Float::general(value, precision))
    }

    #[test]
    fn fixed_follows_the_rounded_sum() {
        for (value, precision, expected) in [
            (0.15, 1, "0.2"),
            (1.15, 1, "1.1"),
            (2.5, 0, "3"),
            (0.0, 2, "0"),
            (-0.0, 2, "0"),
            (0.015, 2, "0.01"),
            (0.05, 1, "0.1"),
            (1.5e-6, 6, "0.000002"),
            (1.0, 6, "1.000000"),
            (-1.005, 2, "-1.00"),
            (9.999, 2, "10.00"),
            (0.0999, 1, "0.1"),
            (0.009, 1, "0.0"),
            (-0.001, 1, "-0.0"),
            (1e15, 0, "1000000000000000"),
            (4503599627370497.0, 0, "4503599627370497"),
            (f64::NAN, 1, "nan"),
            (f64::NEG_INFINITY, 1, "-inf"),
        ] {
            assert_eq!(f(value, precision), expected, "{value} {precision}");
        }
    }

    #[test]
    fn fixed_is_exact_at_the_extremes() {
        assert_eq!(f(f64::MAX, 3), format!("{:.3}", f64::MAX));
        assert_eq!(f(5e-324, 1074), format!("{:.1074}", 5e-324));
        assert_eq!(
            f(f64::MIN_POSITIVE, 1074),
            format!("{:.1074}", f64::MIN_POSITIVE)
        );
        assert_eq!(f(1.0, 88), format!("{:.88}", 1.0));
        assert_eq!(f(1.0, usize::MAX).len(), 2 + MAX_DECIMALS);
    }

    #[test]
    fn general_picks_the_form() {
        for (value, precision, expected) in [
            (1e-5, 6, "0.00001"),
            (1e-6, 6, "1e-06"),
            (0.05, 2, "5e-02"),
            (999999.5, 6, "1e+06"),
            (0.9999999, 6, "1"),
            (0.00012345678, 6, "0.000123457"),
            (1e100, 6, "1e+100"),
            (1e-300, 6, "1e-300"),
            (123.0, 1, "100"),
            (123.0, 0, "100"),
            (1.5, 6, "1.5"),
            (100000.0, 6, "100000"),
            (1e300, 1, "1"),
            (-1234567.0, 6, "-1.23457e+06"),
            (0.3, 17, "0.29999999999999999"),
            (5e-324, 6, "4.94066e-324"),
            (f64::MAX, 17, "1.7976931348623157e+308"),
        ] {
            let expected = if value == 1e300 {
                format!("1{}", "0".repeat(300))
            } else {
                expected.into()
            };
            assert_eq!(g(value, precision), expected, "{value} {precision}");
        }
        assert_eq!(
            g(0.1, 88),
            "0.1000000000000000055511151231257827021181583404541015625"
        );
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]

        #[test]
        fn seventeen_digits_round_trip(bits: u64) {
            let value = f64::from_bits(bits);
            if value.is_finite() {
                assert_eq!(g(value, 17).parse::<f64>().unwrap().abs(), value.abs());
            }
        }

        #[test]
        fn all_digits_are_exact(bits: u64) {
            let value = f64::from_bits(bits);
            if value.is_finite() && value.abs() >= 0.1 {
                // The exact expansion ends within 1074 decimals: nothing is rounded.
                let expected = format!("{value:.1074}");
                assert_eq!(f(value, 1074), expected);
            }
        }
    }
}
