//! From the user's options to a rustls configuration.

use alloc::sync::Arc;
use core::net::Ipv4Addr;

use ::rustls::client::{ClientSessionMemoryCache, ResolvesClientCert, Resumption};
use ::rustls::crypto::CryptoProvider;
use ::rustls::crypto::ring::Ticketer;
use ::rustls::pki_types::ServerName;
use ::rustls::server::{ClientHello, NoClientAuth, ResolvesServerCert, ServerSessionMemoryCache};
use ::rustls::sign::CertifiedKey;
use ::rustls::{ClientConfig, ServerConfig, SignatureScheme};

use super::credentials;
use super::verifier::{Anchors, ClientVerifier, NameCheck, ServerVerifier};
use crate::engine::tls::{MAX_SESSIONS, Options, TlsError};

/// Stands for the server's name where the user gave none. An address is never sent as SNI, and this one not checked.
const NO_NAME: Ipv4Addr = Ipv4Addr::UNSPECIFIED;

/// The name a client expects, as the handshake needs it.
pub struct Target {
    /// For rustls: the key of its session store, the SNI, the name to check.
    pub name: ServerName<'static>,
    /// Whether and how the name is checked.
    pub check: NameCheck,
}

impl Target {
    /// Reads the user's `name`: a host name, an IP literal with or without brackets, or something else, which no
    /// certificate can match.
    pub fn parse(name: Option<&[u8]>) -> Self {
        let Some(name) = name else {
            return Self::unnamed(NameCheck::Off);
        };
        let bare = name
            .strip_prefix(b"[")
            .and_then(|n| n.strip_suffix(b"]"))
            .unwrap_or(name);
        let parsed = core::str::from_utf8(bare)
            .ok()
            .and_then(|text| ServerName::try_from(text).ok());
        match parsed {
            Some(name) => Self {
                name: name.to_owned(),
                check: NameCheck::On,
            },
            None => Self::unnamed(NameCheck::Unmatchable),
        }
    }

    fn unnamed(check: NameCheck) -> Self {
        let name = ServerName::IpAddress(NO_NAME.into());
        Self { name, check }
    }
}

/// Builds a client's configuration.
pub fn client(
    options: &Options<'_>,
    check: NameCheck,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<ClientConfig>, TlsError> {
    let anchors = options.ca.map(Anchors::parse).transpose()?;
    let skip = options.skip_verification;
    let verifier = ServerVerifier {
        anchors: if skip { None } else { anchors },
        name: if skip { NameCheck::Off } else { check },
        algorithms: provider.signature_verification_algorithms,
    };
    let mut config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|_| TlsError::Disabled)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(Arc::new(Own(credentials::own(options, provider)?)));
    config.resumption = Resumption::store(Arc::new(ClientSessionMemoryCache::new(MAX_SESSIONS)));
    Ok(Arc::new(config))
}

/// Builds a server's configuration. Without a certificate it is complete too: each handshake will fail.
pub fn server(
    options: &Options<'_>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<ServerConfig>, TlsError> {
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|_| TlsError::Disabled)?;
    let builder = match options.ca {
        Some(ca) => {
            let verifier = ClientVerifier::new(Anchors::parse(ca)?, provider)?;
            builder.with_client_cert_verifier(Arc::new(verifier))
        }
        None => builder.with_client_cert_verifier(Arc::new(NoClientAuth)),
    };
    let mut config =
        builder.with_cert_resolver(Arc::new(Own(credentials::own(options, provider)?)));
    config.session_storage = ServerSessionMemoryCache::new(MAX_SESSIONS);
    if let Ok(ticketer) = Ticketer::new() {
        config.ticketer = ticketer;
    }
    Ok(Arc::new(config))
}

/// The one certificate of this end, if it has one. Shown whenever the peer asks, whatever names it lists.
#[derive(Debug)]
struct Own(Option<Arc<CertifiedKey>>);

impl ResolvesServerCert for Own {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.clone()
    }
}

impl ResolvesClientCert for Own {
    fn resolve(
        &self,
        _root_hints: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.0.clone()
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }

    fn only_raw_public_keys(&self) -> bool {
        false
    }
}
