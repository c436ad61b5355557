//! The resolver behind outbound connections: DNS over the manager's name servers, mDNS for `.local`
//! (protocols chapter §2.6).
//!
//! All pending look-ups of a manager are in one list. A look-up leaves the list before its outcome is told, so each
//! has exactly one.

use crate::abi::core::mg_addr;
use crate::engine::connect::{self, Handlers};
use crate::engine::fields::{same_host, set_ip};
use crate::engine::protocol::TRAMPOLINE;
use crate::engine::resolver::Resolver;
use crate::engine::{Conn, Event, Manager, Protocol, platform};
use crate::text::address;
use crate::wire::dns::message::{Message, parse};
use crate::wire::dns::{name, query};
use crate::wire::url;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;
use core::ptr;

/// The resolver of every manager.
pub static RESOLVER: Resolver = Resolver { start, cancel };

/// The protocol handler of connections to name servers.
pub static DNS: Protocol = Protocol {
    name: "dns",
    sleeps: false,
    requests: false,
    on_event,
};

/// Top-level domain that mDNS serves.
const MDNS_DOMAIN: &[u8] = b".local";
/// Milliseconds after which an mDNS look-up fails.
const MDNS_TIMEOUT_MS: u64 = 500;

/// Look-ups under way in a manager.
#[derive(Default)]
struct Pending {
    list: Vec<Lookup>,
}

/// One look-up under way.
struct Lookup {
    /// Connection that waits for the address.
    client: u64,
    /// Connection that the question went to.
    server: u64,
    /// Id of the question; 0 for mDNS.
    id: u16,
    /// Name asked for.
    host: Vec<u8>,
    stage: Stage,
    /// Time after which the look-up fails.
    deadline: u64,
}

/// What has been asked so far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// A; when there is none, AAAA is next.
    A,
    /// AAAA, after A had no answer.
    AaaaAfterA,
    /// AAAA only: the user prefers IPv6.
    Aaaa,
    /// mDNS.
    Mdns,
}

impl Stage {
    fn is_ip6(self) -> bool {
        matches!(self, Stage::AaaaAfterA | Stage::Aaaa)
    }
}

/// Where a name server is; kept with its connection, whose `rem` follows every datagram.
#[derive(Default)]
struct Server {
    address: Option<mg_addr>,
}

fn start(conn: &mut Conn, url: &[u8]) {
    cancel(conn);
    let Some(mgr) = conn.manager() else { return };
    let host = url::host(url);
    conn.set_resolving(true);
    let started = if host.len() > MDNS_DOMAIN.len() && host.ends_with(MDNS_DOMAIN) {
        ask_mdns(&mgr, conn.id(), host)
    } else {
        let stage = if mgr.use_dns6() {
            Stage::Aaaa
        } else {
            Stage::A
        };
        ask(&mgr, conn.id(), host, stage)
    };
    if let Err(text) = started {
        conn.set_resolving(false);
        conn.fatal(text);
    }
}

fn cancel(conn: &mut Conn) {
    let id = conn.id();
    if let Some(mgr) = conn.manager() {
        take(&mgr, |lookup| lookup.client == id);
    }
    // In its CLOSE a connection still tells that it never had an address.
    if !conn.is_closing() {
        conn.set_resolving(false);
    }
}

fn ask(mgr: &Manager, client: u64, host: &[u8], stage: Stage) -> Result<(), &'static str> {
    let mut server = server(mgr, stage.is_ip6()).ok_or("resolver")?;
    let id = unused_id(mgr).ok_or("resolver")?;
    let question =
        query::build(id, host, query::address_type(stage.is_ip6())).ok_or("invalid host name")?;
    let deadline = platform::millis().saturating_add(mgr.dns_timeout());
    add(
        mgr,
        Lookup {
            client,
            server: server.id(),
            id,
            host: host.to_vec(),
            stage,
            deadline,
        },
    );
    // A datagram that cannot be sent closes the connection, which then fails its look-ups.
    server.send(&question);
    Ok(())
}

fn ask_mdns(mgr: &Manager, client: u64, host: &[u8]) -> Result<(), &'static str> {
    let Some(mut server) = mgr.mdns_conn() else {
        return Err("no mDNS listener, see mg_mdns_listen()");
    };
    if !super::mdns::query(&mut server, host, query::address_type(false)) {
        return Err("mDNS send");
    }
    let deadline = platform::millis().saturating_add(MDNS_TIMEOUT_MS);
    add(
        mgr,
        Lookup {
            client,
            server: server.id(),
            id: 0,
            host: host.to_vec(),
            stage: Stage::Mdns,
            deadline,
        },
    );
    Ok(())
}

/// The connection to the name server, opened when there is none.
fn server(mgr: &Manager, ip6: bool) -> Option<Conn> {
    if let Some(conn) = mgr.dns_conn(ip6).filter(|conn| !conn.is_closing()) {
        return Some(conn);
    }
    let url = mgr.dns_url(ip6)?;
    // A name server must not need a name server.
    address::parse(url::host(url.to_bytes()))?;
    let handlers = Handlers {
        handler: None,
        data: ptr::null_mut(),
        protocol: TRAMPOLINE,
        protocol_data: ptr::null_mut(),
        service: Some(&DNS),
    };
    let conn = connect::connect(mgr, url, handlers)?;
    mgr.set_dns_conn(ip6, Some(&conn));
    Some(conn)
}

