"""WebSocket echo on /websocket, a JSON route, static files for the rest.

python websocket_server.py [--port 8000] [--root .]
"""

from __future__ import annotations

import argparse
import signal
from typing import Any

from cymongoose import MG_EV_HTTP_MSG, MG_EV_WS_MSG, Connection, Manager

running = True
root_dir = "."


def stop(signum: int, frame: Any) -> None:
    global running
    running = False


def handler(conn: Connection, ev: int, data: Any) -> None:
    if ev == MG_EV_HTTP_MSG:
        if data.uri == "/websocket":
            conn.ws_upgrade(data)
        elif data.uri == "/rest":
            conn.reply_json({"result": 123})
        else:
            conn.serve_dir(data, root_dir)
    elif ev == MG_EV_WS_MSG:
        conn.ws_send(data.data, data.flags & 15)


def main() -> None:
    global root_dir
    parser = argparse.ArgumentParser(description="Echo WebSocket messages.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--root", default=".")
    args = parser.parse_args()
    root_dir = args.root
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    with Manager(handler) as manager:
        manager.listen(f"http://0.0.0.0:{args.port}")
        print(f"Echo on ws://localhost:{args.port}/websocket", flush=True)
        while running:
            manager.poll(100)


if __name__ == "__main__":
    main()
