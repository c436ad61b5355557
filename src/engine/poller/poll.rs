//! poll(2): the portable poller.

use super::{ERROR, Poller, READ, Token, WRITE, Waiter};
use alloc::vec::Vec;
use core::ffi::{c_int, c_short};

/// A table for poll(2).
#[derive(Default)]
pub struct Poll {
    fds: Vec<libc::pollfd>,
    tokens: Vec<Token>,
}

/// One poll(2), on a copy of the table.
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
        self.tokens.iter().position(|t| *t == token)
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
        }
    }

    fn begin(&mut self) -> PollWait {
        PollWait {
            fds: self.fds.clone(),
            tokens: self.tokens.clone(),
            reports: Vec::new(),
        }
    }

    fn end(&mut self, _waiter: PollWait) {}

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
