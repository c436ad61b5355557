//! Reading mDNS messages (RFC 6762) that ask for or describe hosts and DNS-SD services (RFC 6763).

use core::net::{IpAddr, Ipv4Addr};

use super::message::Header;
use super::name::{self, Name};
use super::record::{self, Record, Shape};
use super::{CLASS_IN, HEADER_LEN, rtype};
use crate::wire::reader::Reader;

/// Top-level domain of mDNS.
pub const DOMAIN: &[u8] = b".local";
/// The name that lists the services of a network (RFC 6763 §9).
pub const LISTING: &[u8] = b"_services._dns-sd._udp";
/// How many records of a response are looked at.
pub const MAX_RECORDS: usize = 8;

const CLASS_ANY: u16 = 0xff;
/// Top bit of a class: "unicast wanted" in a question, "flush your cache" in a record.
const CLASS_TOP_BIT: u16 = 0x8000;
/// QR and opcode.
const KIND_MASK: u16 = 0xf800;
const KIND_RESPONSE: u16 = 0x8000;

/// Query or response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody asks.
    Query,
    /// Somebody answers.
    Response,
}

/// What a datagram is; none for what mDNS does not know.
pub fn kind(message: &[u8]) -> Option<Kind> {
    match Header::read(message)?.flags & KIND_MASK {
        0 => Some(Kind::Query),
        KIND_RESPONSE => Some(Kind::Response),
        _ => None,
    }
}

/// The first question of a query.
#[derive(Clone, Copy)]
pub struct Query {
    /// Id, to be repeated in a unicast answer.
    pub id: u16,
    /// Shape of the question, its class without the unicast bit.
    pub shape: Shape,
    /// The name without `.local`.
    name: Name,
    name_len: usize,
    /// Where in the name the requested part starts.
    requested_at: usize,
    /// A listing of all services is wanted.
    pub is_listing: bool,
    /// The question names our host: it has an answer.
    pub is_ours: bool,
    /// The answer should go to the sender only.
    pub is_unicast: bool,
}

impl Query {
    /// What is asked for: a host or a service, without `.local`.
    pub fn requested(&self) -> &[u8] {
        self.name
            .as_bytes()
            .get(self.requested_at..self.name_len)
            .unwrap_or_default()
    }
}

/// Reads a query for one of the types A, PTR, SRV and TXT below `.local`. `host` is our own name; questions for the
/// address or the services of another host are none of ours then.
pub fn query(message: &[u8], host: Option<&[u8]>) -> Option<Query> {
    let header = Header::read(message)?;
    if header.questions == 0 {
        return None;
    }
    let question = record::read_any_size(message, HEADER_LEN, true)?;
    let mut shape = question.shape;
    let is_unicast = shape.class & CLASS_TOP_BIT != 0;
    shape.class &= !CLASS_TOP_BIT;
    let name_len = strip_domain(question.owner.as_bytes())?.len();
    let mut query = Query {
        id: header.id,
        shape,
        name: question.owner,
        name_len,
        requested_at: 0,
        is_listing: false,
        is_ours: false,
        is_unicast,
    };
    let class_fits = matches!(shape.class, CLASS_IN | CLASS_ANY);
    (class_fits && judge(&mut query, host)).then_some(query)
}

fn judge(query: &mut Query, host: Option<&[u8]>) -> bool {
    match (query.shape.rtype, host) {
        (rtype::A, Some(host)) => {
            query.is_ours = query.requested().eq_ignore_ascii_case(host);
            query.is_ours
        }
        (rtype::PTR, _) => {
            query.is_listing = query.requested().eq_ignore_ascii_case(LISTING);
            true
        }
        (rtype::SRV | rtype::TXT, Some(host)) => {
            match query.requested().split_at_checked(host.len()) {
                Some((ours, [b'.', ..])) if ours.eq_ignore_ascii_case(host) => {
                    query.requested_at = host.len().saturating_add(1);
                    true
                }
                _ => false,
            }
        }
        (rtype::A | rtype::SRV | rtype::TXT, None) => true,
        _ => false,
    }
}

/// What a response says about one host or service.
#[derive(Clone, Copy)]
pub struct Response<'a> {
    /// Shape of the first record, its class without the cache-flush bit.
    pub shape: Shape,
    name: Name,
    name_len: usize,
    /// Address, from an A record.
    pub address: Option<Ipv4Addr>,
    /// Port, from an SRV record; else 0.
    pub port: u16,
    /// Texts, from a TXT record: raw data.
    pub txt: &'a [u8],
    service: Name,
    service_at: usize,
    service_len: usize,
}

impl Response<'_> {
    /// Host or instance name.
    pub fn name(&self) -> &[u8] {
        self.name
            .as_bytes()
            .get(..self.name_len)
            .unwrap_or_default()
    }

    /// Service such as `_http._tcp`; empty for a host.
    pub fn service(&self) -> &[u8] {
        let end = self.service_at.saturating_add(self.service_len);
        self.service
            .as_bytes()
            .get(self.service_at..end)
            .unwrap_or_default()
    }
}

/// Reads a response whose first record is A, PTR, SRV or TXT.
pub fn response(message: &[u8]) -> Option<Response<'_>> {
    let mut records = Records::new(message)?;
    let first = records.next()?;
    if first.shape.class & !CLASS_TOP_BIT != CLASS_IN {
        return None;
    }
    let mut found = Response {
        shape: Shape {
            class: CLASS_IN,
            ..first.shape
        },
        name: first.owner,
        name_len: first.owner.as_bytes().len(),
        address: None,
        port: 0,
        txt: &[],
        service: Name::new(),
        service_at: 0,
        service_len: 0,
    };
    match first.shape.rtype {
        rtype::A => found.address = Some(ipv4(&first)?),
        rtype::PTR => pointer(&mut found, message, &first, records)?,
        rtype::SRV | rtype::TXT => instance(&mut found, message, &first, records)?,
        _ => return None,
    }
    Some(found)
}

