"""The stub file: complete, and strict user code passes with it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="needs mypy")

PROGRAM = """
from typing import Any
from cymongoose import MG_EV_HTTP_MSG, Connection, HttpMessage, Manager, TlsOpts, json_get_num, match

def handler(conn: Connection, ev: int, data: Any) -> None:
    if ev == MG_EV_HTTP_MSG:
        message: HttpMessage = data
        number: float | None = json_get_num(message.body_text, "$.n")
        conn.reply_json({"n": number, "headers": message.headers()}, headers={"X": "y"})
        address = conn.remote_addr
        if address is not None:
            host, port, is_ipv6 = address
            reveal_type(port)

def on_error(error: Exception) -> None:
    print(error)

with Manager(handler, error_handler=on_error) as manager:
    listener = manager.listen("http://127.0.0.1:0", handler=handler)
    listener.userdata = {"any": "thing"}
    timer = manager.timer_add(10, lambda: None, repeat=True)
    timer.cancel()
    found, captures = match("a", "*")
    options = TlsOpts(ca="", skip_verification=True)
"""


def run(*args: str) -> str:
    done = subprocess.run([sys.executable, "-m", *args], capture_output=True, text=True)
    return done.stdout + done.stderr


def test_strict_user_code(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    output = run("mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(tmp_path / "program.py"))
    assert 'Revealed type is "int"' in output or 'Revealed type is "builtins.int"' in output
    assert "Success: no issues found" in output, output


def test_stub_agrees_with_the_module(tmp_path: Path) -> None:
    allowed = tmp_path / "allowed"
    allowed.write_text("cymongoose._mongoose.EventHandler\n")
    output = run("mypy.stubtest", "cymongoose", "--ignore-disjoint-bases", "--allowlist", str(allowed))
    assert "Success: no issues found" in output, output
