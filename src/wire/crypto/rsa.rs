<<<<<<< HEAD
//! RSA (RFC 8017): the public operation, and the two ways to pad a signature.

use p256::elliptic_curve::bigint::modular::{FixedMontyForm, FixedMontyParams};
use p256::elliptic_curve::bigint::{Odd, U4096};
use sha2::{Digest, Sha256};

/// Bytes of the smallest and the largest modulus.
pub const MODULUS_BYTES: core::ops::RangeInclusive<usize> = 256..=512;

/// `message ^ exponent mod modulus`, all big-endian, written to `out`.
///
/// Leading zeros of modulus and exponent do not count; `message` and `out` are as long as what remains of the modulus.
/// False, with `out` zeroed, for an even modulus or one of another size than [`MODULUS_BYTES`], for an exponent that is
/// empty or longer than the modulus, and for a message that is not below the modulus.
pub fn mod_pow(modulus: &[u8], exponent: &[u8], message: &[u8], out: &mut [u8]) -> bool {
    out.fill(0);
    let (modulus, exponent) = (trim(modulus), trim(exponent));
    let len = modulus.len();
    let sizes_fit = MODULUS_BYTES.contains(&len)
        && (1..=len).contains(&exponent.len())
        && message.len() == len
        && out.len() == len;
    // Equally long numbers compare like their bytes.
    if !sizes_fit || message >= modulus {
        return false;
    }
    let Some(odd) = Odd::new(number(modulus)).into_option() else {
        return false;
    };
    let field = FixedMontyParams::new_vartime(odd);
    let base = FixedMontyForm::new(&number(message), &field);
    let bits = u32::try_from(exponent.len().saturating_mul(8)).unwrap_or(U4096::BITS);
    let result = base
        .pow_bounded_exp(&number(exponent), bits)
        .retrieve()
        .to_be_bytes();
    let tail = result
        .as_ref()
        .get(result.as_ref().len().saturating_sub(len)..);
    if let Some(tail) = tail {
        out.copy_from_slice(tail);
    }
    true
}

