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
    let Some(progress) = conn.state::<Progress>() else {
        return Next::Stop;
    };
    if available < progress.need && !closing {
        return Next::Wait;
    }
    let mut scanner = progress.scanner;
    drop(progress);
    let end = scanner.scan(conn.recv().get(ofs..).unwrap_or_default());
    match end {
        HeadEnd::Invalid => malformed(conn),
        HeadEnd::Incomplete => {
            if let Some(mut progress) = conn.state::<Progress>() {
                progress.scanner = scanner;
            }
            Next::Wait
        }
        HeadEnd::At(head_len) => with_head(conn, ofs, head_len, closing),
    }
}

/// A head that breaks the grammar gets no answer: what is queued goes out, then the connection closes.
fn malformed(conn: &mut Conn) -> Next {
    conn.set_draining(true);
    conn.recv_clear();
    reset(conn);
    Next::Stop
}

fn reset(conn: &mut Conn) {
    if let Some(mut progress) = conn.state::<Progress>() {
        *progress = Progress::default();
    }
}

fn with_head(conn: &mut Conn, ofs: usize, head_len: usize, closing: bool) -> Next {
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
    if !announce(conn, &mut message) {
        return Next::Stop;
    }
    if !message.is_current(conn, ofs) {
        message = Message::new(conn, ofs, &head, stored);
    }
    deliver(conn, ofs, &head, &mut message, closing)
}

/// Fires `MG_EV_HTTP_HDRS`, once per message. False when the user took the buffer over.
fn announce(conn: &mut Conn, message: &mut Message) -> bool {
    let first = match conn.state::<Progress>() {
        Some(mut progress) => !core::mem::replace(&mut progress.announced, true),
        None => false,
    };
    if !first {
        return true;
    }
    let before = conn.recv_len();
    conn.emit_message(mg_event::MG_EV_HTTP_HDRS, message);
    if conn.recv_len() != before {
        conn.set_protocol(None);
        reset(conn);
        return false;
    }
    conn.has_protocol()
}

/// Fires `MG_EV_HTTP_MSG` when the body is complete.
fn deliver(conn: &mut Conn, ofs: usize, head: &Head, message: &mut Message, closing: bool) -> Next {
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
        match chunked_body(conn, body_at) {
            Ok(Some(lengths)) => lengths,
            Ok(None) => return Next::Wait,
            Err(Next::Stop) => return Next::Stop,
            Err(other) => return other,
        }
    } else if framing.body_len == UNTIL_CLOSE && accepted {
        return length_required(conn);
    } else if closing && !accepted {
        let body = available.min(framing.body_len);
        (body, body)
    } else if available >= framing.body_len {
        (framing.body_len, framing.body_len)
    } else {
        wait_for(conn, head.head_len.saturating_add(framing.body_len));
        return Next::Wait;
    };
    message.set_lengths(
        head.head_len,
        body_len,
        head.head_len.saturating_add(body_len),
    );
    reset(conn);
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

fn wait_for(conn: &mut Conn, need: usize) {
    if let Some(mut progress) = conn.state::<Progress>() {
        progress.need = need;
    }
}

/// Payload and coded length of a complete chunked body, compacted in place; `None` while it is not complete.
fn chunked_body(conn: &mut Conn, body_at: usize) -> Result<Option<(usize, usize)>, Next> {
    let mut decoder = match conn.state::<Progress>() {
        Some(progress) => progress.chunks,
        None => return Err(Next::Stop),
    };
    match decoder.scan(conn.recv().get(body_at..).unwrap_or_default()) {
        Ok(true) => {
            let body = conn.recv_mut().get_mut(body_at..).unwrap_or_default();
            Ok(chunked::compact(body).ok())
        }
        Ok(false) => {
            if let Some(mut progress) = conn.state::<Progress>() {
                progress.chunks = decoder;
            }
            Ok(None)
        }
        Err(_) => {
            conn.error("Invalid chunk");
            Err(Next::Stop)
        }
    }
}

/// A response-shaped message without a length, sent to a server.
fn length_required(conn: &mut Conn) -> Next {
    answer(conn, 411, b"", b"");
    conn.set_draining(true);
    conn.recv_clear();
    reset(conn);
    Next::Stop
}

/// Queues a whole reply as `mg_http_reply` does; false when memory ran out.
pub fn answer(conn: &mut Conn, status: i32, headers: &[u8], body: &[u8]) -> bool {
    let line = reply::status_line(status);
    let length = reply::content_length(body.len());
    let before = conn.send_len();
    let headers = if reply::headers_are_safe(headers) {
        headers
    } else {
        b""
    };
    let total = line.as_bytes().len() + headers.len() + length.as_bytes().len() + body.len();
    let ok = conn.send_reserve(total)
        && conn.queue(line.as_bytes())
        && conn.queue(headers)
        && conn.queue(length.as_bytes())
        && conn.queue(body);
    if !ok {
        conn.send_truncate(before);
        conn.error("OOM");
    }
    conn.set_resp(false);
    ok
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
