//! A tolerant reader of X.509 certificates (RFC 5280 §4.1).
//!
//! The verifier of rustls reads certificates strictly: X.509 v1, for one, is an error to it. Own certificates, and the
//! peer's where its chain is not to be verified, must work nevertheless; this reader finds in them what a handshake
//! needs. It proves nothing about who issued a certificate.

use super::der::{Element, Reader, tag};
use crate::engine::tls::Role;

/// A certificate, taken apart.
pub struct Certificate<'a> {
    not_before: Element<'a>,
    not_after: Element<'a>,
    subject: &'a [u8],
    /// SubjectPublicKeyInfo, the whole element.
    pub spki: &'a [u8],
    extensions: &'a [u8],
}

/// The parts of a SubjectPublicKeyInfo.
pub struct PublicKey<'a> {
    /// Contents of the AlgorithmIdentifier.
    pub algorithm: &'a [u8],
    /// The key, without the count of unused bits.
    pub key: &'a [u8],
}

/// One name of the subjectAltName extension.
#[derive(Debug, PartialEq, Eq)]
pub enum AltName<'a> {
    /// dNSName.
    Dns(&'a [u8]),
    /// iPAddress, 4 or 16 bytes.
    Ip(&'a [u8]),
    /// Any other kind.
    Other,
}

const OID_COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const OID_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const OID_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const OID_EXT_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
const OID_ANY_USAGE: &[u8] = &[0x55, 0x1d, 0x25, 0x00];
const OID_SERVER_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
const OID_CLIENT_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
const OID_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];

/// keyCertSign in the first octet of a KeyUsage: bits count from the most significant one.
const KEY_CERT_SIGN: u8 = 0x80 >> 5;

const CONTEXT_0: u8 = 0xa0;
const CONTEXT_3: u8 = 0xa3;
const ALT_DNS: u8 = 0x82;
const ALT_IP: u8 = 0x87;

impl<'a> Certificate<'a> {
    /// Reads the DER form. `None` when it is no certificate.
    pub fn parse(der: &'a [u8]) -> Option<Self> {
        let mut outer = Reader::new(Reader::new(der).expect(tag::SEQUENCE)?.body);
        let mut tbs = Reader::new(outer.expect(tag::SEQUENCE)?.body);
        tbs.optional(CONTEXT_0); // version
        tbs.expect(tag::INTEGER)?; // serialNumber
        tbs.expect(tag::SEQUENCE)?; // signature
        tbs.expect(tag::SEQUENCE)?; // issuer
        let mut validity = Reader::new(tbs.expect(tag::SEQUENCE)?.body);
        let (not_before, not_after) = (validity.element()?, validity.element()?);
        let subject = tbs.expect(tag::SEQUENCE)?.body;
        let spki = tbs.expect(tag::SEQUENCE)?.raw;
        let mut extensions: &[u8] = &[];
        while let Some(e) = tbs.element() {
            if e.tag == CONTEXT_3 {
                extensions = Reader::new(e.body).expect(tag::SEQUENCE)?.body;
            }
        }
        Some(Self {
            not_before,
            not_after,
            subject,
            spki,
            extensions,
        })
    }

