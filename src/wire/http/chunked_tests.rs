use super::*;
use proptest::prelude::*;
use std::format;
use std::string::String;
use std::vec::Vec;

/// Payload and coded length, `Ok(None)` when more is needed.
fn decode(body: &[u8]) -> Result<Option<(Vec<u8>, usize)>, InvalidChunk> {
    let mut decoder = ChunkDecoder::default();
    if !decoder.scan(body)? {
        return Ok(None);
    }
    let mut copy = body.to_vec();
    let (payload, coded) = compact(&mut copy)?;
    assert_eq!(
        (payload, coded),
        (decoder.payload_len(), decoder.consumed())
    );
    assert_eq!(
        copy[coded..],
        body[coded..],
        "bytes behind the body are left alone"
    );
    Ok(Some((copy[..payload].to_vec(), coded)))
}

/// One byte more per call must end the same way.
fn decode_bytewise(body: &[u8]) -> Result<bool, InvalidChunk> {
    let mut decoder = ChunkDecoder::default();
    for n in 0..=body.len() {
        if decoder.scan(&body[..n])? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn expect(body: &str, payload: &str) {
    let (got, coded) = decode(body.as_bytes()).expect(body).expect(body);
    assert_eq!(got, payload.as_bytes(), "{body:?}");
    assert_eq!(coded, body.len(), "{body:?}");
    assert_eq!(decode_bytewise(body.as_bytes()), Ok(true), "{body:?}");
    for n in 0..body.len() {
        assert_eq!(
            decode(&body.as_bytes()[..n]),
            Ok(None),
            "{body:?} cut at {n}"
        );
    }
}

fn reject(body: &str) {
    assert_eq!(decode(body.as_bytes()), Err(InvalidChunk), "{body:?}");
    assert_eq!(
        decode_bytewise(body.as_bytes()),
        Err(InvalidChunk),
        "{body:?}"
    );
}

#[test]
fn valid_bodies() {
    expect("0\r\n\r\n", "");
    expect("00000000\r\n\r\n", "");
    expect("5\r\nhello\r\n0\r\n\r\n", "hello");
    expect("A\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\n", "0123456789x");
    expect(
        "a\r\n0\r\n\r\n\r\n\r\n\r\r\n0\r\n\r\n",
        "0\r\n\r\n\r\n\r\n\r",
    );
    expect("000000000000000000000005\r\nhello\r\n0\r\n\r\n", "hello");
    expect("1;a=\"b\"\r\nx\r\n0;z\r\n\r\n", "x");
    expect("1\r\nx\r\n0\r\nExpires: never\r\nA:\r\n\r\n", "x");
    expect("0\r\nContent-Length: 5\r\n\r\n", "");
}

#[test]
fn bytes_behind_the_body() {
    let (payload, coded) = decode(b"1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1")
        .unwrap()
        .unwrap();
    assert_eq!((payload.as_slice(), coded), (&b"x"[..], 11));
}

#[test]
fn c1_to_c8_bad_framing() {
    for body in [
        "\r\n",
        "  \r\n",
        " 1\r\nx\r\n",
        "g\r\n",
        "+1\r\nx",
        "-2\r\nx",
        "0x1\r\nx",
        "1_0\r\n",
        "1 \r\nx",
        "1\t;a\r\nx",
        "5\nhello",
        "5\r\nhello\n",
        "5\r\nhelloXX",
        "5\rhello",
        "1;a\n",
        "1;\0\r\n",
        "1;\x7f\r\n",
        "1;a\rb\r\n",
        "FFFFFFFFFFFFFFFF\r\n",
        "80000000\r\n",
        "10000000000000000\r\n",
        "3\r\nabcd\r\n",
        "0\r\n : x\r\n\r\n",
        "0\r\n\n",
        "0\n\r\n",
        "0\r\nX\r\n\r\n",
        "0\r\nX : y\r\n\r\n",
        "0\r\nX: y\n\r\n",
        "0\r\nX: \0\r\n\r\n",
        "0\r\n:\r\n\r\n",
        "1\r\nx\r\n\r\n",
    ] {
        reject(body);
    }
    assert_eq!(decode(b"7fffffff\r\n"), Ok(None));
}

#[test]
fn limits() {
    let line = |n: usize| format!("1;{}\r\nx\r\n0\r\n\r\n", "e".repeat(n));
    expect(&line(MAX_SIZE_LINE - 2), "x");
    reject(&line(MAX_SIZE_LINE - 1));
    reject(&format!("{}\r\n", "0".repeat(MAX_SIZE_LINE + 1)));
    let trailers = |n: usize| format!("0\r\nT:{}\r\n\r\n", "t".repeat(n));
    assert!(
        decode(trailers(MAX_TRAILERS - 2).as_bytes())
            .unwrap()
            .is_some()
    );
    reject(&trailers(MAX_TRAILERS - 1));
    reject(&format!("0\r\n{}", "T:x\r\n".repeat(MAX_TRAILERS)));
    let padded = format!("1;{}\r\nx\r\n", "e".repeat(200));
    reject(&padded.repeat(1000));
    let tiny: String = "1\r\nx\r\n".repeat(1000) + "0\r\n\r\n";
    assert_eq!(decode(tiny.as_bytes()).unwrap().unwrap().0.len(), 1000);
}

proptest! {
    #[test]
    fn any_bytes(body in proptest::collection::vec(any::<u8>(), 0..80)) {
        let whole = decode(&body).map(|r| r.is_some());
        prop_assert_eq!(decode_bytewise(&body), whole);
    }

    #[test]
    fn near_valid_bytes(body in "[0-9a-f;: xX\r\n\t-]{0,60}") {
        let whole = decode(body.as_bytes()).map(|r| r.is_some());
        prop_assert_eq!(decode_bytewise(body.as_bytes()), whole);
    }

    #[test]
    fn round_trip(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..40), 0..12)) {
        let mut body = Vec::new();
        for chunk in &chunks {
            body.extend(format!("{:x}\r\n", chunk.len()).bytes());
            body.extend(chunk);
            body.extend(b"\r\n");
        }
        body.extend(b"0\r\n\r\n");
        let (payload, coded) = decode(&body).unwrap().unwrap();
        prop_assert_eq!(payload, chunks.concat());
        prop_assert_eq!(coded, body.len());
    }
}
