//! Timers: a C list, newest first, that callbacks may change at will.
//!
//! A pass over a list is registered while it runs, so that a callback may free the running timer, its neighbour or
//! any other: `unlink` moves the pass on. The manager skips the pass while nothing can be due, so that many armed
//! timers cost an idle poll nothing.

use super::lock::Lock;
use super::platform;
use crate::abi::core::{
    MG_TIMER_AUTODELETE, MG_TIMER_CALLED, MG_TIMER_REPEAT, MG_TIMER_RUN_NOW, mg_timer,
};
use core::ffi::{c_uint, c_void};
use core::ptr;
use core::sync::atomic::{AtomicU64, Ordering};

/// What the manager knows of its list since the last pass.
#[derive(Clone, Copy, Default)]
pub(crate) struct TimerCache {
    changes: u64,
    head: usize,
    last_now: u64,
    next_due: u64,
    valid: bool,
}

/// A walk over one list. It lives on the stack of [`poll`] and is touched only under the lock of [`PASSES`].
struct Pass {
    list: *mut *mut mg_timer,
    /// The timer whose callback runs; NULL when it has left the list.
    current: *mut mg_timer,
    /// The timer to visit next.
    next: *mut mg_timer,
    /// The pass that began before this one, of any thread.
    older: *mut Pass,
}

/// The newest pass; a handful at most.
struct Newest(*mut Pass);

// SAFETY: passes are touched only under the lock, and leave the list before their stack frame goes.
unsafe impl Send for Newest {}

static PASSES: Lock<Newest> = Lock::new(Newest(ptr::null_mut()));
/// Counts changes of any list.
static CHANGES: AtomicU64 = AtomicU64::new(1);

impl Newest {
    /// Runs `work` on every pass.
    fn each(&self, mut work: impl FnMut(&mut Pass)) {
        let mut at = self.0;
        // SAFETY: registered passes are alive, and the lock that gave us `self` makes us the only one.
        while let Some(pass) = unsafe { at.as_mut() } {
            at = pass.older;
            work(pass);
        }
    }

    fn remove(&mut self, pass: *mut Pass) {
        // SAFETY: as `each`.
        unsafe {
            let mut at: *mut *mut Pass = &mut self.0;
            while !(*at).is_null() && *at != pass {
                at = ptr::addr_of_mut!((**at).older);
            }
            if !(*at).is_null() {
                *at = (*pass).older;
            }
        }
    }
}

/// `mg_timer_expired`: see the engine chapter, §19.2.
///
/// Deadlines are compared as distances modulo 2^64, so that a wrapping clock and huge periods keep working.
pub fn expired(deadline: &mut u64, period: u64, now: u64) -> bool {
    let ahead = deadline.wrapping_sub(now);
    let clock_went_back = ahead > period && (ahead as i64) > 0;
    if *deadline == 0 || clock_went_back {
        *deadline = now.wrapping_add(period);
        if period > 0 {
            return false;
        }
    } else if ahead != 0 && ahead <= period {
        return false;
    }
    let late = now.wrapping_sub(*deadline);
    let base = if late > period { now } else { *deadline };
    *deadline = base.wrapping_add(period);
    true
}

/// `mg_timer_init`: fills `t` and pushes it at the head; a timer that is already linked moves.
///
/// # Safety
/// `head` is a list of live timers, `t` writable and outliving its membership.
pub unsafe fn init(
    head: *mut *mut mg_timer,
    t: *mut mg_timer,
    period_ms: u64,
    flags: c_uint,
    f: Option<unsafe extern "C" fn(*mut c_void)>,
    arg: *mut c_void,
) {
    // SAFETY: the caller's promise.
    unsafe {
        unlink(head, t);
        *t = mg_timer {
            period_ms,
            expire: 0,
            flags,
            r#fn: f,
            arg,
            next: *head,
        };
        *head = t;
    }
}

/// `mg_timer_free`: unlinks `t` if it is in the list; frees nothing.
///
/// # Safety
/// `head` is a list of live timers; `t` may be anything.
pub unsafe fn unlink(head: *mut *mut mg_timer, t: *mut mg_timer) {
    // SAFETY: the caller's promise: only members of the list are dereferenced.
    unsafe {
        let mut at = head;
        while !(*at).is_null() && *at != t {
            at = ptr::addr_of_mut!((**at).next);
        }
        let next = if (*at).is_null() {
            None
        } else {
            *at = (*t).next;
            Some((*t).next)
        };
        CHANGES.fetch_add(1, Ordering::Relaxed);
        PASSES.with(|passes| {
            passes.each(|pass| {
                if pass.list != head {
                    return;
                }
                if pass.current == t {
                    pass.current = ptr::null_mut();
                }
                if pass.next == t
                    && let Some(next) = next
                {
                    pass.next = next;
                }
            });
        });
    }
}

