"""An ASGI 3 server on one `Manager`, on the asyncio loop that starts it: HTTP, WebSocket and lifespan.

from cymongoose.asgi import serve
serve(app, "http://127.0.0.1:8000")
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ._asgi_body import BodyStream
from ._asgi_exchange import ClientDisconnected, ConnState as _ConnState
from ._asgi_http import HttpExchange
from ._asgi_lifespan import Lifespan
from ._asgi_poller import Poller
from ._asgi_scope import build_http_scope as _build_http_scope, build_ws_scope as _build_ws_scope
from ._asgi_websocket import WebSocketExchange
from ._http_framing import Framing
from ._http_request import server_address
from ._mongoose import (
    MG_EV_ACCEPT,
    MG_EV_CLOSE,
    MG_EV_HTTP_HDRS,
    MG_EV_HTTP_MSG,
    MG_EV_READ,
    MG_EV_WRITE,
    MG_EV_WS_CTL,
    MG_EV_WS_MSG,
    Connection,
    HttpMessage,
    Manager,
    TlsOpts,
    url_host,
)
from .wsgi import _format_chunked_header as _format_chunked_header, _status_line as _status_line

__all__ = ["ASGIApp", "ASGIServer", "ClientDisconnected", "serve"]

ASGIApp = Callable[..., Any]

# Names and values that programs written for cymongoose may read.
_WAKEUP_MAX_BYTES = 8192
_STREAM_CONCURRENCY = 16
_WS_OP_CLOSE = 8
_RESP, _RESP_STASH = b"R", b"r"
_WS_SEND, _WS_SEND_STASH, _WS_CLOSE = b"W", b"w", b"X"
_STREAM_HDR, _STREAM_HDR_STASH, _STREAM_CHUNK, _STREAM_CHUNK_STASH, _STREAM_END = b"S", b"s", b"C", b"c", b"E"

# Announced bytes from which on the application is called before the body is there.
_STREAM_BODY = 64 * 1024
# Seconds that `stop` waits for requests in work, and then for the last bytes to leave.
_GRACE_S = 2.0
_FLUSH_S = 1.0


class ASGIServer:
    """Serves ``app``, an ASGI 3 application, over HTTP/1.1 and WebSocket.

    Everything runs on the loop that calls `start`; there are no threads. ``error_handler`` gets exceptions of the
    server's own event handler, never those of the application. ``lifespan`` is ``auto``, ``on`` or ``off``;
    ``root_path`` goes into the scopes; ``grace`` is how many seconds `stop` waits for requests in work.
    ``ssl_certfile`` and ``ssl_keyfile`` name PEM files for an ``https://`` URL.
    """

    def __init__(
        self,
        app: ASGIApp,
        error_handler: Callable[[Exception], Any] | None = None,
        *,
        lifespan: str = "auto",
        root_path: str = "",
        grace: float = _GRACE_S,
        ssl_certfile: str | None = None,
        ssl_keyfile: str | None = None,
    ) -> None:
        self._app = app
        self._error_handler = error_handler
        self._root_path = root_path
        self._grace = grace
        self._tls: TlsOpts | None = None
        if ssl_certfile is not None:
            self._tls = TlsOpts(
                cert=Path(ssl_certfile).read_bytes(), key=Path(ssl_keyfile or ssl_certfile).read_bytes()
            )
        self._lifespan_mode = lifespan
        self._lifespan = Lifespan(app, lifespan)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._manager: Manager | None = None
        self._poller: Poller | None = None
        self._server_name = "127.0.0.1"
        self._server_port = 0
        self._listeners: list[Connection] = []
        self._conns: set[_ConnState] = set()  # one for each application call whose connection waits for it
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def manager(self) -> Manager:
        """The manager; connections and timers of the program's own are welcome in it."""
        if self._manager is None or self._poller is None:
            raise RuntimeError("ASGIServer is not started")
        self._poller.wake()
        return self._manager

    # ---- life cycle ----

    async def start(self, url: str = "http://127.0.0.1:8000", *, reuse_port: bool = False) -> Connection:
        """Run the application's start-up, then listen. Returns the listener; its ``local_addr[1]`` is the port.
        ``reuse_port`` as for `Manager.listen`.

        Raises ``RuntimeError`` when the application or the listener fails.
        """
        if self._loop is not None or self._manager is not None:
            raise RuntimeError("ASGIServer is already started")
        self._loop = asyncio.get_running_loop()
        try:
            self._lifespan = Lifespan(self._app, self._lifespan_mode)
            await self._lifespan.startup()
            self._manager = Manager(None, enable_wakeup=True, error_handler=self._error_handler, poll_events=False)
            listener = self.listen(url, reuse_port=reuse_port)
            self._poller = Poller(self._manager, self._loop)
        except BaseException:
            await self.stop()
            raise
        return listener

    def listen(self, url: str, *, reuse_port: bool = False) -> Connection:
        """Open one more listener of a started server. The last one gives its name and port to the scopes."""
        if self._manager is None:
            raise RuntimeError("ASGIServer is not started")
        listener = self._manager.listen(url, self._on_event, http=True, reuse_port=reuse_port)
        self._server_name, self._server_port = server_address(url, listener)
        self._listeners.append(listener)
        self.nudge()
        return listener

    async def stop(self) -> None:
        """Accept nothing new, let requests in work finish for a while, close, run the application's shutdown.

        Harmless when the server is not started.
        """
        loop, self._loop = self._loop, None
        if loop is None:
            return
        try:
            if self._poller is not None:
                await self._drain(loop)
        finally:
            self._close()
            await self._lifespan.shutdown()

    async def _drain(self, loop: asyncio.AbstractEventLoop) -> None:
        assert self._manager is not None and self._poller is not None
        for listener in self._listeners:
            listener.drain()
        for exchange in list(self._conns):
            if isinstance(exchange, WebSocketExchange):
                exchange.go_away()
        self._poller.nudge()
        await asyncio.sleep(0)  # out of any handler
        deadline = loop.time() + self._grace
        mine = asyncio.current_task()
        while (tasks := self._tasks - {mine}) and loop.time() < deadline:
            await asyncio.wait(tasks, timeout=deadline - loop.time())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_FLUSH_S)
        deadline = loop.time() + min(self._grace, _FLUSH_S)
        for conn in self._manager.connections:
            if conn.is_accepted:
                conn.drain()
        while any(conn.is_accepted for conn in self._manager.connections) and loop.time() < deadline:
            self._poller.nudge()
            await asyncio.sleep(0.005)

    def _close(self) -> None:
        if self._poller is not None:
            self._poller.close()
        if self._manager is not None:
            self._manager.close()
        self._manager = self._poller = None
        self._listeners.clear()
        self._conns.clear()
        self._tasks.clear()

    # ---- for the exchanges ----

    def nudge(self) -> None:
        """Something was queued on a connection."""
        if self._poller is not None:
            self._poller.nudge()

    def ended(self, exchange: _ConnState) -> None:
        """The connection of ``exchange`` is free for the next request, or gone."""
        self._conns.discard(exchange)

    def returned(self, exchange: _ConnState) -> None:
        """The application call of ``exchange`` is over."""
        if exchange.task is not None:
            self._tasks.discard(exchange.task)

    # ---- events ----

    def _on_event(self, conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            self._on_request(conn, data, data.body_bytes)
        elif ev == MG_EV_HTTP_HDRS:
            self._on_head(conn, data)
        elif ev == MG_EV_ACCEPT:
            if self._tls is not None:
                conn.tls_init(self._tls)
        else:
            exchange = conn.userdata
            if exchange is None:
                return
            if ev == MG_EV_WRITE:
                exchange.on_write()
            elif ev == MG_EV_READ:
                exchange.on_read()
            elif ev == MG_EV_WS_MSG or ev == MG_EV_WS_CTL:
                exchange.on_frame(data.flags & 15, data.data)
            elif ev == MG_EV_CLOSE:
                exchange.on_close()
                self._conns.discard(exchange)
                conn.userdata = None  # they refer to each other

    def _on_head(self, conn: Connection, hm: HttpMessage) -> None:
        """A head has arrived: does the application read the body while it arrives?"""
        length = hm.header("Content-Length")
        if length is not None:
            if not length.isdigit() or int(length) < _STREAM_BODY or int(length) <= conn.recv_len - hm._head_size:
                return
        elif hm.header("Transfer-Encoding", "").strip().lower() != "chunked" or hm.proto == "HTTP/1.0":
            return
        elif conn.recv_data().endswith(b"0\r\n\r\n"):
            return  # most likely all of it
        stream = BodyStream(conn, None if length is None else int(length), self.nudge)
        self._on_request(conn, hm, stream)
        conn.recv_consume(hm._head_size)  # tells the engine that the rest is ours

    def _on_request(self, conn: Connection, hm: HttpMessage, body: bytes | BodyStream) -> None:
        if isinstance(body, bytes) and hm.header("Upgrade", "").lower() == "websocket":
            if not hm.header("Sec-WebSocket-Key"):
                conn.ws_upgrade(hm)  # refuses
                return
            scope = _build_ws_scope(hm, conn, self._server_name, self._server_port)
            exchange: HttpExchange | WebSocketExchange = WebSocketExchange(scope, conn, self)
        else:
            scope = _build_http_scope(hm, conn, self._server_name, self._server_port)
            framing = Framing(scope["method"], hm.proto, hm.header("Connection", ""))
            exchange = HttpExchange(scope, conn, self, framing, body)
        if self._root_path:
            scope["root_path"] = self._root_path
        if self._lifespan.supported:
            scope["state"] = self._lifespan.state.copy()
        conn.userdata = exchange
        self._conns.add(exchange)
        task = exchange.task = asyncio.get_running_loop().create_task(exchange.run(self._app))
        self._tasks.add(task)


async def _serve_async(app: ASGIApp, url: str = "http://127.0.0.1:8000") -> None:
    """What `serve` runs."""
    server = ASGIServer(app)
    listener = await server.start(url)
    try:
        wanted = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            # Not in the main thread, or a loop without signals: the program ends it in its own way.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, wanted.set)
        address = listener.local_addr
        print(f"Vansire ASGI server on http://{url_host(url)}:{address[1] if address else 0}/")
        print("  Press Ctrl+C to stop", flush=True)
        await wanted.wait()
    finally:
        await server.stop()
    print("Server stopped.", flush=True)


def serve(app: ASGIApp, url: str = "http://127.0.0.1:8000") -> None:
    """Serve ``app`` at ``url`` until SIGINT or SIGTERM."""
    asyncio.run(_serve_async(app, url))
