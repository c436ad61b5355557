//! Replays the case documents of `tests/cases/http` and `tests/cases/ws` against the pure layer: whole, byte by byte
//! and split at every offset. The events must be the same each time.

#[path = "support/cases.rs"]
mod cases;

use cases::{Case, cuts, show};
use vansire::wire::http::creds::Credentials;
use vansire::wire::http::framing::UNTIL_CLOSE;
use vansire::wire::http::{HeadEnd, HeadScanner, HeaderSpan, chunked, parse, vars};
use vansire::wire::multipart;
use vansire::wire::ws::{Action, Header, Order, Role, mask};

#[test]
fn http_documents() {
    let cases = cases::read("http");
    assert!(cases.len() > 100, "documents found: {}", cases.len());
    for case in &cases {
        match case.mode.as_str() {
            "stream" => replay_all(case, Stream::default),
            "eof" => replay_all(case, Stream::until_close),
            "multipart" => assert_eq!(multipart_log(&case.input), case.log, "{}", case.name),
            "form" => assert_eq!(form_log(case), case.log, "{}", case.name),
            "basic" => assert_eq!(basic_log(&case.input), case.log, "{}", case.name),
            other => panic!("{}: unknown mode {other}", case.name),
        }
    }
}

#[test]
fn ws_documents() {
    let cases = cases::read("ws");
    assert!(cases.len() > 30, "documents found: {}", cases.len());
    for case in &cases {
        match case.mode.as_str() {
            "server" => replay_all(case, || Frames::new(Role::Server)),
            "client" => replay_all(case, || Frames::new(Role::Client)),
            other => panic!("{}: unknown mode {other}", case.name),
        }
    }
}

trait Replay {
    /// Bytes have been appended to `buf`; the same buffer comes each time.
    fn feed(&mut self, buf: &[u8]);
    /// No more bytes will come.
    fn finish(self, buf: &[u8]) -> Vec<String>;
}

fn replay_all<R: Replay>(case: &Case, start: impl Fn() -> R) {
    for ends in cuts(case.input.len()) {
        let mut replay = start();
        for end in &ends {
            replay.feed(&case.input[..*end]);
        }
        let first = ends[0];
        assert_eq!(
            replay.finish(&case.input),
            case.log,
            "{} (first piece: {first} bytes)",
            case.name
        );
    }
}

/// A connection's input, cut into messages.
#[derive(Default)]
struct Stream {
    log: Vec<String>,
    ofs: usize,
    scanner: HeadScanner,
    chunks: chunked::ChunkDecoder,
    failed: bool,
    until_close: bool,
}

impl Stream {
    /// A client: the end of the input ends a response.
    fn until_close() -> Self {
        Stream {
            until_close: true,
            ..Stream::default()
        }
    }

    fn fail(&mut self, text: &str) -> bool {
        self.failed = true;
        self.log.push(text.into());
        false
    }

    /// Deals with one message; false when there is no complete one.
    fn message(&mut self, buf: &[u8], closed: bool) -> bool {
        let bytes = &buf[self.ofs..];
        let n = match self.scanner.scan(bytes) {
            HeadEnd::Incomplete => return false,
            HeadEnd::Invalid => return self.fail("malformed"),
            HeadEnd::At(n) => n,
        };
        let mut table = [HeaderSpan::default(); 30];
        let Ok(head) = parse(bytes, n, &mut table, 30) else {
            return self.fail("malformed");
        };
        let framing = head.framing;
        let body = &bytes[n..];
        let (payload, used) = if framing.transfer_encoding.is_some() && !framing.bodiless {
            if framing.is_http_1_0 || !framing.chunked {
                return self.fail("bad coding");
            }
            match self.chunks.scan(body) {
                Ok(false) => return false,
                Err(_) => return self.fail("bad chunk"),
                Ok(true) => {
                    let mut copy = body.to_vec();
                    let (payload, used) = chunked::compact(&mut copy).unwrap();
                    (copy[..payload].to_vec(), used)
                }
            }
        } else if framing.body_len == UNTIL_CLOSE {
            if !closed {
                return false;
            }
            (body.to_vec(), body.len())
        } else if body.len() >= framing.body_len {
            (body[..framing.body_len].to_vec(), framing.body_len)
        } else {
            return false;
        };
        let kind = if head.is_response {
            "response"
        } else {
            "request"
        };
        let words = [head.method, head.uri, head.proto].map(|span| show(span.of(bytes)));
        self.log
            .push(format!("{kind} {}", words.join(" ").trim_end()));
        if let Some(query) = head.query {
            self.log
                .push(format!("query {}", show(query.of(bytes))).trim_end().into());
        }
        for line in &table[..head.headers_stored] {
            self.log.push(
                format!(
                    "{}: {}",
                    show(line.name.of(bytes)),
                    show(line.value.of(bytes))
                )
                .trim_end()
                .into(),
            );
        }
        if head.headers_total > head.headers_stored {
            self.log.push(format!(
                "dropped {}",
                head.headers_total - head.headers_stored
            ));
        }
        for (on, text) in [
            (framing.connection_close, "close wanted"),
            (framing.expect_continue, "continue expected"),
        ] {
            if on {
                self.log.push(text.into());
            }
        }
        if !payload.is_empty() {
            self.log.push(format!("body {}", show(&payload)));
        }
        self.ofs += n + used;
        self.scanner = HeadScanner::default();
        self.chunks = chunked::ChunkDecoder::default();
        true
    }
}

