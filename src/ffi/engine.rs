//! The engine chapter: managers, connections, timers, wake-up, addresses.

use super::panic::guard;
use super::print::VaArgs;
use super::ptr::to_slice;
use crate::abi::core::{mg_addr, mg_connection, mg_event_handler_t, mg_mgr, mg_str, mg_timer};
use crate::engine::conn::Conn;
use crate::engine::connect::{self, Handlers};
use crate::engine::listen;
use crate::engine::mgr::Manager;
use crate::engine::{close, platform, socket, timer, wakeup};
use crate::text::address;
use crate::text::format::{Sink, format};
use core::ffi::{CStr, c_char, c_int, c_long, c_uint, c_ulong, c_void};
use core::ptr;

// Weak C functions around their twins below: a program that is built with MG_ENABLE_SOCKET 0 defines its own.
unsafe extern "C" {
    /// Runs one turn of the event loop: waits at most `ms` milliseconds for input and output (0 = not at all, negative =
    /// for ever), then calls timers and event handlers.
    pub fn mg_mgr_poll(mgr: *mut mg_mgr, ms: c_int);
    /// Sends bytes. TCP: appends to `c->send`. UDP: sends one datagram to `c->rem` at once.
    /// Returns false when memory runs out or the datagram was not sent.
    pub fn mg_send(c: *mut mg_connection, buf: *const c_void, len: usize) -> bool;
    /// Opens a listening socket for a connection made by `mg_alloc_conn`. Returns false after an error line in the log.
    pub fn mg_open_listener(c: *mut mg_connection, url: *const c_char) -> bool;
    /// Connects to `c->rem`.
    pub fn mg_connect_resolved(c: *mut mg_connection);
}

/// Initialises a manager, whatever its memory holds. Also makes the process ignore SIGPIPE.
/// Pair with `mg_mgr_free`. The memory stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_mgr_init(mgr: *mut mg_mgr) {
    if mgr.is_null() {
        return;
    }
    guard((), || {
        // SAFETY: the caller passes memory of a struct mg_mgr.
        if let Some(m) = unsafe { Manager::init(mgr) } {
            super::install_services(&m);
        }
    });
}

/// Twin of `mg_mgr_poll`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_mgr_poll(mgr: *mut mg_mgr, ms: c_int) {
    guard((), || {
        // SAFETY: the caller passes an initialised manager.
        if let Some(mut m) = unsafe { Manager::from_raw(mgr) } {
            m.poll(ms);
        }
    });
}

/// Closes all connections (each gets MG_EV_CLOSE) and timers and frees everything but the struct itself.
/// From a handler: at the end of the outermost poll.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_mgr_free(mgr: *mut mg_mgr) {
    guard((), || {
        // SAFETY: the caller passes an initialised manager.
        if let Some(mut m) = unsafe { Manager::from_raw(mgr) } {
            m.free();
        }
    });
}

