//! Connecting (engine chapter §8).

use super::backend;
use super::conn::Conn;
use super::listen::to_addr;
use super::log;
use super::mgr::Manager;
use super::socket;
use super::stack::Hold;
use super::timeouts;
use super::turn;
use crate::abi::core::{flag, mg_event, mg_event_handler_t};
use crate::text::address;
use crate::wire::url;
use core::ffi::{CStr, c_int, c_void};

/// What a new outbound connection starts with.
pub struct Handlers {
    /// User handler.
    pub handler: mg_event_handler_t,
    /// Its argument.
    pub data: *mut c_void,
    /// Protocol handler.
    pub protocol: mg_event_handler_t,
    /// Its argument.
    pub protocol_data: *mut c_void,
    /// Service behind the protocol handler, when it is one of ours.
    pub service: Option<&'static super::protocol::Protocol>,
}

/// Opens an outbound connection. `None` only for an empty URL or when memory runs out; every other failure is
/// reported to the handler by ERROR and CLOSE. Events of literal addresses fire before this returns.
pub fn connect(mgr: &Manager, url: &CStr, handlers: Handlers) -> Option<Conn> {
    let bytes = url.to_bytes();
    if bytes.is_empty() {
        log_error!("null url");
        return None;
    }
    let mut c = mgr.allocate()?;
    let hold = mgr.hold(&c);
    mgr.link(&c);
    c.set_udp(bytes.starts_with(b"udp:"));
    c.set_flag(flag::CLIENT, true);
    c.set_handler(handlers.handler, handlers.data);
    c.set_tls(url::is_ssl(bytes));
    // SAFETY: LIVE.
    unsafe {
        (*c.as_ptr()).pfn = handlers.protocol;
        (*c.as_ptr()).pfn_data = handlers.protocol_data;
    }
    if let Some(slot) = c.slot() {
        slot.protocol.set(handlers.service);
    }
    log_debug!(
        "{} -1 {}",
        c.id(),
        core::str::from_utf8(bytes).unwrap_or("?")
    );
    c.call(
        mg_event::MG_EV_OPEN as c_int,
        url.as_ptr().cast_mut().cast(),
    );
    resolve(&mut c, bytes);
    finish_open(mgr, c, hold)
}

/// The connection, unless a handler has freed the manager meanwhile.
pub(crate) fn finish_open(mgr: &Manager, c: Conn, hold: Hold) -> Option<Conn> {
    let kept = mgr.is_open();
    drop(hold);
    kept.then_some(c)
}

/// `mg_resolve`: sets `rem` from the URL, at once for literals, else through the resolver.
pub fn resolve(c: &mut Conn, url: &[u8]) {
    let mut rem = c.remote();
    let Some(port) = url::port_checked(url).filter(|_| !url.starts_with(b"unix:")) else {
        return c.fatal("invalid URL");
    };
    rem.port = port.to_be();
    c.set_remote(rem);
    if let Some(literal) = address::parse(url::host(url)) {
        let mut addr = to_addr(literal);
        addr.port = rem.port;
        c.set_remote(addr);
        return resolved(c);
    }
    match c
        .manager()
        .and_then(|m| m.state().and_then(|s| s.resolver.get()))
    {
        Some(resolver) => (resolver.start)(c, url),
        None => c.fatal("resolver"),
    }
}

/// `rem` is complete: the back-end connects.
pub fn resolved(c: &mut Conn) {
    if backend::is_the_programs() {
        backend::connect_resolved(c);
    } else {
        open(c);
    }
}

/// `mg_connect_resolved`: `rem` is complete; opens the socket and connects. A listener only learns the address.
pub fn open(c: &mut Conn) {
    let _hold = c.manager().map(|mgr| mgr.hold(c));
    c.set_resolving(false);
    if c.is_listening() || c.fd() != socket::INVALID {
        c.emit(mg_event::MG_EV_RESOLVE);
        return;
    }
    let udp = c.is_udp();
    let fd = match socket::open(&c.remote(), udp) {
        Ok(fd) => fd,
        Err(e) => {
            log_debug!("{} socket errno {}", c.id(), e);
            return fail(c, "socket()", e);
        }
    };
    c.set_fd(fd);
    if udp {
        if let Some(local) = socket::local_addr(fd) {
            c.set_local(local);
        }
    } else {
        socket::tune_stream(fd);
    }
    c.emit(mg_event::MG_EV_RESOLVE);
    if !turn::register(c) {
        return fail(c, "poller", socket::errno());
    }
    if udp {
        c.emit(mg_event::MG_EV_CONNECT);
        plain_unless_handshake(c);
        return;
    }
    match socket::connect(fd, &c.remote()) {
        Ok(true) => connected(c),
        Ok(false) => {
            log_debug!(
                "{} {} connecting -> {}",
                c.id(),
                fd,
                log::Address(c.remote())
            );
            c.set_connecting(true);
            turn::update_interest(c);
        }
        Err(e) => fail(c, "connect", e),
    }
}

fn fail(c: &mut Conn, what: &str, errno: c_int) {
    c.fatal(format_args!("{what}: {errno}"));
}

/// The pending connect has come to an end.
pub(crate) fn finish(c: &mut Conn) {
    if socket::has_peer(c.fd()) {
        connected(c);
    } else {
        log_debug!(
            "{} {} connect errno {}",
            c.id(),
            c.fd(),
            socket::take_error(c.fd())
        );
        c.fatal("socket error");
    }
}

fn connected(c: &mut Conn) {
    c.set_connecting(false);
    timeouts::progress(c);
    if let Some(local) = socket::local_addr(c.fd()) {
        c.set_local(local);
    }
    c.emit(mg_event::MG_EV_CONNECT);
    if c.is_tls_hs() {
        super::tls::handshake(c);
    } else {
        plain_unless_handshake(c);
    }
}

/// After CONNECT or ACCEPT: a TLS URL for which nobody called `mg_tls_init` stays plain, which is worth a line.
pub(crate) fn plain_unless_handshake(c: &mut Conn) {
    if c.is_tls_hs() || !c.is_tls() {
        return;
    }
    c.set_tls(false);
    if let Some(slot) = c.slot()
        && !slot.warned_plain.replace(true)
    {
        log_error!(
            "{} TLS URL without mg_tls_init: the connection is not encrypted",
            c.id()
        );
    }
}

/// `mg_wrapfd`: makes a connection of a socket that the caller opened. The engine closes it.
pub fn wrap(
    mgr: &Manager,
    fd: c_int,
    handler: mg_event_handler_t,
    data: *mut c_void,
) -> Option<Conn> {
    let mut c = mgr.allocate()?;
    let hold = mgr.hold(&c);
    c.set_fd(fd);
    c.set_handler(handler, data);
    if !turn::register(&c) {
        log_error!("{} {} cannot be polled", c.id(), fd);
        if let Some(slot) = c.slot() {
            slot.failed.set(true);
        }
    }
    c.emit(mg_event::MG_EV_OPEN);
    mgr.link(&c);
    finish_open(mgr, c, hold)
}
