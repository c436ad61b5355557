//! Writing packets (MQTT 3.1.1 and 5.0, §3).
//!
//! Every function measures first and writes afterwards, so that nothing is written of a packet that is refused.

use super::property::{Property, Section};
pub use super::sink::{EncodeError, Sink};
use super::sink::{Out, prefixed_len};
use super::varint::Varint;
use super::{VERSION_5, command};

/// Last will: what the server publishes when the client vanishes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Will<'a> {
    /// Topic.
    pub topic: &'a [u8],
    /// Payload.
    pub payload: &'a [u8],
    /// QoS, 0 to 3.
    pub qos: u8,
    /// Retain flag.
    pub retain: bool,
    /// Properties (MQTT 5).
    pub properties: &'a [Property<'a>],
}

/// Fields of CONNECT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connect<'a> {
    /// Protocol level. Only 5 writes properties.
    pub version: u8,
    /// Client id.
    pub client_id: &'a [u8],
    /// User name, empty for none.
    pub user: &'a [u8],
    /// Password, empty for none. MQTT 3.1.1 forbids one without a user name: it is left out there.
    pub password: &'a [u8],
    /// Keep-alive interval in seconds.
    pub keepalive: u16,
    /// Clean session or clean start.
    pub clean: bool,
    /// Last will.
    pub will: Option<Will<'a>>,
    /// Properties (MQTT 5).
    pub properties: &'a [Property<'a>],
}

/// Fields of PUBLISH.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Publish<'a> {
    /// Topic name.
    pub topic: &'a [u8],
    /// Payload.
    pub payload: &'a [u8],
    /// QoS, 0 to 3. Above 0 the id is written.
    pub qos: u8,
    /// Packet id.
    pub id: u16,
    /// Retain flag.
    pub retain: bool,
    /// Sent before.
    pub duplicate: bool,
    /// Properties: some for MQTT 5, none for 3.1.1.
    pub properties: Option<&'a [Property<'a>]>,
}

/// Fixed header alone: the caller writes the `len` bytes that follow.
pub fn header<S: Sink>(command: u8, flags: u8, len: u32, sink: &mut S) -> Result<(), EncodeError> {
    let length = Varint::encode(len).ok_or(EncodeError::PacketTooLong)?;
    let mut out = Out::new(sink);
    out.u8(command << 4 | flags & 0x0f);
    out.bytes(length.bytes());
    out.end()
}

/// CONNECT.
pub fn connect<S: Sink>(fields: &Connect<'_>, sink: &mut S) -> Result<(), EncodeError> {
    let v5 = fields.version == VERSION_5;
    let password = if v5 || !fields.user.is_empty() {
        fields.password
    } else {
        b""
    };
    let properties = section(v5.then_some(fields.properties))?;
    let will = fields.will.unwrap_or_default();
    let will_properties = section(v5.then_some(will.properties))?;

    // Protocol name, level, flags, keep-alive.
    let mut len = 10usize.saturating_add(section_len(&properties));
    len = len.saturating_add(prefixed_len(fields.client_id)?);
    if fields.will.is_some() {
        len = len.saturating_add(section_len(&will_properties));
        len = len
            .saturating_add(prefixed_len(will.topic)?)
            .saturating_add(prefixed_len(will.payload)?);
    }
    for text in [fields.user, password] {
        len = len.saturating_add(if text.is_empty() {
            0
        } else {
            prefixed_len(text)?
        });
    }

    start(command::CONNECT, 0, len, sink)?;
    let mut out = Out::new(sink);
    out.prefixed(b"MQTT");
    out.u8(fields.version);
    out.u8(connect_flags(fields, !password.is_empty()));
    out.u16(fields.keepalive);
    out.section(&properties);
    out.prefixed(fields.client_id);
    if fields.will.is_some() {
        out.section(&will_properties);
        out.prefixed(will.topic);
        out.prefixed(will.payload);
    }
    for text in [fields.user, password] {
        if !text.is_empty() {
            out.prefixed(text);
        }
    }
    out.end()
}

/// PUBLISH.
pub fn publish<S: Sink>(fields: &Publish<'_>, sink: &mut S) -> Result<(), EncodeError> {
    let qos = fields.qos & 3;
    let properties = section(fields.properties)?;
    let mut len = prefixed_len(fields.topic)?.saturating_add(section_len(&properties));
    len = len.saturating_add(fields.payload.len());
    if qos > 0 {
        len = len.saturating_add(2);
    }
    let flags = u8::from(fields.duplicate) << 3 | qos << 1 | u8::from(fields.retain);
    start(command::PUBLISH, flags, len, sink)?;
    let mut out = Out::new(sink);
    out.prefixed(fields.topic);
    if qos > 0 {
        out.u16(fields.id);
    }
    out.section(&properties);
    out.bytes(fields.payload);
    out.end()
}

