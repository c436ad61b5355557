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

/// A number without its leading zeros.
pub fn trim(bytes: &[u8]) -> &[u8] {
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
        return false;
    };
    let Some((&1, zeros)) = padding.split_last() else {
        return false;
    };
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
