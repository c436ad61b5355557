//! Variables as JSON.

use super::{Dash, Field, Set, UserPtr, Value, read, set_named};
use crate::engine::platform;
use crate::fs::handle::FileSystem;
use crate::text::escape;
use crate::text::float::Float;
use crate::text::format::Sink;
use crate::text::number::Decimal;
use alloc::ffi::CString;
use alloc::vec::Vec;

/// `{"name":value,…}`.
pub fn object<S: Set>(set: &S, out: &mut Vec<u8>) {
    out.write(b"{");
    for (n, field) in set.fields().iter().enumerate() {
        if n > 0 {
            out.write(b",");
        }
        member(field.name(), out);
        value(&field.value(), out);
    }
    out.write(b"}");
}

/// A plain set as object, an array as its size. False, and nothing written, when the user may not see it.
pub fn set<S: Set>(set: &S, files: &FileSystem, user: UserPtr, out: &mut Vec<u8>) -> bool {
    let Some(before) = set.index() else {
        let visible = read(set, files, user);
        if visible {
            object(set, out);
        }
        return visible;
    };
    let size = size(set, files, user);
    set.set_index(before);
    if let Some(size) = size {
        out.write(Decimal::signed(size.into()).as_bytes());
    }
    size.is_some()
}

/// Number of elements of an array; none when the user may not see it. Leaves the index anywhere.
pub fn size<S: Set>(set: &S, files: &FileSystem, user: UserPtr) -> Option<i32> {
    set.set_index(-1);
    let visible = read(set, files, user);
    set.index().filter(|size| visible && *size >= 0)
}

/// All sets that the user may see.
pub fn all<D: Dash>(dash: &D, user: UserPtr) -> Vec<u8> {
    let files = dash.files();
    let mut out = b"{".to_vec();
    for each in dash.sets() {
        let mut text = Vec::new();
        if set(&each, &files, user, &mut text) {
            if out.len() > 1 {
                out.write(b",");
            }
            member(each.name(), &mut out);
            out.write(&text);
        }
    }
    out.write(b"}");
    out
}

/// One set, or `null`.
pub fn one<D: Dash>(dash: &D, name: &[u8], user: UserPtr) -> Vec<u8> {
    let mut out = Vec::new();
    match set_named(dash, name) {
        Some(found) if set(&found, &dash.files(), user, &mut out) => out,
        _ => b"null".to_vec(),
    }
}

/// Elements `from` to `to` of an array, as far as there are any.
pub fn elements<D: Dash>(dash: &D, set: &D::Set, from: i32, to: i32, user: UserPtr) -> Vec<u8> {
    let files = dash.files();
    let before = set.index();
    let mut out = b"[".to_vec();
    // A function that knows no end must not fill the memory.
    let limit = platform::settings().max_recv_size;
    for i in from..=to {
        set.set_index(i);
        if out.len() > limit
            || !read(set, &files, user)
            || set.index().is_none_or(|index| index < 0)
        {
            break;
        }
        if out.len() > 1 {
            out.write(b",");
        }
        object(set, &mut out);
    }
    if let Some(before) = before {
        set.set_index(before);
    }
    out.write(b"]");
    out
}

/// Loads entry number `index` of the directory of a set into its variables `name` and `size`, or the number of entries
/// into the index when that is -1. Beyond the last entry the index becomes -1. False when there is no directory.
pub fn read_dir<S: Set>(set: &S, files: &FileSystem, user: UserPtr) -> bool {
    let fields = set.fields();
    let text =
        |field: &&S::Field| field.name() == b"name" && matches!(field.value(), Value::Text(_));
    let (Some(dir), Some(name), Some(index)) =
        (set.dir(user), fields.iter().find(text), set.index())
    else {
        return false;
    };
    let Ok(path) = CString::new(dir.clone()) else {
        return false;
    };
    let entries = files.list(&path);
    if index == -1 {
        set.set_index(i32::try_from(entries.len()).unwrap_or(i32::MAX));
        return true;
    }
    let Some(entry) = usize::try_from(index).ok().and_then(|n| entries.get(n)) else {
        set.set_index(-1);
        return true;
    };
    name.store(&Value::Text(entry.clone()));
    let bytes = CString::new([&dir[..], b"/", entry].concat())
        .ok()
        .and_then(|path| files.stat(&path));
    let bytes = bytes.map_or(0, |stat| stat.size);
    if let Some(field) = fields.iter().find(|field| field.name() == b"size") {
        match field.value() {
            Value::Int(_) => field.store(&Value::Int(i32::try_from(bytes).unwrap_or(i32::MAX))),
            Value::Unsigned(_) => field.store(&Value::Unsigned(bytes as u64)),
            _ => {}
        }
    }
    true
}

/// `"name":`.
pub(super) fn member(name: &[u8], out: &mut Vec<u8>) {
    out.write(b"\"");
    escape::json(out, name);
    out.write(b"\":");
}

fn value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Int(n) => out.write(Decimal::signed((*n).into()).as_bytes()),
        Value::Unsigned(n) => out.write(Decimal::unsigned(*n).as_bytes()),
        Value::Bool(on) => out.write(if *on { b"true" } else { b"false" }),
        Value::Double(number) => Float::fixed(*number, 2).parts(|part, zeros| {
            out.write(part);
            out.fill(b'0', zeros);
        }),
        Value::Text(text) => {
            out.write(b"\"");
            escape::json(out, text);
            out.write(b"\"");
        }
        Value::Raw(json) => out.write(json),
        Value::Unknown => out.write(b"null"),
    }
}
