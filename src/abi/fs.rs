//! File systems.

use core::ffi::{c_char, c_int, c_void};

/// Readable.
pub const MG_FS_READ: c_int = 1;
/// Writable.
pub const MG_FS_WRITE: c_int = 2;
/// A directory.
pub const MG_FS_DIR: c_int = 4;
/// Open: create, fail when the file exists.
pub const MG_FS_EXCL: c_int = 8;

/// Seconds since 1970.
/// cbindgen:ignore
#[cfg(unix)]
pub type time_t = libc::time_t;
/// Seconds since 1970.
/// cbindgen:ignore
#[cfg(not(unix))]
pub type time_t = i64;

/// A file system: its functions. Programs may define their own.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mg_fs {
    /// What `path` is: `MG_FS_*` flags, 0 when there is nothing. `size` and `mtime` may be NULL.
    pub st: Option<
        unsafe extern "C" fn(path: *const c_char, size: *mut usize, mtime: *mut time_t) -> c_int,
    >,
    /// Calls `fn(name, arg)` for each entry of a directory.
    pub ls: Option<
        unsafe extern "C" fn(
            path: *const c_char,
            r#fn: Option<unsafe extern "C" fn(name: *const c_char, arg: *mut c_void)>,
            arg: *mut c_void,
        ),
    >,
    /// Opens a file; NULL when that fails.
    pub op: Option<unsafe extern "C" fn(path: *const c_char, flags: c_int) -> *mut c_void>,
    /// Closes a file.
    pub cl: Option<unsafe extern "C" fn(fd: *mut c_void)>,
    /// Reads up to `len` bytes; the number read, 0 at the end.
    pub rd: Option<unsafe extern "C" fn(fd: *mut c_void, buf: *mut c_void, len: usize) -> usize>,
    /// Writes; the number of bytes written.
    pub wr: Option<unsafe extern "C" fn(fd: *mut c_void, buf: *const c_void, len: usize) -> usize>,
    /// Seeks from the start; the new position.
    pub sk: Option<unsafe extern "C" fn(fd: *mut c_void, offset: usize) -> usize>,
    /// Renames.
    pub mv: Option<unsafe extern "C" fn(from: *const c_char, to: *const c_char) -> bool>,
    /// Deletes.
    pub rm: Option<unsafe extern "C" fn(path: *const c_char) -> bool>,
    /// Creates a directory.
    pub mkd: Option<unsafe extern "C" fn(path: *const c_char) -> bool>,
}

/// An open file.
#[repr(C)]
pub struct mg_fd {
    /// Handle of the file system.
    pub fd: *mut c_void,
    /// Its file system.
    pub fs: *mut mg_fs,
}

/// A file packed into the program. Arrays of them end with an entry whose `path` is NULL.
#[repr(C)]
pub struct mg_mem_file {
    /// Whole path, starting with `/`.
    pub path: *const c_char,
    /// Content, a NUL behind it.
    pub data: *const u8,
    /// Its length, NUL not counted.
    pub size: usize,
    /// Time of the last change.
    pub mtime: time_t,
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<mg_fs>() == 80 && size_of::<mg_fd>() == 16 && size_of::<mg_mem_file>() == 32);
    assert!(
        offset_of!(mg_fs, op) == 16 && offset_of!(mg_fs, rd) == 32 && offset_of!(mg_fs, mkd) == 72
    );
};
