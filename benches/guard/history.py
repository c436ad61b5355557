#!/usr/bin/env python3
"""Instructions for a request of older commits: builds each apart from this checkout and gives it the same load.

usage: history.py COMMIT...     prints a line of a Markdown table for each; builds stay in build/guard/history
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import callgrind

FOLDER = callgrind.OUT / "history"


def built(commit: str) -> Path:
    """The C greeting of that commit."""
    source = FOLDER / commit
    program = source / "http-server"
    if program.is_file():
        return program
    source.mkdir(parents=True, exist_ok=True)
    archive = subprocess.run(["git", "archive", commit], cwd=callgrind.ROOT, stdout=subprocess.PIPE, check=True).stdout
    subprocess.run(["tar", "x", "-C", str(source)], input=archive, check=True)
    environment = {**os.environ, "CARGO_TARGET_DIR": str(source / "target")}
    subprocess.run(["cargo", "build", "--quiet", "--release", "--lib"], cwd=source, env=environment, check=True)
    library = str(source / "target" / "release" / "libvansire.a")
    compiler = [os.environ.get("CC", "cc"), "-O2", "-w", "-Iinclude", "-D", "mg_ntohs(x)=ntohs(x)"]
    libraries = [library, "-Wl,--gc-sections", "-lpthread", "-lm", "-ldl"]
    subprocess.run([*compiler, "-o", str(program), "examples/c/http-server/main.c", *libraries], cwd=source, check=True)
    return program


def line(commit: str) -> str:
    told = ["git", "log", "-1", "--format=%h %cd | %s", "--date=format:%Y-%m-%d %H:%M", commit]
    title = subprocess.run(told, cwd=callgrind.ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    figures = []
    for scenario in callgrind.SCENARIOS[:2]:
        there = dataclasses.replace(scenario, command=[str(built(commit)), "0"], name=f"{commit}-{scenario.name}")
        figures.append(f"{callgrind.per_request(there):,.0f}")
    return f"| {title} | {' | '.join(figures)} |"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(line(name), flush=True)
