use super::*;
use crate::wire::http::framing::UNTIL_CLOSE;
use crate::wire::http::{HeadEnd, HeadScanner};
use proptest::prelude::*;
use std::format;
use std::string::String;
use std::vec::Vec;

const TABLE: usize = 30;

fn parse_all(buf: &[u8]) -> Result<(Head, Vec<HeaderSpan>), Malformed> {
    let HeadEnd::At(n) = HeadScanner::default().scan(buf) else {
        return Err(Malformed);
    };
    let mut headers = [HeaderSpan::default(); TABLE];
    let head = parse(buf, n, &mut headers, TABLE)?;
    Ok((head, headers[..head.headers_stored].to_vec()))
}

fn ok(text: &str) -> (Head, Vec<HeaderSpan>) {
    parse_all(text.as_bytes()).unwrap_or_else(|_| panic!("rejected: {text:?}"))
}

fn text(span: Span, buf: &str) -> &str {
    core::str::from_utf8(span.of(buf.as_bytes())).unwrap()
}

#[test]
fn request() {
    let buf = "PUT /π?k=1 HTTP/1.0\nH:\tv \n\n";
    let (head, headers) = ok(buf);
    assert!(!head.is_response && head.framing.is_http_1_0);
    assert_eq!(text(head.method, buf), "PUT");
    assert_eq!(text(head.uri, buf), "/π");
    assert_eq!(text(head.query.unwrap(), buf), "k=1");
    assert_eq!(text(head.proto, buf), "HTTP/1.0");
    assert_eq!(
        (text(headers[0].name, buf), text(headers[0].value, buf)),
        ("H", "v")
    );
    assert_eq!(
        (head.framing.body_len, head.framing.message_len),
        (0, buf.len())
    );
}

#[test]
fn response() {
    let buf = "HTTP/1.1 299\n\n";
    let (head, _) = ok(buf);
    assert!(head.is_response && head.proto.is_empty());
    assert_eq!(head.status, 299);
    assert_eq!(
        (head.framing.body_len, head.framing.message_len),
        (UNTIL_CLOSE, UNTIL_CLOSE)
    );
    let buf = "http/1.1 200 All is  well \r\nContent-Length: 3 \r\n\r\nabc";
    let (head, _) = ok(buf);
    assert_eq!(text(head.proto, buf), "All is  well ");
    assert_eq!(
        (head.framing.body_len, head.framing.message_len),
        (3, buf.len())
    );
    for bodiless in ["100", "204", "304"] {
        let (head, _) = ok(&format!("HTTP/1.1 {bodiless} x\r\n\r\n"));
        assert!(
            head.framing.bodiless && head.framing.body_len == 0,
            "{bodiless}"
        );
    }
    assert_eq!(
        ok("HTTP/1.1 2040 x\r\n\r\n").0.framing.body_len,
        UNTIL_CLOSE
    );
}

#[test]
fn accepted_first_lines() {
    for line in [
        "X  /y   HTTP/1.1",
        "get foo http/1.0",
        "GET / HTTP/7.3",
        "GET http://h/p HTTP/1.1",
        "é ü HTTP/1.1",
    ] {
        ok(&format!("{line}\r\n\r\n"));
    }
}

