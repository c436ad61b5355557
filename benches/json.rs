//! A path look-up in a document of 10 KB, beside a full parse of the same document by serde_json.
//! `cargo bench --bench json`

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use vansire::wire::json;

/// About ten kilobytes: an array of small objects between two members.
fn document() -> String {
    let items: Vec<String> = (0..128)
        .map(|n| {
            format!(
                r#"{{"id":{n},"name":"sensor \"{n}\"","on":{},"value":{}.25,"tags":["a","b"]}}"#,
                n % 2 == 0,
                n * 3
            )
        })
        .collect();
    format!(
        r#"{{"version":1,"items":[{}],"last":{{"deep":[1,2,{{"x":42}}]}}}}"#,
        items.join(",")
    )
}

fn look_up(c: &mut Criterion) {
    let text = document();
    let mut group = c.benchmark_group("json 10 KB");
    group.throughput(Throughput::Bytes(text.len() as u64));
    for path in ["$.items[0].value", "$.items[64].value", "$.last.deep[2].x"] {
        group.bench_function(format!("vansire {path}"), |b| {
            b.iter(|| json::path::get(black_box(text.as_bytes()), black_box(path.as_bytes())));
        });
    }
    group.bench_function("serde_json::Value", |b| {
        b.iter(|| serde_json::from_str::<serde_json::Value>(black_box(&text)));
    });
    group.finish();
}

criterion_group!(benches, look_up);
criterion_main!(benches);
