"""Which connections get MG_EV_POLL: everyone in small managers, in turn in large ones."""

from __future__ import annotations

import time
from collections import Counter

from cymongoose import MG_EV_POLL, Connection, Manager


def counting(counts: Counter[int]) -> object:
    def handler(conn: Connection, ev: int, data: object) -> None:
        if ev == MG_EV_POLL:
            counts[conn.id] += 1

    return handler


def listeners(manager: Manager, n: int) -> None:
    for _ in range(n):
        manager.listen("udp://127.0.0.1:0")


def test_small_manager() -> None:
    counts: Counter[int] = Counter()
    with Manager(counting(counts)) as manager:  # type: ignore[arg-type]
        listeners(manager, 64)
        for _ in range(10):
            manager.poll(0)
    assert len(counts) == 64 and set(counts.values()) == {10}


def test_large_manager_takes_turns() -> None:
    counts: Counter[int] = Counter()
    with Manager(counting(counts)) as manager:  # type: ignore[arg-type]
        listeners(manager, 300)
        manager.poll(0)
        counts.clear()
        begin = time.monotonic()
        while len(counts) < 300:
            manager.poll(0)
            assert time.monotonic() - begin < 5
        polls = 0
        counts.clear()
        while polls < 50:
            manager.poll(0)
            polls += 1
        assert max(counts.values(), default=0) - min(counts.values(), default=0) <= 2, "fair"


def test_rare_polls_serve_everyone() -> None:
    counts: Counter[int] = Counter()
    with Manager(counting(counts)) as manager:  # type: ignore[arg-type]
        listeners(manager, 200)
        for _ in range(3):
            manager.poll(60)
    assert len(counts) == 200 and min(counts.values()) >= 2


def test_switches() -> None:
    counts: Counter[int] = Counter()
    with Manager(counting(counts), poll_spread=False) as manager:  # type: ignore[arg-type]
        listeners(manager, 200)
        for _ in range(5):
            manager.poll(0)
    assert len(counts) == 200 and set(counts.values()) == {5}
    counts.clear()
    with Manager(counting(counts), poll_events=False) as manager:  # type: ignore[arg-type]
        listeners(manager, 3)
        manager.poll(0)
    assert not counts
