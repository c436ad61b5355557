//! Byte order, time, randomness, memory, paths, addresses (utility chapter §9 to §11).

use super::ptr::to_slice_mut;
use super::strings::str_slice;
use crate::abi::core::{mg_addr, mg_str};
use crate::engine::platform;
use crate::ffi::panic::guard;
use crate::service::random::alphanumeric;
use crate::text::acl::{self, AclError};
use crate::text::{path, time};
use core::ffi::{c_char, c_int, c_uint};

/// Network byte order to the host's, 16 bits; also the other way round.
#[unsafe(no_mangle)]
pub extern "C" fn mg_ntohs(net: u16) -> u16 {
    u16::from_be(net)
}

/// Network byte order to the host's, 32 bits; also the other way round.
#[unsafe(no_mangle)]
pub extern "C" fn mg_ntohl(net: u32) -> u32 {
    u32::from_be(net)
}

/// Network byte order to the host's, 64 bits; also the other way round.
#[unsafe(no_mangle)]
pub extern "C" fn mg_ntohll(net: u64) -> u64 {
    u64::from_be(net)
}

/// Seconds since 1970 of a UTC time, Gregorian calendar; `month` is 1 to 12.
/// 0 for years before 1970 and months that do not exist.
#[unsafe(no_mangle)]
pub extern "C" fn mg_timegm(
    year: c_uint,
    month: c_uint,
    day: c_uint,
    hour: c_uint,
    min: c_uint,
    sec: c_uint,
) -> u64 {
    time::epoch_seconds(year, month, day, hour, min, sec)
}

/// Sleeps for at least `ms` milliseconds of `mg_millis`.
#[unsafe(no_mangle)]
pub extern "C" fn mg_delayms(ms: c_uint) {
    let until = platform::millis()
        .saturating_add(u64::from(ms))
        .saturating_add(1);
    loop {
        let left = until.saturating_sub(platform::millis());
        if left == 0 {
            return;
        }
        pause(left);
    }
}

/// Gives the processor away for up to `ms` milliseconds.
#[cfg(unix)]
fn pause(ms: u64) {
    // SAFETY: no descriptors are passed. The wait is cut short by signals, which the caller bears.
    unsafe {
        libc::poll(
            core::ptr::null_mut(),
            0,
            c_int::try_from(ms).unwrap_or(c_int::MAX),
        )
    };
}

/// Without a system to wait in, the clock alone passes.
#[cfg(not(unix))]
fn pause(_ms: u64) {
    core::hint::spin_loop();
}

/// Zeroes memory in a way that the compiler must not leave out. `buf` may be NULL.
///
/// # Safety
/// `buf` is NULL or writable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_bzero(buf: *mut u8, len: usize) {
    if !buf.is_null() {
        // SAFETY: the caller's promise.
        unsafe { core::ptr::write_bytes(buf, 0, len) };
        // The compiler has to assume that this reads the memory.
        core::hint::black_box(buf);
    }
}

/// Fills `buf` with letters and digits chosen at random and ends it with a NUL; returns `buf`.
///
/// `len` is the size of `buf`: `len - 1` characters, none for 1, nothing is written for 0. When the system has no random
/// numbers to give, the text is empty, never predictable.
///
/// # Safety
/// `buf` is writable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_random_str(buf: *mut c_char, len: usize) -> *mut c_char {
    guard(buf, || {
        // SAFETY: the caller's promise.
        if let Some((end, text)) = unsafe { to_slice_mut(buf.cast(), len) }.split_last_mut() {
            *end = 0;
            if !alphanumeric(text) {
                text.fill(0);
            }
        }
        buf
    })
}

/// Whether a path, already decoded, stays below its root: no `~` or `..` at the start, no `..` after a slash or
/// backslash, no NUL. The empty path is sane.
///
/// # Safety
/// `path` is readable for its length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_path_is_sane(path: mg_str) -> bool {
    // SAFETY: the caller's promise.
    path::is_sane(unsafe { str_slice(path) })
}

/// Whether an access list such as `-0.0.0.0/0,+10.0.0.0/8` allows `remote`: 1 yes, 0 no, -1 the address is IPv6 or an
/// entry starts with neither `+` nor `-`, -2 an address or mask does not parse.
///
/// The last matching entry decides; without one the answer is no. An empty list allows everybody. -1 for a NULL `remote`.
///
/// # Safety
/// `acl` is readable for its length; `remote` is NULL or points to an address.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_check_ip_acl(acl: mg_str, remote: *mut mg_addr) -> c_int {
    if remote.is_null() {
        return -1;
    }
    // SAFETY: the caller's promise. The flag is read as a byte since a program may have set it.
    let (list, ip, is_ip6) = unsafe {
        (
            str_slice(acl),
            (*remote).addr.ip,
            (&raw const (*remote).is_ip6).cast::<u8>().read() != 0,
        )
    };
    let [a, b, c, d, ..] = ip;
    if is_ip6 {
        return -1;
    }
    match acl::allows(list, [a, b, c, d]) {
        Ok(allowed) => c_int::from(allowed),
        Err(AclError::Sign) => -1,
        Err(AclError::Address) => -2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_strings() {
        let mut buf = [b'#'; 4];
        // SAFETY: valid buffer.
        unsafe {
            mg_random_str(buf.as_mut_ptr().cast(), 0);
            assert_eq!(&buf, b"####");
            mg_random_str(buf.as_mut_ptr().cast(), 1);
            assert_eq!(&buf, b"\0###");
            mg_random_str(buf.as_mut_ptr().cast(), 3);
        }
        assert!(buf[..2].iter().all(u8::is_ascii_alphanumeric));
        assert_eq!(&buf[2..], b"\0#");
    }

    #[test]
    fn delay_passes_the_clock() {
        let start = platform::millis();
        mg_delayms(2);
        assert!(platform::millis() >= start + 2);
    }
}
