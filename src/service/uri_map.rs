//! Which file a URI names: the entries of `root_dir`, and the rules that keep a URI inside its directory
//! (HTTP chapter §7.1).

use crate::text::path;
use crate::wire::http::percent;
use alloc::vec::Vec;

/// Longest path in bytes, its NUL included.
const MAX_PATH: usize = 4096;

/// Why a URI names no file.
pub enum NoPath {
    /// No entry of `root_dir` fits.
    Unmapped,
    /// The configured directory is too long.
    RootTooLong,
    /// The URI leaves the root, cannot be decoded, or is too long.
    Invalid,
}

/// The directory of the last entry of `root_dir` that fits `uri`, and what of the URI is left for it.
fn select<'a>(root_dir: &'a [u8], uri: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let mut entries = root_dir.split(|b| *b == b',').filter_map(|entry| {
        let equals = entry.iter().position(|b| *b == b'=');
        let (key, value) = entry.split_at_checked(equals.unwrap_or(entry.len()))?;
        let value = value.get(1..).unwrap_or_default();
        let (prefix, dir) = if value.is_empty() {
            (&b"/"[..], key)
        } else {
            (key, value)
        };
        let rest = uri.strip_prefix(prefix)?;
        let whole_segment = rest.is_empty() || rest.starts_with(b"/") || prefix.ends_with(b"/");
        (!dir.is_empty() && whole_segment).then_some((dir, rest))
    });
    entries.next_back()
}

/// The file that `uri` names.
pub fn to_path(root_dir: &[u8], uri: &[u8]) -> Result<Vec<u8>, NoPath> {
    if !uri.starts_with(b"/") {
        return Err(NoPath::Invalid);
    }
    let (dir, rest) = select(root_dir, uri).ok_or(NoPath::Unmapped)?;
    if dir.len() >= MAX_PATH {
        return Err(NoPath::RootTooLong);
    }
    let mut name = dir.to_vec();
    let rest = rest.strip_prefix(b"/").unwrap_or(rest);
    if !rest.is_empty() {
        if !name.ends_with(b"/") {
            name.push(b'/');
        }
        append_decoded(&mut name, rest).ok_or(NoPath::Invalid)?;
    }
    while name.len() > 1 && name.ends_with(b"/") {
        name.pop();
    }
    Ok(name)
}

/// Appends the decoded `rest` unless it would leave the directory.
fn append_decoded(name: &mut Vec<u8>, rest: &[u8]) -> Option<()> {
    let mut decoded = [0u8; MAX_PATH];
    let n = percent::decode(rest, &mut decoded, false).ok()?;
    let start = name.len().checked_sub(1)?;
    name.extend_from_slice(decoded.get(..n)?);
    // Judged together with the slash before it. A `~` is special at the very start of a path only.
    let is_sane = path::is_sane(name.get(start..)?) && name.len() < MAX_PATH;
    is_sane.then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped(root_dir: &str, uri: &str) -> Option<std::string::String> {
        let name = to_path(root_dir.as_bytes(), uri.as_bytes()).ok()?;
        Some(std::string::String::from_utf8(name).unwrap())
    }

    #[test]
    fn mappings() {
        let roots = "site,/dl=files,/dl/old=arch";
        for (roots, uri, expected) in [
            (roots, "/a/b.css", Some("site/a/b.css")),
            (roots, "/dl/x%20y.bin", Some("files/x y.bin")),
            (roots, "/dl/old/z", Some("arch/z")),
            (roots, "/dl", Some("files")),
            (roots, "/dlx", Some("site/dlx")),
            (roots, "/", Some("site")),
            (roots, "/file.txt/", Some("site/file.txt")),
            ("/", "/", Some("/")),
            ("/", "/a", Some("/a")),
            ("../up", "/a", Some("../up/a")),
            ("./pub,/x=./other", "/x/f", Some("./other/f")),
            ("/x=a,b", "/x/f", Some("b/x/f")),
            ("/x=a", "/y", None),
            ("/x=a", "/xy", None),
            ("a,,", "/y", Some("a/y")),
            ("", "/etc/passwd", None),
            ("=", "/y", None),
            ("a=", "/y", Some("a/y")),
            ("r", "/~user", Some("r/~user")),
        ] {
            assert_eq!(mapped(roots, uri).as_deref(), expected, "{roots} {uri}");
        }
    }

    #[test]
    fn e1_e4_refused_uris() {
        for uri in [
            "/../etc/passwd",
            "/..",
            "/%2e%2e/",
            "/%2e%2e",
            "/a/..\\..",
            "/..%2f",
            "/a%2f..%2fb",
            "/....//",
            "/..;/",
            "/%2e%2e%5c",
            "/..name",
            "/..name/",
            "/a%00.html",
            "/%zz",
            "/%2",
            "*",
            "foo",
            "http://h/p",
            "",
        ] {
            assert!(
                matches!(to_path(b"root", uri.as_bytes()), Err(NoPath::Invalid)),
                "{uri}"
            );
        }
        let long = std::format!("/{}", "a".repeat(5000));
        assert!(matches!(
            to_path(b"root", long.as_bytes()),
            Err(NoPath::Invalid)
        ));
        let root = "a".repeat(5000);
        assert!(matches!(
            to_path(root.as_bytes(), b"/"),
            Err(NoPath::RootTooLong)
        ));
    }
}
