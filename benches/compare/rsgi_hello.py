"""A raw RSGI application: granian's own interface. granian loads `rsgi_hello:app` by name."""

from __future__ import annotations

import json
from typing import Any

BIG = "x" * 65536
JSON = [("content-type", "application/json")]
TEXT = [("content-type", "text/plain")]


async def app(scope: Any, protocol: Any) -> None:
    if scope.path == "/":
        protocol.response_str(200, JSON, json.dumps({"message": "Hello, World!"}))
    elif scope.path == "/64k":
        protocol.response_str(200, TEXT, BIG)
    else:
        protocol.response_bytes(200, TEXT, await protocol())
