//! mDNS: answers for our own host and its services, questions about others (protocols chapter §2.7).

use super::dns_client;
use super::mqtt::to_str;
use crate::abi::core::{mg_addr, mg_event, mg_event_handler_t};
use crate::abi::dns::{mg_dns_rr, mg_dnssd_record, mg_mdns_req, mg_mdns_resp};
use crate::engine::alloc::try_copy;
use crate::engine::conn::UserData;
use crate::engine::fields::{ip, set_ip};
use crate::engine::handed::{bytes_of, copy_of};
use crate::engine::{Conn, Event, Manager, Protocol, listen, socket};
use crate::wire::dns::mdns_build::{self, Service};
use crate::wire::dns::mdns_parse::{self, Kind, Query, Response};
use crate::wire::dns::record::Shape;
use crate::wire::dns::{HEADER_LEN, rtype};
use alloc::vec::Vec;
use core::ffi::c_int;
use core::net::{IpAddr, Ipv4Addr};
use core::ptr;

/// The protocol handler of `mg_mdns_listen`.
pub static MDNS: Protocol = Protocol {
    name: "mdns",
    sleeps: false,
    requests: false,
    on_event,
};

/// The group of mDNS (RFC 6762 §3).
pub const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
/// Its port.
pub const PORT: u16 = 5353;

/// Own name of a listener, without domain; none to answer nothing by itself.
#[derive(Default)]
struct Host {
    name: Option<Vec<u8>>,
}

/// Opens the listener of a manager. `host`: own name, without domain.
pub fn open(
    mgr: &Manager,
    handler: mg_event_handler_t,
    data: UserData,
    host: Option<&[u8]>,
) -> Option<Conn> {
    let mut conn = listen::listen(mgr, b"udp://224.0.0.251:5353", handler, data)?;
    socket::join_multicast(conn.fd(), u32::from_ne_bytes(GROUP.octets()));
    if let Some(mut state) = conn.state::<Host>() {
        state.name = host.map(<[u8]>::to_vec);
    }
    conn.set_protocol(Some(&MDNS));
    mgr.set_mdns_conn(Some(&conn));
    Some(conn)
}

/// Asks the group for a name. False when the question cannot be sent.
pub fn query(conn: &mut Conn, name: &[u8], wanted: u16) -> bool {
    conn.set_remote(group());
    mdns_build::question(name, wanted).is_some_and(|question| conn.send(&question))
}

fn group() -> mg_addr {
    let mut address = socket::no_addr();
    set_ip(&mut address, GROUP.into());
    address.port = PORT.to_be();
    address
}

fn on_event(conn: &mut Conn, event: Event<'_>) {
    match event {
        Event::Read(_) => {
            let datagram = try_copy(conn.recv());
            conn.recv_clear();
            if let Some(datagram) = datagram.filter(|d| d.len() > HEADER_LEN) {
                received(conn, &datagram);
            }
        }
        Event::Poll(now) => dns_client::expire(conn, now),
        Event::Close => dns_client::fail_all(conn),
        _ => {}
    }
}

fn received(conn: &mut Conn, datagram: &[u8]) {
    match mdns_parse::kind(datagram) {
        Some(Kind::Query) => {
            let host = conn.state::<Host>().and_then(|state| state.name.clone());
            if let Some(query) = mdns_parse::query(datagram, host.as_deref()) {
                asked(conn, &query, host.as_deref());
            }
        }
        // Responses come from the port of mDNS, whatever else claims to be one (RFC 6762 §11).
        Some(Kind::Response) if conn.remote().port == PORT.to_be() => {
            if let Some(response) = mdns_parse::response(datagram) {
                answered(conn, &response);
            }
        }
        _ => {}
    }
}

/// Somebody asks: lets the handler decide and answers.
fn asked(conn: &mut Conn, query: &Query, host: Option<&[u8]>) {
    let mut shape = to_rr(&query.shape);
    let mut req = mg_mdns_req {
        rr: ptr::from_mut(&mut shape),
        r: ptr::null_mut(),
        reqname: to_str(query.requested()),
        respname: to_str(&[]),
        addr: ptr::null_mut(),
        is_listing: query.is_listing,
        is_resp: query.is_ours,
        is_unicast: query.is_unicast,
    };
    conn.call(
        mg_event::MG_EV_MDNS_REQ as c_int,
        ptr::from_mut(&mut req).cast(),
    );
    if !req.is_resp || query.is_listing {
        return;
    }
    if let Some(answer) = answer(conn, query, host, &req) {
        if !query.is_unicast {
            conn.set_remote(group());
        }
        conn.send(&answer);
    }
}

/// The answer that the handler chose: its name, address and service, or our own.
fn answer(conn: &Conn, query: &Query, host: Option<&[u8]>, req: &mg_mdns_req) -> Option<Vec<u8>> {
    let chosen = bytes_of(req.respname);
    let name = match (chosen.as_slice(), host) {
        ([], Some(host)) => host,
        ([], None) if query.shape.rtype == rtype::A => query.requested(),
        ([], None) => return None,
        (chosen, _) => chosen,
    };
    let ip = match copy_of(req.addr) {
        Some(address) => to_v4(ip(&address))?,
        None => own_address()?,
    };
    let id = if query.is_unicast { query.id } else { 0 };
    if query.shape.rtype == rtype::A {
        return mdns_build::address(id, name, ip);
    }
    let record = copy_of(req.r)?;
    let (kind, txt) = (bytes_of(record.srvcproto), bytes_of(record.txt));
    let service = Service {
        kind: &kind,
        port: record.port,
        txt: &txt,
    };
    if !service.is_valid() {
        log_error!("{} mDNS service without ._tcp or ._udp", conn.id());
        return None;
    }
    match query.shape.rtype {
        rtype::PTR => mdns_build::instances(id, name, &service, ip),
        rtype::SRV => mdns_build::location(id, name, &service, ip),
        _ => mdns_build::texts(id, name, &service),
    }
}

/// Somebody answers: ends pending look-ups, tells the handler.
fn answered(conn: &mut Conn, response: &Response<'_>) {
    if let (Some(address), Some(mgr)) = (response.address, conn.manager()) {
        dns_client::mdns_answer(&mgr, response.name(), address.into());
    }
    let mut shape = to_rr(&response.shape);
    let mut addr = socket::no_addr();
    if let Some(address) = response.address {
        set_ip(&mut addr, address.into());
    }
    addr.port = response.port.to_be();
    let mut resp = mg_mdns_resp {
        rr: ptr::from_mut(&mut shape),
        name: to_str(response.name()),
        addr,
        sd: mg_dnssd_record {
            srvcproto: to_str(response.service()),
            txt: to_str(response.txt),
            port: response.port,
        },
    };
    conn.call(
        mg_event::MG_EV_MDNS_RESP as c_int,
        ptr::from_mut(&mut resp).cast(),
    );
}

/// The address that this host uses toward the group.
fn own_address() -> Option<Ipv4Addr> {
    let to = group();
    let fd = socket::open(&to, true).ok()?;
    let local = socket::connect(fd, &to)
        .ok()
        .and_then(|_| socket::local_addr(fd));
    socket::close(fd);
    to_v4(ip(&local?))
}

fn to_v4(ip: IpAddr) -> Option<Ipv4Addr> {
    match ip {
        IpAddr::V4(ip) => Some(ip),
        IpAddr::V6(_) => None,
    }
}

fn to_rr(shape: &Shape) -> mg_dns_rr {
    mg_dns_rr {
        nlen: shape.name_len,
        atype: shape.rtype,
        aclass: shape.class,
        alen: shape.data_len,
    }
}
