//! The C examples with clients of other make: curl, wrk, Python. A test whose program is missing says so and passes.

mod clients_support;
#[cfg(feature = "tls")]
mod tls_support;

use std::fs;
use std::path::Path;

use clients_support::*;

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A web directory: big.bin, a.txt with a compressed sibling, a directory without index.
fn web() -> std::path::PathBuf {
    let dir = directory("web");
    fs::write(dir.join("big.bin"), noise(3_000_000)).unwrap();
    fs::write(dir.join("a.txt"), "plain\n".repeat(2000)).unwrap();
    fs::create_dir(dir.join("sub")).unwrap();
    fs::write(dir.join("sub/inner.txt"), "inner").unwrap();
    dir
}

#[test]
fn curl_downloads() {
    let (dir, big) = (web(), noise(3_000_000));
    let server = Server::start(&example("static-server"), &["-d", path(&dir), "-i", "no"]);
    let file = format!("{}/big.bin", server.url);
    for version in ["--http1.0", "--http1.1"] {
        let Some(body) = curl(&[version, &file]) else {
            return;
        };
        assert!(body == big, "{version}: {} bytes", body.len());
    }
    for (range, expected) in [
        ("100-199", &big[100..200]),
        ("2999990-", &big[2_999_990..]),
        ("-7", &big[2_999_993..]),
        ("0-0", &big[..1]),
    ] {
        let answer = curl(&["-i", "-r", range, &file]).unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 206 "), "{range}");
        assert!(answer.ends_with(expected), "{range}");
    }
    let head = curl_text(&["-I", &file]).unwrap();
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("Content-Length: 3000000"));
    // Two files and a HEAD over one connection.
    let text = format!("{}/a.txt", server.url);
    let counts = curl_text(&[
        "-w",
        "%{num_connects}",
        "-o",
        "/dev/null",
        "-o",
        "/dev/null",
        &text,
        &file,
    ]);
    assert_eq!(counts.unwrap(), "10");
    let status = |args: &[&str]| {
        curl_text(&[&["-o", "/dev/null", "-w", "%{http_code}"], args].concat()).unwrap()
    };
    let etag = head
        .lines()
        .find_map(|line| line.strip_prefix("Etag: "))
        .unwrap();
    assert_eq!(
        status(&["-H", &format!("If-None-Match: {etag}"), &file]),
        "304"
    );
    assert_eq!(status(&[&format!("{}/sub/", server.url)]), "403");
    assert_eq!(status(&[&format!("{}/none", server.url)]), "404");
    assert_eq!(status(&["-X", "DELETE", &file]), "405");
    for escape in [
        "/../a",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/sub/..%2f..%2f..%2fetc/passwd",
        "/a%00b",
    ] {
        let url = format!("{}{escape}", server.url);
        let code = status(&["--path-as-is", &url]);
        assert!(code.starts_with('4'), "{escape}: {code}");
    }
    let listing = Server::start(&example("static-server"), &["-d", path(&dir)]);
    let page = curl_text(&["-L", &format!("{}/sub", listing.url)]).unwrap();
    assert!(page.contains("inner.txt"), "{page}");
}

#[test]
fn curl_takes_the_compressed_sibling() {
    let dir = web();
    let Some(_) = run("gzip", &["-k", path(&dir.join("a.txt"))]) else {
        return;
    };
    let server = Server::start(&example("static-server"), &["-d", path(&dir)]);
    let url = format!("{}/a.txt", server.url);
    let plain = fs::read_to_string(dir.join("a.txt")).unwrap();
    let Some(answer) = curl_text(&["--compressed", "-i", &url]) else {
        return;
    };
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("Content-Encoding: gzip"), "{head}");
    assert!(body == plain);
    let answer = curl_text(&["-i", &url]).unwrap();
    assert!(!answer.contains("Content-Encoding") && answer.ends_with(&plain));
}

