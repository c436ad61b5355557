#![no_main]
//! Any bytes are frames, too few, or a failure; a parsed header is written back as it was.
use libfuzzer_sys::fuzz_target;
use vansire::wire::ws::frame::MAX_HEADER;
use vansire::wire::ws::{Header, Order, Role, mask};

fuzz_target!(|bytes: &[u8]| {
    let (mut order, mut rest) = (Order::default(), bytes);
    while let Ok(Some(header)) = Header::parse(rest) {
        assert_eq!(header.write(&mut [0; MAX_HEADER]), &rest[..header.len]);
        let Ok(()) = order.admit(&header, Role::Server, 1 << 20) else { return };
        let Some(payload) = rest.get(header.len..header.len + header.payload as usize) else { return };
        let mut payload = payload.to_vec();
        mask::apply(&mut payload, header.mask.unwrap_or_default(), 0);
        if order.take(&header, &payload).is_err() { return }
        rest = &rest[header.len + payload.len()..];
    }
});
