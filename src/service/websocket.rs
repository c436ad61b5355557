//! WebSocket on a connection: the client's handshake, frames in and out (HTTP chapter §11).

use super::ws_send::send;
use crate::abi::core::{mg_event, mg_str};
use crate::abi::ws::mg_ws_message;
use crate::engine::message::{Message, max_headers};
use crate::engine::{Conn, Event, Protocol, limits};
use crate::wire::http::{HeadEnd, HeadScanner, HeaderSpan, HeaderTable, parse};
use crate::wire::ws::frame::{Opcode, message_frame};
use crate::wire::ws::{Action, Code, Header, Order, Role, handshake, mask};
use alloc::format;
use alloc::vec::Vec;

/// Attached while frames flow, and on clients from the handshake on.
pub static WEBSOCKET: Protocol = Protocol {
    name: "websocket",
    sleeps: true,
    requests: false,
    on_event,
};

const CLOSE: u8 = 8;
const PONG: u8 = 10;
/// Bytes that may wait to be sent before pings go unanswered.
const MAX_PONG_QUEUE: usize = 1024 * 1024;

/// What a connection remembers between frames.
#[derive(Default)]
pub struct Socket {
    /// Client, before the handshake's answer: the accept value it must hold.
    expected: Option<[u8; handshake::ACCEPT_LEN]>,
    scanner: HeadScanner,
    order: Order,
    /// The message being put together.
    fragments: Vec<u8>,
    /// Our CLOSE is on its way.
    pub close_sent: bool,
    /// The peer's CLOSE is here, or it broke the protocol: nothing more is read.
    ended: bool,
}

fn on_event(conn: &mut Conn, event: Event<'_>) {
    match event {
        Event::Read(_) if conn.is_websocket() => frames(conn),
        Event::Read(_) => answered(conn),
        Event::Close => drop(conn.take_state::<Socket>()),
        _ => {}
    }
}

/// Attaches this service. `expected` is the accept value that a client waits for.
pub fn attach(conn: &mut Conn, expected: Option<[u8; handshake::ACCEPT_LEN]>) {
    conn.set_protocol(Some(&WEBSOCKET));
    conn.set_unfinished(false);
    if let Some(mut socket) = conn.state::<Socket>() {
        *socket = Socket {
            expected,
            ..Socket::default()
        };
    }
}

/// Tells [`whole_message`] whether there is anything to remember.
fn note(conn: &mut Conn) {
    let remembers = conn
        .state::<Socket>()
        .is_none_or(|socket| socket.order.in_message() || socket.ended);
    conn.set_unfinished(remembers);
}

// ---- the server's answer to our handshake --------------------------------------------------------------------------

fn answered(conn: &mut Conn) {
    let Some(socket) = conn.state::<Socket>().filter(|socket| !socket.ended) else {
        return;
    };
    let (mut scanner, expected) = (socket.scanner, socket.expected);
    drop(socket);
    let head_len = match scanner.scan(conn.recv()) {
        HeadEnd::Incomplete => {
            if let Some(mut socket) = conn.state::<Socket>() {
                socket.scanner = scanner;
            }
            return;
        }
        HeadEnd::Invalid => return give_up(conn, "not http"),
        HeadEnd::At(n) => n,
    };
    let Some(mut message) = accepted_head(conn, head_len, expected) else {
        return give_up(conn, "ws handshake error");
    };
    conn.set_websocket(true);
    conn.emit_message(mg_event::MG_EV_WS_OPEN, &mut message);
    conn.recv_del(0, head_len);
    if is_ours(conn) {
        frames(conn);
    }
}

