//! The memory of a connection: the private part, then the public `mg_connection`.
//!
//! The private part comes first because the public one has a length of the program's choosing (`MG_DATA_SIZE`).
//! Everything the engine must trust lives here; users cannot reach it.

use super::buffers::Lent;
use super::conn::Conn;
use super::platform;
use super::protocol::Protocol;
use crate::abi::core::{MG_DATA_SIZE, mg_connection};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;
use core::cell::{Cell, RefCell};
use core::ffi::c_void;
use core::mem::size_of;
use core::ptr;

/// What the descriptor of a connection is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A socket.
    Socket,
    /// The wake-up descriptor, see `wakeup.rs`.
    WakeUp,
}

/// Private part of a connection. Single-threaded; cells because many handles may look at it.
#[repr(C)]
pub(crate) struct Slot {
    /// State of services, one entry per type.
    pub states: RefCell<Vec<Box<dyn Any>>>,
    /// TLS session.
    pub tls: RefCell<Option<Box<super::tls::Layer>>>,
    /// Predecessor in the list of connections, a hint that is checked before use. Of a closed connection: the next one
    /// whose memory waits to be freed.
    pub prev: Cell<*mut mg_connection>,
    /// Highest `recv.len` since the block was taken: that much is wiped when it goes back.
    pub recv_high: Cell<usize>,
    /// Pointer for bindings.
    pub wrapper: Cell<*mut c_void>,
    // Hot: what each turn looks at lies next to the public part.
    /// A connection further down the list, which a walk asks the cache for in time. Only a hint, never followed.
    pub ahead: Cell<*mut mg_connection>,
    /// Index in the poller table, [`NO_TOKEN`] while not registered.
    pub token: Cell<u32>,
    /// Interest last told to the poller.
    pub interest: Cell<u8>,
    /// Kind of descriptor.
    pub kind: Cell<Kind>,
    /// Its turn is on the stack: nested polls leave it alone.
    pub in_turn: Cell<bool>,
    /// CLOSE was fired and the connection is unlinked; memory goes at the end of the outermost poll.
    pub dead: Cell<bool>,
    /// In the manager's list.
    pub linked: Cell<bool>,
    /// The last write did not take everything: ask the poller for writability.
    pub blocked: Cell<bool>,
    /// A service refills the send buffer in WRITE: write again in the same turn.
    pub bulk: Cell<bool>,
    /// The peer will send nothing more.
    pub eof: Cell<bool>,
    /// The socket has failed; unread data may remain.
    pub failed: Cell<bool>,
    /// An error that closes for certain: clearing `is_closing` does not revive it.
    pub doomed: Cell<bool>,
    /// Drain when `is_resp` falls: the request said `Connection: close`.
    pub close_after_response: Cell<bool>,
    /// `mg_x_limits::strict_http`.
    pub strict_http: Cell<bool>,
    /// A service keeps state of a partly received message.
    pub unfinished: Cell<bool>,
    /// The plain-text-on-a-TLS-URL warning was given.
    pub warned_plain: Cell<bool>,
    /// When the connection last made progress, milliseconds; 0 = since the turn before the next one.
    pub since: Cell<u64>,
    /// Number of the entry with the limits of its listener, 0 for none.
    pub limits: Cell<u32>,
    /// Most bytes in `recv`, 0 for the library's setting.
    pub max_recv: Cell<usize>,
    /// When the first bytes of the request in work came, milliseconds; 0 = none is.
    pub began: Cell<u64>,
    /// Listener: the last accept failed, which was said.
    pub accept_failed: Cell<bool>,
    /// Listener: no accepts before this time, milliseconds; 0 = none.
    pub backoff_until: Cell<u64>,
    /// Block that the engine gave to `recv`; a buffer the user made is not taken away.
    pub recv_block: Cell<Lent>,
    /// Block that the engine gave to `send`.
    pub send_block: Cell<Lent>,
    /// Service that owns the protocol handler.
    pub protocol: Cell<Option<&'static Protocol>>,
}

/// No poller token.
pub(crate) const NO_TOKEN: u32 = u32::MAX;

/// Allocates a zeroed connection; `None` when memory runs out.
pub(crate) fn allocate() -> Option<Conn> {
    let extra = platform::settings().data_size.saturating_sub(MG_DATA_SIZE);
    let size = size_of::<Slot>().checked_add(size_of::<mg_connection>())?;
    let block = platform::calloc(size.checked_add(extra)?.checked_add(8)?);
    let slot = ptr::NonNull::new(block.cast::<Slot>())?;
    // SAFETY: the block is large enough and aligned for the slot (8 bytes); the public part stays zero.
    unsafe {
        slot.write(Slot {
            prev: Cell::new(ptr::null_mut()),
            ahead: Cell::new(ptr::null_mut()),
            token: Cell::new(NO_TOKEN),
            interest: Cell::new(0),
            kind: Cell::new(Kind::Socket),
            in_turn: Cell::new(false),
            dead: Cell::new(false),
            linked: Cell::new(false),
            blocked: Cell::new(false),
            bulk: Cell::new(false),
            eof: Cell::new(false),
            failed: Cell::new(false),
            doomed: Cell::new(false),
            close_after_response: Cell::new(false),
            strict_http: Cell::new(false),
            unfinished: Cell::new(false),
            warned_plain: Cell::new(false),
            since: Cell::new(0),
            limits: Cell::new(0),
            max_recv: Cell::new(0),
            began: Cell::new(0),
            accept_failed: Cell::new(false),
            backoff_until: Cell::new(0),
            recv_block: Cell::new(Lent::NOTHING),
            send_block: Cell::new(Lent::NOTHING),
            recv_high: Cell::new(0),
            protocol: Cell::new(None),
            states: RefCell::new(Vec::new()),
            wrapper: Cell::new(ptr::null_mut()),
            tls: RefCell::new(None),
        });
        Conn::peek(slot.as_ptr().add(1).cast())
    }
}

/// The slot of a connection that [`allocate`] made.
///
/// # Safety
/// `c` is live, or closed and not yet released.
pub(crate) unsafe fn of<'a>(c: *mut mg_connection) -> &'a Slot {
    // SAFETY: the caller's promise; the slot lies right before the public part.
    unsafe { &*c.cast::<Slot>().sub(1) }
}

/// Frees the memory of a connection.
///
/// # Safety
/// `c` came from [`allocate`], its buffers are freed, and nobody uses it afterwards.
pub(crate) unsafe fn release(c: *mut mg_connection) {
    // SAFETY: the caller's promise; the slot lies right before the public part.
    unsafe {
        let slot = c.cast::<Slot>().sub(1);
        ptr::drop_in_place(slot);
        ptr::write_bytes(
            slot.cast::<u8>(),
            0,
            size_of::<Slot>() + size_of::<mg_connection>(),
        );
        platform::free(slot.cast());
    }
}
