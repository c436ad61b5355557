//! The handshake signature: does the peer hold the key of the certificate it showed?

use ::rustls::client::danger::HandshakeSignatureValid;
use ::rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use ::rustls::pki_types::CertificateDer;
use ::rustls::server::ParsedCertificate;
use ::rustls::{DigitallySignedStruct, Error, PeerMisbehaved, ProtocolVersion, SignatureScheme};

use super::certificate::Certificate;

/// RSA keys below this size cannot be checked: the provider refuses them.
const MIN_RSA_BITS: usize = 2048;

/// A signature to check.
pub struct Signed<'a> {
    /// TLS 1.2 or 1.3.
    pub version: ProtocolVersion,
    /// The bytes that were signed.
    pub message: &'a [u8],
    /// Certificate of the signer.
    pub cert: &'a CertificateDer<'a>,
    /// Scheme and signature.
    pub dss: &'a DigitallySignedStruct,
}

impl Signed<'_> {
    /// Checks the signature with the key of the certificate, even where the rest of the certificate is odd.
    ///
    /// With `lenient` a certificate whose key this build cannot use passes: nobody asked for verification, so such a
    /// key is no worse than any other. A wrong signature never passes.
    pub fn verify(
        &self,
        algorithms: &WebPkiSupportedAlgorithms,
        lenient: bool,
    ) -> Result<HandshakeSignatureValid, Error> {
        if lenient && !self.usable_key(algorithms) {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let Signed {
            message, cert, dss, ..
        } = *self;
        match (ParsedCertificate::try_from(cert).is_ok(), self.version) {
            (true, ProtocolVersion::TLSv1_2) => {
                verify_tls12_signature(message, cert, dss, algorithms)
            }
            (true, _) => verify_tls13_signature(message, cert, dss, algorithms),
            (false, _) => self.verify_with_bare_key(algorithms),
        }
    }

    /// The same check without a strict look at the certificate.
    fn verify_with_bare_key(
        &self,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<HandshakeSignatureValid, Error> {
        let bad = |_| Error::InvalidCertificate(::rustls::CertificateError::BadSignature);
        let tls13 = self.version != ProtocolVersion::TLSv1_2;
        if tls13 && is_pkcs1(self.dss.scheme) {
            return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
        }
        let key = Certificate::parse(self.cert).and_then(|c| c.public_key());
        let key = key.ok_or(Error::InvalidCertificate(
            ::rustls::CertificateError::BadEncoding,
        ))?;
        let candidates = algorithms
            .mapping
            .iter()
            .find(|(scheme, _)| *scheme == self.dss.scheme);
        let (_, candidates) =
            candidates.ok_or(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme)?;
        // In TLS 1.3 a scheme names the curve too: only its first algorithm counts.
        let candidates = candidates.iter().take(if tls13 { 1 } else { usize::MAX });
        let mut fitting = candidates.filter(|a| a.public_key_alg_id().as_ref() == key.algorithm);
        let algorithm = fitting
            .next()
            .ok_or(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme)?;
        algorithm
            .verify_signature(key.key, self.message, self.dss.signature())
            .map_err(bad)?;
        Ok(HandshakeSignatureValid::assertion())
    }

    /// True when some algorithm of the provider can check signatures of this certificate's key.
    fn usable_key(&self, algorithms: &WebPkiSupportedAlgorithms) -> bool {
        let Some(key) = Certificate::parse(self.cert).and_then(|c| c.public_key()) else {
            return false;
        };
        key.rsa_bits().is_none_or(|bits| bits >= MIN_RSA_BITS)
            && algorithms
                .all
                .iter()
                .any(|a| a.public_key_alg_id().as_ref() == key.algorithm)
    }
}

fn is_pkcs1(scheme: SignatureScheme) -> bool {
    matches!(
        scheme,
        SignatureScheme::RSA_PKCS1_SHA1
            | SignatureScheme::RSA_PKCS1_SHA256
            | SignatureScheme::RSA_PKCS1_SHA384
            | SignatureScheme::RSA_PKCS1_SHA512
    )
}
