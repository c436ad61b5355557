//! RSA's private operation by the Chinese remainder theorem (RFC 8017 §5.1.2), checked before it is given away.

use p256::elliptic_curve::bigint::modular::{FixedMontyForm, FixedMontyParams};
use p256::elliptic_curve::bigint::{NonZero, Odd, U2048, U4096};

use super::rsa::trim;

/// Bytes of the smallest and the largest prime.
pub const PRIME_BYTES: core::ops::RangeInclusive<usize> = 128..=256;

type Field = FixedMontyParams<{ U2048::LIMBS }>;

/// A private key as RFC 8017 §3.2 lists it, big-endian numbers; leading zeros do not count.
pub struct Key<'a> {
    /// First prime.
    pub p: &'a [u8],
    /// Second prime.
    pub q: &'a [u8],
    /// Private exponent modulo p - 1.
    pub dp: &'a [u8],
    /// Private exponent modulo q - 1.
    pub dq: &'a [u8],
    /// Inverse of q modulo p.
    pub q_inv: &'a [u8],
}

/// One prime and the exponent that goes with it.
struct Half {
    prime: Odd<U2048>,
    field: Field,
    exponent: U2048,
}

impl Half {
    fn new(prime: &[u8], exponent: &[u8]) -> Option<Self> {
        let prime = trim(prime);
        if !PRIME_BYTES.contains(&prime.len()) {
            return None;
        }
        let prime = Odd::new(number(prime)?).into_option()?;
        let exponent = number(exponent)?;
        (&exponent < prime.as_ref()).then(|| Half {
            prime,
            field: FixedMontyParams::new(prime),
            exponent,
        })
    }

    fn modulus(&self) -> &NonZero<U2048> {
        self.prime.as_nz_ref()
    }

    fn reduce(&self, wide: &U4096) -> FixedMontyForm<{ U2048::LIMBS }> {
        FixedMontyForm::new(&wide.rem(self.modulus()), &self.field)
    }

    fn power(&self, message: &U4096) -> U2048 {
        self.reduce(message).pow(&self.exponent).retrieve()
    }

    /// The public exponent: the inverse of the private one modulo the prime less one.
    fn public_exponent(&self) -> Option<U2048> {
        let order = NonZero::new(self.prime.as_ref().wrapping_sub(&U2048::ONE)).into_option()?;
        self.exponent.invert_mod(&order).into_option()
    }

    /// Whether the signature to the power of the public exponent is the message again.
    fn confirms(&self, signature: &U4096, exponent: &U2048, message: &U4096) -> bool {
        let opened = self
            .reduce(signature)
            .pow_bounded_exp(exponent, exponent.bit_width_vartime());
        opened.retrieve() == self.reduce(message).retrieve()
    }
}

/// Signs the padded message `encoded`, which is as long as the modulus p q and below it, and so is `signature`.
///
/// The result is opened again with the public exponent, which follows from the key, before it is written: a wrong
/// number in the key, or a fault while computing, gives nothing away. `None` then, and for operands of other sizes;
/// `signature` is zeroed.
pub fn sign(encoded: &[u8], key: &Key, signature: &mut [u8]) -> Option<()> {
    signature.fill(0);
    let (p, q) = (Half::new(key.p, key.dp)?, Half::new(key.q, key.dq)?);
    let q_inv = number(key.q_inv)?;
    let modulus: U4096 = p.prime.as_ref().concatenating_mul(q.prime.as_ref());
    let message = wide(encoded)?;
    let len = usize::try_from(modulus.bit_width_vartime().div_ceil(8)).ok()?;
    if &q_inv >= p.prime.as_ref()
        || message >= modulus
        || encoded.len() != len
        || signature.len() != len
    {
        return None;
    }
    let (m1, m2) = (p.power(&message), q.power(&message));
    let difference = p.reduce(&m1.resize()) - p.reduce(&m2.resize());
    let h = (difference * p.reduce(&q_inv.resize())).retrieve();
    let product: U4096 = h.concatenating_mul(q.prime.as_ref());
    let made = product.wrapping_add(&m2.resize());
    let exponent = p.public_exponent()?;
    if !p.confirms(&made, &exponent, &message) || !q.confirms(&made, &exponent, &message) {
        return None;
    }
    let bytes = made.to_be_bytes();
    let tail = bytes
        .as_ref()
        .get(bytes.as_ref().len().checked_sub(len)?..)?;
    signature.copy_from_slice(tail);
    Some(())
}

