//! Ordinary requests, read by `httparse`: a strict subset of what [`super::parse`] takes, with the same result.

use super::framing::Framing;
use super::head::{Head, HeaderSpan, Span};
use super::parse::{Malformed, split_query};
use core::mem::MaybeUninit;

/// Header lines of an ordinary request.
const MAX_HEADERS: usize = 32;
const VERSION_LEN: usize = 8;

/// Parses the head at the start of `bytes`, which may go on behind it. `None` when there is no whole head, or none that
/// is ordinary: then the scanner and the tolerant parser have the word.
#[inline]
pub(super) fn parse(
    bytes: &[u8],
    headers: &mut [HeaderSpan],
    room: usize,
) -> Option<Result<Head, Malformed>> {
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
    let bytes = bytes.get(..head_len)?;
    let method = span(bytes, request.method?.as_bytes())?;
    let target = span(bytes, request.path?.as_bytes())?;
    let version_at = (target.start as usize)
        .checked_add(target.len as usize)?
        .checked_add(1)?;
    let proto = Span::between(version_at, version_at.checked_add(VERSION_LEN)?);
    let (uri, query) = split_query(target, bytes);
    if uri.is_empty() {
        return Some(Err(Malformed));
    }
    let mut framing = Framing {
        is_http_1_0: request.version? == 0,
        ..Framing::default()
    };
    let mut slots = headers.iter_mut().take(room);
    for line in request.headers.iter() {
        let value = if line.value.is_empty() {
            Span::between(0, 0)
        } else {
            span(bytes, line.value)?
        };
        let found = HeaderSpan {
            name: span(bytes, line.name.as_bytes())?,
            value,
        };
        let slot = slots.next();
        if framing
            .note(
                line.name.as_bytes(),
                line.value,
                found.value,
                slot.is_some(),
            )
            .is_err()
        {
            return Some(Err(Malformed));
        }
        if let Some(slot) = slot {
            *slot = found;
        }
    }
    if framing.finish(bytes.len(), None).is_err() {
        return Some(Err(Malformed));
    }
    let headers_total = request.headers.len();
    let headers_stored = headers_total.min(room);
    let head = Head {
        method,
        uri,
        query,
        proto,
        head_len,
        headers_stored,
        headers_total,
        framing,
        ..Head::default()
    };
    Some(Ok(head))
}

/// Where `part` lies in `whole`.
#[inline]
fn span(whole: &[u8], part: &[u8]) -> Option<Span> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    let end = start.checked_add(part.len())?;
    (end <= whole.len()).then(|| Span::between(start, end))
}
