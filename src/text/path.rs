//! Path rules: which names may come from a peer.

/// Whether a path stays below its root: no `~` or `..` at the start, no `..` after a slash or backslash, no NUL.
///
/// Raw bytes are judged; decode first. Absolute paths are accepted, and so is the empty path.
pub fn is_sane(path: &[u8]) -> bool {
    if path.is_empty() || path.starts_with(b"\0") {
        return true;
    }
    let dots = path
        .split(|byte| matches!(byte, b'/' | b'\\'))
        .any(|part| part.starts_with(b".."));
    !dots && !path.starts_with(b"~") && !path.contains(&0)
}

/// The part behind the last `/`, or, without one, behind the last `\`.
pub fn base_name(path: &[u8]) -> &[u8] {
    let cut = memchr::memrchr(b'/', path).or_else(|| memchr::memrchr(b'\\', path));
    cut.and_then(|at| path.get(at.saturating_add(1)..))
        .unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sane() {
        for path in [
            "", "\0", "\0/..", "a", "/a/b", "./", "a..b", "a/b..", "a~", "C:\\x", ".", "/.a/.b",
            "a./b",
        ] {
            assert!(is_sane(path.as_bytes()), "{path:?}");
        }
    }

    #[test]
    fn insane() {
        for path in [
            "~", "~/a", "..", "...", "..a", "/..", "/...", "a/..b", "a\\..", "a/../b", "a\0",
            "a\0b", "/\\..",
        ] {
            assert!(!is_sane(path.as_bytes()), "{path:?}");
        }
    }

    #[test]
    fn base_names() {
        for (path, name) in [
            ("a/b\\c", "b\\c"),
            ("a\\b", "b"),
            ("a", "a"),
            ("a/", ""),
            ("", ""),
        ] {
            assert_eq!(base_name(path.as_bytes()), name.as_bytes(), "{path}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]

        #[test]
        fn sane_paths_never_climb(path in proptest::collection::vec(proptest::sample::select(&b"./\\a~\0"[..]), 0..12)) {
            if is_sane(&path) && !path.starts_with(b"\0") {
                proptest::prop_assert!(path.split(|byte| matches!(byte, b'/' | b'\\')).all(|part| part != b".."));
                proptest::prop_assert!(!path.contains(&0));
            }
        }
    }
}
