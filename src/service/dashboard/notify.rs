//! Changes told to WebSocket clients, each as far as its user may see them.

use super::users::{self, Viewer, viewer};
use super::{Dash, Op, Set, UserPtr, show};
use crate::engine::{Conn, Manager, platform};
use crate::fs::handle::FileSystem;
use crate::service::ws_send;
use crate::text::format::Sink;
use crate::text::number::Decimal;
use alloc::vec::Vec;

/// Opcode of a text frame.
const TEXT: u8 = 1;
/// Clients with more than this many I/O steps of unsent bytes are too slow to be told more.
const MAX_QUEUED_STEPS: usize = 5;
/// Longest `"<set>/<index>"`.
const MAX_KEY: usize = 63;

/// Remembers what a WebSocket client may see.
pub fn watch<D: Dash>(conn: &mut Conn, dash: &D, session: users::SessionId) {
    if let Some(mut viewer) = conn.state::<Viewer>() {
        *viewer = Viewer {
            dash: dash.key(),
            session: Some(session),
        };
    }
}

/// Tells the clients of those dashboards for which `files_of` gives something that a set has changed: a plain set, an
/// element of an array (its index), or the size of one (index -1).
pub fn send_change<S: Set>(mgr: &Manager, set: &S, files_of: impl Fn(usize) -> Option<FileSystem>) {
    users::keeping_users(mgr, || {
        let index = set.index();
        for mut conn in mgr.conns() {
            let Some((dash, Some(session))) = viewer(&mut conn) else {
                continue;
            };
            // Without a session the dashboard may have gone, too.
            let user = users::user(mgr, session);
            if user.is_null() || !listens(&conn) {
                continue;
            }
            let Some(files) = files_of(dash) else {
                continue;
            };
            let frame = frame(set, index, &files, user);
            if let Some(index) = index {
                set.set_index(index);
            }
            if let Some(frame) = frame {
                ws_send::send(&mut conn, TEXT, &frame);
            }
        }
    });
}

/// Tells a user's clients that he has logged out, and lets them go.
pub fn send_logout(mgr: &Manager, session: users::SessionId) {
    for mut conn in mgr.conns() {
        if viewer(&mut conn).is_some_and(|viewer| viewer.1 == Some(session)) {
            if let Some(mut viewer) = conn.state::<Viewer>() {
                viewer.session = None;
            }
            ws_send::send(&mut conn, TEXT, b"{\"method\":\"logout\"}");
            conn.set_draining(true);
        }
    }
}

fn listens(conn: &Conn) -> bool {
    let limit = platform::settings()
        .io_size
        .saturating_mul(MAX_QUEUED_STEPS);
    conn.is_websocket() && !conn.is_closing() && !conn.is_draining() && conn.send_len() <= limit
}

fn frame<S: Set>(
    set: &S,
    index: Option<i32>,
    files: &FileSystem,
    user: UserPtr,
) -> Option<Vec<u8>> {
    let mut key = set.name().to_vec();
    let mut value = Vec::new();
    match index.filter(|index| *index >= 0) {
        Some(index) => {
            if !set.ask(Op::MG_DASH_READ, user) {
                return None;
            }
            key.write(b"/");
            key.write(Decimal::signed(index.into()).as_bytes());
            key.truncate(MAX_KEY);
            show::object(set, &mut value);
        }
        None => {
            if !show::set(set, files, user, &mut value) {
                return None;
            }
        }
    }
    let mut frame = b"{\"method\":\"change\",\"params\":{".to_vec();
    show::member(&key, &mut frame);
    frame.write(&value);
    frame.write(b"}}");
    Some(frame)
}
