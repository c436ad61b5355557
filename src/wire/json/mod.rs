//! JSON (RFC 8259) read in place: no tree, no allocation, no recursion.
//!
//! | file | what |
//! |---|---|
//! | [`scan`] | where a string, a number or a literal ends |
//! | [`path`] | one pass that finds the value at a path such as `$.a[2].b` |
//! | [`value`] | the found token as number, bool, bytes |
//! | [`string`] | strings: unescape |
//! | [`members`] | walking over the members of an object or an array |
//!
//! The scanner is lenient where the C API promises it: a trailing comma, raw control characters in strings and
//! unknown escapes pass. Conversions of [`value`] and [`string`] are strict.

pub mod members;
pub mod path;
mod scan;
pub mod string;
pub mod value;

#[cfg(test)]
mod tests;

/// How many containers may be open at once.
pub const MAX_DEPTH: u32 = 30;

/// Why there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonError {
    /// More than [`MAX_DEPTH`] containers are open.
    TooDeep,
    /// Not JSON, or the path does not start with `$`.
    Invalid,
    /// Nothing at this path.
    NotFound,
}
