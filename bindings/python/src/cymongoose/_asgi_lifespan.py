"""The lifespan of an ASGI application: start-up before the first request, shutdown after the last."""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from collections.abc import Callable
from typing import Any

__all__ = ["Lifespan"]

# Seconds that an application may take for its shutdown.
SHUTDOWN_S = 5.0
# And for letting itself be cancelled.
CANCEL_S = 1.0


class Lifespan:
    """Runs the application with a lifespan scope, in one task from `startup` to `shutdown`.

    ``mode`` is ``auto`` (an application that does not know lifespan is fine), ``on`` (it must) or ``off``.
    """

    def __init__(self, app: Callable[..., Any], mode: str = "auto") -> None:
        if mode not in ("auto", "on", "off"):
            raise ValueError(f"lifespan must be 'auto', 'on' or 'off', not {mode!r}")
        self._app = app
        self._mode = mode
        self._task: asyncio.Task[None] | None = None
        self._failure: str | None = None
        self.supported = False
        self.state: dict[str, Any] = {}

    async def startup(self) -> None:
        """Wait until the application is ready. Raises ``RuntimeError`` when it says that it cannot start."""
        if self._mode == "off":
            return
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._started, self._stopped = asyncio.Event(), asyncio.Event()
        self._events.put_nowait({"type": "lifespan.startup"})
        self._task = asyncio.get_running_loop().create_task(self._run())
        try:
            await self._started.wait()
        except BaseException:
            await self._cancel()
            raise
        if self._failure is not None:
            await self._cancel()
            raise RuntimeError(f"ASGI lifespan startup failed: {self._failure}")

    async def shutdown(self) -> None:
        """Tell the application, and wait for it, but not for ever."""
        if self._task is None:
            return
        if self.supported:
            self._events.put_nowait({"type": "lifespan.shutdown"})
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), SHUTDOWN_S)
        await self._cancel()
        self.supported = False

    async def _run(self) -> None:
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self._app(scope, self._events.get, self._send)
        except Exception as error:
            if self._started.is_set():
                if self._failure is None:
                    traceback.print_exc()
            elif self._mode == "on":
                self._failure = str(error) or type(error).__name__
        else:
            if self._mode == "on" and not self._started.is_set():
                self._failure = "the application does not support lifespan"
        finally:
            self.supported = False
            self._started.set()
            self._stopped.set()

    async def _send(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "lifespan.startup.complete":
            self.supported = True
            self._started.set()
        elif kind == "lifespan.startup.failed":
            self._failure = str(message.get("message") or "")
            self._started.set()
        elif kind in ("lifespan.shutdown.complete", "lifespan.shutdown.failed"):
            self._stopped.set()

    async def _cancel(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task], timeout=CANCEL_S)
