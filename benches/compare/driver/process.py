"""A server as a group of processes on one core: start, ready, CPU time, memory, stop. Linux only (/proc)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from . import ROOT, Unavailable

READY_SECONDS = 20.0
STOP_SECONDS = 5.0
TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Group:
    """The processes of one session: whatever the server forks is counted and stopped with it."""

    def __init__(self, command: list[str | Path], port: int, core: int, log: Path) -> None:
        self.port = port
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as out:
            self._leader = subprocess.Popen(
                [str(part) for part in command],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: os.sched_setaffinity(0, {core}),
            )

    def wait_ready(self) -> None:
        """Until the port takes a connection."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self._leader.poll() is not None:
                raise Unavailable(f"ended with status {self._leader.returncode}:\n{self._last_words()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise Unavailable(f"did not listen within {READY_SECONDS:.0f} s:\n{self._last_words()}")

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").strip().splitlines()[-6:])

    def alive(self) -> bool:
        return self._leader.poll() is None

    def _stats(self) -> list[tuple[int, list[str]]]:
        """(pid, fields of /proc/PID/stat from `state` on) of every process in the session."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == self._leader.pid:
                found.append((int(entry.name), fields))
        return found

    def cpu_seconds(self) -> float:
        """User and system time so far, ended children and threads included."""
        return sum(sum(int(ticks) for ticks in fields[11:15]) for _, fields in self._stats()) / TICKS

    def peak_memory_kib(self) -> int:
        """The sum of the peak resident sizes (VmHWM)."""
        total = 0
        for pid, _ in self._stats():
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            total += sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
        return total

    def descriptors(self) -> int:
        total = 0
        for pid, _ in self._stats():
            try:
                total += len(os.listdir(f"/proc/{pid}/fd"))
            except OSError:
                continue
        return total

    def stop(self) -> None:
        """Asks, insists, then checks that the port can be bound again."""
        for signum in (signal.SIGTERM, signal.SIGKILL):
            for pid, _ in self._stats():
                try:
                    os.kill(pid, signum)
                except ProcessLookupError:
                    pass
            try:
                self._leader.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            if not self._stats():
                break
        self._wait_port_free()

    def _wait_port_free(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        while True:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", self.port))
                    return
                except OSError as error:
                    if time.monotonic() > deadline:
                        raise RuntimeError(f"port {self.port} is still taken after the server was stopped") from error
            time.sleep(0.05)
