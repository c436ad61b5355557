//! WebSocket frames out (HTTP chapter §11.3), and the handshake of both sides.

use super::http_reply::answer;
use super::websocket::{self, Socket};
use crate::engine::{Conn, platform};
use crate::wire::http::reply;
use crate::wire::ws::frame::{FIN, Header, MAX_HEADER};
use crate::wire::ws::{Opcode, handshake, mask};

/// The header of a frame that this connection sends; clients mask. `None` without randomness.
fn header(conn: &Conn, op: u8, len: usize) -> Option<Header> {
    let mut key = [0; 4];
    let mask = if conn.is_client() {
        if !platform::random(&mut key) {
            return None;
        }
        Some(key)
    } else {
        None
    };
    Some(Header {
        first: op | FIN,
        mask,
        len: 0,
        payload: len as u64,
    })
}

/// Queues one frame. Returns the bytes queued: 0 or the header alone when memory runs out.
pub fn send(conn: &mut Conn, op: u8, payload: &[u8]) -> usize {
    if let Some(len) = send_short(conn, op, payload) {
        return len;
    }
    let Some(header) = header(conn, op, payload.len()) else {
        return 0;
    };
    let mut room = [0; MAX_HEADER];
    let head = header.write(&mut room);
    if !conn.queue(head) {
        return 0;
    }
    note_close(conn, op);
    if !conn.queue(payload) {
        return head.len();
    }
    mask_tail(conn, payload.len(), &header);
    head.len().saturating_add(payload.len())
}

/// The common case: a server sends less than 64 KiB, and there is memory for it. `None` when it is anything else.
#[inline]
fn send_short(conn: &mut Conn, op: u8, payload: &[u8]) -> Option<usize> {
    if conn.is_client() || Opcode::of(op) == Opcode::Close {
        return None;
    }
    let (first, len) = (op | FIN, payload.len());
    match len {
        ..=125 => conn.queue_two(&[first, len as u8], payload),
        126..=0xffff => {
            let [high, low] = (len as u16).to_be_bytes();
            conn.queue_two(&[first, 126, high, low], payload)
        }
        _ => None,
    }
}

/// Turns the last `len` bytes of the send buffer into one frame. Returns the length of the buffer then.
pub fn wrap(conn: &mut Conn, len: usize, op: u8) -> usize {
    let len = len.min(conn.send_len());
    let at = conn.send_len().saturating_sub(len);
    if let Some(header) = header(conn, op, len) {
        let mut room = [0; MAX_HEADER];
        if conn.send_insert(at, header.write(&mut room)) {
            note_close(conn, op);
            mask_tail(conn, len, &header);
        }
    }
    conn.send_len()
}

fn mask_tail(conn: &mut Conn, len: usize, header: &Header) {
    if let Some(key) = header.mask {
        let bytes = conn.send_bytes_mut();
        let at = bytes.len().saturating_sub(len);
        mask::apply(bytes.get_mut(at..).unwrap_or_default(), key, 0);
    }
}

/// Remembers that our CLOSE is on its way.
fn note_close(conn: &mut Conn, op: u8) {
    if Opcode::of(op) == Opcode::Close
        && conn.has_state::<Socket>()
        && let Some(mut socket) = conn.state::<Socket>()
    {
        socket.close_sent = true;
    }
}

// ---- server: the answer to a handshake -----------------------------------------------------------------------------

/// Queues the answer up to the program's own headers; without a key, a refusal. Returns where these headers start.
pub fn begin_upgrade(conn: &mut Conn, key: Option<&[u8]>) -> Option<usize> {
    let Some(key) = key else {
        answer(conn, 426, b"", b"WS upgrade expected\n");
        conn.set_draining(true);
        return None;
    };
    websocket::attach(conn, None);
    let accept = handshake::accept(key);
    let pieces = [
        &b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "[..],
        &accept,
        b"\r\n",
    ];
    if !pieces.into_iter().all(|piece| conn.queue(piece)) {
        conn.error("OOM");
    }
    Some(conn.send_len())
}

/// Ends the answer begun by [`begin_upgrade`]. `protocols` is what the client offered: the first one is taken, unless
/// the program's headers name one.
pub fn end_upgrade(conn: &mut Conn, headers_at: usize, protocols: Option<&[u8]>) {
    const NAME: &[u8] = b"Sec-WebSocket-Protocol: ";
    drop_unsafe_headers(conn, headers_at);
    let own = conn.send_bytes().get(headers_at..).unwrap_or_default();
    let named = own
        .windows(NAME.len())
        .any(|w| w.eq_ignore_ascii_case(NAME));
    let first = protocols
        .and_then(|list| list.split(|b| *b == b',').next())
        .map(<[u8]>::trim_ascii);
    let mut ok = true;
    if let Some(first) = first.filter(|first| !named && !first.is_empty()) {
        ok = conn.queue(NAME) && conn.queue(first) && conn.queue(b"\r\n");
    }
    if !(ok && conn.queue(b"\r\n")) {
        conn.error("OOM");
    }
    conn.set_websocket(true);
    conn.set_resp(false);
}

/// Headers with an empty line in them would end the head early.
fn drop_unsafe_headers(conn: &mut Conn, headers_at: usize) {
    if !reply::headers_are_safe(conn.send_bytes().get(headers_at..).unwrap_or_default()) {
        conn.send_truncate(headers_at);
    }
}

// ---- client: the handshake -----------------------------------------------------------------------------------------

/// Queues the request up to the program's own headers. Returns where these start, `None` without randomness.
pub fn begin_connect(conn: &mut Conn, uri: &[u8], host: &[u8], port: Option<u16>) -> Option<usize> {
    let mut random = [0; 16];
    if !platform::random(&mut random) {
        conn.error("no random bytes");
        return None;
    }
    let key = handshake::key(&random);
    websocket::attach(conn, Some(handshake::accept(&key)));
    let port = port.map(|port| reply::decimal(usize::from(port)));
    let port = port.as_ref().map(|port| port.as_bytes());
    let pieces = [
        &b"GET "[..],
        uri,
        b" HTTP/1.1\r\nUpgrade: websocket\r\nHost: ",
        host,
        port.map_or(b"", |_| b":"),
        port.unwrap_or_default(),
        b"\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ",
        &key,
        b"\r\n",
    ];
    if !pieces.into_iter().all(|piece| conn.queue(piece)) {
        conn.error("OOM");
    }
    Some(conn.send_len())
}

/// Ends the request begun by [`begin_connect`].
pub fn end_connect(conn: &mut Conn, headers_at: usize) {
    drop_unsafe_headers(conn, headers_at);
    if !conn.queue(b"\r\n") {
        conn.error("OOM");
    }
}
