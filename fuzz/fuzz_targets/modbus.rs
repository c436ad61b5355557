#![no_main]
//! A frame is the same alone and in a stream; a request never reaches beyond the last address.
use libfuzzer_sys::fuzz_target;
use vansire::wire::modbus::frame;

fuzz_target!(|buf: &[u8]| {
    let Ok(Some(found)) = frame(buf) else { return };
    assert_eq!(frame(&buf[..found.len]), Ok(Some(found)));
    match found.request() {
        Ok(request) => assert!(u32::from(request.address) + u32::from(request.count) <= 0x1_0000),
        Err(code) => assert_eq!(found.exception(code).len(), 9),
    }
});
