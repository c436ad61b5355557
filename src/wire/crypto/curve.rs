//! The curves P-256 and P-384 (FIPS 186-4 D.1.2, SEC 2).
//!
//! Points are projective; one complete formula adds any two (Renes, Costello, Batina 2016, algorithm 4).

use super::modular::{Modulus, Words, from_bytes, from_hex, is_zero, select, to_bytes};

/// A curve y² = x³ - 3x + b over a prime field, with `N` words of 64 bits.
pub struct Curve<const N: usize> {
    /// The field.
    pub field: Modulus<N>,
    /// Numbers modulo the order of the group.
    pub order: Modulus<N>,
    b: Words<N>,
    /// The base point.
    pub base: Point<N>,
}

/// A point in projective coordinates, in Montgomery form. The point at infinity has `z` zero.
#[derive(Clone, Copy)]
pub struct Point<const N: usize> {
    x: Words<N>,
    y: Words<N>,
    z: Words<N>,
}

/// P-256, also prime256v1.
pub fn p256() -> Curve<4> {
    Curve::new(
        "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
    )
}

/// P-384.
pub fn p384() -> Curve<6> {
    Curve::new(
        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
        "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
        "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
        "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
    )
}

impl<const N: usize> Curve<N> {
    fn new(p: &str, n: &str, b: &str, x: &str, y: &str) -> Self {
        let (field, order) = (Modulus::new(from_hex(p)), Modulus::new(from_hex(n)));
        let enter = |hex| field.enter(&from_hex(hex));
        let base = Point {
            x: enter(x),
            y: enter(y),
            z: field.one,
        };
        Curve {
            b: enter(b),
            base,
            field,
            order,
        }
    }

    /// Bytes of a coordinate or a scalar.
    pub const BYTES: usize = N * 8;

    /// x³ - 3x + b.
    fn right_side(&self, x: &Words<N>) -> Words<N> {
        let f = &self.field;
        let cube = f.mul(&f.mul(x, x), x);
        let triple = f.add(&f.add(x, x), x);
        f.add(&f.sub(&cube, &triple), &self.b)
    }

    /// A point from its coordinates, big-endian, one after the other; `None` when it is not on the curve.
    pub fn point(&self, bytes: &[u8]) -> Option<Point<N>> {
        let (x, y) = bytes.split_at_checked(Self::BYTES)?;
        let (x, y) = (from_bytes(x)?, from_bytes(y)?);
        if self.field.contains(&x) & self.field.contains(&y) == 0 {
            return None;
        }
        let (x, y) = (self.field.enter(&x), self.field.enter(&y));
        let z = self.field.one;
        (self.field.mul(&y, &y) == self.right_side(&x)).then_some(Point { x, y, z })
    }

    /// Writes the affine coordinates of a point to `out`, one after the other. False for the point at infinity.
    pub fn write(&self, point: &Point<N>, out: &mut [u8]) -> bool {
        let f = &self.field;
        let inverse = f.invert(&point.z);
        let (x, y) = out.split_at_mut(out.len().min(Self::BYTES));
        to_bytes(&f.leave(&f.mul(&point.x, &inverse)), x);
        to_bytes(&f.leave(&f.mul(&point.y, &inverse)), y);
        is_zero(&point.z) == 0
    }

    /// The affine x coordinate; zero for the point at infinity.
    pub fn x(&self, point: &Point<N>) -> Words<N> {
        let f = &self.field;
        f.leave(&f.mul(&point.x, &f.invert(&point.z)))
    }

    /// Restores a point from its x coordinate and whether its y is odd; `None` when there is none.
    pub fn decompress(&self, x: &[u8], odd: bool) -> Option<Point<N>> {
        let f = &self.field;
        let x = from_bytes(x)?;
        if f.contains(&x) == 0 {
            return None;
        }
        let x = f.enter(&x);
        let square = self.right_side(&x);
        // Both primes are 3 modulo 4: a root is the power to (p + 1) / 4.
        let mut bytes = [0; 64];
        let bytes = bytes.get_mut(..Self::BYTES)?;
        let mut exponent = f.value;
        let mut carry = 0u64;
        for word in exponent.iter_mut().rev() {
            let low = *word & 3;
            *word = (*word >> 2) | (carry << 62);
            carry = low;
        }
        // (p + 1) / 4 is p / 4 + 1, since p is 3 modulo 4.
        let (low, rest) = exponent.split_first_mut()?;
        let (sum, mut over) = low.overflowing_add(1);
        *low = sum;
        for word in rest {
            (*word, over) = word.overflowing_add(u64::from(over));
        }
        to_bytes(&exponent, bytes);
        let y = f.pow(&square, bytes);
        if f.mul(&y, &y) != square {
            return None;
        }
        let is_odd = f.leave(&y).first()? & 1 == 1;
        let y = if is_odd == odd { y } else { f.sub(&[0; N], &y) };
        Some(Point { x, y, z: f.one })
    }

    /// The point at infinity.
    pub fn infinity(&self) -> Point<N> {
        Point {
            x: [0; N],
            y: self.field.one,
            z: [0; N],
        }
    }

