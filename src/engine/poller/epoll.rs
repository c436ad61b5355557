//! epoll, level-triggered.

use super::{ERROR, Poller, READ, Token, WRITE, Waiter};
use alloc::vec::Vec;
use core::ffi::c_int;

/// Most reports taken by one wait; more readiness is reported by the next.
const MOST: usize = 65536;

/// An epoll instance.
pub struct Epoll {
    fd: c_int,
    /// Descriptors watched.
    watched: usize,
    /// Room for reports, used by one wait after the other.
    spare: Vec<libc::epoll_event>,
}

/// One epoll_wait.
pub struct EpollWait {
    fd: c_int,
    events: Vec<libc::epoll_event>,
    count: usize,
}

impl Epoll {
    /// A new instance, close-on-exec. When the system refuses, every later call fails.
    pub fn new() -> Self {
        // SAFETY: no preconditions.
        let fd = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if fd < 0 {
            log_error!("epoll_create1 errno {}", crate::engine::socket::errno());
        }
        Epoll {
            fd,
            watched: 0,
            spare: Vec::new(),
        }
    }

    fn control(&mut self, op: c_int, fd: c_int, token: Token, interest: u8) -> bool {
        let mut bits = 0;
        if interest & READ != 0 {
            bits |= libc::EPOLLIN as u32;
        }
        if interest & WRITE != 0 {
            bits |= libc::EPOLLOUT as u32;
        }
        let mut event = libc::epoll_event {
            events: bits,
            u64: token.0,
        };
        // SAFETY: `event` lives for the call.
        unsafe { libc::epoll_ctl(self.fd, op, fd, &mut event) == 0 }
    }
}

impl Default for Epoll {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Epoll {
    fn drop(&mut self) {
        if self.fd >= 0 {
            // SAFETY: the descriptor is ours.
            unsafe { libc::close(self.fd) };
        }
    }
}

impl Poller for Epoll {
    type Waiter = EpollWait;

    fn add(&mut self, fd: c_int, token: Token, interest: u8) -> bool {
        let added = self.control(libc::EPOLL_CTL_ADD, fd, token, interest);
        self.watched += usize::from(added);
        added
    }

    fn modify(&mut self, fd: c_int, token: Token, interest: u8) -> bool {
        self.control(libc::EPOLL_CTL_MOD, fd, token, interest)
    }

    fn remove(&mut self, fd: c_int, token: Token) {
        self.control(libc::EPOLL_CTL_DEL, fd, token, 0);
        self.watched = self.watched.saturating_sub(1);
    }

    fn begin(&mut self) -> EpollWait {
        let mut events = core::mem::take(&mut self.spare);
        // Without memory for more, what was there before serves, one wait after the other.
        let wanted = self.watched.clamp(1, MOST).next_power_of_two();
        if events.len() < wanted && events.try_reserve_exact(wanted - events.len()).is_ok() {
            events.resize(wanted, libc::epoll_event { events: 0, u64: 0 });
        }
        EpollWait {
            fd: self.fd,
            events,
            count: 0,
        }
    }

    fn end(&mut self, waiter: EpollWait) {
        self.spare = waiter.events;
    }

    fn fd(&self) -> c_int {
        self.fd
    }
}

impl Waiter for EpollWait {
    fn wait(&mut self, timeout_ms: c_int) -> usize {
        let room = c_int::try_from(self.events.len()).unwrap_or(c_int::MAX);
        if self.fd < 0 || room == 0 {
            // Nothing can be watched: the wait remains.
            // SAFETY: no descriptors.
            unsafe { libc::poll(core::ptr::null_mut(), 0, timeout_ms) };
            return 0;
        }
        // SAFETY: the array has room for that many events.
        let n = unsafe { libc::epoll_wait(self.fd, self.events.as_mut_ptr(), room, timeout_ms) };
        self.count = usize::try_from(n).unwrap_or(0);
        self.count
    }

    fn report(&self, n: usize) -> Option<(Token, u8)> {
        let event = self.events.get(n).filter(|_| n < self.count)?;
        let bits = event.events;
        let mut ready = 0;
        if bits & (libc::EPOLLIN | libc::EPOLLHUP) as u32 != 0 {
            ready |= READ;
        }
        if bits & libc::EPOLLOUT as u32 != 0 {
            ready |= WRITE;
        }
        if bits & libc::EPOLLERR as u32 != 0 {
            ready |= ERROR;
        }
        Some((Token(event.u64), ready))
    }
}
