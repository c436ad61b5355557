"""One download after the other by curl; each has to have the promised size.

usage: curl_load.py URL BYTES SECONDS [OPTIONS OF CURL]
"""

from __future__ import annotations

import json
import subprocess
import sys
import time


def main() -> None:
    url, size, seconds, options = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]
    start = time.monotonic()
    took: list[float] = []
    errors = 0
    while time.monotonic() - start < seconds:
        begin = time.monotonic()
        command = ["curl", "-s", *options, "-o", "/dev/null", "-w", "%{http_code} %{size_download}", url]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if done.stdout == f"200 {size}":
            took.append(time.monotonic() - begin)
        else:
            errors += 1
            time.sleep(0.1)
    elapsed = time.monotonic() - start
    took.sort()
    micro = [1e6 * one for one in took] or [0.0]
    latency = {name: micro[min(int(len(micro) * share), len(micro) - 1)] for name, share in SHARES.items()}
    latency["mean"] = sum(micro) / len(micro)
    figures = {
        "requests": len(took),
        "microseconds": int(elapsed * 1e6),
        "bytes": size * len(took),
        "latency_us": latency,
        "errors": {"read": errors},
    }
    print("FIGURES", json.dumps(figures))


SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}

if __name__ == "__main__":
    main()
