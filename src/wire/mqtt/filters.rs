//! The bodies of SUBSCRIBE and UNSUBSCRIBE (MQTT 5.0 §3.8 and §3.10).

use super::packet::Packet;
use super::{VERSION_5, command, topic, varint};
use crate::wire::reader::Reader;

/// One entry of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter<'a> {
    /// Topic filter.
    pub topic: &'a [u8],
    /// Subscription options, the wanted QoS in the low two bits. 0 in UNSUBSCRIBE.
    pub options: u8,
}

/// The entries of a SUBSCRIBE or UNSUBSCRIBE; the iterator ends before the first one that is cut.
#[derive(Clone, Debug)]
pub struct Filters<'a> {
    reader: Reader<'a>,
    with_options: bool,
}

impl<'a> Filters<'a> {
    /// Starts at the first entry: behind the packet id and, in MQTT 5, the properties.
    pub fn new(packet: &Packet<'a>, version: u8) -> Option<Self> {
        let mut reader = Reader::new(packet.body);
        reader.u16()?;
        if version == VERSION_5 {
            let len = varint::read(&mut reader).ok()?;
            reader.take(usize::try_from(len).ok()?)?;
        }
        Some(Filters {
            reader,
            with_options: packet.command == command::SUBSCRIBE,
        })
    }

    /// True when everything has been read.
    pub fn is_empty(&self) -> bool {
        self.reader.is_empty()
    }
}

impl<'a> Iterator for Filters<'a> {
    type Item = Filter<'a>;

    fn next(&mut self) -> Option<Filter<'a>> {
        let mut ahead = self.reader;
        let topic = ahead.prefixed()?;
        let options = if self.with_options { ahead.u8()? } else { 0 };
        self.reader = ahead;
        Some(Filter { topic, options })
    }
}

/// True when the packet has at least one entry and each of them is complete and valid.
pub fn are_valid(packet: &Packet<'_>, version: u8) -> bool {
    let Some(mut filters) = Filters::new(packet, version) else {
        return false;
    };
    let mut count = 0usize;
    for filter in filters.by_ref() {
        count = count.saturating_add(1);
        if !topic::is_valid_filter(filter.topic) || !options_are_valid(filter.options, version) {
            return false;
        }
    }
    count > 0 && filters.is_empty()
}

fn options_are_valid(options: u8, version: u8) -> bool {
    let qos = options & 3;
    let retain_handling = (options >> 4) & 3;
    if version == VERSION_5 {
        qos < 3 && retain_handling < 3 && options & 0xc0 == 0
    } else {
        options < 3
    }
}

#[cfg(test)]
mod tests {
    use super::super::packet::{Status, parse};
    use super::*;
    use std::vec::Vec;

    fn check(buf: &[u8], version: u8) -> bool {
        let mut packet = Packet::default();
        assert_eq!(
            parse(buf, version, &mut packet),
            Status::Complete,
            "{buf:x?}"
        );
        are_valid(&packet, version)
    }

    #[test]
    fn lists() {
        let two = [0x82, 10, 0, 1, 0, 1, b'a', 0, 0, 1, b'#', 2];
        let mut packet = Packet::default();
        parse(&two, 4, &mut packet);
        let all: Vec<_> = Filters::new(&packet, 4).expect("id").collect();
        assert_eq!(
            all,
            [
                Filter {
                    topic: b"a",
                    options: 0
                },
                Filter {
                    topic: b"#",
                    options: 2
                }
            ]
        );
        assert!(check(&two, 4));
        assert!(check(&[0xa2, 5, 0, 1, 0, 1, b'a'], 4));
        assert!(check(&[0x82, 7, 0, 1, 0, 0, 1, b'a', 0x2d], 5));
    }

    #[test]
    fn refused() {
        let cases: [(&[u8], u8); 8] = [
            (&[0x82, 2, 0, 1], 4),                      // no filter
            (&[0x82, 5, 0, 1, 0, 1, b'a'], 4),          // no QoS byte
            (&[0x82, 6, 0, 1, 0, 1, b'a', 3], 4),       // QoS 3
            (&[0x82, 6, 0, 1, 0, 1, b'a', 0x10], 4),    // reserved bits
            (&[0x82, 6, 0, 1, 0, 2, b'a', 0], 4),       // filter longer than the packet
            (&[0x82, 5, 0, 1, 0, 0, 0], 4),             // empty filter
            (&[0x82, 7, 0, 1, 0, 0, 1, b'a', 0x30], 5), // retain handling 3
            (&[0x82, 7, 0, 1, 9, 0, 1, b'a', 0], 5),    // properties longer than the packet
        ];
        for (buf, version) in cases {
            assert!(!check(buf, version), "{buf:x?}");
        }
    }
}
