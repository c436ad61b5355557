"""Life of the ASGI server and of its applications: start, lifespan, stop, `serve`, TLS, frameworks."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from cymongoose import Manager
from cymongoose.asgi import ASGIServer

from .asgi_tools import Receive, Send, fixed, http_app, loop_thread, respond, serving
from .http_tools import ask, read_all, wait_for


class Application:
    """Knows lifespan, and keeps a record."""

    def __init__(self) -> None:
        self.record: list[Any] = []

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            assert scope["asgi"] == {"version": "3.0", "spec_version": "2.0"}
            self.record.append((await receive())["type"])
            scope["state"]["made"] = self.record
            await send({"type": "lifespan.other"})
            await send({"type": "lifespan.startup.complete"})
            self.record.append((await receive())["type"])
            await send({"type": "lifespan.shutdown.complete"})
            return
        assert scope["state"]["made"] is self.record
        assert "mine" not in scope["state"]  # a copy of its own
        scope["state"]["mine"] = 1
        self.record.append(scope["type"])
        await respond(send, b"x")


LIFE = ["lifespan.startup", "http", "http", "lifespan.shutdown"]


def test_lifespan() -> None:
    app = Application()
    with serving(app, lifespan="on") as running:
        for _ in range(2):
            assert ask(running.port)[1] == b"x"
    assert app.record == LIFE


def test_start_again_after_stop() -> None:
    app = Application()
    server = ASGIServer(app)
    with loop_thread() as loop:
        for n in (1, 2):
            with pytest.raises(RuntimeError, match="not started"):
                _ = server.manager
            listener = asyncio.run_coroutine_threadsafe(server.start("http://127.0.0.1:0"), loop).result(10)
            with pytest.raises(RuntimeError, match="already started"):
                asyncio.run_coroutine_threadsafe(server.start("http://127.0.0.1:0"), loop).result(10)
            assert listener.local_addr is not None and isinstance(server.manager, Manager)
            port = listener.local_addr[1]
            assert [ask(port)[1] for _ in range(2)] == [b"x", b"x"]
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result(5)
            assert app.record == n * LIFE
            with pytest.raises(ConnectionRefusedError):
                ask(port)


def test_startup_that_fails() -> None:
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    async def main() -> None:
        server = ASGIServer(app)
        with pytest.raises(RuntimeError, match="no database"):
            await server.start("http://127.0.0.1:0")
        await server.stop()
        await ASGIServer(app).stop()  # never started

    asyncio.run(main())


def test_applications_without_lifespan(capfd: Any) -> None:
    async def silent(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await respond(send, b"x")

    for app in (silent, fixed(b"x")):
        with serving(app) as running:
            assert ask(running.port)[1] == b"x"
        with pytest.raises(RuntimeError, match="lifespan"), serving(app, lifespan="on"):
            pass
    assert capfd.readouterr().err == ""
    app_with = Application()
    with serving(app_with, lifespan="off"):
        pass
    assert app_with.record == []
    with pytest.raises(ValueError):
        ASGIServer(silent, lifespan="maybe")


def test_a_lifespan_that_breaks_later(capfd: Any) -> None:
    go_on = asyncio.Event()

    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            go_on.set()
            await respond(send, b"x")
            return
        await send({"type": "lifespan.startup.complete"})
        await go_on.wait()
        raise KeyError("later")

    with serving(app) as running:
        assert ask(running.port)[1] == b"x"
        wait_for(lambda: not running.server._lifespan.supported)
        assert ask(running.port)[1] == b"x"
    assert "KeyError" in capfd.readouterr().err


def test_startup_may_take_its_time_and_can_be_cancelled() -> None:
    record: list[str] = []

    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            record.append("ended")

    async def main() -> None:
        server = ASGIServer(app)
        starting = asyncio.create_task(server.start("http://127.0.0.1:0"))
        await asyncio.sleep(0.01)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        await server.stop()

    asyncio.run(main())
    assert record == ["ended"]


def test_a_listener_that_fails_ends_the_lifespan() -> None:
    app = Application()

    async def main() -> None:
        server = ASGIServer(app)
        with pytest.raises(RuntimeError, match="Failed to listen"):
            await server.start("http://127.0.0.1:99999")
        assert app.record == ["lifespan.startup", "lifespan.shutdown"]
        await server.stop()

    asyncio.run(main())


# ---- stop ----


def test_stop_lets_requests_finish() -> None:
    inside, go_on = threading.Event(), threading.Event()

    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        inside.set()
        await asyncio.to_thread(go_on.wait, 10)
        await respond(send, b"finished")

    with serving(app, grace=10) as running, socket.create_connection(("127.0.0.1", running.port), timeout=10) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert inside.wait(10)
        stopping = threading.Thread(target=running.stop)
        stopping.start()

        def refused() -> bool:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", running.port), timeout=1):
                return False
            return True

        wait_for(refused)
        go_on.set()
        assert read_all(sock).endswith(b"finished")
        stopping.join()


def test_stop_cancels_what_does_not_finish() -> None:
    record: list[str] = []

    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            record.append("cancelled")
            raise

    with serving(app, grace=0.1) as running, socket.create_connection(("127.0.0.1", running.port), timeout=10) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        wait_for(lambda: len(running.server._conns) == 1)
        running.stop()
        assert record == ["cancelled"]
        assert read_all(sock).startswith(b"HTTP/1.1 500 ")


def test_stop_closes_idle_connections_and_does_not_block_the_loop() -> None:
    with serving(fixed(b"x")) as running:
        sock = socket.create_connection(("127.0.0.1", running.port), timeout=10)
        sock.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert sock.recv(1000).endswith(b"x")
        running.stop()
        assert sock.recv(1) == b""
        sock.close()


# ---- the manager ----


def test_the_program_may_use_the_manager() -> None:
    fired, called = threading.Event(), threading.Event()
    with serving(fixed(b"x")) as running:

        async def on_loop() -> None:
            running.server.manager.timer_add(10, fired.set)
            second = running.server.listen("http://127.0.0.1:0")
            assert second.local_addr is not None
            response = await asyncio.to_thread(ask, second.local_addr[1])
            assert response[1] == b"x"

        running.run(on_loop())
        assert fired.wait(10)
        running.server.manager.call_soon(called.set)  # from another thread
        assert called.wait(10)


def test_loops_that_cannot_watch_descriptors() -> None:
    loop = asyncio.new_event_loop()

    def refuse(*args: Any) -> None:
        raise NotImplementedError

    loop.add_reader = refuse  # type: ignore[method-assign]

    async def main() -> None:
        server = ASGIServer(fixed(b"x"))
        listener = await server.start("http://127.0.0.1:0")
        assert listener.local_addr is not None
        assert (await asyncio.to_thread(ask, listener.local_addr[1]))[1] == b"x"
        await server.stop()

    try:
        loop.run_until_complete(main())
    finally:
        loop.close()


def test_https(tmp_path: Path) -> None:
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    try:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-subj", "/CN=localhost", "-days", "2", "-keyout", key, "-out", cert],
            check=True, capture_output=True)  # fmt: skip
    except FileNotFoundError:
        pytest.skip("needs openssl")
    schemes = []

    @http_app
    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        schemes.append(scope["scheme"])
        await respond(send, b"x" * 1_000_000)

    with serving(app, "https://127.0.0.1:0", ssl_certfile=str(cert), ssl_keyfile=str(key)) as running:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        for _ in range(3):
            with urllib.request.urlopen(f"https://127.0.0.1:{running.port}/", timeout=10, context=context) as answer:
                assert answer.read() == b"x" * 1_000_000
    assert schemes == ["https"] * 3


PROGRAM = """
from cymongoose.asgi import serve
async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"served"})
serve(app, "http://127.0.0.1:0")
print("after")
"""


def test_serve_says_where_and_ends_by_signal() -> None:
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process, process.stdout:
        first, second = (process.stdout.readline() for _ in range(2))
        assert "http://127.0.0.1:" in first and "Ctrl+C" in second
        assert ask(int(first.rstrip("/\n").rsplit(":", 1)[1]))[1] == b"served"
        process.terminate()
        assert process.stdout.read() == "Server stopped.\nafter\n"
        assert process.wait(10) == 0


def test_import_of_the_package_does_not_import_the_servers() -> None:
    code = "import cymongoose, sys; assert not {'cymongoose.asgi', 'cymongoose.wsgi'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# ---- frameworks ----


def test_starlette() -> None:
    pytest.importorskip("starlette", reason="needs Starlette")
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse, StreamingResponse
    from starlette.routing import Route, WebSocketRoute
    from starlette.websockets import WebSocket

    async def hello(request: Request) -> JSONResponse:
        return JSONResponse({"body": (await request.body()).decode(), "state": request.state.made})

    async def stream(request: Request) -> StreamingResponse:
        async def parts() -> Any:
            for number in range(100):
                yield f"{number} "

        return StreamingResponse(parts())

    async def socket_echo(ws: WebSocket) -> None:
        await ws.accept(subprotocol="b")
        await ws.send_text(await ws.receive_text())
        await ws.close(4000)

    @contextlib.asynccontextmanager
    async def lifespan(app: Any) -> Any:
        yield {"made": "yes"}

    routes = [Route("/", hello, methods=["POST"]), Route("/s", stream), WebSocketRoute("/ws", socket_echo)]
    with serving(Starlette(routes=routes, lifespan=lifespan), lifespan="on") as running:
        response, body = ask(running.port, "POST", "/", b"data")
        assert (response.status, body) == (200, b'{"body":"data","state":"yes"}')
        assert ask(running.port, path="/s")[1].split() == [b"%d" % n for n in range(100)]
        import websocket

        ws = websocket.create_connection(f"ws://127.0.0.1:{running.port}/ws", timeout=10, subprotocols=["a", "b"])
        assert ws.getsubprotocol() == "b"
        ws.send("hi")
        assert ws.recv() == "hi"
        assert ws.recv_data() == (websocket.ABNF.OPCODE_CLOSE, b"\x0f\xa0")
        ws.close()


def test_fastapi() -> None:
    pytest.importorskip("fastapi", reason="needs FastAPI")
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/items/{number}")
    async def item(number: int, q: str = "") -> dict[str, Any]:
        return {"number": number, "q": q}

    with serving(app) as running:
        assert ask(running.port, path="/items/7?q=%C3%A9")[1] == '{"number":7,"q":"é"}'.encode()
        assert ask(running.port, path="/items/x")[0].status == 422
