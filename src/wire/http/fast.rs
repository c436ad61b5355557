//! Ordinary requests, read by `httparse`: a strict subset of what [`super::parse`] takes, with the same result.

use super::head::{Head, HeaderSpan, HeaderTable, Span};
use super::parse::{Malformed, split_query};
use core::mem::MaybeUninit;

/// Header lines of an ordinary request.
const MAX_HEADERS: usize = 32;
const VERSION_LEN: usize = 8;

/// What the short cut says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A whole ordinary head: it is read.
    Ordinary,
    /// Whatever the rules make of it, a head with these lines breaks the grammar.
    Malformed,
    /// No whole head, or none that is ordinary: the scanner and the tolerant parser have the word.
    Unusual,
}

/// Parses the head at the start of `bytes`, which may go on behind it, into `head`, which is fresh.
#[inline]
pub(super) fn parse(
    bytes: &[u8],
    headers: &mut (impl HeaderTable + ?Sized),
    room: usize,
    head: &mut Head,
) -> Verdict {
    match read(bytes, headers, room, head) {
        Some(Ok(())) => Verdict::Ordinary,
        Some(Err(Malformed)) => Verdict::Malformed,
        None => Verdict::Unusual,
    }
}

#[inline]
fn read(
    bytes: &[u8],
    headers: &mut (impl HeaderTable + ?Sized),
    room: usize,
    head: &mut Head,
) -> Option<Result<(), Malformed>> {
    // A request, then. `httparse` skips empty lines at the start, we do not.
    if !bytes.first()?.is_ascii_alphabetic() {
        return None;
    }
    let mut table = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut []);
    let Ok(httparse::Status::Complete(head_len)) =
        request.parse_with_uninit_headers(bytes, &mut table)
    else {
        return None;
    };
    u32::try_from(head_len).ok()?;
    let target = request.path?.as_bytes();
    head.method = span(bytes, request.method?.as_bytes())?;
    let target_span = span(bytes, target)?;
    let version_at = (target_span.start as usize)
        .saturating_add(target.len())
        .saturating_add(1);
    head.proto = Span::between(version_at, version_at.saturating_add(VERSION_LEN));
    (head.uri, head.query) = split_query(target_span, target);
    if head.uri.is_empty() {
        return Some(Err(Malformed));
    }
    head.head_len = head_len;
    head.framing.is_http_1_0 = request.version? == 0;
    for (at, line) in request.headers.iter().enumerate() {
        let value = if line.value.is_empty() {
            Span::default()
        } else {
            span(bytes, line.value)?
        };
        let name = line.name.as_bytes();
        let stored = at < room;
        if let Err(malformed) = head.framing.note(name, line.value, value, stored) {
            return Some(Err(malformed));
        }
        if stored {
            let name = span(bytes, name)?;
            headers.put(at, HeaderSpan { name, value });
        }
    }
    head.headers_total = request.headers.len();
    head.headers_stored = head.headers_total.min(room);
    Some(head.framing.finish(head_len, None))
}

/// Where `part` lies in `whole`.
#[inline]
fn span(whole: &[u8], part: &[u8]) -> Option<Span> {
    let start = part.as_ptr().addr().wrapping_sub(whole.as_ptr().addr());
    let span = Span {
        start: start as u32,
        len: part.len() as u32,
    };
    // Pointers are made of it: it must lie inside.
    (start <= whole.len() && part.len() <= whole.len() - start).then_some(span)
}
