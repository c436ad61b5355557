"""One HTTP request of an ASGI application: its ``receive`` and ``send``, and the response on the wire."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import traceback
from collections.abc import Callable, Iterable
from typing import Any

from ._asgi_body import BodyStream
from ._asgi_exchange import HIGH_WATER, ClientDisconnected, Exchange, Owner, is_disconnect
from ._http import Head, chunk
from ._http_framing import Framing
from ._mongoose import Connection

__all__ = ["HttpExchange", "head_of", "text_headers"]

# Most bytes put into the send buffer at once; also the largest chunk of the chunked coding.
STEP = 256 * 1024
# The first part of a body that is read while it arrives: its bytes, and the seconds that its next bytes may take.
FIRST_PART = 3 * 1024 * 1024
STALL_S = 0.2


def _text(item: Any) -> str:
    return (item.encode() if isinstance(item, str) else bytes(item)).decode("latin-1")


def text_headers(headers: Iterable[Any]) -> list[tuple[str, str]]:
    """Header pairs of an ASGI message, one character a byte."""
    return [(_text(name), _text(value)) for name, value in headers]


# Heads that were sent before: most responses of an application have one of a few. The bounds keep the memory small.
_HEADS: dict[Any, Head] = {}
_MOST_HEADS, _MOST_BYTES = 256, 1024


def head_of(status: Any, headers: Iterable[Any]) -> Head:
    """The checked head of an ASGI message. Raises ``ValueError`` for what must not be sent."""
    key = (status, *headers)
    try:
        head = _HEADS.get(key)
        hashable = True
    except TypeError:  # lists, or buffers
        head, hashable = None, False
    if head is not None:
        return head
    head = Head(int(status), text_headers(key[1:]))
    if hashable and sum(map(len, head.lines)) <= _MOST_BYTES:
        if len(_HEADS) >= _MOST_HEADS:
            _HEADS.clear()
        _HEADS[key] = head
    return head


class HttpExchange(Exchange):
    """The engine holds pipelined requests back, so a connection has one of these at a time."""

    def __init__(
        self, scope: dict[str, Any], conn: Connection, owner: Owner, framing: Framing, body: bytes | BodyStream
    ) -> None:
        super().__init__(scope, conn, owner)
        self._framing = framing
        self._body: bytes | None = body if isinstance(body, bytes) else None
        self._stream = body if isinstance(body, BodyStream) else None
        self._ask_for_body = self._stream is not None and any(
            name == b"expect" and value.lower() == b"100-continue" for name, value in scope["headers"]
        )
        self._enough = FIRST_PART
        self._head: Head | None = None
        self._on_wire = False
        self.complete = False

    async def run(self, app: Callable[..., Any]) -> None:
        """Call the application, and answer for it when it does not."""
        try:
            await app(self.scope, self.receive, self.send)
            if not self.complete and not self.disconnected:
                print("ASGI application returned without completing its response", file=sys.stderr)
        except Exception as error:
            if not (self.disconnected and is_disconnect(error)):
                traceback.print_exc()
        finally:
            if not self.complete and not self.disconnected:
                self._fail()
            self._owner.returned(self)

    # ---- what the application calls ----

    async def receive(self) -> dict[str, Any]:
        """The body, then, once it matters, ``http.disconnect``."""
        body, self._body = self._body, None
        if body is not None:
            return {"type": "http.request", "body": body, "more_body": False}
        stream = self._stream
        if stream is not None and not stream.done:
            return await self._receive_part(stream)
        while not (self.complete or self.disconnected):
            await self._news.wait()
        return {"type": "http.disconnect"}

    async def _receive_part(self, stream: BodyStream) -> dict[str, Any]:
        """What has arrived. The first part is the whole body unless that is large or slow: many applications call
        ``receive`` once."""
        if self._ask_for_body and not self._on_wire:
            self._ask_for_body = False
            self._queue(b"HTTP/1.1 100 Continue\r\n\r\n", False)
        enough, self._enough = self._enough, 1
        parts: list[bytes] = []
        size = 0
        while not (self.complete or self.disconnected):
            try:
                data = stream.take()
            except ValueError:
                self._refuse()
                break
            parts.append(data)
            size += len(data)
            if stream.done or size >= enough or (size and not await self._more_soon()):
                return {"type": "http.request", "body": b"".join(parts), "more_body": not stream.done}
            if not size:
                await self._news.wait()
        return {"type": "http.disconnect"}

    async def _more_soon(self) -> bool:
        try:
            await asyncio.wait_for(self._news.wait(), STALL_S)
        except asyncio.TimeoutError:
            return False
        return True

    async def send(self, message: dict[str, Any]) -> None:
        """Takes ``http.response.start`` and ``http.response.body``; other messages have no effect."""
        kind = message["type"]
        if kind == "http.response.body":
            self._check(kind)
            body = message.get("body") or b""
            if not isinstance(body, bytes):
                body = body.encode() if isinstance(body, str) else bytes(memoryview(body))
            await self._send_body(body, bool(message.get("more_body", False)))
        elif kind == "http.response.start":
            self._check(kind)
            if self.response_started:
                raise RuntimeError("http.response.start was sent before")
            self._head = head_of(message.get("status", 200), message.get("headers") or ())
            self.response_started = True

    def _check(self, kind: str) -> None:
        if self.complete:
            raise RuntimeError(f"{kind} sent, but the response is complete")
        if self.disconnected:
            raise ClientDisconnected("The client has disconnected")

    # ---- the wire ----

    async def _send_body(self, body: bytes, more: bool) -> None:
        framing = self._framing
        head = b"" if self._on_wire else self._begin(None if more else len(body))
        self.streaming = self.streaming or more
        body = framing.clip(body)
        if len(body) <= STEP and (not more or self.conn.send_len < HIGH_WATER):
            self._put(head, body, not more)
            return
        await self._send_slowly(head, body, more)

    async def _send_slowly(self, head: bytes, body: bytes, more: bool) -> None:
        # In steps, with the bytes in the send buffer bounded.
        size = len(body)
        for at in range(0, size or 1, STEP):
            await self._until_room()
            if self.complete:
                raise RuntimeError("The response was completed meanwhile")
            self._put(head, body[at : at + STEP], not more and at + STEP >= size)
            head = b""

    def _begin(self, total: int | None) -> bytes:
        head = self._head if self._head is not None else Head(200, [])
        if total is not None and self._leaves_body():
            self._framing.close = True  # what is left of the body would be taken for the next request
        data = self._framing.begin(head, total)
        self.response_started = self._on_wire = True
        return data

    def _put(self, head: bytes, body: bytes, last: bool) -> None:
        framing = self._framing
        if framing.chunked:
            if body:
                body = chunk(body)
            if last:
                body += b"0\r\n\r\n"
        self._queue(head + body if head else body, last)
        if last:
            self._finish(broken=framing.is_short)

    def _queue(self, data: bytes, last: bool) -> None:
        try:
            self.conn._respond(data, last)
        except RuntimeError:
            raise ClientDisconnected("The client has disconnected") from None
        self._owner.nudge()

    def _finish(self, *, broken: bool = False) -> None:
        self.complete = True
        self._news.fire()
        stream = self._stream
        if broken or self._framing.close or self._leaves_body():
            self.conn.drain()
        elif stream is not None:
            self.conn._next_request()
        self._owner.ended(self)

    def _leaves_body(self) -> bool:
        """Whether the response ends before the request does. What has arrived is not missed any more."""
        stream = self._stream
        if stream is not None and not stream.done:
            with contextlib.suppress(ValueError):
                stream.take()
        return stream is not None and not stream.done

    def _fail(self) -> None:
        """The application will not answer: 500, or the end of a connection whose response has begun."""
        try:
            if not self._on_wire:
                body = b"Internal Server Error"
                self._head = Head(500, [("content-type", "text/plain")])
                head = self._begin(len(body))
                self._put(head, self._framing.clip(body), True)
            else:
                self._abort()
        except ClientDisconnected:
            self.on_close()

    def _abort(self) -> None:
        if self._framing.until_close:
            self.conn.close()  # an orderly end would look like the end of the body
        self._finish(broken=True)
        self._owner.nudge()

    def _refuse(self) -> None:
        """The request's body is broken."""
        if self._on_wire:
            self._abort()
            return
        self._head = Head(400, [])
        self._put(self._begin(0), b"", True)

    # ---- events ----

    def on_read(self) -> None:
        if self._stream is not None:
            self._stream.on_read()
            self._news.fire()
