//! The queue between two threads (utility chapter §4).

use super::output::Heap;
use crate::abi::util::{mg_queue, va_list};
use crate::ffi::panic::guard;
use core::ffi::c_char;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of a length word.
const WORD: usize = size_of::<u32>();

/// A queue as one of its two threads sees it. Every access is to a single field or to bytes the thread owns.
struct Queue {
    buf: *mut u8,
    size: usize,
    raw: *mut mg_queue,
}

impl Queue {
    /// None for NULL.
    ///
    /// # Safety
    /// `raw` is NULL or an initialised queue that stays one.
    unsafe fn new(raw: *mut mg_queue) -> Option<Self> {
        if raw.is_null() {
            return None;
        }
        // SAFETY: the caller's promise; these fields do not change after the start.
        unsafe {
            Some(Queue {
                buf: (*raw).buf.cast(),
                size: (*raw).size,
                raw,
            })
        }
    }

    fn head(&self) -> &AtomicUsize {
        // SAFETY: valid and aligned for as long as the queue, and only accessed atomically.
        unsafe { AtomicUsize::from_ptr(&raw mut (*self.raw).head) }
    }

    fn tail(&self) -> &AtomicUsize {
        // SAFETY: as for `head`.
        unsafe { AtomicUsize::from_ptr(&raw mut (*self.raw).tail) }
    }

    /// The length word at `offset`, 0 when there is no room for one.
    fn length(&self, offset: usize) -> usize {
        if !self.fits(offset, WORD) {
            return 0;
        }
        // SAFETY: inside the memory; published by the writer before it moved `head`.
        unsafe { self.buf.add(offset).cast::<u32>().read_unaligned() as usize }
    }

    fn set_length(&self, offset: usize, length: u32) -> bool {
        let fits = self.fits(offset, WORD);
        if fits {
            // SAFETY: inside the memory, in a part that the writer owns.
            unsafe { self.buf.add(offset).cast::<u32>().write_unaligned(length) };
        }
        fits
    }

    fn fits(&self, offset: usize, len: usize) -> bool {
        !self.buf.is_null() && offset.checked_add(len).is_some_and(|end| end <= self.size)
    }

    /// Contiguous room for a payload at the write position, which may wrap to the start.
    fn book(&self, len: usize) -> usize {
        let tail = self.tail().load(Ordering::Acquire);
        let head = self.head().load(Ordering::Relaxed);
        if head < tail {
            // Wrapped: the bytes up to `tail`, strictly.
            return tail.saturating_sub(head).saturating_sub(WORD * 2 + 1);
        }
        let room = self.size.saturating_sub(head).saturating_sub(WORD * 2);
        // An empty queue must keep `head` where `tail` is, or at the start behind a wrap word that the reader follows.
        if room < len && tail > WORD * 2 && self.set_length(head, 0) {
            self.head().store(0, Ordering::Release);
            return tail.saturating_sub(WORD * 2 + 1);
        }
        room
    }

    /// Where the oldest message is and how long; length 0 when there is none. Follows a wrap word.
    fn next(&self) -> (usize, usize) {
        let head = self.head().load(Ordering::Acquire);
        let tail = self.tail().load(Ordering::Relaxed);
        if tail == head {
            return (tail, 0);
        }
        match self.length(tail) {
            0 if tail > head => {
                self.tail().store(0, Ordering::Release);
                (0, if head > 0 { self.length(0) } else { 0 })
            }
            length => (tail, length),
        }
    }
}

/// Sets a queue up over `size` bytes at `buf`, which stay the caller's.
///
/// # Safety
/// `q` is NULL or writable; `buf` is writable for `size` bytes while the queue is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_queue_init(q: *mut mg_queue, buf: *mut c_char, size: usize) {
    if q.is_null() {
        return;
    }
    // SAFETY: the caller's promise.
    unsafe {
        q.write(mg_queue {
            buf,
            size,
            tail: 0,
            head: 0,
        })
    };
}

/// Writer: finds room for a message of `len` bytes and stores in `*buf` where it goes.
///
/// Returns the bytes available there; less than `len` means that there is no room now. Publish with `mg_queue_add`.
///
/// # Safety
/// `q` is NULL or initialised, `buf` NULL or writable; one thread writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_queue_book(
    q: *mut mg_queue,
    buf: *mut *mut c_char,
    len: usize,
) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        let Some(queue) = Queue::new(q) else { return 0 };
        let room = queue.book(len);
        let head = queue.head().load(Ordering::Relaxed);
        if !buf.is_null() && !queue.buf.is_null() {
            *buf = queue.buf.wrapping_add(head.saturating_add(WORD)).cast();
        }
        room
    }
}

/// Writer: publishes the booked message, `len` bytes of it.
///
/// # Safety
/// `q` is NULL or initialised; one thread writes, and has booked at least `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_queue_add(q: *mut mg_queue, len: usize) {
    // SAFETY: the caller's promise.
    let Some(queue) = (unsafe { Queue::new(q) }) else {
        return;
    };
    let head = queue.head().load(Ordering::Relaxed);
    let Some(end) = head
        .checked_add(WORD)
        .and_then(|start| start.checked_add(len))
    else {
        return;
    };
    if let (true, Ok(length @ 1..)) = (end <= queue.size, u32::try_from(len)) {
        queue.set_length(head, length);
        queue.head().store(end, Ordering::Release);
    }
}

/// Reader: length of the oldest message, 0 when there is none; `*buf` points to it. It stays in the queue.
///
/// # Safety
/// `q` is NULL or initialised, `buf` NULL or writable; one thread reads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_queue_next(q: *mut mg_queue, buf: *mut *mut c_char) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        let Some(queue) = Queue::new(q) else { return 0 };
        let (offset, length) = queue.next();
        if length == 0 || !queue.fits(offset.saturating_add(WORD), length) {
            return 0;
        }
        if !buf.is_null() {
            *buf = queue.buf.add(offset + WORD).cast();
        }
        length
    }
}

/// Reader: removes the oldest message, whose length is `len`.
///
/// # Safety
/// `q` is NULL or initialised; one thread reads, and got `len` from `mg_queue_next`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_queue_del(q: *mut mg_queue, len: usize) {
    // SAFETY: the caller's promise.
    let Some(queue) = (unsafe { Queue::new(q) }) else {
        return;
    };
    let tail = queue.tail().load(Ordering::Relaxed);
    if let Some(end) = tail
        .checked_add(WORD)
        .and_then(|start| start.checked_add(len))
        .filter(|&end| end <= queue.size)
    {
        queue.tail().store(end, Ordering::Release);
    }
}

/// Formats one message. Returns its length; 0 when there is no room or nothing to say.
///
/// # Safety
/// `q` is NULL or initialised; one thread writes; `ap` holds arguments that match `fmt`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_vqueue_printf(
    q: *mut mg_queue,
    fmt: *const c_char,
    ap: *mut va_list,
) -> usize {
    // SAFETY: the caller's promise. The list can be read once only, hence the copy.
    guard(0, || unsafe {
        let text = Heap::format(fmt, ap);
        let Some(bytes) = text.bytes().filter(|bytes| !bytes.is_empty()) else {
            return 0;
        };
        let mut to: *mut c_char = ptr::null_mut();
        let need = bytes.len() + 1;
        if mg_queue_book(q, &raw mut to, need) < need || to.is_null() {
            return 0;
        }
        ptr::copy_nonoverlapping(bytes.as_ptr(), to.cast(), bytes.len());
        *to.add(bytes.len()) = 0;
        mg_queue_add(q, bytes.len());
        bytes.len()
    })
}
