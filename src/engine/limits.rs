//! Limits of a listener: how many connections it accepts, how much and how long each of them may take.
//!
//! A listener has an entry in a table of its manager, and its connections the number of that entry. Time is looked at
//! when the earliest deadline may have passed, not in each poll: idle connections cost nothing.

use super::conn::Conn;
use super::mgr::{Manager, State};
use super::platform;
use crate::abi::core::flag;
use crate::abi::limits::mg_x_limits;
use alloc::vec::Vec;
use core::ffi::c_int;

/// Longest time between two looks, milliseconds, so that a clock that jumps does no lasting harm.
const MAX_SWEEP_MS: u64 = 3_600_000;

/// An entry of the table.
pub(crate) struct Entry {
    limits: mg_x_limits,
    /// Accepted connections that are open.
    open: u32,
    /// The listener is open.
    listening: bool,
}

/// What time limit applies to a connection, since when, and what happens then.
enum Patience {
    Endless,
    /// Fails with this text.
    Fail(u32, u64, &'static str),
    /// Closes without a word, as HTTP servers do between requests.
    Close(u32, u64),
}

/// Sets the limits of a listener, of its open connections and of those it accepts later, or those of another
/// connection. False when memory runs out.
pub fn set(c: &mut Conn, limits: mg_x_limits) -> bool {
    let Some((mgr, slot)) = c.manager().zip(c.slot()) else {
        return false;
    };
    let Some(state) = mgr.state() else {
        return false;
    };
    if !c.is_listening() {
        leave(c);
    }
    let Some(number) = place(state, slot.limits.get(), limits, c.is_listening()) else {
        return false;
    };
    if slot.limits.replace(number) == 0 && !c.is_listening() {
        change_open(state, number, 1);
    }
    slot.since.set(state.now.get().max(1));
    state.sweep_at.set(1);
    for other in mgr.conns() {
        if let Some(slot) = other.slot().filter(|slot| slot.limits.get() == number) {
            slot.max_recv.set(limits.max_recv_size);
            slot.strict_http.set(limits.strict_http);
        }
    }
    true
}

/// Number of the entry for `limits`: `old` if there is one, else one that nobody uses any more, else a new one.
fn place(state: &State, old: u32, limits: mg_x_limits, listening: bool) -> Option<u32> {
    let mut table = state.limits.borrow_mut();
    let index = match index_of(old) {
        Some(index) => index,
        None => free_entry(&mut table)?,
    };
    let entry = table.get_mut(index)?;
    entry.limits = limits;
    entry.listening = listening;
    u32::try_from(index.checked_add(1)?).ok()
}

fn free_entry(table: &mut Vec<Entry>) -> Option<usize> {
    if let Some(index) = table.iter().position(|e| !e.listening && e.open == 0) {
        return Some(index);
    }
    table.try_reserve(1).ok()?;
    table.push(Entry {
        limits: mg_x_limits::default(),
        open: 0,
        listening: true,
    });
    Some(table.len() - 1)
}

fn index_of(number: u32) -> Option<usize> {
    usize::try_from(number.checked_sub(1)?).ok()
}

fn change_open(state: &State, number: u32, by: i32) {
    let mut table = state.limits.borrow_mut();
    if let Some(entry) = index_of(number).and_then(|index| table.get_mut(index)) {
        entry.open = entry.open.saturating_add_signed(by);
    }
}

/// `child` was accepted by `listener`: it takes over the limits.
pub(crate) fn inherit(child: &Conn, listener: &Conn) {
    let Some((to, from)) = child.slot().zip(listener.slot()) else {
        return;
    };
    let number = from.limits.get();
    if number != 0
        && let Some(mgr) = child.manager()
        && let Some(state) = mgr.state()
    {
        to.limits.set(number);
        to.max_recv.set(from.max_recv.get());
        to.strict_http.set(from.strict_http.get());
        to.since.set(state.now.get().max(1));
        change_open(state, number, 1);
    }
}

/// `c` is closed.
pub(crate) fn leave(c: &Conn) {
    let Some(slot) = c.slot() else { return };
    let number = slot.limits.replace(0);
    if number == 0 {
        return;
    }
    let Some(mgr) = c.manager() else { return };
    let Some(state) = mgr.state() else { return };
    if !c.is_listening() {
        change_open(state, number, -1);
    } else if let Some(index) = index_of(number)
        && let Some(entry) = state.limits.borrow_mut().get_mut(index)
    {
        entry.listening = false;
    }
}

/// Whether `c` is a listener that must not accept another connection now.
pub(crate) fn is_crowded(c: &Conn) -> bool {
    let Some(index) = c.slot().and_then(|slot| index_of(slot.limits.get())) else {
        return false;
    };
    let Some(mgr) = c.manager().filter(|_| c.is_listening()) else {
        return false;
    };
    let Some(state) = mgr.state() else {
        return false;
    };
    let table = state.limits.borrow();
    table.get(index).is_some_and(|entry| {
        entry.limits.max_connections > 0 && entry.open >= entry.limits.max_connections
    })
}

/// Most bytes that `c` may hold in its receive buffer.
#[inline]
pub fn max_recv_size(c: &Conn) -> usize {
    match c.slot().map_or(0, |slot| slot.max_recv.get()) {
        0 => platform::settings().max_recv_size,
        own => own,
    }
}

impl Manager {
    /// Milliseconds until the next look at the time limits, -1 when there is nothing to look at.
    pub(crate) fn time_to_sweep(&self) -> c_int {
        let Some(state) = self.state() else { return -1 };
        let at = state.sweep_at.get();
        if at == 0 || state.limits.borrow().iter().all(|e| e.open == 0) {
            return -1;
        }
        c_int::try_from(at.saturating_sub(platform::millis())).unwrap_or(c_int::MAX)
    }

