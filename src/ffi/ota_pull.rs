//! One check for new firmware: ask, compare, download, install. The program learns once how it went.

use super::http::mg_http_connect;
use super::http_files::mg_http_start_ota;
use super::http_view::View;
use super::panic::guard;
use super::ptr::{c_bytes, str_bytes};
use crate::abi::core::{mg_connection, mg_event};
use crate::abi::http::mg_http_message;
use crate::abi::ota::mg_x_ota_t;
use crate::engine::tls::{self, Options};
use crate::engine::{Conn, Manager, platform};
use crate::service::ota::{self, Device};
use crate::wire::http::head;
use crate::wire::url;
use alloc::ffi::CString;
use alloc::vec::Vec;
use core::ffi::{c_char, c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Milliseconds for an answer about the newest version.
const METADATA_MS: u64 = 5000;

/// Milliseconds for an image.
const DOWNLOAD_MS: u64 = 300_000;

/// Milliseconds from the first poll to the first check.
const FIRST_MS: u64 = 5000;

/// Told how a check went: NULL, or why there is no new firmware.
pub type Status = Option<unsafe extern "C" fn(err: *const c_char)>;

#[cfg(not(miri))]
unsafe extern "C" {
    static mg_x_ota: Option<unsafe extern "C" fn(ota: *mut mg_x_ota_t)>;
    fn mg_ota_device_id(buf: *mut c_char, len: usize);
}

/// Whether a check is under way anywhere in the process.
static IS_BUSY: AtomicBool = AtomicBool::new(false);

/// When to check next, by the clock of the polls; 0 = not known yet.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// What the connection of a check is for.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    Metadata,
    Download,
    Install,
}

/// The check of a manager.
#[derive(Default)]
struct Check {
    /// Id of its connection, 0 without a check.
    conn: u64,
    stage: Stage,
    request: Vec<u8>,
    url: Vec<u8>,
    deadline: u64,
    status: Status,
}

/// The program's settings; those of a program that has none.
fn settings() -> mg_x_ota_t {
    let mut ota = mg_x_ota_t {
        url: ptr::null(),
        tls_ca: ptr::null(),
        status_fn: None,
        version: c"1.0.0".as_ptr(),
        max_version_len: 64,
        interval: 60,
        arch: 0,
        state: 0,
        poll: None,
    };
    #[cfg(not(miri))]
    // SAFETY: the program's function fills in a struct; nobody writes the pointer after start.
    unsafe {
        if let Some(fill) = mg_x_ota {
            fill(&mut ota);
        }
    }
    ota
}

/// Whether the program has settings of its own.
pub fn has_settings() -> bool {
    #[cfg(miri)]
    return false;
    #[cfg(not(miri))]
    // SAFETY: nobody writes the pointer after start.
    unsafe {
        mg_x_ota.is_some()
    }
}

/// Once in each poll of a program with settings, which names `mg_ota_poll` itself: other programs do not link the check,
/// nor the HTTP client and TLS under it.
pub fn poll_of_program(mgr: &Manager, _now: u64) {
    if let Some(poll) = settings().poll {
        // SAFETY: `mg_ota_poll`, with a live manager.
        unsafe { poll(mgr.as_ptr()) }
    }
}

/// Once in each poll: ends a check that takes too long, starts one when it is time.
pub fn poll(mgr: &Manager, now: u64) {
    if IS_BUSY.load(Ordering::Relaxed) {
        watch(mgr, now);
    }
    if has_settings() {
        pull(mgr, now);
    }
}

fn watch(mgr: &Manager, now: u64) {
    let late = mgr.state_of::<Check>().and_then(|check| {
        let is_late = check.conn != 0 && now >= check.deadline;
        is_late.then_some((check.conn, check.stage))
    });
    let Some((id, stage)) = late else { return };
    let text = if stage == Stage::Metadata {
        "Metadata timeout"
    } else {
        "OTA timeout"
    };
    match mgr.find(id) {
        Some(mut conn) => conn.error(text),
        None => finish(mgr, Some(text.as_bytes())),
    }
}

