"""HTTP on the ASGI server, seen by its clients and by its applications."""

from __future__ import annotations

import asyncio
import http.client
import os
import socket
import threading
from typing import Any

import pytest

from cymongoose import asgi
from cymongoose.asgi import ClientDisconnected, _build_http_scope, _build_ws_scope, _ConnState

from .asgi_tools import Receive, Send, fixed, http_app, respond, serving
from .http_tools import MIB, ask, raw, read_all, wait_for

# ---- scopes ----


class FakeMessage:
    method, uri, query, proto = "POST", "/caf%C3%A9/x", "y=%20", "HTTP/1.0"

    def headers(self) -> list[tuple[str, str]]:
        return [("Host", "h"), ("X-A", "1"), ("x-a", "2"), ("Sec-WebSocket-Protocol", "one, two")]


class FakePeer:
    is_tls = True
    remote_addr: Any = ("10.0.0.1", 4711, False)


def test_http_scope() -> None:
    scope = _build_http_scope(FakeMessage(), FakePeer(), "name", 81)
    assert scope == {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.0",
        "method": "POST",
        "scheme": "https",
        "path": "/café/x",
        "raw_path": b"/caf%C3%A9/x",
        "query_string": b"y=%20",
        "root_path": "",
        "server": ["name", 81],
        "client": ["10.0.0.1", 4711],
        "headers": [[b"host", b"h"], [b"x-a", b"1"], [b"x-a", b"2"], [b"sec-websocket-protocol", b"one, two"]],
    }
    peer, message = FakePeer(), FakeMessage()
    peer.is_tls, peer.remote_addr = False, None
    message.uri, message.query, message.proto = "/%ff?a=b?c", "", ""
    scope = _build_http_scope(message, peer, "n", 1)
    assert (scope["client"], scope["scheme"], scope["http_version"]) == (["127.0.0.1", 0], "http", "1.1")
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/�", b"/%ff", b"a=b?c")
    message.uri = "HTTP://host/p"
    assert _build_http_scope(message, peer, "n", 1)["raw_path"] == b"/p"


def test_websocket_scope() -> None:
    scope = _build_ws_scope(FakeMessage(), FakePeer(), "name", 81)
    assert scope["type"] == "websocket" and scope["scheme"] == "wss" and "method" not in scope
    assert scope["subprotocols"] == ["one", "two"] and "websocket.http.response" in scope["extensions"]


def test_names_of_the_original() -> None:
    assert asgi._WAKEUP_MAX_BYTES == 8192 and asgi._STREAM_CONCURRENCY == 16 and asgi._WS_OP_CLOSE == 8
    assert asgi._status_line(404) == "HTTP/1.1 404 Not Found"
    assert asgi._format_chunked_header(200, []).endswith(b"Transfer-Encoding: chunked\r\n\r\n")
    state = _ConnState({"type": "http"})
    assert state.scope == {"type": "http"} and state.task is None and not state.response_started


def test_scope_of_a_request_outlives_it() -> None:
    scopes = []

    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        scopes.append(scope)
        await respond(send, b"x")

    with serving(app, root_path="/base") as running:
        request = b"GET /a%20b?c=%20d HTTP/1.1\r\nHost: h\r\nX-Raw: \xe9\r\nX-Raw: 2\r\nConnection: close\r\n\r\n"
        raw(running.port, request)
    scope = scopes[0]
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/a b", b"/a%20b", b"c=%20d")
    assert scope["headers"] == [[b"host", b"h"], [b"x-raw", b"\xe9"], [b"x-raw", b"2"], [b"connection", b"close"]]
    assert scope["server"] == ["127.0.0.1", running.port] and scope["client"][0] == "127.0.0.1"
    assert scope["root_path"] == "/base" and scope["method"] == "GET" and "state" not in scope


# ---- responses ----


def test_small_body_has_a_length_and_a_type() -> None:
    with serving(fixed(b"Hello")) as running:
        response, body = ask(running.port)
    assert body == b"Hello"
    assert response.getheaders() == [("Content-Type", "text/plain"), ("Content-Length", "5")]


