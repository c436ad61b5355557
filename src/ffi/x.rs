//! `mg_x_*`: what Mongoose does not have, for bindings and foreign event loops.

use super::panic::guard;
use super::ptr::to_slice;
use crate::abi::core::{mg_connection, mg_mgr};
use crate::abi::limits::mg_x_limits;
use crate::engine::conn::Conn;
use crate::engine::mgr::{Manager, WaitHooks};
use crate::engine::poller::Poller;
use crate::engine::{close, limits, profile, wakeup};
use crate::service::{http_reply, http_server};
use core::ffi::{c_char, c_int, c_uint, c_void};
use core::ptr;

/// Sets functions that `mg_mgr_poll` calls around its kernel wait: `before` right before the thread may sleep, `after`
/// right after. A binding that holds a lock while handlers run gives it away there. NULL turns them off.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_set_wait_hooks(
    mgr: *mut mg_mgr,
    before: Option<unsafe extern "C" fn(arg: *mut c_void)>,
    after: Option<unsafe extern "C" fn(arg: *mut c_void)>,
    arg: *mut c_void,
) {
    // SAFETY: the caller passes an initialised manager.
    guard((), || unsafe {
        if let Some(m) = Manager::from_raw(mgr)
            && let Some(state) = m.state()
        {
            let hooks = before.zip(after);
            if hooks.is_some() {
                state.poller.borrow_mut().share();
            }
            state
                .hooks
                .set(hooks.map(|(before, after)| WaitHooks { before, after, arg }));
        }
    });
}

/// Ends the wait of a poll, from any thread. Returns false unless `mg_wakeup_init` was called.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_wake(mgr: *mut mg_mgr) -> bool {
    guard(false, || wakeup::poke(mgr))
}

/// Lets a connection serve HTTP requests again, after a handler of MG_EV_HTTP_HDRS took a request's body over (by
/// changing the length of the receive buffer), has consumed the body and has answered. Received bytes that are left
/// are served by the next poll.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_http_resume(c: *mut mg_connection) {
    // SAFETY: the caller passes a live connection.
    guard((), || unsafe {
        if let Some(mut conn) = Conn::from_raw(c) {
            http_server::again(&mut conn);
        }
    });
}

/// The pointer that a binding attached to a connection, NULL for none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_get_wrapper(c: *mut mg_connection) -> *mut c_void {
    // SAFETY: the caller passes a live connection.
    guard(ptr::null_mut(), || unsafe {
        Conn::from_raw(c)
            .and_then(|conn| conn.slot().map(|s| s.wrapper.get()))
            .unwrap_or(ptr::null_mut())
    })
}

/// Attaches a pointer to a connection. The library never follows it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_set_wrapper(c: *mut mg_connection, wrapper: *mut c_void) {
    // SAFETY: the caller passes a live connection.
    guard((), || unsafe {
        if let Some(conn) = Conn::from_raw(c)
            && let Some(slot) = conn.slot()
        {
            slot.wrapper.set(wrapper);
        }
    });
}

/// Queues a whole HTTP reply without formatting: status line, `headers` (each line ends in CRLF), Content-Length, body.
/// Clears `is_resp`. Returns false after MG_EV_ERROR "OOM" when memory runs out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_reply(
    c: *mut mg_connection,
    status: c_int,
    headers: *const c_char,
    headers_len: usize,
    body: *const c_void,
    body_len: usize,
) -> bool {
    // SAFETY: the caller passes a live connection and two valid runs of bytes.
    guard(false, || unsafe {
        let Some(mut conn) = Conn::from_raw(c) else {
            return false;
        };
        let headers = to_slice(headers.cast(), headers_len);
        http_reply::answer(&mut conn, status, headers, to_slice(body.cast(), body_len))
    })
}

/// Queues the head of an HTTP reply: status line, `headers` (each line ends in CRLF), the Content-Length `length` unless
/// it is negative, and the empty line. Leaves the body and `is_resp` to the caller. Returns false when memory runs out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_reply_head(
    c: *mut mg_connection,
    status: c_int,
    headers: *const c_char,
    headers_len: usize,
    length: i64,
) -> bool {
    // SAFETY: the caller passes a live connection and a valid run of bytes.
    guard(false, || unsafe {
        let Some(mut conn) = Conn::from_raw(c) else {
            return false;
        };
        let headers = to_slice(headers.cast(), headers_len);
        http_reply::answer_head(&mut conn, status, headers, usize::try_from(length).ok())
    })
}

/// Whether the connection is the library's own (wake-up).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_is_internal(c: *mut mg_connection) -> bool {
    // SAFETY: the caller passes a live connection.
    guard(false, || unsafe {
        Conn::from_raw(c).is_some_and(|conn| {
            conn.slot()
                .is_some_and(|s| s.kind.get() == crate::engine::slot::Kind::WakeUp)
        })
    })
}

/// All bit-fields of a connection as one number: `dscp` is bits 0–5, `is_listening` bit 6, and so on in their order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_flags(c: *mut mg_connection) -> c_uint {
    // SAFETY: the caller passes a live connection.
    guard(0, || unsafe {
        Conn::from_raw(c).map_or(0, |conn| conn.flags())
    })
}

