//! The manager: life cycle, list of connections, private state.
//!
//! `struct mg_mgr` is the user's memory. Its private state hangs on `active_dns_requests`, an opaque pointer field
//! that programs have no use for. INVARIANT MGR: it is NULL or points to the `State` made by [`Manager::init`], which
//! lives until the manager is freed.

use super::alloc::try_box;
use super::backend;
use super::buffers::Pool;
use super::conn::{Conn, state::state_in};
use super::poller::{Poller, System};
use super::resolver::Resolver;
use super::table::Table;
use super::timeouts::Timeouts;
use super::timer::TimerCache;
use super::{profile, reserve, slot, timer, wakeup};
use crate::abi::core::{mg_connection, mg_mgr};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;
use core::cell::{Cell, RefCell, RefMut};
use core::ffi::{c_ulong, c_void};
use core::ptr::{self, NonNull};

/// Functions around the kernel wait, for bindings that hold a lock during the rest of a poll.
#[derive(Clone, Copy)]
pub struct WaitHooks {
    /// Called right before the thread may sleep.
    pub before: unsafe extern "C" fn(arg: *mut c_void),
    /// Called right after.
    pub after: unsafe extern "C" fn(arg: *mut c_void),
    /// Argument of both.
    pub arg: *mut c_void,
}

/// Private state of a manager.
/// What a service does once in each poll; it gets the time.
pub type EachPoll = fn(&Manager, u64);

pub(crate) struct State {
    pub poller: RefCell<System>,
    pub table: RefCell<Table>,
    pub pool: RefCell<Pool>,
    /// Closed connections whose memory is freed when nothing is on the stack, linked by `prev`.
    pub graveyard: Cell<*mut mg_connection>,
    /// Polls and calls into handlers on the stack.
    pub depth: Cell<u32>,
    /// `mg_mgr_free` is under way: nothing new may open.
    pub freeing: Cell<bool>,
    /// `mg_mgr_free` was called from a handler.
    pub free_later: Cell<bool>,
    pub hooks: Cell<Option<WaitHooks>>,
    pub timers: Cell<TimerCache>,
    pub timeouts: Cell<Timeouts>,
    /// Limits of listeners.
    pub limits: RefCell<Vec<super::limits::Entry>>,
    /// When their time limits need a look, milliseconds; 0 = never.
    pub sweep_at: Cell<u64>,
    /// Time of the poll, milliseconds.
    pub now: Cell<u64>,
    /// Listeners that open share their port, see [`Manager::set_reuse_port`].
    pub reuse_port: Cell<bool>,
    /// Most bytes of an HTTP head; 0 = no limit.
    pub head_bytes: Cell<usize>,
    pub resolver: Cell<Option<&'static Resolver>>,
    /// Called in each poll between timers and connections.
    pub each_poll: Cell<Option<EachPoll>>,
    /// Something was left, since the last pass, that only the next one does.
    pub left_to_pass: Cell<bool>,
    /// What one round found ready, and for what.
    pub ready: RefCell<Vec<(super::poller::Token, u8)>>,
    /// Room for the datagram that is being received.
    pub datagram: RefCell<Vec<u8>>,
    /// State of services that belongs to the whole manager, one entry per type.
    pub states: RefCell<Vec<Box<dyn Any>>>,
}

/// Handle of a manager.
pub struct Manager {
    ptr: NonNull<mg_mgr>,
}

impl Manager {
    /// Handle of `mgr`, `None` for NULL.
    ///
    /// # Safety
    /// `mgr` is NULL or an initialised manager that outlives the handle.
    pub unsafe fn from_raw(mgr: *mut mg_mgr) -> Option<Manager> {
        NonNull::new(mgr).map(|ptr| Manager { ptr })
    }

    /// The manager for C code.
    pub fn as_ptr(&self) -> *mut mg_mgr {
        self.ptr.as_ptr()
    }

    /// Private state; `None` when the manager is not initialised or already freed.
    pub(crate) fn state(&self) -> Option<&State> {
        // SAFETY: MGR.
        unsafe {
            (*self.as_ptr())
                .active_dns_requests
                .cast::<State>()
                .as_ref()
        }
    }

