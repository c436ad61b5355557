//! Which thread of which process something belongs to, told without a system call.

use core::ffi::c_int;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicU8, Ordering};

const PAGE: usize = 4096;

/// A thread of this process.
pub(super) struct Owner {
    /// Where its `errno` is: no two threads that live at one time share it. What that cannot tell, the kernel does.
    /// NULL until there is one.
    thread: *const c_int,
    /// One, and zero in the child of a fork.
    mark: NonNull<AtomicU8>,
}

impl Owner {
    /// No thread yet; `None` when the system cannot mark memory.
    pub fn nobody() -> Option<Owner> {
        // SAFETY: new anonymous memory.
        let page = unsafe {
            libc::mmap(
                ptr::null_mut(),
                PAGE,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if page == libc::MAP_FAILED {
            return None;
        }
        let owner = Owner {
            thread: ptr::null(),
            mark: NonNull::new(page.cast())?,
        };
        // SAFETY: the page is ours.
        if unsafe { libc::madvise(page, PAGE, libc::MADV_WIPEONFORK) } != 0 {
            return None;
        }
        owner.mark().store(1, Ordering::Relaxed);
        Some(owner)
    }

    /// The calling thread from now on.
    pub fn claim(&mut self) {
        self.thread = thread();
    }

    /// Whether it has an owner.
    pub fn is_claimed(&self) -> bool {
        !self.thread.is_null()
    }

    fn mark(&self) -> &AtomicU8 {
        // SAFETY: the page lives as long as this.
        unsafe { self.mark.as_ref() }
    }

    /// Whether no fork lies between.
    pub fn is_of_this_process(&self) -> bool {
        self.mark().load(Ordering::Relaxed) == 1
    }

    /// Whether the calling thread is the one, or may become it.
    pub fn may_be_current(&self) -> bool {
        self.is_of_this_process() && (!self.is_claimed() || self.thread == thread())
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // SAFETY: the page is ours.
        unsafe { libc::munmap(self.mark.as_ptr().cast(), PAGE) };
    }
}

fn thread() -> *const c_int {
    // SAFETY: no preconditions.
    unsafe { libc::__errno_location() }
}