/// Clears the bits of `clear`, then sets those of `set`; the numbering is that of `mg_x_flags`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_set_flags(c: *mut mg_connection, set: c_uint, clear: c_uint) {
    // SAFETY: the caller passes a live connection.
    guard((), || unsafe {
        if let Some(mut conn) = Conn::from_raw(c) {
            conn.set_flag(clear, false);
            conn.set_flag(set, true);
        }
    });
}

/// Closes a connection at once, or at the end of its turn when a poll of its manager is under way.
/// Unsent data is dropped. Returns true when it is closed and the pointer is dead.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_close_now(c: *mut mg_connection) -> bool {
    // SAFETY: the caller passes a live connection.
    guard(false, || unsafe {
        match Conn::peek(c) {
            Some(conn) => close::now_or_later(conn),
            None => false,
        }
    })
}

/// The connection with this id, NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_find(mgr: *mut mg_mgr, id: u64) -> *mut mg_connection {
    // SAFETY: the caller passes an initialised manager.
    guard(ptr::null_mut(), || unsafe {
        super::engine::to_ptr(Manager::from_raw(mgr).and_then(|m| m.find(id)))
    })
}

/// Earliest deadline of the manager's timers in milliseconds of `mg_millis`, as far as the last poll knows; 0 for none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_next_deadline(mgr: *mut mg_mgr) -> u64 {
    // SAFETY: the caller passes an initialised manager.
    guard(0, || unsafe {
        Manager::from_raw(mgr)
            .and_then(|m| m.state().and_then(|s| s.timers.get().next_due()))
            .unwrap_or(0)
    })
}

/// Sets time limits for all TCP connections of a manager, present and future, in milliseconds; 0 is none, the default.
/// A connection that is not connected `connect_ms` after it was opened, look-up included, or on which no byte was
/// received or sent for `idle_ms`, gets MG_EV_ERROR `connect timeout` or `idle timeout` and closes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_set_timeouts(mgr: *mut mg_mgr, connect_ms: c_uint, idle_ms: c_uint) {
    // SAFETY: the caller passes an initialised manager.
    guard((), || unsafe {
        if let Some(m) = Manager::from_raw(mgr) {
            m.set_timeouts(connect_ms, idle_ms);
        }
    });
}

/// Sets limits for the heads of HTTP requests on all accepted connections of a manager, present and future; 0 is none,
/// the default. A head of more than `bytes` is answered with 431, one that is not complete `ms` milliseconds after its
/// first bytes with 408; then the connection closes. MG_MAX_RECV_SIZE limits heads in any case.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_set_head_limits(mgr: *mut mg_mgr, bytes: usize, ms: c_uint) {
    // SAFETY: the caller passes an initialised manager.
    guard((), || unsafe {
        if let Some(m) = Manager::from_raw(mgr) {
            m.set_head_limits(bytes, ms);
        }
    });
}

/// Sets limits of a listener and of the connections it accepts; on another connection, its own. Copies `*limits`; NULL
/// takes them away. Returns false when memory runs out.
///
/// A request that takes too long gets MG_EV_ERROR `request timeout`, is answered with 408 and closed; a silent
/// connection gets `idle timeout`; between requests a connection closes without MG_EV_ERROR.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_set_limits(
    c: *mut mg_connection,
    limits: *const mg_x_limits,
) -> bool {
    // SAFETY: the caller passes a live connection, and NULL or readable limits.
    guard(false, || unsafe {
        let wanted = limits.as_ref().copied().unwrap_or_default();
        Conn::from_raw(c).is_some_and(|mut conn| limits::set(&mut conn, wanted))
    })
}

/// Whether listeners that the manager opens from now on share their port (SO_REUSEPORT); off at first. Several managers,
/// as a rule one per process and processor core, may then listen on one address, and the system spreads new connections,
/// or datagrams by their peers, over them. All of them have to ask for it, under one user id; any other listener on the
/// address fails as ever. What waits at a listener when it closes is lost to the others, too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_set_reuse_port(mgr: *mut mg_mgr, on: bool) {
    // SAFETY: the caller passes an initialised manager.
    guard((), || unsafe {
        if let Some(m) = Manager::from_raw(mgr) {
            m.set_reuse_port(on);
        }
    });
}

/// Begins the profiling records of a connection: MG_PROF_INIT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_prof_init(c: *mut mg_connection) {
    // SAFETY: the caller passes a live connection.
    guard((), || unsafe {
        if let Some(conn) = Conn::from_raw(c) {
            profile::start(&conn);
        }
    });
}

/// Adds a profiling record: MG_PROF_ADD. `name` is kept, not copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_prof_add(c: *mut mg_connection, name: *const c_char) {
    // SAFETY: the caller passes a live connection and a NUL-terminated name that outlives it.
    guard((), || unsafe {
        if let Some(conn) = Conn::from_raw(c) {
            profile::add(&conn, profile::name(name));
        }
    });
}

/// Logs the profiling records of a connection: MG_PROF_DUMP.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_prof_dump(c: *mut mg_connection) {
    // SAFETY: the caller passes a live connection.
    guard((), || unsafe {
        if let Some(conn) = Conn::from_raw(c) {
            profile::dump(&conn);
        }
    });
}
