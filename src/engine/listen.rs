//! Listening and accepting (engine chapter §7 and §9).

use super::backend;
use super::close;
use super::conn::Conn;
use super::connect;
use super::limits;
use super::log;
use super::mgr::Manager;
use super::platform;
use super::socket;
use super::turn;
use crate::abi::core::{flag, mg_addr, mg_event, mg_event_handler_t};
use crate::text::address::{self, Address};
use crate::wire::url;
use core::ffi::{c_int, c_void};

/// Connections accepted per listener and poll.
const ACCEPT_BATCH: usize = 64;

/// Milliseconds that a listener rests after the system refused an accept (out of descriptors, for example).
pub const ACCEPT_BACKOFF_MS: u64 = 100;

/// Opens a listener. `None` on failure, after an error line in the log; no event fires then.
pub fn listen(
    mgr: &Manager,
    url: &[u8],
    handler: mg_event_handler_t,
    data: *mut c_void,
) -> Option<Conn> {
    let mut c = mgr.allocate()?;
    let opened = if backend::is_the_programs() {
        backend::open_listener(&mut c, url)
    } else {
        open(&mut c, url)
    };
    if !opened {
        log_error!("Failed: {}", show(url));
        close::discard(c);
        return None;
    }
    c.set_listening(true);
    c.set_udp(url.starts_with(b"udp:"));
    c.set_handler(handler, data);
    c.set_tls(url::is_ssl(url));
    let hold = mgr.hold(&c);
    mgr.link(&c);
    log_debug!("{} {} {}", c.id(), c.fd(), show(url));
    c.emit(mg_event::MG_EV_OPEN);
    connect::finish_open(mgr, c, hold)
}

impl Manager {
    /// Whether listeners that open from now on share their port with others that do the same, in this process or in
    /// others of the same user. The system then spreads new connections, and datagrams by their peers, over all of them.
    pub fn set_reuse_port(&self, on: bool) {
        if let Some(state) = self.state() {
            state.reuse_port.set(on);
        }
    }
}

/// Binds a socket for `url` and registers it.
pub fn open(c: &mut Conn, url: &[u8]) -> bool {
    let Some(addr) = listening_address(url) else {
        log_error!("invalid listening URL: {}", show(url));
        return false;
    };
    let udp = url.starts_with(b"udp:");
    let share = c
        .manager()
        .as_ref()
        .and_then(Manager::state)
        .is_some_and(|state| state.reuse_port.get());
    match open_socket(&addr, udp, share) {
        Ok(fd) => {
            c.set_fd(fd);
            c.set_local(socket::local_addr(fd).unwrap_or(addr));
            if turn::register(c) {
                return true;
            }
            log_error!("poller: {}", socket::errno());
            socket::close(fd);
            c.set_fd(socket::INVALID);
            false
        }
        Err((what, errno)) => {
            log_error!("{}: {}", what, errno);
            false
        }
    }
}

fn open_socket(addr: &mg_addr, udp: bool, share: bool) -> Result<c_int, (&'static str, c_int)> {
    let fd = socket::open(addr, udp).map_err(|e| ("socket", e))?;
    let v6only = platform::settings().ipv6_v6only != 0;
    let backlog = c_int::try_from(platform::settings().listen_backlog).unwrap_or(c_int::MAX);
    let result = if !socket::set_option(fd, libc::SOL_SOCKET, libc::SO_REUSEADDR, 1) {
        Err(("setsockopt(SO_REUSEADDR)", socket::errno()))
    } else if share && !socket::set_option(fd, libc::SOL_SOCKET, libc::SO_REUSEPORT, 1) {
        Err(("setsockopt(SO_REUSEPORT)", socket::errno()))
    } else if addr.is_ip6
        && v6only
        && !socket::set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, 1)
    {
        Err(("setsockopt(IPV6_V6ONLY)", socket::errno()))
    } else if let Err(e) = socket::bind(fd, addr) {
        Err(("bind", e))
    } else if !udp && let Err(e) = socket::listen(fd, backlog) {
        Err(("listen", e))
    } else {
        Ok(fd)
    };
    if result.is_err() {
        socket::close(fd);
    }
    result
}

