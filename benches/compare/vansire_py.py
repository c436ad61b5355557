"""The raw handler on `cymongoose`: one program, run from two environments.

Installed from this repository the import is Vansire, installed as `cymongoose==0.2.5` it is the reference package.
usage: vansire_py.py [PORT] [hello|body64k|post10k]
"""

from __future__ import annotations

import signal
import sys
from typing import Any

from cymongoose import MG_EV_HTTP_MSG, Connection, Manager

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


HANDLERS = {"hello": hello, "body64k": body64k, "post10k": post10k}
stopped = False


def stop(signum: int, frame: object) -> None:
    global stopped
    stopped = True


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    handler = HANDLERS[sys.argv[2] if len(sys.argv) > 2 else "hello"]
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with Manager(handler) as manager:
        listener = manager.listen(f"http://127.0.0.1:{port}")
        address = listener.local_addr
        assert address is not None
        print(f"listening on http://127.0.0.1:{address[1]}", flush=True)
        while not stopped:
            manager.poll(100)


if __name__ == "__main__":
    main()
