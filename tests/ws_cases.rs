//! The WebSocket echo example over a raw socket, in the order of the Autobahn cases: framing, pings, reserved bits,
//! opcodes, fragments, UTF-8, close, sizes. Each case is sent whole and byte by byte.

mod clients_support;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use clients_support::{Server, example};

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
const CONTINUE: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;
const FIN: u8 = 0x80;

fn head(first: u8, mask: u8, len: usize) -> Vec<u8> {
    let mut head = vec![first];
    match len {
        0..126 => head.push(mask | len as u8),
        126..65536 => {
            head.push(mask | 126);
            head.extend((len as u16).to_be_bytes());
        }
        _ => {
            head.push(mask | 127);
            head.extend((len as u64).to_be_bytes());
        }
    }
    head
}

/// A frame of a client.
fn sent(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = head(first, 0x80, payload.len());
    frame.extend(KEY);
    frame.extend(payload.iter().zip(KEY.iter().cycle()).map(|(b, k)| b ^ k));
    frame
}

/// A frame of the server.
fn got(first: u8, payload: &[u8]) -> Vec<u8> {
    [head(first, 0, payload.len()), payload.to_vec()].concat()
}

/// What the server says when it ends the connection because of a breach.
fn breach(code: u16) -> Vec<u8> {
    got(FIN | CLOSE, &code.to_be_bytes())
}

struct Case {
    name: String,
    input: Vec<u8>,
    output: Vec<u8>,
}

#[derive(Default)]
struct Table(Vec<Case>);

impl Table {
    /// The connection stays open: a CLOSE follows and comes back.
    fn open(&mut self, name: &str, input: &[Vec<u8>], output: &[Vec<u8>]) {
        let end = [0x03, 0xe8];
        self.ends(
            name,
            &[input, &[sent(FIN | CLOSE, &end)]].concat(),
            &[output, &[got(FIN | CLOSE, &end)]].concat(),
        );
    }

    /// The last frame of the output is a CLOSE; the connection ends then.
    fn ends(&mut self, name: &str, input: &[Vec<u8>], output: &[Vec<u8>]) {
        self.0.push(Case {
            name: name.into(),
            input: input.concat(),
            output: output.concat(),
        });
    }
}

fn framing_and_sizes(t: &mut Table) {
    for op in [TEXT, BINARY] {
        for len in [0, 1, 125, 126, 127, 128, 65535, 65536] {
            let payload = vec![b'*'; len];
            let name = format!("1 opcode {op}, {len} bytes");
            t.open(
                &name,
                &[sent(FIN | op, &payload)],
                &[got(FIN | op, &payload)],
            );
        }
    }
    let unmasked = got(FIN | TEXT, b"hey");
    t.ends("1 not masked", &[unmasked], &[breach(1002)]);
    let mut huge = vec![0x82, 0xff, 0, 0, 0, 0, 0x10, 0, 0, 0];
    huge.extend(KEY);
    t.ends("9 larger than the buffer", &[huge], &[breach(1009)]);
    let top = vec![0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1];
    t.ends("9 top bit of the length", &[top], &[breach(1002)]);
}

fn pings(t: &mut Table) {
    for payload in [&b""[..], b"hey", &[0, 0xff, 0xfe], &[b'*'; 125]] {
        let name = format!("2 ping of {} bytes", payload.len());
        t.open(
            &name,
            &[sent(FIN | PING, payload)],
            &[got(FIN | PONG, payload)],
        );
    }
    let long = sent(FIN | PING, &[b'*'; 126]);
    t.ends("2 ping of 126 bytes", &[long], &[breach(1002)]);
    t.open("2 pong nobody asked for", &[sent(FIN | PONG, b"x")], &[]);
    let pong_then_ping = [sent(FIN | PONG, b"x"), sent(FIN | PING, b"y")];
    t.open(
        "2 pong, then ping",
        &pong_then_ping,
        &[got(FIN | PONG, b"y")],
    );
    let ten = vec![sent(FIN | PING, b"p"); 10];
    t.open("2 ten pings", &ten, &vec![got(FIN | PONG, b"p"); 10]);
}

fn reserved(t: &mut Table) {
    for bits in 1..8u8 {
        let bad = sent(FIN | bits << 4 | TEXT, b"x");
        t.ends(&format!("3 bits {bits}"), &[bad], &[breach(1002)]);
    }
    for op in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15u8] {
        let name = format!("4 opcode {op}");
        let before = [sent(FIN | TEXT, b"x"), sent(FIN | op, b"")];
        let after = [&before[..], &[sent(FIN | TEXT, b"y")]].concat();
        let output = [got(FIN | TEXT, b"x"), breach(1002)];
        t.ends(&name, &before, &output);
        t.ends(&format!("{name}, then text"), &after, &output);
        let between = [sent(TEXT, b"x"), sent(FIN | op, b"y")];
        t.ends(
            &format!("{name} between fragments"),
            &between,
            &[breach(1002)],
        );
    }
}

