#!/usr/bin/env python3
"""Builds and runs the suites; ends with one line for each and a closing line. usage: run.py SUITE...

Suites: rust, rust-poll, rust-uring, c, packaging, peers, python, instructions. The exit status is 0 only if each was
built and nothing failed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = str(ROOT / ".venv" / "bin" / "python")


@dataclass(frozen=True)
class Suite:
    build: list[str]
    command: list[str]
    counts: str  # regular expression over the output: every match adds to `passed`, `failed`, `skipped`
    may_skip: bool = False  # skipping everything is no failure; the output says why in a line "skipped: REASON"


@dataclass
class Outcome:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    note: str = ""
    seconds: float = 0.0


CARGO_COUNTS = r"^test result: \w+\. (?P<passed>\d+) passed; (?P<failed>\d+) failed; (?P<skipped>\d+) ignored"
PORTABLE = ["--features", "force-poll", "--lib", "--tests"]  # the same code over poll() instead of epoll
URING = ["--features", "uring", "--lib", "--tests"]  # over io_uring; over epoll where the kernel has none
SUITES = {
    "rust": Suite(["cargo", "test", "--no-run"], ["cargo", "test", "--no-fail-fast"], CARGO_COUNTS),
    "rust-poll": Suite(
        ["cargo", "test", "--no-run", *PORTABLE], ["cargo", "test", "--no-fail-fast", *PORTABLE], CARGO_COUNTS
    ),
    "rust-uring": Suite(
        ["cargo", "test", "--no-run", *URING], ["cargo", "test", "--no-fail-fast", *URING], CARGO_COUNTS
    ),
    "c": Suite(
        ["make", "build"],
        [sys.executable, "tests/c/run.py"],
        r"^(?P<passed>\d+) passed, (?P<failed>\d+) failed$",
    ),
    "packaging": Suite(
        ["make", "build"],
        [sys.executable, "tests/packaging.py"],
        r"^(?P<passed>\d+) passed, (?P<failed>\d+) failed, (?P<skipped>\d+) skipped$",
    ),
    "peers": Suite(
        ["make", "examples", ".venv/tools.stamp"],
        [PYTHON, "tests/peers.py"],
        r"^(?P<passed>\d+) passed, (?P<failed>\d+) failed, (?P<skipped>\d+) skipped$",
    ),
    "python": Suite(
        ["make", "python", ".venv/tools.stamp"],
        [PYTHON, "-m", "pytest", "-q", "bindings/python"],
        r"(?P<failed>\d+) (?:failed|errors?)\b|(?P<passed>\d+) passed\b|(?P<skipped>\d+) skipped\b",
    ),
    "instructions": Suite(
        ["make", "build", "examples", "python"],
        [sys.executable, "benches/guard/run.py"],
        r"^(?P<passed>\d+) passed, (?P<failed>\d+) failed, (?P<skipped>\d+) skipped$",
        may_skip=True,
    ),
}


def run_suite(name: str) -> Outcome:
    suite, outcome, start = SUITES[name], Outcome(), time.monotonic()
    print(f"== {name}", flush=True)
    if subprocess.run(suite.build, cwd=ROOT).returncode != 0:
        outcome.failed, outcome.note = 1, "not built"
    else:
        status, output = shown(suite.command)
        if name == "python":
            output = output.strip().rpartition("\n")[2]  # only the last line of pytest counts
        count(outcome, suite.counts, output)
        if status != 0 and outcome.failed == 0:
            outcome.failed, outcome.note = 1, f"ended with status {status}"
        reason = re.search(r"^skipped: (.+)$", output, re.MULTILINE)
        if suite.may_skip and reason is not None:
            outcome.note = reason[1]
        elif status == 0 and outcome.passed == 0:
            outcome.failed, outcome.note = 1, "ran nothing"
    outcome.seconds = time.monotonic() - start
    return outcome


def shown(command: list[str]) -> tuple[int, str]:
    """Runs and passes the output on while it comes."""
    lines = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    return process.returncode, "".join(lines)


def count(outcome: Outcome, pattern: str, output: str) -> None:
    for match in re.finditer(pattern, output, re.MULTILINE):
        for key, number in match.groupdict().items():
            setattr(outcome, key, getattr(outcome, key) + int(number or 0))


def main() -> int:
    names = sys.argv[1:] or list(SUITES)
    unknown = [name for name in names if name not in SUITES]
    if unknown:
        print(__doc__, file=sys.stderr)
        return 2
    outcomes = {name: run_suite(name) for name in names}
    print()
    for name, o in outcomes.items():
        skipped = f", {o.skipped} skipped" if o.skipped else ""
        note = f" ({o.note})" if o.note else ""
        print(f"{name:12} {o.passed} passed, {o.failed} failed{skipped} in {o.seconds:.0f} s{note}")
    failed = sum(o.failed for o in outcomes.values())
    print(f"{sum(o.passed for o in outcomes.values())} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
