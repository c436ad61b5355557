//! Frame headers (RFC 6455 §5.2).

use super::close::Code;

/// First bit of a frame: the last fragment of a message.
pub const FIN: u8 = 0x80;
/// Bits that only extensions may set.
const RSV: u8 = 0x70;
/// First bit of the second byte: a mask follows.
const MASKED: u8 = 0x80;
/// Longest payload of a control frame.
pub const MAX_CONTROL: u64 = 125;
/// Longest header: two bytes, eight of length, four of mask.
pub const MAX_HEADER: usize = 14;

/// Opcodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// A further fragment.
    Continue,
    /// Text.
    Text,
    /// Bytes.
    Binary,
    /// The end.
    Close,
    /// Asks for a pong.
    Ping,
    /// Answers a ping.
    Pong,
    /// Not defined.
    Unknown(u8),
}

impl Opcode {
    /// The opcode in the first byte of a frame.
    pub const fn of(first: u8) -> Self {
        match first & 15 {
            0 => Opcode::Continue,
            1 => Opcode::Text,
            2 => Opcode::Binary,
            8 => Opcode::Close,
            9 => Opcode::Ping,
            10 => Opcode::Pong,
            other => Opcode::Unknown(other),
        }
    }

    /// Control frames may stand between fragments and may not be fragments.
    pub const fn is_control(self) -> bool {
        matches!(self, Opcode::Close | Opcode::Ping | Opcode::Pong)
    }
}

/// What the header of a frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// First byte: FIN, reserved bits, opcode.
    pub first: u8,
    /// Mask, when the payload is masked.
    pub mask: Option<[u8; 4]>,
    /// Bytes of the header.
    pub len: usize,
    /// Bytes of the payload.
    pub payload: u64,
}

impl Header {
    /// Opcode.
    pub const fn opcode(&self) -> Opcode {
        Opcode::of(self.first)
    }

    /// Last fragment, or the only one.
    pub const fn is_final(&self) -> bool {
        self.first & FIN != 0
    }

    /// No reserved bit is set.
    pub const fn has_no_reserved_bits(&self) -> bool {
        self.first & RSV == 0
    }

    /// Parses the header at the start of `buf`; `None` when bytes are missing. A length that is not written in its
    /// shortest form, or that has its top bit set, breaks the protocol.
    pub fn parse(buf: &[u8]) -> Result<Option<Self>, Code> {
        let Some(([first, second], rest)) = buf.split_first_chunk::<2>() else {
            return Ok(None);
        };
        let Some((payload, used)) = parse_len(second & !MASKED, rest)? else {
            return Ok(None);
        };
        let mut len = used.saturating_add(2);
        let mut mask = None;
        if second & MASKED != 0 {
            let Some(bytes) = buf.get(len..).and_then(|rest| rest.first_chunk::<4>()) else {
                return Ok(None);
            };
            mask = Some(*bytes);
            len = len.saturating_add(4);
        }
        Ok(Some(Header {
            first: *first,
            mask,
            len,
            payload,
        }))
    }

    /// Writes the header into `dst` and returns what was written.
    pub fn write<'a>(&self, dst: &'a mut [u8; MAX_HEADER]) -> &'a [u8] {
        let masked = if self.mask.is_some() { MASKED } else { 0 };
        let wide = self.payload.to_be_bytes();
        let [.., high, low] = wide;
        let [a, b, c, d, e, f, g, h] = wide;
        let (used, head) = match self.payload {
            n @ 0..=125 => (2, [self.first, masked | n as u8, 0, 0, 0, 0, 0, 0, 0, 0]),
            126..=0xffff => (4, [self.first, masked | 126, high, low, 0, 0, 0, 0, 0, 0]),
            _ => (10, [self.first, masked | 127, a, b, c, d, e, f, g, h]),
        };
        if let Some(room) = dst.first_chunk_mut() {
            *room = head;
        }
        let Some(mask) = self.mask else {
            return dst.get(..used).unwrap_or_default();
        };
        let end = used.saturating_add(mask.len());
        if let Some(room) = dst.get_mut(used..end) {
            room.copy_from_slice(&mask);
        }
        dst.get(..end).unwrap_or_default()
    }
}

