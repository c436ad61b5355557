//! A spin lock for the few structures that other threads may touch: the wake-up queue and the timer passes.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, Ordering};

/// Data behind a spin lock. Held for a few instructions at a time, never across a callback.
pub struct Lock<T> {
    taken: AtomicBool,
    data: UnsafeCell<T>,
}

// SAFETY: `with` gives access to one thread at a time.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    /// Wraps `data`.
    pub const fn new(data: T) -> Self {
        Lock {
            taken: AtomicBool::new(false),
            data: UnsafeCell::new(data),
        }
    }

    /// Runs `body` with exclusive access.
    pub fn with<R>(&self, body: impl FnOnce(&mut T) -> R) -> R {
        struct Release<'a>(&'a AtomicBool);
        impl Drop for Release<'_> {
            fn drop(&mut self) {
                self.0.store(false, Ordering::Release);
            }
        }
        while self
            .taken
            .compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            // SAFETY: no preconditions.
            unsafe { libc::sched_yield() };
        }
        let _release = Release(&self.taken);
        // SAFETY: `taken` was false and is now ours, so nobody else holds a reference.
        body(unsafe { &mut *self.data.get() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn one_thread_at_a_time() {
        const EACH: usize = if cfg!(miri) { 50 } else { 20_000 };
        static COUNT: Lock<(usize, usize)> = Lock::new((0, 0));
        let work = || {
            for _ in 0..EACH {
                COUNT.with(|pair| {
                    assert_eq!(pair.0, pair.1);
                    pair.0 += 1;
                    pair.1 += 1;
                });
            }
        };
        let threads: [_; 4] = core::array::from_fn(|_| thread::spawn(work));
        for thread in threads {
            thread.join().expect("no panic");
        }
        assert_eq!(COUNT.with(|pair| *pair), (4 * EACH, 4 * EACH));
    }

    #[test]
    fn a_panic_opens_the_lock() {
        static LOCK: Lock<u8> = Lock::new(1);
        let result = std::panic::catch_unwind(|| LOCK.with(|_| panic!("on purpose")));
        assert!(result.is_err());
        assert_eq!(LOCK.with(|n| *n), 1);
    }
}
