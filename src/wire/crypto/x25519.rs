//! X25519 (RFC 7748 §5).

<<<<<<< HEAD
use p256::elliptic_curve::bigint::ctutils::{Choice, CtSelect};
use p256::elliptic_curve::bigint::modular::{FixedMontyForm, FixedMontyParams};
use p256::elliptic_curve::bigint::{Odd, U256, Uint};

/// Bytes of scalars and coordinates.
pub const BYTES: usize = 32;

/// The base point.
pub const BASE_POINT: [u8; BYTES] = {
    let mut point = [0; BYTES];
    point[0] = 9;
    point
};

/// The prime 2^255 - 19.
const PRIME: Odd<U256> =
    Odd::<U256>::from_be_hex("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");
const FIELD: FixedMontyParams<{ U256::LIMBS }> = FixedMontyParams::new_vartime(PRIME);

/// (A - 2) / 4 of the curve's coefficient A = 486662.
const A24: u64 = 121_665;

type Element = FixedMontyForm<{ U256::LIMBS }>;

/// Multiplies the point with coordinate `u` by `scalar`, both little-endian.
///
/// `clamp` makes the scalar a valid private key first, as the RFC wants it; without, all 256 bits count.
pub fn multiply(scalar: &[u8; BYTES], u: &[u8; BYTES], clamp: bool) -> [u8; BYTES] {
    let mut scalar = *scalar;
    if clamp {
        let [first, .., last] = &mut scalar;
        *first &= 0xf8;
        *last = *last & 0x7f | 0x40;
    }
    let mut u = *u;
    // The RFC: the top bit is not looked at.
    let [.., last] = &mut u;
    *last &= 0x7f;
    let u = U256::from_le_slice(&u);
    ladder(&scalar, element(&u)).retrieve().to_le_bytes().into()
}

fn element(n: &U256) -> Element {
    Element::new(n, &FIELD)
}

/// The Montgomery ladder over all bits of the scalar, highest first.
fn ladder(scalar: &[u8; BYTES], x1: Element) -> Element {
    let a24 = element(&Uint::from_u64(A24));
    let (mut x2, mut z2) = (Element::one(&FIELD), Element::zero(&FIELD));
    let (mut x3, mut z3) = (x1, Element::one(&FIELD));
    let mut swapped = 0;
    for byte in scalar.iter().rev() {
        for shift in (0..8).rev() {
            let bit = byte >> shift & 1;
            swap(swapped ^ bit, &mut x2, &mut x3);
            swap(swapped ^ bit, &mut z2, &mut z3);
            swapped = bit;
            let (sum, difference) = (x2 + z2, x2 - z2);
            let (aa, bb) = (sum.square(), difference.square());
            let e = aa - bb;
            let (da, cb) = ((x3 - z3) * sum, (x3 + z3) * difference);
            x3 = (da + cb).square();
            z3 = x1 * (da - cb).square();
            x2 = aa * bb;
            z2 = e * (aa + a24 * e);
        }
    }
    swap(swapped, &mut x2, &mut x3);
    swap(swapped, &mut z2, &mut z3);
    // The inverse of zero is zero here: a point of low order gives zero.
    let two = Uint::from_u8(2);
    x2 * z2.pow(&PRIME.as_ref().wrapping_sub(&two))
}

