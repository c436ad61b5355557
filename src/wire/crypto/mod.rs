//! Cryptographic building blocks that the C API shows: X25519, P-256, RSA, AEADs.
//!
//! TLS does not use them, it has its own. All of them take secrets in constant time.

pub mod aead;
pub mod p256;
pub mod rsa;
pub mod x25519;
