//! Logging (utility chapter §5): where log bytes go, the prefix, the text, dumps.
//!
//! On standard output a line is collected per thread and written at once, so that threads do not mix their lines. An
//! output function of the program gets every byte when it is made.

use super::print::{Output, VaArgs};
use super::strings::{c_bytes, to_slice};
use crate::abi::util::{MG_LL_DEBUG, mg_pfn_t, va_list};
use crate::engine::platform;
use crate::ffi::panic::guard;
use crate::text::format::{Sink, format};
use crate::text::hexdump;
use crate::text::number::{Decimal, Hex};
use crate::text::path::base_name;
use core::ffi::{c_char, c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// Lines above this level are not printed. Set with `mg_log_set`.
#[unsafe(no_mangle)]
pub static mut mg_log_level: c_int = MG_LL_DEBUG;

/// The program's output function, NULL for standard output, and its argument.
static OUT: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());
static ARG: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

unsafe extern "C" {
    /// Writes `len` bytes to standard output (weak.c).
    /// cbindgen:ignore
    fn mg_x_stdout(buf: *const u8, len: usize);
}

/// Sends every log byte to `out(byte, param)`. NULL, or `mg_pfn_stdout`, is standard output, the default.
#[unsafe(no_mangle)]
pub extern "C" fn mg_log_set_fn(out: mg_pfn_t, param: *mut c_void) {
    let address = out.map_or(ptr::null_mut(), |out| out as *mut c_void);
    let standard = super::output::mg_pfn_stdout as *const () as *mut c_void;
    ARG.store(param, Ordering::Relaxed);
    OUT.store(
        if address == standard {
            ptr::null_mut()
        } else {
            address
        },
        Ordering::Release,
    );
}

/// Bytes of the prefix, blanks at its end included.
const PREFIX: usize = 40;
/// Lines up to this length are written at once.
const LINE: usize = 1024;

/// The start of a line that a thread has not finished.
#[derive(Clone, Copy)]
struct Pending {
    text: [u8; PREFIX],
    len: usize,
}

impl Pending {
    const NONE: Pending = Pending {
        text: [0; PREFIX],
        len: 0,
    };

    /// Takes what this thread left by [`Pending::keep`].
    #[cfg(feature = "std")]
    fn take() -> Pending {
        PENDING
            .try_with(|pending| pending.replace(Pending::NONE))
            .unwrap_or(Pending::NONE)
    }

    /// Without threads nothing is kept.
    #[cfg(not(feature = "std"))]
    fn take() -> Pending {
        Pending::NONE
    }

    /// Leaves the start of a line for the next call of this thread.
    #[cfg(feature = "std")]
    fn keep(prefix: &[u8; PREFIX]) {
        let _ = PENDING.try_with(|pending| {
            pending.set(Pending {
                text: *prefix,
                len: PREFIX,
            })
        });
    }

    /// Without threads the prefix is written at once.
    #[cfg(not(feature = "std"))]
    fn keep(prefix: &[u8; PREFIX]) {
        Log::new().write(prefix);
    }
}

#[cfg(feature = "std")]
std::thread_local! {
    static PENDING: core::cell::Cell<Pending> = const { core::cell::Cell::new(Pending::NONE) };
}

/// Where log bytes go. On standard output they are collected and written when this is dropped.
#[allow(clippy::large_enum_variant)] // Lives on the stack, for one line.
enum Log {
    Function(Output),
    Standard { line: [u8; LINE], len: usize },
}

impl Log {
    fn new() -> Self {
        let out = OUT.load(Ordering::Acquire);
        // SAFETY: NULL or a function stored by `mg_log_set_fn`, which promised that it takes the argument.
        unsafe {
            match core::mem::transmute::<*mut c_void, mg_pfn_t>(out) {
                Some(out) => Log::Function(Output::new(Some(out), ARG.load(Ordering::Relaxed))),
                None => Log::Standard {
                    line: [0; LINE],
                    len: 0,
                },
            }
        }
    }

