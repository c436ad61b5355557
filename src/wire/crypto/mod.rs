//! Cryptographic building blocks that the C API shows: X25519, P-256, P-384, RSA, AEADs.
//!
//! TLS does not use them, it has its own. All of them take secrets in constant time.

pub mod chacha;
pub mod curve;
pub mod gcm;
pub mod nonce;
pub mod rsa;
pub mod rsa_sign;
pub mod x25519;
