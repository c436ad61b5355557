"""Where it was measured."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def describe() -> dict[str, str | int]:
    return {
        "cpu": _field("/proc/cpuinfo", "model name") or platform.processor() or "unknown",
        "cores": os.cpu_count() or 0,
        "memory": _memory(),
        "kernel": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
    }


def _memory() -> str:
    kib = _field("/proc/meminfo", "MemTotal").split()
    return f"{int(kib[0]) / 2**20:.1f} GiB" if kib else "unknown"


def _field(path: str, name: str) -> str:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")
