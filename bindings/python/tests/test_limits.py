"""Limits of a listener: connections, sizes, times."""

from __future__ import annotations

from typing import Any

import pytest

from cymongoose import MG_EV_CLOSE, MG_EV_ERROR, MG_EV_HTTP_MSG, MG_EV_READ, MG_EV_WS_OPEN, Connection, Manager

from .conftest import Server, read_all, read_response, wait_until

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
UPGRADE = GET[:-2] + (
    b"Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Recorder:
    """Answers requests; remembers errors and closed connections."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.closed = 0
        self.waiting: list[Connection] = []

    def __call__(self, conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG and data.uri == "/ws":
            conn.ws_upgrade(data)
        elif ev == MG_EV_HTTP_MSG and data.uri == "/later":
            self.waiting.append(conn)
        elif ev == MG_EV_HTTP_MSG:
            conn.reply(200, data.body_bytes)
        elif ev == MG_EV_ERROR:
            self.errors.append(data)
        elif ev == MG_EV_CLOSE:
            self.closed += 1
        elif ev == MG_EV_WS_OPEN:
            self.waiting.append(conn)


@pytest.fixture
def record() -> Recorder:
    return Recorder()


def serve(record: Recorder, url: str = "http://127.0.0.1:0", **limits: Any) -> Server:
    return Server(record, url, limits=limits)


def test_more_connections_wait_for_a_place(record: Recorder) -> None:
    with serve(record, max_connections=2) as server:
        first, second, third = (server.connect() for _ in range(3))
        for peer in (first, second, third):
            peer.sendall(GET)
        read_response(first)
        read_response(second)
        assert len(server.manager.connections) == 3, "listener and two"
        third.settimeout(0.05)
        with pytest.raises(TimeoutError):
            third.recv(1)
        third.settimeout(10)
        first.close()
        read_response(third)
        second.close()
        third.close()


def test_the_number_counts_open_connections_only(record: Recorder) -> None:
    with serve(record, max_connections=1) as server:
        for _ in range(20):
            with server.connect() as peer:
                peer.sendall(GET)
                read_response(peer)
        wait_until(lambda: record.closed == 20)


def test_listeners_count_apart(record: Recorder) -> None:
    with Manager(record) as manager:
        manager.listen("http://127.0.0.1:0", max_connections=1)
        other = manager.listen("http://127.0.0.1:0", max_connections=1)
        assert other.local_addr is not None
        clients = [manager.connect(f"tcp://127.0.0.1:{c.local_addr[1]}") for c in manager.connections if c.local_addr]
        for _ in range(1000):
            manager.poll(1)
            if sum(c.is_accepted for c in manager.connections) == 2:
                break
        assert sum(c.is_accepted for c in manager.connections) == 2
        assert len(clients) == 2


@pytest.mark.parametrize(
    ("start", "status"),
    [(b"POST / HTTP/1.1\r\nContent-Length: 5000\r\n\r\n", b"413"), (b"GET / HTTP/1.1\r\nX: ", b"431")],
)
def test_message_too_large(record: Recorder, start: bytes, status: bytes) -> None:
    with serve(record, max_recv_size=4096) as server:
        answer = server.exchange(start.ljust(4096, b"x"))
        assert answer.split(b" ")[1] == status


def test_larger_than_the_default(record: Recorder) -> None:
    body = b"b" * (4 << 20)
    with serve(record, max_recv_size=8 << 20) as server, server.connect() as peer:
        peer.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert read_response(peer)[1] == body


def test_raw_connection_fills_its_buffer(record: Recorder) -> None:
    with serve(record, "tcp://127.0.0.1:0", max_recv_size=1000) as server, server.connect() as peer:
        peer.sendall(b"x" * 5000)
        assert read_all(peer) == b""
        wait_until(lambda: record.errors == ["MG_MAX_RECV_SIZE"])


@pytest.mark.parametrize("start", [GET[:10], b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc"])
def test_slow_request(record: Recorder, start: bytes) -> None:
    with serve(record, request_timeout_ms=50, keepalive_timeout_ms=0) as server, server.connect() as peer:
        peer.sendall(start)
        assert read_all(peer).startswith(b"HTTP/1.1 408 ")
        wait_until(lambda: record.closed == 1)
        assert record.errors == ["request timeout"]


def test_a_trickle_does_not_help(record: Recorder) -> None:
    with serve(record, request_timeout_ms=100, keepalive_timeout_ms=0) as server, server.connect() as peer:
        peer.settimeout(0.02)
        answer = b""
        for _ in range(500):
            try:
                peer.sendall(b"G")
                answer += peer.recv(65536)
                break
            except TimeoutError:
                continue
        assert answer.startswith(b"HTTP/1.1 408 ")


def test_silence_between_requests(record: Recorder) -> None:
    with serve(record, keepalive_timeout_ms=50) as server, server.connect() as peer, server.connect() as mute:
        peer.sendall(GET)
        read_response(peer)
        assert read_all(peer) == read_all(mute) == b""
        wait_until(lambda: record.closed == 2)
        assert record.errors == []


def test_a_late_answer_is_not_silence(record: Recorder) -> None:
    with serve(record, keepalive_timeout_ms=30, request_timeout_ms=30) as server, server.connect() as peer:
        peer.sendall(b"GET /later HTTP/1.1\r\nHost: h\r\n\r\n")
        wait_until(lambda: record.waiting)
        with server.connect() as other:
            assert read_all(other) == b""  # the limit has passed
        record.waiting[0].reply(200, "late")
        assert read_response(peer)[1] == b"late"


def test_quiet_websockets_stay(record: Recorder) -> None:
    with serve(record, keepalive_timeout_ms=30, request_timeout_ms=30) as server, server.connect() as peer:
        peer.sendall(UPGRADE.replace(b"GET / ", b"GET /ws "))
        wait_until(lambda: record.waiting)
        with server.connect() as other:
            assert read_all(other) == b""
        record.waiting[0].ws_send("still here")
        wait_until(lambda: record.waiting[0].send_len == 0)
        assert not record.waiting[0].is_closing


@pytest.mark.parametrize("url", ["tcp://127.0.0.1:0", "http://127.0.0.1:0"])
def test_idle_connection(record: Recorder, url: str) -> None:
    with serve(record, url, idle_timeout_ms=50) as server, server.connect() as peer:
        assert read_all(peer) == b""
        wait_until(lambda: record.errors == ["idle timeout"])


def test_limits_of_mqtt_listeners(record: Recorder) -> None:
    with Manager(record) as manager:
        listener = manager.mqtt_listen("mqtt://127.0.0.1:0", max_connections=5, max_recv_size=100, idle_timeout_ms=9)
        assert listener.is_listening


@pytest.mark.parametrize("name", ["max_connections", "request_timeout_ms", "keepalive_timeout_ms", "idle_timeout_ms"])
def test_bad_values(manager: Manager, name: str) -> None:
    negative: dict[str, Any] = {name: -1}
    text: dict[str, Any] = {name: "x"}
    with pytest.raises(OverflowError):
        manager.listen("http://127.0.0.1:0", **negative)
    with pytest.raises(TypeError):
        manager.listen("http://127.0.0.1:0", **text)
    assert manager.connections == ()


def test_udp_listeners_take_limits(manager: Manager) -> None:
    seen: list[int] = []

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_READ:
            seen.append(conn.recv_len)

    listener = manager.listen("udp://127.0.0.1:0", handler, max_recv_size=10)
    assert listener.local_addr is not None
    client = manager.connect(f"udp://127.0.0.1:{listener.local_addr[1]}")
    client.send(b"x" * 100)
    client.send(b"y" * 8)
    for _ in range(1000):
        manager.poll(1)
        if seen:
            break
    assert seen == [8]
