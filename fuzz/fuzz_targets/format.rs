#![no_main]
//! Any format string, arguments made of the same bytes: the count is what was written.
use libfuzzer_sys::fuzz_target;
use vansire::text::format::{Args, Sink, format};

struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn word(&mut self) -> u64 {
        let (head, tail) = self.0.split_at(self.0.len().min(8));
        self.0 = tail;
        head.iter()
            .fold(0, |word, byte| word << 8 | u64::from(*byte))
    }
}

impl Args for Bytes<'_> {
    fn int(&mut self) -> i32 {
        self.word() as i32 % 5000
    }
    fn long(&mut self) -> i64 {
        self.word() as i64
    }
    fn long_long(&mut self) -> i64 {
        self.word() as i64
    }
    fn double(&mut self) -> f64 {
        f64::from_bits(self.word())
    }
    fn pointer(&mut self) -> usize {
        self.word() as usize
    }
    fn string(&mut self, limit: Option<usize>) -> &[u8] {
        &self.0[..self.0.len().min(limit.unwrap_or(64))]
    }
    fn custom(&mut self, sink: &mut dyn Sink) -> usize {
        sink.write(b"M");
        1
    }
}

struct Count(usize);

impl Sink for Count {
    fn write(&mut self, bytes: &[u8]) {
        self.0 += bytes.len();
    }
    fn fill(&mut self, _: u8, count: usize) {
        self.0 += count;
    }
}

fuzz_target!(|data: &[u8]| {
    let (fmt, args) = data.split_at(data.len() / 2);
    let mut out = Count(0);
    assert_eq!(format(&mut out, fmt, &mut Bytes(args)), out.0);
});
