//! ChaCha20-Poly1305 (RFC 8439).

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};

/// Bytes of a key.
pub const KEY: usize = 32;

/// Bytes of a nonce.
pub const NONCE: usize = 12;

/// Bytes of a tag.
pub const TAG: usize = 16;

fn cipher(key: &[u8; KEY]) -> Option<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, key)
        .ok()
        .map(LessSafeKey::new)
}

/// Encrypts in place and returns the tag.
pub fn seal(
    key: &[u8; KEY],
    nonce: &[u8; NONCE],
    aad: &[u8],
    data: &mut [u8],
) -> Option<[u8; TAG]> {
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let tag = cipher(key)?
        .seal_in_place_separate_tag(nonce, Aad::from(aad), data)
        .ok()?;
    tag.as_ref().try_into().ok()
}

/// Decrypts in place when the tag is right. Else the data is zeroed and the result is false.
pub fn open(
    key: &[u8; KEY],
    nonce: &[u8; NONCE],
    aad: &[u8],
    data: &mut [u8],
    tag: &[u8; TAG],
) -> bool {
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let opened = cipher(key).is_some_and(|cipher| {
        cipher
            .open_in_place_separate_tag(nonce, Aad::from(aad), (*tag).into(), data, 0..)
            .is_ok()
    });
    if !opened {
        data.fill(0);
    }
    opened
}

#[cfg(test)]
mod tests {
    use super::super::vectors::hex;
    use super::*;

    /// RFC 8439 §2.8.2.
    #[test]
    fn published_vector() {
        let key: [u8; 32] = core::array::from_fn(|i| 0x80 + i as u8);
        let plain = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
        let sealed = "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b6116";
        let nonce = hex("070000004041424344454647").try_into().unwrap();
        let aad = hex("50515253c0c1c2c3c4c5c6c7");
        let mut data = plain.to_vec();
        let tag = seal(&key, &nonce, &aad, &mut data).unwrap();
        assert_eq!(
            (&data, tag.as_slice()),
            (&hex(sealed), &hex("1ae10b594f09e26a7e902ecbd0600691")[..])
        );
        let mut copy = data.clone();
        assert!(open(&key, &nonce, &aad, &mut copy, &tag) && copy == plain);
        for at in 0..TAG {
            let (mut bad, mut copy) = (tag, data.clone());
            bad[at] ^= 0x80;
            assert!(!open(&key, &nonce, &aad, &mut copy, &bad) && copy.iter().all(|&b| b == 0));
        }
    }
}
