//! Splitting a buffer into packets and reading the fields that every user needs (MQTT 3.1.1 and 5.0, §2 and §3).
//!
//! This parser judges only what it needs to stay inside the packet. [`super::strict`] judges the rest.

use core::ops::Range;

use super::{VERSION_5, command, varint};
use crate::wire::reader::Reader;

/// How parsing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// A whole packet was read.
    Complete,
    /// The packet goes on behind the end of the buffer.
    Incomplete,
    /// The packet contradicts itself.
    Malformed,
}

/// One packet, as slices of the buffer that it was read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The whole packet, its fixed header included. Empty until its end is known.
    pub bytes: &'a [u8],
    /// Packet type, one of [`command`]; 0 is possible.
    pub command: u8,
    /// Low four bits of the first byte.
    pub flags: u8,
    /// Bits 1 and 2 of the first byte, whatever the packet type; 3 is possible.
    pub qos: u8,
    /// Packet id, 0 when the type has none.
    pub id: u16,
    /// CONNACK: the return code.
    pub ack: u8,
    /// PUBLISH: the topic name.
    pub topic: &'a [u8],
    /// PUBLISH: the payload.
    pub payload: &'a [u8],
    /// PUBLISH of MQTT 5: where in `bytes` the properties are.
    pub properties: Range<usize>,
    /// Everything behind the fixed header.
    pub body: &'a [u8],
}

impl Packet<'_> {
    /// Bytes of the fixed header.
    pub fn header_len(&self) -> usize {
        self.bytes.len().saturating_sub(self.body.len())
    }
}

/// Reads the packet at the start of `buf` into `packet`. Bytes behind it are ignored.
///
/// `version` is the protocol level; every value but 5 means 3.1.1. When the result is not
/// [`Status::Complete`], `packet` holds what could be read.
pub fn parse<'a>(buf: &'a [u8], version: u8, packet: &mut Packet<'a>) -> Status {
    *packet = Packet::default();
    let (first, remaining) = match fixed_header(buf) {
        Ok(header) => header,
        Err(status) => {
            if let [first, _, ..] = buf {
                set_first_byte(packet, *first);
            }
            return status;
        }
    };
    set_first_byte(packet, first);
    let mut reader = remaining.reader;
    let Some(body) = reader.take(remaining.len) else {
        return Status::Incomplete;
    };
    packet.bytes = buf
        .get(..buf.len().saturating_sub(reader.rest().len()))
        .unwrap_or_default();
    packet.body = body;
    match fields(packet, version) {
        Some(()) => Status::Complete,
        None => Status::Malformed,
    }
}

/// Length of the whole packet at the start of `buf`, once its length field is there and valid.
pub fn announced_len(buf: &[u8]) -> Option<usize> {
    let (_, remaining) = fixed_header(buf).ok()?;
    let header = buf.len().checked_sub(remaining.reader.rest().len())?;
    header.checked_add(remaining.len)
}

struct Remaining<'a> {
    len: usize,
    reader: Reader<'a>,
}

fn fixed_header(buf: &[u8]) -> Result<(u8, Remaining<'_>), Status> {
    let mut reader = Reader::new(buf);
    let first = reader.u8().ok_or(Status::Incomplete)?;
    let len = varint::read(&mut reader).map_err(|error| match error {
        varint::VarintError::Incomplete => Status::Incomplete,
        varint::VarintError::TooLong => Status::Malformed,
    })?;
    let len = usize::try_from(len).map_err(|_| Status::Malformed)?;
    Ok((first, Remaining { len, reader }))
}

fn set_first_byte(packet: &mut Packet<'_>, first: u8) {
    packet.command = first >> 4;
    packet.flags = first & 0x0f;
    packet.qos = (first >> 1) & 3;
}

fn fields(packet: &mut Packet<'_>, version: u8) -> Option<()> {
    let mut reader = Reader::new(packet.body);
    match packet.command {
        command::CONNACK => {
            let [_, ack] = reader.array()?;
            packet.ack = ack;
        }
        command::PUBACK..=command::UNSUBACK => packet.id = reader.u16()?,
        command::PUBLISH => publish(packet, version)?,
        _ => {}
    }
    Some(())
}

