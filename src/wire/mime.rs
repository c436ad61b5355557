//! Content types by file extension.

/// The type of a file without a known extension.
pub const DEFAULT: &str = "text/plain; charset=utf-8";
/// The type of an HTML page.
pub const HTML: &str = "text/html; charset=utf-8";

/// The content type of the file at `path`. `overrides` is a list `ext=type,ext=type`, looked at from left to right;
/// the extension `*` fits every file. Extensions compare in exact case.
pub fn of<'a>(path: &[u8], overrides: &'a [u8]) -> &'a [u8] {
    let ext = extension(path);
    let entries = overrides.split(|b| *b == b',').filter_map(|entry| {
        let equals = entry.iter().position(|b| *b == b'=')?;
        Some((entry.get(..equals)?, entry.get(equals.saturating_add(1)..)?))
    });
    let chosen = entries
        .filter(|(key, _)| *key == ext || *key == b"*")
        .map(|(_, value)| value)
        .next();
    chosen.unwrap_or_else(|| builtin(ext).as_bytes())
}

/// The bytes after the last dot, or all of them.
fn extension(path: &[u8]) -> &[u8] {
    path.rsplit(|b| *b == b'.').next().unwrap_or(path)
}

const fn builtin(ext: &[u8]) -> &'static str {
    match ext {
        b"html" | b"htm" | b"shtml" => HTML,
        b"css" => "text/css; charset=utf-8",
        b"js" | b"mjs" => "text/javascript; charset=utf-8",
        b"gif" => "image/gif",
        b"png" => "image/png",
        b"jpg" | b"jpeg" => "image/jpeg",
        b"webp" => "image/webp",
        b"svg" => "image/svg+xml",
        b"ico" => "image/x-icon",
        b"woff" => "font/woff",
        b"ttf" => "font/ttf",
        b"avi" => "video/x-msvideo",
        b"mov" => "video/quicktime",
        b"mp4" => "video/mp4",
        b"mpeg" => "video/mpeg",
        b"3gp" => "video/3gpp",
        b"mp3" => "audio/mpeg",
        b"wav" => "audio/wav",
        b"csv" => "text/csv",
        b"doc" => "application/msword",
        b"pdf" => "application/pdf",
        b"json" => "application/json",
        b"exe" => "application/octet-stream",
        b"gz" => "application/gzip",
        b"tgz" => "application/tar-gz",
        b"zip" => "application/zip",
        _ => DEFAULT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types() {
        let of = |path: &str, overrides: &'static str| {
            core::str::from_utf8(super::of(path.as_bytes(), overrides.as_bytes())).unwrap()
        };
        assert_eq!(of("/a/b.html", ""), HTML);
        assert_eq!(of("/a.b/c", ""), DEFAULT);
        assert_eq!(of("png", ""), "image/png");
        assert_eq!(of("x.PNG", ""), DEFAULT);
        assert_eq!(of("x.tar.gz", ""), "application/gzip");
        assert_eq!(of("x.txt", "html=a/b,txt=c/d"), "c/d");
        assert_eq!(of("x.png", "html=a/b,txt=c/d"), "image/png");
        assert_eq!(of("x.txt", "*=a/b,txt=c/d"), "a/b");
        assert_eq!(of("x.txt", "txt=c/d; q=1,*=a/b"), "c/d; q=1");
        assert_eq!(of("x.txt", "txt,=,"), DEFAULT);
    }
}
