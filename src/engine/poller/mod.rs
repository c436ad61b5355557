//! Readiness of sockets: one trait, one file per system call.

#[cfg(all(target_os = "linux", not(feature = "force-poll")))]
pub mod epoll;
pub mod poll;
#[cfg(all(target_os = "linux", feature = "uring", not(feature = "force-poll")))]
pub mod uring;

use super::socket::{self, Io};
use core::ffi::c_int;

/// Interest in reading.
pub const READ: u8 = 1;
/// Interest in writing.
pub const WRITE: u8 = 2;
/// Reported only: the descriptor has failed or hung up.
pub const ERROR: u8 = 4;

/// To be added with the interest by [`Poller::add`]: a stream that nobody reads from but through [`Poller::recv`], so that
/// the poller may receive ahead.
pub const STREAM: u8 = 8;

/// Names a registered descriptor in reports: table index and generation, so that a late report of a closed
/// descriptor never reaches its successor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token(pub u64);

impl Token {
    /// Place in the table, a small number.
    pub fn index(self) -> usize {
        (self.0 & 0xffff_ffff) as usize
    }
}

/// Level-triggered readiness.
///
/// A wait is taken apart in three steps so that the poller is not borrowed while the thread sleeps: bindings let
/// other threads register and close descriptors meanwhile.
pub trait Poller {
    /// What one wait needs.
    type Waiter: Waiter;
    /// Watches `fd`. False when the system refuses.
    fn add(&mut self, fd: c_int, token: Token, interest: u8) -> bool;
    /// Changes what is watched.
    fn modify(&mut self, fd: c_int, token: Token, interest: u8) -> bool;
    /// Stops watching; to be called before the descriptor is closed.
    fn remove(&mut self, fd: c_int, token: Token);
    /// Begins a wait.
    fn begin(&mut self) -> Self::Waiter;
    /// After the wait, before its reports are looked at: takes back what belongs to the poller.
    fn waited(&mut self, _waiter: &mut Self::Waiter) {}
    /// Ends it: gives memory back for the next.
    fn end(&mut self, waiter: Self::Waiter);
    /// Descriptor for `mg_mgr.epoll_fd`, -1 when there is none.
    fn fd(&self) -> c_int;
    /// Other threads will register and close descriptors during waits.
    fn share(&mut self) {}
    /// Reads from a registered stream.
    fn recv(&mut self, fd: c_int, _token: Token, out: &mut [u8]) -> Io {
        socket::recv(fd, out)
    }
    /// Bytes that [`Poller::recv`] would find.
    fn unread(&self, fd: c_int, _token: Token) -> usize {
        socket::unread(fd)
    }
}

/// One wait.
pub trait Waiter {
    /// Waits at most `timeout_ms` (0 = not at all, negative = for ever) and returns the number of reports.
    /// A signal ends the wait with none.
    fn wait(&mut self, timeout_ms: c_int) -> usize;
    /// The `n`-th report: which descriptor, and [`READ`], [`WRITE`], [`ERROR`] bits.
    fn report(&self, n: usize) -> Option<(Token, u8)>;
}

/// The poller of this system.
#[cfg(all(
    target_os = "linux",
    not(any(feature = "force-poll", feature = "uring"))
))]
pub type System = epoll::Epoll;
/// The poller of this system.
#[cfg(all(target_os = "linux", feature = "uring", not(feature = "force-poll")))]
pub type System = uring::Uring;
/// The poller of this system.
#[cfg(not(all(target_os = "linux", not(feature = "force-poll"))))]
pub type System = poll::Poll;