/// PTR: owner is the service, data is the instance.
fn pointer<'a>(
    found: &mut Response<'a>,
    message: &'a [u8],
    first: &Record<'a>,
    rest: Records<'a>,
) -> Option<()> {
    found.service = first.owner;
    found.service_len = strip_domain(first.owner.as_bytes())?.len();
    let (instance, _) = name::decode(message, first.data_at)?;
    let details = Details::collect(message, instance.as_bytes(), None, rest);
    found.name = details.host.unwrap_or(instance);
    found.name_len = match details.host {
        Some(host) => host.as_bytes().len(),
        None => first_label(instance.as_bytes()).len(),
    };
    details.fill(found);
    Some(())
}

/// SRV or TXT: owner is the instance.
fn instance<'a>(
    found: &mut Response<'a>,
    message: &'a [u8],
    first: &Record<'a>,
    rest: Records<'a>,
) -> Option<()> {
    let owner = first.owner;
    let label = first_label(owner.as_bytes()).len();
    let whole = strip_domain(owner.as_bytes())?.len();
    found.name_len = label;
    found.service = owner;
    found.service_at = label.checked_add(1)?;
    found.service_len = whole.checked_sub(found.service_at)?;
    Details::collect(message, owner.as_bytes(), Some(*first), rest).fill(found);
    Some(())
}

/// Records that describe a service instance.
#[derive(Default)]
struct Details<'a> {
    srv: Option<Record<'a>>,
    txt: Option<Record<'a>>,
    a: Option<Record<'a>>,
    port: u16,
    /// Target of the SRV record, else owner of the A record.
    host: Option<Name>,
}

impl<'a> Details<'a> {
    fn collect(
        message: &'a [u8],
        instance: &[u8],
        first: Option<Record<'a>>,
        rest: Records<'a>,
    ) -> Self {
        let mut details = Details::default();
        let all = || first.into_iter().chain(rest);
        for record in all() {
            let slot = match record.shape.rtype {
                rtype::SRV => &mut details.srv,
                rtype::TXT => &mut details.txt,
                _ => continue,
            };
            if !name::equal(record.owner.as_bytes(), instance) {
                continue;
            }
            if slot.is_some() {
                break;
            }
            *slot = Some(record);
        }
        if let Some((port, target)) = details.srv.and_then(|srv| service_address(message, &srv)) {
            details.port = port;
            details.host = Some(target);
        }
        let belongs = |owner: &[u8]| {
            name::equal(owner, instance)
                || details
                    .host
                    .is_some_and(|host| name::equal(owner, host.as_bytes()))
        };
        details.a = all().find(|r| r.shape.rtype == rtype::A && belongs(r.owner.as_bytes()));
        details.host = details.host.or(details.a.map(|a| a.owner));
        details
    }

    fn fill(&self, found: &mut Response<'a>) {
        found.port = self.port;
        found.txt = self.txt.map_or(&[], |txt| txt.data);
        found.address = self.a.as_ref().and_then(ipv4);
    }
}

/// The answers and the additional records of a response, at most [`MAX_RECORDS`], up to the first unreadable one.
#[derive(Clone, Copy)]
struct Records<'a> {
    message: &'a [u8],
    at: usize,
    answers: u16,
    authorities: u16,
    additionals: u16,
    left: usize,
}

impl<'a> Records<'a> {
    fn new(message: &'a [u8]) -> Option<Self> {
        let header = Header::read(message)?;
        if header.answers == 0 {
            return None;
        }
        let mut at = HEADER_LEN;
        for _ in 0..header.questions {
            at = record::read_any_size(message, at, true)?.end;
        }
        let Header {
            answers,
            authorities,
            additionals,
            ..
        } = header;
        Some(Records {
            message,
            at,
            answers,
            authorities,
            additionals,
            left: MAX_RECORDS,
        })
    }

    fn read(&mut self) -> Option<Record<'a>> {
        let record = record::read_any_size(self.message, self.at, false)?;
        self.at = record.end;
        Some(record)
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        self.left = self.left.checked_sub(1)?;
        if let Some(answers) = self.answers.checked_sub(1) {
            self.answers = answers;
            return self.read();
        }
        while let Some(authorities) = self.authorities.checked_sub(1) {
            self.authorities = authorities;
            self.read()?;
        }
        self.additionals = self.additionals.checked_sub(1)?;
        self.read()
    }
}

fn service_address(message: &[u8], srv: &Record<'_>) -> Option<(u16, Name)> {
    let mut reader = Reader::new(srv.data);
    reader.u32()?; // priority and weight
    let port = reader.u16()?;
    let (target, _) = name::decode(message, srv.data_at.checked_add(6)?)?;
    Some((port, target))
}

fn ipv4(record: &Record<'_>) -> Option<Ipv4Addr> {
    let mut record = *record;
    record.shape.class &= !CLASS_TOP_BIT;
    match record.address()? {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}

fn first_label(name: &[u8]) -> &[u8] {
    name.split(|byte| *byte == b'.').next().unwrap_or_default()
}

fn strip_domain(name: &[u8]) -> Option<&[u8]> {
    let (head, tail) = name.split_at_checked(name.len().checked_sub(DOMAIN.len())?)?;
    (!head.is_empty() && tail.eq_ignore_ascii_case(DOMAIN)).then_some(head)
}
