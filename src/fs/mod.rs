//! File system back-ends behind `mg_fs`.

pub mod absent;
pub mod handle;
pub mod packed;
pub mod posix;
