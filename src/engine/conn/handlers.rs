//! The handlers of a connection: events fired at them, failure, and who is attached.

use super::Conn;
use crate::abi::core::{mg_event, mg_event_handler_t};
use crate::engine::log;
use crate::engine::profile;
use crate::engine::protocol::{Protocol, TRAMPOLINE};
use core::ffi::{c_int, c_long, c_void};
use core::fmt::{self, Write};
use core::ptr;

/// A user handler with its argument, while a service keeps it.
#[derive(Clone, Copy)]
pub struct Handler(mg_event_handler_t, *mut c_void);

impl Conn {
    /// Fires an event: protocol handler first, then the user's handler, read anew after the first returned.
    pub fn call(&mut self, ev: c_int, data: *mut c_void) {
        // A handler may poll, close this connection or free the manager: it stays until its handler has returned.
        let _hold = self.manager().map(|mgr| mgr.hold(self));
        if profile::wanted() {
            profile::event(self, ev);
        }
        self.fire(ev, data);
    }

    /// Fires an event with a number of bytes, in a turn: a poll is on the stack.
    #[inline]
    pub(crate) fn fire_bytes(&mut self, ev: mg_event, n: usize) {
        let mut value = n as c_long;
        if profile::wanted() {
            profile::event(self, ev as c_int);
        }
        self.fire(ev as c_int, ptr::addr_of_mut!(value).cast());
    }

    /// [`Conn::call`] where a poll is known to be on the stack.
    #[inline]
    pub(crate) fn fire(&mut self, ev: c_int, data: *mut c_void) {
        let c = self.as_ptr();
        // SAFETY: LIVE; handlers are C functions that the user vouches for.
        unsafe {
            if let Some(pfn) = (*c).pfn {
                pfn(c, ev, data);
            }
            if let Some(f) = (*c).r#fn {
                f(c, ev, data);
            }
        }
    }

    /// As [`Conn::call`] for an event that the attached service itself fires: it has nothing to do with its own event,
    /// so only a foreign protocol handler is called before the user's.
    pub(crate) fn call_from_service(&mut self, ev: c_int, data: *mut c_void) {
        let c = self.as_ptr();
        // SAFETY: as `call`.
        unsafe {
            let ours = self.is_served();
            if ours && ev != mg_event::MG_EV_POLL as c_int && profile::wanted() {
                profile::event(self, ev);
            }
            match (*c).r#fn {
                Some(f) if ours => f(c, ev, data),
                None if ours => {}
                _ => self.call(ev, data),
            }
        }
    }

    /// Fires POLL.
    #[inline]
    pub(crate) fn emit_poll(&mut self, now: u64) {
        let mut value = now;
        self.fire_past_sleeper(mg_event::MG_EV_POLL, ptr::addr_of_mut!(value).cast());
    }

    /// Fires WRITE, in a turn.
    #[inline]
    pub(crate) fn emit_write(&mut self, n: usize) {
        let mut value = n as c_long;
        self.fire_past_sleeper(mg_event::MG_EV_WRITE, ptr::addr_of_mut!(value).cast());
    }

    /// Fires POLL or WRITE. A sleeping service is not called, which nobody can tell.
    #[inline]
    fn fire_past_sleeper(&mut self, ev: mg_event, data: *mut c_void) {
        let sleeping = self.recv_len() == 0
            && self.slot().is_some_and(|slot| {
                !slot.close_after_response.get() && slot.protocol.get().is_some_and(|p| p.sleeps)
            });
        if sleeping {
            return self.call_from_service(ev as c_int, data);
        }
        if ev != mg_event::MG_EV_POLL && profile::wanted() {
            profile::event(self, ev as c_int);
        }
        self.fire(ev as c_int, data);
    }

    /// Fires an event without data.
    pub fn emit(&mut self, ev: mg_event) {
        self.call(ev as c_int, ptr::null_mut());
    }

    /// Fires an event whose data is a `T` that lives for the call.
    pub fn emit_value<T>(&mut self, ev: mg_event, mut value: T) {
        self.call(ev as c_int, ptr::addr_of_mut!(value).cast());
    }

    /// User handler and its argument.
    pub fn set_handler(&mut self, handler: mg_event_handler_t, data: *mut c_void) {
        // SAFETY: LIVE.
        unsafe {
            (*self.as_ptr()).r#fn = handler;
            (*self.as_ptr()).fn_data = data;
        }
    }

    /// Takes the user handler away: it gets no events until [`Conn::put_handler`].
    pub fn take_handler(&mut self) -> Handler {
        // SAFETY: LIVE.
        let handler = unsafe { Handler((*self.as_ptr()).r#fn, (*self.as_ptr()).fn_data) };
        self.set_handler(None, ptr::null_mut());
        handler
    }

    /// Gives the user handler back.
    pub fn put_handler(&mut self, handler: Handler) {
        self.set_handler(handler.0, handler.1);
    }

    /// Attaches a service, or detaches it: its handler is called before the user's from now on.
    pub fn set_protocol(&mut self, protocol: Option<&'static Protocol>) {
        if let Some(slot) = self.slot() {
            slot.protocol.set(protocol);
        }
        // SAFETY: LIVE.
        unsafe {
            (*self.as_ptr()).pfn = if protocol.is_some() { TRAMPOLINE } else { None };
        }
    }

    /// The attached service.
    pub fn protocol(&self) -> Option<&'static Protocol> {
        self.slot()?.protocol.get()
    }

    /// Whether a service of the library is attached and the user has not replaced its handler.
    pub(crate) fn is_served(&self) -> bool {
        // SAFETY: LIVE.
        let pfn = unsafe { (*self.as_ptr()).pfn };
        pfn.map(|f| f as usize) == TRAMPOLINE.map(|f| f as usize)
    }

    /// Whether any protocol handler is attached, a user's included. Users detach one by writing NULL to `pfn`.
    pub fn has_protocol(&self) -> bool {
        // SAFETY: LIVE.
        unsafe { (*self.as_ptr()).pfn.is_some() }
    }

    /// Fails the connection as `mg_error` does: logs, sets `is_closing`, fires `MG_EV_ERROR` with `text`.
    pub fn error(&mut self, text: &str) {
        self.error_bytes(text.as_bytes());
    }

    /// The same with text that need not be UTF-8; it ends at its first NUL.
    pub fn error_bytes(&mut self, text: &[u8]) {
        const ROOM: usize = 256;
        let mut buf = [0u8; ROOM];
        for (to, from) in buf.iter_mut().take(ROOM - 1).zip(text) {
            *to = *from;
        }
        log_error!(
            "{} {} {}",
            self.id(),
            self.fd(),
            core::str::from_utf8(text).unwrap_or("(not UTF-8)")
        );
        self.set_closing(true);
        self.call(mg_event::MG_EV_ERROR as c_int, buf.as_mut_ptr().cast());
    }

    /// As [`Conn::error`], for failures that no handler can undo: clearing `is_closing` has no effect.
    pub(crate) fn fatal(&mut self, text: impl fmt::Display) {
        let mut line = log::Line::default();
        let _ = write!(line, "{text}");
        let _stack = self.manager().map(|mgr| mgr.enter());
        if let Some(slot) = self.slot() {
            slot.doomed.set(true);
        }
        self.error_bytes(line.bytes());
        self.set_closing(true);
    }
}
