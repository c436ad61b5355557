//! The seam between the engine and the services: a protocol handler written in safe code.

use super::conn::Conn;
use super::event::Event;
use crate::abi::core::{mg_connection, mg_event_handler_t};
use core::ffi::{c_int, c_void};

/// A service attached to a connection. Its `on_event` runs before the user's handler, for every event.
pub struct Protocol {
    /// Name, for logs.
    pub name: &'static str,
    /// It has nothing to do in POLL and WRITE while nothing is received: neither costs a call then.
    pub sleeps: bool,
    /// The peer sends requests, one after the other: the limits for requests hold.
    pub requests: bool,
    /// Called for every event.
    pub on_event: fn(&mut Conn, Event<'_>),
}

/// The value of `mg_connection.pfn` while a [`Protocol`] is attached.
pub const TRAMPOLINE: mg_event_handler_t = Some(trampoline);

unsafe extern "C" fn trampoline(c: *mut mg_connection, ev: c_int, ev_data: *mut c_void) {
    // SAFETY: handlers are called with a live connection.
    let Some(mut conn) = (unsafe { Conn::peek(c) }) else {
        return;
    };
    let Some(protocol) = conn.protocol().or_else(|| adopt(&conn)) else {
        return;
    };
    // SAFETY: `ev_data` is what the event table of the engine chapter says for `ev`.
    let event = unsafe { Event::from_raw(ev, ev_data) };
    let done = super::guard::run(false, || {
        (protocol.on_event)(&mut conn, event);
        true
    });
    if !done {
        conn.error("internal error");
    }
}

/// The service of a connection whose handlers a program has copied by hand, as `accept` does, from a listener: that of
/// the one with the same user handler, else of any.
#[cold]
fn adopt(conn: &Conn) -> Option<&'static Protocol> {
    let mgr = conn.manager()?;
    let served = || mgr.conns().filter(|c| c.is_listening() && c.is_served());
    let listener = served()
        .find(|c| c.has_handler_of(conn))
        .or_else(|| served().next())?;
    let protocol = listener.protocol();
    conn.slot()?.protocol.set(protocol);
    protocol
}
