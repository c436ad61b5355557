"""Server-sent events: a page that shows what the server pushes every second.

python sse_server.py [-l http://0.0.0.0:8000] [-i SECONDS]
"""

from __future__ import annotations

import argparse
import signal
import time
from typing import Any

from cymongoose import MG_EV_CLOSE, MG_EV_HTTP_MSG, Connection, Manager

PAGE = """<!doctype html><title>Server-sent events</title><h1>Server time</h1><p id="t">waiting</p>
<script>new EventSource("/events").addEventListener("time", e => t.textContent = e.data)</script>"""

# A client that does not read is dropped when this many bytes wait for it.
BACKLOG = 64 * 1024

running = True


def stop(signum: int, frame: Any) -> None:
    global running
    running = False


class Events:
    """The clients of the stream."""

    def __init__(self) -> None:
        self.clients: set[Connection] = set()

    def handler(self, conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG and data.uri == "/events":
            conn.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
                "Transfer-Encoding: chunked\r\n\r\n"
            )
            self.clients.add(conn)
        elif ev == MG_EV_HTTP_MSG:
            conn.reply(200, PAGE, headers={"Content-Type": "text/html"})
        elif ev == MG_EV_CLOSE:
            self.clients.discard(conn)

    def push(self) -> None:
        for conn in list(self.clients):
            if conn.send_len > BACKLOG:
                conn.close()
            else:
                conn.http_sse("time", time.strftime("%H:%M:%S"))


def main() -> None:
    parser = argparse.ArgumentParser(description="Push events to browsers.")
    parser.add_argument("-l", "--listen", default="http://0.0.0.0:8000")
    parser.add_argument("-i", "--interval", type=float, default=1)
    args = parser.parse_args()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    events = Events()
    with Manager(events.handler) as manager:
        manager.listen(args.listen)
        manager.timer_add(int(args.interval * 1000), events.push, repeat=True)
        print(f"Open {args.listen} in a browser", flush=True)
        while running:
            manager.poll(100)


if __name__ == "__main__":
    main()
