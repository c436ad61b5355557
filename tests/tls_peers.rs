//! TLS with peers of other make: openssl, curl, Python. A test whose program is missing says so and passes.
#![cfg(feature = "tls")]

mod tls_support;

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tls_support::*;

const REQUEST: &str = "GET / HTTP/1.0\r\n\r\n";

/// A new file with this text.
fn file(text: &str) -> String {
    static SERIAL: AtomicU32 = AtomicU32::new(0);
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let name = format!("tls-{}-{serial}.pem", std::process::id());
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path.into_os_string().into_string().unwrap()
}

/// Starts a program with this standard input; `None` when it is not installed.
fn start(program: &str, args: &[&str], input: &str) -> Option<Child> {
    let mut command = Command::new(program);
    command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    match command.spawn() {
        Ok(mut child) => {
            let mut stdin = child.stdin.take().unwrap();
            let _ = stdin.write_all(input.as_bytes());
            Some(child)
        }
        Err(_) => {
            println!("{program} is not installed: skipped");
            None
        }
    }
}

fn http_answer(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn http_server(pki: &Pki, body: &[u8]) -> Peer {
    Peer {
        answer: http_answer(body),
        ..pki.server()
    }
}

#[test]
fn openssl_client() {
    let pki = Pki::new();
    let server = http_server(&pki, b"fine");
    let ca = file(&pki.ca);
    let mut l = Loop::new();
    let (_, address) = l.listen("https", &server);
    let variants: &[&[&str]] = &[
        &["-tls1_3"],
        &["-tls1_2"],
        &["-tls1_3", "-groups", "X25519"],
        &["-tls1_3", "-groups", "P-256"],
        &["-tls1_3", "-groups", "P-384"],
        &["-tls1_3", "-groups", "P-521:P-256"],
        &["-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"],
        &["-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"],
        &["-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"],
        &["-no_ticket"],
        &["-alpn", "h2,http/1.1"],
        &["-max_send_frag", "512"],
    ];
    for extra in variants {
        let common = ["s_client", "-quiet", "-connect", &address, "-CAfile", &ca];
        let verify = [
            "-verify_return_error",
            "-verify_hostname",
            "localhost",
            "-servername",
            "localhost",
        ];
        let args = [&common[..], &verify, extra].concat();
        let Some(child) = start("openssl", &args, REQUEST) else {
            return;
        };
        let (out, _) = l.finish(child);
        assert!(out.ends_with("fine"), "{extra:?}: {out}");
    }
    assert_eq!(
        (server.count(TLS_HS), server.count(ERROR)),
        (variants.len(), 0)
    );
    for old in ["-tls1", "-tls1_1"] {
        let args = [
            "s_client",
            "-quiet",
            "-connect",
            &address,
            old,
            "-cipher",
            "ALL:@SECLEVEL=0",
        ];
        let (out, ok) = l.finish(start("openssl", &args, REQUEST).unwrap());
        assert!(!ok && out.is_empty(), "{old}: {out}");
    }
}

#[test]
fn openssl_client_with_certificate() {
    let pki = Pki::new();
    let mut server = http_server(&pki, b"fine");
    server.opts.as_mut().unwrap().ca = pki.ca.clone();
    let me = pki.identity();
    let stranger = Pki::new().identity();
    let (ca, cert, key) = (file(&pki.ca), file(&me.cert), file(&me.key));
    let (other_cert, other_key) = (file(&stranger.cert), file(&stranger.key));
    let mut l = Loop::new();
    let (_, address) = l.listen("https", &server);
    for version in ["-tls1_2", "-tls1_3"] {
        let common = [
            "s_client", "-quiet", "-connect", &address, "-CAfile", &ca, version,
        ];
        let good = [&common[..], &["-cert", &cert, "-key", &key]].concat();
        let bad = [&common[..], &["-cert", &other_cert, "-key", &other_key]].concat();
        for (args, expected) in [(good, true), (bad, false), (common.to_vec(), false)] {
            let Some(child) = start("openssl", &args, REQUEST) else {
                return;
            };
            let (out, _) = l.finish(child);
            assert_eq!(out.ends_with("fine"), expected, "{args:?}: {out}");
        }
    }
    l.until("the errors", || server.count(ERROR) == 4);
    assert_eq!(server.count(TLS_HS), 2);
}

/// An `openssl s_server` that serves status pages, and its address.
fn openssl_server(opts: &Opts, extra: &[&str]) -> Option<(Child, String)> {
    let (cert, key) = (file(&opts.cert), file(&opts.key));
    let common = [
        "s_server",
        "-accept",
        "127.0.0.1:0",
        "-www",
        "-cert",
        &cert,
        "-key",
        &key,
    ];
    let mut child = start("openssl", &[&common[..], extra].concat(), "")?;
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("ACCEPT") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "s_server ended");
    }
    // Its later output is of no interest, but must not block it.
    std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
    let address = line.trim().rsplit(' ').next().unwrap().to_string();
    Some((child, address))
}

