//! ECDSA (FIPS 186-4 §6) over [`Curve`]; signatures are r and s, big-endian, one after the other.

use super::curve::Curve;
use super::modular::{Words, from_bytes, is_zero, to_bytes};

impl<const N: usize> Curve<N> {
    /// The leftmost bits of a hash as a number modulo the order.
    fn digest(&self, hash: &[u8]) -> Option<Words<N>> {
        let kept = hash.get(..Self::BYTES).unwrap_or(hash);
        Some(self.order.reduced(&from_bytes(kept)?))
    }

    /// Signs with the nonce `k`, which must be secret, random and never used again. False when `k` or `private` is out
    /// of range or, once in a universe, unlucky.
    pub fn sign(&self, private: &[u8], hash: &[u8], k: &[u8], out: &mut [u8]) -> bool {
        let (Some(private), Some(k), Some(digest)) =
            (self.scalar(private), self.scalar(k), self.digest(hash))
        else {
            return false;
        };
        let n = &self.order;
        let r = n.reduced(&self.x(&self.multiply(&self.base, &k)));
        let inverse = n.invert(&n.enter(&k));
        let product = n.mul(&n.enter(&r), &n.enter(&private));
        let s = n.leave(&n.mul(&inverse, &n.add(&n.enter(&digest), &product)));
        let (out_r, out_s) = out.split_at_mut(out.len().min(Self::BYTES));
        to_bytes(&r, out_r);
        to_bytes(&s, out_s);
        is_zero(&r) | is_zero(&s) == 0
    }

    /// Whether a signature is right.
    pub fn verify(&self, public: &[u8], hash: &[u8], signature: &[u8]) -> bool {
        self.checked(public, hash, signature).is_some()
    }

    fn checked(&self, public: &[u8], hash: &[u8], signature: &[u8]) -> Option<()> {
        let (r, s) = signature.split_at_checked(Self::BYTES)?;
        let (r, s) = (self.scalar(r)?, self.scalar(s)?);
        let (public, digest) = (self.point(public)?, self.digest(hash)?);
        let n = &self.order;
        let inverse = n.invert(&n.enter(&s));
        let first = n.leave(&n.mul(&n.enter(&digest), &inverse));
        let second = n.leave(&n.mul(&n.enter(&r), &inverse));
        let sum = self.add(
            &self.multiply(&self.base, &first),
            &self.multiply(&public, &second),
        );
        (n.reduced(&self.x(&sum)) == r).then_some(())
    }
}

/// The nonces of RFC 6979 §3.2, made by an HMAC of the caller's choice.
///
/// `mac(key, parts)` is the HMAC of the parts one after the other. A nonce for which `accept` says no is followed by
/// the next.
pub fn deterministic<const N: usize, const H: usize>(
    curve: &Curve<N>,
    private: &[u8],
    hash: &[u8],
    mut mac: impl FnMut(&[u8; H], &[&[u8]]) -> [u8; H],
    mut accept: impl FnMut(&[u8]) -> bool,
) -> bool {
    /// Far more than will ever be needed.
    const ATTEMPTS: usize = 64;
    let (Some(private), Some(digest)) = (private.get(..Curve::<N>::BYTES), curve.digest(hash))
    else {
        return false;
    };
    let mut digest_bytes = [0; 64];
    let digest_bytes = digest_bytes.get_mut(..Curve::<N>::BYTES).unwrap_or(&mut []);
    to_bytes(&digest, digest_bytes);
    let (mut key, mut value) = ([0; H], [1; H]);
    for step in [0u8, 1] {
        key = mac(&key, &[&value, &[step], private, digest_bytes]);
        value = mac(&key, &[&value]);
    }
    let mut nonce = [0; 64];
    let nonce = nonce.get_mut(..Curve::<N>::BYTES).unwrap_or(&mut []);
    for _ in 0..ATTEMPTS {
        for part in nonce.chunks_mut(H.max(1)) {
            value = mac(&key, &[&value]);
            for (to, from) in part.iter_mut().zip(&value) {
                *to = *from;
            }
        }
        if curve.scalar(nonce).is_some() && accept(nonce) {
            return true;
        }
        key = mac(&key, &[&value, &[0]]);
        value = mac(&key, &[&value]);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::curve::{p256, p384};
    use super::*;
    use crate::wire::hash::{hmac_sha256, sha256, sha384};
    use std::vec::Vec;

    fn unhex(hex: &str) -> Vec<u8> {
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    }

    #[test]
    fn rfc_6979_vectors() {
        // A.2.5, SHA-256, message "sample".
        let private = unhex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
        let public = unhex(
            "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6\
             7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
        );
        let expected = unhex(
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
             f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
        );
        let (curve, hash, mut signature) = (p256(), sha256(b"sample"), [0; 64]);
        let mut derived = [0; 64];
        assert!(curve.public_key(&private, &mut derived));
        assert_eq!(&derived[..], public);
        let mac = |key: &[u8; 32], parts: &[&[u8]]| hmac_sha256(key, &parts.concat());
        assert!(deterministic(&curve, &private, &hash, mac, |k| curve.sign(
            &private,
            &hash,
            k,
            &mut signature
        )));
        assert_eq!(&signature[..], expected);
        assert!(curve.verify(&public, &hash, &signature));
        signature[63] ^= 1;
        assert!(!curve.verify(&public, &hash, &signature));
        assert!(
            !curve.verify(&public, &hash, &[0; 64])
                && !curve.verify(&public, &hash, &signature[..63])
        );
    }

    #[test]
    fn p384_signs_and_verifies() {
        let (curve, hash) = (p384(), sha384(b"sample"));
        let (private, k) = ([7; 48], [9; 48]);
        let (mut public, mut signature) = ([0; 96], [0; 96]);
        assert!(
            curve.public_key(&private, &mut public)
                && curve.sign(&private, &hash, &k, &mut signature)
        );
        assert!(curve.verify(&public, &hash, &signature));
        assert!(!curve.verify(&public, &sha384(b"other"), &signature));
        #[cfg(feature = "tls")]
        {
            let mut sec1 = std::vec![4];
            sec1.extend_from_slice(&public);
            let key = ring::signature::UnparsedPublicKey::new(
                &ring::signature::ECDSA_P384_SHA384_FIXED,
                &sec1,
            );
            key.verify(b"sample", &signature).unwrap();
        }
    }

    #[test]
    fn both_sides_share_a_secret() {
        let curve = p256();
        let (a, b) = ([3; 32], [5; 32]);
        let (mut pub_a, mut pub_b, mut one, mut two) = ([0; 64], [0; 64], [0; 32], [0; 32]);
        assert!(curve.public_key(&a, &mut pub_a) && curve.public_key(&b, &mut pub_b));
        assert!(
            curve.shared_secret(&pub_b, &a, &mut one) && curve.shared_secret(&pub_a, &b, &mut two)
        );
        assert_eq!(one, two);
    }
}