    /// The public key.
    pub fn public_key(&self) -> Option<PublicKey<'a>> {
        let mut spki = Reader::new(Reader::new(self.spki).expect(tag::SEQUENCE)?.body);
        let algorithm = spki.expect(tag::SEQUENCE)?.body;
        let (unused, key) = spki.expect(tag::BIT_STRING)?.body.split_first()?;
        (*unused == 0).then_some(PublicKey { algorithm, key })
    }

    /// Names of the subjectAltName extension; `None` when the certificate has no such extension.
    pub fn alt_names(&self) -> Option<impl Iterator<Item = AltName<'a>> + use<'a>> {
        let value = self.extension(OID_ALT_NAME)?;
        let mut names = Reader::new(
            Reader::new(value)
                .expect(tag::SEQUENCE)
                .map_or(&[], |e| e.body),
        );
        Some(core::iter::from_fn(move || {
            names.element().map(|e| match e.tag {
                ALT_DNS => AltName::Dns(e.body),
                ALT_IP => AltName::Ip(e.body),
                _ => AltName::Other,
            })
        }))
    }

    /// The most specific (last) commonName of the subject.
    pub fn common_name(&self) -> Option<&'a [u8]> {
        let mut found = None;
        let mut rdns = Reader::new(self.subject);
        while let Some(set) = rdns.element() {
            let mut attributes = Reader::new(set.body);
            while let Some(attribute) = attributes.element() {
                let mut parts = Reader::new(attribute.body);
                if parts
                    .element()
                    .is_some_and(|oid| oid.body == OID_COMMON_NAME)
                {
                    found = parts.element().map(|value| value.body);
                }
            }
        }
        found
    }

    /// True when `now`, in seconds since 1970, is within the validity period.
    pub fn valid_at(&self, now: u64) -> bool {
        match (seconds(self.not_before), seconds(self.not_after)) {
            (Some(from), Some(to)) => from <= now && now <= to,
            _ => false,
        }
    }

    /// True when the extended key usage, if there is one, lets the certificate's owner play `role`.
    pub fn allows(&self, role: Role) -> bool {
        let Some(value) = self.extension(OID_EXT_KEY_USAGE) else {
            return true;
        };
        let wanted = match role {
            Role::Server => OID_SERVER_AUTH,
            Role::Client => OID_CLIENT_AUTH,
        };
        let mut usages = Reader::new(
            Reader::new(value)
                .expect(tag::SEQUENCE)
                .map_or(&[], |e| e.body),
        );
        core::iter::from_fn(|| usages.element())
            .any(|e| e.body == wanted || e.body == OID_ANY_USAGE)
    }

    /// True when the key usage, if there is one, lets the key sign certificates (RFC 5280 §4.2.1.3).
    pub fn may_sign(&self) -> bool {
        let Some(value) = self.extension(OID_KEY_USAGE) else {
            return true;
        };
        let bits = Reader::new(value).expect(tag::BIT_STRING);
        bits.and_then(|e| e.body.get(1))
            .is_some_and(|first| first & KEY_CERT_SIGN != 0)
    }

    /// Contents of the OCTET STRING of an extension.
    fn extension(&self, oid: &[u8]) -> Option<&'a [u8]> {
        let mut extensions = Reader::new(self.extensions);
        while let Some(extension) = extensions.expect(tag::SEQUENCE) {
            let mut parts = Reader::new(extension.body);
            if parts.expect(tag::OID)?.body == oid {
                parts.optional(tag::BOOLEAN); // critical
                return Some(parts.expect(tag::OCTET_STRING)?.body);
            }
        }
        None
    }
}

impl PublicKey<'_> {
    /// Bits of the modulus when this is an RSA key.
    pub fn rsa_bits(&self) -> Option<usize> {
        Reader::new(self.algorithm)
            .expect(tag::OID)
            .filter(|oid| oid.body == OID_RSA)?;
        let mut numbers = Reader::new(Reader::new(self.key).expect(tag::SEQUENCE)?.body);
        let modulus = numbers.expect(tag::INTEGER)?.body;
        let zeros = modulus.iter().take_while(|&&b| b == 0).count();
        Some(modulus.len().saturating_sub(zeros).saturating_mul(8))
    }
}

/// Seconds since 1970 of a UTCTime or GeneralizedTime in the one form of RFC 5280 §4.1.2.5. 0 before 1970.
fn seconds(time: Element<'_>) -> Option<u64> {
    let (year_digits, century) = match time.tag {
        tag::UTC_TIME => (2, true),
        tag::GENERALIZED_TIME => (4, false),
        _ => return None,
    };
    let text = time.body.strip_suffix(b"Z")?;
    let (year, rest) = text.split_at_checked(year_digits)?;
    let mut year = number(year)?;
    if century {
        year = year.checked_add(if year >= 50 { 1900 } else { 2000 })?;
    }
    if rest.len() != 10 {
        return None;
    }
    let mut pairs = rest.chunks(2).map(number);
    let mut next = |low: i64, high: i64| pairs.next()?.filter(|n| (low..=high).contains(n));
    let (month, day) = (next(1, 12)?, next(1, 31)?);
    let (hour, minute, second) = (next(0, 23)?, next(0, 59)?, next(0, 59)?);
    let total = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(u64::try_from(total).unwrap_or(0))
}

