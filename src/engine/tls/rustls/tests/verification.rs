//! The verification matrix, and the shapes of certificates met in the wild.

use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SanType,
};
use std::format;
use std::string::String;
use std::sync::Arc;
use std::vec::Vec;

use ::rustls::crypto::ring;
use ::rustls::pki_types::PrivateKeyDer;
use ::rustls::sign::{CertifiedKey, SingleCertAndKey};
use ::rustls::version::{TLS12, TLS13};
use ::rustls::{Connection, ServerConfig, ServerConnection, SupportedProtocolVersion};

use super::pair::{outcome, server_of, shake};
use super::pki::{Ca, Identity, ca_params, der, key, leaf_params, purpose, self_signed, v1};
use crate::engine::tls::{Context, Options, Role, Session, TlsError};

fn client<'a>(ca: Option<&'a str>, name: &'a str) -> Options<'a> {
    Options {
        ca: ca.map(str::as_bytes),
        name: Some(name.as_bytes()).filter(|n| !n.is_empty()),
        ..Options::default()
    }
}

fn skipping<'a>(options: Options<'a>) -> Options<'a> {
    Options {
        skip_verification: true,
        ..options
    }
}

/// What the client makes of a server that shows `identity`.
fn judge(options: Options<'_>, identity: &Identity) -> Result<(), TlsError> {
    let outcome = outcome(&options, &server_of(identity));
    assert_eq!(
        outcome.client.is_ok(),
        outcome.server.is_ok(),
        "{outcome:?}"
    );
    outcome.client
}

fn untrusted(result: Result<(), TlsError>) -> bool {
    matches!(result, Err(TlsError::Untrusted(_)))
}

#[test]
fn matrix() {
    let (ca, other) = (Ca::new(), Ca::from_params(ca_params("other ca")));
    let leaf = ca.leaf(&["localhost"]);
    let (ca, other) = (Some(ca.cert.as_str()), Some(other.cert.as_str()));
    let hostname = Err(TlsError::Hostname);
    assert_eq!(judge(client(ca, "localhost"), &leaf), Ok(()));
    assert_eq!(judge(client(ca, "elsewhere"), &leaf), hostname);
    assert_eq!(judge(client(ca, ""), &leaf), Ok(()));
    assert_eq!(judge(client(None, "localhost"), &leaf), Ok(()));
    assert_eq!(judge(client(None, "elsewhere"), &leaf), hostname);
    assert_eq!(judge(client(None, ""), &leaf), Ok(()));
    assert!(untrusted(judge(client(other, "localhost"), &leaf)));
    assert!(untrusted(judge(client(other, ""), &leaf)));
    for options in [
        client(other, "localhost"),
        client(None, ""),
        client(ca, "elsewhere"),
        client(None, "elsewhere"),
    ] {
        assert_eq!(judge(skipping(options), &leaf), Ok(()));
    }
    assert_eq!(judge(client(Some("*"), "localhost"), &leaf), Ok(()));
    assert_eq!(judge(client(Some("*"), "elsewhere"), &leaf), hostname);
}

#[test]
fn names() {
    let ca = Ca::new();
    let mut params = leaf_params(&["localhost", "*.wild.test", "*.com"]);
    params
        .subject_alt_names
        .push(SanType::IpAddress([127, 0, 0, 1].into()));
    params
        .subject_alt_names
        .push(SanType::IpAddress(std::net::Ipv6Addr::LOCALHOST.into()));
    params
        .distinguished_name
        .push(DnType::CommonName, "common.test");
    let leaf = ca.sign(params, &key());
    let long = format!("{}.test", "a".repeat(300));
    for (name, fits) in [
        ("localhost", true),
        ("LOCALHOST", true),
        ("localhost.", true),
        ("a.wild.test", true),
        ("A.WILD.TEST", true),
        ("a.b.wild.test", false),
        ("wild.test", false),
        ("*.wild.test", false),
        ("x.com", false),
        ("127.0.0.1", true),
        ("127.0.0.2", false),
        ("::1", true),
        ("[::1]", true),
        ("::2", false),
        ("common.test", false),
        ("local_host", false),
        ("localhost\0.evil", false),
        ("a..b", false),
        (" ", false),
        (long.as_str(), false),
    ] {
        for ca in [Some(ca.cert.as_str()), None] {
            let expected = if fits {
                Ok(())
            } else {
                Err(TlsError::Hostname)
            };
            assert_eq!(judge(client(ca, name), &leaf), expected, "{name}");
            assert_eq!(judge(skipping(client(ca, name)), &leaf), Ok(()), "{name}");
        }
    }
    let not_text = Options {
        name: Some(&[0xff, 0xfe]),
        ..Options::default()
    };
    assert_eq!(judge(not_text, &leaf), Err(TlsError::Hostname));
}

