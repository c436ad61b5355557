"""An ASGI server in a thread with a loop of its own, and clients for it."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, TypeVar

from cymongoose.asgi import ASGIServer

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
T = TypeVar("T")
MIB = 1024 * 1024


class Running:
    """A started server: its port, and a way onto its loop."""

    def __init__(self, server: ASGIServer, loop: asyncio.AbstractEventLoop, port: int) -> None:
        self.server = server
        self.loop = loop
        self.port = port

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)

    def stop(self) -> None:
        self.run(self.server.stop())


@contextlib.contextmanager
def loop_thread() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextlib.contextmanager
def serving(app: Any, url: str = "http://127.0.0.1:0", **options: Any) -> Iterator[Running]:
    server = ASGIServer(app, **options)
    with loop_thread() as loop:
        listener = asyncio.run_coroutine_threadsafe(server.start(url), loop).result(20)
        assert listener.local_addr is not None
        running = Running(server, loop, listener.local_addr[1])
        try:
            yield running
        finally:
            running.stop()


def ask(port: int, method: str = "GET", path: str = "/", body: Any = None, **headers: str) -> tuple[Any, bytes]:
    conn = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        conn.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        response = conn.getresponse()
        return response, response.read()
    finally:
        conn.close()


def raw(port: int, data: bytes) -> bytes:
    """Everything the server says until it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.sendall(data)
        return read_all(sock)


def read_all(sock: socket.socket) -> bytes:
    parts = []
    while part := sock.recv(65536):
        parts.append(part)
    return b"".join(parts)


def wait_for(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.005)


async def respond(send: Send, body: bytes = b"", status: int = 200, headers: Any = ()) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


def http_app(handler: Callable[[dict[str, Any], Receive, Send], Awaitable[None]]) -> Any:
    """``handler`` for HTTP; no lifespan."""

    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await handler(scope, receive, send)

    return app


def fixed(body: bytes = b"", status: int = 200, headers: Any = ()) -> Any:
    """Always the same answer."""

    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await respond(send, body, status, headers)

    return app
