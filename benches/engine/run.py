#!/usr/bin/env python3
"""The engine's figures against their limits. usage: run.py [--write | PROGRAM...] after `make build`

Every figure is CPU time or memory of the library's process, so that other work on the machine disturbs it little.
Exits with 1 when a figure misses its limit. `--write` writes them into benches/results/engine.json and
docs/benchmarks.md instead.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
COMPARE = ROOT / "benches" / "compare"
OUT = ROOT / "build" / "benches" / "engine"
LIBRARY = ROOT / "target" / "release" / "libvansire.a"

# name: (limit, whether less is better, what it is)
LIMITS = {
    "idle_poll_ns": (20.0, True, "ns of a poll per idle connection beyond the kernel's part, 10,000 connections"),
    "idle_bytes": (1024.0, True, "resident bytes per idle accepted connection"),
    "echo_ratio": (0.95, False, "echo of 1 KiB on 100 connections, per CPU second, to a bare epoll loop"),
    "churn_bytes": (0.0, True, "bytes of heap left by 100,000 connections opened and closed"),
    "timers_ratio": (1.25, True, "poll with 100,000 armed timers to one with 10"),
}
PROGRAMS = ["idle", "echo", "churn", "timers"]


def build(name: str) -> Path:
    OUT.mkdir(parents=True, exist_ok=True)
    program = OUT / name
    compiler = os.environ.get("CC", "cc")
    sources = [str(HERE / f"{name}.c"), str(LIBRARY)]
    flags = ["-std=c99", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", f"-I{ROOT / 'include'}"]
    subprocess.run([compiler, *flags, *sources, "-o", str(program), "-lpthread", "-lm", "-ldl"], check=True)
    return program


def figures(name: str) -> list[tuple[str, float]]:
    """Runs a program; each line of its output is a figure."""
    program = build(name)
    print(f"{program.relative_to(ROOT)}", flush=True)
    output = subprocess.run([str(program)], check=True, stdout=subprocess.PIPE, text=True).stdout
    pairs = (line.split() for line in output.splitlines())
    return [(figure, float(value)) for figure, value in pairs]


def told(figure: str, value: float) -> dict[str, Any]:
    """Prints a figure, with its limit when it has one; gives what is written down."""
    if figure not in LIMITS:
        print(f"       {figure} {value:,g}", flush=True)
        return {"name": figure, "value": value, "what": figure.replace("_", " "), "limit": "", "good": True}
    limit, less, what = LIMITS[figure]
    good = value <= limit if less else value >= limit
    bound = f"at most {limit:,g}" if less else f"at least {limit:,g}"
    print(f"{'ok' if good else 'MISSED':6} {figure} {value:,g} ({bound}): {what}", flush=True)
    return {"name": figure, "value": value, "what": what, "limit": bound, "good": good}


def write(rows: list[dict[str, Any]]) -> None:
    sys.path.insert(0, str(COMPARE))
    from driver import machine

    result = {"date": datetime.date.today().isoformat(), "machine": machine.describe(), "figures": rows}
    (ROOT / "benches" / "results" / "engine.json").write_text(json.dumps(result, indent=2) + "\n")
    subprocess.run([sys.executable, str(COMPARE / "run.py"), "--docs"], check=True)


def main() -> int:
    writing = sys.argv[1:] == ["--write"]
    programs = PROGRAMS if writing else sys.argv[1:] or PROGRAMS
    rows = [told(*pair) for name in programs for pair in figures(name)]
    if writing:
        write(rows)
        return 0
    return 0 if all(row["good"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
