#![no_main]
//! A packet lies inside its buffer, whatever follows it; what a strict reader accepts has readable parts.
use libfuzzer_sys::fuzz_target;
use vansire::wire::mqtt::packet::{Packet, Status, parse};
use vansire::wire::mqtt::{connect::Connect, property, strict};

fuzz_target!(|input: (bool, &[u8])| {
    let (version, buf) = (if input.0 { 5 } else { 4 }, input.1);
    let (mut packet, mut alone) = (Packet::default(), Packet::default());
    if parse(buf, version, &mut packet) != Status::Complete {
        return;
    }
    assert_eq!(parse(packet.bytes, version, &mut alone), Status::Complete);
    assert_eq!(packet, alone);
    let _ = (strict::check(&packet, version), Connect::read(&packet));
    let section = &packet.bytes[packet.properties.clone()];
    assert!(property::iter(section).count() <= section.len());
});
