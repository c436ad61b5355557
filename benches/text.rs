//! Utilities beside what they replace: `cargo bench --bench text`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::ffi::{c_char, c_int};
use std::hint::black_box;
use vansire::ffi::hash::{mg_base64_decode, mg_base64_encode, mg_crc32, mg_sha256};
use vansire::ffi::variadic::mg_snprintf;
use vansire::text::matching::is_match;

/// A header of a response, formatted by this library and by the C library.
fn format(c: &mut Criterion) {
    let mut buf = [0 as c_char; 256];
    let (fmt, kind) = (
        c"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %lu\r\n\r\n",
        c"text/html; charset=utf-8",
    );
    let mut group = c.benchmark_group("snprintf");
    macro_rules! call {
        ($function:path) => {
            // SAFETY: the arguments match the format, the buffer has the length given.
            unsafe {
                $function(
                    black_box(buf.as_mut_ptr()),
                    buf.len(),
                    black_box(fmt).as_ptr(),
                    black_box(200 as c_int),
                    c"OK".as_ptr(),
                    kind.as_ptr(),
                    black_box(123_456_u64),
                )
            }
        };
    }
    group.bench_function("vansire", |b| b.iter(|| call!(mg_snprintf)));
    group.bench_function("libc", |b| b.iter(|| call!(libc::snprintf)));
    group.finish();
    let mut group = c.benchmark_group("snprintf_float");
    macro_rules! float {
        ($function:path) => {
            // SAFETY: as above.
            unsafe {
                $function(
                    buf.as_mut_ptr(),
                    buf.len(),
                    c"%.2f %g".as_ptr(),
                    black_box(123.456_f64),
                    black_box(0.001_f64),
                )
            }
        };
    }
    group.bench_function("vansire", |b| b.iter(|| float!(mg_snprintf)));
    group.bench_function("libc", |b| b.iter(|| float!(libc::snprintf)));
    group.finish();
}

/// A function of the C API beside the crate that does its work: the boundary must cost next to nothing.
fn beside<A, B>(
    c: &mut Criterion,
    name: &str,
    mut ours: impl FnMut() -> A,
    mut theirs: impl FnMut() -> B,
) {
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Bytes(BYTES as u64));
    group.bench_function("vansire", |b| b.iter(&mut ours));
    group.bench_function("crate", |b| b.iter(&mut theirs));
    group.finish();
}

/// Bytes of the data that [`codecs`] works on.
const BYTES: usize = 16384;

fn codecs(c: &mut Criterion) {
    use ::base64::Engine;
    use ::base64::engine::general_purpose::STANDARD;
    use sha2::Digest;
    let data: Vec<u8> = (0..BYTES).map(|n| ((n * 7) >> 3) as u8).collect();
    let text = STANDARD.encode(&data).into_bytes();
    // Room for the NUL of C.
    let (mut ours, mut theirs) = (vec![0; text.len() + 1], vec![0; text.len() + 1]);
    let (p, out, len) = (data.as_ptr(), ours.as_mut_ptr(), ours.len());
    let mut digest = [0; 32];
    beside(
        c,
        "base64_encode",
        // SAFETY: here and below, the lengths are those of the buffers, which outlive the calls.
        || unsafe { mg_base64_encode(black_box(p), BYTES, out.cast(), len) },
        || STANDARD.encode_slice(black_box(&data), &mut theirs),
    );
    beside(
        c,
        "base64_decode",
        // SAFETY: as above.
        || unsafe {
            mg_base64_decode(black_box(text.as_ptr()).cast(), text.len(), out.cast(), len)
        },
        || STANDARD.decode_slice(black_box(&text), &mut theirs),
    );
    beside(
        c,
        "sha256",
        // SAFETY: as above; the data is only read.
        || unsafe { mg_sha256(digest.as_mut_ptr(), black_box(p).cast_mut(), BYTES) },
        || sha2::Sha256::digest(black_box(&data)),
    );
    beside(
        c,
        "crc32",
        // SAFETY: as above.
        || unsafe { mg_crc32(0, black_box(p).cast(), BYTES) },
        || crc32fast::hash(black_box(&data)),
    );
}

/// A long text against more and more wildcards: time per wildcard stays the same.
fn matching(c: &mut Criterion) {
    let text = vec![b'a'; 10_000];
    let mut group = c.benchmark_group("match");
    for wildcards in [1, 4, 16] {
        let pattern = b"*a".repeat(wildcards);
        let pattern = [&pattern[..], b"b"].concat();
        group.bench_function(format!("stars/{wildcards}"), |b| {
            b.iter(|| is_match(black_box(&text), black_box(&pattern)));
        });
    }
    group.bench_function("route", |b| {
        b.iter(|| {
            is_match(
                black_box(b"/api/devices/42/status"),
                black_box(b"/api/devices/*/status"),
            )
        });
    });
    group.finish();
}

criterion_group!(benches, format, codecs, matching);
criterion_main!(benches);