#[test]
fn curl_uploads() {
    let (store, source) = (directory("store"), directory("source").join("five"));
    let five = noise(5_000_000);
    fs::write(&source, &five).unwrap();
    let source = path(&source);
    for (name, option) in [("static-server", "-d"), ("file-upload", "-s")] {
        let value = if option == "-d" {
            path(&store)
        } else {
            "5000000"
        };
        let server = Server::start(&example(name), &["-u", path(&store), option, value]);
        let url = format!("{}/upload/{name}%20copy", server.url);
        let Some(seen) = curl_text(&["-i", "-T", source, "-H", "Expect: 100-continue", &url])
        else {
            return;
        };
        assert!(
            seen.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 20"),
            "{name}: {seen}"
        );
        assert!(
            fs::read(store.join(format!("{name} copy"))).unwrap() == five,
            "{name}"
        );
        // A second one replaces the first; the connection goes on with another request.
        let answers = curl_text(&[
            "-T",
            source,
            &url,
            "-H",
            "Expect:",
            "-w",
            "%{num_connects}",
            "--next",
            "-sS",
            &url,
        ]);
        assert!(answers.unwrap().contains("stored\n1"), "{name}");
        assert!(
            fs::read(store.join(format!("{name} copy"))).unwrap() == five,
            "{name}"
        );
        for bad in ["..%2fx", "x%00y", ".hidden"] {
            let url = format!("{}/upload/{bad}", server.url);
            let code = curl_text(&[
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "-X",
                "PUT",
                "-d",
                "x",
                &url,
            ]);
            assert_eq!(code.unwrap(), "400", "{name} {bad}");
        }
    }
    let server = Server::start(&example("static-server"), &["-u", path(&store)]);
    fs::write(store.join("small"), &five[..100_000]).unwrap();
    let form = format!("f=@{};filename=from-form", path(&store.join("small")));
    let answer = curl_text(&["-F", "a=b", "-F", &form, &format!("{}/upload", server.url)]).unwrap();
    assert_eq!(answer, "1 stored\n");
    assert!(fs::read(store.join("from-form")).unwrap() == five[..100_000]);
    let server = Server::start(
        &example("file-upload"),
        &["-u", path(&store), "-s", "4999999"],
    );
    let url = format!("{}/upload/large", server.url);
    let code = curl_text(&[
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        "-T",
        source,
        "-H",
        "Expect: 100-continue",
        &url,
    ]);
    assert_eq!(code.unwrap(), "413");
    assert!(!store.join("large").exists());
}

