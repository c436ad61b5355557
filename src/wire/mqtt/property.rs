//! MQTT 5 properties (MQTT 5.0 §2.2.2).

use super::sink::{self, EncodeError, Out, Sink};
use super::varint::{self, Varint};
use crate::wire::reader::Reader;

/// How the value of a property is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One byte.
    Byte,
    /// Two-byte length and UTF-8 text.
    Text,
    /// Two texts: name and value.
    TextPair,
    /// Two-byte length and bytes.
    Binary,
    /// Variable byte integer.
    Varint,
    /// Four bytes.
    Int,
    /// Two bytes.
    Short,
}

/// The kind of property `id`, none when MQTT 5.0 does not define it.
pub fn kind(id: u8) -> Option<Kind> {
    Some(match id {
        0x01 | 0x17 | 0x19 | 0x24 | 0x25 | 0x28 | 0x29 | 0x2a => Kind::Byte,
        0x13 | 0x21 | 0x22 | 0x23 => Kind::Short,
        0x02 | 0x11 | 0x18 | 0x27 => Kind::Int,
        0x0b => Kind::Varint,
        0x03 | 0x08 | 0x12 | 0x15 | 0x1a | 0x1c | 0x1f => Kind::Text,
        0x09 | 0x16 => Kind::Binary,
        0x26 => Kind::TextPair,
        _ => return None,
    })
}

/// Property id of the topic alias.
pub const TOPIC_ALIAS: u8 = 0x23;

/// One property. Its [`kind`] tells which of the fields has the value; the others are zero or empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Property<'a> {
    /// Property id.
    pub id: u8,
    /// Value of a number.
    pub number: u32,
    /// Name of a text pair.
    pub name: &'a [u8],
    /// Value of a text, binary data or a text pair.
    pub value: &'a [u8],
}

/// Reads the property at `offset` of a property section. Returns it and the offset behind it; none at the end of
/// the section and where no defined property can be read.
pub fn read_at(section: &[u8], offset: usize) -> Option<(Property<'_>, usize)> {
    let mut reader = Reader::new(section.get(offset..)?);
    let mut property = Property {
        id: reader.u8()?,
        ..Property::default()
    };
    match kind(property.id)? {
        Kind::Byte => property.number = reader.u8()?.into(),
        Kind::Short => property.number = reader.u16()?.into(),
        Kind::Int => property.number = reader.u32()?,
        Kind::Varint => property.number = varint::read(&mut reader).ok()?,
        Kind::Text | Kind::Binary => property.value = reader.prefixed()?,
        Kind::TextPair => {
            property.name = reader.prefixed()?;
            property.value = reader.prefixed()?;
        }
    }
    Some((property, section.len().checked_sub(reader.rest().len())?))
}

/// All properties of a section, up to the first that cannot be read.
pub fn iter(section: &[u8]) -> impl Iterator<Item = Property<'_>> {
    let mut offset = 0;
    core::iter::from_fn(move || {
        let (property, next) = read_at(section, offset)?;
        offset = next;
        Some(property)
    })
}

/// A list of properties that is known to be writable, and its length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section<'a> {
    properties: &'a [Property<'a>],
    length: Varint,
    total: usize,
}

impl<'a> Section<'a> {
    /// Measures `properties`.
    pub(super) fn new(properties: &'a [Property<'a>]) -> Result<Self, EncodeError> {
        let mut body = 0usize;
        for property in properties {
            body = body.saturating_add(encoded_len(property)?);
        }
        let length = u32::try_from(body)
            .ok()
            .and_then(Varint::encode)
            .ok_or(EncodeError::PacketTooLong)?;
        Ok(Section {
            properties,
            length,
            total: body.saturating_add(length.bytes().len()),
        })
    }

    /// Bytes on the wire, the length in front included.
    pub(super) fn len(&self) -> usize {
        self.total
    }

    /// Writes the length and the properties.
    pub(super) fn write<S: Sink>(&self, out: &mut Out<'_, S>) {
        out.bytes(self.length.bytes());
        for property in self.properties {
            write(property, out);
        }
    }
}

fn encoded_len(property: &Property<'_>) -> Result<usize, EncodeError> {
    let value = match kind(property.id).ok_or(EncodeError::UnknownProperty)? {
        Kind::Byte => 1,
        Kind::Short => 2,
        Kind::Int => 4,
        Kind::Varint => Varint::encode(property.number)
            .ok_or(EncodeError::NumberTooLarge)?
            .bytes()
            .len(),
        Kind::Text | Kind::Binary => sink::prefixed_len(property.value)?,
        Kind::TextPair => {
            sink::prefixed_len(property.name)?.saturating_add(sink::prefixed_len(property.value)?)
        }
    };
    Ok(value.saturating_add(1))
}

fn write<S: Sink>(property: &Property<'_>, out: &mut Out<'_, S>) {
    let Some(kind) = kind(property.id) else {
        return;
    };
    out.u8(property.id);
    let [b3, b2, b1, b0] = property.number.to_be_bytes();
    match kind {
        Kind::Byte => out.u8(b0),
        Kind::Short => out.bytes(&[b1, b0]),
        Kind::Int => out.bytes(&[b3, b2, b1, b0]),
        Kind::Varint => {
            if let Some(varint) = Varint::encode(property.number) {
                out.bytes(varint.bytes());
            }
        }
        Kind::Text | Kind::Binary => out.prefixed(property.value),
        Kind::TextPair => {
            out.prefixed(property.name);
            out.prefixed(property.value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn reads_every_kind_in_order() {
        let section = [
            0x01, 1, // byte
            0x23, 0, 7, // short
            0x02, 0, 0, 1, 0, // int
            0x0b, 0xac, 2, // varint
            0x03, 0, 1, b'x', // text
            0x09, 0, 2, 0xff, 0, // binary
            0x26, 0, 1, b'k', 0, 0, // pair
            0x26, 0, 1, b'k', 0, 1, b'v', // repeated
        ];
        let all: Vec<_> = iter(&section).collect();
        let numbers: Vec<u32> = all.iter().map(|p| p.number).collect();
        assert_eq!(numbers, [1, 7, 256, 300, 0, 0, 0, 0]);
        assert_eq!(all[4].value, b"x");
        assert_eq!(all[5].value, [0xff, 0]);
        assert_eq!((all[6].name, all[6].value), (&b"k"[..], &b""[..]));
        assert_eq!(all[7].value, b"v");
        assert_eq!(
            read_at(&section, section.len() - 7).expect("last").1,
            section.len()
        );
        assert_eq!(read_at(&section, section.len()), None);
        assert_eq!(read_at(&section, usize::MAX), None);
    }

    #[test]
    fn stops_at_what_it_cannot_read() {
        let cut: [&[u8]; 7] = [
            &[0x00],
            &[0x7f, 1],
            &[0x02, 0, 0, 1],
            &[0x03, 0, 2, b'x'],
            &[0x26, 0, 1, b'k', 0],
            &[0x0b, 0xff, 0xff, 0xff, 0xff, 1],
            &[0x0b, 0x80],
        ];
        for section in cut {
            assert_eq!(read_at(section, 0), None, "{section:x?}");
        }
    }

    #[test]
    fn exactly_the_defined_ids_are_known() {
        let known: Vec<u8> = (0..=255u8).filter(|id| kind(*id).is_some()).collect();
        assert_eq!(known.len(), 27);
        assert_eq!((known.first(), known.last()), (Some(&0x01), Some(&0x2a)));
    }
}
