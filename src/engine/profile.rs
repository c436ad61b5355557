//! Profiling records in `mg_connection.prof`, for programs built with `MG_ENABLE_PROFILE=1`.

use super::conn::Conn;
use super::iobuf;
use super::log;
use super::platform;
use crate::abi::core::{mg_iobuf, mg_x_prof};
use core::ffi::{CStr, c_char, c_int};
use core::mem::size_of;
use core::ptr;

/// Records per growth step.
const STEP: usize = 16;

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
        (*io).align = STEP * size_of::<mg_x_prof>();
    }
    add(c, c"init");
}

/// Adds a record: `name` and the time. `name` stays the caller's and must live as long as the connection.
pub fn add(c: &Conn, name: &CStr) {
    let record = mg_x_prof {
        name: name.as_ptr(),
        ms: platform::millis() as u32,
    };
    let io = records(c);
    // SAFETY: LIVE and BUF; the record is plain data. Without memory it is left out.
    unsafe {
        iobuf::add(
            io,
            (*io).len,
            ptr::from_ref(&record).cast(),
            size_of::<mg_x_prof>(),
        );
    }
}

/// Logs the records, times relative to the first.
pub fn dump(c: &Conn) {
    if !log::enabled(log::INFO) {
        return;
    }
    log_info!("{} profile:", c.id());
    let io = records(c);
    // SAFETY: LIVE and BUF; the records were put there by `add`, aligned as every block is.
    let all = unsafe {
        let n = (*io).len.min((*io).size) / size_of::<mg_x_prof>();
        match (*io).buf.is_null() {
            true => &[],
            false => core::slice::from_raw_parts((*io).buf.cast::<mg_x_prof>(), n),
        }
    };
    let first = all.first().map_or(0, |record| record.ms);
    for record in all {
        // SAFETY: `add`'s callers keep the names alive.
        let name = unsafe { CStr::from_ptr(record.name) };
        log_info!(
            "{:5x} {}",
            record.ms.wrapping_sub(first),
            name.to_str().unwrap_or("?")
        );
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
        c"ERROR",
        c"OPEN",
        c"POLL",
        c"RESOLVE",
        c"CONNECT",
        c"ACCEPT",
        c"TLS_HS",
        c"READ",
        c"WRITE",
        c"CLOSE",
        c"HTTP_HDRS",
        c"HTTP_MSG",
        c"WS_OPEN",
        c"WS_MSG",
        c"WS_CTL",
        c"MQTT_CMD",
        c"MQTT_MSG",
        c"MQTT_OPEN",
        c"SNTP_TIME",
        c"WAKEUP",
        c"MDNS_REQ",
        c"MDNS_RESP",
        c"MODBUS_REQ",
    ];
    let name = usize::try_from(ev).ok().and_then(|ev| NAMES.get(ev));
    add(c, name.unwrap_or(&c"USER"));
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
