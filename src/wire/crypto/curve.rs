//! Keys and signatures of the curves P-256 and P-384 in the raw form of the C API: big-endian numbers side by side, no
//! tags.

use core::marker::PhantomData;

use ecdsa::hazmat::{sign_prehashed, sign_prehashed_rfc6979, verify_prehashed};
use ecdsa::{DigestAlgorithm, Signature};
use p256::NistP256;
use p256::elliptic_curve::point::AffineCoordinates;
use p256::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use p256::elliptic_curve::{
    AffinePoint, CurveArithmetic, FieldBytes, FieldBytesSize, NonZeroScalar, PublicKey, SecretKey,
};
use p384::NistP384;

use super::nonce::{Nonces, Prf};

/// Bytes of a coordinate, a private key, a shared secret of P-256.
pub const P256_BYTES: usize = 32;

/// The same of P-384, the largest curve.
pub const P384_BYTES: usize = 48;

/// P-256, also secp256r1 and prime256v1.
pub static P256: Nist<NistP256> = Nist(PhantomData);

/// P-384, also secp384r1.
pub static P384: Nist<NistP384> = Nist(PhantomData);

/// A curve of NIST, named by the crates' type.
pub struct Nist<C>(PhantomData<C>);

/// What can be done with a curve whose numbers have [`Curve::size`] bytes.
///
/// Private keys and secrets have that many bytes, public keys (X, Y) and signatures (r, s) twice as many, compressed
/// keys one more. Slices of another length, bad keys and points beside the curve give `None` or false.
pub trait Curve: Sync {
    /// Bytes of a number.
    fn size(&self) -> usize;

    /// Writes the public key of a private one; `None` when that is 0 or not below the order.
    fn public_key(&self, private: &[u8], public: &mut [u8]) -> Option<()>;

    /// Writes the X coordinate of the common point.
    fn shared_secret(&self, private: &[u8], public: &[u8], secret: &mut [u8]) -> Option<()>;

    /// Signs a digest with the nonce of RFC 6979, made by the hash that goes with the curve. Of a digest longer than a
    /// number the leftmost bytes count.
    fn sign(&self, private: &[u8], digest: &[u8], signature: &mut [u8]) -> Option<()>;

    /// The same with a hash of the caller's.
    fn sign_with(
        &self,
        private: &[u8],
        digest: &[u8],
        prf: &mut dyn Prf,
        signature: &mut [u8],
    ) -> Option<()>;

    /// Whether `signature` is that of the digest.
    fn verify(&self, public: &[u8], digest: &[u8], signature: &[u8]) -> bool;

    /// Whether the point is on the curve.
    fn is_valid(&self, public: &[u8]) -> bool;

    /// Writes 02 or 03, then X.
    fn compress(&self, public: &[u8], compressed: &mut [u8]) -> Option<()>;

    /// The inverse of [`Curve::compress`].
    fn decompress(&self, compressed: &[u8], public: &mut [u8]) -> Option<()>;
}

/// First byte of a point with both coordinates (SEC 1 §2.3.3).
const UNCOMPRESSED: u8 = 4;

impl<C> Nist<C>
where
    C: CurveArithmetic,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
{
    fn len() -> usize {
        FieldBytes::<C>::default().len()
    }

    fn secret_key(private: &[u8]) -> Option<SecretKey<C>> {
        SecretKey::from_bytes(private.try_into().ok()?).ok()
    }

    fn scalar(bytes: &[u8]) -> Option<NonZeroScalar<C>> {
        Some(Self::secret_key(bytes)?.to_nonzero_scalar())
    }

    fn point(public: &[u8]) -> Option<PublicKey<C>> {
        let mut tagged = [UNCOMPRESSED; 2 * P384_BYTES + 1];
        let tagged = tagged.get_mut(..=public.len())?;
        tagged.get_mut(1..)?.copy_from_slice(public);
        PublicKey::from_sec1_bytes(tagged).ok()
    }

    /// The digest as long as a number: its leftmost bytes, or zeros before it.
    fn fit(digest: &[u8]) -> FieldBytes<C> {
        let mut number = FieldBytes::<C>::default();
        let kept = digest.get(..number.len()).unwrap_or(digest);
        let skip = number.len().saturating_sub(kept.len());
        for (to, from) in number.iter_mut().skip(skip).zip(kept) {
            *to = *from;
        }
        number
    }
}

/// Copies a result to where the caller wants it; `None` when that has another length.
fn put(result: &[u8], to: &mut [u8]) -> Option<()> {
    (result.len() == to.len()).then(|| to.copy_from_slice(result))
}

