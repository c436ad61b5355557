"""How one response ends: its length, the chunked coding, or the end of the connection (RFC 9112 section 6.3)."""

from __future__ import annotations

from ._http import Head, is_bodiless

__all__ = ["Framing"]


class Framing:
    """Frames the response to one request."""

    __slots__ = ("_can_chunk", "_is_head", "_keep_alive", "chunked", "close", "drop", "left", "until_close")

    def __init__(self, method: str, protocol: str, connection: str) -> None:
        """``connection`` is the request's Connection header."""
        old = protocol == "HTTP/1.0"
        self._is_head = method == "HEAD"
        self._can_chunk = not old
        self._keep_alive = self.close = False
        if old or connection:
            tokens = [token.strip().lower() for token in connection.split(",")]
            self._keep_alive = old and "keep-alive" in tokens
            self.close = "close" in tokens or (old and not self._keep_alive)
        self.chunked = False  # the body goes out in chunks
        self.drop = False  # a body that must not be sent
        self.until_close = False  # the end of the connection is the end of the body
        self.left: int | None = None  # bytes of a body of known length that are still to come

    def begin(self, head: Head, total: int | None) -> bytes:
        """The encoded head. ``total`` is the length of the whole body when the server knows it."""
        more = []
        bare = is_bodiless(head.code)
        self.drop = self._is_head or bare
        if not bare:
            if total is not None and not head.has_type:
                more.append("Content-Type: text/plain")
            if head.content_length is not None:
                self.left = None if self._is_head else head.content_length
            elif total is not None:
                self.left = None if self._is_head else total
                more.append(f"Content-Length: {total}")
            elif self._can_chunk:
                more.append("Transfer-Encoding: chunked")
                self.chunked = not self.drop
            else:
                self.close = self.until_close = True
        if head.close or self.close:
            self.close = True
            more.append("Connection: close")
        elif self._keep_alive:
            more.append("Connection: keep-alive")
        return head.encode(*more)

    def clip(self, data: bytes) -> bytes:
        """What of ``data`` belongs to the body: no more than was announced."""
        if self.drop:
            return b""
        if self.left is not None:
            data = data[: self.left]
            self.left -= len(data)
        return data

    @property
    def is_short(self) -> bool:
        """True while bytes of the announced body are missing."""
        return bool(self.left) and not self.drop
