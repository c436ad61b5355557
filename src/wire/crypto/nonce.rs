//! The nonces of deterministic signatures (RFC 6979 §3.2), made by a hash of the caller's.

use alloc::vec;
use alloc::vec::Vec;

/// A hash function, used by way of HMAC (RFC 2104).
pub trait Prf {
    /// Bytes of a digest.
    fn digest_size(&self) -> usize;
    /// Bytes of a block, not less than those of a digest.
    fn block_size(&self) -> usize;
    /// Digest of the parts one after the other, written to `out`, which has the size of a digest.
    fn digest(&mut self, parts: &[&[u8]], out: &mut [u8]);
}

const INNER_PAD: u8 = 0x36;
const OUTER_PAD: u8 = 0x5c;

/// HMAC of the parts one after the other; the key is a digest, so it fits a block.
fn hmac(prf: &mut dyn Prf, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let pad = |fill: u8| {
        let mut pad = vec![fill; prf.block_size()];
        pad.iter_mut().zip(key).for_each(|(pad, key)| *pad ^= key);
        pad
    };
    let (inner, outer) = (pad(INNER_PAD), pad(OUTER_PAD));
    let mut digest = vec![0; prf.digest_size()];
    let all: Vec<&[u8]> = core::iter::once(&inner[..])
        .chain(parts.iter().copied())
        .collect();
    prf.digest(&all, &mut digest);
    let mut mac = vec![0; digest.len()];
    prf.digest(&[&outer, &digest], &mut mac);
    mac
}

/// The generator: one candidate after another.
pub struct Nonces<'a> {
    prf: &'a mut dyn Prf,
    key: Vec<u8>,
    value: Vec<u8>,
    has_given: bool,
}

impl<'a> Nonces<'a> {
    /// `digest` is that of the message, modulo the order and as long as the private key.
    pub fn new(prf: &'a mut dyn Prf, private: &[u8], digest: &[u8]) -> Self {
        let size = prf.digest_size();
        let (mut key, mut value) = (vec![0; size], vec![1; size]);
        for step in [0, 1] {
            key = hmac(prf, &key, &[&value, &[step], private, digest]);
            value = hmac(prf, &key, &[&value]);
        }
        Nonces {
            prf,
            key,
            value,
            has_given: false,
        }
    }

    /// The next candidate, which may be too large or zero.
    pub fn next(&mut self, candidate: &mut [u8]) {
        if self.has_given {
            self.key = hmac(self.prf, &self.key, &[&self.value, &[0]]);
            self.value = hmac(self.prf, &self.key, &[&self.value]);
        }
        self.has_given = true;
        for part in candidate.chunks_mut(self.prf.digest_size().max(1)) {
            self.value = hmac(self.prf, &self.key, &[&self.value]);
            part.iter_mut()
                .zip(&self.value)
                .for_each(|(to, from)| *to = *from);
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    /// SHA-256.
    pub struct HmacSha256;

    impl Prf for HmacSha256 {
        fn digest_size(&self) -> usize {
            32
        }

        fn block_size(&self) -> usize {
            64
        }

        fn digest(&mut self, parts: &[&[u8]], out: &mut [u8]) {
            let mut hash = Sha256::new();
            parts.iter().for_each(|part| hash.update(part));
            out.copy_from_slice(&hash.finalize());
        }
    }

    #[test]
    fn hmac_of_rfc_4231() {
        let mac = hmac(
            &mut HmacSha256,
            b"Jefe",
            &[b"what do ya want ", b"for nothing?"],
        );
        assert_eq!(mac[..4], [0x5b, 0xdc, 0xc1, 0x46]);
    }

    #[test]
    fn candidates_differ() {
        let mut prf = HmacSha256;
        let mut nonces = Nonces::new(&mut prf, &[1; 48], &[2; 48]);
        let (mut a, mut b) = ([0; 48], [0; 48]);
        nonces.next(&mut a);
        nonces.next(&mut b);
        assert_ne!(a, b);
    }
}
