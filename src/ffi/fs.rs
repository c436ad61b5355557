//! Files (utility chapter §6): whole files, listings, handles over any `mg_fs`.

use super::output::Heap;
use super::strings::{NULL_STR, c_bytes, to_slice};
use crate::abi::core::mg_str;
use crate::abi::fs::{MG_FS_DIR, MG_FS_EXCL, MG_FS_READ, MG_FS_WRITE, mg_fd, mg_fs, mg_mem_file};
use crate::abi::util::va_list;
use crate::engine::platform;
use crate::ffi::panic::guard;
use crate::fs::{packed, posix};
use crate::service::random::alphanumeric;
use alloc::vec::Vec;
use core::ffi::{c_char, c_int, c_void};
use core::ptr;

/// Files of the operating system.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals)]
pub static mut mg_fs_posix: mg_fs = posix::TABLE;

/// Files packed into the program, see `mg_mem_files`.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals)]
pub static mut mg_fs_packed: mg_fs = packed::TABLE;

/// The packed files: NULL, or an array that ends with an entry whose path is NULL. Assign `mg_packed_files` to it.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals)]
pub static mut mg_mem_files: *const mg_mem_file = ptr::null();

/// Longest path in bytes, its NUL included.
/// cbindgen:ignore
pub const MG_PATH_MAX: usize = 4096;
/// Random characters in the name of a temporary file.
const RANDOM: usize = 9;

/// A file system whose functions are checked before use.
#[derive(Clone, Copy)]
struct Fs(*mut mg_fs);

/// A handle that closes itself.
struct Handle {
    fs: Fs,
    fd: *mut c_void,
}

impl Fs {
    /// # Safety
    /// `self` is NULL or points to a valid `mg_fs`, `path` is NUL-terminated.
    unsafe fn st(self, path: *const c_char, size: *mut usize) -> c_int {
        // SAFETY: the caller's promise.
        unsafe {
            self.0
                .as_ref()
                .and_then(|fs| fs.st)
                .map_or(0, |st| st(path, size, ptr::null_mut()))
        }
    }

    /// # Safety
    /// As for `st`.
    unsafe fn open(self, path: *const c_char, flags: c_int) -> Option<Handle> {
        // SAFETY: the caller's promise.
        let fd = unsafe { self.0.as_ref()?.op?(path, flags) };
        (!fd.is_null()).then_some(Handle { fs: self, fd })
    }

    /// # Safety
    /// As for `st`.
    unsafe fn rm(self, path: *const c_char) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            self.0
                .as_ref()
                .and_then(|fs| fs.rm)
                .is_some_and(|rm| rm(path))
        }
    }

    /// # Safety
    /// As for `st`.
    unsafe fn mv(self, from: *const c_char, to: *const c_char) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            self.0
                .as_ref()
                .and_then(|fs| fs.mv)
                .is_some_and(|mv| mv(from, to))
        }
    }

    /// Whether handles are those of [`posix`].
    #[cfg(unix)]
    fn is_posix(self) -> bool {
        // SAFETY: NULL or valid, as promised to whoever made this.
        let wr = unsafe { self.0.as_ref().and_then(|fs| fs.wr) };
        wr.map(|wr| wr as usize) == posix::TABLE.wr.map(|wr| wr as usize)
    }
}

impl Handle {
    /// Reads until `len` bytes are there or the file ends.
    ///
    /// # Safety
    /// `buf` is writable for `len` bytes.
    unsafe fn read(&self, buf: *mut u8, len: usize) -> usize {
        let mut done = 0;
        // SAFETY: the caller's promise.
        unsafe {
            let Some(rd) = (*self.fs.0).rd else {
                return 0;
            };
            while done < len {
                match rd(self.fd, buf.add(done).cast(), len - done) {
                    n if n > 0 && n <= len - done => done += n,
                    _ => break,
                }
            }
        }
        done
    }

    /// Writes all of `bytes`.
    fn write(&self, bytes: &[u8]) -> bool {
        // SAFETY: the handle is open.
        unsafe {
            (*self.fs.0)
                .wr
                .is_some_and(|wr| wr(self.fd, bytes.as_ptr().cast(), bytes.len()) == bytes.len())
        }
    }

