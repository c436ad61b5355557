"""ASGI without a framework: a page, an upload that is counted while it arrives, a clock as a stream, a chat room.

python asgi_server.py [-l http://127.0.0.1:8000]
curl -N http://127.0.0.1:8000/clock
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

from cymongoose.asgi import serve

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PAGE = b"""<!doctype html><title>Chat</title><form><input autofocus></form><pre></pre><script>
const ws = new WebSocket(`ws://${location.host}/chat`), say = document.forms[0];
ws.onmessage = e => document.querySelector("pre").textContent += e.data + "\\n";
say.onsubmit = e => { e.preventDefault(); ws.send(say[0].value); say.reset(); };
</script>"""


async def answer(send: Send, body: bytes, status: int = 200, kind: bytes = b"text/plain") -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind)]})
    await send({"type": "http.response.body", "body": body})


async def upload(receive: Receive, send: Send) -> None:
    """A body of any size: the client is read no faster than this loop runs."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
        more = message["more_body"]
    await answer(send, b"%d bytes\n" % size)


async def clock(send: Send) -> None:
    """Server-sent events until the client leaves: `send` raises then."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    with contextlib.suppress(OSError):
        while True:
            body = f"data: {time.strftime('%H:%M:%S')}\n\n".encode()
            await send({"type": "http.response.body", "body": body, "more_body": True})
            await asyncio.sleep(1)


async def chat(members: set[Send], receive: Receive, send: Send) -> None:
    """What one says, everyone hears."""
    await receive()
    await send({"type": "websocket.accept"})
    members.add(send)
    try:
        while (message := await receive())["type"] == "websocket.receive":
            for member in list(members):
                with contextlib.suppress(OSError, RuntimeError):  # leaving just now
                    await member({"type": "websocket.send", "text": message.get("text") or ""})
    finally:
        members.discard(send)


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    scope["state"]["members"] = set()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    path = scope.get("path")
    if scope["type"] == "lifespan":
        await lifespan(scope, receive, send)
    elif scope["type"] == "websocket":
        await chat(scope["state"]["members"], receive, send)
    elif path == "/":
        await answer(send, PAGE, kind=b"text/html")
    elif path == "/upload":
        await upload(receive, send)
    elif path == "/clock":
        await clock(send)
    else:
        await answer(send, b"Not found\n", 404)


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve an ASGI application.")
    parser.add_argument("-l", "--listen", default="http://127.0.0.1:8000")
    args = parser.parse_args()
    serve(app, args.listen)


if __name__ == "__main__":
    main()