/// Address of a listening URL: literals only; `unix:` and ports beyond 65535 are refused.
fn listening_address(url: &[u8]) -> Option<mg_addr> {
    if url.starts_with(b"unix:") {
        return None;
    }
    let mut addr = to_addr(address::parse(url::host(url))?);
    addr.port = url::port_checked(url)?.to_be();
    Some(addr)
}

/// Public form of a parsed address, port 0.
pub fn to_addr(parsed: Address) -> mg_addr {
    let mut addr = socket::no_addr();
    match parsed {
        Address::V4(ip) => addr.addr.ip4 = u32::from_ne_bytes(ip),
        Address::V6(ip, zone) => {
            addr.addr.ip = ip;
            addr.scope_id = zone;
            addr.is_ip6 = true;
        }
    }
    addr
}

/// Accepts what is waiting, up to a batch.
pub(crate) fn accept(listener: &mut Conn) {
    for _ in 0..ACCEPT_BATCH {
        if limits::is_crowded(listener) {
            return turn::update_interest(listener);
        }
        match socket::accept(listener.fd()) {
            Ok((fd, peer)) => {
                if let Err(what) = adopt(listener, fd, peer) {
                    return rest(listener, what);
                }
            }
            Err(libc::EAGAIN) => return,
            // The peer gave up while it was waiting: nothing is wrong with the listener.
            Err(libc::ECONNABORTED | libc::EPROTO) => {}
            Err(e) => {
                return rest(listener, e);
            }
        }
        if listener.is_closing() || listener.is_full() {
            return;
        }
    }
}

/// The system has no descriptor or memory for another connection: looks again after a while, and says so once.
fn rest(listener: &Conn, errno: c_int) {
    let Some(slot) = listener.slot() else { return };
    slot.backoff_until
        .set(platform::millis().saturating_add(ACCEPT_BACKOFF_MS));
    if !slot.accept_failed.replace(true) {
        log_error!("{} accept failed, errno {}", listener.id(), errno);
    }
}

fn adopt(listener: &mut Conn, fd: c_int, peer: mg_addr) -> Result<(), c_int> {
    let child = listener
        .manager()
        .and_then(|mgr| Some((mgr.allocate()?, mgr)));
    let Some((mut c, mgr)) = child else {
        socket::close(fd);
        return Err(libc::ENOMEM);
    };
    c.set_fd(fd);
    socket::tune_stream(fd);
    c.set_remote(peer);
    if let Some(local) = socket::local_addr(fd) {
        c.set_local(local);
    }
    c.set_flag(flag::ACCEPTED, true);
    c.set_flag(listener.flags() & (flag::TLS | flag::HEXDUMPING), true);
    if !turn::register(&c) {
        let errno = socket::errno();
        socket::close(fd);
        c.set_fd(socket::INVALID);
        close::discard(c);
        return Err(errno);
    }
    if let Some(slot) = listener.slot() {
        slot.accept_failed.set(false);
    }
    inherit(&c, listener);
    limits::inherit(&c, listener);
    let _hold = mgr.hold(&c);
    mgr.link(&c);
    log_debug!(
        "{} {} accepted {} -> {}",
        c.id(),
        fd,
        log::Address(peer),
        log::Address(c.local())
    );
    c.emit(mg_event::MG_EV_OPEN);
    c.emit(mg_event::MG_EV_ACCEPT);
    connect::plain_unless_handshake(&mut c);
    Ok(())
}

fn inherit(c: &Conn, listener: &Conn) {
    // SAFETY: LIVE for both.
    unsafe {
        let (to, from) = (c.as_ptr(), listener.as_ptr());
        (*to).r#fn = (*from).r#fn;
        (*to).fn_data = (*from).fn_data;
        (*to).pfn = (*from).pfn;
        (*to).pfn_data = (*from).pfn_data;
    }
    if let Some((to, from)) = c.slot().zip(listener.slot()) {
        to.protocol.set(from.protocol.get());
    }
}

fn show(url: &[u8]) -> &str {
    core::str::from_utf8(url).unwrap_or("(not UTF-8)")
}
