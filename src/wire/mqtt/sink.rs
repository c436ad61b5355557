//! Where packets are written to, and why they are not.

use super::property::Section;

/// Where packets go.
pub trait Sink {
    /// Appends bytes. False when there is no room.
    fn put(&mut self, bytes: &[u8]) -> bool;
}

impl Sink for alloc::vec::Vec<u8> {
    fn put(&mut self, bytes: &[u8]) -> bool {
        self.extend_from_slice(bytes);
        true
    }
}

/// Why a packet was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// A string is longer than 65535 bytes.
    StringTooLong,
    /// The packet is longer than 268435455 bytes.
    PacketTooLong,
    /// A property id that MQTT 5.0 does not define.
    UnknownProperty,
    /// A number above 268435455 for a variable byte integer.
    NumberTooLarge,
    /// The sink took only a part.
    Full,
}

impl EncodeError {
    /// Text for people.
    pub fn text(self) -> &'static str {
        match self {
            EncodeError::StringTooLong => "MQTT string too long",
            EncodeError::PacketTooLong => "MQTT packet too long",
            EncodeError::UnknownProperty => "MQTT property unknown",
            EncodeError::NumberTooLarge => "MQTT property value too large",
            EncodeError::Full => "OOM",
        }
    }
}

/// Bytes of a string with its two-byte length.
pub(super) fn prefixed_len(bytes: &[u8]) -> Result<usize, EncodeError> {
    match u16::try_from(bytes.len()) {
        Ok(len) => Ok(usize::from(len).saturating_add(2)),
        Err(_) => Err(EncodeError::StringTooLong),
    }
}

/// Writes to a sink and remembers whether everything fitted.
pub(super) struct Out<'s, S> {
    sink: &'s mut S,
    ok: bool,
}

impl<'s, S: Sink> Out<'s, S> {
    pub(super) fn new(sink: &'s mut S) -> Self {
        Out { sink, ok: true }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.ok = self.ok && (bytes.is_empty() || self.sink.put(bytes));
    }

    pub(super) fn u8(&mut self, byte: u8) {
        self.bytes(&[byte]);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    /// A string that [`prefixed_len`] has measured.
    pub(super) fn prefixed(&mut self, bytes: &[u8]) {
        self.u16(u16::try_from(bytes.len()).unwrap_or(u16::MAX));
        self.bytes(bytes);
    }

    pub(super) fn section(&mut self, section: &Option<Section<'_>>) {
        if let Some(section) = section {
            section.write(self);
        }
    }

    pub(super) fn end(self) -> Result<(), EncodeError> {
        if self.ok {
            Ok(())
        } else {
            Err(EncodeError::Full)
        }
    }
}
