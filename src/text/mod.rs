//! Strings: matching, formatting, numbers, path rules.

pub mod address;
pub mod compare;
pub mod float;
pub mod format;
pub mod matching;
pub mod number;
pub mod path;
