//! The body of CONNECT (MQTT 5.0 §3.1, MQTT 3.1.1 §3.1).

use super::packet::Packet;
use super::{VERSION_3_1_1, VERSION_5, topic, varint};
use crate::wire::reader::Reader;

/// Why a CONNECT is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectError {
    /// Not a protocol name and level that we speak: answer with code 1 (3.1.1) or 0x84 (5).
    UnsupportedVersion,
    /// An empty client id without a clean session (3.1.1): answer with code 2.
    ClientId,
    /// Contradictory flags or fields that do not fit: close.
    Malformed,
}

/// A last will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Will<'a> {
    /// Topic.
    pub topic: &'a [u8],
    /// Payload.
    pub payload: &'a [u8],
    /// QoS, 0 to 2.
    pub qos: u8,
    /// Retain flag.
    pub retain: bool,
    /// Property section (MQTT 5).
    pub properties: &'a [u8],
}

/// A valid CONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connect<'a> {
    /// Protocol level, 4 or 5.
    pub version: u8,
    /// Clean session or clean start.
    pub clean: bool,
    /// Keep-alive interval in seconds.
    pub keepalive: u16,
    /// Client id, may be empty.
    pub client_id: &'a [u8],
    /// Last will.
    pub will: Option<Will<'a>>,
    /// User name.
    pub user: Option<&'a [u8]>,
    /// Password.
    pub password: Option<&'a [u8]>,
    /// Property section (MQTT 5).
    pub properties: &'a [u8],
}

impl<'a> Connect<'a> {
    /// Reads the body of a CONNECT packet.
    pub fn read(packet: &Packet<'a>) -> Result<Self, ConnectError> {
        let mut reader = Reader::new(packet.body);
        let name = reader.prefixed().ok_or(ConnectError::Malformed)?;
        let version = reader.u8().ok_or(ConnectError::Malformed)?;
        if name != b"MQTT" || !matches!(version, VERSION_3_1_1 | VERSION_5) {
            return Err(ConnectError::UnsupportedVersion);
        }
        let connect = body(reader, version).ok_or(ConnectError::Malformed)?;
        if connect.client_id.is_empty() && version == VERSION_3_1_1 && !connect.clean {
            return Err(ConnectError::ClientId);
        }
        Ok(connect)
    }
}

fn body(mut reader: Reader<'_>, version: u8) -> Option<Connect<'_>> {
    let flags = reader.u8()?;
    let has = |bit: u8| flags & bit != 0;
    let qos = (flags >> 3) & 3;
    let will_bits_alone = !has(0x04) && (has(0x20) || qos != 0);
    let password_alone = has(0x40) && !has(0x80) && version == VERSION_3_1_1;
    if has(0x01) || qos == 3 || will_bits_alone || password_alone {
        return None;
    }
    let keepalive = reader.u16()?;
    let properties = section(&mut reader, version)?;
    let client_id = reader.prefixed()?;
    let will = if has(0x04) {
        let properties = section(&mut reader, version)?;
        let (topic, payload) = (reader.prefixed()?, reader.prefixed()?);
        Some(Will {
            topic,
            payload,
            qos,
            retain: has(0x20),
            properties,
        })
    } else {
        None
    };
    let user = if has(0x80) {
        Some(reader.prefixed()?)
    } else {
        None
    };
    let password = if has(0x40) {
        Some(reader.prefixed()?)
    } else {
        None
    };
    let topic_ok = will.is_none_or(|w| !w.topic.is_empty() && topic::is_valid_name(w.topic));
    let text_ok = is_text(client_id) && user.is_none_or(is_text);
    (topic_ok && text_ok && reader.is_empty()).then_some(Connect {
        version,
        clean: has(0x02),
        keepalive,
        client_id,
        will,
        user,
        password,
        properties,
    })
}

fn section<'a>(reader: &mut Reader<'a>, version: u8) -> Option<&'a [u8]> {
    if version != VERSION_5 {
        return Some(&[]);
    }
    let len = varint::read(reader).ok()?;
    reader.take(usize::try_from(len).ok()?)
}

fn is_text(bytes: &[u8]) -> bool {
    !bytes.contains(&0) && core::str::from_utf8(bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::super::packet::parse;
    use super::*;

    fn read(buf: &[u8]) -> Result<Connect<'_>, ConnectError> {
        let mut packet = Packet::default();
        parse(buf, 4, &mut packet);
        Connect::read(&packet)
    }

    #[test]
    fn refusals() {
        let cases: [(&[u8], ConnectError); 10] = [
            (&[0x10, 0], ConnectError::Malformed),
            (
                b"\x10\x0c\x00\x04MQTX\x04\x02\x00\x00\x00\x00",
                ConnectError::UnsupportedVersion,
            ),
            (
                b"\x10\x0c\x00\x04MQTT\x03\x02\x00\x00\x00\x00",
                ConnectError::UnsupportedVersion,
            ),
            (
                b"\x10\x0c\x00\x04MQTT\x04\x03\x00\x00\x00\x00",
                ConnectError::Malformed,
            ), // reserved flag
            (
                b"\x10\x0c\x00\x04MQTT\x04\x22\x00\x00\x00\x00",
                ConnectError::Malformed,
            ), // will retain, no will
            (
                b"\x10\x0c\x00\x04MQTT\x04\x0a\x00\x00\x00\x00",
                ConnectError::Malformed,
            ), // will QoS, no will
            (
                b"\x10\x0f\x00\x04MQTT\x04\x42\x00\x00\x00\x00\x00\x01p",
                ConnectError::Malformed,
            ),
            (
                b"\x10\x0c\x00\x04MQTT\x04\x00\x00\x00\x00\x00",
                ConnectError::ClientId,
            ),
            (
                b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x01",
                ConnectError::Malformed,
            ), // id cut
            (
                b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x00\xff",
                ConnectError::Malformed,
            ), // bytes left over
        ];
        for (buf, want) in cases {
            assert_eq!(read(buf), Err(want), "{buf:x?}");
        }
    }

    #[test]
    fn accepted() {
        let connect = read(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00").expect("valid");
        assert_eq!(
            (connect.keepalive, connect.clean, connect.will),
            (60, true, None)
        );
    }
}
