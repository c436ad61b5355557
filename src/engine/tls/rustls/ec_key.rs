//! Elliptic-curve private keys (SEC1 / RFC 5915, alone or in PKCS#8 / RFC 5958), as far as P-256 goes.

use alloc::vec::Vec;

use ::p256::elliptic_curve::zeroize::Zeroizing;
use ::rustls::pki_types::{PrivateKeyDer, PrivateSec1KeyDer};

use super::der::{Reader, tag};
use crate::wire::crypto::curve::{Curve, P256 as CURVE, P256_BYTES};

/// OID of the curve P-256, the whole element.
const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];

/// Curve parameters of a SEC1 key.
const CONTEXT_0: u8 = 0xa0;

/// Private scalar of a P-256 key.
pub type Scalar = Zeroizing<[u8; P256_BYTES]>;

/// The scalar of a P-256 key; `None` for other keys.
pub fn p256_scalar(key: &PrivateKeyDer<'_>) -> Option<Scalar> {
    match key {
        PrivateKeyDer::Sec1(sec1) => from_sec1(sec1.secret_sec1_der(), None),
        PrivateKeyDer::Pkcs8(pkcs8) => from_pkcs8(pkcs8.secret_pkcs8_der()),
        _ => None,
    }
}

fn from_pkcs8(der: &[u8]) -> Option<Scalar> {
    let mut info = Reader::new(Reader::new(der).expect(tag::SEQUENCE)?.body);
    info.expect(tag::INTEGER)?;
    let mut algorithm = Reader::new(info.expect(tag::SEQUENCE)?.body);
    algorithm.expect(tag::OID)?;
    let curve = algorithm.expect(tag::OID)?.raw;
    from_sec1(info.expect(tag::OCTET_STRING)?.body, Some(curve))
}

/// The curve is named inside or outside; P-256 is assumed of a key of 32 bytes without either.
fn from_sec1(der: &[u8], outer_curve: Option<&[u8]>) -> Option<Scalar> {
    let mut key = Reader::new(Reader::new(der).expect(tag::SEQUENCE)?.body);
    key.expect(tag::INTEGER)?;
    let scalar = key.expect(tag::OCTET_STRING)?.body;
    let curve = key
        .optional(CONTEXT_0)
        .map(|parameters| parameters.body)
        .or(outer_curve);
    let scalar = scalar.try_into().ok().map(Zeroizing::new)?;
    curve.is_none_or(|c| c == P256).then_some(scalar)
}

/// A P-256 key with its public half, which some tools leave out and the provider insists on.
pub fn completed(key: &PrivateKeyDer<'_>) -> Option<PrivateKeyDer<'static>> {
    let scalar = p256_scalar(key)?;
    let mut public = [0; 2 * P256_BYTES];
    CURVE.public_key(&*scalar, &mut public)?;
    let mut der = Vec::with_capacity(160);
    // SEQUENCE { 1, OCTET STRING (32), [0] { P-256 }, [1] { BIT STRING (4, X, Y) } }
    der.extend_from_slice(&[0x30, 0x77, 2, 1, 1, 0x04, 0x20]);
    der.extend_from_slice(&*scalar);
    der.extend_from_slice(&[CONTEXT_0, 0x0a]);
    der.extend_from_slice(P256);
    der.extend_from_slice(&[0xa1, 0x44, 0x03, 0x42, 0, 4]);
    der.extend_from_slice(&public);
    Some(PrivateKeyDer::Sec1(PrivateSec1KeyDer::from(der)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completed_key_has_the_right_shape() {
        let bare = [&[0x30, 0x25, 2, 1, 1, 0x04, 0x20][..], &[7; 32]].concat();
        let key = PrivateKeyDer::Sec1(PrivateSec1KeyDer::from(bare));
        let full = completed(&key).unwrap();
        assert_eq!(p256_scalar(&full).map(|s| *s), Some([7; 32]));
        let mut whole = Reader::new(full.secret_der());
        assert_eq!(
            whole.expect(tag::SEQUENCE).map(|e| e.raw.len()),
            Some(full.secret_der().len())
        );
    }

    #[test]
    fn other_keys() {
        let p384 = [
            &[0x30, 0x2e, 2, 1, 1, 0x04, 0x20][..],
            &[7; 32],
            &[0xa0, 7, 6, 5, 0x2b, 0x81, 4, 0, 0x22],
        ]
        .concat();
        let short = [&[0x30, 0x24, 2, 1, 1, 0x04, 0x1f][..], &[7; 31]].concat();
        let zero = [&[0x30, 0x25, 2, 1, 1, 0x04, 0x20][..], &[0; 32]].concat();
        for der in [p384, short, zero, std::vec![0x30, 0], std::vec![]] {
            assert!(completed(&PrivateKeyDer::Sec1(PrivateSec1KeyDer::from(der))).is_none());
        }
    }
}
