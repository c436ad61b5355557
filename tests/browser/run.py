#!/usr/bin/env python3
"""Checks the C examples with a headless Chromium: WebSocket, TLS, uploads, media with ranges. usage: run.py [DIRECTORY]

DIRECTORY holds the built examples (default: build/examples/c). The page uploads its results to the server.
"""

from __future__ import annotations

import contextlib
import json
import math
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse
import wave
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHECKS = 8
PATIENCE = 120.0  # seconds for everything the page does
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--autoplay-policy=no-user-gesture-required",
    "--ignore-certificate-errors",
]


def tone(path: Path) -> None:
    """A minute of sound, larger than what a browser loads at once."""
    rate = 22050
    second = b"".join(struct.pack("<h", int(8000 * math.sin(440 * 2 * math.pi * i / rate))) for i in range(rate))
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        for _ in range(60):
            out.writeframes(second)


def certificate(where: Path) -> tuple[Path, Path]:
    cert, key = where / "cert.pem", where / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(cert)], check=True, stderr=subprocess.DEVNULL)
    return cert, key


@contextlib.contextmanager
def running(command: list[str], **options: object) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(command, text=True, cwd=ROOT, **options)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def server(program: Path, *args: str) -> Iterator[str]:
    """Starts an example on a free port; its URL."""
    with running([str(program), "-p", "0", *args], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()


def result(path: Path, browser: subprocess.Popen[str]) -> str:
    """What the page uploads at its end; empty when it does not come."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and browser.poll() is None:
        if path.exists() and (text := path.read_text()).count("\n") >= CHECKS:
            return text
        time.sleep(0.1)
    return path.read_text() if path.exists() else ""


def probed(work: Path, example: str) -> Path:
    pages = work / example
    shutil.copytree(ROOT / "examples" / "c" / example / "web", pages)
    shutil.copy(Path(__file__).with_name("probe.html"), pages)
    return pages


def check(programs: Path, chromium: str, work: Path) -> str:
    web = work / "web"
    web.mkdir()
    shutil.copy(Path(__file__).with_name("page.html"), web / "page.html")
    tone(web / "tone.wav")
    cert, key = certificate(work)
    echo = programs / "websocket-server"
    # Pages of examples with a probe beside each.
    talk, drop = probed(work, "websocket-server"), probed(work, "file-upload")
    store = work / "store"
    store.mkdir()
    with contextlib.ExitStack() as stack:
        files = stack.enter_context(server(programs / "static-server", "-d", str(web), "-u", str(web)))
        plain = stack.enter_context(server(echo, "-d", str(talk)))
        upload = stack.enter_context(server(programs / "file-upload", "-d", str(drop), "-u", str(store)))
        secure = stack.enter_context(server(echo, "-c", str(cert), "-k", str(key)))
        sockets = {"ws": plain, "wss": secure}
        sockets = {name: url.replace("http", "ws", 1) + "/websocket" for name, url in sockets.items()}
        sockets |= {"page": f"{plain}/probe.html#page", "drag": f"{upload}/probe.html#drag"}
        page = f"{files}/page.html#{urllib.parse.quote(json.dumps(sockets))}"
        profile = f"--user-data-dir={work / 'profile'}"
        command = [chromium, *FLAGS, profile, "--remote-debugging-port=0", page]
        browser = stack.enter_context(running(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return result(web / "result.txt", browser)


def main() -> int:
    programs = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "examples" / "c").resolve()
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    chromium = next((path for path in found if path), None)
    if chromium is None:
        print("Chromium is not installed: nothing was checked", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as work:
        text = check(programs, chromium, Path(work))
    print(text, end="")
    passed = text.count("passed: ")
    print(f"{passed} passed, {CHECKS - passed} failed")
    return 0 if passed == CHECKS else 1


if __name__ == "__main__":
    sys.exit(main())
