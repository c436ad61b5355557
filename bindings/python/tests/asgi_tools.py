"""An ASGI server in a thread with a loop of its own, and applications for it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, TypeVar

from cymongoose.asgi import ASGIServer

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
T = TypeVar("T")


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
