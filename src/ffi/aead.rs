//! AES-GCM and ChaCha20-Poly1305 by name (utility chapter §15), by the provider of TLS. Without TLS everything fails.

use super::strings::to_slice;
use crate::ffi::panic::guard;
use core::ffi::{c_int, c_uchar};
use core::slice;

/// Bytes of a tag.
const TAG: usize = 16;
/// Bytes of a nonce.
const NONCE: usize = 12;
/// Shortest tag that is accepted as a proof (NIST SP 800-38D §5.2.1.2).
const SHORTEST_TAG: usize = 4;

/// A cipher with its key.
#[cfg(feature = "tls")]
struct Cipher(ring::aead::LessSafeKey);

#[cfg(feature = "tls")]
impl Cipher {
    fn aes(key: &[u8]) -> Option<Self> {
        match key.len() {
            16 => Self::new(&ring::aead::AES_128_GCM, key),
            32 => Self::new(&ring::aead::AES_256_GCM, key),
            _ => None,
        }
    }

    fn chacha(key: &[u8]) -> Option<Self> {
        Self::new(&ring::aead::CHACHA20_POLY1305, key)
    }

    fn new(algorithm: &'static ring::aead::Algorithm, key: &[u8]) -> Option<Self> {
        let key = ring::aead::UnboundKey::new(algorithm, key).ok()?;
        Some(Cipher(ring::aead::LessSafeKey::new(key)))
    }

    /// Encrypts in place, returns the tag.
    fn seal(&self, nonce: &[u8; NONCE], aad: &[u8], data: &mut [u8]) -> Option<[u8; TAG]> {
        let nonce = ring::aead::Nonce::assume_unique_for_key(*nonce);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce, ring::aead::Aad::from(aad), data)
            .ok()?;
        tag.as_ref().try_into().ok()
    }
}

/// No cipher.
#[cfg(not(feature = "tls"))]
struct Cipher;

#[cfg(not(feature = "tls"))]
impl Cipher {
    fn aes(_: &[u8]) -> Option<Self> {
        None
    }

    fn chacha(_: &[u8]) -> Option<Self> {
        None
    }

    fn seal(&self, _: &[u8; NONCE], _: &[u8], _: &mut [u8]) -> Option<[u8; TAG]> {
        None
    }
}

impl Cipher {
    /// Decrypts in place when `tag`, possibly shortened, is right; else zeroes the data.
    ///
    /// Both ciphers add a key stream: encrypting the ciphertext gives the plaintext, encrypting that gives the tag to
    /// compare, and the ciphertext again.
    fn open(&self, nonce: &[u8; NONCE], aad: &[u8], data: &mut [u8], tag: &[u8]) -> bool {
        let mut right = || {
            self.seal(nonce, aad, data)?;
            let expected = self.seal(nonce, aad, data)?;
            let expected = expected.get(..tag.len())?;
            if !crate::text::compare::equal_in_constant_time(expected, tag) {
                return None;
            }
            self.seal(nonce, aad, data)
        };
        let right = right().is_some();
        if !right {
            data.fill(0);
        }
        right
    }
}

/// Copies `len` bytes, which may overlap, and gives the copy.
///
/// # Safety
/// `from` is readable and `to` writable for `len` bytes.
unsafe fn moved<'a>(from: *const u8, to: *mut u8, len: usize) -> &'a mut [u8] {
    if len == 0 {
        return &mut [];
    }
    // SAFETY: the caller's promise.
    unsafe {
        core::ptr::copy(from, to, len);
        slice::from_raw_parts_mut(to, len)
    }
}

/// Prepares AES-GCM. Nothing to do: 0.
#[unsafe(no_mangle)]
pub extern "C" fn mg_gcm_initialize() -> c_int {
    0
}

/// AES-GCM (NIST SP 800-38D): encrypts `n` bytes, stores a tag of up to 16 bytes. 0, or -1.
///
/// The key has 16 or 32 bytes, the nonce 12.
///
/// # Safety
/// Each pointer is valid for the length that belongs to it, NULL for length 0; `to` for `n` bytes.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)]
pub unsafe extern "C" fn mg_aes_gcm_encrypt(
    to: *mut c_uchar,
    from: *const c_uchar,
    n: usize,
    key: *const c_uchar,
    key_len: usize,
    iv: *const c_uchar,
    iv_len: usize,
    aad: *mut c_uchar,
    aad_len: usize,
    tag: *mut c_uchar,
    tag_len: usize,
) -> c_int {
    // SAFETY: the caller's promise.
    guard(-1, || unsafe {
        let sealed = || {
            let nonce = to_slice(iv, iv_len).try_into().ok()?;
            let cipher = Cipher::aes(to_slice(key, key_len)).filter(|_| tag_len <= TAG)?;
            cipher.seal(nonce, to_slice(aad, aad_len), moved(from, to, n))
        };
        match sealed() {
            Some(sealed) => {
                core::ptr::copy_nonoverlapping(sealed.as_ptr(), tag, tag_len);
                0
            }
            None => -1,
        }
    })
}

