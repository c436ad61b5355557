"""Scopes of ASGI requests (ASGI specification, HTTP and WebSocket)."""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import unquote

__all__ = ["build_http_scope", "build_ws_scope", "field", "scope_of"]


class _Message(Protocol):
    @property
    def method(self) -> str: ...
    @property
    def uri(self) -> str: ...
    @property
    def query(self) -> str: ...
    @property
    def proto(self) -> str: ...
    def headers(self) -> list[tuple[str, str]]: ...


class _Peer(Protocol):
    @property
    def is_tls(self) -> bool: ...
    @property
    def remote_addr(self) -> tuple[str, int, bool] | None: ...


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _target(hm: _Message) -> tuple[bytes, bytes]:
    """Path and query as received. The absolute form loses its origin (RFC 9112 section 3.2.2)."""
    path, mark, query = hm.uri.partition("?")
    if path[:1] != "/" and path[:8].lower().startswith(("http://", "https://")):
        slash = path.find("/", path.index("//") + 2)
        path = path[slash:] if slash >= 0 else "/"
    return _bytes(path), _bytes(query if mark else hm.query or "")


def _headers(hm: _Message) -> list[list[bytes]]:
    raw = getattr(hm, "_raw_headers", None)
    if raw is not None:
        found: list[list[bytes]] = raw()
        return found
    return [[_bytes(name).lower(), _bytes(value)] for name, value in hm.headers()]


def scope_of(kind: str, scheme: str, hm: _Message, server: list[Any], client: list[Any]) -> dict[str, Any]:
    """What HTTP and WebSocket scopes share. It refers to nothing that dies with the message."""
    path, query = _target(hm)
    return {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": hm.proto.partition("/")[2] or "1.1",
        "scheme": scheme,
        "path": unquote(path.decode("utf-8", "replace")) if b"%" in path else path.decode("utf-8", "replace"),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "server": server,
        "client": client,
        "headers": _headers(hm),
    }


def _client(conn: _Peer) -> list[Any]:
    address = conn.remote_addr
    return ["127.0.0.1", 0] if address is None else [address[0], address[1]]


def build_http_scope(hm: _Message, conn: _Peer, server_name: str, server_port: int) -> dict[str, Any]:
    """The scope of an HTTP request."""
    scheme = "https" if conn.is_tls else "http"
    scope = scope_of("http", scheme, hm, [server_name, server_port], _client(conn))
    scope["method"] = hm.method
    return scope


def build_ws_scope(hm: _Message, conn: _Peer, server_name: str, server_port: int) -> dict[str, Any]:
    """The scope of a request for a WebSocket."""
    scheme = "wss" if conn.is_tls else "ws"
    scope = scope_of("websocket", scheme, hm, [server_name, server_port], _client(conn))
    offered = [value for name, value in scope["headers"] if name == b"sec-websocket-protocol"]
    names = b",".join(offered).decode("latin-1").split(",")
    scope["subprotocols"] = [name.strip() for name in names if name.strip()]
    scope["extensions"] = {"websocket.http.response": {}}
    return scope


def field(scope: dict[str, Any], name: bytes) -> str:
    """A request header, its repetitions joined; empty when there is none."""
    return b", ".join([value for key, value in scope["headers"] if key == name]).decode("latin-1")
