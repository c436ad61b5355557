//! Optional time limits of stream connections, per manager; off by default.

use super::conn::Conn;
use super::mgr::Manager;
use super::slot::Kind;
use crate::abi::core::flag;
use core::ffi::c_int;

/// Limits in milliseconds; 0 is none.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// From the start of an outbound connection, look-up included, to MG_EV_CONNECT.
    pub connect_ms: u32,
    /// Without a byte received or sent.
    pub idle_ms: u32,
}

impl Manager {
    /// Sets the limits of all connections, present and future.
    pub fn set_timeouts(&self, timeouts: Timeouts) {
        if let Some(state) = self.state() {
            state.timeouts.set(timeouts);
        }
    }

    /// The limits, `None` when there are none.
    pub(crate) fn timeouts(&self) -> Option<Timeouts> {
        let timeouts = self.state()?.timeouts.get();
        (timeouts != Timeouts::default()).then_some(timeouts)
    }
}

impl Timeouts {
    /// The limit that applies to `c` now and what is said when it passes.
    fn limit(self, c: &Conn) -> Option<(u32, &'static str)> {
        let flags = c.flags();
        if flags & (flag::LISTENING | flag::UDP | flag::CLOSING) != 0
            || c.slot()?.kind.get() == Kind::WakeUp
        {
            return None;
        }
        let limit = if flags & (flag::RESOLVING | flag::CONNECTING) != 0 {
            (self.connect_ms, "connect timeout")
        } else {
            (self.idle_ms, "idle timeout")
        };
        (limit.0 > 0).then_some(limit)
    }

    /// Milliseconds that `c` has left, -1 for no limit.
    pub(crate) fn patience(self, c: &Conn, now: u64) -> c_int {
        let Some(((limit, _), slot)) = self.limit(c).zip(c.slot()) else {
            return -1;
        };
        let since = match slot.since.get() {
            0 => now,
            since => since,
        };
        let left = u64::from(limit).saturating_sub(now.saturating_sub(since));
        c_int::try_from(left).unwrap_or(c_int::MAX)
    }

    /// Fails `c` when its time is up. Time counts from the first turn after the last progress.
    pub(crate) fn watch(self, c: &mut Conn, now: u64) {
        let Some((limit, text)) = self.limit(c) else {
            return;
        };
        let Some(slot) = c.slot() else { return };
        match slot.since.get() {
            0 => slot.since.set(now.max(1)),
            // A clock that went back starts the time anew.
            since if now < since => slot.since.set(now.max(1)),
            since if now - since >= u64::from(limit) => c.fatal(text),
            _ => {}
        }
    }
}

/// `c` has made progress.
#[inline]
pub(crate) fn progress(c: &Conn) {
    if let Some(slot) = c.slot() {
        let now = match slot.limits.get() {
            0 => None,
            _ => c.manager().and_then(|m| Some(m.state()?.now.get())),
        };
        slot.since.set(now.unwrap_or(0));
    }
}
