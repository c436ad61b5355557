"""WSGI: a page, an echo, a stream that arrives line by line, a download. Any framework's application goes in its place.

python wsgi_server.py [-l http://127.0.0.1:8000] [-w WORKERS]
curl -N http://127.0.0.1:8000/stream
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from cymongoose.wsgi import serve

StartResponse = Callable[..., Any]


def echo(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "application/json")])
    answer = {"method": environ["REQUEST_METHOD"], "query": environ["QUERY_STRING"], "size": len(body)}
    return [json.dumps(answer).encode()]


def stream(environ: dict[str, Any], start_response: StartResponse) -> Iterator[bytes]:
    """Each block is sent when it is yielded."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    for number in range(5):
        yield b"line %d\n" % number
        time.sleep(0.1)


def download(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """The server reads and closes the file."""
    start_response("200 OK", [("Content-Type", "text/x-python")])
    wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](open(__file__, "rb"))
    return wrapped


ROUTES = {"/echo": echo, "/stream": stream, "/source": download}


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    route = ROUTES.get(environ["PATH_INFO"])
    if route is not None:
        return route(environ, start_response)
    start_response("200 OK" if environ["PATH_INFO"] == "/" else "404 Not Found", [("Content-Type", "text/html")])
    return [b"<h1>WSGI</h1>", *(b'<p><a href="%b">%b</a>' % (path.encode(), path.encode()) for path in ROUTES)]


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve a WSGI application.")
    parser.add_argument("-l", "--listen", default="http://127.0.0.1:8000")
    parser.add_argument("-w", "--workers", type=int, default=4)
    args = parser.parse_args()
    serve(app, args.listen, workers=args.workers)


if __name__ == "__main__":
    main()
