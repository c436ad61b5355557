//! Properties of the whole codec: what is written is read back, and no bytes whatever make it panic.

use super::build::{self, Publish, Will};
use super::connect::Connect;
use super::filters::{Filter, Filters};
use super::packet::{Packet, Status, parse};
use super::property::{self, Kind, Property};
use super::{command, strict};
use proptest::collection::vec;
use proptest::prelude::*;
use std::string::String;
use std::vec::Vec;

/// An owned property, for generators.
#[derive(Clone, Debug)]
struct Owned {
    id: u8,
    number: u32,
    name: Vec<u8>,
    value: Vec<u8>,
}

impl Owned {
    fn borrow(&self) -> Property<'_> {
        Property {
            id: self.id,
            number: self.number,
            name: &self.name,
            value: &self.value,
        }
    }
}

fn properties() -> impl Strategy<Value = Vec<Owned>> {
    let ids: Vec<u8> = (0..=255u8)
        .filter(|id| property::kind(*id).is_some())
        .collect();
    let one = (
        proptest::sample::select(ids),
        any::<u32>(),
        vec(any::<u8>(), 0..9),
        vec(any::<u8>(), 0..9),
    );
    vec(
        one.prop_map(|(id, number, name, value)| canonical(id, number, name, value)),
        0..6,
    )
}

/// Keeps only the fields that the kind of the property uses.
fn canonical(id: u8, number: u32, name: Vec<u8>, value: Vec<u8>) -> Owned {
    let (number, name, value) = match property::kind(id).expect("defined") {
        Kind::Byte => (number & 0xff, Vec::new(), Vec::new()),
        Kind::Short => (number & 0xffff, Vec::new(), Vec::new()),
        Kind::Int => (number, Vec::new(), Vec::new()),
        Kind::Varint => (number & 0x0fff_ffff, Vec::new(), Vec::new()),
        Kind::Text | Kind::Binary => (0, Vec::new(), value),
        Kind::TextPair => (0, name, value),
    };
    Owned {
        id,
        number,
        name,
        value,
    }
}

fn topic() -> impl Strategy<Value = String> {
    "[a-z0-9/$ ü]{1,40}"
}

fn whole(buf: &[u8], version: u8) -> Packet<'_> {
    let mut packet = Packet::default();
    assert_eq!(parse(buf, version, &mut packet), Status::Complete);
    assert_eq!(packet.bytes, buf);
    packet
}