/// An unpredictable id that no pending question has (RFC 5452 §4.3).
fn unused_id(mgr: &Manager) -> Option<u16> {
    let pending = mgr.state_of::<Pending>()?;
    loop {
        let mut bytes = [0; 2];
        if !platform::random(&mut bytes) || pending.list.len() > usize::from(u16::MAX) / 2 {
            return None;
        }
        let id = u16::from_ne_bytes(bytes);
        if pending.list.iter().all(|lookup| lookup.id != id) {
            return Some(id);
        }
    }
}

fn on_event(conn: &mut Conn, event: Event<'_>) {
    match event {
        Event::Resolve => {
            let address = conn.remote();
            if let Some(mut server) = conn.state::<Server>() {
                server.address = Some(address);
            }
        }
        Event::Read(_) => reply(conn),
        Event::Poll(now) => expire(conn, now),
        Event::Close => fail_all(conn),
        _ => {}
    }
}

/// A datagram has come in.
fn reply(conn: &mut Conn) {
    let Some(mgr) = conn.manager() else { return };
    if is_from_server(conn) {
        let server = conn.id();
        let outcome = match parse(conn.recv()) {
            Some(message) => answered(&mgr, server, &message),
            None => None,
        };
        conn.recv_clear();
        if let Some((lookup, name, address)) = outcome {
            finish(&mgr, lookup, &name, address);
        }
    } else {
        conn.recv_clear();
    }
}

/// Whether the last datagram came from the server; the address of the peer is the server's again afterwards.
fn is_from_server(conn: &mut Conn) -> bool {
    let from = conn.remote();
    let Some(server) = conn.state::<Server>().and_then(|server| server.address) else {
        return false;
    };
    conn.set_remote(server);
    from.port == server.port && same_host(&from, &server)
}

/// The look-up that a reply answers, the name it ended with, and the address.
fn answered(
    mgr: &Manager,
    server: u64,
    reply: &Message<'_>,
) -> Option<(Lookup, Vec<u8>, Option<IpAddr>)> {
    let mut found = take(mgr, |lookup| {
        let wanted = query::address_type(lookup.stage.is_ip6());
        lookup.server == server
            && lookup.stage != Stage::Mdns
            && query::is_answered_by(lookup.id, &lookup.host, wanted, reply)
    });
    let lookup = found.pop()?;
    Some((lookup, reply.name.as_bytes().to_vec(), reply.address))
}

fn finish(mgr: &Manager, lookup: Lookup, name: &[u8], address: Option<IpAddr>) {
    let name = if name.is_empty() { &lookup.host } else { name };
    match address {
        Some(ip) => resolved(mgr, lookup.client, ip),
        None if lookup.stage == Stage::A
            && ask(mgr, lookup.client, name, Stage::AaaaAfterA).is_ok() => {}
        None => fail(mgr, lookup.client, &[name, b" DNS lookup failed"].concat()),
    }
}

fn resolved(mgr: &Manager, client: u64, ip: IpAddr) {
    if let Some(mut conn) = mgr.find(client) {
        let mut address = conn.remote();
        set_ip(&mut address, ip);
        conn.set_remote(address);
        connect::resolved(&mut conn);
    }
}

/// An mDNS response: ends the look-ups for this host.
pub(super) fn mdns_answer(mgr: &Manager, host: &[u8], ip: IpAddr) {
    for lookup in take(mgr, |lookup| {
        lookup.stage == Stage::Mdns && name::equal(&lookup.host, host)
    }) {
        resolved(mgr, lookup.client, ip);
    }
}

/// Fails what has waited too long for `server`.
pub(super) fn expire(server: &Conn, now: u64) {
    let Some(mgr) = server.manager() else { return };
    for lookup in take(&mgr, |lookup| {
        lookup.server == server.id() && now > lookup.deadline
    }) {
        let text: &[u8] = if lookup.stage == Stage::Mdns {
            b"mDNS timeout"
        } else {
            b"DNS timeout"
        };
        fail(&mgr, lookup.client, text);
    }
}

/// Fails everything that waits for `server`: it has closed.
pub(super) fn fail_all(server: &Conn) {
    let Some(mgr) = server.manager() else { return };
    for lookup in take(&mgr, |lookup| lookup.server == server.id()) {
        match lookup.stage {
            Stage::Mdns => fail(&mgr, lookup.client, b"mDNS listener error"),
            // The IPv4 server has said already that there is no address.
            Stage::AaaaAfterA => fail(
                &mgr,
                lookup.client,
                &[&lookup.host, &b" DNS lookup failed"[..]].concat(),
            ),
            Stage::A | Stage::Aaaa => fail(&mgr, lookup.client, b"DNS error"),
        }
    }
}

fn fail(mgr: &Manager, client: u64, text: &[u8]) {
    if let Some(mut conn) = mgr.find(client) {
        conn.fatal(String::from_utf8_lossy(text));
    }
}

fn add(mgr: &Manager, lookup: Lookup) {
    if let Some(mut pending) = mgr.state_of::<Pending>() {
        pending.list.push(lookup);
    }
}

/// Takes the matching look-ups out of the list.
fn take(mgr: &Manager, matching: impl Fn(&Lookup) -> bool) -> Vec<Lookup> {
    match mgr.state_of::<Pending>() {
        Some(mut pending) => pending
            .list
            .extract_if(.., |lookup| matching(lookup))
            .collect(),
        None => Vec::new(),
    }
}
