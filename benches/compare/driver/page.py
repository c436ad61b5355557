"""docs/benchmarks.md: everything between its markers is written from the results and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from . import ROOT
from .report import markdown

PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
SHOWN = ("python", "rustc", "compiler", "nginx", "mosquitto", "cymongoose", "aiohttp", "uvicorn", "uvloop", "httptools",
         "fastapi", "flask", "gunicorn", "granian")  # fmt: skip
Result = dict[str, Any]


def refresh(folder: Path, order: list[str]) -> None:
    head, rest = PAGE.read_text().split(BEGIN)
    results = [
        json.loads((folder / f"{name}.json").read_text()) for name in order if (folder / f"{name}.json").is_file()
    ]
    parts = [_one(result) for result in results]
    if len(_idle(results)) > 1:
        parts.append(_beside_idle(results))
    if (folder / "engine.json").is_file():
        parts.append(_engine(json.loads((folder / "engine.json").read_text())))
    parts.append(_versions(results))
    PAGE.write_text(head + BEGIN + "\n\n" + "\n".join(parts) + "\n" + END + rest.split(END)[1])


def _one(result: Result) -> str:
    scenario = result["scenario"]
    lines = [markdown(result), f"![{scenario['title']}](../benches/results/{scenario['name']}.svg)", ""]
    if scenario["name"] == "latency":
        lines += ["![Latency at 100 connections](../benches/results/percentiles.svg)", ""]
    return "\n".join(lines)


# ---- throughput beside idle connections ------------------------------------------------------------------------------


def _idle(results: list[Result]) -> list[Result]:
    """The plain greeting without and with idle connections, the fewest first."""
    found = [r for r in results if r["scenario"]["name"] == "hello" or r["scenario"]["idle"]]
    return sorted(found, key=lambda r: int(r["scenario"]["idle"]))


def _beside_idle(results: list[Result]) -> str:
    series = _idle(results)
    counts = [f"{r['scenario']['idle']:,} idle" for r in series]
    lines = [
        "### Beside idle connections",
        "",
        "Requests per server CPU-second; the last column is the share that is left beside the most idle connections",
        "that the server was measured with.",
        "",
        "| server | " + " | ".join(counts) + " | left |",
        "|---|" + "---:|" * (len(counts) + 1),
    ]
    for row in series[0]["servers"]:
        values = [_rate(result, row["name"]) for result in series]
        if values[0] is None or all(value is None for value in values[1:]):
            continue
        label = f"**{row['label']}**" if row["ours"] else row["label"]
        left = f"{[value for value in values if value is not None][-1] / values[0]:.2f}"
        cells = ["" if value is None else f"{value:,.0f}" for value in values]
        lines.append(f"| {label} | {' | '.join(cells)} | {left} |")
    return "\n".join([*lines, "", "![Requests beside idle connections](../benches/results/idle.svg)", ""])


def _rate(result: Result, server: str) -> float | None:
    row = next((row for row in result["servers"] if row["name"] == server and "median" in row), None)
    return None if row is None else float(row["median"]["requests_per_cpu_second"])


# ---- figures of the engine, and what was used ------------------------------------------------------------------------


def _engine(figures: Result) -> str:
    """The results of benches/engine/run.py."""
    lines = [
        "### The engine alone",
        "",
        "`python3 benches/engine/run.py`: CPU time and memory of the library's process.",
        "",
    ]
    lines += ["| figure | measured | limit |", "|---|---:|---:|"]
    for row in figures["figures"]:
        lines.append(f"| {row['what']} | {row['value']:,g} | {row['limit']} |")
    m = figures["machine"]
    return "\n".join([*lines, "", f"{m['cpu']}, {m['cores']} cores, {m['kernel']}; {figures['date']}.", ""])


def _versions(results: list[Result]) -> str:
    found: dict[str, str] = {}
    for result in results:
        for row in result["servers"]:
            for name, version in row.get("versions", {}).items():
                key = re.sub(r"[-_.]+", "-", name).lower()
                if key in SHOWN and not (key == "compiler" and key in found):
                    found[key] = version
    told = [
        found[name] if found[name].startswith((name, "nginx")) else f"{name} {found[name]}"
        for name in SHOWN
        if name in found
    ]
    return "\n".join(["### Versions", "", ", ".join(told) + ".", ""])
