//! One poll: wait, timers, then one turn for each connection (engine chapter §6).

use super::close;
use super::conn::Conn;
use super::connect;
use super::limits;
use super::listen;
use super::log;
use super::mgr::Manager;
use super::platform;
use super::poller::{ERROR, Poller, READ, STREAM, System, Token, WRITE, Waiter};
use super::slot::{Kind, NO_TOKEN, Slot};
use super::socket::{self, Io};
use super::timeouts::Timeouts;
use super::timer;
use super::transfer;
use super::wakeup;
use crate::abi::core::{flag, mg_connection, mg_event};
use core::ffi::{c_int, c_long};
use core::ptr;

/// Connections from which on a poll serves more than one round of readiness: the more there are, the more a pass costs.
const MANY: usize = 64;

/// Connections from which on further rounds wait for their events: a pass over so many costs more than the timer of a
/// short wait.
const VERY_MANY: usize = 512;

/// Milliseconds after which a poll serves no further round, or as many as it may wait: POLL events come that much
/// later at most.
const ROUNDS_MS: c_int = 10;

impl Manager {
    /// Runs one poll: waits at most `ms` milliseconds (0 = not at all, negative = for ever), then fires timers and
    /// events. A nested call, from a handler, serves the other connections.
    pub fn poll(&mut self, ms: c_int) {
        if self.state().is_none() {
            return;
        }
        let _stack = self.enter();
        self.wait(ms);
        let now = platform::millis();
        self.sweep(now);
        self.run_timers(now);
        if let Some(each_poll) = self.state().and_then(|state| state.each_poll.get()) {
            each_poll(self, now);
        }
        let limits = self.timeouts();
        let mut count = 0usize;
        for c in self.conns() {
            turn(c, now, limits);
            count += 1;
        }
        if count >= MANY && ms != 0 {
            let budget = if ms < 0 { ROUNDS_MS } else { ms.min(ROUNDS_MS) };
            let end = now.saturating_add(u64::from(budget.unsigned_abs()));
            self.serve_more(count >= VERY_MANY, end);
        }
    }

    /// Serves what becomes ready until the time `end`, without another pass over all connections: with many of them
    /// that pass is what a poll costs. Ends when something is left for a pass to do, when a timer is due, and when
    /// nothing is ready, or becomes so in time if `waits`. No event changes but that the next POLL comes a little later.
    fn serve_more(&mut self, waits: bool, end: u64) {
        let mut ready = match self.state() {
            Some(state) => state.ready.take(),
            None => return,
        };
        while let Some(left) = self.time_for_a_round(end) {
            ready.clear();
            self.collect(if waits { left } else { 0 }, |token, how| {
                // Without memory it is served by the next poll.
                if ready.try_reserve(1).is_ok() {
                    ready.push((token, how));
                }
            });
            if ready.is_empty() {
                break;
            }
            for (token, how) in &ready {
                let Some(state) = self.state() else { break };
                let p = state.table.borrow().get(*token);
                // SAFETY: the table holds registered, hence live, connections.
                if let Some(c) = unsafe { Conn::peek(p) } {
                    serve(c, *how);
                }
            }
        }
        if let Some(state) = self.state() {
            state.ready.replace(ready);
        }
    }

    /// Milliseconds until the time `end` or the next timer; `None` when something asks for a pass.
    fn time_for_a_round(&self, end: u64) -> Option<c_int> {
        let state = self.state().filter(|state| !state.left_to_pass.get())?;
        let now = platform::millis();
        // SAFETY: MGR.
        let timers = unsafe { (*self.as_ptr()).timers };
        let due = state.timers.get().due(timers, now)?;
        let left = end.min(due).checked_sub(now).filter(|left| *left > 0)?;
        c_int::try_from(left).ok()
    }

    fn run_timers(&mut self, now: u64) {
        let Some(state) = self.state() else { return };
        let cache = state.timers.get();
        // SAFETY: the list belongs to this manager and holds live timers.
        let cache =
            unsafe { timer::poll_cached(ptr::addr_of_mut!((*self.as_ptr()).timers), now, cache) };
        if let Some(state) = self.state() {
            state.timers.set(cache);
        }
    }

