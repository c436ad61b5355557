"""WebSockets on the ASGI server, seen by their clients and by its applications."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import websocket

from .asgi_tools import Receive, Send, serving
from .http_tools import MIB, ask, raw, read_all, wait_for

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


def ws_app(handler: Callable[[dict[str, Any], Receive, Send], Awaitable[None]]) -> Any:
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        assert scope["type"] == "websocket"
        assert await receive() == {"type": "websocket.connect"}
        await handler(scope, receive, send)

    return app


def connect(port: int, **options: Any) -> Any:
    return websocket.create_connection(f"ws://127.0.0.1:{port}/ws", timeout=10, **options)


def closing(ws: Any) -> tuple[int | None, str]:
    """Code and reason of the server's close frame, which is answered."""
    op, data = ws.recv_data()
    assert op == websocket.ABNF.OPCODE_CLOSE
    return (int.from_bytes(data[:2], "big"), data[2:].decode()) if data else (None, "")


@ws_app
async def echo(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        assert ("text" in message) != ("bytes" in message)
        await send({"type": "websocket.send", "bytes": message.get("bytes"), "text": message.get("text")})


def test_echo() -> None:
    with serving(echo) as running:
        ws = connect(running.port)
        for number in range(50):
            ws.send(f"héllo {number}")
            assert ws.recv() == f"héllo {number}"
        for data in (b"", b"\0\xff", os.urandom(70_000), os.urandom(2 * MIB)):
            ws.send_binary(data)
            assert ws.recv_data() == (websocket.ABNF.OPCODE_BINARY, data)
        ws.send("")
        assert ws.recv_data() == (websocket.ABNF.OPCODE_TEXT, b"")
        ws.ping(b"p")
        assert ws.recv_data_frame(True)[1].data == b"p"
        ws.close()


def test_fragments_are_one_message() -> None:
    with serving(echo) as running:
        ws = connect(running.port)
        ws.send_frame(websocket.ABNF.create_frame("one ", websocket.ABNF.OPCODE_TEXT, 0))
        ws.ping()
        ws.send_frame(websocket.ABNF.create_frame("two", websocket.ABNF.OPCODE_CONT, 1))
        assert ws.recv() == "one two"
        ws.close()


def test_many_messages_keep_their_order() -> None:
    @ws_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        for number in range(5000):
            await send({"type": "websocket.send", "text": f"{number} " + "x" * 500})
        await send({"type": "websocket.close"})

    with serving(app) as running:
        ws = connect(running.port)
        for number in range(5000):
            assert ws.recv().split()[0] == str(number)
        assert closing(ws) == (1000, "")


# ---- the handshake ----


def test_nothing_is_accepted_before_the_application_does() -> None:
    go_on = threading.Event()
    scopes: list[dict[str, Any]] = []

    @ws_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        scopes.append(scope)
        await asyncio.to_thread(go_on.wait, 10)
        await send({"type": "websocket.accept", "subprotocol": "two",
                    "headers": [(b"x-a", b"b"), (b"sec-websocket-protocol", b"no")]})  # fmt: skip
        await send({"type": "websocket.close"})

    with serving(app) as running, socket.create_connection(("127.0.0.1", running.port), timeout=10) as sock:
        sock.sendall(UPGRADE + b"Sec-WebSocket-Protocol: one, two\r\n\r\n")
        wait_for(lambda: len(scopes) == 1)
        sock.settimeout(0.05)
        with pytest.raises(TimeoutError):
            sock.recv(1)
        sock.settimeout(10)
        go_on.set()
        head = sock.recv(4096)
    assert head.startswith(b"HTTP/1.1 101 ") and b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in head
    assert b"x-a: b\r\n" in head and head.lower().count(b"sec-websocket-protocol:") == 1
    assert b"Sec-WebSocket-Protocol: two\r\n" in head
    scope = scopes[0]
    assert scope["subprotocols"] == ["one", "two"] and scope["scheme"] == "ws" and scope["path"] == "/ws"
    assert [b"upgrade", b"WebSocket"] in scope["headers"] and scope["server"] == ["127.0.0.1", running.port]


def test_a_subprotocol_that_was_not_offered_is_not_sent() -> None:
    @ws_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept", "subprotocol": "three"})
        await send({"type": "websocket.close"})

    with serving(app) as running:
        for offered in (b"", b"Sec-WebSocket-Protocol: one, two\r\n"):
            with socket.create_connection(("127.0.0.1", running.port), timeout=10) as sock:
                sock.sendall(UPGRADE + offered + b"\r\n")
                head = sock.recv(4096)
                assert head.startswith(b"HTTP/1.1 101 ") and b"rotocol:" not in head


def test_frames_behind_the_upgrade_request() -> None:
    frame = b"\x81\x82\0\0\0\0hi"
    with serving(echo) as running, socket.create_connection(("127.0.0.1", running.port), timeout=10) as sock:
        sock.sendall(UPGRADE + b"\r\n" + frame)
        answer = b""
        while not answer.endswith(b"\x81\x02hi"):
            part = sock.recv(4096)
            assert part
            answer += part


def test_a_request_without_a_key_is_refused() -> None:
    with serving(echo) as running:
        answer = raw(running.port, b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 426 ")


def test_close_before_accept_is_403() -> None:
    @ws_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await send({"type": "websocket.close", "code": 4000})

    with serving(app) as running:
        assert raw(running.port, UPGRADE + b"\r\n").startswith(b"HTTP/1.1 403 Forbidden\r\n")
        with pytest.raises(websocket.WebSocketBadStatusException):
            connect(running.port)


@pytest.mark.parametrize("parts", [1, 3])
def test_denial_with_a_response(parts: int) -> None:
    @ws_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        assert "websocket.http.response" in scope["extensions"]
        await send({"type": "websocket.http.response.start", "status": 401, "headers": [(b"x-why", b"no")]})
        for number in range(parts):
            more = number < parts - 1
            await send({"type": "websocket.http.response.body", "body": b"denied", "more_body": more})
        assert (await receive())["type"] == "websocket.disconnect"

    with serving(app) as running:
        response, body = ask(running.port, Upgrade="websocket", Sec_WebSocket_Key="k")
    assert (response.status, response.getheader("x-why"), body) == (401, "no", b"denied" * parts)


def test_an_application_that_never_accepts(capfd: Any) -> None:
    @ws_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["path"] == "/raise":
            raise KeyError("no")

    with serving(app) as running:
        for path in ("/", "/raise"):
            assert ask(running.port, path=path, Upgrade="websocket", Sec_WebSocket_Key="k")[0].status == 500


# ---- the end ----


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({}, (1000, "")),
        ({"code": 4321, "reason": "bÿe"}, (4321, "bÿe")),
        ({"code": 1001, "reason": None}, (1001, "")),
        ({"reason": "é" * 100}, (1000, "é" * 61)),
    ],
)
def test_close_by_the_application(message: dict[str, Any], expected: tuple[int, str]) -> None:
    ends: list[Any] = []

    @ws_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", **message})
        ends.append(await receive())
        await send({"type": "websocket.close"})  # again: no effect

    with serving(app) as running:
        ws = connect(running.port)
        assert closing(ws) == expected
        with pytest.raises(websocket.WebSocketConnectionClosedException):
            ws.recv()
        wait_for(lambda: len(ends) == 1)
        wait_for(lambda: not running.server._conns)
    assert ends[0]["type"] == "websocket.disconnect" and ends[0]["code"] == 1000  # what websocket-client answers


