//! P-256 private keys in PEM: SEC 1 (`EC PRIVATE KEY`, RFC 5915) and PKCS#8 (`PRIVATE KEY`, RFC 5958).

use super::curve::p256;
use crate::wire::base64;

/// Longest body of a PEM block in characters, blanks left out: several times what a P-256 key needs.
const TEXT_MAX: usize = 1024;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 2;
const OCTETS: u8 = 4;
const OBJECT: u8 = 6;
const PARAMETERS: u8 = 0xa0;
const EC_PUBLIC_KEY: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
const PRIME256V1: &[u8] = b"\x2a\x86\x48\xce\x3d\x03\x01\x07";

/// The private number of a P-256 key, 32 bytes. `None` for other curves and anything that is no such key.
pub fn parse_p256(pem: &[u8]) -> Option<[u8; 32]> {
    let mut out = [0; TEXT_MAX / 4 * 3];
    let key = match block(pem, b"-----BEGIN EC PRIVATE KEY-----", &mut out) {
        Some(der) => sec1(der)?,
        None => pkcs8(block(pem, b"-----BEGIN PRIVATE KEY-----", &mut out)?)?,
    };
    p256().scalar(&key).map(|_| key)
}

/// The bytes of the first block with this first line.
fn block<'a>(pem: &[u8], begin: &[u8], out: &'a mut [u8]) -> Option<&'a [u8]> {
    let start = memchr::memmem::find(pem, begin)?.checked_add(begin.len())?;
    let body = pem.get(start..)?;
    let body = body.get(..memchr::memmem::find(body, b"-----END")?)?;
    let mut text = [0; TEXT_MAX];
    let mut len = 0usize;
    for byte in body.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        *text.get_mut(len)? = *byte;
        len = len.checked_add(1)?;
    }
    let size = base64::decode_strict(text.get(..len)?, out)?;
    out.get(..size)
}

/// Value and rest of an element with this tag (DER, lengths below 64 KiB).
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der {
        [first, length @ 0..=0x7f, rest @ ..] if *first == tag => (usize::from(*length), rest),
        [first, 0x81, length @ 0x80..=0xff, rest @ ..] if *first == tag => (usize::from(*length), rest),
        [first, 0x82, high @ 1..=0xff, low, rest @ ..] if *first == tag => {
            (usize::from(u16::from_be_bytes([*high, *low])), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// `ECPrivateKey`: version 1, the number, optionally the curve and the public key.
fn sec1(der: &[u8]) -> Option<[u8; 32]> {
    let (body, _) = element(der, SEQUENCE)?;
    let (version, rest) = element(body, INTEGER)?;
    let (key, rest) = element(rest, OCTETS)?;
    if let Some((parameters, _)) = element(rest, PARAMETERS)
        && element(parameters, OBJECT)?.0 != PRIME256V1
    {
        return None;
    }
    if version == [1] {
        key.try_into().ok()
    } else {
        None
    }
}

/// `PrivateKeyInfo`: version, algorithm and curve, an `ECPrivateKey`.
fn pkcs8(der: &[u8]) -> Option<[u8; 32]> {
    let (body, _) = element(der, SEQUENCE)?;
    let (_, rest) = element(body, INTEGER)?;
    let (algorithm, rest) = element(rest, SEQUENCE)?;
    let (kind, curve) = element(algorithm, OBJECT)?;
    let (key, _) = element(rest, OCTETS)?;
    if kind == EC_PUBLIC_KEY && element(curve, OBJECT)?.0 == PRIME256V1 {
        sec1(key)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::{format, string::String};

    fn pem(label: &str, der: &[u8]) -> String {
        let mut text = [0; 512];
        let n = base64::encode(der, &mut text).unwrap();
        let body: std::vec::Vec<&str> = text[..n]
            .chunks(64)
            .map(|line| core::str::from_utf8(line).unwrap())
            .collect();
        format!(
            "junk\n-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
            body.join("\r\n")
        )
    }

    fn wrap(tag: u8, parts: &[&[u8]]) -> std::vec::Vec<u8> {
        let body = parts.concat();
        [&[tag, u8::try_from(body.len()).unwrap()], &body[..]].concat()
    }

    fn sec1_der(oid: &[u8]) -> std::vec::Vec<u8> {
        let parameters = wrap(PARAMETERS, &[&wrap(OBJECT, &[oid])]);
        wrap(
            SEQUENCE,
            &[&[INTEGER, 1, 1], &wrap(OCTETS, &[&[7; 32]]), &parameters],
        )
    }

    #[test]
    fn both_forms() {
        let key = sec1_der(PRIME256V1);
        assert_eq!(
            parse_p256(pem("EC PRIVATE KEY", &key).as_bytes()),
            Some([7; 32])
        );
        let algorithm = wrap(
            SEQUENCE,
            &[
                &wrap(OBJECT, &[EC_PUBLIC_KEY]),
                &wrap(OBJECT, &[PRIME256V1]),
            ],
        );
        let pkcs8 = wrap(
            SEQUENCE,
            &[&[INTEGER, 1, 0], &algorithm, &wrap(OCTETS, &[&key])],
        );
        assert_eq!(
            parse_p256(pem("PRIVATE KEY", &pkcs8).as_bytes()),
            Some([7; 32])
        );
        assert_eq!(parse_p256(pem("PUBLIC KEY", &pkcs8).as_bytes()), None);
        let text = pem("PRIVATE KEY", &pkcs8);
        for end in 0..text.len() - 30 {
            assert_eq!(parse_p256(&text.as_bytes()[..end]), None, "{end}");
        }
    }

    #[test]
    fn other_curves_fail() {
        let secp256k1 = b"\x2b\x81\x04\x00\x0a";
        assert_eq!(
            parse_p256(pem("EC PRIVATE KEY", &sec1_der(secp256k1)).as_bytes()),
            None
        );
        let long = wrap(SEQUENCE, &[&[INTEGER, 1, 1], &wrap(OCTETS, &[&[7; 48]])]);
        assert_eq!(parse_p256(pem("EC PRIVATE KEY", &long).as_bytes()), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn any_der(der in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = (sec1(&der), pkcs8(&der));
        }
    }
}
