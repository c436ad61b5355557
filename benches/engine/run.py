#!/usr/bin/env python3
"""The engine's figures against their limits. usage: run.py [PROGRAM...] after `make build`

Every figure is CPU time or memory of the library's process, so that other work on the machine disturbs it little.
Exits with 1 when a figure misses its limit.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
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


def main() -> int:
    missed = 0
    for name in sys.argv[1:] or PROGRAMS:
        output = subprocess.run([str(build(name))], check=True, stdout=subprocess.PIPE, text=True).stdout
        for line in output.splitlines():
            figure, value = line.split()
            if figure not in LIMITS:
                print(f"       {figure} {value}")
                continue
            limit, less, what = LIMITS[figure]
            good = float(value) <= limit if less else float(value) >= limit
            missed += not good
            verdict, bound = "ok" if good else "MISSED", "at most" if less else "at least"
            print(f"{verdict:6} {figure} {value} ({bound} {limit:g}): {what}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
