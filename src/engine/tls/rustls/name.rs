//! Does this certificate belong to that host? (RFC 6125, RFC 9525)

use ::rustls::client::verify_server_name;
use ::rustls::pki_types::{CertificateDer, IpAddr, ServerName};
use ::rustls::server::ParsedCertificate;

use super::certificate::{AltName, Certificate};
use crate::engine::tls::TlsError;

/// Checks that `cert` is for `name`.
///
/// Names of the subjectAltName count: DNS names without regard to case, with `*` for exactly the leftmost label, IP
/// addresses byte by byte. The subject's common name counts only in a certificate without any subjectAltName, and
/// never for an IP address.
pub fn verify(cert: &CertificateDer<'_>, name: &ServerName<'_>) -> Result<(), TlsError> {
    if let Ok(parsed) = ParsedCertificate::try_from(cert) {
        if verify_server_name(&parsed, name).is_ok() {
            return Ok(());
        }
        // A strict reader has read the names and found none to match; only a certificate without names goes on.
        if Certificate::parse(cert).is_none_or(|c| c.alt_names().is_some()) {
            return Err(TlsError::Hostname);
        }
    }
    let cert = Certificate::parse(cert).ok_or(TlsError::Hostname)?;
    let matches = match (cert.alt_names(), name) {
        (Some(mut names), ServerName::DnsName(host)) => names.any(
            |alt| matches!(alt, AltName::Dns(pattern) if matches_host(pattern, host.as_ref().as_bytes())),
        ),
        (Some(mut names), ServerName::IpAddress(ip)) => {
            names.any(|alt| matches!(alt, AltName::Ip(bytes) if same_address(bytes, ip)))
        }
        (None, ServerName::DnsName(host)) => {
            cert.common_name().is_some_and(|cn| matches_host(cn, host.as_ref().as_bytes()))
        }
        _ => false,
    };
    if matches {
        Ok(())
    } else {
        Err(TlsError::Hostname)
    }
}

/// True when `host` fits `pattern`: equal but for case, or with one whole label in place of a leading `*`.
///
/// A wildcard needs two labels behind it (no `*.com`), and a `*` anywhere else matches nothing.
fn matches_host(pattern: &[u8], host: &[u8]) -> bool {
    let host = host.strip_suffix(b".").unwrap_or(host);
    let (pattern, host) = match pattern.strip_prefix(b"*.") {
        None => (pattern, host),
        Some(domain) if domain.contains(&b'.') => {
            let Some(dot) = host.iter().position(|&b| b == b'.').filter(|&dot| dot > 0) else {
                return false;
            };
            (
                domain,
                host.get(dot.saturating_add(1)..).unwrap_or_default(),
            )
        }
        Some(_) => return false,
    };
    !pattern.is_empty() && !pattern.contains(&b'*') && pattern.eq_ignore_ascii_case(host)
}

fn same_address(bytes: &[u8], ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => bytes == ip.as_ref(),
        IpAddr::V6(ip) => bytes == ip.as_ref(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, host, expected) in [
            ("localhost", "localhost", true),
            ("LocalHost", "lOCALhOST", true),
            ("a.test", "a.test.", true),
            ("*.wild.test", "a.wild.test", true),
            ("*.wild.test", "A.Wild.Test", true),
            ("*.wild.test", "wild.test", false),
            ("*.wild.test", "a.b.wild.test", false),
            ("*.wild.test", ".wild.test", false),
            ("*.com", "a.com", false),
            ("*", "localhost", false),
            ("*.", "localhost", false),
            ("a.*.b", "a.x.b", false),
            ("f*.wild.test", "foo.wild.test", false),
            ("*.*.test", "a.b.test", false),
            ("a.test\0.evil", "a.test", false),
            ("", "", false),
        ] {
            assert_eq!(
                matches_host(pattern.as_bytes(), host.as_bytes()),
                expected,
                "{pattern} {host}"
            );
        }
    }
}