/// A number of ASCII digits, at most four of them.
fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |n, d| {
        d.is_ascii_digit().then(|| n * 10 + i64::from(d - b'0'))
    })
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, years counted from March so that leap days come last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month > 2 { year } else { year - 1 };
    let month_from_march = (month + 9) % 12;
    let leaps = shifted.div_euclid(4) - shifted.div_euclid(100) + shifted.div_euclid(400);
    365 * shifted + leaps + (153 * month_from_march + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, SanType};
    use std::vec::Vec;

    fn time(tag: u8, text: &str) -> Option<u64> {
        seconds(Element {
            tag,
            body: text.as_bytes(),
            raw: &[],
        })
    }

    #[test]
    fn times() {
        assert_eq!(time(tag::UTC_TIME, "700101000000Z"), Some(0));
        assert_eq!(time(tag::UTC_TIME, "240229120001Z"), Some(1_709_208_001));
        assert_eq!(time(tag::UTC_TIME, "500101000000Z"), Some(0));
        assert_eq!(
            time(tag::GENERALIZED_TIME, "20380119031407Z"),
            Some(2_147_483_647)
        );
        assert_eq!(
            time(tag::GENERALIZED_TIME, "99991231235959Z"),
            Some(253_402_300_799)
        );
        for bad in [
            "",
            "Z",
            "240229120001",
            "241329120001Z",
            "2402291200Z",
            "24022912000xZ",
            "240229120001+01",
        ] {
            assert_eq!(time(tag::UTC_TIME, bad), None, "{bad}");
        }
    }

    #[test]
    fn finds_the_parts() {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["a.test".into(), "*.b.test".into()]).unwrap();
        params
            .subject_alt_names
            .push(SanType::IpAddress([10, 0, 0, 1].into()));
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "common");
        params.extended_key_usages = [ExtendedKeyUsagePurpose::ClientAuth].into();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2030, 1, 1);
        let made = params.self_signed(&key).unwrap();
        let cert = Certificate::parse(made.der()).unwrap();
        let names: Vec<_> = cert.alt_names().unwrap().collect();
        assert_eq!(
            names,
            [
                AltName::Dns(b"a.test"),
                AltName::Dns(b"*.b.test"),
                AltName::Ip(&[10, 0, 0, 1])
            ]
        );
        assert_eq!(cert.common_name(), Some(&b"common"[..]));
        assert!(cert.allows(Role::Client) && !cert.allows(Role::Server));
        assert!(cert.valid_at(1_577_836_800) && !cert.valid_at(1_577_836_799));
        assert!(cert.valid_at(1_893_456_000) && !cert.valid_at(1_893_456_001));
        assert_eq!(cert.public_key().unwrap().key.len(), 65);
        assert_eq!(cert.public_key().unwrap().rsa_bits(), None);
    }

    #[test]
    fn key_usage() {
        use rcgen::KeyUsagePurpose::{CrlSign, DigitalSignature, KeyCertSign};
        for (usages, want) in [
            (&[][..], true),
            (&[DigitalSignature, KeyCertSign], true),
            (&[DigitalSignature, CrlSign], false),
        ] {
            let mut params = CertificateParams::new(["a.test".into()]).unwrap();
            params.key_usages = usages.to_vec();
            let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
            let cert = Certificate::parse(made.der()).unwrap();
            assert_eq!(cert.may_sign(), want, "{usages:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn never_panics(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
            let key = KeyPair::generate().unwrap();
            let made = CertificateParams::new(["a.test".into()]).unwrap().self_signed(&key).unwrap();
            let mut der = made.der().to_vec();
            let i = at.index(der.len());
            der[i] = byte;
            der.truncate(cut.index(der.len() * 4).min(der.len()));
            if let Some(cert) = Certificate::parse(&der) {
                let _ = (cert.public_key().and_then(|k| k.rsa_bits()), cert.common_name(), cert.valid_at(0));
                let _ = (cert.alt_names().map(Iterator::count), cert.allows(Role::Server));
            }
        }
    }
}
