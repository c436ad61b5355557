//! Parts of URLs (utility chapter §7). Results point into the URL and live as long as it.

use super::strings::{c_bytes, to_str};
use crate::abi::core::mg_str;
use crate::wire::url;
use core::ffi::{c_char, c_ushort};

/// Host of a URL; IPv6 addresses keep their brackets. May be empty.
///
/// # Safety
/// `url` is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_url_host(url: *const c_char) -> mg_str {
    // SAFETY: the caller's promise.
    to_str(url::host(unsafe { c_bytes(url) }))
}

/// Port of a URL: explicit, else the default of the scheme (`http`, `ws`, `https`, `wss`, `mqtt`, `mqtts`), else 0.
/// A port above 65535 is 0.
///
/// # Safety
/// `url` is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_url_port(url: *const c_char) -> c_ushort {
    // SAFETY: the caller's promise.
    url::port(unsafe { c_bytes(url) })
}

/// Whether the scheme asks for TLS: `https`, `wss`, `mqtts`, `ssl`, `tls`, `tcps`, in any case.
///
/// # Safety
/// `url` is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_url_is_ssl(url: *const c_char) -> bool {
    // SAFETY: the caller's promise.
    url::is_ssl(unsafe { c_bytes(url) })
}

/// User name of a URL, not decoded; empty when absent.
///
/// # Safety
/// `url` is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_url_user(url: *const c_char) -> mg_str {
    // SAFETY: the caller's promise.
    or_static(url::user(unsafe { c_bytes(url) }))
}

/// Password of a URL, not decoded; empty when absent.
///
/// # Safety
/// `url` is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_url_pass(url: *const c_char) -> mg_str {
    // SAFETY: the caller's promise.
    or_static(url::password(unsafe { c_bytes(url) }))
}

/// Path, query and fragment of a URL, from the first `/` after the host; `"/"` when there is none.
///
/// # Safety
/// `url` is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_url_uri(url: *const c_char) -> *const c_char {
    // SAFETY: the caller's promise. The path reaches to the end of the URL, hence is NUL-terminated, too.
    match url::uri(unsafe { c_bytes(url) }) {
        Some(uri) => uri.as_ptr().cast(),
        None => c"/".as_ptr(),
    }
}

/// Empty results are the static `""`, so that they may be read as C strings.
fn or_static(part: &[u8]) -> mg_str {
    if part.is_empty() {
        mg_str {
            buf: c"".as_ptr().cast_mut(),
            len: 0,
        }
    } else {
        to_str(part)
    }
}
