"""Servers under callgrind: user instructions for a request, which do not depend on who else uses the machine."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import load

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "build" / "guard"
STOP_SECONDS = 60
# All that a server finds in its environment: texts are hashed the same way each time. The stack's alignment, worth a
# few instructions of memcpy, depends on how much this is.
ENVIRONMENT = {"PYTHONHASHSEED": "0"}


@dataclass(frozen=True)
class Scenario:
    """A server, how many requests it finds in each read, and the two loads whose difference is taken."""

    name: str
    title: str
    command: list[str]
    depth: int
    rounds: tuple[int, int]


@dataclass(frozen=True)
class Loaded:
    """callgrind's file of one server's life, and how many requests it answered."""

    requests: int
    profile: Path


C = [str(ROOT / "build" / "examples" / "c" / "http-server"), "0"]
PYTHON = [str(ROOT / ".venv" / "bin" / "python"), str(ROOT / "benches" / "compare" / "vansire_py.py"), "0"]
SCENARIOS = (
    Scenario("c-1", "C, one request a read", C, 1, (25, 525)),
    Scenario("c-16", "C, 16 requests a read", C, 16, (5, 105)),
    Scenario("python-1", "Python, one request a read", PYTHON, 1, (25, 525)),
    Scenario("python-16", "Python, 16 requests a read", PYTHON, 16, (5, 105)),
)


def per_request(scenario: Scenario) -> float:
    """What start, connections and end cost is the same in both loads: their difference is the requests alone."""
    short, long = both_loads(scenario)
    return (_total(long.profile) - _total(short.profile)) / (long.requests - short.requests)


def both_loads(scenario: Scenario) -> tuple[Loaded, Loaded]:
    """Both at a time: instructions are not seconds."""
    with ThreadPoolExecutor(2) as pool:
        short, long = pool.map(lambda rounds: _loaded(scenario, rounds), scenario.rounds)
    return short, long


def _loaded(scenario: Scenario, rounds: int) -> Loaded:
    OUT.mkdir(parents=True, exist_ok=True)
    profile = OUT / f"{scenario.name}-{rounds}.callgrind"
    log = profile.with_suffix(".log")
    profile.unlink(missing_ok=True)
    valgrind = [
        shutil.which("valgrind") or "valgrind",
        "--tool=callgrind",
        f"--callgrind-out-file={profile}",
        f"--log-file={log}",
    ]
    server = subprocess.Popen([*valgrind, *scenario.command], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
    try:
        requests = load.drive(_port(server, log), scenario.depth, rounds)
        server.send_signal(signal.SIGTERM)
        if server.wait(STOP_SECONDS) not in (0, -signal.SIGTERM):
            raise RuntimeError(f"{scenario.name}: the server ended with status {server.returncode}, see {log}")
    finally:
        server.kill()
        server.wait()
    return Loaded(requests, profile)


def _port(server: subprocess.Popen[str], log: Path) -> int:
    """The first line of every server ends with the port that it listens on."""
    assert server.stdout is not None
    line = server.stdout.readline().strip()
    found = re.search(r":(\d+)/?$", line)
    if found is None:
        raise RuntimeError(f"no port in the server's first line {line!r}, see {log}")
    return int(found[1])


def _total(profile: Path) -> int:
    """Instructions of the whole run."""
    found = re.search(r"^(?:totals|summary): (\d+)", profile.read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError(f"{profile} has no total")
    return int(found[1])
