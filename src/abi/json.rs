//! JSON: results of the getters.

use core::ffi::c_int;

/// Errors of `mg_json_get`.
/// More than 30 objects and arrays are open.
pub const MG_JSON_TOO_DEEP: c_int = -1;
/// Not JSON, or the path does not start with `$`.
pub const MG_JSON_INVALID: c_int = -2;
/// Nothing at this path.
pub const MG_JSON_NOT_FOUND: c_int = -3;
