"""A WSGI server (PEP 3333) on one `Manager`: applications run in a pool of threads, the loop never runs them.

from cymongoose.wsgi import serve
serve(app, "http://127.0.0.1:8000")
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ._http import REASON, status_line
from ._http_request import server_address
from ._mongoose import (
    MG_EV_ACCEPT,
    MG_EV_CLOSE,
    MG_EV_HTTP_MSG,
    MG_EV_WRITE,
    Connection,
    HttpMessage,
    Manager,
    TlsOpts,
    url_host,
)
from ._wsgi_environ import FileWrapper, build_environ
from ._wsgi_response import Response
from ._wsgi_worker import run as _run_application

__all__ = ["FileWrapper", "WSGIApp", "WSGIServer", "serve"]

WSGIApp = Callable[..., Any]

# Names and values that programs written for cymongoose may read.
_REASON, _status_line, _build_environ = REASON, status_line, build_environ
_WAKEUP_MAX_BYTES = 8192
_STREAM_THRESHOLD = 1048576
_STREAM_QUEUE_SIZE = 16
_STREAM_PUT_TIMEOUT = 5.0
_STREAM_BATCH_SIZE = 262144
_INLINE, _STASH, _STREAM_HDR_INLINE, _STREAM_HDR_STASH, _DRAIN = b"I", b"S", b"H", b"h", b"D"

# Seconds that `run` waits for requests in work after a signal. A second signal ends the wait.
_GRACE_S = 10.0


def _format_chunked_header(status_code: int, headers: list[tuple[str, str]]) -> bytes:
    """The head of a chunked response: the headers as given, and the transfer coding if they do not name one."""
    lines = [status_line(status_code), *(f"{name}: {value}" for name, value in headers)]
    if not any(name.lower() == "transfer-encoding" for name, _ in headers):
        lines.append("Transfer-Encoding: chunked")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class WSGIServer:
    """Serves ``app`` over HTTP/1.1 with up to ``workers`` requests at the same time; more wait their turn.

    ``error_handler`` gets exceptions of the event loop, never those of the application. ``stream_timeout`` is how many
    seconds a response may stand still because the client does not read; then it is cut.
    """

    def __init__(
        self,
        app: WSGIApp,
        workers: int = 4,
        error_handler: Callable[[Exception], Any] | None = None,
        stream_timeout: float = 5.0,
    ) -> None:
        self._app = app
        self._workers = workers
        self._stream_timeout = stream_timeout
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="wsgi")
        self._manager = Manager(self._event_handler, enable_wakeup=True, error_handler=error_handler)
        self._server_name = "127.0.0.1"
        self._server_port = 0
        self._shutdown = False
        self._grace = _GRACE_S
        self._listeners: list[Connection] = []
        self._tls: dict[int, TlsOpts] = {}
        # Responses by connection: one at a time each, the engine holds pipelined requests back.
        self._active: dict[int, Response] = {}
        self._streams: dict[int, Response] = {}
        # Responses that have something for the loop; workers append, the loop takes.
        self._stash: deque[Response] = deque()
        self._stash_lock = threading.Lock()
        self._notified = False

    @property
    def manager(self) -> Manager:
        """The manager, for programs that poll themselves."""
        return self._manager

    def listen(self, url: str = "http://127.0.0.1:8000", *, tls: TlsOpts | None = None, **options: Any) -> Connection:
        """Open a listener; its ``local_addr[1]`` is the port. ``tls`` belongs to an ``https://`` URL.

        ``options`` are those of `Manager.listen`: ``max_recv_size`` is the most bytes of a request, 3 MiB at first.
        """
        listener = self._manager.listen(url, http=True, **options)
        self._server_name, self._server_port = server_address(url, listener)
        self._listeners.append(listener)
        if tls is not None:
            listener.set_handler(self._secured(tls))
        return listener

    def _secured(self, tls: TlsOpts) -> Callable[[Connection, int, Any], None]:
        def handler(conn: Connection, ev: int, data: Any) -> None:
            if ev == MG_EV_ACCEPT:
                conn.tls_init(tls)
            self._event_handler(conn, ev, data)

        return handler

    def run(self, poll_ms: int = 100) -> None:
        """Serve until SIGINT or SIGTERM, let requests in work finish, and close. Main thread only."""
        self._run(poll_ms, lambda: None)

    def _run(self, poll_ms: int, ready: Callable[[], None]) -> None:
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            ready()
            while not self._shutdown:
                self._manager.poll(poll_ms)
            self._drain(poll_ms)
        finally:
            self.close()
            for number, handler in before.items():
                signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def _on_signal(self, *_: object) -> None:
        self._grace = 0.0 if self._shutdown else _GRACE_S
        self._shutdown = True

    def _drain(self, poll_ms: int) -> None:
        """Accept nothing new, and serve what has been started."""
        for listener in self._listeners:
            listener.close()
        start = time.monotonic()
        while self._active and time.monotonic() - start < self._grace:
            self._manager.poll(min(poll_ms, 100))
        for conn in self._manager.connections:
            conn.drain()
        start = time.monotonic()
        while self._manager.connections and time.monotonic() - start < min(self._grace, 1.0):
            self._manager.poll(10)

    def close(self) -> None:
        """Cut all connections. Workers that still run finish unheard. `RuntimeError` while another thread polls."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._manager.close()
        for response in list(self._active.values()):
            response.abort()
        self._active.clear()
        self._streams.clear()
        self._stash.clear()

    # ---- the loop ----

    def _event_handler(self, conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            self._on_http_msg(conn, data)
        elif ev == MG_EV_WRITE and self._streams:
            stream = self._streams.get(conn.id)
            if stream is not None:
                self._pump(stream)
        elif ev == MG_EV_CLOSE and isinstance(conn.userdata, Response):
            self._forget(conn.userdata.id)
            conn.userdata.abort()
            conn.userdata = None  # they refer to each other

    def _on_http_msg(self, conn: Connection, hm: HttpMessage) -> None:
        environ = _build_environ(hm, conn, self._server_name, self._server_port)
        request = (environ["REQUEST_METHOD"], environ["SERVER_PROTOCOL"], environ.get("HTTP_CONNECTION", ""))
        response = Response(conn, request, self._stream_timeout, self._notify)
        conn.userdata = self._active[response.id] = response
        self._pool.submit(_run_application, self._app, environ, response)

    def _notify(self, response: Response) -> None:
        """From a worker: `response` has something to send."""
        self._stash.append(response)
        with self._stash_lock:
            first, self._notified = not self._notified, True
        if first:
            with contextlib.suppress(RuntimeError):  # closed meanwhile
                self._manager.call_soon(self._take_stash)

    def _take_stash(self) -> None:
        with self._stash_lock:
            self._notified = False
        seen: set[int] = set()
        while self._stash:
            response = self._stash.popleft()
            if response.id not in seen:
                seen.add(response.id)
                self._pump(response)

    def _pump(self, response: Response) -> None:
        if response.pump():
            self._forget(response.id)
        elif response.id in self._active:
            self._streams[response.id] = response

    def _forget(self, number: int) -> None:
        self._active.pop(number, None)
        self._streams.pop(number, None)


def serve(
    app: WSGIApp,
    url: str = "http://127.0.0.1:8000",
    workers: int = 4,
    stream_timeout: float = 5.0,
) -> None:
    """Serve ``app`` at ``url`` until SIGINT or SIGTERM."""
    server = WSGIServer(app, workers=workers, stream_timeout=stream_timeout)
    listener = server.listen(url)
    address = listener.local_addr

    def announce() -> None:
        print(f"Vansire WSGI server on http://{url_host(url)}:{address[1] if address else 0}/")
        print(f"  Workers: {workers}")
        print("  Press Ctrl+C to stop", flush=True)

    server._run(100, announce)
