//! RSA of the utility chapter.

use core::ffi::c_int;

use super::crypto::array;
use super::panic::guard;
use super::ptr::{to_slice, to_slice_mut};
use crate::wire::crypto::{rsa, rsa_sign};

/// RSA's public operation: `msg ^ exp mod mod`, all big-endian, written to `out`.
///
/// Leading zeros of `mod` and `exp` do not count; the modulus then has 256 to 512 bytes and is odd, and `msgsz` and
/// `outsz` are its size. Returns 0, or -1 with `out` zeroed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_rsa_mod_pow(
    r#mod: *const u8,
    modsz: usize,
    exp: *const u8,
    expsz: usize,
    msg: *const u8,
    msgsz: usize,
    out: *mut u8,
    outsz: usize,
) -> c_int {
    // SAFETY: the caller passes buffers of these sizes; `out` may be one of the others, so the inputs are copied.
    guard(-1, || unsafe {
        if out.is_null() {
            return -1;
        }
        let (modulus, exponent) = (
            to_slice(r#mod, modsz).to_vec(),
            to_slice(exp, expsz).to_vec(),
        );
        let message = to_slice(msg, msgsz).to_vec();
        let done = rsa::mod_pow(&modulus, &exponent, &message, to_slice_mut(out, outsz));
        if done { 0 } else { -1 }
    })
}

/// Whether `em`, a signature of `nlen` bytes (66 to 512) after the public operation, is a PSS signature (RFC 8017) with
/// SHA-256 and a salt of 32 bytes of the message with the 32-byte digest `mhash`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_rsa_verify(em: *const u8, nlen: usize, mhash: *const u8) -> bool {
    // SAFETY: the caller passes `nlen` and 32 bytes.
    guard(false, || unsafe {
        array(mhash).is_some_and(|hash| rsa::verify_pss(to_slice(em, nlen), hash))
    })
}

/// Whether `em`, a signature of `nlen` bytes after the public operation, is a PKCS#1 v1.5 signature of the message with
/// this SHA-256 (32 bytes) or SHA-384 (48 bytes) digest.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_rsa_pkcs_verify(
    em: *const u8,
    nlen: usize,
    hash: *const u8,
    hashlen: usize,
) -> bool {
    // SAFETY: the caller passes buffers of these sizes.
    guard(false, || unsafe {
        rsa::verify_pkcs1(to_slice(em, nlen), to_slice(hash, hashlen))
    })
}

/// RSA's private operation: signs the padded block `em` with a key in the five parts of RFC 8017 §3.2, all big-endian.
///
/// Each prime has 128 to 256 bytes; `em` and `sig` are as long as the modulus, and `em` is below it. The signature is
/// opened again before it is written, so that a wrong key or a fault gives nothing away. Returns 0, or -1 with `sig`
/// zeroed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_rsa_crt_sign(
    em: *const u8,
    em_len: usize,
    dp: *const u8,
    dp_len: usize,
    dq: *const u8,
    dq_len: usize,
    p: *const u8,
    p_len: usize,
    q: *const u8,
    q_len: usize,
    qinv: *const u8,
    qinv_len: usize,
    sig: *mut u8,
    sig_len: usize,
) -> c_int {
    // SAFETY: the caller passes buffers of these sizes; `sig` may be `em`, so that is copied.
    guard(-1, || unsafe {
        if sig.is_null() {
            return -1;
        }
        let encoded = to_slice(em, em_len).to_vec();
        let key = rsa_sign::Key {
            p: to_slice(p, p_len),
            q: to_slice(q, q_len),
            dp: to_slice(dp, dp_len),
            dq: to_slice(dq, dq_len),
            q_inv: to_slice(qinv, qinv_len),
        };
        match rsa_sign::sign(&encoded, &key, to_slice_mut(sig, sig_len)) {
            Some(()) => 0,
            None => -1,
        }
    })
}