impl Replay for Stream {
    fn feed(&mut self, buf: &[u8]) {
        while !self.failed && self.ofs < buf.len() && self.message(buf, false) {}
    }

    fn finish(mut self, buf: &[u8]) -> Vec<String> {
        if self.until_close && !self.failed && self.ofs < buf.len() {
            self.message(buf, true);
        }
        if !self.failed && self.ofs < buf.len() {
            self.log.push("more".into());
        }
        self.log
    }
}

/// A connection's frames.
struct Frames {
    role: Role,
    order: Order,
    log: Vec<String>,
    ofs: usize,
    failed: bool,
}

/// Largest payload in these documents.
const ROOM: usize = 70_000;

impl Frames {
    fn new(role: Role) -> Self {
        Frames {
            role,
            order: Order::default(),
            log: Vec::new(),
            ofs: 0,
            failed: false,
        }
    }

    fn frame(&mut self, buf: &[u8]) -> bool {
        let bytes = &buf[self.ofs..];
        let header = match Header::parse(bytes) {
            Ok(None) => return false,
            Ok(Some(header)) => header,
            Err(code) => return self.fail(code as u16),
        };
        if let Err(code) = self.order.admit(&header, self.role, ROOM) {
            return self.fail(code as u16);
        }
        let end = header.len + header.payload as usize;
        let Some(payload) = bytes.get(header.len..end) else {
            return false;
        };
        let mut payload = payload.to_vec();
        mask::apply(&mut payload, header.mask.unwrap_or_default(), 0);
        let text = show(&payload);
        let line = match self.order.take(&header, &payload) {
            Ok(Action::Message) => format!("message {:02x} {text}", header.first),
            Ok(Action::First) => format!("first {:02x} {text}", header.first),
            Ok(Action::Continue { flags: None }) => format!("continue {text}"),
            Ok(Action::Continue { flags: Some(flags) }) => format!("last {text} of {flags:02x}"),
            Ok(Action::Stray) => "stray".into(),
            Ok(Action::Ping) => format!("ping {text}"),
            Ok(Action::Pong) => format!("pong {text}"),
            Ok(Action::Close) => format!("close {text}"),
            Ok(Action::Unknown(op)) => format!("unknown {op}"),
            Err(code) => return self.fail(code as u16),
        };
        self.log.push(line.trim_end().into());
        self.ofs += end;
        true
    }

    fn fail(&mut self, code: u16) -> bool {
        self.failed = true;
        self.log.push(format!("fail {code}"));
        false
    }
}

impl Replay for Frames {
    fn feed(&mut self, buf: &[u8]) {
        while !self.failed && self.frame(buf) {}
    }

    fn finish(mut self, buf: &[u8]) -> Vec<String> {
        if !self.failed && self.ofs < buf.len() {
            self.log.push("more".into());
        }
        self.log
    }
}

fn multipart_log(body: &[u8]) -> Vec<String> {
    let mut log = Vec::new();
    let mut ofs = 0;
    while let Some((part, after)) = multipart::next(body, ofs) {
        let field = |v: Option<&[u8]>| v.map_or("-".into(), |v| format!("[{}]", show(v)));
        log.push(format!(
            "part {} {} [{}]",
            field(part.name),
            field(part.filename),
            show(part.body)
        ));
        ofs = after;
    }
    log.push("end".into());
    log
}

/// Each log line asks: `get <name> <room>: <answer>`.
fn form_log(case: &Case) -> Vec<String> {
    let answer = |line: &String| {
        let question = line.split(':').next().unwrap();
        let words: Vec<&str> = question.split(' ').collect();
        let room: usize = words[2].parse().unwrap();
        let mut dst = vec![0xaa; room + 1];
        let result = vars::get_var(&case.input, words[1].as_bytes(), &mut dst[..room]);
        assert_eq!(dst[room], 0xaa, "{}", case.name);
        match result {
            Ok(n) => {
                assert_eq!(dst[n], 0, "{}", case.name);
                format!("{question}: [{}]", show(&dst[..n]))
            }
            Err(e) => {
                assert_eq!(dst[0], 0, "{}", case.name);
                format!("{question}: {e:?}")
            }
        }
    };
    case.log.iter().map(answer).collect()
}

fn basic_log(value: &[u8]) -> Vec<String> {
    let (mut user, mut pass) = ([0xaa; 32], [0xaa; 32]);
    Credentials::find(Some(value), None, b"access_token=other").write(&mut user, &mut pass);
    let text = |b: &[u8]| show(&b[..b.iter().position(|b| *b == 0).unwrap()]);
    vec![format!("[{}] [{}]", text(&user), text(&pass))]
}