#[test]
fn odd_patterns_match_nothing() {
    let ca = Ca::new();
    for pattern in ["f*.wild.test", "a.*.test", "*", "*.*.test", "a.test\0.evil"] {
        let mut params = leaf_params(&[]);
        params
            .subject_alt_names
            .push(SanType::DnsName(String::from(pattern).try_into().unwrap()));
        let leaf = ca.sign(params, &key());
        for name in ["foo.wild.test", "a.b.test", "a.test", "localhost"] {
            for ca in [Some(ca.cert.as_str()), None] {
                assert_eq!(
                    judge(client(ca, name), &leaf),
                    Err(TlsError::Hostname),
                    "{pattern} {name}"
                );
            }
        }
    }
}

#[test]
fn common_name_counts_only_without_alt_names() {
    let ca = Ca::new();
    let leaf = ca.leaf(&[]);
    let ca = Some(ca.cert.as_str());
    assert_eq!(judge(client(ca, "leaf"), &leaf), Ok(()));
    assert_eq!(
        judge(client(ca, "elsewhere"), &leaf),
        Err(TlsError::Hostname)
    );
    assert_eq!(
        judge(client(ca, "127.0.0.1"), &leaf),
        Err(TlsError::Hostname)
    );
    assert_eq!(judge(client(None, "LEAF"), &leaf), Ok(()));
}

#[test]
fn dates() {
    let ca = Ca::new();
    let mut expired = leaf_params(&["localhost"]);
    expired.not_before = rcgen::date_time_ymd(2001, 1, 1);
    expired.not_after = rcgen::date_time_ymd(2002, 1, 1);
    let mut future = leaf_params(&["localhost"]);
    future.not_before = rcgen::date_time_ymd(2200, 1, 1);
    future.not_after = rcgen::date_time_ymd(2300, 1, 1);
    for (params, word) in [(expired, "expired"), (future, "not valid yet")] {
        let leaf = ca.sign(params, &key());
        let trusting = client(Some(&ca.cert), "localhost");
        assert_eq!(
            judge(trusting, &leaf),
            Err(TlsError::Untrusted(word.into()))
        );
        assert_eq!(judge(skipping(trusting), &leaf), Ok(()));
    }
}

#[test]
fn an_anchor_may_be_expired_or_of_version_1() {
    let mut params = ca_params("old");
    params.not_before = rcgen::date_time_ymd(2001, 1, 1);
    params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    let ca = Ca::from_params(params);
    let leaf = ca.leaf(&["localhost"]);
    assert_eq!(judge(client(Some(&ca.cert), "localhost"), &leaf), Ok(()));

    let ca = Ca::new();
    let old = v1("test ca", ca.key(), "test ca", ca.key());
    assert_eq!(
        judge(client(Some(&old), "localhost"), &ca.leaf(&["localhost"])),
        Ok(())
    );
}

#[test]
fn version_1_leaf() {
    let (ca, leaf_key) = (Ca::new(), key());
    let leaf = Identity {
        cert: v1("localhost", &leaf_key, "test ca", ca.key()),
        key: leaf_key.serialize_pem(),
    };
    assert_eq!(
        judge(skipping(client(Some(&ca.cert), "localhost")), &leaf),
        Ok(())
    );
    assert_eq!(judge(skipping(client(None, "elsewhere")), &leaf), Ok(()));
    assert_eq!(judge(client(None, ""), &leaf), Ok(()));
    assert_eq!(judge(client(None, "localhost"), &leaf), Ok(()));
    assert_eq!(
        judge(client(None, "elsewhere"), &leaf),
        Err(TlsError::Hostname)
    );
    assert!(untrusted(judge(client(Some(&ca.cert), "localhost"), &leaf)));
    // Self-signed and given as its own anchor.
    let own = Identity {
        cert: v1("localhost", &leaf_key, "localhost", &leaf_key),
        ..leaf
    };
    assert_eq!(judge(client(Some(&own.cert), "localhost"), &own), Ok(()));
}

