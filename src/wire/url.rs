//! URLs: `[scheme:]//[user[:password]@]host[:port][/path]`, or bare `host:port`.
//!
//! One scan from left to right, no decoding; every result is a part of the input. Without `//` there is no path and
//! the host reaches up to the port or the end.

/// A URL taken apart.
struct Parts<'a> {
    user: Option<&'a [u8]>,
    password: Option<&'a [u8]>,
    host: &'a [u8],
    port: Option<&'a [u8]>,
    /// From the first `/` after the host.
    path: Option<&'a [u8]>,
}

/// Splits at the first `byte`: before it, behind it.
fn cut(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(byte, text)?;
    Some((text.get(..at)?, text.get(at.checked_add(1)?..)?))
}

impl<'a> Parts<'a> {
    fn new(url: &'a [u8]) -> Self {
        let (authority, path) = match memchr::memmem::find(url, b"//") {
            None => (url, None),
            Some(at) => {
                let rest = url.get(at.saturating_add(2)..).unwrap_or(&[]);
                let end = memchr::memchr3(b'/', b'?', b'#', rest).unwrap_or(rest.len());
                let (authority, tail) = rest.split_at(end);
                (authority, Some(tail).filter(|tail| tail.starts_with(b"/")))
            }
        };
        let (credentials, host) = match cut(authority, b'@') {
            Some((credentials, host)) => (Some(credentials), host),
            None => (None, authority),
        };
        let (user, password) = match credentials.map(|text| (text, cut(text, b':'))) {
            Some((_, Some((user, password)))) => (Some(user), Some(password)),
            Some((user, None)) => (Some(user), None),
            None => (None, None),
        };
        // Colons inside the brackets of an IPv6 address start no port.
        let bracket = memchr::memrchr(b']', host).map_or(0, |at| at.saturating_add(1));
        let port = host
            .get(bracket..)
            .and_then(|tail| cut(tail, b':'))
            .map(|(_, port)| port);
        let length = port.map_or(host.len(), |port| {
            host.len().saturating_sub(port.len().saturating_add(1))
        });
        Parts {
            user,
            password,
            host: host.get(..length).unwrap_or(host),
            port,
            path,
        }
    }
}

/// Host name or address. IPv6 addresses keep their brackets. May be empty.
pub fn host(url: &[u8]) -> &[u8] {
    Parts::new(url).host
}

/// Name before `@`, not decoded; empty when absent.
pub fn user(url: &[u8]) -> &[u8] {
    Parts::new(url).user.unwrap_or(&[])
}

/// Password before `@`, not decoded; empty when absent.
pub fn password(url: &[u8]) -> &[u8] {
    Parts::new(url).password.unwrap_or(&[])
}

/// Path, query and fragment, from the first `/` after the host; `None` when there is none.
pub fn uri(url: &[u8]) -> Option<&[u8]> {
    Parts::new(url).path
}

/// The port: explicit, else the default of the scheme, else 0. A port that is no number or exceeds 65535 is 0; what
/// follows its digits does not matter.
pub fn port(url: &[u8]) -> u16 {
    match Parts::new(url).port {
        None => default_port(url),
        Some(text) => {
            let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
            text.get(..digits).and_then(number).unwrap_or(0)
        }
    }
}

/// Like [`port`], but `None` for an explicit port that is not a number of at most 65535.
pub fn port_checked(url: &[u8]) -> Option<u16> {
    match Parts::new(url).port {
        None => Some(default_port(url)),
        Some(text) => number(text),
    }
}

fn number(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u16, |value, byte| match byte {
        b'0'..=b'9' => value.checked_mul(10)?.checked_add(u16::from(byte & 15)),
        _ => None,
    })
}

