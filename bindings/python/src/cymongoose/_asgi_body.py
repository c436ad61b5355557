"""A request body that the application reads while it arrives."""

from __future__ import annotations

from collections.abc import Callable

from ._asgi_exchange import HIGH_WATER
from ._http_chunks import ChunkDecoder
from ._mongoose import Connection

__all__ = ["BodyStream"]


class BodyStream:
    """Takes the body out of the connection's receive buffer. When the application is slow, the client has to wait."""

    __slots__ = ("_conn", "_decoder", "_left", "_nudge", "_paused", "done")

    def __init__(self, conn: Connection, length: int | None, nudge: Callable[[], None]) -> None:
        """``length`` is None for the chunked coding."""
        self._conn = conn
        self._nudge = nudge
        self._left = length or 0
        self._decoder = ChunkDecoder() if length is None else None
        self._paused = False
        self.done = False

    def on_read(self) -> None:
        """Bytes have arrived: enough of them?"""
        if not self._paused and self._conn.recv_len >= HIGH_WATER:
            self._paused = True
            self._conn.pause()

    def take(self) -> bytes:
        """What is there, possibly nothing. Raises ``ValueError`` for broken chunks."""
        if self._decoder is None:
            data = self._conn.recv_read(self._left)
            self._left -= len(data)
            self.done = self._left == 0
        else:
            data, used = self._decoder.decode(self._conn.recv_data())
            self._conn.recv_consume(used)
            self.done = self._decoder.done
        if self._paused:
            self._paused = False
            self._conn.resume()
            self._nudge()
        return data