    /// Ends what has taken longer than its listener allows.
    pub(crate) fn sweep(&mut self, now: u64) {
        {
            let Some(state) = self.state() else { return };
            state.now.set(now);
            let at = state.sweep_at.get();
            if at == 0 || now < at && at - now <= MAX_SWEEP_MS {
                return;
            }
        }
        let mut next = self.shortest_limit().map(|ms| now.saturating_add(ms));
        for c in self.conns() {
            if let Some(deadline) = self.enforce(c, now) {
                next = Some(next.map_or(deadline, |next| next.min(deadline)));
            }
        }
        if let Some(state) = self.state() {
            state
                .sweep_at
                .set(next.map_or(0, |at| at.clamp(1, now.saturating_add(MAX_SWEEP_MS))));
        }
    }

    /// Connections that are accepted from now on need no look before this has passed.
    fn shortest_limit(&self) -> Option<u64> {
        let table = self.state()?.limits.borrow();
        table
            .iter()
            .filter(|entry| entry.listening || entry.open > 0)
            .flat_map(|entry| {
                let l = &entry.limits;
                [l.request_ms, l.keepalive_ms, l.idle_ms]
            })
            .filter(|ms| *ms > 0)
            .min()
            .map(u64::from)
    }

    /// Ends `c` if its time is up; else returns when that will be.
    fn enforce(&self, mut c: Conn, now: u64) -> Option<u64> {
        let slot = c.slot().filter(|slot| !slot.in_turn.get())?;
        let index = index_of(slot.limits.get())?;
        let limits = self.state()?.limits.borrow().get(index)?.limits;
        let patience = patience(&c, &limits);
        let (ms, since) = match patience {
            Patience::Endless => return None,
            Patience::Fail(ms, since, _) | Patience::Close(ms, since) => (ms, since),
        };
        // A clock that went back starts the time anew.
        if since == 0 || since > now {
            slot.since.set(now.max(1));
            return Some(now.saturating_add(u64::from(ms)));
        }
        let deadline = since.saturating_add(u64::from(ms));
        if now < deadline {
            return Some(deadline);
        }
        match patience {
            Patience::Fail(_, _, text) => c.error(text),
            _ => c.set_closing(true),
        }
        None
    }
}

fn patience(c: &Conn, limits: &mg_x_limits) -> Patience {
    const EXEMPT: u32 = flag::LISTENING
        | flag::UDP
        | flag::CLOSING
        | flag::RESOLVING
        | flag::CONNECTING
        | flag::TLS_HS;
    let (flags, Some(slot)) = (c.flags(), c.slot()) else {
        return Patience::Endless;
    };
    if flags & EXEMPT != 0 {
        return Patience::Endless;
    }
    let requests =
        flags & flag::ACCEPTED != 0 && c.has_protocol() && c.protocol().is_some_and(|p| p.requests);
    let mut found = Patience::Endless;
    if limits.idle_ms > 0 {
        found = Patience::Fail(limits.idle_ms, slot.since.get(), "idle timeout");
    }
    if !requests || flags & flag::RESP != 0 && c.send_len() == 0 {
        return found;
    }
    if slot.began.get() != 0 {
        if limits.request_ms > 0 && flags & flag::DRAINING == 0 {
            found = Patience::Fail(limits.request_ms, slot.began.get(), "request timeout");
        }
    } else if limits.keepalive_ms > 0
        && (limits.idle_ms == 0 || limits.keepalive_ms < limits.idle_ms)
    {
        found = Patience::Close(limits.keepalive_ms, slot.since.get());
    }
    found
}

/// The first bytes of a request are here, the last ones are not.
pub(crate) fn begun(c: &Conn) {
    if let Some(slot) = c.slot()
        && slot.limits.get() != 0
        && slot.began.get() == 0
        && let Some(mgr) = c.manager()
        && let Some(state) = mgr.state()
    {
        let now = state.now.get().max(1);
        slot.began.set(now);
        // Its deadline may come before the one that the last look found.
        let soon = now.saturating_add(u64::from(request_ms(state, slot.limits.get())));
        if soon > now {
            state.sweep_at.set(state.sweep_at.get().min(soon));
        }
    }
}

fn request_ms(state: &State, number: u32) -> u32 {
    let table = state.limits.borrow();
    index_of(number)
        .and_then(|index| table.get(index))
        .map_or(0, |entry| entry.limits.request_ms)
}
