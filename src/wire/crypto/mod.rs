<<<<<<< HEAD
//! Cryptographic building blocks that the C API shows: X25519, P-256, RSA, AEADs.
//!
//! TLS does not use them, it has its own. All of them take secrets in constant time.

pub mod aead;
pub mod p256;
=======
//! Public-key primitives that the C API shows: modular arithmetic, P-256 and P-384, X25519, RSA, keys in PEM.
//!
//! They exist for programs that call them by name. TLS does not use them: that is rustls and its provider. Work on
//! secrets takes the same steps whatever their value.

pub mod curve;
pub mod ecdsa;
pub mod key;
pub mod modular;
>>>>>>> text
pub mod rsa;
pub mod x25519;