/// Opens a listener.
///
/// `url`: `scheme://host:port` with a literal host; only `udp:` makes datagrams; port 0 picks one (see `c->loc`).
/// `fn`, `fn_data`: user handler of the listener and its children. Returns the listener, or NULL after an error line in
/// the log; no event fires then. Owned by the manager.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_listen(
    mgr: *mut mg_mgr,
    url: *const c_char,
    r#fn: mg_event_handler_t,
    fn_data: *mut c_void,
) -> *mut mg_connection {
    guard(ptr::null_mut(), || {
        // SAFETY: the caller passes an initialised manager and a NUL-terminated URL.
        unsafe {
            let Some(m) = Manager::from_raw(mgr) else {
                return ptr::null_mut();
            };
            let url = if url.is_null() {
                c""
            } else {
                CStr::from_ptr(url)
            };
            to_ptr(listen::listen(&m, url.to_bytes(), r#fn, fn_data))
        }
    })
}

/// Opens an outbound connection.
///
/// Returns it, or NULL for a NULL or empty URL or when memory runs out. Every other failure is reported to the handler
/// by MG_EV_ERROR and MG_EV_CLOSE. For literal addresses the first events fire before this returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_connect(
    mgr: *mut mg_mgr,
    url: *const c_char,
    r#fn: mg_event_handler_t,
    fn_data: *mut c_void,
) -> *mut mg_connection {
    // SAFETY: the caller's promises are those of mg_connect_svc.
    unsafe { mg_connect_svc(mgr, url, r#fn, fn_data, None, ptr::null_mut()) }
}

/// As `mg_connect`, with a protocol handler `pfn` and its argument set before MG_EV_OPEN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_connect_svc(
    mgr: *mut mg_mgr,
    url: *const c_char,
    r#fn: mg_event_handler_t,
    fn_data: *mut c_void,
    pfn: mg_event_handler_t,
    pfn_data: *mut c_void,
) -> *mut mg_connection {
    let handlers = Handlers {
        handler: r#fn,
        data: fn_data,
        protocol: pfn,
        protocol_data: pfn_data,
        service: None,
    };
    // SAFETY: the caller passes an initialised manager and a NUL-terminated URL.
    guard(ptr::null_mut(), || unsafe {
        connect_url(mgr, url, handlers)
    })
}

/// Shared by every `mg_*_connect`.
///
/// # Safety
/// `mgr` is NULL or initialised, `url` is NULL or NUL-terminated.
pub(super) unsafe fn connect_url(
    mgr: *mut mg_mgr,
    url: *const c_char,
    handlers: Handlers,
) -> *mut mg_connection {
    // SAFETY: the caller's promise.
    unsafe {
        let Some(m) = Manager::from_raw(mgr) else {
            return ptr::null_mut();
        };
        let url = if url.is_null() {
            c""
        } else {
            CStr::from_ptr(url)
        };
        to_ptr(connect::connect(&m, url, handlers))
    }
}

/// Makes a connection of a socket that the caller opened; the library closes it. Returns it, or NULL when memory runs
/// out. MG_EV_OPEN fires before this returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_wrapfd(
    mgr: *mut mg_mgr,
    fd: c_int,
    r#fn: mg_event_handler_t,
    fn_data: *mut c_void,
) -> *mut mg_connection {
    guard(ptr::null_mut(), || {
        // SAFETY: the caller passes an initialised manager.
        match unsafe { Manager::from_raw(mgr) } {
            Some(m) => to_ptr(connect::wrap(&m, fd, r#fn, fn_data)),
            None => ptr::null_mut(),
        }
    })
}

/// Twin of `mg_send`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_send(c: *mut mg_connection, buf: *const c_void, len: usize) -> bool {
    // SAFETY: the caller passes a live connection and `len` bytes at `buf`.
    guard(false, || unsafe {
        let data = to_slice(buf.cast(), len);
        match Conn::peek(c) {
            _ if data.len() != len => false,
            // Queueing fires no event, so nothing has to be kept while it lasts.
            Some(mut conn) if !conn.is_udp() => conn.queue(data),
            _ => Conn::from_raw(c).is_some_and(|mut conn| conn.send_by_socket(data)),
        }
    })
}

/// Appends formatted text to `c->send`; `ap` points to a `va_list`. Returns the number of bytes, 0 after
/// MG_EV_ERROR "OOM" when memory runs out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_vprintf(
    c: *mut mg_connection,
    fmt: *const c_char,
    ap: *mut c_void,
) -> usize {
    // SAFETY: the caller passes a live connection, a NUL-terminated format and a matching va_list.
    guard(0, || unsafe {
        let Some(mut conn) = Conn::from_raw(c) else {
            return 0;
        };
        if fmt.is_null() {
            return 0;
        }
        let before = conn.send_len();
        let mut sink = conn.sink();
        let n = format(
            &mut sink,
            CStr::from_ptr(fmt).to_bytes(),
            &mut VaArgs::new(ap),
        );
        if sink.failed {
            conn.send_truncate(before);
            conn.error("OOM");
            return 0;
        }
        n
    })
}

/// Fires an event on a connection: protocol handler first, then the user's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_call(c: *mut mg_connection, ev: c_int, ev_data: *mut c_void) {
    // SAFETY: the caller passes a live connection and data that fit the event.
    guard((), || unsafe {
        if let Some(mut conn) = Conn::from_raw(c) {
            conn.call(ev, ev_data);
        }
    });
}

