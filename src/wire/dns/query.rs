//! Queries, and which replies answer them (RFC 5452 §9).

use alloc::vec::Vec;

use super::message::{Header, Message};
use super::{CLASS_IN, HEADER_LEN, name, rtype};

/// A recursive query for one record type. None when `host` is not an encodable name.
pub fn build(id: u16, host: &[u8], wanted: u16) -> Option<Vec<u8>> {
    build_with_flags(id, 0x0100, host, wanted)
}

/// A query with flags of the caller's choice; mDNS uses 0.
pub(super) fn build_with_flags(id: u16, flags: u16, host: &[u8], wanted: u16) -> Option<Vec<u8>> {
    let header = Header {
        id,
        flags,
        questions: 1,
        answers: 0,
        authorities: 0,
        additionals: 0,
    };
    let mut out = Vec::with_capacity(
        HEADER_LEN
            .saturating_add(name::MAX_ENCODED)
            .saturating_add(4),
    );
    out.extend_from_slice(&header.bytes());
    name::encode(host, &mut out)?;
    out.extend_from_slice(&wanted.to_be_bytes());
    out.extend_from_slice(&CLASS_IN.to_be_bytes());
    Some(out)
}

/// True when `reply` answers the query `id` for `host` and `wanted`: a response with this id whose question, if
/// it has one, is ours. Where it came from is for the caller to check.
pub fn is_answered_by(id: u16, host: &[u8], wanted: u16, reply: &Message<'_>) -> bool {
    let same_question = reply.question.is_none_or(|question| {
        question.shape.rtype == wanted
            && question.shape.class == CLASS_IN
            && name::equal(question.owner.as_bytes(), host)
    });
    reply.header.is_response() && reply.header.id == id && same_question
}

/// The type to ask for: AAAA for IPv6, else A.
pub fn address_type(ip6: bool) -> u16 {
    if ip6 { rtype::AAAA } else { rtype::A }
}
