//! X25519 (RFC 7748 §5).

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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unhex(hex: &str) -> [u8; 32] {
        core::array::from_fn(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap())
    }

    #[test]
    fn rfc_7748_vectors() {
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
    }
}
