"""asyncio beside a manager: the poll loop runs in a thread of its own, handlers run there.

    async with AsyncManager(handler) as am:
        am.listen("http://127.0.0.1:8000")
        await asyncio.Event().wait()

Handlers are plain functions; `schedule()` takes work from them to the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
import time
import warnings
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ._mongoose import Connection, Manager, Timer

__all__ = ["AsyncManager"]

_T = TypeVar("_T")
_Handler = Callable[[Connection, int, Any], object]

# How long the thread that polls stands aside between two polls, and how often when no call waits: for those who take
# the lock, or close the manager, themselves.
_YIELD_S = 0.001
_YIELD_EVERY_S = 0.1
# The longest slice of one wait for the thread to end.
_JOIN_SLICE_S = 5.0


class AsyncManager:
    """A `Manager` polled by a background thread, as an async context manager.

    `handler` and `error_handler` are those of `Manager` and run on the polling thread. `poll_interval` is the longest
    wait of one poll in milliseconds (at most 200 are used), `shutdown_timeout` the seconds that leaving the context
    waits for a handler that does not return.
    """

    _MAX_POLL_MS = 200

    def __init__(
        self,
        handler: _Handler | None = None,
        poll_interval: int = 100,
        error_handler: Callable[[Exception], Any] | None = None,
        shutdown_timeout: float = 30,
    ) -> None:
        self._handler = handler
        self._poll_interval = poll_interval
        self._error_handler = error_handler
        self._shutdown_timeout = shutdown_timeout
        self._manager: Manager | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._lock = threading.RLock()
        self._waiting = 0  # callers that want the lock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake_id = 0

    # ---- life cycle ----

    async def __aenter__(self) -> AsyncManager:
        if self._thread is not None and self._thread.is_alive():
            raise RuntimeError("AsyncManager is already started")
        self._loop = asyncio.get_running_loop()
        self._manager = Manager(self._handler, enable_wakeup=True, error_handler=self._error_handler)
        self._wake_id = self._manager.wakeup_id
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, args=(self._manager,), name="AsyncManager", daemon=True)
        self._thread.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._stop.set()
        try:
            if await self._join():
                self._thread = None
                manager, self._manager = self._manager, None
                if manager is not None:
                    manager.close()
        finally:
            self._loop = None

    async def _join(self) -> bool:
        """Wait for the thread without blocking the event loop; False when it had to be abandoned."""
        thread, loop = self._thread, asyncio.get_running_loop()
        if thread is None:
            return True
        start = time.monotonic()
        while True:
            self._wake_poll()
            left = self._shutdown_timeout - (time.monotonic() - start)
            await loop.run_in_executor(None, thread.join, max(0.0, min(_JOIN_SLICE_S, left)))
            if not thread.is_alive():
                return True
            waited = time.monotonic() - start
            if waited >= self._shutdown_timeout:
                warnings.warn(
                    f"AsyncManager poll thread did not stop within {self._shutdown_timeout:g}s; abandoning thread "
                    "and manager",
                    RuntimeWarning,
                    stacklevel=3,
                )
                return False
            warnings.warn(
                f"AsyncManager poll thread has not stopped after {int(waited)}s; trying again",
                RuntimeWarning,
                stacklevel=3,
            )

    def _run(self, manager: Manager) -> None:
        timeout = min(self._poll_interval, self._MAX_POLL_MS)
        yielded = time.monotonic()
        while not self._stop.is_set():
            with self._lock:
                manager.poll(timeout)
            if self._waiting or time.monotonic() - yielded >= _YIELD_EVERY_S:
                self._stop.wait(_YIELD_S)
                yielded = time.monotonic()

    def _wake_poll(self) -> None:
        """End a waiting poll. Never seen by handlers."""
        manager = self._manager
        if manager is not None and self._wake_id:
            with contextlib.suppress(RuntimeError):
                manager.wakeup(self._wake_id)

    # ---- state ----

    @property
    def manager(self) -> Manager:
        """The manager that is polled."""
        if self._manager is None:
            raise RuntimeError("AsyncManager is not started")
        return self._manager

    @property
    def running(self) -> bool:
        """True while the polling thread runs and was not asked to stop."""
        return self._thread is not None and self._thread.is_alive() and not self._stop.is_set()

    # ---- delegated calls ----

    def _call(self, function: Callable[..., _T], *args: Any, **kwargs: Any) -> _T:
        """Call between two polls. From a handler, which runs inside a poll, at once."""
        self._waiting += 1
        try:
            self._wake_poll()
            with self._lock:
                return function(*args, **kwargs)
        finally:
            self._waiting -= 1

    def _track_conn(self, conn: Connection) -> Connection:
        if self._wake_id == 0:
            self._wake_id = conn.id
        return conn

    def listen(
        self, url: str, handler: _Handler | None = None, *, http: bool | None = None, reuse_port: bool = False
    ) -> Connection:
        """`Manager.listen`, from any thread."""
        return self._track_conn(self._call(self.manager.listen, url, handler, http=http, reuse_port=reuse_port))

    def connect(self, url: str, handler: _Handler | None = None, *, http: bool | None = None) -> Connection:
        """`Manager.connect`, from any thread."""
        return self._track_conn(self._call(self.manager.connect, url, handler, http=http))

    def ws_connect(self, url: str, handler: _Handler | None = None, **kwargs: Any) -> Connection:
        """`Manager.ws_connect`, from any thread."""
        return self._track_conn(self._call(self.manager.ws_connect, url, handler, **kwargs))

    def mqtt_connect(self, url: str, **kwargs: Any) -> Connection:
        """`Manager.mqtt_connect`, from any thread."""
        return self._track_conn(self._call(self.manager.mqtt_connect, url, **kwargs))

    def mqtt_listen(self, url: str, handler: _Handler | None = None, *, reuse_port: bool = False) -> Connection:
        """`Manager.mqtt_listen`, from any thread."""
        return self._track_conn(self._call(self.manager.mqtt_listen, url, handler, reuse_port=reuse_port))

    def sntp_connect(self, url: str, handler: _Handler | None = None) -> Connection:
        """`Manager.sntp_connect`, from any thread."""
        return self._track_conn(self._call(self.manager.sntp_connect, url, handler))

    def timer_add(
        self, ms: int, callback: Callable[[], Any] | None, *, repeat: bool = False, run_now: bool = False
    ) -> Timer:
        """`Manager.timer_add`, from any thread. The callback runs on the polling thread."""
        return self._call(self.manager.timer_add, ms, callback, repeat=repeat, run_now=run_now)

    def wakeup(self, connection_id: int, data: bytes = b"") -> bool:
        """`Manager.wakeup`, from any thread, without waiting for the poll."""
        return self.manager.wakeup(connection_id, data)

    # ---- towards asyncio ----

    def schedule(self, coro_or_callback: Coroutine[Any, Any, Any] | Callable[[], Any]) -> None:
        """Run a coroutine, or call a function without arguments, on the event loop. Any thread.

        Exceptions of a coroutine go to the loop's exception handler.
        """
        loop = self._loop
        if self._manager is None or loop is None or loop.is_closed():
            if inspect.iscoroutine(coro_or_callback):
                coro_or_callback.close()
            raise RuntimeError("AsyncManager is not started")
        if inspect.iscoroutine(coro_or_callback):
            loop.call_soon_threadsafe(_start_task, loop, coro_or_callback)
        else:
            loop.call_soon_threadsafe(coro_or_callback)  # type: ignore[arg-type]


# The loop holds its tasks weakly: they are kept here until they end.
_tasks: set[asyncio.Task[Any]] = set()


def _start_task(loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any]) -> None:
    task = loop.create_task(coroutine)
    _tasks.add(task)
    task.add_done_callback(_finish_task)


def _finish_task(task: asyncio.Task[Any]) -> None:
    _tasks.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        task.get_loop().call_exception_handler(
            {"message": "Unhandled exception in a scheduled coroutine", "exception": error, "task": task}
        )
