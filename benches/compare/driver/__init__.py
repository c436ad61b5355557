"""The measuring bench: what runs, how it is loaded, what is counted, how it is told."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
COMPARE = ROOT / "benches" / "compare"
BUILD = ROOT / "build" / "bench"


class Unavailable(Exception):
    """A row or a tool is missing; the text says how to get it."""