    /// Step 1: interest, kernel wait, readiness.
    fn wait(&self, ms: c_int) {
        if let Some(state) = self.state() {
            state.left_to_pass.set(false);
        }
        if log::enabled(log::VERBOSE) {
            self.log_flags();
        }
        let mut timeout = ms;
        let mut behind = [ptr::null_mut(); AHEAD];
        for (n, mut c) in self.conns().enumerate() {
            look_ahead(&c, &mut behind[n % AHEAD]);
            timeout = shorter(timeout, prepare(&mut c));
        }
        if let Some(limits) = self.timeouts() {
            let now = platform::millis();
            for c in self.conns() {
                timeout = shorter(timeout, limits.patience(&c, now));
            }
        }
        if timeout != 0 {
            timeout = shorter(timeout, self.time_to_sweep());
        }
        self.collect(timeout, |_, _| {});
    }

    #[cold]
    fn log_flags(&self) {
        for c in self.conns() {
            let (flags, queued) = (c.flags(), c.send_len());
            log_verbose!("{} {} flags {flags:#x} send {queued}", c.id(), c.fd());
        }
    }

    /// Waits and marks what is ready.
    fn collect(&self, timeout: c_int, mut each: impl FnMut(Token, u8)) {
        let Some(state) = self.state() else { return };
        let mut waiter = state.poller.borrow_mut().begin();
        let hooks = state.hooks.get();
        // SAFETY: whoever set the hooks vouches for them.
        unsafe {
            if let Some(h) = hooks {
                (h.before)(h.arg);
            }
        }
        let reports = waiter.wait(timeout);
        // SAFETY: as above.
        unsafe {
            if let Some(h) = hooks {
                (h.after)(h.arg);
            }
        }
        state.poller.borrow_mut().waited(&mut waiter);
        for n in 0..reports {
            if let Some((token, ready)) = waiter.report(n) {
                let p = state.table.borrow().get(token);
                // SAFETY: the table holds registered, hence live, connections.
                if let Some(mut c) = unsafe { Conn::peek(p) } {
                    mark(&mut c, ready);
                    each(token, ready);
                }
            }
        }
        state.poller.borrow_mut().end(waiter);
    }
}

/// How far ahead of a walk the cache is asked for connections.
const AHEAD: usize = 12;

/// Tells the connection `AHEAD` places before `c` where `c` is. No connection is freed during the walk.
#[inline]
fn look_ahead(c: &Conn, behind: &mut *mut mg_connection) {
    let before = core::mem::replace(behind, c.as_ptr());
    // SAFETY: NULL or visited in this walk, hence live.
    if let Some(slot) = unsafe { Conn::peek(before) }.as_ref().and_then(Conn::slot)
        && slot.ahead.get() != c.as_ptr()
    {
        slot.ahead.set(c.as_ptr());
    }
}

/// The shorter of two waits, where negative means for ever.
fn shorter(a: c_int, b: c_int) -> c_int {
    match (a < 0, b < 0) {
        (true, _) => b,
        (_, true) => a,
        _ => a.min(b),
    }
}

/// Clears readiness, tells the poller what has changed, and returns the longest wait that this connection allows.
fn prepare(c: &mut Conn) -> c_int {
    const FOR_EVER: c_int = -1;
    let flags = c.flags();
    if is_quiet(c, flags) {
        return FOR_EVER;
    }
    if flags & (flag::READABLE | flag::WRITABLE) != 0 {
        c.set_flag(flag::READABLE | flag::WRITABLE, false);
    }
    if flags & (flag::CLOSING | flag::RESOLVING) != 0 {
        return if flags & flag::CLOSING != 0 {
            1
        } else {
            FOR_EVER
        };
    }
    let Some(slot) = c.slot() else {
        return FOR_EVER;
    };
    let mut longest = FOR_EVER;
    let mut set = 0;
    if slot.backoff_until.get() != 0 {
        longest = rest(slot);
    }
    if wants_send(c, flags) && !slot.blocked.get() && !slot.failed.get() {
        // The socket most likely takes it: try without asking the poller first.
        set |= flag::WRITABLE;
        longest = 0;
    }
    if slot.failed.get() && flags & flag::FULL == 0 {
        set |= flag::READABLE;
        longest = 0;
    }
    if flags & flag::TLS != 0 && super::tls::has_buffered(c) && flags & flag::FULL == 0 {
        set |= flag::READABLE;
        longest = 0;
    }
    if flags & flag::TLS_HS != 0 {
        longest = shorter(longest, super::tls::patience(c, platform::millis()));
    }
    if set != 0 {
        c.set_flag(set, true);
    }
    update_interest(c);
    longest
}

