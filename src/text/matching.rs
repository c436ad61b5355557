//! Patterns: `?` is one byte, `*` any bytes but `/`, `#` any bytes; all of the text must match.
//!
//! Each wildcard takes as little as possible, leftmost first. Work is at most linear in the text for every wildcard:
//!
//! - A `#` can take anything, so a choice before it never needs a second look once it is reached.
//! - A `*` that ran into a `/` or the end has failed for every place it passed, and remembers how far it came. The
//!   places where it starts only grow, so one number is enough.

use alloc::vec::Vec;
use core::ops::Range;

/// A wildcard under trial: it covers `start .. end` of the text.
#[derive(Clone, Copy, Default)]
struct Trial {
    /// Ordinal of the wildcard.
    number: usize,
    /// Position behind it in the pattern.
    pattern: usize,
    start: usize,
    end: usize,
    /// All starts below have failed.
    failed: usize,
}

/// Stars tracked without memory from the heap.
const INLINE: usize = 8;

/// The `*` since the last `#`.
#[derive(Default)]
struct Stars {
    inline: [Trial; INLINE],
    spill: Vec<Trial>,
    /// How many are under trial.
    depth: usize,
    /// How many were under trial since the last `#`; those above `depth` only remember `failed`.
    known: usize,
}

impl Stars {
    fn slot(&mut self, n: usize) -> Option<&mut Trial> {
        match n.checked_sub(INLINE) {
            None => self.inline.get_mut(n),
            Some(n) => self.spill.get_mut(n),
        }
    }

    fn reset(&mut self) {
        self.depth = 0;
        self.known = 0;
    }

    /// Starts a star, unless it is known to fail from here.
    fn enter(&mut self, trial: Trial) -> bool {
        let depth = self.depth;
        if depth == self.known {
            self.known = depth.saturating_add(1);
            if depth >= INLINE.saturating_add(self.spill.len()) {
                self.spill.push(Trial::default());
            }
            if let Some(slot) = self.slot(depth) {
                slot.failed = 0;
            }
        }
        match self.slot(depth) {
            Some(slot) if trial.start >= slot.failed => {
                *slot = Trial {
                    failed: slot.failed,
                    ..trial
                };
                self.depth = depth.saturating_add(1);
                true
            }
            _ => false,
        }
    }

    /// Extends the last star that can be, over bytes other than `/`, to the next place where the pattern can go on.
    fn extend(&mut self, text: &[u8], pattern: &[u8]) -> Option<Trial> {
        while let Some(last) = self.depth.checked_sub(1) {
            let trial = self.slot(last)?;
            let (end, failed) = next_end(trial, text, pattern);
            if let Some(end) = end {
                trial.end = end;
                return Some(*trial);
            }
            trial.failed = failed;
            self.depth = last;
        }
        None
    }
}

/// Where a star may end next; or `None`, and all starts below the second number fail.
fn next_end(star: &Trial, text: &[u8], pattern: &[u8]) -> (Option<usize>, usize) {
    let from = star.end.saturating_add(1);
    let rest = text.get(from..).unwrap_or(&[]);
    if text.get(star.end).is_none_or(|&byte| byte == b'/') {
        return (None, from);
    }
    let literal = match pattern.get(star.pattern) {
        None | Some(b'?' | b'*' | b'#') => return (Some(from), 0),
        Some(&literal) => literal,
    };
    if rest.first() == Some(&literal) {
        return (Some(from), 0);
    }
    match memchr::memchr2(literal, b'/', rest) {
        Some(skip) if rest.get(skip) == Some(&literal) => (Some(from.saturating_add(skip)), 0),
        skip => {
            let passed = skip.unwrap_or(rest.len()).saturating_add(1);
            (None, from.saturating_add(passed))
        }
    }
}

/// Number of wildcards of a pattern.
pub fn wildcards(pattern: &[u8]) -> usize {
    pattern
        .iter()
        .filter(|byte| matches!(byte, b'?' | b'*' | b'#'))
        .count()
}

/// Whether `pattern` matches all of `text`.
///
/// On the way `capture` is told what each wildcard, by ordinal, matches so far; the last word counts.
pub fn search<'a>(
    text: &'a [u8],
    pattern: &[u8],
    capture: &mut impl FnMut(usize, &'a [u8]),
) -> bool {
    let mut capture =
        |number: usize, range: Range<usize>| capture(number, text.get(range).unwrap_or(&[]));
    let mut stars = Stars::default();
    let mut hash: Option<Trial> = None;
    let (mut at, mut next, mut number) = (0usize, 0usize, 0usize);
    loop {
        let forward = match (pattern.get(next), text.get(at)) {
            (None, None) => return true,
            (Some(&wildcard @ (b'#' | b'*')), _) => {
                next = next.saturating_add(1);
                let trial = Trial {
                    number,
                    pattern: next,
                    start: at,
                    end: at,
                    failed: 0,
                };
                capture(number, at..at);
                number = number.saturating_add(1);
                if wildcard == b'#' {
                    hash = Some(trial);
                    stars.reset();
                }
                if wildcard == b'#' || stars.enter(trial) {
                    continue;
                }
                false
            }
            (Some(b'?'), Some(_)) => {
                capture(number, at..at.saturating_add(1));
                number = number.saturating_add(1);
                true
            }
            (Some(literal), Some(byte)) => literal == byte,
            _ => false,
        };
        if forward {
            at = at.saturating_add(1);
            next = next.saturating_add(1);
            continue;
        }
        // Back to the last wildcard that can take more.
        let trial = match stars.extend(text, pattern) {
            Some(trial) => trial,
            None => match hash
                .as_mut()
                .and_then(|hash| extend_hash(hash, text, pattern))
            {
                Some(trial) => trial,
                None => return false,
            },
        };
        capture(trial.number, trial.start..trial.end);
        at = trial.end;
        next = trial.pattern;
        number = trial.number.saturating_add(1);
    }
}