/// The response, if it is a 101 with the accept value that belongs to our key.
fn accepted_head(
    conn: &Conn,
    head_len: usize,
    expected: Option<[u8; handshake::ACCEPT_LEN]>,
) -> Option<Message> {
    let mut table = alloc::vec![HeaderSpan::default(); max_headers()];
    let limit = table.len();
    let bytes = conn.recv();
    let head = parse(bytes, head_len, table.as_mut_slice(), limit)
        .ok()
        .filter(|head| head.status == 101)?;
    let stored = table.get(..head.headers_stored)?;
    let accept = stored.iter().find(|line| {
        line.name
            .of(bytes)
            .eq_ignore_ascii_case(b"Sec-WebSocket-Accept")
    })?;
    if accept.value.of(bytes) != expected? {
        return None;
    }
    let mut message = Message::new(conn, 0);
    for (at, line) in stored.iter().enumerate() {
        message.put(at, *line);
    }
    message.set_head(&head);
    Some(message)
}

fn give_up(conn: &mut Conn, text: &str) {
    if let Some(mut socket) = conn.state::<Socket>() {
        socket.ended = true;
    }
    note(conn);
    conn.error(text);
}

// ---- frames --------------------------------------------------------------------------------------------------------

fn is_ours(conn: &Conn) -> bool {
    conn.has_protocol()
        && conn
            .protocol()
            .is_some_and(|p| core::ptr::eq(p, &WEBSOCKET))
}

/// Deals with all complete frames.
fn frames(conn: &mut Conn) {
    let mut ofs = 0usize;
    while ofs < conn.recv_len() && is_ours(conn) {
        if let Some(len) = whole_message(conn, ofs) {
            ofs = ofs.saturating_add(len);
            continue;
        }
        if conn.state::<Socket>().is_none_or(|socket| socket.ended) {
            // After a CLOSE or a breach nothing counts.
            return conn.recv_clear();
        }
        match frame(conn, ofs) {
            Some(len) => ofs = ofs.saturating_add(len),
            None => break,
        }
    }
    conn.recv_del(0, ofs);
}

/// The common case: a whole message in one complete frame, while nothing is remembered. `None` when it is anything else.
#[inline]
fn whole_message(conn: &mut Conn, ofs: usize) -> Option<usize> {
    if conn.is_unfinished() {
        return None;
    }
    let from_client = !conn.is_client();
    let frame = conn.recv_mut().get_mut(ofs..)?;
    let (first, key, header_len, len) = message_frame(frame, from_client)?;
    let end = header_len.checked_add(len)?;
    let payload = frame.get_mut(header_len..end)?;
    if let Some(key) = key {
        mask::apply(payload, key, 0);
    }
    let message = ws_message(payload, first);
    conn.emit_from_service(mg_event::MG_EV_WS_MSG, message);
    Some(end)
}

/// A frame in the receive buffer.
struct Frame {
    header: Header,
    start: usize,
    end: usize,
}

/// Deals with the frame at `ofs`; its length, or `None` when it is not complete or breaks the protocol.
fn frame(conn: &mut Conn, ofs: usize) -> Option<usize> {
    let header = match Header::parse(conn.recv().get(ofs..)?) {
        Ok(header) => header?,
        Err(code) => return fail(conn, code),
    };
    let role = if conn.is_client() {
        Role::Client
    } else {
        Role::Server
    };
    let socket = conn.state::<Socket>()?;
    let before = socket.order;
    let mut order = before;
    let gathered = if header.opcode() == Opcode::Continue {
        socket.fragments.len()
    } else {
        0
    };
    drop(socket);
    let room = limits::max_recv_size(conn)
        .saturating_sub(header.len)
        .saturating_sub(gathered);
    if let Err(code) = order.admit(&header, role, room) {
        return fail(conn, code);
    }
    let start = ofs.checked_add(header.len)?;
    let end = start.checked_add(usize::try_from(header.payload).ok()?)?;
    let payload = conn.recv_mut().get_mut(start..end)?;
    if let Some(key) = header.mask {
        mask::apply(payload, key, 0);
    }
    let action = order.take(&header, payload);
    if order != before {
        conn.state::<Socket>()?.order = order;
        note(conn);
    }
    match action {
        Err(code) => return fail(conn, code),
        Ok(action) => act(conn, action, &Frame { header, start, end }),
    }
    Some(end.saturating_sub(ofs))
}

