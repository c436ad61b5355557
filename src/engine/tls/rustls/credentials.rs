//! Certificates and keys as users have them: PEM with anything in between, or DER.

use alloc::sync::Arc;
use alloc::vec::Vec;

use ::p256::elliptic_curve::zeroize::Zeroizing;
use ::rustls::crypto::CryptoProvider;
use ::rustls::pki_types::pem::PemObject;
use ::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use ::rustls::sign::{CertifiedKey, SigningKey};

use super::certificate::Certificate;
use super::der::Reader;
use super::ec_key;
use crate::engine::tls::{Options, TlsError};

/// First byte of DER: a SEQUENCE.
const DER: u8 = 0x30;

/// Every certificate of a PEM text, or the one of a DER blob. Other and broken PEM blocks are skipped.
pub fn certificates(text: &[u8]) -> Vec<CertificateDer<'static>> {
    match text.first() {
        Some(&DER) => der(text)
            .map(|bytes| CertificateDer::from(bytes.to_vec()))
            .into_iter()
            .collect(),
        _ => CertificateDer::pem_slice_iter(text).flatten().collect(),
    }
}

/// The first private key of a PEM text, or the one of a DER blob: PKCS#8, PKCS#1 or SEC1.
pub fn private_key(text: &[u8]) -> Result<Zeroizing<PrivateKeyDer<'static>>, TlsError> {
    let key = match text.first() {
        Some(&DER) => der(text).and_then(|bytes| PrivateKeyDer::try_from(bytes.to_vec()).ok()),
        _ => PrivateKeyDer::pem_slice_iter(text).flatten().next(),
    };
    key.map(Zeroizing::new).ok_or_else(|| {
        TlsError::Key(if is_encrypted(text) {
            "encrypted keys are not supported"
        } else {
            "no private key found"
        })
    })
}

/// The user's certificate chain with its key, ready to sign. `None` when the user gave no certificate.
pub fn own(
    options: &Options<'_>,
    provider: &CryptoProvider,
) -> Result<Option<Arc<CertifiedKey>>, TlsError> {
    let key = match options.key {
        Some(text) => Some(load(&*private_key(text)?, provider)?),
        None => None,
    };
    let Some(text) = options.cert else {
        return Ok(None);
    };
    let chain = certificates(text);
    let leaf = chain
        .first()
        .ok_or(TlsError::Cert("no certificate found"))?;
    let leaf = Certificate::parse(leaf).ok_or(TlsError::Cert("malformed certificate"))?;
    let key = key.ok_or(TlsError::Key("certificate without private key"))?;
    if key
        .public_key()
        .is_some_and(|spki| spki.as_ref() != leaf.spki)
    {
        return Err(TlsError::Key(
            "private key does not belong to the certificate",
        ));
    }
    // Not `CertifiedKey::from_der`: that refuses X.509 v1 certificates.
    Ok(Some(Arc::new(CertifiedKey::new(chain, key))))
}

/// Makes a key ready to sign. The provider wipes the copy it is given, as dropping does with the original.
fn load(
    key: &PrivateKeyDer<'static>,
    provider: &CryptoProvider,
) -> Result<Arc<dyn SigningKey>, TlsError> {
    let load = |key| provider.key_provider.load_private_key(key).ok();
    load(key.clone_key())
        .or_else(|| ec_key::completed(key).and_then(load))
        .ok_or(TlsError::Key("unsupported or malformed private key"))
}

/// The scalar of a P-256 key, PEM or DER.
pub fn p256_scalar(text: &[u8]) -> Option<ec_key::Scalar> {
    ec_key::p256_scalar(&*private_key(text).ok()?)
}

/// The first element of a DER blob, without what follows it (a terminating NUL, for one).
fn der(blob: &[u8]) -> Option<&[u8]> {
    Reader::new(blob).element().map(|e| e.raw)
}

fn is_encrypted(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"ENCRYPTED").is_some()
}
