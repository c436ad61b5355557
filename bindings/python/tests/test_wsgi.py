"""The WSGI server, seen by its clients and by its applications."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

import pytest

from cymongoose import wsgi
from cymongoose.wsgi import FileWrapper, WSGIServer, _build_environ, _format_chunked_header, _status_line

from .http_tools import MIB, ask, raw, wait_for


@contextlib.contextmanager
def serving(app: Callable[..., Any], limits: Any = None, **options: Any) -> Iterator[tuple[WSGIServer, int]]:
    server = WSGIServer(app, **options)
    listener = server.listen("http://127.0.0.1:0", **(limits or {}))
    assert listener.local_addr is not None
    stop = threading.Event()

    def loop() -> None:
        while not stop.is_set():
            server.manager.poll(20)

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield server, listener.local_addr[1]
    finally:
        stop.set()
        thread.join()
        server.close()


def plain(*body: bytes, status: str = "200 OK", headers: Any = ()) -> Callable[..., Any]:
    def app(environ: Any, start_response: Any) -> Any:
        start_response(status, list(headers))
        return list(body)

    return app


# ---- helpers that programs call ----


def test_status_line_and_chunked_header() -> None:
    assert _status_line(200) == "HTTP/1.1 200 OK"
    assert _status_line(299) == "HTTP/1.1 299 "
    assert _format_chunked_header(200, [("A", "b")]) == b"HTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert _format_chunked_header(404, [("transfer-encoding", "x")]).count(b"ncoding") == 1
    assert wsgi._STREAM_THRESHOLD == MIB and wsgi._REASON[413] == "Content Too Large"


class FakeMessage:
    method, uri, query, proto, body_bytes = "POST", "/caf%C3%A9/x", "y=%20", "HTTP/1.0", b"abc"
    fields = (("Content-Type", "text/x"), ("Content-Length", "3"), ("X-A", "1"), ("x-a", "2"), ("X_A", "no"),
              ("Proxy", "no"), ("Host", "h"))  # fmt: skip

    def header(self, name: str, default: Any = None) -> Any:
        return next((v for n, v in self.fields if n.lower() == name.lower()), default)

    def headers(self) -> list[tuple[str, str]]:
        return list(self.fields)


class FakePeer:
    is_tls = True
    remote_addr: Any = ("10.0.0.1", 4711, False)


def test_environ() -> None:
    environ = _build_environ(FakeMessage(), FakePeer(), "name", 81)
    assert environ["REQUEST_METHOD"] == "POST"
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/café/x"
    assert environ["QUERY_STRING"] == "y=%20"
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("name", "81")
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.0"
    assert environ["REMOTE_ADDR"] == environ["REMOTE_HOST"] == "10.0.0.1"
    assert environ["CONTENT_TYPE"] == "text/x" and environ["CONTENT_LENGTH"] == "3"
    assert environ["HTTP_X_A"] == "1, 2" and environ["HTTP_HOST"] == "h"
    assert "HTTP_PROXY" not in environ and "HTTP_CONTENT_TYPE" not in environ
    assert environ["wsgi.url_scheme"] == "https" and environ["wsgi.input"].read() == b"abc"
    assert environ["wsgi.multithread"] is True and environ["wsgi.run_once"] is False
    assert environ["wsgi.file_wrapper"] is FileWrapper and environ["wsgi.errors"] is sys.stderr


def test_environ_of_a_bare_request() -> None:
    message, peer = FakeMessage(), FakePeer()
    message.uri, message.query, message.proto, message.fields = "?a=1?b", "", "", ()  # type: ignore[assignment]
    peer.remote_addr = None
    environ = _build_environ(message, peer, "n", 1)
    assert environ["PATH_INFO"] == "/" and environ["QUERY_STRING"] == "a=1?b"
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.1" and environ["SCRIPT_NAME"] == ""
    assert not {"REMOTE_ADDR", "CONTENT_TYPE", "CONTENT_LENGTH"} & environ.keys()


# ---- responses ----


def test_small_body_has_a_length_and_a_type() -> None:
    with serving(plain(b"Hello, ", b"World!")) as (_, port):
        response, body = ask(port)
    assert body == b"Hello, World!"
    assert response.getheaders() == [("Content-Type", "text/plain"), ("Content-Length", "13")]


def test_headers_keep_order_case_and_duplicates() -> None:
    headers = [("Set-Cookie", "a=1"), ("x-lower", "v"), ("Set-Cookie", "b=2"), ("Content-Type", "text/html")]
    with serving(plain(b"x", status="201 Made Here", headers=headers)) as (_, port):
        response, _ = ask(port)
    assert response.getheaders() == [*headers, ("Content-Length", "1")]
    assert (response.status, response.reason) == (201, "Made Here")


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_bodiless_statuses(status: str) -> None:
    with serving(plain(b"dropped", status=status)) as (_, port):
        conn = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for _ in range(2):  # the second shows that no byte of the body was sent
            conn.request("GET", "/")
            response = conn.getresponse()
            assert response.read() == b"" and response.getheaders() == []
        conn.close()


def test_head_has_the_headers_of_get_and_no_body() -> None:
    with serving(plain(b"12345")) as (_, port):
        answer = raw(port, b"HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert b"Content-Length: 5\r\n" in answer and answer.endswith(b"\r\n\r\n")


def test_keep_alive_and_pipelining_in_order() -> None:
    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return [environ["PATH_INFO"].encode()]

    requests = b"".join(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % i for i in range(20))
    with serving(app) as (_, port):
        answer = raw(port, requests + b"GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    bodies = [part.split(b"\r\n\r\n")[1] for part in answer.split(b"HTTP/1.1 200 OK\r\n")[1:]]
    assert bodies == [*(b"/%d" % i for i in range(20)), b"/last"]


def test_http_1_0() -> None:
    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"a"
        yield b"b"

    with serving(app) as (_, port):
        answer = raw(port, b"GET / HTTP/1.0\r\n\r\n")
    assert answer.endswith(b"\r\n\r\nab") and b"chunked" not in answer
    with serving(plain(b"x")) as (_, port):
        request = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        answer = raw(port, request + b"GET / HTTP/1.0\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 OK") == 2 and answer.count(b"Connection: keep-alive\r\n") == 1


def test_generator_is_flushed_block_by_block() -> None:
    go_on = threading.Event()

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("X-Late", "yes")])
        yield b""
        yield b"first"
        assert go_on.wait(10)
        yield b"second"

    with serving(app) as (_, port):
        conn = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        conn.request("GET", "/")
        response = conn.getresponse()
        assert response.getheader("Transfer-Encoding") == "chunked" and response.getheader("X-Late") == "yes"
        assert response.read(5) == b"first"
        go_on.set()
        assert response.read() == b"second"
        conn.close()


@pytest.mark.parametrize("size", [MIB - 1, MIB, MIB + 1, 20 * MIB])
@pytest.mark.parametrize("kind", ["one", "list", "generator", "file"])
def test_large_bodies_arrive_whole(size: int, kind: str, tmp_path: Path) -> None:
    content = os.urandom(4096) * (size // 4096 + 1)
    content = content[:size]
    path = tmp_path / "file"
    path.write_bytes(content)

    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Type", "x/y")])
        if kind == "one":
            return [content]
        if kind == "list":
            return [content[at : at + 100_000] for at in range(0, size, 100_000)]
        if kind == "generator":
            return (content[at : at + 10_000] for at in range(0, size, 10_000))
        return environ["wsgi.file_wrapper"](path.open("rb"), blksize=50_000)

    with serving(app) as (server, port):
        response, body = ask(port)
        assert body == content
        assert (response.getheader("Transfer-Encoding") == "chunked") == (
            kind == "generator" or (kind != "file" and size >= MIB)
        )
        wait_for(lambda: len(server._stash) == 0 and len(server._streams) == 0)


def test_hundreds_of_thousands_of_tiny_blocks() -> None:
    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return (b"%07d " % i for i in range(250_000))

    with serving(app) as (_, port):
        _, body = ask(port)
    assert len(body) == 8 * 250_000 and body.endswith(b"0249999 ")


def test_write_comes_first() -> None:
    def app(environ: Any, start_response: Any) -> Any:
        write = start_response("200 OK", [])
        write(b"one ")
        write("two ")
        return [] if environ["PATH_INFO"] == "/only" else ["three", b""]

    with serving(app) as (_, port):
        assert ask(port)[1] == b"one two three"
        response, body = ask(port, path="/only")
        assert body == b"one two " and response.getheader("Content-Length") == "8"


def test_content_length_of_the_application() -> None:
    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Length", "4")])
        yield b"abc"
        if environ["PATH_INFO"] == "/long":
            yield b"defg"

    with serving(app) as (_, port):
        response, body = ask(port, path="/long")
        assert body == b"abcd" and response.getheader("Transfer-Encoding") is None
        with pytest.raises(http.client.IncompleteRead):
            ask(port, path="/short")


def test_hop_by_hop_headers_are_the_servers() -> None:
    headers = [("Transfer-Encoding", "gzip"), ("Keep-Alive", "x"), ("Connection", "close")]
    with serving(plain(b"x", headers=headers)) as (_, port):
        answer = raw(port, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert b"gzip" not in answer and b"Keep-Alive" not in answer and b"Connection: close\r\n" in answer


# ---- errors ----


@pytest.mark.parametrize(
    "header", [("A", "x\r\nB: y"), ("A", "x\ny"), ("A\r\nB", "x"), ("", "x"), ("A b", "x"), ("A", "\0")]
)
def test_broken_headers_give_500(header: tuple[str, str], capfd: Any) -> None:
    with serving(plain(b"x", headers=[header])) as (_, port):
        response, body = ask(port)
    assert (response.status, body) == (500, b"Internal Server Error")
    assert response.getheader("Content-Type") == "text/plain"
    assert "ValueError" in capfd.readouterr().err


def test_requests_that_never_reach_the_application() -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        paths.append(environ["PATH_INFO"])
        return [b"fine"]

    paths: list[str] = []
    with serving(app, {"max_recv_size": 2000}) as (_, port):
        for request, status in [
            (b"garbage\r\n\r\n", 400),
            (b"POST /long HTTP/1.1\r\nHost: h\r\nContent-Length: 3000\r\n\r\n", 413),
            (b"GET /coded HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        ]:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
                peer.sendall(request)
                assert peer.recv(100).startswith(b"HTTP/1.1 %d " % status)
        assert ask(port, "POST", "/short", b"x" * 1000)[1] == b"fine"
    assert paths == ["/short"]


class Closing:
    def __init__(self, blocks: Any) -> None:
        self.blocks = iter(blocks)
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        return self.blocks  # type: ignore[no-any-return]

    def close(self) -> None:
        self.closed += 1


def test_exceptions(capfd: Any) -> None:
    def late() -> Iterator[bytes]:
        raise KeyError("late")
        yield b""

    def middle() -> Iterator[bytes]:
        yield b"part"
        raise KeyError("middle")

    bodies: dict[str, Any] = {"/late": Closing(late()), "/middle": Closing(middle()), "/fine": Closing([b"x"])}

    def app(environ: Any, start_response: Any) -> Any:
        path = environ["PATH_INFO"]
        if path == "/call":
            raise KeyError("call")
        start_response("abc" if path == "/status" else "200 OK", [])
        return {"/number": 7, "/numbers": [7], "/bytes": b"abc"}.get(path) or bodies.get(path, [])

    with serving(app) as (_, port):
        for path in ("/call", "/late", "/status", "/number", "/numbers", "/bytes"):
            assert ask(port, path=path)[0].status == 500, path
        with pytest.raises(http.client.IncompleteRead):  # no last chunk: the client can tell
            ask(port, path="/middle")
        assert ask(port, path="/fine")[1] == b"x"
    assert [body.closed for body in bodies.values()] == [1, 1, 1]
    assert capfd.readouterr().err.count("KeyError: ") == 3


def test_no_start_response(capfd: Any) -> None:
    with serving(lambda environ, start_response: [b"body"]) as (_, port):
        response, body = ask(port)
    assert (response.status, body) == (500, b"body")


def test_exc_info_replaces_the_head_until_it_is_sent(capfd: Any) -> None:
    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("A", "1")])
        if environ["PATH_INFO"] == "/sent":
            yield b"sent"
        try:
            raise OSError("no")
        except OSError:
            start_response("503 Busy", [("B", "2")], sys.exc_info())
        yield b"sorry"

    with serving(app) as (_, port):
        response, body = ask(port)
        assert (response.status, response.getheader("A"), body) == (503, None, b"sorry")
        with pytest.raises(http.client.IncompleteRead):
            ask(port, path="/sent")


# ---- requests ----


def test_requests_with_bodies() -> None:
    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        body = environ["wsgi.input"].read()
        return [json.dumps([environ.get("CONTENT_LENGTH"), environ.get("CONTENT_TYPE"), len(body),
                            "HTTP_TRANSFER_ENCODING" in environ]).encode()]  # fmt: skip

    with serving(app) as (_, port):
        assert json.loads(ask(port, "POST", "/", b"x" * 100_000, Content_Type="a/b")[1]) == [
            "100000", "a/b", 100_000, False]  # fmt: skip
        assert json.loads(ask(port, "POST", "/", iter([b"abc", b"de"]))[1]) == ["5", None, 5, False]


def test_a_body_that_ends_early_is_not_served() -> None:
    calls = []

    def app(environ: Any, start_response: Any) -> Any:
        calls.append(environ["PATH_INFO"])
        start_response("200 OK", [])
        return [b"x"]

    with serving(app) as (_, port):
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sock.sendall(b"POST /cut HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n0123456789")
            sock.shutdown(socket.SHUT_WR)
            assert b"200" not in sock.recv(1000)
        assert ask(port, path="/whole")[1] == b"x"
    assert calls == ["/whole"]


def test_expect_100_continue() -> None:
    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]

    with serving(app) as (_, port), socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert sock.recv(1000).startswith(b"HTTP/1.1 100 Continue\r\n")
        sock.sendall(b"hi")
        assert sock.recv(1000).endswith(b"\r\n\r\nhi")


def test_the_validator_is_content() -> None:
    def app(environ: Any, start_response: Any) -> Any:
        environ["wsgi.input"].read(3)
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
        return [b"ok"]

    with serving(validator(app)) as (_, port):
        response, body = ask(port, "POST", "/a%20b?c=d", b"abc")
    assert (response.status, body) == (200, b"ok")


# ---- threads ----


def test_workers_run_side_by_side_and_more_wait() -> None:
    meeting = threading.Barrier(3, timeout=10)

    def app(environ: Any, start_response: Any) -> Any:
        meeting.wait()
        start_response("200 OK", [])
        return [b"met"]

    with serving(app, workers=3) as (_, port):
        answers: list[bytes] = []
        threads = [threading.Thread(target=lambda: answers.append(ask(port)[1])) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [b"met"] * 6


def test_a_client_that_goes_away_frees_its_worker() -> None:
    ended = threading.Event()
    blocks = Closing(iter(lambda: b"x" * 100_000, b""))
    blocks.close = ended.set  # type: ignore[method-assign]

    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return blocks if environ["PATH_INFO"] == "/endless" else [b"alive"]

    with serving(app, workers=1, stream_timeout=60) as (server, port):
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sock.sendall(b"GET /endless HTTP/1.1\r\nHost: h\r\n\r\n")
            sock.recv(1000)
            wait_for(lambda: len(server._streams) == 1)
        assert ended.wait(10)
        assert ask(port)[1] == b"alive"
        assert len(server._streams) == 0


def test_a_client_that_does_not_read_is_cut() -> None:
    produced = []

    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        while True:
            produced.append(1)
            yield b"x" * 100_000

    with serving(app, workers=1) as (server, port):
        server._stream_timeout = 0.2
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            sock.recv(1000)
            wait_for(lambda: len(server._active) == 0)
        assert len(produced) < 200  # memory stays bounded: what the kernel took, and about 1 MiB


def test_close_while_a_worker_runs(capfd: Any) -> None:
    inside, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def app(environ: Any, start_response: Any) -> Any:
        inside.set()
        go_on.wait(10)
        start_response("200 OK", [])
        done.set()
        return [b"x" * 10]

    with serving(app) as (server, port):
        sock = socket.create_connection(("127.0.0.1", port))
        sock.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert inside.wait(10)
    server.close()
    go_on.set()
    assert done.wait(10)
    server._pool.shutdown(wait=True)
    assert sock.recv(10) == b""
    sock.close()
    assert capfd.readouterr().err == ""
    with pytest.raises(RuntimeError):
        server.manager.poll(0)


def test_file_wrapper_by_itself() -> None:
    file = io.StringIO("abcde")
    wrapper = FileWrapper(file, blksize=2)
    assert iter(wrapper) is wrapper and list(wrapper) == [b"ab", b"cd", b"e"]
    wrapper.close()
    assert file.closed and wrapper.filelike is file and wrapper.blksize == 2
    FileWrapper(iter(())).close()


PROGRAM = """
from cymongoose.wsgi import serve
def app(environ, start_response):
    start_response("200 OK", [])
    return [b"served"]
