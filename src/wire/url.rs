//! URL parts.

/// Host.
pub fn host(url: &[u8]) -> &[u8] {
    let start = url.windows(2).position(|w| w == b"//").map_or(0, |at| at + 2);
    let rest = url.get(start..).unwrap_or_default();
    let end = rest.iter().position(|b| start > 0 && *b == b'/').unwrap_or(rest.len());
    let rest = rest.get(..end).unwrap_or_default();
    let rest = rest.iter().position(|b| *b == b'@').map_or(rest, |at| rest.get(at + 1..).unwrap_or_default());
    let from = rest.iter().position(|b| *b == b']').unwrap_or(0);
    let colon = rest.get(from..).unwrap_or_default().iter().position(|b| *b == b':').map(|at| at + from);
    colon.map_or(rest, |at| rest.get(..at).unwrap_or_default())
}

/// Port.
pub fn port_checked(url: &[u8]) -> Option<u16> {
    let host = host(url);
    let at = host.as_ptr() as usize - url.as_ptr() as usize + host.len();
    match url.get(at) {
        Some(b':') => {
            let digits = url.get(at + 1..).unwrap_or_default();
            let end = digits.iter().position(|b| *b == b'/').unwrap_or(digits.len());
            core::str::from_utf8(digits.get(..end)?).ok()?.parse().ok()
        }
        _ if url.starts_with(b"http:") => Some(80),
        _ => Some(0),
    }
}

/// TLS.
pub fn is_ssl(url: &[u8]) -> bool {
    url.starts_with(b"https:")
}
