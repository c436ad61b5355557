//! AES-GCM (NIST SP 800-38D) with keys of 128, 192 and 256 bits and nonces of any length.

use aes::cipher::{BlockCipherEncrypt, BlockSizeUser, InnerIvInit, KeyInit, StreamCipherCore};
use aes::{Aes128, Aes192, Aes256};
use ghash::universal_hash::UniversalHash;
use ghash::{Block, GHash};
use p256::elliptic_curve::consts::U16;
use p256::elliptic_curve::subtle::ConstantTimeEq;

/// Bytes of a tag.
pub const TAG: usize = 16;

/// Nonces of this length start the counter themselves, others by way of their hash.
const USUAL_NONCE: usize = 12;

/// Bytes that one nonce may protect: 2^32 - 2 blocks.
const MAX_DATA: u64 = (1 << 36) - 32;

/// Encrypts in place and returns the tag. `None` for a key of another length than 16, 24 or 32, and an empty nonce.
pub fn seal(key: &[u8], nonce: &[u8], aad: &[u8], data: &mut [u8]) -> Option<[u8; TAG]> {
    with_key(key, nonce, aad, data, None)
}

/// Decrypts in place when `tag`, the whole tag or its first bytes, is right. Else the data is zeroed and the result is
/// false.
pub fn open(key: &[u8], nonce: &[u8], aad: &[u8], data: &mut [u8], tag: &[u8]) -> bool {
    let is_genuine = with_key(key, nonce, aad, data, Some(tag)).is_some();
    if !is_genuine {
        data.fill(0);
    }
    is_genuine
}

fn with_key(
    key: &[u8],
    nonce: &[u8],
    aad: &[u8],
    data: &mut [u8],
    expected: Option<&[u8]>,
) -> Option<[u8; TAG]> {
    match key.len() {
        16 => Gcm::<Aes128>::new(key, nonce)?.run(aad, data, expected),
        24 => Gcm::<Aes192>::new(key, nonce)?.run(aad, data, expected),
        32 => Gcm::<Aes256>::new(key, nonce)?.run(aad, data, expected),
        _ => None,
    }
}

/// The key stream: a counter of 32 bits, encrypted.
type Stream<Aes> = ctr::CtrCore<Aes, ctr::flavors::Ctr32BE>;

struct Gcm<Aes> {
    cipher: Aes,
    hash: GHash,
    /// The first value of the counter.
    start: Block,
}

impl<Aes> Gcm<Aes>
where
    Aes: KeyInit + BlockCipherEncrypt + BlockSizeUser<BlockSize = U16>,
{
    fn new(key: &[u8], nonce: &[u8]) -> Option<Self> {
        let cipher = Aes::new_from_slice(key).ok()?;
        let mut subkey = Block::default();
        cipher.encrypt_block(&mut subkey);
        let hash = GHash::new(&subkey);
        let mut start = Block::default();
        if nonce.is_empty() {
            return None;
        } else if nonce.len() == USUAL_NONCE {
            start.get_mut(..USUAL_NONCE)?.copy_from_slice(nonce);
            *start.last_mut()? = 1;
        } else {
            start = digest(hash.clone(), &[nonce], 0, bits(nonce));
        }
        Some(Gcm {
            cipher,
            hash,
            start,
        })
    }

    /// Encrypts, or decrypts when the tag of the data is the `expected` one.
    fn run(&self, aad: &[u8], data: &mut [u8], expected: Option<&[u8]>) -> Option<[u8; TAG]> {
        if u64::try_from(data.len()).ok()? > MAX_DATA {
            return None;
        }
        let mut stream = Stream::inner_iv_init(&self.cipher, &self.start);
        let mut mask = Block::default();
        stream.write_keystream_block(&mut mask);
        let Some(expected) = expected else {
            stream.apply_keystream_partial(data.into());
            return Some(self.tag(aad, data, &mask));
        };
        let tag = self.tag(aad, data, &mask);
        let kept = tag.get(..expected.len()).filter(|kept| !kept.is_empty())?;
        if !bool::from(kept.ct_eq(expected)) {
            return None;
        }
        stream.apply_keystream_partial(data.into());
        Some(tag)
    }

    fn tag(&self, aad: &[u8], ciphertext: &[u8], mask: &Block) -> [u8; TAG] {
        let mut tag = digest(
            self.hash.clone(),
            &[aad, ciphertext],
            bits(aad),
            bits(ciphertext),
        );
        tag.iter_mut().zip(mask).for_each(|(byte, m)| *byte ^= m);
        tag.into()
    }
}

