//! Memory for the moment when there is none left.
//!
//! What users see of memory running out is NULL, false or `OOM`: buffers, connections and timers ask for memory and
//! take no for an answer. The small temporary blocks of the services do not ask, so a refused one would end the
//! program. They get a cell of this reserve instead, taken from `mg_calloc` with the first manager and given back with
//! the last.

use super::lock::Lock;
use super::platform;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of a cell.
const CELL: usize = 64;
/// Cells of the reserve.
const CELLS: usize = if cfg!(feature = "firmware") { 32 } else { 256 };
/// Most cells of one block.
const MOST: usize = CELLS / 4;

struct Reserve {
    base: usize,
    managers: usize,
    used: [bool; CELLS],
}

static RESERVE: Lock<Reserve> = Lock::new(Reserve {
    base: 0,
    managers: 0,
    used: [false; CELLS],
});
/// `base` for the quick look of every release.
static BASE: AtomicUsize = AtomicUsize::new(0);

/// Fills the reserve for one more manager. False when memory has run out already.
pub(crate) fn open() -> bool {
    RESERVE.with(|reserve| {
        if reserve.base == 0 {
            reserve.base = platform::calloc(CELL * CELLS) as usize;
            BASE.store(reserve.base, Ordering::Release);
        }
        let filled = reserve.base != 0;
        reserve.managers += usize::from(filled);
        filled
    })
}

/// Empties it with the last manager.
pub(crate) fn close() {
    let block = RESERVE.with(|reserve| {
        reserve.managers = reserve.managers.saturating_sub(1);
        if reserve.managers > 0 || reserve.used.contains(&true) {
            return 0;
        }
        BASE.store(0, Ordering::Release);
        core::mem::take(&mut reserve.base)
    });
    // SAFETY: the block came from calloc and no cell of it is in use.
    unsafe { platform::free(block as *mut _) };
}

/// Zeroed memory for `size` bytes, NULL when the reserve has none.
#[cold]
pub(super) fn alloc(size: usize) -> *mut u8 {
    let cells = size.div_ceil(CELL);
    if cells == 0 || cells > MOST {
        return ptr::null_mut();
    }
    RESERVE.with(|reserve| {
        let free = |run: &[bool]| run.iter().all(|used| !used);
        let at = reserve.used.windows(cells).position(free);
        let (Some(at), true) = (at, reserve.base != 0) else {
            return ptr::null_mut();
        };
        reserve.used[at..at + cells].fill(true);
        let block = (reserve.base + at * CELL) as *mut u8;
        // SAFETY: the cells are ours and nobody else's.
        unsafe { ptr::write_bytes(block, 0, cells * CELL) };
        block
    })
}

/// Takes back a block of `size` bytes, if it is one of the reserve.
#[inline]
pub(super) fn dealloc(block: *mut u8, size: usize) -> bool {
    let base = BASE.load(Ordering::Acquire);
    let offset = (block as usize).wrapping_sub(base);
    if base == 0 || offset >= CELL * CELLS {
        return false;
    }
    RESERVE.with(|reserve| {
        let at = offset / CELL;
        let end = (at + size.div_ceil(CELL)).min(CELLS);
        reserve.used[at..end].fill(false);
    });
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_lent_and_come_back() {
        assert!(open());
        let a = alloc(1);
        let b = alloc(CELL * 2);
        assert!(!a.is_null() && !b.is_null() && a != b);
        assert!(alloc(CELL * (MOST + 1)).is_null());
        let mut others = std::vec::Vec::new();
        loop {
            let c = alloc(CELL * MOST);
            if c.is_null() {
                break;
            }
            others.push(c);
        }
        assert!(others.len() < CELLS / MOST && dealloc(b, CELL * 2));
        assert_eq!(alloc(CELL + 1), b);
        for c in others {
            assert!(dealloc(c, CELL * MOST));
        }
        assert!(dealloc(a, 1) && dealloc(b, CELL + 1));
        let outside = 7u64;
        assert!(!dealloc(ptr::from_ref(&outside).cast_mut().cast(), 8));
        close();
    }
}