fn has_scheme(url: &[u8], scheme: &[u8]) -> bool {
    url.get(..scheme.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

fn default_port(url: &[u8]) -> u16 {
    const PORTS: [(&[u8], u16); 6] = [
        (b"http:", 80),
        (b"ws:", 80),
        (b"https:", 443),
        (b"wss:", 443),
        (b"mqtt:", 1883),
        (b"mqtts:", 8883),
    ];
    PORTS
        .iter()
        .find(|(scheme, _)| has_scheme(url, scheme))
        .map_or(0, |(_, port)| *port)
}

/// Whether the scheme asks for TLS.
pub fn is_ssl(url: &[u8]) -> bool {
    const SCHEMES: [&[u8]; 6] = [b"wss:", b"https:", b"mqtts:", b"ssl:", b"tls:", b"tcps:"];
    SCHEMES.iter().any(|scheme| has_scheme(url, scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: (&str, u16, &str, &str, Option<&str>)) {
        let url = url.as_bytes();
        let text = |bytes| core::str::from_utf8(bytes).unwrap();
        let found = (
            text(host(url)),
            port(url),
            text(user(url)),
            text(password(url)),
            uri(url).map(text),
        );
        assert_eq!(found, expected);
    }

    #[test]
    fn full_urls() {
        check("http://example.org", ("example.org", 80, "", "", None));
        check(
            "https://example.org:8443/a/b?c=/d#e",
            ("example.org", 8443, "", "", Some("/a/b?c=/d#e")),
        );
        check("wss://h/", ("h", 443, "", "", Some("/")));
        check("mqtt://u:p@h:1/x@y:2", ("h", 1, "u", "p", Some("/x@y:2")));
        check("mqtts://u@h", ("h", 8883, "u", "", None));
        check("tcp://u:@h", ("h", 0, "u", "", None));
        check("tcp://:p@h:5", ("h", 5, "", "p", None));
        check("tcp://a:b:c@h", ("h", 0, "a", "b:c", None));
        check("tcp://a@b@c:7", ("b@c", 7, "a", "", None));
        check("http:///x", ("", 80, "", "", Some("/x")));
    }

    #[test]
    fn bare_forms() {
        check("foo:1234", ("foo", 1234, "", "", None));
        check(":1234", ("", 1234, "", "", None));
        check("foo/bar", ("foo/bar", 0, "", "", None));
        check("localhost:80/x", ("localhost", 80, "", "", None));
        check("", ("", 0, "", "", None));
    }

    #[test]
    fn ipv6() {
        check("tcp://[::1]:8080/a", ("[::1]", 8080, "", "", Some("/a")));
        check("http://[fe80::1%2]", ("[fe80::1%2]", 80, "", "", None));
        check("udp://u:p@[::]:1", ("[::]", 1, "u", "p", None));
        check("http://[::1", ("[", 0, "", "", None));
    }

    #[test]
    fn query_ends_the_host() {
        check("http://h?x:1", ("h", 80, "", "", None));
        check("http://h#x@y/z", ("h", 80, "", "", None));
    }

    #[test]
    fn ports() {
        for (url, lenient, strict) in [
            ("tcp://h:99999", 0, None),
            ("tcp://h:65535", 65535, Some(65535)),
            ("tcp://h:abc", 0, None),
            ("tcp://h:", 0, None),
            ("tcp://h:-1", 0, None),
            ("h:80x", 80, None),
            ("a:1:2", 1, None),
            ("HTTP://h", 80, Some(80)),
        ] {
            assert_eq!(
                (port(url.as_bytes()), port_checked(url.as_bytes())),
                (lenient, strict),
                "{url}"
            );
        }
    }

    #[test]
    fn tls_schemes() {
        for url in [
            "wss://h",
            "https://h",
            "mqtts://h",
            "ssl://h",
            "tls://h",
            "tcps://h",
            "HTTPS://h",
        ] {
            assert!(is_ssl(url.as_bytes()), "{url}");
        }
        for url in ["ws://h", "http://h", "tcp://h", "https", "", "h:443"] {
            assert!(!is_ssl(url.as_bytes()), "{url}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]

        #[test]
        fn any_bytes(url in proptest::collection::vec(proptest::sample::select(&b"a:/@[]?#1"[..]), 0..24)) {
            let parts = Parts::new(&url);
            let port = parts.port.map_or(0, |port| port.len() + 1);
            assert!(parts.host.len() + port <= url.len());
            assert!(parts.path.is_none_or(|path| path.starts_with(b"/") && url.ends_with(path)));
        }
    }
}
