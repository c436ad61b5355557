//! Messages as a whole: what is built is understood, and no bytes make the readers panic.

use super::mdns_build::{self, Service};
use super::mdns_parse::{self, Kind};
use super::message::{Header, parse};
use super::query::{build, is_answered_by};
use super::{CLASS_IN, HEADER_LEN, record, rtype};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use proptest::collection::vec;
use proptest::prelude::*;
use std::vec::Vec;

const IP: Ipv4Addr = Ipv4Addr::new(10, 1, 2, 3);

/// A response: header with these counts and the records.
fn response(id: u16, questions: u16, answers: u16, body: &[u8]) -> Vec<u8> {
    let header = Header {
        id,
        flags: 0x8180,
        questions,
        answers,
        authorities: 0,
        additionals: 0,
    };
    [&header.bytes()[..], body].concat()
}

fn rr(owner: &[u8], rtype: u16, class: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).expect("short").to_be_bytes();
    [
        owner,
        &rtype.to_be_bytes(),
        &class.to_be_bytes(),
        &[0, 0, 0, 60],
        &length,
        data,
    ]
    .concat()
}

#[test]
fn query_round_trip() {
    let query = build(9, b"a", rtype::A).expect("encodable");
    let bytes = [0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, b'a', 0, 0, 1, 0, 1];
    assert_eq!(query, bytes);
    let message = parse(&query).expect("valid");
    assert_eq!(
        (message.header.id, message.name.as_bytes(), message.address),
        (9, &b"a"[..], None)
    );
    let mut two = query;
    two[5] = 2;
    assert!(parse(&two).is_none());
}

#[test]
fn answers() {
    let a = response(1, 0, 1, &rr(b"\x01b\0", rtype::A, CLASS_IN, &IP.octets()));
    let message = parse(&a).expect("valid");
    assert_eq!(
        (message.name.as_bytes(), message.address),
        (&b"b"[..], Some(IpAddr::from(IP)))
    );

    let ip6 = Ipv6Addr::LOCALHOST;
    let aaaa = response(
        1,
        0,
        1,
        &rr(b"\x01b\0", rtype::AAAA, CLASS_IN, &ip6.octets()),
    );
    assert_eq!(
        parse(&aaaa).expect("valid").address,
        Some(IpAddr::from(ip6))
    );

    let chain = [
        rr(b"\x01b\0", 5, CLASS_IN, b"\x01c\0"),
        rr(b"\x01c\0", rtype::A, CLASS_IN, &IP.octets()),
        rr(b"\x01d\0", rtype::A, CLASS_IN, &[0; 4]),
    ];
    let message_bytes = response(1, 0, 3, &chain.concat());
    let message = parse(&message_bytes).expect("valid");
    assert_eq!(
        (message.name.as_bytes(), message.address),
        (&b"c"[..], Some(IpAddr::from(IP)))
    );
}

#[test]
fn answers_without_an_address() {
    let wrong = [
        rr(b"\x01b\0", rtype::A, CLASS_IN, &[1, 2, 3]),
        rr(b"\x01b\0", rtype::A, CLASS_IN, &[1, 2, 3, 4, 5]),
        rr(b"\x01b\0", rtype::AAAA, CLASS_IN, &[1, 2, 3, 4]),
        rr(b"\x01b\0", rtype::A, 3, &[1, 2, 3, 4]),
    ];
    let message = response(1, 0, 4, &wrong.concat());
    assert_eq!(parse(&message).expect("readable").address, None);
    // Counts that lie.
    assert!(parse(&response(1, 0, 65_535, &[])).is_none());
    assert_eq!(parse(&response(1, 0, 0, &[])).expect("empty").address, None);
    // The eleventh answer is not looked at.
    let mut many = rr(b"\x01b\0", 5, CLASS_IN, b"\0").repeat(10);
    many.extend(rr(b"\x01b\0", rtype::A, CLASS_IN, &IP.octets()));
    assert_eq!(
        parse(&response(1, 0, 11, &many)).expect("readable").address,
        None
    );
    // Longer than a record may make it.
    let long = rr(b"\x01b\0", rtype::A, CLASS_IN, &[0; 600]);
    assert!(parse(&response(1, 0, 1, &long)).is_none());
}

