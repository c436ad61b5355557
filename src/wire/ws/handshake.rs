//! The opening handshake's key and accept value (RFC 6455 §4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// Bytes of a coded SHA-1 digest.
pub const ACCEPT_LEN: usize = 28;
/// Bytes of a coded key.
pub const KEY_LEN: usize = 24;

/// `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key`.
pub fn accept(key: &[u8]) -> [u8; ACCEPT_LEN] {
    let mut hash = Sha1::new();
    hash.update(key);
    hash.update(GUID);
    encode(&hash.finalize())
}

/// `Sec-WebSocket-Key` from sixteen random bytes.
pub fn key(random: &[u8; 16]) -> [u8; KEY_LEN] {
    encode(random)
}

fn encode<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut coded = [0; N];
    // Both lengths above are those of the coded form, so that it fits.
    let fits = STANDARD.encode_slice(bytes, &mut coded);
    debug_assert_eq!(fits, Ok(N));
    coded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn example_of_the_rfc() {
        assert_eq!(
            &accept(b"dGhlIHNhbXBsZSBub25jZQ=="),
            b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
        assert_eq!(&key(b"the sample nonce"), b"dGhlIHNhbXBsZSBub25jZQ==");
    }
}