/// The common case, in as few looks as possible: an open connection that only waits for something to read, as the
/// poller already knows.
#[inline]
fn is_quiet(c: &Conn, flags: u32) -> bool {
    const BUSY: u32 = flag::READABLE
        | flag::WRITABLE
        | flag::CLOSING
        | flag::RESOLVING
        | flag::CONNECTING
        | flag::TLS
        | flag::TLS_HS
        | flag::FULL;
    if flags & BUSY != 0 || c.send_len() != 0 {
        return false;
    }
    c.slot().is_some_and(|slot| {
        let busy = slot.blocked.get() | slot.failed.get() | slot.eof.get();
        !busy && slot.backoff_until.get() == 0 && slot.interest.get() == READ
    })
}

/// Milliseconds until a resting listener accepts again.
fn rest(slot: &Slot) -> c_int {
    let now = platform::millis();
    let until = slot.backoff_until.get();
    if now >= until || until - now > listen::ACCEPT_BACKOFF_MS {
        slot.backoff_until.set(0);
        return -1;
    }
    c_int::try_from(until - now).unwrap_or(c_int::MAX)
}

/// Whether there is something to send that may go to the socket now.
fn wants_send(c: &Conn, flags: u32) -> bool {
    if flags & (flag::TLS_HS | flag::CONNECTING) != 0 {
        return flags & flag::TLS_HS != 0
            && flags & flag::CONNECTING == 0
            && super::tls::wants_write(c);
    }
    if flags & flag::LISTENING != 0 && flags & flag::UDP == 0 {
        return false;
    }
    c.send_len() > 0 || flags & flag::TLS != 0 && super::tls::wants_write(c)
}

/// Registers the descriptor of `c` with the poller.
pub(crate) fn register(c: &Conn) -> bool {
    let Some(slot) = c.slot() else { return false };
    let Some(mgr) = c.manager() else { return false };
    let Some(state) = mgr.state() else {
        return false;
    };
    let mut table = state.table.borrow_mut();
    let Some(index) = table.insert(c.as_ptr()) else {
        return false;
    };
    let interest = interest_of(c, slot);
    if !state
        .poller
        .borrow_mut()
        .add(c.fd(), table.token(index), interest | stream_of(c, slot))
    {
        table.remove(index);
        return false;
    }
    slot.token.set(index);
    slot.interest.set(interest);
    true
}

/// Takes `c` out of the poller; to be called before its descriptor is closed.
pub(crate) fn unregister(c: &Conn) {
    let Some(slot) = c.slot() else { return };
    let index = slot.token.replace(NO_TOKEN);
    if index == NO_TOKEN {
        return;
    }
    if let Some(mgr) = c.manager()
        && let Some(state) = mgr.state()
    {
        let mut table = state.table.borrow_mut();
        state.poller.borrow_mut().remove(c.fd(), table.token(index));
        table.remove(index);
    }
}

/// [`STREAM`] for streams of the library's own; a socket that the user opened may be read from by the user, too.
fn stream_of(c: &Conn, slot: &Slot) -> u8 {
    let flags = c.flags();
    let own = flags & (flag::ACCEPTED | flag::CLIENT) != 0 && flags & flag::UDP == 0;
    if own && slot.kind.get() == Kind::Socket {
        STREAM
    } else {
        0
    }
}

/// Calls `work` with the poller and the token of `c`; `None` when it is not registered.
fn with_poller<T>(c: &Conn, work: impl FnOnce(&mut System, Token) -> T) -> Option<T> {
    let index = c.slot()?.token.get();
    if index == NO_TOKEN {
        return None;
    }
    let mgr = c.manager()?;
    let state = mgr.state()?;
    let token = state.table.borrow().token(index);
    Some(work(&mut state.poller.borrow_mut(), token))
}