/// The bits on control frames, and after good frames: what came before is answered.
fn reserved_later(t: &mut Table) {
    for op in [BINARY, PING, PONG, CLOSE] {
        for bits in [1u8, 2, 4, 7] {
            let input = [
                sent(FIN | TEXT, b"good"),
                sent(FIN | bits << 4 | op, b""),
                sent(FIN | PING, b""),
            ];
            let output = [got(FIN | TEXT, b"good"), breach(1002)];
            t.ends(&format!("3 bits {bits} with opcode {op}"), &input, &output);
        }
    }
}

fn more_fragments(t: &mut Table) {
    for last in [FIN, 0] {
        // A continuation without a beginning, alone and after a whole message.
        let stray = sent(last | CONTINUE, b"z");
        let after = [sent(FIN | TEXT, b"x"), stray.clone()];
        t.ends(&format!("5 stray {last}"), &[stray], &[breach(1002)]);
        let output = [got(FIN | TEXT, b"x"), breach(1002)];
        t.ends(&format!("5 stray {last} after a message"), &after, &output);
    }
    for op in [TEXT, BINARY] {
        // Five fragments with pings around each of them, twice.
        let mut input = Vec::new();
        let mut output = Vec::new();
        for _ in 0..2 {
            for part in 0..5u8 {
                let first = match part {
                    0 => op,
                    4 => FIN | CONTINUE,
                    _ => CONTINUE,
                };
                input.push(sent(first, &[b'a' + part; 3]));
                if part < 4 {
                    input.push(sent(FIN | PING, &[part]));
                    output.push(got(FIN | PONG, &[part]));
                }
            }
            output.push(got(FIN | op, b"aaabbbcccdddeee"));
        }
        t.open(&format!("5 pings in opcode {op}"), &input, &output);
        // 9.3, 9.4: a message of 64 KiB in fragments of several sizes; 9.5, 9.6 are the pieces it is sent in.
        for size in [1, 64, 256, 1024, 4096, 65536usize] {
            let message: Vec<u8> = (0..65536u32).map(|i| b'a' + (i % 26) as u8).collect();
            let step = if size == 1 { 1000 } else { message.len() };
            let message = &message[..step];
            let last = message.len().div_ceil(size) - 1;
            let parts = message.chunks(size).enumerate().map(|(i, part)| {
                let op = if i == 0 { op } else { CONTINUE };
                sent(if i == last { FIN | op } else { op }, part)
            });
            let parts = parts.collect::<Vec<_>>();
            t.open(
                &format!("9 opcode {op} in parts of {size}"),
                &parts,
                &[got(FIN | op, message)],
            );
        }
    }
    let unfinished = [sent(TEXT, b"x"), sent(FIN | CLOSE, b"\x03\xe8")];
    t.ends(
        "7 close inside a message",
        &unfinished,
        &[got(FIN | CLOSE, b"\x03\xe8")],
    );
}

/// 6: text is handed on as it came, whole or cut anywhere: judging it is the program's task.
fn texts(t: &mut Table) {
    let texts: [&[u8]; 9] = [
        "κόσμε".as_bytes(),
        "Hello-µ@ßöäüàá-UTF-8!!".as_bytes(),
        b"\xf4\x8f\xbf\xbf",
        b"\xef\xbf\xbe",
        b"\x00",
        b"\xce\xba\xed\xa0\x80edited",
        b"\xf4\x90\x80\x80",
        b"\xc0\xaf",
        b"\xff",
    ];
    for text in texts {
        t.open(
            &format!("6 {text:02x?}"),
            &[sent(FIN | TEXT, text)],
            &[got(FIN | TEXT, text)],
        );
        let last = text.len() - 1;
        let parts: Vec<Vec<u8>> = (0..text.len())
            .map(|i| {
                let op = if i == 0 { TEXT } else { CONTINUE };
                sent(if i == last { FIN | op } else { op }, &text[i..=i])
            })
            .collect();
        t.open(
            &format!("6 {text:02x?} by letters"),
            &parts,
            &[got(FIN | TEXT, text)],
        );
    }
}

