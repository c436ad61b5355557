<<<<<<< HEAD
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
=======
//! Elliptic curves and RSA by name (utility chapter §15).

use super::strings::{str_slice, to_slice};
use crate::abi::core::mg_str;
use crate::abi::crypto::{
    MG_UECC_Curve, MG_UECC_Curve_t, MG_UECC_HashContext, MG_UECC_RNG_Function,
};
use crate::engine::platform;
use crate::ffi::panic::guard;
use crate::wire::crypto::curve::{Curve, p256, p384};
use crate::wire::crypto::{ecdsa, key, rsa, x25519};
use core::ffi::{c_int, c_uint, c_void};
use core::ptr;
use core::slice;
use core::sync::atomic::{AtomicPtr, Ordering};

/// The base point of X25519: coordinate 9, little-endian.
#[unsafe(no_mangle)]
pub static X25519_BASE_POINT: [u8; 32] = [
    9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

static P256: MG_UECC_Curve_t = MG_UECC_Curve_t { bits: 256 };
static P384: MG_UECC_Curve_t = MG_UECC_Curve_t { bits: 384 };

/// The program's source of random bytes, or NULL.
static RNG: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// Runs `$body` with the curve of a handle; 0 for a handle that is none.
macro_rules! with_curve {
    ($handle:expr, |$curve:ident| $body:expr) => {
        guard(0, || {
            // SAFETY: NULL or a handle of this library.
            match unsafe { $handle.as_ref() }.map(|curve| curve.bits) {
                Some(256) => {
                    let $curve = p256();
                    $body
                }
                Some(384) => {
                    let $curve = p384();
                    $body
                }
                _ => 0,
            }
        })
    };
}

/// Bytes of a coordinate.
fn bytes<const N: usize>(_: &Curve<N>) -> usize {
    Curve::<N>::BYTES
}

/// Writable bytes; empty when `to` is NULL.
///
/// # Safety
/// `to` is NULL or writable for `len` bytes.
unsafe fn out<'a>(to: *mut u8, len: usize) -> &'a mut [u8] {
    if to.is_null() {
        return &mut [];
    }
    // SAFETY: the caller's promise.
    unsafe { slice::from_raw_parts_mut(to, len) }
}

/// X25519 (RFC 7748): multiplies the point `x1` by `scalar`, all 32 bytes, into `out`.
///
/// With `clamp` the scalar is first made one as the RFC says, and -1 with `out` zero tells a point of small order. Else
/// the scalar is taken as it is and the result is always 0.
///
/// # Safety
/// The pointers are valid for 32 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_tls_x25519(
    to: *mut u8,
>>>>>>> text
    scalar: *const u8,
    x1: *const u8,
    clamp: c_int,
) -> c_int {
<<<<<<< HEAD
    // SAFETY: the caller passes 32 bytes each.
    guard(-1, || unsafe {
        if out.is_null() || scalar.is_null() || x1.is_null() {
            return -1;
        }
        let clamp = clamp != 0;
        let result = x25519::multiply(&*scalar.cast(), &*x1.cast(), clamp);
        *out.cast() = result;
        if clamp && result == [0; X25519_BYTES] {
=======
    guard(-1, || {
        // SAFETY: the caller's promise.
        let (scalar, x1) = unsafe { (*scalar.cast::<[u8; 32]>(), *x1.cast::<[u8; 32]>()) };
        let scalar = if clamp != 0 {
            x25519::clamp(scalar)
        } else {
            scalar
        };
        let result = x25519::multiply(&scalar, &x1);
        // SAFETY: the caller's promise.
        unsafe { *to.cast() = result.unwrap_or([0; 32]) };
        if result.is_none() && clamp != 0 {
>>>>>>> text
            -1
        } else {
            0
        }
    })
}

<<<<<<< HEAD
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
=======
/// The private number of a P-256 key in PEM (`EC PRIVATE KEY` or `PRIVATE KEY`): stores 32 bytes and returns 32.
/// 0 for other curves and whatever is no such key, or when `len` is below 32.
///
/// # Safety
/// `pem` is readable for its length, `buf` NULL or writable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_parse_private_key(pem: mg_str, buf: *mut u8, len: usize) -> usize {
    // SAFETY: the caller's promise.
    guard(0, || match key::parse_p256(unsafe { str_slice(pem) }) {
        Some(key) if !buf.is_null() && len >= key.len() => {
            // SAFETY: the caller's promise.
            unsafe { *buf.cast() = key };
            key.len()
        }
        _ => 0,
    })
}

/// The curve P-256.
#[unsafe(no_mangle)]
pub extern "C" fn mg_uecc_secp256r1() -> MG_UECC_Curve {
    &raw const P256
}

/// The curve P-384.
#[unsafe(no_mangle)]
pub extern "C" fn mg_uecc_secp384r1() -> MG_UECC_Curve {
    &raw const P384
}

/// Bytes of a private key: 32 or 48.
///
/// # Safety
/// `curve` is a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_curve_private_key_size(curve: MG_UECC_Curve) -> c_int {
    with_curve!(curve, |curve| bytes(&curve) as c_int)
}

/// Bytes of a public key: 64 or 96.
///
/// # Safety
/// `curve` is a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_curve_public_key_size(curve: MG_UECC_Curve) -> c_int {
    with_curve!(curve, |curve| 2 * bytes(&curve) as c_int)
}

