"""Heads of HTTP/1.1 responses, as the WSGI and ASGI servers write them (RFC 9110, RFC 9112)."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = [
    "HOP_BY_HOP",
    "REASON",
    "Head",
    "chunk",
    "is_bodiless",
    "status_line",
    "validate",
]

REASON = {
    200: "OK",
    201: "Created",
    202: "Accepted",
    204: "No Content",
    301: "Moved Permanently",
    302: "Found",
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}

# Headers that concern one connection, not the message: the server's business (RFC 9110 section 7.6.1).
HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade")
)

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_BROKEN = re.compile(r"[\r\n\0]").search


def status_line(code: int, reason: str | None = None) -> str:
    """``HTTP/1.1 <code> <reason>``; the reason of the table when none is given, empty for unknown codes."""
    return f"HTTP/1.1 {code} {REASON.get(code, '') if reason is None else reason}"


def validate(name: str, value: str) -> None:
    """Raise ``ValueError`` for a header that would break the head apart."""
    if not _TOKEN(name):
        raise ValueError(f"Invalid header name: {name!r}")
    if _BROKEN(value):
        raise ValueError(f"Header {name} contains CR, LF or NUL: {value!r}")


def is_bodiless(code: int) -> bool:
    """Responses of this status never have a body (RFC 9110 section 6.4.1)."""
    return code == 204 or code == 304 or 100 <= code < 200


def chunk(data: bytes) -> bytes:
    """``data`` as one chunk of the chunked coding; empty data would end the body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


class Head:
    """A response head: what the application said, checked. It does not change, so it may serve many responses."""

    __slots__ = ("_encoded", "close", "code", "content_length", "has_type", "lines", "reason")

    def __init__(self, code: int, headers: Iterable[tuple[str, str]], reason: str | None = None) -> None:
        """Raises ``ValueError`` for headers that must not be sent."""
        if not 100 <= code <= 999:
            raise ValueError(f"Invalid status code: {code}")
        if reason is not None and _BROKEN(reason):
            raise ValueError(f"Reason phrase contains CR, LF or NUL: {reason!r}")
        self._encoded: bytes | None = None
        self.code = code
        self.reason = reason
        self.close = False
        self.content_length: int | None = None
        self.has_type = False
        self.lines: list[str] = []
        for name, value in headers:
            self._take(name, value)

    def _take(self, name: str, value: str) -> None:
        validate(name, value)
        key = name.lower()
        if key in HOP_BY_HOP:
            self.close = self.close or (key == "connection" and value.strip().lower() == "close")
            return
        if key == "content-length":
            text = value.strip()
            if not (text.isascii() and text.isdigit()) or self.content_length not in (None, int(text)):
                raise ValueError(f"Invalid Content-Length: {value!r}")
            repeated = self.content_length is not None
            self.content_length = int(text)
            if repeated or (self.code != 304 and is_bodiless(self.code)):
                return
        elif key == "content-type":
            self.has_type = True
        self.lines.append(f"{name}: {value}\r\n")

    def encode(self, *more: str) -> bytes:
        """The head with the lines of ``more`` behind those of the application, and the empty line."""
        if self._encoded is None:
            text = f"{status_line(self.code, self.reason)}\r\n{''.join(self.lines)}"
            try:
                self._encoded = text.encode("latin-1")
            except UnicodeEncodeError:
                self._encoded = text.encode()
        return self._encoded + ("\r\n".join([*more, "", ""]) if more else "\r\n").encode()
