"""One process per processor core on one port: the system spreads connections over them.

python prefork_server.py [-l http://127.0.0.1:8000] [-n PROCESSES]
"""

from __future__ import annotations

import argparse
import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from cymongoose import MG_EV_HTTP_MSG, Connection, Manager

running = True


def stop(signum: int, frame: FrameType | None) -> None:
    global running
    running = False


def handler(conn: Connection, ev: int, data: Any) -> None:
    if ev == MG_EV_HTTP_MSG:
        conn.reply_json({"process": os.getpid()})


def hold_port(url: str) -> tuple[socket.socket, str]:
    """A socket that holds the port without listening, and the URL with its number: all workers find the same port."""
    parts = urlsplit(url)
    host = parts.hostname or "0.0.0.0"
    holder = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    holder.bind((host, parts.port or 0))
    port = holder.getsockname()[1]
    return holder, f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def work(url: str, ready: Any) -> None:
    """One process: a manager of its own. Ends with its parent, too."""
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    parent = os.getppid()
    with Manager(handler) as manager:
        manager.listen(url, http=True, reuse_port=True)
        ready.release()
        while running and os.getppid() == parent:
            manager.poll(100)


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve on every core.")
    parser.add_argument("-l", "--listen", default="http://127.0.0.1:8000")
    parser.add_argument("-n", "--processes", type=int, default=os.cpu_count() or 1)
    args = parser.parse_args()
    holder, url = hold_port(args.listen)
    context = multiprocessing.get_context("spawn")  # nothing of this process is copied into the workers
    ready = context.Semaphore(0)
    workers = [context.Process(target=work, args=(url, ready)) for _ in range(max(1, args.processes))]
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    for worker in workers:
        worker.start()
    sentinels = [worker.sentinel for worker in workers]
    started = 0
    while running and not multiprocessing.connection.wait(sentinels, timeout=0.1):
        while started < len(workers) and ready.acquire(block=False):
            started += 1
            if started == len(workers):
                print(f"{started} processes at {url}", flush=True)
    failed = running  # a worker has ended by itself
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join()
    holder.close()
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
