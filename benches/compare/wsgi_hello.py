"""A raw WSGI application, no framework. granian loads `wsgi_hello:app` by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

BIG = b"x" * 65536
JSON = "application/json"
TEXT = "text/plain"


def app(environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/":
        content_type, body = JSON, json.dumps({"message": "Hello, World!"}).encode()
    elif environ["PATH_INFO"] == "/64k":
        content_type, body = TEXT, BIG
    else:
        content_type, body = TEXT, environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    start_response("200 OK", [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]