fn trim(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|&&b| b == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// A number of at most 512 bytes.
fn number(bytes: &[u8]) -> U4096 {
    let mut wide = [0; 512];
    if let Some(room) = wide
        .len()
        .checked_sub(bytes.len())
        .and_then(|at| wide.get_mut(at..))
    {
        room.copy_from_slice(bytes);
    }
    U4096::from_be_slice(&wide)
}

/// Bytes of a SHA-256 digest, and of the salt.
const HASH: usize = 32;

/// EMSA-PSS-VERIFY with SHA-256, MGF1 and a salt of 32 bytes (RFC 8017 §9.1.2).
///
/// `encoded` is the signature after the public operation, as long as the modulus (66 to 512 bytes); `hash` is the
/// digest of the message.
pub fn verify_pss(encoded: &[u8], hash: &[u8; HASH]) -> bool {
    if !(2 * HASH + 2..=512).contains(&encoded.len()) {
        return false;
    }
    let Some((&0xbc, rest)) = encoded.split_last() else {
        return false;
    };
    let Some((masked, h)) = rest
        .len()
        .checked_sub(HASH)
        .and_then(|at| rest.split_at_checked(at))
    else {
        return false;
    };
    if masked.first().is_none_or(|b| b & 0x80 != 0) {
        return false;
    }
    let mut block = [0; 512];
    let Some(block) = block.get_mut(..masked.len()) else {
        return false;
    };
    block.copy_from_slice(masked);
    unmask(block, h);
    if let Some(first) = block.first_mut() {
        *first &= 0x7f;
    }
    let Some((padding, salt)) = block
        .len()
        .checked_sub(HASH)
        .and_then(|at| block.split_at_checked(at))
    else {
=======
//! RSA (RFC 8017): the public and private operation, and the two signature encodings.

use super::modular::{Modulus, Words, from_bytes, subtract, to_bytes};
use crate::text::compare::equal_in_constant_time;
use crate::wire::hash::Sha256;

/// Shortest and longest modulus in bytes.
const MODULUS: core::ops::RangeInclusive<usize> = 256..=512;
/// Shortest and longest factor in bytes.
const FACTOR: core::ops::RangeInclusive<usize> = 128..=256;

fn without_zeros(bytes: &[u8]) -> &[u8] {
    let start = bytes
        .iter()
        .position(|&byte| byte != 0)
        .unwrap_or(bytes.len());
    bytes.get(start..).unwrap_or(&[])
}

/// `message ^ exponent mod modulus`, all big-endian, into `out`, which is zero on failure.
///
/// The modulus is odd and has 256 to 512 bytes without leading zeros; message and `out` have as many, and the message
/// is below it; the exponent is positive and no longer than the modulus.
pub fn mod_pow(modulus: &[u8], exponent: &[u8], message: &[u8], out: &mut [u8]) -> bool {
    out.fill(0);
    let (modulus, exponent) = (without_zeros(modulus), without_zeros(exponent));
    let size = modulus.len();
    if !MODULUS.contains(&size)
        || exponent.is_empty()
        || exponent.len() > size
        || message.len() != size
    {
        return false;
    }
    if out.len() != size || modulus.last().is_none_or(|byte| byte & 1 == 0) {
        return false;
    }
    let power = match size {
        0..=256 => power::<32>,
        257..=384 => power::<48>,
        _ => power::<64>,
    };
    power(modulus, exponent, message, out).is_some()
}

fn power<const N: usize>(
    modulus: &[u8],
    exponent: &[u8],
    message: &[u8],
    out: &mut [u8],
) -> Option<()> {
    let modulus = Modulus::<N>::new(from_bytes(modulus)?);
    let message = from_bytes(message)?;
    if modulus.contains(&message) == 0 {
        return None;
    }
    to_bytes(
        &modulus.leave(&modulus.pow(&modulus.enter(&message), exponent)),
        out,
    );
    Some(())
}

/// A private key in CRT form; all big-endian.
pub struct PrivateKey<'a> {
    /// d mod (p - 1).
    pub dp: &'a [u8],
    /// d mod (q - 1).
    pub dq: &'a [u8],
    /// First factor.
    pub p: &'a [u8],
    /// Second factor.
    pub q: &'a [u8],
    /// Inverse of q modulo p.
    pub q_inverse: &'a [u8],
}

impl PrivateKey<'_> {
    /// The private operation on an encoded message. The result is checked before it leaves: an error in one half would
    /// give the key away. `out` has the length of the message and is zero on failure.
    pub fn sign(&self, message: &[u8], out: &mut [u8]) -> bool {
        out.fill(0);
        let (p, q) = (without_zeros(self.p), without_zeros(self.q));
        let size = p.len().max(q.len());
        if !FACTOR.contains(&p.len()) || !FACTOR.contains(&q.len()) || out.len() != message.len() {
            return false;
        }
        let done = match size {
            0..=128 => self.crt::<16, 32>(p, q, message, out),
            129..=192 => self.crt::<24, 48>(p, q, message, out),
            _ => self.crt::<32, 64>(p, q, message, out),
        };
        if done.is_none() {
            out.fill(0);
        }
        done.is_some()
    }

    /// `N` words hold a factor, `D` the modulus.
    fn crt<const N: usize, const D: usize>(
        &self,
        p: &[u8],
        q: &[u8],
        message: &[u8],
        out: &mut [u8],
    ) -> Option<()> {
        let (p, q) = (
            Modulus::<N>::new(from_bytes(p)?),
            Modulus::<N>::new(from_bytes(q)?),
        );
        if p.value.first()? & q.value.first()? & 1 == 0 {
            return None;
        }
        let wide = from_bytes::<D>(message)?;
        let modulus = product::<N, D>(&p.value, &q.value);
        if subtract(&wide, &modulus).1 == 0 {
            return None;
        }
        let m1 = p.pow(&remainder(&p, message)?, self.dp);
        let m2 = q.pow(&remainder(&q, message)?, self.dq);
        // h = (m1 - m2) / q mod p, result = m2 + h q.
        let m2 = q.leave(&m2);
        let difference = p.sub(&m1, &p.enter(&m2));
        let h = p.leave(&p.mul(&difference, &p.enter(&from_bytes(self.q_inverse)?)));
        let mut result = product::<N, D>(&h, &q.value);
        let mut carry = false;
        for (n, word) in result.iter_mut().enumerate() {
            let (sum, over) = word.overflowing_add(m2.get(n).copied().unwrap_or(0));
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            (*word, carry) = (sum, over | again);
        }
        to_bytes(&result, out);
        self.consistent(&p, &q, out, message)
    }

    /// Undoes the operation modulo each factor. Without the public exponent at hand it is found from dp, which it
    /// inverts modulo p - 1; only small ones are tried, as keys have them.
    fn consistent<const N: usize>(
        &self,
        p: &Modulus<N>,
        q: &Modulus<N>,
        out: &[u8],
        message: &[u8],
    ) -> Option<()> {
        const EXPONENTS: [u32; 5] = [65537, 3, 17, 5, 257];
        let undone = |modulus: &Modulus<N>, exponent: u32| {
            let power = modulus.pow(&remainder(modulus, out)?, &exponent.to_be_bytes());
            Some(power == remainder(modulus, message)?)
        };
        EXPONENTS
            .iter()
            .any(|&exponent| undone(p, exponent) == Some(true) && undone(q, exponent) == Some(true))
            .then_some(())
    }
}

/// A number of any length modulo an odd one, in Montgomery form.
fn remainder<const N: usize>(modulus: &Modulus<N>, bytes: &[u8]) -> Option<Words<N>> {
    // Digits of N words, high ones first: multiply by R and add.
    let size = N.checked_mul(8)?;
    let radix = modulus.enter(&modulus.one);
    let mut sum = [0; N];
    let head = bytes.len().checked_rem(size)?;
    let (head, tail) = bytes.split_at(head);
    for digit in core::iter::once(head).chain(tail.chunks(size)) {
        sum = modulus.add(
            &modulus.mul(&sum, &radix),
            &modulus.enter(&from_bytes(digit)?),
        );
    }
    Some(sum)
}

/// Product of two numbers of `N` words, in `D`, which is twice as many.
fn product<const N: usize, const D: usize>(a: &Words<N>, b: &Words<N>) -> Words<D> {
    let mut out = [0u64; D];
    for (at, &factor) in a.iter().enumerate() {
        let mut carry = 0u64;
        let mut words = out.iter_mut().skip(at);
        for (&word, slot) in b.iter().zip(words.by_ref()) {
            let wide = u128::from(factor)
                .wrapping_mul(word.into())
                .wrapping_add((*slot).into())
                .wrapping_add(carry.into());
            (*slot, carry) = (wide as u64, (wide >> 64) as u64);
        }
        if let Some(slot) = words.next() {
            *slot = carry;
        }
    }
    out
}

/// EMSA-PSS verification (RFC 8017 §9.1.2): SHA-256, MGF1 with SHA-256, a salt of 32 bytes. `encoded` is the result of
/// the public operation, as long as the modulus, whose length in bits is a multiple of 8.
pub fn verify_pss(encoded: &[u8], hash: &[u8; 32]) -> bool {
    const SALT: usize = 32;
    const HASH: usize = 32;
    const TRAILER: u8 = 0xbc;
    if !(SALT + HASH + 2..=512).contains(&encoded.len()) {
        return false;
    }
    let mut data = [0; 512];
    let Some((masked, rest)) = encoded.split_at_checked(encoded.len().saturating_sub(HASH + 1))
    else {
        return false;
    };
    let (Some(seed), Some(&TRAILER)) = (rest.first_chunk::<HASH>(), rest.last()) else {
        return false;
    };
    // One bit of the encoding is unused and must be zero.
    if masked.first().is_none_or(|byte| byte & 0x80 != 0) {
        return false;
    }
    let data = data.get_mut(..masked.len()).unwrap_or(&mut []);
    data.copy_from_slice(masked);
    unmask(data, seed);
    if let Some(first) = data.first_mut() {
        *first &= 0x7f;
    }
    let Some((padding, salt)) = data.split_at_checked(masked.len().saturating_sub(SALT)) else {
>>>>>>> text
        return false;
    };
    let Some((&1, zeros)) = padding.split_last() else {
        return false;
    };
<<<<<<< HEAD
    let expected = Sha256::new()
        .chain_update([0; 8])
        .chain_update(hash)
        .chain_update(salt)
        .finalize();
    zeros.iter().all(|&b| b == 0) && expected.as_slice() == h
}

/// Removes the mask MGF1 makes of `seed`.
fn unmask(block: &mut [u8], seed: &[u8]) {
    for (counter, part) in (0u32..).zip(block.chunks_mut(HASH)) {
        let mask = Sha256::new()
            .chain_update(seed)
            .chain_update(counter.to_be_bytes())
            .finalize();
        part.iter_mut().zip(mask).for_each(|(byte, m)| *byte ^= m);
    }
}

/// DigestInfo of SHA-256 and SHA-384, up to the digest (RFC 8017 §9.2, note 1).
const SHA256_INFO: &[u8] = &[
    0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20,
];
const SHA384_INFO: &[u8] = &[
    0x30, 0x41, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2, 5, 0, 4, 0x30,
];

/// Fewest bytes of ff that pad a PKCS#1 block.
const MIN_PADDING: usize = 8;

/// EMSA-PKCS1-v1_5 (RFC 8017 §9.2): whether `encoded` is exactly the block for this SHA-256 or SHA-384 digest.
pub fn verify_pkcs1(encoded: &[u8], hash: &[u8]) -> bool {
    let info = match hash.len() {
        32 => SHA256_INFO,
        48 => SHA384_INFO,
        _ => return false,
    };
    let rest = encoded
        .strip_prefix(&[0, 1])
        .and_then(|rest| rest.strip_suffix(hash));
    let rest = rest
        .and_then(|rest| rest.strip_suffix(info))
        .and_then(|rest| rest.strip_suffix(&[0]));
    rest.is_some_and(|padding| padding.len() >= MIN_PADDING && padding.iter().all(|&b| b == 0xff))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::rand::SystemRandom;
    use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
    use std::vec;
    use std::vec::Vec;

    const MESSAGE: &[u8] = b"sixteen ounces to a pound";

    fn key(pem: &str) -> RsaKeyPair {
        use base64::Engine;
        let body: std::string::String = pem.lines().filter(|l| !l.starts_with('-')).collect();
        let der = base64::engine::general_purpose::STANDARD
            .decode(body)
            .unwrap();
        RsaKeyPair::from_pkcs8(&der).unwrap()
    }

    fn keys() -> [RsaKeyPair; 2] {
        [
            key(include_str!("../../../tests/data/tls/rsa-2048.pem")),
            key(include_str!("../../../tests/data/tls/rsa-4096.pem")),
        ]
    }

    /// A signature made by ring, after our public operation.
    fn opened(key: &RsaKeyPair, padding: &'static dyn RsaEncoding) -> Vec<u8> {
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(padding, &SystemRandom::new(), MESSAGE, &mut signature)
            .unwrap();
        let mut out = vec![0xee; signature.len()];
        // RSAPublicKey: two headers of four bytes, then the modulus with a leading zero.
        let der = key.public().as_ref();
        let modulus = &der[8..8 + 1 + signature.len()];
        assert!(mod_pow(modulus, &[0, 1, 0, 1], &signature, &mut out));
        out
    }

    #[test]
    fn signatures_of_ring_verify() {
        let hash: [u8; 32] = Sha256::digest(MESSAGE).into();
        for key in keys() {
            let pkcs1 = opened(&key, &RSA_PKCS1_SHA256);
            assert!(verify_pkcs1(&pkcs1, &hash) && !verify_pss(&pkcs1, &hash));
            let pss = opened(&key, &RSA_PSS_SHA256);
            assert!(verify_pss(&pss, &hash) && !verify_pkcs1(&pss, &hash));
            for at in 0..pss.len() {
                for (block, check) in [
                    (&pss, verify_pss as fn(&[u8], &[u8; 32]) -> bool),
                    (&pkcs1, |e, h| verify_pkcs1(e, h)),
                ] {
                    let mut bad = block.clone();
                    bad[at] ^= 0x10;
                    assert!(!check(&bad, &hash), "byte {at}");
                }
            }
            assert!(!verify_pss(&pss, &[0; 32]) && !verify_pkcs1(&pkcs1, &[0; 32]));
        }
    }

    #[test]
    fn pkcs1_is_exact() {
        let hash = [7; 48];
        let block = |padding: usize, info: &[u8]| {
            [&[0, 1], &vec![0xff; padding][..], &[0], info, &hash].concat()
        };
        assert!(verify_pkcs1(&block(8, SHA384_INFO), &hash));
        assert!(!verify_pkcs1(&block(7, SHA384_INFO), &hash));
        assert!(!verify_pkcs1(&block(8, SHA256_INFO), &hash));
        assert!(!verify_pkcs1(&block(8, &[]), &hash));
        assert!(!verify_pkcs1(
            &[block(8, SHA384_INFO), vec![0]].concat(),
            &hash
        ));
        assert!(!verify_pkcs1(&block(8, SHA384_INFO), &hash[..20]));
        assert!(!verify_pkcs1(&[], &hash));
    }

    #[test]
    fn refused_operands() {
        let modulus = [0xff; 256];
        let mut out = [1; 256];
        let run = |m: &[u8], e: &[u8], x: &[u8], out: &mut [u8]| {
            let done = mod_pow(m, e, x, out);
            assert!(done || out.iter().all(|&b| b == 0));
            done
        };
        let two = {
            let mut two = [0; 256];
            two[255] = 2;
            two
        };
        assert!(run(&modulus, &[3], &two, &mut out));
        assert_eq!((out[255], out[254]), (8, 0));
        let padded = [&[0; 9][..], &modulus].concat();
        assert!(run(&padded, &[0, 0, 3], &two, &mut out));
        let mut even = modulus;
        even[255] = 0xfe;
        assert!(!run(&even, &[3], &two, &mut out));
        assert!(!run(&modulus, &[], &two, &mut out) && !run(&modulus, &[0, 0], &two, &mut out));
        assert!(!run(&modulus, &[1; 257], &two, &mut out));
        assert!(!run(&modulus, &[3], &modulus, &mut out));
        assert!(
            !run(&modulus, &[3], &two[1..], &mut out) && !run(&modulus, &[3], &two, &mut out[1..])
        );
        assert!(!run(&modulus[1..], &[3], &two[1..], &mut out[1..]));
        assert!(!run(&[0xff; 513], &[3], &[1; 513], &mut [0; 513]));
        assert!(!run(&[], &[3], &[], &mut []));
    }
}
=======
    let mut again = Sha256::new();
    again.update(&[0; 8]);
    again.update(hash);
    again.update(salt);
    zeros.iter().all(|&byte| byte == 0) && equal_in_constant_time(&again.finish(), seed)
}

