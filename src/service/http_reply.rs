//! Replies: heads with a length, chunks (HTTP chapter §5).

use crate::engine::Conn;
use crate::wire::http::reply;

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
    let line;
    let line = if status == 200 {
        reply::STATUS_LINE_200
    } else {
        line = reply::status_line(status);
        line.as_bytes()
    };
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
