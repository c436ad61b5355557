//! poll(2): the portable poller.

use super::{ERROR, Poller, READ, Token, WRITE, Waiter};
use alloc::vec::Vec;
use core::ffi::{c_int, c_short};

/// A table for poll(2).
#[derive(Default)]
pub struct Poll {
    fds: Vec<libc::pollfd>,
    tokens: Vec<Token>,
    /// Where the descriptor with a token's index lies in the two tables above.
    places: Vec<usize>,
    /// The tables of the last wait, used again.
    spare: PollWait,
}

/// One poll(2), on a copy of the table.
#[derive(Default)]
pub struct PollWait {
    fds: Vec<libc::pollfd>,
    tokens: Vec<Token>,
    reports: Vec<(Token, u8)>,
}

impl Poll {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    fn position(&self, token: Token) -> Option<usize> {
        let at = *self.places.get(token.index())?;
        (self.tokens.get(at) == Some(&token)).then_some(at)
    }
}

fn events(interest: u8) -> c_short {
    let mut bits = 0;
    if interest & READ != 0 {
        bits |= libc::POLLIN;
    }
    if interest & WRITE != 0 {
        bits |= libc::POLLOUT;
    }
    bits
}

impl Poller for Poll {
    type Waiter = PollWait;

    fn add(&mut self, fd: c_int, token: Token, interest: u8) -> bool {
        let index = token.index();
        let missing = (index + 1).saturating_sub(self.places.len());
        if self.fds.try_reserve(1).is_err()
            || self.tokens.try_reserve(1).is_err()
            || self.places.try_reserve(missing).is_err()
        {
            return false;
        }
        self.places.resize(self.places.len() + missing, 0);
        self.places[index] = self.fds.len();
        self.fds.push(libc::pollfd {
            fd,
            events: events(interest),
            revents: 0,
        });
        self.tokens.push(token);
        true
    }

    fn modify(&mut self, _fd: c_int, token: Token, interest: u8) -> bool {
        match self.position(token).and_then(|at| self.fds.get_mut(at)) {
            Some(entry) => {
                entry.events = events(interest);
                true
            }
            None => false,
        }
    }

    fn remove(&mut self, _fd: c_int, token: Token) {
        if let Some(at) = self.position(token) {
            self.fds.swap_remove(at);
            self.tokens.swap_remove(at);
            if let Some(moved) = self.tokens.get(at) {
                self.places[moved.index()] = at;
            }
        }
    }

    fn begin(&mut self) -> PollWait {
        let mut wait = core::mem::take(&mut self.spare);
        wait.fds.clear();
        wait.tokens.clear();
        let n = self.fds.len();
        // Without memory nothing is reported this time.
        if wait.fds.try_reserve(n).is_ok()
            && wait.tokens.try_reserve(n).is_ok()
            && wait.reports.try_reserve(n).is_ok()
        {
            wait.fds.extend_from_slice(&self.fds);
            wait.tokens.extend_from_slice(&self.tokens);
        }
        wait
    }

    fn end(&mut self, waiter: PollWait) {
        self.spare = waiter;
    }

    fn fd(&self) -> c_int {
        -1
    }
}

impl Waiter for PollWait {
    fn wait(&mut self, timeout_ms: c_int) -> usize {
        self.reports.clear();
        // SAFETY: the table lives for the call and has `len` entries.
        let n = unsafe {
            libc::poll(
                self.fds.as_mut_ptr(),
                self.fds.len() as libc::nfds_t,
                timeout_ms,
            )
        };
        if n > 0 {
            for (entry, token) in self.fds.iter().zip(&self.tokens) {
                let mut ready = 0;
                if entry.revents & (libc::POLLIN | libc::POLLHUP) != 0 {
                    ready |= READ;
                }
                if entry.revents & libc::POLLOUT != 0 {
                    ready |= WRITE;
                }
                if entry.revents & (libc::POLLERR | libc::POLLNVAL) != 0 {
                    ready |= ERROR;
                }
                if ready != 0 {
                    self.reports.push((*token, ready));
                }
            }
        }
        self.reports.len()
    }

    fn report(&self, n: usize) -> Option<(Token, u8)> {
        self.reports.get(n).copied()
    }
}
