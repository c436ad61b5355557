//! DNS messages (RFC 1035, RFC 3596) and mDNS with DNS-SD (RFC 6762, RFC 6763).
//!
//! | file | what |
//! |---|---|
//! | [`name`] | domain names: decoding with bounded jumps, encoding |
//! | [`record`] | questions and resource records |
//! | [`message`] | a whole message as a resolver sees it |
//! | [`query`] | building queries; which replies answer them |
//! | [`mdns_parse`], [`mdns_build`] | mDNS queries, responses and announcements |

pub mod mdns_build;
pub mod mdns_parse;
pub mod message;
pub mod name;
pub mod query;
pub mod record;

#[cfg(test)]
mod tests;

/// Record types.
pub mod rtype {
    /// IPv4 address.
    pub const A: u16 = 1;
    /// Pointer to another name.
    pub const PTR: u16 = 12;
    /// Texts.
    pub const TXT: u16 = 16;
    /// IPv6 address.
    pub const AAAA: u16 = 28;
    /// Host and port of a service.
    pub const SRV: u16 = 33;
}

/// Class IN.
pub const CLASS_IN: u16 = 1;
/// Bytes of the message header.
pub const HEADER_LEN: usize = 12;
/// Longest message that is read (RFC 1035 §4.2.1).
pub const MAX_MESSAGE: usize = 512;
/// How many answers are looked at.
pub const MAX_ANSWERS: u16 = 10;
