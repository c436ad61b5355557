"""What HTTP requests and WebSockets of the ASGI server have in common: one application call on one connection."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from ._mongoose import Connection

__all__ = ["HIGH_WATER", "ClientDisconnected", "ConnState", "Exchange", "Owner", "Signal", "is_disconnect"]

# Bytes in the send buffer from which on `send` waits; also most bytes that wait for `receive`.
HIGH_WATER = 256 * 1024
# Links of an exception chain that are looked at.
_MAX_CHAIN = 16


class ClientDisconnected(OSError):
    """Raised by ``send`` when nobody is there to read."""


def is_disconnect(error: BaseException) -> bool:
    """Whether ``error`` comes of a `ClientDisconnected`, whatever a framework made of it."""
    link: BaseException | None = error
    for _ in range(_MAX_CHAIN):
        if link is None or isinstance(link, ClientDisconnected):
            return link is not None
        link = link.__cause__ or link.__context__
    return False


class Signal:
    """Lets coroutines wait for the next `fire`."""

    __slots__ = ("_waiters",)

    def __init__(self) -> None:
        self._waiters: list[asyncio.Future[None]] = []

    def wait(self) -> asyncio.Future[None]:
        """Awaitable that is done with the next `fire` from now on."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        return waiter

    def fire(self) -> None:
        """Go on, everyone."""
        if self._waiters:
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)


class Owner(Protocol):
    """The server, as its exchanges see it."""

    def nudge(self) -> None:
        """Something was queued on a connection."""

    def ended(self, exchange: Any) -> None:
        """The connection is free for the next request, or gone."""

    def returned(self, exchange: Any) -> None:
        """The application has returned."""


class ConnState:
    """One call of the application: its scope, its task, how far it is."""

    task: asyncio.Task[None] | None = None
    ws_accepted = False
    response_started = False
    streaming = False

    def __init__(self, scope: dict[str, Any]) -> None:
        self.scope = scope


class Exchange(ConnState):
    """A `ConnState` on its connection. The server forwards the connection's events."""

    disconnected = False

    def __init__(self, scope: dict[str, Any], conn: Connection, owner: Owner) -> None:
        super().__init__(scope)
        self.conn = conn
        self._owner = owner
        self._room = Signal()
        self._news = Signal()

    def on_read(self) -> None:
        """Bytes have arrived."""

    def on_write(self) -> None:
        """Bytes have left the send buffer."""
        if self._room._waiters and self.conn.send_len < HIGH_WATER:
            self._room.fire()

    def on_frame(self, kind: int, data: bytes) -> None:
        """A WebSocket message or control frame has arrived; ``kind`` is its operation."""

    def on_close(self) -> None:
        """The connection is gone."""
        self.disconnected = True
        self._room.fire()
        self._news.fire()

    async def _until_room(self) -> None:
        """Wait while the client is too far behind. Raises `ClientDisconnected`."""
        while not self.disconnected and self.conn.send_len >= HIGH_WATER:
            await self._room.wait()
        if self.disconnected:
            raise ClientDisconnected("The client has disconnected")