fn fragments(t: &mut Table) {
    let (first, last) = (sent(TEXT, b"one"), sent(FIN | CONTINUE, b"two"));
    let whole = got(FIN | TEXT, b"onetwo");
    let ping = sent(FIN | PING, b"p");
    t.open(
        "5 two",
        &[first.clone(), last.clone()],
        std::slice::from_ref(&whole),
    );
    t.open(
        "5 a ping between",
        &[first.clone(), ping, last.clone()],
        &[got(FIN | PONG, b"p"), whole],
    );
    t.ends("5 ping in parts", &[sent(PING, b"p")], &[breach(1002)]);
    t.ends("5 pong in parts", &[sent(PONG, b"p")], &[breach(1002)]);
    t.ends(
        "5 nothing to go on with",
        std::slice::from_ref(&last),
        &[breach(1002)],
    );
    t.ends("5 two firsts", &[first.clone(), first], &[breach(1002)]);
    let empty = [sent(TEXT, b""), sent(CONTINUE, b""), sent(FIN, b"")];
    t.open("6 empty parts", &empty, &[got(FIN | TEXT, b"")]);
    let split = [sent(TEXT, b"\xce"), sent(FIN, b"\xba")];
    t.open(
        "6 a letter in two parts",
        &split,
        &[got(FIN | TEXT, "κ".as_bytes())],
    );
}

fn closes(t: &mut Table) {
    let close = |payload: &[u8]| sent(FIN | CLOSE, payload);
    let echo = |payload: &[u8]| got(FIN | CLOSE, payload);
    t.ends(
        "7 ping after close",
        &[close(b""), sent(FIN | PING, b"")],
        &[echo(b"")],
    );
    t.ends(
        "7 two closes",
        &[close(b"\x03\xe8"), close(b"\x03\xe9")],
        &[echo(b"\x03\xe8")],
    );
    let reason = [&[0x03, 0xe8][..], "κόσμε".as_bytes()].concat();
    t.ends("7 reason", &[close(&reason)], &[echo(&reason)]);
    t.ends("7 no code", &[close(b"")], &[echo(b"")]);
    t.ends("7 one byte", &[close(b"\x03")], &[breach(1002)]);
    t.ends(
        "7 later frames do not count",
        &[close(b""), sent(FIN | TEXT, b"x")],
        &[echo(b"")],
    );
    let longest = [&[0x03, 0xe8][..], &[b'*'; 123]].concat();
    t.ends("7 longest reason", &[close(&longest)], &[echo(&longest)]);
    let longer = [&longest[..], b"*"].concat();
    t.ends("7 longer reason", &[close(&longer)], &[breach(1002)]);
    t.ends(
        "7 reason is no UTF-8",
        &[close(b"\x03\xe8\xff")],
        &[breach(1007)],
    );
    for good in [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999u16,
    ] {
        let code = good.to_be_bytes();
        t.ends(&format!("7 code {good}"), &[close(&code)], &[echo(&code)]);
    }
    for bad in [
        0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535u16,
    ] {
        t.ends(
            &format!("7 code {bad}"),
            &[close(&bad.to_be_bytes())],
            &[breach(1002)],
        );
    }
}

/// A connection after the handshake of RFC 6455 §1.3.
fn connect(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream.set_nodelay(true).unwrap();
    let request = "GET /websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    assert!(answer.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    stream
}

/// Everything the server says up to its end.
fn answer(address: &str, input: &[u8], piece: usize) -> Vec<u8> {
    let mut stream = connect(address);
    for part in input.chunks(piece) {
        // The server may have ended the connection before the last piece.
        if stream.write_all(part).is_err() {
            break;
        }
    }
    let mut output = Vec::new();
    let mut buf = [0; 65536];
    loop {
        match stream.read(&mut buf) {
            Ok(0) => return output,
            Ok(n) => output.extend_from_slice(&buf[..n]),
            Err(e) if e.kind() == ErrorKind::ConnectionReset => return output,
            Err(e) => panic!("the connection stays open: {e}, {} bytes", output.len()),
        }
    }
}

#[test]
fn autobahn_cases() {
    let mut table = Table::default();
    framing_and_sizes(&mut table);
    pings(&mut table);
    reserved(&mut table);
    reserved_later(&mut table);
    fragments(&mut table);
    more_fragments(&mut table);
    texts(&mut table);
    closes(&mut table);
    assert!(table.0.len() > 150);
    let server = Server::start(&example("websocket-server"), &[]);
    let mut wrong = Vec::new();
    for case in &table.0 {
        let chop = if case.input.len() > 1000 { 997 } else { 1 };
        for piece in [case.input.len(), chop] {
            let output = answer(server.address(), &case.input, piece);
            if output != case.output {
                let shown = &output[..output.len().min(20)];
                wrong.push(format!("{} (pieces of {piece}): {shown:02x?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