/// First byte, mask, header length and payload length of a complete frame at the start of `buf` that is a whole message
/// of fewer than 64 KiB, masked or not as it has to be. `None` for every other frame: [`Header::parse`] judges it.
#[inline]
pub fn message_frame(buf: &[u8], masked: bool) -> Option<(u8, Option<[u8; 4]>, usize, usize)> {
    const TEXT: u8 = FIN | 1;
    const BINARY: u8 = FIN | 2;
    let ([first, second], rest) = buf.split_first_chunk::<2>()?;
    if !matches!(*first, TEXT | BINARY) || (second & MASKED != 0) != masked {
        return None;
    }
    let (len, rest, used) = match second & !MASKED {
        127 => return None,
        126 => {
            let (wide, rest) = rest.split_first_chunk::<2>()?;
            let len = usize::from(u16::from_be_bytes(*wide));
            (Some(len).filter(|len| *len > 125)?, rest, 4usize)
        }
        short => (usize::from(short), rest, 2),
    };
    let (key, rest, used) = if masked {
        let (key, rest) = rest.split_first_chunk::<4>()?;
        (Some(*key), rest, used.wrapping_add(4))
    } else {
        (None, rest, used)
    };
    (rest.len() >= len).then_some((*first, key, used, len))
}

/// The length that follows the first two bytes, and how many bytes it takes.
fn parse_len(short: u8, rest: &[u8]) -> Result<Option<(u64, usize)>, Code> {
    let (payload, used, least) = match short {
        126 => match rest.first_chunk::<2>() {
            Some(bytes) => (u64::from(u16::from_be_bytes(*bytes)), 2, 126),
            None => return Ok(None),
        },
        127 => match rest.first_chunk::<8>() {
            Some(bytes) => (u64::from_be_bytes(*bytes), 8, 0x1_0000),
            None => return Ok(None),
        },
        short => (u64::from(short), 0, 0),
    };
    if payload < least || payload > i64::MAX as u64 {
        Err(Code::Protocol)
    } else {
        Ok(Some((payload, used)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(first: u8, payload: u64, mask: Option<[u8; 4]>) -> std::vec::Vec<u8> {
        let mut buf = [0; MAX_HEADER];
        Header {
            first,
            mask,
            len: 0,
            payload,
        }
        .write(&mut buf)
        .to_vec()
    }

    #[test]
    fn documented_headers() {
        assert_eq!(written(0x81, 3, None), [0x81, 3]);
        assert_eq!(written(0x82, 125, None), [0x82, 125]);
        assert_eq!(written(0x82, 200, None), [0x82, 0x7e, 0, 0xc8]);
        assert_eq!(written(0x82, 65535, None), [0x82, 0x7e, 0xff, 0xff]);
        assert_eq!(
            written(0x82, 70000, None),
            [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0x11, 0x70]
        );
        assert_eq!(
            written(0x81, 3, Some([1, 2, 3, 4])),
            [0x81, 0x83, 1, 2, 3, 4]
        );
    }

    #[test]
    fn f5_lengths() {
        assert_eq!(Header::parse(&[0x82, 126, 0, 125]), Err(Code::Protocol));
        assert_eq!(
            Header::parse(&[0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff]),
            Err(Code::Protocol)
        );
        assert_eq!(
            Header::parse(&[0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0]),
            Err(Code::Protocol)
        );
        assert_eq!(
            Header::parse(&[0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255]),
            Err(Code::Protocol)
        );
        let huge = Header::parse(&[0x82, 127, 0x7f, 255, 255, 255, 255, 255, 255, 255])
            .unwrap()
            .unwrap();
        assert_eq!(huge.payload, i64::MAX as u64);
    }

    proptest! {
        #[test]
        fn round_trip(first: u8, payload in prop_oneof![0..300u64, 65000..66000u64, 0..u64::MAX / 2], mask: Option<[u8; 4]>) {
            let bytes = written(first, payload, mask);
            let header = Header::parse(&bytes).unwrap().unwrap();
            prop_assert_eq!(header, Header { first, mask, len: bytes.len(), payload });
            for n in 0..bytes.len() {
                prop_assert_eq!(Header::parse(&bytes[..n]), Ok(None));
            }
        }

        #[test]
        fn whole_messages_are_what_parse_says(first in prop_oneof![Just(0x81u8), Just(0x82u8), any::<u8>()],
                                              len in prop_oneof![0..300usize, 65000..66000usize],
                                              mask: Option<[u8; 4]>, missing in 0..3usize, masked: bool) {
            let mut bytes = written(first, len as u64, mask);
            let header = bytes.len();
            bytes.resize((header + len).saturating_sub(missing), 0);
            let whole = matches!(first, 0x81 | 0x82) && mask.is_some() == masked && len < 65536 && missing == 0;
            prop_assert_eq!(message_frame(&bytes, masked), whole.then_some((first, mask, header, len)));
        }

        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..20)) {
            if let Ok(Some(header)) = Header::parse(&bytes) {
                prop_assert!(header.len <= bytes.len() && header.len <= MAX_HEADER);
            }
        }
    }
}
