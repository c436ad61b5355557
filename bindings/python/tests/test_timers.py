"""Timers: when they fire, how they end."""

from __future__ import annotations

import gc
import time
import weakref

import pytest

from cymongoose import Manager, Timer

from .conftest import Server, poll_until, wait_until


def test_one_shot(manager: Manager) -> None:
    calls: list[float] = []
    start = time.monotonic()
    timer = manager.timer_add(30, lambda: calls.append(time.monotonic() - start))
    assert type(timer) is Timer and timer.active and timer.interval == 30
    manager.poll(10_000)  # ends at the deadline
    poll_until(manager, lambda: calls)
    assert calls[0] >= 0.03 and not timer.active
    manager.poll(60)
    assert len(calls) == 1


def test_counts_from_the_add(manager: Manager) -> None:
    calls: list[int] = []
    manager.timer_add(20, lambda: calls.append(1))
    end = time.monotonic() + 0.03
    while time.monotonic() < end:
        pass
    manager.poll(0)
    assert calls == [1]


def test_repeat_and_cancel_inside(manager: Manager) -> None:
    calls: list[bool] = []

    def tick() -> None:
        calls.append(timer.active)
        if len(calls) == 3:
            timer.cancel()

    timer = manager.timer_add(5, tick, repeat=True)
    poll_until(manager, lambda: not timer.active)
    manager.poll(20)
    assert calls == [True] * 3


def test_run_now(manager: Manager) -> None:
    calls: list[str] = []
    once = manager.timer_add(10_000, lambda: calls.append("once"), run_now=True)
    again = manager.timer_add(10_000, lambda: calls.append("again"), repeat=True, run_now=True)
    assert calls == []
    manager.poll(10_000)
    assert calls == ["again", "once"] and not once.active and again.active, "newest first"


def test_zero_period(manager: Manager) -> None:
    calls: list[int] = []
    manager.timer_add(0, lambda: calls.append(0))
    repeating = manager.timer_add(0, lambda: calls.append(1), repeat=True)
    for _ in range(3):
        manager.poll(0)
    assert sorted(calls) == [0, 1, 1, 1] and repeating.active


def test_cancel(manager: Manager) -> None:
    calls: list[int] = []
    timer = manager.timer_add(0, lambda: calls.append(1))
    timer.cancel()
    timer.cancel()
    assert not timer.active
    manager.poll(0)
    assert calls == []
    Timer().cancel()
    assert not Timer().active


def test_callbacks_change_timers(manager: Manager) -> None:
    calls: list[str] = []
    other = manager.timer_add(0, lambda: calls.append("other"))

    def first() -> None:
        other.cancel()
        manager.timer_add(0, lambda: calls.append("added"))
        calls.append("first")

    manager.timer_add(0, first)
    manager.poll(0)
    manager.poll(0)
    assert calls == ["first", "added"]


def test_the_manager_keeps_timers_alive(manager: Manager) -> None:
    calls: list[int] = []
    manager.timer_add(1, lambda: calls.append(1))
    gc.collect()
    poll_until(manager, lambda: calls)


def test_callbacks_are_released(manager: Manager) -> None:
    class Callback:
        def __call__(self) -> None:
            pass

    callbacks = [Callback(), Callback()]
    watched = [weakref.ref(c) for c in callbacks]
    manager.timer_add(0, callbacks[0])
    timer = manager.timer_add(1000, callbacks[1])
    callbacks.clear()
    manager.poll(0)
    assert watched[0]() is None and watched[1]() is not None
    timer.cancel()
    assert watched[1]() is None


def test_exceptions(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        calls.append(1)
        raise ValueError("tick failed")

    calls: list[int] = []
    with Manager() as manager:
        once = manager.timer_add(0, fail)
        again = manager.timer_add(0, fail, repeat=True)
        manager.poll(0)
        manager.poll(0)
        assert len(calls) == 3 and not once.active and again.active
    assert capsys.readouterr().err.count("ValueError: tick failed") == 3
    seen: list[Exception] = []
    with Manager(error_handler=seen.append) as manager:
        manager.timer_add(0, fail)
        manager.timer_add(0, 7)  # type: ignore[arg-type]
        silent = manager.timer_add(0, None)
        manager.poll(0)
        assert not silent.active
    assert [type(e) for e in seen] == [TypeError, ValueError] and capsys.readouterr().err == ""


def test_arguments(manager: Manager) -> None:
    assert manager.timer_add(1.9, lambda: None).interval == 1  # type: ignore[arg-type]
    with pytest.raises(OverflowError):
        manager.timer_add(-1, lambda: None)
    with pytest.raises(TypeError):
        manager.timer_add("1", lambda: None)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        manager.timer_add(1, lambda: None, True)


def test_none_after_close() -> None:
    calls: list[int] = []
    manager = Manager()
    timer = manager.timer_add(0, lambda: calls.append(1), repeat=True)
    manager.close()
    assert calls == [] and not timer.active
    timer.cancel()


def test_added_and_cancelled_by_another_thread() -> None:
    with Server() as server:
        calls: list[int] = []
        start = time.monotonic()
        server.manager.timer_add(5, lambda: calls.append(1))
        repeating = server.manager.timer_add(5, lambda: calls.append(2), repeat=True)
        wait_until(lambda: calls.count(2) >= 3 and 1 in calls)
        assert time.monotonic() - start < 0.9, "the sleeping poll was woken"
        repeating.cancel()
        assert not repeating.active


def test_call_soon(manager: Manager) -> None:
    calls: list[int] = []
    assert manager.call_soon(lambda: calls.append(1)) is None
    assert calls == []
    manager.poll(10_000)
    assert calls == [1]