def test_headers_keep_order_case_and_duplicates() -> None:
    headers = [(b"set-cookie", b"a=1"), [b"X-Up", b"\xe9"], ("set-cookie", "b=2"), (b"content-type", b"text/html")]
    with serving(fixed(b"x", 201, headers)) as running:
        answer = raw(running.port, b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert answer == (
        b"HTTP/1.1 201 Created\r\nset-cookie: a=1\r\nX-Up: \xe9\r\nset-cookie: b=2\r\ncontent-type: text/html\r\n"
        b"Content-Length: 1\r\nConnection: close\r\n\r\nx"
    )


def test_defaults_of_the_messages() -> None:
    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await send({"type": "http.response.unknown"})
        if scope["path"] == "/start":
            await send({"type": "http.response.start"})
        await send({"type": "http.response.body", "body": memoryview(b"no start")})

    with serving(app) as running:
        for path in ("/", "/start"):
            response, body = ask(running.port, path=path)
            assert (response.status, body) == (200, b"no start")


@pytest.mark.parametrize("status", [204, 304])
def test_bodiless_statuses(status: int) -> None:
    with serving(fixed(b"dropped", status)) as running:
        conn = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
        for _ in range(2):  # the second shows that no byte of the body was sent
            conn.request("GET", "/")
            response = conn.getresponse()
            assert response.read() == b"" and response.getheaders() == []
        conn.close()


@http_app
async def two_parts(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 202, "headers": [(b"x-a", b"b")]})
    await send({"type": "http.response.body", "body": b"one", "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": True})
    await send({"type": "http.response.body", "body": b"two"})


def test_head_has_the_headers_of_get_and_no_body() -> None:
    request = b"HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    with serving(fixed(b"12345")) as running:
        answer = raw(running.port, request)
        assert b"Content-Length: 5\r\n" in answer and answer.endswith(b"\r\n\r\n")
    with serving(two_parts) as running:
        answer = raw(running.port, request)
        assert b"Transfer-Encoding: chunked\r\n" in answer and answer.endswith(b"\r\n\r\n")


def test_stream_on_the_wire() -> None:
    with serving(two_parts) as running:
        answer = raw(running.port, b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert answer == (
        b"HTTP/1.1 202 Accepted\r\nx-a: b\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
    )


def test_http_1_0() -> None:
    with serving(two_parts) as running:
        answer = raw(running.port, b"GET / HTTP/1.0\r\n\r\n")
        assert answer.endswith(b"\r\n\r\nonetwo") and b"chunked" not in answer
    with serving(fixed(b"x")) as running:
        request = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        answer = raw(running.port, request + b"GET / HTTP/1.0\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 OK") == 2 and answer.count(b"Connection: keep-alive\r\n") == 1


def test_each_part_is_sent_at_once() -> None:
    go_on = threading.Event()

    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await asyncio.to_thread(go_on.wait, 10)
        await send({"type": "http.response.body", "body": b"second"})

    with serving(app) as running:
        conn = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
        conn.request("GET", "/")
        response = conn.getresponse()
        assert response.read(5) == b"first"
        go_on.set()
        assert response.read() == b"second"
        conn.close()


@pytest.mark.parametrize("size", [0, 8191, 256 * 1024, MIB + 1, 20 * MIB])
@pytest.mark.parametrize("parts", [1, 7])
def test_bodies_of_all_sizes_arrive_whole(size: int, parts: int) -> None:
    content = os.urandom(size)
    step = size // parts + 1

    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        for at in range(0, parts * step, step):
            last = at + step >= parts * step
            await send({"type": "http.response.body", "body": content[at : at + step], "more_body": not last})

    with serving(app) as running:
        response, body = ask(running.port)
    assert body == content
    assert (response.getheader("Transfer-Encoding") == "chunked") == (parts > 1)


def test_twenty_streams_of_two_thousand_chunks() -> None:
    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        for number in range(2000):
            await send({"type": "http.response.body", "body": b"%s %d;" % (scope["raw_path"], number),
                        "more_body": True})  # fmt: skip
        await send({"type": "http.response.body"})

    with serving(app) as running:
        bodies: dict[int, bytes] = {}

        def client(n: int) -> None:
            bodies[n] = ask(running.port, path=f"/{n}")[1]

        threads = [threading.Thread(target=client, args=(n,)) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not running.server._conns
    for n in range(20):
        assert bodies[n] == b"".join(b"/%d %d;" % (n, number) for number in range(2000))


def test_content_length_of_the_application() -> None:
    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"abc", "more_body": True})
        await send({"type": "http.response.body", "body": b"defg" if scope["path"] == "/long" else b""})

    with serving(app) as running:
        response, body = ask(running.port, path="/long")
        assert body == b"abcd" and response.getheader("Transfer-Encoding") is None
        with pytest.raises(http.client.IncompleteRead):
            ask(running.port, path="/short")


