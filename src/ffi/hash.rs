//! Hashes, checksums, base64 (utility chapter §8, §9).

use super::ptr::{to_slice, to_slice_mut};
use crate::abi::hash::{mg_md5_ctx, mg_sha1_ctx, mg_sha256_ctx, mg_sha384_ctx};
use crate::wire::base64;
use crate::wire::hash::{self, Md5, Sha1, Sha256, Sha384};
use core::ffi::c_char;
use core::mem::{offset_of, size_of};
use core::slice;

// The published structs are the codec's contexts.
const _: () = {
    assert!(
        size_of::<mg_md5_ctx>() == size_of::<Md5>()
            && size_of::<mg_sha1_ctx>() == size_of::<Sha1>()
    );
    assert!(
        size_of::<mg_sha256_ctx>() == size_of::<Sha256>()
            && size_of::<mg_sha384_ctx>() == size_of::<Sha384>()
    );
    assert!(
        align_of::<mg_sha256_ctx>() == align_of::<Sha256>()
            && align_of::<mg_sha384_ctx>() == align_of::<Sha384>()
    );
    assert!(offset_of!(mg_sha256_ctx, len) == 40 && offset_of!(mg_sha384_ctx, bitlen) == 192);
};

/// Starts an MD5 (RFC 1321).
///
/// # Safety
/// `ctx` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_md5_init(ctx: *mut mg_md5_ctx) {
    // SAFETY: the caller's promise.
    unsafe { ctx.cast::<Md5>().write(Md5::new()) };
}

/// Appends `len` bytes.
///
/// # Safety
/// `ctx` was started; `data` is readable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_md5_update(ctx: *mut mg_md5_ctx, data: *const u8, len: usize) {
    // SAFETY: the caller's promise.
    unsafe { (*ctx.cast::<Md5>()).update(to_slice(data, len)) };
}

/// Ends the message and stores 16 bytes in `digest`.
///
/// # Safety
/// `ctx` was started; `digest` is writable for 16 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_md5_final(ctx: *mut mg_md5_ctx, digest: *mut u8) {
    // SAFETY: the caller's promise.
    unsafe {
        digest
            .cast::<[u8; 16]>()
            .write((*ctx.cast::<Md5>()).finish())
    };
}

/// Starts a SHA-1 (RFC 3174).
///
/// # Safety
/// `ctx` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_sha1_init(ctx: *mut mg_sha1_ctx) {
    // SAFETY: the caller's promise.
    unsafe { ctx.cast::<Sha1>().write(Sha1::new()) };
}

/// Appends `len` bytes.
///
/// # Safety
/// `ctx` was started; `data` is readable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_sha1_update(ctx: *mut mg_sha1_ctx, data: *const u8, len: usize) {
    // SAFETY: the caller's promise.
    unsafe { (*ctx.cast::<Sha1>()).update(to_slice(data, len)) };
}

/// Ends the message and stores 20 bytes in `digest`.
///
/// # Safety
/// `ctx` was started; `digest` is writable for 20 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_sha1_final(digest: *mut u8, ctx: *mut mg_sha1_ctx) {
    // SAFETY: the caller's promise.
    unsafe {
        digest
            .cast::<[u8; 20]>()
            .write((*ctx.cast::<Sha1>()).finish())
    };
}

/// Starts a SHA-256 (RFC 6234).
///
/// # Safety
/// `ctx` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_sha256_init(ctx: *mut mg_sha256_ctx) {
    // SAFETY: the caller's promise.
    unsafe { ctx.cast::<Sha256>().write(Sha256::new()) };
}

/// Appends `len` bytes.
///
/// # Safety
/// `ctx` was started; `data` is readable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_sha256_update(ctx: *mut mg_sha256_ctx, data: *const u8, len: usize) {
    // SAFETY: the caller's promise.
    unsafe { (*ctx.cast::<Sha256>()).update(to_slice(data, len)) };
}

/// Ends the message and stores 32 bytes in `digest`.
///
/// # Safety
/// `ctx` was started; `digest` is writable for 32 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_sha256_final(digest: *mut u8, ctx: *mut mg_sha256_ctx) {
    // SAFETY: the caller's promise.
    unsafe {
        digest
            .cast::<[u8; 32]>()
            .write((*ctx.cast::<Sha256>()).finish())
    };
}

/// SHA-256 of `n` bytes at `data`; stores 32 bytes in `dst`.
///
/// # Safety
/// `data` is readable for `n` bytes, `dst` writable for 32.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_sha256(dst: *mut u8, data: *mut u8, n: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        dst.cast::<[u8; 32]>()
            .write(hash::sha256(to_slice(data, n)))
    };
}

/// HMAC-SHA-256 (RFC 2104) of `n` bytes at `data`; stores 32 bytes in `dst`. `key` may be NULL with `keysz` 0.
///
/// # Safety
/// `key` and `data` are readable for `keysz` and `n` bytes, `dst` is writable for 32.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_hmac_sha256(
    dst: *mut u8,
    key: *mut u8,
    keysz: usize,
    data: *mut u8,
    n: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        dst.cast::<[u8; 32]>()
            .write(hash::hmac_sha256(to_slice(key, keysz), to_slice(data, n)))
    };
}

/// Starts a SHA-384 (RFC 6234).
///
/// # Safety
/// `ctx` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_sha384_init(ctx: *mut mg_sha384_ctx) {
    // SAFETY: the caller's promise.
    unsafe { ctx.cast::<Sha384>().write(Sha384::new()) };
}

/// Appends `len` bytes.
///
/// # Safety
/// `ctx` was started; `data` is readable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_sha384_update(ctx: *mut mg_sha384_ctx, data: *const u8, len: usize) {
    // SAFETY: the caller's promise.
    unsafe { (*ctx.cast::<Sha384>()).update(to_slice(data, len)) };
}