/// Extends a `#` to the next place where the pattern can go on.
fn extend_hash(hash: &mut Trial, text: &[u8], pattern: &[u8]) -> Option<Trial> {
    let from = hash.end.saturating_add(1);
    let rest = text.get(from..)?;
    let skip = match pattern.get(hash.pattern) {
        None => rest.len(),
        Some(b'?' | b'*' | b'#') => 0,
        Some(literal) if rest.first() == Some(literal) => 0,
        Some(&literal) => memchr::memchr(literal, rest)?,
    };
    hash.end = from.saturating_add(skip);
    Some(*hash)
}

/// Whether `pattern` matches all of `text`.
pub fn is_match(text: &[u8], pattern: &[u8]) -> bool {
    search(text, pattern, &mut |_, _| {})
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use alloc::vec;
    use proptest::prelude::*;

    /// The language by definition: the captures of the first way to match, shortest first.
    fn oracle(text: &[u8], pattern: &[u8]) -> Option<Vec<Vec<u8>>> {
        let Some((&wildcard, rest)) = pattern.split_first() else {
            return text.is_empty().then(Vec::new);
        };
        let lengths = match wildcard {
            b'?' => 1..=1,
            b'#' => 0..=text.len(),
            b'*' => {
                0..=text
                    .iter()
                    .position(|&byte| byte == b'/')
                    .unwrap_or(text.len())
            }
            literal => {
                return (text.first() == Some(&literal))
                    .then(|| oracle(&text[1..], rest))
                    .flatten();
            }
        };
        for length in lengths.filter(|&length| length <= text.len()) {
            if let Some(mut captures) = oracle(&text[length..], rest) {
                captures.insert(0, text[..length].to_vec());
                return Some(captures);
            }
        }
        None
    }

    fn captures(text: &[u8], pattern: &[u8]) -> Option<Vec<Vec<u8>>> {
        let mut found = vec![Vec::new(); wildcards(pattern)];
        search(text, pattern, &mut |n, part: &[u8]| {
            found[n] = part.to_vec()
        })
        .then_some(found)
    }

    #[track_caller]
    fn check(text: &str, pattern: &str, expected: Option<&[&str]>) {
        let found: Option<Vec<String>> =
            captures(text.as_bytes(), pattern.as_bytes()).map(|found| {
                found
                    .into_iter()
                    .map(|part| String::from_utf8(part).unwrap())
                    .collect()
            });
        let expected = expected.map(|parts| {
            parts
                .iter()
                .map(|part| String::from(*part))
                .collect::<Vec<_>>()
        });
        assert_eq!(found, expected, "{text} ~ {pattern}");
    }

    #[test]
    fn literals() {
        check("", "", Some(&[]));
        check("a", "", None);
        check("", "a", None);
        check("abc", "abc", Some(&[]));
        check("abc", "abC", None);
        check("abcd", "abc", None);
    }

    #[test]
    fn wildcards_take_the_least() {
        check("k1=v=w", "*=#", Some(&["k1", "v=w"]));
        check("/api/a/b/x", "/api/*/x", None);
        check("/api/a/x", "/api/*/x", Some(&["a"]));
        check("a/b/c", "*/c", None);
        check("x/y/z", "#/*", Some(&["x/y", "z"]));
        check("abc", "a?c", Some(&["b"]));
        check("a/c", "a?c", Some(&["/"]));
        check("ac", "a?c", None);
        check("", "*#", Some(&["", ""]));
        check("", "?", None);
        check("abc", "**", Some(&["", "abc"]));
        check("abc", "*?", Some(&["ab", "c"]));
        check("aXbXc", "*X*", Some(&["a", "bXc"]));
        check("aabab", "*ab", Some(&["aab"]));
        check("x//", "*?/*", Some(&["x", "/", ""]));
        check("a/b", "*?*", Some(&["a", "/", "b"]));
    }

    #[test]
    fn many_wildcards_stay_linear() {
        let text = [b'a'; 20_000];
        for pattern in [
            &b"#a#a#a#a#a#a#a#a#b"[..],
            b"*a*a*a*a*a*a*a*a*a*a*a*b",
            b"#*#*#*#*#*b",
            b"#*a?*a?*a?*b",
        ] {
            let mut steps = 0usize;
            assert!(!search(&text, pattern, &mut |_, _| steps += 1));
            assert!(
                steps <= (text.len() + 1) * (wildcards(pattern) + 1) * 2,
                "{steps}"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn agrees_with_the_definition(
            text in proptest::collection::vec(proptest::sample::select(&b"ab/"[..]), 0..12),
            pattern in proptest::collection::vec(proptest::sample::select(&b"ab/?*#"[..]), 0..10),
        ) {
            prop_assert_eq!(captures(&text, &pattern), oracle(&text, &pattern));
        }
    }
}