/// Twin of `mg_error`: `ap` points to a `va_list`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_verror(c: *mut mg_connection, fmt: *const c_char, ap: *mut c_void) {
    // SAFETY: the caller passes a live connection, a NUL-terminated format and a matching va_list.
    guard((), || unsafe {
        let Some(mut conn) = Conn::from_raw(c) else {
            return;
        };
        let mut text = ErrorText::default();
        if !fmt.is_null() {
            format(
                &mut text,
                CStr::from_ptr(fmt).to_bytes(),
                &mut VaArgs::new(ap),
            );
        }
        conn.error_bytes(text.buf.get(..text.len).unwrap_or(&[]));
    });
}

/// Text of an error event; what does not fit is left out.
struct ErrorText {
    buf: [u8; ERROR_TEXT],
    len: usize,
}

/// Longest text of MG_EV_ERROR in bytes, without its NUL.
const ERROR_TEXT: usize = 255;

impl Default for ErrorText {
    fn default() -> Self {
        ErrorText {
            buf: [0; ERROR_TEXT],
            len: 0,
        }
    }
}

impl Sink for ErrorText {
    fn write(&mut self, bytes: &[u8]) {
        let room = self.buf.get_mut(self.len..).unwrap_or(&mut []);
        let n = bytes.len().min(room.len());
        for (to, from) in room.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.len = self.len.saturating_add(n);
    }
}

/// Parses a host name literal into `addr` (never a port); see the engine chapter §18.1. Returns false and leaves
/// `addr` alone when it is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_aton(s: mg_str, addr: *mut mg_addr) -> bool {
    // SAFETY: the caller passes a valid slice and a writable address.
    guard(false, || unsafe {
        if addr.is_null() {
            return false;
        }
        let Some(parsed) = address::parse(to_slice(s.buf.cast(), s.len)) else {
            return false;
        };
        let new = listen::to_addr(parsed);
        if new.is_ip6 || s.len == 0 {
            (*addr).addr = new.addr;
        } else {
            (*addr).addr.ip4 = new.addr.ip4;
        }
        (*addr).is_ip6 = new.is_ip6;
        if new.is_ip6 {
            (*addr).scope_id = new.scope_id;
        }
        true
    })
}

/// Sets the differentiated services code point (0–63) of a connection. Returns whether the system took it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_dscp(c: *mut mg_connection, dscp: u8) -> bool {
    // SAFETY: the caller passes a live connection.
    guard(false, || match unsafe { Conn::from_raw(c) } {
        Some(mut conn) => {
            conn.set_flag(63, false);
            conn.set_flag(u32::from(dscp & 63), true);
            let (level, name) = if conn.local().is_ip6 {
                (libc::IPPROTO_IPV6, libc::IPV6_TCLASS)
            } else {
                (libc::IPPROTO_IP, libc::IP_TOS)
            };
            socket::set_option(conn.fd(), level, name, c_int::from(dscp & 63) << 2)
        }
        None => false,
    })
}

/// Turns wake-ups on. Returns true on success and when they are on already.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_wakeup_init(mgr: *mut mg_mgr) -> bool {
    // SAFETY: the caller passes an initialised manager.
    guard(false, || unsafe {
        Manager::from_raw(mgr).is_some_and(|m| wakeup::init(&m))
    })
}

/// Sends `len` bytes to the connection with this id as MG_EV_WAKEUP, from any thread; the data is copied. Returns false
/// when wake-ups are off, after `mg_mgr_free`, or when `id` is 0. The id is not checked.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_wakeup(
    mgr: *mut mg_mgr,
    id: c_ulong,
    buf: *const c_void,
    len: usize,
) -> bool {
    #[allow(clippy::unnecessary_cast)] // unsigned long has 32 bits elsewhere
    let id = id as u64;
    // SAFETY: the caller passes `len` bytes at `buf`; the manager is only compared.
    guard(false, || unsafe {
        let data = to_slice(buf.cast(), len);
        data.len() == len && wakeup::send(mgr, id, data)
    })
}

