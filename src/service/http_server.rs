//! HTTP on a connection, server and client side: cuts the stream into messages and fires events (HTTP chapter §4).

use super::http_reply::answer;
use crate::abi::core::mg_event;
use crate::engine::message::Message;
use crate::engine::{Conn, Event, Protocol, limits};
use crate::wire::http::chunked::{self, ChunkDecoder};
use crate::wire::http::framing::UNTIL_CLOSE;
use crate::wire::http::{Head, HeadEnd, HeadScanner, parse, parse_ordinary};

/// The protocol handler of `mg_http_listen` and `mg_http_connect`.
pub static HTTP: Protocol = Protocol {
    name: "http",
    sleeps: true,
    requests: true,
    on_event,
};

/// What the engine says when the receive buffer has reached its cap.
const CAP_REACHED: &[u8] = b"MG_MAX_RECV_SIZE";

/// What the engine says when a request takes longer than its listener allows.
const TOO_SLOW: &[u8] = b"request timeout";

/// How far the message at the front of the receive buffer has been read.
#[derive(Default)]
struct Progress {
    scanner: HeadScanner,
    /// Its head; `MG_EV_HTTP_HDRS` was fired for it.
    head: Option<Head>,
    chunks: ChunkDecoder,
    /// Bytes that the message needs before it is worth another look.
    need: usize,
    /// When its head was first seen incomplete, milliseconds; 0 = not yet.
    since: u64,
}

/// State of a connection whose message a service has just taken out of the buffer: what follows is the next one.
#[derive(Default)]
pub struct Taken;

fn on_event(conn: &mut Conn, event: Event<'_>) {
    match event {
        Event::Read(_) => resume(conn),
        Event::Close => process(conn, true),
        Event::Poll(now) if conn.is_accepted() && head_is_late(conn, now) => {
            refuse(conn, 408);
        }
        Event::Poll(_) | Event::Write(_) if conn.is_accepted() => {
            close_after_response(conn);
            if conn.recv_len() > 0 && !conn.is_resp() && !conn.is_draining() {
                process(conn, false);
            }
        }
        Event::Error(CAP_REACHED) if conn.is_accepted() => too_large(conn),
        Event::Error(TOO_SLOW) if conn.is_accepted() => too_slow(conn),
        _ => {}
    }
}

/// Whether the head of a request takes longer than the program allows.
fn head_is_late(conn: &mut Conn, now: u64) -> bool {
    if !conn.is_unfinished() || conn.is_draining() {
        return false;
    }
    let (_, limit) = conn.head_limits();
    let Some(mut progress) = conn.state::<Progress>() else {
        return false;
    };
    if limit == 0 || progress.head.is_some() {
        return false;
    }
    if progress.since == 0 {
        progress.since = now.max(1);
    }
    now.saturating_sub(progress.since) >= u64::from(limit)
}

/// Goes on with the requests that wait in the receive buffer.
pub fn resume(conn: &mut Conn) {
    close_after_response(conn);
    process(conn, false);
}

/// Serves requests again, after a program took a body over and has consumed it. What is in the buffer is served by
/// the next poll.
pub fn again(conn: &mut Conn) {
    conn.set_protocol(Some(&HTTP));
    conn.set_resp(false);
}

/// A response that was produced over several polls is finished: honours the request's `Connection: close`.
fn close_after_response(conn: &mut Conn) {
    if conn.close_after_response() && !conn.is_resp() {
        conn.set_close_after_response(false);
        conn.set_draining(true);
    }
}

/// Whether this handler, and nobody else, deals with the connection.
fn is_ours(conn: &Conn) -> bool {
    conn.has_protocol() && conn.protocol().is_some_and(|p| core::ptr::eq(p, &HTTP))
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
        match one(conn, &mut ofs, closing) {
            Next::Message(len) => {
                conn.request_done();
                ofs = ofs.saturating_add(len);
            }
            Next::Wait => break,
            Next::Stop => return,
        }
        if !is_ours(conn) {
            break;
        }
    }
    conn.recv_del(0, ofs);
    if !is_ours(conn)
        && let Some(other) = conn.protocol().filter(|_| conn.has_protocol())
    {
        // Another handler took over: what is left in the buffer is for it.
        (other.on_event)(conn, Event::Read(0));
    }
}

/// Deals with the message at `ofs`.
fn one(conn: &mut Conn, ofs: &mut usize, closing: bool) -> Next {
    if !conn.is_unfinished()
        && let Some(next) = ordinary(conn, ofs, closing)
    {
        return next;
    }
    let available = conn.recv_len().saturating_sub(*ofs);
    let mut progress: Progress = conn.take_unfinished();
    if available < progress.need && !closing {
        return wait(conn, progress);
    }
    if let Some(head) = progress.head {
        return match body(conn, *ofs, &head, &mut progress, closing) {
            Ok(lengths) => parsed(conn, *ofs, head.head_len, |conn, head, message| {
                deliver(conn, head, lengths, message)
            }),
            Err(next) => next,
        };
    }
    match progress
        .scanner
        .scan(conn.recv().get(*ofs..).unwrap_or_default())
    {
        HeadEnd::Invalid => malformed(conn),
        HeadEnd::Incomplete if head_is_long(conn, available) => refuse(conn, 431),
        HeadEnd::Incomplete => wait(conn, progress),
        HeadEnd::At(head_len) => parsed(conn, *ofs, head_len, |conn, head, message| {
            first_look(conn, ofs, head, message, closing)
        }),
    }
}

