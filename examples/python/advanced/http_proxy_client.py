"""HTTP(S) through a proxy: a CONNECT tunnel, then TLS and the request inside it.

python http_proxy_client.py http://proxy:3128 https://example.com/
"""

from __future__ import annotations

import argparse
import signal
import sys
from typing import Any

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


class ProxyClient:
    def __init__(self, url: str) -> None:
        self.scheme, self.host, self.port, self.uri = parse_url(url)
        self.tunnel = False
        self.done = False
        self.error: str | None = None
        self.response = b""

    def handler(self, conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_CONNECT:
            conn.send(f"CONNECT {self.host}:{self.port} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n\r\n")
        elif ev == MG_EV_READ and not self.tunnel:
            self.open_tunnel(conn)
        elif ev == MG_EV_TLS_HS:
            self.send_request(conn)
        elif ev == MG_EV_READ:
            self.response += conn.recv_read()
        elif ev == MG_EV_ERROR:
            self.error = data
        elif ev == MG_EV_CLOSE:
            self.done = True

    def open_tunnel(self, conn: Connection) -> None:
        head, mark, _ = conn.recv_data().partition(b"\r\n\r\n")
        if not mark:
            return
        if head.split()[1:2] != [b"200"]:
            conn.error(f"proxy said {head.decode(errors='replace').splitlines()[0]}")
            return
        conn.recv_consume(len(head) + 4)
        self.tunnel = True
        if self.scheme == "https":
            conn.tls_init(TlsOpts(name=self.host))
        else:
            self.send_request(conn)

    def send_request(self, conn: Connection) -> None:
        conn.send(f"GET {self.uri} HTTP/1.1\r\nHost: {self.host}\r\nConnection: close\r\n\r\n")


def main() -> int:
    parser = argparse.ArgumentParser(description="Fetch a URL through an HTTP proxy.")
    parser.add_argument("proxy")
    parser.add_argument("url")
    args = parser.parse_args()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    _, host, port, _ = parse_url(args.proxy)
    client = ProxyClient(args.url)
    with Manager() as manager:
        manager.connect(f"tcp://{host}:{port}", client.handler)
        while running and not client.done:
            manager.poll(100)
    if client.error or not client.response:
        print(f"error: {client.error or 'no response'}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(client.response)
    return 0


if __name__ == "__main__":
    sys.exit(main())
