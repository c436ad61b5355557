#![no_main]
//! A value that is found is found again when it stands alone; walking ends.
use libfuzzer_sys::fuzz_target;
use vansire::wire::json::{members, path, string, value};

fuzz_target!(|input: (&[u8], &[u8])| {
    let (wanted, json) = input;
    if let Some(token) = path::token(json, wanted) {
        assert_eq!(path::get(token, b"$"), Ok(0..token.len()));
        assert!(members::members(token).count() <= token.len());
        let mut to = vec![1; token.len() / 2 + 1];
        if let Some(raw) = string::inside(token) {
            let len = string::unescape(raw, &mut to);
            assert!(len == 0 || to[len] == 0);
        }
    }
    let _ = (
        value::number(json, b"$"),
        value::integer(json, b"$"),
        value::hex(json, b"$"),
        value::base64(json, b"$"),
    );
});
