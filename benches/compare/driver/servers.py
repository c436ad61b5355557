"""Who is compared. One row, one server; each is a program `prog PORT ...` in an environment of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    keeps_alive: bool = True  # no: one request a connection, one thread each; for the plain greeting only
    ours: bool = False

    def takes(self, scenario: Scenario) -> bool:
        return scenario.answer in self.answers and (self.keeps_alive or scenario.name == "hello")


def _python(name: str, label: str, environment: str, program: str, *more: str, **options: Any) -> Server:
    return Server(
        name,
        label,
        lambda scenario, port: [
            venv(environment), COMPARE / program, str(port), *services.arguments(scenario.answer), *more,
        ],
        lambda: package_versions(venv(environment)),
        **options,
    )  # fmt: skip


def _module(name: str, label: str, environment: str, *command: str, **options: Any) -> Server:
    """A server with a command line of its own, started as `python -m ...` beside the applications."""
    return Server(
        name,
        label,
        lambda scenario, port: [venv(environment), *(part.format(port=port, here=COMPARE) for part in command)],
        lambda: package_versions(venv(environment)),
        **options,
    )


def _granian(interface: str, label: str, program: str) -> Server:
    """One worker, and no limits that the other servers do not have."""
    return _module(
        f"granian-{interface.removesuffix('nl')}", label, "granian",
        "-m", "granian", "--interface", interface, "--working-dir", "{here}", "--host", "127.0.0.1",
        "--port", "{port}", "--workers", "1", "--backlog", "4096", "--backpressure", "30000", "--no-ws",
        "--log-level", "error", f"{program}:app",
    )  # fmt: skip


def _limit(scenario: Scenario, port: int) -> Command:
    if scenario.answer == "ws-echo":
        return services.ws_limit(port)
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
    if scenario.answer in SERVICES:
        return services.nginx(scenario.answer, port)
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


PYTHON = RAW | {"ws-echo", "https", "tls", "static"}
SERVERS = {
    s.name: s
    for s in (
        Server("limit", "limit: bare epoll in C", _limit, _compiler, answers=RAW | {"ws-echo"}),
        Server("rustls", "limit: bare rustls loop", lambda _, port: services.rustls_loop(port),
               lambda: {"rustc": first_line("rustc", "--version")}, answers=frozenset({"tls"})),
        Server("vansire-c", "Vansire, C", _vansire_c, _vansire_c_versions, answers=RAW | SERVICES, ours=True),
        _python("vansire-py", "Vansire, Python", "vansire", "vansire_py.py", answers=PYTHON, ours=True),
        _python("vansire-wsgi", "Flask on Vansire", "vansire", "vansire_wsgi.py", ours=True),
        _python("vansire-asgi", "raw ASGI on Vansire", "vansire", "vansire_asgi.py", "raw", ours=True),
        _python("vansire-fastapi", "FastAPI on Vansire", "vansire", "vansire_asgi.py", "fastapi", ours=True),
        _python("cymongoose", "cymongoose 0.2.5", "cymongoose", "vansire_py.py", answers=PYTHON),
        Server(
            "nginx", "nginx, one worker", _nginx, lambda: {"nginx": first_line("nginx", "-v")},
            answers=frozenset({"hello", "body64k", "https", "https-static", "tls", "static"}),
        ),
        _granian("rsgi", "granian, raw RSGI", "rsgi_hello"),
        _granian("asginl", "granian, raw ASGI", "asgi_hello"),
        _granian("wsgi", "granian, raw WSGI", "wsgi_hello"),
        _python("uvicorn", "uvicorn, raw ASGI", "uvicorn", "asgi_hello.py"),
        _python("fastapi", "FastAPI on uvicorn", "fastapi", "fastapi_hello.py"),
        _python("aiohttp", "aiohttp", "aiohttp", "aiohttp_hello.py", answers=PYTHON),
        _module(
            "gunicorn", "Flask on gunicorn", "flask",
            "-m", "gunicorn", "--chdir", "{here}", "-b", "127.0.0.1:{port}", "-w", "1", "-k", "gthread",
            "--threads", "4", "--worker-connections", "30000", "--log-level", "error", "flask_hello:app",
        ),
        _python("flask", "Flask development server", "flask", "flask_hello.py", keeps_alive=False),
        Server("openssl", "openssl s_server -WWW", lambda _, port: services.openssl_www(port),
               lambda: {"openssl": first_line("openssl", "version")}, answers=frozenset({"https-static"})),
        Server("mosquitto", "mosquitto", lambda _, port: services.mosquitto(port), services.mosquitto_versions,
               answers=frozenset({"mqtt"})),
    )
}  # fmt: skip


def usual(scenario: Scenario) -> list[Server]:
    """Who takes part when nobody is named: everybody in the first scenario, a choice in the others."""
    return [server for server in SERVERS.values() if server.takes(scenario) and scenario.invites(server.name)]