    /// Readies the file to take the place of `path`.
    ///
    /// # Safety
    /// `path` is NUL-terminated.
    #[allow(unused_variables)]
    unsafe fn settle(&self, path: *const c_char) -> bool {
        #[cfg(unix)]
        if self.fs.is_posix() {
            // SAFETY: the caller's promise.
            return unsafe { posix::settle(self.fd, path) };
        }
        true
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle is open and not used again.
        unsafe {
            if let Some(cl) = (*self.fs.0).cl {
                cl(self.fd);
            }
        }
    }
}

/// Opens a file. NULL when that fails. Close with `mg_fs_close`.
///
/// With `mg_fs_posix`, `MG_FS_READ` alone reads, `MG_FS_EXCL` creates a file that must not exist, and everything else
/// creates it when missing and writes at its end.
///
/// # Safety
/// `fs` is valid, `path` NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_fs_open(
    fs: *mut mg_fs,
    path: *const c_char,
    flags: c_int,
) -> *mut mg_fd {
    // SAFETY: the caller's promise.
    guard(ptr::null_mut(), || unsafe {
        let Some(handle) = Fs(fs).open(path, flags) else {
            return ptr::null_mut();
        };
        let file: *mut mg_fd = platform::calloc(size_of::<mg_fd>()).cast();
        if !file.is_null() {
            file.write(mg_fd { fd: handle.fd, fs });
            core::mem::forget(handle);
        }
        file
    })
}

/// Closes a file. NULL is allowed.
///
/// # Safety
/// `fd` is NULL or came from `mg_fs_open` and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_fs_close(fd: *mut mg_fd) {
    // SAFETY: the caller's promise.
    guard((), || unsafe {
        if let Some(file) = fd.as_ref() {
            drop(Handle {
                fs: Fs(file.fs),
                fd: file.fd,
            });
            platform::free(fd.cast());
        }
    });
}

/// A search for the entry behind a name.
struct Listing {
    buf: *mut c_char,
    room: usize,
    /// The name, NUL-terminated, empty at the start.
    after: Vec<u8>,
    /// `after` was met; the next entry is the answer.
    met: bool,
    found: bool,
}

/// Puts the entry of directory `path` that follows the one named in `buf` into `buf`.
///
/// `buf` is `""` at first. False after the last entry, and when the entry in `buf` is gone: `buf` is then `""`. Names
/// are cut to fit `len` bytes with their NUL. The directory must not change its order between calls.
///
/// # Safety
/// `fs` is valid, `path` NUL-terminated, `buf` writable for `len` bytes and NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_fs_ls(
    fs: *mut mg_fs,
    path: *const c_char,
    buf: *mut c_char,
    len: usize,
) -> bool {
    guard(false, || {
        let Some(room) = len.checked_sub(1).filter(|_| !buf.is_null()) else {
            return false;
        };
        // SAFETY: the caller's promise.
        unsafe {
            // A name without its NUL is no name that this function gave.
            let given = to_slice(buf.cast(), len);
            let after = given.split(|&byte| byte == 0).next().unwrap_or(given);
            let after = after.to_vec();
            *buf = 0;
            let mut listing = Listing {
                buf,
                room,
                met: after.is_empty(),
                after,
                found: false,
            };
            if let Some(ls) = fs.as_ref().and_then(|fs| fs.ls) {
                ls(path, Some(listed), (&raw mut listing).cast());
            }
            if !listing.found {
                *buf = 0;
            }
            listing.found
        }
    })
}

/// Judges one entry. Two entries may be equal once cut: the last of them counts, so that a walk always ends.
unsafe extern "C" fn listed(name: *const c_char, arg: *mut c_void) {
    // SAFETY: called by `mg_fs.ls` with the listing of `mg_fs_ls` and a NUL-terminated name.
    unsafe {
        let (listing, name) = (&mut *arg.cast::<Listing>(), c_bytes(name));
        let name = name.get(..listing.room).unwrap_or(name);
        if !listing.after.is_empty() && name == listing.after {
            (listing.met, listing.found) = (true, false);
        } else if listing.met && !listing.found && !name.is_empty() {
            ptr::copy_nonoverlapping(name.as_ptr(), listing.buf.cast(), name.len());
            *listing.buf.add(name.len()) = 0;
            listing.found = true;
        }
    }
}

