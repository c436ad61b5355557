"""Scopes of ASGI requests (ASGI specification, HTTP and WebSocket)."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from ._http_request import Message, Peer, target

__all__ = ["build_http_scope", "build_ws_scope", "field", "scope_of"]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _headers(hm: Message) -> list[list[bytes]]:
    raw = getattr(hm, "_raw_headers", None)
    if raw is not None:
        found: list[list[bytes]] = raw()
        return found
    return [[_bytes(name).lower(), _bytes(value)] for name, value in hm.headers()]


def scope_of(kind: str, scheme: str, hm: Message, server: list[Any], client: list[Any]) -> dict[str, Any]:
    """What HTTP and WebSocket scopes share. It refers to nothing that dies with the message."""
    path, query = map(_bytes, target(hm))
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


def _client(conn: Peer) -> list[Any]:
    address = conn.remote_addr
    return ["127.0.0.1", 0] if address is None else [address[0], address[1]]


def build_http_scope(hm: Message, conn: Peer, server_name: str, server_port: int) -> dict[str, Any]:
    """The scope of an HTTP request."""
    scheme = "https" if conn.is_tls else "http"
    scope = scope_of("http", scheme, hm, [server_name, server_port], _client(conn))
    scope["method"] = hm.method
    return scope


def build_ws_scope(hm: Message, conn: Peer, server_name: str, server_port: int) -> dict[str, Any]:
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
