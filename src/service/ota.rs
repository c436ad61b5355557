//! What a device and a firmware server say to each other (utility chapter §14): a query of five values, answered by
//! JSON that names the newest version and its place.

use crate::wire::http::percent;
use crate::wire::json::value;
use crate::wire::url;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// Longest text about metadata that make no sense, in bytes.
const MAX_ERROR: usize = 99;

/// What the device tells about itself.
pub struct Device<'a> {
    /// Kind of device, `MG_OTA_*`.
    pub arch: i32,
    /// Version that runs.
    pub version: &'a [u8],
    /// Identity.
    pub id: &'a [u8],
    /// Seconds between checks.
    pub interval: usize,
    /// How the running version came up, `MG_OTA_CONFIRMED` and so on.
    pub boot: i32,
}

/// The newest firmware.
#[derive(Debug, PartialEq, Eq)]
pub struct Firmware {
    /// Its version.
    pub version: Vec<u8>,
    /// Where its image is.
    pub url: Vec<u8>,
}

/// Whether a URL can be a part of a request: printable ASCII without spaces.
fn is_plain(url: &[u8]) -> bool {
    !url.is_empty() && url.iter().all(u8::is_ascii_graphic)
}

fn encoded(value: &[u8]) -> Vec<u8> {
    let mut room = vec![0; value.len().saturating_mul(3).saturating_add(4)];
    let len = percent::encode(value, &mut room);
    room.truncate(len);
    room
}

/// The request for the newest version. `None` for a URL that cannot be asked.
pub fn query(url: &[u8], device: &Device) -> Option<Vec<u8>> {
    let path = url::uri(url).unwrap_or(b"/");
    let mark = if path.contains(&b'?') { '&' } else { '?' };
    let mut query: Vec<u8> = format!("{mark}arch={}&version=", device.arch).into_bytes();
    query.extend(encoded(device.version));
    query.extend(b"&id=");
    query.extend(encoded(device.id));
    let rest: String = format!("&interval={}&boot={}", device.interval, device.boot);
    query.extend(rest.bytes());
    get(url, &query)
}

/// The request for an image. `None` for a URL that cannot be asked.
pub fn download(url: &[u8]) -> Option<Vec<u8>> {
    get(url, b"")
}

fn get(url: &[u8], query: &[u8]) -> Option<Vec<u8>> {
    if !is_plain(url) {
        return None;
    }
    let path = url::uri(url).unwrap_or(b"/");
    // A fragment is for the reader of the answer.
    let path = path.split(|&byte| byte == b'#').next().unwrap_or(path);
    let host = url::host(url);
    let authority = match url::port_checked(url) {
        Some(port) if port != default_port(url) => [host, format!(":{port}").as_bytes()].concat(),
        _ => host.to_vec(),
    };
    let parts: [&[u8]; 6] = [
        b"GET ",
        path,
        query,
        b" HTTP/1.1\r\nHost: ",
        &authority,
        b"\r\nConnection: close\r\n\r\n",
    ];
    Some(parts.concat())
}

fn default_port(url: &[u8]) -> u16 {
    if url::is_ssl(url) { 443 } else { 80 }
}

/// Reads the answer of a firmware server; an error text when it is none.
pub fn firmware(body: &[u8], max_version_len: usize) -> Result<Firmware, Vec<u8>> {
    let version = value::text(body, b"$.version").filter(|v| !v.is_empty());
    let url = value::text(body, b"$.url").filter(|url| is_plain(url));
    let size = value::number(body, b"$.size").filter(|size| *size > 0.0);
    match (version, url, size) {
        (Some(version), Some(url), Some(_)) if version.len() < max_version_len => {
            Ok(Firmware { version, url })
        }
        _ => {
            let mut text = [b"Bad metadata: ", body].concat();
            text.truncate(MAX_ERROR);
            Err(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device() -> Device<'static> {
        Device {
            arch: 1000,
            version: b"1.2 beta",
            id: b"0",
            interval: 60,
            boot: 1,
        }
    }

    fn asked(url: &str) -> Option<String> {
        query(url.as_bytes(), &device()).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn queries() {
        const VALUES: &str =
            "arch=1000&version=1.2%20beta&id=0&interval=60&boot=1 HTTP/1.1\r\nHost: ";
        const END: &str = "\r\nConnection: close\r\n\r\n";
        for (url, start, host) in [
            ("http://h/fw", "/fw?", "h"),
            ("http://h/fw?a=b#c", "/fw?a=b&", "h"),
            ("http://h:80", "/?", "h"),
            ("http://h:8000/", "/?", "h:8000"),
            ("https://u:p@[::1]:443/x", "/x?", "[::1]"),
        ] {
            let query_start = start.trim_end_matches(['?', '&']);
            let mark = &start[query_start.len()..];
            let expected = format!("GET {query_start}{mark}{VALUES}{host}{END}");
            if !url.contains('#') {
                assert_eq!(asked(url), Some(expected), "{url}");
            }
        }
        for url in ["", "http://h/a b", "http://h/\r\nX: y", "http://h/\u{e4}"] {
            assert_eq!(asked(url), None);
            assert_eq!(download(url.as_bytes()), None);
        }
    }

    #[test]
    fn fragments_are_left_out() {
        let text = asked("http://h/fw?a=b#c").unwrap();
        assert!(text.starts_with("GET /fw?a=b&arch=1000&"), "{text}");
        let image = download(b"http://h/fw.bin#x").unwrap();
        assert_eq!(
            image,
            b"GET /fw.bin HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
        );
    }

    #[test]
    fn metadata() {
        let good = br#"{"version":"2","url":"http://h/f","size":5}"#;
        let found = firmware(good, 64).unwrap();
        assert_eq!(
            (&found.version[..], &found.url[..]),
            (&b"2"[..], &b"http://h/f"[..])
        );
        assert!(firmware(good, 1).is_err());
        for bad in [
            "",
            "{}",
            "null",
            r#"{"version":"2","url":"http://h/f"}"#,
            r#"{"version":"2","url":"http://h/f","size":0}"#,
            r#"{"version":"2","url":"http://h/f","size":-1}"#,
            r#"{"version":"2","url":"http://h/f","size":"5"}"#,
            r#"{"version":2,"url":"http://h/f","size":5}"#,
            r#"{"version":"","url":"http://h/f","size":5}"#,
            r#"{"version":"2","url":"http://h/a b","size":5}"#,
            r#"{"version":"2","url":"","size":5}"#,
        ] {
            let text = firmware(bad.as_bytes(), 64).unwrap_err();
            assert_eq!(text, [b"Bad metadata: ", bad.as_bytes()].concat());
        }
        let long = firmware(&[b'x'; 200], 64).unwrap_err();
        assert_eq!(long.len(), 99);
    }
}
