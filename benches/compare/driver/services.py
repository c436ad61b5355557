"""The scenarios beyond plain HTTP answers: WebSocket, TLS, files, MQTT. Each has a load of its own and its own check.

A load is a program that prints the line `FIGURES {…}` as load.lua does; what it counts is a request, a message, a
handshake, a download or a delivery, whichever the title of the scenario names.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import BUILD, COMPARE, ROOT, Unavailable
from .environment import LIBRARY, compile_c, run

SMALL, LARGE = 1024, 100 * 1000 * 1000
GREETING = {"message": "Hello, World!"}
PEER = COMPARE / "rustls_peer"
DEBIAN = "Debian and Ubuntu: apt-get install"
Command = list[str | Path]


@dataclass(frozen=True)
class Load:
    command: Callable[[int, int, float], Command]  # port, connections, seconds
    check: Callable[[int], str | None]


# ---- what the servers need -----------------------------------------------------------------------------------------


def certificate() -> tuple[Path, Path]:
    """A P-256 certificate and its key, made when missing or a week old."""
    folder = BUILD / "tls"
    cert, key = folder / "cert.pem", folder / "key.pem"
    if not cert.is_file() or cert.stat().st_mtime < time.time() - 7 * 86400:
        folder.mkdir(parents=True, exist_ok=True)
        run(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout", key, "-out", cert,
        )  # fmt: skip
    return cert, key


def files() -> Path:
    """A folder with 1k.txt and 100m.bin."""
    folder = BUILD / "files"
    folder.mkdir(parents=True, exist_ok=True)
    small, large = folder / "1k.txt", folder / "100m.bin"
    if not small.is_file():
        small.write_bytes(b"x" * SMALL)
    if not large.is_file() or large.stat().st_size != LARGE:
        block = bytes(range(250)) * 4000
        with large.open("wb") as out:
            for _ in range(LARGE // len(block)):
                out.write(block)
    return folder


def peer(name: str) -> Path:
    """A program of the package rustls_peer, built by cargo when it is older than its source."""
    where = ("--manifest-path", PEER / "Cargo.toml", "--target-dir", BUILD / PEER.name)
    run("cargo", "build", "--quiet", "--release", *where)
    return BUILD / PEER.name / "release" / name


def vansire(answer: str, port: int) -> Command:
    if answer == "mqtt":
        program = ROOT / "build" / "examples" / "c" / "mqtt-server"
        if not program.is_file():
            raise Unavailable("build/examples/c/mqtt-server is missing: run `make examples`")
        return [program, str(port)]
    flags = ("-I", ROOT / "include", LIBRARY, "-lpthread", "-lm", "-ldl")
    program = compile_c(COMPARE / "vansire_services.c", BUILD / "vansire_services", *flags)
    return [program, str(port), *arguments(answer)]


def nginx(answer: str, port: int) -> Command:
    if shutil.which("nginx") is None:
        raise Unavailable(f"nginx is not installed ({DEBIAN} nginx-light)")
    kind, *paths = arguments(answer)
    if answer == "https-static":
        kind = answer
    return ["python3", COMPARE / "nginx_services.py", str(port), kind, *paths]


def arguments(answer: str) -> Command:
    """What a server program gets behind its port: the answer, and the files it needs for it."""
    if answer in {"https", "tls"}:
        return ["https", *certificate()]
    if answer == "https-static":
        return ["https", *certificate(), files()]
    return ["static", files()] if answer == "static" else [answer]


def mosquitto(port: int) -> Command:
    if shutil.which("mosquitto", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin") is None:
        raise Unavailable(f"mosquitto is not installed ({DEBIAN} mosquitto)")
    return ["python3", COMPARE / "mosquitto_broker.py", str(port)]


def mosquitto_versions() -> dict[str, str]:
    """`mosquitto -h` says its version first, and fails."""
    done = subprocess.run(["mosquitto", "-h"], stdout=subprocess.PIPE, text=True, check=False)
    return {"mosquitto": done.stdout.partition("\n")[0]}


def rustls_loop(port: int) -> Command:
    return [peer("rustls_loop"), str(port), *certificate()]


def openssl_www(port: int) -> Command:
    """`s_server -WWW` serves the files of its working directory."""
    if shutil.which("openssl") is None:
        raise Unavailable(f"openssl is not installed ({DEBIAN} openssl)")
    cert, key = certificate()
    server: Command = ["openssl", "s_server", "-quiet", "-accept", f"127.0.0.1:{port}", "-cert", cert, "-key", key]
    return ["env", "-C", files(), *server, "-WWW"]


def ws_limit(port: int) -> Command:
    return [compile_c(COMPARE / "ws_limit.c", BUILD / "ws_limit"), str(port)]


# ---- the loads -----------------------------------------------------------------------------------------------------


def _wrk(url: str) -> Callable[[int, int, float], Command]:
    return lambda port, connections, seconds: [
        "wrk", "-t4", f"-c{connections}", f"-d{seconds:g}s", "--latency", "-s", COMPARE / "load.lua",
        url.format(port=port), "--", "1", "0",
    ]  # fmt: skip


def _compiled(name: str, *fixed: str) -> Callable[[int, int, float], Command]:
    def command(port: int, connections: int, seconds: float) -> Command:
        program = compile_c(COMPARE / f"{name}.c", BUILD / name)
        return [program, str(port), *(fixed or (str(connections),)), f"{seconds:g}"]

    return command


def _handshakes(kind: str) -> Callable[[int, int, float], Command]:
    return lambda port, connections, seconds: [
        peer("handshake_load"), str(port), kind, str(connections), f"{seconds:g}",
    ]  # fmt: skip


def _curl(scheme: str, *options: str | Path) -> Callable[[int, int, float], Command]:
    def command(port: int, _: int, seconds: float) -> Command:
        if shutil.which("curl") is None:
            raise Unavailable(f"curl is not installed ({DEBIAN} curl)")
        url = f"{scheme}://127.0.0.1:{port}/100m.bin"
        return ["python3", COMPARE / "curl_load.py", url, str(LARGE), f"{seconds:g}", *options]

    return command


def _curl_over_tls(port: int, connections: int, seconds: float) -> Command:
    return _curl("https", "--cacert", certificate()[0])(port, connections, seconds)


# ---- the checks ----------------------------------------------------------------------------------------------------


def _get(port: int, path: str, tls: bool) -> bytes | str:
    """The body, or what is wrong."""
    context = ssl.create_default_context(cafile=str(certificate()[0])) if tls else None
    conn = (
        http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=context)
        if context
        else http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    )
    try:
        conn.request("GET", path)
        response = conn.getresponse()
        return response.read() if response.status == 200 else f"status {response.status}"
    except (OSError, http.client.HTTPException) as error:
        return f"no answer: {error!r}"
    finally:
        conn.close()


def _greets(port: int) -> str | None:
    body = _get(port, "/", True)
    if isinstance(body, str):
        return body
    return None if json.loads(body) == GREETING else f"another body: {body[:80]!r}"


def _serves(name: str, tls: bool = False) -> Callable[[int], str | None]:
    def check(port: int) -> str | None:
        body = _get(port, f"/{name}", tls)
        if isinstance(body, str):
            return body
        return None if body == (files() / name).read_bytes() else f"another file: {len(body)} bytes"

    return check


def _checked_by_load(_: int) -> str | None:
    """The load generator checks every answer itself."""
    return None


LOADS = {
    "ws": Load(_compiled("ws_load"), _checked_by_load),
    "https": Load(_wrk("https://127.0.0.1:{port}/"), _greets),
    "tls-full": Load(_handshakes("full"), _checked_by_load),
    "tls-resumed": Load(_handshakes("resumed"), _checked_by_load),
    "tls12-full": Load(_handshakes("full12"), _checked_by_load),
    "tls12-resumed": Load(_handshakes("resumed12"), _checked_by_load),
    "static1k": Load(_wrk("http://127.0.0.1:{port}/1k.txt"), _serves("1k.txt")),
    "static100m": Load(_curl("http"), _serves("100m.bin")),
    "tls100m": Load(_curl_over_tls, _serves("100m.bin", tls=True)),
    "mqtt": Load(_compiled("mqtt_load", "10", "10", "1"), _checked_by_load),
    "mqtt16": Load(_compiled("mqtt_load", "10", "10", "16"), _checked_by_load),
}


def run_load(name: str, connections: int, port: int, seconds: float, core: int) -> dict[str, Any]:
    """One run; returns the figures that the load printed."""
    done = subprocess.run(
        [str(part) for part in LOADS[name].command(port, connections, seconds)],
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
    raise Unavailable(f"the load gave no figures: {done.stdout.strip()}")