/// The common case: a whole ordinary head, found and read in one pass. `None` when it is anything else.
#[inline]
fn ordinary(conn: &mut Conn, ofs: &mut usize, closing: bool) -> Option<Next> {
    let mut message = Message::new(conn, *ofs);
    let bytes = conn.recv().get(*ofs..)?;
    let mut head = Head::default();
    if !parse_ordinary(bytes, &mut message, usize::MAX, &mut head) {
        return None;
    }
    message.set_head(&head);
    Some(first_look(conn, ofs, &head, &mut message, closing))
}

/// Whether the head of a request is longer than the program allows.
#[inline]
fn head_is_long(conn: &Conn, len: usize) -> bool {
    conn.is_accepted() && len > conn.head_limits().0
}

fn wait(conn: &mut Conn, progress: Progress) -> Next {
    conn.put_unfinished(progress);
    conn.request_begun();
    Next::Wait
}

/// A head has just become complete.
fn first_look(
    conn: &mut Conn,
    ofs: &mut usize,
    head: &Head,
    message: &mut Message,
    closing: bool,
) -> Next {
    if is_interim(conn, head) {
        return Next::Message(head.head_len);
    }
    if head_is_long(conn, head.head_len) {
        return refuse(conn, 431);
    }
    if *ofs > 0 && (head.framing.body_len > 0 || head.framing.chunked) {
        // Whoever takes over a body finds its message at the front of the buffer.
        conn.recv_del(0, *ofs);
        *ofs = 0;
        message.rebase(conn, *ofs);
    }
    if let Err(next) = announce(conn, head, message) {
        return next;
    }
    match body(conn, *ofs, head, &mut Progress::default(), closing) {
        Ok(lengths) => {
            message.rebase(conn, *ofs);
            deliver(conn, head, lengths, message)
        }
        Err(next) => next,
    }
}

/// Parses the head at `ofs` and hands it on; a malformed one ends the connection.
fn parsed(
    conn: &mut Conn,
    ofs: usize,
    head_len: usize,
    then: impl FnOnce(&mut Conn, &Head, &mut Message) -> Next,
) -> Next {
    let mut message = Message::new(conn, ofs);
    let bytes = conn.recv().get(ofs..).unwrap_or_default();
    let Ok(head) = parse(bytes, head_len, &mut message, usize::MAX) else {
        return malformed(conn);
    };
    message.set_head(&head);
    then(conn, &head, &mut message)
}

/// A body that cannot be read: the connection closes, and nothing of it is looked at again. `status` is for those who
/// want an answer.
fn failed(conn: &mut Conn, text: &str, status: i32) -> Next {
    conn.error(text);
    if conn.is_strict_http() {
        conn.set_closing(false);
        return refuse(conn, status);
    }
    conn.recv_clear();
    Next::Stop
}

/// A head that breaks the grammar: what is queued goes out, then the connection closes. It gets no answer unless the
/// listener wants that.
fn malformed(conn: &mut Conn) -> Next {
    if conn.is_strict_http() && conn.is_accepted() {
        return refuse(conn, 400);
    }
    conn.set_draining(true);
    conn.recv_clear();
    Next::Stop
}

/// An interim response to a client: the final one follows.
fn is_interim(conn: &Conn, head: &Head) -> bool {
    !conn.is_accepted()
        && head.framing.bodiless
        && head.framing.content_length.is_none()
        && matches!(head.status, 100 | 102..=199)
}

/// Fires `MG_EV_HTTP_HDRS`. The user may answer at once, or take the buffer over by changing its length.
fn announce(conn: &mut Conn, head: &Head, message: &mut Message) -> Result<(), Next> {
    let (received, queued) = (conn.recv_len(), conn.send_len());
    conn.emit_message(mg_event::MG_EV_HTTP_HDRS, message);
    if !is_ours(conn) {
        // An upgrade leaves its request behind; who takes the body over has removed the head.
        let upgraded = conn.is_websocket() && conn.recv_len() == received;
        return Err(Next::Message(if upgraded { head.head_len } else { 0 }));
    }
    if conn.recv_len() != received {
        if conn.take_state::<Taken>().is_some() {
            return Err(Next::Message(0));
        }
        conn.set_protocol(None);
        return Err(Next::Stop);
    }
    let answered = conn.send_len() != queued;
    if conn.is_accepted() && (conn.is_closing() || answered && conn.is_draining()) {
        // Refused on sight: nobody would read another answer.
        return Err(Next::Message(0));
    }
    if head.framing.expect_continue && !answered {
        say_continue(conn, head)?;
    }
    Ok(())
}

