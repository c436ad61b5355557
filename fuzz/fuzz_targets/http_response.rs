#![no_main]
//! Anything behind `HTTP/1.1 ` is a response or malformed, and never a request.
use libfuzzer_sys::fuzz_target;
use vansire::wire::http::framing::UNTIL_CLOSE;
use vansire::wire::http::{HeadEnd, HeadScanner, HeaderSpan, parse};

fuzz_target!(|tail: &[u8]| {
    let buf = [b"HTTP/1.1 ", tail].concat();
    let HeadEnd::At(n) = HeadScanner::default().scan(&buf) else { return };
    let Ok(head) = parse(&buf, n, &mut [HeaderSpan::default(); 30], 30) else { return };
    let framing = head.framing;
    assert!(head.is_response && !framing.is_http_1_0);
    assert!(!(framing.content_length.is_some() && framing.transfer_encoding.is_some()));
    assert_eq!(framing.message_len == UNTIL_CLOSE, framing.body_len == UNTIL_CLOSE);
});