    /// Initialises the memory at `mgr`, whatever it holds.
    ///
    /// # Safety
    /// `mgr` points to writable memory of a `struct mg_mgr`.
    pub unsafe fn init(mgr: *mut mg_mgr) -> Option<Manager> {
        // SAFETY: the caller's promise; SIGPIPE must not kill a server.
        unsafe {
            ptr::write_bytes(mgr, 0, 1);
            (*mgr).epoll_fd = -1;
            (*mgr).pipe.fd = super::socket::INVALID;
            (*mgr).dns4.url = c"udp://8.8.8.8:53".as_ptr();
            (*mgr).dns6.url = c"udp://[2001:4860:4860::8888]:53".as_ptr();
            (*mgr).dnstimeout = 3000;
            libc::signal(libc::SIGPIPE, libc::SIG_IGN);
        }
        // One that lay here before and was never freed may have left its queue of wake-ups.
        wakeup::forget(mgr);
        // Without memory the manager stays empty: nothing opens in it.
        if !reserve::open() {
            return None;
        }
        let state = try_box(State {
            poller: RefCell::new(System::new()),
            table: RefCell::new(Table::default()),
            pool: RefCell::new(Pool::default()),
            graveyard: Cell::new(ptr::null_mut()),
            depth: Cell::new(0),
            freeing: Cell::new(false),
            free_later: Cell::new(false),
            hooks: Cell::new(None),
            timers: Cell::new(TimerCache::default()),
            timeouts: Cell::new(Timeouts::default()),
            limits: RefCell::new(Vec::new()),
            sweep_at: Cell::new(0),
            now: Cell::new(super::platform::millis()),
            reuse_port: Cell::new(false),
            head_bytes: Cell::new(0),
            resolver: Cell::new(None),
            left_to_pass: Cell::new(false),
            each_poll: Cell::new(None),
            ready: RefCell::new(Vec::new()),
            datagram: RefCell::new(Vec::new()),
            states: RefCell::new(Vec::new()),
        });
        let Some(state) = state else {
            reserve::close();
            return None;
        };
        let epoll_fd = state.poller.borrow().fd();
        let tls = if cfg!(feature = "tls") {
            "custom"
        } else {
            "none"
        };
        log_debug!(
            "MG_IO_SIZE: {}, TLS: {}",
            super::platform::settings().io_size,
            tls
        );
        // SAFETY: as above.
        unsafe {
            (*mgr).epoll_fd = epoll_fd;
            (*mgr).active_dns_requests = Box::into_raw(state).cast();
            Manager::from_raw(mgr)
        }
    }

    /// Frees all: timers, connections (each gets POLL, then CLOSE), private state. From a handler: when the last
    /// handler has returned, timers at once.
    pub fn free(&mut self) {
        self.free_timers();
        let Some(state) = self.state() else { return };
        state.freeing.set(true);
        if self.is_busy() {
            state.free_later.set(true);
            for mut c in self.conns() {
                c.set_closing(true);
            }
            return;
        }
        // Handlers that free the manager once more come to nothing while this is on the stack.
        let stack = self.enter();
        // A handler may clear `is_closing`; nothing new can open, so a few rounds end it, and the last one is forced.
        while self.first().is_some() {
            for mut c in self.conns() {
                c.set_closing(true);
                if let Some(slot) = c.slot() {
                    slot.doomed.set(true);
                }
            }
            if backend::is_the_programs() {
                backend::last_poll(self);
            } else {
                self.poll(0);
            }
        }
        self.free_timers(); // those that CLOSE handlers have added
        if let Some(state) = self.state() {
            state.free_later.set(false);
        }
        drop(stack);
        log_debug!("All connections closed");
        wakeup::forget(self.as_ptr());
        let mgr = self.as_ptr();
        // SAFETY: MGR; services' state is dropped while the manager still looks alive to them.
        unsafe {
            let state = (*mgr).active_dns_requests.cast::<State>();
            let states = core::mem::take(&mut *(*state).states.borrow_mut());
            drop(states);
            (*mgr).active_dns_requests = ptr::null_mut();
            drop(Box::from_raw(state));
            reserve::close();
            (*mgr).epoll_fd = -1;
            (*mgr).tls_ctx = ptr::null_mut();
            (*mgr).conns = ptr::null_mut();
            (*mgr).timers = ptr::null_mut();
        }
    }

    fn free_timers(&self) {
        // SAFETY: the list head belongs to this manager.
        unsafe { timer::free_all(ptr::addr_of_mut!((*self.as_ptr()).timers)) };
    }

    /// Whether new connections may open.
    pub fn is_open(&self) -> bool {
        self.state().is_some_and(|s| !s.freeing.get())
    }