fn bits(bytes: &[u8]) -> u64 {
    (bytes.len() as u64).saturating_mul(8)
}

/// The hash of the parts, each padded to whole blocks, and a block of two lengths.
fn digest(mut hash: GHash, parts: &[&[u8]], first: u64, second: u64) -> Block {
    for part in parts {
        hash.update_padded(part);
    }
    let lengths = (u128::from(first) << 64 | u128::from(second)).to_be_bytes();
    hash.update(&[lengths.into()]);
    hash.finalize()
}

#[cfg(test)]
mod tests {
    use super::super::vectors::hex;
    use super::*;
    use std::vec::Vec;

    const KEY: &str = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
    const PLAIN: &str = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
    const AAD: &str = "feedfacedeadbeeffeedfacedeadbeefabaddad2";

    /// Test cases 4 to 6, 10 to 12 and 16 to 18 of the GCM specification (McGrew, Viega).
    #[test]
    fn published_vectors() {
        const USUAL: &str = "cafebabefacedbaddecaf888";
        const SHORT: &str = "cafebabefacedbad";
        const LONG: &str = "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b";
        for (key, nonce, head, tag) in [
            (
                16,
                USUAL,
                "42831ec2217774244b7221b784d0d49c",
                "5bc94fbc3221a5db94fae95ae7121a47",
            ),
            (
                16,
                SHORT,
                "61353b4c2806934a777ff51fa22a4755",
                "3612d2e79e3b0785561be14aaca2fccb",
            ),
            (
                16,
                LONG,
                "8ce24998625615b603a033aca13fb894",
                "619cc5aefffe0bfa462af43c1699d050",
            ),
            (
                24,
                USUAL,
                "3980ca0b3c00e841eb06fac4872a2757",
                "2519498e80f1478f37ba55bd6d27618c",
            ),
            (
                24,
                SHORT,
                "0f10f599ae14a154ed24b36e25324db8",
                "65dcc57fcf623a24094fcca40d3533f8",
            ),
            (
                24,
                LONG,
                "d27e88681ce3243c4830165a8fdcf9ff",
                "dcf566ff291c25bbb8568fc3d376a6d9",
            ),
            (
                32,
                USUAL,
                "522dc1f099567d07f47f37a32a84427d",
                "76fc6ece0f4e1768cddf8853bb2d551b",
            ),
            (
                32,
                SHORT,
                "c3762df1ca787d32ae47c13bf19844cb",
                "3a337dbf46a792c45e454913fe2ea8f2",
            ),
            (
                32,
                LONG,
                "5a8def2f0c9e53f1f75d7853659e2a20",
                "a44a8266ee1c8eb0c8b5d4cf5ae9f19a",
            ),
        ] {
            let (key, nonce, aad, tag) = (&hex(KEY)[..key], hex(nonce), hex(AAD), hex(tag));
            let mut data = hex(PLAIN);
            assert_eq!(seal(key, &nonce, &aad, &mut data).unwrap().as_slice(), tag);
            assert_eq!(data[..16], hex(head));
            for len in [16, 12, 1] {
                let mut copy = data.clone();
                assert!(open(key, &nonce, &aad, &mut copy, &tag[..len]));
                assert_eq!(copy, hex(PLAIN));
            }
            let mut bad = tag.clone();
            bad[15] ^= 1;
            for tag in [&bad[..], &[], &[0; 17]] {
                let mut copy = data.clone();
                assert!(!open(key, &nonce, &aad, &mut copy, tag));
                assert!(copy.iter().all(|&b| b == 0));
            }
        }
    }

    #[test]
    fn agrees_with_ring() {
        use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
        let key = [7; 32];
        let other = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap());
        for len in 0..200 {
            let plain: Vec<u8> = (0..len).map(|i| i as u8).collect();
            let (mut ours, mut theirs) = (plain.clone(), plain.clone());
            let nonce = [len as u8; 12];
            let tag = seal(&key, &nonce, &plain[..len / 3], &mut ours).unwrap();
            let expected = other
                .seal_in_place_separate_tag(
                    Nonce::assume_unique_for_key(nonce),
                    Aad::from(&plain[..len / 3]),
                    &mut theirs,
                )
                .unwrap();
            assert_eq!((&ours, tag.as_slice()), (&theirs, expected.as_ref()));
        }
    }

    #[test]
    fn refused() {
        for key in [0, 15, 17, 31, 33] {
            assert_eq!(
                seal(&hex(&KEY.repeat(2))[..key], &[1; 12], &[], &mut []),
                None
            );
        }
        assert_eq!(seal(&[1; 16], &[], &[], &mut []), None);
    }
}