/// Each proper prefix is incomplete: never complete, never malformed, never a panic.
fn prefixes_are_incomplete(buf: &[u8], version: u8) {
    for end in 0..buf.len() {
        let mut packet = Packet::default();
        assert_eq!(parse(&buf[..end], version, &mut packet), Status::Incomplete);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn publish(topic in topic(), payload in vec(any::<u8>(), 0..300), qos in 0..3u8, id in 1..=u16::MAX,
               retain: bool, duplicate: bool, list in properties(), v5: bool) {
        let list: Vec<_> = list.iter().map(Owned::borrow).collect();
        let fields = Publish {
            topic: topic.as_bytes(), payload: &payload, qos, id, retain,
            duplicate: duplicate && qos > 0,
            properties: v5.then_some(&list[..]),
        };
        let version = if v5 { 5 } else { 4 };
        let mut buf = Vec::new();
        build::publish(&fields, &mut buf).expect("fits");
        prefixes_are_incomplete(&buf, version);
        let packet = whole(&buf, version);
        prop_assert_eq!(strict::check(&packet, version), Ok(()));
        prop_assert_eq!(packet.command, command::PUBLISH);
        prop_assert_eq!((packet.topic, packet.payload, packet.qos), (topic.as_bytes(), &payload[..], qos));
        prop_assert_eq!(packet.id, if qos > 0 { id } else { 0 });
        prop_assert_eq!(packet.flags & 1 != 0, retain);
        let read: Vec<_> = property::iter(&buf[packet.properties.clone()]).collect();
        prop_assert_eq!(read, if v5 { list.clone() } else { Vec::new() });
    }

    #[test]
    fn connect(id in "[a-z]{0,30}", user in "[a-z]{0,9}", password in vec(any::<u8>(), 0..9), keepalive: u16,
               will in proptest::option::of((topic(), vec(any::<u8>(), 0..9), 0..3u8, any::<bool>())),
               list in properties(), v5: bool) {
        let list: Vec<_> = list.iter().map(Owned::borrow).collect();
        let version = if v5 { 5 } else { 4 };
        let fields = build::Connect {
            version, client_id: id.as_bytes(), user: user.as_bytes(), password: &password, keepalive,
            clean: true,
            will: will.as_ref().map(|(topic, payload, qos, retain)| Will {
                topic: topic.as_bytes(), payload, qos: *qos, retain: *retain, properties: &list,
            }),
            properties: &list,
        };
        let mut buf = Vec::new();
        build::connect(&fields, &mut buf).expect("fits");
        prefixes_are_incomplete(&buf, version);
        let packet = whole(&buf, version);
        prop_assert_eq!(strict::check(&packet, version), Ok(()));
        let read = Connect::read(&packet).expect("valid");
        prop_assert_eq!((read.version, read.client_id, read.keepalive), (version, id.as_bytes(), keepalive));
        prop_assert_eq!(read.user.unwrap_or_default(), user.as_bytes());
        let sent = v5 || !user.is_empty();
        prop_assert_eq!(read.password.unwrap_or_default(), if sent { &password[..] } else { &[][..] });
        prop_assert_eq!(read.will.is_some(), will.is_some());
        if let (Some(got), Some(want)) = (read.will, fields.will) {
            prop_assert_eq!((got.topic, got.payload, got.qos, got.retain), (want.topic, want.payload, want.qos, want.retain));
            prop_assert_eq!(property::iter(got.properties).count(), if v5 { list.len() } else { 0 });
        }
        let got: Vec<_> = property::iter(read.properties).collect();
        prop_assert_eq!(got, if v5 { list.clone() } else { Vec::new() });
    }

    #[test]
    fn subscribe_and_unsubscribe(topic in "[a-z/]{1,30}", qos in 0..3u8, id in 1..=u16::MAX, list in properties(), v5: bool) {
        let list: Vec<_> = list.iter().map(Owned::borrow).collect();
        let version = if v5 { 5 } else { 4 };
        for subscribing in [true, false] {
            let mut buf = Vec::new();
            let properties = v5.then_some(&list[..]);
            if subscribing {
                build::subscribe(id, topic.as_bytes(), qos, properties, &mut buf).expect("fits");
            } else {
                build::unsubscribe(id, topic.as_bytes(), properties, &mut buf).expect("fits");
            }
            prefixes_are_incomplete(&buf, version);
            let packet = whole(&buf, version);
            prop_assert_eq!(strict::check(&packet, version), Ok(()));
            prop_assert_eq!(packet.id, id);
            let filters: Vec<_> = Filters::new(&packet, version).expect("id").collect();
            let options = if subscribing { qos } else { 0 };
            prop_assert_eq!(filters, [Filter { topic: topic.as_bytes(), options }]);
        }
    }

    #[test]
    fn acknowledgements(kind in command::PUBACK..=command::PUBCOMP, id: u16, reason in proptest::option::of(any::<u8>())) {
        let mut buf = Vec::new();
        build::acknowledge(kind, id, reason, &mut buf).expect("fits");
        prefixes_are_incomplete(&buf, 5);
        let packet = whole(&buf, 5);
        prop_assert_eq!((packet.command, packet.id), (kind, id));
        prop_assert_eq!(strict::check(&packet, 5), Ok(()));
    }

    /// Every packet type, whatever its body: what is read, written again, is the same bytes.
    #[test]
    fn every_type(kind in 1..=15u8, flags in 0..16u8, mut body in vec(any::<u8>(), 4..300), v5: bool) {
        let version = if v5 { 5 } else { 4 };
        if kind == command::PUBLISH {
            // A topic of two bytes, and no properties, so that it is readable.
            body.splice(0..0, [0, 2, b't', b'u', 0, 9, 0]);
        }
        let mut buf = Vec::new();
        let len = u32::try_from(body.len()).expect("short");
        build::header(kind, flags, len, &mut buf).expect("fits");
        buf.extend_from_slice(&body);
        if !(kind == command::PUBLISH && flags & 6 == 0) {
            prefixes_are_incomplete(&buf, version);
            let packet = whole(&buf, version);
            prop_assert_eq!((packet.command, packet.flags, packet.body), (kind, flags, &body[..]));
            let mut again = Vec::new();
            build::header(packet.command, packet.flags, len, &mut again).expect("fits");
            again.extend_from_slice(packet.body);
            prop_assert_eq!(again, buf);
        }
    }

    #[test]
    fn disconnect(list in properties(), v5: bool) {
        let list: Vec<_> = list.iter().map(Owned::borrow).collect();
        let mut buf = Vec::new();
        build::disconnect(v5.then_some(&list[..]), &mut buf).expect("fits");
        let packet = whole(&buf, if v5 { 5 } else { 4 });
        prop_assert_eq!(packet.command, command::DISCONNECT);
        prop_assert_eq!(strict::check(&packet, if v5 { 5 } else { 4 }), Ok(()));
        if v5 {
            // A reason, the length of the properties in one byte or two, the properties.
            let skip = if packet.body.len() > 129 { 3 } else { 2 };
            let read: Vec<_> = property::iter(&packet.body[skip..]).collect();
            prop_assert_eq!((packet.body[0], read), (0, list.clone()));
        } else {
            prop_assert!(packet.body.is_empty());
        }
    }

    #[test]
    fn any_bytes(buf in vec(any::<u8>(), 0..200), version in 4..=5u8) {
        let mut packet = Packet::default();
        if parse(&buf, version, &mut packet) == Status::Complete {
            let _ = strict::check(&packet, version);
            let _ = Connect::read(&packet);
            prop_assert!(packet.bytes.len() <= buf.len());
            let section = packet.bytes.get(packet.properties.clone()).expect("inside the packet");
            prop_assert!(property::iter(section).count() <= section.len());
        }
        for offset in 0..=buf.len() {
            if let Some((_, next)) = property::read_at(&buf, offset) {
                prop_assert!(next > offset && next <= buf.len());
            }
        }
    }
}
