"""Which handler gets which event, and what happens when it raises."""

from __future__ import annotations

import contextlib
import socket
import urllib.request
from typing import Any

import pytest

from cymongoose import (
    MG_EV_ACCEPT,
    MG_EV_CLOSE,
    MG_EV_CONNECT,
    MG_EV_ERROR,
    MG_EV_HTTP_HDRS,
    MG_EV_HTTP_MSG,
    MG_EV_OPEN,
    MG_EV_POLL,
    MG_EV_READ,
    MG_EV_RESOLVE,
    MG_EV_WAKEUP,
    MG_EV_WRITE,
    Connection,
    HttpMessage,
    Manager,
    event_name,
)

from .conftest import DEADLINE_S, Server, poll_until, port_of, wait_until


def answering(text: str) -> Any:
    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            conn.reply(200, text)

    return handler


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=DEADLINE_S) as response:
        return str(response.read().decode())


def test_default_and_own_handlers() -> None:
    with Server(answering("default")) as server:
        own = server.manager.listen("http://127.0.0.1:0", answering("own"))
        other = server.manager.listen("http://127.0.0.1:0", handler=answering("other"))
        assert fetch(server.url) == "default"
        assert fetch(f"http://127.0.0.1:{port_of(own)}") == "own"
        assert fetch(f"http://127.0.0.1:{port_of(other)}") == "other"
        assert server.listener.handler is None and own.handler is not None


def test_children_inherit() -> None:
    seen: list[Any] = []

    def own(conn: Connection, ev: int, data: Any) -> None:
        if not conn.is_listening:
            seen.append((ev, conn.handler is own, conn.userdata))

    with Server(answering("default")) as server:
        server.listener.set_handler(own)
        server.listener.userdata = "the listener's"
        with server.connect():
            wait_until(lambda: seen)
        assert seen[0] == (MG_EV_OPEN, True, None)
        server.listener.set_handler(None)
        assert fetch(server.url) == "default"


