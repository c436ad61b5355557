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
    /// From the first bytes of an HTTP request to the end of its head.
    pub head_ms: u32,
}

impl Manager {
    /// Sets the limits of all connections, present and future.
    pub fn set_timeouts(&self, connect_ms: u32, idle_ms: u32) {
        if let Some(state) = self.state() {
            state.timeouts.set(Timeouts {
                connect_ms,
                idle_ms,
                ..state.timeouts.get()
            });
        }
    }

    /// Sets the limits of HTTP heads: bytes, and milliseconds from the first byte to the last; 0 is none.
    pub fn set_head_limits(&self, bytes: usize, head_ms: u32) {
        if let Some(state) = self.state() {
            state.head_bytes.set(bytes);
            state.timeouts.set(Timeouts {
                head_ms,
                ..state.timeouts.get()
            });
        }
    }

    /// Most bytes of an HTTP head, `usize::MAX` without a limit, and the milliseconds that it may take, 0 for no limit.
    pub(crate) fn head_limits(&self) -> (usize, u32) {
        self.state().map_or((usize::MAX, 0), |state| {
            let bytes = state.head_bytes.get();
            let most = if bytes == 0 { usize::MAX } else { bytes };
            (most, state.timeouts.get().head_ms)
        })
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

    /// Milliseconds until `c` has to be looked at, -1 for no limit.
    pub(crate) fn patience(self, c: &Conn, now: u64) -> c_int {
        let Some(slot) = c.slot() else { return -1 };
        let left = self.limit(c).map(|(limit, _)| {
            let since = match slot.since.get() {
                0 => now,
                since => since,
            };
            u64::from(limit).saturating_sub(now.saturating_sub(since))
        });
        let waits = self.head_ms > 0 && slot.unfinished.get();
        let head = waits.then_some(u64::from(self.head_ms));
        match (left, head) {
            (None, None) => -1,
            (a, b) => {
                let least = a.unwrap_or(u64::MAX).min(b.unwrap_or(u64::MAX));
                c_int::try_from(least).unwrap_or(c_int::MAX)
            }
        }
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
