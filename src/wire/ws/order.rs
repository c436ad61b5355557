//! Which frame may come when (RFC 6455 §5.4, §5.5): fragments, control frames between them, and the mask.

use super::close::{self, Code};
use super::frame::{Header, MAX_CONTROL, Opcode};

/// Which side we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// We connected: the peer must not mask.
    Client,
    /// We accepted: the peer must mask.
    Server,
}

/// What to do with a complete frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A whole message.
    Message,
    /// The first fragment of a message: keep it.
    First,
    /// A further fragment: keep it. With `flags`, the message is whole and this is the first byte of its first frame.
    Continue {
        /// First byte of the first fragment, when this fragment is the last.
        flags: Option<u8>,
    },
    /// An empty last fragment of no message: harmless.
    Stray,
    /// Answer with a pong.
    Ping,
    /// Nothing.
    Pong,
    /// The peer closes.
    Close,
    /// An opcode nobody defined.
    Unknown(u8),
}

/// Remembers the message being put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// First byte of its first fragment.
    first: Option<u8>,
    /// Its fragments so far.
    fragments: u32,
}

/// Most fragments of a message: empty ones could go on for ever.
const MAX_FRAGMENTS: u32 = 100_000;

impl Order {
    /// A message is being put together.
    pub fn in_message(&self) -> bool {
        self.first.is_some()
    }

    /// First byte of the message being put together.
    pub fn message_flags(&self) -> Option<u8> {
        self.first
    }

    /// May a frame with this header come now? Asked before its payload has arrived. `room` is the largest payload that
    /// can be taken.
    pub fn admit(&self, header: &Header, role: Role, room: usize) -> Result<(), Code> {
        let opcode = header.opcode();
        let masked = header.mask.is_some();
        let fragmented_control =
            opcode.is_control() && (!header.is_final() || header.payload > MAX_CONTROL);
        let second_first = matches!(opcode, Opcode::Text | Opcode::Binary)
            && !header.is_final()
            && self.in_message();
        // Some programs end a stream of fragments twice; an empty end does no harm.
        let harmless = header.is_final() && header.payload == 0;
        let stray = opcode == Opcode::Continue && !self.in_message() && !harmless;
        if !header.has_no_reserved_bits()
            || masked != (role == Role::Server)
            || fragmented_control
            || second_first
            || stray
        {
            return Err(Code::Protocol);
        }
        let too_many = opcode == Opcode::Continue && self.fragments >= MAX_FRAGMENTS;
        if header.payload > room as u64 || too_many {
            Err(Code::TooBig)
        } else {
            Ok(())
        }
    }

