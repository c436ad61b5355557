//! Starts the C examples as a user would build them, and the programs that talk to them.
#![allow(dead_code)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

const STRICT: &[&str] = &[
    "-std=c99",
    "-pedantic",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wconversion",
    "-Wshadow",
    "-Wundef",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// An own new directory.
pub fn directory(name: &str) -> PathBuf {
    static SERIAL: AtomicU32 = AtomicU32::new(0);
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let unique = format!("{name}-{}-{serial}", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(unique);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// The static library that cargo has built along with this test: the newest one beside it.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        std::fs::read_dir(test.parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                let name = path.file_name().unwrap().to_string_lossy();
                name.starts_with("libvansire-") && name.ends_with(".a")
            })
            .max_by_key(|path| path.metadata().unwrap().modified().unwrap())
            .expect("a static library")
    })
}

/// Builds an example.
pub fn example(name: &str) -> PathBuf {
    let program = directory("example").join(name);
    let source = root().join("examples/c").join(name).join("main.c");
    let done = Command::new("cc")
        .args(STRICT)
        .arg("-I")
        .arg(root().join("include"))
        .arg("-o")
        .args([&program, &source, &library().to_path_buf()])
        .args([
            "-Wl,--gc-sections",
            "-Wl,--strip-debug",
            "-lpthread",
            "-lm",
            "-ldl",
        ])
        .output()
        .expect("a C compiler");
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{name}: {errors}");
    program
}

/// A running example; it ends with this value.
pub struct Server {
    child: Child,
    /// What it printed: `http://127.0.0.1:PORT`.
    pub url: String,
}

impl Server {
    /// Starts an example on a free port.
    pub fn start(program: &Path, args: &[&str]) -> Self {
        let mut child = Command::new(program)
            .current_dir(root())
            .args(["-p", "0"])
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut url)
            .unwrap();
        let url = url.trim().to_string();
        assert!(url.starts_with("http"), "{program:?} {args:?}: {url}");
        Self { child, url }
    }

    pub fn address(&self) -> &str {
        self.url.split_once("://").unwrap().1
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program; `None`, and a line about it, when it is not installed.
pub fn run(program: &str, args: &[&str]) -> Option<Output> {
    match Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .output()
    {
        Ok(output) => Some(output),
        Err(_) => {
            println!("{program} is not installed: skipped");
            None
        }
    }
}

/// The standard output of curl, which must succeed.
pub fn curl(args: &[&str]) -> Option<Vec<u8>> {
    let output = run("curl", &[&["-sS", "-m", "30"], args].concat())?;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "curl {args:?}: {errors}");
    Some(output.stdout)
}

/// The same as text.
pub fn curl_text(args: &[&str]) -> Option<String> {
    Some(String::from_utf8(curl(args)?).unwrap())
}

/// A Python that has this package: the project's own environment, or the system's.
pub fn python_with(package: &str) -> Option<String> {
    let own = root().join(".venv/bin/python");
    let import = format!("import {package}");
    for python in [own.to_str().unwrap(), "python3"] {
        let done = Command::new(python)
            .args(["-c", &import])
            .stderr(Stdio::null())
            .status();
        if done.is_ok_and(|status| status.success()) {
            return Some(python.to_string());
        }
    }
    println!("the Python package {package} is not installed: skipped");
    None
}

/// Bytes without a pattern, the same each time.
pub fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    std::iter::repeat_with(next).take(len).collect()
}
