//! JSON Web Tokens in compact form (RFC 7515, RFC 7519): HS256, and ES256 in builds with TLS.

use super::json;
use alloc::vec::Vec;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Bytes of an ES256 signature: r, s.
const ES256_SIGNATURE: usize = 64;

/// How a token is signed, with the key for it.
#[derive(Clone, Copy, Debug)]
pub enum Key<'a> {
    /// HMAC with SHA-256.
    Hs256(&'a [u8]),
    /// ECDSA on P-256 with SHA-256: the private key's 32 bytes to sign, the public key's 64 (X, Y) to verify.
    Es256(&'a [u8]),
}

impl Key<'_> {
    fn algorithm(&self) -> &'static str {
        match self {
            Key::Hs256(_) => "HS256",
            Key::Es256(_) => "ES256",
        }
    }
}

/// What is signed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Claims<'a> {
    /// The payload, a JSON object. Not looked into.
    pub claims: &'a [u8],
    /// Further members of the header, without braces; may be empty.
    pub header: &'a [u8],
    /// Key id; may be empty.
    pub kid: &'a [u8],
}

/// Writes the signed token and NUL into `out`; returns its length without NUL.
///
/// `None` for empty claims, a bad key, or too small a buffer: at each step the *padded* Base64 form and NUL must fit.
pub fn sign(what: &Claims, key: Key, out: &mut [u8]) -> Option<usize> {
    if what.claims.is_empty() {
        return None;
    }
    let header = header(what, key.algorithm());
    let end = append(out, 0, &header)?;
    let end = put(out, end, b'.')?;
    let end = append(out, end, what.claims)?;
    let signature = signature(key, out.get(..end)?)?;
    let end = put(out, end, b'.')?;
    let end = append(out, end, &signature)?;
    *out.get_mut(end)? = 0;
    Some(end)
}

/// Checks the token and writes its claims and NUL into `out`; returns their length without NUL.
///
/// Only the algorithm of `key` is accepted. `exp`, `nbf` and `typ` are not looked at.
pub fn verify(token: &[u8], key: Key, out: &mut [u8]) -> Option<usize> {
    let mut parts = token.splitn(3, |b| *b == b'.');
    let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
    if header.is_empty() || claims.is_empty() || signature.is_empty() {
        return None;
    }
    let signed = token.get(..token.len().checked_sub(signature.len())?.checked_sub(1)?)?;
    let header = URL_SAFE_NO_PAD.decode(header).ok()?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    if json::value::text(&header, b"$.alg")? != key.algorithm().as_bytes()
        || !is_genuine(key, signed, &signature)
    {
        return None;
    }
    let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
    out.get_mut(..claims.len())?.copy_from_slice(&claims);
    *out.get_mut(claims.len())? = 0;
    Some(claims.len())
}

/// `{"alg":…,"typ":"JWT","kid":…,…}`
fn header(what: &Claims, algorithm: &str) -> Vec<u8> {
    let mut text = Vec::new();
    text.extend_from_slice(b"{\"alg\":\"");
    text.extend_from_slice(algorithm.as_bytes());
    text.extend_from_slice(b"\",\"typ\":\"JWT\"");
    if !what.kid.is_empty() {
        text.extend_from_slice(b",\"kid\":\"");
        crate::text::escape::json(&mut text, what.kid);
        text.push(b'"');
    }
    if !what.header.is_empty() {
        text.push(b',');
        text.extend_from_slice(what.header);
    }
    text.push(b'}');
    text
}

/// Appends the coded form of `bytes` at `ofs` and returns where it ends.
fn append(out: &mut [u8], ofs: usize, bytes: &[u8]) -> Option<usize> {
    let room = out.get_mut(ofs..)?;
    let padded = bytes.len().div_ceil(3).checked_mul(4)?;
    if padded >= room.len() {
        return None;
    }
    ofs.checked_add(URL_SAFE_NO_PAD.encode_slice(bytes, room).ok()?)
}

