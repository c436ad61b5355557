"""The results told: JSON for machines, Markdown tables for people. The charts are drawn by chart.py."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

Result = dict[str, Any]


def write(result: Result, folder: Path) -> Path:
    """Writes <scenario>.json and <scenario>.md; returns the path of the first."""
    folder.mkdir(parents=True, exist_ok=True)
    name = result["scenario"]["name"]
    path = folder / f"{name}.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    (folder / f"{name}.md").write_text(markdown(result))
    return path


def markdown(result: Result) -> str:
    measured = [row for row in result["servers"] if "median" in row]
    left_out = [row for row in result["servers"] if "problem" in row]
    measured.sort(key=lambda row: -row["median"]["requests_per_cpu_second"])
    unit = result["scenario"].get("unit", "requests")
    parts = [f"### {result['scenario']['title']}", "", *_figures(measured, result["against"], unit), ""]
    ratios = _ratios(measured)
    if ratios:
        parts += [f"{unit.capitalize()} per server CPU-second, as a multiple of each peer's:", "", *ratios, ""]
    for row in left_out:
        parts += [f"Not measured: {row['label']} ({_reason(row['problem'])}).", ""]
    for row in measured:
        if row["median"]["idle_held"] < result["scenario"]["idle"]:
            parts += [f"{row['label']} closed some idle connections: {row['median']['idle_held']:g} were left.", ""]
    parts += [_conditions(result), ""]
    return "\n".join(parts)


def _reason(problem: str) -> str:
    """What happened, and the last thing the server said about it."""
    first, *more = problem.splitlines()
    return f"{first} {more[-1]}" if more else first


def _figures(rows: list[dict[str, Any]], against: str, unit: str) -> list[str]:
    peer = next((row for row in rows if row["name"] == against), None)
    ratio_head = f"× {peer['label']}" if peer else "ratio"
    heads = ["server", f"{unit} per CPU-second", ratio_head, f"{unit}/s", "p50 ms", "p90 ms", "p99 ms", "max ms"]
    lines = [_line([*heads, "errors", "bytes each", "peak memory MiB"]), "|---|" + "---:|" * 10]
    for row in rows:
        m, latency = row["median"], row["median"]["latency_us"]
        label = f"**{row['label']}**" if row["ours"] else row["label"]
        ratio = m["requests_per_cpu_second"] / peer["median"]["requests_per_cpu_second"] if peer else None
        cells = [
            label,
            f"{m['requests_per_cpu_second']:,.0f}",
            "" if ratio is None else f"{ratio:.2f}",
            f"{m['requests_per_second']:,.0f}",
            *(_milliseconds(latency[key]) for key in ("p50", "p90", "p99", "max")),
            f"{m['errors']}",
            f"{_bytes_each(row):,.0f}",
            f"{m['peak_memory_kib'] / 1024:.1f}",
        ]
        lines.append(_line(cells))
    return lines


def _bytes_each(row: dict[str, Any]) -> float:
    """Head and body of an answer as the load generator received them."""
    return float(statistics.median(run["bytes"] / run["requests"] for run in row["runs"]))


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _milliseconds(microseconds: float) -> str:
    """wrk has no figure where no whole batch of pipelined requests came back in time."""
    return f"{microseconds / 1000:.2f}" if microseconds else "-"


def _ratios(rows: list[dict[str, Any]]) -> list[str]:
    ours, peers = [r for r in rows if r["ours"]], [r for r in rows if not r["ours"]]
    if not ours or not peers:
        return []
    lines = [_line(["", *(p["label"] for p in peers)]), "|---|" + "---:|" * len(peers)]
    for row in ours:
        mine = row["median"]["requests_per_cpu_second"]
        cells = [f"{mine / p['median']['requests_per_cpu_second']:.2f}" for p in peers]
        lines.append(_line([f"**{row['label']}**", *cells]))
    return lines


def _conditions(result: Result) -> str:
    p, m = result["protocol"], result["machine"]
    return (
        f"Loopback, trivial handler, server on core {p['server_core']}, load generator on core {p['load_core']}; "
        f"medians of {p['repetitions']} rotated runs of {p['seconds']:g} s after {p['warmup_seconds']:g} s of warm-up; "
        f"`{p['load_command']}`; {m['cpu']}, {m['cores']} cores, {m['kernel']}; {result['date']}."
    )
