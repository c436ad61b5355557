//! Firmware update and Wi-Fi: types of functions that do nothing on a hosted build.

use super::core::{mg_mgr, mg_str};
use core::ffi::{c_char, c_int};
use core::mem::size_of;

/// Wi-Fi settings.
#[repr(C)]
pub struct mg_wifi_data {
    /// Network to join.
    pub ssid: *mut c_char,
    /// Its password.
    pub pass: *mut c_char,
    /// Name of the own access point.
    pub apssid: *mut c_char,
    /// Its password.
    pub appass: *mut c_char,
    /// Address of the access point, network byte order.
    pub apip: u32,
    /// Its mask, network byte order.
    pub apmask: u32,
    /// `MG_WIFI_SECURITY_*` of the network.
    pub security: u8,
    /// `MG_WIFI_SECURITY_*` of the access point.
    pub apsecurity: u8,
    /// Channel of the access point.
    pub apchannel: u8,
    /// Be an access point.
    pub apmode: bool,
}

/// A network found by a scan.
#[repr(C)]
#[allow(non_snake_case)]
pub struct mg_wifi_scan_bss_data {
    /// Name.
    pub SSID: mg_str,
    /// Address of its station.
    pub BSSID: *mut c_char,
    /// Signal strength.
    pub RSSI: i16,
    /// `MG_WIFI_SECURITY_*`.
    pub security: u8,
    /// Channel.
    pub channel: u8,
    /// Bit-fields in C: `band` of two bits (`MG_WIFI_BAND_*`), `has_n`, `has_ac`, `has_ax`.
    pub wifi_flags: u32,
}

/// Settings of a program for the firmware update: values of its `MG_OTA_*` macros.
#[repr(C)]
pub struct mg_x_ota_t {
    /// `MG_OTA_URL`: where to ask, NULL = never.
    pub url: *const c_char,
    /// `MG_OTA_TLS_CA`: trusted certificates, PEM.
    pub tls_ca: *const c_char,
    /// `MG_OTA_STATUS_FN`: told how a check went.
    pub status_fn: Option<unsafe extern "C" fn(err: *const c_char)>,
    /// `MG_OTA_FIRMWARE_VERSION`: what runs now.
    pub version: *const c_char,
    /// `MG_OTA_MAX_VERSION_LEN`: room for a version, NUL included.
    pub max_version_len: usize,
    /// `MG_OTA_PULL_INTERVAL_SECONDS`.
    pub interval: usize,
    /// `MG_OTA`: the kind of device.
    pub arch: c_int,
    /// `MG_OTA_STATE_GET()`: `MG_OTA_CONFIRMED` and so on.
    pub state: c_int,
    /// `mg_ota_poll`, for each poll.
    pub poll: Option<unsafe extern "C" fn(mgr: *mut mg_mgr)>,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<mg_wifi_data>() == 48 && size_of::<mg_wifi_scan_bss_data>() == 32);
