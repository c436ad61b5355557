"""Hostile input over real sockets: after each case the next request is answered."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from cymongoose import MG_EV_HTTP_MSG, Connection

from .conftest import Server, read_all, read_response, wait_until

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


@pytest.fixture
def server() -> Iterator[Server]:
    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            data.method, data.uri, data.query, data.headers(), data.body_text, data.query_var("a")
            conn.reply(200, "alive")

    with Server(handler) as made:
        yield made
        with made.connect() as peer:
            peer.sendall(GET)
            assert read_response(peer)[1] == b"alive"


CASES = {
    "garbage": b"\x00\xff\x16\x03\x01 garbage\r\n\r\n",
    "no request line": b"\r\n\r\n",
    "unfinished header": b"GET / HTTP/1.1\r\nHost: h",
    "unknown method": b"BREW / HTTP/1.1\r\n\r\n",
    "NUL in the target": b"GET /\0 HTTP/1.1\r\n\r\n",
    "high bytes": b"GET /\xff\xfe HTTP/1.1\r\n\r\n",
    "100 kB header": b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
    "500 headers": b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(500)) + b"\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "length and chunks": b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "negative length": b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "huge length": b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "bad chunk": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a response": b"HTTP/1.1 200 OK\r\n\r\n",
    "smuggled request": b"GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n" + GET,
    "nothing": b"",
}


@pytest.mark.parametrize("case", CASES)
def test_one_shot(server: Server, case: str) -> None:
    server.exchange(CASES[case])


@pytest.mark.parametrize(
    ("case", "status"),
    [("garbage", 400), ("two lengths", 400), ("negative length", 400), ("bad chunk", 400), ("unknown coding", 501),
     ("too long", 413)],
)  # fmt: skip
def test_refusals_are_said(server: Server, case: str, status: int) -> None:
    more = {
        "unknown coding": b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        "too long": b"POST / HTTP/1.1\r\nContent-Length: 4000000\r\n\r\n",
    }
    answer = server.exchange((CASES | more)[case])
    assert answer.startswith(b"HTTP/1.1 %d " % status) and answer.count(b"HTTP/1.1") == 1


def test_refusal_follows_earlier_answers(server: Server) -> None:
    answer = server.exchange(GET + b"garbage\r\n\r\n" + GET)
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"400"]


def test_http_1_0_closes_unless_it_asks_to_stay(server: Server) -> None:
    with server.connect() as peer:
        peer.sendall(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert read_response(peer)[1] == b"alive"
        peer.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert read_all(peer).endswith(b"alive")


@pytest.mark.parametrize("case", CASES)
def test_peer_vanishes(server: Server, case: str) -> None:
    with server.connect() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        peer.sendall(CASES[case])


def test_byte_by_byte(server: Server) -> None:
    with server.connect() as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in GET:
            peer.sendall(bytes([byte]))
        assert read_response(peer)[1] == b"alive"


def test_idle_and_dropped_connections(server: Server) -> None:
    idle = [server.connect() for _ in range(50)]
    for _ in range(500):
        server.connect().close()
    with server.connect() as peer:
        peer.sendall(GET)
        assert read_response(peer)[1] == b"alive"
    for peer in idle:
        peer.close()
    wait_until(lambda: len(server.manager.connections) == 1)


def test_huge_websocket_frame() -> None:
    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            conn.ws_upgrade(data) if data.header("Upgrade") else conn.reply(200, "alive")

    with Server(handler) as server:
        for frame in (b"\x82\xff\0\0\0\0\x40\0\0\0\1\2\3\4xxxx", b"\xff" * 100, b"not a frame"):
            with server.connect() as peer:
                peer.sendall(
                    b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
                )
                assert b"101" in peer.recv(1000)
                peer.sendall(frame)
        with server.connect() as peer:
            peer.sendall(GET)
            assert read_response(peer)[1] == b"alive"
