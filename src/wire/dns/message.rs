//! A message as a resolver sees it.

use core::net::IpAddr;

use super::name::Name;
use super::record::{self, Record};
use super::{HEADER_LEN, MAX_ANSWERS};
use crate::wire::reader::Reader;

/// The six numbers in front of every message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Id of the transaction.
    pub id: u16,
    /// Flags.
    pub flags: u16,
    /// Number of questions.
    pub questions: u16,
    /// Number of answers.
    pub answers: u16,
    /// Number of authority records.
    pub authorities: u16,
    /// Number of additional records.
    pub additionals: u16,
}

impl Header {
    /// Reads the header.
    pub fn read(message: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(message);
        Some(Header {
            id: reader.u16()?,
            flags: reader.u16()?,
            questions: reader.u16()?,
            answers: reader.u16()?,
            authorities: reader.u16()?,
            additionals: reader.u16()?,
        })
    }

    /// True for responses.
    pub fn is_response(&self) -> bool {
        self.flags & 0x8000 != 0
    }

    /// Bytes on the wire.
    pub fn bytes(&self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        let fields = [
            self.id,
            self.flags,
            self.questions,
            self.answers,
            self.authorities,
            self.additionals,
        ];
        for (slot, field) in bytes.chunks_exact_mut(2).zip(fields) {
            slot.copy_from_slice(&field.to_be_bytes());
        }
        bytes
    }
}

/// What a message says about one name.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// Header.
    pub header: Header,
    /// The question.
    pub question: Option<Record<'a>>,
    /// Owner of the last record looked at, else the name of the question.
    pub name: Name,
    /// First address among the answers.
    pub address: Option<IpAddr>,
}

/// Reads a message: its question and, in a response, the answers up to the first address.
///
/// None when the header, the question or one of the records up to there cannot be read, and when there is more
/// than one question.
pub fn parse(message: &[u8]) -> Option<Message<'_>> {
    let header = Header::read(message)?;
    let mut parsed = Message {
        header,
        question: None,
        name: Name::new(),
        address: None,
    };
    let mut at = HEADER_LEN;
    match header.questions {
        0 => {}
        1 => {
            let question = record::read(message, at, true)?;
            at = question.end;
            parsed.name = question.owner;
            parsed.question = Some(question);
        }
        _ => return None,
    }
    if !header.is_response() {
        return Some(parsed);
    }
    for _ in 0..header.answers.min(MAX_ANSWERS) {
        let answer = record::read(message, at, false)?;
        at = answer.end;
        parsed.name = answer.owner;
        parsed.address = answer.address();
        if parsed.address.is_some() {
            break;
        }
    }
    Some(parsed)
}
