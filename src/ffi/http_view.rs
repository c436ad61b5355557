//! `struct mg_http_message` of C callers, whose header table has the program's own length: what lies behind it is reached
//! by index.

use super::ptr::str_bytes;
use crate::abi::core::mg_str;
use crate::abi::http::mg_http_message;
use crate::engine::message::max_headers;
use crate::wire::http::{HeaderSpan, Span, head};
use core::ptr;

/// The message as a run of `struct mg_str`: method, uri, query, proto, then name and value of each header, then body,
/// head, message.
#[derive(Clone, Copy)]
pub(super) struct View(*mut mg_str);

const URI: usize = 1;
const QUERY: usize = 2;
const FRONT: usize = 4;

impl View {
    /// # Safety
    /// `hm` is NULL or a message with the program's number of headers, whose strings are readable, for as long as
    /// anything taken from the view is used.
    pub(super) unsafe fn new(hm: *mut mg_http_message) -> Option<Self> {
        (!hm.is_null()).then_some(View(hm.cast()))
    }

    pub(super) fn at(&self, index: usize) -> *mut mg_str {
        self.0.wrapping_add(index)
    }

    fn get(&self, index: usize) -> mg_str {
        // SAFETY: the promise made to `new`; indices stay inside the struct.
        unsafe { *self.at(index) }
    }

    fn put(&self, index: usize, base: *const u8, span: Span) {
        let buf = base.wrapping_add(span.start as usize).cast_mut().cast();
        let len = span.len as usize;
        // SAFETY: as `get`.
        unsafe { *self.at(index) = mg_str { buf, len } }
    }

    fn bytes<'a>(&self, index: usize) -> &'a [u8] {
        // SAFETY: the promise made to `new`.
        unsafe { str_bytes(self.get(index)) }
    }

    pub(super) fn method<'a>(&self) -> &'a [u8] {
        self.bytes(0)
    }

    pub(super) fn uri<'a>(&self) -> &'a [u8] {
        self.bytes(URI)
    }

    pub(super) fn query<'a>(&self) -> &'a [u8] {
        self.bytes(QUERY)
    }

    /// Body, whose bytes may not all have arrived.
    pub(super) fn body(&self) -> mg_str {
        self.get(FRONT + 2 * max_headers())
    }

    pub(super) fn head(&self) -> mg_str {
        self.get(FRONT + 2 * max_headers() + 1)
    }

    /// Index of the value of header `name`.
    pub(super) fn find(&self, name: &[u8]) -> Option<usize> {
        let names = (0..max_headers()).map(|n| FRONT + 2 * n);
        let mut used = names.take_while(|at| self.get(*at).len > 0);
        used.find(|at| self.bytes(*at).eq_ignore_ascii_case(name))
            .map(|at| at + 1)
    }

    /// Value of header `name`.
    pub(super) fn header<'a>(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.find(name).map(|at| self.bytes(at))
    }

    pub(super) fn clear(&self) {
        // SAFETY: the promise made to `new`; all-zero strings are valid.
        unsafe { ptr::write_bytes(self.0, 0, FRONT + 2 * max_headers() + 3) }
    }

    pub(super) fn fill(&self, bytes: &[u8], head: &head::Head, headers: &[HeaderSpan]) {
        let base = bytes.as_ptr();
        self.put(0, base, head.method);
        self.put(URI, base, head.uri);
        if let Some(query) = head.query {
            self.put(QUERY, base, query);
        }
        self.put(3, base, head.proto);
        for (n, line) in headers.iter().enumerate() {
            self.put(FRONT + 2 * n, base, line.name);
            self.put(FRONT + 2 * n + 1, base, line.value);
        }
        let back = FRONT + 2 * max_headers();
        let lengths = [
            head.framing.body_len,
            head.head_len,
            head.framing.message_len,
        ];
        let starts = [base.wrapping_add(head.head_len), base, base];
        for (n, (start, len)) in starts.into_iter().zip(lengths).enumerate() {
            // SAFETY: as `get`.
            unsafe {
                *self.at(back + n) = mg_str {
                    buf: start.cast_mut().cast(),
                    len,
                }
            }
        }
    }
}
