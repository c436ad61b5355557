"""Slow work off the loop: /fast is answered at once, /slow by a worker thread that wakes the connection up.

python multithreaded_server.py [-l http://0.0.0.0:8000] [-t SECONDS_OF_WORK]
"""

from __future__ import annotations

import argparse
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cymongoose import MG_EV_HTTP_MSG, MG_EV_WAKEUP, Connection, Manager

running = True


def stop(signum: int, frame: Any) -> None:
    global running
    running = False


class Server:
    def __init__(self, manager: Manager, seconds: float) -> None:
        self.manager, self.seconds = manager, seconds
        self.pool = ThreadPoolExecutor(max_workers=8)

    def work(self, number: int) -> None:
        """On a worker thread. The connection is named by its id: it may be gone by the time the work is done."""
        time.sleep(self.seconds)
        try:
            self.manager.wakeup(number, b"done by a worker\n")
        except RuntimeError:
            pass  # the server has stopped

    def handler(self, conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            if data.uri == "/slow":
                self.pool.submit(self.work, conn.id)
            else:
                conn.reply(200, "at once\n")
        elif ev == MG_EV_WAKEUP:
            conn.reply(200, data)


def main() -> None:
    parser = argparse.ArgumentParser(description="Answer slow requests from worker threads.")
    parser.add_argument("-l", "--listen", default="http://0.0.0.0:8000")
    parser.add_argument("-t", "--time", type=float, default=2)
    args = parser.parse_args()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    with Manager(enable_wakeup=True) as manager:
        server = Server(manager, args.time)
        manager.listen(args.listen, server.handler)
        print(f"Try /fast and /slow on {args.listen}", flush=True)
        while running:
            manager.poll(100)
        server.pool.shutdown(wait=False, cancel_futures=True)


if __name__ == "__main__":
    main()
