//! The cryptographic building blocks of the utility chapter.

#![allow(non_upper_case_globals)] // a C variable

use core::cell::Cell;
use core::ffi::{c_int, c_uint};
use core::ptr;
use core::slice::{from_raw_parts, from_raw_parts_mut};

use super::panic::guard;
use crate::abi::core::mg_str;
use crate::abi::crypto::{
    MG_UECC_Curve, MG_UECC_Curve_t, MG_UECC_HashContext, MG_UECC_RNG_Function, X25519_BYTES,
};
use crate::engine::{platform, tls};
use crate::wire::crypto::aead::{self, Cipher};
use crate::wire::crypto::{p256, rsa, x25519};

/// The base point of X25519. Programs call it `X25519_BASE_POINT`.
#[unsafe(no_mangle)]
pub static mg_x_x25519_base_point: [u8; X25519_BYTES] = x25519::BASE_POINT;

/// X25519 (RFC 7748): writes `scalar` times the point with coordinate `x1` to `out`, 32 bytes each, little-endian.
///
/// `clamp` other than 0 makes the scalar a valid private key first. Returns 0, or -1 when `clamp` is set and the result
/// is zero, which a peer's key of low order gives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_tls_x25519(
    out: *mut u8,
    scalar: *const u8,
    x1: *const u8,
    clamp: c_int,
) -> c_int {
    // SAFETY: the caller passes 32 bytes each.
    guard(-1, || unsafe {
        if out.is_null() || scalar.is_null() || x1.is_null() {
            return -1;
        }
        let clamp = clamp != 0;
        let result = x25519::multiply(&*scalar.cast(), &*x1.cast(), clamp);
        *out.cast() = result;
        if clamp && result == [0; X25519_BYTES] {
            -1
        } else {
            0
        }
    })
}

/// Finds the 32-byte private number of a P-256 key, SEC1 or PKCS#8, PEM or DER, and writes it to `buf` of `len` bytes,
/// big-endian. Returns 32, or 0 for other keys, a NULL `buf`, or `len` below 32.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_parse_private_key(key: mg_str, buf: *mut u8, len: usize) -> usize {
    // SAFETY: the caller passes a valid slice, and `len` bytes at `buf`.
    guard(0, || unsafe {
        if key.buf.is_null() || buf.is_null() || len < p256::PRIVATE {
            return 0;
        }
        match tls::p256_scalar(from_raw_parts(key.buf.cast(), key.len)) {
            Some(scalar) => {
                ptr::copy_nonoverlapping(scalar.as_ptr(), buf, p256::PRIVATE);
                p256::PRIVATE
            }
            None => 0,
        }
    })
}

static SECP256R1: MG_UECC_Curve_t = MG_UECC_Curve_t { size: 32 };

/// The curve P-256. Private keys have 32 bytes; public keys (X, Y) and signatures (r, s) have 64, all big-endian.
#[unsafe(no_mangle)]
pub extern "C" fn mg_uecc_secp256r1() -> MG_UECC_Curve {
    &SECP256R1
}

/// The curve P-384 is not there: NULL, with which all functions fail.
#[unsafe(no_mangle)]
pub extern "C" fn mg_uecc_secp384r1() -> MG_UECC_Curve {
    ptr::null()
}

/// Bytes of a private key: 32.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_curve_private_key_size(curve: MG_UECC_Curve) -> c_int {
    if is_p256(curve) {
        p256::PRIVATE as c_int
    } else {
        0
    }
}

/// Bytes of a public key: 64.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_curve_public_key_size(curve: MG_UECC_Curve) -> c_int {
    if is_p256(curve) {
        p256::PUBLIC as c_int
    } else {
        0
    }
}

fn is_p256(curve: MG_UECC_Curve) -> bool {
    ptr::eq(curve, &SECP256R1)
}

/// The `N` bytes at `p`.
///
/// # Safety
/// `p` is NULL or has `N` readable bytes for `'a`.
unsafe fn array<'a, const N: usize>(p: *const u8) -> Option<&'a [u8; N]> {
    // SAFETY: the caller's promise; bytes have no alignment.
    unsafe { p.cast::<[u8; N]>().as_ref() }
}

/// Writes a result; returns 1, or 0 when there is none.
///
/// # Safety
/// `to` is NULL or has `N` writable bytes.
unsafe fn store<const N: usize>(to: *mut u8, result: Option<[u8; N]>) -> c_int {
    match result {
        Some(bytes) if !to.is_null() => {
            // SAFETY: the caller's promise.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), to, N) };
            1
        }
        _ => 0,
    }
}

/// Writes the public key of `priv_key` to `pub_key`. Returns 1, or 0 when the private key is 0 or not below the order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_compute_public_key(
    priv_key: *const u8,
    pub_key: *mut u8,
    curve: MG_UECC_Curve,
) -> c_int {
    // SAFETY: the caller passes keys of the curve's sizes.
    guard(0, || unsafe {
        let private = array(priv_key).filter(|_| is_p256(curve));
        store(pub_key, private.and_then(p256::public_key))
    })
}

