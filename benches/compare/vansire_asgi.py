"""An application on Vansire's ASGI server: the raw one of asgi_hello.py, or that of fastapi_hello.py.

usage: vansire_asgi.py PORT ANSWER [raw|fastapi]
"""

from __future__ import annotations

import importlib
import sys

from cymongoose.asgi import serve

APPLICATIONS = {"raw": "asgi_hello", "fastapi": "fastapi_hello"}

if __name__ == "__main__":
    module = importlib.import_module(APPLICATIONS[sys.argv[3] if len(sys.argv) > 3 else "raw"])
    serve(module.app, f"http://127.0.0.1:{sys.argv[1]}")
