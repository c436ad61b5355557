"""SNTP client: asks a time server now and then. Each question is a new connection.

python sntp_client.py [-s udp://time.google.com:123] [-i SECONDS]
"""

from __future__ import annotations

import argparse
import signal
import time
from typing import Any

from cymongoose import MG_EV_ERROR, MG_EV_SNTP_TIME, Connection, Manager

running = True


def stop(signum: int, frame: Any) -> None:
    global running
    running = False


def handler(conn: Connection, ev: int, data: Any) -> None:
    if ev == MG_EV_SNTP_TIME:
        offset = data / 1000 - time.time()
        print(f"{time.strftime('%F %T', time.gmtime(data / 1000))} UTC, local clock off by {offset:+.3f} s", flush=True)
    elif ev == MG_EV_ERROR:
        print(f"error: {data}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Ask a time server.")
    parser.add_argument("-s", "--server", default="udp://time.google.com:123")
    parser.add_argument("-i", "--interval", type=float, default=10)
    args = parser.parse_args()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    with Manager() as manager:
        ask = lambda: manager.sntp_connect(args.server, handler)  # noqa: E731
        manager.timer_add(int(args.interval * 1000), ask, repeat=True, run_now=True)
        while running:
            manager.poll(100)


if __name__ == "__main__":
    main()
