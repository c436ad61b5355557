//! The DNS chapter: messages, look-ups, mDNS.

use super::engine::to_ptr;
use super::panic::guard;
use super::ptr::{c_bytes, to_slice};
use crate::abi::core::{mg_connection, mg_event_handler_t, mg_mgr};
use crate::abi::dns::{mg_dns_message, mg_dns_rr};
use crate::engine::fields::set_ip;
use crate::engine::{Conn, Manager, connect, socket};
use crate::service::dns_client::RESOLVER;
use crate::service::mdns;
use crate::wire::dns::{message, record};
use core::ffi::{c_char, c_uint, c_void};
use core::ptr;

/// Reads a DNS message. Returns false when it cannot be read or has more than one question. True does not mean that
/// there is an address: see `resolved`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_dns_parse(buf: *const u8, len: usize, dm: *mut mg_dns_message) -> bool {
    // SAFETY: the caller passes `len` bytes at `buf` and a writable message.
    guard(false, || unsafe {
        if dm.is_null() {
            return false;
        }
        ptr::write_bytes(dm, 0, 1);
        let Some(parsed) = message::parse(to_slice(buf, len)) else {
            return false;
        };
        (*dm).txnid = parsed.header.id;
        ptr::addr_of_mut!((*dm).name)
            .cast::<[u8; 256]>()
            .write(*parsed.name.with_nul());
        if let Some(ip) = parsed.address {
            let mut addr = socket::no_addr();
            set_ip(&mut addr, ip);
            (*dm).addr = addr;
            (*dm).resolved = true;
        }
        true
    })
}

/// Reads the question or record at offset `ofs` of a message of 12 to 512 bytes into `rr`. Returns its length in bytes,
/// 0 when it cannot be read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_dns_parse_rr(
    buf: *const u8,
    len: usize,
    ofs: usize,
    is_question: bool,
    rr: *mut mg_dns_rr,
) -> usize {
    // SAFETY: the caller passes `len` bytes at `buf` and a writable record.
    guard(0, || unsafe {
        if rr.is_null() {
            return 0;
        }
        ptr::write_bytes(rr, 0, 1);
        let Some(found) = record::read(to_slice(buf, len), ofs, is_question) else {
            return 0;
        };
        let shape = found.shape;
        rr.write(mg_dns_rr {
            nlen: shape.name_len,
            atype: shape.rtype,
            aclass: shape.class,
            alen: shape.data_len,
        });
        found.end.saturating_sub(ofs)
    })
}

/// Looks up the host of `url` and connects `c` to it. A listener only gets `rem`. MG_EV_RESOLVE or MG_EV_ERROR follows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_resolve(c: *mut mg_connection, url: *const c_char) {
    // SAFETY: the caller passes a live connection and a NUL-terminated URL.
    guard((), || unsafe {
        if let Some(mut conn) = Conn::from_raw(c) {
            connect::resolve(&mut conn, c_bytes(url));
        }
    });
}

/// Forgets all look-ups of a connection: no event comes of them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_resolve_cancel(c: *mut mg_connection) {
    // SAFETY: the caller passes a live connection.
    guard((), || unsafe {
        if let Some(mut conn) = Conn::from_raw(c) {
            (RESOLVER.cancel)(&mut conn);
        }
    });
}

/// Opens the mDNS listener of a manager: joins 224.0.0.251:5353, answers for the host name `fn_data` (a C string without
/// dots, or NULL), fires MG_EV_MDNS_REQ and MG_EV_MDNS_RESP, and serves connections to `.local` hosts.
/// Returns it, or NULL when the socket cannot be opened.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_mdns_listen(
    mgr: *mut mg_mgr,
    r#fn: mg_event_handler_t,
    fn_data: *mut c_void,
) -> *mut mg_connection {
    // SAFETY: the caller passes an initialised manager and NULL or a NUL-terminated name.
    guard(ptr::null_mut(), || unsafe {
        let host = (!fn_data.is_null()).then(|| c_bytes(fn_data.cast()));
        to_ptr(Manager::from_raw(mgr).and_then(|m| mdns::open(&m, r#fn, fn_data, host)))
    })
}

/// Asks the group for records of type `rtype` (0 to 255) of `name`, such as `printer.local`. Returns false when the
/// question was not sent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_mdns_query(
    c: *mut mg_connection,
    name: *const c_char,
    rtype: c_uint,
) -> bool {
    // SAFETY: the caller passes a live connection and a NUL-terminated name.
    guard(false, || unsafe {
        match (Conn::from_raw(c), u8::try_from(rtype)) {
            (Some(mut conn), Ok(wanted)) => mdns::query(&mut conn, c_bytes(name), wanted.into()),
            _ => false,
        }
    })
}
