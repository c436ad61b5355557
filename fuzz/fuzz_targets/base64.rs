#![no_main]
//! Round trips, and decoders on any bytes into any room.
use libfuzzer_sys::fuzz_target;
use vansire::wire::base64::{decode, decode_strict, decode_url, encode, encode_url, encoded_len};

fuzz_target!(|data: &[u8]| {
    let (mut text, mut back) = (vec![0; encoded_len(data.len())], vec![0; data.len() + 3]);
    let n = encode(data, &mut text).unwrap();
    assert_eq!(
        decode(&text[..n], &mut back).map(|n| &back[..n] == data),
        Some(true)
    );
    let n = encode_url(data, &mut text).unwrap();
    assert_eq!(
        decode_url(&text[..n], &mut back).map(|n| &back[..n] == data),
        Some(true)
    );
    let room = data
        .first()
        .map_or(0, |byte| usize::from(*byte).min(back.len()));
    let strict = decode_strict(data, &mut back[..room]);
    assert!(strict.is_none() || strict == decode(data, &mut back[..room]));
    let _ = decode_url(data, &mut back[..room]);
});
