"""The load: wrk on its own core, and connections that are held open and say nothing."""

from __future__ import annotations

import json
import os
import resource
import shutil
import socket
import subprocess
import time
from contextlib import AbstractContextManager
from typing import Any

from . import COMPARE, Unavailable, services
from .process import Group
from .scenarios import Scenario

IDLE_SECONDS = 60.0
WRK_HINT = """wrk, the load generator, is not installed.
  Debian, Ubuntu:  apt-get install wrk
  Fedora:          dnf install wrk
  macOS:           brew install wrk
  source:          https://github.com/wg/wrk"""


def require_wrk() -> str:
    path = shutil.which("wrk")
    if path is None:
        raise Unavailable(WRK_HINT)
    done = subprocess.run([path, "-v"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout.splitlines()[0].split(" Copyright")[0]


def raise_open_files(wanted: int) -> None:
    """Lets this process and its children open `wanted` files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))
    except (ValueError, OSError) as error:
        raise Unavailable(
            f"{wanted} open files are needed, the hard limit is {hard}: raise it with `ulimit -Hn`"
        ) from error


def wrk_command(scenario: Scenario, url: str, threads: int, seconds: float) -> list[str]:
    return [
        "wrk", f"-t{scenario.threads or threads}", f"-c{scenario.connections}", f"-d{seconds:g}s", "--latency",
        "-s", str(COMPARE / "load.lua"), url + scenario.path, "--", str(scenario.depth), str(scenario.post_size),
    ]  # fmt: skip


def run_wrk(scenario: Scenario, port: int, threads: int, seconds: float, core: int) -> dict[str, Any]:
    """One run; returns the figures that load.lua printed."""
    done = subprocess.run(
        wrk_command(scenario, f"http://127.0.0.1:{port}", threads, seconds),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        timeout=seconds + 60,
    )
    for line in done.stdout.splitlines():
        if line.startswith("FIGURES "):
            figures: dict[str, Any] = json.loads(line.removeprefix("FIGURES "))
            return figures
    raise Unavailable(f"wrk gave no figures:\n{done.stdout.strip()}")


def load_command(scenario: Scenario, threads: int, seconds: float) -> list[str]:
    """For the report: the port is left open."""
    if scenario.load:
        command = services.LOADS[scenario.load].command(0, scenario.connections, seconds)
        return [str(part).replace(":0/", ":PORT/") for part in command]
    return wrk_command(scenario, "http://127.0.0.1:PORT", threads, seconds)


def run_load(scenario: Scenario, port: int, threads: int, seconds: float, core: int) -> dict[str, Any]:
    """One run of the scenario's load."""
    if scenario.load:
        return services.run_load(scenario.load, scenario.connections, port, seconds, core)
    return run_wrk(scenario, port, threads, seconds, core)


class Idle(AbstractContextManager["Idle"]):
    """`count` connections that the server has accepted, held open until the end of the block."""

    def __init__(self, server: Group, count: int) -> None:
        self._sockets: list[socket.socket] = []
        if count == 0:
            return
        base = server.descriptors()
        try:
            for _ in range(count):
                self._sockets.append(socket.create_connection(("127.0.0.1", server.port), timeout=IDLE_SECONDS))
            self._wait_accepted(server, base + count * 99 // 100)
        except OSError as error:
            self.close()
            raise Unavailable(f"could not hold {count} idle connections: {error}") from error

    def _wait_accepted(self, server: Group, descriptors: int) -> None:
        deadline = time.monotonic() + IDLE_SECONDS
        while server.descriptors() < descriptors:
            if time.monotonic() > deadline or not server.alive():
                raise OSError(f"the server has {server.descriptors()} files open, {descriptors} were expected")
            time.sleep(0.05)

    def held(self) -> int:
        """How many the server has left open."""
        count = 0
        for sock in self._sockets:
            sock.setblocking(False)
            try:
                sock.recv(1, socket.MSG_PEEK)
            except BlockingIOError:
                count += 1
            except OSError:
                pass
        return count

    def close(self) -> None:
        for sock in self._sockets:
            sock.close()

    def __exit__(self, *exc: object) -> None:
        self.close()