fn put(out: &mut [u8], ofs: usize, byte: u8) -> Option<usize> {
    *out.get_mut(ofs)? = byte;
    ofs.checked_add(1)
}

fn signature(key: Key, signed: &[u8]) -> Option<Vec<u8>> {
    match key {
        Key::Hs256(secret) => Some(hmac(secret, signed)?.finalize().into_bytes().to_vec()),
        Key::Es256(private) => es256::sign(private, signed).map(Vec::from),
    }
}

fn is_genuine(key: Key, signed: &[u8], signature: &[u8]) -> bool {
    match key {
        // Compares in constant time.
        Key::Hs256(secret) => {
            hmac(secret, signed).is_some_and(|mac| mac.verify_slice(signature).is_ok())
        }
        Key::Es256(public) => es256::is_genuine(public, signed, signature),
    }
}

fn hmac(secret: &[u8], signed: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(signed);
    Some(mac)
}

#[cfg(feature = "tls")]
mod es256 {
    use super::ES256_SIGNATURE;
    use p256::ecdsa::signature::{Signer, Verifier};
    use p256::ecdsa::{Signature, SigningKey, VerifyingKey};

    /// Signs with the nonce of RFC 6979, so that equal input gives equal tokens.
    pub fn sign(private: &[u8], signed: &[u8]) -> Option<[u8; ES256_SIGNATURE]> {
        let key = SigningKey::from_slice(private).ok()?;
        let signature: Signature = key.try_sign(signed).ok()?;
        Some(signature.to_bytes().into())
    }

    pub fn is_genuine(public: &[u8], signed: &[u8], signature: &[u8]) -> bool {
        let mut point = [4u8; 65];
        let (Some(room), true) = (point.get_mut(1..), public.len() == 64) else {
            return false;
        };
        room.copy_from_slice(public);
        let key = VerifyingKey::from_sec1_bytes(&point);
        match (key, Signature::from_slice(signature)) {
            (Ok(key), Ok(signature)) => key.verify(signed, &signature).is_ok(),
            _ => false,
        }
    }
}

#[cfg(not(feature = "tls"))]
mod es256 {
    use super::ES256_SIGNATURE;

    /// This build has no elliptic curves.
    pub fn sign(_: &[u8], _: &[u8]) -> Option<[u8; ES256_SIGNATURE]> {
        None
    }

    /// This build has no elliptic curves.
    pub fn is_genuine(_: &[u8], _: &[u8], _: &[u8]) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    const SECRET: Key = Key::Hs256(b"your-256-bit-secret");

    fn token(what: &Claims, key: Key) -> String {
        let mut out = [0xaa; 512];
        let n = sign(what, key, &mut out).unwrap();
        assert_eq!(out[n], 0);
        String::from_utf8(out[..n].to_vec()).unwrap()
    }

    fn claims(token: &str, key: Key) -> Option<String> {
        let mut out = [0xaa; 256];
        let n = verify(token.as_bytes(), key, &mut out)?;
        assert_eq!(out[n], 0);
        Some(String::from_utf8(out[..n].to_vec()).unwrap())
    }

    #[test]
    fn known_hs256() {
        let what = Claims {
            claims: br#"{"sub":"1234567890","name":"John Doe","iat":1516239022}"#,
            ..Claims::default()
        };
        let expected = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.\
            eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.\
            SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
        assert_eq!(token(&what, SECRET), expected);
        assert_eq!(claims(expected, SECRET).unwrap().as_bytes(), what.claims);
        assert_eq!(claims(expected, Key::Hs256(b"other")), None);
        assert_eq!(claims(expected, Key::Es256(&[1; 64])), None);
    }

    #[test]
    fn header_members() {
        let what = Claims {
            claims: b"{}",
            header: br#""x":1"#,
            kid: b"a\"b",
        };
        let coded = token(&what, SECRET);
        let header = URL_SAFE_NO_PAD
            .decode(coded.split('.').next().unwrap())
            .unwrap();
        assert_eq!(
            String::from_utf8(header).unwrap(),
            r#"{"alg":"HS256","typ":"JWT","kid":"a\"b","x":1}"#
        );
    }

