//! Formatted output: the non-variadic entry points, sinks, and the bridge from `va_list` to the printf engine.

use crate::abi::util::{mg_pfn_t, mg_pm_t, va_list};
use crate::ffi::output::{Heap, append, mg_pfn_iobuf};
use crate::ffi::panic::guard;
use crate::ffi::strings::c_bytes;
use crate::text::format::{Args, Sink, format};
use core::ffi::{c_char, c_int, c_long, c_void};
use core::ptr;

unsafe extern "C" {
    /// cbindgen:ignore
    fn mg_x_va_int(ap: *mut va_list) -> c_int;
    /// cbindgen:ignore
    fn mg_x_va_long(ap: *mut va_list) -> c_long;
    /// cbindgen:ignore
    fn mg_x_va_llong(ap: *mut va_list) -> i64;
    /// cbindgen:ignore
    fn mg_x_va_double(ap: *mut va_list) -> f64;
    /// cbindgen:ignore
    fn mg_x_va_ptr(ap: *mut va_list) -> *mut c_void;
}

/// The arguments of a C variadic call.
pub struct VaArgs {
    ap: *mut va_list,
    /// Where output goes, when that is a C function: printers of `%M` then get it directly.
    target: Option<(mg_pfn_t, *mut c_void)>,
}

impl VaArgs {
    /// Reads from `ap`, advancing it.
    ///
    /// # Safety
    /// `ap` points to a started `va_list` whose arguments match every format string used with it, for as long as the
    /// result lives.
    #[inline]
    pub unsafe fn new(ap: *mut c_void) -> Self {
        VaArgs { ap, target: None }
    }

    /// Like [`VaArgs::new`]; printers of `%M` receive `out` and `arg` themselves, not a relay to the sink.
    ///
    /// # Safety
    /// As for [`VaArgs::new`]; the sink used must send everything to `out` with `arg`.
    #[inline]
    pub unsafe fn direct(ap: *mut c_void, out: mg_pfn_t, arg: *mut c_void) -> Self {
        VaArgs {
            ap,
            target: Some((out, arg)),
        }
    }

    /// Next argument, an `int`.
    #[inline]
    pub fn next_int(&mut self) -> c_int {
        // SAFETY: the promise made to `new`.
        unsafe { mg_x_va_int(self.ap) }
    }

    /// Next argument, a pointer.
    #[inline]
    pub fn next_pointer<T>(&mut self) -> *mut T {
        // SAFETY: the promise made to `new`.
        unsafe { mg_x_va_ptr(self.ap).cast() }
    }
}

impl Args for VaArgs {
    #[inline]
    fn int(&mut self) -> i32 {
        self.next_int()
    }

    #[inline]
    fn long(&mut self) -> i64 {
        // SAFETY: the promise made to `new`.
        unsafe { mg_x_va_long(self.ap) as i64 }
    }

    #[inline]
    fn long_long(&mut self) -> i64 {
        // SAFETY: the promise made to `new`.
        unsafe { mg_x_va_llong(self.ap) }
    }

    #[inline]
    fn double(&mut self) -> f64 {
        // SAFETY: the promise made to `new`.
        unsafe { mg_x_va_double(self.ap) }
    }

    #[inline]
    fn pointer(&mut self) -> usize {
        self.next_pointer::<c_void>() as usize
    }

    #[inline]
    fn string(&mut self, limit: Option<usize>) -> &[u8] {
        let text: *const c_char = self.next_pointer();
        if text.is_null() {
            return &[];
        }
        // SAFETY: a format string that names a string is matched by one: NUL-terminated, or with a precision readable up
        // to its NUL or that many bytes, whichever comes first. `strnlen` reads no further.
        unsafe {
            let len = match limit {
                None => libc::strlen(text),
                Some(limit) => libc::strnlen(text, limit),
            };
            core::slice::from_raw_parts(text.cast(), len)
        }
    }

    fn custom(&mut self, sink: &mut dyn Sink) -> usize {
        let printer = self.next_pointer::<c_void>();
        // SAFETY: the format string says that this argument is a printer, or NULL.
        let Some(printer) = (unsafe { core::mem::transmute::<*mut c_void, mg_pm_t>(printer) })
        else {
            return 0;
        };
        let mut sink = sink;
        let (out, arg) = match self.target {
            Some(target) => target,
            None => (Some(relay as _), (&raw mut sink).cast()),
        };
        // SAFETY: the printer takes its own arguments from the list; `arg` outlives the call.
        unsafe { printer(out, arg, self.ap) }
    }
}

