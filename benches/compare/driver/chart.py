"""Draws one result as a bar chart. usage: chart.py RESULT.json   writes RESULT.svg and RESULT.png beside it

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

INK, GREY, OURS, PEER, LIMIT = "#1f2328", "#59636e", "#0969da", "#afb8c1", "#d1d9e0"
METRIC = "requests_per_cpu_second"


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
    return OURS if row["ours"] else LIMIT if row["name"] == "limit" else PEER


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
        "Requests per server CPU-second: more is better.\n"
        f"Median and range of {protocol['repetitions']} runs of {protocol['seconds']:g} s; "
        "loopback, one core for the server.\n"
        f"{result['machine']['cpu']}, {result['machine']['kernel']}, {result['date']}"
    )


def main() -> None:
    path = Path(sys.argv[1])
    result = json.loads(path.read_text())
    if not any("median" in row for row in result["servers"]):
        return
    plt.rcParams["font.family"] = "DejaVu Sans"
    plt.rcParams["svg.hashsalt"] = "vansire"
    figure = draw(result)
    figure.savefig(path.with_suffix(".svg"), metadata={"Date": None})
    figure.savefig(path.with_suffix(".png"), dpi=160)


if __name__ == "__main__":
    main()
