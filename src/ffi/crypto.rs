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
    scalar: *const u8,
    x1: *const u8,
    clamp: c_int,
) -> c_int {
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
            -1
        } else {
            0
        }
    })
}

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
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_rsa_pkcs_verify(
    em: *const u8,
    nlen: usize,
    hash: *const u8,
    hashlen: usize,
) -> bool {
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
            0
        } else {
            -1
        }
    })
}
