"""A raw ASGI application, no framework: the least that uvicorn and granian can be asked to run.

usage: asgi_hello.py [PORT]     serves it on uvicorn; granian loads `asgi_hello:app` by name
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

BIG = b"x" * 65536
JSON = b"application/json"
TEXT = b"text/plain"


async def read_body(receive: Callable[[], Awaitable[dict[str, Any]]]) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def app(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    if scope["type"] != "http":
        return
    if scope["path"] == "/":
        content_type, body = JSON, json.dumps({"message": "Hello, World!"}).encode()
    elif scope["path"] == "/64k":
        content_type, body = TEXT, BIG
    else:
        content_type, body = TEXT, await read_body(receive)
    headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    import uvicorn

    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8005
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", lifespan="off", loop="uvloop", http="httptools")
