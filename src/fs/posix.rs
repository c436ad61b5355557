//! The file system of the operating system.
//!
//! A handle is a descriptor plus one: no memory, and no buffer between the program and the system. Opening never
//! waits for the other end of a pipe.

use crate::abi::fs::mg_fs;

/// The functions of this file system.
#[cfg(unix)]
pub const TABLE: mg_fs = mg_fs {
    st: Some(unix::st),
    ls: Some(unix::ls),
    op: Some(unix::op),
    cl: Some(unix::cl),
    rd: Some(unix::rd),
    wr: Some(unix::wr),
    sk: Some(unix::sk),
    mv: Some(unix::mv),
    rm: Some(unix::rm),
    mkd: Some(unix::mkd),
};

/// A target without files: everything fails.
#[cfg(not(unix))]
pub const TABLE: mg_fs = super::absent::TABLE;

#[cfg(unix)]
pub use unix::settle;

#[cfg(unix)]
mod unix {
    use crate::abi::fs::{MG_FS_DIR, MG_FS_EXCL, MG_FS_READ, MG_FS_WRITE, time_t};
    use core::ffi::{CStr, c_char, c_int, c_void};
    use core::mem::MaybeUninit;
    use core::ptr;

    /// Mode of new files and directories, before the process's mask.
    const FILE_MODE: libc::c_uint = 0o666;
    const DIRECTORY_MODE: libc::mode_t = 0o775;

    fn to_handle(fd: c_int) -> *mut c_void {
        usize::try_from(fd).map_or(ptr::null_mut(), |fd| ptr::without_provenance_mut(fd + 1))
    }

    fn to_fd(handle: *mut c_void) -> c_int {
        handle
            .addr()
            .checked_sub(1)
            .and_then(|fd| c_int::try_from(fd).ok())
            .unwrap_or(-1)
    }

    /// Repeats a system call that a signal interrupted; `None` on other errors.
    fn retry(mut call: impl FnMut() -> isize) -> Option<usize> {
        loop {
            match usize::try_from(call()) {
                Ok(n) => return Some(n),
                // SAFETY: errno of this thread.
                Err(_) if unsafe { *errno() } == libc::EINTR => {}
                Err(_) => return None,
            }
        }
    }

