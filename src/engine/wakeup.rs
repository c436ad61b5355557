//! Wake-up: messages from other threads.
//!
//! An in-process queue per manager plus an eventfd. The queues of all managers sit behind one lock, keyed by the
//! manager's address, so that `mg_wakeup` may race with `mg_mgr_free`: it finds the queue or it does not.

use super::conn::Conn;
use super::lock::Lock;
use super::mgr::Manager;
use super::slot::Kind;
use super::socket;
use crate::abi::core::{mg_connection, mg_event, mg_mgr, mg_str};
use alloc::vec::Vec;
use core::ffi::c_int;

struct Queue {
    mgr: usize,
    fd: c_int,
    messages: Vec<(u64, Vec<u8>)>,
}

static QUEUES: Lock<Vec<Queue>> = Lock::new(Vec::new());

/// Turns wake-ups on: makes the internal connection and sets `mgr->pipe`. True also when they are on already.
pub fn init(mgr: &Manager) -> bool {
    if !mgr.is_open() {
        return false;
    }
    if QUEUES.with(|queues| queues.iter().any(|q| q.mgr == mgr.as_ptr() as usize)) {
        return true;
    }
    // SAFETY: no preconditions.
    let fd = unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) };
    if fd < 0 {
        log_error!(
            "Cannot create wake-up descriptor, errno {}",
            socket::errno()
        );
        return false;
    }
    let Some(mut c) = mgr.allocate() else {
        socket::close(fd);
        return false;
    };
    let queued = QUEUES.with(|queues| {
        if queues.try_reserve(1).is_err() {
            return false;
        }
        queues.push(Queue {
            mgr: mgr.as_ptr() as usize,
            fd,
            messages: Vec::new(),
        });
        true
    });
    if let Some(slot) = c.slot() {
        slot.kind.set(Kind::WakeUp);
    }
    c.set_fd(fd);
    if !queued || !super::turn::register(&c) {
        forget(mgr.as_ptr());
        socket::close(fd);
        c.set_fd(socket::INVALID);
        super::close::discard(c);
        return false;
    }
    c.emit(mg_event::MG_EV_OPEN);
    mgr.link(&c);
    // SAFETY: MGR.
    unsafe { (*mgr.as_ptr()).pipe.fd = fd };
    true
}

/// Queues a message for connection `id` and ends the wait. Any thread. False when wake-ups are off or `id` is 0.
pub fn send(mgr: *mut mg_mgr, id: u64, data: &[u8]) -> bool {
    if id == 0 {
        return false;
    }
    let mut copy = Vec::new();
    if copy.try_reserve_exact(data.len()).is_err() {
        return false;
    }
    copy.extend_from_slice(data);
    QUEUES.with(|queues| {
        let Some(queue) = queues.iter_mut().find(|q| q.mgr == mgr as usize) else {
            return false;
        };
        if queue.messages.try_reserve(1).is_err() {
            return false;
        }
        // Whoever queued the first message has rung; the bell is read before the queue is emptied.
        if queue.messages.is_empty() {
            ring(queue.fd);
        }
        queue.messages.push((id, copy));
        true
    })
}

/// Ends the wait of the manager. Any thread. False when wake-ups are off.
pub fn poke(mgr: *mut mg_mgr) -> bool {
    QUEUES.with(
        |queues| match queues.iter().find(|q| q.mgr == mgr as usize) {
            Some(queue) => {
                ring(queue.fd);
                true
            }
            None => false,
        },
    )
}

fn ring(fd: c_int) {
    let one: u64 = 1;
    // SAFETY: eight bytes; the descriptor is non-blocking, and a full counter means it is readable already.
    unsafe { libc::write(fd, core::ptr::addr_of!(one).cast(), 8) };
}

/// The internal connection is readable: delivers all pending messages in order.
pub(crate) fn deliver(c: &mut Conn) {
    let mut count: u64 = 0;
    // SAFETY: eight bytes.
    unsafe { libc::read(c.fd(), core::ptr::addr_of_mut!(count).cast(), 8) };
    let Some(mgr) = c.manager() else { return };
    let messages =
        QUEUES.with(
            |queues| match queues.iter_mut().find(|q| q.mgr == mgr.as_ptr() as usize) {
                Some(queue) => core::mem::take(&mut queue.messages),
                None => Vec::new(),
            },
        );
    let index = if messages.len() >= MANY {
        Index::of(&mgr)
    } else {
        Index::default()
    };
    for (id, mut data) in messages {
        if let Some(mut target) = index.find(id).or_else(|| mgr.find(id)) {
            target.emit_value(
                mg_event::MG_EV_WAKEUP,
                mg_str {
                    buf: data.as_mut_ptr().cast(),
                    len: data.len(),
                },
            );
        }
    }
}

/// Messages from which on one pass over the connections costs less than a search for each.
const MANY: usize = 8;

/// Connections by id, for one delivery: nothing of it is freed before the turn ends.
#[derive(Default)]
struct Index(Vec<(u64, *mut mg_connection)>);

impl Index {
    /// All connections; none when memory runs out.
    fn of(mgr: &Manager) -> Self {
        let mut all = Vec::new();
        for c in mgr.conns() {
            if all.try_reserve(1).is_err() {
                return Index::default();
            }
            all.push((c.id(), c.as_ptr()));
        }
        all.sort_unstable();
        Index(all)
    }

    fn find(&self, id: u64) -> Option<Conn> {
        let at = self.0.binary_search_by_key(&id, |entry| entry.0).ok()?;
        // SAFETY: LIVE: the poll that delivers is on the stack.
        let c = unsafe { Conn::peek(self.0.get(at)?.1) }?;
        c.slot().is_some_and(|slot| !slot.dead.get()).then_some(c)
    }
}

/// Turns wake-ups off: the internal connection closes or the manager goes.
pub(crate) fn forget(mgr: *mut mg_mgr) {
    QUEUES.with(|queues| {
        queues.retain(|q| q.mgr != mgr as usize);
        if queues.is_empty() {
            *queues = Vec::new(); // nothing stays allocated
        }
    });
    // SAFETY: MGR.
    unsafe { (*mgr).pipe.fd = socket::INVALID };
}
