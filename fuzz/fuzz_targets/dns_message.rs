#![no_main]
//! Names and records lie inside the message; mDNS reads any datagram.
use libfuzzer_sys::fuzz_target;
use vansire::wire::dns::{mdns_parse, message, record};

fuzz_target!(|input: (u16, &[u8])| {
    let (offset, buf) = (usize::from(input.0), input.1);
    if let Some(found) = message::parse(buf) {
        assert!(found.name.as_bytes().len() < 256);
    }
    for is_question in [true, false] {
        if let Some(found) = record::read(buf, offset, is_question) {
            assert_eq!(&buf[found.data_at..found.end], found.data);
        }
    }
    let _ = mdns_parse::query(buf, Some(b"host")).map(|query| query.requested().len());
    let _ =
        mdns_parse::response(buf).map(|response| (response.name().len(), response.service().len()));
});