/// Uses `rng` for random bytes instead of `mg_random`. NULL goes back to that.
#[unsafe(no_mangle)]
pub extern "C" fn mg_uecc_set_rng(rng: MG_UECC_RNG_Function) {
    RNG.store(
        rng.map_or(ptr::null_mut(), |rng| rng as *mut c_void),
        Ordering::Release,
    );
}

/// The function set by `mg_uecc_set_rng`, NULL at first.
#[unsafe(no_mangle)]
pub extern "C" fn mg_uecc_get_rng() -> MG_UECC_RNG_Function {
    // SAFETY: NULL or what `mg_uecc_set_rng` stored.
    unsafe {
        core::mem::transmute::<*mut c_void, MG_UECC_RNG_Function>(RNG.load(Ordering::Acquire))
    }
}

fn random(to: &mut [u8]) -> bool {
    match mg_uecc_get_rng() {
        // SAFETY: the promise of whoever set it.
        Some(rng) => unsafe { rng(to.as_mut_ptr(), to.len() as c_uint) != 0 },
        None => platform::random(to),
    }
}

/// Hands random private numbers to `accept` until it takes one. False without random bytes.
fn random_scalar<const N: usize>(curve: &Curve<N>, mut accept: impl FnMut(&[u8]) -> bool) -> bool {
    /// A number is out of range once in 2^32 draws.
    const ATTEMPTS: usize = 64;
    let mut scalar = [0; 64];
    let Some(scalar) = scalar.get_mut(..Curve::<N>::BYTES) else {
        return false;
    };
    let done = (0..ATTEMPTS)
        .find_map(|_| {
            if !random(scalar) {
                return Some(false);
            }
            (curve.scalar(scalar).is_some() && accept(scalar)).then_some(true)
        })
        .unwrap_or(false);
    scalar.fill(0);
    core::hint::black_box(scalar);
    done
}

/// Stores the public key, X and Y big-endian, of the private key. 0 when that is 0 or not below the order, else 1.
///
/// # Safety
/// `privkey` and `pubkey` have the sizes of the curve's keys.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_compute_public_key(
    privkey: *const u8,
    pubkey: *mut u8,
    curve: MG_UECC_Curve,
) -> c_int {
    with_curve!(curve, |curve| {
        let n = bytes(&curve);
        // SAFETY: the caller's promise.
        let (private, public) = unsafe { (to_slice(privkey, n), out(pubkey, 2 * n)) };
        c_int::from(curve.public_key(private, public))
    })
}

/// Makes a key pair. 1, or 0 without random bytes.
///
/// # Safety
/// `privkey` and `pubkey` have the sizes of the curve's keys.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_make_key(
    pubkey: *mut u8,
    privkey: *mut u8,
    curve: MG_UECC_Curve,
) -> c_int {
    with_curve!(curve, |curve| {
        let n = bytes(&curve);
        // SAFETY: the caller's promise.
        let (private, public) = unsafe { (out(privkey, n), out(pubkey, 2 * n)) };
        c_int::from(random_scalar(&curve, |scalar| {
            private.copy_from_slice(scalar);
            curve.public_key(scalar, public)
        }))
    })
}

/// Diffie-Hellman: stores the X coordinate of the shared point. 0 when a key is bad, else 1.
///
/// # Safety
/// `pubkey` and `privkey` have the sizes of the curve's keys, `secret` that of a private key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_shared_secret(
    pubkey: *const u8,
    privkey: *const u8,
    secret: *mut u8,
    curve: MG_UECC_Curve,
) -> c_int {
    with_curve!(curve, |curve| {
        let n = bytes(&curve);
        // SAFETY: the caller's promise.
        let (public, private, secret) = unsafe {
            (
                to_slice(pubkey, 2 * n),
                to_slice(privkey, n),
                out(secret, n),
            )
        };
        c_int::from(curve.shared_secret(public, private, secret))
    })
}

