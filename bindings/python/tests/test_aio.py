"""AsyncManager: life cycle, delegation, schedule, errors."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
import requests

from cymongoose import MG_EV_HTTP_MSG, MG_EV_WAKEUP, AsyncManager, Connection, Manager, aio

from .conftest import DEADLINE_S, port_of


def hello(conn: Connection, ev: int, data: Any) -> None:
    if ev == MG_EV_HTTP_MSG:
        conn.reply(200, "hello")


def test_serves_while_asyncio_runs() -> None:
    async def main() -> None:
        async with AsyncManager(hello) as am:
            assert am.running and isinstance(am.manager, Manager)
            url = f"http://127.0.0.1:{port_of(am.listen('http://127.0.0.1:0'))}"
            loop = asyncio.get_running_loop()
            texts = await asyncio.gather(
                *[loop.run_in_executor(None, lambda: requests.get(url, timeout=DEADLINE_S).text) for _ in range(5)]
            )
            assert texts == ["hello"] * 5
        assert not am.running

    asyncio.run(main())


def test_enter_again_and_fast_exit() -> None:
    async def main() -> None:
        am = AsyncManager(poll_interval=5000)
        managers = set()
        start = time.monotonic()
        for _ in range(3):
            async with am as same:
                assert same is am
                managers.add(id(am.manager))
                am.listen("http://127.0.0.1:0")
                with pytest.raises(RuntimeError, match="already started"):
                    await am.__aenter__()
        assert time.monotonic() - start < 5

    asyncio.run(main())


def test_not_started() -> None:
    am = AsyncManager()
    for call in (
        lambda: am.listen("x"), lambda: am.connect("x"), lambda: am.mqtt_connect("x"), lambda: am.mqtt_listen("x"),
        lambda: am.sntp_connect("x"), lambda: am.wakeup(1), lambda: am.timer_add(1, print), lambda: am.manager,
        lambda: am.schedule(print),
    ):  # fmt: skip
        with pytest.raises(RuntimeError, match="not started"):
            call()
    assert not am.running and aio.AsyncManager is AsyncManager


def test_schedule_wakeup_and_timers() -> None:
    async def main() -> None:
        loop_thread = threading.get_ident()
        done = asyncio.Event()
        seen: list[Any] = []

        async def on_loop(data: bytes) -> None:
            seen.append((data, threading.get_ident() == loop_thread))
            done.set()

        def handler(conn: Connection, ev: int, data: Any) -> None:
            if ev == MG_EV_WAKEUP:
                assert threading.get_ident() != loop_thread
                am.timer_add(1, lambda: am.schedule(on_loop(data)), run_now=True)

        async with AsyncManager(handler) as am:
            listener = am.listen("tcp://127.0.0.1:0")
            assert am.wakeup(listener.id, b"payload") is True
            await asyncio.wait_for(done.wait(), DEADLINE_S)
            again = asyncio.Event()
            am.schedule(again.set)
            await asyncio.wait_for(again.wait(), DEADLINE_S)
        assert seen == [(b"payload", True)]

    asyncio.run(main())


def test_exceptions_of_scheduled_coroutines_are_reported() -> None:
    async def main() -> None:
        reported: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.set_result(context))

        async def fail() -> None:
            raise ValueError("lost no more")

        async with AsyncManager() as am:
            am.schedule(fail())
            context = await asyncio.wait_for(reported, DEADLINE_S)
        assert str(context["exception"]) == "lost no more"

    asyncio.run(main())


def test_connection_id_is_readable_after_connect() -> None:
    async def main() -> None:
        async with AsyncManager() as am:
            for _ in range(20):
                assert am.connect("tcp://127.0.0.1:1").id > 0

    asyncio.run(main())


def test_stuck_handler_is_abandoned() -> None:
    release = threading.Event()

    async def main() -> None:
        am = AsyncManager(shutdown_timeout=0.2)
        with pytest.warns(RuntimeWarning, match="did not stop"):
            async with am:
                am.timer_add(0, release.wait)
                entered = asyncio.Event()
                am.schedule(entered.set)
                await entered.wait()
                while not release.is_set() and am._lock.acquire(blocking=False):
                    am._lock.release()  # until the thread is inside the callback
                    await asyncio.sleep(0)
        assert am._manager is not None and not am.running
        release.set()
        assert am._thread is not None
        am._thread.join(DEADLINE_S)
        am._manager.close()

    asyncio.run(main())


def test_exceptions_pass_through() -> None:
    async def main() -> None:
        async with AsyncManager():
            raise KeyError

    with pytest.raises(KeyError):
        asyncio.run(main())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_closing_the_manager_ends_the_thread() -> None:
    async def main() -> None:
        async with AsyncManager() as am:
            am.listen("http://127.0.0.1:0")
            thread = am._thread
            assert thread is not None
            with am._lock:  # taken without asking, as other code may
                am.manager.close()
            await asyncio.get_running_loop().run_in_executor(None, thread.join, DEADLINE_S)
            assert not am.running
            with pytest.raises(RuntimeError, match="freed"):
                am.wakeup(1)

    asyncio.run(main())