std::thread_local! {
    static RANDOM: Cell<MG_UECC_RNG_Function> = const { Cell::new(None) };
}

/// Chooses the source of random bytes for `mg_uecc_make_key` in this thread; NULL means `mg_random`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_set_rng(rng_function: MG_UECC_RNG_Function) {
    RANDOM.set(rng_function);
}

/// The source of random bytes that was chosen, NULL at first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_get_rng() -> MG_UECC_RNG_Function {
    RANDOM.get()
}

fn random(buf: &mut [u8; p256::PRIVATE]) -> bool {
    match RANDOM.get() {
        // SAFETY: the program's own function, with room for that many bytes.
        Some(rng) => unsafe { rng(buf.as_mut_ptr(), buf.len() as c_uint) != 0 },
        None => platform::random(buf),
    }
}

/// Makes a key pair. Returns 1, or 0 without a source of random bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_make_key(
    pub_key: *mut u8,
    priv_key: *mut u8,
    curve: MG_UECC_Curve,
) -> c_int {
    /// Nearly every number of 32 bytes is a key; a source that gives none in so many tries is broken.
    const TRIES: usize = 64;
    // SAFETY: the caller passes room of the curve's sizes.
    guard(0, || unsafe {
        if !is_p256(curve) || priv_key.is_null() {
            return 0;
        }
        for _ in 0..TRIES {
            let mut private = [0; p256::PRIVATE];
            if !random(&mut private) {
                return 0;
            }
            if let Some(public) = p256::public_key(&private) {
                return store(priv_key, Some(private)) & store(pub_key, Some(public));
            }
        }
        0
    })
}

/// Writes the X coordinate of the point that two key pairs have in common. Returns 1, or 0 for bad keys.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_shared_secret(
    pub_key: *const u8,
    priv_key: *const u8,
    secret: *mut u8,
    curve: MG_UECC_Curve,
) -> c_int {
    // SAFETY: the caller passes keys of the curve's sizes.
    guard(0, || unsafe {
        let keys = array(priv_key)
            .zip(array(pub_key))
            .filter(|_| is_p256(curve));
        store(
            secret,
            keys.and_then(|(private, public)| p256::shared_secret(private, public)),
        )
    })
}

/// Signs a digest of `n` bytes (at least 16; of more than 32 the leftmost count), with the nonce of RFC 6979. Returns 1, or 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_sign(
    priv_key: *const u8,
    hash: *const u8,
    n: c_uint,
    signature: *mut u8,
    curve: MG_UECC_Curve,
) -> c_int {
    // SAFETY: the caller passes a key of the curve's size, `n` bytes, and room for a signature.
    guard(0, || unsafe {
        let private = array(priv_key).filter(|_| is_p256(curve) && !hash.is_null());
        store(
            signature,
            private.and_then(|key| p256::sign(key, from_raw_parts(hash, n as usize))),
        )
    })
}

/// As `mg_uecc_sign`, which is deterministic already: `hash_context` is not used, SHA-256 makes the nonce.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_sign_deterministic(
    priv_key: *const u8,
    hash: *const u8,
    n: c_uint,
    hash_context: *const MG_UECC_HashContext,
    signature: *mut u8,
    curve: MG_UECC_Curve,
) -> c_int {
    let _ = hash_context;
    // SAFETY: the same promises.
    unsafe { mg_uecc_sign(priv_key, hash, n, signature, curve) }
}

/// Whether `signature` is that of the digest. Returns 1, or 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_verify(
    pub_key: *const u8,
    hash: *const u8,
    n: c_uint,
    signature: *const u8,
    curve: MG_UECC_Curve,
) -> c_int {
    // SAFETY: the caller passes a key and a signature of the curve's sizes, and `n` bytes.
    guard(0, || unsafe {
        let given = array(pub_key)
            .zip(array(signature))
            .filter(|_| is_p256(curve) && !hash.is_null());
        given
            .is_some_and(|(key, s)| p256::verify(key, from_raw_parts(hash, n as usize), s))
            .into()
    })
}

/// Whether a public key is a point of the curve. Returns 1, or 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_valid_public_key(
    pub_key: *const u8,
    curve: MG_UECC_Curve,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller passes a key of the curve's size.
        let key = unsafe { array(pub_key) };
        key.is_some_and(|key| is_p256(curve) && p256::is_valid(key))
            .into()
    })
}

/// Writes the short form of a public key: 02 or 03, then X. Writes nothing for a bad key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_compress(
    pub_key: *const u8,
    compressed: *mut u8,
    curve: MG_UECC_Curve,
) {
    // SAFETY: the caller passes a key of the curve's size and room for 33 bytes.
    guard((), || unsafe {
        store(
            compressed,
            array(pub_key)
                .filter(|_| is_p256(curve))
                .and_then(p256::compress),
        );
    });
}

