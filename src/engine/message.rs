//! `struct mg_http_message` for handlers, built from offsets into the receive buffer.

use super::conn::Conn;
use super::platform;
use crate::abi::core::mg_event;
use crate::wire::http::{Head, HeaderSpan, Span};
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
    /// Builds the message whose head starts at `ofs` of the receive buffer.
    #[inline]
    pub fn new(conn: &Conn, ofs: usize, head: &Head, headers: &[HeaderSpan]) -> Message {
        let n = max_headers();
        let words = FRONT + 4 * n + BACK;
        let mut message = Message {
            inline: [0; INLINE],
            heap: Vec::new(),
            headers: n,
            base: (conn.recv().as_ptr() as usize).wrapping_add(ofs),
        };
        if words > INLINE {
            message.heap.resize(words, 0);
        }
        let base = message.base;
        let (front, table) = message.words().split_at_mut(FRONT);
        let query = head.query.map_or([0; 2], |span| pair(base, span));
        let line = [
            pair(base, head.method),
            pair(base, head.uri),
            query,
            pair(base, head.proto),
        ];
        front.copy_from_slice(line.as_flattened());
        for (slot, header) in table.as_chunks_mut::<4>().0.iter_mut().take(n).zip(headers) {
            let [name, value] = [pair(base, header.name), pair(base, header.value)];
            *slot = [name[0], name[1], value[0], value[1]];
        }
        message.set_lengths(
            head.head_len,
            head.framing.body_len,
            head.framing.message_len,
        );
        message
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
