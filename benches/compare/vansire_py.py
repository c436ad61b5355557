"""The raw handler on `cymongoose`: one program, run from two environments.

Installed from this repository the import is Vansire, installed as `cymongoose==0.2.5` it is the reference package.
usage: vansire_py.py [PORT] [hello|body64k|post10k|ws-echo]
       vansire_py.py PORT https CERTIFICATE KEY
       vansire_py.py PORT static DIRECTORY
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

from cymongoose import MG_EV_ACCEPT, MG_EV_HTTP_MSG, MG_EV_WS_MSG, Connection, Manager, TlsOpts

BODY = b'{"message":"Hello, World!"}'
BIG = b"x" * 65536
JSON = {"Content-Type": "application/json"}
TEXT = {"Content-Type": "text/plain"}


def hello(conn: Connection, ev: int, data: Any) -> None:
    if ev == MG_EV_HTTP_MSG:
        conn.reply(200, BODY, headers=JSON)


def body64k(conn: Connection, ev: int, data: Any) -> None:
    if ev == MG_EV_HTTP_MSG:
        conn.reply(200, BIG, headers=TEXT)


def post10k(conn: Connection, ev: int, data: Any) -> None:
    if ev == MG_EV_HTTP_MSG:
        conn.reply(200, data.body_bytes, headers=TEXT)


def ws_echo(conn: Connection, ev: int, data: Any) -> None:
    if ev == MG_EV_HTTP_MSG:
        conn.ws_upgrade(data)
    elif ev == MG_EV_WS_MSG:
        conn.ws_send(data.data, 2)


def static(conn: Connection, ev: int, data: Any) -> None:
    if ev == MG_EV_HTTP_MSG:
        conn.serve_dir(data, sys.argv[3])


def https(conn: Connection, ev: int, data: Any) -> None:
    if ev == MG_EV_ACCEPT:
        conn.tls_init(certificate)
    elif ev == MG_EV_HTTP_MSG:
        conn.reply(200, BODY, headers=JSON)


HANDLERS = {
    "hello": hello, "body64k": body64k, "post10k": post10k, "ws-echo": ws_echo, "https": https, "static": static,
}  # fmt: skip
certificate = TlsOpts()
stopped = False


def stop(signum: int, frame: object) -> None:
    global stopped
    stopped = True


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    what = sys.argv[2] if len(sys.argv) > 2 else "hello"
    scheme = "http"
    if what == "https":
        scheme = "https"
        cert, key = (Path(name).read_bytes() for name in sys.argv[3:5])
        certificate.cert, certificate.key = cert, key
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with Manager(HANDLERS[what]) as manager:
        listener = manager.listen(f"{scheme}://127.0.0.1:{port}")
        address = listener.local_addr
        assert address is not None
        print(f"listening on http://127.0.0.1:{address[1]}", flush=True)
        while not stopped:
            manager.poll(100)


if __name__ == "__main__":
    main()
