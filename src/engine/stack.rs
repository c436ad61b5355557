//! What is on the call stack: while a poll or a handler of a manager runs, connections that close keep their memory and
//! the manager itself stays.

use super::conn::Conn;
use super::mgr::{Manager, State};
use super::slot;
use crate::abi::core::{mg_connection, mg_mgr};
use core::ptr;

/// One poll or one call into handlers. The outermost to go frees what was closed meanwhile, and the manager when
/// `mg_mgr_free` was called from a handler.
pub(crate) struct Stack {
    mgr: *mut mg_mgr,
}

impl Manager {
    /// Begins a stretch in which handlers may run.
    pub(crate) fn enter(&self) -> Stack {
        if let Some(state) = self.state() {
            state.depth.set(state.depth.get().saturating_add(1));
        }
        Stack { mgr: self.as_ptr() }
    }

    /// Whether a poll or a handler of this manager is on the stack.
    pub(crate) fn is_busy(&self) -> bool {
        self.state().is_some_and(|state| state.depth.get() > 0)
    }

    /// Frees the memory of a closed connection: now, or when the stack is empty.
    pub(crate) fn bury(&self, c: *mut mg_connection) {
        match self.state() {
            // SAFETY: LIVE; the slot of a closed connection has no other use for `prev`.
            Some(state) if state.depth.get() > 0 => unsafe {
                slot::of(c).prev.set(state.graveyard.replace(c));
            },
            // SAFETY: nothing is on the stack, so no handle is used after this.
            _ => unsafe { slot::release(c) },
        }
    }
}

/// A [`Stack`] during which nested polls leave one connection alone, as they do during its turn.
pub(crate) struct Hold {
    conn: Conn,
    before: bool,
    _stack: Stack,
}

impl Manager {
    /// Begins the events of `conn` outside of its turn.
    pub(crate) fn hold(&self, conn: &Conn) -> Hold {
        Hold {
            before: conn.slot().is_some_and(|slot| slot.in_turn.replace(true)),
            conn: conn.again(),
            _stack: self.enter(),
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(slot) = self.conn.slot() {
            slot.in_turn.set(self.before);
        }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: the manager outlives its stack: it is freed below at the earliest.
        let Some(mut mgr) = (unsafe { Manager::from_raw(self.mgr) }) else {
            return;
        };
        let Some(state) = mgr.state() else { return };
        let depth = state.depth.get().saturating_sub(1);
        state.depth.set(depth);
        if depth > 0 {
            return;
        }
        release_all(state);
        if state.free_later.replace(false) {
            mgr.free();
        }
    }
}

fn release_all(state: &State) {
    let mut c = state.graveyard.replace(ptr::null_mut());
    while !c.is_null() {
        // SAFETY: a closed connection whose last handle went with the stack.
        unsafe {
            let next = slot::of(c).prev.get();
            slot::release(c);
            c = next;
        }
    }
}
