//! The printf engine: one formatter for every function of the library that takes a format string.
//!
//! Syntax, in this order and each part at most once: `%` `#` `-` `0` width `.`precision (`*` or digits) `h`… `l` or `ll`
//! `z` conversion. Conversions: `d u x X p f g s c % M m`. Anything else is echoed together with its `%` and takes no
//! argument. `M` calls a printer that takes its own arguments; `m` does the same between double quotes.

use super::float::Float;
use super::number::{Decimal, Hex};
use super::short::Short;
use alloc::vec::Vec;

/// Receives formatted bytes.
pub trait Sink {
    /// Appends `bytes`.
    fn write(&mut self, bytes: &[u8]);

    /// Appends `count` copies of `byte`.
    fn fill(&mut self, byte: u8, mut count: usize) {
        let block = [byte; 32];
        while count > 0 {
            let part = block.get(..count).unwrap_or(&block);
            self.write(part);
            count = count.saturating_sub(part.len());
        }
    }
}

impl<S: Sink + ?Sized> Sink for &mut S {
    fn write(&mut self, bytes: &[u8]) {
        (**self).write(bytes);
    }

    fn fill(&mut self, byte: u8, count: usize) {
        (**self).fill(byte, count);
    }
}

impl Sink for Vec<u8> {
    fn write(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// The arguments of one format string, taken in order.
pub trait Args {
    /// Next C `int`.
    fn int(&mut self) -> i32;
    /// Next C `long`.
    fn long(&mut self) -> i64;
    /// Next `int64_t`.
    fn long_long(&mut self) -> i64;
    /// Next `double`.
    fn double(&mut self) -> f64;
    /// Next pointer.
    fn pointer(&mut self) -> usize;
    /// Next string: the bytes before its NUL, at most `limit` of them. A NULL pointer is the empty string.
    fn string(&mut self, limit: Option<usize>) -> &[u8];
    /// Takes a printer, lets it print to `sink`, returns the number of bytes printed.
    fn custom(&mut self, sink: &mut dyn Sink) -> usize;
}

/// Largest width or precision; larger numbers in a format string are cut to it.
const MAX_NUMBER: usize = i32::MAX as usize;

/// The bits of a C `unsigned long`.
const LONG_BITS: u64 = u64::MAX >> (u64::BITS - core::ffi::c_ulong::BITS);

/// Formats into `sink`, returns the number of bytes written.
pub fn format<S, A>(sink: &mut S, fmt: &[u8], args: &mut A) -> usize
where
    S: Sink + ?Sized,
    A: Args + ?Sized,
{
    let mut out = Counted { sink, count: 0 };
    let mut rest = fmt;
    while let Some(at) = memchr::memchr(b'%', rest) {
        let (literal, spec) = rest.split_at(at);
        if !literal.is_empty() {
            out.write(literal);
        }
        // The two most common conversions, bare.
        match spec {
            [_, b's', tail @ ..] => {
                rest = tail;
                out.write(args.string(None));
            }
            [_, b'd', tail @ ..] => {
                rest = tail;
                out.write(Decimal::signed(args.int().into()).as_bytes());
            }
            _ => {
                let mut parser = Parser {
                    rest: spec.get(1..).unwrap_or(&[]),
                };
                let spec = parser.spec(args);
                rest = parser.rest;
                convert(&mut out, &spec, args);
            }
        }
    }
    if !rest.is_empty() {
        out.write(rest);
    }
    out.count
}

/// Width of an integer argument.
#[derive(Clone, Copy)]
enum Size {
    Int,
    Long,
    LongLong,
}

/// Precision as written.
#[derive(Clone, Copy)]
enum Precision {
    Absent,
    /// Negative, from `.*`.
    Negative,
    Value(usize),
}

/// One parsed conversion.
struct Spec {
    prefix: bool,
    left: bool,
    zero: bool,
    width: usize,
    precision: Precision,
    size: Size,
    /// `None` at the end of the format string.
    conversion: Option<u8>,
}

struct Parser<'a> {
    rest: &'a [u8],
}

impl Parser<'_> {
    fn accept(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((&first, tail)) if first == byte => {
                self.rest = tail;
                true
            }
            _ => false,
        }
    }

    fn number(&mut self) -> usize {
        let mut value = 0usize;
        while let Some((&digit @ b'0'..=b'9', tail)) = self.rest.split_first() {
            value = value
                .saturating_mul(10)
                .saturating_add(usize::from(digit & 15))
                .min(MAX_NUMBER);
            self.rest = tail;
        }
        value
    }

    fn precision<A: Args + ?Sized>(&mut self, args: &mut A) -> Precision {
        if !self.accept(b'.') {
            Precision::Absent
        } else if self.accept(b'*') {
            usize::try_from(args.int()).map_or(Precision::Negative, Precision::Value)
        } else {
            Precision::Value(self.number())
        }
    }

    fn size(&mut self) -> Size {
        while self.accept(b'h') {}
        let long = self.accept(b'l');
        let long_long = long && self.accept(b'l');
        if self.accept(b'z') {
            Size::Long
        } else if long_long {
            Size::LongLong
        } else if long {
            Size::Long
        } else {
            Size::Int
        }
    }

    #[inline]
    fn spec<A: Args + ?Sized>(&mut self, args: &mut A) -> Spec {
        let prefix = self.accept(b'#');
        let left = self.accept(b'-');
        let zero = self.accept(b'0');
        let width = self.number();
        let precision = self.precision(args);
        let size = self.size();
        let conversion = self.rest.split_first().map(|(&byte, tail)| {
            self.rest = tail;
            byte
        });
        Spec {
            prefix,
            left,
            zero,
            width,
            precision,
            size,
            conversion,
        }
    }
}

