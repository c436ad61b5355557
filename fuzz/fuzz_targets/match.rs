#![no_main]
//! Captures and literals of the pattern make up the text again.
use libfuzzer_sys::fuzz_target;
use vansire::text::matching::{search, wildcards};

fuzz_target!(|data: (&[u8], &[u8])| {
    let (pattern, text) = data;
    let mut captures = vec![&b""[..]; wildcards(pattern)];
    if search(text, pattern, &mut |n, part| captures[n] = part) {
        let mut captures = captures.into_iter();
        let again: Vec<u8> = pattern
            .iter()
            .flat_map(|byte| match byte {
                b'?' | b'*' | b'#' => captures.next().unwrap().to_vec(),
                byte => vec![*byte],
            })
            .collect();
        assert_eq!(again, text);
    }
});