    #[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
    use libc::__errno as errno;
    #[cfg(any(target_os = "linux", target_os = "emscripten"))]
    use libc::__errno_location as errno;
    #[cfg(any(
        target_vendor = "apple",
        target_os = "freebsd",
        target_os = "dragonfly"
    ))]
    use libc::__error as errno;

    /// # Safety
    /// `path` is NUL-terminated.
    unsafe fn stat(path: *const c_char) -> Option<libc::stat> {
        let mut info = MaybeUninit::<libc::stat>::uninit();
        // SAFETY: the caller's promise; `stat` fills `info` when it returns 0.
        unsafe {
            (!path.is_null() && libc::stat(path, info.as_mut_ptr()) == 0)
                .then(|| info.assume_init())
        }
    }

    pub unsafe extern "C" fn st(
        path: *const c_char,
        size: *mut usize,
        mtime: *mut time_t,
    ) -> c_int {
        // SAFETY: the contract of `mg_fs`.
        unsafe {
            let Some(info) = stat(path) else {
                return 0;
            };
            if let Some(size) = size.as_mut() {
                *size = usize::try_from(info.st_size).unwrap_or(0);
            }
            if let Some(mtime) = mtime.as_mut() {
                *mtime = info.st_mtime;
            }
            let directory = info.st_mode & libc::S_IFMT == libc::S_IFDIR;
            MG_FS_READ | MG_FS_WRITE | if directory { MG_FS_DIR } else { 0 }
        }
    }

    /// Whether the program has directories listed at all.
    fn listings() -> bool {
        crate::engine::platform::settings().dirlist != 0
    }

    pub unsafe extern "C" fn ls(
        path: *const c_char,
        report: Option<unsafe extern "C" fn(*const c_char, *mut c_void)>,
        arg: *mut c_void,
    ) {
        // SAFETY: the contract of `mg_fs`; an entry is used before the next is read.
        unsafe {
            let Some(report) = report.filter(|_| !path.is_null() && listings()) else {
                return;
            };
            let directory = libc::opendir(path);
            if directory.is_null() {
                return;
            }
            while let Some(entry) = libc::readdir(directory).as_ref() {
                let name = entry.d_name.as_ptr();
                if !matches!(CStr::from_ptr(name).to_bytes(), b"." | b"..") {
                    report(name, arg);
                }
            }
            libc::closedir(directory);
        }
    }

    pub unsafe extern "C" fn op(path: *const c_char, flags: c_int) -> *mut c_void {
        let how = if flags == MG_FS_READ {
            libc::O_RDONLY | libc::O_NONBLOCK
        } else if flags & MG_FS_EXCL != 0 {
            libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL
        } else {
            libc::O_RDWR | libc::O_CREAT | libc::O_APPEND
        };
        if path.is_null() {
            return ptr::null_mut();
        }
        // SAFETY: the contract of `mg_fs`.
        to_handle(unsafe { libc::open(path, how | libc::O_CLOEXEC, FILE_MODE) })
    }

    pub unsafe extern "C" fn cl(handle: *mut c_void) {
        let fd = to_fd(handle);
        if fd >= 0 {
            // SAFETY: the handle is ours and not used again.
            unsafe { libc::close(fd) };
        }
    }

    pub unsafe extern "C" fn rd(handle: *mut c_void, buf: *mut c_void, len: usize) -> usize {
        let fd = to_fd(handle);
        let mut done = 0;
        while done < len {
            // SAFETY: the contract of `mg_fs`: `buf` has `len` bytes.
            match retry(|| unsafe { libc::read(fd, buf.byte_add(done), len - done) }) {
                Some(n @ 1..) => done += n,
                _ => break,
            }
        }
        done
    }

    pub unsafe extern "C" fn wr(handle: *mut c_void, buf: *const c_void, len: usize) -> usize {
        let fd = to_fd(handle);
        let mut done = 0;
        while done < len {
            // SAFETY: the contract of `mg_fs`: `buf` has `len` bytes.
            match retry(|| unsafe { libc::write(fd, buf.byte_add(done), len - done) }) {
                Some(n @ 1..) => done += n,
                _ => break,
            }
        }
        done
    }

    pub unsafe extern "C" fn sk(handle: *mut c_void, offset: usize) -> usize {
        let fd = to_fd(handle);
        // SAFETY: plain numbers. What cannot be reached leaves the position alone.
        unsafe {
            let at = libc::off_t::try_from(offset)
                .map_or(-1, |offset| libc::lseek(fd, offset, libc::SEEK_SET));
            let at = if at < 0 {
                libc::lseek(fd, 0, libc::SEEK_CUR)
            } else {
                at
            };
            usize::try_from(at).unwrap_or(0)
        }
    }

    pub unsafe extern "C" fn mv(from: *const c_char, to: *const c_char) -> bool {
        // SAFETY: the contract of `mg_fs`.
        unsafe { !from.is_null() && !to.is_null() && libc::rename(from, to) == 0 }
    }

    pub unsafe extern "C" fn rm(path: *const c_char) -> bool {
        // SAFETY: the contract of `mg_fs`.
        unsafe { !path.is_null() && libc::remove(path) == 0 }
    }

    pub unsafe extern "C" fn mkd(path: *const c_char) -> bool {
        // SAFETY: the contract of `mg_fs`.
        unsafe { !path.is_null() && libc::mkdir(path, DIRECTORY_MODE) == 0 }
    }

    /// Readies a file to take the place of `path`: same permissions, content on the disk.
    ///
    /// # Safety
    /// `handle` is open, `path` NUL-terminated.
    pub unsafe fn settle(handle: *mut c_void, path: *const c_char) -> bool {
        let fd = to_fd(handle);
        // SAFETY: the caller's promise. Failing to keep permissions leaves those of a new file.
        unsafe {
            if let Some(info) = stat(path) {
                let _ = libc::fchmod(fd, info.st_mode & 0o7777);
            }
            libc::fsync(fd) == 0
        }
    }
}
