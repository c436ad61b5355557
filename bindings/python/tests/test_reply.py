"""Connection.reply, reply_json, chunks and server-sent events, byte by byte where it matters."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import requests

from cymongoose import MG_EV_HTTP_MSG, Connection, HttpMessage, Manager

from .conftest import DEADLINE_S, Server, read_response


def served(action: Any, request: bytes = b"GET / HTTP/1.1\r\n\r\n") -> bytes:
    """Raw answer to one request when the handler runs `action(conn, message)` and drains."""
    errors: list[Exception] = []

    def handler(conn: Connection, ev: int, data: HttpMessage) -> None:
        if ev == MG_EV_HTTP_MSG:
            try:
                action(conn, data)
            finally:
                conn.drain()

    with Server(handler, error_handler=errors.append) as server:
        answer = server.exchange(request)
    assert not errors, errors
    return answer


def replied(*args: Any, request: bytes = b"GET / HTTP/1.1\r\n\r\n", **kwargs: Any) -> tuple[list[str], bytes]:
    head, _, body = served(lambda conn, data: conn.reply(*args, **kwargs), request).partition(b"\r\n\r\n")
    lines = [re.sub(r" +$", "", line) for line in head.decode().split("\r\n")]
    return lines, body


def test_plain_reply() -> None:
    assert replied(200) == (["HTTP/1.1 200 OK", "Content-Type: text/plain", "Content-Length: 0"], b"")
    assert replied(200, "hé", None)[0][1:] == ["Content-Type: text/plain", "Content-Length: 3"]
    assert replied(404, b"x", headers={})[0][0] == "HTTP/1.1 404 Not Found"


def test_headers_keep_order_and_spelling() -> None:
    lines, body = replied(201, "{}", headers={"X-b": 7, "content-type": "application/json", "A": "é"})
    assert lines == [
        "HTTP/1.1 201 Created", "X-b: 7", "content-type: application/json", "A: é", "Content-Length: 2"
    ]  # fmt: skip
    assert body == b"{}"
    lines, _ = replied(200, "", headers={"B": "1", "A": "2"})
    assert lines[1:4] == ["Content-Type: text/plain", "B: 1", "A: 2"]


@pytest.mark.parametrize(
    "body", [b"ab\0cd", bytearray(b"xy"), memoryview(b"mem"), [65, 66], "50% %s %n", b"x" * 300_000]
)
def test_bodies_are_sent_whole(body: Any) -> None:
    expected = body.encode() if isinstance(body, str) else bytes(body)
    assert replied(200, body)[1] == expected


def test_unknown_status_has_an_empty_reason() -> None:
    assert served(lambda conn, data: conn.reply(299)).startswith(b"HTTP/1.1 299 \r\n")


@pytest.mark.parametrize("status", [204, 304])
def test_statuses_without_body(status: int) -> None:
    lines, body = replied(status, "ignored", headers={"X": "y"})
    assert body == b"" and "X: y" in lines and "Content-Type: text/plain" not in lines
    assert ("Content-Length: 7" in lines) == (status == 304)


def test_head_gets_the_head_only() -> None:
    lines, body = replied(200, "hello", request=b"HEAD / HTTP/1.1\r\n\r\n")
    assert body == b"" and "Content-Length: 5" in lines
    lines, _ = replied(200, "", headers={"Content-Length": "1000"}, request=b"HEAD / HTTP/1.1\r\n\r\n")
    assert lines.count("Content-Length: 1000") == 1 and "Content-Length: 0" not in lines


def test_own_content_length() -> None:
    lines, _ = replied(200, "abc", headers={"content-length": "3"})
    assert [line.lower() for line in lines].count("content-length: 3") == 1

    def wrong(conn: Connection, data: HttpMessage) -> None:
        with pytest.raises(ValueError, match="Content-Length"):
            conn.reply(200, "abc", headers={"Content-Length": "4"})
        conn.reply(200, "right")

    assert served(wrong).endswith(b"right")


@pytest.mark.parametrize("bad", ["a\rb", "a\nb", "a\0b", "x\r\nInjected: 1"])
def test_header_injection_is_refused(manager: Manager, bad: str) -> None:
    listener = manager.listen("http://127.0.0.1:0")
    for call in (listener.reply, lambda code, body, headers: listener.reply_json({}, code, headers)):
        with pytest.raises(ValueError, match="Header name.*illegal character"):
            call(200, "", {bad: "v"})
        with pytest.raises(ValueError, match="Header value.*illegal character"):
            call(200, "", {"X": bad})
    assert listener.send_len == 0


@pytest.mark.parametrize("bad", [[("a", "b")], (), "text", 7])
def test_headers_must_be_a_mapping(manager: Manager, bad: Any) -> None:
    listener = manager.listen("http://127.0.0.1:0")
    with pytest.raises(AttributeError):
        listener.reply(200, "", bad)


@pytest.mark.parametrize("bad", [None, 5, 1.5])
def test_bodies_that_are_none(manager: Manager, bad: Any) -> None:
    listener = manager.listen("http://127.0.0.1:0")
    with pytest.raises(TypeError, match="cannot convert"):
        listener.reply(200, bad)


@pytest.mark.parametrize("value", [{"a": [1, None]}, [1, 2], "text", 3, None, True, {"é": "\n"}])
def test_reply_json(value: Any) -> None:
    headers = {"CONTENT-TYPE": "text/html", "X": "y"}
    answer = served(lambda conn, data: conn.reply_json(value, 201, headers))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert json.loads(body) == value and body == json.dumps(value).encode()
    assert head.startswith(b"HTTP/1.1 201 Created") and b"X: y" in head
    assert head.lower().count(b"content-type") == 1 and b"application/json" in head
    assert headers == {"CONTENT-TYPE": "text/html", "X": "y"}, "the caller's dict is not modified"


def test_reply_json_refuses_what_json_refuses(manager: Manager) -> None:
    with pytest.raises(TypeError, match="serializable"):
        manager.listen("http://127.0.0.1:0").reply_json(object())


def test_keep_alive_and_pipelining() -> None:
    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            conn.reply(200, data.uri)

    with Server(handler) as server, server.connect() as peer:
        for n in range(3):
            peer.sendall(f"GET /{n} HTTP/1.1\r\n\r\n".encode())
            assert read_response(peer)[1] == f"/{n}".encode()
    with Server(handler) as server:
        many = b"".join(b"GET /%d HTTP/1.1\r\n\r\n" % n for n in range(200))
        answer = server.exchange(many)
        assert [int(n) for n in re.findall(rb"\r\n\r\n/(\d+)", answer)] == list(range(200))


def test_connection_close_is_honoured() -> None:
    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            conn.reply(200, "bye")

    with Server(handler) as server, server.connect() as peer:
        peer.sendall(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert read_response(peer)[1] == b"bye"
        assert peer.recv(1) == b""


def test_reply_after_the_handler() -> None:
    waiting: list[Connection] = []

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            waiting.append(conn)
            manager.timer_add(1, lambda: waiting.pop(0).reply(200, "late"))

    with Server(handler) as server:
        manager = server.manager
        assert requests.get(server.url, timeout=DEADLINE_S).text == "late"


def test_chunks() -> None:
    def stream(conn: Connection, data: HttpMessage) -> None:
        conn.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in ("plain", b"bytes", "é", "x" * 10_000):
            conn.http_chunk(piece)
        conn.http_chunk("")

    answer = served(stream)
    body = answer.partition(b"\r\n\r\n")[2]
    assert body == b"5\r\nplain\r\n5\r\nbytes\r\n2\r\n\xc3\xa9\r\n2710\r\n" + b"x" * 10_000 + b"\r\n0\r\n\r\n"


def test_reply_with_chunked_coding_goes_on_with_chunks() -> None:
    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            conn.reply(200, "", headers={"Transfer-Encoding": "chunked"})
            conn.http_chunk(data.uri)
            conn.http_chunk("end")
            conn.http_chunk(b"")

    with Server(handler) as server:
        with requests.Session() as session:
            for n in range(3):
                response = session.get(f"{server.url}/{n}", timeout=DEADLINE_S)
                assert response.text == f"/{n}end" and "Content-Length" not in response.headers


def test_server_sent_events() -> None:
    def stream(conn: Connection, data: HttpMessage) -> None:
        conn.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        conn.http_sse("tick", "one\ntwo")
        conn.http_sse("empty", "")
        with pytest.raises(ValueError):
            conn.http_sse("a\nb", "x")
        conn.http_chunk("")

    body = served(stream).partition(b"\r\n\r\n")[2]
    first = b"event: tick\ndata: one\ndata: two\n\n"
    second = b"event: empty\ndata: \n\n"
    assert body == b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(first), first, len(second), second)
