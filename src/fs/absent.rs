//! A file system without files, for targets that have none: everything fails quietly.

use crate::abi::fs::{mg_fs, time_t};
use core::ffi::{c_char, c_int, c_void};
use core::ptr;

/// The functions of this file system.
pub const TABLE: mg_fs = mg_fs {
    st: Some(st),
    ls: Some(ls),
    op: Some(op),
    cl: Some(cl),
    rd: Some(rd),
    wr: Some(wr),
    sk: Some(sk),
    mv: Some(mv),
    rm: Some(change),
    mkd: Some(change),
};

unsafe extern "C" fn st(_: *const c_char, _: *mut usize, _: *mut time_t) -> c_int {
    0
}

unsafe extern "C" fn ls(
    _: *const c_char,
    _: Option<unsafe extern "C" fn(*const c_char, *mut c_void)>,
    _: *mut c_void,
) {
}

unsafe extern "C" fn op(_: *const c_char, _: c_int) -> *mut c_void {
    ptr::null_mut()
}

unsafe extern "C" fn cl(_: *mut c_void) {}

unsafe extern "C" fn rd(_: *mut c_void, _: *mut c_void, _: usize) -> usize {
    0
}

/// Writes nothing.
pub(super) unsafe extern "C" fn wr(_: *mut c_void, _: *const c_void, _: usize) -> usize {
    0
}

unsafe extern "C" fn sk(_: *mut c_void, _: usize) -> usize {
    0
}

/// Renames nothing.
pub(super) unsafe extern "C" fn mv(_: *const c_char, _: *const c_char) -> bool {
    false
}

/// Neither deletes nor creates.
pub(super) unsafe extern "C" fn change(_: *const c_char) -> bool {
    false
}
