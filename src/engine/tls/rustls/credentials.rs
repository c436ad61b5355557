//! Certificates and keys as users have them: PEM with anything in between, or DER.

use alloc::sync::Arc;
use alloc::vec::Vec;

use ::rustls::crypto::CryptoProvider;
use ::rustls::pki_types::pem::PemObject;
use ::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use ::rustls::sign::CertifiedKey;

use super::certificate::Certificate;
use super::der::Reader;
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
pub fn private_key(text: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    let key = match text.first() {
        Some(&DER) => der(text).and_then(|bytes| PrivateKeyDer::try_from(bytes.to_vec()).ok()),
        _ => PrivateKeyDer::pem_slice_iter(text).flatten().next(),
    };
    key.ok_or_else(|| {
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
    let key = options.key.map(|text| {
        let key = private_key(text)?;
        // The provider wipes the key it is given after use.
        provider
            .key_provider
            .load_private_key(key)
            .map_err(|_| TlsError::Key("unsupported or malformed private key"))
    });
    let key = key.transpose()?;
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

/// The first element of a DER blob, without what follows it (a terminating NUL, for one).
fn der(blob: &[u8]) -> Option<&[u8]> {
    Reader::new(blob).element().map(|e| e.raw)
}

fn is_encrypted(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"ENCRYPTED").is_some()
}
