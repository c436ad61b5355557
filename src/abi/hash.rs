//! Contexts of the hash functions. They own nothing: copy and abandon them at will.

use core::mem::size_of;

/// MD5 under way.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mg_md5_ctx {
    /// State.
    pub buf: [u32; 4],
    /// Bits so far, low word first.
    pub bits: [u32; 2],
    /// Partial block.
    pub r#in: [u8; 64],
}

/// SHA-1 under way.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mg_sha1_ctx {
    /// State.
    pub state: [u32; 5],
    /// Bits so far, low word first.
    pub count: [u32; 2],
    /// Partial block.
    pub buffer: [u8; 64],
}

/// SHA-256 under way.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mg_sha256_ctx {
    /// State.
    pub state: [u32; 8],
    /// Bits so far.
    pub bits: u64,
    /// Bytes in `buffer`.
    pub len: u32,
    /// Partial block.
    pub buffer: [u8; 64],
}

/// SHA-384 under way.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mg_sha384_ctx {
    /// State.
    pub state: [u64; 8],
    /// Partial block.
    pub buffer: [u8; 128],
    /// Bits so far, low word first.
    pub bitlen: [u64; 2],
    /// Bytes in `buffer`.
    pub datalen: u32,
}

const _: () = {
    assert!(size_of::<mg_md5_ctx>() == 88 && size_of::<mg_sha1_ctx>() == 92);
    assert!(size_of::<mg_sha256_ctx>() == 112 && size_of::<mg_sha384_ctx>() == 216);
};