/// Reads a whole file into new memory, NUL-terminated, to be released with `mg_free`.
///
/// NULL and length 0 when there is no such file, when it is a directory or cannot be read. An empty file has memory.
///
/// # Safety
/// `fs` is valid, `path` NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_file_read(fs: *mut mg_fs, path: *const c_char) -> mg_str {
    // SAFETY: the caller's promise.
    guard(NULL_STR, || unsafe {
        let (fs, mut size) = (Fs(fs), 0usize);
        let flags = fs.st(path, &raw mut size);
        if flags == 0 || flags & MG_FS_DIR != 0 {
            return NULL_STR;
        }
        let (Some(file), Some(room)) = (fs.open(path, MG_FS_READ), size.checked_add(1)) else {
            return NULL_STR;
        };
        let block = platform::calloc(room);
        if !block.is_null() && file.read(block.cast(), size) == size {
            return mg_str {
                buf: block.cast(),
                len: size,
            };
        }
        platform::free(block);
        NULL_STR
    })
}

/// Writes a whole file: a temporary file beside it takes its place when complete. False when any step fails.
///
/// On `mg_fs_posix` the change is atomic and on the disk, and an existing file keeps its permissions.
///
/// # Safety
/// `fs` is valid, `path` NUL-terminated, `buf` NULL or readable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_file_write(
    fs: *mut mg_fs,
    path: *const c_char,
    buf: *const c_void,
    len: usize,
) -> bool {
    // SAFETY: the caller's promise.
    guard(false, || unsafe {
        replace(Fs(fs), path, to_slice(buf.cast(), len))
    })
}

/// # Safety
/// `fs` is NULL or valid, `path` NULL or NUL-terminated.
unsafe fn replace(fs: Fs, path: *const c_char, bytes: &[u8]) -> bool {
    // SAFETY: the caller's promise.
    let name = unsafe { c_bytes(path) };
    let mut random = [0; RANDOM];
    if name.is_empty() || name.len() + 2 + RANDOM >= MG_PATH_MAX || !alphanumeric(&mut random) {
        return false;
    }
    let temporary = [name, b"..", &random, b"\0"].concat();
    let temporary: *const c_char = temporary.as_ptr().cast();
    // SAFETY: the caller's promise; `temporary` is NUL-terminated.
    unsafe {
        let Some(file) = fs.open(temporary, MG_FS_WRITE | MG_FS_EXCL) else {
            return false;
        };
        let written = file.write(bytes) && file.settle(path);
        drop(file);
        // A file system that cannot rename over a file needs it out of the way.
        let done = written && (fs.mv(temporary, path) || (fs.rm(path) && fs.mv(temporary, path)));
        if !done {
            fs.rm(temporary);
        }
        done
    }
}

/// # Safety
/// `fs` is valid, `path` NUL-terminated; `ap` holds arguments that match `fmt`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_x_vfile_printf(
    fs: *mut mg_fs,
    path: *const c_char,
    fmt: *const c_char,
    ap: *mut va_list,
) -> bool {
    // SAFETY: the caller's promise.
    guard(false, || unsafe {
        let text = Heap::format(fmt, ap);
        text.bytes()
            .is_some_and(|bytes| replace(Fs(fs), path, bytes))
    })
}

/// Content of a packed file, not copied. NULL and length 0 when there is none of this path.
///
/// # Safety
/// `path` is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mg_unpacked(path: *const c_char) -> mg_str {
    // SAFETY: the caller's promise.
    packed::find(unsafe { c_bytes(path) }).map_or(NULL_STR, |file| mg_str {
        buf: file.data.cast_mut().cast(),
        len: file.size,
    })
}
