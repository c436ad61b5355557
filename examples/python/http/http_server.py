"""HTTP server: static files, multipart upload, a JSON route behind Basic auth, optional TLS.

python http_server.py [--port 8000] [--root .] [--tls CERT_AND_KEY.pem]
"""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from typing import Any

from cymongoose import (
    MG_EV_ACCEPT,
    MG_EV_HTTP_MSG,
    Connection,
    HttpMessage,
    Manager,
    TlsOpts,
    base64_encode,
    http_parse_multipart,
)

CREDENTIALS = "Basic " + base64_encode("user:secret")

running = True
root_dir = "."
tls: TlsOpts | None = None


def stop(signum: int, frame: Any) -> None:
    global running
    running = False


def upload(conn: Connection, message: HttpMessage) -> None:
    """Report name and size of each part. File names come from the client: they are only shown."""
    parts, offset = [], 0
    while True:
        offset, part = http_parse_multipart(message.body_bytes, offset)
        if part is None:
            break
        parts.append({"name": part["name"], "filename": part["filename"], "size": len(part["body"])})
    conn.reply_json({"parts": parts}, 200 if parts else 400)


def info(conn: Connection, message: HttpMessage) -> None:
    if message.header("Authorization") != CREDENTIALS:
        conn.reply(401, "Login needed\n", headers={"WWW-Authenticate": 'Basic realm="example"'})
    else:
        conn.reply_json({"method": message.method, "query": message.query, "peer": conn.remote_addr})


def handler(conn: Connection, ev: int, data: Any) -> None:
    if ev == MG_EV_ACCEPT and tls is not None:
        conn.tls_init(tls)
    elif ev == MG_EV_HTTP_MSG:
        if data.uri == "/upload":
            upload(conn, data)
        elif data.uri == "/api/info":
            info(conn, data)
        else:
            conn.serve_dir(data, root_dir)


def main() -> None:
    global root_dir, tls
    parser = argparse.ArgumentParser(description="Serve files.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--root", default=".")
    parser.add_argument("--tls", metavar="FILE", help="PEM file with certificate and key")
    args = parser.parse_args()
    root_dir = args.root
    if args.tls:
        pem = Path(args.tls).read_bytes()
        tls = TlsOpts(cert=pem, key=pem)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    with Manager(handler) as manager:
        scheme = "https" if tls else "http"
        manager.listen(f"{scheme}://0.0.0.0:{args.port}")
        print(f"Serving {root_dir} on {scheme}://localhost:{args.port}", flush=True)
        while running:
            manager.poll(100)


if __name__ == "__main__":
    main()
