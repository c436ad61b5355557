#!/usr/bin/env python3
"""Measures Vansire beside its peers under one load generator. Linux, two cores, wrk.

Every server gives the same answer (checked first), runs on one core while the load runs on the other, is warmed up,
and is measured in rotated repetitions. See docs/benchmarks.md for the method and what it does not show.
"""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from pathlib import Path
from typing import Any

from driver import BUILD, COMPARE, ROOT, Unavailable, machine, report, scenarios, servers
from driver.environment import run, venv
from driver.load import load_command, raise_open_files, require_wrk
from driver.measure import Protocol, measure

RESULTS = ROOT / "benches" / "results"


def names(known: dict[str, Any]) -> str:
    return ", ".join(known)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "scenario",
        nargs="*",
        metavar="SCENARIO",
        help=f"{names(scenarios.SCENARIOS)}, all (default: {' '.join(scenarios.DEFAULT)})",
    )
    parser.add_argument(
        "-s",
        "--servers",
        nargs="+",
        metavar="NAME",
        default=list(servers.DEFAULT),
        help=f"{names(servers.SERVERS)}, all (default: {' '.join(servers.DEFAULT)})",
    )
    parser.add_argument("-d", "--seconds", type=float, default=10, help="measured time of a run (default: 10)")
    parser.add_argument("-w", "--warmup", type=float, default=2, help="load before it, not counted (default: 2)")
    parser.add_argument("-r", "--repetitions", type=int, default=3, help="runs of each server (default: 3)")
    parser.add_argument("-t", "--threads", type=int, default=4, help="threads of wrk (default: 4)")
    parser.add_argument("--server-core", type=int, default=0, help="core of the server (default: 0)")
    parser.add_argument(
        "--load-core", type=int, default=1, help="core of the load generator and this driver (default: 1)"
    )
    parser.add_argument(
        "--against", default="cymongoose", metavar="NAME", help="peer of the ratio column (default: cymongoose)"
    )
    parser.add_argument("-o", "--output", type=Path, help="folder for the results (default: benches/results)")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="smoke test: one run of 2 s after 1 s of warm-up, results under build/bench/quick",
    )
    options = parser.parse_args()  # fmt: skip
    if options.quick:
        options.seconds, options.warmup, options.repetitions = 2, 1, 1
    options.output = options.output or (BUILD / "quick" if options.quick else RESULTS)
    options.scenario = choose(parser, scenarios.SCENARIOS, options.scenario or list(scenarios.DEFAULT))
    options.servers = choose(parser, servers.SERVERS, options.servers)
    return options


def choose(parser: argparse.ArgumentParser, known: dict[str, Any], wanted: list[str]) -> list[Any]:
    unknown = [name for name in wanted if name not in known and name != "all"]
    if unknown:
        parser.error(f"no such name: {' '.join(unknown)} (known: {names(known)}, all)")
    return list(known.values()) if "all" in wanted else [known[name] for name in dict.fromkeys(wanted)]


def measured(scenario: scenarios.Scenario, options: argparse.Namespace, wrk: str) -> report.Result:
    protocol = Protocol(
        options.seconds, options.warmup, options.repetitions, options.threads, options.server_core, options.load_core
    )
    command = " ".join(load_command(scenario, protocol.threads, protocol.seconds))
    rows = measure(scenario, [s for s in options.servers if s.takes(scenario)], protocol)
    command = command.replace(f"{COMPARE}/", "").replace(f"{ROOT}/", "")
    return {
        "scenario": vars(scenario),
        "date": datetime.date.today().isoformat(),
        "machine": machine.describe(),
        "against": options.against,
        "protocol": {
            **vars(protocol),
            "load_generator": wrk,
            "load_command": command.replace(f"{COMPARE}/", "").replace(f"{ROOT}/", ""),
        },
        "servers": rows,
    }


def take_core(server_core: int, load_core: int) -> None:
    """Moves this driver to the core of the load, away from the server."""
    usable = os.sched_getaffinity(0)
    if server_core == load_core or not {server_core, load_core} <= usable:
        raise Unavailable(f"two different cores are needed for server and load; usable here: {sorted(usable)}")
    os.sched_setaffinity(0, {load_core})


def main() -> int:
    options = arguments()
    try:
        wrk = require_wrk()
        raise_open_files(max(12000, *(s.descriptors for s in options.scenario)))
        take_core(options.server_core, options.load_core)
    except Unavailable as problem:
        print(f"run.py: {problem}", file=sys.stderr)
        return 1
    complete = True
    for scenario in options.scenario:
        if not any(server.takes(scenario) for server in options.servers):
            print(f"{scenario.name}: none of the chosen servers takes part", file=sys.stderr)
            continue
        print(f"{scenario.name}: {scenario.title}", file=sys.stderr, flush=True)
        result = measured(scenario, options, wrk)
        complete = complete and all("median" in row for row in result["servers"])
        path = report.write(result, options.output)
        print(report.markdown(result))
        run(venv("chart"), COMPARE / "driver" / "chart.py", path)
    if options.output == RESULTS:
        report.refresh_page(RESULTS)
    print(f"results: {options.output}", file=sys.stderr)
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
