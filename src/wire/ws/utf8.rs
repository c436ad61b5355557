//! UTF-8 over the fragments of a message: a code point may be cut anywhere.

/// Checks text that arrives in pieces.
#[derive(Clone, Copy, Debug, Default)]
pub struct Utf8 {
    /// The start of a code point whose end has not arrived.
    partial: [u8; 4],
    len: usize,
}

/// The text is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotUtf8;

impl Utf8 {
    /// Checks the next piece. Fails at the first byte after which no text can be UTF-8 any more.
    pub fn feed(&mut self, piece: &[u8]) -> Result<(), NotUtf8> {
        let mut rest = piece;
        while self.len > 0 {
            let Some((byte, tail)) = rest.split_first() else {
                return Ok(());
            };
            self.keep(*byte)?;
            rest = tail;
            let partial = self.partial.get(..self.len).unwrap_or_default();
            match core::str::from_utf8(partial) {
                Ok(_) => self.len = 0,
                Err(e) if e.error_len().is_some() => return Err(NotUtf8),
                Err(_) => {}
            }
        }
        match core::str::from_utf8(rest) {
            Ok(_) => Ok(()),
            Err(e) if e.error_len().is_some() => Err(NotUtf8),
            Err(e) => rest
                .get(e.valid_up_to()..)
                .unwrap_or_default()
                .iter()
                .try_for_each(|b| self.keep(*b)),
        }
    }

    /// Nothing is missing at the end of the message.
    pub fn is_complete(&self) -> bool {
        self.len == 0
    }

    fn keep(&mut self, byte: u8) -> Result<(), NotUtf8> {
        *self.partial.get_mut(self.len).ok_or(NotUtf8)? = byte;
        self.len = self.len.saturating_add(1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn in_pieces(text: &[u8], size: usize) -> bool {
        let mut utf8 = Utf8::default();
        text.chunks(size).all(|piece| utf8.feed(piece).is_ok()) && utf8.is_complete()
    }

    #[test]
    fn f9_bad_text() {
        for bad in [
            &b"\xc0\x80"[..],
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
            b"\xff",
            b"a\x80",
            b"\xe2\x82",
            b"\xf8\x88\x80\x80\x80",
        ] {
            for size in 1..=bad.len() {
                assert!(!in_pieces(bad, size), "{bad:?} by {size}");
            }
        }
    }

    proptest! {
        #[test]
        fn equals_the_whole(text in proptest::collection::vec(any::<u8>(), 0..12), size in 1..6usize) {
            prop_assert_eq!(in_pieces(&text, size), core::str::from_utf8(&text).is_ok());
        }

        #[test]
        fn text_passes(text in "\\PC{0,12}", size in 1..6usize) {
            prop_assert!(in_pieces(text.as_bytes(), size));
        }
    }
}