/// Ends the message and stores 48 bytes in `digest`.
///
/// # Safety
/// `ctx` was started; `digest` is writable for 48 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_sha384_final(digest: *mut u8, ctx: *mut mg_sha384_ctx) {
    // SAFETY: the caller's promise.
    unsafe {
        digest
            .cast::<[u8; 48]>()
            .write((*ctx.cast::<Sha384>()).finish())
    };
}

/// SHA-384 of `n` bytes at `data`; stores 48 bytes in `dst`.
///
/// # Safety
/// `data` is readable for `n` bytes, `dst` writable for 48.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_sha384(dst: *mut u8, data: *mut u8, n: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        dst.cast::<[u8; 48]>()
            .write(hash::sha384(to_slice(data, n)))
    };
}

/// CRC-32 as in zip. Start with `crc` 0; pass the result to go on with the next bytes.
///
/// # Safety
/// `buf` is NULL or readable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_crc32(crc: u32, buf: *const c_char, len: usize) -> u32 {
    // SAFETY: the caller's promise.
    hash::crc32(crc, unsafe { to_slice(buf.cast(), len) })
}

/// CRC-16/X-25. Start with `crc` 0; pass the result to go on with the next bytes.
///
/// # Safety
/// `buf` is NULL or readable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_crc16(crc: u16, buf: *const c_char, len: usize) -> u16 {
    // SAFETY: the caller's promise.
    hash::crc16(crc, unsafe { to_slice(buf.cast(), len) })
}

/// One step of incremental base64: `n` is 0 at first, then the result of the step before. Ends with `mg_base64_final`.
///
/// # Safety
/// `buf` is NULL or writable for `n + 2` bytes; the state is in it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_base64_update(byte: u8, buf: *mut c_char, n: usize) -> usize {
    if buf.is_null() {
        return n;
    }
    let offset = n & !3;
    // SAFETY: the caller's promise; only the group under way is touched.
    let group = unsafe { slice::from_raw_parts_mut(buf.cast::<u8>().add(offset), (n & 3) + 2) };
    offset + base64::update(byte, group, n & 3)
}

/// Ends incremental base64: padding and a NUL. Returns the length without the NUL.
///
/// # Safety
/// `buf` is NULL or writable up to the end of the group of four that `n` lies in, and one byte more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_base64_final(buf: *mut c_char, n: usize) -> usize {
    if buf.is_null() {
        return 0;
    }
    let offset = n & !3;
    let size = if n & 3 == 0 { 1 } else { 5 };
    // SAFETY: the caller's promise; only the group under way is touched.
    let group = unsafe { slice::from_raw_parts_mut(buf.cast::<u8>().add(offset), size) };
    offset + base64::finish(group, n & 3)
}

/// Encodes `n` bytes at `p`: the characters, a NUL behind them. Returns their number.
///
/// `len`, the size of `buf`, must be at least 4 per started 3 bytes, plus 1; else the result is 0 and empty.
///
/// # Safety
/// `p` is readable for `n` bytes, `buf` writable for `len`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_base64_encode(
    p: *const u8,
    n: usize,
    buf: *mut c_char,
    len: usize,
) -> usize {
    // SAFETY: the caller's promise.
    unsafe { terminated(buf, len, |out| base64::encode(to_slice(p, n), out)) }
}

/// Like `mg_base64_encode` with the alphabet for URLs and without padding. `buf` needs the same size.
///
/// # Safety
/// `p` is readable for `n` bytes, `buf` writable for `len`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_base64url_encode(
    p: *const u8,
    n: usize,
    buf: *mut c_char,
    len: usize,
) -> usize {
    // SAFETY: the caller's promise.
    unsafe { terminated(buf, len, |out| base64::encode_url(to_slice(p, n), out)) }
}

/// Decodes `n` characters at `src` and puts a NUL behind the result. Returns the number of bytes, 0 on errors.
///
/// `len`, the size of `dst`, must be at least 3 per 4 characters, plus 1. An incomplete last group of four is ignored.
///
/// # Safety
/// `src` is readable for `n` bytes, `dst` writable for `len`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_base64_decode(
    src: *const c_char,
    n: usize,
    dst: *mut c_char,
    len: usize,
) -> usize {
    let enough = len > n / 4 * 3;
    // SAFETY: the caller's promise.
    unsafe {
        terminated(dst, len, |out| {
            if enough {
                base64::decode(to_slice(src.cast(), n), out)
            } else {
                None
            }
        })
    }
}

/// Decodes the alphabet for URLs, up to the first `=`, and puts a NUL behind the result. Returns the number of bytes,
/// 0 on errors.
///
/// # Safety
/// `src` is readable for `n` bytes, `dst` writable for `len`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_base64url_decode(
    src: *const c_char,
    n: usize,
    dst: *mut c_char,
    len: usize,
) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        terminated(dst, len, |out| {
            if n & 3 == 1 {
                None
            } else {
                base64::decode_url(to_slice(src.cast(), n), out)
            }
        })
    }
}

/// Lets `write` fill all of `buf` but its last byte and puts a NUL behind what it wrote; 0 and empty when it fails.
///
/// # Safety
/// `buf` is writable for `len` bytes.
unsafe fn terminated(
    buf: *mut c_char,
    len: usize,
    write: impl FnOnce(&mut [u8]) -> Option<usize>,
) -> usize {
    // SAFETY: the caller's promise.
    let buf = unsafe { to_slice_mut(buf.cast(), len) };
    let Some((_, out)) = buf.split_last_mut() else {
        return 0;
    };
    let written = write(out).unwrap_or(0);
    if let Some(end) = buf.get_mut(written) {
        *end = 0;
    }
    written
}
