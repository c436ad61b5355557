//! JSON-RPC: registry and request.

use super::core::mg_str;
use super::util::mg_pfn_t;
use core::ffi::c_void;
use core::mem::size_of;

/// Serves a method.
pub type mg_rpc_handler_t = Option<unsafe extern "C" fn(r: *mut mg_rpc_req)>;

/// A frame to process and where its answer goes.
#[repr(C)]
pub struct mg_rpc_req {
    /// Registry.
    pub head: *mut *mut mg_rpc,
    /// Entry that serves the frame, set by `mg_rpc_process`.
    pub rpc: *mut mg_rpc,
    /// Receives the answer, one call per byte.
    pub pfn: mg_pfn_t,
    /// Argument of `pfn`.
    pub pfn_data: *mut c_void,
    /// Free for the user.
    pub req_data: *mut c_void,
    /// The frame, JSON.
    pub frame: mg_str,
}

/// Entry of a registry, made by `mg_rpc_add`.
#[repr(C)]
pub struct mg_rpc {
    /// Next (older) entry.
    pub next: *mut mg_rpc,
    /// Pattern that methods are matched against, see `mg_match`. Empty: responses.
    pub method: mg_str,
    /// Serves the method.
    pub r#fn: mg_rpc_handler_t,
    /// Free for the handler.
    pub fn_data: *mut c_void,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<mg_rpc_req>() == 56 && size_of::<mg_rpc>() == 40);
