//! `include/vansire.h` is what cbindgen makes of the sources. `make header` rewrites it.

use std::fs;
use std::path::PathBuf;

const HEADER: &str = "include/vansire.h";

#[test]
fn committed_header_is_up_to_date() {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut config = cbindgen::Config::from_file(format!("{root}/cbindgen.toml")).expect("config");
    config.export.include = types(root);
    let mut raw = Vec::new();
    sources(root)
        .into_iter()
        .fold(cbindgen::Builder::new().with_config(config), |b, path| {
            b.with_src(path)
        })
        .generate()
        .expect("cbindgen")
        .write(&mut raw);
    let header = finish(&String::from_utf8(raw).expect("UTF-8"));
    let path = format!("{root}/{HEADER}");
    if std::env::var_os("VANSIRE_UPDATE_HEADER").is_some() {
        fs::write(&path, &header).expect("write");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == header,
        "{HEADER} is out of date: run `make header`"
    );
}

/// The rooms that C sees.
fn sources(root: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for room in ["src/abi", "src/ffi"] {
        for entry in fs::read_dir(format!("{root}/{room}")).expect(room) {
            let path = entry.expect("entry").path();
            // `mod.rs` files would pull the others in once more.
            let module = path.file_name().is_some_and(|n| n == "mod.rs");
            if !module && path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Every public type of `src/abi`: cbindgen leaves out those that no function names.
fn types(root: &str) -> Vec<String> {
    let mut names = Vec::new();
    for path in sources(root) {
        for line in fs::read_to_string(&path).expect("source").lines() {
            for kind in ["pub struct ", "pub union ", "pub enum ", "pub type "] {
                if let Some(rest) = line.strip_prefix(kind) {
                    let name = rest
                        .split(|c: char| !c.is_alphanumeric() && c != '_')
                        .next();
                    names.extend(name.filter(|n| n.starts_with("mg_")).map(String::from));
                }
            }
        }
    }
    names
}

/// What cbindgen cannot say: C bit-fields, arrays whose length is the program's, line-oriented constants.
fn finish(raw: &str) -> String {
    let out = replace_field(raw, "uint32_t flags;", &bit_fields());
    let out = replace_field(
        &out,
        "uint32_t wifi_flags;",
        "unsigned band : 2;\n  unsigned has_n : 1;\n  unsigned has_ac : 1;\n  unsigned has_ax : 1;",
    );
    let out = replace_field(&out, "size_t tail;", "volatile size_t tail;");
    let out = replace_field(&out, "size_t head;", "volatile size_t head;");
    let out = replace_field(&out, "mg_bzero(uint8_t *", "mg_bzero(volatile uint8_t *");
    let out = forward(&out);
    out.replace("void *ap", "va_list *ap")
        .replace(" // __cplusplus", " /* __cplusplus */")
        .replace(" // extern \"C\"", " /* extern \"C\" */")
        .replace(",\n};", "\n};") // C89 has no comma at the end of an enum
}

/// Declares every struct before the first one: handler types name structs that come later.
fn forward(text: &str) -> String {
    let names = text
        .lines()
        .filter_map(|l| l.strip_suffix(" {"))
        .filter(|l| l.starts_with("struct "));
    let list: String = names.map(|name| format!("{name};\n")).collect();
    let guard = "#define MG_MAX_HTTP_HEADERS 30\n#endif\n";
    replace_field(text, guard, &format!("{guard}\n{list}"))
}

fn replace_field(text: &str, field: &str, with: &str) -> String {
    assert!(
        text.matches(field).count() == 1,
        "one {field:?} in the header"
    );
    text.replace(field, with)
}

fn bit_fields() -> String {
    let names = [
        "listening",
        "client",
        "accepted",
        "resolving",
        "arplooking",
        "connecting",
        "tls",
        "tls_hs",
        "udp",
        "websocket",
        "mqtt5",
        "hexdumping",
        "draining",
        "closing",
        "full",
        "tls_throttled",
        "resp",
        "readable",
        "writable",
    ];
    let mut out = String::from("unsigned dscp : 6;");
    for name in names {
        out.push_str(&format!("\n  unsigned is_{name} : 1;"));
    }
    out
}
