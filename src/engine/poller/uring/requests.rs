//! Which requests are in force for which descriptor, and what their completions mean.

use super::super::{ERROR, READ, STREAM, Token, WRITE};
use super::buffers::Buffers;
use super::ring::{Completion, Ring};
use super::stash::{LARGE, Stash};
use crate::engine::socket::{self, Io};
use alloc::vec::Vec;
use core::ffi::c_int;
use io_uring::{opcode, types};

/// Kinds of requests, the low bits of the upper half of their names; their number is above, the index below.
const POLL: u64 = 0;
const RECV: u64 = 1;
const CANCEL: u64 = 2;

/// System calls of one wait at most.
const MAX_WAITS: usize = 16;

/// One watched descriptor.
#[derive(Default)]
struct Entry {
    fd: c_int,
    token: Option<Token>,
    interest: u8,
    /// What arrives is received ahead.
    ahead: bool,
    /// Number of the poll request in force, 0 for none.
    poll: u32,
    /// What it polls for.
    events: u32,
    /// The last one completed with nothing of interest: the next one stays in force, or it would do so again and again.
    edge: bool,
    /// Number of the receive request in force, 0 for none.
    recv: u32,
    /// It is being cancelled.
    stopping: bool,
    /// Is in `Requests::todo`.
    listed: bool,
    /// Was reported in this wait.
    reported: bool,
    stash: Stash,
}

/// All watched descriptors by the index of their token, with the ring as long as there is one.
#[derive(Default)]
pub(super) struct Requests {
    // The ring goes before the buffers that it fills.
    pub ring: Option<Ring>,
    buffers: Option<Buffers>,
    entries: Vec<Entry>,
    /// Entries to look at before the next wait.
    todo: Vec<u32>,
    looking: Vec<u32>,
    completions: Vec<Completion>,
    /// What is ready.
    reports: Vec<(Token, u8)>,
    last_number: u32,
}

impl Requests {
    /// Makes a ring. False where there is none.
    pub fn open(&mut self) -> bool {
        let Some(ring) = Ring::new() else {
            return false;
        };
        self.buffers = Buffers::new(&ring);
        if self.buffers.is_some() {
            self.ring = Some(ring);
        }
        self.ring.is_some()
    }

    /// Closes the ring and keeps what it has received.
    pub fn close(&mut self) {
        let of_this_process = self.ring.as_ref().is_some_and(Ring::is_of_this_process);
        if of_this_process {
            self.stop_all();
            self.complete();
        }
        if let Some(buffers) = &self.buffers {
            for entry in &mut self.entries {
                entry.stash.keep(buffers);
                (entry.poll, entry.recv, entry.stopping) = (0, 0, false);
            }
        }
        if let Some(ring) = self.ring.take() {
            ring.close();
        }
        self.buffers = None;
    }

    fn stop_all(&mut self) {
        let Some(ring) = self.ring.as_mut().filter(|ring| ring.is_usable()) else {
            return; // what runs belongs to another thread, which does not wait: nothing arrives any more
        };
        for (index, entry) in self.entries.iter_mut().enumerate() {
            if entry.recv != 0 {
                ring.cancel(name(index, RECV, entry.recv), name(index, CANCEL, 0));
            }
        }
        ring.submit();
    }

