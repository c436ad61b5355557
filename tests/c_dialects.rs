//! `mongoose.h` in every dialect of C and C++, under the warnings that users turn on.

use std::process::Command;

const WARNINGS: &str =
    "-pedantic -Wall -Wextra -Werror -Wshadow -Wconversion -Wundef -Wdouble-promotion";
const C_WARNINGS: &str = "-Wstrict-prototypes -Wmissing-prototypes";
const SOURCE: &str = "tests/c/engine_header.c";

fn compile(compiler: &str, language: &str, standard: &str, settings: &[&str]) {
    let usual = if compiler == "CC" { "cc" } else { "c++" };
    let mut command = Command::new(std::env::var(compiler).unwrap_or(usual.into()));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["-fsyntax-only", "-Iinclude", "-x", language])
        .arg(format!("-std={standard}"))
        .args(WARNINGS.split(' '))
        .args(settings);
    if language == "c" {
        command.args(C_WARNINGS.split(' '));
    }
    let out = command.arg(SOURCE).output().expect("compiler");
    let text = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{standard} {settings:?}:\n{text}");
}

#[test]
fn c() {
    for standard in [
        "c89", "gnu89", "c99", "gnu99", "c11", "gnu11", "c17", "gnu17",
    ] {
        compile("CC", "c", standard, &[]);
    }
}

#[test]
fn cpp() {
    for standard in ["c++98", "c++11", "c++14", "c++17", "gnu++17", "c++20"] {
        compile("CXX", "c++", standard, &[]);
    }
}

#[test]
fn settings_on_the_command_line() {
    for (language, compiler, standard) in [("c", "CC", "c99"), ("c++", "CXX", "c++11")] {
        compile(
            compiler,
            language,
            standard,
            &[
                "-DMG_ENABLE_LINES",
                "-DMG_ENABLE_IPV6=1",
                "-DMG_ENABLE_SSI=1",
            ],
        );
        compile(
            compiler,
            language,
            standard,
            &[
                "-DMG_ENABLE_IPV6=0",
                "-DMG_ENABLE_DIRLIST=0",
                "-DMG_HTTP_INDEX=\"\"",
            ],
        );
    }
}