#[test]
fn rejected_heads() {
    for head in [
        "GET /\r\n\r\n",
        "GET\r\n\r\n",
        "GET / \r\n\r\n",
        "GET /x y HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1 \r\n\r\n",
        "GET / HTTP/1.10\r\n\r\n",
        "GET / HTTP/11.1\r\n\r\n",
        "GET / HTTP/1.\r\n\r\n",
        "GET / HTTQ/1.1\r\n\r\n",
        "GET\t/ HTTP/1.1\r\n\r\n",
        " GET / HTTP/1.1\r\n\r\n",
        "\r\nGET / HTTP/1.1\r\n\r\n",
        "\nGET / HTTP/1.1\r\n\r\n",
        "GET ?q HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\rX\r\n\r\n",
        "GET /\x7f HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nA : b\r\n\r\n",
        "GET / HTTP/1.1\r\nA\t: b\r\n\r\n",
        "GET / HTTP/1.1\r\nA b\r\n\r\n",
        "GET / HTTP/1.1\r\nA\r\n\r\n",
        "GET / HTTP/1.1\r\n: b\r\n\r\n",
        "GET / HTTP/1.1\r\n a: b\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n",
        "GET / HTTP/1.1\r\n\rA: b\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: \r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 18446744073709551560\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 18446744073709551616\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nCookie: a\r\nCOOKIE: a\r\n\r\n",
        "GET / HTTP/1.1\r\nAuthorization: a\r\nauthorization: a\r\n\r\n",
        "GET / HTTP/1.1\r\nConnection: a\r\nConnection: a\r\n\r\n",
    ] {
        assert_eq!(
            parse_all(head.as_bytes()).map(|_| ()),
            Err(Malformed),
            "{head:?}"
        );
    }
    for name in [
        &b"\xff"[..],
        b"\x80",
        b"a\xc3",
        b"\xe2\x82",
        b"\xf8\x80\x80\x80",
    ] {
        let head = [b"GET / HTTP/1.1\r\n", name, b": v\r\n\r\n"].concat();
        assert!(parse_all(&head).is_err(), "{head:?}");
    }
    assert!(parse_all(b"GET / HTTP/1.1\r\nA: \xff\x80\r\n\r\n").is_ok());
}

#[test]
fn framing_headers() {
    let framing = |lines: &str| ok(&format!("POST / HTTP/1.1\r\n{lines}\r\n")).0.framing;
    assert_eq!(
        framing("content-LENGTH: \t 12 \r\n").content_length,
        Some(12)
    );
    assert!(framing("Transfer-Encoding: Chunked\r\n").chunked);
    for other in [
        "gzip",
        "chunked, gzip",
        ",chunked",
        "chunked,",
        "\"chunked\"",
        "",
    ] {
        let framing = framing(&format!("Transfer-Encoding: {other}\r\n"));
        assert!(
            !framing.chunked && framing.transfer_encoding.is_some(),
            "{other}"
        );
    }
    assert!(framing("Connection: x, Close\r\n").connection_close);
    assert!(!framing("Connection: keep-alive\r\n").keep_alive);
    let old = ok("GET / HTTP/1.0\r\nConnection: x, Keep-Alive\r\n\r\n");
    assert!(old.0.framing.keep_alive);
    assert!(framing("Expect: 100-Continue\r\n").expect_continue);
    assert!(!framing("Host: a\r\nHost: b\r\nSet-Cookie: c\r\nSet-Cookie: d\r\n").connection_close);
}

#[test]
fn full_table() {
    let lines: String = (0..8).map(|i| format!("H{i}: {i}\r\n")).collect();
    let mut small = [HeaderSpan::default(); 7];
    let mut run = |tail: &str| {
        let buf = format!("GET / HTTP/1.1\r\n{lines}{tail}\r\n");
        parse(buf.as_bytes(), buf.len(), &mut small, 7).map(|h| (h.headers_stored, h.headers_total))
    };
    assert_eq!(run(""), Ok((7, 8)));
    assert_eq!(run("X: y\r\n"), Ok((7, 9)));
    assert_eq!(run("Connection: close\r\n"), Ok((7, 9)));
    assert_eq!(
        run("Connection: close\r\nConnection: close\r\n"),
        Err(Malformed)
    );
    assert_eq!(run("Content-Length: 1\r\n"), Err(Malformed));
    assert_eq!(run("Transfer-Encoding: chunked\r\n"), Err(Malformed));
    assert_eq!(run("bad line\r\n"), Err(Malformed));
}

proptest! {
    #[test]
    fn any_bytes(buf in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_all(&buf);
    }

    /// Every strict prefix of a head is incomplete; bytes behind it change nothing.
    #[test]
    fn prefixes_and_tails(target in "/[a-z?=%]{0,20}", value in "[ -~\t]{0,20}", tail in proptest::collection::vec(any::<u8>(), 0..9)) {
        let buf = format!("GET {target} HTTP/1.1\r\nX: {value}\r\n\r\n");
        for n in 0..buf.len() {
            prop_assert_eq!(HeadScanner::default().scan(&buf.as_bytes()[..n]), HeadEnd::Incomplete);
        }
        let alone = parse_all(buf.as_bytes());
        let with_tail = [buf.as_bytes(), &tail].concat();
        prop_assert_eq!(parse_all(&with_tail), alone);
    }
}

