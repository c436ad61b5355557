//! How long is a message? Collected while the header lines pass by, so that nobody looks a header up again.

use super::head::{Span, status_code};
use super::parse::Malformed;

/// `body_len` and `message_len` of a response that ends when its sender closes.
pub const UNTIL_CLOSE: usize = usize::MAX;

/// The headers that frame a message or a connection (RFC 9112 §6, §9.6; RFC 9110 §10.1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Framing {
    /// Value of `Content-Length`.
    pub content_length: Option<usize>,
    /// Value of `Transfer-Encoding`.
    pub transfer_encoding: Option<Span>,
    /// `Transfer-Encoding` is exactly `chunked`.
    pub chunked: bool,
    /// `Connection` lists the token `close`.
    pub connection_close: bool,
    /// `Connection` of a request of version 1.0 lists the token `keep-alive`.
    pub keep_alive: bool,
    /// `Expect: 100-continue`.
    pub expect_continue: bool,
    /// A request of version 1.0.
    pub is_http_1_0: bool,
    /// A response that has no body whatever its headers say: 1xx, 204, 304.
    pub bodiless: bool,
    /// Bytes of the body by `Content-Length` or by rule, [`UNTIL_CLOSE`] when only the close ends it.
    pub body_len: usize,
    /// Bytes of head and body, or [`UNTIL_CLOSE`].
    pub message_len: usize,
    pub(super) seen: u8,
}

/// Headers that may come once only, as bits of `Framing::seen`.
mod once {
    pub const CONTENT_LENGTH: u8 = 1;
    pub const TRANSFER_ENCODING: u8 = 2;
    pub const CONNECTION: u8 = 4;
    pub const AUTHORIZATION: u8 = 8;
    pub const COOKIE: u8 = 16;
}

impl Framing {
    /// Takes note of one header line. `stored` is false for a line beyond the caller's table: nobody would see it
    /// there, so it may not decide where the message ends.
    #[inline]
    pub(crate) fn note(
        &mut self,
        name: &[u8],
        value: &[u8],
        at: Span,
        stored: bool,
    ) -> Result<(), Malformed> {
        match name.len() {
            6 if name.eq_ignore_ascii_case(b"cookie") => self.once(once::COOKIE),
            6 if name.eq_ignore_ascii_case(b"expect") => {
                self.expect_continue = value.eq_ignore_ascii_case(b"100-continue");
                Ok(())
            }
            10 if name.eq_ignore_ascii_case(b"connection") => {
                self.connection_close = has_token(value, b"close");
                self.keep_alive = self.is_http_1_0 && has_token(value, b"keep-alive");
                self.once(once::CONNECTION)
            }
            13 if name.eq_ignore_ascii_case(b"authorization") => self.once(once::AUTHORIZATION),
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                self.content_length = Some(to_size(value).ok_or(Malformed)?);
                self.framing_header(once::CONTENT_LENGTH, stored)
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                self.transfer_encoding = Some(at);
                self.chunked = value.eq_ignore_ascii_case(b"chunked");
                self.framing_header(once::TRANSFER_ENCODING, stored)
            }
            _ => Ok(()),
        }
    }

    fn framing_header(&mut self, bit: u8, stored: bool) -> Result<(), Malformed> {
        if !stored {
            return Err(Malformed);
        }
        self.once(bit)?;
        // Content-Length beside Transfer-Encoding is how requests are smuggled (RFC 9112 §6.1).
        let both = once::CONTENT_LENGTH | once::TRANSFER_ENCODING;
        if self.seen & both == both {
            Err(Malformed)
        } else {
            Ok(())
        }
    }

    fn once(&mut self, bit: u8) -> Result<(), Malformed> {
        let repeated = self.seen & bit != 0;
        self.seen |= bit;
        if repeated { Err(Malformed) } else { Ok(()) }
    }

    /// Fills in the lengths after the last header line. `status` is the status text of a response.
    pub(crate) fn finish(
        &mut self,
        head_len: usize,
        status: Option<&[u8]>,
    ) -> Result<(), Malformed> {
        self.bodiless = status.is_some_and(is_bodiless);
        self.body_len = match self.content_length {
            Some(n) => n,
            None if status.is_none() || self.bodiless => 0,
            None => UNTIL_CLOSE,
        };
        self.message_len = if self.body_len == UNTIL_CLOSE && self.content_length.is_none() {
            UNTIL_CLOSE
        } else {
            // The sum must stay below the sentinel, or a peer could claim a length that means "none".
            head_len
                .checked_add(self.body_len)
                .filter(|n| *n != UNTIL_CLOSE)
                .ok_or(Malformed)?
        };
        Ok(())
    }
}

/// 1xx, 204 and 304 never have a body (RFC 9110 §6.4.1).
fn is_bodiless(status: &[u8]) -> bool {
    status.len() == 3 && matches!(status_code(status), 100..=199 | 204 | 304)
}

/// Is `token` one of the comma-separated tokens in `list`, in any case?
pub fn has_token(list: &[u8], token: &[u8]) -> bool {
    list.split(|b| *b == b',')
        .any(|item| item.trim_ascii().eq_ignore_ascii_case(token))
}

/// A decimal number with optional blanks around it, as `mg_to_size_t`: digits only, no sign, no overflow.
pub fn to_size(text: &[u8]) -> Option<usize> {
    let blank = |b: &u8| matches!(b, b' ' | b'\t');
    let start = text.iter().position(|b| !blank(b))?;
    let end = text.iter().rposition(|b| !blank(b))?.checked_add(1)?;
    text.get(start..end)?.iter().try_fold(0usize, |n, b| {
        let digit = (*b as char).to_digit(10)?;
        n.checked_mul(10)?.checked_add(digit as usize)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, expected) in [
            ("0", Some(0)),
            ("  42\t ", Some(42)),
            ("007", Some(7)),
            ("18446744073709551615", Some(usize::MAX)),
            ("18446744073709551616", None),
            ("", None),
            ("  ", None),
            ("-1", None),
            ("+1", None),
            ("0x1", None),
            ("1 2", None),
            ("1,2", None),
            ("1_0", None),
            ("\u{665}", None),
        ] {
            assert_eq!(to_size(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn tokens() {
        assert!(has_token(b"close", b"close"));
        assert!(has_token(b"keep-alive , CLOSE", b"close"));
        assert!(!has_token(b"closed", b"close"));
        assert!(!has_token(b"", b"close"));
    }
}
