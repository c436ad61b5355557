"""Calls a WSGI application and turns what it says into a `Response`. Runs in the worker threads."""

from __future__ import annotations

import io
import os
import stat
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any

from ._http import Head
from ._wsgi_environ import FileWrapper
from ._wsgi_response import Aborted, Response

__all__ = ["STREAM_THRESHOLD", "run"]

# Bytes from which on a body is sent while it is produced, even if its length could be waited for.
STREAM_THRESHOLD = 1024 * 1024

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType]


def run(app: Callable[..., Any], environ: dict[str, Any], response: Response) -> None:
    """Answer one request. Never raises: what goes wrong becomes a 500, or the end of the connection."""
    try:
        _Call(response).run(app, environ)
        response.finish()
    except Aborted:
        response.cut()
    except BaseException:
        traceback.print_exc(file=sys.stderr)
        _fail(response)


def _fail(response: Response) -> None:
    if response.started:
        response.finish(broken=True)
        return
    body = b"Internal Server Error"
    response.start(Head(500, [("Content-Type", "text/plain")]), len(body))
    try:
        response.write(body)
        response.finish()
    except Aborted:
        response.cut()


def _as_bytes(data: Any) -> bytes:
    if isinstance(data, bytes):
        return data
    if isinstance(data, str):
        return data.encode()
    if isinstance(data, (bytearray, memoryview)):
        return bytes(data)
    raise TypeError(f"a block of a response is bytes, not {type(data).__name__}")


class _Call:
    """One call of the application."""

    def __init__(self, response: Response) -> None:
        self._response = response
        self._head: Head | None = None
        self._written: list[bytes] = []
        self._size = 0

    def run(self, app: Callable[..., Any], environ: dict[str, Any]) -> None:
        result = app(environ, self._start_response)
        try:
            self._send(result)
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()

    # ---- what the application calls ----

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: _ExcInfo | None = None
    ) -> Callable[[Any], None]:
        if exc_info is not None:
            try:
                if self._response.started:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        code, _, reason = status.partition(" ")
        self._head = Head(int(code), headers, reason or None)
        return self._write

    def _write(self, data: Any) -> None:
        data = _as_bytes(data)
        if not data:
            return
        if self._response.started:
            self._response.write(data)
            self._response.flush()
            return
        self._written.append(data)
        self._size += len(data)
        if self._size >= STREAM_THRESHOLD:
            self._begin(None)

    # ---- the body ----

    def _send(self, result: Iterable[Any]) -> None:
        if isinstance(result, (list, tuple)):
            self._send_known([_as_bytes(part) for part in result])
            return
        length = _length_of(result)
        for part in _blocks(result):
            if not self._response.started:
                self._begin(None if length is None else self._size + length)
            self._response.write(part)
            self._response.flush()
        if not self._response.started:
            self._begin(self._size)

    def _send_known(self, parts: list[bytes]) -> None:
        total = self._size + sum(map(len, parts))
        if not self._response.started:
            self._begin(total if total < STREAM_THRESHOLD else None)
        for part in parts:
            if part:
                self._response.write(part)
                if total >= STREAM_THRESHOLD:
                    self._response.flush()

    def _begin(self, total: int | None) -> None:
        # An application that never called start_response has failed, but what it gave is its answer.
        head = self._head or Head(500, [])
        self._response.start(head, total)
        for part in self._written:
            self._response.write(part)
        self._written.clear()


def _blocks(result: Iterable[Any]) -> Iterator[bytes]:
    for part in result:
        if part:
            yield _as_bytes(part)


def _length_of(result: Any) -> int | None:
    """The length of a body whose file knows it."""
    if not isinstance(result, FileWrapper):
        return None
    try:
        # Nothing between the file and its bytes: what unpacks or decodes has another length.
        file = result.filelike
        raw = file.raw if isinstance(file, (io.BufferedReader, io.BufferedRandom)) else file
        if isinstance(raw, io.FileIO):
            info = os.fstat(raw.fileno())
            if stat.S_ISREG(info.st_mode):
                return max(0, info.st_size - int(file.tell()))
    except (OSError, ValueError):
        pass
    return None
