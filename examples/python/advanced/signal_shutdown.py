"""The plain way to stop: a signal sets a flag, the poll loop ends, and closing the manager cuts what is still open.

python signal_shutdown.py [-l http://0.0.0.0:8000]

`graceful_shutdown.py` lets open connections finish first.
"""

from __future__ import annotations

import argparse
import signal
from typing import Any

from cymongoose import MG_EV_HTTP_MSG, Connection, Manager

running = True


def stop(signum: int, frame: Any) -> None:
    global running
    running = False


def handler(conn: Connection, ev: int, data: Any) -> None:
    if ev == MG_EV_HTTP_MSG:
        conn.reply(200, "served\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Stop at once.")
    parser.add_argument("-l", "--listen", default="http://0.0.0.0:8000")
    args = parser.parse_args()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    manager = Manager(handler)
    try:
        manager.listen(args.listen)
        print(f"Serving {args.listen}", flush=True)
        while running:
            manager.poll(100)  # a signal ends the wait
    finally:
        manager.close()
    print("stopped", flush=True)


if __name__ == "__main__":
    main()