    fn flush(&mut self) {
        if let Log::Standard { line, len } = self {
            if *len > 0 {
                // SAFETY: `len` bytes are in the line.
                unsafe { mg_x_stdout(line.as_ptr(), *len) };
            }
            *len = 0;
        }
    }
}

impl Sink for Log {
    fn write(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self {
                Log::Function(output) => return output.write(rest),
                Log::Standard { line, len } => {
                    let room = line.get_mut(*len..).unwrap_or(&mut []);
                    let (part, tail) = rest.split_at(rest.len().min(room.len()));
                    if let Some(room) = room.get_mut(..part.len()) {
                        room.copy_from_slice(part);
                    }
                    *len += part.len();
                    rest = tail;
                }
            }
            if !rest.is_empty() {
                self.flush();
            }
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.flush();
    }
}

/// Prints formatted text, CR and LF: the default of `mg_log`, which a program may replace.
///
/// # Safety
/// `fmt` is NUL-terminated; `ap` holds arguments that match it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_vlog(fmt: *const c_char, ap: *mut va_list) {
    guard((), || {
        let mut log = Log::new();
        let pending = Pending::take();
        log.write(pending.text.get(..pending.len).unwrap_or(&[]));
        // SAFETY: the caller's promise.
        unsafe { format(&mut log, c_bytes(fmt), &mut VaArgs::new(ap)) };
        log.write(b"\r\n");
    });
}

/// Prints the start of a log line: the default of `mg_log_prefix`, which a program may replace.
///
/// Always 40 bytes: milliseconds in hexadecimal, level, file, line, function, cut at 39, and blanks.
///
/// # Safety
/// `file` and `fname` are NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_log_prefix(
    level: c_int,
    file: *const c_char,
    line: c_int,
    fname: *const c_char,
) {
    guard((), || {
        // SAFETY: the caller's promise.
        let (file, fname) = unsafe { (c_bytes(file), c_bytes(fname)) };
        let prefix = prefix(platform::millis(), level, base_name(file), line, fname);
        match &mut Log::new() {
            Log::Function(output) => output.write(&prefix),
            Log::Standard { .. } => Pending::keep(&prefix),
        }
    });
}

fn prefix(millis: u64, level: c_int, file: &[u8], line: c_int, fname: &[u8]) -> [u8; PREFIX] {
    let mut text = [b' '; PREFIX];
    let mut at = 0usize;
    let mut put = |bytes: &[u8]| {
        let room = text.get_mut(at..PREFIX - 1).unwrap_or(&mut []);
        for (to, from) in room.iter_mut().zip(bytes) {
            *to = *from;
        }
        at = at.saturating_add(bytes.len());
    };
    let time = Hex::new(millis);
    put(time.as_bytes());
    put(b"      ".get(time.as_bytes().len()..).unwrap_or(b""));
    put(b" ");
    put(Decimal::signed(level.into()).as_bytes());
    put(b" ");
    put(file);
    put(b":");
    put(Decimal::signed(line.into()).as_bytes());
    put(b":");
    put(fname);
    text
}

/// Logs bytes: 16 per line with offset and characters, each line ended by CR LF. Nothing for `len` 0.
///
/// # Safety
/// `buf` is readable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_hexdump(buf: *const c_void, len: usize) {
    guard((), || {
        // SAFETY: the caller's promise.
        let bytes = unsafe { to_slice(buf.cast(), len) };
        for (row, part) in bytes.chunks(hexdump::ROW).enumerate() {
            Log::new().write(hexdump::Line::new(row * hexdump::ROW, part).as_bytes());
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_have_forty_bytes() {
        assert_eq!(
            &prefix(0x1a2b, 3, b"a.c", 7, b"main"),
            b"1a2b   3 a.c:7:main                     "
        );
        assert_eq!(
            &prefix(0x1234567, 1, b"a.c", 7, b"main"),
            b"1234567 1 a.c:7:main                    "
        );
        assert_eq!(
            &prefix(1, 3, b"a_very_long_file_name.c", 123, b"function"),
            b"1      3 a_very_long_file_name.c:123:fu "
        );
    }
}
