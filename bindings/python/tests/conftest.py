"""Servers on free ports, driven by a background thread or by the test itself. Nothing sleeps to synchronise."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cymongoose import Connection, Manager

DEADLINE_S = 10.0


class Server:
    """A manager polled by its own thread. `wait(predicate)` waits for something to become true."""

    def __init__(
        self, handler: Any = None, url: str = "http://127.0.0.1:0", limits: Any = None, **options: Any
    ) -> None:
        self.manager = Manager(handler, enable_wakeup=True, **options)
        self.listener = self.manager.listen(url, **(limits or {}))
        assert self.listener.local_addr is not None
        self.port = self.listener.local_addr[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._stop = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._stop:
            self.manager.poll(1000)

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()
        self.manager.close()

    def stop(self) -> None:
        if not self._stop:
            self._stop = True
            self.manager.wakeup(self.manager.wakeup_id)
            self._thread.join(DEADLINE_S)
            assert not self._thread.is_alive(), "the polling thread hangs"

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_S)

    def exchange(self, request: bytes) -> bytes:
        """Send raw bytes and read until the server closes."""
        with self.connect() as peer:
            peer.sendall(request)
            peer.shutdown(socket.SHUT_WR)
            return read_all(peer)


def read_all(peer: socket.socket) -> bytes:
    """Everything until the peer closes (or resets)."""
    received = b""
    while True:
        try:
            piece = peer.recv(65536)
        except ConnectionError:
            return received
        if not piece:
            return received
        received += piece


def read_response(peer: socket.socket) -> tuple[bytes, bytes]:
    """Head and body of one response with a Content-Length."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = peer.recv(65536)
        assert piece, f"closed early: {received!r}"
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    assert len(lengths) == 1, head
    wanted = int(lengths[0].partition(b":")[2])
    while len(body) < wanted:
        piece = peer.recv(65536)
        assert piece, "closed inside the body"
        body += piece
    assert len(body) == wanted, "bytes behind the body"
    return head, body


def poll_until(manager: Manager, predicate: Callable[[], object], timeout_s: float = DEADLINE_S) -> None:
    """Poll on this thread until the predicate holds."""
    end = time.monotonic() + timeout_s
    while not predicate():
        assert time.monotonic() < end, "timed out"
        manager.poll(10)


def wait_until(predicate: Callable[[], object], timeout_s: float = DEADLINE_S) -> None:
    """Wait on this thread until the predicate, made true by another one, holds."""
    end = time.monotonic() + timeout_s
    pause = threading.Event()
    while not predicate():
        assert time.monotonic() < end, "timed out"
        pause.wait(0.002)


def port_of(listener: Connection) -> int:
    assert listener.local_addr is not None
    return listener.local_addr[1]


@pytest.fixture
def manager() -> Iterator[Manager]:
    with Manager() as made:
        yield made
