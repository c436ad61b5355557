//! JSON Web Tokens.

use super::core::mg_str;

/// What to sign, and with what.
#[repr(C)]
pub struct mg_jwt_opts {
    /// Payload, a JSON object.
    pub claims: mg_str,
    /// Further members of the header, without braces; may be empty.
    pub header: mg_str,
    /// Key id; may be empty.
    pub kid: mg_str,
    /// HS256: the shared secret.
    pub secret: mg_str,
    /// ES256, to sign: 32 bytes.
    pub private_key: *const u8,
    /// ES256, to verify: 64 bytes, X and Y.
    pub public_key: *const u8,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<mg_jwt_opts>() == 80);
