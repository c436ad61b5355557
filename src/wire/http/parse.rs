//! What does a head say? One pass, no copies, offsets out.

use super::fast::{self, Verdict};
use super::framing::Framing;
use super::head::{Head, HeaderSpan, HeaderTable, Span, status_code};
use super::swar::{find_control, graphic_run};
use memchr::memchr;

/// The head breaks the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Parses the head in the first `head_len` bytes of `buf`, as found by [`super::HeadScanner`].
///
/// Up to `limit` header lines are stored in `headers`; further lines are checked and dropped. A dropped line that
/// frames the message (`Content-Length`, `Transfer-Encoding`) makes the head malformed.
#[inline]
pub fn parse(
    buf: &[u8],
    head_len: usize,
    headers: &mut (impl HeaderTable + ?Sized),
    limit: usize,
) -> Result<Head, Malformed> {
    let bytes = buf.get(..head_len).ok_or(Malformed)?;
    if u32::try_from(head_len).is_err() {
        return Err(Malformed);
    }
    let room = limit.min(headers.room());
    let mut head = Head::default();
    match fast::parse(bytes, headers, room, &mut head) {
        Verdict::Ordinary if head.head_len == head_len => Ok(head),
        Verdict::Malformed => Err(Malformed),
        _ => tolerant(bytes, headers, room),
    }
}

/// Finds and parses a whole ordinary request head at the start of `buf` in one pass, into the fresh `head`. False when
/// there is none: what it is then, incomplete, unusual or malformed, is for [`super::HeadScanner`] and [`parse`] to
/// say; `head` and the lines that were put into `headers` mean nothing then.
#[inline]
pub fn parse_ordinary(
    buf: &[u8],
    headers: &mut (impl HeaderTable + ?Sized),
    limit: usize,
    head: &mut Head,
) -> bool {
    let room = limit.min(headers.room());
    fast::parse(buf, headers, room, head) == Verdict::Ordinary
}

/// The rules themselves. [`fast`] only gets ahead of them.
fn tolerant(
    bytes: &[u8],
    headers: &mut (impl HeaderTable + ?Sized),
    room: usize,
) -> Result<Head, Malformed> {
    let mut cursor = Cursor { bytes, pos: 0 };
    let mut head = first_line(&mut cursor)?;
    head.head_len = bytes.len();
    while !cursor.at_empty_line()? {
        let line = cursor.header_line()?;
        let stored = head.headers_total < room;
        head.framing.note(
            line.name.of(bytes),
            line.value.of(bytes),
            line.value,
            stored,
        )?;
        if stored {
            headers.put(head.headers_total, line);
        }
        head.headers_total = head.headers_total.saturating_add(1);
    }
    head.headers_stored = head.headers_total.min(room);
    let status = head.is_response.then(|| head.uri.of(bytes));
    head.status = status.map_or(0, status_code);
    head.framing.finish(bytes.len(), status)?;
    Ok(head)
}

/// `method SP uri SP version`, or `version SP status SP reason`.
#[inline]
fn first_line(cursor: &mut Cursor) -> Result<Head, Malformed> {
    let method = cursor.word(false);
    cursor.skip_spaces();
    let target = cursor.word(false);
    cursor.skip_spaces();
    let proto = cursor.rest_of_line()?;
    let version = method.of(cursor.bytes);
    let is_response = version.len() > 5 && starts_with_http(version);
    let proto_text = proto.of(cursor.bytes);
    if !is_response && (!is_version(proto_text) || is_http2_preface(version, proto_text)) {
        return Err(Malformed);
    }
    let (uri, query) = split_query(target, target.of(cursor.bytes));
    if method.is_empty() || uri.is_empty() {
        return Err(Malformed);
    }
    let is_http_1_0 = !is_response && proto_text.ends_with(b"1.0");
    let framing = Framing {
        is_http_1_0,
        ..Framing::default()
    };
    Ok(Head {
        is_response,
        method,
        uri,
        query,
        proto,
        framing,
        ..Head::default()
    })
}

#[inline]
fn starts_with_http(text: &[u8]) -> bool {
    text.first_chunk::<5>()
        .is_some_and(|start| start.eq_ignore_ascii_case(b"HTTP/"))
}

