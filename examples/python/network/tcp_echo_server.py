"""TCP echo server, and a client in the same process that reconnects when it loses the connection.

python tcp_echo_server.py [-l tcp://0.0.0.0:8765] [-c tcp://localhost:8765] [--server] [--client]
"""

from __future__ import annotations

import argparse
import signal
from typing import Any

from cymongoose import MG_EV_CLOSE, MG_EV_CONNECT, MG_EV_READ, Connection, Manager

running = True


def stop(signum: int, frame: Any) -> None:
    global running
    running = False


def server_handler(conn: Connection, ev: int, data: Any) -> None:
    if ev == MG_EV_READ:
        conn.send(conn.recv_read())


class EchoClient:
    def __init__(self, manager: Manager, url: str) -> None:
        self.manager, self.url = manager, url
        self.conn: Connection | None = None
        self.count = 0

    def tick(self) -> None:
        """Once a second: connect if need be, else send a line."""
        if self.conn is None:
            self.conn = self.manager.connect(self.url, self.handler)
        else:
            self.count += 1
            self.conn.send(f"message {self.count}\n")

    def handler(self, conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_CONNECT:
            print("client: connected", flush=True)
        elif ev == MG_EV_READ:
            print(f"client: {conn.recv_read()!r}", flush=True)
        elif ev == MG_EV_CLOSE:
            self.conn = None


def main() -> None:
    parser = argparse.ArgumentParser(description="Echo over TCP.")
    parser.add_argument("-l", "--listen", default="tcp://0.0.0.0:8765")
    parser.add_argument("-c", "--connect", default="tcp://localhost:8765")
    parser.add_argument("--server", action="store_true", help="only the server")
    parser.add_argument("--client", action="store_true", help="only the client")
    args = parser.parse_args()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    with Manager() as manager:
        if not args.client:
            manager.listen(args.listen, server_handler)
            print(f"server: {args.listen}", flush=True)
        client = EchoClient(manager, args.connect)
        if not args.server:
            manager.timer_add(1000, client.tick, repeat=True, run_now=True)
        while running:
            manager.poll(100)
        if client.conn is not None:
            client.conn.drain()
            manager.poll(100)


if __name__ == "__main__":
    main()
