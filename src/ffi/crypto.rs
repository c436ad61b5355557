//! Elliptic curves of the utility chapter: X25519, P-256, P-384.

#![allow(non_upper_case_globals)] // a C variable

use core::cell::Cell;
use core::ffi::{c_int, c_uint};
use core::ptr;

use super::panic::guard;
use super::ptr::{str_bytes, to_slice};
use crate::abi::core::mg_str;
use crate::abi::crypto::{
    MG_UECC_Curve, MG_UECC_Curve_t, MG_UECC_HashContext, MG_UECC_RNG_Function, X25519_BYTES,
};
use crate::engine::{platform, tls};
use crate::wire::crypto::curve::{Curve, P256, P256_BYTES, P384, P384_BYTES};
use crate::wire::crypto::nonce::Prf;
use crate::wire::crypto::x25519;

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
        if key.buf.is_null() || buf.is_null() || len < P256_BYTES {
            return 0;
        }
        match tls::p256_scalar(str_bytes(key)) {
            Some(scalar) => {
                ptr::copy_nonoverlapping(scalar.as_ptr(), buf, P256_BYTES);
                P256_BYTES
            }
            None => 0,
        }
    })
}

static SECP256R1: MG_UECC_Curve_t = MG_UECC_Curve_t { size: P256_BYTES };
static SECP384R1: MG_UECC_Curve_t = MG_UECC_Curve_t { size: P384_BYTES };

/// The curve P-256. Private keys have 32 bytes; public keys (X, Y) and signatures (r, s) have 64, all big-endian.
#[unsafe(no_mangle)]
pub extern "C" fn mg_uecc_secp256r1() -> MG_UECC_Curve {
    &SECP256R1
}

/// The curve P-384. Private keys have 48 bytes; public keys (X, Y) and signatures (r, s) have 96, all big-endian.
#[unsafe(no_mangle)]
pub extern "C" fn mg_uecc_secp384r1() -> MG_UECC_Curve {
    &SECP384R1
}

fn find(curve: MG_UECC_Curve) -> Option<&'static dyn Curve> {
    if ptr::eq(curve, &SECP256R1) {
        Some(&P256)
    } else if ptr::eq(curve, &SECP384R1) {
        Some(&P384)
    } else {
        None
    }
}

/// Bytes of a private key: 32 or 48.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_curve_private_key_size(curve: MG_UECC_Curve) -> c_int {
    find(curve).map_or(0, |curve| curve.size() as c_int)
}

/// Bytes of a public key: 64 or 96.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_curve_public_key_size(curve: MG_UECC_Curve) -> c_int {
    find(curve).map_or(0, |curve| 2 * curve.size() as c_int)
}

/// The `N` bytes at `p`.
///
/// # Safety
/// `p` is NULL or has `N` readable bytes for `'a`.
pub unsafe fn array<'a, const N: usize>(p: *const u8) -> Option<&'a [u8; N]> {
    // SAFETY: the caller's promise; bytes have no alignment.
    unsafe { p.cast::<[u8; N]>().as_ref() }
}

/// Lets `make` write a result of `len` bytes and copies that to `to`, which may be one of the operands. Returns 1, or 0
/// when there is none.
///
/// # Safety
/// `to` is NULL or has `len` writable bytes.
unsafe fn store(to: *mut u8, len: usize, make: impl FnOnce(&mut [u8]) -> Option<()>) -> c_int {
    let mut result = [0; 2 * P384_BYTES];
    let Some(result) = result.get_mut(..len).filter(|_| !to.is_null()) else {
        return 0;
    };
    if make(result).is_none() {
        return 0;
    }
    // SAFETY: the caller's promise.
    unsafe { ptr::copy_nonoverlapping(result.as_ptr(), to, len) };
    1
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
        let Some(curve) = find(curve) else { return 0 };
        let n = curve.size();
        store(pub_key, 2 * n, |out| {
            curve.public_key(to_slice(priv_key, n), out)
        })
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

fn random(buf: &mut [u8]) -> bool {
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
    /// Nearly every number of that size is a key; a source that gives none in so many tries is broken.
    const TRIES: usize = 64;
    // SAFETY: the caller passes room of the curve's sizes.
    guard(0, || unsafe {
        let Some(curve) = find(curve) else { return 0 };
        let mut private = [0; P384_BYTES];
        let Some(private) = private.get_mut(..curve.size()) else {
            return 0;
        };
        for _ in 0..TRIES {
            if pub_key.is_null() || priv_key.is_null() || !random(private) {
                return 0;
            }
            let made = store(pub_key, 2 * private.len(), |out| {
                curve.public_key(private, out)
            });
            if made == 1 {
                ptr::copy_nonoverlapping(private.as_ptr(), priv_key, private.len());
                return 1;
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
        let Some(curve) = find(curve) else { return 0 };
        let n = curve.size();
        let (private, public) = (to_slice(priv_key, n), to_slice(pub_key, 2 * n));
        store(secret, n, |out| curve.shared_secret(private, public, out))
    })
}

/// Signs a digest of `n` bytes (of more than the curve's size the leftmost count), with the nonce of RFC 6979. Returns
/// 1, or 0.
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
        let Some(curve) = find(curve).filter(|_| !hash.is_null()) else {
            return 0;
        };
        let (private, digest) = (to_slice(priv_key, curve.size()), to_slice(hash, n as usize));
        store(signature, 2 * curve.size(), |out| {
            curve.sign(private, digest, out)
        })
    })
}

