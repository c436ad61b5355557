//! Authenticated encryption of the utility chapter: AES-GCM, ChaCha20-Poly1305.

use core::ffi::c_int;
use core::ptr;
use core::slice::from_raw_parts_mut;

use super::crypto::array;
use super::panic::guard;
use super::ptr::to_slice;
use crate::wire::crypto::{chacha, gcm};

/// Does nothing; AES-GCM needs no preparation. Returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn mg_gcm_initialize() -> c_int {
    0
}

/// AES-GCM (NIST SP 800-38D) with a key of 16, 24 or 32 bytes and a nonce of any length but 0: encrypts `n` bytes of
/// `input` to `output` (which may be the same) and writes the first `tag_len` (at most 16) bytes of the tag. Returns 0,
/// or -1 for other sizes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_aes_gcm_encrypt(
    output: *mut u8,
    input: *const u8,
    n: usize,
    key: *const u8,
    key_len: usize,
    iv: *const u8,
    iv_len: usize,
    aad: *mut u8,
    aad_len: usize,
    tag: *mut u8,
    tag_len: usize,
) -> c_int {
    // SAFETY: the caller passes buffers of these sizes.
    guard(-1, || unsafe {
        if (tag.is_null() && tag_len > 0) || tag_len > gcm::TAG {
            return -1;
        }
        let Some(data) = copied(output, input, n) else {
            return -1;
        };
        let (key, iv, aad) = (
            to_slice(key, key_len),
            to_slice(iv, iv_len),
            to_slice(aad, aad_len),
        );
        let Some(made) = gcm::seal(key, iv, aad, data) else {
            return -1;
        };
        ptr::copy_nonoverlapping(made.as_ptr(), tag, tag_len);
        0
    })
}

/// The inverse of `mg_aes_gcm_encrypt`. Returns 0, or -1 with `output` zeroed when the tag is wrong.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_aes_gcm_decrypt(
    output: *mut u8,
    input: *const u8,
    n: usize,
    key: *const u8,
    key_len: usize,
    iv: *const u8,
    iv_len: usize,
    aad: *mut u8,
    aad_len: usize,
    tag: *const u8,
    tag_len: usize,
) -> c_int {
    // SAFETY: the caller passes buffers of these sizes.
    guard(-1, || unsafe {
        let Some(data) = copied(output, input, n) else {
            return -1;
        };
        let (key, iv, aad) = (
            to_slice(key, key_len),
            to_slice(iv, iv_len),
            to_slice(aad, aad_len),
        );
        if gcm::open(key, iv, aad, data, to_slice(tag, tag_len)) {
            0
        } else {
            -1
        }
    })
}

/// `output` after `n` bytes of `input`, which it may overlap, were moved there. `None` when one is missing.
///
/// # Safety
/// Both have `n` bytes, or are NULL when `n` is 0; nothing else uses `output` for `'a`.
unsafe fn copied<'a>(output: *mut u8, input: *const u8, n: usize) -> Option<&'a mut [u8]> {
    if n == 0 {
        return Some(&mut []);
    }
    if output.is_null() || input.is_null() || n > isize::MAX as usize {
        return None;
    }
    // SAFETY: the caller's promise.
    unsafe {
        ptr::copy(input, output, n);
        Some(from_raw_parts_mut(output, n))
    }
}

/// What the ChaCha20 functions return on failure: `(size_t) -1`.
const FAILED: usize = usize::MAX;

/// Whether two buffers share bytes without being the same.
fn overlap(a: *const u8, a_len: usize, b: *const u8, b_len: usize) -> bool {
    let (a, b) = (a as usize, b as usize);
    a < b.saturating_add(b_len) && b < a.saturating_add(a_len)
}

/// ChaCha20-Poly1305 (RFC 8439): encrypts `plain_text_size` bytes to `cipher_text`, which gets 16 bytes more, the tag.
/// `key` has 32 bytes, `nonce` 12. Returns the bytes written, or `(size_t) -1` when the buffers overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_chacha20_poly1305_encrypt(
    cipher_text: *mut u8,
    key: *const u8,
    nonce: *const u8,
    ad: *const u8,
    ad_size: usize,
    plain_text: *const u8,
    plain_text_size: usize,
) -> usize {
    // SAFETY: the caller passes buffers of these sizes.
    guard(FAILED, || unsafe {
        let Some(total) = plain_text_size.checked_add(chacha::TAG) else {
            return FAILED;
        };
        let Some((key, nonce)) = array(key).zip(array(nonce)) else {
            return FAILED;
        };
        if cipher_text.is_null() || overlap(cipher_text, total, plain_text, plain_text_size) {
            return FAILED;
        }
        let Some(data) = copied(cipher_text, plain_text, plain_text_size) else {
            return FAILED;
        };
        let Some(tag) = chacha::seal(key, nonce, to_slice(ad, ad_size), data) else {
            return FAILED;
        };
        ptr::copy_nonoverlapping(tag.as_ptr(), cipher_text.add(plain_text_size), chacha::TAG);
        total
    })
}

/// The inverse of `mg_chacha20_poly1305_encrypt`. Returns the bytes written, or `(size_t) -1` when the tag is wrong (the
/// output is zeroed), the buffers overlap, or there is no room for a tag.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_chacha20_poly1305_decrypt(
    plain_text: *mut u8,
    key: *const u8,
    nonce: *const u8,
    ad: *const u8,
    ad_size: usize,
    cipher_text: *const u8,
    cipher_text_size: usize,
) -> usize {
    // SAFETY: the caller passes buffers of these sizes.
    guard(FAILED, || unsafe {
        let Some(len) = cipher_text_size.checked_sub(chacha::TAG) else {
            return FAILED;
        };
        let Some((key, nonce)) = array(key).zip(array(nonce)) else {
            return FAILED;
        };
        if cipher_text.is_null() || overlap(plain_text, len, cipher_text, cipher_text_size) {
            return FAILED;
        }
        let (Some(data), Some(tag)) = (
            copied(plain_text, cipher_text, len),
            array(cipher_text.add(len)),
        ) else {
            return FAILED;
        };
        if chacha::open(key, nonce, to_slice(ad, ad_size), data, tag) {
            len
        } else {
            FAILED
        }
    })
}
