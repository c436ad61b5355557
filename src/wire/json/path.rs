//! Finding the value at a path in one pass from left to right.
//!
//! A path is `$` and any number of `.name` and `[digits]`. The first key that matches wins, and nothing behind the
//! value that is found is looked at.

use core::ops::Range;

use super::{JsonError, MAX_DEPTH, scan};

/// Longest text: offsets are `int` in C.
const MAX_LEN: usize = i32::MAX as usize;

/// Where in `json` the value at `path` is.
pub fn get(json: &[u8], path: &[u8]) -> Result<Range<usize>, JsonError> {
    let path = path.strip_prefix(b"$").ok_or(JsonError::Invalid)?;
    if json.len() > MAX_LEN {
        return Err(JsonError::Invalid);
    }
    let mut search = Search {
        json,
        at: 0,
        path,
        open: Open::default(),
        level: 0,
        want: Want::Value,
        found: None,
        expect: Expect::Value,
    };
    loop {
        if let Some(range) = search.step()? {
            return Ok(range);
        }
    }
}

/// The bytes of the value at `path`.
pub fn token<'a>(json: &'a [u8], path: &[u8]) -> Option<&'a [u8]> {
    json.get(get(json, path).ok()?)
}

/// What may come next in the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrClose,
    KeyOrClose,
    Colon,
    CommaOrClose,
    Nothing,
}

/// What is wanted next at the matched level.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Want {
    /// The value that comes next.
    Value,
    /// The value of the key that the path names next.
    Key,
    /// The element that comes after so many others.
    Element(usize),
    /// Nothing more: what was wanted had the wrong kind.
    Nothing,
}

/// Which containers are open: one bit each, 1 for objects.
#[derive(Clone, Copy, Default)]
struct Open {
    objects: u32,
    depth: u32,
}

impl Open {
    fn push(&mut self, object: bool) -> Result<(), JsonError> {
        if self.depth >= MAX_DEPTH {
            return Err(JsonError::TooDeep);
        }
        self.objects = self.objects << 1 | u32::from(object);
        self.depth = self.depth.saturating_add(1);
        Ok(())
    }

    fn pop(&mut self, object: bool) -> Result<(), JsonError> {
        if self.depth == 0 || self.in_object() != object {
            return Err(JsonError::Invalid);
        }
        self.objects >>= 1;
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    fn in_object(self) -> bool {
        self.objects & 1 == 1
    }
}

struct Search<'a> {
    json: &'a [u8],
    at: usize,
    /// What of the path is not matched yet.
    path: &'a [u8],
    open: Open,
    /// How many containers the path has led into.
    level: u32,
    want: Want,
    /// The wanted value is a container: where it starts and how many are open around it.
    found: Option<(usize, u32)>,
    expect: Expect,
}

