//! JSON Web Tokens (HTTP chapter §12).

use super::panic::guard;
use super::ptr::{str_bytes, to_slice};
use crate::abi::core::mg_str;
use crate::abi::jwt::mg_jwt_opts;
use crate::wire::jwt::{self, Claims, Key};
use core::ffi::c_char;

const PRIVATE_KEY: usize = 32;
const PUBLIC_KEY: usize = 64;

/// # Safety
/// `buf` is NULL or writable for `len` bytes.
unsafe fn out_slice<'a>(buf: *mut c_char, len: usize) -> &'a mut [u8] {
    if buf.is_null() || len > isize::MAX as usize {
        return &mut [];
    }
    // SAFETY: the caller's promise.
    unsafe { core::slice::from_raw_parts_mut(buf.cast(), len) }
}

/// # Safety
/// The strings of `opts` are readable, `buf` is writable for `len` bytes.
unsafe fn sign(opts: &mg_jwt_opts, key: Key, buf: *mut c_char, len: usize) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        let (claims, header, kid) = (
            str_bytes(opts.claims),
            str_bytes(opts.header),
            str_bytes(opts.kid),
        );
        jwt::sign(
            &Claims {
                claims,
                header,
                kid,
            },
            key,
            out_slice(buf, len),
        )
        .unwrap_or(0)
    }
}

/// Signs `opts->claims` with `opts->secret` into `buf`, NUL-terminated. Returns the length of the token, 0 when it does
/// not fit: the padded form of each part needs room.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_jwt_sign_hs256(
    opts: *const mg_jwt_opts,
    buf: *mut c_char,
    len: usize,
) -> usize {
    // SAFETY: the caller passes valid options and `len` writable bytes.
    guard(0, || unsafe {
        opts.as_ref().map_or(0, |opts| {
            sign(opts, Key::Hs256(str_bytes(opts.secret)), buf, len)
        })
    })
}

/// Checks a token against `opts->secret` and writes its claims into `buf`, NUL-terminated. Returns their length, 0 when
/// the token is not genuine or does not fit. Does not look at `exp` and `nbf`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_jwt_verify_hs256(
    jwt: mg_str,
    opts: *const mg_jwt_opts,
    buf: *mut c_char,
    len: usize,
) -> usize {
    // SAFETY: the caller passes a readable token, valid options and `len` writable bytes.
    guard(0, || unsafe {
        let Some(opts) = opts.as_ref() else { return 0 };
        jwt::verify(
            str_bytes(jwt),
            Key::Hs256(str_bytes(opts.secret)),
            out_slice(buf, len),
        )
        .unwrap_or(0)
    })
}

/// As `mg_jwt_sign_hs256`, with ECDSA on P-256 and `opts->private_key`. 0 in builds without TLS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_jwt_sign_es256(
    opts: *const mg_jwt_opts,
    buf: *mut c_char,
    len: usize,
) -> usize {
    // SAFETY: the caller passes valid options and `len` writable bytes.
    guard(0, || unsafe {
        let Some(opts) = opts.as_ref().filter(|opts| !opts.private_key.is_null()) else {
            return 0;
        };
        sign(
            opts,
            Key::Es256(to_slice(opts.private_key, PRIVATE_KEY)),
            buf,
            len,
        )
    })
}

/// As `mg_jwt_verify_hs256`, with `opts->public_key`. 0 in builds without TLS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_jwt_verify_es256(
    jwt: mg_str,
    opts: *const mg_jwt_opts,
    buf: *mut c_char,
    len: usize,
) -> usize {
    // SAFETY: the caller passes a readable token, valid options and `len` writable bytes.
    guard(0, || unsafe {
        let Some(opts) = opts.as_ref().filter(|opts| !opts.public_key.is_null()) else {
            return 0;
        };
        let key = Key::Es256(to_slice(opts.public_key, PUBLIC_KEY));
        jwt::verify(str_bytes(jwt), key, out_slice(buf, len)).unwrap_or(0)
    })
}