/// A server of one protocol version that signs with `key`, whatever key its certificate shows.
fn impostor(cert: &str, key: &KeyPair, version: &'static SupportedProtocolVersion) -> Session {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let key = ring::default_provider()
        .key_provider
        .load_private_key(key)
        .unwrap();
    let shown = CertifiedKey::new(std::vec![der(cert).into()], key);
    let config = ServerConfig::builder_with_provider(ring::default_provider().into())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(shown)));
    Session::new(Connection::Server(
        ServerConnection::new(config.into()).unwrap(),
    ))
}

#[test]
fn proof_of_possession_is_always_checked() {
    let (ca, shown, held) = (Ca::new(), key(), key());
    let params = leaf_params(&["localhost"]);
    let normal = ca.sign(params, &shown).cert;
    let odd = v1("localhost", &shown, "test ca", ca.key());
    let trust = client(Some(&ca.cert), "localhost");
    for version in [&TLS12, &TLS13] {
        for cert in [&normal, &odd] {
            for options in [
                trust,
                skipping(trust),
                client(None, ""),
                client(None, "localhost"),
            ] {
                let mut client = Context::new().session(Role::Client, &options).unwrap();
                let result = shake(&mut client, &mut impostor(cert, &held, version), usize::MAX);
                assert!(
                    untrusted(result.client),
                    "{version:?} {}",
                    options.skip_verification
                );
            }
            let mut client = Context::new()
                .session(Role::Client, &skipping(trust))
                .unwrap();
            assert!(
                shake(
                    &mut client,
                    &mut impostor(cert, &shown, version),
                    usize::MAX
                )
                .both_ok()
            );
        }
    }
}

#[test]
fn self_signed_as_its_own_anchor() {
    let mut plain = leaf_params(&["localhost"]);
    let mut like_openssl = leaf_params(&["localhost"]);
    like_openssl.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    plain.key_usages = [KeyUsagePurpose::DigitalSignature].into();
    for params in [plain, like_openssl] {
        let own = self_signed(params);
        assert_eq!(judge(client(Some(&own.cert), "localhost"), &own), Ok(()));
        assert_eq!(
            judge(client(Some(&own.cert), "elsewhere"), &own),
            Err(TlsError::Hostname)
        );
        assert!(untrusted(judge(
            client(Some(&Ca::new().cert), "localhost"),
            &own
        )));
        let bundle = Ca::new().cert + &own.cert;
        assert_eq!(judge(client(Some(&bundle), "localhost"), &own), Ok(()));
    }
    let mut expired = leaf_params(&["localhost"]);
    expired.not_after = rcgen::date_time_ymd(2002, 1, 1);
    let own = self_signed(expired);
    assert_eq!(
        judge(client(Some(&own.cert), "localhost"), &own),
        Err(TlsError::Untrusted("expired".into()))
    );
    let own = self_signed(purpose(
        leaf_params(&["localhost"]),
        ExtendedKeyUsagePurpose::ClientAuth,
    ));
    assert!(untrusted(judge(client(Some(&own.cert), "localhost"), &own)));
}

