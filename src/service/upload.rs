//! A body streamed to where it belongs (HTTP chapter §10.2).

use super::http_server::Taken;
use super::upload_piece::in_dir;
use crate::engine::conn::Handler;
use crate::engine::{Conn, Event, Protocol};
use crate::fs::handle::{File, FileSystem, Mode};
use crate::text::path;
use alloc::boxed::Box;
use alloc::ffi::CString;
use core::ffi::CStr;

/// Pieces that are written while more is to come are a multiple of this: flash memory likes it.
const BLOCK: usize = 512;

/// Where a streamed body goes.
pub trait Target {
    /// Takes the next bytes; false when that failed.
    fn write(&mut self, bytes: &[u8]) -> bool;
    /// The body is complete; an error text when it cannot be kept.
    fn finish(&mut self) -> Result<(), &'static CStr>;
}

/// Told once how it went: NULL text when well.
pub type Done = Box<dyn FnOnce(&mut Conn, Option<&CStr>)>;

/// Attached while a body comes in.
static UPLOAD: Protocol = Protocol {
    name: "upload",
    sleeps: false,
    requests: false,
    on_event,
};

#[derive(Default)]
struct Upload {
    target: Option<Box<dyn Target>>,
    done: Option<Done>,
    left: usize,
    before: Option<&'static Protocol>,
    handler: Option<Handler>,
}

/// The message whose body is to be streamed.
#[derive(Clone, Copy)]
pub struct Body {
    /// Where its head starts in the receive buffer.
    pub head_at: usize,
    /// Bytes of the head.
    pub head_len: usize,
    /// Bytes of the body; `None` when they are not known beforehand.
    pub len: Option<usize>,
    /// The client waits for `100 Continue`.
    pub expects_continue: bool,
}

/// Takes the message out of the receive buffer and streams its body to the target. Until it is complete, the user's
/// handler gets no events. Without a target (its error is told) or a length nothing is changed.
pub fn start(conn: &mut Conn, body: Body, target: Result<Box<dyn Target>, &CStr>, done: Done) {
    let (target, left) = match (target, body.len) {
        (Err(text), _) => return done(conn, Some(text)),
        (_, None) => return done(conn, Some(c"length required")),
        (Ok(target), Some(len)) => (target, len),
    };
    conn.recv_del(body.head_at, body.head_len);
    if left > 0 {
        conn.recv_del(0, body.head_at);
    }
    if body.expects_continue
        && conn.recv_len() < left
        && !conn.queue(b"HTTP/1.1 100 Continue\r\n\r\n")
    {
        conn.error("OOM");
    }
    let before = conn.protocol();
    let handler = Some(conn.take_handler());
    let mut upload = Upload {
        target: Some(target),
        done: Some(done),
        left,
        before,
        handler,
    };
    conn.set_protocol(Some(&UPLOAD));
    match upload.take(conn) {
        Some(outcome) => {
            // Whoever fired the event that we are in goes on with what follows.
            drop(conn.state::<Taken>());
            upload.end(conn, outcome);
        }
        None => {
            if let Some(mut state) = conn.state::<Upload>() {
                *state = upload;
            }
        }
    }
}

fn on_event(conn: &mut Conn, event: Event<'_>) {
    let outcome = match event {
        Event::Read(_) => None,
        Event::Error(text) => Some(Err(CString::new(text).unwrap_or_default())),
        Event::Close => Some(Err(c"connection closed".into())),
        _ => return,
    };
    let Some(mut upload) = conn.take_state::<Upload>() else {
        return;
    };
    match outcome.or_else(|| upload.take(conn)) {
        Some(outcome) => {
            upload.end(conn, outcome);
            if let Some(before) = conn.protocol().filter(|_| matches!(event, Event::Read(_))) {
                (before.on_event)(conn, event);
            }
        }
        None => {
            if let Some(mut state) = conn.state::<Upload>() {
                *state = *upload;
            }
        }
    }
}

impl Upload {
    /// Hands received bytes on. Says how it ended, if it did.
    fn take(&mut self, conn: &mut Conn) -> Option<Result<(), CString>> {
        let target = self.target.as_mut()?;
        let received = conn
            .recv()
            .get(..conn.recv_len().min(self.left))
            .unwrap_or_default();
        let partial = if received.len() < self.left {
            received.len() % BLOCK
        } else {
            0
        };
        let len = received.len().saturating_sub(partial);
        let written = len == 0 || target.write(received.get(..len).unwrap_or_default());
        conn.recv_del(0, len);
        self.left = self.left.saturating_sub(len);
        if !written {
            return Some(Err(c"write error".into()));
        }
        (self.left == 0).then(|| target.finish().map_err(CString::from))
    }

    /// Gives the connection back and tells how it ended.
    fn end(&mut self, conn: &mut Conn, outcome: Result<(), CString>) {
        drop(self.target.take());
        conn.set_protocol(self.before);
        if let Some(handler) = self.handler.take() {
            conn.put_handler(handler);
        }
        if conn.is_accepted() {
            conn.set_resp(true);
        }
        if let Some(done) = self.done.take() {
            done(conn, outcome.as_ref().err().map(CString::as_c_str));
        }
        if self.left > 0 && conn.is_accepted() {
            // The rest of the body would be taken for the next request.
            conn.recv_clear();
            conn.set_draining(true);
        }
    }
}

/// A file that appears under its name when it is complete.
pub struct FileTarget {
    fs: FileSystem,
    file: Option<File>,
    name: CString,
    /// Where the bytes go until then; a file system that cannot replace a file at once gets them in place.
    temporary: Option<CString>,
}

impl FileTarget {
    /// Opens `name` in `dir`. `suffix` makes the temporary name unique.
    pub fn open(
        fs: FileSystem,
        dir: &[u8],
        name: &[u8],
        suffix: &[u8],
    ) -> Result<Box<dyn Target>, &'static CStr> {
        const OPEN_FAILED: &CStr = c"open failed";
        if name.is_empty() || !path::is_sane(name) {
            return Err(c"bad name");
        }
        let name = in_dir(dir, name).ok_or(OPEN_FAILED)?;
        let (file, temporary) = if fs.is_posix() {
            let temporary =
                CString::new([name.as_bytes(), b"..", suffix].concat()).map_err(|_| OPEN_FAILED)?;
            (fs.open(&temporary, Mode::Create), Some(temporary))
        } else {
            fs.remove(&name);
            (fs.open(&name, Mode::Append), None)
        };
        let file = Some(file.ok_or(OPEN_FAILED)?);
        Ok(Box::new(FileTarget {
            fs,
            file,
            name,
            temporary,
        }))
    }
}

impl Target for FileTarget {
    fn write(&mut self, bytes: &[u8]) -> bool {
        self.file.as_mut().is_some_and(|file| file.write(bytes))
    }

    fn finish(&mut self) -> Result<(), &'static CStr> {
        self.file = None;
        let Some(temporary) = self.temporary.take() else {
            return Ok(());
        };
        if self.fs.rename(&temporary, &self.name) {
            return Ok(());
        }
        self.fs.remove(&temporary);
        Err(c"write error")
    }
}

impl Drop for FileTarget {
    fn drop(&mut self) {
        self.file = None;
        if let Some(temporary) = &self.temporary {
            self.fs.remove(temporary);
        }
    }
}