/// Reads from the stream `c` into `out`.
pub(crate) fn recv(c: &Conn, out: &mut [u8]) -> Io {
    let fd = c.fd();
    with_poller(c, |poller, token| poller.recv(fd, token, &mut *out))
        .unwrap_or_else(|| socket::recv(fd, out))
}

/// Bytes that [`recv`] would find.
pub(crate) fn unread(c: &Conn) -> usize {
    let fd = c.fd();
    with_poller(c, |poller, token| poller.unread(fd, token)).unwrap_or_else(|| socket::unread(fd))
}

fn interest_of(c: &Conn, slot: &Slot) -> u8 {
    let flags = c.flags();
    let mut interest = 0;
    if flags & flag::FULL == 0
        && !slot.eof.get()
        && slot.backoff_until.get() == 0
        && !(flags & flag::LISTENING != 0 && limits::is_crowded(c))
    {
        interest |= READ;
    }
    if flags & flag::CONNECTING != 0 || slot.blocked.get() && wants_send(c, flags) {
        interest |= WRITE;
    }
    interest
}

/// Tells the poller when the interest has changed.
pub(crate) fn update_interest(c: &mut Conn) {
    let Some(slot) = c.slot() else { return };
    let index = slot.token.get();
    if index == NO_TOKEN {
        return;
    }
    let interest = interest_of(c, slot);
    if interest == slot.interest.get() {
        return;
    }
    slot.interest.set(interest);
    if let Some(mgr) = c.manager()
        && let Some(state) = mgr.state()
    {
        let token = state.table.borrow().token(index);
        state.poller.borrow_mut().modify(c.fd(), token, interest);
    }
}

/// What the poller found out about `c`.
fn mark(c: &mut Conn, ready: u8) {
    let Some(slot) = c.slot() else { return };
    if c.flags() & (flag::CLOSING | flag::RESOLVING) != 0 {
        return;
    }
    if ready & ERROR != 0 {
        return failed(c);
    }
    let mut set = 0;
    if ready & READ != 0 {
        if slot.eof.get() {
            // Both directions are shut: nothing more can be sent either.
            unregister(c);
            c.set_closing(true);
            return;
        }
        if c.is_full() {
            // Hung up while not reading: the poller would report it again and again.
            slot.failed.set(true);
            unregister(c);
            return;
        }
        set |= flag::READABLE;
    }
    if ready & WRITE != 0 {
        slot.blocked.set(false);
        set |= flag::WRITABLE;
    }
    c.set_flag(set, true);
}

/// The socket has an error. What was received before is delivered first.
fn failed(c: &mut Conn) {
    let Some(slot) = c.slot() else { return };
    if c.is_udp() {
        // An ICMP answer to an earlier datagram: no reason to close.
        log_debug!(
            "{} {} datagram errno {}",
            c.id(),
            c.fd(),
            socket::take_error(c.fd())
        );
        return;
    }
    if !c.is_connecting() && !c.is_listening() && (unread(c) > 0 || super::tls::has_buffered(c)) {
        slot.failed.set(true);
        if c.is_full() {
            unregister(c);
        } else {
            c.set_readable(true);
        }
        return;
    }
    log_debug!(
        "{} {} socket errno {}",
        c.id(),
        c.fd(),
        socket::take_error(c.fd())
    );
    unregister(c);
    c.fatal("socket error");
}

/// Step 4: the turn of one connection.
fn turn(mut c: Conn, now: u64, limits: Option<Timeouts>) {
    {
        let Some(slot) = c.slot() else { return };
        if slot.dead.get() || slot.in_turn.replace(true) {
            return;
        }
    }
    let before = c.flags();
    c.emit_poll(now);
    if let Some(limits) = limits {
        limits.watch(&mut c, now);
    }
    let flags = c.flags();
    if before & flag::RESP != 0 && flags & flag::RESP == 0 {
        c.emit_value(mg_event::MG_EV_READ, 0 as c_long);
    } else if is_idle(&c, flags) {
        return;
    }
    if c.is_tls_hs() {
        super::tls::watch(&mut c, now);
    }
    if c.flags() & (flag::READABLE | flag::WRITABLE) != 0 {
        io(&mut c);
    }
    finish_turn(c);
}