#[test]
fn purposes() {
    let ca = Ca::new();
    let both = [
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    for (usages, fits) in [(&both[..], true), (&both[..1], true), (&both[1..], false)] {
        let mut params = leaf_params(&["localhost"]);
        params.extended_key_usages = usages.to_vec();
        params.key_usages = [
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyAgreement,
        ]
        .into();
        params.is_ca = IsCa::ExplicitNoCa;
        let leaf = ca.sign(params, &key());
        assert_eq!(
            judge(client(Some(&ca.cert), ""), &leaf).is_ok(),
            fits,
            "{usages:?}"
        );
    }
}

/// An authority whose key usage forbids it to sign certificates.
fn without_signing(name: &str) -> CertificateParams {
    let mut params = ca_params(name);
    params.key_usages = [KeyUsagePurpose::DigitalSignature].into();
    params
}

/// A leaf of an intermediate authority, followed by the certificate of its issuer.
fn below(issuer: &Ca, name: &str) -> Identity {
    let leaf = issuer.leaf(&[name]);
    Identity {
        cert: leaf.cert + &issuer.cert,
        key: leaf.key,
    }
}

#[test]
fn chains() {
    let root = Ca::new();
    let (upper, lower) = (ca_params("upper"), ca_params("lower"));
    let upper = root.intermediate(upper);
    let lower = upper.intermediate(lower);
    let leaf = lower.leaf(&["localhost"]);
    let with = |chain: &[&str]| Identity {
        cert: leaf.cert.clone() + &chain.concat(),
        key: leaf.key.clone(),
    };
    let trust = client(Some(&root.cert), "localhost");
    assert_eq!(judge(trust, &with(&[&lower.cert, &upper.cert])), Ok(()));
    assert_eq!(judge(trust, &with(&[&upper.cert, &lower.cert])), Ok(()));
    assert_eq!(
        judge(trust, &with(&[&lower.cert, &upper.cert, &root.cert])),
        Ok(())
    );
    assert!(untrusted(judge(trust, &with(&[&upper.cert]))));
    // An intermediate serves as anchor.
    assert_eq!(judge(client(Some(&lower.cert), "localhost"), &leaf), Ok(()));
    // An intermediate that is no authority, must not sign, or is expired, breaks the chain.
    let fake = root.intermediate(leaf_params(&["fake"]));
    let mute = root.intermediate(without_signing("mute"));
    let mut old = ca_params("old");
    old.not_after = rcgen::date_time_ymd(2002, 1, 1);
    let old = root.intermediate(old);
    for broken in [&fake, &mute, &old] {
        assert!(untrusted(judge(trust, &below(broken, "localhost"))));
    }
    // One that says nothing about the use of its key may sign.
    let mut silent = ca_params("silent");
    silent.key_usages.clear();
    let silent = root.intermediate(silent);
    assert_eq!(judge(trust, &below(&silent, "localhost")), Ok(()));
}

#[test]
fn name_constraints_hold() {
    let mut params = ca_params("constrained");
    let permitted = [rcgen::GeneralSubtree::DnsName("inside.test".into())].into();
    params.name_constraints = Some(rcgen::NameConstraints {
        permitted_subtrees: permitted,
        excluded_subtrees: Vec::new(),
    });
    let ca = Ca::from_params(params);
    assert_eq!(
        judge(
            client(Some(&ca.cert), "a.inside.test"),
            &ca.leaf(&["a.inside.test"])
        ),
        Ok(())
    );
    assert!(
        judge(
            client(Some(&ca.cert), "outside.test"),
            &ca.leaf(&["outside.test"])
        )
        .is_err()
    );
}

#[test]
fn bundle_with_junk() {
    let ca = Ca::new();
    let mut old = ca_params("old");
    old.not_after = rcgen::date_time_ymd(2002, 1, 1);
    let old = Ca::from_params(old);
    let junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n# text\n-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";
    let text = key().serialize_pem();
    let bundle = [
        "Some words\n",
        junk,
        &old.cert,
        &text,
        &ca.cert,
        &ca.cert,
        junk,
    ]
    .concat();
    let crlf = bundle.replace('\n', "\r\n");
    for bundle in [bundle, crlf] {
        assert_eq!(
            judge(client(Some(&bundle), "localhost"), &ca.leaf(&["localhost"])),
            Ok(())
        );
    }
    // DER, also with a terminating NUL.
    let mut der = ca.der();
    for _ in 0..2 {
        let options = Options {
            ca: Some(&der),
            name: Some(b"localhost"),
            ..Options::default()
        };
        assert_eq!(judge(options, &ca.leaf(&["localhost"])), Ok(()));
        der.push(0);
    }
}

#[test]
fn kinds_of_keys() {
    let ca = Ca::new();
    let rsa =
        KeyPair::from_pem(include_str!("../../../../../tests/data/tls/rsa-2048.pem")).unwrap();
    let rsa_4096 =
        KeyPair::from_pem(include_str!("../../../../../tests/data/tls/rsa-4096.pem")).unwrap();
    let p384 = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let ed25519 = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    for key in [rsa, rsa_4096, p384, ed25519] {
        let leaf = ca.sign(leaf_params(&["localhost"]), &key);
        assert_eq!(
            judge(client(Some(&ca.cert), "localhost"), &leaf),
            Ok(()),
            "{:?}",
            key.algorithm()
        );
        assert_eq!(judge(skipping(client(None, "")), &leaf), Ok(()));
    }
}

fn mutual<'a>(ca: &'a Ca, identity: &'a Identity) -> Options<'a> {
    Options {
        ca: Some(ca.cert.as_bytes()),
        ..server_of(identity)
    }
}

#[test]
fn mutual_tls() {
    let (ca, other) = (Ca::new(), Ca::from_params(ca_params("other ca")));
    let server = ca.leaf(&["localhost"]);
    let demanding = mutual(&ca, &server);
    let base = client(Some(&ca.cert), "localhost");
    let with = |identity: &Identity| {
        let options = Options {
            cert: Some(identity.cert.as_bytes()),
            key: Some(identity.key.as_bytes()),
            ..base
        };
        outcome(&options, &demanding)
    };
    assert!(with(&ca.leaf(&["client"])).both_ok());
    assert!(
        with(&ca.sign(
            purpose(leaf_params(&[]), ExtendedKeyUsagePurpose::ClientAuth),
            &key()
        ))
        .both_ok()
    );

    let nobody = outcome(&base, &demanding);
    assert!(
        nobody.server.is_err() && matches!(nobody.client, Err(TlsError::Alert(_))),
        "{nobody:?}"
    );
    let skipper = outcome(&base, &skipping(demanding));
    assert!(skipper.server.is_err(), "{skipper:?}");

    let mut expired = leaf_params(&["client"]);
    expired.not_after = rcgen::date_time_ymd(2002, 1, 1);
    for refused in [
        other.leaf(&["client"]),
        below(&ca.intermediate(without_signing("mute")), "client"),
        self_signed(leaf_params(&["client"])),
        ca.sign(expired, &key()),
        ca.sign(
            purpose(leaf_params(&[]), ExtendedKeyUsagePurpose::ServerAuth),
            &key(),
        ),
    ] {
        let outcome = with(&refused);
        assert!(
            matches!(outcome.server, Err(TlsError::Untrusted(_))),
            "{outcome:?}"
        );
        assert!(
            matches!(outcome.client, Err(TlsError::Alert(_))),
            "{outcome:?}"
        );
    }
    // A client's own certificate is shown only on request.
    let me = ca.leaf(&["client"]);
    let options = Options {
        cert: Some(me.cert.as_bytes()),
        key: Some(me.key.as_bytes()),
        ..base
    };
    assert!(outcome(&options, &server_of(&server)).both_ok());
}

#[test]
fn mutual_tls_with_a_pinned_client() {
    let (ca, me) = (Ca::new(), self_signed(leaf_params(&["client"])));
    let server = ca.leaf(&["localhost"]);
    let demanding = Options {
        ca: Some(me.cert.as_bytes()),
        ..server_of(&server)
    };
    let options = Options {
        cert: Some(me.cert.as_bytes()),
        key: Some(me.key.as_bytes()),
        ..client(Some(&ca.cert), "localhost")
    };
    assert!(outcome(&options, &demanding).both_ok());
}

#[test]
fn server_without_certificate_fails_its_handshakes() {
    for options in [
        Options::default(),
        Options {
            name: Some(b"x"),
            skip_verification: true,
            ..Options::default()
        },
    ] {
        let outcome = outcome(&client(None, ""), &options);
        assert!(
            outcome.client.is_err() && outcome.server.is_err(),
            "{outcome:?}"
        );
    }
}
