"""Streaming client: a response of any size, handled piece by piece, without the HTTP layer.

python http_streaming_client.py URL [-o FILE]
"""

from __future__ import annotations

import argparse
import signal
import sys
from typing import Any, BinaryIO

from cymongoose import (
    MG_EV_CLOSE,
    MG_EV_CONNECT,
    MG_EV_ERROR,
    MG_EV_READ,
    MG_EV_TLS_HS,
    Connection,
    Manager,
    TlsOpts,
    url_host,
    url_is_ssl,
    url_port,
    url_uri,
)

running = True


def stop(signum: int, frame: Any) -> None:
    global running
    running = False


def parse_url(url: str) -> tuple[str, str, int, str]:
    """(scheme, host, port, uri) with the default port of the scheme and at least `/` as uri."""
    scheme = url.partition("://")[0] if "://" in url else "http"
    port = url_port(url) or (443 if url_is_ssl(url) else 80)
    return scheme, url_host(url), port, url_uri(url)


class StreamingClient:
    """Splits the head off by hand and passes the body on as it comes."""

    def __init__(self, url: str, out: BinaryIO) -> None:
        self.scheme, self.host, self.port, self.uri = parse_url(url)
        self.out = out
        self.head: bytes | None = None
        self.received = 0
        self.error: str | None = None
        self.done = False

    def handler(self, conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_CONNECT and self.scheme == "https":
            conn.tls_init(TlsOpts(name=self.host))
        elif ev in (MG_EV_CONNECT, MG_EV_TLS_HS):
            conn.send(f"GET {self.uri} HTTP/1.1\r\nHost: {self.host}\r\nConnection: close\r\n\r\n")
        elif ev == MG_EV_READ:
            self.take(conn)
        elif ev == MG_EV_ERROR:
            self.error = data
        elif ev == MG_EV_CLOSE:
            self.done = True

    def take(self, conn: Connection) -> None:
        if self.head is None:
            head, mark, _ = conn.recv_data().partition(b"\r\n\r\n")
            if not mark:
                return
            self.head = head
            conn.recv_consume(len(head) + 4)
        piece = conn.recv_read()
        self.received += len(piece)
        self.out.write(piece)

    def run(self) -> bool:
        with Manager() as manager:
            manager.connect(f"tcp://{self.host}:{self.port}", self.handler, http=False)
            while not self.done and running:
                manager.poll(100)
        return self.head is not None and self.error is None


def main() -> int:
    parser = argparse.ArgumentParser(description="Download a URL piece by piece.")
    parser.add_argument("url")
    parser.add_argument("-o", "--output", help="file, default: standard output")
    args = parser.parse_args()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    out = open(args.output, "wb") if args.output else sys.stdout.buffer
    with out:
        client = StreamingClient(args.url, out)
        ok = client.run()
    print(f"{client.received} bytes" if ok else f"error: {client.error or 'no response'}", file=sys.stderr)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
