//! Wi-Fi and firmware functions of a hosted build: there is no radio and no firmware (utility chapter §14).
//!
//! `mg_ota_begin`, `mg_ota_write` and `mg_ota_end` are weak, see weak.c.

use crate::abi::core::mg_mgr;
use crate::abi::ota::mg_wifi_data;
use crate::engine::log;
use core::ffi::{CStr, c_char};

/// Writes the identity of the device: `"0"`.
///
/// # Safety
/// `buf` is writable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_ota_device_id(buf: *mut c_char, len: usize) {
    for (n, &byte) in b"0\0"
        .iter()
        .enumerate()
        .take(if buf.is_null() { 0 } else { len })
    {
        // SAFETY: the caller's promise. The last byte is always the NUL.
        unsafe { *buf.add(n) = if n + 1 == len { 0 } else { byte as c_char } };
    }
}

fn no_driver() -> bool {
    if log::enabled(log::ERROR) {
        log::write(
            log::ERROR,
            c"ota.rs",
            line!(),
            format_args!("No Wi-Fi driver enabled"),
        );
    }
    false
}

/// Starts a scan. False: there is no Wi-Fi driver.
#[unsafe(no_mangle)]
pub extern "C" fn mg_wifi_scan() -> bool {
    no_driver()
}

/// Joins a network. False: there is no Wi-Fi driver.
#[unsafe(no_mangle)]
pub extern "C" fn mg_wifi_connect(wifi: *mut mg_wifi_data) -> bool {
    let _ = wifi;
    no_driver()
}

/// Leaves the network. False: there is no Wi-Fi driver.
#[unsafe(no_mangle)]
pub extern "C" fn mg_wifi_disconnect() -> bool {
    no_driver()
}

/// Starts an access point. False: there is no Wi-Fi driver.
#[unsafe(no_mangle)]
pub extern "C" fn mg_wifi_ap_start(wifi: *mut mg_wifi_data) -> bool {
    let _ = wifi;
    no_driver()
}

/// Stops the access point. False: there is no Wi-Fi driver.
#[unsafe(no_mangle)]
pub extern "C" fn mg_wifi_ap_stop() -> bool {
    no_driver()
}

/// Nothing in this build: pulling firmware needs `MG_OTA_URL` at the library's own build.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_ota_poll(_mgr: *mut mg_mgr) {}

/// Would check `url` for new firmware. This build cannot pull firmware: `fn` is called at once with an error text, or
/// the text is logged when `fn` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_ota_url_check(
    _mgr: *mut mg_mgr,
    _url: *const c_char,
    r#fn: Option<unsafe extern "C" fn(err: *const c_char)>,
) {
    const TEXT: &CStr = c"OTA pull is not supported";
    match r#fn {
        // SAFETY: the caller's function takes a NUL-terminated text.
        Some(f) => unsafe { f(TEXT.as_ptr()) },
        None => log_error!("{}", TEXT.to_str().unwrap_or_default()),
    }
}
