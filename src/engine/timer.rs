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
    last_pass: u64,
    next_due: u64,
    valid: bool,
}

/// Milliseconds after which a pass is made anyway: programs may write the fields of timers, or link one by hand.
const LONGEST_SKIP_MS: u64 = 1000;

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
        if unchanged && now < cache.next_due && now - cache.last_pass < LONGEST_SKIP_MS {
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
            last_pass: now,
            next_due: due.unwrap_or(u64::MAX),
            valid: true,
        }
    }
}

impl TimerCache {
    /// When the next timer of the list that begins with `head` is due; `None` when that has to be found out by a pass.
    pub(crate) fn due(&self, head: *mut mg_timer, now: u64) -> Option<u64> {
        let unchanged = self.valid
            && self.changes == CHANGES.load(Ordering::Relaxed)
            && self.head == head as usize
            && now >= self.last_now;
        unchanged.then_some(self.next_due)
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use std::boxed::Box;
    use std::vec::Vec;

    fn blank() -> mg_timer {
        mg_timer {
            period_ms: 0,
            expire: 0,
            flags: 0,
            r#fn: None,
            arg: ptr::null_mut(),
            next: ptr::null_mut(),
        }
    }

    /// A list whose timers do to it what `plan` says when they run.
    struct Scene {
        head: *mut mg_timer,
        timers: Vec<*mut mg_timer>,
        plan: fn(&mut Scene, usize),
        ran: Vec<usize>,
    }

    unsafe extern "C" fn run(arg: *mut c_void) {
        // SAFETY: `arg` is an entry made by `scene`.
        unsafe {
            let (scene, index) = *arg.cast::<(*mut Scene, usize)>();
            (*scene).ran.push(index);
            let plan = (*scene).plan;
            plan(&mut *scene, index);
        }
    }

    impl Scene {
        fn drop_timer(&mut self, index: usize) {
            let t = core::mem::replace(&mut self.timers[index], ptr::null_mut());
            if !t.is_null() {
                // SAFETY: a member of the list, made by Box.
                unsafe {
                    unlink(&mut self.head, t);
                    drop(Box::from_raw(t));
                }
            }
        }
    }

    /// Runs three timers, newest first, and returns which ran.
    fn scene(plan: fn(&mut Scene, usize)) -> Vec<usize> {
        let scene = Box::into_raw(Box::new(Scene {
            head: ptr::null_mut(),
            timers: Vec::new(),
            plan,
            ran: Vec::new(),
        }));
        let mut args: Vec<*mut (*mut Scene, usize)> = Vec::new();
        // SAFETY: all pointers come from Box and live until the end of the function.
        unsafe {
            for index in 0..3 {
                let arg = Box::into_raw(Box::new((scene, index)));
                let t = Box::into_raw(Box::new(blank()));
                args.push(arg);
                (*scene).timers.push(t);
                let head = ptr::addr_of_mut!((*scene).head);
                init(
                    head,
                    t,
                    10,
                    MG_TIMER_REPEAT | MG_TIMER_RUN_NOW,
                    Some(run),
                    arg.cast(),
                );
            }
            poll(ptr::addr_of_mut!((*scene).head), 100);
            let mut scene = Box::from_raw(scene);
            (0..3).for_each(|index| scene.drop_timer(index));
            assert!(scene.head.is_null());
            for arg in args {
                drop(Box::from_raw(arg));
            }
            core::mem::take(&mut scene.ran)
        }
    }

    #[test]
    fn callbacks_may_free_any_timer() {
        assert_eq!(scene(|_, _| {}), [2, 1, 0]);
        assert_eq!(scene(|s, index| s.drop_timer(index)), [2, 1, 0]);
        assert_eq!(scene(|s, _| s.drop_timer(1)), [2, 0]);
        assert_eq!(scene(|s, _| (0..3).for_each(|n| s.drop_timer(n))), [2]);
        assert_eq!(scene(|s, index| s.drop_timer((index + 1) % 3)), [2, 1]);
    }

    #[test]
    fn a_skipped_pass_would_have_done_nothing() {
        let rounds = if cfg!(miri) { 100 } else { 20_000 };
        unsafe extern "C" fn count(arg: *mut c_void) {
            // SAFETY: `arg` is a counter.
            unsafe { *arg.cast::<u32>() += 1 };
        }
        let mut seed = 5u32;
        let (mut plain, mut cached) = ([0u32; 4], [0u32; 4]);
        let counters = [plain.as_mut_ptr(), cached.as_mut_ptr()];
        let mut timers: [mg_timer; 8] = core::array::from_fn(|_| blank());
        let first = timers.as_mut_ptr();
        let mut heads = [ptr::null_mut::<mg_timer>(); 2];
        let heads = heads.as_mut_ptr();
        // SAFETY: timers and counters live to the end of the function.
        unsafe {
            for n in 0..8 {
                let (list, kind) = (n / 4, n % 4);
                let period = [3, 7, 50, 1000][kind];
                let arg = counters[list].add(kind).cast();
                init(
                    heads.add(list),
                    first.add(n),
                    period,
                    MG_TIMER_REPEAT,
                    Some(count),
                    arg,
                );
            }
            let mut cache = TimerCache::default();
            let mut now = 1000u64;
            for _ in 0..rounds {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                now = if seed >> 22 == 0 {
                    now / 2
                } else {
                    now + u64::from(seed >> 28)
                };
                poll(heads, now);
                cache = poll_cached(heads.add(1), now, cache);
            }
        }
        assert_eq!(plain, cached);
        assert!(plain.iter().take(3).all(|n| *n > 0));
    }
}