def test_codes_of_the_peer() -> None:
    ends: list[Any] = []

    @ws_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        ends.append(await receive())
        with pytest.raises(OSError):
            await send({"type": "websocket.send", "text": "x"})
        ends.append((await receive())["type"])

    def end(finish: Callable[[Any], object]) -> dict[str, Any]:
        ws = connect(running.port)
        finish(ws)
        wait_for(lambda: len(ends) == 2)
        ws.shutdown()
        first, second = ends
        ends.clear()
        assert first.pop("type") == second == "websocket.disconnect"
        assert isinstance(first, dict)
        return first

    close = websocket.ABNF.OPCODE_CLOSE
    with serving(app) as running:
        assert end(lambda ws: ws.send_close(4001, b"bye")) == {"code": 4001, "reason": "bye"}
        assert end(lambda ws: ws.send(b"", opcode=close)) == {"code": 1005, "reason": ""}
        assert end(lambda ws: ws.sock.shutdown(socket.SHUT_RDWR)) == {"code": 1006, "reason": ""}
        wait_for(lambda: not running.server._tasks)


def test_an_application_that_ends_closes(capfd: Any) -> None:
    @ws_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        if (await receive())["text"] == "raise":
            raise KeyError("raised")

    with serving(app) as running:
        for text, code in (("return", 1000), ("raise", 1011)):
            ws = connect(running.port)
            ws.send(text)
            assert closing(ws) == (code, "")
    assert capfd.readouterr().err.count("KeyError: ") == 1


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\x81\x82\0\0\0\0\xff\xfe", 1007),  # not UTF-8
        (b"\x82\xff" + struct.pack(">Q", 64 * MIB) + b"\0\0\0\0", 1009),  # too large
        (b"\x81\x02hi", 1002),  # not masked
    ],
)
def test_breaches_by_the_peer(frame: bytes, code: int) -> None:
    with serving(echo) as running, socket.create_connection(("127.0.0.1", running.port), timeout=10) as sock:
        sock.sendall(UPGRADE + b"\r\n")
        head = sock.recv(4096)
        assert head.endswith(b"\r\n\r\n")
        sock.sendall(frame)
        assert read_all(sock)[:4] == b"\x88\x02" + struct.pack(">H", code)


