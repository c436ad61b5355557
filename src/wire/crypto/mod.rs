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

#[cfg(test)]
mod vectors {
    use alloc::vec::Vec;

    /// The bytes of a published vector.
    pub fn hex(text: &str) -> Vec<u8> {
        (0..text.len() / 2)
            .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
            .collect()
    }
}