    /// State of type `T` that belongs to the manager, made by `T::default()` at first use.
    pub fn state_of<T: Any + Default>(&self) -> Option<RefMut<'_, T>> {
        state_in(&self.state()?.states)
    }

    /// Newest connection.
    pub fn first(&self) -> Option<Conn> {
        // SAFETY: connections in the list are live.
        unsafe { Conn::peek((*self.as_ptr()).conns) }
    }

    /// All connections, newest first. Tolerates connections that open at the head meanwhile.
    pub fn conns(&self) -> Conns {
        // SAFETY: MGR.
        let next = unsafe { (*self.as_ptr()).conns };
        Conns { next }
    }

    /// The connection with this id.
    pub fn find(&self, id: u64) -> Option<Conn> {
        self.conns().find(|c| c.id() == id)
    }

    /// A new connection with the next id, not yet in the list; `None` when memory runs out or the manager closes.
    pub fn allocate(&self) -> Option<Conn> {
        if !self.is_open() {
            return None;
        }
        let c = slot::allocate()?;
        let io_size = super::platform::settings().io_size;
        // SAFETY: LIVE; the manager is initialised.
        unsafe {
            let p = c.as_ptr();
            (*p).mgr = self.as_ptr();
            (*p).fd = super::conn::fd_to_ptr(super::socket::INVALID);
            (*p).recv.align = io_size;
            (*p).send.align = io_size;
            (*p).rtls.align = io_size;
            (*self.as_ptr()).nextid = (*self.as_ptr()).nextid.wrapping_add(1);
            (*p).id = (*self.as_ptr()).nextid as c_ulong;
        }
        if profile::wanted() {
            profile::start(&c);
        }
        Some(c)
    }

    /// Links `c` at the head of the list.
    pub(crate) fn link(&self, c: &Conn) {
        // SAFETY: LIVE for both connections.
        unsafe {
            let mgr = self.as_ptr();
            let head = (*mgr).conns;
            (*c.as_ptr()).next = head;
            if let Some(old) = Conn::peek(head)
                && let Some(slot) = old.slot()
            {
                slot.prev.set(c.as_ptr());
            }
            if let Some(slot) = c.slot() {
                slot.prev.set(ptr::null_mut());
                slot.linked.set(true);
            }
            (*mgr).conns = c.as_ptr();
        }
    }

    /// Unlinks `c`. Its own `next` stays, so that walks that stand on it find their way.
    pub(crate) fn unlink(&self, c: &Conn) {
        let Some(slot) = c.slot() else { return };
        slot.linked.set(false);
        // SAFETY: LIVE; `prev` is a hint that is used only when it is still right: it is updated whenever a
        // neighbour leaves, and a list that the user relinked is walked.
        unsafe {
            let mgr = self.as_ptr();
            let p = c.as_ptr();
            let next = (*p).next;
            let hint = slot.prev.get();
            let mut before = ptr::null_mut();
            if (*mgr).conns == p {
                (*mgr).conns = next;
            } else {
                before = if !hint.is_null() && (*hint).next == p {
                    hint
                } else {
                    self.predecessor(p)
                };
                if before.is_null() {
                    return;
                }
                (*before).next = next;
            }
            if let Some(slot) = Conn::peek(next).as_ref().and_then(Conn::slot) {
                slot.prev.set(before);
            }
        }
    }

    unsafe fn predecessor(&self, p: *mut mg_connection) -> *mut mg_connection {
        // SAFETY: connections in the list are live.
        unsafe {
            let mut at = (*self.as_ptr()).conns;
            while !at.is_null() && (*at).next != p {
                at = (*at).next;
            }
            at
        }
    }
}

/// Walk over connections, newest first.
pub struct Conns {
    next: *mut mg_connection,
}

impl Iterator for Conns {
    type Item = Conn;

    #[inline]
    fn next(&mut self) -> Option<Conn> {
        // SAFETY: LIVE; `next` of a live connection is live or NULL, also when `c` leaves the list meanwhile.
        unsafe {
            let c = Conn::peek(self.next)?;
            self.next = (*c.as_ptr()).next;
            if let Some(slot) = c.slot() {
                prefetch(slot.ahead.get());
            }
            Some(c)
        }
    }
}

/// Asks for the cache lines that a turn looks at: with many connections a walk is bound by memory, not by work.
#[inline]
fn prefetch(c: *mut mg_connection) {
    #[cfg(target_arch = "x86_64")]
    for line in [-64isize, 0, 64, 128, 192, 256] {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch has no effect but on the cache, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(c.cast::<i8>().wrapping_offset(line)) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = c;
}
