"""A `Manager` on an asyncio loop: no thread, the loop watches the manager's descriptor."""

from __future__ import annotations

import asyncio
import contextlib

from ._mongoose import Manager

__all__ = ["Poller"]

# Seconds between two polls when nothing happens; where there is no descriptor to watch, between any two.
IDLE_S = 0.1
BLIND_S = 0.002


class Poller:
    """Polls ``manager`` whenever there is something to do, on the thread of ``loop``."""

    __slots__ = ("_closed", "_due", "_interval", "_loop", "_manager", "_tick", "_watched")

    def __init__(self, manager: Manager, loop: asyncio.AbstractEventLoop) -> None:
        self._manager = manager
        self._loop = loop
        self._due = self._closed = False
        self._tick: asyncio.TimerHandle | None = None
        self._watched = manager._descriptor
        try:
            if self._watched >= 0:
                loop.add_reader(self._watched, self.poll)
        except NotImplementedError:
            self._watched = -1
        self._interval = IDLE_S if self._watched >= 0 else BLIND_S
        self._on_tick()

    def close(self) -> None:
        """No poll any more."""
        self._closed = True
        if self._tick is not None:
            self._tick.cancel()
        if self._watched >= 0:
            self._loop.remove_reader(self._watched)

    def nudge(self) -> None:
        """Poll soon: something was queued. On the loop's thread."""
        if not self._due:
            self._due = True
            self._loop.call_soon(self._run)

    def wake(self) -> None:
        """Poll soon, and look at the timers anew. From any thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._on_tick)

    def poll(self) -> None:
        """Poll now."""
        if not self._closed:
            self._manager._poll_ready()

    def _run(self) -> None:
        self._due = False
        self.poll()

    def _on_tick(self) -> None:
        # Timers, time limits, and what else passes without a descriptor telling.
        if self._closed:
            return
        if self._tick is not None:
            self._tick.cancel()
        self.poll()
        wait = min(self._interval, self._manager._until_timer(int(IDLE_S * 1000)) / 1000)
        self._tick = self._loop.call_later(max(wait, 0.001), self._on_tick)