/// The C face of a Rust sink: `arg` is a `*mut &mut dyn Sink`.
unsafe extern "C" fn relay(ch: c_char, arg: *mut c_void) {
    // SAFETY: only `VaArgs::custom` passes this function out, together with its sink.
    let sink = unsafe { &mut *arg.cast::<&mut dyn Sink>() };
    sink.write(&[ch as u8]);
}

/// Output through a C function. The library's own functions are recognised and served whole slices at a time.
pub struct Output {
    out: mg_pfn_t,
    arg: *mut c_void,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Relay,
    Iobuf,
    Function,
}

impl Output {
    /// Output to `out(byte, arg)`; NULL drops everything.
    ///
    /// # Safety
    /// `out` may be called with `arg` while the result lives.
    #[inline]
    pub unsafe fn new(out: mg_pfn_t, arg: *mut c_void) -> Self {
        let kind = match out.map(|out| out as usize) {
            Some(address) if address == relay as *const () as usize => Kind::Relay,
            Some(address) if address == mg_pfn_iobuf as *const () as usize => Kind::Iobuf,
            _ => Kind::Function,
        };
        Output { out, arg, kind }
    }
}

impl Sink for Output {
    fn write(&mut self, bytes: &[u8]) {
        // SAFETY: `new` was promised that `out` may be called with `arg`; the kinds say what `arg` is.
        unsafe {
            match (self.kind, self.out) {
                (Kind::Relay, _) => (*self.arg.cast::<&mut dyn Sink>()).write(bytes),
                (Kind::Iobuf, _) => append(self.arg.cast(), bytes),
                (Kind::Function, Some(out)) => {
                    bytes.iter().for_each(|&byte| out(byte as c_char, self.arg))
                }
                (Kind::Function, None) => {}
            }
        }
    }
}

/// Formats to `out(byte, arg)`, one call per byte, and returns the number of bytes.
///
/// `ap` is advanced past the arguments taken, so that a printer of `%M` may go on with the rest.
///
/// # Safety
/// `fmt` is NUL-terminated; `ap` holds arguments that match it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_vxprintf(
    out: mg_pfn_t,
    arg: *mut c_void,
    fmt: *const c_char,
    ap: *mut va_list,
) -> usize {
    // SAFETY: the caller's promise.
    guard(0, || unsafe {
        format(
            &mut Output::new(out, arg),
            c_bytes(fmt),
            &mut VaArgs::direct(ap, out, arg),
        )
    })
}

/// Copies `len` bytes; the two may overlap, since an argument may lie in the buffer that is formatted into.
///
/// Most pieces of a format are short: up to 32 bytes go as two words, without a call.
///
/// # Safety
/// `from` is readable and `to` writable for `len` bytes.
#[inline(always)]
unsafe fn copy(from: *const u8, to: *mut u8, len: usize) {
    /// First and last word, both read before either is written.
    ///
    /// # Safety
    /// As for `copy`, with `len` at least the size of a word.
    #[inline(always)]
    unsafe fn ends<T: Copy>(from: *const u8, to: *mut u8, len: usize) {
        let last = len - size_of::<T>();
        // SAFETY: the caller's promise.
        unsafe {
            let words = (
                from.cast::<T>().read_unaligned(),
                from.add(last).cast::<T>().read_unaligned(),
            );
            to.cast::<T>().write_unaligned(words.0);
            to.add(last).cast::<T>().write_unaligned(words.1);
        }
    }
    // SAFETY: the caller's promise.
    unsafe {
        match len {
            0 => {}
            1 => *to = *from,
            2..4 => ends::<u16>(from, to, len),
            4..8 => ends::<u32>(from, to, len),
            8..16 => ends::<u64>(from, to, len),
            16..=32 => ends::<u128>(from, to, len),
            _ => ptr::copy(from, to, len),
        }
    }
}

/// A caller's buffer: keeps what fits, leaves room for the NUL.
struct Fixed {
    buf: *mut u8,
    room: usize,
}

impl Sink for Fixed {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let len = bytes.len().min(self.room);
        // SAFETY: `room` bytes are writable at `buf`.
        unsafe {
            copy(bytes.as_ptr(), self.buf, len);
            self.buf = self.buf.add(len);
        }
        self.room -= len;
    }

    fn fill(&mut self, byte: u8, count: usize) {
        let len = count.min(self.room);
        // SAFETY: `room` bytes are writable at `buf`.
        unsafe {
            ptr::write_bytes(self.buf, byte, len);
            self.buf = self.buf.add(len);
        }
        self.room -= len;
    }
}

