"""Graceful shutdown: on SIGINT or SIGTERM stop accepting, let open connections finish, then leave.

python graceful_shutdown.py [-l http://0.0.0.0:8000] [-t SECONDS_TO_DRAIN]
"""

from __future__ import annotations

import argparse
import signal
import time
from typing import Any

from cymongoose import MG_EV_HTTP_MSG, Connection, Manager

running = True


def stop(signum: int, frame: Any) -> None:
    global running
    running = False


def handler(conn: Connection, ev: int, data: Any) -> None:
    if ev == MG_EV_HTTP_MSG:
        conn.reply(200, "served\n")


def drain(manager: Manager, seconds: float) -> bool:
    """Ask every connection to finish; true when all did within the time."""
    for conn in manager.connections:
        conn.drain()
    deadline = time.monotonic() + seconds
    while manager.connections and time.monotonic() < deadline:
        manager.poll(50)
    return not manager.connections


def main() -> None:
    parser = argparse.ArgumentParser(description="Stop without cutting answers off.")
    parser.add_argument("-l", "--listen", default="http://0.0.0.0:8000")
    parser.add_argument("-t", "--timeout", type=float, default=5)
    args = parser.parse_args()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    with Manager(handler) as manager:
        manager.listen(args.listen)
        print(f"Serving {args.listen}", flush=True)
        while running:
            manager.poll(100)
        print("all connections finished" if drain(manager, args.timeout) else "time is up", flush=True)


if __name__ == "__main__":
    main()