/// SUBSCRIBE for one filter. `options` is the options byte: the QoS in its low two bits.
pub fn subscribe<S: Sink>(
    id: u16,
    filter: &[u8],
    options: u8,
    properties: Option<&[Property<'_>]>,
    sink: &mut S,
) -> Result<(), EncodeError> {
    filter_packet(
        command::SUBSCRIBE,
        id,
        filter,
        Some(options),
        properties,
        sink,
    )
}

/// UNSUBSCRIBE for one filter.
pub fn unsubscribe<S: Sink>(
    id: u16,
    filter: &[u8],
    properties: Option<&[Property<'_>]>,
    sink: &mut S,
) -> Result<(), EncodeError> {
    filter_packet(command::UNSUBSCRIBE, id, filter, None, properties, sink)
}

/// DISCONNECT, normal. `properties`: some for MQTT 5, none for 3.1.1.
pub fn disconnect<S: Sink>(
    properties: Option<&[Property<'_>]>,
    sink: &mut S,
) -> Result<(), EncodeError> {
    let properties = section(properties)?;
    let reason = usize::from(properties.is_some());
    start(
        command::DISCONNECT,
        0,
        section_len(&properties).saturating_add(reason),
        sink,
    )?;
    let mut out = Out::new(sink);
    if properties.is_some() {
        out.u8(0);
    }
    out.section(&properties);
    out.end()
}

/// PUBACK, PUBREC, PUBREL or PUBCOMP. With `reason` it has the long form of MQTT 5, without properties.
pub fn acknowledge<S: Sink>(
    command: u8,
    id: u16,
    reason: Option<u8>,
    sink: &mut S,
) -> Result<(), EncodeError> {
    let [high, low] = id.to_be_bytes();
    let first = command << 4 | if command == command::PUBREL { 2 } else { 0 };
    let mut out = Out::new(sink);
    match reason {
        Some(reason) => out.bytes(&[first, 4, high, low, reason, 0]),
        None => out.bytes(&[first, 2, high, low]),
    }
    out.end()
}

fn filter_packet<S: Sink>(
    command: u8,
    id: u16,
    filter: &[u8],
    options: Option<u8>,
    properties: Option<&[Property<'_>]>,
    sink: &mut S,
) -> Result<(), EncodeError> {
    let properties = section(properties)?;
    let fixed = 2usize.saturating_add(usize::from(options.is_some()));
    let len = fixed
        .saturating_add(section_len(&properties))
        .saturating_add(prefixed_len(filter)?);
    start(command, 2, len, sink)?;
    let mut out = Out::new(sink);
    out.u16(id);
    out.section(&properties);
    out.prefixed(filter);
    if let Some(options) = options {
        out.u8(options);
    }
    out.end()
}

fn start<S: Sink>(command: u8, flags: u8, len: usize, sink: &mut S) -> Result<(), EncodeError> {
    let len = u32::try_from(len).map_err(|_| EncodeError::PacketTooLong)?;
    header(command, flags, len, sink)
}

fn connect_flags(fields: &Connect<'_>, with_password: bool) -> u8 {
    let mut flags = u8::from(!fields.user.is_empty()) << 7
        | u8::from(with_password) << 6
        | u8::from(fields.clean) << 1;
    if let Some(will) = fields.will {
        flags |= 4 | (will.qos & 3) << 3 | u8::from(will.retain) << 5;
    }
    flags
}

fn section<'a>(properties: Option<&'a [Property<'a>]>) -> Result<Option<Section<'a>>, EncodeError> {
    properties.map(Section::new).transpose()
}

fn section_len(section: &Option<Section<'_>>) -> usize {
    section.as_ref().map_or(0, Section::len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn hex(text: &str) -> Vec<u8> {
        text.split_whitespace()
            .map(|b| u8::from_str_radix(b, 16).expect("hex"))
            .collect()
    }

    fn sample<'a>(
        version: u8,
        properties: &'a [Property<'a>],
        will: &'a [Property<'a>],
    ) -> Connect<'a> {
        Connect {
            version,
            client_id: b"ab",
            user: b"u",
            password: b"p",
            keepalive: 60,
            clean: true,
            will: Some(Will {
                topic: b"w",
                payload: b"bye",
                qos: 1,
                retain: true,
                properties: will,
            }),
            properties,
        }
    }

    #[test]
    fn connect_3_1_1() {
        let mut out = Vec::new();
        connect(&sample(4, &[], &[]), &mut out).expect("fits");
        let want = "10 1c 00 04 4d 51 54 54 04 ee 00 3c 00 02 61 62 00 01 77 00 03 62 79 65 00 01 75 00 01 70";
        assert_eq!(out, hex(want));
    }

    #[test]
    fn connect_5() {
        let properties = [Property {
            id: 0x11,
            number: 300,
            ..Property::default()
        }];
        let will = [Property {
            id: 0x18,
            number: 5,
            ..Property::default()
        }];
        let mut out = Vec::new();
        connect(&sample(5, &properties, &will), &mut out).expect("fits");
        let want = "10 28 00 04 4d 51 54 54 05 ee 00 3c 05 11 00 00 01 2c 00 02 61 62 05 18 00 00 00 05 \
                    00 01 77 00 03 62 79 65 00 01 75 00 01 70";
        assert_eq!(out, hex(want));
    }

    #[test]
    fn a_password_alone_is_for_version_5() {
        let lone = |version| {
            let mut out = Vec::new();
            let fields = Connect {
                version,
                client_id: b"c",
                password: b"p",
                ..Connect::default()
            };
            connect(&fields, &mut out).expect("fits");
            out
        };
        assert_eq!(lone(4), hex("10 0d 00 04 4d 51 54 54 04 00 00 00 00 01 63"));
        assert_eq!(
            lone(5),
            hex("10 11 00 04 4d 51 54 54 05 40 00 00 00 00 01 63 00 01 70")
        );
    }

    #[test]
    fn publish_bytes() {
        let mut out = Vec::new();
        let fields = Publish {
            topic: b"t/x",
            payload: b"hi",
            qos: 1,
            id: 1,
            properties: Some(&[]),
            ..Publish::default()
        };
        publish(&fields, &mut out).expect("fits");
        assert_eq!(out, hex("32 0a 00 03 74 2f 78 00 01 00 68 69"));
        out.clear();
        let fields = Publish {
            qos: 2,
            id: 6,
            retain: true,
            properties: None,
            ..fields
        };
        publish(&fields, &mut out).expect("fits");
        assert_eq!(out, hex("35 09 00 03 74 2f 78 00 06 68 69"));
    }

    #[test]
    fn small_packets() {
        let mut out = Vec::new();
        subscribe(2, b"t/x", 1, Some(&[]), &mut out).expect("fits");
        assert_eq!(out, hex("82 09 00 02 00 00 03 74 2f 78 01"));
        out.clear();
        unsubscribe(3, b"t", None, &mut out).expect("fits");
        assert_eq!(out, hex("a2 05 00 03 00 01 74"));
        out.clear();
        disconnect(None, &mut out).expect("fits");
        disconnect(Some(&[]), &mut out).expect("fits");
        assert_eq!(out, hex("e0 00 e0 02 00 00"));
        out.clear();
        acknowledge(command::PUBACK, 5, None, &mut out).expect("fits");
        acknowledge(command::PUBREC, 5, Some(0), &mut out).expect("fits");
        acknowledge(command::PUBREL, 5, None, &mut out).expect("fits");
        assert_eq!(out, hex("40 02 00 05 50 04 00 05 00 00 62 02 00 05"));
    }

    #[test]
    fn what_is_refused_writes_nothing() {
        let long = std::vec![b'x'; 65_536];
        let mut out = Vec::new();
        let fields = Publish {
            topic: &long,
            ..Publish::default()
        };
        assert_eq!(publish(&fields, &mut out), Err(EncodeError::StringTooLong));
        let unknown = [Property {
            id: 0x70,
            ..Property::default()
        }];
        assert_eq!(
            disconnect(Some(&unknown), &mut out),
            Err(EncodeError::UnknownProperty)
        );
        let large = [Property {
            id: 0x0b,
            number: u32::MAX,
            ..Property::default()
        }];
        assert_eq!(
            disconnect(Some(&large), &mut out),
            Err(EncodeError::NumberTooLarge)
        );
        assert_eq!(
            header(3, 0, 268_435_456, &mut out),
            Err(EncodeError::PacketTooLong)
        );
        assert!(out.is_empty());
    }

    #[test]
    fn a_full_sink_is_reported() {
        struct Nothing;
        impl Sink for Nothing {
            fn put(&mut self, _: &[u8]) -> bool {
                false
            }
        }
        assert_eq!(
            subscribe(1, b"t", 0, None, &mut Nothing),
            Err(EncodeError::Full)
        );
    }
}
