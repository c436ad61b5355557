"""Flask on its development server, which is not made for load. usage: flask_hello.py [PORT]"""

from __future__ import annotations

import logging
import sys

from flask import Flask, Response, jsonify, request

BIG = "x" * 65536
app = Flask(__name__)


@app.get("/")
def hello() -> Response:
    return jsonify(message="Hello, World!")


@app.get("/64k")
def big() -> Response:
    return Response(BIG, content_type="text/plain")


@app.post("/echo")
def echo() -> Response:
    return Response(request.get_data(), content_type="text/plain")


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app.run(host="127.0.0.1", port=int(sys.argv[1]) if len(sys.argv) > 1 else 8004, threaded=True)
