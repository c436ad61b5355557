//! Wi-Fi functions of a hosted build, which has no radio, and the check for new firmware (utility chapter §14).
//!
//! `mg_ota_begin`, `mg_ota_write`, `mg_ota_end` and `mg_ota_device_id` are weak, see weak.c.

use super::ota_pull;
use super::panic::guard;
use super::ptr::c_bytes;
use crate::abi::core::mg_mgr;
use crate::abi::ota::mg_wifi_data;
use crate::engine::{Manager, log, platform};
use core::ffi::c_char;

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

/// Looks whether it is time to check for new firmware: 5 seconds after the first call, then every
/// `MG_OTA_PULL_INTERVAL_SECONDS`. Each `mg_mgr_poll` calls it. Nothing while the program sets no `MG_OTA_URL`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_ota_poll(mgr: *mut mg_mgr) {
    guard((), || {
        // SAFETY: the caller passes an initialised manager.
        if let Some(m) = unsafe { Manager::from_raw(mgr) } {
            ota_pull::poll(&m, platform::millis());
        }
    });
}

/// Asks `url` for the newest firmware, and installs it by `mg_ota_begin`, `mg_ota_write` and `mg_ota_end` when its
/// version is another one than `MG_OTA_FIRMWARE_VERSION`. One check at a time per process.
///
/// The answer is JSON with `version`, `url` (of the image) and `size`. `fn` is called once, from this call or from a
/// later poll: NULL when the firmware is installed, else the reason, a text that lives during the call. `fn` may be
/// NULL: then a reason is logged. `https:` needs `MG_OTA_TLS_CA`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_ota_url_check(
    mgr: *mut mg_mgr,
    url: *const c_char,
    r#fn: Option<unsafe extern "C" fn(err: *const c_char)>,
) {
    // SAFETY: the caller passes an initialised manager and a NUL-terminated URL.
    guard((), || unsafe {
        if let Some(m) = Manager::from_raw(mgr) {
            ota_pull::check(&m, c_bytes(url), r#fn);
        }
    });
}