/// Swaps when `bit` is 1, in constant time.
fn swap(bit: u8, a: &mut Element, b: &mut Element) {
    let choice = Choice::from_u8_lsb(bit);
    let (new_a, new_b) = (a.ct_select(b, choice), b.ct_select(a, choice));
    (*a, *b) = (new_a, new_b);
=======
use super::modular::{Modulus, Words, from_bytes, from_hex, is_zero, select, to_bytes};

/// Bytes of a scalar and of a coordinate.
pub const BYTES: usize = 32;

/// Makes a scalar of random bytes (RFC 7748 §5).
pub fn clamp(mut scalar: [u8; BYTES]) -> [u8; BYTES] {
    scalar[0] &= 248;
    scalar[31] = (scalar[31] & 127) | 64;
    scalar
}

/// Multiple of the point with coordinate `u`. `None` when the result is zero, which tells a point of small order.
///
/// The scalar is taken as it is; see [`clamp`].
pub fn multiply(scalar: &[u8; BYTES], u: &[u8; BYTES]) -> Option<[u8; BYTES]> {
    let field = Modulus::<4>::new(from_hex(
        "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed",
    ));
    let mut u = *u;
    u[31] &= 127;
    u.reverse();
    let x1 = field.enter(&from_bytes(&u)?);
    let product = ladder(&field, scalar, &x1);
    let mut out = [0; BYTES];
    to_bytes(&product, &mut out);
    out.reverse();
    (is_zero(&product) == 0).then_some(out)
}

fn ladder(field: &Modulus<4>, scalar: &[u8; BYTES], x1: &Words<4>) -> Words<4> {
    let f = field;
    let a24 = f.enter(&[121665, 0, 0, 0]);
    let (mut x2, mut z2, mut x3, mut z3) = (f.one, [0; 4], *x1, f.one);
    let mut swapped = 0;
    for byte in scalar.iter().rev() {
        for bit in (0..8).rev() {
            let bit = u64::from(byte >> bit & 1);
            let swap = swapped ^ bit;
            swapped = bit;
            (x2, x3) = (select(swap, &x2, &x3), select(swap, &x3, &x2));
            (z2, z3) = (select(swap, &z2, &z3), select(swap, &z3, &z2));
            let (a, b) = (f.add(&x2, &z2), f.sub(&x2, &z2));
            let (c, d) = (f.add(&x3, &z3), f.sub(&x3, &z3));
            let (aa, bb) = (f.mul(&a, &a), f.mul(&b, &b));
            let e = f.sub(&aa, &bb);
            let (da, cb) = (f.mul(&d, &a), f.mul(&c, &b));
            let (sum, difference) = (f.add(&da, &cb), f.sub(&da, &cb));
            x3 = f.mul(&sum, &sum);
            z3 = f.mul(x1, &f.mul(&difference, &difference));
            x2 = f.mul(&aa, &bb);
            z2 = f.mul(&e, &f.add(&aa, &f.mul(&a24, &e)));
        }
    }
    let (x2, z2) = (select(swapped, &x2, &x3), select(swapped, &z2, &z3));
    f.leave(&f.mul(&x2, &f.invert(&z2)))
>>>>>>> text
}

#[cfg(test)]
mod tests {
    use super::*;

<<<<<<< HEAD
    fn hex(text: &str) -> [u8; 32] {
        core::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
    }

    /// RFC 7748 §5.2. In the second vector the top bit of the coordinate is set.
    #[test]
    fn vectors() {
=======
    fn unhex(hex: &str) -> [u8; 32] {
        core::array::from_fn(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap())
    }

    #[test]
    fn rfc_7748_vectors() {
>>>>>>> text
        for (scalar, u, expected) in [
            (
                "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
                "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
            ),
            (
                "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
                "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
                "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
            ),
        ] {
<<<<<<< HEAD
            assert_eq!(multiply(&hex(scalar), &hex(u), true), hex(expected));
        }
        let (mut k, mut u) = (BASE_POINT, BASE_POINT);
        for turn in 1..=1000 {
            (k, u) = (multiply(&k, &u, true), k);
            if turn == 1 {
                assert_eq!(
                    k,
                    hex("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079")
                );
            }
        }
        assert_eq!(
            k,
            hex("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51")
        );
    }

    /// RFC 7748 §6.1.
    #[test]
    fn key_exchange() {
        let alice = hex("77076d0a7318a57d3c16c17251b26645c6105d5e59d8e1ee5f3e9c2c7d5a6b2a");
        let bob = hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
        let (a, b) = (
            multiply(&alice, &BASE_POINT, true),
            multiply(&bob, &BASE_POINT, true),
        );
        assert_eq!(multiply(&alice, &b, true), multiply(&bob, &a, true));
    }

    #[test]
    fn points_of_low_order_give_zero() {
        let mut one = [0; 32];
        one[0] = 1;
        for u in [[0; 32], one] {
            assert_eq!(multiply(&[7; 32], &u, true), [0; 32]);
        }
        // Without clamping a scalar of one is the identity.
        assert_eq!(multiply(&one, &BASE_POINT, false), BASE_POINT);
        assert_eq!(multiply(&[0; 32], &BASE_POINT, false), [0; 32]);
=======
            assert_eq!(
                multiply(&clamp(unhex(scalar)), &unhex(u)),
                Some(unhex(expected))
            );
        }
    }

    #[test]
    fn rfc_7748_iterations() {
        let (mut k, mut u) = ([0; 32], [0; 32]);
        k[0] = 9;
        u[0] = 9;
        for _ in 0..100 {
            let next = multiply(&clamp(k), &u).unwrap();
            (u, k) = (k, next);
        }
        // The first step of the RFC's chain, and both orders of an exchange.
        let nine = {
            let mut nine = [0; 32];
            nine[0] = 9;
            nine
        };
        assert_eq!(
            multiply(&clamp(nine), &nine),
            Some(unhex(
                "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"
            ))
        );
        let (a, b) = (clamp(k), clamp(u));
        let (pub_a, pub_b) = (multiply(&a, &nine).unwrap(), multiply(&b, &nine).unwrap());
        assert_eq!(multiply(&a, &pub_b), multiply(&b, &pub_a));
    }

    #[test]
    fn points_of_small_order_are_told() {
        assert_eq!(multiply(&clamp([1; 32]), &[0; 32]), None);
>>>>>>> text
    }
}
