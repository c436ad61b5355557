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

from driver import BUILD, COMPARE, ROOT, Unavailable, machine, page, report, scenarios, servers
from driver.environment import run, venv
from driver.load import load_command, raise_open_files, require_wrk
from driver.measure import Protocol, measure

RESULTS = ROOT / "benches" / "results"


def names(known: dict[str, Any]) -> str:
    return ", ".join(known)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("scenario", nargs="*", metavar="SCENARIO", help=f"{names(scenarios.SCENARIOS)} (default: all)")
    add("--scenarios", metavar="A,B,C", help="the same as one list")
    add(
        "-s",
        "--servers",
        nargs="+",
        metavar="NAME",
        help=f"{names(servers.SERVERS)}, all (default: all in hello, fewer in the others)",
    )
    add("-d", "--seconds", type=int, default=2, help="measured seconds of a run (default: 2)")
    add("-w", "--warmup", type=int, default=1, help="seconds of load before it, not counted (default: 1)")
    add("-r", "--repetitions", type=int, default=3, help="runs of each server (default: 3)")
    add("-t", "--threads", type=int, default=4, help="threads of wrk (default: 4)")
    add("--server-core", type=int, default=0, help="core of the server (default: 0)")
    add("--load-core", type=int, default=1, help="core of the load generator and this driver (default: 1)")
    add("--against", default="cymongoose", metavar="NAME", help="peer of the ratio column (default: cymongoose)")
    add("-o", "--output", type=Path, help="folder for the results (default: benches/results)")
    add(
        "--quick",
        action="store_true",
        help="smoke test: one run of 1 s after 1 s of warm-up, results under build/bench/quick",
    )
    add("--docs", action="store_true", help="measure nothing, write docs/benchmarks.md from the results")
    options = parser.parse_args()  # fmt: skip
    if options.quick:
        options.seconds, options.warmup, options.repetitions = 1, 1, 1
    options.output = options.output or (BUILD / "quick" if options.quick else RESULTS)
    wanted = options.scenario + (options.scenarios.split(",") if options.scenarios else [])
    options.scenario = choose(parser, scenarios.SCENARIOS, wanted or ["all"])
    options.servers = choose(parser, servers.SERVERS, options.servers) if options.servers else None
    return options


def choose(parser: argparse.ArgumentParser, known: dict[str, Any], wanted: list[str]) -> list[Any]:
    unknown = [name for name in wanted if name not in known and name != "all"]
    if unknown:
        parser.error(f"no such name: {' '.join(unknown)} (known: {names(known)}, all)")
    return list(known.values()) if "all" in wanted else [known[name] for name in dict.fromkeys(wanted)]


def taking_part(scenario: scenarios.Scenario, chosen: list[servers.Server] | None) -> list[servers.Server]:
    return servers.usual(scenario) if chosen is None else [server for server in chosen if server.takes(scenario)]


def tell_plan(options: argparse.Namespace) -> None:
    """Start, check and stop take most of a second, idle connections one for every four thousand."""
    runs = [(scenario, len(taking_part(scenario, options.servers))) for scenario in options.scenario]
    one = options.seconds + options.warmup + 0.7
    seconds = options.repetitions * sum(count * (one + scenario.idle / 4000) for scenario, count in runs)
    rows = sum(count for _, count in runs)
    print(f"{len(runs)} scenarios, {rows} rows: about {seconds / 60:.0f} minutes", file=sys.stderr, flush=True)


def measured(scenario: scenarios.Scenario, options: argparse.Namespace, wrk: str) -> report.Result:
    protocol = Protocol(
        options.seconds, options.warmup, options.repetitions, options.threads, options.server_core, options.load_core
    )
    command = " ".join(load_command(scenario, protocol.threads, protocol.seconds))
    rows = measure(scenario, taking_part(scenario, options.servers), protocol)
    return {
        "scenario": {key: value for key, value in vars(scenario).items() if key != "guests"},
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
    if options.docs:
        return write_page()
    try:
        wrk = require_wrk()
        raise_open_files(max(12000, *(s.descriptors for s in options.scenario)))
        take_core(options.server_core, options.load_core)
    except Unavailable as problem:
        print(f"run.py: {problem}", file=sys.stderr)
        return 1
    tell_plan(options)
    complete = True
    for scenario in options.scenario:
        if not taking_part(scenario, options.servers):
            print(f"{scenario.name}: none of the chosen servers takes part", file=sys.stderr)
            continue
        print(f"{scenario.name}: {scenario.title}", file=sys.stderr, flush=True)
        result = measured(scenario, options, wrk)
        complete = complete and all("median" in row for row in result["servers"])
        path = report.write(result, options.output)
        print(report.markdown(result))
        run(venv("chart"), COMPARE / "driver" / "chart.py", path)
    if options.output == RESULTS:
        write_page()
    else:
        run(venv("chart"), COMPARE / "driver" / "chart.py", options.output)
    print(f"results: {options.output}", file=sys.stderr)
    return 0 if complete else 1


def write_page() -> int:
    """The page and the charts that show several results at once."""
    run(venv("chart"), COMPARE / "driver" / "chart.py", RESULTS)
    page.refresh(RESULTS, list(scenarios.SCENARIOS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
