//! `struct mg_http_message` for handlers, built from offsets into the receive buffer.

use super::conn::Conn;
use super::platform;
use crate::abi::core::mg_event;
use crate::wire::http::{Head, HeaderSpan, HeaderTable, Span};
use alloc::vec::Vec;
use core::ffi::c_int;

/// Headers that fit without the heap.
const INLINE_HEADERS: usize = 32;
/// Words before the header table: method, uri, query, proto.
const FRONT: usize = 8;
/// Words behind it: body, head, message.
const BACK: usize = 6;
const INLINE: usize = FRONT + 4 * INLINE_HEADERS + BACK;

/// Headers that `mg_http_message` of this program holds.
pub fn max_headers() -> usize {
    platform::settings().max_http_headers
}

/// A C message: words of pointer and length pairs, laid out for the program's `MG_MAX_HTTP_HEADERS`.
pub struct Message {
    inline: [usize; INLINE],
    heap: Vec<usize>,
    headers: usize,
    base: usize,
}

impl Message {
    /// An empty message at `ofs` of the receive buffer. Header lines are put into it, [`Message::set_head`] does the
    /// rest.
    #[inline(always)] // it is large: built in place, not copied
    pub fn new(conn: &Conn, ofs: usize) -> Message {
        let headers = max_headers();
        let words = FRONT + 4 * headers + BACK;
        Message {
            inline: [0; INLINE],
            heap: match words > INLINE {
                true => alloc::vec![0; words],
                false => Vec::new(),
            },
            headers,
            base: (conn.recv().as_ptr() as usize).wrapping_add(ofs),
        }
    }

    /// Fills in all but the header lines.
    #[inline]
    pub fn set_head(&mut self, head: &Head) {
        let base = self.base;
        let query = head.query.map_or([0; 2], |span| pair(base, span));
        let [method, uri, proto] = [head.method, head.uri, head.proto].map(|span| pair(base, span));
        if let Some(front) = self.words().first_chunk_mut::<FRONT>() {
            front.copy_from_slice([method, uri, query, proto].as_flattened());
        }
        if let Some(end) = self.line(head.headers_stored) {
            // A parser that changed its mind may have left lines behind.
            *end = [0; 4];
        }
        self.set_lengths(
            head.head_len,
            head.framing.body_len,
            head.framing.message_len,
        );
    }

    /// The words of header line `at`.
    #[inline]
    fn line(&mut self, at: usize) -> Option<&mut [usize; 4]> {
        if at >= self.headers {
            return None;
        }
        let start = FRONT + 4 * at;
        self.words().get_mut(start..)?.first_chunk_mut()
    }

    /// Follows the head to offset `ofs` of the receive buffer, which may have moved.
    #[inline]
    pub fn rebase(&mut self, conn: &Conn, ofs: usize) {
        let base = (conn.recv().as_ptr() as usize).wrapping_add(ofs);
        let distance = base.wrapping_sub(self.base);
        if distance == 0 {
            return;
        }
        self.base = base;
        for pointer in self.words().iter_mut().step_by(2).filter(|p| **p != 0) {
            *pointer = pointer.wrapping_add(distance);
        }
    }

    /// Sets `body`, `head` and `message`.
    #[inline]
    pub fn set_lengths(&mut self, head_len: usize, body_len: usize, message_len: usize) {
        let base = self.base;
        let at = FRONT + 4 * self.headers;
        if let Some(back) = self.words().get_mut(at..at + BACK) {
            back.copy_from_slice(&[
                base.wrapping_add(head_len),
                body_len,
                base,
                head_len,
                base,
                message_len,
            ]);
        }
    }

    fn words(&mut self) -> &mut [usize] {
        if self.heap.is_empty() {
            &mut self.inline
        } else {
            &mut self.heap
        }
    }
}

impl HeaderTable for Message {
    #[inline]
    fn room(&self) -> usize {
        self.headers
    }

    #[inline(always)] // once for each header line
    fn put(&mut self, at: usize, line: HeaderSpan) {
        let base = self.base;
        if let Some(slot) = self.line(at) {
            let [name, value] = [line.name, line.value];
            *slot = [
                base.wrapping_add(name.start as usize),
                name.len as usize,
                base.wrapping_add(value.start as usize),
                value.len as usize,
            ];
        }
    }
}

#[inline]
fn pair(base: usize, span: Span) -> [usize; 2] {
    [base.wrapping_add(span.start as usize), span.len as usize]
}

impl Conn {
    /// Fires an event that carries an HTTP message.
    pub fn emit_message(&mut self, ev: mg_event, message: &mut Message) {
        let data = message.words().as_mut_ptr();
        self.call_from_service(ev as c_int, data.cast());
    }

    /// Fires an event of the attached service, with data that lives for the call.
    pub fn emit_from_service<T>(&mut self, ev: mg_event, mut value: T) {
        self.call_from_service(ev as c_int, core::ptr::from_mut(&mut value).cast());
    }
}
