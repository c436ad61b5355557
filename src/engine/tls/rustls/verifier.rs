//! Who is trusted: the verification matrix of the TLS options.
//!
//! | `ca` | `name` | `skip_verification` | chain | host name |
//! |---|---|---|---|---|
//! | set | set | no | required | required |
//! | set | empty | no | required | not checked |
//! | absent | set | no | not checked | required |
//! | absent | empty | no | not checked | not checked |
//! | any | any | yes | not checked | not checked |

use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use ::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use ::rustls::client::verify_server_cert_signed_by_trust_anchor;
use ::rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use ::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use ::rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use ::rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use ::rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, ProtocolVersion,
    RootCertStore, SignatureScheme,
};
use sha2::{Digest, Sha256};

use super::certificate::Certificate;
use super::signature::Signed;
use super::{credentials, name};
use crate::engine::tls::{Role, TlsError};

/// Most bytes of distinguished names a server lists when it asks for a client certificate; above, it lists none.
const MAX_HINT_BYTES: usize = 16 * 1024;

/// The certificates of `ca`.
pub struct Anchors {
    roots: Arc<RootCertStore>,
    /// Digests of the certificates: one of them shown as leaf is trusted for itself.
    digests: Vec<[u8; 32]>,
}

impl Anchors {
    /// Reads a bundle and skips what cannot be used; an error only when nothing is left.
    ///
    /// Expired, self-signed with SHA-1, X.509 v1 and intermediate certificates all serve: an anchor is trusted for
    /// being in the bundle.
    pub fn parse(ca: &[u8]) -> Result<Self, TlsError> {
        let certs = credentials::certificates(ca);
        let digests = certs.iter().map(|c| Sha256::digest(c).into()).collect();
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certs);
        if roots.is_empty() {
            return Err(TlsError::Ca("no usable certificate found"));
        }
        Ok(Self {
            roots: Arc::new(roots),
            digests,
        })
    }

    /// True when `leaf` is itself in the bundle: a self-signed certificate given as its own `ca`.
    fn pins(&self, leaf: &CertificateDer<'_>) -> bool {
        let digest: [u8; 32] = Sha256::digest(leaf).into();
        self.digests.contains(&digest)
    }
}

/// A leaf found in the bundle needs no chain, but must be valid now and for its role.
fn verify_pinned(leaf: &CertificateDer<'_>, now: UnixTime, role: Role) -> Result<(), Error> {
    let cert = Certificate::parse(leaf).ok_or(CertificateError::BadEncoding)?;
    if !cert.valid_at(now.as_secs()) {
        return Err(CertificateError::Expired.into());
    }
    if !cert.allows(role) {
        return Err(CertificateError::InvalidPurpose.into());
    }
    Ok(())
}

/// The certificates of a chain that may sign others. The path builder of rustls looks at their basic constraints only,
/// not at their key usage.
fn signers<'a>(intermediates: &'a [CertificateDer<'_>]) -> Vec<CertificateDer<'a>> {
    intermediates
        .iter()
        .filter(|der| Certificate::parse(der).is_some_and(|cert| cert.may_sign()))
        .map(|der| CertificateDer::from(der.as_ref()))
        .collect()
}

/// What a client demands of the server's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameCheck {
    /// Nothing: the user gave no name.
    Off,
    /// It must be the name the connection was made with.
    On,
    /// The wanted name is one that no certificate can have: no server will do.
    Unmatchable,
}

/// A client's judgement of a server.
pub struct ServerVerifier {
    /// `None`: any chain will do.
    pub anchors: Option<Anchors>,
    /// What to demand of the name.
    pub name: NameCheck,
    /// The provider's algorithms.
    pub algorithms: WebPkiSupportedAlgorithms,
}

impl ServerVerifier {
    fn verify_chain(
        &self,
        anchors: &Anchors,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        if anchors.pins(leaf) {
            return verify_pinned(leaf, now, Role::Server);
        }
        let leaf = ParsedCertificate::try_from(leaf)?;
        verify_server_cert_signed_by_trust_anchor(
            &leaf,
            &anchors.roots,
            &signers(intermediates),
            now,
            self.algorithms.all,
        )
    }
}

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(anchors) = &self.anchors {
            self.verify_chain(anchors, leaf, intermediates, now)?;
        }
        let named = match self.name {
            NameCheck::Off => true,
            NameCheck::On => name::verify(leaf, server_name).is_ok(),
            NameCheck::Unmatchable => false,
        };
        if !named {
            return Err(CertificateError::NotValidForName.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let version = ProtocolVersion::TLSv1_2;
        Signed {
            version,
            message,
            cert,
            dss,
        }
        .verify(&self.algorithms, self.anchors.is_none())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let version = ProtocolVersion::TLSv1_3;
        Signed {
            version,
            message,
            cert,
            dss,
        }
        .verify(&self.algorithms, self.anchors.is_none())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// A server's judgement of its clients: a certificate is required and must chain to `ca`.
pub struct ClientVerifier {
    anchors: Anchors,
    chain: Arc<dyn ClientCertVerifier>,
    hints: Vec<DistinguishedName>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientVerifier {
    /// Makes the verifier that trusts `anchors`.
    pub fn new(anchors: Anchors, provider: &Arc<CryptoProvider>) -> Result<Self, TlsError> {
        let chain =
            WebPkiClientVerifier::builder_with_provider(anchors.roots.clone(), provider.clone())
                .build()
                .map_err(|_| TlsError::Ca("no usable certificate found"))?;
        let mut hints = anchors.roots.subjects();
        if hints.iter().map(|name| name.as_ref().len()).sum::<usize>() > MAX_HINT_BYTES {
            hints.clear();
        }
        Ok(Self {
            anchors,
            chain,
            hints,
            algorithms: provider.signature_verification_algorithms,
        })
    }
}

impl ClientCertVerifier for ClientVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if self.anchors.pins(leaf) {
            return verify_pinned(leaf, now, Role::Client)
                .map(|()| ClientCertVerified::assertion());
        }
        self.chain
            .verify_client_cert(leaf, &signers(intermediates), now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Signed {
            version: ProtocolVersion::TLSv1_2,
            message,
            cert,
            dss,
        }
        .verify(&self.algorithms, false)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Signed {
            version: ProtocolVersion::TLSv1_3,
            message,
            cert,
            dss,
        }
        .verify(&self.algorithms, false)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl fmt::Debug for ServerVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ServerVerifier {{ chain: {}, name: {:?} }}",
            self.anchors.is_some(),
            self.name
        )
    }
}

impl fmt::Debug for ClientVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ClientVerifier {{ anchors: {} }}",
            self.anchors.roots.len()
        )
    }
}

/// The reason of a refused certificate in a few words.
pub fn explain(error: &CertificateError) -> TlsError {
    use CertificateError::*;
    TlsError::Untrusted(match error {
        NotValidForName | NotValidForNameContext { .. } => return TlsError::Hostname,
        Expired | ExpiredContext { .. } => "expired".into(),
        NotValidYet | NotValidYetContext { .. } => "not valid yet".into(),
        UnknownIssuer => "unknown issuer".into(),
        BadSignature => "bad signature".into(),
        BadEncoding => "malformed".into(),
        InvalidPurpose | InvalidPurposeContext { .. } => "not for this purpose".into(),
        Other(cause) => format!("{cause}"),
        other => format!("{other:?}"),
    })
}
