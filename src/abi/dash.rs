//! Dashboard: variables of a program shown and changed over HTTP and WebSocket.

use super::core::{mg_event_handler_t, mg_str};
use super::fs::mg_fs;
use core::ffi::{c_char, c_int, c_void};
use core::mem::{offset_of, size_of};

/// Room for the name of a user, its NUL included.
pub const MG_DASH_MAX_USER_NAME: usize = 32;

/// What a variable is.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum mg_val_type {
    /// `int`.
    MG_VAL_INT,
    /// `uint64_t`.
    MG_VAL_UINT64,
    /// `bool`.
    MG_VAL_BOOL,
    /// `double`.
    MG_VAL_DBL,
    /// Text, NUL-terminated, in a buffer of `value_size` bytes.
    MG_VAL_STR,
    /// JSON, NUL-terminated, in a buffer of `value_size` bytes.
    MG_VAL_RAW,
}

/// What a set is asked for.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum mg_dash_op {
    /// Bring the variables up to date. False hides the set.
    MG_DASH_READ,
    /// Before variables change: whether they may. Afterwards: put them into effect.
    MG_DASH_WRITE,
    /// Remove element `*index`.
    MG_DASH_DELETE,
    /// Append an element made of the variables.
    MG_DASH_ADD,
}

/// A variable. Arrays of them end with an entry whose `name` is NULL.
#[repr(C)]
pub struct mg_field {
    /// Name in JSON.
    pub name: *const c_char,
    /// What `value` points to.
    pub r#type: mg_val_type,
    /// The variable.
    pub value: *mut c_void,
    /// Its size in bytes; 0 makes it read-only.
    pub value_size: usize,
}

/// Somebody who has logged in.
#[repr(C)]
pub struct mg_dash_user {
    /// Next user.
    pub next: *mut mg_dash_user,
    /// Name.
    pub name: [c_char; MG_DASH_MAX_USER_NAME],
    /// Session token.
    pub token: [c_char; 21],
    /// Level that `authenticate` returned.
    pub level: c_int,
    /// End of the session, milliseconds of `mg_millis`.
    pub expire: u64,
    /// Dashboard.
    pub dash: *mut mg_dash,
}

/// Serves a set; see `mg_dash_op`. Returns false to refuse.
pub type mg_dash_fn_t =
    Option<unsafe extern "C" fn(op: mg_dash_op, user: *mut mg_dash_user) -> bool>;

/// A set of variables; with `index`, an array of such sets; with `get_dir`, the files of a directory.
#[repr(C)]
pub struct mg_field_set {
    /// Name in JSON and in URIs.
    pub name: *const c_char,
    /// Variables.
    pub fields: *mut mg_field,
    /// Serves the set. NULL allows everything.
    pub r#fn: mg_dash_fn_t,
    /// Array: element that `fn` shall load, change or delete. -1 asks for the number of elements.
    pub index: *mut c_int,
    /// Files: writes the directory into `buf`. Returns false when there is none.
    pub get_dir: Option<
        unsafe extern "C" fn(user: *const mg_dash_user, buf: *mut c_char, len: usize) -> bool,
    >,
    /// Next set.
    pub next: *mut mg_field_set,
}

/// Serves URIs that the dashboard does not know.
#[repr(C)]
pub struct mg_dash_custom_handler {
    /// Next handler.
    pub next: *mut mg_dash_custom_handler,
    /// Pattern of URIs, see `mg_match`.
    pub uri_pattern: mg_str,
    /// Called with MG_EV_HTTP_MSG.
    pub handler: mg_event_handler_t,
    /// Free for the program.
    pub handler_data: *mut c_void,
}

/// A dashboard: `mg_http_listen(mgr, url, mg_dash_ev_handler, &dash)`.
#[repr(C)]
pub struct mg_dash {
    /// Sets, last added first. See MG_DASH_ADD_FIELD_SET.
    pub sets: *mut mg_field_set,
    /// Handlers for other URIs. See MG_DASH_REGISTER_CUSTOM_HANDLER.
    pub custom_handlers: *mut mg_dash_custom_handler,
    /// Checks a password, may rewrite `user`. Returns the level, 0 or less to refuse. NULL lets everybody in.
    pub authenticate: Option<
        unsafe extern "C" fn(user: *mut c_char, userlen: usize, pass: *const c_char) -> c_int,
    >,
    /// Life of a session without requests in seconds, 0 for an hour.
    pub session_auto_expiration_seconds: c_int,
    /// The user everybody is when there is no `authenticate`; set by the library.
    pub guest: *mut mg_dash_user,
    /// Where `get_dir` sets keep their files; NULL is `mg_fs_posix`.
    pub upload_fs: *mut mg_fs,
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(
        size_of::<mg_field>() == 32
            && size_of::<mg_dash_user>() == 88
            && size_of::<mg_field_set>() == 48
    );
    assert!(size_of::<mg_dash_custom_handler>() == 40 && size_of::<mg_dash>() == 48);
    assert!(offset_of!(mg_dash_user, token) == 40 && offset_of!(mg_dash_user, level) == 64);
    assert!(offset_of!(mg_dash_user, expire) == 72 && offset_of!(mg_dash_user, dash) == 80);
};

/// A user as the program's functions get it. Alive while a request or a notification is being handled.
/// cbindgen:ignore
pub type UserPtr = *mut mg_dash_user;
