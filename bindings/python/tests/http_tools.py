"""Clients for the WSGI and ASGI servers."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable
from typing import Any

from .conftest import wait_until

MIB = 1024 * 1024


def ask(port: int, method: str = "GET", path: str = "/", body: Any = None, **headers: str) -> tuple[Any, bytes]:
    conn = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        conn.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        response = conn.getresponse()
        return response, response.read()
    finally:
        conn.close()


def raw(port: int, data: bytes) -> bytes:
    """Everything the server says until it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.sendall(data)
        return read_all(sock)


def read_all(sock: socket.socket) -> bytes:
    parts = []
    while part := sock.recv(65536):
        parts.append(part)
    return b"".join(parts)


def wait_for(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    wait_until(condition, seconds)
