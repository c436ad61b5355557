"""UDP echo server, and a client in the same process.

python udp_echo_server.py [-l udp://0.0.0.0:8765] [-c udp://localhost:8765] [--server] [--client]
"""

from __future__ import annotations

import argparse
import signal
from typing import Any

from cymongoose import MG_EV_READ, Connection, Manager

running = True


def stop(signum: int, frame: Any) -> None:
    global running
    running = False


def server_handler(conn: Connection, ev: int, data: Any) -> None:
    """One connection serves every peer: `send` answers the one whose datagram was just read."""
    if ev == MG_EV_READ:
        conn.send(conn.recv_read())


def client_handler(conn: Connection, ev: int, data: Any) -> None:
    if ev == MG_EV_READ:
        print(f"client: {conn.recv_read()!r} from {conn.remote_addr}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Echo over UDP.")
    parser.add_argument("-l", "--listen", default="udp://0.0.0.0:8765")
    parser.add_argument("-c", "--connect", default="udp://localhost:8765")
    parser.add_argument("--server", action="store_true", help="only the server")
    parser.add_argument("--client", action="store_true", help="only the client")
    args = parser.parse_args()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    with Manager() as manager:
        if not args.client:
            manager.listen(args.listen, server_handler)
            print(f"server: {args.listen}", flush=True)
        if not args.server:
            client = manager.connect(args.connect, client_handler)
            manager.timer_add(1000, lambda: client.send("datagram"), repeat=True, run_now=True)
        while running:
            manager.poll(100)


if __name__ == "__main__":
    main()
