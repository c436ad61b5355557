"""What the WSGI and ASGI servers read from a request, and how they name themselves in it."""

from __future__ import annotations

from typing import Protocol

from ._mongoose import Connection, url_host

__all__ = ["Message", "Peer", "server_address", "target"]


class Message(Protocol):
    """The parts of an `HttpMessage` that both need."""

    @property
    def method(self) -> str: ...
    @property
    def uri(self) -> str: ...
    @property
    def query(self) -> str: ...
    @property
    def proto(self) -> str: ...
    def headers(self) -> list[tuple[str, str]]: ...


class Peer(Protocol):
    """The parts of a `Connection` that both need."""

    @property
    def is_tls(self) -> bool: ...
    @property
    def remote_addr(self) -> tuple[str, int, bool] | None: ...


def target(hm: Message) -> tuple[str, str]:
    """Path and query as received. The absolute form loses its origin (RFC 9112 section 3.2.2)."""
    path, mark, query = hm.uri.partition("?")
    if path[:1] != "/" and path[:8].lower().startswith(("http://", "https://")):
        slash = path.find("/", path.index("//") + 2)
        path = path[slash:] if slash >= 0 else "/"
    return path, query if mark else hm.query or ""


def server_address(url: str, listener: Connection) -> tuple[str, int]:
    """Name and port of the server: the host of ``url``, unless that means any, and the port really bound."""
    host = url_host(url).strip("[]")
    address = listener.local_addr
    return "127.0.0.1" if host in ("", "0.0.0.0", "::") else host, address[1] if address else 0
