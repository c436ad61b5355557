//! The usual doubles as text, in 128-bit integers. What does not fit is left to [`super::float`], and so is the proof:
//! both must agree.

use super::float::{HALF, INTEGRAL};
use super::number::Decimal;

/// Longest text: sign, 19 digits, point, 19 digits.
const ROOM: usize = 40;
/// Most decimals of `%f` and most digits of `%g` that are handled here.
const MAX_DECIMALS: usize = 19;
const MAX_DIGITS: usize = 17;

/// Powers of ten that fit in 128 bits.
static TENS: [u128; 39] = {
    let mut tens = [1u128; 39];
    let mut n = 1;
    while n < 39 {
        tens[n] = tens[n - 1] * 10;
        n += 1;
    }
    tens
};

fn ten_to(n: usize) -> Option<u128> {
    TENS.get(n).copied()
}

/// The text of a double.
pub struct Short {
    text: [u8; ROOM],
    len: usize,
}

impl Short {
    /// `%f`, as [`super::float::Float::fixed`].
    pub fn fixed(value: f64, decimals: usize) -> Option<Self> {
        let magnitude = value.abs();
        if !(0.1..9e18).contains(&magnitude) || decimals > MAX_DECIMALS {
            return None;
        }
        let half = HALF
            .get(decimals)
            .copied()
            .filter(|_| magnitude < INTEGRAL)
            .unwrap_or(0.0);
        let (mantissa, exponent) = split(magnitude + half);
        let (whole, fraction) = match exponent {
            0.. => (mantissa.checked_shl(exponent as u32)?, 0),
            _ => {
                let shift = exponent.unsigned_abs();
                let whole = mantissa.checked_shr(shift).unwrap_or(0);
                let rest = mantissa & (1u64.checked_shl(shift)?).wrapping_sub(1);
                (
                    whole,
                    u128::from(rest)
                        .checked_mul(ten_to(decimals)?)?
                        .checked_shr(shift)? as u64,
                )
            }
        };
        let mut this = Short::new(value);
        this.push(Decimal::unsigned(whole).as_bytes());
        if decimals > 0 {
            let fraction = Decimal::unsigned(fraction);
            this.push(b".");
            this.zeros(decimals.saturating_sub(fraction.as_bytes().len()));
            this.push(fraction.as_bytes());
        }
        Some(this)
    }

    /// `%g`, as [`super::float::Float::general`].
    pub fn general(value: f64, digits: usize) -> Option<Self> {
        let magnitude = value.abs();
        let digits = digits.max(1);
        if !(1e-5..1e15).contains(&magnitude) || digits > MAX_DIGITS {
            return None;
        }
        let (number, exponent) = significant(magnitude, digits)?;
        let text = Decimal::unsigned(number);
        let text = text.as_bytes();
        let used = text
            .iter()
            .rposition(|&byte| byte != b'0')?
            .saturating_add(1);
        let text = text.get(..used)?;
        let mut this = Short::new(value);
        let limit = i32::try_from(digits).ok()?;
        if digits > 1 && (exponent >= limit || exponent <= limit.saturating_neg()) {
            let (first, rest) = text.split_at(1);
            this.fraction(first, rest);
            this.push(if exponent < 0 { b"e-" } else { b"e+" });
            let exponent = Decimal::unsigned(exponent.unsigned_abs().into());
            this.zeros(2usize.saturating_sub(exponent.as_bytes().len()));
            this.push(exponent.as_bytes());
        } else if let Ok(before) = usize::try_from(exponent.saturating_add(1)).map(|n| n.min(used))
        {
            if before == 0 {
                this.push(b"0.");
                this.push(text);
            } else {
                let (whole, rest) = text.split_at(before);
                this.push(whole);
                this.zeros(
                    usize::try_from(exponent)
                        .ok()?
                        .saturating_add(1)
                        .saturating_sub(before),
                );
                this.fraction(b"", rest);
            }
        } else {
            this.push(b"0.");
            this.zeros(usize::try_from(exponent.saturating_add(1).unsigned_abs()).ok()?);
            this.push(text);
        }
        Some(this)
    }

    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or(&[])
    }

    fn new(value: f64) -> Self {
        let mut this = Short {
            text: [b'0'; ROOM],
            len: 0,
        };
        if value < 0.0 {
            this.push(b"-");
        }
        this
    }

    fn push(&mut self, bytes: &[u8]) {
        if let Some(to) = self
            .text
            .get_mut(self.len..)
            .and_then(|tail| tail.get_mut(..bytes.len()))
        {
            to.copy_from_slice(bytes);
            self.len = self.len.saturating_add(bytes.len());
        }
    }

    /// Room that was not written holds zeros.
    fn zeros(&mut self, count: usize) {
        self.len = self.len.saturating_add(count).min(ROOM);
    }

    /// `whole`, and a point and `rest` unless that is empty.
    fn fraction(&mut self, whole: &[u8], rest: &[u8]) {
        self.push(whole);
        if !rest.is_empty() {
            self.push(b".");
            self.push(rest);
        }
    }
}