/// `mg_timer_poll`: runs what is due. Returns the earliest deadline of a timer that can still fire.
///
/// # Safety
/// `head` is a list of live timers.
pub unsafe fn poll(head: *mut *mut mg_timer, now: u64) -> Option<u64> {
    // SAFETY: the caller's promise; after each callback only what the registered pass still holds is dereferenced.
    unsafe {
        if (*head).is_null() {
            return None;
        }
        let mut pass = Pass {
            list: head,
            current: ptr::null_mut(),
            next: *head,
            older: ptr::null_mut(),
        };
        let pass: *mut Pass = &mut pass;
        PASSES.with(|passes| {
            (*pass).older = passes.0;
            passes.0 = pass;
        });
        let mut due: Option<u64> = None;
        while let Some(t) = advance(pass) {
            let first = (*t).expire == 0;
            let run_now =
                first && (*t).flags & MG_TIMER_RUN_NOW != 0 && (*t).flags & MG_TIMER_CALLED == 0;
            let hit = expired(&mut (*t).expire, (*t).period_ms, now);
            let live = (*t).flags & MG_TIMER_REPEAT != 0 || (*t).flags & MG_TIMER_CALLED == 0;
            let mut member = true;
            if (hit || run_now) && live && !runs_below(pass, t) {
                (*t).flags |= MG_TIMER_CALLED;
                if let Some(f) = (*t).r#fn {
                    f((*t).arg);
                }
                member = PASSES.with(|_| (*pass).current == t);
                if member
                    && (*t).flags & (MG_TIMER_REPEAT | MG_TIMER_AUTODELETE) == MG_TIMER_AUTODELETE
                    && (*t).flags & MG_TIMER_CALLED != 0
                {
                    unlink(head, t);
                    platform::free(t.cast());
                    member = false;
                }
            }
            if member && ((*t).flags & MG_TIMER_REPEAT != 0 || (*t).flags & MG_TIMER_CALLED == 0) {
                // A deadline of 0 would read as "not armed": the next pass looks at it anyway.
                due = Some(due.map_or((*t).expire, |d| d.min((*t).expire)));
            }
        }
        PASSES.with(|passes| passes.remove(pass));
        due
    }
}

/// Moves the pass on and returns its next timer.
///
/// # Safety
/// `pass` is registered.
unsafe fn advance(pass: *mut Pass) -> Option<*mut mg_timer> {
    // SAFETY: the caller's promise; `next` is a member of the list, for unlink moves it on otherwise.
    PASSES.with(|_| unsafe {
        let t = (*pass).next;
        (*pass).current = t;
        (*pass).next = t.as_ref()?.next;
        Some(t)
    })
}

/// Whether an outer pass is inside the callback of `t`: a callback that polls must not run itself again.
fn runs_below(inner: *mut Pass, t: *mut mg_timer) -> bool {
    let mut found = false;
    PASSES.with(|passes| {
        passes.each(|pass| found |= !ptr::eq(pass, inner) && pass.current == t);
    });
    found
}

/// The manager's pass: skipped while no timer can be due and no list has changed.
///
/// # Safety
/// As [`poll`].
pub(crate) unsafe fn poll_cached(
    head: *mut *mut mg_timer,
    now: u64,
    cache: TimerCache,
) -> TimerCache {
    // SAFETY: the caller's promise.
    unsafe {
        let unchanged = cache.valid
            && cache.changes == CHANGES.load(Ordering::Relaxed)
            && cache.head == *head as usize
            && now >= cache.last_now;
        if unchanged && now < cache.next_due {
            return TimerCache {
                last_now: now,
                ..cache
            };
        }
        let before = CHANGES.load(Ordering::Relaxed);
        let due = poll(head, now);
        TimerCache {
            changes: before,
            head: *head as usize,
            last_now: now,
            next_due: due.unwrap_or(u64::MAX),
            valid: true,
        }
    }
}

impl TimerCache {
    /// Earliest deadline that is known, in milliseconds of the manager's clock.
    pub(crate) fn next_due(&self) -> Option<u64> {
        Some(self.next_due).filter(|d| self.valid && *d != u64::MAX)
    }
}

/// Empties the list: timers that the library allocated are freed, the others only unlinked.
///
/// # Safety
/// `head` is a list of live timers.
pub unsafe fn free_all(head: *mut *mut mg_timer) {
    // SAFETY: the caller's promise.
    unsafe {
        while !(*head).is_null() {
            let t = *head;
            unlink(head, t);
            if (*t).flags & MG_TIMER_AUTODELETE != 0 {
                platform::free(t.cast());
            }
        }
    }
}
