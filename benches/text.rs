//! Utilities beside what they replace: `cargo bench --bench text`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::ffi::{c_char, c_int};
use std::hint::black_box;
use vansire::ffi::variadic::mg_snprintf;
use vansire::text::matching::is_match;
use vansire::wire::{base64, hash};

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

fn codecs(c: &mut Criterion) {
    use ::base64::Engine;
    use ::base64::engine::general_purpose::STANDARD;
    use sha2::Digest;
    let data: Vec<u8> = (0..16384_u32).map(|n| ((n * 7) >> 3) as u8).collect();
    let text = STANDARD.encode(&data).into_bytes();
    let mut out = vec![0; text.len()];
    let mut group = c.benchmark_group("codecs");
    group.throughput(Throughput::Bytes(data.len() as u64));
    group.bench_function("base64_encode/vansire", |b| {
        b.iter(|| base64::encode(black_box(&data), &mut out))
    });
    group.bench_function("base64_encode/crate", |b| {
        b.iter(|| STANDARD.encode_slice(black_box(&data), &mut out))
    });
    group.bench_function("base64_decode/vansire", |b| {
        b.iter(|| base64::decode(black_box(&text), &mut out))
    });
    group.bench_function("base64_decode/crate", |b| {
        b.iter(|| STANDARD.decode_slice(black_box(&text), &mut out))
    });
    group.bench_function("sha256/vansire", |b| {
        b.iter(|| hash::sha256(black_box(&data)))
    });
    group.bench_function("sha256/crate", |b| {
        b.iter(|| sha2::Sha256::digest(black_box(&data)))
    });
    group.bench_function("crc32/vansire", |b| {
        b.iter(|| hash::crc32(0, black_box(&data)))
    });
    group.bench_function("crc32/crate", |b| {
        b.iter(|| crc32fast::hash(black_box(&data)))
    });
    group.finish();
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