/// AES-GCM: decrypts `n` bytes. 0; or -1 with `to` zero when the tag, of 4 to 16 bytes, is wrong.
///
/// # Safety
/// As for `mg_aes_gcm_encrypt`.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)]
pub unsafe extern "C" fn mg_aes_gcm_decrypt(
    to: *mut c_uchar,
    from: *const c_uchar,
    n: usize,
    key: *const c_uchar,
    key_len: usize,
    iv: *const c_uchar,
    iv_len: usize,
    aad: *mut c_uchar,
    aad_len: usize,
    tag: *const c_uchar,
    tag_len: usize,
) -> c_int {
    // SAFETY: the caller's promise.
    guard(-1, || unsafe {
        let opened = || {
            let nonce = to_slice(iv, iv_len).try_into().ok()?;
            let cipher = Cipher::aes(to_slice(key, key_len))
                .filter(|_| (SHORTEST_TAG..=TAG).contains(&tag_len))?;
            let (aad, tag) = (to_slice(aad, aad_len), to_slice(tag, tag_len));
            Some(cipher.open(nonce, aad, moved(from, to, n), tag))
        };
        if opened() == Some(true) { 0 } else { -1 }
    })
}

/// Whether `n` bytes at `a` and `m` bytes at `b` have a byte in common.
fn overlap(a: *const u8, n: usize, b: *const u8, m: usize) -> bool {
    a.addr() < b.addr().saturating_add(m) && b.addr() < a.addr().saturating_add(n)
}

/// ChaCha20-Poly1305 (RFC 8439): encrypts `n` bytes and appends a tag of 16. Returns `n + 16`; `(size_t) -1` when the
/// buffers overlap.
///
/// # Safety
/// `key` has 32 bytes, `nonce` 12, `ad` `ad_size`, `pt` `n`; `ct` is writable for `n + 16`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_chacha20_poly1305_encrypt(
    ct: *mut u8,
    key: *const u8,
    nonce: *const u8,
    ad: *const u8,
    ad_size: usize,
    pt: *const u8,
    n: usize,
) -> usize {
    // SAFETY: the caller's promise.
    guard(usize::MAX, || unsafe {
        let sealed = || {
            let size = n
                .checked_add(TAG)
                .filter(|&size| !overlap(ct, size, pt, n))?;
            let cipher = Cipher::chacha(to_slice(key, 32))?;
            let tag = cipher.seal(&*nonce.cast(), to_slice(ad, ad_size), moved(pt, ct, n))?;
            core::ptr::copy_nonoverlapping(tag.as_ptr(), ct.add(n), TAG);
            Some(size)
        };
        sealed().unwrap_or(usize::MAX)
    })
}

/// ChaCha20-Poly1305 (RFC 8439): decrypts `n` bytes, the last 16 of which are the tag. Returns `n - 16`; `(size_t) -1`
/// when the tag is wrong, `n` is below 16 or the buffers overlap.
///
/// # Safety
/// `key` has 32 bytes, `nonce` 12, `ad` `ad_size`, `ct` `n`; `pt` is writable for `n - 16`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_chacha20_poly1305_decrypt(
    pt: *mut u8,
    key: *const u8,
    nonce: *const u8,
    ad: *const u8,
    ad_size: usize,
    ct: *const u8,
    n: usize,
) -> usize {
    // SAFETY: the caller's promise.
    guard(usize::MAX, || unsafe {
        let opened = || {
            let size = n
                .checked_sub(TAG)
                .filter(|&size| !overlap(pt, size, ct, n))?;
            let cipher = Cipher::chacha(to_slice(key, 32))?;
            let tag = to_slice(ct.add(size), TAG);
            let right = cipher.open(
                &*nonce.cast(),
                to_slice(ad, ad_size),
                moved(ct, pt, size),
                tag,
            );
            right.then_some(size)
        };
        opened().unwrap_or(usize::MAX)
    })
}
