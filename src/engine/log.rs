//! Log lines of the engine and the services, through `mg_log_prefix` and `mg_log`.

use core::ffi::{c_char, c_int};
use core::fmt::{self, Write};

/// Errors.
pub const ERROR: c_int = 1;
/// Information.
pub const INFO: c_int = 2;
/// Debugging.
pub const DEBUG: c_int = 3;
/// Everything.
pub const VERBOSE: c_int = 4;

unsafe extern "C" {
    static mut mg_log_level: c_int;
    fn mg_log_prefix(level: c_int, file: *const c_char, line: c_int, func: *const c_char);
    fn mg_log(fmt: *const c_char, ...);
}

/// Whether lines of this level are printed.
#[inline]
pub fn enabled(level: c_int) -> bool {
    // SAFETY: an int that programs set; a torn read is impossible.
    level <= unsafe { *core::ptr::addr_of!(mg_log_level) }
}

/// Longest line in bytes; the rest is cut.
const LINE: usize = 512;

/// Text in a buffer of its own; what does not fit is left out.
pub struct Line {
    buf: [u8; LINE],
    len: usize,
}

impl Default for Line {
    fn default() -> Self {
        Line {
            buf: [0; LINE],
            len: 0,
        }
    }
}

impl Line {
    /// What was written.
    pub fn bytes(&self) -> &[u8] {
        self.buf.get(..self.len).unwrap_or(&[])
    }
}

impl Write for Line {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        for c in s.chars() {
            // Text of peers must neither move the terminal's cursor nor begin a line; a dump's own line break does.
            let ours = c == '\n' && self.len == 0;
            let c = if c.is_control() && !ours { '?' } else { c };
            let Some(room) = self.buf.get_mut(self.len..self.len + c.len_utf8()) else {
                break;
            };
            c.encode_utf8(room);
            self.len += c.len_utf8();
        }
        Ok(())
    }
}

/// Prints one line; use the macros.
pub fn write(level: c_int, file: &'static core::ffi::CStr, line: u32, text: fmt::Arguments<'_>) {
    let mut out = Line::default();
    let _ = out.write_fmt(text);
    // SAFETY: NUL-terminated strings; the precision bounds the text.
    unsafe {
        mg_log_prefix(level, file.as_ptr(), line as c_int, c"vansire".as_ptr());
        mg_log(c"%.*s".as_ptr(), out.len as c_int, out.buf.as_ptr());
    }
}

macro_rules! log_at {
    ($level:expr, $($arg:tt)*) => {
        if $crate::engine::log::enabled($level) {
            const FILE: &core::ffi::CStr =
                match core::ffi::CStr::from_bytes_with_nul(concat!(file!(), "\0").as_bytes()) {
                    Ok(s) => s,
                    Err(_) => c"",
                };
            $crate::engine::log::write($level, FILE, line!(), format_args!($($arg)*));
        }
    };
}

macro_rules! log_error {
    ($($arg:tt)*) => { log_at!($crate::engine::log::ERROR, $($arg)*) };
}

macro_rules! log_info {
    ($($arg:tt)*) => { log_at!($crate::engine::log::INFO, $($arg)*) };
}

macro_rules! log_debug {
    ($($arg:tt)*) => { log_at!($crate::engine::log::DEBUG, $($arg)*) };
}

macro_rules! log_verbose {
    ($($arg:tt)*) => { log_at!($crate::engine::log::VERBOSE, $($arg)*) };
}

/// One read or write that came from or went to the socket: lengths and capacities of both buffers, bytes moved.
#[inline]
pub fn traffic(c: &super::conn::Conn, what: &str, n: usize) {
    if enabled(DEBUG) {
        tell_traffic(c, what, n);
    }
}

#[cold]
fn tell_traffic(c: &super::conn::Conn, what: &str, n: usize) {
    log_debug!(
        "{} {} {} {} bytes, send {}, recv {}",
        c.id(),
        c.fd(),
        what,
        n,
        c.send_len(),
        c.recv_len()
    );
}

/// A failed system call of a connection.
pub fn debug_errno(c: &super::conn::Conn, what: &str, errno: c_int) {
    log_debug!("{} {} {} errno {}", c.id(), c.fd(), what, errno);
}

unsafe extern "C" {
    fn mg_hexdump(buf: *const core::ffi::c_void, len: usize);
}

/// Traffic of a connection with `is_hexdumping`: one line with both addresses, then the bytes.
pub fn hexdump(c: &super::conn::Conn, data: &[u8], arrow: &str) {
    log_at!(
        INFO,
        "\n-- {} {} {} {} {}",
        c.id(),
        Address(c.local()),
        arrow,
        Address(c.remote()),
        data.len()
    );
    // SAFETY: the slice is valid for its length.
    unsafe { mg_hexdump(data.as_ptr().cast(), data.len()) };
}

/// An address as text: `1.2.3.4:80`, `[0:0:0:0:0:0:0:1]:80`.
pub struct Address(pub crate::abi::core::mg_addr);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: all bit patterns of the address bytes are valid.
        let ip = unsafe { self.0.addr.ip };
        let port = u16::from_be(self.0.port);
        if !self.0.is_ip6 {
            return write!(f, "{}.{}.{}.{}:{port}", ip[0], ip[1], ip[2], ip[3]);
        }
        f.write_str("[")?;
        for (n, pair) in ip.chunks_exact(2).enumerate() {
            let colon = if n == 0 { "" } else { ":" };
            write!(f, "{colon}{:x}", u16::from_be_bytes([pair[0], pair[1]]))?;
        }
        write!(f, "]:{port}")
    }
}
