//! `Conn`: the handle through which Rust touches a connection that user code owns, too.
//!
//! INVARIANT LIVE: the pointer inside a `Conn` is a connection whose memory is freed only when no poll and no handler
//! of its manager is on the stack (see `stack.rs`), or by the call that closes it then, which consumes the last use. Rust never forms
//! a reference to the public struct: user code reads and writes its fields at any moment, so each accessor reads or
//! writes one field through the raw pointer. Slices borrow the handle, and [`Conn::call`] takes it mutably: the
//! borrow checker proves that no slice into a buffer is held while a user callback runs.

mod buffers;
mod flags;
mod handlers;
pub(super) mod state;

pub use buffers::SendSink;
pub(crate) use buffers::bytes;
pub use handlers::Handler;

use super::mgr::Manager;
use super::slot::Slot;
use super::stack::Stack;
use crate::abi::core::{mg_addr, mg_connection};
use core::ffi::{c_int, c_void};
use core::ptr::NonNull;

/// The argument of a user's handler: carried, never followed.
pub type UserData = *mut c_void;

/// Handle of a connection. Not `Copy`: see the module's invariant.
pub struct Conn {
    ptr: NonNull<mg_connection>,
    /// Dropped last: it may free the connection.
    stack: Option<Stack>,
}

impl Conn {
    /// Handle of `c` for a call from outside, `None` for NULL. While it lives, connections that handlers close keep
    /// their memory, so the call may go on after it has fired events.
    ///
    /// # Safety
    /// `c` is NULL, a live connection of a manager, or a zeroed `struct mg_connection` of the caller.
    pub unsafe fn from_raw(c: *mut mg_connection) -> Option<Conn> {
        // SAFETY: the caller's promise.
        let mut conn = unsafe { Conn::peek(c) }?;
        conn.stack = conn.manager().map(|mgr| mgr.enter());
        Some(conn)
    }

    /// Handle of `c` where something is on the stack already, or nothing is done after an event; `None` for NULL.
    ///
    /// # Safety
    /// As [`Conn::from_raw`].
    #[inline]
    pub(crate) unsafe fn peek(c: *mut mg_connection) -> Option<Conn> {
        NonNull::new(c).map(|ptr| Conn { ptr, stack: None })
    }

    /// The connection for C code.
    pub fn as_ptr(&self) -> *mut mg_connection {
        self.ptr.as_ptr()
    }

    /// A second handle of the same connection, for the engine's own walks.
    pub(crate) fn again(&self) -> Conn {
        Conn {
            ptr: self.ptr,
            stack: None,
        }
    }

    /// Private part; `None` for a connection that the caller made himself (no manager).
    pub(crate) fn slot(&self) -> Option<&Slot> {
        let c = self.as_ptr();
        // SAFETY: LIVE; a connection with a manager was made by `slot::allocate`, so the slot lies before it.
        unsafe {
            if (*c).mgr.is_null() {
                return None;
            }
            Some(&*c.cast::<Slot>().sub(1))
        }
    }

    /// The manager; `None` for a connection without one.
    pub fn manager(&self) -> Option<Manager> {
        // SAFETY: LIVE; a manager outlives its connections.
        unsafe { Manager::from_raw((*self.as_ptr()).mgr) }
    }

    /// Identification number, unique in the manager and never reused.
    #[allow(clippy::unnecessary_cast)] // unsigned long has 32 bits elsewhere
    pub fn id(&self) -> u64 {
        // SAFETY: LIVE.
        unsafe { (*self.as_ptr()).id as u64 }
    }

    /// Local address.
    pub fn local(&self) -> mg_addr {
        // SAFETY: LIVE.
        unsafe { (*self.as_ptr()).loc }
    }

    /// Address of the peer.
    pub fn remote(&self) -> mg_addr {
        // SAFETY: LIVE.
        unsafe { (*self.as_ptr()).rem }
    }

    /// Changes the local address shown to users.
    pub fn set_local(&mut self, addr: mg_addr) {
        // SAFETY: LIVE.
        unsafe { (*self.as_ptr()).loc = addr }
    }

    /// Changes the address of the peer.
    pub fn set_remote(&mut self, addr: mg_addr) {
        // SAFETY: LIVE.
        unsafe { (*self.as_ptr()).rem = addr }
    }

    /// The descriptor, -1 when there is none.
    pub fn fd(&self) -> c_int {
        // SAFETY: LIVE.
        unsafe { (*self.as_ptr()).fd as usize as c_int }
    }

    pub(crate) fn set_fd(&mut self, fd: c_int) {
        // SAFETY: LIVE.
        unsafe { (*self.as_ptr()).fd = fd_to_ptr(fd) }
    }
}

/// Descriptor as the public field shows it.
pub(crate) fn fd_to_ptr(fd: c_int) -> *mut c_void {
    fd as isize as usize as *mut c_void
}