/// A sink that counts.
struct Counted<'a, S: ?Sized> {
    sink: &'a mut S,
    count: usize,
}

impl<S: Sink + ?Sized> Counted<'_, S> {
    #[inline(always)]
    fn write(&mut self, bytes: &[u8]) {
        self.sink.write(bytes);
        self.count = self.count.saturating_add(bytes.len());
    }

    fn fill(&mut self, byte: u8, count: usize) {
        if count > 0 {
            self.sink.fill(byte, count);
            self.count = self.count.saturating_add(count);
        }
    }

    /// Writes a number: spaces, prefix, zeros, `sign`, `length` bytes by `body`, spaces.
    fn number(&mut self, spec: &Spec, prefix: &[u8], text: &[u8]) {
        let pad = spec
            .width
            .saturating_sub(prefix.len().saturating_add(text.len()));
        if pad == 0 && prefix.is_empty() {
            return self.write(text);
        }
        if !spec.zero && !spec.left {
            self.fill(b' ', pad);
        }
        self.write(prefix);
        if spec.zero {
            self.fill(b'0', pad);
        }
        self.write(text);
        if spec.left && !spec.zero {
            self.fill(b' ', pad);
        }
    }
}

#[inline]
fn convert<S, A>(out: &mut Counted<'_, S>, spec: &Spec, args: &mut A)
where
    S: Sink + ?Sized,
    A: Args + ?Sized,
{
    let prefix: &[u8] = if spec.prefix { b"0x" } else { b"" };
    match spec.conversion {
        Some(b's') => string(out, spec, args),
        Some(b'd') => out.number(
            spec,
            prefix,
            Decimal::signed(signed(spec.size, args)).as_bytes(),
        ),
        Some(b'u') => out.number(
            spec,
            prefix,
            Decimal::unsigned(unsigned(spec.size, args)).as_bytes(),
        ),
        Some(b'x' | b'X') => {
            out.number(spec, prefix, Hex::new(unsigned(spec.size, args)).as_bytes())
        }
        Some(b'p') => out.number(spec, b"0x", Hex::new(args.pointer() as u64).as_bytes()),
        Some(b'c') => out.write(&[args.int() as u8]),
        Some(b'M') => custom(out, args),
        Some(b'm') => {
            out.write(b"\"");
            custom(out, args);
            out.write(b"\"");
        }
        Some(conversion @ (b'f' | b'g')) => float(out, spec, conversion, args.double()),
        Some(b'%') | None => out.write(b"%"),
        Some(other) => out.write(&[b'%', other]),
    }
}

fn signed<A: Args + ?Sized>(size: Size, args: &mut A) -> i64 {
    match size {
        Size::Int => i64::from(args.int()),
        Size::Long => args.long(),
        Size::LongLong => args.long_long(),
    }
}

fn unsigned<A: Args + ?Sized>(size: Size, args: &mut A) -> u64 {
    match size {
        Size::Int => u64::from(args.int() as u32),
        Size::Long => args.long() as u64 & LONG_BITS,
        Size::LongLong => args.long_long() as u64,
    }
}

/// A string. With a precision the padding is computed from the precision, not from the length found.
fn string<S, A>(out: &mut Counted<'_, S>, spec: &Spec, args: &mut A)
where
    S: Sink + ?Sized,
    A: Args + ?Sized,
{
    let limit = match spec.precision {
        Precision::Value(limit) => Some(limit),
        _ => None,
    };
    let text = args.string(limit);
    if spec.width == 0 {
        return out.write(text);
    }
    let pad = match spec.precision {
        Precision::Absent => spec.width.saturating_sub(text.len()),
        Precision::Negative => 0,
        Precision::Value(limit) => spec.width.saturating_sub(limit),
    };
    if !spec.left {
        out.fill(if spec.zero { b'0' } else { b' ' }, pad);
    }
    out.write(text);
    if spec.left {
        out.fill(b' ', pad);
    }
}

fn custom<S, A>(out: &mut Counted<'_, S>, args: &mut A)
where
    S: Sink + ?Sized,
    A: Args + ?Sized,
{
    let printed = args.custom(&mut &mut *out.sink);
    out.count = out.count.saturating_add(printed);
}

fn float<S: Sink + ?Sized>(out: &mut Counted<'_, S>, spec: &Spec, conversion: u8, value: f64) {
    let precision = match spec.precision {
        Precision::Value(precision) => precision,
        _ => 6,
    };
    let short = match conversion {
        b'f' => Short::fixed(value, precision),
        _ => Short::general(value, precision),
    };
    match short {
        Some(short) => out.number(spec, b"", short.as_bytes()),
        None => long_float(out, spec, conversion, value, precision),
    }
}

#[cold]
fn long_float<S: Sink + ?Sized>(
    out: &mut Counted<'_, S>,
    spec: &Spec,
    conversion: u8,
    value: f64,
    precision: usize,
) {
    let text = match conversion {
        b'f' => Float::fixed(value, precision),
        _ => Float::general(value, precision),
    };
    let pad = spec.width.saturating_sub(text.len());
    if spec.zero || !spec.left {
        out.fill(if spec.zero { b'0' } else { b' ' }, pad);
    }
    text.parts(|part, zeros| {
        out.write(part);
        out.fill(b'0', zeros);
    });
    if spec.left && !spec.zero {
        out.fill(b' ', pad);
    }
}

#[cfg(test)]
mod tests;
