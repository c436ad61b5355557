"""HTTP client: one request with method, headers, body and a time limit, over TLS if the URL says so.

python http_client.py URL [--method M] [--data D] [--header 'Name: value'] [--timeout S] [--ca-cert FILE] [-v]
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path
from typing import Any

from cymongoose import (
    MG_EV_CLOSE,
    MG_EV_CONNECT,
    MG_EV_ERROR,
    MG_EV_HTTP_MSG,
    MG_EV_TLS_HS,
    Connection,
    Manager,
    TlsOpts,
    url_host,
    url_is_ssl,
    url_uri,
)

stopped = False


def stop(signum: int, frame: Any) -> None:
    global stopped
    stopped = True


class HttpClient:
    """One request and its response."""

    def __init__(
        self,
        url: str,
        method: str = "GET",
        data: str | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = 10,
        ca_cert: str | None = None,
    ) -> None:
        self.url = url
        self.method = method
        self.data = data
        self.headers = headers or {}
        self.timeout = timeout
        self.ca_cert = ca_cert
        self.done = False
        self.response_code: int | None = None
        self.body = ""
        self.error: str | None = None

    def handler(self, conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_CONNECT:
            if url_is_ssl(self.url):
                ca = Path(self.ca_cert).read_bytes() if self.ca_cert else None
                conn.tls_init(TlsOpts(ca=ca, name=url_host(self.url), skip_verification=ca is None))
            else:
                self.send_request(conn)
        elif ev == MG_EV_TLS_HS:
            self.send_request(conn)
        elif ev == MG_EV_HTTP_MSG:
            self.response_code, self.body = data.status(), data.body_text
            self.done = True
            conn.close()
        elif ev == MG_EV_ERROR:
            self.error = data
        elif ev == MG_EV_CLOSE:
            self.done = True

    def send_request(self, conn: Connection) -> None:
        body = (self.data or "").encode()
        lines = [f"{self.method} {url_uri(self.url)} HTTP/1.1", f"Host: {url_host(self.url)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        conn.send("\r\n".join(lines) + "\r\n\r\n")
        conn.send(body)

    def execute(self) -> bool:
        """Run the request; true when there was a response."""
        deadline = time.monotonic() + self.timeout
        with Manager() as manager:
            manager.connect(self.url, self.handler, http=True)
            while not self.done and not stopped and time.monotonic() < deadline:
                manager.poll(50)
        if not self.done:
            self.error = "interrupted" if stopped else f"no answer within {self.timeout:g} s"
        return self.response_code is not None


def main() -> int:
    parser = argparse.ArgumentParser(description="Send one HTTP request.")
    parser.add_argument("url")
    parser.add_argument("--method", default="GET")
    parser.add_argument("--data")
    parser.add_argument("--header", action="append", default=[], metavar="'NAME: VALUE'")
    parser.add_argument("--timeout", type=float, default=10)
    parser.add_argument("--ca-cert")
    parser.add_argument("--verbose", "-v", action="store_true")
    args = parser.parse_args()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    headers = {name.strip(): value.strip() for name, _, value in (h.partition(":") for h in args.header)}
    client = HttpClient(args.url, args.method, args.data, headers, args.timeout, args.ca_cert)
    if not client.execute():
        print(f"error: {client.error or 'connection closed'}", file=sys.stderr)
        return 1
    if args.verbose:
        print(f"status: {client.response_code}", file=sys.stderr)
    print(client.body)
    return 0


if __name__ == "__main__":
    sys.exit(main())
