"""Broadcast: a timer pushes to every WebSocket client.

python websocket_broadcast.py [--port 8000] [--interval SECONDS]
"""

from __future__ import annotations

import argparse
import signal
from typing import Any

from cymongoose import MG_EV_CLOSE, MG_EV_HTTP_MSG, MG_EV_WS_MSG, MG_EV_WS_OPEN, Connection, Manager

PAGE = """<!doctype html><title>WebSocket Broadcast Demo</title><h1>WebSocket Broadcast Demo</h1><pre id="log"></pre>
<script>new WebSocket(`ws://${location.host}/ws`).onmessage = e => log.textContent += e.data + "\\n"</script>"""

running = True


def stop(signum: int, frame: Any) -> None:
    global running
    running = False


class BroadcastServer:
    def __init__(self, port: int = 8000, interval: float = 1) -> None:
        self.port = port
        self.interval = interval
        self.manager: Manager | None = None
        self.ws_clients: set[Connection] = set()
        self.broadcast_count = 0

    def broadcast_timer(self) -> None:
        self.broadcast_count += 1
        for conn in list(self.ws_clients):
            conn.ws_send(f"Broadcast #{self.broadcast_count} to {len(self.ws_clients)} clients")

    def handler(self, conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            if data.uri == "/ws":
                conn.ws_upgrade(data)
            else:
                conn.reply(200, PAGE, headers={"Content-Type": "text/html"})
        elif ev == MG_EV_WS_OPEN:
            self.ws_clients.add(conn)
            conn.ws_send("Welcome to the broadcast")
        elif ev == MG_EV_WS_MSG:
            conn.ws_send(f"Echo: {data.text}")
        elif ev == MG_EV_CLOSE:
            self.ws_clients.discard(conn)

    def run(self) -> None:
        with Manager(self.handler) as self.manager:
            self.manager.listen(f"http://0.0.0.0:{self.port}")
            self.manager.timer_add(int(self.interval * 1000), self.broadcast_timer, repeat=True)
            print(f"Open http://localhost:{self.port}/", flush=True)
            while running:
                self.manager.poll(100)


def main() -> None:
    parser = argparse.ArgumentParser(description="Broadcast to WebSocket clients.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--interval", type=float, default=1)
    args = parser.parse_args()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    BroadcastServer(args.port, args.interval).run()


if __name__ == "__main__":
    main()
