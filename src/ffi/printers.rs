//! Printers for `%M` and `%m` (utility chapter §2.6). Each takes its arguments from the list, returns the bytes printed.

use super::print::{Output, VaArgs};
use super::strings::to_slice;
use crate::abi::core::mg_addr;
use crate::abi::util::{mg_pfn_t, va_list};
use crate::ffi::panic::guard;
use crate::text::escape;
use crate::text::format::{Args, Sink};
use crate::text::number::Decimal;
use crate::wire::base64;
use core::ffi::c_void;

/// Output that counts its bytes.
struct Counted {
    output: Output,
    count: usize,
}

impl Sink for Counted {
    fn write(&mut self, bytes: &[u8]) {
        self.output.write(bytes);
        self.count += bytes.len();
    }
}

/// Runs a printer with its arguments.
///
/// # Safety
/// `out` may be called with `arg`; `ap` holds the arguments that `print` takes.
unsafe fn printer(
    out: mg_pfn_t,
    arg: *mut c_void,
    ap: *mut va_list,
    print: impl FnOnce(&mut Counted, &mut VaArgs),
) -> usize {
    // SAFETY: the caller's promise.
    guard(0, || unsafe {
        let mut sink = Counted {
            output: Output::new(out, arg),
            count: 0,
        };
        print(&mut sink, &mut VaArgs::new(ap));
        sink.count
    })
}

/// Takes a length and a pointer: that many bytes; none when the length is not positive.
fn bytes<'a>(args: &mut VaArgs) -> &'a [u8] {
    let len = usize::try_from(args.next_int()).unwrap_or(0);
    let start: *const u8 = args.next_pointer();
    // SAFETY: the printers' contract.
    unsafe { to_slice(start, len) }
}

/// Prints the inside of a JSON string. Takes `int len, const char *s`.
///
/// `len` bytes or up to the NUL, whichever comes first; 0 or less: up to the NUL. NULL prints nothing.
///
/// # Safety
/// The contract of a printer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_print_esc(out: mg_pfn_t, arg: *mut c_void, ap: *mut va_list) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        printer(out, arg, ap, |sink, args| {
            let limit = usize::try_from(args.next_int()).ok().filter(|&len| len > 0);
            escape::json(sink, args.string(limit));
        })
    }
}

/// Prints text for HTML. Takes `int len, const char *s`. Exactly `len` bytes; none when it is not positive.
///
/// # Safety
/// The contract of a printer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_print_html_esc(
    out: mg_pfn_t,
    arg: *mut c_void,
    ap: *mut va_list,
) -> usize {
    // SAFETY: the caller's promise.
    unsafe { printer(out, arg, ap, |sink, args| escape::html(sink, bytes(args))) }
}

/// Prints bytes as lower-case hexadecimal. Takes `int len, const void *buf`.
///
/// # Safety
/// The contract of a printer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_print_hex(out: mg_pfn_t, arg: *mut c_void, ap: *mut va_list) -> usize {
    // SAFETY: the caller's promise.
    unsafe { printer(out, arg, ap, |sink, args| escape::hex(sink, bytes(args))) }
}

/// Prints bytes as base64 with padding. Takes `int len, const void *buf`.
///
/// # Safety
/// The contract of a printer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_print_base64(
    out: mg_pfn_t,
    arg: *mut c_void,
    ap: *mut va_list,
) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        printer(out, arg, ap, |sink, args| {
            for part in bytes(args).chunks(192) {
                let mut text = [0; 256];
                let len = base64::encode(part, &mut text).unwrap_or(0);
                sink.write(text.get(..len).unwrap_or(&[]));
            }
        })
    }
}

fn ip(sink: &mut Counted, addr: &mg_addr) {
    // SAFETY: every bit pattern is an address; the flag is read as a byte since a program may have set it.
    let (bytes, is_ip6) = unsafe {
        (
            addr.addr.ip,
            (&raw const addr.is_ip6).cast::<u8>().read() != 0,
        )
    };
    if is_ip6 {
        escape::ip6(sink, &bytes);
    } else {
        escape::ip4(sink, bytes.first_chunk().unwrap_or(&[0; 4]));
    }
}

/// Prints an IP address; IPv6 in brackets. Takes `const struct mg_addr *`.
///
/// # Safety
/// The contract of a printer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_print_ip(out: mg_pfn_t, arg: *mut c_void, ap: *mut va_list) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        printer(out, arg, ap, |sink, args| {
            if let Some(addr) = args.next_pointer::<mg_addr>().as_ref() {
                ip(sink, addr);
            }
        })
    }
}

/// Prints an IP address, a colon and the port. Takes `const struct mg_addr *`.
///
/// # Safety
/// The contract of a printer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_print_ip_port(
    out: mg_pfn_t,
    arg: *mut c_void,
    ap: *mut va_list,
) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        printer(out, arg, ap, |sink, args| {
            if let Some(addr) = args.next_pointer::<mg_addr>().as_ref() {
                ip(sink, addr);
                sink.write(b":");
                sink.write(Decimal::unsigned(u16::from_be(addr.port).into()).as_bytes());
            }
        })
    }
}

/// Prints an IPv4 address. Takes `const uint32_t *`, network byte order.
///
/// # Safety
/// The contract of a printer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_print_ip4(out: mg_pfn_t, arg: *mut c_void, ap: *mut va_list) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        printer(out, arg, ap, |sink, args| {
            if let Some(bytes) = args.next_pointer::<[u8; 4]>().as_ref() {
                escape::ip4(sink, bytes);
            }
        })
    }
}

/// Prints an IPv6 address: brackets, eight groups, nothing left out. Takes `const uint8_t *`, 16 bytes.
///
/// # Safety
/// The contract of a printer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_print_ip6(out: mg_pfn_t, arg: *mut c_void, ap: *mut va_list) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        printer(out, arg, ap, |sink, args| {
            if let Some(bytes) = args.next_pointer::<[u8; 16]>().as_ref() {
                escape::ip6(sink, bytes);
            }
        })
    }
}

/// Prints a MAC address. Takes `const uint8_t *`, 6 bytes.
///
/// # Safety
/// The contract of a printer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_print_mac(out: mg_pfn_t, arg: *mut c_void, ap: *mut va_list) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        printer(out, arg, ap, |sink, args| {
            if let Some(bytes) = args.next_pointer::<[u8; 6]>().as_ref() {
                escape::colons(sink, bytes);
            }
        })
    }
}

/// Prints an EUI-64 address. Takes `const uint8_t *`, 8 bytes.
///
/// # Safety
/// The contract of a printer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_print_ieee64(
    out: mg_pfn_t,
    arg: *mut c_void,
    ap: *mut va_list,
) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        printer(out, arg, ap, |sink, args| {
            if let Some(bytes) = args.next_pointer::<[u8; 8]>().as_ref() {
                escape::colons(sink, bytes);
            }
        })
    }
}
