//! Reads case documents: Markdown where each `##` heading is a case, the first fenced block its input, the second the
//! expected event log. The language of the input block says how to replay it.
//!
//! Input: line breaks are dropped, so that line ends are written out. `\r`, `\n`, `\t`, `\0`, `\xNN` and `\\` are
//! escapes. A line `*1000 text` stands for a thousand copies of `text`.

use std::path::Path;

pub struct Case {
    pub name: String,
    pub mode: String,
    pub input: Vec<u8>,
    pub log: Vec<String>,
}

/// All cases of all documents in a folder of `tests/cases`.
pub fn read(folder: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cases")
        .join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    files.sort();
    files.iter().flat_map(|file| parse(file)).collect()
}

fn parse(file: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(file).unwrap();
    let stem = file.file_stem().unwrap().to_string_lossy();
    text.split("\n## ")
        .skip(1)
        .map(|section| parse_case(&stem, section))
        .collect()
}

fn parse_case(stem: &str, section: &str) -> Case {
    let name = format!("{stem}: {}", section.lines().next().unwrap());
    let mut blocks = section.split("\n```").skip(1).step_by(2);
    let mut block = || {
        blocks
            .next()
            .unwrap_or_else(|| panic!("{name}: block missing"))
    };
    let (mode, input) = block().split_once('\n').unwrap();
    let (_, log) = block().split_once('\n').unwrap_or_default();
    let input = input.lines().flat_map(input_line).collect();
    Case {
        name: name.clone(),
        mode: mode.into(),
        input,
        log: log.lines().map(String::from).collect(),
    }
}

fn input_line(line: &str) -> Vec<u8> {
    let counted = line.strip_prefix('*').and_then(|rest| rest.split_once(' '));
    match counted.and_then(|(n, text)| Some((n.parse::<usize>().ok()?, text))) {
        Some((n, text)) => unescape(text).repeat(n),
        None => unescape(line),
    }
}

pub fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next().expect("escape") {
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b'0' => 0,
            b'\\' => b'\\',
            b'x' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => panic!("unknown escape \\{}", other as char),
        });
    }
    bytes
}

/// The inverse, for logs; long runs are cut.
pub fn show(bytes: &[u8]) -> String {
    const LONGEST: usize = 64;
    if bytes.len() > LONGEST {
        return format!("{}... {} bytes", show(&bytes[..16]), bytes.len());
    }
    let mut text = String::new();
    for byte in bytes {
        match byte {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            b'\\' => text.push_str("\\\\"),
            0x20..=0x7e => text.push(*byte as char),
            other => text.push_str(&format!("\\x{other:02x}")),
        }
    }
    text
}

/// Cuts of the input to try: whole, byte by byte, and in two at every offset (of a long input at some).
pub fn cuts(len: usize) -> Vec<Vec<usize>> {
    const LONG: usize = 4096;
    let mut all = vec![vec![len]];
    if len <= LONG {
        all.push((0..=len).collect());
        all.extend((1..len).map(|at| vec![at, len]));
    } else {
        all.push((0..=len).step_by(997).chain([len]).collect());
        all.extend([1, len / 2, len - 1].map(|at| vec![at, len]));
    }
    all
}
