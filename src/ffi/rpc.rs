//! The JSON-RPC chapter: a registry of methods, processing of frames, answers.

use super::panic::guard;
use super::print::{Output, VaArgs};
use super::ptr::{c_bytes, str_bytes};
use super::strings;
use crate::abi::core::mg_str;
use crate::abi::rpc::{mg_rpc, mg_rpc_handler_t, mg_rpc_req};
use crate::abi::util::va_list;
use crate::engine::platform;
use crate::text::format::{Sink, format};
use crate::text::matching;
use crate::wire::rpc::{self, Frame, code};
use core::ffi::{c_char, c_int, c_void};
use core::ptr;

/// Registers a handler for the methods that match `method_pattern`, in front of the others. The pattern is copied.
/// An empty pattern serves responses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_rpc_add(
    head: *mut *mut mg_rpc,
    method_pattern: mg_str,
    handler: mg_rpc_handler_t,
    handler_data: *mut c_void,
) {
    // SAFETY: the caller passes a registry and a valid slice.
    guard((), || unsafe {
        let entry = platform::calloc(size_of::<mg_rpc>()).cast::<mg_rpc>();
        let method = strings::copy(str_bytes(method_pattern));
        match method.filter(|_| !entry.is_null() && !head.is_null()) {
            Some(method) => {
                entry.write(mg_rpc {
                    next: *head,
                    method,
                    r#fn: handler,
                    fn_data: handler_data,
                });
                *head = entry;
            }
            None => {
                platform::free(entry.cast());
                if let Some(method) = method {
                    platform::free(method.buf.cast());
                }
            }
        }
    });
}

/// Removes all entries with this handler; NULL removes all entries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_rpc_del(head: *mut *mut mg_rpc, handler: mg_rpc_handler_t) {
    // SAFETY: the caller passes a registry.
    guard((), || unsafe {
        if head.is_null() {
            return;
        }
        let mut link = head;
        while !(*link).is_null() {
            let entry = *link;
            if handler.is_none() || address(handler) == address((*entry).r#fn) {
                *link = (*entry).next;
                platform::free((*entry).method.buf.cast());
                platform::free(entry.cast());
            } else {
                link = ptr::addr_of_mut!((*entry).next);
            }
        }
    });
}

/// Processes a frame: calls the first entry whose pattern matches the method (sets `r->rpc`), or writes an error.
/// A frame with a result or an error is a response: it goes to the entry that matches "".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_rpc_process(r: *mut mg_rpc_req) {
    // SAFETY: the caller passes a valid request.
    guard((), || unsafe {
        if r.is_null() {
            return;
        }
        let frame = str_bytes((*r).frame);
        let method = match rpc::classify(frame) {
            Frame::Request(method) => method,
            Frame::Response => b"",
            Frame::Invalid => {
                return error(r, code::PARSE_ERROR, |out| rpc::write_string(frame, out));
            }
        };
        match find((*r).head, method) {
            // The handler may delete its own entry: nothing of it is used after the call.
            Some(entry) => {
                (*r).rpc = entry;
                if let Some(handler) = (*entry).r#fn {
                    handler(r);
                }
            }
            None => error(r, code::METHOD_NOT_FOUND, |out| {
                rpc::write_not_found(method, out)
            }),
        }
    });
}

/// Writes the result of a request, formatted; NULL means `null`. Nothing when the frame has no id.
/// `ap` points to a `va_list`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_rpc_vok(r: *mut mg_rpc_req, fmt: *const c_char, ap: *mut va_list) {
    // SAFETY: the caller passes a valid request, NULL or a NUL-terminated format, and a matching va_list.
    guard((), || unsafe {
        result(r, |out| formatted(r, fmt, ap, out))
    });
}

/// Writes an error with a formatted message, which is a JSON value; NULL means `null`. `ap` points to a `va_list`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_rpc_verr(
    r: *mut mg_rpc_req,
    code: c_int,
    fmt: *const c_char,
    ap: *mut va_list,
) {
    // SAFETY: the caller passes a valid request, NULL or a NUL-terminated format, and a matching va_list.
    guard((), || unsafe {
        error(r, code, |out| formatted(r, fmt, ap, out))
    });
}

/// Answers with an array of all patterns, latest first, without the empty one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_rpc_list(r: *mut mg_rpc_req) {
    // SAFETY: the caller passes a valid request.
    guard((), || unsafe {
        result(r, |out| {
            out.write(b"[");
            let mut separator: &[u8] = b"";
            let patterns = entries((*r).head).map(|entry| str_bytes((*entry).method));
            for pattern in patterns.filter(|pattern| !pattern.is_empty()) {
                out.write(separator);
                rpc::write_string(pattern, out);
                separator = b",";
            }
            out.write(b"]");
        });
    });
}

/// # Safety
/// `r` is NULL or a valid request.
unsafe fn result(r: *mut mg_rpc_req, write: impl FnOnce(&mut Output)) {
    // SAFETY: the caller's promise; `pfn` may be called with `pfn_data`.
    unsafe {
        if r.is_null() {
            return;
        }
        if let Some(id) = rpc::id(str_bytes((*r).frame)) {
            let mut out = Output::new((*r).pfn, (*r).pfn_data);
            rpc::begin_result(id, &mut out);
            write(&mut out);
            rpc::end_result(&mut out);
        }
    }
}

/// # Safety
/// `r` is NULL or a valid request.
unsafe fn error(r: *mut mg_rpc_req, code: c_int, write: impl FnOnce(&mut Output)) {
    // SAFETY: the caller's promise; `pfn` may be called with `pfn_data`.
    unsafe {
        if r.is_null() {
            return;
        }
        let mut out = Output::new((*r).pfn, (*r).pfn_data);
        rpc::begin_error(rpc::id(str_bytes((*r).frame)), code, &mut out);
        write(&mut out);
        rpc::end_error(&mut out);
    }
}

/// # Safety
/// As for `mg_rpc_vok`.
unsafe fn formatted(r: *mut mg_rpc_req, fmt: *const c_char, ap: *mut va_list, out: &mut Output) {
    if fmt.is_null() {
        out.write(b"null");
        return;
    }
    // SAFETY: the caller's promise.
    unsafe {
        let mut args = VaArgs::direct(ap, (*r).pfn, (*r).pfn_data);
        format(out, c_bytes(fmt), &mut args);
    }
}

/// # Safety
/// `head` is NULL or a registry.
unsafe fn find(head: *mut *mut mg_rpc, method: &[u8]) -> Option<*mut mg_rpc> {
    // SAFETY: the caller's promise.
    unsafe { entries(head).find(|entry| matching::is_match(method, str_bytes((**entry).method))) }
}

/// # Safety
/// `head` is NULL or a registry that does not change during the walk.
unsafe fn entries(head: *mut *mut mg_rpc) -> impl Iterator<Item = *mut mg_rpc> {
    // SAFETY: the caller's promise.
    let first = unsafe {
        if head.is_null() {
            ptr::null_mut()
        } else {
            *head
        }
    };
    core::iter::successors(Some(first), |entry| {
        // SAFETY: the iterator only asks for the successor of entries that are not NULL, see below.
        (!entry.is_null()).then(|| unsafe { (**entry).next })
    })
    .take_while(|entry| !entry.is_null())
}

fn address(handler: mg_rpc_handler_t) -> usize {
    handler.map_or(0, |handler| handler as usize)
}