def test_set_handler_on_a_connection() -> None:
    def second(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            conn.reply(200, "second")

    def first(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            conn.reply(200, "first")
            conn.set_handler(second)

    with Server(first) as server, server.connect() as peer:
        for expected in (b"first", b"second", b"second"):
            peer.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert peer.recv(1000).endswith(expected)


def test_no_handler_at_all() -> None:
    with Server() as server:
        with server.connect() as peer:
            peer.sendall(b"GET / HTTP/1.1\r\n\r\n")
            wait_until(lambda: len(server.manager.connections) == 2)
        wait_until(lambda: len(server.manager.connections) == 1)
        assert server.listener.is_listening


def test_opening_events_go_to_the_default_handler(manager: Manager) -> None:
    default: list[int] = []
    own: list[int] = []
    manager = Manager(lambda conn, ev, data: default.append(ev))
    listener = manager.listen("tcp://127.0.0.1:0", lambda conn, ev, data: None)
    client = manager.connect(f"tcp://127.0.0.1:{port_of(listener)}", lambda conn, ev, data: own.append(ev))
    assert default == [MG_EV_OPEN, MG_EV_OPEN, MG_EV_RESOLVE] and own == []
    assert client.id > 0 and client.is_client and client.handler is not None
    poll_until(manager, lambda: MG_EV_CONNECT in own)
    assert default == [MG_EV_OPEN, MG_EV_OPEN, MG_EV_RESOLVE]
    manager.close()


def test_order_of_http_events() -> None:
    events: dict[bool, list[int]] = {True: [], False: []}

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev != MG_EV_POLL and not conn.is_listening:
            events[conn.is_client].append(ev)
        if ev == MG_EV_CONNECT:
            conn.send(b"GET / HTTP/1.1\r\n\r\n")
        elif ev == MG_EV_HTTP_MSG and conn.is_client:
            conn.close()
        elif ev == MG_EV_HTTP_MSG:
            conn.reply(200, "x")

    with Manager(handler) as manager:
        listener = manager.listen("http://127.0.0.1:0")
        manager.connect(f"http://127.0.0.1:{port_of(listener)}")
        poll_until(manager, lambda: all(e and e[-1] == MG_EV_CLOSE for e in events.values()))
    names = {side: [event_name(ev) for ev in seen] for side, seen in events.items()}
    server = [MG_EV_OPEN, MG_EV_ACCEPT, MG_EV_HTTP_HDRS, MG_EV_HTTP_MSG, MG_EV_READ, MG_EV_WRITE, MG_EV_CLOSE]
    client = [MG_EV_OPEN, MG_EV_RESOLVE, MG_EV_CONNECT, MG_EV_WRITE, MG_EV_HTTP_HDRS, MG_EV_HTTP_MSG, MG_EV_CLOSE]
    assert names[False] == [event_name(ev) for ev in server]
    assert names[True] == [event_name(ev) for ev in client], "close() in a handler ends the events"


def test_types_of_data() -> None:
    types: dict[str, set[type]] = {}

    def handler(conn: Connection, ev: int, data: Any) -> None:
        assert type(conn) is Connection and type(ev) is int
        types.setdefault(event_name(ev), set()).add(type(data))
        if ev == MG_EV_HTTP_MSG:
            conn.reply(200, "x")
            conn.error("50% done: é")

    with Server(handler) as server:
        server.exchange(b"GET / HTTP/1.1\r\n\r\n")
        server.manager.wakeup(server.listener.id, b"x")
        wait_until(lambda: {"MG_EV_WAKEUP", "MG_EV_CLOSE", "MG_EV_POLL"} <= types.keys())
    for name, seen in types.items():
        expected = {"MG_EV_HTTP_HDRS": HttpMessage, "MG_EV_HTTP_MSG": HttpMessage, "MG_EV_ERROR": str,
                    "MG_EV_WAKEUP": bytes}.get(name, type(None))  # fmt: skip
        assert seen == {expected}, name
    assert {"MG_EV_OPEN", "MG_EV_ACCEPT", "MG_EV_ERROR"} <= types.keys()


def failing_once(error: BaseException) -> Any:
    state = [error]

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            if state:
                raise state.pop()
            conn.reply(200, "alive")

    return handler


def test_exception_is_printed_and_the_server_lives(capsys: pytest.CaptureFixture[str]) -> None:
    with Server(failing_once(ValueError("first request"))) as server, server.connect() as peer:
        peer.sendall(b"GET / HTTP/1.1\r\n\r\n")
        printed: list[str] = []
        wait_until(lambda: printed.append(capsys.readouterr().err) or "first request" in "".join(printed))
        assert fetch(server.url) == "alive"
    text = "".join(printed)
    assert "ValueError: first request" in text and "in handler" in text and ".pxi" not in text


def test_error_handler_gets_the_exception(capsys: pytest.CaptureFixture[str]) -> None:
    error = ValueError("mine")
    seen: list[Exception] = []
    with Server(failing_once(error), error_handler=seen.append) as server:
        with contextlib.suppress(OSError):
            server.exchange(b"GET / HTTP/1.1\r\n\r\n")
        assert fetch(server.url) == "alive"
    assert seen == [error] and capsys.readouterr().err == ""


def test_broken_error_handler_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(error: Exception) -> None:
        raise KeyError("even worse")

    with Server(failing_once(ValueError("bad")), error_handler=broken) as server:
        with contextlib.suppress(OSError):
            server.exchange(b"GET / HTTP/1.1\r\n\r\n")
        assert fetch(server.url) == "alive"
    assert "even worse" in capsys.readouterr().err


@pytest.mark.parametrize("bad", [7, "text", lambda: None, lambda conn: None])
def test_handlers_that_cannot_be_called(bad: Any) -> None:
    seen: list[Exception] = []
    with Manager(bad, error_handler=seen.append) as manager:
        manager.listen("tcp://127.0.0.1:0")
        manager.poll()
    assert {type(e) for e in seen} == {TypeError} and len(seen) == 3, "OPEN, POLL, CLOSE"


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_base_exceptions_leave_from_poll(kind: type[BaseException]) -> None:
    seen: list[int] = []

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_POLL:
            seen.append(conn.id)
            if len(seen) == 1:
                raise kind

    with Manager(handler) as manager:
        manager.listen("tcp://127.0.0.1:0")
        manager.listen("tcp://127.0.0.1:0")
        with pytest.raises(kind):
            manager.poll()
        assert len(seen) == 2, "the iteration is finished first"
        manager.poll()


def test_error_event_text(manager: Manager) -> None:
    seen: list[tuple[int, Any]] = []
    listener = manager.listen("tcp://127.0.0.1:0", lambda conn, ev, data: seen.append((ev, data)))
    long = "100% é " * 40
    listener.error(long)
    assert seen == [(MG_EV_ERROR, long)] and listener.is_closing
    poll_until(manager, lambda: seen[-1][0] == MG_EV_CLOSE)
    assert listener.id == 0


def test_refused_connection() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        seen: list[tuple[int, Any]] = []
        with Manager(lambda conn, ev, data: seen.append((ev, data))) as manager:
            manager.connect(f"tcp://127.0.0.1:{port}")
            poll_until(manager, lambda: seen[-1][0] == MG_EV_CLOSE)
    kinds = [ev for ev, _ in seen if ev != MG_EV_POLL]
    assert kinds == [MG_EV_OPEN, MG_EV_RESOLVE, MG_EV_ERROR, MG_EV_CLOSE]
    assert [data for ev, data in seen if ev == MG_EV_ERROR][0]


def test_wakeup_is_not_seen_as_a_connection() -> None:
    seen: list[int] = []
    with Manager(lambda conn, ev, data: seen.append(conn.id), enable_wakeup=True) as manager:
        manager.poll()
        manager.wakeup(manager.wakeup_id, b"hidden")
        manager.poll(1000)
        assert seen == [] and manager.connections == ()


def test_write_event_and_bytes(manager: Manager) -> None:
    events: list[int] = []

    def handler(conn: Connection, ev: int, data: Any) -> None:
        events.append(ev)
        if ev == MG_EV_ACCEPT:
            conn.send(b"hello")

    listener = manager.listen("tcp://127.0.0.1:0", handler)
    with socket.create_connection(("127.0.0.1", port_of(listener)), timeout=DEADLINE_S) as peer:
        poll_until(manager, lambda: MG_EV_WRITE in events)
        assert peer.recv(100) == b"hello"
        assert MG_EV_WAKEUP not in events