/// A normal double as an integer of 53 bits times a power of two.
fn split(magnitude: f64) -> (u64, i32) {
    let bits = magnitude.to_bits();
    let exponent = ((bits >> 52) as i32).saturating_sub(1075);
    ((bits & ((1 << 52) - 1)) | (1 << 52), exponent)
}

/// The first `digits` digits, rounded half up, as a number, and the decimal exponent of the first.
fn significant(magnitude: f64, digits: usize) -> Option<(u64, i32)> {
    let (mantissa, exponent) = split(magnitude);
    // Below 1e15 the last bit is a fraction.
    let shift = exponent.saturating_neg();
    let shift = u32::try_from(shift)
        .ok()
        .filter(|shift| (1..=80).contains(shift))?;
    let (least, most) = (ten_to(digits.checked_sub(1)?)?, ten_to(digits)?);
    let mut first = guess(magnitude);
    // The guess may be one off, and rounding may carry into one digit more.
    for _ in 0..4 {
        let scale = i32::try_from(digits)
            .ok()?
            .saturating_sub(1)
            .saturating_sub(first);
        let power = ten_to(scale.unsigned_abs() as usize)?;
        let number = if scale >= 0 {
            let half = 1u128.checked_shl(shift.saturating_sub(1))?;
            u128::from(mantissa)
                .checked_mul(power)?
                .checked_add(half)?
                .checked_shr(shift)?
        } else {
            let unit = power.checked_mul(1u128.checked_shl(shift)?)?;
            let twice = u128::from(mantissa).checked_mul(2)?.checked_add(unit)?;
            twice.checked_div(unit.checked_mul(2)?)?
        };
        if number >= most {
            first = first.saturating_add(1);
        } else if number < least {
            first = first.saturating_sub(1);
        } else {
            return Some((u64::try_from(number).ok()?, first));
        }
    }
    None
}

/// The decimal exponent of a number from 1e-5 to 1e15, or one beside it.
fn guess(magnitude: f64) -> i32 {
    const POWERS: [f64; 5] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5];
    match (magnitude as u64).checked_ilog10() {
        Some(digits) => digits as i32,
        None => {
            let below = POWERS
                .iter()
                .take_while(|&&power| magnitude < power)
                .count();
            (below as i32).saturating_add(1).saturating_neg()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::float::Float;
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn long(float: &Float) -> Vec<u8> {
        let mut out = Vec::new();
        float.parts(|part, zeros| {
            out.extend_from_slice(part);
            out.extend(core::iter::repeat_n(b'0', zeros));
        });
        out
    }

    #[track_caller]
    fn agree(value: f64, precision: usize) {
        if let Some(short) = Short::fixed(value, precision) {
            assert_eq!(
                short.as_bytes(),
                long(&Float::fixed(value, precision)),
                "%.{precision}f {value:e}"
            );
        }
        if let Some(short) = Short::general(value, precision) {
            assert_eq!(
                short.as_bytes(),
                long(&Float::general(value, precision)),
                "%.{precision}g {value:e}"
            );
        }
    }

    #[test]
    fn usual_values_are_handled() {
        for value in [
            0.1,
            0.15,
            -1.5,
            123.456,
            999999.5,
            1e14,
            0.00001,
            0.9999999,
            1e6,
            5e15,
            9007199254740994.0,
        ] {
            for precision in 0..=17 {
                agree(value, precision);
            }
        }
        assert!(Short::fixed(123.456, 2).is_some() && Short::general(0.001, 6).is_some());
        assert!(Short::fixed(0.05, 2).is_none() && Short::general(1e300, 6).is_none());
        assert!(Short::fixed(f64::NAN, 2).is_none() && Short::general(f64::INFINITY, 6).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn any_double(value in -1e16f64..1e16, scale in 0i32..22, precision in 0usize..20) {
            agree(value / 10f64.powi(scale), precision);
        }

        #[test]
        fn short_decimals(value in -10_000_000i64..10_000_000, scale in 0i32..12, precision in 0usize..20) {
            agree(value as f64 / 10f64.powi(scale), precision);
        }
    }
}