def test_hop_by_hop_headers_are_the_servers() -> None:
    headers = [(b"transfer-encoding", b"chunked"), (b"keep-alive", b"x"), (b"connection", b"close")]
    with serving(fixed(b"x", headers=headers)) as running:
        answer = raw(running.port, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert b"chunked" not in answer and b"keep-alive" not in answer and b"Connection: close\r\n" in answer


# ---- connections ----


@http_app
async def path_slowly(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    await asyncio.sleep(0)
    await respond(send, scope["raw_path"])


def test_keep_alive_and_pipelining_in_order() -> None:
    active = 0
    most = 0

    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        nonlocal active, most
        active += 1
        most = max(most, active)
        await asyncio.sleep(0.001)
        active -= 1
        await respond(send, scope["raw_path"])

    requests = b"".join(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % i for i in range(20))
    with serving(app) as running:
        answer = raw(running.port, requests + b"GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    bodies = [part.split(b"\r\n\r\n")[1] for part in answer.split(b"HTTP/1.1 200 OK\r\n")[1:]]
    assert bodies == [*(b"/%d" % i for i in range(20)), b"/last"]
    assert most == 1


def test_requests_of_different_connections_run_side_by_side() -> None:
    meeting: list[asyncio.Future[None]] = []

    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        meeting.append(asyncio.get_running_loop().create_future())
        if len(meeting) == 5:
            for future in meeting:
                future.set_result(None)
        await asyncio.wait_for(meeting[len(meeting) - 1], 10)
        await respond(send, b"met")

    with serving(app) as running:
        socks = [socket.create_connection(("127.0.0.1", running.port), timeout=10) for _ in range(5)]
        for sock in socks:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        for sock in socks:
            assert read_all(sock).endswith(b"met")
            sock.close()


# ---- request bodies ----


@http_app
async def echo(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    parts = []
    while True:
        message = await receive()
        assert message["type"] == "http.request"
        parts.append(message["body"])
        if not message["more_body"]:
            break
    await respond(send, b"".join(parts), headers=[(b"x-parts", str(len(parts)).encode())])


def test_echo_of_bodies() -> None:
    with serving(echo) as running:
        conn = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
        for body in (b"", b"small", os.urandom(60_000), os.urandom(20 * MIB), b"after"):
            conn.request("POST", "/", body)
            response = conn.getresponse()
            assert response.read() == body
            assert (response.getheader("x-parts") == "1") == (len(body) < 64 * 1024)
        blocks = [os.urandom(size) for size in (1, 0x1000, 300_000)] * 5
        for _ in range(2):
            conn.request("POST", "/", iter(blocks))
            assert conn.getresponse().read() == b"".join(blocks)
        conn.close()


@pytest.mark.parametrize("chunked", [False, True])
def test_an_ordinary_body_comes_as_one_message(chunked: bool) -> None:
    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        message = await receive()
        assert message["more_body"] is False
        await respond(send, message["body"])

    body = os.urandom(2 * MIB)
    with serving(app) as running:
        assert ask(running.port, "POST", "/", iter([body[:100], body[100:]]) if chunked else body)[1] == body


def test_a_slow_body_comes_in_parts() -> None:
    go_on = threading.Event()
    parts: list[tuple[bytes, bool]] = []

    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            parts.append((message["body"], message["more_body"]))
            if not message["more_body"]:
                return await respond(send, b"all")
            go_on.set()

    with serving(app) as running, socket.create_connection(("127.0.0.1", running.port), timeout=10) as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 100000\r\n\r\nfirst")
        assert go_on.wait(10)
        sock.sendall(b"x" * 99_995)
        assert read_all(sock).endswith(b"all")
    assert parts[0] == (b"first", True) and sum(len(body) for body, _ in parts) == 100_000


def test_headers_from_a_generator_and_repeated_heads() -> None:
    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers = ((name, b"1") for name in (b"a", b"b")) if scope["path"] == "/g" else [[b"a", b"1"], (b"b", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"x"})

    with serving(app) as running:
        for path in ("/g", "/g", "/l", "/g"):
            response, _ = ask(running.port, path=path)
            assert response.getheaders()[:2] == [("a", "1"), ("b", "1")]


def test_requests_behind_a_streamed_body_are_served() -> None:
    chunked = b"POST /1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    behind = b"GET /2 HTTP/1.1\r\nHost: h\r\n\r\nGET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    with serving(echo) as running, socket.create_connection(("127.0.0.1", running.port), timeout=10) as sock:
        sock.sendall(chunked + b"5;ext=1\r\nhel")
        wait_for(lambda: len(running.server._conns) == 1)
        sock.sendall(b"lo\r\n0\r\nTrailer: x\r\n\r\n" + behind)
        answer = read_all(sock)
    assert answer.count(b"HTTP/1.1 200 OK") == 3 and b"\r\n\r\nhello" in answer


def test_an_ignored_body_that_has_arrived_does_not_end_the_connection() -> None:
    post = b"POST /1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    with serving(path_slowly) as running:
        answer = raw(running.port, post + b"GET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 OK") == 2 and answer.endswith(b"/2")


def test_a_body_is_read_only_as_fast_as_the_application_reads() -> None:
    go_on = threading.Event()

    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await asyncio.to_thread(go_on.wait, 10)
        size = 0
        while True:
            message = await receive()
            size += len(message["body"])
            if not message["more_body"]:
                break
        await respond(send, str(size).encode())

    size = 32 * MIB
    with serving(app) as running, socket.create_connection(("127.0.0.1", running.port), timeout=10) as sock:
        sent = 0
        sock.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % size)
        sock.settimeout(0.5)
        with pytest.raises(TimeoutError):  # the buffers are full
            while sent < size:
                sent += sock.send(b"x" * min(65536, size - sent))
        assert sent < 16 * MIB
        go_on.set()
        sock.settimeout(10)
        while sent < size:
            sent += sock.send(b"x" * min(65536, size - sent))
        assert read_all(sock).endswith(str(size).encode())


def test_a_body_that_is_not_read_ends_the_connection() -> None:
    with serving(fixed(b"no", 413)) as running, socket.create_connection(("127.0.0.1", running.port)) as sock:
        sock.settimeout(10)
        sock.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\n\r\n")
        answer = read_all(sock)
    assert answer.startswith(b"HTTP/1.1 413") and b"Connection: close\r\n" in answer


@pytest.mark.parametrize("body", [b"zz\r\n", b"5\r\nhelloo\r\n", b"1" * 400, b"-1\r\n", b"0\r\n" + b"a: b\r\n" * 3000])
def test_broken_chunks_give_400(body: bytes) -> None:
    with serving(echo) as running, socket.create_connection(("127.0.0.1", running.port), timeout=10) as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        wait_for(lambda: len(running.server._conns) == 1)
        sock.sendall(body)
        assert read_all(sock).startswith(b"HTTP/1.1 400 Bad Request\r\n")


@pytest.mark.parametrize("size", [2, 100_000])
def test_expect_100_continue(size: int) -> None:
    body = b"x" * size
    with serving(echo) as running, socket.create_connection(("127.0.0.1", running.port), timeout=10) as sock:
        head = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n"
        sock.sendall(head % size)
        assert sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(body)
        assert read_all(sock).endswith(b"\r\n\r\n" + body)


def test_a_body_that_ends_early() -> None:
    events: list[Any] = []

    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        events.append(scope["path"])
        while (message := await receive())["type"] == "http.request":
            pass
        events.append(message["type"])

    with serving(app) as running:
        for path, size in ((b"/small", 100), (b"/large", 100_000)):
            with socket.create_connection(("127.0.0.1", running.port)) as sock:
                sock.sendall(b"POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n0123456789" % (path, size))
                sock.shutdown(socket.SHUT_WR)
                assert b"200" not in sock.recv(1000)
        wait_for(lambda: len(events) == 2)
    assert events == ["/large", "http.disconnect"]


# ---- disconnects ----


def test_receive_tells_of_the_end_of_the_response() -> None:
    ends: list[str] = []

    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "http.request"
        await respond(send, b"x")
        ends.append((await receive())["type"])

    with serving(app) as running:
        assert ask(running.port)[1] == b"x"
        wait_for(lambda: len(ends) == 1)
    assert ends == ["http.disconnect"]


def test_receive_and_send_tell_of_a_client_that_goes_away(capfd: Any) -> None:
    ends: list[Any] = []

    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await receive()
        ends.append((await receive())["type"])
        try:
            await respond(send, b"x")
        except OSError as error:
            ends.append(error)
            raise

    with serving(app) as running:
        with socket.create_connection(("127.0.0.1", running.port)) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            wait_for(lambda: len(running.server._conns) == 1)
        wait_for(lambda: len(ends) == 2)
        wait_for(lambda: not running.server._tasks)
        assert not running.server._conns
    assert ends[0] == "http.disconnect" and isinstance(ends[1], ClientDisconnected)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("size", [100, 100_000])
def test_an_endless_stream_waits_for_its_client_and_ends_with_it(size: int) -> None:
    sent = 0
    ended = threading.Event()

    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        nonlocal sent
        await send({"type": "http.response.start", "status": 200})
        try:
            while True:
                await send({"type": "http.response.body", "body": b"x" * size, "more_body": True})
                sent += size
        finally:
            ended.set()

    with serving(app) as running:
        with socket.create_connection(("127.0.0.1", running.port)) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            sock.recv(1000)

            def stands_still() -> bool:
                before = sent
                threading.Event().wait(0.1)
                return sent == before

            wait_for(stands_still)
            assert 0 < sent < 16 * MIB
        assert ended.wait(10)


# ---- errors ----


@pytest.mark.parametrize(
    "header", [(b"a", b"x\r\nb: y"), (b"a", b"x\ny"), (b"a\r\nb", b"x"), (b"", b"x"), (b"a b", b"x"), (b"a", b"\0")]
)
def test_broken_headers_give_500(header: tuple[bytes, bytes], capfd: Any) -> None:
    with serving(fixed(b"x", headers=[header])) as running:
        response, body = ask(running.port)
    assert (response.status, body) == (500, b"Internal Server Error")
    assert response.getheader("content-type") == "text/plain"
    assert "ValueError" in capfd.readouterr().err


def test_failures_of_the_application(capfd: Any) -> None:
    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path not in ("/silent", "/call"):
            await send({"type": "http.response.start", "status": 200})
        if path in ("/middle", "/unfinished"):
            await send({"type": "http.response.body", "body": b"part", "more_body": True})
        if path in ("/call", "/started", "/middle"):
            raise KeyError(path)

    with serving(app) as running:
        for path in ("/call", "/started", "/silent", "/only-start"):
            response, body = ask(running.port, path=path)
            assert (response.status, body) == (500, b"Internal Server Error"), path
        for path in ("/middle", "/unfinished"):
            with pytest.raises(http.client.IncompleteRead):  # no last chunk: the client can tell
                ask(running.port, path=path)
        assert not running.server._conns
    err = capfd.readouterr().err
    assert err.count("KeyError: ") == 3 and err.count("without completing its response") == 3


def test_messages_out_of_order_raise() -> None:
    errors: list[BaseException] = []

    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        for message in (
            {"type": "http.response.start", "status": 200},
            {"type": "http.response.body", "body": b"only"},
            {"type": "http.response.body", "body": b"second"},
            {"type": "http.response.start", "status": 500},
        ):
            try:
                await send(message)
            except RuntimeError as error:
                errors.append(error)

    with serving(app) as running:
        answer = raw(running.port, b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        wait_for(lambda: len(errors) == 3)
    assert answer.count(b"HTTP/1.1") == 1 and answer.endswith(b"\r\n\r\nonly")


def test_an_application_that_is_not_callable(capfd: Any) -> None:
    with serving("pkg.mod:app") as running:
        assert ask(running.port)[0].status == 500
