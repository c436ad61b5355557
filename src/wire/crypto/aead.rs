//! Authenticated encryption: AES-GCM (NIST SP 800-38D) with keys of 128 and 256 bits, ChaCha20-Poly1305 (RFC 8439).

use ring::aead::{
    AES_128_GCM, AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey,
};

/// Bytes of a tag.
pub const TAG: usize = 16;

/// Bytes of a nonce.
pub const NONCE: usize = 12;

/// The algorithm and its key.
pub struct Cipher(LessSafeKey);

impl Cipher {
    /// AES-GCM with a key of 16 or 32 bytes.
    pub fn aes_gcm(key: &[u8]) -> Option<Self> {
        match key.len() {
            16 => Self::new(&AES_128_GCM, key),
            32 => Self::new(&AES_256_GCM, key),
            _ => None,
        }
    }

    /// ChaCha20-Poly1305.
    pub fn chacha20_poly1305(key: &[u8; 32]) -> Option<Self> {
        Self::new(&CHACHA20_POLY1305, key)
    }

    fn new(algorithm: &'static Algorithm, key: &[u8]) -> Option<Self> {
        UnboundKey::new(algorithm, key)
            .ok()
            .map(|key| Self(LessSafeKey::new(key)))
    }

    /// Encrypts in place and returns the tag.
    pub fn seal(&self, nonce: &[u8; NONCE], aad: &[u8], data: &mut [u8]) -> Option<[u8; TAG]> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce, Aad::from(aad), data)
            .ok()?;
        tag.as_ref().try_into().ok()
    }

    /// Decrypts in place; on a wrong tag the data is zeroed. `tag` is the whole tag or its first bytes, at least one.
    pub fn open(&self, nonce: &[u8; NONCE], aad: &[u8], data: &mut [u8], tag: &[u8]) -> bool {
        // Both ciphers add a key stream, so sealing the ciphertext gives the plaintext, and sealing that its tag.
        let genuine = self.seal(nonce, aad, data).is_some() && self.tag_of(nonce, aad, data, tag);
        if !genuine {
            data.fill(0);
        }
        genuine
    }

    fn tag_of(&self, nonce: &[u8; NONCE], aad: &[u8], plaintext: &[u8], tag: &[u8]) -> bool {
        let mut copy = plaintext.to_vec();
        let Some(expected) = self.seal(nonce, aad, &mut copy) else {
            return false;
        };
        let Some(expected) = expected.get(..tag.len()).filter(|t| !t.is_empty()) else {
            return false;
        };
        // No early exit: the time must not tell where they differ.
        expected
            .iter()
            .zip(tag)
            .fold(0, |difference, (a, b)| difference | (a ^ b))
            == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len() / 2)
            .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
            .collect()
    }

    fn check(cipher: &Cipher, nonce: &str, aad: &str, plain: &[u8], sealed: &str, tag: &str) {
        let nonce = hex(nonce).try_into().unwrap();
        let (aad, tag) = (hex(aad), hex(tag));
        let mut data = plain.to_vec();
        assert_eq!(
            cipher.seal(&nonce, &aad, &mut data).unwrap().as_slice(),
            tag
        );
        assert_eq!(data, hex(sealed));
        for len in [16, 12, 1] {
            let mut copy = data.clone();
            assert!(cipher.open(&nonce, &aad, &mut copy, &tag[..len]) && copy == plain);
        }
        let mut bad = tag.clone();
        bad[15] ^= 1;
        let mut copy = data.clone();
        assert!(!cipher.open(&nonce, &aad, &mut copy, &bad) && copy.iter().all(|&b| b == 0));
        for tag in [&[][..], &[0; 17]] {
            assert!(!cipher.open(&nonce, &aad, &mut data.clone(), tag));
        }
    }

    /// RFC 8439 §2.8.2.
    #[test]
    fn chacha20_poly1305() {
        let key: [u8; 32] = core::array::from_fn(|i| 0x80 + i as u8);
        let plain = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
        let sealed = "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b6116";
        let cipher = Cipher::chacha20_poly1305(&key).unwrap();
        check(
            &cipher,
            "070000004041424344454647",
            "50515253c0c1c2c3c4c5c6c7",
            plain,
            sealed,
            "1ae10b594f09e26a7e902ecbd0600691",
        );
    }

    /// Test cases 4 and 16 of the GCM specification.
    #[test]
    fn aes_gcm() {
        let plain = hex(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        );
        let (nonce, aad) = (
            "cafebabefacedbaddecaf888",
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        );
        let key = hex("feffe9928665731c6d6a8f9467308308");
        let sealed = "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091";
        check(
            &Cipher::aes_gcm(&key).unwrap(),
            nonce,
            aad,
            &plain,
            sealed,
            "5bc94fbc3221a5db94fae95ae7121a47",
        );
        let sealed = "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662";
        let key = [key.clone(), key].concat();
        check(
            &Cipher::aes_gcm(&key).unwrap(),
            nonce,
            aad,
            &plain,
            sealed,
            "76fc6ece0f4e1768cddf8853bb2d551b",
        );
        assert!(Cipher::aes_gcm(&key[..24]).is_none());
    }
}