fn pull(mgr: &Manager, now: u64) {
    let settings = settings();
    if settings.url.is_null() {
        return;
    }
    let next = NEXT.load(Ordering::Relaxed);
    if next == 0 {
        NEXT.store(now.saturating_add(FIRST_MS), Ordering::Relaxed);
    } else if now >= next {
        let interval = (settings.interval as u64).saturating_mul(1000).max(1);
        NEXT.store(now.saturating_add(interval), Ordering::Relaxed);
        // SAFETY: the program's NUL-terminated text.
        check(mgr, unsafe { c_bytes(settings.url) }, settings.status_fn);
    }
}

/// Starts a check.
pub fn check(mgr: &Manager, url: &[u8], status: Status) {
    if IS_BUSY.swap(true, Ordering::Acquire) {
        return tell(status, Some(b"OTA already in progress"));
    }
    if let Some(mut check) = mgr.state_of::<Check>() {
        check.status = status;
    }
    if let Some(state) = mgr.state() {
        state.each_poll.set(Some(poll));
    }
    let mut id = [0; 64];
    #[cfg(not(miri))]
    // SAFETY: room for that many bytes.
    unsafe {
        mg_ota_device_id(id.as_mut_ptr().cast(), id.len());
    }
    let settings = settings();
    let device = Device {
        arch: settings.arch,
        // SAFETY: the program's NUL-terminated text.
        version: unsafe { c_bytes(settings.version) },
        id: id.split(|&byte| byte == 0).next().unwrap_or_default(),
        interval: settings.interval,
        boot: settings.state,
    };
    let request = ota::query(url, &device);
    open(mgr, url, request, Stage::Metadata);
}

/// Connects for the next stage, or ends the check.
fn open(mgr: &Manager, url: &[u8], request: Option<Vec<u8>>, stage: Stage) {
    let patience = match stage {
        Stage::Metadata => METADATA_MS,
        _ => DOWNLOAD_MS,
    };
    let Some((request, address)) = request.zip(CString::new(url).ok()) else {
        return finish(mgr, Some(b"Failed to connect"));
    };
    // No event that matters comes before this returns.
    // SAFETY: a live manager and a NUL-terminated URL.
    let c = unsafe {
        let c = mg_http_connect(
            mgr.as_ptr(),
            address.as_ptr(),
            Some(on_event),
            ptr::null_mut(),
        );
        Conn::from_raw(c)
    };
    let Some(conn) = c else {
        return finish(mgr, Some(b"Failed to connect"));
    };
    match mgr.state_of::<Check>() {
        Some(mut check) => {
            check.conn = conn.id();
            check.stage = stage;
            check.request = request;
            check.url = url.to_vec();
            check.deadline = platform::millis().saturating_add(patience);
        }
        None => finish(mgr, Some(b"Out of memory")),
    }
}

/// Ends the check and tells the program, which may start another one.
fn finish(mgr: &Manager, error: Option<&[u8]>) {
    let check = mgr
        .state_of::<Check>()
        .map(|mut check| core::mem::take(&mut *check));
    if let Some(mut conn) = check.as_ref().and_then(|check| mgr.find(check.conn)) {
        conn.set_closing(true);
    }
    IS_BUSY.store(false, Ordering::Release);
    tell(check.and_then(|check| check.status), error);
}

fn tell(status: Status, error: Option<&[u8]>) {
    let text = error.map(|text| {
        let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
        CString::new(text).unwrap_or_default()
    });
    match (status, &text) {
        // SAFETY: the program's function; the text lives during the call.
        (Some(status), _) => unsafe {
            status(text.as_ref().map_or(ptr::null(), |text| text.as_ptr()))
        },
        (None, Some(text)) => log_error!("{}", text.to_str().unwrap_or("(not UTF-8)")),
        (None, None) => {}
    }
}