/// The hash of a program.
struct Callbacks<'a>(&'a MG_UECC_HashContext);

impl Prf for Callbacks<'_> {
    fn digest_size(&self) -> usize {
        self.0.result_size as usize
    }

    fn block_size(&self) -> usize {
        self.0.block_size as usize
    }

    fn digest(&mut self, parts: &[&[u8]], out: &mut [u8]) {
        if let (Some(init), Some(update), Some(finish)) =
            (self.0.init_hash, self.0.update_hash, self.0.finish_hash)
        {
            // SAFETY: the program's own functions, with its own context and room for a digest.
            unsafe {
                init(self.0);
                for part in parts {
                    update(self.0, part.as_ptr(), part.len() as c_uint);
                }
                finish(self.0, out.as_mut_ptr());
            }
        }
    }
}

/// The largest block and digest of a hash that a program may bring, in bytes.
const MAX_HASH: usize = 1024;

/// As `mg_uecc_sign`, with the nonces of RFC 6979 made by the hash of `hash_context`: its three functions, sizes of
/// block and digest; `tmp` is not needed. Returns 1, or 0 for a context that is not complete.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_sign_deterministic(
    priv_key: *const u8,
    hash: *const u8,
    n: c_uint,
    hash_context: *const MG_UECC_HashContext,
    signature: *mut u8,
    curve: MG_UECC_Curve,
) -> c_int {
    // SAFETY: as for mg_uecc_sign; the context is NULL or stays during the call.
    guard(0, || unsafe {
        let (Some(curve), Some(context)) = (find(curve), hash_context.as_ref()) else {
            return 0;
        };
        let mut prf = Callbacks(context);
        let is_complete = context.init_hash.is_some()
            && context.update_hash.is_some()
            && context.finish_hash.is_some();
        let sizes_fit =
            (1..=prf.block_size()).contains(&prf.digest_size()) && prf.block_size() <= MAX_HASH;
        if hash.is_null() || !is_complete || !sizes_fit {
            return 0;
        }
        let (private, digest) = (to_slice(priv_key, curve.size()), to_slice(hash, n as usize));
        store(signature, 2 * curve.size(), |out| {
            curve.sign_with(private, digest, &mut prf, out)
        })
    })
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
        let Some(curve) = find(curve).filter(|_| !hash.is_null()) else {
            return 0;
        };
        let size = 2 * curve.size();
        let (public, signature) = (to_slice(pub_key, size), to_slice(signature, size));
        c_int::from(curve.verify(public, to_slice(hash, n as usize), signature))
    })
}

/// Whether a public key is a point of the curve. Returns 1, or 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_valid_public_key(
    pub_key: *const u8,
    curve: MG_UECC_Curve,
) -> c_int {
    // SAFETY: the caller passes a key of the curve's size.
    guard(0, || unsafe {
        find(curve).map_or(0, |curve| {
            c_int::from(curve.is_valid(to_slice(pub_key, 2 * curve.size())))
        })
    })
}

/// Writes the short form of a public key: 02 or 03, then X. Writes nothing for a bad key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_compress(
    pub_key: *const u8,
    compressed: *mut u8,
    curve: MG_UECC_Curve,
) {
    // SAFETY: the caller passes a key of the curve's size and room for a coordinate and a byte.
    guard((), || unsafe {
        let Some(curve) = find(curve) else { return };
        let public = to_slice(pub_key, 2 * curve.size());
        store(compressed, curve.size() + 1, |out| {
            curve.compress(public, out)
        });
    });
}

/// The inverse of `mg_uecc_compress`. Writes nothing for a bad key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_uecc_decompress(
    compressed: *const u8,
    pub_key: *mut u8,
    curve: MG_UECC_Curve,
) {
    // SAFETY: the caller passes a coordinate and a byte, and room for a key.
    guard((), || unsafe {
        let Some(curve) = find(curve) else { return };
        let small = to_slice(compressed, curve.size() + 1);
        store(pub_key, 2 * curve.size(), |out| {
            curve.decompress(small, out)
        });
    });
}