    /// What to do with an admitted frame whose unmasked payload has arrived.
    pub fn take(&mut self, header: &Header, payload: &[u8]) -> Result<Action, Code> {
        Ok(match header.opcode() {
            Opcode::Text | Opcode::Binary if header.is_final() => Action::Message,
            Opcode::Text | Opcode::Binary => {
                self.first = Some(header.first);
                self.fragments = 1;
                Action::First
            }
            Opcode::Continue if !self.in_message() => Action::Stray,
            Opcode::Continue if header.is_final() => {
                self.fragments = 0;
                Action::Continue {
                    flags: self.first.take(),
                }
            }
            Opcode::Continue => {
                self.fragments = self.fragments.saturating_add(1);
                Action::Continue { flags: None }
            }
            Opcode::Ping => Action::Ping,
            Opcode::Pong => Action::Pong,
            Opcode::Close => close::is_valid_payload(payload).map(|()| Action::Close)?,
            Opcode::Unknown(opcode) => Action::Unknown(opcode),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;
    use std::vec::Vec;

    const ROOM: usize = 1000;

    /// Runs frames (first byte, payload) from an unmasking server through a client.
    fn run(frames: &[(u8, &[u8])]) -> Vec<Result<Action, Code>> {
        let mut order = Order::default();
        let mut seen = Vec::new();
        for (first, payload) in frames {
            let header = Header {
                first: *first,
                mask: None,
                len: 2,
                payload: payload.len() as u64,
            };
            let result = order
                .admit(&header, Role::Client, ROOM)
                .and_then(|()| order.take(&header, payload));
            seen.push(result);
            if result.is_err() {
                break;
            }
        }
        seen
    }

    #[test]
    fn fragments() {
        assert_eq!(
            run(&[
                (0x01, b"a"),
                (0x89, b""),
                (0x00, b"b"),
                (0x82, b"whole"),
                (0x80, b"c"),
                (0x81, b"d")
            ]),
            vec![
                Ok(Action::First),
                Ok(Action::Ping),
                Ok(Action::Continue { flags: None }),
                Ok(Action::Message),
                Ok(Action::Continue { flags: Some(0x01) }),
                Ok(Action::Message),
            ]
        );
    }

    #[test]
    fn f4_f6_f7_breaches() {
        let fails = |frames: &[(u8, &[u8])]| run(frames).last() == Some(&Err(Code::Protocol));
        for first in [0xc1, 0xa1, 0x91, 0xf1] {
            assert!(fails(&[(first, b"x")]), "{first:#x}");
        }
        assert!(fails(&[(0x09, b"")]), "fragmented ping");
        assert!(fails(&[(0x08, b"")]), "fragmented close");
        assert!(fails(&[(0x89, &[0; 126])]), "long ping");
        assert!(!fails(&[(0x89, &[0; 125])]));
        assert!(fails(&[(0x88, b"x")]), "short close");
        assert!(fails(&[(0x88, &[0x03, 0xed])]), "code 1005");
        assert!(fails(&[(0x80, b"x")]), "continuation first");
        assert!(fails(&[(0x00, b"")]), "open continuation first");
        assert!(
            fails(&[(0x01, b"x"), (0x01, b"y")]),
            "first fragment inside fragments"
        );
        assert_eq!(run(&[(0x83, b"")]), vec![Ok(Action::Unknown(3))]);
        assert_eq!(run(&[(0x80, b"")]), vec![Ok(Action::Stray)]);
        assert_eq!(run(&[(0x88, b"")]), vec![Ok(Action::Close)]);
    }

    #[test]
    fn f8_endless_fragments() {
        let mut order = Order::default();
        let header = |first| Header {
            first,
            mask: None,
            len: 2,
            payload: 0,
        };
        let mut step = |first| {
            let header = header(first);
            order
                .admit(&header, Role::Client, ROOM)
                .and_then(|()| order.take(&header, b""))
        };
        for _ in 0..2 {
            assert_eq!(step(0x01), Ok(Action::First));
            for _ in 1..MAX_FRAGMENTS - 1 {
                assert_eq!(step(0x00), Ok(Action::Continue { flags: None }));
            }
            assert_eq!(step(0x80), Ok(Action::Continue { flags: Some(1) }));
        }
        assert_eq!(step(0x01), Ok(Action::First));
        for _ in 1..MAX_FRAGMENTS {
            assert_eq!(step(0x00), Ok(Action::Continue { flags: None }));
        }
        assert_eq!(step(0x00), Err(Code::TooBig));
        assert_eq!(step(0x89), Ok(Action::Ping));
    }

    #[test]
    fn f3_masks_and_f5_size() {
        let order = Order::default();
        let header = |mask, payload| Header {
            first: 0x82,
            mask,
            len: 2,
            payload,
        };
        assert_eq!(
            order.admit(&header(None, 1), Role::Server, ROOM),
            Err(Code::Protocol)
        );
        assert_eq!(
            order.admit(&header(Some([0; 4]), 1), Role::Client, ROOM),
            Err(Code::Protocol)
        );
        assert_eq!(
            order.admit(&header(Some([0; 4]), 1), Role::Server, ROOM),
            Ok(())
        );
        assert_eq!(order.admit(&header(None, 1000), Role::Client, ROOM), Ok(()));
        assert_eq!(
            order.admit(&header(None, 1001), Role::Client, ROOM),
            Err(Code::TooBig)
        );
        assert_eq!(
            order.admit(&header(None, u64::MAX), Role::Client, ROOM),
            Err(Code::TooBig)
        );
    }
}
