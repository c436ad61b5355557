#!/usr/bin/env python3
"""What a request costs, function by function: the greeting of the C server, one request a read and 16.

usage: functions.py [--write] after `make build examples`     --write puts the table into docs/performance.md
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict

import callgrind

PAGE = callgrind.ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- functions: begin -->", "<!-- functions: end -->"
SHARE = 0.01  # rows below it are left out
Costs = dict[str, float]


def per_function(scenario: callgrind.Scenario) -> tuple[Costs, Costs]:
    """(with what it calls, by itself) of every function in instructions per request."""
    short, long = callgrind.both_loads(scenario)
    requests = long.requests - short.requests
    both = []
    for option in ("--inclusive=yes", "--inclusive=no"):
        few, many = _annotated(short, option), _annotated(long, option)
        both.append({name: (many[name] - few.get(name, 0)) / requests for name in many})
    return both[0], both[1]


def _annotated(loaded: callgrind.Loaded, option: str) -> Costs:
    command = ["callgrind_annotate", "--threshold=100", "--auto=no", option, str(loaded.profile)]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    costs: Costs = defaultdict(float)
    for cost, function in re.findall(
        r"^\s*([\d,]+) \([ \d.]+%\)  [^:\n]+:(.+?)(?: \[[^\]\n]*\])?$", output, re.MULTILINE
    ):
        costs[_short(function)] += int(cost.replace(",", ""))
    return costs


def _short(function: str) -> str:
    """A name without what every name has."""
    function = re.sub(r"<impl [^>]+>::", "", function)
    function = re.sub(r"<(\S+) as [^>]+>", r"\1", function)
    function = re.sub(r"^__(\w+?)_(?:avx|sse|evex)\w*$", r"\1", function)
    return function.replace("vansire::", "").partition("@@")[0]


def table() -> str:
    one, many = (per_function(scenario) for scenario in callgrind.SCENARIOS[:2])
    most = [costs["mg_mgr_poll"] for costs, _ in (one, many)]
    outside = re.compile(r"\(|0x|main$|__libc_start")
    rows = [
        name for name in sorted(one[0], key=lambda name: -one[0][name])
        if not outside.match(name)
        and (one[0][name] >= SHARE * most[0] or many[0].get(name, 0) >= SHARE * most[1])
    ]  # fmt: skip
    lines = [
        "| function | 1 a read: with callees | by itself | 16 a read: with callees | by itself |",
        "|---|---:|---:|---:|---:|",
    ]
    for name in rows:
        cells = [f"{costs.get(name, 0):,.0f}" for costs in (*one, *many)]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    text = table()
    print(text)
    if sys.argv[1:] == ["--write"]:
        head, rest = PAGE.read_text().split(BEGIN)
        PAGE.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    main()