fn stop(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Fetches the status page of a server; the errors when it fails.
fn fetch(address: &str, opts: Opts) -> Result<String, Vec<String>> {
    let client = Peer {
        opts: Some(opts),
        hello: REQUEST.into(),
        ..Peer::default()
    };
    let mut l = Loop::new();
    l.connect("https", address, &client);
    l.until("the end", || client.count(CLOSE) == 1);
    if client.count(ERROR) > 0 {
        Err(client.errors())
    } else {
        Ok(String::from_utf8(client.received()).unwrap())
    }
}

#[test]
fn openssl_server_of_each_version() {
    let pki = Pki::new();
    for (version, name) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        let Some((server, address)) = openssl_server(&pki.identity(), &[version]) else {
            return;
        };
        let page = fetch(&address, pki.trust("localhost")).unwrap();
        assert!(
            page.starts_with("HTTP/1.0 200 ok") && page.contains(name),
            "{page}"
        );
        assert_eq!(
            fetch(&address, pki.trust("elsewhere")),
            Err(vec!["failed to verify hostname".into()])
        );
        assert!(fetch(&address, Pki::new().trust("localhost")).is_err());
        stop(server);
    }
    let Some((server, address)) =
        openssl_server(&pki.identity(), &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"])
    else {
        return;
    };
    assert!(fetch(&address, pki.trust("localhost")).is_err());
    stop(server);
}

#[test]
fn openssl_server_that_wants_a_certificate() {
    let pki = Pki::new();
    let (ca, me) = (file(&pki.ca), pki.identity());
    for version in ["-tls1_2", "-tls1_3"] {
        let extra = [
            version,
            "-Verify",
            "2",
            "-verify_return_error",
            "-CAfile",
            &ca,
        ];
        let Some((server, address)) = openssl_server(&pki.identity(), &extra) else {
            return;
        };
        let with = Opts {
            cert: me.cert.clone(),
            key: me.key.clone(),
            ..pki.trust("localhost")
        };
        assert!(
            fetch(&address, with)
                .unwrap()
                .starts_with("HTTP/1.0 200 ok")
        );
        assert!(fetch(&address, pki.trust("localhost")).is_err());
        stop(server);
    }
}

/// Runs the openssl program and returns what it prints.
fn openssl(args: &[&str]) -> Option<String> {
    let output = start("openssl", args, "")?.wait_with_output().unwrap();
    assert!(output.status.success(), "{args:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Certificates as many tutorials make them: a CA, and a leaf signed without an extension file, name only in its CN.
#[test]
fn certificates_made_by_the_openssl_program() {
    let Some(ca_key) = openssl(&["ecparam", "-name", "prime256v1", "-genkey"]) else {
        return;
    };
    let leaf_key = openssl(&["ecparam", "-name", "prime256v1", "-genkey", "-noout"]).unwrap();
    let (ca_key_file, leaf_key_file) = (file(&ca_key), file(&leaf_key));
    let ca = openssl(&[
        "req",
        "-new",
        "-x509",
        "-key",
        &ca_key_file,
        "-days",
        "1",
        "-subj",
        "/CN=CA",
    ])
    .unwrap();
    let request = openssl(&[
        "req",
        "-new",
        "-key",
        &leaf_key_file,
        "-subj",
        "/CN=localhost",
    ])
    .unwrap();
    let (ca_file, request_file) = (file(&ca), file(&request));
    let sign = [
        "x509",
        "-req",
        "-in",
        &request_file,
        "-CA",
        &ca_file,
        "-CAkey",
        &ca_key_file,
    ];
    let cert = openssl(&[&sign[..], &["-CAcreateserial", "-days", "1"]].concat()).unwrap();
    // The key file holds EC PARAMETERS too when made without -noout.
    let both = format!("{ca_key}{cert}{leaf_key}").replacen(&ca_key, "", 1);

    let server = Peer {
        opts: Some(Opts {
            cert: both.clone(),
            key: both,
            ..Opts::default()
        }),
        ..Peer::default()
    };
    let skipping = [
        Opts {
            ca: ca.clone(),
            name: "localhost".into(),
            skip: true,
            ..Opts::default()
        },
        Opts {
            name: "localhost".into(),
            skip: true,
            ..Opts::default()
        },
        Opts {
            skip: true,
            ..Opts::default()
        },
        Opts::default(),
    ];
    let clients = skipping.map(|opts| Peer {
        opts: Some(opts),
        ..Peer::default()
    });
    let own = Opts {
        cert: ca.clone(),
        key: ca_key,
        ..Opts::default()
    };
    let self_signed = Peer {
        opts: Some(own),
        ..Peer::default()
    };
    let pinned = Peer {
        opts: Some(Opts {
            ca,
            ..Opts::default()
        }),
        ..Peer::default()
    };
    let mut l = Loop::new();
    let (_, address) = l.listen("https", &server);
    for client in &clients {
        l.connect("https", &address, client);
        l.until("the handshake", || client.count(TLS_HS) == 1);
    }
    let (_, address) = l.listen("https", &self_signed);
    l.connect("https", &address, &pinned);
    l.until("the handshake", || pinned.count(TLS_HS) == 1);
}

#[test]
fn weak_rsa_key_passes_only_unverified() {
    let Some(key) = openssl(&["genrsa", "1024"]) else {
        return;
    };
    let key_file = file(&key);
    let cert = openssl(&[
        "req",
        "-new",
        "-x509",
        "-key",
        &key_file,
        "-days",
        "1",
        "-subj",
        "/CN=localhost",
    ])
    .unwrap();
    let opts = Opts {
        cert: cert.clone(),
        key,
        ..Opts::default()
    };
    let extra = ["-cipher", "ALL:@SECLEVEL=0"];
    let (server, address) = openssl_server(&opts, &extra).unwrap();
    assert!(
        fetch(
            &address,
            Opts {
                skip: true,
                ..Opts::default()
            }
        )
        .is_ok()
    );
    assert!(
        fetch(
            &address,
            Opts {
                ca: cert,
                ..Opts::default()
            }
        )
        .is_err()
    );
    stop(server);
}

#[test]
fn curl() {
    let pki = Pki::new();
    let body = "b".repeat(300_000);
    let server = http_server(&pki, body.as_bytes());
    let (ca, other) = (file(&pki.ca), file(&Pki::new().ca));
    let mut l = Loop::new();
    let (_, address) = l.listen("https", &server);
    let port = address.rsplit(':').next().unwrap();
    let url = format!("https://localhost:{port}/");
    let to = format!("localhost:{port}:127.0.0.1");
    for (ca, extra, expected) in [
        (&ca, "--http1.1", true),
        (&ca, "--tlsv1.3", true),
        (&ca, "--tls-max=1.2", true),
        (&other, "--tlsv1.3", false),
    ] {
        let extra: Vec<&str> = extra.split('=').collect();
        let args = [
            &[
                "-s",
                "--noproxy",
                "*",
                "--cacert",
                ca,
                "--resolve",
                &to,
                &url,
            ][..],
            &extra,
        ]
        .concat();
        let Some(child) = start("curl", &args, "") else {
            return;
        };
        let (out, ok) = l.finish(child);
        assert_eq!((ok, out == body), (expected, expected), "{extra:?}");
    }
}

#[test]
fn wrk() {
    let pki = Pki::new();
    for keep_alive in [true, false] {
        let close = if keep_alive {
            ""
        } else {
            "Connection: close\r\n"
        };
        let answer = format!("HTTP/1.1 200 OK\r\n{close}Content-Length: 4\r\n\r\nfine").into();
        let server = Peer {
            keep_alive,
            answer,
            ..pki.server()
        };
        let mut l = Loop::new();
        let (_, address) = l.listen("https", &server);
        let url = format!("https://{address}/");
        let Some(child) = start("wrk", &["-t1", "-c20", "-d1s", &url], "") else {
            return;
        };
        let (out, ok) = l.finish(child);
        assert!(
            ok && out.contains("requests in") && !out.contains("Non-2xx"),
            "{out}"
        );
        assert!(
            !out.contains(" 0 requests in") && !out.contains("Socket errors"),
            "{out}"
        );
    }
}

#[test]
fn renegotiation_is_refused() {
    let pki = Pki::new();
    let server = Peer {
        echo: true,
        ..pki.server()
    };
    let mut l = Loop::new();
    let (_, address) = l.listen("https", &server);
    let args = ["s_client", "-connect", &address, "-tls1_2"];
    let Some(child) = start("openssl", &args, "R\n") else {
        return;
    };
    let (out, _) = l.finish(child);
    assert!(out.contains("TLSv1.2"), "{out}");
    l.until("the end", || server.count(CLOSE) == 1);
    assert_eq!(server.count(TLS_HS), 1);
}

const PYTHON_CLIENT: &str = "
import socket, ssl, sys
address, ca, minimum = sys.argv[1], sys.argv[2], sys.argv[3]
host, port = address.split(':')
context = ssl.create_default_context(cafile=ca)
context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, minimum)
session, data = None, bytes(range(256)) * 1024
for turn in range(3):
    raw = socket.create_connection((host, int(port)))
    with context.wrap_socket(raw, server_hostname='localhost', session=session) as s:
        sent = got = 0
        s.sendall(data[:100000])
        while got < 100000:
            part = s.recv(65536)
            assert part and part == data[got:got + len(part)]
            got += len(part)
        assert turn == 0 or s.session_reused, 'not resumed'
        session = s.session
        s.unwrap().close()
print('done')
";

#[test]
fn python_client_resumes_its_session() {
    let pki = Pki::new();
    let server = Peer {
        echo: true,
        ..pki.server()
    };
    let ca = file(&pki.ca);
    let mut l = Loop::new();
    let (_, address) = l.listen("https", &server);
    for version in ["TLSv1_2", "TLSv1_3"] {
        let args = ["-c", PYTHON_CLIENT, &address, &ca, version];
        let Some(child) = start("python3", &args, "") else {
            return;
        };
        let (out, ok) = l.finish(child);
        assert!(ok && out.trim() == "done", "{version}: {out}");
    }
    assert_eq!((server.count(TLS_HS), server.count(ERROR)), (6, 0));
    assert_eq!(server.received_len(), 600_000);
}

/// A mosquitto broker with TLS, and its address. It cannot pick a port itself.
fn mosquitto(pki: &Pki, require_certificate: bool) -> Option<(Child, String)> {
    let probe = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = probe.local_addr().unwrap();
    drop(probe);
    let me = pki.identity();
    let (ca, cert, key) = (file(&pki.ca), file(&me.cert), file(&me.key));
    let config = file(&format!(
        "user root\nlistener {} 127.0.0.1\nallow_anonymous true\nrequire_certificate {require_certificate}\n\
         cafile {ca}\ncertfile {cert}\nkeyfile {key}\n",
        address.port()
    ));
    let mut child = start("mosquitto", &["-c", &config], "")?;
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while std::net::TcpStream::connect(address).is_err() {
        let ended = child.try_wait().unwrap();
        assert!(ended.is_none(), "mosquitto ended: {ended:?}");
        assert!(std::time::Instant::now() < end, "mosquitto does not listen");
        std::thread::yield_now();
    }
    Some((child, address.to_string()))
}

#[test]
fn mosquitto_broker() {
    let pki = Pki::new();
    let me = pki.identity();
    let stranger = Pki::new().identity();
    let with = |own: &Opts| Opts {
        cert: own.cert.clone(),
        key: own.key.clone(),
        ..pki.trust("localhost")
    };
    for (required, opts, welcome) in [
        (false, pki.trust("localhost"), true),
        (false, with(&me), true),
        (true, with(&me), true),
        (true, pki.trust("localhost"), false),
        (true, with(&stranger), false),
        (false, Pki::new().trust("localhost"), false),
        (false, pki.trust("elsewhere"), false),
    ] {
        let Some((broker, address)) = mosquitto(&pki, required) else {
            return;
        };
        let client = Peer {
            opts: Some(opts),
            // CONNECT of MQTT 3.1.1 with a clean session and the client id "x".
            hello: b"\x10\x0d\0\x04MQTT\x04\x02\0\x3c\0\x01x".to_vec(),
            ..Peer::default()
        };
        let mut l = Loop::new();
        l.connect("mqtts", &address, &client);
        if welcome {
            l.until("CONNACK", || client.received() == [0x20, 2, 0, 0]);
        } else {
            l.until("the end", || client.count(CLOSE) == 1);
            assert_eq!((client.count(ERROR), client.received_len()), (1, 0));
        }
        stop(broker);
    }
}