/// A turn without POLL.
fn serve(mut c: Conn, ready: u8) {
    {
        let Some(slot) = c.slot() else { return };
        if slot.dead.get() || slot.in_turn.replace(true) {
            return;
        }
    }
    io(&mut c);
    update_interest(&mut c);
    c.set_flag(flag::READABLE | flag::WRITABLE, false);
    if is_wake_up(&c) || ready & WRITE != 0 && c.send_len() == 0 {
        // Whoever asked for the wake-up, or refills the buffer in POLL, waits for the pass.
        leave_to_pass(&c);
    }
    finish_turn(c);
}

fn is_wake_up(c: &Conn) -> bool {
    c.slot().is_some_and(|slot| slot.kind.get() == Kind::WakeUp)
}

/// `c` is about to have something to send. Outside its own turn that is left to the next pass.
pub(crate) fn sends_later(c: &Conn) {
    if c.slot().is_some_and(|slot| !slot.in_turn.get()) {
        leave_to_pass(c);
    }
}

/// Takes note of something that only the next pass does: there is no further round before it.
fn leave_to_pass(c: &Conn) {
    if let Some(mgr) = c.manager()
        && let Some(state) = mgr.state()
    {
        state.left_to_pass.set(true);
    }
}

/// Whether `c` has something to do before its socket is ready again.
#[inline]
fn needs_pass(c: &Conn, slot: &Slot) -> bool {
    let flags = c.flags();
    if flags & flag::TLS == 0 && c.send_len() == 0 && !slot.failed.get() {
        return false;
    }
    let reads = flags & flag::FULL == 0;
    wants_send(c, flags) && !slot.blocked.get() && !slot.failed.get()
        || reads && (slot.failed.get() || flags & flag::TLS != 0 && super::tls::has_buffered(c))
}

/// Whether the rest of the turn has nothing to do; ends the turn if so.
#[inline]
fn is_idle(c: &Conn, flags: u32) -> bool {
    const BUSY: u32 =
        flag::READABLE | flag::WRITABLE | flag::CLOSING | flag::DRAINING | flag::TLS_HS;
    let Some(slot) = c.slot() else { return true };
    let idle = flags & BUSY == 0
        && c.send_len() == 0
        && !(slot.doomed.get() | slot.eof.get())
        && super::buffers::nothing_lent(slot);
    if idle {
        slot.in_turn.set(false);
    }
    idle
}

fn io(c: &mut Conn) {
    let flags = c.flags();
    if flags & (flag::RESOLVING | flag::CLOSING) != 0 {
        return;
    }
    let Some(slot) = c.slot() else { return };
    if slot.kind.get() == Kind::WakeUp {
        wakeup::deliver(c);
    } else if flags & flag::LISTENING != 0 && flags & flag::UDP == 0 {
        if flags & (flag::READABLE | flag::FULL) == flag::READABLE {
            listen::accept(c);
        }
    } else if flags & flag::CONNECTING != 0 {
        connect::finish(c);
    } else {
        if flags & (flag::READABLE | flag::FULL) == flag::READABLE {
            transfer::read(c);
        }
        if c.is_writable() {
            transfer::write(c);
        }
    }
}

fn finish_turn(c: Conn) {
    let Some(slot) = c.slot() else { return };
    let ending = c.is_draining() || slot.eof.get() && !super::tls::has_buffered(&c);
    if ending && c.send_len() == 0 && !super::tls::wants_write(&c) {
        slot.doomed.set(slot.doomed.get() || slot.eof.get());
        c.again().set_closing(true);
    }
    slot.in_turn.set(false);
    if slot.doomed.get() || c.is_closing() {
        close::close(c);
    } else {
        if needs_pass(&c, slot) {
            leave_to_pass(&c);
        }
        super::buffers::reclaim(&c);
    }
}