/// A number of at most 256 bytes that count.
fn number(bytes: &[u8]) -> Option<U2048> {
    let mut padded = [0; 256];
    fill(&mut padded, trim(bytes))?;
    Some(U2048::from_be_slice(&padded))
}

/// A number of at most 512 bytes.
fn wide(bytes: &[u8]) -> Option<U4096> {
    let mut padded = [0; 512];
    fill(&mut padded, bytes)?;
    Some(U4096::from_be_slice(&padded))
}

fn fill(padded: &mut [u8], bytes: &[u8]) -> Option<()> {
    let at = padded.len().checked_sub(bytes.len())?;
    padded.get_mut(at..)?.copy_from_slice(bytes);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::rsa::mod_pow;
    use super::*;
    use std::vec;
    use std::vec::Vec;

    /// Modulus and the five parts of a PKCS#8 key of the tests.
    fn parts(pem: &str) -> Vec<Vec<u8>> {
        use base64::Engine;
        let body: std::string::String = pem.lines().filter(|l| !l.starts_with('-')).collect();
        let der = base64::engine::general_purpose::STANDARD
            .decode(body)
            .unwrap();
        let mut inner = der.as_slice();
        // SEQUENCE { version, SEQUENCE algorithm, OCTET STRING { SEQUENCE { version, n, e, d, p, q, dp, dq, qinv } } }
        let mut numbers = Vec::new();
        while let [tag, length, rest @ ..] = inner {
            let (len, rest) = match length {
                0x81 => (usize::from(rest[0]), &rest[1..]),
                0x82 => (usize::from(rest[0]) << 8 | usize::from(rest[1]), &rest[2..]),
                len => (usize::from(*len), rest),
            };
            inner = match tag {
                0x02 => {
                    numbers.push(rest[..len].to_vec());
                    &rest[len..]
                }
                // The algorithm has no numbers; everything else is looked into.
                0x30 if len < 20 => &rest[len..],
                _ => rest,
            };
        }
        numbers.drain(..2);
        numbers
    }

    fn keys() -> [Vec<Vec<u8>>; 2] {
        [
            parts(include_str!("../../../tests/data/tls/rsa-2048.pem")),
            parts(include_str!("../../../tests/data/tls/rsa-4096.pem")),
        ]
    }

    fn key(numbers: &[Vec<u8>]) -> Key<'_> {
        Key {
            p: &numbers[3],
            q: &numbers[4],
            dp: &numbers[5],
            dq: &numbers[6],
            q_inv: &numbers[7],
        }
    }

    #[test]
    fn the_public_operation_undoes_it() {
        for numbers in keys() {
            let modulus = &numbers[0];
            let len = trim(modulus).len();
            let mut message: Vec<u8> = (0..len).map(|i| i as u8).collect();
            message[1] = 1;
            let (mut signature, mut opened) = (vec![0xee; len], vec![0; len]);
            sign(&message, &key(&numbers), &mut signature).unwrap();
            assert!(mod_pow(modulus, &numbers[1], &signature, &mut opened));
            assert_eq!(opened, message);
        }
    }

    #[test]
    fn wrong_keys_give_nothing_away() {
        let numbers = &keys()[0];
        let len = trim(&numbers[0]).len();
        let message = vec![0x17; len];
        for part in 3..8 {
            for at in [10, 127] {
                for bit in [1, 2] {
                    let mut bad = numbers.clone();
                    bad[part][at] ^= bit;
                    let mut signature = vec![1; len];
                    assert_eq!(sign(&message, &key(&bad), &mut signature), None);
                    assert!(signature.iter().all(|&b| b == 0));
                }
            }
        }
    }

    #[test]
    fn refused_operands() {
        let numbers = &keys()[0];
        let len = trim(&numbers[0]).len();
        let (good, mut out) = (key(numbers), vec![0; len + 1]);
        assert_eq!(sign(&vec![0xff; len], &good, &mut out[..len]), None);
        assert_eq!(sign(&vec![0; len - 1], &good, &mut out[..len]), None);
        assert_eq!(sign(&vec![0; len], &good, &mut out), None);
        assert_eq!(sign(&vec![0; len], &good, &mut out[..len - 1]), None);
        let long = [vec![1; 257], vec![0; 127], vec![]];
        for p in &long {
            assert_eq!(
                sign(&vec![0; len], &Key { p, ..key(numbers) }, &mut out[..len]),
                None
            );
            let dp = p;
            if dp.len() != 127 {
                assert_eq!(
                    sign(&vec![1; len], &Key { dp, ..key(numbers) }, &mut out[..len]),
                    None
                );
            }
        }
    }
}
