//! The allocator: every byte of the library comes from `mg_calloc` and goes back through `mg_free`.
//!
//! Where the program leaves both to the library, memory that need not be zeroed comes from `malloc`.

use super::platform;
use super::reserve;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;
use core::ptr;

/// Alignment that `mg_calloc` is trusted to give.
const NATURAL: usize = align_of::<usize>();

/// A box, or `None` when memory runs out: the engine never aborts for want of memory.
pub fn try_box<T>(value: T) -> Option<Box<T>> {
    let layout = Layout::new::<T>();
    if layout.size() == 0 {
        return Some(Box::new(value));
    }
    // SAFETY: the layout is that of a `T` and not empty; the block is written before it is owned.
    unsafe {
        let block = alloc::alloc::alloc(layout).cast::<T>();
        if block.is_null() {
            return None;
        }
        block.write(value);
        Some(Box::from_raw(block))
    }
}

/// A copy of `bytes`, or `None` when memory runs out: for lengths that a peer chooses.
pub fn try_copy(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len()).ok()?;
    copy.extend_from_slice(bytes);
    Some(copy)
}

/// Rust's allocator over the C pair.
#[cfg(not(miri))]
struct Allocator;

#[cfg(not(miri))]
#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// A block of `layout` inside one that `source` gives.
#[cfg(not(miri))]
#[inline]
fn block(layout: Layout, source: fn(usize) -> *mut c_void) -> *mut u8 {
    if layout.align() <= NATURAL {
        let block: *mut u8 = source(layout.size()).cast();
        return if block.is_null() {
            reserve::alloc(layout.size())
        } else {
            block
        };
    }
    let Some(size) = layout.size().checked_add(layout.align()) else {
        return ptr::null_mut();
    };
    let block: *mut u8 = source(size).cast();
    if block.is_null() {
        return block;
    }
    let gap = layout.align() - block.addr() % layout.align();
    // SAFETY: 0 < gap <= align keeps the result inside the block. The C block is aligned to NATURAL and so is the gap,
    // hence there is room for an aligned word in front.
    unsafe {
        let aligned = block.add(gap);
        aligned.cast::<*mut u8>().sub(1).write(block);
        aligned
    }
}

// SAFETY: blocks are those of the C allocator, or lie inside one with its address stored in the word before them.
#[cfg(not(miri))]
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        block(layout, platform::alloc)
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        block(layout, platform::calloc)
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: `alloc` stored the address of the C block in front of over-aligned memory.
        unsafe {
            let block = if layout.align() <= NATURAL {
                if reserve::dealloc(ptr, layout.size()) {
                    return;
                }
                ptr
            } else {
                ptr.cast::<*mut u8>().sub(1).read()
            };
            platform::free(block.cast());
        }
    }
}
