"""One WSGI response on its way from the worker that produces it to the loop that sends it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from ._http import Head, chunk
from ._http_framing import Framing
from ._mongoose import Connection

__all__ = ["Aborted", "Response"]

# Bytes that a worker may be ahead of the socket, in the queue and in the connection's send buffer.
HIGH_WATER = 1024 * 1024
# Most bytes put into the send buffer at once; also the largest chunk of the chunked coding.
STEP = 256 * 1024


class Aborted(Exception):
    """Nobody waits for the response any more: the client has gone, or reads too slowly."""


class Response:
    """The response to one request. The worker calls `start`, `write` and `finish`, the loop `pump` and `abort`."""

    def __init__(
        self,
        conn: Connection,
        request: tuple[str, str, str],
        timeout: float,
        notify: Callable[[Response], None],
    ) -> None:
        """``request`` is method, protocol and Connection header; ``notify`` tells the loop that `pump` has work."""
        self.conn = conn
        self.id = conn.id
        self._notify = notify
        self.started = False
        self._timeout = timeout
        self._framing = Framing(*request)
        self._head = b""
        self._broken = False
        self._changed = threading.Condition()
        self._queue: deque[bytes | memoryview] = deque()
        self._queued = 0
        self._unsent = 0  # in the send buffer, when last seen
        self._finished = False
        self._dead = False
        self._cut = False

    # ---- the worker's side ----

    def start(self, head: Head, total: int | None) -> None:
        """Queue the head. ``total`` is the length of the whole body when the server knows it."""
        self._head = self._framing.begin(head, total)
        self.started = True

    def write(self, data: bytes) -> None:
        """Queue a part of the body; waits while the client is too far behind. Raises `Aborted`."""
        data = self._framing.clip(data)
        if data:
            self._put(data)
        elif self._dead:
            raise Aborted

    def finish(self, *, broken: bool = False) -> None:
        """The body is complete. A broken one, or one that is too short, ends with the connection."""
        with self._changed:
            self._broken = broken or self._framing.is_short
            self._finished = True
        self._notify(self)

    def cut(self) -> None:
        """Give up: the connection closes at once."""
        with self._changed:
            self._cut = self._finished = True
        self._notify(self)

    def flush(self) -> None:
        """Let the loop send what is queued, and the head."""
        self._notify(self)

    def _put(self, data: bytes) -> None:
        deadline = time.monotonic() + self._timeout
        with self._changed:
            seen = self._queued + self._unsent
            while not self._dead and self._queued + self._unsent >= HIGH_WATER:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise Aborted
                self._changed.wait(left)
                if self._queued + self._unsent < seen:  # it moves, if slowly
                    seen = self._queued + self._unsent
                    deadline = time.monotonic() + self._timeout
            if self._dead:
                raise Aborted
            self._queue.append(data)
            self._queued += len(data)

    # ---- the loop's side ----

    def pump(self) -> bool:
        """Move what is queued to the send buffer, as far as it goes. True when the response is over."""
        conn = self.conn
        with self._changed:
            if self._dead:
                return True
            if self._cut:
                conn.close()
                return True
            unsent = conn.send_len
            data = self._take(unsent)
            last = self._finished and not self._queue
            self._unsent = unsent + len(data)
            self._changed.notify()
        if self._framing.chunked:
            data = (chunk(data) if data else b"") + (b"0\r\n\r\n" if last and not self._broken else b"")
        head, self._head = self._head, b""
        conn._respond(head + data, last)
        if last and (self._framing.close or self._broken):
            conn.drain()
        return last

    def _take(self, unsent: int) -> bytes:
        parts: list[bytes | memoryview] = []
        while self._queue and unsent < STEP:
            part = self._queue.popleft()
            if len(part) > STEP:
                self._queue.appendleft(memoryview(part)[STEP:])
                part = memoryview(part)[:STEP]
            parts.append(part)
            unsent += len(part)
            self._queued -= len(part)
        return parts[0] if len(parts) == 1 and isinstance(parts[0], bytes) else b"".join(parts)

    def abort(self) -> None:
        """The connection is gone."""
        with self._changed:
            self._dead = True
            self._queue.clear()
            self._queued = 0
            self._changed.notify_all()
