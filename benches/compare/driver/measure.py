"""The protocol: rotated repetitions over the servers; each run is start, check, warm up, measure, stop."""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import BUILD, ROOT, Unavailable
from .load import Idle, run_load
from .process import Group, free_port
from .scenarios import Scenario
from .servers import Server

Run = dict[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True)
class Protocol:
    seconds: int
    warmup_seconds: int
    repetitions: int
    threads: int
    server_core: int
    load_core: int


def measure(scenario: Scenario, servers: list[Server], protocol: Protocol) -> list[Row]:
    """A row for each server: its runs and their medians, or why it was left out."""
    rows: dict[str, Row] = {}
    for server in servers:
        rows[server.name] = {"name": server.name, "label": server.label, "ours": server.ours, "runs": []}
    for repetition in range(protocol.repetitions):
        turn = repetition % len(servers)
        for server in servers[turn:] + servers[:turn]:
            row = rows[server.name]
            if "problem" not in row:
                _one_run(scenario, server, protocol, row)
    for row in rows.values():
        if row["runs"] and "problem" not in row:
            row["median"] = _medians(row["runs"])
    return list(rows.values())


def _one_run(scenario: Scenario, server: Server, protocol: Protocol, row: Row) -> None:
    try:
        port = free_port()
        command = server.command(scenario, port)
        row["command"] = " ".join(_shown(part) for part in command)
        row.setdefault("versions", server.versions())
        group = Group(command, port, protocol.server_core, BUILD / "logs" / f"{server.name}.log")
        try:
            run = _loaded(scenario, group, protocol)
        finally:
            group.stop()
    except Unavailable as problem:
        row["problem"] = str(problem)
        _say(f"  {server.label:28} left out: {problem}")
        return
    row["runs"].append(run)
    _say(
        f"  {server.label:28} {run['requests_per_second']:>11,.0f}/s {run['requests_per_cpu_second']:>11,.0f}/CPU s"
        f"   p99 {run['latency_us']['p99'] / 1000:.2f} ms"
    )


def _loaded(scenario: Scenario, group: Group, protocol: Protocol) -> Run:
    group.wait_ready()
    difference = scenario.check(group.port)
    if difference is not None:
        raise Unavailable(f"its answer differs: {difference}")
    with Idle(group, scenario.idle) as idle:
        run_load(scenario, group.port, protocol.threads, protocol.warmup_seconds, protocol.load_core)
        before = group.cpu_seconds()
        figures = run_load(scenario, group.port, protocol.threads, protocol.seconds, protocol.load_core)
        cpu_seconds = group.cpu_seconds() - before
        memory = group.peak_memory_kib()
        held = idle.held()
    if not group.alive():
        raise Unavailable("the server ended under load")
    if figures["requests"] == 0:
        raise Unavailable("not one request was answered under load")
    seconds = figures["microseconds"] / 1e6
    return {
        "requests": figures["requests"],
        "seconds": seconds,
        "bytes": figures["bytes"],
        "requests_per_second": figures["requests"] / seconds,
        "cpu_seconds": cpu_seconds,
        "requests_per_cpu_second": figures["requests"] / max(cpu_seconds, 0.01),
        "latency_us": figures["latency_us"],
        "errors": figures["errors"],
        "peak_memory_kib": memory,
        "idle_held": held,
    }


def _medians(runs: list[Run]) -> dict[str, Any]:
    plain = ("requests_per_second", "requests_per_cpu_second", "cpu_seconds", "peak_memory_kib", "idle_held")
    medians: dict[str, Any] = {key: statistics.median(run[key] for run in runs) for key in plain}
    medians["latency_us"] = {
        key: statistics.median(run["latency_us"][key] for run in runs) for key in runs[0]["latency_us"]
    }
    medians["errors"] = sum(sum(run["errors"].values()) for run in runs)
    return medians


def _shown(part: str | Path) -> str:
    """A path inside the checkout is told relative to it."""
    return str(part.relative_to(ROOT)) if isinstance(part, Path) and part.is_relative_to(ROOT) else str(part)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
