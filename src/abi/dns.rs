//! DNS and mDNS.

use super::core::{mg_addr, mg_str};
use core::ffi::{c_char, c_int};
use core::mem::{offset_of, size_of};

/// Record types.
/// IPv4 address.
pub const MG_DNS_RTYPE_A: c_int = 1;
/// Pointer to another name.
pub const MG_DNS_RTYPE_PTR: c_int = 12;
/// Texts.
pub const MG_DNS_RTYPE_TXT: c_int = 16;
/// IPv6 address.
pub const MG_DNS_RTYPE_AAAA: c_int = 28;
/// Host and port of a service.
pub const MG_DNS_RTYPE_SRV: c_int = 33;

/// What `mg_dns_parse` finds.
#[repr(C)]
pub struct mg_dns_message {
    /// Id of the transaction.
    pub txnid: u16,
    /// `addr` holds an address.
    pub resolved: bool,
    /// First address among the answers; the port is 0.
    pub addr: mg_addr,
    /// Name that the address belongs to, else the name asked for.
    pub name: [c_char; 256],
}

/// Header of a DNS message, network byte order.
#[repr(C)]
pub struct mg_dns_header {
    /// Id of the transaction.
    pub txnid: u16,
    /// Flags.
    pub flags: u16,
    /// Number of questions.
    pub num_questions: u16,
    /// Number of answers.
    pub num_answers: u16,
    /// Number of authority records.
    pub num_authority_prs: u16,
    /// Number of additional records.
    pub num_other_prs: u16,
}

/// Shape of a question or record, host byte order.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mg_dns_rr {
    /// Bytes of the name at this place.
    pub nlen: u16,
    /// Type.
    pub atype: u16,
    /// Class.
    pub aclass: u16,
    /// Bytes of the data, 0 in a question.
    pub alen: u16,
}

/// A service for DNS-SD.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mg_dnssd_record {
    /// Service and protocol such as `_http._tcp`.
    pub srvcproto: mg_str,
    /// Data of the TXT record: strings with a length byte each.
    pub txt: mg_str,
    /// Port, host byte order.
    pub port: u16,
}

/// Somebody asks, for MG_EV_MDNS_REQ. To answer, set `is_resp` and, for services, `r`.
#[repr(C)]
pub struct mg_mdns_req {
    /// The question.
    pub rr: *mut mg_dns_rr,
    /// Service to answer with, set by the handler.
    pub r: *mut mg_dnssd_record,
    /// What is asked for, without `.local`.
    pub reqname: mg_str,
    /// Host name to answer with instead of our own, set by the handler.
    pub respname: mg_str,
    /// Address to answer with instead of our own, set by the handler.
    pub addr: *mut mg_addr,
    /// All services are asked for.
    pub is_listing: bool,
    /// There is an answer.
    pub is_resp: bool,
    /// The answer goes to the sender only.
    pub is_unicast: bool,
}

/// Somebody answers, for MG_EV_MDNS_RESP.
#[repr(C)]
pub struct mg_mdns_resp {
    /// First record of the answer.
    pub rr: *mut mg_dns_rr,
    /// Host or instance name.
    pub name: mg_str,
    /// Address and port, as far as the answer has them; network byte order.
    pub addr: mg_addr,
    /// Service, as far as the answer has it.
    pub sd: mg_dnssd_record,
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<mg_dns_message>() == 288 && offset_of!(mg_dns_message, addr) == 8);
    assert!(offset_of!(mg_dns_message, resolved) == 2 && offset_of!(mg_dns_message, name) == 32);
    assert!(size_of::<mg_dns_header>() == 12 && size_of::<mg_dns_rr>() == 8);
    assert!(size_of::<mg_dnssd_record>() == 40 && size_of::<mg_mdns_req>() == 64);
    assert!(size_of::<mg_mdns_resp>() == 88 && offset_of!(mg_mdns_resp, sd) == 48);
};
