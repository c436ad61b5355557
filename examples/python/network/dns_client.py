"""DNS client: looks a name up again and again, giving up a look-up that takes too long.

python dns_client.py [-H example.com] [-i SECONDS] [--once]
"""

from __future__ import annotations

import argparse
import signal
from typing import Any

from cymongoose import MG_EV_ERROR, MG_EV_RESOLVE, Connection, Manager

running = True


def stop(signum: int, frame: Any) -> None:
    global running
    running = False


class Resolver:
    """Look-ups need a connection to report to: an idle listener will do."""

    def __init__(self, manager: Manager, host: str, once: bool) -> None:
        self.conn = manager.listen("udp://127.0.0.1:0", self.handler)
        self.host, self.once = host, once

    def ask(self) -> None:
        if self.conn.is_closing:
            return
        self.conn.resolve_cancel()
        self.conn.resolve(f"udp://{self.host}:53")

    def handler(self, conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_RESOLVE and conn.remote_addr is not None:
            print(f"{self.host} is {conn.remote_addr[0]}", flush=True)
        elif ev == MG_EV_ERROR:
            print(f"{self.host}: {data}", flush=True)
        else:
            return
        if self.once:
            stop(0, None)


def main() -> None:
    parser = argparse.ArgumentParser(description="Resolve a host name.")
    parser.add_argument("-H", "--host", default="example.com")
    parser.add_argument("-i", "--interval", type=float, default=5)
    parser.add_argument("--once", action="store_true")
    args = parser.parse_args()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    with Manager() as manager:
        resolver = Resolver(manager, args.host, args.once)
        manager.timer_add(int(args.interval * 1000), resolver.ask, repeat=True, run_now=True)
        while running:
            manager.poll(100)


if __name__ == "__main__":
    main()
