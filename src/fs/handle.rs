//! Safe handles over any `mg_fs`, a program's own included: what the services use.

use crate::abi::fs::{MG_FS_DIR, MG_FS_EXCL, MG_FS_READ, MG_FS_WRITE, mg_fs, time_t};
use alloc::vec::Vec;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr::{self, NonNull};

/// A file system. Functions that a program left out fail quietly.
#[derive(Clone, Copy)]
pub struct FileSystem(mg_fs);

/// What is at a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// A directory.
    pub is_dir: bool,
    /// Size in bytes.
    pub size: usize,
    /// Seconds since 1970.
    pub mtime: i64,
}

/// How to open a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// To read.
    Read,
    /// To append; created when missing.
    Append,
    /// To write a file that must not exist yet.
    Create,
}

/// An open file; closes itself.
pub struct File {
    fs: mg_fs,
    fd: NonNull<c_void>,
}

impl FileSystem {
    /// # Safety
    /// The functions in `fs` keep the promises of `struct mg_fs` for as long as the handle and its files live.
    pub unsafe fn new(fs: mg_fs) -> Self {
        FileSystem(fs)
    }

    /// The files of the operating system.
    pub fn posix() -> Self {
        FileSystem(super::posix::TABLE)
    }

    /// What is at `path`; `None` when nothing is.
    #[allow(clippy::useless_conversion)] // time_t is narrower elsewhere
    pub fn stat(&self, path: &CStr) -> Option<Stat> {
        let (mut size, mut mtime): (usize, time_t) = (0, 0);
        // SAFETY: the promise made to `new`; all pointers are valid for the call.
        let flags = unsafe { self.0.st?(path.as_ptr(), &mut size, &mut mtime) };
        let is_dir = flags & MG_FS_DIR != 0;
        (flags != 0).then_some(Stat {
            is_dir,
            size,
            mtime: i64::from(mtime),
        })
    }

    /// Opens a file.
    pub fn open(&self, path: &CStr, mode: Mode) -> Option<File> {
        let flags: c_int = match mode {
            Mode::Read => MG_FS_READ,
            Mode::Append => MG_FS_WRITE,
            Mode::Create => MG_FS_WRITE | MG_FS_EXCL,
        };
        // SAFETY: the promise made to `new`; `path` is NUL-terminated.
        let fd = NonNull::new(unsafe { self.0.op?(path.as_ptr(), flags) })?;
        Some(File { fs: self.0, fd })
    }

    /// Names in a directory, in the order of the file system.
    pub fn list(&self, path: &CStr) -> Vec<Vec<u8>> {
        let mut names = Vec::new();
        if let Some(ls) = self.0.ls {
            // SAFETY: the promise made to `new`; `collect` gets back the pointer that is passed here.
            unsafe {
                ls(
                    path.as_ptr(),
                    Some(collect),
                    ptr::from_mut(&mut names).cast(),
                )
            };
        }
        names
    }

    /// Deletes a file.
    pub fn remove(&self, path: &CStr) -> bool {
        // SAFETY: the promise made to `new`; `path` is NUL-terminated.
        self.0.rm.is_some_and(|rm| unsafe { rm(path.as_ptr()) })
    }

    /// Renames a file.
    pub fn rename(&self, from: &CStr, to: &CStr) -> bool {
        // SAFETY: the promise made to `new`; both paths are NUL-terminated.
        self.0
            .mv
            .is_some_and(|mv| unsafe { mv(from.as_ptr(), to.as_ptr()) })
    }

    /// Whether these are the files of the operating system, where a rename replaces a file at once.
    pub fn is_posix(&self) -> bool {
        let address = |op: Option<unsafe extern "C" fn(*const c_char, c_int) -> *mut c_void>| {
            op.map(|f| f as usize)
        };
        address(self.0.op) == address(super::posix::TABLE.op)
    }

    /// All of a file, or its first bytes when it has more than `limit` of them; `None` when it cannot be opened.
    pub fn read_all(&self, path: &CStr, limit: usize) -> Option<Vec<u8>> {
        const STEP: usize = 8192;
        self.stat(path).filter(|stat| !stat.is_dir)?;
        let mut file = self.open(path, Mode::Read)?;
        let mut content = Vec::new();
        loop {
            let end = content.len();
            content.try_reserve(STEP).ok()?;
            content.resize(end.checked_add(STEP)?, 0);
            let n = file.read(content.get_mut(end..)?);
            content.truncate(end.checked_add(n)?);
            if n == 0 || content.len() >= limit {
                content.truncate(limit);
                return Some(content);
            }
        }
    }
}

unsafe extern "C" fn collect(name: *const c_char, names: *mut c_void) {
    // SAFETY: called by `ls` with a NUL-terminated name and the list that `list` passed.
    unsafe {
        if !name.is_null()
            && let Some(names) = names.cast::<Vec<Vec<u8>>>().as_mut()
        {
            names.push(CStr::from_ptr(name).to_bytes().to_vec());
        }
    }
}

impl File {
    /// Reads up to `buf.len()` bytes; 0 at the end.
    pub fn read(&mut self, buf: &mut [u8]) -> usize {
        // SAFETY: the promise made to `FileSystem::new`; the handle is open.
        let n = self.fs.rd.map_or(0, |rd| unsafe {
            rd(self.fd.as_ptr(), buf.as_mut_ptr().cast(), buf.len())
        });
        n.min(buf.len())
    }

    /// Writes all of `bytes`.
    pub fn write(&mut self, bytes: &[u8]) -> bool {
        // SAFETY: the promise made to `FileSystem::new`; the handle is open.
        self.fs.wr.is_some_and(
            |wr| unsafe { wr(self.fd.as_ptr(), bytes.as_ptr().cast(), bytes.len()) } == bytes.len(),
        )
    }

    /// The descriptor behind it, if this is a file of the operating system.
    pub fn descriptor(&self) -> Option<c_int> {
        if !FileSystem(self.fs).is_posix() {
            return None;
        }
        // A handle of that file system is a descriptor plus one.
        c_int::try_from(self.fd.as_ptr().addr().checked_sub(1)?).ok()
    }

    /// Moves to `offset`.
    pub fn seek(&mut self, offset: usize) -> bool {
        // SAFETY: the promise made to `FileSystem::new`; the handle is open.
        self.fs
            .sk
            .is_some_and(|sk| unsafe { sk(self.fd.as_ptr(), offset) } == offset)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        if let Some(cl) = self.fs.cl {
            // SAFETY: the promise made to `FileSystem::new`; the handle is open and not used afterwards.
            unsafe { cl(self.fd.as_ptr()) };
        }
    }
}