/// Heads that are nearly right, framing headers among them.
fn head_like() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        8 => "[A-Za-z-]{1,6}:[ \t]{0,2}[ -~\t]{0,6}(\r\n|\n)",
        1 => "[A-Za-z-]{0,6} ?:?[ \t]{0,2}[ -~\t\r]{0,6}(\r\n|\n|\r)?",
        1 => "(Content-Length|Connection|Transfer-Encoding): (1|close|chunked)\r\n",
    ];
    let start = prop_oneof![
        8 => "[A-Z]{1,3} /?[a-z?%é]{1,5} HTTP/1\\.[01](\r\n|\n)",
        1 => "[\r\n]{0,1}[A-Z]{0,3} {0,2}/?[a-z?%é]{0,5} {0,2}HTTP/1\\.[0-9]( |\r\n|\n)",
    ];
    (
        start,
        proptest::collection::vec(line, 0..4),
        prop_oneof![8 => "\r\n|\n", 1 => "[\r\n]?"],
    )
        .prop_map(|(start, lines, end)| start + &lines.concat() + &end)
}

proptest! {

    /// The short cut and the rules say the same, wherever the short cut says anything.
    #[test]
    fn short_cut_equals_the_rules(buf in head_like(), room in 0..4usize) {
        let HeadEnd::At(n) = HeadScanner::default().scan(buf.as_bytes()) else { return Ok(()) };
        let bytes = &buf.as_bytes()[..n];
        let (mut quick, mut slow) = ([HeaderSpan::default(); 4], [HeaderSpan::default(); 4]);
        let mut head = Head::default();
        let verdict = fast::parse(bytes, &mut quick, room, &mut head);
        let expected = tolerant(bytes, &mut slow, room);
        if verdict == Verdict::Malformed {
            prop_assert_eq!(expected, Err(Malformed));
        } else if verdict == Verdict::Ordinary {
            prop_assert_eq!(Ok(head), expected);
            for (quick, slow) in quick.iter().zip(&slow) {
                prop_assert_eq!(quick.name, slow.name);
                prop_assert_eq!(quick.value.of(bytes), slow.value.of(bytes));
            }
        }
    }
}

proptest! {
    /// What is found and read in one pass ends where the scanner says, whatever follows the head.
    #[test]
    fn one_pass_finds_the_same_end(
        head in head_like(),
        tail in proptest::collection::vec(any::<u8>(), 0..9),
        room in 0..4usize,
    ) {
        let buf = [head.as_bytes(), &tail].concat();
        let (mut quick, mut slow) = ([HeaderSpan::default(); 4], [HeaderSpan::default(); 4]);
        let mut found = Head::default();
        if parse_ordinary(&buf, &mut quick, room, &mut found) {
            prop_assert_eq!(HeadScanner::default().scan(&buf), HeadEnd::At(found.head_len));
            prop_assert_eq!(Ok(found), parse(&buf, found.head_len, &mut slow, room));
        }
    }
}

#[test]
fn ordinary_requests_take_the_short_cut() {
    let mut table = [HeaderSpan::default(); 2];
    let buf: &[u8] = b"GET /a?b HTTP/1.1\r\nHost: x\r\nA:\r\n\r\n";
    let mut verdict = |buf| fast::parse(buf, &mut table, 2, &mut Head::default());
    assert_eq!(verdict(buf), Verdict::Ordinary);
    for other in [
        &b"\nGET / HTTP/1.1\n\n"[..],
        b"HTTP/1.1 200 OK\n\n",
        b"GET  / HTTP/1.1\n\n",
        b"GET / HTTP/7.3\n\n",
    ] {
        assert_eq!(verdict(other), Verdict::Unusual);
    }
}