/// MGF1 (RFC 8017 §B.2.1), taken off `data`.
fn unmask(data: &mut [u8], seed: &[u8; 32]) {
    for (counter, block) in (0u32..).zip(data.chunks_mut(32)) {
        let mut hash = Sha256::new();
        hash.update(seed);
        hash.update(&counter.to_be_bytes());
        for (byte, mask) in block.iter_mut().zip(hash.finish()) {
            *byte ^= mask;
        }
    }
}

/// DigestInfo of SHA-256 and SHA-384 before the digest (RFC 8017 §9.2).
const SHA256_INFO: [u8; 19] =
    *b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
const SHA384_INFO: [u8; 19] =
    *b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30";

/// EMSA-PKCS1-v1_5 verification (RFC 8017 §9.2): the encoding is compared as a whole. `hash` is a SHA-256 or SHA-384.
pub fn verify_pkcs1(encoded: &[u8], hash: &[u8]) -> bool {
    let info = match hash.len() {
        32 => &SHA256_INFO,
        48 => &SHA384_INFO,
        _ => return false,
    };
    let expected = || {
        let rest = encoded.strip_prefix(&[0, 1])?;
        let (rest, digest) = rest.split_at_checked(rest.len().checked_sub(hash.len())?)?;
        let (rest, found) = rest.split_at_checked(rest.len().checked_sub(info.len())?)?;
        let (zero, padding) = rest.split_last()?;
        let padded = padding.len() >= 8 && padding.iter().all(|&byte| byte == 0xff) && *zero == 0;
        Some(padded && found == info && equal_in_constant_time(digest, hash))
    };
    expected().unwrap_or(false)
}

#[cfg(test)]
#[path = "rsa_tests.rs"]
mod tests;
>>>>>>> text