def test_a_slow_client_slows_the_application() -> None:
    sent = 0
    ended = threading.Event()

    @ws_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        nonlocal sent
        await send({"type": "websocket.accept"})
        try:
            while True:
                await send({"type": "websocket.send", "bytes": b"x" * 50_000})
                sent += 50_000
        finally:
            ended.set()

    with serving(app) as running:
        ws = connect(running.port)

        def stands_still() -> bool:
            before = sent
            threading.Event().wait(0.1)
            return sent == before

        wait_for(stands_still)
        assert 0 < sent < 32 * MIB
        ws.shutdown()
        assert ended.wait(10)


def test_a_slow_application_slows_the_client() -> None:
    go_on = threading.Event()
    received = 0

    @ws_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        nonlocal received
        await send({"type": "websocket.accept"})
        await asyncio.to_thread(go_on.wait, 20)
        while (message := await receive())["type"] == "websocket.receive":
            received += len(message["bytes"])

    with serving(app) as running:
        ws = connect(running.port)
        ws.settimeout(0.5)
        sent = 0
        with pytest.raises((TimeoutError, websocket.WebSocketTimeoutException)):
            while sent < 64 * MIB:
                ws.send_binary(b"x" * 100_000)
                sent += 100_000
        assert sent < 32 * MIB
        go_on.set()
        wait_for(lambda: received >= sent)
        ws.shutdown()


def test_messages_out_of_order_raise() -> None:
    errors: list[str] = []

    @ws_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        async def attempt(kind: str, **more: Any) -> None:
            try:
                await send({"type": kind, **more})
            except (RuntimeError, ValueError) as error:
                errors.append(f"{kind}: {error}")

        await attempt("websocket.send", text="early")
        await attempt("websocket.http.response.body")
        await attempt("websocket.unknown")
        await send({"type": "websocket.accept"})
        await attempt("websocket.accept")
        await attempt("websocket.send")
        await send({"type": "websocket.close"})
        await attempt("websocket.send", text="late")

    with serving(app) as running:
        ws = connect(running.port)
        assert closing(ws) == (1000, "")
    assert [error.split(":")[0] for error in errors] == [
        "websocket.send", "websocket.http.response.body", "websocket.accept", "websocket.send", "websocket.send"
    ]  # fmt: skip


def test_stop_says_going_away() -> None:
    ends: list[Any] = []

    @ws_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        ends.append(await receive())

    with serving(app) as running:
        ws = connect(running.port)
        wait_for(lambda: any(state.ws_accepted for state in running.server._conns))
        stopping = threading.Thread(target=running.stop)
        stopping.start()
        assert closing(ws)[0] == 1001
        stopping.join()
    assert ends[0]["type"] == "websocket.disconnect"
