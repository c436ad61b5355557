//! Text inside HTML.

use alloc::vec::Vec;

/// Appends `text` to `page` so that HTML shows it as it is, in content and in quoted attributes.
pub fn escape(text: &[u8], page: &mut Vec<u8>) {
    for byte in text {
        match byte {
            b'&' => page.extend_from_slice(b"&amp;"),
            b'<' => page.extend_from_slice(b"&lt;"),
            b'>' => page.extend_from_slice(b"&gt;"),
            b'"' => page.extend_from_slice(b"&quot;"),
            other => page.push(*other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e5_markup() {
        let mut page = Vec::new();
        escape(b"<img src=x onerror=\"a&b\">\xff", &mut page);
        assert_eq!(page, b"&lt;img src=x onerror=&quot;a&amp;b&quot;&gt;\xff");
    }
}
