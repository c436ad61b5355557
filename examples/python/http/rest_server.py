"""REST server: connection statistics as a chunked table, a wildcard route, static files for the rest.

python rest_server.py [-l http://0.0.0.0:8000] [-r .]
"""

from __future__ import annotations

import argparse
import signal
from typing import Any

from cymongoose import MG_EV_HTTP_MSG, Connection, HttpMessage, Manager, match

running = True
root_dir = "."


def stop(signum: int, frame: Any) -> None:
    global running
    running = False


class RestServer:
    """The routes, with the manager they report on."""

    def __init__(self, manager: Manager) -> None:
        self.manager = manager

    def handler(self, conn: Connection, ev: int, data: Any) -> None:
        if ev != MG_EV_HTTP_MSG:
            return
        wildcard, rest = match(data.uri, "/api/f2/*")
        if data.uri == "/api/stats":
            self.stats(conn)
        elif wildcard:
            self.echo(conn, data, rest[0])
        else:
            conn.serve_dir(data, root_dir)

    def stats(self, conn: Connection) -> None:
        conn.reply(200, "", headers={"Content-Type": "text/plain", "Transfer-Encoding": "chunked"})
        conn.http_chunk(f"{'ID':>5} {'TYPE':8} {'LOCAL':>22} {'PEER':>22}\n")
        for other in self.manager.connections:
            kind = "listener" if other.is_listening else "client" if other.is_client else "accepted"
            local, peer = (f"{a[0]}:{a[1]}" if a else "-" for a in (other.local_addr, other.remote_addr))
            conn.http_chunk(f"{other.id:5} {kind:8} {local:>22} {peer:>22}\n")
        conn.http_chunk("")

    def echo(self, conn: Connection, message: HttpMessage, rest: str) -> None:
        conn.reply_json({"method": message.method, "rest": rest, "query": message.query, "body": message.body_text})


def main() -> None:
    global root_dir
    parser = argparse.ArgumentParser(description="Serve a small REST API.")
    parser.add_argument("-l", "--listen", default="http://0.0.0.0:8000")
    parser.add_argument("-r", "--root", default=".")
    args = parser.parse_args()
    root_dir = args.root
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    with Manager() as manager:
        manager.listen(args.listen, RestServer(manager).handler)
        print(f"REST API on {args.listen}: /api/stats, /api/f2/ANYTHING", flush=True)
        while running:
            manager.poll(100)


if __name__ == "__main__":
    main()
