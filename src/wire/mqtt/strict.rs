//! What a packet must satisfy, beyond being readable, before a connection acts on it.
//!
//! State that only a whole session knows (CONNECT comes first and once, packet ids in flight) is not judged here.

use super::packet::Packet;
use super::{VERSION_5, command, filters, property, topic, varint};

/// Checks a complete packet. The error is a text for people.
pub fn check(packet: &Packet<'_>, version: u8) -> Result<(), &'static str> {
    let remaining = u32::try_from(packet.body.len()).unwrap_or(u32::MAX);
    if !varint::is_minimal(remaining, packet.header_len().saturating_sub(1)) {
        return Err("MQTT length not minimal");
    }
    if !flags_are_valid(packet) {
        return Err("MQTT reserved flags");
    }
    match packet.command {
        command::PUBLISH => publish(packet, version),
        command::SUBSCRIBE | command::UNSUBSCRIBE if packet.id == 0 => Err("MQTT packet id 0"),
        // A program may read version 5 by itself, on a connection that is not told so.
        command::SUBSCRIBE | command::UNSUBSCRIBE
            if !filters::are_valid(packet, version) && !filters::are_valid(packet, VERSION_5) =>
        {
            Err("MQTT topic filter")
        }
        command::PINGREQ | command::PINGRESP if remaining > 0 => Err("MQTT ping with a body"),
        0 => Err("MQTT packet type 0"),
        command::AUTH if version != VERSION_5 => Err("MQTT packet type 15"),
        _ => Ok(()),
    }
}

fn flags_are_valid(packet: &Packet<'_>) -> bool {
    match packet.command {
        command::PUBLISH => true,
        command::PUBREL | command::SUBSCRIBE | command::UNSUBSCRIBE => packet.flags == 2,
        _ => packet.flags == 0,
    }
}

fn publish(packet: &Packet<'_>, version: u8) -> Result<(), &'static str> {
    let duplicate = packet.flags & 8 != 0;
    match packet.qos {
        3 => return Err("MQTT QoS 3"),
        0 if duplicate => return Err("MQTT DUP with QoS 0"),
        1 | 2 if packet.id == 0 => return Err("MQTT packet id 0"),
        _ => {}
    }
    if !topic::is_valid_name(packet.topic) {
        return Err("MQTT topic name");
    }
    if packet.topic.is_empty() && !(version == VERSION_5 && has_topic_alias(packet)) {
        return Err("MQTT topic empty");
    }
    Ok(())
}

fn has_topic_alias(packet: &Packet<'_>) -> bool {
    let section = packet
        .bytes
        .get(packet.properties.clone())
        .unwrap_or_default();
    property::iter(section).any(|p| p.id == property::TOPIC_ALIAS && p.number > 0)
}

#[cfg(test)]
mod tests {
    use super::super::packet::{Status, parse};
    use super::*;

    fn verdict(buf: &[u8], version: u8) -> Result<(), &'static str> {
        let mut packet = Packet::default();
        assert_eq!(
            parse(buf, version, &mut packet),
            Status::Complete,
            "{buf:x?}"
        );
        check(&packet, version)
    }

    #[test]
    fn refused() {
        let cases: [(&[u8], u8); 16] = [
            (&[0x36, 5, 0, 1, b't', 0, 1], 4),    // QoS 3
            (&[0x38, 3, 0, 1, b't'], 4),          // DUP with QoS 0
            (&[0x32, 5, 0, 1, b't', 0, 0], 4),    // id 0
            (&[0x30, 3, 0, 1, b'#'], 4),          // wildcard
            (&[0x30, 3, 0, 1, 0], 4),             // NUL
            (&[0x30, 3, 0, 1, 0xff], 4),          // not UTF-8
            (&[0x30, 2, 0, 0], 4),                // empty topic
            (&[0x30, 3, 0, 0, 0], 5),             // empty topic without alias
            (&[0x30, 6, 0, 0, 3, 0x23, 0, 0], 5), // alias 0
            (&[0x80, 6, 0, 1, 0, 1, b'a', 0], 4), // SUBSCRIBE flags
            (&[0x82, 6, 0, 0, 0, 1, b'a', 0], 4), // SUBSCRIBE id 0
            (&[0x41, 2, 0, 1], 4),                // PUBACK flags
            (&[0x60, 2, 0, 1], 4),                // PUBREL flags
            (&[0xc0, 0x80, 0], 4),                // overlong length
            (&[0xc0, 1, 0], 4),                   // PINGREQ with a body
            (&[0x00, 0], 4),                      // type 0
        ];
        for (buf, version) in cases {
            assert!(verdict(buf, version).is_err(), "{buf:x?}");
        }
        assert!(verdict(&[0xf0, 0], 4).is_err());
    }

    #[test]
    fn accepted() {
        let cases: [(&[u8], u8); 9] = [
            (&[0x3b, 5, 0, 1, b't', 0, 1], 4),
            (&[0x30, 6, 0, 0, 3, 0x23, 0, 1], 5),
            (&[0x82, 6, 0, 1, 0, 1, b'#', 2], 4),
            (&[0x20, 2, 0, 0], 4),
            (&[0x62, 2, 0, 9], 4),
            (&[0xc0, 0], 4),
            (&[0xe0, 0], 4),
            (&[0xe0, 2, 0, 0], 5),
            (&[0xf0, 0], 5),
        ];
        for (buf, version) in cases {
            assert_eq!(verdict(buf, version), Ok(()), "{buf:x?}");
        }
    }
}
