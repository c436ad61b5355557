//! Close codes (RFC 6455 §7.4).

/// Why an endpoint closes, as it says on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Code {
    /// Done.
    Normal = 1000,
    /// Frames that break the protocol.
    Protocol = 1002,
    /// Text that is not UTF-8.
    NotUtf8 = 1007,
    /// A message that is too big.
    TooBig = 1009,
}

impl Code {
    /// Payload of the CLOSE frame.
    pub const fn payload(self) -> [u8; 2] {
        (self as u16).to_be_bytes()
    }
}

/// May a peer send this code? The codes 1004 to 1006 and 1015 never travel, those from 1016 to 2999 have no meaning
/// yet, those from 3000 to 4999 belong to libraries and programs.
pub const fn may_travel(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// Is this the payload of a well-formed CLOSE frame: nothing, or a code with a reason in UTF-8?
pub fn is_valid_payload(payload: &[u8]) -> Result<(), Code> {
    match payload.split_first_chunk::<2>() {
        None if payload.is_empty() => Ok(()),
        None => Err(Code::Protocol),
        Some((code, _)) if !may_travel(u16::from_be_bytes(*code)) => Err(Code::Protocol),
        Some((_, reason)) if core::str::from_utf8(reason).is_err() => Err(Code::NotUtf8),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f9_f10_close_payloads() {
        let check = |code: u16, reason: &[u8]| {
            is_valid_payload(&[&code.to_be_bytes()[..], reason].concat())
        };
        assert_eq!(is_valid_payload(b""), Ok(()));
        assert_eq!(is_valid_payload(b"\x03"), Err(Code::Protocol));
        for good in [1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 4999] {
            assert_eq!(check(good, "bye".as_bytes()), Ok(()), "{good}");
        }
        for bad in [
            0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535,
        ] {
            assert_eq!(check(bad, b""), Err(Code::Protocol), "{bad}");
        }
        assert_eq!(check(1000, b"\xc0\x80"), Err(Code::NotUtf8));
        assert_eq!(Code::TooBig.payload(), [0x03, 0xf1]);
    }
}