/// Signs a hash of `size` bytes (ECDSA); stores r and s, big-endian. 0 for a bad key or without random bytes, else 1.
///
/// # Safety
/// `privkey` has the size of a private key, `signature` that of a public key; `hash` is readable for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_sign(
    privkey: *const u8,
    hash: *const u8,
    size: c_uint,
    signature: *mut u8,
    curve: MG_UECC_Curve,
) -> c_int {
    with_curve!(curve, |curve| {
        let n = bytes(&curve);
        // SAFETY: the caller's promise.
        let (private, hash, signature) = unsafe {
            (
                to_slice(privkey, n),
                to_slice(hash, size as usize),
                out(signature, 2 * n),
            )
        };
        c_int::from(random_scalar(&curve, |k| {
            curve.sign(private, hash, k, signature)
        }))
    })
}

/// Whether a signature of a hash of `size` bytes is right: 1 or 0.
///
/// # Safety
/// `pubkey` and `signature` have the size of a public key; `hash` is readable for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_verify(
    pubkey: *const u8,
    hash: *const u8,
    size: c_uint,
    signature: *const u8,
    curve: MG_UECC_Curve,
) -> c_int {
    with_curve!(curve, |curve| {
        let n = 2 * bytes(&curve);
        // SAFETY: the caller's promise.
        let (public, hash, signature) = unsafe {
            (
                to_slice(pubkey, n),
                to_slice(hash, size as usize),
                to_slice(signature, n),
            )
        };
        c_int::from(curve.verify(public, hash, signature))
    })
}

/// Longest block of a hash function of the program.
const BLOCK_MAX: usize = 128;

/// HMAC (RFC 2104) by the hash function of the program.
///
/// # Safety
/// `context` is valid and its hashes have `H` bytes.
unsafe fn hmac<const H: usize>(
    context: *const MG_UECC_HashContext,
    key: &[u8; H],
    parts: &[&[u8]],
) -> [u8; H] {
    let mut digest = [0; H];
    // SAFETY: the caller's promise.
    unsafe {
        let (Some(init), Some(update), Some(finish)) = (
            (*context).init_hash,
            (*context).update_hash,
            (*context).finish_hash,
        ) else {
            return digest;
        };
        let mut block = [0; BLOCK_MAX];
        let size = ((*context).block_size as usize).clamp(H, BLOCK_MAX);
        let mut keyed = |pad: u8, parts: &[&[u8]], digest: &mut [u8; H]| {
            for (n, byte) in block.iter_mut().enumerate() {
                *byte = key.get(n).copied().unwrap_or(0) ^ pad;
            }
            init(context);
            update(context, block.as_ptr(), size as c_uint);
            parts
                .iter()
                .for_each(|part| update(context, part.as_ptr(), part.len() as c_uint));
            finish(context, digest.as_mut_ptr());
        };
        keyed(0x36, parts, &mut digest);
        let inner = digest;
        keyed(0x5c, &[&inner], &mut digest);
    }
    digest
}

/// Like `mg_uecc_sign` with the nonce of RFC 6979, made by the hash function of the program.
///
/// # Safety
/// As for `mg_uecc_sign`; `context` is a valid hash function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_sign_deterministic(
    privkey: *const u8,
    hash: *const u8,
    size: c_uint,
    context: *const MG_UECC_HashContext,
    signature: *mut u8,
    curve: MG_UECC_Curve,
) -> c_int {
    with_curve!(curve, |curve| {
        let n = bytes(&curve);
        // SAFETY: the caller's promise.
        let (private, hash, signature) = unsafe {
            (
                to_slice(privkey, n),
                to_slice(hash, size as usize),
                out(signature, 2 * n),
            )
        };
        // SAFETY: the caller's promise; the arms say how long a hash is.
        let done = unsafe {
            let mut sign = |k: &[u8]| curve.sign(private, hash, k, signature);
            match context.as_ref().map(|context| context.result_size) {
                Some(20) => ecdsa::deterministic(
                    &curve,
                    private,
                    hash,
                    |k, m| hmac::<20>(context, k, m),
                    &mut sign,
                ),
                Some(32) => ecdsa::deterministic(
                    &curve,
                    private,
                    hash,
                    |k, m| hmac::<32>(context, k, m),
                    &mut sign,
                ),
                Some(48) => ecdsa::deterministic(
                    &curve,
                    private,
                    hash,
                    |k, m| hmac::<48>(context, k, m),
                    &mut sign,
                ),
                Some(64) => ecdsa::deterministic(
                    &curve,
                    private,
                    hash,
                    |k, m| hmac::<64>(context, k, m),
                    &mut sign,
                ),
                _ => false,
            }
        };
        c_int::from(done)
    })
}

/// Whether a public key is a point of the curve: 1 or 0.
///
/// # Safety
/// `pubkey` has the size of a public key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_valid_public_key(
    pubkey: *const u8,
    curve: MG_UECC_Curve,
) -> c_int {
    // SAFETY: the caller's promise.
    with_curve!(curve, |curve| c_int::from(
        curve
            .point(unsafe { to_slice(pubkey, 2 * bytes(&curve)) })
            .is_some()
    ))
}

