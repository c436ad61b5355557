"""Upload server: `POST /upload?name=FILE` is written to disk while it arrives, so size is not bound by memory.

python file_upload.py [-l http://0.0.0.0:8000] [-d upload]
curl --data-binary @big.iso 'http://localhost:8000/upload?name=big.iso'
"""

from __future__ import annotations

import argparse
import re
import signal
from pathlib import Path
from typing import Any, BinaryIO

from cymongoose import MG_EV_CLOSE, MG_EV_HTTP_HDRS, MG_EV_HTTP_MSG, MG_EV_READ, Connection, HttpMessage, Manager

SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,100}")

running = True
folder = Path("upload")


def stop(signum: int, frame: Any) -> None:
    global running
    running = False


class Upload:
    """A body on its way to a file."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file = file
        self.size = self.left = size


def begin(conn: Connection, message: HttpMessage) -> None:
    """Take the connection over at header time: from here on READ events bring the body."""
    name = message.query_var("name") or ""
    length = message.header("Content-Length", "")
    if not SAFE_NAME.fullmatch(name) or not length.isdigit():
        conn.reply(400, "Need a plain file name and a Content-Length\n")
        conn.drain()
        return
    body = len(message.body_bytes)
    conn.userdata = Upload((folder / name).open("wb"), int(length))
    # Dropping the head tells the HTTP layer that the buffer is ours now.
    conn.recv_consume(conn.recv_len - body)


def take(conn: Connection, upload: Upload) -> None:
    piece = conn.recv_read(upload.left)
    upload.file.write(piece)
    upload.left -= len(piece)
    if upload.left == 0:
        upload.file.close()
        conn.userdata = None
        conn.reply(200, f"{upload.size} bytes\n")
        conn.drain()


def handler(conn: Connection, ev: int, data: Any) -> None:
    if ev == MG_EV_HTTP_HDRS and data.uri == "/upload":
        begin(conn, data)
    elif ev == MG_EV_READ and isinstance(conn.userdata, Upload):
        take(conn, conn.userdata)
    elif ev == MG_EV_CLOSE and isinstance(conn.userdata, Upload):
        conn.userdata.file.close()  # the client went away
    elif ev == MG_EV_HTTP_MSG:
        conn.reply(404, "POST to /upload?name=FILE\n")


def main() -> None:
    global folder
    parser = argparse.ArgumentParser(description="Receive files.")
    parser.add_argument("-l", "--listen", default="http://0.0.0.0:8000")
    parser.add_argument("-d", "--dir", default="upload")
    args = parser.parse_args()
    folder = Path(args.dir)
    folder.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    with Manager(handler) as manager:
        manager.listen(args.listen)
        print(f"Uploads to {folder}/ on {args.listen}", flush=True)
        while running:
            manager.poll(100)


if __name__ == "__main__":
    main()
