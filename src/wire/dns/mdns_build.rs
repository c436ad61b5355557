//! Writing mDNS messages: queries, and the answers of a host about itself and its services.

use alloc::vec::Vec;
use core::net::Ipv4Addr;

use super::message::Header;
use super::{CLASS_IN, name, query, rtype};

/// Longest answer that is sent.
pub const MAX_ANSWER: usize = 280;
/// Time to live of all records, in seconds.
pub const TTL: u32 = 120;
/// Response, authoritative.
const FLAGS: u16 = 0x8400;

/// A service as DNS-SD describes it.
#[derive(Clone, Copy, Debug)]
pub struct Service<'a> {
    /// Service and protocol such as `_http._tcp`.
    pub kind: &'a [u8],
    /// Port in host order.
    pub port: u16,
    /// Data of the TXT record: strings with a length byte each.
    pub txt: &'a [u8],
}

impl Service<'_> {
    /// True when the kind is `<something>._tcp` or `<something>._udp`.
    pub fn is_valid(&self) -> bool {
        let protocol = [&b"._tcp"[..], b"._udp"];
        protocol.iter().any(|p| {
            self.kind
                .strip_suffix(*p)
                .is_some_and(|service| !service.is_empty())
        })
    }
}

/// A query for one name.
pub fn question(host: &[u8], wanted: u16) -> Option<Vec<u8>> {
    query::build_with_flags(0, 0, host, wanted)
}

/// The answer to a question for the address of `host` (a name without domain).
pub fn address(id: u16, host: &[u8], ip: Ipv4Addr) -> Option<Vec<u8>> {
    let mut answer = Answer::new(id, 0);
    answer.a(host, ip)?;
    answer.end()
}

/// The answer to a question for the instances of a service: `host` has one.
pub fn instances(id: u16, host: &[u8], service: &Service<'_>, ip: Ipv4Addr) -> Option<Vec<u8>> {
    let mut answer = Answer::new(id, 3);
    answer.record(&[service.kind], rtype::PTR, |out| {
        local_name(&[host, service.kind], out)
    })?;
    answer.srv(host, service)?;
    answer.txt(host, service)?;
    answer.a(host, ip)?;
    answer.end()
}

/// The answer to a question for host and port of a service of `host`.
pub fn location(id: u16, host: &[u8], service: &Service<'_>, ip: Ipv4Addr) -> Option<Vec<u8>> {
    let mut answer = Answer::new(id, 1);
    answer.srv(host, service)?;
    answer.a(host, ip)?;
    answer.end()
}

/// The answer to a question for the texts of a service of `host`.
pub fn texts(id: u16, host: &[u8], service: &Service<'_>) -> Option<Vec<u8>> {
    let mut answer = Answer::new(id, 0);
    answer.txt(host, service)?;
    answer.end()
}

struct Answer {
    out: Vec<u8>,
}

impl Answer {
    fn new(id: u16, additionals: u16) -> Self {
        let header = Header {
            id,
            flags: FLAGS,
            questions: 0,
            answers: 1,
            authorities: 0,
            additionals,
        };
        Answer {
            out: header.bytes().to_vec(),
        }
    }

    fn a(&mut self, host: &[u8], ip: Ipv4Addr) -> Option<()> {
        self.record(&[host], rtype::A, |out| {
            out.extend_from_slice(&ip.octets());
            Some(())
        })
    }

    fn srv(&mut self, host: &[u8], service: &Service<'_>) -> Option<()> {
        self.record(&[host, service.kind], rtype::SRV, |out| {
            out.extend_from_slice(&[0; 4]); // priority and weight
            out.extend_from_slice(&service.port.to_be_bytes());
            local_name(&[host], out)
        })
    }

    fn txt(&mut self, host: &[u8], service: &Service<'_>) -> Option<()> {
        self.record(&[host, service.kind], rtype::TXT, |out| {
            // An empty record has one empty string (RFC 6763 §6.1).
            out.extend_from_slice(if service.txt.is_empty() {
                &[0]
            } else {
                service.txt
            });
            Some(())
        })
    }

    fn record(
        &mut self,
        owner: &[&[u8]],
        rtype: u16,
        data: impl FnOnce(&mut Vec<u8>) -> Option<()>,
    ) -> Option<()> {
        local_name(owner, &mut self.out)?;
        self.out.extend_from_slice(&rtype.to_be_bytes());
        self.out.extend_from_slice(&CLASS_IN.to_be_bytes());
        self.out.extend_from_slice(&TTL.to_be_bytes());
        let mut bytes = Vec::new();
        data(&mut bytes)?;
        self.out
            .extend_from_slice(&u16::try_from(bytes.len()).ok()?.to_be_bytes());
        self.out.extend_from_slice(&bytes);
        Some(())
    }

    fn end(self) -> Option<Vec<u8>> {
        (self.out.len() <= MAX_ANSWER).then_some(self.out)
    }
}

/// Appends `<part>.<part>.local`.
fn local_name(parts: &[&[u8]], out: &mut Vec<u8>) -> Option<()> {
    let mut name = parts.join(&b'.');
    name.extend_from_slice(super::mdns_parse::DOMAIN);
    name::encode(&name, out)
}
