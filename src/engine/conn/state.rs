//! What the attached service keeps with a connection.

use super::Conn;
use crate::abi::core::mg_connection;
use crate::engine::alloc::try_box;
use crate::engine::platform;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;
use core::cell::{RefCell, RefMut};
use core::ffi::c_int;
use core::mem::offset_of;

/// The state of type `T` among `states`, which hold one of each type; made by `T::default()` at first use. `None` while
/// they are borrowed, or when memory runs out.
pub(crate) fn state_in<T: Any + Default>(
    states: &RefCell<Vec<Box<dyn Any>>>,
) -> Option<RefMut<'_, T>> {
    let mut states = states.try_borrow_mut().ok()?;
    let at = match states.iter().position(|s| s.is::<T>()) {
        Some(at) => at,
        None => {
            states.try_reserve(1).ok()?;
            states.push(try_box(T::default())?);
            states.len() - 1
        }
    };
    RefMut::filter_map(states, |s| s.get_mut(at)?.downcast_mut::<T>()).ok()
}

impl Conn {
    /// State of type `T` of this connection, made by `T::default()` at first use.
    /// `None` for a connection without a manager, or while the same state is already borrowed.
    pub fn state<T: Any + Default>(&mut self) -> Option<RefMut<'_, T>> {
        let slot = self.slot()?;
        state_in(&slot.states)
    }

    /// The first 8 bytes of `c->data`; `None` when the program made it smaller.
    pub fn data_word(&self) -> Option<u64> {
        let word = self.data_word_ptr()?;
        // SAFETY: LIVE; the bytes lie in `data`. The program may have left them at any alignment.
        Some(unsafe { word.read_unaligned() })
    }

    /// Sets the first 8 bytes of `c->data`. Nothing when the program made it smaller.
    pub fn set_data_word(&mut self, value: u64) {
        if let Some(word) = self.data_word_ptr() {
            // SAFETY: as in `data_word`.
            unsafe { word.write_unaligned(value) }
        }
    }

    fn data_word_ptr(&self) -> Option<*mut u64> {
        let data = self
            .as_ptr()
            .cast::<u8>()
            .wrapping_add(offset_of!(mg_connection, data));
        (platform::settings().data_size >= size_of::<u64>()).then(|| data.cast())
    }

    /// Removes and returns the state of type `T`.
    pub fn take_state<T: Any>(&mut self) -> Option<Box<T>> {
        let slot = self.slot()?;
        let mut states = slot.states.try_borrow_mut().ok()?;
        let at = states.iter().position(|s| s.is::<T>())?;
        states.swap_remove(at).downcast::<T>().ok()
    }

    /// Whether there is a state of type `T`.
    pub fn has_state<T: Any>(&self) -> bool {
        self.slot()
            .and_then(|slot| slot.states.try_borrow().ok())
            .is_some_and(|states| states.iter().any(|s| s.is::<T>()))
    }

    /// Whether the connection shall drain once the response in work is finished.
    pub fn close_after_response(&self) -> bool {
        self.slot().is_some_and(|s| s.close_after_response.get())
    }

    /// Says whether the connection shall drain once the response in work is finished.
    pub fn set_close_after_response(&mut self, on: bool) {
        if let Some(slot) = self.slot() {
            slot.close_after_response.set(on);
        }
    }

    /// Whether the listener wants `mg_x_limits::strict_http`.
    pub fn is_strict_http(&self) -> bool {
        self.slot().is_some_and(|s| s.strict_http.get())
    }

    /// Takes the state that [`Conn::put_unfinished`] kept, the default when there is none: the common case costs one
    /// look at a flag.
    #[inline]
    pub fn take_unfinished<T: Any + Default>(&mut self) -> T {
        match self.slot() {
            Some(slot) if slot.unfinished.get() => {}
            _ => return T::default(),
        }
        let kept = self
            .state::<T>()
            .map(|mut state| core::mem::take(&mut *state));
        if let Some(slot) = self.slot() {
            slot.unfinished.set(false);
        }
        kept.unwrap_or_default()
    }

    /// Most bytes of an HTTP head, and the milliseconds that it may take, 0 for no limit.
    pub fn head_limits(&self) -> (usize, u32) {
        self.manager().map_or((usize::MAX, 0), |m| m.head_limits())
    }

    /// Whether [`Conn::put_unfinished`] has kept a state.
    #[inline]
    pub fn is_unfinished(&self) -> bool {
        self.slot().is_some_and(|slot| slot.unfinished.get())
    }

    /// Says whether [`Conn::is_unfinished`]: for services whose state stays where it is.
    #[inline]
    pub fn set_unfinished(&mut self, on: bool) {
        if let Some(slot) = self.slot() {
            slot.unfinished.set(on);
        }
    }

    /// Keeps the state of a partly received message for the next event.
    pub fn put_unfinished<T: Any + Default>(&mut self, value: T) {
        if let Some(mut state) = self.state::<T>() {
            *state = value;
        }
        if let Some(slot) = self.slot() {
            slot.unfinished.set(true);
        }
    }

    /// The first bytes of a request are here, the last ones are not: its time limit counts from now.
    pub fn request_begun(&mut self) {
        crate::engine::limits::begun(self);
    }

    /// The request is complete.
    #[inline]
    pub fn request_done(&mut self) {
        if let Some(slot) = self.slot() {
            slot.began.set(0);
        }
    }

    /// Says whether the attached service refills the send buffer in WRITE, so that more may be written in one turn.
    pub fn set_bulk(&mut self, on: bool) {
        if let Some(slot) = self.slot() {
            slot.bulk.set(on);
        }
    }

    /// Sends up to `len` bytes of the open file `file` from where it stands, past the empty send buffer. Returns how
    /// many; `None` when they have to go through the buffer.
    pub fn send_file(&mut self, file: c_int, len: usize) -> Option<usize> {
        crate::engine::transfer::send_file(self, file, len)
    }

    /// Whether the socket took less than it was given: more is sent when the poller says so.
    pub fn is_blocked(&self) -> bool {
        self.slot().is_some_and(|slot| slot.blocked.get())
    }
}
