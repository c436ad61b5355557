//! HTTP on a connection, server and client side: cuts the stream into messages and fires events (HTTP chapter §4).

use crate::abi::core::mg_event;
use crate::engine::message::{Message, max_headers};
use crate::engine::{Conn, Event, Protocol};
use crate::wire::http::chunked::{self, ChunkDecoder};
use crate::wire::http::framing::UNTIL_CLOSE;
use crate::wire::http::{Head, HeadEnd, HeadScanner, HeaderSpan, parse, reply};

/// The protocol handler of `mg_http_listen` and `mg_http_connect`.
pub static HTTP: Protocol = Protocol {
    name: "http",
    sleeps: true,
    on_event,
};

/// Header lines parsed without the heap.
const INLINE_HEADERS: usize = 32;

/// How far the message at the front of the receive buffer has been read.
#[derive(Default)]
struct Progress {
    scanner: HeadScanner,
    /// `MG_EV_HTTP_HDRS` was fired for this message.
    announced: bool,
    chunks: ChunkDecoder,
    /// Bytes that the message needs before it is worth another look.
    need: usize,
}

fn on_event(conn: &mut Conn, event: Event<'_>) {
    match event {
        Event::Read(_) => {
            close_after_response(conn);
            process(conn, false);
        }
        Event::Close => process(conn, true),
        Event::Poll(_) if conn.is_accepted() => {
            close_after_response(conn);
            if conn.recv_len() > 0 && !conn.is_resp() && !conn.is_draining() {
                process(conn, false);
            }
        }
        _ => {}
    }
}

/// A response that was produced over several polls is finished: honours the request's `Connection: close`.
fn close_after_response(conn: &mut Conn) {
    if conn.close_after_response() && !conn.is_resp() {
        conn.set_close_after_response(false);
        conn.set_draining(true);
    }
}

/// What to do after one message.
enum Next {
    /// The message is complete and this long; there may be more behind it.
    Message(usize),
    /// Wait for more bytes.
    Wait,
    /// The buffer is no longer ours.
    Stop,
}

fn process(conn: &mut Conn, closing: bool) {
    let mut ofs = 0;
    while !conn.is_resp() && ofs < conn.recv_len() {
        if conn.is_accepted() && (conn.is_draining() || conn.is_closing()) {
            // Requests that cannot be answered any more.
            ofs = conn.recv_len();
            break;
        }
        match one(conn, ofs, closing) {
            Next::Message(len) => ofs = ofs.saturating_add(len),
            Next::Wait => break,
            Next::Stop => return,
        }
    }
    conn.recv_del(0, ofs);
}

/// Deals with the message at `ofs`.
fn one(conn: &mut Conn, ofs: usize, closing: bool) -> Next {
    let available = conn.recv_len().saturating_sub(ofs);
    let mut progress: Progress = conn.take_unfinished();
    if available < progress.need && !closing {
        return wait(conn, progress);
    }
    match progress
        .scanner
        .scan(conn.recv().get(ofs..).unwrap_or_default())
    {
        HeadEnd::Invalid => malformed(conn),
        HeadEnd::Incomplete => wait(conn, progress),
        HeadEnd::At(head_len) => with_head(conn, ofs, head_len, progress, closing),
    }
}

fn wait(conn: &mut Conn, progress: Progress) -> Next {
    conn.put_unfinished(progress);
    Next::Wait
}

/// A head that breaks the grammar gets no answer: what is queued goes out, then the connection closes.
fn malformed(conn: &mut Conn) -> Next {
    conn.set_draining(true);
    conn.recv_clear();
    Next::Stop
}

fn with_head(
    conn: &mut Conn,
    ofs: usize,
    head_len: usize,
    mut progress: Progress,
    closing: bool,
) -> Next {
    let limit = max_headers();
    let mut inline = [HeaderSpan::default(); INLINE_HEADERS];
    let mut heap = alloc::vec::Vec::new();
    let table: &mut [HeaderSpan] = if limit <= INLINE_HEADERS {
        &mut inline
    } else {
        heap.resize(limit, HeaderSpan::default());
        &mut heap
    };
    let bytes = conn.recv().get(ofs..).unwrap_or_default();
    let Ok(head) = parse(bytes, head_len, table, limit) else {
        return malformed(conn);
    };
    let stored = table.get(..head.headers_stored).unwrap_or_default();
    let mut message = Message::new(conn, ofs, &head, stored);
    if !core::mem::replace(&mut progress.announced, true) && !announce(conn, &mut message) {
        return Next::Stop;
    }
    if !message.is_current(conn, ofs) {
        message = Message::new(conn, ofs, &head, stored);
    }
    deliver(conn, ofs, &head, &mut message, progress, closing)
}

/// Fires `MG_EV_HTTP_HDRS`. False when the user took the buffer or the connection over.
fn announce(conn: &mut Conn, message: &mut Message) -> bool {
    let before = conn.recv_len();
    conn.emit_message(mg_event::MG_EV_HTTP_HDRS, message);
    if conn.recv_len() != before {
        conn.set_protocol(None);
        return false;
    }
    conn.has_protocol()
}