fn publish(packet: &mut Packet<'_>, version: u8) -> Option<()> {
    let mut reader = Reader::new(packet.body);
    packet.topic = reader.prefixed()?;
    if packet.qos > 0 {
        packet.id = reader.u16()?;
    }
    // A PUBLISH that ends here has no properties; a length byte of 0 says the same.
    if version == VERSION_5 && !reader.is_empty() {
        let len = usize::try_from(varint::read(&mut reader).ok()?).ok()?;
        let start = packet.bytes.len().checked_sub(reader.rest().len())?;
        reader.take(len)?;
        packet.properties = start..start.checked_add(len)?;
    }
    packet.payload = reader.rest();
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(buf: &[u8], version: u8) -> (Status, Packet<'_>) {
        let mut packet = Packet::default();
        let status = parse(buf, version, &mut packet);
        (status, packet)
    }

    #[test]
    fn too_short_to_tell() {
        for buf in [&[][..], &[0x30]] {
            assert_eq!(parsed(buf, 4), (Status::Incomplete, Packet::default()));
        }
        let (status, packet) = parsed(&[0x32, 5, 0], 4);
        assert_eq!(
            (status, packet.command, packet.qos),
            (Status::Incomplete, 3, 1)
        );
        assert!(packet.bytes.is_empty());
    }

    #[test]
    fn five_length_bytes() {
        assert_eq!(
            parsed(&[0x30, 0xff, 0xff, 0xff, 0xff, 0x7f], 4).0,
            Status::Malformed
        );
        assert_eq!(parsed(&[0x30, 0xff, 0xff, 0xff], 4).0, Status::Incomplete);
        assert_eq!(
            announced_len(&[0x30, 0xff, 0xff, 0xff, 0x7f]),
            Some(268_435_460)
        );
        assert_eq!(announced_len(&[0x30, 0x80]), None);
    }

    #[test]
    fn publish_3_1_1() {
        let buf = [0x35, 9, 0, 3, b't', b'/', b'x', 0, 6, b'h', b'i', 0xee];
        let (status, packet) = parsed(&buf, 4);
        assert_eq!(status, Status::Complete);
        assert_eq!((packet.qos, packet.id, packet.bytes.len()), (2, 6, 11));
        assert_eq!((packet.topic, packet.payload), (&b"t/x"[..], &b"hi"[..]));
        assert_eq!(packet.header_len(), 2);
    }

    #[test]
    fn publish_5_with_properties() {
        let buf = [0x30, 8, 0, 1, b't', 2, 0x01, 1, b'h', b'i'];
        let (status, packet) = parsed(&buf, 5);
        assert_eq!(
            (status, packet.properties.clone()),
            (Status::Complete, 6..8)
        );
        assert_eq!(packet.payload, b"hi");
        // The same bytes in 3.1.1 are all payload.
        assert_eq!(parsed(&buf, 4).1.payload, [2, 1, 1, b'h', b'i']);
    }

    #[test]
    fn publish_5_with_a_short_payload_keeps_it() {
        let buf = [0x30, 5, 0, 1, b't', 0, b'A'];
        assert_eq!(parsed(&buf, 5).1.payload, b"A");
        let bare = [0x30, 3, 0, 1, b't'];
        let (status, packet) = parsed(&bare, 5);
        assert_eq!((status, packet.payload.len()), (Status::Complete, 0));
    }

    #[test]
    fn publish_that_does_not_fit() {
        let cases: [(&[u8], u8); 6] = [
            (&[0x30, 1, 0], 4),                                     // cut topic length
            (&[0x30, 4, 0, 0x10, b'a', b'b'], 4),                   // topic runs past the end
            (&[0x32, 4, 0, 1, b't', 0], 4),                         // cut id
            (&[0x30, 4, 0, 1, b't', 2], 5),                         // properties past the end
            (&[0x30, 8, 0, 1, b't', 0xff, 0xff, 0xff, 0xff, 1], 5), // varint of five bytes
            (&[0x30, 4, 0, 1, b't', 0x80], 5),                      // varint without an end
        ];
        for (buf, version) in cases {
            assert_eq!(parsed(buf, version).0, Status::Malformed, "{buf:x?}");
        }
    }

    #[test]
    fn acknowledgements_need_two_bytes() {
        for command in command::PUBACK..=command::UNSUBACK {
            let first = command << 4;
            assert_eq!(parsed(&[first, 1, 0], 4).0, Status::Malformed);
            let buf = [first, 2, 1, 2];
            let (status, packet) = parsed(&buf, 4);
            assert_eq!((status, packet.id), (Status::Complete, 0x0102));
        }
        assert_eq!(parsed(&[0x20, 1, 0], 4).0, Status::Malformed);
        assert_eq!(parsed(&[0x20, 2, 0, 5], 4).1.ack, 5);
    }

    #[test]
    fn other_types_are_not_inspected() {
        for command in [0u8, 1, 12, 13, 14, 15] {
            let buf = [command << 4 | 6, 1, 0xff];
            let (status, packet) = parsed(&buf, 4);
            assert_eq!(
                (status, packet.command, packet.qos),
                (Status::Complete, command, 3)
            );
            assert_eq!(
                (packet.id, packet.topic.len(), packet.payload.len()),
                (0, 0, 0)
            );
        }
    }
}