    /// Sum of any two points.
    pub fn add(&self, p: &Point<N>, q: &Point<N>) -> Point<N> {
        let f = &self.field;
        let cross = |a: &Words<N>, b: &Words<N>, c: &Words<N>, d: &Words<N>, less: &Words<N>| {
            f.sub(&f.mul(&f.add(a, b), &f.add(c, d)), less)
        };
        let triple = |a: &Words<N>| f.add(&f.add(a, a), a);
        let (xx, yy, zz) = (f.mul(&p.x, &q.x), f.mul(&p.y, &q.y), f.mul(&p.z, &q.z));
        let xy = cross(&p.x, &p.y, &q.x, &q.y, &f.add(&xx, &yy));
        let yz = cross(&p.y, &p.z, &q.y, &q.z, &f.add(&yy, &zz));
        let xz = cross(&p.x, &p.z, &q.x, &q.z, &f.add(&xx, &zz));
        let bzz = triple(&f.sub(&xz, &f.mul(&self.b, &zz)));
        let (minus, plus) = (f.sub(&yy, &bzz), f.add(&yy, &bzz));
        let zz = triple(&zz);
        let bxz = triple(&f.sub(&f.sub(&f.mul(&self.b, &xz), &zz), &xx));
        let xx = f.sub(&triple(&xx), &zz);
        Point {
            x: f.sub(&f.mul(&xy, &plus), &f.mul(&yz, &bxz)),
            y: f.add(&f.mul(&plus, &minus), &f.mul(&xx, &bxz)),
            z: f.add(&f.mul(&yz, &minus), &f.mul(&xy, &xx)),
        }
    }

    /// Multiple of a point. Every bit of the scalar costs the same.
    pub fn multiply(&self, point: &Point<N>, scalar: &Words<N>) -> Point<N> {
        let mut sum = self.infinity();
        for word in scalar.iter().rev() {
            for bit in (0..64).rev() {
                sum = self.add(&sum, &sum);
                let more = self.add(&sum, point);
                let bit = word >> bit & 1;
                sum = Point {
                    x: select(bit, &sum.x, &more.x),
                    y: select(bit, &sum.y, &more.y),
                    z: select(bit, &sum.z, &more.z),
                };
            }
        }
        sum
    }

    /// A private key: a number from 1 to the order less 1.
    pub fn scalar(&self, bytes: &[u8]) -> Option<Words<N>> {
        let scalar = from_bytes(bytes.get(..Self::BYTES)?)?;
        (self.order.contains(&scalar) == 1 && is_zero(&scalar) == 0).then_some(scalar)
    }

    /// Writes the public key of a private one. False when the private key is out of range.
    pub fn public_key(&self, private: &[u8], out: &mut [u8]) -> bool {
        self.scalar(private)
            .is_some_and(|scalar| self.write(&self.multiply(&self.base, &scalar), out))
    }

    /// Diffie-Hellman: writes the x coordinate of the shared point. False for bad keys.
    pub fn shared_secret(&self, public: &[u8], private: &[u8], out: &mut [u8]) -> bool {
        let (Some(point), Some(scalar)) = (self.point(public), self.scalar(private)) else {
            return false;
        };
        let shared = self.multiply(&point, &scalar);
        to_bytes(&self.x(&shared), out);
        is_zero(&shared.z) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group<const N: usize>(curve: &Curve<N>) {
        let mut base = [0; 96];
        let base = &mut base[..Curve::<N>::BYTES * 2];
        assert!(curve.write(&curve.base, base));
        assert!(curve.point(base).is_some());
        // The order times the base point is infinity; one less is the negative.
        assert!(!curve.write(
            &curve.multiply(&curve.base, &curve.order.value),
            &mut base.to_vec()
        ));
        let mut last = curve.order.value;
        last[0] -= 1;
        let mut negative = base.to_vec();
        assert!(curve.write(&curve.multiply(&curve.base, &last), &mut negative));
        let (x, y) = base.split_at(Curve::<N>::BYTES);
        assert_eq!(x, &negative[..x.len()]);
        for odd in [false, true] {
            let mut out = base.to_vec();
            assert!(curve.write(&curve.decompress(x, odd).unwrap(), &mut out));
            assert_eq!(
                &out[x.len()..],
                if odd == (y.last().unwrap() & 1 == 1) {
                    y
                } else {
                    &negative[x.len()..]
                }
            );
        }
        base[0] ^= 1;
        assert!(curve.point(base).is_none());
    }

    #[test]
    fn groups() {
        group(&p256());
        group(&p384());
    }

    #[test]
    fn sums_agree_with_multiples() {
        let curve = p256();
        let two = curve.add(&curve.base, &curve.base);
        let three = curve.add(&two, &curve.base);
        let (mut a, mut b) = ([0; 64], [0; 64]);
        assert!(
            curve.write(&three, &mut a)
                && curve.write(&curve.multiply(&curve.base, &[3, 0, 0, 0]), &mut b)
        );
        assert_eq!(a, b);
        let same = curve.add(&three, &curve.infinity());
        assert!(curve.write(&same, &mut b));
        assert_eq!(a, b);
    }

    #[test]
    fn private_keys_out_of_range() {
        let curve = p256();
        let mut order = [0; 32];
        to_bytes(&curve.order.value, &mut order);
        assert!(
            curve.scalar(&order).is_none()
                && curve.scalar(&[0; 32]).is_none()
                && curve.scalar(&[1; 31]).is_none()
        );
        assert!(!curve.public_key(&[0; 32], &mut [0; 64]));
        assert!(!curve.shared_secret(&[1; 64], &[1; 32], &mut [0; 32]));
    }
}