    /// The watched descriptors: what an epoll needs.
    pub fn watched(&self) -> impl Iterator<Item = (c_int, Token, u8)> + '_ {
        self.entries
            .iter()
            .filter_map(|e| e.token.map(|token| (e.fd, token, e.interest)))
    }

    pub fn add(&mut self, fd: c_int, token: Token, interest: u8) -> bool {
        let index = token.index();
        let missing = (index + 1).saturating_sub(self.entries.len());
        // Each may be listed once: there is always room.
        if self.entries.try_reserve(missing).is_err()
            || self.todo.try_reserve(index + 1).is_err()
            || self.looking.try_reserve(index + 1).is_err()
        {
            return false;
        }
        self.entries
            .resize_with(self.entries.len() + missing, Entry::default);
        let Some(entry) = self.entries.get_mut(index) else {
            return false;
        };
        entry.fd = fd;
        entry.token = Some(token);
        entry.interest = interest & (READ | WRITE);
        entry.ahead = interest & STREAM != 0;
        entry.edge = false;
        self.list(index);
        true
    }

    fn find(&mut self, token: Token) -> Option<&mut Entry> {
        self.entries
            .get_mut(token.index())
            .filter(|entry| entry.token == Some(token))
    }

    pub fn modify(&mut self, token: Token, interest: u8) {
        let index = token.index();
        let Some(entry) = self.find(token) else {
            return;
        };
        entry.interest = interest & (READ | WRITE);
        entry.edge = false;
        if interest & READ == 0 {
            self.stop_receiving(index);
        }
        self.list(index);
    }

    /// Ends the receive request; what it has received meanwhile still counts.
    fn stop_receiving(&mut self, index: usize) {
        if let Some((entry, ring)) = self.entries.get_mut(index).zip(self.ring.as_mut())
            && entry.recv != 0
            && !entry.stopping
        {
            entry.stopping = true;
            ring.cancel(name(index, RECV, entry.recv), name(index, CANCEL, 0));
        }
    }

    /// Ends all requests for a descriptor before it is closed: a request keeps the socket open.
    pub fn remove(&mut self, token: Token) {
        let index = token.index();
        let Some(entry) = self
            .entries
            .get_mut(index)
            .filter(|entry| entry.token == Some(token))
        else {
            return;
        };
        if let Some(ring) = &mut self.ring {
            for (kind, number) in [(POLL, entry.poll), (RECV, entry.recv)] {
                if number != 0 {
                    ring.cancel(name(index, kind, number), name(index, CANCEL, 0));
                }
            }
            if entry.poll != 0 || entry.recv != 0 {
                ring.submit();
            }
        }
        entry.token = None;
        (entry.poll, entry.recv, entry.stopping) = (0, 0, false);
        entry.stash.clear(self.buffers.as_mut());
    }

    fn list(&mut self, index: usize) {
        if let Some(entry) = self.entries.get_mut(index)
            && !core::mem::replace(&mut entry.listed, true)
        {
            self.todo.push(index as u32);
        }
    }

    /// Before a wait: makes the requests what they should be, and reports what was received and not yet read.
    pub fn prepare(&mut self) {
        self.reports.clear();
        let mut looking = core::mem::replace(&mut self.todo, core::mem::take(&mut self.looking));
        for index in looking.drain(..) {
            self.prepare_one(index as usize);
        }
        self.looking = looking;
    }

    fn prepare_one(&mut self, index: usize) {
        let Some(entry) = self.entries.get_mut(index) else {
            return;
        };
        (entry.listed, entry.reported) = (false, false);
        let Some(token) = entry.token else { return };
        let pending = entry.stash.is_pending();
        if pending && entry.interest & READ != 0 {
            let failed = if entry.stash.has_failed() { ERROR } else { 0 };
            entry.reported = report(&mut self.reports, token, READ | failed);
        }
        let Some(ring) = &mut self.ring else {
            if pending {
                self.list(index);
            }
            return;
        };
        if entry.ahead && entry.interest == READ && entry.recv == 0 && !entry.stash.has_ended() {
            entry.recv = next(&mut self.last_number);
            let request = opcode::RecvMulti::new(types::Fd(entry.fd), 0)
                .build()
                .user_data(name(index, RECV, entry.recv));
            // SAFETY: buffers of the ring's group live as long as the ring.
            unsafe { ring.push(&request) };
        }
        let wanted = entry.wanted();
        if wanted != Some(entry.events) {
            if entry.poll != 0 {
                ring.cancel(name(index, POLL, entry.poll), name(index, CANCEL, 0));
            }
            (entry.poll, entry.edge) = (0, false);
        }
        if let Some(events) = wanted
            && entry.poll == 0
        {
            entry.poll = next(&mut self.last_number);
            entry.events = events;
            let request = opcode::PollAdd::new(types::Fd(entry.fd), events)
                .multi(entry.edge)
                .build()
                .user_data(name(index, POLL, entry.poll));
            // SAFETY: the request points to nothing.
            unsafe { ring.push(&request) };
        }
        if pending {
            self.list(index);
        }
    }

    /// What is ready.
    pub fn take_reports(&mut self) -> Vec<(Token, u8)> {
        core::mem::take(&mut self.reports)
    }

    /// Memory for the next reports.
    pub fn reuse(&mut self, mut reports: Vec<(Token, u8)>) {
        reports.clear();
        if self.reports.is_empty() {
            self.reports = reports;
        }
    }

    /// Waits at most `timeout_ms`, not at all when there is something to report.
    pub fn wait(&mut self, timeout_ms: c_int) {
        let start = if timeout_ms > 0 { monotonic_ms() } else { 0 };
        let mut left = if self.reports.is_empty() {
            timeout_ms
        } else {
            0
        };
        for _ in 0..MAX_WAITS {
            let Some(ring) = &mut self.ring else { return };
            let ended = ring.wait(left);
            self.complete();
            if ended || left == 0 || !self.reports.is_empty() {
                return;
            }
            // Only the end of requests, which is nothing to wake anybody for.
            if timeout_ms > 0 {
                let passed = monotonic_ms().saturating_sub(start);
                left = timeout_ms
                    .saturating_sub(c_int::try_from(passed).unwrap_or(c_int::MAX))
                    .max(0);
            }
            self.prepare();
        }
    }

    /// After a wait: takes the completions.
    fn complete(&mut self) {
        let mut list = core::mem::take(&mut self.completions);
        if let Some(ring) = &mut self.ring {
            ring.take(&mut list);
        }
        for completion in list.drain(..) {
            let index = (completion.name & 0xffff_ffff) as usize;
            let kind = completion.name >> 32 & 3;
            let number = (completion.name >> 34) as u32;
            match kind {
                POLL => self.polled(index, number, completion),
                RECV => self.received(index, number, completion),
                _ => {}
            }
        }
        self.completions = list;
    }

    fn polled(&mut self, index: usize, number: u32, completion: Completion) {
        let Some(entry) = self.entries.get_mut(index) else {
            return;
        };
        if entry.poll != number {
            return;
        }
        if !completion.more() {
            entry.poll = 0;
        }
        let ready = entry.ready(completion.result);
        entry.edge = ready == 0;
        if ready != 0
            && let Some(token) = entry.token
        {
            report(&mut self.reports, token, ready);
        }
        self.list(index);
    }

    fn received(&mut self, index: usize, number: u32, completion: Completion) {
        let Some(buffers) = &mut self.buffers else {
            return;
        };
        let Some(entry) = self
            .entries
            .get_mut(index)
            .filter(|entry| entry.recv == number)
        else {
            if let Some(id) = completion.buffer() {
                buffers.give(id);
            }
            return;
        };
        match (usize::try_from(completion.result), completion.buffer()) {
            (Ok(len @ 1..), Some(id)) => entry.stash.push(id, len, buffers),
            (Ok(_), buffer) => {
                if let Some(id) = buffer {
                    buffers.give(id);
                }
                entry.stash.finish(0);
            }
            (Err(_), _) => match -completion.result {
                libc::ENOBUFS | libc::ECANCELED | libc::EAGAIN | libc::EINTR => {}
                errno => entry.stash.finish(errno),
            },
        }
        if !completion.more() {
            (entry.recv, entry.stopping) = (0, false);
        }
        if let Some(token) = entry.token
            && entry.stash.is_pending()
            && entry.interest & READ != 0
            && !entry.reported
        {
            let failed = if entry.stash.has_failed() { ERROR } else { 0 };
            entry.reported = report(&mut self.reports, token, READ | failed);
        }
        if entry.stash.len() >= LARGE && entry.ahead {
            entry.ahead = false;
            self.stop_receiving(index);
        }
        self.list(index);
    }

    pub fn recv(&mut self, fd: c_int, token: Token, out: &mut [u8]) -> Io {
        let entry = self
            .entries
            .get_mut(token.index())
            .filter(|entry| entry.token == Some(token));
        let Some(entry) = entry else {
            return socket::recv(fd, out);
        };
        match entry.stash.read(out, self.buffers.as_mut()) {
            Some(Io::Done(n)) if n > 0 && entry.recv == 0 && !entry.stash.is_pending() => {
                Io::Done(n + entry.more(out.get_mut(n..).unwrap_or(&mut [])))
            }
            Some(result) => result,
            None if entry.recv != 0 => Io::WouldBlock,
            None => socket::recv(fd, out),
        }
    }

    /// Bytes received for a descriptor and not yet read.
    pub fn unread(&self, token: Token) -> usize {
        self.entries
            .get(token.index())
            .filter(|entry| entry.token == Some(token))
            .map_or(0, |entry| entry.stash.len())
    }
}