impl Search<'_> {
    /// Reads one token. Returns the wanted value once it has been read whole.
    fn step(&mut self) -> Result<Option<Range<usize>>, JsonError> {
        self.at = scan::skip_space(self.json, self.at);
        let byte = *self.json.get(self.at).ok_or(JsonError::NotFound)?;
        match (self.expect, byte) {
            (Expect::Value | Expect::ValueOrClose, b'{' | b'[') => {
                self.open(byte == b'{').map(|()| None)
            }
            (Expect::ValueOrClose, b']')
            | (Expect::KeyOrClose, b'}')
            | (Expect::CommaOrClose, b']' | b'}') => self.close(byte == b'}'),
            (Expect::Value | Expect::ValueOrClose, _) => self.scalar(),
            (Expect::KeyOrClose, b'"') => self.key().map(|()| None),
            (Expect::Colon, b':') => Ok(self.pass(Expect::Value)),
            (Expect::CommaOrClose, b',') => Ok(self.comma()),
            _ => Err(JsonError::Invalid),
        }
    }

    fn pass(&mut self, expect: Expect) -> Option<Range<usize>> {
        self.at = self.at.saturating_add(1);
        self.expect = expect;
        None
    }

    fn open(&mut self, object: bool) -> Result<(), JsonError> {
        if self.is_candidate() {
            self.enter(object);
        }
        self.open.push(object)?;
        self.pass(if object {
            Expect::KeyOrClose
        } else {
            Expect::ValueOrClose
        });
        Ok(())
    }

    /// The container that starts here is the one the path has led to: take it or match on inside it.
    fn enter(&mut self, object: bool) {
        if self.path.is_empty() {
            self.found = Some((self.at, self.open.depth));
            return;
        }
        let inside = match (object, self.path) {
            (true, [b'.', name @ ..]) => Some((Want::Key, name)),
            (false, [b'[', index @ ..]) => element(index).map(|(n, rest)| (Want::Element(n), rest)),
            _ => None,
        };
        match inside {
            Some((want, rest)) => {
                self.want = want;
                self.path = rest;
                self.level = self.level.saturating_add(1);
            }
            None => self.want = Want::Nothing,
        }
    }

    fn close(&mut self, object: bool) -> Result<Option<Range<usize>>, JsonError> {
        let at_level = self.open.depth == self.level;
        self.open.pop(object)?;
        self.end_of_value();
        self.at = self.at.saturating_add(1);
        match self.found {
            Some((start, depth)) if depth == self.open.depth => Ok(Some(start..self.at)),
            None if at_level && self.want != Want::Nothing => Err(JsonError::NotFound),
            _ => Ok(None),
        }
    }

    fn scalar(&mut self) -> Result<Option<Range<usize>>, JsonError> {
        let start = self.at;
        self.at = scan::scalar_end(self.json, start)?;
        if self.is_candidate() {
            if self.path.is_empty() {
                return Ok(Some(start..self.at));
            }
            self.want = Want::Nothing;
        }
        self.end_of_value();
        Ok(None)
    }

    fn key(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        let depth = self.open.depth;
        if self.found.is_none()
            && (depth < self.level || depth == self.level && self.want != Want::Key)
        {
            return Err(JsonError::NotFound);
        }
        self.at = scan::scalar_end(self.json, start)?;
        self.expect = Expect::Colon;
        if self.found.is_none() && depth == self.level {
            let inside = start.saturating_add(1)..self.at.saturating_sub(1);
            let key = self.json.get(inside).unwrap_or_default();
            if let Some(rest) = self.path.strip_prefix(key)
                && !key.is_empty()
                && matches!(rest, [] | [b'.' | b'[', ..])
            {
                self.path = rest;
                self.want = Want::Value;
            }
        }
        Ok(())
    }

    fn comma(&mut self) -> Option<Range<usize>> {
        if self.found.is_none()
            && self.open.depth == self.level
            && let Want::Element(left) = &mut self.want
        {
            *left = left.saturating_sub(1);
        }
        self.pass(if self.open.in_object() {
            Expect::KeyOrClose
        } else {
            Expect::ValueOrClose
        })
    }

    /// True when the value that starts here is the one the path has led to.
    fn is_candidate(&self) -> bool {
        let wanted = matches!(self.want, Want::Value | Want::Element(0));
        wanted && self.found.is_none() && self.open.depth == self.level
    }

    fn end_of_value(&mut self) {
        self.expect = if self.open.depth == 0 {
            Expect::Nothing
        } else {
            Expect::CommaOrClose
        };
    }
}

/// Reads `digits]` and returns the index and what is behind it. An index too large for any text never matches.
fn element(path: &[u8]) -> Option<(usize, &[u8])> {
    let end = path.iter().position(|byte| *byte == b']')?;
    let (digits, rest) = (path.get(..end)?, path.get(end.checked_add(1)?..)?);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let index = digits.iter().fold(0usize, |n, digit| {
        n.saturating_mul(10)
            .saturating_add(usize::from(digit & 0x0f))
    });
    Some((index, rest))
}