#[test]
fn a_pointer_to_itself_is_an_empty_name() {
    let body = [&[0xc0, 12, 0, 1, 0, 1][..]].concat();
    let message = response(1, 1, 0, &body);
    assert_eq!(parse(&message).expect("readable").name.as_bytes(), b"");
}

#[test]
fn which_replies_are_ours() {
    let mut reply = build(7, b"Host.example", rtype::A).expect("encodable");
    let ours = |bytes: &[u8], id| {
        is_answered_by(
            id,
            b"host.EXAMPLE",
            rtype::A,
            &parse(bytes).expect("readable"),
        )
    };
    assert!(!ours(&reply, 7)); // a query
    reply[2] |= 0x80;
    assert!(ours(&reply, 7));
    assert!(!ours(&reply, 8));
    let other = |host, wanted| {
        let mut reply = build(7, host, wanted).expect("encodable");
        reply[2] |= 0x80;
        ours(&reply, 7)
    };
    assert!(!other(b"host.example2", rtype::A));
    assert!(!other(b"host.example", rtype::AAAA));
    assert!(ours(&response(7, 0, 0, &[]), 7));
}

#[test]
fn mdns_queries() {
    let ask = |host: &[u8], wanted| mdns_build::question(host, wanted).expect("encodable");
    let me = Some(&b"dev"[..]);
    assert_eq!(mdns_parse::kind(&ask(b"x.local", 1)), Some(Kind::Query));
    let query = mdns_parse::query(&ask(b"DEV.local", rtype::A), me).expect("ours");
    assert_eq!((query.requested(), query.is_ours), (&b"DEV"[..], true));
    assert!(mdns_parse::query(&ask(b"other.local", rtype::A), me).is_none());
    assert!(
        !mdns_parse::query(&ask(b"other.local", rtype::A), None)
            .expect("anybody")
            .is_ours
    );
    assert!(mdns_parse::query(&ask(b"dev.example", rtype::A), me).is_none());
    assert!(mdns_parse::query(&ask(b"dev.local", rtype::AAAA), me).is_none());

    let listing =
        mdns_parse::query(&ask(b"_services._dns-sd._udp.local", rtype::PTR), me).expect("listing");
    assert!(listing.is_listing && !listing.is_ours);
    let service =
        mdns_parse::query(&ask(b"dev._http._tcp.local", rtype::SRV), me).expect("service");
    assert_eq!(service.requested(), b"_http._tcp");
    assert!(mdns_parse::query(&ask(b"devx._http._tcp.local", rtype::TXT), me).is_none());
    let all = mdns_parse::query(&ask(b"dev._http._tcp.local", rtype::TXT), None).expect("service");
    assert_eq!(all.requested(), b"dev._http._tcp");

    let mut unicast = ask(b"dev.local", rtype::A);
    *unicast.iter_mut().rev().nth(1).expect("class") = 0x80;
    assert!(mdns_parse::query(&unicast, me).expect("ours").is_unicast);
}

#[test]
fn mdns_answers() {
    let service = Service {
        kind: b"_http._tcp",
        port: 8080,
        txt: b"\x03a=b",
    };
    let host = mdns_build::address(0, b"dev", IP).expect("short");
    let read = mdns_parse::response(&host).expect("A");
    assert_eq!(
        (read.name(), read.address, read.service()),
        (&b"dev.local"[..], Some(IP), &b""[..])
    );

    let list = mdns_build::instances(0, b"dev", &service, IP).expect("short");
    let read = mdns_parse::response(&list).expect("PTR");
    assert_eq!(
        (read.name(), read.service()),
        (&b"dev.local"[..], &b"_http._tcp"[..])
    );
    assert_eq!(
        (read.port, read.txt, read.address),
        (8080, &b"\x03a=b"[..], Some(IP))
    );
    assert_eq!(read.shape.rtype, rtype::PTR);

    let srv = mdns_build::location(5, b"dev", &service, IP).expect("short");
    let read = mdns_parse::response(&srv).expect("SRV");
    assert_eq!(
        (read.name(), read.service()),
        (&b"dev"[..], &b"_http._tcp"[..])
    );
    assert_eq!(
        (read.port, read.txt, read.address),
        (8080, &b""[..], Some(IP))
    );

    let txt = mdns_build::texts(5, b"dev", &service).expect("short");
    let read = mdns_parse::response(&txt).expect("TXT");
    assert_eq!(
        (read.name(), read.port, read.txt),
        (&b"dev"[..], 0, &b"\x03a=b"[..])
    );
}