impl Entry {
    /// Goes on reading where the stash has come to its end, as one read of the socket would have done.
    fn more(&mut self, out: &mut [u8]) -> usize {
        if out.is_empty() || self.stash.has_ended() {
            return 0;
        }
        match socket::recv(self.fd, out) {
            Io::Done(0) => self.stash.finish(0),
            Io::Done(n) => return n,
            Io::WouldBlock => {}
            Io::Failed(errno) => self.stash.finish(errno),
        }
        0
    }

    /// What has to be polled for, `None` for nothing at all. Errors and hanging up are always included.
    fn wanted(&self) -> Option<u32> {
        let receiving = self.recv != 0 || self.stash.is_pending();
        let mut events = 0;
        if self.interest & READ != 0 && !receiving {
            events |= libc::POLLIN as u32;
        }
        if self.interest & WRITE != 0 {
            events |= libc::POLLOUT as u32;
        }
        (events != 0 || !receiving).then_some(events)
    }

    /// What the result of a poll request means.
    fn ready(&self, result: i32) -> u8 {
        let receiving = self.recv != 0 || self.stash.is_pending();
        if result < 0 {
            return if result == -libc::ECANCELED { 0 } else { ERROR };
        }
        let has = |bit: libc::c_short| result & i32::from(bit) != 0;
        let mut ready = 0;
        if has(libc::POLLOUT) && self.interest & WRITE != 0 {
            ready |= WRITE;
        }
        // While something is received ahead, that tells about the end as well, in its place.
        if !receiving {
            if has(libc::POLLHUP) || has(libc::POLLIN) && self.interest & READ != 0 {
                ready |= READ;
            }
            if has(libc::POLLERR) || has(libc::POLLNVAL) {
                ready |= ERROR;
            }
        }
        ready
    }
}

/// Adds a report. False without memory for it: readiness is reported again.
fn report(reports: &mut Vec<(Token, u8)>, token: Token, ready: u8) -> bool {
    let room = reports.try_reserve(1).is_ok();
    if room {
        reports.push((token, ready));
    }
    room
}

/// Milliseconds of the system's clock. The program's own may stand still.
fn monotonic_ms() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` lives for the call.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    (time.tv_sec as u64).saturating_mul(1000) + time.tv_nsec as u64 / 1_000_000
}

fn name(index: usize, kind: u64, number: u32) -> u64 {
    (u64::from(number) << 2 | kind) << 32 | index as u64
}

/// The next number of a request: 30 bits, never 0.
fn next(last: &mut u32) -> u32 {
    *last = (*last + 1) & 0x3fff_ffff;
    *last = (*last).max(1);
    *last
}
