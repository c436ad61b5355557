//! Byte ranges (RFC 9110 §14): one range, or the beginning of the first of several.

use super::framing::to_size;

/// Which bytes of a file are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All of them: there is no range, or none that can be read.
    Whole,
    /// From the first to the last, both included.
    Part {
        /// First byte.
        first: usize,
        /// Last byte.
        last: usize,
    },
    /// Bytes that the file does not have.
    Unsatisfiable,
}

/// Reads the value of a `Range` header for a file of `size` bytes.
///
/// A last byte beyond the end is not cut to the end but refused.
pub fn select(value: &[u8], size: usize) -> Selection {
    let Some(range) = after_unit(value) else {
        return Selection::Whole;
    };
    let dash = range.iter().position(|b| *b == b'-').unwrap_or(range.len());
    let (start, rest) = range.split_at_checked(dash).unwrap_or((range, b""));
    let end = rest.get(1..).unwrap_or_default();
    let (first, last) = match (to_size(start), to_size(end)) {
        (Some(first), Some(last)) => (first, last),
        (Some(first), None) => (first, size.saturating_sub(1)),
        (None, Some(n)) if start.trim_ascii().is_empty() => {
            (size.saturating_sub(n), size.saturating_sub(1))
        }
        (None, _) => return Selection::Whole,
    };
    if first > last || last >= size {
        Selection::Unsatisfiable
    } else {
        Selection::Part { first, last }
    }
}

/// What follows `bytes=`, when anything does.
fn after_unit(value: &[u8]) -> Option<&[u8]> {
    const UNIT: &[u8] = b"bytes=";
    let at = value.windows(UNIT.len()).position(|w| w == UNIT)?;
    value
        .get(at.checked_add(UNIT.len())?..)
        .filter(|range| !range.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e6_ranges() {
        let part = |first, last| Selection::Part { first, last };
        for (value, expected) in [
            ("bytes=0-0", part(0, 0)),
            ("bytes=7-", part(7, 99)),
            ("bytes=7", part(7, 99)),
            ("bytes=0-", part(0, 99)),
            ("bytes=2-5", part(2, 5)),
            ("bytes=99-99", part(99, 99)),
            ("bytes= 2 - 5 ", part(2, 5)),
            ("bytes=-5", part(95, 99)),
            ("bytes=-500", part(0, 99)),
            ("bytes=2-5,7-9", part(2, 99)),
            ("bytes=-0", Selection::Unsatisfiable),
            ("bytes=5-2", Selection::Unsatisfiable),
            ("bytes=2-100", Selection::Unsatisfiable),
            ("bytes=100-", Selection::Unsatisfiable),
            ("bytes=18446744073709551615-", Selection::Unsatisfiable),
            ("bytes=18446744073709551616-", Selection::Whole),
            ("bytes=", Selection::Whole),
            ("bytes=x-5", Selection::Whole),
            ("bytes=\u{660}-", Selection::Whole),
            ("lines=1-2", Selection::Whole),
            ("", Selection::Whole),
        ] {
            assert_eq!(select(value.as_bytes(), 100), expected, "{value}");
        }
        assert_eq!(select(b"bytes=0-", 0), Selection::Unsatisfiable);
        assert_eq!(select(b"bytes=-1", 0), Selection::Unsatisfiable);
    }
}
