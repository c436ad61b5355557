//! Certificates and keys in every form users have them.

use std::format;
use std::string::String;

use super::pair::{outcome, server_of};
use super::pki::{Ca, Identity, block, der, key, leaf_params, sec1};
use crate::engine::tls::{Context, Options, Role, TlsError};

fn refused(cert: &[u8], key: Option<&[u8]>) -> TlsError {
    let options = Options {
        cert: Some(cert),
        key,
        ..Options::default()
    };
    let errors = [Role::Client, Role::Server]
        .map(|role| Context::new().session(role, &options).err().unwrap());
    let text = format!("{}", errors[0]);
    assert!(!text.is_empty() && errors[0] == errors[1]);
    errors[0].clone()
}

#[test]
fn forms_of_keys() {
    let (ca, key) = (Ca::new(), key());
    let Identity { cert, key: pkcs8 } = ca.sign(leaf_params(&["localhost"]), &key);
    let sec1_der = sec1(&key, true);
    let without_public = super::pki::sec1(&key, false);
    let sec1 = block("EC PRIVATE KEY", &sec1_der);
    let parameters = block(
        "EC PARAMETERS",
        &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
    );
    let trailing_nul = format!("{sec1}\0");
    let der_leaf = der(&cert);
    let pkcs8_der = key.serialize_der();
    let combined = [&cert, &sec1].map(String::as_str).concat();
    let reversed = [&parameters, &sec1, &cert, &ca.cert]
        .map(String::as_str)
        .concat();
    let forms: &[(&[u8], &[u8])] = &[
        (cert.as_bytes(), pkcs8.as_bytes()),
        (cert.as_bytes(), sec1.as_bytes()),
        (cert.as_bytes(), trailing_nul.as_bytes()),
        (cert.as_bytes(), &sec1_der),
        (cert.as_bytes(), &without_public),
        (&der_leaf, &pkcs8_der),
        (combined.as_bytes(), combined.as_bytes()),
        (reversed.as_bytes(), reversed.as_bytes()),
    ];
    let trust = Options {
        ca: Some(ca.cert.as_bytes()),
        name: Some(b"localhost"),
        ..Options::default()
    };
    for (cert, key) in forms {
        let server = Options {
            cert: Some(cert),
            key: Some(key),
            ..Options::default()
        };
        assert!(outcome(&trust, &server).both_ok());
    }
}

#[test]
fn rsa_keys_in_both_forms() {
    let pkcs8 = include_str!("../../../../../tests/data/tls/rsa-2048.pem");
    let pkcs1 = include_str!("../../../../../tests/data/tls/rsa-2048-pkcs1.pem");
    let key = rcgen::KeyPair::from_pem(pkcs8).unwrap();
    let leaf = Ca::new().sign(leaf_params(&["localhost"]), &key);
    for text in [pkcs8, pkcs1] {
        let server = Options {
            key: Some(text.as_bytes()),
            ..server_of(&leaf)
        };
        assert!(outcome(&Options::default(), &server).both_ok());
    }
}

#[test]
fn unusable_credentials_have_readable_errors() {
    let ca = Ca::new();
    let (one, two) = (ca.leaf(&["localhost"]), ca.leaf(&["localhost"]));
    let good_cert = one.cert.as_bytes();
    assert_eq!(
        refused(good_cert, None),
        TlsError::Key("certificate without private key")
    );
    assert_eq!(
        refused(good_cert, Some(two.key.as_bytes())),
        TlsError::Key("private key does not belong to the certificate")
    );
    let encrypted = include_bytes!("../../../../../tests/data/tls/encrypted.pem");
    assert_eq!(
        refused(good_cert, Some(encrypted)),
        TlsError::Key("encrypted keys are not supported")
    );
    let p521 = include_bytes!("../../../../../tests/data/tls/p-521.pem");
    assert_eq!(
        refused(good_cert, Some(p521)),
        TlsError::Key("unsupported or malformed private key")
    );
    let unended = one.key.replace("-----END", "-----");
    let huge = "x".repeat(1 << 20);
    let junk_block = block("PRIVATE KEY", b"not a key at all");
    for junk in [
        "x",
        "\u{1}\u{2}",
        "-----BEGIN PRIVATE KEY-----",
        &unended,
        &huge,
        &one.cert,
        &junk_block,
    ] {
        assert!(matches!(
            refused(good_cert, Some(junk.as_bytes())),
            TlsError::Key(_)
        ));
    }
    for junk in [
        &b"x"[..],
        b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
        &[0x30],
        &[0x30, 0x80],
        huge.as_bytes(),
    ] {
        assert!(
            matches!(refused(junk, Some(one.key.as_bytes())), TlsError::Cert(_)),
            "{:?}",
            &junk[..1]
        );
    }
    let truncated = &der(&one.cert)[..100];
    assert!(matches!(
        refused(truncated, Some(one.key.as_bytes())),
        TlsError::Cert(_)
    ));
    let not_a_certificate = block("CERTIFICATE", &[0x30, 0x03, 2, 1, 1]);
    assert!(matches!(
        refused(not_a_certificate.as_bytes(), Some(one.key.as_bytes())),
        TlsError::Cert(_)
    ));
}

#[test]
fn junk_key_without_certificate_is_an_error() {
    let options = Options {
        key: Some(b"junk"),
        ..Options::default()
    };
    assert!(matches!(
        Context::new().session(Role::Server, &options).err(),
        Some(TlsError::Key(_))
    ));
}

#[test]
fn bundle_without_a_usable_certificate_is_an_error() {
    for ca in [
        &b"x"[..],
        b"**",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        &[0x30, 1, 0],
    ] {
        for role in [Role::Client, Role::Server] {
            let options = Options {
                ca: Some(ca),
                ..Options::default()
            };
            assert!(
                matches!(
                    Context::new().session(role, &options).err(),
                    Some(TlsError::Ca(_))
                ),
                "{ca:?}"
            );
        }
    }
}
