//! What a handler has put into the data of an event, by pointer. C code vouches for these pointers; everything is
//! copied at once.

use crate::abi::core::mg_str;
use alloc::vec::Vec;

/// A copy of what `p` points to, `None` for NULL.
pub(crate) fn copy_of<T: Copy>(p: *const T) -> Option<T> {
    // SAFETY: a handler sets such a pointer to a valid object or leaves it NULL.
    (!p.is_null()).then(|| unsafe { p.read_unaligned() })
}

/// A copy of the bytes of a string.
pub(crate) fn bytes_of(s: mg_str) -> Vec<u8> {
    if s.buf.is_null() || s.len > isize::MAX as usize {
        return Vec::new();
    }
    // SAFETY: a handler sets such a string to valid bytes.
    unsafe { core::slice::from_raw_parts(s.buf.cast::<u8>(), s.len) }.to_vec()
}