unsafe extern "C" fn on_event(c: *mut mg_connection, ev: c_int, data: *mut c_void) {
    const CONNECT: c_int = mg_event::MG_EV_CONNECT as c_int;
    const HDRS: c_int = mg_event::MG_EV_HTTP_HDRS as c_int;
    const MSG: c_int = mg_event::MG_EV_HTTP_MSG as c_int;
    const ERROR: c_int = mg_event::MG_EV_ERROR as c_int;
    const CLOSE: c_int = mg_event::MG_EV_CLOSE as c_int;
    // SAFETY: called by the library with a live connection and the data of the event.
    guard((), || unsafe {
        let Some(mut conn) = Conn::from_raw(c) else {
            return;
        };
        let Some(mgr) = conn.manager() else { return };
        let stage = mgr
            .state_of::<Check>()
            .and_then(|check| (check.conn == conn.id()).then_some(check.stage));
        match (ev, stage) {
            (_, None) => {}
            (CONNECT, _) => on_connect(&mgr, &mut conn),
            (HDRS, Some(Stage::Download)) => on_image(&mgr, c, data.cast()),
            (MSG, Some(Stage::Metadata)) => on_metadata(&mgr, data.cast()),
            (ERROR, _) => finish(&mgr, Some(c_bytes(data.cast()))),
            (CLOSE, _) => finish(&mgr, Some(b"connection closed")),
            _ => {}
        }
    });
}

fn on_connect(mgr: &Manager, conn: &mut Conn) {
    let Some((request, url)) = mgr
        .state_of::<Check>()
        .map(|mut check| (core::mem::take(&mut check.request), check.url.clone()))
    else {
        return;
    };
    if url::is_ssl(&url) {
        let ca = settings().tls_ca;
        if ca.is_null() {
            return conn.error("MG_OTA_TLS_CA is not set");
        }
        let options = Options {
            // SAFETY: the program's NUL-terminated text.
            ca: Some(unsafe { c_bytes(ca) }),
            name: Some(url::host(&url)),
            ..Options::default()
        };
        tls::init(conn, &options);
    }
    if !conn.queue(&request) {
        conn.error("Out of memory");
    }
}

/// The error text of an answer whose status is not 200.
fn refusal(view: &View) -> Option<Vec<u8>> {
    let status = view.uri();
    (head::status_code(status) != 200).then(|| [b"Bad HTTP response: ", status].concat())
}

/// # Safety
/// `hm` is a whole message.
unsafe fn on_metadata(mgr: &Manager, hm: *mut mg_http_message) {
    // SAFETY: the caller's promise.
    let Some(view) = (unsafe { View::new(hm) }) else {
        return;
    };
    if let Some(text) = refusal(&view) {
        return finish(mgr, Some(&text));
    }
    let settings = settings();
    // SAFETY: the body of a whole message has arrived, and the program's text ends with NUL.
    let (body, version) = unsafe { (str_bytes(view.body()), c_bytes(settings.version)) };
    match ota::firmware(body, settings.max_version_len) {
        Err(text) => finish(mgr, Some(&text)),
        Ok(firmware) if firmware.version == version => finish(mgr, Some(b"Same version")),
        Ok(firmware) => {
            let asked = mgr
                .state_of::<Check>()
                .map(|mut check| core::mem::take(&mut check.conn));
            if let Some(mut conn) = asked.and_then(|id| mgr.find(id)) {
                conn.set_closing(true);
            }
            open(
                mgr,
                &firmware.url,
                ota::download(&firmware.url),
                Stage::Download,
            );
        }
    }
}

/// # Safety
/// `hm` is a message at the front of the live connection's receive buffer.
unsafe fn on_image(mgr: &Manager, c: *mut mg_connection, hm: *mut mg_http_message) {
    // SAFETY: the caller's promise.
    unsafe {
        let Some(view) = View::new(hm) else { return };
        if let Some(text) = refusal(&view) {
            return finish(mgr, Some(&text));
        }
        if let Some(mut check) = mgr.state_of::<Check>() {
            check.stage = Stage::Install;
        }
        mg_http_start_ota(c, hm, Some(installed));
    }
}

unsafe extern "C" fn installed(c: *mut mg_connection, error: *const c_char) {
    // SAFETY: called at the end of an update with a live connection.
    guard((), || unsafe {
        let Some(mgr) = Conn::from_raw(c).and_then(|conn| conn.manager()) else {
            return;
        };
        finish(&mgr, (!error.is_null()).then(|| c_bytes(error)));
    });
}