#[test]
fn mdns_answers_are_bounded() {
    let long = [b'x'; 300];
    let service = Service {
        kind: b"_http._tcp",
        port: 1,
        txt: &long,
    };
    assert!(mdns_build::instances(0, b"dev", &service, IP).is_none());
    assert!(mdns_build::texts(0, b"dev", &service).is_none());
    assert!(mdns_build::address(0, &long, IP).is_none());
    for (kind, valid) in [
        (&b"_http._tcp"[..], true),
        (b"_x._udp", true),
        (b"._tcp", false),
        (b"_tcp", false),
        (b"", false),
    ] {
        assert_eq!(
            Service {
                kind,
                port: 1,
                txt: &[]
            }
            .is_valid(),
            valid
        );
    }
}

/// Messages that look like DNS, so that the readers get deep into them.
fn plausible() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\x01a\x05local\0".to_vec()),
        Just(b"\xc0\x0c".to_vec()),
        Just([0, 12, 0, 1, 0, 0, 0, 1, 0, 2, 0xc0, 12].to_vec()),
        Just(
            [
                0, 33, 0x80, 1, 0, 0, 0, 1, 0, 8, 0, 0, 0, 0, 0, 80, 0xc0, 12
            ]
            .to_vec()
        ),
        Just([0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4].to_vec()),
        Just([0, 1, 0, 1].to_vec()),
        vec(any::<u8>(), 0..4),
    ];
    (vec(0..4u8, HEADER_LEN), any::<bool>(), vec(piece, 0..12)).prop_map(
        |(mut head, reply, pieces)| {
            head[2] = if reply { 0x84 } else { 0 };
            for high in [4, 6, 8, 10] {
                head[high] = 0;
            }
            head.extend(pieces.concat());
            head
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn queries_name_what_was_asked(labels in vec("[a-z0-9-]{1,20}", 1..8), id: u16, ip6: bool) {
        let host = labels.join(".");
        let wanted = super::query::address_type(ip6);
        let bytes = build(id, host.as_bytes(), wanted).expect("encodable");
        let message = parse(&bytes).expect("valid");
        prop_assert_eq!(message.name.as_bytes(), host.as_bytes());
        prop_assert_eq!(message.header.id, id);
        prop_assert_eq!(message.question.map(|q| (q.shape.rtype, q.end)), Some((wanted, bytes.len())));
        for end in 0..bytes.len() {
            prop_assert!(parse(&bytes[..end]).is_none());
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop_oneof![plausible(), vec(any::<u8>(), 0..600)], offset in 0..700usize) {
        if let Some(message) = parse(&bytes) {
            prop_assert!(message.name.as_bytes().len() < 256);
        }
        for is_question in [true, false] {
            if let Some(record) = record::read(&bytes, offset, is_question) {
                prop_assert!(record.end > offset && record.end <= bytes.len());
                prop_assert_eq!(bytes.get(record.data_at..record.end), Some(record.data));
            }
        }
        let _ = mdns_parse::kind(&bytes);
        let _ = mdns_parse::query(&bytes, Some(b"a")).map(|q| q.requested().len());
        let _ = mdns_parse::query(&bytes, None).map(|q| q.requested().len());
        let _ = mdns_parse::response(&bytes).map(|r| (r.name().len(), r.service().len()));
    }
}
