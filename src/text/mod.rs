//! Strings: matching, formatting, numbers, path rules.

pub mod acl;
pub mod address;
pub mod compare;
pub mod escape;
pub mod float;
pub mod format;
pub mod hexdump;
pub mod matching;
pub mod number;
pub mod path;
pub mod short;
pub mod time;
