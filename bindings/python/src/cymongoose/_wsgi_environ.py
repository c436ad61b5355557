"""The environ of a WSGI request (PEP 3333)."""

from __future__ import annotations

import io
import sys
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

from ._http_request import Message, Peer, target

__all__ = ["FileWrapper", "build_environ"]


class _Message(Message, Protocol):
    @property
    def body_bytes(self) -> bytes: ...
    def header(self, name: str, default: Any = None) -> Any: ...


class FileWrapper:
    """``wsgi.file_wrapper``: the blocks of a file-like object, which is closed with it."""

    def __init__(self, filelike: Any, blksize: int = 8192) -> None:
        self.filelike = filelike
        self.blksize = blksize

    def __iter__(self) -> FileWrapper:
        return self

    def __next__(self) -> bytes:
        data = self.filelike.read(self.blksize)
        if not data:
            raise StopIteration
        return data.encode() if isinstance(data, str) else data

    def close(self) -> None:
        """Close the file, if it can be closed."""
        close = getattr(self.filelike, "close", None)
        if close is not None:
            close()


def _decoded(path: str) -> str:
    # "Bytes as text": each byte of the decoded path is one character.
    if path.isascii() and "%" not in path:
        return path
    return unquote_to_bytes(path.encode("utf-8", "surrogateescape")).decode("latin-1")


def _latin(text: str) -> str:
    # The bytes of `text`, one character each.
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


# Headers that are not passed on: the body is decoded already, and HTTP_PROXY configures programs (httpoxy).
_DROPPED = frozenset(("transfer-encoding", "proxy"))


def build_environ(hm: _Message, conn: Peer, server_name: str, server_port: int) -> dict[str, Any]:
    """The environ for ``hm``. It holds copies only, so it outlives the message."""
    path, query = target(hm)
    body = hm.body_bytes
    environ: dict[str, Any] = {
        "REQUEST_METHOD": hm.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": _decoded(path) or "/",
        "QUERY_STRING": _latin(query),
        "SERVER_NAME": server_name,
        "SERVER_PORT": str(server_port),
        "SERVER_PROTOCOL": hm.proto or "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https" if conn.is_tls else "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
    }
    address = conn.remote_addr
    if address is not None:
        environ["REMOTE_ADDR"] = environ["REMOTE_HOST"] = address[0]
        environ["REMOTE_PORT"] = str(address[1])
    _add_headers(environ, hm, len(body))
    return environ


def _add_headers(environ: dict[str, Any], hm: _Message, size: int) -> None:
    for name, value in hm.headers():
        key = name.lower()
        if key == "content-type":
            environ.setdefault("CONTENT_TYPE", value)
        elif key == "content-length":
            environ.setdefault("CONTENT_LENGTH", value)
        elif key == "transfer-encoding":
            environ["CONTENT_LENGTH"] = str(size)
        elif "_" not in key and key not in _DROPPED:
            value = _latin(value)
            key = "HTTP_" + key.upper().replace("-", "_")
            before = environ.get(key)
            environ[key] = value if before is None else f"{before}, {value}"
