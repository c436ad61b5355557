#![no_main]
//! A chunked body ends the same way whole or in two pieces, and compacting finds what scanning counted.
use libfuzzer_sys::fuzz_target;
use vansire::wire::http::chunked::{ChunkDecoder, compact};

fuzz_target!(|input: (u8, &[u8])| {
    let (cut, body) = (usize::from(input.0).min(input.1.len()), input.1);
    let (mut pieces, mut whole) = (ChunkDecoder::default(), ChunkDecoder::default());
    let early = pieces.scan(&body[..cut]);
    let end = if early == Ok(false) { pieces.scan(body) } else { early };
    assert_eq!(end, whole.scan(body));
    if end == Ok(true) {
        assert_eq!(compact(&mut body.to_vec()), Ok((whole.payload_len(), whole.consumed())));
    }
});
