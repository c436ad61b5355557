"""Decoder of the chunked coding for bodies that are read while they arrive (RFC 9112 section 7.1)."""

from __future__ import annotations

__all__ = ["ChunkDecoder"]

# Longest line of a chunk size with its extensions, and of the whole trailer section, in bytes.
MAX_LINE = 256
MAX_TRAILERS = 8192
_HEX = frozenset(b"0123456789abcdefABCDEF")


class ChunkDecoder:
    """Takes pieces of a coded body. ``done`` is true behind the last chunk and its trailers."""

    __slots__ = ("_in_trailers", "_left", "_need_crlf", "_trailers", "done")

    def __init__(self) -> None:
        self._left = 0  # of the current chunk
        self._need_crlf = False  # the line end behind a chunk is still to come
        self._in_trailers = False
        self._trailers = 0
        self.done = False

    def decode(self, data: bytes) -> tuple[bytes, int]:
        """Payload found in ``data``, and how much of ``data`` is used up: the rest belongs in front of the next piece,
        or behind the body. Raises ``ValueError`` for what is not chunked coding."""
        parts: list[bytes] = []
        at = 0
        while not self.done:
            if self._left:
                part = data[at : at + self._left]
                if not part:
                    break
                parts.append(part)
                at += len(part)
                self._left -= len(part)
                self._need_crlf = self._left == 0
                continue
            end = data.find(b"\r\n", at)
            limit = MAX_TRAILERS if self._in_trailers else MAX_LINE
            if end < 0 and len(data) - at <= limit:
                break
            if end < 0 or end - at > limit:
                raise ValueError("Chunk line too long")
            self._line(data[at:end])
            at = end + 2
        return b"".join(parts), at

    def _line(self, line: bytes) -> None:
        if self._need_crlf:
            if line:
                raise ValueError("Chunk longer than announced")
            self._need_crlf = False
        elif self._in_trailers:
            self._trailers += len(line)
            if self._trailers > MAX_TRAILERS:
                raise ValueError("Trailers too long")
            self.done = not line
        else:
            digits = line.partition(b";")[0].rstrip(b" \t")
            if not 0 < len(digits) <= 15 or not _HEX.issuperset(digits) or b"\n" in line or b"\r" in line:
                raise ValueError(f"Invalid chunk size: {line!r}")
            self._left = int(digits, 16)
            self._in_trailers = self._left == 0
