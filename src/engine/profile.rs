//! Profiling records in `mg_connection.prof`, for programs built with `MG_ENABLE_PROFILE=1`.

use super::conn::Conn;
use super::iobuf;
use super::platform;
use crate::abi::core::{mg_iobuf, mg_profitem};
use core::ffi::{CStr, c_char, c_int};
use core::mem::size_of;
use core::ptr;

/// `MG_PROFILE_ALLOC_GRANULARITY`: growth step in bytes.
const GRANULARITY: usize = 256;

fn records(c: &Conn) -> *mut mg_iobuf {
    // SAFETY: LIVE; only the address is taken.
    unsafe { ptr::addr_of_mut!((*c.as_ptr()).prof) }
}

/// Begins the records of a connection.
pub fn start(c: &Conn) {
    let io = records(c);
    // SAFETY: LIVE.
    unsafe {
        (*io).len = 0;
        (*io).align = GRANULARITY;
    }
    add(c, c"init");
}

/// Adds a record: `name` and the time. `name` stays the caller's and must live as long as the connection.
pub fn add(c: &Conn, name: &CStr) {
    let now = platform::millis() as u32;
    let first = all(c).first().map_or(0, |first| first.timestamp);
    let record = mg_profitem {
        name: name.as_ptr(),
        timestamp: now.wrapping_sub(first),
    };
    let io = records(c);
    // SAFETY: LIVE and BUF; the record is plain data. Without memory it is left out.
    unsafe {
        iobuf::add(
            io,
            (*io).len,
            ptr::from_ref(&record).cast(),
            size_of::<mg_profitem>(),
        );
    }
}

fn all(c: &Conn) -> &[mg_profitem] {
    let io = records(c);
    // SAFETY: LIVE and BUF; the records were put there by `add`, aligned as every block is.
    unsafe {
        let n = (*io).len.min((*io).size) / size_of::<mg_profitem>();
        match (*io).buf.is_null() {
            true => &[],
            false => core::slice::from_raw_parts((*io).buf.cast(), n),
        }
    }
}

/// Logs the records.
pub fn dump(c: &Conn) {
    log_info!("{} profile:", c.id());
    for record in all(c) {
        // SAFETY: `add`'s callers keep the names alive.
        let name = unsafe { CStr::from_ptr(record.name) };
        log_info!("{:5x} {}", record.timestamp, name.to_str().unwrap_or("?"));
    }
}

/// Whether the program wants records.
#[inline]
pub(crate) fn wanted() -> bool {
    platform::settings().profile != 0
}

/// Records an event.
#[cold]
pub(crate) fn event(c: &Conn, ev: c_int) {
    const NAMES: [&CStr; 23] = [
        c"EV_ERROR",
        c"EV_OPEN",
        c"EV_POLL",
        c"EV_RESOLVE",
        c"EV_CONNECT",
        c"EV_ACCEPT",
        c"EV_TLS_HS",
        c"EV_READ",
        c"EV_WRITE",
        c"EV_CLOSE",
        c"EV_HTTP_HDRS",
        c"EV_HTTP_MSG",
        c"EV_WS_OPEN",
        c"EV_WS_MSG",
        c"EV_WS_CTL",
        c"EV_MQTT_CMD",
        c"EV_MQTT_MSG",
        c"EV_MQTT_OPEN",
        c"EV_SNTP_TIME",
        c"EV_WAKEUP",
        c"EV_MDNS_REQ",
        c"EV_MDNS_RESP",
        c"EV_MODBUS_REQ",
    ];
    let name = usize::try_from(ev).ok().and_then(|ev| NAMES.get(ev));
    add(c, name.unwrap_or(&c"EV_USER"));
}

/// The name of a record as C code gives it.
///
/// # Safety
/// `name` is NULL or NUL-terminated.
pub unsafe fn name<'a>(name: *const c_char) -> &'a CStr {
    if name.is_null() {
        return c"";
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(name) }
}
