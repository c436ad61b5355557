//! The ring: set-up, submission, waiting, and who may use it.

use super::owner::Owner;
use alloc::vec::Vec;
use core::ffi::c_int;
use io_uring::{IoUring, Probe, cqueue, opcode, squeue, types};
use std::os::fd::AsRawFd;

/// Requests that fit between two system calls; more are submitted in between.
const ENTRIES: u32 = 512;

/// Completions that fit. The kernel keeps those beyond until there is room.
const COMPLETIONS: u32 = 4096;

/// IORING_ENTER_GETEVENTS: runs what completions wait for.
const GETEVENTS: u32 = 1;

/// One completion.
#[derive(Clone, Copy)]
pub(super) struct Completion {
    /// What the request was named.
    pub name: u64,
    /// Result, negative: errno.
    pub result: i32,
    flags: u32,
}

impl Completion {
    /// Whether the request stays in force.
    pub fn more(&self) -> bool {
        cqueue::more(self.flags)
    }

    /// The provided buffer that holds the data.
    pub fn buffer(&self) -> Option<u16> {
        cqueue::buffer_select(self.flags)
    }
}

/// An io_uring of one thread: the first that waits.
pub(super) struct Ring {
    io: IoUring,
    owner: Owner,
    /// The kernel refused the last call: the ring is of no more use.
    broken: bool,
}

impl Ring {
    /// A ring that belongs to nobody yet; `None` where the kernel has none, forbids it or is too old.
    ///
    /// Without SINGLE_ISSUER and DEFER_TASKRUN (Linux 6.1) epoll costs less.
    pub fn new() -> Option<Ring> {
        let io = IoUring::builder()
            .setup_single_issuer()
            .setup_defer_taskrun()
            .setup_r_disabled()
            .setup_clamp()
            .setup_cqsize(COMPLETIONS)
            .dontfork()
            .build(ENTRIES)
            .ok()?;
        let mut probe = Probe::new();
        io.submitter().register_probe(&mut probe).ok()?;
        let needed = [
            opcode::PollAdd::CODE,
            opcode::AsyncCancel::CODE,
            opcode::RecvMulti::CODE,
        ];
        let all = needed.iter().all(|code| probe.is_supported(*code));
        (all && io.params().is_feature_ext_arg() && io.params().is_feature_nodrop())
            .then(Owner::nobody)
            .flatten()
            .map(|owner| Ring {
                io,
                owner,
                broken: false,
            })
    }

    /// Whether the calling thread may use the ring, and the ring can be used.
    pub fn is_usable(&self) -> bool {
        !self.broken && self.owner.may_be_current()
    }

    /// Makes the ring the calling thread's, once.
    pub fn claim(&mut self) {
        if !self.owner.is_claimed() {
            self.owner.claim();
            self.broken |= self.io.submitter().register_enable_rings().is_err();
        }
    }

    /// Whether this process made the ring: the child of a fork sees none of its memory.
    pub fn is_of_this_process(&self) -> bool {
        self.owner.is_of_this_process()
    }

    /// Gives the ring back to the system.
    pub fn close(self) {
        if self.is_of_this_process() {
            return; // dropped
        }
        // Its memory is not mapped here; something else may be in its place by now.
        // SAFETY: the descriptor is this process's copy and not used any more.
        unsafe { libc::close(self.io.as_raw_fd()) };
        core::mem::forget(self.io);
    }

    /// Queues a request for the next system call.
    ///
    /// # Safety
    /// What the request points to stays valid until it has completed.
    pub unsafe fn push(&mut self, request: &squeue::Entry) {
        // SAFETY: the caller's promise.
        if unsafe { self.io.submission().push(request) }.is_err() {
            self.submit();
            // SAFETY: as above.
            if unsafe { self.io.submission().push(request) }.is_err() {
                self.broken = true;
            }
        }
    }

    /// Queues the end of a request.
    pub fn cancel(&mut self, name: u64, own_name: u64) {
        let request = opcode::AsyncCancel::new(name)
            .build()
            .user_data(own_name)
            .flags(squeue::Flags::SKIP_SUCCESS);
        // SAFETY: the request points to nothing.
        unsafe { self.push(&request) };
    }

    /// Hands over what is queued and runs what has completed. Does not wait.
    pub fn submit(&mut self) {
        self.enter(0, None);
    }

    /// Hands over what is queued, then waits at most `timeout_ms` (0 = not at all, negative = for ever) for a completion.
    /// True when the time was over, or a signal came, before.
    pub fn wait(&mut self, timeout_ms: c_int) -> bool {
        match u64::try_from(timeout_ms) {
            Ok(0) => self.enter(0, None),
            Ok(ms) => {
                let time = types::Timespec::new()
                    .sec(ms / 1000)
                    .nsec((ms % 1000) as u32 * 1_000_000);
                self.enter(1, Some(&time))
            }
            Err(_) => self.enter(1, None),
        }
    }

    fn enter(&mut self, wanted: u32, time: Option<&types::Timespec>) -> bool {
        let queued = self.io.submission().len() as u32;
        let submitter = self.io.submitter();
        let result = match time {
            Some(time) => {
                let args = types::SubmitArgs::new().timespec(time);
                submitter.submit_with_args(wanted as usize, &args)
            }
            // SAFETY: no argument; the flag is a documented one.
            None => unsafe { submitter.enter::<libc::sigset_t>(queued, wanted, GETEVENTS, None) },
        };
        let Err(error) = result else { return false };
        match error.raw_os_error() {
            Some(libc::EINTR | libc::ETIME) => true,
            Some(libc::EBUSY | libc::EAGAIN) => false, // completions have to be taken first
            _ => {
                self.broken = true;
                true
            }
        }
    }

    /// Moves all completions to `list`. Without memory for them they wait.
    pub fn take(&mut self, list: &mut Vec<Completion>) {
        let queue = self.io.completion();
        if list.try_reserve(queue.len()).is_err() {
            return;
        }
        list.extend(queue.map(|entry| Completion {
            name: entry.user_data(),
            result: entry.result(),
            flags: entry.flags(),
        }));
    }

    /// Makes `count` buffers of the ring at `address` available as group 0. False when the kernel refuses.
    ///
    /// # Safety
    /// `address` is page-aligned memory of that many entries, which outlives this ring.
    pub unsafe fn provide(&self, address: u64, count: u16) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            self.io
                .submitter()
                .register_buf_ring_with_flags(address, count, 0, 0)
                .is_ok()
        }
    }
}