fn act(conn: &mut Conn, action: Action, frame: &Frame) {
    match action {
        Action::Message => emit_frame(conn, mg_event::MG_EV_WS_MSG, frame),
        Action::First => {
            gather(conn, frame, true);
        }
        Action::Continue { flags } => {
            if !gather(conn, frame, false) {
                return;
            }
            emit_frame(conn, mg_event::MG_EV_WS_CTL, frame);
            if let Some(flags) = flags {
                emit_gathered(conn, flags);
            }
        }
        Action::Stray | Action::Pong => emit_frame(conn, mg_event::MG_EV_WS_CTL, frame),
        Action::Ping => {
            if conn.send_len() < MAX_PONG_QUEUE {
                echo(conn, PONG, frame);
            }
            emit_frame(conn, mg_event::MG_EV_WS_CTL, frame);
        }
        Action::Close => closed(conn, frame),
        Action::Unknown(op) => unknown(conn, op),
    }
}

/// Keeps the payload of a fragment. False when memory runs out: the connection has failed then.
fn gather(conn: &mut Conn, frame: &Frame, first: bool) -> bool {
    let Some(mut fragments) = conn
        .state::<Socket>()
        .map(|mut s| core::mem::take(&mut s.fragments))
    else {
        return false;
    };
    if first {
        fragments.clear();
    }
    let payload = conn.recv().get(frame.start..frame.end).unwrap_or_default();
    if fragments.try_reserve(payload.len()).is_err() {
        conn.error("OOM");
        return false;
    }
    fragments.extend_from_slice(payload);
    if let Some(mut socket) = conn.state::<Socket>() {
        socket.fragments = fragments;
    }
    true
}

/// Tells of the payload of one frame.
fn emit_frame(conn: &mut Conn, ev: mg_event, frame: &Frame) {
    let message = ws_message(
        conn.recv().get(frame.start..frame.end).unwrap_or_default(),
        frame.header.first,
    );
    conn.emit_from_service(ev, message);
}

/// Tells of the message that was put together.
fn emit_gathered(conn: &mut Conn, flags: u8) {
    let fragments = conn
        .state::<Socket>()
        .map(|mut s| core::mem::take(&mut s.fragments))
        .unwrap_or_default();
    conn.emit_from_service(mg_event::MG_EV_WS_MSG, ws_message(&fragments, flags));
}

fn ws_message(payload: &[u8], flags: u8) -> mg_ws_message {
    let data = mg_str {
        buf: payload.as_ptr().cast_mut().cast(),
        len: payload.len(),
    };
    mg_ws_message { data, flags }
}

/// Sends the payload of a control frame back.
fn echo(conn: &mut Conn, op: u8, frame: &Frame) {
    let payload = conn
        .recv()
        .get(frame.start..frame.end)
        .unwrap_or_default()
        .to_vec();
    send(conn, op, &payload);
}

/// The peer's CLOSE: answered once, then the connection drains.
fn closed(conn: &mut Conn, frame: &Frame) {
    let payload = conn
        .recv()
        .get(frame.start..frame.end)
        .unwrap_or_default()
        .to_vec();
    emit_frame(conn, mg_event::MG_EV_WS_CTL, frame);
    close(conn, &payload);
}

/// An opcode nobody defined: an error for the program, a CLOSE for the peer.
fn unknown(conn: &mut Conn, op: u8) {
    if let Some(mut socket) = conn.state::<Socket>() {
        socket.ended = true;
    }
    conn.error(&format!("unknown WS op {op}"));
    // The connection closes when the CLOSE is out.
    close(conn, &Code::Protocol.payload());
    conn.set_closing(false);
}

/// The peer broke the protocol.
fn fail(conn: &mut Conn, code: Code) -> Option<usize> {
    close(conn, &code.payload());
    None
}

fn close(conn: &mut Conn, payload: &[u8]) {
    if conn
        .state::<Socket>()
        .is_some_and(|socket| !socket.close_sent)
    {
        send(conn, CLOSE, payload);
    }
    if let Some(mut socket) = conn.state::<Socket>() {
        socket.ended = true;
    }
    note(conn);
    conn.set_draining(true);
    conn.recv_clear();
}
