#!/usr/bin/env python3
"""Compiles and runs every C test in each of its modes. usage: run.py [NAME...]

The environment variable LIBRARY names another static library than the one of `make build`.

A test is one file tests/c/NAME.c that includes only mongoose.h and system headers and exits with 0 when all is well.
Modes:
  c99    strict warnings as errors; every test
  asan   address, leak and undefined-behaviour sanitizers; every test
  c++    only a test whose first lines contain `modes: c++`
VANSIRE_ASAN_LIBRARY names a library whose Rust code is instrumented as well; then asan is the only mode.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "tests" / "c"
INSTRUMENTED = os.environ.get("VANSIRE_ASAN_LIBRARY")
LIBRARY = Path(INSTRUMENTED or os.environ.get("LIBRARY", ROOT / "target" / "release" / "libvansire.a"))
SECONDS = 60

CC, CXX = os.environ.get("CC", "cc"), os.environ.get("CXX", "c++")
WARNINGS = ["-pedantic", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-Wshadow", "-Wundef"]
MODES = {
    "c99": [CC, "-std=c99", "-O1", *WARNINGS],
    "asan": [CC, "-std=c99", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", *WARNINGS],
    "c++": [CXX, "-x", "c++", "-std=c++11", "-O1", *WARNINGS],
}
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0",
    "UBSAN_OPTIONS": "print_stacktrace=1",
}


def modes_of(source: Path) -> list[str]:
    if INSTRUMENTED:
        return ["asan"]
    with source.open() as text:
        head = "".join(next(text, "") for _ in range(20))
    return ["c99", "asan"] + (["c++"] if "modes: c++" in head else [])


def step(command: list[str], what: str) -> str:
    """Runs one command from the repository's root. Returns what went wrong, or nothing."""
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            env={**os.environ, **SANITIZERS},
        )
    except subprocess.TimeoutExpired as expired:
        return f"{what}: not finished after {SECONDS} s\n{(expired.stdout or b'').decode(errors='replace')}"
    if done.returncode == 0:
        return ""
    return f"{what}: status {done.returncode}\n{done.stdout.decode(errors='replace')}"


def run_test(job: tuple[Path, str]) -> str:
    source, mode = job
    program = BUILD / mode / source.stem
    program.parent.mkdir(parents=True, exist_ok=True)
    # The language flag of C++ must not reach the archive.
    library = ["-x", "none", str(LIBRARY)] if mode == "c++" else [str(LIBRARY)]
    compiler = [*MODES[mode], "-Iinclude", "-Itests/c", str(source), *library]
    problem = step([*compiler, "-o", str(program), "-lpthread", "-lm", "-ldl"], "compiler")
    problem = problem or step([str(program)], "test")
    print(f"{'FAIL' if problem else 'ok':4} {source.stem} {mode}", flush=True)
    return f"--- {source.stem} {mode}: {problem}" if problem else ""


def main() -> int:
    wanted = sys.argv[1:]
    sources = [s for s in sorted((ROOT / "tests" / "c").glob("*.c")) if not wanted or s.stem in wanted]
    if not sources:
        print("no such test", file=sys.stderr)
        return 2
    jobs = [(source, mode) for source in sources for mode in modes_of(source)]
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        problems = [problem for problem in pool.map(run_test, jobs) if problem]
    for problem in problems:
        print(problem)
    print(f"{len(jobs) - len(problems)} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