#[test]
fn curl_and_notes() {
    let server = Server::start(&example("restful-server"), &[]);
    let notes = format!("{}/api/notes", server.url);
    let data = r#"{"text": "a \"quoted\" é"}"#;
    let Some(answer) = curl_text(&["-i", "-H", "Transfer-Encoding: chunked", "-d", data, &notes])
    else {
        return;
    };
    assert!(
        answer.starts_with("HTTP/1.1 201 Created\r\n")
            && answer.contains("Location: /api/notes/1\r\n")
    );
    let note = r#"{"id":1,"text":"a \"quoted\" é"}"#;
    assert_eq!(curl_text(&[&notes]).unwrap(), format!("[{note}]\n"));
    let one = format!("{notes}/1");
    assert_eq!(
        curl_text(&["-X", "PUT", "-d", r#"{"text":"b"}"#, &one]).unwrap(),
        "{\"id\":1,\"text\":\"b\"}\n"
    );
    let code = |args: &[&str]| {
        curl_text(&[&["-o", "/dev/null", "-w", "%{http_code}"], args].concat()).unwrap()
    };
    assert_eq!(code(&["-d", "{", &notes]), "400");
    assert_eq!(code(&["-X", "PATCH", &one]), "405");
    assert_eq!(code(&["-X", "DELETE", &one]), "204");
    assert_eq!(code(&[&one]), "404");
    assert_eq!(code(&[&format!("{notes}/999999999999999999999")]), "404");
    let list = curl_text(&["-i", &format!("{}/api/connections", server.url)]).unwrap();
    assert!(
        list.contains("Transfer-Encoding: chunked") && list.ends_with("]\n"),
        "{list}"
    );
    let page = curl_text(&[&server.url]).unwrap();
    assert!(page.contains("<title>Notes</title>"));
}

#[test]
fn http_client() {
    let dir = web();
    let (server, client) = (
        Server::start(&example("static-server"), &["-d", path(&dir)]),
        example("http-client"),
    );
    let ask = |args: &[&str]| {
        let done = run(path(&client), args).unwrap();
        (
            done.status.success(),
            String::from_utf8(done.stdout).unwrap(),
        )
    };
    let url = format!("{}/sub/inner.txt", server.url);
    assert_eq!(ask(&[&url]), (true, "inner".into()));
    let (ok, head) = ask(&["-i", "-X", "HEAD", &url]);
    assert!(
        ok && head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"),
        "{head}"
    );
    let missing = format!("{}/missing", server.url);
    assert!(!ask(&["-f", &missing]).0);
    assert_eq!(ask(&[&missing]), (true, "Not found\n".into()));
    assert_eq!(ask(&["-H", "Range: bytes=1-2", &url]), (true, "nn".into()));
    drop(server);
    assert_eq!(ask(&[&url]), (false, String::new()));
}

#[cfg(feature = "tls")]
#[test]
fn https() {
    let (dir, pki) = (web(), tls_support::Pki::new());
    let identity = pki.identity();
    for (name, text) in [
        ("cert", &identity.cert),
        ("key", &identity.key),
        ("ca", &pki.ca),
    ] {
        fs::write(dir.join(name), text).unwrap();
    }
    let file = |name: &str| path(&dir.join(name)).to_string();
    let (cert, key, ca) = (file("cert"), file("key"), file("ca"));
    let server = Server::start(
        &example("static-server"),
        &["-d", path(&dir), "-c", &cert, "-k", &key],
    );
    let port = server.url.rsplit(':').next().unwrap();
    let url = format!("https://localhost:{port}/big.bin");
    let client = example("http-client");
    let inner = format!("https://localhost:{port}/sub/inner.txt");
    let ask = |args: &[&str]| run(path(&client), args).unwrap();
    assert_eq!(ask(&["-a", &ca, &inner]).stdout, b"inner");
    assert_eq!(ask(&["-k", &inner]).stdout, b"inner");
    assert!(
        !ask(&[&inner]).status.success(),
        "an unknown authority was trusted"
    );
    let proxy = Server::start(
        &example("reverse-proxy"),
        &["-b", &format!("https://localhost:{port}"), "-a", &ca],
    );
    if let Some(body) = curl(&["--cacert", &ca, &url]) {
        assert!(body == noise(3_000_000));
        let body = curl(&[&format!("{}/big.bin", proxy.url)]).unwrap();
        assert!(
            body == noise(3_000_000),
            "by the proxy: {} bytes",
            body.len()
        );
    }
}

#[test]
fn reverse_proxy() {
    let (dir, five) = (web(), directory("source").join("five"));
    fs::write(&five, noise(5_000_000)).unwrap();
    let backend = Server::start(
        &example("static-server"),
        &["-d", path(&dir), "-u", path(&dir)],
    );
    let proxy = Server::start(&example("reverse-proxy"), &["-b", &backend.url]);
    let Some(body) = curl(&[&format!("{}/big.bin", proxy.url)]) else {
        return;
    };
    assert!(body == noise(3_000_000), "{} bytes", body.len());
    let answer = curl_text(&["-T", path(&five), &format!("{}/upload/five", proxy.url)]);
    assert_eq!(answer.unwrap(), "stored\n");
    assert!(fs::read(dir.join("five")).unwrap() == noise(5_000_000));
    drop(backend);
    let code = curl_text(&["-o", "/dev/null", "-w", "%{http_code}", &proxy.url]);
    assert_eq!(code.unwrap(), "502");
}

const WEBSOCKET_CLIENT: &str = r#"
import sys, websocket
ws = websocket.create_connection(sys.argv[1], timeout=20)
for text in ("", "hey", "é" * 70, "x" * 70000):
    ws.send(text)
    assert ws.recv() == text, len(text)
ws.send_binary(bytes(range(256)) * 1000)
assert ws.recv() == bytes(range(256)) * 1000
ws.ping(b"are you there")
opcode, frame = ws.recv_data_frame(True)
assert (opcode, frame.data) == (websocket.ABNF.OPCODE_PONG, b"are you there")
for fin, op, data in ((0, 1, "one "), (0, 0, "two "), (1, 0, "three")):
    ws.send_frame(websocket.ABNF.create_frame(data, op, fin))
assert ws.recv() == "one two three"
ws.send_close(1000, b"bye")
opcode, frame = ws.recv_data_frame(True)
assert (opcode, frame.data) == (websocket.ABNF.OPCODE_CLOSE, b"\x03\xe8bye"), frame
print("fine")
"#;

const WEBSOCKETS: &str = r#"
import asyncio, sys, websockets
async def one(i):
    async with websockets.connect(sys.argv[1], max_size=None) as ws:
        for size in (0, 1, 125, 126, 65535, 65536, 1_000_000):
            await ws.send("x" * size)
            assert await ws.recv() == "x" * size, size
        await ws.send(["frag", "ment", "ed"])
        assert await ws.recv() == "fragmented"
        await (await ws.ping())
    assert ws.close_code == 1000, ws.close_code
async def main():
    await asyncio.wait_for(asyncio.gather(*(one(i) for i in range(20))), 30)
asyncio.run(main())
print("fine")
"#;

#[test]
fn python_websockets() {
    let server = Server::start(&example("websocket-server"), &[]);
    let proxy = Server::start(&example("reverse-proxy"), &["-b", &server.url]);
    for (package, script) in [("websocket", WEBSOCKET_CLIENT), ("websockets", WEBSOCKETS)] {
        let Some(python) = python_with(package) else {
            continue;
        };
        for address in [server.address(), proxy.address()] {
            let done = run(
                &python,
                &["-c", script, &format!("ws://{address}/websocket")],
            )
            .unwrap();
            let errors = String::from_utf8_lossy(&done.stderr);
            assert_eq!(done.stdout, b"fine\n", "{package} with {address}: {errors}");
        }
    }
}

#[test]
fn wrk_smoke() {
    let dir = web();
    let server = Server::start(&example("static-server"), &["-d", path(&dir)]);
    for file in ["a.txt", "big.bin", "sub/inner.txt"] {
        let url = format!("{}/{file}", server.url);
        let Some(done) = run("wrk", &["-t1", "-c20", "-d1s", &url]) else {
            return;
        };
        let out = String::from_utf8_lossy(&done.stdout);
        assert!(
            done.status.success() && out.contains("Requests/sec"),
            "{out}"
        );
        assert!(
            !out.contains("Non-2xx") && !out.contains("Socket errors"),
            "{file}: {out}"
        );
    }
}
