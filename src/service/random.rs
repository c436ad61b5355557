//! Random text for names and tokens.

use crate::engine::platform;

const ALPHABET: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/// Bytes from here on would favour the first letters.
const LIMIT: u8 = 248;

/// Fills `text` with letters and digits. False when there is no good source of randomness.
#[must_use]
pub fn alphanumeric(text: &mut [u8]) -> bool {
    let mut pool = [0u8; 32];
    let mut left = [].iter();
    for slot in text {
        let byte = loop {
            match left.next() {
                Some(byte) if *byte < LIMIT => break *byte,
                Some(_) => {}
                None => {
                    if !platform::random(&mut pool) {
                        return false;
                    }
                    left = pool.iter();
                }
            }
        };
        *slot = ALPHABET
            .get(usize::from(byte % 62))
            .copied()
            .unwrap_or(b'0');
    }
    true
}
