#![no_main]
//! Whatever a frame is, the error about it is JSON.
use libfuzzer_sys::fuzz_target;
use vansire::wire::json::path;
use vansire::wire::rpc;

fuzz_target!(|frame: &[u8]| {
    let mut out = Vec::new();
    rpc::begin_error(None, rpc::code::PARSE_ERROR, &mut out);
    match rpc::classify(frame) {
        rpc::Frame::Request(method) => rpc::write_not_found(method, &mut out),
        rpc::Frame::Response | rpc::Frame::Invalid => rpc::write_string(frame, &mut out),
    }
    rpc::end_error(&mut out);
    assert_eq!(path::get(&out, b"$"), Ok(0..out.len()));
    assert!(rpc::id(frame).is_none_or(|id| !id.is_empty()));
});
