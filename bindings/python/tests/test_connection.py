"""Connection: attributes, buffers, closing, addresses, TCP and UDP."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from cymongoose import (
    MG_EV_ACCEPT,
    MG_EV_CLOSE,
    MG_EV_CONNECT,
    MG_EV_HTTP_MSG,
    MG_EV_POLL,
    MG_EV_READ,
    Connection,
    Manager,
)

from .conftest import DEADLINE_S, Server, poll_until, port_of, read_all, wait_until

FLAGS = ["listening", "client", "accepted", "tls", "udp", "websocket", "readable", "writable", "full", "draining"]
ACTIONS: list[tuple[str, tuple[Any, ...]]] = [
    ("send", (b"x",)), ("reply", (200,)), ("reply_json", ({},)), ("ws_send", ("x",)), ("http_chunk", ("x",)),
    ("http_sse", ("a", "b")), ("http_basic_auth", ("a", "b")), ("mqtt_pub", ("t", "m")), ("mqtt_sub", ("t",)),
    ("mqtt_unsub", ("t",)), ("mqtt_ping", ()), ("mqtt_pong", ()), ("mqtt_disconnect", ()), ("error", ("x",)),
    ("resolve", ("tcp://localhost:1",)), ("resolve_cancel", ()), ("sntp_request", ()), ("tls_free", ()),
]  # fmt: skip


def test_listener(manager: Manager) -> None:
    listener = manager.listen("http://127.0.0.1:0")
    assert repr(listener) == f"<Connection id={listener.id} readable=False writable=False>"
    assert listener.id == 1 and listener in {listener: 1} and bool(listener)
    assert listener.is_listening and not listener.is_client and not listener.is_tls and not listener.is_closing
    for name in FLAGS:
        assert type(getattr(listener, f"is_{name}")) is bool
        with pytest.raises(AttributeError):
            setattr(listener, f"is_{name}", True)
    assert listener.remote_addr == ("0.0.0.0", 0, False)
    assert listener.recv_data() == listener.send_data(-1) == b"" and (listener.recv_len, listener.send_len) == (0, 0)
    assert 0 <= listener.recv_size <= 1 << 20 and 0 <= listener.send_size <= 1 << 20


def test_userdata(manager: Manager) -> None:
    listener = manager.listen("tcp://127.0.0.1:0")
    assert listener.userdata is None
    listener.userdata = marker = object()
    assert listener.userdata is marker
    with pytest.raises(NotImplementedError):
        del listener.userdata
    with pytest.raises(AttributeError):
        listener.handler = print


def test_dead_connection() -> None:
    manager = Manager()
    listener = manager.listen("tcp://127.0.0.1:0")
    listener.userdata = "kept"
    manager.close()
    for dead in (listener, Connection()):
        assert repr(dead) == "<Connection closed>" and dead.id == 0 and dead.is_closing
        assert not any(getattr(dead, f"is_{name}") for name in FLAGS)
        assert dead.local_addr is None and dead.remote_addr is None
        assert (dead.recv_len, dead.recv_size, dead.send_len, dead.send_size) == (0, 0, 0, 0)
        assert dead.recv_data(5) == dead.send_data() == dead.recv_read() == b"" and dead.recv_consume(9) == 0
        dead.close()
        dead.drain()
        dead.set_handler(None)
        for name, args in ACTIONS:
            with pytest.raises(RuntimeError, match="closed"):
                getattr(dead, name)(*args)
    assert listener.userdata == "kept"


def test_arguments_are_checked_before_the_connection() -> None:
    dead = Connection()
    with pytest.raises(TypeError):
        dead.send(None)  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        dead.reply(200, "", {"a\n": "b"})
    with pytest.raises(TypeError):
        dead.reply_json(object())
    with pytest.raises(TypeError):
        dead.reply("200")  # type: ignore[arg-type]
    with pytest.raises(OverflowError):
        dead.reply(1 << 40)


@pytest.mark.parametrize("bad", [None, 5, 1.5])
def test_send_refuses(manager: Manager, bad: Any) -> None:
    with pytest.raises(TypeError, match="cannot convert"):
        manager.listen("tcp://127.0.0.1:0").send(bad)


def test_buffers_accumulate_until_consumed(manager: Manager) -> None:
    reads: list[bytes] = []

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_READ:
            reads.append(conn.recv_data())

    listener = manager.listen("tcp://127.0.0.1:0", handler)
    with socket.create_connection(("127.0.0.1", port_of(listener))) as peer:
        peer.sendall(b"one")
        poll_until(manager, lambda: reads)
        child = manager.connections[1]
        assert (child.recv_len, child.recv_data(0), child.recv_data(2), child.recv_data(99)) == (3, b"", b"on", b"one")
        view = child.recv_view()
        peer.sendall(b"two")
        poll_until(manager, lambda: len(reads) == 2)
        assert reads == [b"one", b"onetwo"] and bytes(view) == b"one" and view.readonly
        assert child.recv_consume(2) == 2 and child.recv_read(1) == b"e" and child.recv_read() == b"two"
        assert child.recv_consume(5) == 0 and child.recv_len == 0


def test_pause_and_resume(manager: Manager) -> None:
    polls: list[int] = []
    listener = manager.listen("tcp://127.0.0.1:0", lambda conn, ev, data: polls.append(ev))
    with socket.create_connection(("127.0.0.1", port_of(listener))) as peer:
        poll_until(manager, lambda: len(manager.connections) == 2)
        child = manager.connections[1]
        child.pause()
        assert child.is_full
        peer.sendall(b"x")
        manager.poll(50)
        assert child.recv_len == 0
        child.resume()
        poll_until(manager, lambda: child.recv_len == 1)


def test_send_kinds_and_size(manager: Manager) -> None:
    big = bytes(range(256)) * 40_000

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_ACCEPT:
            for piece in ("é", b"\0", bytearray(b"ba"), memoryview(b"mv"), [1, 2]):
                conn.send(piece)
            conn.send(big)
            assert conn.send_len == 9 + len(big) and conn.send_data(2) == "é".encode()
            conn.drain()
            assert conn.is_draining

    with Server(handler, url="tcp://127.0.0.1:0") as server, server.connect() as peer:
        assert read_all(peer) == b"\xc3\xa9\0bamv\x01\x02" + big


def test_close_is_immediate(manager: Manager) -> None:
    events: list[int] = []
    listener = manager.listen("tcp://127.0.0.1:0", lambda conn, ev, data: events.append(ev))
    port = port_of(listener)
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as peer:
        poll_until(manager, lambda: len(manager.connections) == 2)
        child = manager.connections[1]
        child.send(b"lost")
        events.clear()
        child.close()
        assert events == [MG_EV_CLOSE] and child.id == 0 and manager.connections == (listener,)
        child.close()
        assert peer.recv(10) == b""
    listener.close()
    assert manager.connections == ()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)
    manager.listen(f"tcp://127.0.0.1:{port}")


def test_close_inside_a_handler() -> None:
    events: list[int] = []

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if conn.is_listening:
            return
        if ev != MG_EV_POLL:
            events.append(ev)
        if ev == MG_EV_HTTP_MSG:
            conn.reply(200, "never seen")
            conn.close()
            assert conn.is_closing and conn.id > 0
            conn.send(b"ignored")
            conn.close()

    with Server(handler) as server:
        assert server.exchange(b"GET / HTTP/1.1\r\n\r\n") == b""
        wait_until(lambda: events and events[-1] == MG_EV_CLOSE)
    assert events.count(MG_EV_CLOSE) == 1 and events[-2] == MG_EV_HTTP_MSG


def test_handlers_close_their_neighbours() -> None:
    """Each request closes every other connection, among them ones whose turn is still to come."""

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_READ:
            for other in server.manager.connections:
                if other is not conn and not other.is_listening:
                    other.close()
            conn.send(b"ok")
            conn.drain()

    with Server(handler, url="tcp://127.0.0.1:0") as server:
        for _ in range(5):
            peers = [server.connect() for _ in range(10)]
            for peer in peers:
                peer.sendall(b"x")
            answers = {read_all(peer) for peer in peers}
            assert answers <= {b"", b"ok"} and b"ok" in answers
            for peer in peers:
                peer.close()
        wait_until(lambda: len(server.manager.connections) == 1)


def test_reconnect_from_the_close_handler(manager: Manager) -> None:
    listener = manager.listen("tcp://127.0.0.1:0", lambda conn, ev, data: ev == MG_EV_ACCEPT and conn.drain())
    target = f"tcp://127.0.0.1:{port_of(listener)}"
    made: list[int] = []

    def client(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_CLOSE and len(made) < 5:
            made.append(manager.connect(target, client).id)

    manager.connect(target, client)
    poll_until(manager, lambda: len(made) == 5)
    assert made == sorted(set(made))


def test_addresses(manager: Manager) -> None:
    seen: list[Any] = []

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_ACCEPT:
            seen.append((conn.local_addr, conn.remote_addr))

    listener = manager.listen("tcp://0.0.0.0:0", handler)
    port = port_of(listener)
    assert listener.local_addr == ("0.0.0.0", port, False)
    with socket.create_connection(("127.0.0.1", port)) as peer:
        poll_until(manager, lambda: seen)
        assert seen == [(("127.0.0.1", port, False), ("127.0.0.1", peer.getsockname()[1], False))]


def test_ipv6(manager: Manager) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    listener = manager.listen("tcp://[::1]:0")
    assert listener.local_addr == ("0000:0000:0000:0000:0000:0000:0000:0001", port_of(listener), True)


def test_client_addresses(manager: Manager) -> None:
    listener = manager.listen("tcp://127.0.0.1:0")
    connected: list[Any] = []
    client = manager.connect(
        f"tcp://127.0.0.1:{port_of(listener)}",
        lambda conn, ev, data: ev == MG_EV_CONNECT and connected.append(conn.local_addr),
    )
    assert client.remote_addr == ("127.0.0.1", port_of(listener), False)
    poll_until(manager, lambda: connected)
    assert connected[0][0] == "127.0.0.1" and connected[0][1] > 0


@pytest.mark.parametrize(
    "url",
    ["tcp://127.0.0.1:70000", "tcp://127.0.0.1:x", "invalid://address", "tcp://no.such.host:0", "tcp://0.0.0.0:0\0x"],
)
def test_listen_refuses(manager: Manager, url: str) -> None:
    with pytest.raises(RuntimeError, match="Failed to listen"):
        manager.listen(url)
    assert manager.connections == ()


def test_listen_on_a_busy_port(manager: Manager) -> None:
    port = port_of(manager.listen("tcp://127.0.0.1:0"))
    with pytest.raises(RuntimeError, match=f"Failed to listen on 'tcp://127.0.0.1:{port}'"):
        manager.listen(f"tcp://127.0.0.1:{port}")


@pytest.mark.parametrize("bad", [None, b"tcp://127.0.0.1:0", 7])
def test_urls_are_text(manager: Manager, bad: Any) -> None:
    for call in (manager.listen, manager.connect, manager.ws_connect, manager.mqtt_listen, manager.sntp_connect):
        with pytest.raises(TypeError, match="'url' has incorrect type"):
            call(bad)


def test_str_subclass_as_url(manager: Manager) -> None:
    class Url(str):
        pass

    assert manager.listen(Url("tcp://127.0.0.1:0")).is_listening


def test_connect_failures(manager: Manager) -> None:
    for url in ("", "tcp://127.0.0.1:99999"):
        with pytest.raises(RuntimeError, match="Failed to connect"):
            manager.connect(url)


@pytest.mark.parametrize(
    ("url", "http", "expected"),
    [
        ("http://127.0.0.1:0", None, True), ("HTTP://127.0.0.1:0", None, True), ("ws://127.0.0.1:0", None, True),
        ("tcp://127.0.0.1:0", None, False), ("tcp://127.0.0.1:0", True, True), ("http://127.0.0.1:0", False, False),
        ("127.0.0.1:0", None, False),
    ],
)  # fmt: skip
def test_http_is_inferred(url: str, http: bool | None, expected: bool) -> None:
    events: set[int] = set()
    with Manager(lambda conn, ev, data: events.add(ev)) as manager:
        listener = manager.listen(url, http=http)
        with socket.create_connection(("127.0.0.1", port_of(listener))) as peer:
            peer.sendall(b"GET / HTTP/1.1\r\n\r\n")
            poll_until(manager, lambda: MG_EV_READ in events)
    assert (MG_EV_HTTP_MSG in events) is expected


def test_udp(manager: Manager) -> None:
    def echo(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_READ:
            conn.send(conn.recv_read())

    server = manager.listen("udp://127.0.0.1:0", echo)
    assert server.is_udp and server.is_listening
    got: list[bytes] = []

    def client(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_READ:
            got.append(conn.recv_read())

    conn = manager.connect(f"udp://127.0.0.1:{port_of(server)}", client)
    assert conn.is_udp and conn.is_client
    for text in (b"one", b"x" * 20_000, b"two"):
        conn.send(text)
        poll_until(manager, lambda text=text: got and got[-1] == text)
    assert server.remote_addr is not None and server.remote_addr[0] == "127.0.0.1"


def test_descriptors_are_given_back(manager: Manager) -> None:
    import os

    listener = manager.listen("tcp://127.0.0.1:0")
    poll_until(manager, lambda: True)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", port_of(listener))):
            poll_until(manager, lambda: len(manager.connections) == 2)
            manager.connections[1].close()
    assert len(os.listdir("/proc/self/fd")) == before
