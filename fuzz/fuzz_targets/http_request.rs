#![no_main]
//! A head is found at the same place whole or in two pieces, and all offsets of its parse lie inside it.
use libfuzzer_sys::fuzz_target;
use vansire::wire::http::{HeadEnd, HeadScanner, HeaderSpan, parse};

fuzz_target!(|input: (u8, &[u8])| {
    let (cut, buf) = (usize::from(input.0).min(input.1.len()), input.1);
    let mut scanner = HeadScanner::default();
    let early = scanner.scan(&buf[..cut]);
    let end = if early == HeadEnd::Incomplete { scanner.scan(buf) } else { early };
    assert_eq!(end, HeadScanner::default().scan(buf));
    let (HeadEnd::At(n), mut table) = (end, [HeaderSpan::default(); 8]) else { return };
    let Ok(head) = parse(buf, n, &mut table, 8) else { return };
    assert!(head.framing.message_len >= n && !head.method.is_empty() && !head.uri.is_empty());
    for line in &table[..head.headers_stored] {
        assert!(!line.name.of(&buf[..n]).is_empty() && line.value.of(&buf[..n]).len() == line.value.len as usize);
    }
});
