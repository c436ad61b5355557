//! Certificates for tests.

use std::string::String;
use std::vec::Vec;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SigningKey,
};

/// A certificate and its key, PEM.
#[derive(Clone)]
pub struct Identity {
    pub cert: String,
    pub key: String,
}

/// A certificate authority.
pub struct Ca {
    pub cert: String,
    issuer: Issuer<'static, KeyPair>,
}

/// P-256 key.
pub fn key() -> KeyPair {
    KeyPair::generate().unwrap()
}

/// Parameters of a leaf: no key usage, no purpose, no basic constraints, as the simplest tools make it.
pub fn leaf_params(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|&n| n.into()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, "leaf");
    params
}

/// Parameters of a certificate authority.
pub fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = [KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign].into();
    params
}

impl Ca {
    pub fn new() -> Self {
        Self::from_params(ca_params("test ca"))
    }

    pub fn from_params(params: CertificateParams) -> Self {
        let key = key();
        let cert = params.self_signed(&key).unwrap().pem();
        Self {
            cert,
            issuer: Issuer::new(params, key),
        }
    }

    /// A leaf for these names, SEC1-free PKCS#8 key.
    pub fn leaf(&self, names: &[&str]) -> Identity {
        self.sign(leaf_params(names), &key())
    }

    pub fn sign(&self, params: CertificateParams, key: &KeyPair) -> Identity {
        let cert = params.signed_by(key, &self.issuer).unwrap();
        Identity {
            cert: cert.pem(),
            key: key.serialize_pem(),
        }
    }

    /// An authority below this one.
    pub fn intermediate(&self, params: CertificateParams) -> Self {
        let key = key();
        let cert = params.signed_by(&key, &self.issuer).unwrap().pem();
        Self {
            cert,
            issuer: Issuer::new(params, key),
        }
    }

    pub fn key(&self) -> &KeyPair {
        self.issuer.key()
    }

    pub fn der(&self) -> Vec<u8> {
        der(&self.cert)
    }
}

/// A self-signed certificate.
pub fn self_signed(params: CertificateParams) -> Identity {
    let key = key();
    Identity {
        cert: params.self_signed(&key).unwrap().pem(),
        key: key.serialize_pem(),
    }
}

/// Limits a leaf to one purpose.
pub fn purpose(mut params: CertificateParams, usage: ExtendedKeyUsagePurpose) -> CertificateParams {
    params.extended_key_usages = [usage].into();
    params
}

/// DER of the first block of a PEM text.
pub fn der(text: &str) -> Vec<u8> {
    use ::rustls::pki_types::{CertificateDer, pem::PemObject};
    CertificateDer::from_pem_slice(text.as_bytes())
        .unwrap()
        .to_vec()
}

/// PEM of a certificate.
pub fn pem(der: &[u8]) -> String {
    block("CERTIFICATE", der)
}

/// One PEM block.
pub fn block(label: &str, der: &[u8]) -> String {
    use base64::Engine;
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(64)
        .map(|c| core::str::from_utf8(c).unwrap())
        .collect();
    std::format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

/// A DER element.
pub fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut out = std::vec![tag];
    match u8::try_from(body.len()) {
        Ok(len) if len < 0x80 => out.push(len),
        Ok(len) => out.extend([0x81, len]),
        Err(_) => {
            out.push(0x82);
            out.extend_from_slice(&u16::try_from(body.len()).unwrap().to_be_bytes());
        }
    }
    out.extend(body);
    out
}

/// ecdsa-with-SHA256.
const ECDSA_SHA256: &[u8] = &[
    0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2,
];

/// The SEC1 form of a P-256 key, with or without its public half.
pub fn sec1(key: &KeyPair, with_public: bool) -> Vec<u8> {
    let pkcs8 = key.serialize_der();
    // RFC 5915: the private scalar is the OCTET STRING of 32 bytes.
    let at = pkcs8.windows(2).position(|w| w == [0x04, 0x20]).unwrap() + 2;
    let curve = tlv(
        0xa0,
        &[&[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]],
    );
    let public = tlv(0xa1, &[&tlv(0x03, &[&[0], key.public_key_raw()])]);
    let public: &[u8] = if with_public { &public } else { &[] };
    tlv(
        0x30,
        &[
            &[2, 1, 1],
            &tlv(0x04, &[&pkcs8[at..at + 32]]),
            &curve,
            public,
        ],
    )
}

/// An X.509 v1 certificate: no version, no extensions, name only in the subject's common name.
pub fn v1(common_name: &str, key: &KeyPair, issuer_name: &str, issuer: &KeyPair) -> String {
    use rcgen::PublicKeyData;
    let name = |text: &str| {
        let attribute = tlv(
            0x30,
            &[&[0x06, 3, 0x55, 4, 3], &tlv(0x0c, &[text.as_bytes()])],
        );
        tlv(0x30, &[&tlv(0x31, &[&attribute])])
    };
    let validity = tlv(
        0x30,
        &[
            &tlv(0x17, &[b"200101000000Z"]),
            &tlv(0x17, &[b"490101000000Z"]),
        ],
    );
    let spki = key.subject_public_key_info();
    let tbs = tlv(
        0x30,
        &[
            &[2, 1, 9],
            ECDSA_SHA256,
            &name(issuer_name),
            &validity,
            &name(common_name),
            &spki,
        ],
    );
    let signature = issuer.sign(&tbs).unwrap();
    pem(&tlv(
        0x30,
        &[&tbs, ECDSA_SHA256, &tlv(0x03, &[&[0], &signature])],
    ))
}
