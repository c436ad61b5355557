//! TLS options and the numbers of TLS back-ends.

use core::ffi::c_int;
use core::mem::{offset_of, size_of};

use super::core::mg_str;

/// No TLS.
pub const MG_TLS_NONE: c_int = 0;
/// mbedTLS. Known by number only.
pub const MG_TLS_MBED: c_int = 1;
/// OpenSSL. Known by number only.
pub const MG_TLS_OPENSSL: c_int = 2;
/// The original's own TLS. Known by number only.
pub const MG_TLS_BUILTIN: c_int = 3;
/// A back-end of the program's choice.
pub const MG_TLS_CUSTOM: c_int = 4;
/// wolfSSL. Known by number only.
pub const MG_TLS_WOLFSSL: c_int = 5;

/// What a TLS connection needs to know. See `mg_tls_init`.
///
/// All fields are contents, PEM text or DER, never file names; they are borrowed for the call only. A field is absent
/// when `buf` is NULL, `len` is 0 or its first byte is 0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mg_tls_opts {
    /// Trust anchors, one or more certificates. Client: absent or `*` means that the server's chain is not verified.
    /// Server: present means that a client certificate is required.
    pub ca: mg_str,
    /// Own certificate, leaf first, then intermediates. A server needs one.
    pub cert: mg_str,
    /// Private key of `cert`: PKCS#8, PKCS#1 or SEC1, not encrypted. May be the same text as `cert`.
    pub key: mg_str,
    /// Client: host name to send (SNI) and to find in the certificate, or an IP address to find there. Empty: neither.
    pub name: mg_str,
    /// Client: check neither chain nor name nor dates. Ignored by servers.
    pub skip_verification: bool,
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<mg_tls_opts>() == 72);
    assert!(offset_of!(mg_tls_opts, ca) == 0 && offset_of!(mg_tls_opts, cert) == 16);
    assert!(offset_of!(mg_tls_opts, key) == 32 && offset_of!(mg_tls_opts, name) == 48);
    assert!(offset_of!(mg_tls_opts, skip_verification) == 64);
};
