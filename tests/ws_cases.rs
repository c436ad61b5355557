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
    /// The connection is cut: what was not sent yet may be missing.
    cut: bool,
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
            cut: false,
        });
    }

    /// The connection ends at once, without a CLOSE.
    fn cut(&mut self, name: &str, input: &[Vec<u8>], output: &[Vec<u8>]) {
        self.ends(name, input, output);
        if let Some(case) = self.0.last_mut() {
            case.cut = true;
        }
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
        t.cut(&name, &before, &[got(FIN | TEXT, b"x")]);
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
    fragments(&mut table);
    closes(&mut table);
    assert!(table.0.len() > 70);
    let server = Server::start(&example("websocket-server"), &[]);
    let mut wrong = Vec::new();
    for case in &table.0 {
        let chop = if case.input.len() > 1000 { 997 } else { 1 };
        for piece in [case.input.len(), chop] {
            let output = answer(server.address(), &case.input, piece);
            let fits = output == case.output || case.cut && case.output.starts_with(&output);
            if !fits {
                let shown = &output[..output.len().min(20)];
                wrong.push(format!("{} (pieces of {piece}): {shown:02x?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
