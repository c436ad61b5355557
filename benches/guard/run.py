#!/usr/bin/env python3
"""Instructions for a request, counted by callgrind, against the budget in budget.json. usage: run.py [--update]

Fails when a server needs more than its budget and its tolerance. A budget holds for the compiler, interpreter, C
library and kind of processor that it names: with others the figures are told, and nothing fails. `--update` writes what
is measured.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import callgrind

BUDGET = Path(__file__).resolve().parent / "budget.json"
TOLERANCE = 0.05
UPDATE = "make guard UPDATE=1"


def conditions() -> dict[str, str]:
    """What changes the figures without a change of the library."""
    return {
        "rustc": _said("rustc", "--version"),
        "python": _said(callgrind.PYTHON[0], "--version"),
        "libc": " ".join(platform.libc_ver()),
        "cpu": _cpu(),
    }


def _said(*command: str) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def _cpu() -> str:
    """Searching and copying choose their instructions by it."""
    info = Path("/proc/cpuinfo")
    wide = info.is_file() and " avx2 " in info.read_text()
    return platform.machine() + (" avx2" if wide else "")


def differences(name: str, budget: dict[str, Any], here: dict[str, str]) -> list[str]:
    """Conditions of the budget that do not hold here and touch the scenario."""
    touching = [key for key in here if key != "python" or name.startswith("python")]
    return [f"{budget['conditions'][k]} there, {here[k]} here" for k in touching if budget["conditions"][k] != here[k]]


def verdict(name: str, figure: int, budget: dict[str, Any], here: dict[str, str]) -> tuple[bool, str]:
    """Whether the figure passes, and what to say about it."""
    wanted, tolerance = budget["instructions_per_request"].get(name), budget["tolerance"]
    if wanted is None:
        return False, f"no budget yet: {UPDATE}"
    change = figure / wanted - 1
    told = f"{change:+.1%} of the budget {wanted:,}"
    other = differences(name, budget, here)
    if other:
        return True, f"{told}; only told, as the budget is of another setting ({'; '.join(other)})"
    if change > tolerance:
        return False, f"{told}, at most {tolerance:+.0%}: make it cheaper, or say why in the commit and run `{UPDATE}`"
    if change < -tolerance:
        return True, f"{told}: note: cheaper than it was, lower the budget with `{UPDATE}`"
    return True, told


def check(here: dict[str, str]) -> int:
    budget = json.loads(BUDGET.read_text())
    failed = 0
    for scenario in callgrind.SCENARIOS:
        figure = round(callgrind.per_request(scenario))
        good, told = verdict(scenario.name, figure, budget, here)
        failed += not good
        print(
            f"{'ok' if good else 'FAILED':6} {scenario.name:9} {figure:>7,} instructions a request, {told}", flush=True
        )
    print(f"{len(callgrind.SCENARIOS) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


def update(here: dict[str, str]) -> int:
    figures = {scenario.name: round(callgrind.per_request(scenario)) for scenario in callgrind.SCENARIOS}
    budget = {"tolerance": TOLERANCE, "conditions": here, "instructions_per_request": figures}
    BUDGET.write_text(json.dumps(budget, indent=2) + "\n")
    print(BUDGET.read_text(), end="")
    return 0


def main() -> int:
    if shutil.which("valgrind") is None:
        print("skipped: valgrind is not installed (Debian and Ubuntu: apt-get install valgrind)")
        print(f"0 passed, 0 failed, {len(callgrind.SCENARIOS)} skipped")
        return 0
    here = conditions()
    return update(here) if sys.argv[1:] == ["--update"] else check(here)


if __name__ == "__main__":
    sys.exit(main())
