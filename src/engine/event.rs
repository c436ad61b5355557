//! Events as services see them.

use crate::abi::core::{mg_event, mg_str};
use core::ffi::{c_char, c_int, c_long, c_void};

/// One event with its data.
#[derive(Clone, Copy)]
pub enum Event<'a> {
    /// `MG_EV_ERROR` with its text.
    Error(&'a [u8]),
    /// `MG_EV_OPEN`.
    Open,
    /// `MG_EV_POLL` with monotonic milliseconds.
    Poll(u64),
    /// `MG_EV_RESOLVE`.
    Resolve,
    /// `MG_EV_CONNECT`.
    Connect,
    /// `MG_EV_ACCEPT`.
    Accept,
    /// `MG_EV_TLS_HS`.
    TlsHandshake,
    /// `MG_EV_READ` with the number of bytes appended to the receive buffer.
    Read(usize),
    /// `MG_EV_WRITE` with the number of bytes taken from the send buffer.
    Write(usize),
    /// `MG_EV_CLOSE`.
    Close,
    /// `MG_EV_WAKEUP` with its message.
    WakeUp(&'a [u8]),
    /// Any other event number.
    Other(i32),
}

impl Event<'_> {
    /// # Safety
    /// `data` is what the event table of the engine chapter says for `ev`, or NULL; it outlives the event.
    pub(crate) unsafe fn from_raw(ev: c_int, data: *mut c_void) -> Self {
        const ERROR: c_int = mg_event::MG_EV_ERROR as c_int;
        const OPEN: c_int = mg_event::MG_EV_OPEN as c_int;
        const POLL: c_int = mg_event::MG_EV_POLL as c_int;
        const RESOLVE: c_int = mg_event::MG_EV_RESOLVE as c_int;
        const CONNECT: c_int = mg_event::MG_EV_CONNECT as c_int;
        const ACCEPT: c_int = mg_event::MG_EV_ACCEPT as c_int;
        const TLS_HS: c_int = mg_event::MG_EV_TLS_HS as c_int;
        const READ: c_int = mg_event::MG_EV_READ as c_int;
        const WRITE: c_int = mg_event::MG_EV_WRITE as c_int;
        const CLOSE: c_int = mg_event::MG_EV_CLOSE as c_int;
        const WAKEUP: c_int = mg_event::MG_EV_WAKEUP as c_int;
        // SAFETY: the caller's promise.
        unsafe {
            match ev {
                ERROR => Event::Error(text(data.cast())),
                OPEN => Event::Open,
                POLL => Event::Poll(if data.is_null() {
                    0
                } else {
                    *data.cast::<u64>()
                }),
                RESOLVE => Event::Resolve,
                CONNECT => Event::Connect,
                ACCEPT => Event::Accept,
                TLS_HS => Event::TlsHandshake,
                READ => Event::Read(count(data.cast())),
                WRITE => Event::Write(count(data.cast())),
                CLOSE => Event::Close,
                WAKEUP => Event::WakeUp(slice(data.cast())),
                other => Event::Other(other),
            }
        }
    }
}

unsafe fn text<'a>(p: *const c_char) -> &'a [u8] {
    if p.is_null() {
        return &[];
    }
    // SAFETY: the caller passes a NUL-terminated string.
    unsafe { core::ffi::CStr::from_ptr(p).to_bytes() }
}

unsafe fn count(p: *const c_long) -> usize {
    if p.is_null() {
        return 0;
    }
    // SAFETY: the caller passes a valid long.
    usize::try_from(unsafe { *p }).unwrap_or(0)
}

unsafe fn slice<'a>(p: *const mg_str) -> &'a [u8] {
    if p.is_null() {
        return &[];
    }
    // SAFETY: the caller passes a valid mg_str.
    unsafe {
        let s = *p;
        if s.buf.is_null() {
            return &[];
        }
        core::slice::from_raw_parts(s.buf.cast(), s.len)
    }
}
