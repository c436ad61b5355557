"""Requests and responses as handlers see them."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from cymongoose import MG_EV_CONNECT, MG_EV_HTTP_HDRS, MG_EV_HTTP_MSG, Connection, HttpMessage, Manager

from .conftest import DEADLINE_S, Server, poll_until, port_of, wait_until


def ask(request: bytes, look: Any) -> Any:
    """Send one raw request and return what `look(message)` finds in the handler."""
    found: list[Any] = []

    def handler(conn: Connection, ev: int, data: HttpMessage) -> None:
        if ev == MG_EV_HTTP_MSG:
            found.append(look(data))
            conn.reply(200, "")
            conn.drain()

    with Server(handler) as server:
        server.exchange(request)
    assert len(found) == 1
    return found[0]


def test_parts_of_a_request() -> None:
    request = b"POST /a%20b/c?x=1&y=%41#f HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab\0cd"
    look = ask(
        request, lambda m: (m.method, m.uri, m.query, m.proto, m.body_bytes, m.body_text, bytes(m.body), m.status())
    )
    assert look == ("POST", "/a%20b/c", "x=1&y=%41#f", "HTTP/1.1", b"ab\0cd", "ab\0cd", b"ab\0cd", 0)


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "HEAD", "PATCH", "DELETE", "OPTIONS", "QUERY", "PROPFIND"])
def test_methods(method: str) -> None:
    assert ask(f"{method} / HTTP/1.1\r\n\r\n".encode(), lambda m: m.method) == method


def test_targets_are_kept() -> None:
    assert ask(b"CONNECT example.com:443 HTTP/1.1\r\n\r\n", lambda m: m.uri) == "example.com:443"
    assert ask(b"GET http://h/p?q HTTP/1.1\r\n\r\n", lambda m: (m.uri, m.query)) == ("http://h/p", "q")


def test_headers() -> None:
    request = b"GET / HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a:  2 \r\nEmpty:\r\nUtf: \xc3\xa9\xff\r\n\r\n"

    def look(m: HttpMessage) -> Any:
        return m.headers(), m.header("x-A"), m.header("missing"), m.header("missing", 7), m.header("Empty")

    headers, first, missing, default, empty = ask(request, look)
    assert headers == [("Host", "h"), ("X-A", "1"), ("x-a", "2"), ("Empty", ""), ("Utf", "é\udcff")]
    assert (first, missing, default, empty) == ("1", None, 7, "")


def test_more_headers_than_the_c_struct_holds() -> None:
    lines = "".join(f"X-{n}: value {n}\r\n" for n in range(100))
    request = f"GET / HTTP/1.1\r\n{lines}\r\n".encode()
    headers, last = ask(request, lambda m: (m.headers(), m.header("x-99")))
    assert headers == [(f"X-{n}", f"value {n}") for n in range(100)] and last == "value 99"


def test_query_var() -> None:
    request = b"GET /?a=1&b=x+y%26&c=&d&e=%zz&long=" + b"v" * 2000 + b" HTTP/1.1\r\n\r\n"
    look = ask(request, lambda m: [m.query_var(n) for n in ("a", "b", "c", "d", "nope", "e", "long")])
    assert look == ["1", "x y&", None, None, None, "%zz", "v" * 2000]


def test_query_var_limit() -> None:
    def look(m: HttpMessage) -> str:
        with pytest.raises(ValueError, match="exceeds 2048-byte"):
            m.query_var("q")
        return "raised"

    assert ask(b"GET /?q=" + b"v" * 2048 + b" HTTP/1.1\r\n\r\n", look) == "raised"


def test_header_var() -> None:
    request = b'GET / HTTP/1.1\r\nContent-Type: text/html; charset="utf-8"; x=abc\r\n\r\n'
    names = [("Content-Type", "charset"), ("content-type", "x"), ("Content-Type", "y"), ("Nope", "x")]
    assert ask(request, lambda m: [m.header_var(*n) for n in names]) == ["utf-8", "abc", None, None]


def test_chunked_body_is_joined() -> None:
    request = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    assert ask(request, lambda m: m.body_bytes) == b"abcde"


def test_messages_die_with_the_handler() -> None:
    kept: list[Any] = []

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            assert data
            kept.append((data, data.body, data.method, data.headers()))
            conn.reply(200, "")
            raise RuntimeError("the view dies anyway")

    with Server(handler, error_handler=lambda error: None) as server:
        for _ in range(2):
            with server.connect() as peer:
                peer.sendall(b"PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc")
                assert peer.recv(1000)
    (first, view, method, headers), (second, *_) = kept
    assert first is not second and not first and not second
    assert (first.method, first.uri, first.body_bytes, first.headers()) == ("", "", b"", [])
    assert first.header("Host", "dead") == "dead" and first.status() is None
    assert (method, headers) == ("PUT", [("Host", "h"), ("Content-Length", "3")])
    with pytest.raises(ValueError):
        bytes(view)


def test_header_event_comes_once_with_what_is_there() -> None:
    events: list[tuple[int, int, str]] = []

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev in (MG_EV_HTTP_HDRS, MG_EV_HTTP_MSG):
            events.append((ev, len(data.body_bytes), data.header("Content-Length", "")))
        if ev == MG_EV_HTTP_MSG:
            conn.reply(200, "")

    with Server(handler) as server, server.connect() as peer:
        peer.sendall(b"PUT / HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc")
        wait_until(lambda: events)
        peer.sendall(b"def")
        assert peer.recv(1000)
    assert events == [(MG_EV_HTTP_HDRS, 3, "6"), (MG_EV_HTTP_MSG, 6, "6")]


def test_client_response(manager: Manager) -> None:
    seen: list[Any] = []

    def serve(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            conn.reply(404, "gone", headers={"X-Y": "z"})

    def client(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_CONNECT:
            conn.send("GET /where HTTP/1.1\r\nHost: h\r\n\r\n")
        elif ev == MG_EV_HTTP_MSG:
            seen.append((data.status(), data.uri, data.body_text, data.header("x-y")))

    listener = manager.listen("http://127.0.0.1:0", serve)
    manager.connect(f"http://127.0.0.1:{port_of(listener)}", client)
    poll_until(manager, lambda: seen)
    assert seen == [(404, "404", "gone", "z")]


def test_read_until_close_response(manager: Manager) -> None:
    seen: list[bytes] = []

    def client(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            seen.append(data.body_bytes)

    with socket.create_server(("127.0.0.1", 0)) as server:
        manager.connect(f"http://127.0.0.1:{server.getsockname()[1]}", client)
        server.settimeout(DEADLINE_S)
        peer, _ = server.accept()
        with peer:
            peer.sendall(b"HTTP/1.1 200 OK\r\n\r\nall of this")
    poll_until(manager, lambda: seen)
    assert seen == [b"all of this"]