impl<C> Curve for Nist<C>
where
    C: CurveArithmetic + DigestAlgorithm,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
{
    fn size(&self) -> usize {
        Self::len()
    }

    fn public_key(&self, private: &[u8], public: &mut [u8]) -> Option<()> {
        let key = Self::secret_key(private)?.public_key();
        put(key.to_sec1_point(false).as_bytes().get(1..)?, public)
    }

    fn shared_secret(&self, private: &[u8], public: &[u8], secret: &mut [u8]) -> Option<()> {
        let scalar = Self::scalar(private)?;
        let point = Self::point(public)?.to_projective() * *scalar;
        let affine: AffinePoint<C> = point.into();
        put(&affine.x(), secret)
    }

    fn sign(&self, private: &[u8], digest: &[u8], signature: &mut [u8]) -> Option<()> {
        let key = Self::scalar(private)?;
        let made = sign_prehashed_rfc6979::<C, C::Digest>(&key, &Self::fit(digest), &[]).0;
        put(&made.to_bytes(), signature)
    }

    fn sign_with(
        &self,
        private: &[u8],
        digest: &[u8],
        prf: &mut dyn Prf,
        signature: &mut [u8],
    ) -> Option<()> {
        let (key, digest) = (Self::scalar(private)?, Self::fit(digest));
        // The nonce sees the digest modulo the order. The order's top byte is ff: it goes in once at most.
        let mut seed = digest;
        reduce_once(&mut seed, &order::<C>());
        let mut nonces = Nonces::new(prf, private, &seed);
        let mut candidate = FieldBytes::<C>::default();
        for _ in 0..ATTEMPTS {
            nonces.next(&mut candidate);
            let made =
                Self::scalar(&candidate).and_then(|k| sign_prehashed(&key, &k, &digest).ok());
            if let Some((made, _)) = made {
                return put(&made.to_bytes(), signature);
            }
        }
        None
    }

    fn verify(&self, public: &[u8], digest: &[u8], signature: &[u8]) -> bool {
        let Some((key, signature)) =
            Self::point(public).zip(Signature::<C>::from_slice(signature).ok())
        else {
            return false;
        };
        verify_prehashed(&key.to_projective(), &Self::fit(digest), &signature).is_ok()
    }

    fn is_valid(&self, public: &[u8]) -> bool {
        Self::point(public).is_some()
    }

    fn compress(&self, public: &[u8], compressed: &mut [u8]) -> Option<()> {
        put(
            Self::point(public)?.to_sec1_point(true).as_bytes(),
            compressed,
        )
    }

    fn decompress(&self, compressed: &[u8], public: &mut [u8]) -> Option<()> {
        // SEC 1 knows other tags, which are not compressed points.
        if compressed.len() != Self::len().checked_add(1)?
            || !matches!(compressed.first(), Some(2 | 3))
        {
            return None;
        }
        let key = PublicKey::<C>::from_sec1_bytes(compressed).ok()?;
        put(key.to_sec1_point(false).as_bytes().get(1..)?, public)
    }
}

/// Nearly every candidate is a nonce; a hash that gives none in so many tries is broken.
const ATTEMPTS: usize = 64;

/// The order of the group, big-endian.
fn order<C: CurveArithmetic>() -> FieldBytes<C> {
    use p256::elliptic_curve::ff::{Field, PrimeField};
    // The order less one is the negative of one.
    let mut order = (-C::Scalar::ONE).to_repr();
    if let Some(last) = order.last_mut() {
        *last = last.wrapping_add(1);
    }
    order
}

/// Takes the order away once when the number is not below it. A digest is no secret.
fn reduce_once(number: &mut [u8], order: &[u8]) {
    if &*number < order {
        return;
    }
    let mut borrow = false;
    for (byte, minus) in number.iter_mut().zip(order).rev() {
        let (first, under) = byte.overflowing_sub(*minus);
        let (second, again) = first.overflowing_sub(u8::from(borrow));
        *byte = second;
        borrow = under || again;
    }
}

#[cfg(test)]
mod tests {
    use super::super::nonce::tests::HmacSha256;
    use super::super::vectors::hex;
    use super::*;
    use sha2::{Digest, Sha256, Sha384};
    use std::vec;
    use std::vec::Vec;

    fn public(curve: &dyn Curve, private: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![0; 2 * curve.size()];
        curve.public_key(private, &mut out).map(|()| out)
    }

    const P256_KEY: &str = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
    const P256_SAMPLE: &str = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
    const P384_KEY: &str = "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5";

