#![no_main]
//! Any datagram: a time after 1970, or none.
use libfuzzer_sys::fuzz_target;
use vansire::wire::sntp;

fuzz_target!(|input: (u64, &[u8])| {
    let now = i64::try_from(input.0).unwrap_or(i64::MAX);
    if let Some(reply) = sntp::parse(input.1) {
        assert!(reply.time(now).is_none_or(|time| time > 0));
    }
    assert_eq!(sntp::request(input.0).len(), sntp::PACKET_LEN);
});
