//! `include/vansire.h` is what cbindgen makes of the sources. `make header` rewrites it.

use std::fs;
use std::path::PathBuf;

const HEADER: &str = "include/vansire.h";

#[test]
fn committed_header_is_up_to_date() {
    let root = env!("CARGO_MANIFEST_DIR");
    let config = cbindgen::Config::from_file(format!("{root}/cbindgen.toml")).expect("config");
    let mut raw = Vec::new();
    sources(root)
        .into_iter()
        .fold(cbindgen::Builder::new().with_config(config), |b, path| b.with_src(path))
        .generate()
        .expect("cbindgen")
        .write(&mut raw);
    let header = finish(&String::from_utf8(raw).expect("UTF-8"));
    let path = format!("{root}/{HEADER}");
    if std::env::var_os("VANSIRE_UPDATE_HEADER").is_some() {
        fs::write(&path, &header).expect("write");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == header, "{HEADER} is out of date: run `make header`");
}

/// The rooms that C sees.
fn sources(root: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for room in ["src/abi", "src/ffi"] {
        for entry in fs::read_dir(format!("{root}/{room}")).expect(room) {
            let path = entry.expect("entry").path();
            if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// What cbindgen cannot say: C bit-fields, arrays whose length is the program's, line-oriented constants.
fn finish(raw: &str) -> String {
    replace_field(raw, "uint32_t flags;", &bit_fields())
}

fn replace_field(text: &str, field: &str, with: &str) -> String {
    assert!(text.matches(field).count() == 1, "one {field:?} in the header");
    text.replace(field, with)
}

fn bit_fields() -> String {
    let names = [
        "listening", "client", "accepted", "resolving", "arplooking", "connecting", "tls", "tls_hs", "udp",
        "websocket", "mqtt5", "hexdumping", "draining", "closing", "full", "tls_throttled", "resp", "readable",
        "writable",
    ];
    let mut out = String::from("unsigned dscp : 6;");
    for name in names {
        out.push_str(&format!("\n  unsigned is_{name} : 1;"));
    }
    out
}