/// Allocates a connection that is not in the manager's list. NULL when memory runs out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_alloc_conn(mgr: *mut mg_mgr) -> *mut mg_connection {
    // SAFETY: the caller passes an initialised manager.
    guard(ptr::null_mut(), || unsafe {
        to_ptr(Manager::from_raw(mgr).and_then(|m| m.allocate()))
    })
}

/// Ends a connection without closing its socket: cancels look-ups, unlinks, fires MG_EV_CLOSE, frees. From a handler it
/// only sets `is_closing`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_close_conn(c: *mut mg_connection) {
    guard((), || {
        // SAFETY: the caller passes a live connection.
        if let Some(conn) = unsafe { Conn::peek(c) } {
            close::finish_or_later(conn);
        }
    });
}

/// Twin of `mg_open_listener`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_open_listener(c: *mut mg_connection, url: *const c_char) -> bool {
    // SAFETY: the caller passes a live connection and a NUL-terminated URL.
    guard(false, || unsafe {
        let Some(mut conn) = Conn::from_raw(c) else {
            return false;
        };
        !url.is_null() && listen::open(&mut conn, CStr::from_ptr(url).to_bytes())
    })
}

/// Twin of `mg_connect_resolved`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_connect_resolved(c: *mut mg_connection) {
    guard((), || {
        // SAFETY: the caller passes a live connection.
        if let Some(mut conn) = unsafe { Conn::from_raw(c) } {
            connect::open(&mut conn);
        }
    });
}

/// Copies an address of `sizeof(struct mg_addr)` bytes from `from` into `c->rem`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_multicast_restore(c: *mut mg_connection, from: *mut u8) {
    // SAFETY: the caller passes a live connection and an address, possibly unaligned.
    guard((), || unsafe {
        if let Some(mut conn) = Conn::from_raw(c)
            && !from.is_null()
        {
            conn.set_remote(from.cast::<mg_addr>().read_unaligned());
        }
    });
}

/// Joins the IPv4 multicast group `ip`, a dotted quad; errors are ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_multicast_add(c: *mut mg_connection, ip: *mut c_char) {
    // SAFETY: the caller passes a live connection and a NUL-terminated address.
    guard((), || unsafe {
        if let Some(conn) = Conn::from_raw(c)
            && !ip.is_null()
            && let Some(ip) = address::parse_v4(CStr::from_ptr(ip).to_bytes())
        {
            socket::join_multicast(conn.fd(), u32::from_ne_bytes(ip));
        }
    });
}

/// Finds the local address that the system would use toward `to`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_getlocaddr(
    _c: *mut mg_connection,
    to: *mut mg_addr,
    out: *mut mg_addr,
) {
    // SAFETY: the caller passes valid addresses.
    guard((), || unsafe {
        if to.is_null() || out.is_null() {
            return;
        }
        if let Ok(fd) = socket::open(&*to, true) {
            if socket::connect(fd, &*to).is_ok()
                && let Some(local) = socket::local_addr(fd)
            {
                *out = local;
            }
            socket::close(fd);
        }
    });
}

