use super::*;
use alloc::vec::Vec;

/// An argument of a test.
enum Arg {
    Int(i32),
    Long(i64),
    Double(f64),
    Text(&'static str),
    Null,
    Print(&'static str),
}

struct List<'a>(core::slice::Iter<'a, Arg>);

impl Args for List<'_> {
    fn int(&mut self) -> i32 {
        match self.0.next() {
            Some(&Arg::Int(value)) => value,
            _ => panic!("int expected"),
        }
    }
    fn long(&mut self) -> i64 {
        match self.0.next() {
            Some(&Arg::Long(value)) => value,
            _ => panic!("long expected"),
        }
    }
    fn long_long(&mut self) -> i64 {
        self.long()
    }
    fn double(&mut self) -> f64 {
        match self.0.next() {
            Some(&Arg::Double(value)) => value,
            _ => panic!("double expected"),
        }
    }
    fn pointer(&mut self) -> usize {
        self.long() as usize
    }
    fn string(&mut self, limit: Option<usize>) -> &[u8] {
        match self.0.next() {
            Some(&Arg::Text(text)) => text
                .as_bytes()
                .get(..limit.unwrap_or(usize::MAX))
                .unwrap_or(text.as_bytes()),
            Some(Arg::Null) => b"",
            _ => panic!("string expected"),
        }
    }
    fn custom(&mut self, sink: &mut dyn Sink) -> usize {
        match self.0.next() {
            Some(&Arg::Print(text)) => {
                sink.write(text.as_bytes());
                text.len()
            }
            _ => panic!("printer expected"),
        }
    }
}

#[track_caller]
fn check(fmt: &str, args: &[Arg], expected: &str) {
    let mut out = Vec::new();
    let mut list = List(args.iter());
    let count = format(&mut out, fmt.as_bytes(), &mut list);
    assert_eq!(core::str::from_utf8(&out).unwrap(), expected, "{fmt}");
    assert_eq!(count, out.len(), "{fmt}");
    assert!(list.0.next().is_none(), "{fmt}: arguments left");
}

use Arg::{Double, Int, Long, Null, Print, Text};

#[test]
fn integers() {
    check(
        "%d %u %x %X",
        &[Int(-5), Int(-1), Int(255), Int(255)],
        "-5 4294967295 ff ff",
    );
    check(
        "%ld %lld %zd",
        &[Long(-1), Long(i64::MIN), Long(7)],
        "-1 -9223372036854775808 7",
    );
    check(
        "%lu %llx %zu %lzu",
        &[Long(-1), Long(-1), Long(1), Long(2)],
        "18446744073709551615 ffffffffffffffff 1 2",
    );
    check(
        "%d %u",
        &[Int(i32::MIN), Int(i32::MIN)],
        "-2147483648 2147483648",
    );
    check("%hhd %hu", &[Int(300), Int(-1)], "300 4294967295");
    check("%p %p", &[Long(0), Long(0xabc)], "0x0 0xabc");
}

#[test]
fn integer_padding() {
    check("%3d|%-3d|%03d|", &[Int(7), Int(7), Int(7)], "  7|7  |007|");
    check("%05d|%-05d|", &[Int(-42), Int(7)], "00-42|00007|");
    check(
        "%#x %#6x|%#-6x|%#06x",
        &[Int(0), Int(15), Int(15), Int(15)],
        "0x0    0xf|0xf   |0x000f",
    );
    check("%#010x %8p", &[Int(255), Long(255)], "0x000000ff     0xff");
    check("%#d %#06d", &[Int(5), Int(5)], "0x5 0x0005");
    check("%.3d %.0d", &[Int(5), Int(0)], "5 0");
    check(
        "%1d %2d %20d",
        &[Int(123), Int(123), Int(1)],
        "123 123                    1",
    );
}

#[test]
fn flags_only_in_order() {
    check("%0-5d", &[], "%-5d");
    check("%-#6x", &[], "%#6x");
    check("%+d % d", &[], "%+d % d");
}

#[test]
fn strings() {
    check(
        "%s|%5s|%-5s|%05s",
        &[Text("ab"), Text("ab"), Text("ab"), Text("ab")],
        "ab|   ab|ab   |000ab",
    );
    check(
        "%.1s|%.s|%.99s",
        &[Text("ab"), Text("ab"), Text("ab")],
        "a||ab",
    );
    check(
        "%.*s|%.*s",
        &[Int(1), Text("ab"), Int(-1), Text("ab")],
        "a|ab",
    );
    check(
        "%4.4s|%8.6s|%-8.6s|",
        &[Text("ab"), Text("abc"), Text("abc")],
        "ab|  abc|abc  |",
    );
    check("%8.*s|", &[Int(-1), Text("ab")], "ab|");
    check("%s|%.3s|%3s|", &[Null, Null, Null], "||   |");
    check("%ls%zs%#s", &[Text("a"), Text("b"), Text("c")], "abc");
}

#[test]
fn characters_and_escapes() {
    check(
        "%c%5c%-3c|%c",
        &[Int(65), Int(66), Int(67), Int(0)],
        "ABC|\0",
    );
    check("%% %5% %q %i %o %n %e", &[], "% % %q %i %o %n %e");
    check("%5q %lq %.*q", &[Int(3)], "%q %q %q");
    check("%", &[], "%");
    check("a%", &[], "a%");
    check("%-08.3ll", &[], "%");
    check("%lll", &[], "%l");
    check("", &[], "");
}

#[test]
fn printers() {
    check(
        "%M-%m-%9M",
        &[Print("a"), Print("b"), Print("c")],
        "a-\"b\"-c",
    );
    check("%m", &[Print("")], "\"\"");
}

#[test]
fn floats_pad_like_integers() {
    check(
        "%8.2f|%-8.2f|%08.2f|",
        &[Double(-1.5), Double(1.5), Double(-1.5)],
        "   -1.50|1.50    |000-1.50|",
    );
    check(
        "%g %5g|%-5g|%05g",
        &[Double(0.0), Double(1.0), Double(1.0), Double(f64::INFINITY)],
        "0     1|1    |00inf",
    );
    check("%lf %zg", &[Double(1.0), Double(2.5)], "1.000000 2.5");
    check(
        "%.*f %.*f",
        &[Int(2), Double(1.0), Int(-1), Double(1.0)],
        "1.00 1.000000",
    );
}

#[test]
fn huge_width_is_bounded() {
    struct Count(usize);
    impl Sink for Count {
        fn write(&mut self, bytes: &[u8]) {
            self.0 += bytes.len();
        }
        fn fill(&mut self, _: u8, count: usize) {
            self.0 += count;
        }
    }
    let mut out = Count(0);
    let count = format(
        &mut out,
        b"%99999999999999999999d",
        &mut List([Int(1)].iter()),
    );
    assert_eq!((count, out.0), (MAX_NUMBER, MAX_NUMBER));
}
