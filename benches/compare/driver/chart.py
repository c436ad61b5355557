"""Draws results. usage: chart.py RESULT.json   a bar chart, RESULT.svg and RESULT.png beside it
                       chart.py FOLDER        idle.svg and percentiles.svg there, from several results

Runs in an environment of its own, because matplotlib is the one thing here that is not in the standard library.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

INK, GREY, PYTHON, NGINX, REFERENCE = "#1f2328", "#59636e", "#54aeff", "#2da44e", "#bc4c00"
OURS, PEER, LIMIT = "#0969da", "#afb8c1", "#d1d9e0"
METRIC = "requests_per_cpu_second"
LINES = {"limit": INK, "nginx": NGINX, "vansire-c": OURS, "vansire-py": PYTHON, "cymongoose": REFERENCE}


def draw(result: dict[str, Any]) -> plt.Figure:
    rows = [row for row in result["servers"] if "median" in row]
    rows.sort(key=lambda row: row["median"][METRIC])
    values = [row["median"][METRIC] for row in rows]
    lows = [value - min(run[METRIC] for run in row["runs"]) for row, value in zip(rows, values, strict=True)]
    highs = [max(run[METRIC] for run in row["runs"]) - value for row, value in zip(rows, values, strict=True)]
    figure, axes = plt.subplots(figsize=(8, 1.25 + 0.42 * len(rows)), layout="constrained")
    axes.barh(range(len(rows)), values, height=0.66, color=[_colour(row) for row in rows])
    if result["protocol"]["repetitions"] > 1:
        axes.errorbar(values, range(len(rows)), xerr=[lows, highs], fmt="none", ecolor=INK, elinewidth=0.8, capsize=2)
    axes.set_yticks(range(len(rows)), [row["label"] for row in rows], color=INK, fontsize=10)
    for index, row in enumerate(rows):
        axes.annotate(
            f"{values[index]:,.0f}",
            (values[index] + highs[index], index),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=INK,
            fontsize=10,
            fontweight="bold" if row["ours"] else "normal",
        )
    _strip(axes, max(value + high for value, high in zip(values, highs, strict=True)))
    axes.set_title(result["scenario"]["title"], loc="left", color=INK, fontsize=12, fontweight="bold")
    axes.set_xlabel(_caption(result), loc="left", color=GREY, fontsize=8)
    return figure


def _colour(row: dict[str, Any]) -> str:
    return OURS if row["ours"] else LIMIT if row["name"] in {"limit", "rustls"} else PEER


def _strip(axes: plt.Axes, largest: float) -> None:
    axes.set_xlim(0, largest * 1.16)
    axes.set_xticks([])
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.spines["left"].set_color(GREY)


def _caption(result: dict[str, Any]) -> str:
    protocol = result["protocol"]
    return (
        f"{result['scenario'].get('unit', 'requests').capitalize()} per server CPU-second: more is better.\n"
        f"Median and range of {protocol['repetitions']} runs of {protocol['seconds']:g} s; "
        "loopback, one core for the server.\n"
        f"{result['machine']['cpu']}, {result['machine']['kernel']}, {result['date']}"
    )


def draw_idle(results: list[dict[str, Any]]) -> plt.Figure:
    """How much each server answers beside more and more idle connections."""
    results = sorted(results, key=lambda result: result["scenario"]["idle"])
    figure, panels = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for axes, metric, title in (
        (panels[0], METRIC, "Requests per server CPU-second"),
        (panels[1], "requests_per_second", "Requests per second"),
    ):
        for name, colour in LINES.items():
            rows = [(result["scenario"]["idle"], _row(result, name)) for result in results]
            points = [(idle, row["median"][metric]) for idle, row in rows if row]
            label = next((row["label"] for _, row in rows if row), name)
            axes.plot(
                *zip(*points, strict=True), marker="o", markersize=4, color=colour, label=label
            ) if points else None
        axes.set_title(title, loc="left", color=INK, fontsize=11, fontweight="bold")
        axes.set_ylim(0)
        axes.set_xlabel("idle connections", color=GREY, fontsize=9)
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.tick_params(colors=GREY, labelsize=8)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    figure.legend(
        *panels[0].get_legend_handles_labels(), frameon=False, fontsize=8, loc="outside lower center", ncols=len(LINES)
    )
    return figure


def draw_percentiles(result: dict[str, Any]) -> plt.Figure:
    """p50, p90 and p99 side by side."""
    rows = [row for name in LINES if (row := _row(result, name))]
    shares = ("p50", "p90", "p99")
    figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
    width = 0.8 / len(rows)
    for index, row in enumerate(rows):
        values = [row["median"]["latency_us"][share] / 1000 for share in shares]
        places = [place + (index - (len(rows) - 1) / 2) * width for place in range(len(shares))]
        bars = axes.bar(places, values, width * 0.9, color=LINES[row["name"]], label=row["label"])
        axes.bar_label(bars, fmt="{:.2f}", fontsize=7, color=INK, padding=1)
    axes.set_xticks(range(len(shares)), shares, color=INK)
    axes.set_yticks([])
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.set_title(
        "Latency at 100 connections, ms: less is better", loc="left", color=INK, fontsize=11, fontweight="bold"
    )
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    return figure


def _row(result: dict[str, Any], name: str) -> dict[str, Any] | None:
    return next((row for row in result["servers"] if row["name"] == name and "median" in row), None)


def draw_folder(folder: Path) -> None:
    results = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    results = [result for result in results if "scenario" in result]
    idle = [result for result in results if result["scenario"]["name"] == "hello" or result["scenario"]["idle"]]
    if len(idle) > 1:
        save(draw_idle(idle), folder / "idle")
    for result in results:
        if result["scenario"]["name"] == "latency":
            save(draw_percentiles(result), folder / "percentiles")


def save(figure: plt.Figure, path: Path) -> None:
    figure.savefig(path.with_suffix(".svg"), metadata={"Date": None})
    figure.savefig(path.with_suffix(".png"), dpi=160)


def main() -> None:
    path = Path(sys.argv[1])
    plt.rcParams["font.family"] = "DejaVu Sans"
    plt.rcParams["svg.hashsalt"] = "vansire"
    if path.is_dir():
        draw_folder(path)
        return
    result = json.loads(path.read_text())
    if any("median" in row for row in result["servers"]):
        save(draw(result), path)


if __name__ == "__main__":
    main()