serve(app, "http://127.0.0.1:0", workers=2)
print("after")
"""


def test_serve_says_where_and_ends_by_signal() -> None:
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process, process.stdout:
        first, second, third = (process.stdout.readline() for _ in range(3))
        assert "http://127.0.0.1:" in first and "Workers: 2" in second and "Ctrl+C" in third
        assert ask(int(first.rstrip("/\n").rsplit(":", 1)[1]))[1] == b"served"
        process.terminate()
        assert process.stdout.read() == "after\n"
        assert process.wait(10) == 0


LATE = """
import signal, threading, os
from cymongoose.wsgi import WSGIServer
def app(environ, start_response):
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(1.2)
    start_response("200", [])
    return [b"late"]
server = WSGIServer(app)
print(server.listen("http://127.0.0.1:0").local_addr[1], flush=True)
server.run()
"""


def test_a_request_that_finishes_long_after_the_signal_is_answered() -> None:
    process = subprocess.Popen([sys.executable, "-c", LATE], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process, process.stdout:
        response, body = ask(int(process.stdout.readline()))
        assert (response.status, response.reason, body) == (200, "OK", b"late")
        assert process.wait(10) == 0


@pytest.mark.parametrize("status", ["20 Short", "1000 Long", "-200 Negative"])
def test_status_codes_have_three_digits(status: str, capfd: Any) -> None:
    with serving(plain(b"x", status=status)) as (_, port):
        assert ask(port)[0].status == 500


def test_bytes_as_the_iterable(capfd: Any) -> None:
    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return b"numbers"  # iterates as numbers, which are not blocks

    with serving(app) as (_, port):
        assert ask(port)[0].status == 500


def test_a_packed_file_has_no_known_length(tmp_path: Path) -> None:
    import gzip

    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(b"x" * 100_000))

    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return environ["wsgi.file_wrapper"](gzip.open(path, "rb"))

    with serving(app) as (_, port):
        assert ask(port)[1] == b"x" * 100_000
