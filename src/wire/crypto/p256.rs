//! P-256 keys and signatures in the raw form of the C API: big-endian numbers side by side, no tags.

use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use p256::elliptic_curve::point::AffineCoordinates;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{PublicKey, SecretKey};

/// Bytes of a private key and of a shared secret.
pub const PRIVATE: usize = 32;

/// Bytes of a public key (X, Y) and of a signature (r, s).
pub const PUBLIC: usize = 64;

/// Bytes of a compressed public key.
pub const COMPRESSED: usize = 33;

/// The public key of a private one; `None` when that is 0 or not below the order.
pub fn public_key(private: &[u8; PRIVATE]) -> Option<[u8; PUBLIC]> {
    raw(&SecretKey::from_slice(private).ok()?.public_key())
}

/// X coordinate of the common point; `None` for bad keys.
pub fn shared_secret(private: &[u8; PRIVATE], public: &[u8; PUBLIC]) -> Option<[u8; PRIVATE]> {
    let scalar = SecretKey::from_slice(private).ok()?.to_nonzero_scalar();
    let point = (parse(public)?.to_projective() * *scalar).to_affine();
    Some(point.x().into())
}

/// Signs a digest with the nonce of RFC 6979 (SHA-256); `None` for a bad key or a digest below 16 bytes. Of a digest
/// longer than 32 bytes the leftmost count.
pub fn sign(private: &[u8; PRIVATE], digest: &[u8]) -> Option<[u8; PUBLIC]> {
    let signature: Signature = SigningKey::from_slice(private)
        .ok()?
        .sign_prehash(digest)
        .ok()?;
    Some(signature.to_bytes().into())
}

/// Whether `signature` is that of the digest.
pub fn verify(public: &[u8; PUBLIC], digest: &[u8], signature: &[u8; PUBLIC]) -> bool {
    let Some(key) = parse(public).map(VerifyingKey::from) else {
        return false;
    };
    Signature::from_slice(signature).is_ok_and(|s| key.verify_prehash(digest, &s).is_ok())
}

/// Whether the point is on the curve.
pub fn is_valid(public: &[u8; PUBLIC]) -> bool {
    parse(public).is_some()
}

/// 02 or 03, then X; `None` for a point that is not on the curve.
pub fn compress(public: &[u8; PUBLIC]) -> Option<[u8; COMPRESSED]> {
    parse(public)?
        .to_sec1_point(true)
        .as_bytes()
        .try_into()
        .ok()
}

/// The inverse of [`compress`].
pub fn decompress(compressed: &[u8; COMPRESSED]) -> Option<[u8; PUBLIC]> {
    raw(&PublicKey::from_sec1_bytes(compressed).ok()?)
}

fn parse(public: &[u8; PUBLIC]) -> Option<PublicKey> {
    const UNCOMPRESSED: u8 = 4;
    let mut tagged = [UNCOMPRESSED; PUBLIC + 1];
    tagged.get_mut(1..)?.copy_from_slice(public);
    PublicKey::from_sec1_bytes(&tagged).ok()
}

fn raw(key: &PublicKey) -> Option<[u8; PUBLIC]> {
    key.to_sec1_point(false)
        .as_bytes()
        .get(1..)?
        .try_into()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex<const N: usize>(text: &str) -> [u8; N] {
        core::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
    }

    /// RFC 6979 §A.2.5, message "sample" with SHA-256.
    #[test]
    fn deterministic_signature() {
        let private = hex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
        let public = public_key(&private).unwrap();
        let expected = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
        assert_eq!(public, hex(expected));
        use sha2::Digest;
        let digest: [u8; 32] = sha2::Sha256::digest(b"sample").into();
        let signature = sign(&private, &digest).unwrap();
        let expected = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
        assert_eq!(signature, hex(expected));
        assert!(verify(&public, &digest, &signature));
        let mut bad = signature;
        bad[63] ^= 1;
        assert!(!verify(&public, &digest, &bad) && !verify(&public, &[0; 32], &signature));
    }

    #[test]
    fn bad_keys() {
        let order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
        for private in [[0; 32], order, [0xff; 32]] {
            assert_eq!(public_key(&private), None);
            assert_eq!(sign(&private, &[1; 32]), None);
        }
        let off_curve = [1; 64];
        assert!(!is_valid(&off_curve) && compress(&off_curve).is_none());
        assert_eq!(shared_secret(&[1; 32], &off_curve), None);
        assert_eq!(decompress(&[0; 33]), None);
    }

    #[test]
    fn exchange_and_compression() {
        let (a, b) = ([3; 32], [5; 32]);
        let (pa, pb) = (public_key(&a).unwrap(), public_key(&b).unwrap());
        assert_eq!(shared_secret(&a, &pb), shared_secret(&b, &pa));
        assert_eq!(decompress(&compress(&pa).unwrap()), Some(pa));
    }
}
