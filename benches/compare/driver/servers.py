"""Who is compared. One row, one server; each is a program `prog [PORT]` in an environment of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import BUILD, COMPARE, ROOT, Unavailable, services
from .environment import LIBRARY, compile_c, first_line, package_versions, venv
from .scenarios import Scenario

RAW = frozenset({"hello", "body64k", "post10k"})
SERVICES = frozenset({"ws-echo", "https", "https-static", "tls", "static", "mqtt"})
Command = list[str | Path]


@dataclass(frozen=True)
class Server:
    name: str
    label: str
    command: Callable[[Scenario, int], Command]  # prepares what is missing, then says what to run
    versions: Callable[[], dict[str, str]]
    answers: frozenset[str] = RAW
    keeps_alive: bool = True  # no: one request a connection, one thread each; nothing to pipeline or to hold idle
    ours: bool = False

    def takes(self, scenario: Scenario) -> bool:
        return scenario.answer in self.answers and (self.keeps_alive or not (scenario.idle or scenario.depth > 1))


def _python(name: str, label: str, environment: str, program: str, **more: bool) -> Server:
    return Server(
        name,
        label,
        lambda scenario, port: [venv(environment), COMPARE / program, str(port), scenario.answer],
        lambda: package_versions(venv(environment)),
        **more,  # type: ignore[arg-type]
    )


def _module(name: str, label: str, environment: str, *command: str, **more: bool) -> Server:
    """A server with a command line of its own, started as `python -m ...` beside the applications."""
    return Server(
        name,
        label,
        lambda scenario, port: [venv(environment), *(part.format(port=port, here=COMPARE) for part in command)],
        lambda: package_versions(venv(environment)),
        **more,  # type: ignore[arg-type]
    )


def _limit(scenario: Scenario, port: int) -> Command:
    return [compile_c(COMPARE / "limit.c", BUILD / "limit"), str(port), scenario.answer]


def _vansire_c(scenario: Scenario, port: int) -> Command:
    if scenario.answer in SERVICES:
        return services.vansire(scenario.answer, port)
    if scenario.answer == "hello":
        program = ROOT / "build" / "examples" / "c" / "http-server"
        if not program.is_file():
            raise Unavailable("build/examples/c/http-server is missing: run `make examples`")
        return [program, str(port)]
    flags = ("-I", ROOT / "include", LIBRARY, "-lpthread", "-lm", "-ldl")
    return [compile_c(COMPARE / "vansire_c.c", BUILD / "vansire_c", *flags), str(port), scenario.answer]


def _nginx(scenario: Scenario, port: int) -> Command:
    if shutil.which("nginx") is None:
        raise Unavailable("nginx is not installed (Debian and Ubuntu: apt-get install nginx-light)")
    return ["python3", COMPARE / "nginx_hello.py", str(port)]


def _compiler() -> dict[str, str]:
    return {"compiler": first_line(os.environ.get("CC", "cc"), "--version")}


def _vansire_c_versions() -> dict[str, str]:
    try:
        commit = first_line("git", "describe", "--always", "--dirty")
    except Unavailable:
        commit = "unknown"
    return {"commit": commit, "rustc": first_line("rustc", "--version"), **_compiler()}


SERVERS = {
    s.name: s
    for s in (
        Server("limit", "limit: bare epoll in C", _limit, _compiler, answers=frozenset({"hello", "body64k"})),
        Server("vansire-c", "Vansire, C", _vansire_c, _vansire_c_versions, answers=RAW | SERVICES, ours=True),
        _python("vansire-py", "Vansire, Python", "vansire", "vansire_py.py", ours=True),
        _python("cymongoose", "cymongoose 0.2.5", "cymongoose", "vansire_py.py"),
        _python("aiohttp", "aiohttp", "aiohttp", "aiohttp_hello.py"),
        _python("fastapi", "FastAPI on uvicorn", "fastapi", "fastapi_hello.py"),
        _python("flask", "Flask development server", "flask", "flask_hello.py", keeps_alive=False),
        _module(
            "gunicorn", "Flask on gunicorn", "flask",
            "-m", "gunicorn", "--chdir", "{here}", "-b", "127.0.0.1:{port}", "-w", "1", "-k", "gthread",
            "--threads", "4", "--worker-connections", "30000", "--log-level", "error", "flask_hello:app",
        ),
        _python("uvicorn", "uvicorn, raw ASGI", "uvicorn", "asgi_hello.py"),
        _module(
            "granian", "granian, raw ASGI", "granian",
            "-m", "granian", "--interface", "asginl", "--working-dir", "{here}", "--host", "127.0.0.1",
            "--port", "{port}", "--workers", "1", "--backlog", "4096", "--backpressure", "30000", "--no-ws",
            "--log-level", "error", "asgi_hello:app",
        ),
        Server(
            "nginx", "nginx, one worker", _nginx, lambda: {"nginx": first_line("nginx", "-v")},
            answers=frozenset({"hello", "body64k"}),
        ),
        Server(
            "nginx-services", "nginx, one worker", lambda scenario, port: services.nginx(scenario.answer, port),
            lambda: {"nginx": first_line("nginx", "-v")}, answers=frozenset({"https", "https-static", "tls", "static"}),
        ),
        Server("ws-limit", "limit: bare epoll echo in C", lambda _, port: services.ws_limit(port), _compiler,
               answers=frozenset({"ws-echo"})),
        Server("rustls", "bare rustls loop", lambda _, port: services.rustls_loop(port),
               lambda: {"rustc": first_line("rustc", "--version")}, answers=frozenset({"tls"})),
        Server("openssl", "openssl s_server -WWW", lambda _, port: services.openssl_www(port),
               lambda: {"openssl": first_line("openssl", "version")}, answers=frozenset({"https-static"})),
        Server("mosquitto", "mosquitto", lambda _, port: services.mosquitto(port), services.mosquitto_versions,
               answers=frozenset({"mqtt"})),
    )
}  # fmt: skip
DEFAULT = ("limit", "vansire-c", "vansire-py", "cymongoose", "aiohttp", "fastapi", "flask",
           "ws-limit", "rustls", "nginx-services", "openssl", "mosquitto")  # fmt: skip