/// Formats into `buf` of `len` bytes and returns the length of the complete text, NUL not counted.
///
/// At most `len - 1` bytes are kept, followed by a NUL. With `len` 0 nothing is written and `buf` may be NULL.
///
/// # Safety
/// `buf` is writable for `len` bytes; `fmt` is NUL-terminated; `ap` holds arguments that match it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_vsnprintf(
    buf: *mut c_char,
    len: usize,
    fmt: *const c_char,
    ap: *mut va_list,
) -> usize {
    guard(0, || {
        let room = if buf.is_null() {
            0
        } else {
            len.saturating_sub(1)
        };
        let mut sink = Fixed {
            buf: buf.cast(),
            room,
        };
        // SAFETY: the caller's promise.
        unsafe {
            let count = format(&mut sink, c_bytes(fmt), &mut VaArgs::new(ap));
            if len > 0 && !buf.is_null() {
                *sink.buf = 0;
            }
            count
        }
    })
}

/// Formats into new memory: NUL-terminated, to be released with `mg_free`. NULL when memory ran out.
///
/// # Safety
/// `fmt` is NUL-terminated; `ap` holds arguments that match it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_vmprintf(fmt: *const c_char, ap: *mut va_list) -> *mut c_char {
    guard(ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        let text = unsafe { Heap::format(fmt, ap) };
        text.into_raw()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::core::mg_iobuf;
    use crate::engine::platform;
    use crate::ffi::variadic::{mg_mprintf, mg_snprintf, mg_xprintf};
    use core::ffi::CStr;

    #[test]
    fn snprintf_truncates_and_counts() {
        let mut buf = [b'x'; 16];
        // SAFETY: valid buffer and arguments.
        let n = unsafe {
            mg_snprintf(
                buf.as_mut_ptr().cast(),
                3,
                c"%d".as_ptr(),
                123456789 as c_int,
            )
        };
        assert_eq!((n, &buf[..4]), (9, &b"12\0x"[..]));
        // SAFETY: as above.
        let n = unsafe {
            mg_snprintf(
                buf.as_mut_ptr().cast(),
                16,
                c"%s %d %g %llu".as_ptr(),
                c"ab".as_ptr(),
                -7 as c_int,
                1.5f64,
                u64::from(u32::MAX),
            )
        };
        assert_eq!((n, &buf[..16]), (20, &b"ab -7 1.5 42949\0"[..]));
    }

    unsafe extern "C" fn printer(out: mg_pfn_t, arg: *mut c_void, ap: *mut va_list) -> usize {
        // SAFETY: the test passes an int and a string.
        unsafe {
            let n = mg_x_va_int(ap);
            mg_xprintf(out, arg, c"<%d>".as_ptr(), n) + mg_vxprintf(out, arg, c"[%s]".as_ptr(), ap)
        }
    }

    #[test]
    fn nested_printers_keep_the_order_of_arguments() {
        // SAFETY: valid arguments.
        unsafe {
            let text = mg_mprintf(
                c"%d %M %m %d".as_ptr(),
                1 as c_int,
                printer as *const c_void,
                2 as c_int,
                c"a".as_ptr(),
                printer as *const c_void,
                3 as c_int,
                c"b".as_ptr(),
                4 as c_int,
            );
            assert_eq!(CStr::from_ptr(text).to_bytes(), b"1 <2>[a] \"<3>[b]\" 4");
            platform::free(text.cast());
        }
    }

    #[test]
    fn iobuf_output_grows_by_align_and_terminates() {
        let mut io = mg_iobuf {
            buf: ptr::null_mut(),
            size: 0,
            len: 0,
            align: 4,
        };
        // SAFETY: valid buffer and arguments.
        unsafe {
            let n = mg_xprintf(
                Some(mg_pfn_iobuf),
                (&raw mut io).cast(),
                c"%s".as_ptr(),
                c"abcd".as_ptr(),
            );
            assert_eq!((n, io.len, io.size), (4, 4, 8));
            assert_eq!(core::slice::from_raw_parts(io.buf, 5), b"abcd\0");
            platform::free(io.buf.cast());
        }
    }
}
