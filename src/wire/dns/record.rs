//! Questions and resource records (RFC 1035 §4.1.2 and §4.1.3).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::name::{self, Name};
use super::{CLASS_IN, HEADER_LEN, MAX_MESSAGE, rtype};
use crate::wire::reader::Reader;

/// Shape of a question or record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Bytes of the name at this place.
    pub name_len: u16,
    /// Type.
    pub rtype: u16,
    /// Class.
    pub class: u16,
    /// Bytes of the data; 0 in a question.
    pub data_len: u16,
}

/// A question or record with its owner and data.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    /// Name that the record belongs to.
    pub owner: Name,
    /// Shape.
    pub shape: Shape,
    /// Data; empty in a question.
    pub data: &'a [u8],
    /// Offset of `data` in the message.
    pub data_at: usize,
    /// Offset behind the record.
    pub end: usize,
}

impl Record<'_> {
    /// The address in an A or AAAA record of class IN.
    pub fn address(&self) -> Option<IpAddr> {
        if self.shape.class != CLASS_IN {
            return None;
        }
        match self.shape.rtype {
            rtype::A => <[u8; 4]>::try_from(self.data)
                .ok()
                .map(|b| Ipv4Addr::from(b).into()),
            rtype::AAAA => <[u8; 16]>::try_from(self.data)
                .ok()
                .map(|b| Ipv6Addr::from(b).into()),
            _ => None,
        }
    }
}

/// Reads the question or record at `offset` of `message`, which has at least a header and at most
/// [`MAX_MESSAGE`] bytes.
pub fn read(message: &[u8], offset: usize, is_question: bool) -> Option<Record<'_>> {
    if message.len() > MAX_MESSAGE {
        return None;
    }
    read_any_size(message, offset, is_question)
}

/// As [`read`], for messages of any size (mDNS).
pub(super) fn read_any_size(
    message: &[u8],
    offset: usize,
    is_question: bool,
) -> Option<Record<'_>> {
    if message.len() < HEADER_LEN || offset >= message.len() {
        return None;
    }
    let (owner, name_len) = name::decode(message, offset)?;
    let mut reader = Reader::new(message.get(offset.checked_add(name_len)?..)?);
    let mut shape = Shape {
        name_len: u16::try_from(name_len).ok()?,
        rtype: reader.u16()?,
        class: reader.u16()?,
        data_len: 0,
    };
    let mut data: &[u8] = &[];
    if !is_question {
        reader.u32()?; // time to live
        shape.data_len = reader.u16()?;
        data = reader.take(shape.data_len.into())?;
    }
    let end = message.len().checked_sub(reader.rest().len())?;
    Some(Record {
        owner,
        shape,
        data,
        data_at: end.checked_sub(data.len())?,
        end,
    })
}