    /// RFC 6979 §A.2.5 and §A.2.6, message "sample".
    #[test]
    fn deterministic_signatures() {
        let digest = Sha256::digest(b"sample");
        let key = hex(P256_KEY);
        let q = public(&P256, &key).unwrap();
        assert_eq!(
            q,
            hex(
                "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
            )
        );
        let mut signature = [0; 64];
        P256.sign(&key, &digest, &mut signature).unwrap();
        assert_eq!(signature[..], hex(P256_SAMPLE));
        assert!(P256.verify(&q, &digest, &signature));
        signature[63] ^= 1;
        assert!(!P256.verify(&q, &digest, &signature));
        let mut prf = HmacSha256;
        P256.sign_with(&key, &digest, &mut prf, &mut signature)
            .unwrap();
        assert_eq!(signature[..], hex(P256_SAMPLE));

        let key = hex(P384_KEY);
        let q = public(&P384, &key).unwrap();
        assert_eq!(
            q,
            hex(
                "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc138015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720"
            )
        );
        let mut signature = [0; 96];
        let long = Sha384::digest(b"sample");
        P384.sign(&key, &long, &mut signature).unwrap();
        assert_eq!(
            signature[..],
            hex(
                "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe4699ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8"
            )
        );
        assert!(P384.verify(&q, &long, &signature) && !P384.verify(&q, &digest, &signature));
        // A short digest, and the hash of the caller's choice: §A.2.6, SHA-256.
        P384.sign_with(&key, &digest, &mut prf, &mut signature)
            .unwrap();
        assert_eq!(
            signature[..],
            hex(
                "21b13d1e013c7fa1392d03c5f99af8b30c570c6f98d4ea8e354b63a21d3daa33bde1e888e63355d92fa2b3c36d8fb2cdf3aa443fb107745bf4bd77cb3891674632068a10ca67e3d45db2266fa7d1feebefdc63eccd1ac42ec0cb8668a4fa0ab0"
            )
        );
        assert!(P384.verify(&q, &digest, &signature));
    }

    #[test]
    fn digests_of_any_length() {
        for curve in [&P256 as &dyn Curve, &P384] {
            let key = vec![9; curve.size()];
            let q = public(curve, &key).unwrap();
            for len in [0, 1, 16, 20, 31, 33, 47, 49, 64, 200] {
                let (mut a, mut b) = (vec![0; 2 * curve.size()], vec![0; 2 * curve.size()]);
                let digest = vec![0xff; len];
                curve.sign(&key, &digest, &mut a).unwrap();
                assert!(curve.verify(&q, &digest, &a));
                let mut longer = digest.clone();
                longer.push(1);
                assert_eq!(curve.verify(&q, &longer, &a), len >= curve.size());
                curve
                    .sign_with(&key, &digest, &mut HmacSha256, &mut b)
                    .unwrap();
                assert!(curve.verify(&q, &digest, &b));
                // P-256 signs with SHA-256 itself: a digest above the order, too.
                assert_eq!(a == b, curve.size() == P256_BYTES);
            }
        }
    }

    #[test]
    fn bad_keys() {
        let order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
        assert_eq!(super::order::<NistP256>()[..], order);
        for curve in [&P256 as &dyn Curve, &P384] {
            let n = curve.size();
            let mut out = vec![0; 2 * n];
            for private in [
                vec![0; n],
                vec![0xff; n],
                vec![1; n - 1],
                vec![1; n + 1],
                vec![],
            ] {
                assert_eq!(public(curve, &private), None);
                assert_eq!(curve.sign(&private, &[1; 32], &mut out), None);
            }
            for off_curve in [
                vec![1; 2 * n],
                vec![0; 2 * n],
                vec![1; n],
                vec![1; 200],
                vec![],
            ] {
                assert!(!curve.is_valid(&off_curve));
                assert_eq!(curve.compress(&off_curve, &mut vec![0; n + 1]), None);
                assert_eq!(
                    curve.shared_secret(&vec![1; n], &off_curve, &mut vec![0; n]),
                    None
                );
            }
            let mut x_only = vec![1; n + 1];
            x_only[0] = 5;
            for compressed in [vec![0; n + 1], x_only, vec![2; n], vec![0]] {
                assert_eq!(curve.decompress(&compressed, &mut out), None);
            }
            let q = public(curve, &vec![3; n]).unwrap();
            assert_eq!(curve.public_key(&vec![3; n], &mut vec![0; 2 * n - 1]), None);
            for signature in [vec![0; 2 * n], vec![0xff; 2 * n], vec![1; 2 * n - 1]] {
                assert!(!curve.verify(&q, &[1; 32], &signature));
            }
        }
        assert_eq!(public(&P256, &order), None);
    }

    #[test]
    fn exchange_and_compression() {
        for curve in [&P256 as &dyn Curve, &P384] {
            let n = curve.size();
            let (a, b) = (vec![3; n], vec![5; n]);
            let (pa, pb) = (public(curve, &a).unwrap(), public(curve, &b).unwrap());
            let (mut s1, mut s2) = (vec![0; n], vec![0; n]);
            curve.shared_secret(&a, &pb, &mut s1).unwrap();
            curve.shared_secret(&b, &pa, &mut s2).unwrap();
            assert_eq!(s1, s2);
            let (mut small, mut back) = (vec![0; n + 1], vec![0; 2 * n]);
            curve.compress(&pa, &mut small).unwrap();
            curve.decompress(&small, &mut back).unwrap();
            assert_eq!(back, pa);
        }
    }
}
