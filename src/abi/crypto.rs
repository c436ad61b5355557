<<<<<<< HEAD
//! Types and sizes of the cryptographic building blocks.

use core::ffi::{c_int, c_uint};

/// Bytes of X25519 scalars and coordinates.
pub const X25519_BYTES: usize = 32;

/// An elliptic curve, see `mg_uecc_secp256r1`.
pub struct MG_UECC_Curve_t {
    /// Bytes of a coordinate.
    pub size: usize,
}

/// Handle of an elliptic curve.
pub type MG_UECC_Curve = *const MG_UECC_Curve_t;

/// A source of random bytes: fills `size` bytes at `dest`, returns 1, or 0 on failure.
pub type MG_UECC_RNG_Function = Option<unsafe extern "C" fn(dest: *mut u8, size: c_uint) -> c_int>;

/// A hash function for `mg_uecc_sign_deterministic`.
=======
//! Cryptographic primitives that programs may call by name.

use core::ffi::{c_int, c_uint};

/// Bytes of a scalar and of a coordinate of `mg_tls_x25519`.
pub const X25519_BYTES: usize = 32;
/// Bytes that `mg_chacha20_poly1305_encrypt` appends.
pub const RFC_8439_TAG_SIZE: usize = 16;
/// Bytes of a key of `mg_chacha20_poly1305_encrypt`.
pub const RFC_8439_KEY_SIZE: usize = 32;
/// Bytes of a nonce of `mg_chacha20_poly1305_encrypt`.
pub const RFC_8439_NONCE_SIZE: usize = 12;
/// Kept for programs that name it; no function returns it.
pub const GCM_AUTH_FAILURE: c_int = 0x55555555;

/// An elliptic curve, never looked into.
pub struct MG_UECC_Curve_t {
    /// Bits of a coordinate.
    pub(crate) bits: c_uint,
}

/// Handle of a curve: `mg_uecc_secp256r1()` or `mg_uecc_secp384r1()`.
pub type MG_UECC_Curve = *const MG_UECC_Curve_t;

/// Source of random bytes: fills `dest` and returns 1, or 0 when it cannot.
pub type MG_UECC_RNG_Function = Option<unsafe extern "C" fn(dest: *mut u8, size: c_uint) -> c_int>;

/// A hash function of the program, for `mg_uecc_sign_deterministic`.
>>>>>>> text
#[repr(C)]
pub struct MG_UECC_HashContext {
    /// Starts a hash.
    pub init_hash: Option<unsafe extern "C" fn(context: *const MG_UECC_HashContext)>,
<<<<<<< HEAD
    /// Adds a message.
    pub update_hash: Option<
        unsafe extern "C" fn(context: *const MG_UECC_HashContext, message: *const u8, size: c_uint),
    >,
    /// Writes the digest.
    pub finish_hash:
        Option<unsafe extern "C" fn(context: *const MG_UECC_HashContext, result: *mut u8)>,
    /// Bytes of a block.
    pub block_size: c_uint,
    /// Bytes of a digest.
    pub result_size: c_uint,
    /// Working memory: twice the digest and a block.
    pub tmp: *mut u8,
}

/// Bytes of a ChaCha20-Poly1305 tag.
pub const RFC_8439_TAG_SIZE: usize = 16;
/// Bytes of a ChaCha20-Poly1305 key.
pub const RFC_8439_KEY_SIZE: usize = 32;
/// Bytes of a ChaCha20-Poly1305 nonce.
pub const RFC_8439_NONCE_SIZE: usize = 12;
=======
    /// Appends to the message.
    pub update_hash: Option<
        unsafe extern "C" fn(context: *const MG_UECC_HashContext, message: *const u8, size: c_uint),
    >,
    /// Ends the message and stores the hash.
    pub finish_hash:
        Option<unsafe extern "C" fn(context: *const MG_UECC_HashContext, hash: *mut u8)>,
    /// Bytes of a block, 64 for SHA-256.
    pub block_size: c_uint,
    /// Bytes of a hash: 20, 32, 48 or 64.
    pub result_size: c_uint,
    /// Scratch memory; not used here.
    pub tmp: *mut u8,
}
>>>>>>> text
