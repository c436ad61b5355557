//! Uploads (HTTP chapter §10): a body in pieces by several requests, and one body streamed to where it belongs.

use super::http_reply::answer;
use super::http_server::Taken;
use crate::engine::conn::Handler;
use crate::engine::{Conn, Event, Protocol};
use crate::fs::handle::{File, FileSystem, Mode};
use crate::text::path;
use crate::wire::http::vars;
use alloc::boxed::Box;
use alloc::ffi::CString;
use alloc::format;
use alloc::string::String;
use core::ffi::CStr;

/// Longest path in bytes, its NUL included.
const MAX_PATH: usize = 4096;
/// Pieces that are written while more is to come are a multiple of this: flash memory likes it.
const BLOCK: usize = 512;

// ---- pieces by several requests ------------------------------------------------------------------------------------

/// Why a piece was not written: the code for the caller and the text for the client.
struct Refusal(i64, String);

/// Writes one piece, whose place the query says (`file`, `offset`), and answers. Returns the bytes that the file has
/// then, or a negative code.
pub fn write_piece(
    conn: &mut Conn,
    query: &[u8],
    body: &[u8],
    fs: &FileSystem,
    dir: &[u8],
    max: usize,
) -> i64 {
    let (status, code, text) = match piece(query, body, fs, dir, max) {
        Ok(end) => (200, end, format!("{end}")),
        Err(Refusal(code, text)) => (400, code, text),
    };
    answer(conn, status, b"", text.as_bytes());
    code
}

fn piece(
    query: &[u8],
    body: &[u8],
    fs: &FileSystem,
    dir: &[u8],
    max: usize,
) -> Result<i64, Refusal> {
    if body.is_empty() {
        return Ok(0);
    }
    let refuse = |code, text: String| Err(Refusal(code, text));
    let mut buf = alloc::vec![0; MAX_PATH];
    let len = vars::get_var(query, b"file", &mut buf).unwrap_or(0);
    let name = buf.get(..len).unwrap_or_default();
    let shown = String::from_utf8_lossy(name);
    if name.is_empty() {
        return refuse(-1, "file required".into());
    }
    if !is_plain_name(name) {
        return refuse(-2, format!("{shown}: invalid file"));
    }
    let mut text = [0; 32];
    let len = vars::get_var(query, b"offset", &mut text).unwrap_or(0);
    let offset = to_offset(text.get(..len).unwrap_or_default());
    let Ok(offset) = usize::try_from(offset) else {
        return refuse(-3, "offset required".into());
    };
    let end = offset.checked_add(body.len()).filter(|end| *end <= max);
    let Some(end) = end.and_then(|end| i64::try_from(end).ok()) else {
        return refuse(-4, format!("{shown}: over max size of {max}"));
    };
    let Some(target) = in_dir(dir, name) else {
        return refuse(-6, format!("open({shown})"));
    };
    let size = fs.stat(&target).map_or(0, |stat| stat.size);
    if offset == 0 {
        fs.remove(&target);
    } else if size != offset {
        return refuse(-5, format!("{shown}: offset mismatch"));
    }
    let Some(mut file) = fs.open(&target, Mode::Append) else {
        return refuse(-6, format!("open({shown})"));
    };
    if file.write(body) {
        Ok(end)
    } else {
        refuse(-6, format!("write({shown})"))
    }
}

/// A name, not a way to somewhere else.
fn is_plain_name(name: &[u8]) -> bool {
    path::is_sane(name) && !name.iter().any(|b| matches!(b, b'/' | b'\\'))
}

fn in_dir(dir: &[u8], name: &[u8]) -> Option<CString> {
    let target = [dir, b"/", name].concat();
    CString::new(target)
        .ok()
        .filter(|target| target.count_bytes() < MAX_PATH)
}

/// A number as `strtol` reads it with base 0: blanks, sign, prefix `0x` or `0`, then digits; what follows is ignored.
fn to_offset(text: &[u8]) -> i64 {
    let text = text.trim_ascii_start();
    let (negative, text) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let (base, digits) = match text {
        [b'0', b'x' | b'X', rest @ ..] => (16u8, rest),
        [b'0', rest @ ..] => (8, rest),
        _ => (10, text),
    };
    let digits = digits
        .iter()
        .map_while(|b| (*b as char).to_digit(u32::from(base)));
    let value = digits.fold(0i64, |n, d| {
        n.saturating_mul(i64::from(base))
            .saturating_add(i64::from(d))
    });
    if negative {
        value.saturating_neg()
    } else {
        value
    }
}

// ---- one streamed body ---------------------------------------------------------------------------------------------

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d5_offsets() {
        for (text, expected) in [
            ("", 0),
            ("7", 7),
            (" +7x", 7),
            ("-1", -1),
            ("0x10", 16),
            ("010", 8),
            ("0", 0),
            ("abc", 0),
            ("9223372036854775808", i64::MAX),
            ("-99999999999999999999", -i64::MAX),
        ] {
            assert_eq!(to_offset(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn d4_names() {
        for bad in [
            "../../x",
            "..\\x",
            "C:\\x",
            "/abs",
            "a/../../b",
            "a\0b",
            "~x",
            "..",
            "a/b",
        ] {
            assert!(!is_plain_name(bad.as_bytes()), "{bad}");
        }
        assert!(is_plain_name(b"data.bin") && is_plain_name("\u{fc}.txt".as_bytes()));
    }
}