/// Fires `MG_EV_HTTP_MSG` when the body is complete.
fn deliver(
    conn: &mut Conn,
    ofs: usize,
    head: &Head,
    message: &mut Message,
    mut progress: Progress,
    closing: bool,
) -> Next {
    let framing = &head.framing;
    let body_at = ofs.saturating_add(head.head_len);
    let available = conn.recv_len().saturating_sub(body_at);
    let accepted = conn.is_accepted();
    if framing.transfer_encoding.is_some() && framing.is_http_1_0 {
        // What follows would be taken for the next request.
        return malformed(conn);
    }
    if framing.transfer_encoding.is_some() && !framing.chunked {
        conn.error("Invalid Transfer-Encoding");
        return Next::Stop;
    }
    let (body_len, coded_len) = if framing.chunked {
        let body = conn.recv_mut().get_mut(body_at..).unwrap_or_default();
        match progress
            .chunks
            .scan(body)
            .map(|done| done.then(|| chunked::compact(body)))
        {
            Ok(Some(Ok(lengths))) => lengths,
            Ok(None) => return wait(conn, progress),
            _ => {
                conn.error("Invalid chunk");
                return Next::Stop;
            }
        }
    } else if framing.body_len == UNTIL_CLOSE && accepted {
        return length_required(conn);
    } else if closing && !accepted {
        let body = available.min(framing.body_len);
        (body, body)
    } else if available >= framing.body_len {
        (framing.body_len, framing.body_len)
    } else {
        progress.need = head.head_len.saturating_add(framing.body_len);
        return wait(conn, progress);
    };
    let message_len = head.head_len.saturating_add(body_len);
    message.set_lengths(head.head_len, body_len, message_len);
    conn.set_resp(accepted);
    conn.emit_message(mg_event::MG_EV_HTTP_MSG, message);
    if accepted && framing.connection_close {
        conn.set_close_after_response(true);
        close_after_response(conn);
    }
    if !conn.has_protocol() {
        conn.recv_del(0, body_at.saturating_add(coded_len));
        return Next::Stop;
    }
    Next::Message(head.head_len.saturating_add(coded_len))
}

/// A response-shaped message without a length, sent to a server.
fn length_required(conn: &mut Conn) -> Next {
    answer(conn, 411, b"", b"");
    conn.set_draining(true);
    conn.recv_clear();
    Next::Stop
}

/// Queues a whole reply as `mg_http_reply` does; false when memory ran out.
pub fn answer(conn: &mut Conn, status: i32, headers: &[u8], body: &[u8]) -> bool {
    let before = conn.send_len();
    let ok = begin_answer(conn, status, headers, body.len()) && conn.queue(body);
    end_answer(conn, before, body.len(), ok)
}

/// Queues status line, headers and a length field that [`end_answer`] fills in; makes room for `body_len` bytes more.
/// Header arguments that would end the head early are dropped. False when memory ran out.
#[inline]
pub fn begin_answer(conn: &mut Conn, status: i32, headers: &[u8], body_len: usize) -> bool {
    let line = reply::status_line(status);
    let line = line.as_bytes();
    let headers = if reply::headers_are_safe(headers) {
        headers
    } else {
        b""
    };
    let length = reply::LENGTH_FIELD;
    let total = line
        .len()
        .saturating_add(headers.len())
        .saturating_add(length.len());
    if !conn.send_reserve(total.saturating_add(body_len)) {
        return false;
    }
    let mut rest = conn.send_spare();
    for piece in [line, headers, length] {
        let Some((room, after)) = rest.split_at_mut_checked(piece.len()) else {
            return false;
        };
        room.copy_from_slice(piece);
        rest = after;
    }
    conn.send_commit(total);
    true
}

/// Writes the length of the body, which is the last `body_len` bytes queued, or takes everything since `before` back.
#[inline]
pub fn end_answer(conn: &mut Conn, before: usize, body_len: usize, ok: bool) -> bool {
    conn.set_resp(false);
    if !ok {
        conn.send_truncate(before);
        conn.error("OOM");
        return false;
    }
    let body_at = conn.send_len().saturating_sub(body_len);
    let field_at = body_at.saturating_sub(reply::LENGTH_FIELD.len());
    if let Some(field) = conn.send_bytes_mut().get_mut(field_at..body_at) {
        reply::put_length(field, body_len);
    }
    true
}

/// Queues the head of a reply, with a Content-Length if given; false when memory ran out.
pub fn answer_head(conn: &mut Conn, status: i32, headers: &[u8], length: Option<usize>) -> bool {
    let before = conn.send_len();
    let end = length.map(reply::content_length);
    let end = end.as_ref().map_or(&b"\r\n"[..], |line| line.as_bytes());
    let ok = reply::headers_are_safe(headers)
        && conn.queue(reply::status_line(status).as_bytes())
        && conn.queue(headers)
        && conn.queue(end);
    if !ok {
        conn.send_truncate(before);
    }
    ok
}

/// Queues one chunk; an empty one is the last and clears `is_resp`.
pub fn write_chunk(conn: &mut Conn, data: &[u8]) {
    let before = conn.send_len();
    let ok = conn.queue(reply::chunk_size(data.len()).as_bytes())
        && conn.queue(data)
        && conn.queue(b"\r\n");
    if !ok {
        conn.send_truncate(before);
        conn.error("OOM");
    }
    if data.is_empty() {
        conn.set_resp(false);
    }
}