/// Allocates a timer and adds it to the manager. It fires from `mg_mgr_poll`; `ms` counts from the first poll.
/// Returns NULL when memory runs out. Cancel: `mg_timer_free(&mgr->timers, t); mg_free(t);`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_timer_add(
    mgr: *mut mg_mgr,
    ms: u64,
    flags: c_uint,
    r#fn: Option<unsafe extern "C" fn(arg: *mut c_void)>,
    arg: *mut c_void,
) -> *mut mg_timer {
    guard(ptr::null_mut(), || {
        if mgr.is_null() {
            return ptr::null_mut();
        }
        let t = platform::calloc(size_of::<mg_timer>()).cast::<mg_timer>();
        if t.is_null() {
            return t;
        }
        let flags = flags | crate::abi::core::MG_TIMER_AUTODELETE;
        // SAFETY: the caller passes an initialised manager; `t` is fresh.
        unsafe { timer::init(ptr::addr_of_mut!((*mgr).timers), t, ms, flags, r#fn, arg) };
        t
    })
}

/// Fills `t` and adds it at the head of the list. `ms` is the period in milliseconds, `flags` are MG_TIMER_*.
/// The memory stays the caller's and must outlive its membership.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_timer_init(
    head: *mut *mut mg_timer,
    t: *mut mg_timer,
    ms: u64,
    flags: c_uint,
    r#fn: Option<unsafe extern "C" fn(arg: *mut c_void)>,
    arg: *mut c_void,
) {
    if !head.is_null() && !t.is_null() {
        // SAFETY: the caller passes a list of live timers and a writable timer.
        guard((), || unsafe { timer::init(head, t, ms, flags, r#fn, arg) });
    }
}

/// Takes `t` out of the list, if it is in it. Frees no memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_timer_free(head: *mut *mut mg_timer, t: *mut mg_timer) {
    if !head.is_null() && !t.is_null() {
        // SAFETY: the caller passes a list of live timers.
        guard((), || unsafe { timer::unlink(head, t) });
    }
}

/// Runs the timers of a list that are due at `now_ms`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_timer_poll(head: *mut *mut mg_timer, now_ms: u64) {
    if !head.is_null() {
        // SAFETY: the caller passes a list of live timers.
        guard((), || unsafe {
            timer::poll(head, now_ms);
        });
    }
}

/// Whether the deadline `*expiration` has come; advances it by `period` milliseconds. 0 means not armed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_timer_expired(expiration: *mut u64, period: u64, now: u64) -> bool {
    // SAFETY: the caller passes a writable variable.
    guard(false, || unsafe {
        expiration
            .as_mut()
            .is_some_and(|t| timer::expired(t, period, now))
    })
}

/// Raw write to the socket, past `c->send`. Returns bytes written, MG_IO_WAIT or MG_IO_ERR.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_io_send(
    c: *mut mg_connection,
    buf: *const c_void,
    len: usize,
) -> c_long {
    use crate::abi::core::{MG_IO_ERR, MG_IO_WAIT};
    // SAFETY: the caller passes a live connection and `len` bytes at `buf`.
    guard(c_long::from(MG_IO_ERR), || unsafe {
        let Some(conn) = Conn::from_raw(c) else {
            return c_long::from(MG_IO_ERR);
        };
        let data = to_slice(buf.cast(), len);
        if data.len() != len {
            return c_long::from(MG_IO_ERR);
        }
        let io = if conn.is_udp() {
            socket::send_to(conn.fd(), data, &conn.remote())
        } else {
            socket::send(conn.fd(), data)
        };
        match io {
            socket::Io::Done(n) if n > 0 => n as c_long,
            socket::Io::WouldBlock => c_long::from(MG_IO_WAIT),
            _ => c_long::from(MG_IO_ERR),
        }
    })
}

/// Takes up to `len` bytes of received ciphertext from `c->rtls`. Returns their number or MG_IO_WAIT when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_io_recv(c: *mut mg_connection, buf: *mut c_void, len: usize) -> c_long {
    use crate::abi::core::{MG_IO_ERR, MG_IO_WAIT};
    // SAFETY: the caller passes a live connection and room for `len` bytes at `buf`.
    guard(c_long::from(MG_IO_ERR), || unsafe {
        if c.is_null() {
            return c_long::from(MG_IO_ERR);
        }
        let io = ptr::addr_of_mut!((*c).rtls);
        let n = len.min((*io).len);
        if n == 0 || buf.is_null() {
            return c_long::from(MG_IO_WAIT);
        }
        ptr::copy_nonoverlapping((*io).buf, buf.cast(), n);
        crate::engine::iobuf::del(io, 0, n);
        n as c_long
    })
}

/// The connection for C code, NULL for none.
pub(super) fn to_ptr(c: Option<Conn>) -> *mut mg_connection {
    c.map_or(ptr::null_mut(), |c| c.as_ptr())
}