/// Stores the short form of a public key: 2 or 3 for an even or odd Y, and X.
///
/// # Safety
/// `pubkey` has the size of a public key, `compressed` is writable for that of a private one, and one byte.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_compress(
    pubkey: *const u8,
    compressed: *mut u8,
    curve: MG_UECC_Curve,
) {
    let _: c_int = with_curve!(curve, |curve| {
        let n = bytes(&curve);
        // SAFETY: the caller's promise.
        let (public, to) = unsafe { (to_slice(pubkey, 2 * n), out(compressed, n + 1)) };
        if let (Some((x, y)), Some((mark, to))) = (public.split_at_checked(n), to.split_first_mut())
        {
            *mark = 2 | (y.last().copied().unwrap_or(0) & 1);
            to.copy_from_slice(x);
        }
        1
    });
}

/// Stores the public key of a short form; zeros when it is none.
///
/// # Safety
/// `compressed` has the size of a private key and one byte, `public` that of a public key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_decompress(
    compressed: *const u8,
    pubkey: *mut u8,
    curve: MG_UECC_Curve,
) {
    let _: c_int = with_curve!(curve, |curve| {
        let n = bytes(&curve);
        // SAFETY: the caller's promise.
        let (from, to) = unsafe { (to_slice(compressed, n + 1), out(pubkey, 2 * n)) };
        let point = match from {
            [mark @ (2 | 3), x @ ..] => curve.decompress(x, *mark == 3),
            _ => None,
        };
        to.fill(0);
        c_int::from(point.is_some_and(|point| curve.write(&point, to)))
    });
}

/// RSA: `message ^ exponent mod modulus`, big-endian, into `to`, which is zero on failure. 0, or -1.
///
/// The modulus is odd and has 256 to 512 bytes; `message` and `to` have as many, and the message is below it.
///
/// # Safety
/// Each pointer is valid for the length that follows it.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)]
pub unsafe extern "C" fn mg_rsa_mod_pow(
    modulus: *const u8,
    modsz: usize,
    exponent: *const u8,
    expsz: usize,
    message: *const u8,
    msgsz: usize,
    to: *mut u8,
    outsz: usize,
) -> c_int {
    // SAFETY: the caller's promise.
    guard(-1, || unsafe {
        let (modulus, exponent, message) = (
            to_slice(modulus, modsz),
            to_slice(exponent, expsz),
            to_slice(message, msgsz),
        );
        if rsa::mod_pow(modulus, exponent, message, out(to, outsz)) {
            0
        } else {
            -1
        }
    })
}

/// Whether `em`, the result of the public operation, encodes the SHA-256 `mhash` (EMSA-PSS, salt of 32 bytes).
///
/// # Safety
/// `em` is readable for `nlen` bytes, `mhash` for 32.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_rsa_verify(em: *const u8, nlen: usize, mhash: *const u8) -> bool {
    // SAFETY: the caller's promise.
    guard(false, || unsafe {
        !mhash.is_null() && rsa::verify_pss(to_slice(em, nlen), &*mhash.cast())
    })
}

/// Whether `em`, the result of the public operation, encodes a SHA-256 or SHA-384 of `hashlen` bytes (PKCS #1 v1.5).
///
/// # Safety
/// `em` and `hash` are readable for their lengths.
>>>>>>> text
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_rsa_pkcs_verify(
    em: *const u8,
    nlen: usize,
    hash: *const u8,
    hashlen: usize,
) -> bool {
<<<<<<< HEAD
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
=======
    // SAFETY: the caller's promise.
    guard(false, || unsafe {
        rsa::verify_pkcs1(to_slice(em, nlen), to_slice(hash, hashlen))
    })
}

/// RSA: the private operation on an encoded message, with the key in CRT form, checked before it leaves. 0, or -1 with
/// `signature` zero. Factors have 128 to 256 bytes; the public exponent must be a usual one (65537, 3, 5, 17, 257).
///
/// # Safety
/// Each pointer is valid for the length that follows it.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)]
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
    q_inv: *const u8,
    q_inv_len: usize,
    signature: *mut u8,
    sig_len: usize,
) -> c_int {
    // SAFETY: the caller's promise.
    guard(-1, || unsafe {
        let key = rsa::PrivateKey {
            dp: to_slice(dp, dp_len),
            dq: to_slice(dq, dq_len),
            p: to_slice(p, p_len),
            q: to_slice(q, q_len),
            q_inverse: to_slice(q_inv, q_inv_len),
        };
        if key.sign(to_slice(em, em_len), out(signature, sig_len)) {
>>>>>>> text
            0
        } else {
            -1
        }
    })
}
<<<<<<< HEAD

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
=======
>>>>>>> text