/// Exactly `HTTP/`, a digit, a dot, a digit.
#[inline]
fn is_version(text: &[u8]) -> bool {
    match text {
        [_, _, _, _, _, major, b'.', minor] => {
            starts_with_http(text) && major.is_ascii_digit() && minor.is_ascii_digit()
        }
        _ => false,
    }
}

/// The connection preface of HTTP/2 (RFC 9113 §3.4) is made to look like a request; nobody asks for anything by it.
#[inline]
fn is_http2_preface(method: &[u8], version: &[u8]) -> bool {
    method == b"PRI" && version.ends_with(b"2.0")
}

#[inline]
pub(super) fn split_query(target: Span, text: &[u8]) -> (Span, Option<Span>) {
    let Some(mark) = memchr(b'?', text) else {
        return (target, None);
    };
    let start = target.start as usize;
    let mark = start.saturating_add(mark);
    let end = start.saturating_add(target.len as usize);
    (
        Span::between(start, mark),
        Some(Span::between(mark.saturating_add(1), end)),
    )
}

/// A position in the head.
struct Cursor<'a> {
    bytes: &'a [u8],
    pos: usize,
}

impl<'a> Cursor<'a> {
    #[inline]
    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.pos..).unwrap_or_default()
    }

    #[inline]
    fn advance(&mut self, n: usize) {
        self.pos = self.pos.saturating_add(n);
    }

    /// The longest run of word bytes: printable ASCII and anything shaped like UTF-8. A header name ends before `:`.
    #[inline]
    fn word(&mut self, is_name: bool) -> Span {
        let start = self.pos;
        loop {
            self.advance(graphic_run(self.rest(), is_name));
            let wide = utf8_shape(self.rest());
            self.advance(wide);
            if wide == 0 {
                return Span::between(start, self.pos);
            }
        }
    }

    #[inline]
    fn skip_spaces(&mut self) {
        while let [b' ', ..] = self.rest() {
            self.advance(1);
        }
    }

    #[inline]
    fn skip_blanks(&mut self) {
        while let [b' ' | b'\t', ..] = self.rest() {
            self.advance(1);
        }
    }

    /// All bytes up to the line end, which is LF or CRLF and is consumed. A CR elsewhere is an error.
    #[inline]
    fn rest_of_line(&mut self) -> Result<Span, Malformed> {
        let start = self.pos;
        loop {
            self.advance(find_control(self.rest()).ok_or(Malformed)?);
            let width = match self.rest() {
                [b'\n', ..] => 1,
                [b'\r', b'\n', ..] => 2,
                [b'\r', ..] => return Err(Malformed),
                _ => {
                    self.advance(1);
                    continue;
                }
            };
            let line = Span::between(start, self.pos);
            self.advance(width);
            return Ok(line);
        }
    }

    /// Is this the empty line that ends the head?
    #[inline]
    fn at_empty_line(&self) -> Result<bool, Malformed> {
        match self.rest() {
            [b'\n', ..] | [b'\r', b'\n', ..] => Ok(true),
            [] => Err(Malformed),
            _ => Ok(false),
        }
    }

    /// `name ":" blanks value blanks line-end`. No folding, no blank before the colon.
    #[inline]
    fn header_line(&mut self) -> Result<HeaderSpan, Malformed> {
        let name = self.word(true);
        if name.is_empty() || self.rest().first() != Some(&b':') {
            return Err(Malformed);
        }
        self.advance(1);
        self.skip_blanks();
        let mut value = self.rest_of_line()?;
        let text = value.of(self.bytes);
        let blanks = text
            .iter()
            .rev()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count();
        value.len = value.len.saturating_sub(blanks as u32);
        Ok(HeaderSpan { name, value })
    }
}

/// Length of the multi-byte UTF-8 sequence at the start of `rest` by its shape, 0 when there is none.
fn utf8_shape(rest: &[u8]) -> usize {
    let len = match rest.first() {
        Some(0xc0..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf7) => 4,
        _ => return 0,
    };
    match rest.get(1..len) {
        Some(tail) if tail.iter().all(|b| b & 0xc0 == 0x80) => len,
        _ => 0,
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
