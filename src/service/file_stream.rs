//! A file on its way to a client: never more than one window of it is in memory, whatever the client's speed.

use crate::engine::{Conn, Event, Protocol, platform};
use crate::fs::handle::File;

/// Attached while a file is sent, in place of the handler that started it.
static FILE: Protocol = Protocol {
    name: "file",
    sleeps: false,
    requests: false,
    on_event,
};

/// The file, in the state of its connection; closed with it.
#[derive(Default)]
struct Stream {
    file: Option<File>,
    left: usize,
    /// The system refused to send from the file itself.
    through_buffer: bool,
    before: Option<&'static Protocol>,
}

/// How far a stream has come.
enum Progress {
    More,
    Done,
    /// The file is shorter than promised.
    Short,
}

/// Sends `len` bytes of `file` from where it stands.
pub fn start(conn: &mut Conn, file: File, len: usize) {
    let before = conn.protocol();
    let mut stream = Stream {
        file: Some(file),
        left: len,
        through_buffer: false,
        before,
    };
    match pump(conn, &mut stream) {
        Progress::More => {
            let Some(mut state) = conn.state::<Stream>() else {
                return;
            };
            *state = stream;
            drop(state);
            conn.set_protocol(Some(&FILE));
            conn.set_bulk(true);
        }
        Progress::Done => conn.set_resp(false),
        Progress::Short => conn.set_draining(true),
    }
}

fn on_event(conn: &mut Conn, event: Event<'_>) {
    match event {
        Event::Write(_) | Event::Poll(_) => go_on(conn),
        Event::Close => drop(conn.take_state::<Stream>()),
        _ => {}
    }
}

fn go_on(conn: &mut Conn) {
    let Some(mut stream) = conn
        .state::<Stream>()
        .map(|mut state| core::mem::take(&mut *state))
    else {
        return;
    };
    match pump(conn, &mut stream) {
        Progress::More => {
            if let Some(mut state) = conn.state::<Stream>() {
                *state = stream;
            }
        }
        Progress::Short => conn.set_draining(true),
        Progress::Done => {
            conn.set_protocol(stream.before);
            conn.set_bulk(false);
            conn.set_resp(false);
            if let Some(before) = stream.before {
                // Requests may wait behind this one.
                (before.on_event)(conn, Event::Read(0));
            }
        }
    }
}

/// Bytes that the system sends from the file itself before another window goes through the buffer.
const DIRECT: usize = 1024 * 1024;
/// Shorter rests are not worth a system call of their own.
const DIRECT_MIN: usize = 64 * 1024;

/// Sends from the file itself, where the buffer is empty and the system can. What the send buffer is filled with after
/// that keeps the engine writing.
fn send_direct(conn: &mut Conn, stream: &mut Stream) {
    if stream.left < DIRECT_MIN || stream.through_buffer || conn.send_len() > 0 {
        return;
    }
    let Some(file) = stream.file.as_ref().and_then(File::descriptor) else {
        return;
    };
    match conn.send_file(file, stream.left.min(DIRECT)) {
        Some(n) => stream.left = stream.left.saturating_sub(n),
        None => stream.through_buffer = !conn.is_blocked(),
    }
}

/// Windows of a TLS connection in one: records that go to the system in one call.
const TLS_WINDOWS: usize = 4;

/// Fills the window in the send buffer.
fn pump(conn: &mut Conn, stream: &mut Stream) -> Progress {
    send_direct(conn, stream);
    let windows = if conn.is_tls() { TLS_WINDOWS } else { 1 };
    let window = platform::settings().io_size.saturating_mul(windows);
    let room = window.saturating_sub(conn.send_len());
    let Some(file) = stream.file.as_mut() else {
        return Progress::Short;
    };
    if room == 0 || conn.is_closing() {
        return Progress::More;
    }
    if !conn.send_reserve(room) {
        conn.error("OOM");
        return Progress::More;
    }
    let want = room.min(stream.left);
    let spare = conn.send_spare().get_mut(..want).unwrap_or_default();
    let n = file.read(spare);
    conn.send_commit(n);
    stream.left = stream.left.saturating_sub(n);
    match (stream.left, n) {
        (0, _) => Progress::Done,
        (_, 0) => Progress::Short,
        _ => Progress::More,
    }
}
