//! io_uring: one system call per poll submits requests and waits for completions. What arrives on streams is received
//! ahead into buffers of the ring and read from there.
//!
//! A ring belongs to the thread that polls first. epoll takes over, and nothing is lost, where the kernel has no ring or
//! forbids it, after a fork, when another thread goes on, and when other threads act during a wait.

mod buffers;
mod owner;
mod requests;
mod ring;
mod stash;

use super::epoll::{Epoll, EpollWait};
use super::{Poller, STREAM, Token, Waiter};
use crate::engine::alloc::try_box;
use crate::engine::socket::{self, Io};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::c_int;
use requests::Requests;

/// io_uring, or epoll in its place.
pub struct Uring {
    /// `None` while a wait has them.
    requests: Option<Box<Requests>>,
    epoll: Option<Epoll>,
}

/// One wait.
pub struct UringWait {
    /// While there is a ring and the wait lasts.
    requests: Option<Box<Requests>>,
    epoll: Option<EpollWait>,
    /// What the ring has found; with epoll, what it had received before.
    reports: Vec<(Token, u8)>,
}

impl Uring {
    /// A ring where there can be one. It will belong to the thread that polls.
    pub fn new() -> Self {
        let mut requests = try_box(Requests::default());
        let opened = requests.as_mut().is_some_and(|requests| requests.open());
        let epoll = (!opened).then(Epoll::new);
        Uring { requests, epoll }
    }

    /// epoll from now on.
    fn fall_back(&mut self) {
        if self.epoll.is_some() {
            return;
        }
        if let Some(requests) = &mut self.requests {
            requests.close(); // first: there may be no descriptor left for another
        }
        let mut epoll = Epoll::new();
        if let Some(requests) = &self.requests {
            for (fd, token, interest) in requests.watched() {
                if !epoll.add(fd, token, interest) {
                    log_error!("poller: {}", socket::errno());
                }
            }
        }
        self.epoll = Some(epoll);
    }

    /// Falls back when the ring cannot be used here.
    fn check(&mut self) {
        let usable = match &self.requests {
            Some(requests) => requests.ring.as_ref().is_none_or(|ring| ring.is_usable()),
            None => false,
        };
        if !usable {
            self.fall_back();
        }
    }
}

impl Default for Uring {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Uring {
    fn drop(&mut self) {
        if let Some(requests) = &mut self.requests {
            requests.close();
        }
    }
}

impl Poller for Uring {
    type Waiter = UringWait;

    fn add(&mut self, fd: c_int, token: Token, interest: u8) -> bool {
        self.check();
        if let Some(epoll) = &mut self.epoll
            && !epoll.add(fd, token, interest)
        {
            return false;
        }
        if self.epoll.is_none() && interest & STREAM == 0 && !can_be_polled(fd) {
            return false;
        }
        match &mut self.requests {
            Some(requests) => requests.add(fd, token, interest),
            None => true,
        }
    }

    fn modify(&mut self, fd: c_int, token: Token, interest: u8) -> bool {
        self.check();
        if let Some(requests) = &mut self.requests {
            requests.modify(token, interest);
        }
        match &mut self.epoll {
            Some(epoll) => epoll.modify(fd, token, interest),
            None => true,
        }
    }

    fn remove(&mut self, fd: c_int, token: Token) {
        self.check();
        if let Some(requests) = &mut self.requests {
            requests.remove(token);
        }
        if let Some(epoll) = &mut self.epoll {
            epoll.remove(fd, token);
        }
    }

    fn begin(&mut self) -> UringWait {
        if let Some(ring) = self.requests.as_mut().and_then(|r| r.ring.as_mut()) {
            ring.claim();
        }
        self.check();
        if let Some(requests) = &mut self.requests {
            requests.prepare();
        }
        match &mut self.epoll {
            // Other threads may act meanwhile: all stays where it is.
            Some(epoll) => UringWait {
                epoll: Some(epoll.begin()),
                reports: self
                    .requests
                    .as_mut()
                    .map_or_else(Vec::new, |r| r.take_reports()),
                requests: None,
            },
            None => UringWait {
                requests: self.requests.take(),
                epoll: None,
                reports: Vec::new(),
            },
        }
    }

    fn waited(&mut self, waiter: &mut UringWait) {
        if let Some(requests) = waiter.requests.take() {
            self.requests = Some(requests);
        }
    }

    fn end(&mut self, waiter: UringWait) {
        if let Some(requests) = &mut self.requests {
            requests.reuse(waiter.reports);
        }
        if let (Some(epoll), Some(wait)) = (&mut self.epoll, waiter.epoll) {
            epoll.end(wait);
        }
    }

    fn fd(&self) -> c_int {
        self.epoll.as_ref().map_or(-1, Epoll::fd)
    }

    fn share(&mut self) {
        self.fall_back();
    }

    fn recv(&mut self, fd: c_int, token: Token, out: &mut [u8]) -> Io {
        match &mut self.requests {
            Some(requests) => requests.recv(fd, token, out),
            None => socket::recv(fd, out),
        }
    }

    fn unread(&self, fd: c_int, token: Token) -> usize {
        let ahead = self.requests.as_ref().map_or(0, |r| r.unread(token));
        ahead.saturating_add(socket::unread(fd))
    }
}

impl Waiter for UringWait {
    fn wait(&mut self, timeout_ms: c_int) -> usize {
        if let Some(requests) = &mut self.requests {
            requests.wait(timeout_ms);
            self.reports = requests.take_reports();
            return self.reports.len();
        }
        let timeout_ms = if self.reports.is_empty() {
            timeout_ms
        } else {
            0
        };
        let found = self
            .epoll
            .as_mut()
            .map_or(0, |epoll| epoll.wait(timeout_ms));
        self.reports.len() + found
    }

    fn report(&self, n: usize) -> Option<(Token, u8)> {
        match self.reports.get(n) {
            Some(report) => Some(*report),
            None => self.epoll.as_ref()?.report(n - self.reports.len()),
        }
    }
}

/// Whether epoll would take a descriptor.
fn can_be_polled(fd: c_int) -> bool {
    // SAFETY: plain data, which the call fills.
    let (rc, stat) = unsafe {
        let mut stat: libc::stat = core::mem::zeroed();
        (libc::fstat(fd, &mut stat), stat)
    };
    let kind = stat.st_mode & libc::S_IFMT;
    rc == 0 && kind != libc::S_IFREG && kind != libc::S_IFDIR
}

#[cfg(test)]
mod tests;
