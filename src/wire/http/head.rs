//! What a head says, as offsets: a result holds no borrow, so it may outlive a call into user code.

use super::framing::Framing;

/// A run of bytes inside a buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Number of bytes.
    pub len: u32,
}

impl Span {
    /// The span from `start` to `end`, both bounded by a head's length, which fits 32 bits.
    #[inline]
    pub(crate) fn between(start: usize, end: usize) -> Self {
        let len = end.saturating_sub(start);
        Span {
            start: start as u32,
            len: len as u32,
        }
    }

    /// The bytes in `buf`; empty when `buf` is too short.
    #[inline]
    pub fn of<'a>(&self, buf: &'a [u8]) -> &'a [u8] {
        let start = self.start as usize;
        buf.get(start..start.saturating_add(self.len as usize))
            .unwrap_or_default()
    }

    /// True when the span holds no byte.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// One header line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeaderSpan {
    /// Name, as received.
    pub name: Span,
    /// Value without the blanks around it.
    pub value: Span,
}

/// Where a parser puts the header lines it finds.
pub trait HeaderTable {
    /// Lines that fit.
    fn room(&self) -> usize;
    /// Keeps line number `at`, which is less than [`HeaderTable::room`].
    fn put(&mut self, at: usize, line: HeaderSpan);
}

impl HeaderTable for [HeaderSpan] {
    #[inline]
    fn room(&self) -> usize {
        self.len()
    }

    #[inline]
    fn put(&mut self, at: usize, line: HeaderSpan) {
        if let Some(slot) = self.get_mut(at) {
            *slot = line;
        }
    }
}

impl<const N: usize> HeaderTable for [HeaderSpan; N] {
    #[inline]
    fn room(&self) -> usize {
        N
    }

    #[inline]
    fn put(&mut self, at: usize, line: HeaderSpan) {
        self.as_mut_slice().put(at, line);
    }
}

/// The head of a request or response.
///
/// A response keeps its version in `method`, its status code in `uri` and its reason phrase in `proto`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The first line is a status line.
    pub is_response: bool,
    /// Method, or the version of a response.
    pub method: Span,
    /// Target up to the first `?`, or the status code of a response.
    pub uri: Span,
    /// Target after the first `?`.
    pub query: Option<Span>,
    /// Version, or the reason phrase of a response, possibly empty.
    pub proto: Span,
    /// Status code of a response: the leading digits, 0 without any.
    pub status: u32,
    /// Length of the head in bytes, its empty line included.
    pub head_len: usize,
    /// Header lines stored for the caller.
    pub headers_stored: usize,
    /// Header lines seen, stored or not.
    pub headers_total: usize,
    /// How the message is framed.
    pub framing: Framing,
}

/// The leading decimal digits of `text` as a number, 0 without any.
pub fn status_code(text: &[u8]) -> u32 {
    let digits = text.iter().map_while(|b| (*b as char).to_digit(10));
    digits.fold(0u32, |n, d| n.saturating_mul(10).saturating_add(d))
}
