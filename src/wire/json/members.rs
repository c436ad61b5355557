//! Walking over the members of an object or the elements of an array.

use core::ops::Range;

use super::{path, scan};

/// A member of a container; the ranges are in the text of the container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Key with its quotes; none in an array.
    pub key: Option<Range<usize>>,
    /// Value.
    pub value: Range<usize>,
    /// Where to go on.
    pub next: usize,
}

/// The member at or behind `offset` of `container`, a text that starts with `{` or `[`. Offset 0 means the first
/// member. None at the closing bracket, at the end of the text and at an error.
pub fn member_at(container: &[u8], offset: usize) -> Option<Member> {
    let object = match container.first()? {
        b'{' => true,
        b'[' => false,
        _ => return None,
    };
    if offset >= container.len() {
        return None;
    }
    let start = offset.max(1);
    let key = if object {
        Some(string_at(container, start)?)
    } else {
        None
    };
    let value_from = match &key {
        Some(key) => behind_colon(container, key.end)?,
        None => start,
    };
    let value = token_at(container, value_from)?;
    let mut next = scan::skip_space(container, value.end);
    if container.get(next) == Some(&b',') {
        next = next.checked_add(1)?;
    }
    Some(Member { key, value, next })
}

/// All members, in order.
pub fn members(container: &[u8]) -> impl Iterator<Item = Member> {
    let mut offset = 0;
    core::iter::from_fn(move || {
        let member = member_at(container, offset)?;
        offset = member.next;
        Some(member)
    })
}

fn string_at(text: &[u8], at: usize) -> Option<Range<usize>> {
    let range = token_at(text, at)?;
    (text.get(range.start) == Some(&b'"')).then_some(range)
}

fn token_at(text: &[u8], at: usize) -> Option<Range<usize>> {
    let found = path::get(text.get(at..)?, b"$").ok()?;
    Some(found.start.checked_add(at)?..found.end.checked_add(at)?)
}

fn behind_colon(text: &[u8], at: usize) -> Option<usize> {
    let colon = text.get(at..)?.iter().position(|byte| *byte == b':')?;
    at.checked_add(colon)?.checked_add(1)
}