/// The inverse of `mg_uecc_compress`. Writes nothing for a bad key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_decompress(
    compressed: *const u8,
    pub_key: *mut u8,
    curve: MG_UECC_Curve,
) {
    // SAFETY: the caller passes 33 bytes and room for a key.
    guard((), || unsafe {
        store(
            pub_key,
            array(compressed)
                .filter(|_| is_p256(curve))
                .and_then(p256::decompress),
        );
    });
}

/// `len` bytes at `p`, none for NULL.
///
/// # Safety
/// `p` is NULL or has `len` readable bytes for `'a`.
unsafe fn bytes<'a>(p: *const u8, len: usize) -> &'a [u8] {
    if p.is_null() {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { from_raw_parts(p, len) }
}

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
        let (modulus, exponent) = (bytes(r#mod, modsz).to_vec(), bytes(exp, expsz).to_vec());
        let message = bytes(msg, msgsz).to_vec();
        let done = rsa::mod_pow(
            &modulus,
            &exponent,
            &message,
            from_raw_parts_mut(out, outsz),
        );
        if done { 0 } else { -1 }
    })
}

/// Whether `em`, a signature of `nlen` bytes (66 to 512) after the public operation, is a PSS signature (RFC 8017) with
/// SHA-256 and a salt of 32 bytes of the message with the 32-byte digest `mhash`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_rsa_verify(em: *const u8, nlen: usize, mhash: *const u8) -> bool {
    // SAFETY: the caller passes `nlen` and 32 bytes.
    guard(false, || unsafe {
        array(mhash).is_some_and(|hash| rsa::verify_pss(bytes(em, nlen), hash))
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
        rsa::verify_pkcs1(bytes(em, nlen), bytes(hash, hashlen))
    })
}

/// Does nothing; AES-GCM needs no preparation. Returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn mg_gcm_initialize() -> c_int {
    0
}

/// AES-GCM with a key of 16 or 32 bytes and a nonce of 12: encrypts `n` bytes of `input` to `output` (which may be the
/// same) and writes the first `tag_len` (at most 16) bytes of the tag. Returns 0, or -1 for other sizes.
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
        let Some((cipher, nonce)) = gcm(bytes(key, key_len), bytes(iv, iv_len)) else {
            return -1;
        };
        if tag.is_null() || tag_len > aead::TAG {
            return -1;
        }
        let made = cipher.seal(&nonce, bytes(aad, aad_len), copied(output, input, n));
        let Some(made) = made else { return -1 };
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
        let Some((cipher, nonce)) = gcm(bytes(key, key_len), bytes(iv, iv_len)) else {
            return -1;
        };
        let data = copied(output, input, n);
        if cipher.open(&nonce, bytes(aad, aad_len), data, bytes(tag, tag_len)) {
            0
        } else {
            -1
        }
    })
}

fn gcm(key: &[u8], iv: &[u8]) -> Option<(Cipher, [u8; aead::NONCE])> {
    Cipher::aes_gcm(key).zip(iv.try_into().ok())
}

/// `output` after `n` bytes of `input`, which it may overlap, were moved there.
///
/// # Safety
/// Both have `n` bytes, or are NULL when `n` is 0; nothing else uses `output` for `'a`.
unsafe fn copied<'a>(output: *mut u8, input: *const u8, n: usize) -> &'a mut [u8] {
    if output.is_null() || input.is_null() {
        return &mut [];
    }
    // SAFETY: the caller's promise.
    unsafe {
        ptr::copy(input, output, n);
        from_raw_parts_mut(output, n)
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
        let Some(total) = plain_text_size.checked_add(aead::TAG) else {
            return FAILED;
        };
        let Some((key, nonce)) = array(key).zip(array(nonce)) else {
            return FAILED;
        };
        if cipher_text.is_null() || overlap(cipher_text, total, plain_text, plain_text_size) {
            return FAILED;
        }
        let data = copied(cipher_text, plain_text, plain_text_size);
        let tag =
            Cipher::chacha20_poly1305(key).and_then(|c| c.seal(nonce, bytes(ad, ad_size), data));
        let Some(tag) = tag else { return FAILED };
        ptr::copy_nonoverlapping(tag.as_ptr(), cipher_text.add(plain_text_size), aead::TAG);
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
        let Some(len) = cipher_text_size.checked_sub(aead::TAG) else {
            return FAILED;
        };
        let Some((key, nonce)) = array(key).zip(array(nonce)) else {
            return FAILED;
        };
        if cipher_text.is_null() || overlap(plain_text, len, cipher_text, cipher_text_size) {
            return FAILED;
        }
        let data = copied(plain_text, cipher_text, len);
        let tag = from_raw_parts(cipher_text.add(len), aead::TAG);
        let opened = data.len() == len
            && Cipher::chacha20_poly1305(key)
                .is_some_and(|c| c.open(nonce, bytes(ad, ad_size), data, tag));
        if opened { len } else { FAILED }
    })
}