/// Answers `Expect: 100-continue` while the body is still with the client; refuses a body that would never fit.
fn say_continue(conn: &mut Conn, head: &Head) -> Result<(), Next> {
    let framing = &head.framing;
    if !conn.is_accepted() || head.is_response || framing.is_http_1_0 || conn.is_draining() {
        return Ok(());
    }
    if framing.message_len > limits::max_recv_size(conn) {
        return Err(refuse(conn, 413));
    }
    let coming = framing.chunked || conn.recv_len() < framing.message_len;
    if coming && !conn.queue(b"HTTP/1.1 100 Continue\r\n\r\n") {
        conn.error("OOM");
    }
    Ok(())
}

/// Payload and coded length of the body at hand, or why there is none to deliver.
fn body(
    conn: &mut Conn,
    ofs: usize,
    head: &Head,
    progress: &mut Progress,
    closing: bool,
) -> Result<(usize, usize), Next> {
    let framing = &head.framing;
    let body_at = ofs.saturating_add(head.head_len);
    let available = conn.recv_len().saturating_sub(body_at);
    if framing.bodiless {
        return Ok((0, 0));
    }
    if framing.transfer_encoding.is_some() {
        return coded_body(conn, body_at, head, progress);
    }
    if framing.content_length.is_some()
        && conn.is_strict_http()
        && framing.message_len > limits::max_recv_size(conn)
    {
        return Err(refuse(conn, 413));
    }
    if framing.body_len == UNTIL_CLOSE && conn.is_accepted() && head.status >= 200 {
        return Err(refuse(conn, 411));
    }
    if available >= framing.body_len {
        return Ok((framing.body_len, framing.body_len));
    }
    if closing && !conn.is_accepted() {
        // A client takes what there is: the close ends the body, or the request was HEAD.
        return Ok((available, available));
    }
    progress.need = framing.message_len;
    Err(wait_for_body(conn, head, progress))
}

fn wait_for_body(conn: &mut Conn, head: &Head, progress: &mut Progress) -> Next {
    progress.head = Some(*head);
    wait(conn, core::mem::take(progress))
}

/// A chunked body, put together in place once all of it is here.
fn coded_body(
    conn: &mut Conn,
    body_at: usize,
    head: &Head,
    progress: &mut Progress,
) -> Result<(usize, usize), Next> {
    if head.framing.is_http_1_0 {
        // What follows would be taken for the next request.
        return Err(malformed(conn));
    }
    if !head.framing.chunked {
        return Err(failed(conn, "Invalid Transfer-Encoding", 501));
    }
    let body = conn.recv_mut().get_mut(body_at..).unwrap_or_default();
    match progress.chunks.scan(body) {
        Ok(true) => chunked::compact(body).map_err(|_| Next::Stop),
        Ok(false) => Err(wait_for_body(conn, head, progress)),
        Err(_) => Err(failed(conn, "Invalid chunk", 400)),
    }
}

/// Fires `MG_EV_HTTP_MSG`.
fn deliver(conn: &mut Conn, head: &Head, lengths: (usize, usize), message: &mut Message) -> Next {
    let (payload, coded) = lengths;
    let accepted = conn.is_accepted();
    message.set_lengths(
        head.head_len,
        payload,
        head.head_len.saturating_add(payload),
    );
    if accepted {
        conn.set_resp(true);
    }
    let received = conn.recv_len();
    conn.emit_message(mg_event::MG_EV_HTTP_MSG, message);
    if conn.recv_len() != received && conn.take_state::<Taken>().is_some() {
        return Next::Message(0);
    }
    if accepted && closes(conn, head) && !conn.is_websocket() {
        conn.set_close_after_response(true);
        close_after_response(conn);
    }
    Next::Message(head.head_len.saturating_add(coded))
}

/// Whether the connection ends with the response to this request.
fn closes(conn: &Conn, head: &Head) -> bool {
    let framing = &head.framing;
    framing.connection_close || framing.is_http_1_0 && !framing.keep_alive && conn.is_strict_http()
}

/// Answers with `status` and closes.
fn refuse(conn: &mut Conn, status: i32) -> Next {
    answer(conn, status, b"", b"");
    conn.set_draining(true);
    conn.recv_clear();
    Next::Stop
}

/// A request did not arrive in time: says so, unless the answer to an earlier one is under way.
fn too_slow(conn: &mut Conn) {
    if conn.is_resp() || conn.is_draining() {
        return;
    }
    answer(conn, 408, b"", b"");
    conn.set_full(true);
    conn.set_draining(true);
    conn.set_closing(false);
}

/// The receive buffer has reached its cap: says so, instead of the plain close, unless another answer is under way.
fn too_large(conn: &mut Conn) {
    if conn.is_resp() || conn.is_draining() {
        return;
    }
    let progress: Progress = conn.take_unfinished();
    let status = if progress.head.is_some() { 413 } else { 431 };
    answer(conn, status, b"", b"");
    conn.set_full(true);
    conn.set_draining(true);
    conn.set_closing(false);
}