    #[test]
    fn every_changed_character_fails() {
        let what = Claims {
            claims: br#"{"a":1}"#,
            ..Claims::default()
        };
        let good = token(&what, SECRET).into_bytes();
        for i in 0..good.len() {
            for other in (0..=255u8).filter(|b| *b != good[i]) {
                let mut bad = good.clone();
                bad[i] = other;
                assert_eq!(verify(&bad, SECRET, &mut [0; 64]), None, "{other} at {i}");
            }
        }
        for n in 0..good.len() {
            assert_eq!(verify(&good[..n], SECRET, &mut [0; 64]), None, "cut at {n}");
        }
    }

    #[test]
    fn room() {
        let what = Claims {
            claims: br#"{"a":1}"#,
            ..Claims::default()
        };
        let good = token(&what, SECRET);
        // The signature takes 43 characters and needs room for 44 and NUL.
        assert_eq!(sign(&what, SECRET, &mut std::vec![0; good.len() + 1]), None);
        assert_eq!(
            sign(&what, SECRET, &mut std::vec![0; good.len() + 2]),
            Some(good.len())
        );
        for n in 0..good.len() {
            assert_eq!(sign(&what, SECRET, &mut std::vec![0; n]), None);
        }
        assert_eq!(sign(&Claims::default(), SECRET, &mut [0; 256]), None);
        assert_eq!(verify(good.as_bytes(), SECRET, &mut [0; 7]), None);
        assert_eq!(verify(good.as_bytes(), SECRET, &mut [0; 8]), Some(7));
    }

    /// Key and first signature: RFC 6979 A.2.5.
    #[cfg(feature = "tls")]
    #[test]
    fn es256_is_deterministic() {
        const PRIVATE: [u8; 32] =
            *b"\xC9\xAF\xA9\xD8\x45\xBA\x75\x16\x6B\x5C\x21\x57\x67\xB1\xD6\x93\
            \x4E\x50\xC3\xDB\x36\xE8\x9B\x12\x7B\x8A\x62\x2B\x12\x0F\x67\x21";
        const PUBLIC: [u8; 64] =
            *b"\x60\xFE\xD4\xBA\x25\x5A\x9D\x31\xC9\x61\xEB\x74\xC6\x35\x6D\x68\
            \xC0\x49\xB8\x92\x3B\x61\xFA\x6C\xE6\x69\x62\x2E\x60\xF2\x9F\xB6\
            \x79\x03\xFE\x10\x08\xB8\xBC\x99\xA4\x1A\xE9\xE9\x56\x28\xBC\x64\
            \xF2\xF1\xB2\x0C\x2D\x7E\x9F\x51\x77\xA3\xC2\x94\xD4\x46\x22\x99";
        let sample = es256::sign(&PRIVATE, b"sample").unwrap();
        assert_eq!(sample[..4], [0xef, 0xd4, 0x8b, 0x2a]);
        assert_eq!(sample[60..], [0x84, 0x3a, 0xcd, 0xa8]);
        let what = Claims {
            claims: br#"{"a":1}"#,
            ..Claims::default()
        };
        let one = token(&what, Key::Es256(&PRIVATE));
        assert_eq!(one, token(&what, Key::Es256(&PRIVATE)));
        assert_eq!(claims(&one, Key::Es256(&PUBLIC)).unwrap(), r#"{"a":1}"#);
        assert_eq!(claims(&one, SECRET), None);
        assert_eq!(claims(&one, Key::Es256(&PUBLIC[1..])), None);
        assert_eq!(claims(&one, Key::Es256(&[7; 64])), None);
        assert_eq!(sign(&what, Key::Es256(&[0; 32]), &mut [0; 512]), None);
        assert_eq!(sign(&what, Key::Es256(b"short"), &mut [0; 512]), None);
    }
}
