//! The TLS chapter.

use core::ffi::{c_int, c_long, c_void};
use core::ptr;

use super::panic::guard;
use super::ptr::to_slice;
use crate::abi::core::{MG_IO_ERR, MG_IO_WAIT, mg_connection, mg_mgr, mg_str};
use crate::abi::tls::mg_tls_opts;
use crate::engine::conn::Conn;
use crate::engine::mgr::Manager;
use crate::engine::tls::{self, Options, TlsError};

/// Starts TLS on a connection.
///
/// Call it on an accepted connection in MG_EV_ACCEPT, on an outbound one in MG_EV_CONNECT or right after it was made,
/// or later on either (STARTTLS), followed by `mg_tls_handshake`. Everything in `opts` is borrowed for the call only.
/// Sets `is_tls` and `is_tls_hs`; MG_EV_TLS_HS tells the end of the handshake. Unusable certificates or keys fail the
/// connection (MG_EV_ERROR, MG_EV_CLOSE). On a listener it has no effect on accepted connections.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_tls_init(c: *mut mg_connection, opts: *const mg_tls_opts) {
    // SAFETY: the caller passes a live connection and readable options whose fields describe readable memory.
    guard((), || unsafe {
        let Some(mut conn) = Conn::from_raw(c) else {
            return;
        };
        let none = Options::default();
        let options = if opts.is_null() {
            none
        } else {
            read_options(opts)
        };
        tls::init(&mut conn, &options);
    });
}

/// Ends TLS on a connection without telling the peer and frees its TLS state. Does nothing when there is none.
/// `is_tls` stays set, so that nothing is sent in clear afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_tls_free(c: *mut mg_connection) {
    // SAFETY: the caller passes a live connection.
    guard((), || unsafe {
        if let Some(mut conn) = Conn::from_raw(c) {
            tls::free(&mut conn);
        }
    });
}

/// Runs one step of the handshake with what was received so far: a client sends its first message. For STARTTLS, right
/// after `mg_tls_init`; otherwise the library calls it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_tls_handshake(c: *mut mg_connection) {
    // SAFETY: the caller passes a live connection.
    guard((), || unsafe {
        if let Some(mut conn) = Conn::from_raw(c) {
            tls::handshake(&mut conn);
        }
    });
}

/// Encrypts up to `len` bytes and sends them, past `c->send`. Returns the number of bytes taken, MG_IO_WAIT when none
/// can be taken now, MG_IO_ERR on failure, 0 when there is nothing to do.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_tls_send(
    c: *mut mg_connection,
    buf: *const c_void,
    len: usize,
) -> c_long {
    // SAFETY: the caller passes a live connection and `len` readable bytes at `buf`.
    guard(c_long::from(MG_IO_ERR), || unsafe {
        let Some(mut conn) = Conn::from_raw(c).filter(|_| !buf.is_null() && len > 0) else {
            return 0;
        };
        let plaintext = to_slice(buf.cast(), len);
        to_long(tls::send(&mut conn, plaintext))
    })
}

/// Takes up to `len` decrypted bytes, past `c->recv`. Returns their number, MG_IO_WAIT when there are none now,
/// MG_IO_ERR on failure or at the end, 0 when there is nothing to do.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_tls_recv(
    c: *mut mg_connection,
    buf: *mut c_void,
    len: usize,
) -> c_long {
    // SAFETY: the caller passes a live connection and room for `len` bytes at `buf`.
    guard(c_long::from(MG_IO_ERR), || unsafe {
        let Some(mut conn) = Conn::from_raw(c).filter(|_| !buf.is_null() && len > 0) else {
            return 0;
        };
        ptr::write_bytes(buf.cast::<u8>(), 0, len);
        let out = core::slice::from_raw_parts_mut(buf.cast::<u8>(), len);
        to_long(tls::recv(&mut conn, out))
    })
}

/// Number of decrypted bytes not yet delivered; 0 without TLS state.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_tls_pending(c: *mut mg_connection) -> usize {
    guard(0, || {
        // SAFETY: the caller passes a live connection.
        let conn = unsafe { Conn::from_raw(c) };
        conn.map_or(0, |conn| tls::pending(&conn))
    })
}

/// Sends encrypted data that still waits for the socket.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_tls_flush(c: *mut mg_connection) {
    // SAFETY: the caller passes a live connection.
    guard((), || unsafe {
        if let Some(mut conn) = Conn::from_raw(c) {
            tls::flush(&mut conn);
        }
    });
}

/// Prepares the TLS state that connections of a manager share. Nothing to do: it is made at first use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_tls_ctx_init(mgr: *mut mg_mgr) {
    let _ = mgr;
}

/// Drops the TLS state that connections of a manager share: parsed certificates and remembered sessions. Connections
/// keep working. `mg_mgr_free` does it, too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_tls_ctx_free(mgr: *mut mg_mgr) {
    // SAFETY: the caller passes an initialised manager.
    guard((), || unsafe {
        if let Some(manager) = Manager::from_raw(mgr) {
            tls::forget(&manager);
        }
    });
}

/// # Safety
/// `opts` is readable and its fields describe memory that is readable for `'a`.
unsafe fn read_options<'a>(opts: *const mg_tls_opts) -> Options<'a> {
    // SAFETY: the caller's promise. The flag is read as a byte: C programs may leave any value in it.
    unsafe {
        Options {
            ca: field((*opts).ca),
            cert: field((*opts).cert),
            key: field((*opts).key),
            name: field((*opts).name),
            skip_verification: *ptr::addr_of!((*opts).skip_verification).cast::<u8>() != 0,
        }
    }
}

/// A field of the options; absent when NULL, empty, or begun by a NUL.
///
/// # Safety
/// A non-NULL `buf` has `len` bytes that are readable for `'a`.
unsafe fn field<'a>(s: mg_str) -> Option<&'a [u8]> {
    if s.buf.is_null() || s.len == 0 {
        return None;
    }
    // SAFETY: the caller's promise.
    let bytes = unsafe { to_slice(s.buf.cast(), s.len) };
    (bytes.first() != Some(&0)).then_some(bytes)
}

fn to_long(result: Result<usize, TlsError>) -> c_long {
    let wait: c_int = MG_IO_WAIT;
    match result {
        Ok(0) => c_long::from(wait),
        Ok(n) => c_long::try_from(n).unwrap_or(c_long::MAX),
        Err(_) => c_long::from(MG_IO_ERR),
    }
}
