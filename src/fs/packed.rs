//! Files packed into the program: an array of [`mg_mem_file`] that `mg_mem_files` points to. Read-only.

use super::absent;
use crate::abi::fs::{MG_FS_DIR, MG_FS_READ, MG_FS_WRITE, mg_fs, mg_mem_file, time_t};
use crate::engine::platform;
use alloc::vec::Vec;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;

unsafe extern "C" {
    /// Where the program's files are, or NULL.
    static mut mg_mem_files: *const mg_mem_file;
}

/// The functions of this file system.
pub const TABLE: mg_fs = mg_fs {
    st: Some(st),
    ls: Some(ls),
    op: Some(op),
    cl: Some(cl),
    rd: Some(rd),
    wr: Some(absent::wr),
    sk: Some(sk),
    mv: Some(absent::mv),
    rm: Some(absent::change),
    mkd: Some(absent::change),
};

/// An open file.
struct Open {
    file: &'static mg_mem_file,
    at: usize,
}

/// All packed files with their paths.
fn files() -> impl Iterator<Item = (&'static [u8], &'static mg_mem_file)> {
    // SAFETY: the program's promise about `mg_mem_files`: a static array with an end mark.
    let mut next = unsafe { mg_mem_files };
    core::iter::from_fn(move || {
        // SAFETY: as above.
        unsafe {
            let file = next.as_ref().filter(|file| !file.path.is_null())?;
            next = next.add(1);
            Some((CStr::from_ptr(file.path).to_bytes(), file))
        }
    })
}

/// The file of this path.
pub fn find(path: &[u8]) -> Option<&'static mg_mem_file> {
    files()
        .find(|(name, _)| *name == path)
        .map(|(_, file)| file)
}

/// The content of a file.
pub fn content(file: &'static mg_mem_file) -> &'static [u8] {
    if file.data.is_null() {
        return &[];
    }
    // SAFETY: the program's promise about `mg_mem_files`.
    unsafe { core::slice::from_raw_parts(file.data, file.size) }
}

/// # Safety
/// `path` is NULL or NUL-terminated.
unsafe fn bytes<'a>(path: *const c_char) -> &'a [u8] {
    if path.is_null() {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(path).to_bytes() }
}

/// Whether `path` is a directory above `file`.
fn contains(path: &[u8], file: &[u8]) -> bool {
    match file.strip_prefix(path) {
        None | Some([]) => false,
        Some(rest) => path.is_empty() || path.ends_with(b"/") || rest.starts_with(b"/"),
    }
}

unsafe extern "C" fn st(path: *const c_char, size: *mut usize, mtime: *mut time_t) -> c_int {
    // SAFETY: the contract of `mg_fs`.
    unsafe {
        let path = bytes(path);
        if let Some(file) = find(path) {
            if let Some(size) = size.as_mut() {
                *size = file.size;
            }
            if let Some(mtime) = mtime.as_mut() {
                *mtime = file.mtime;
            }
            return MG_FS_READ;
        }
        if files().any(|(file, _)| contains(path, file)) {
            MG_FS_DIR
        } else {
            0
        }
    }
}

/// First component of `file` below `directory`, which has no slash at its end.
fn component<'a>(directory: &[u8], file: &'a [u8]) -> Option<&'a [u8]> {
    let rest = file.strip_prefix(directory)?.strip_prefix(b"/")?;
    let name = rest.split(|&byte| byte == b'/').next()?;
    (!name.is_empty()).then_some(name)
}

unsafe extern "C" fn ls(
    path: *const c_char,
    report: Option<unsafe extern "C" fn(*const c_char, *mut c_void)>,
    arg: *mut c_void,
) {
    let Some(report) = report else {
        return;
    };
    // SAFETY: the contract of `mg_fs`.
    let mut directory = unsafe { bytes(path) };
    while let Some(shorter) = directory.strip_suffix(b"/") {
        directory = shorter;
    }
    let mut last: &[u8] = &[];
    let mut name = Vec::new();
    for component in files().filter_map(|(file, _)| component(directory, file)) {
        name.clear();
        if component == last || name.try_reserve(component.len() + 1).is_err() {
            continue;
        }
        last = component;
        name.extend_from_slice(component);
        name.push(0);
        // SAFETY: a NUL-terminated name that lives as long as the call.
        unsafe { report(name.as_ptr().cast(), arg) };
    }
}

unsafe extern "C" fn op(path: *const c_char, flags: c_int) -> *mut c_void {
    // SAFETY: the contract of `mg_fs`.
    let Some(file) = find(unsafe { bytes(path) }).filter(|_| flags & MG_FS_WRITE == 0) else {
        return ptr::null_mut();
    };
    let open: *mut Open = platform::calloc(size_of::<Open>()).cast();
    if !open.is_null() {
        // SAFETY: new memory of the right size and alignment.
        unsafe { open.write(Open { file, at: 0 }) };
    }
    open.cast()
}

unsafe extern "C" fn cl(handle: *mut c_void) {
    // SAFETY: the contract of `mg_fs`: NULL or a handle of `op`, not used again.
    unsafe { platform::free(handle) };
}

unsafe extern "C" fn rd(handle: *mut c_void, buf: *mut c_void, len: usize) -> usize {
    // SAFETY: the contract of `mg_fs`: a handle of `op`, `len` writable bytes.
    unsafe {
        let Some(open) = handle.cast::<Open>().as_mut() else {
            return 0;
        };
        let rest = content(open.file).get(open.at..).unwrap_or(&[]);
        let len = len.min(rest.len());
        ptr::copy_nonoverlapping(rest.as_ptr(), buf.cast(), len);
        open.at += len;
        len
    }
}

unsafe extern "C" fn sk(handle: *mut c_void, offset: usize) -> usize {
    // SAFETY: the contract of `mg_fs`: a handle of `op`.
    let open = unsafe { handle.cast::<Open>().as_mut() };
    open.map_or(0, |open| {
        open.at = offset.min(open.file.size);
        open.at
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_end_at_a_slash() {
        for (path, file, expected) in [
            ("", "/a", true),
            ("/", "/a", true),
            ("/a", "/a/b", true),
            ("/a/", "/a/b", true),
            ("/a", "/ab", false),
            ("/a", "/a", false),
            ("/b", "/a", false),
        ] {
            assert_eq!(
                contains(path.as_bytes(), file.as_bytes()),
                expected,
                "{path} {file}"
            );
        }
    }

    #[test]
    fn components() {
        assert_eq!(component(b"", b"/a/b"), Some(&b"a"[..]));
        assert_eq!(component(b"/a", b"/a/b/c"), Some(&b"b"[..]));
        assert_eq!(component(b"/a", b"/ab/c"), None);
        assert_eq!(component(b"/a", b"/a"), None);
    }
}
