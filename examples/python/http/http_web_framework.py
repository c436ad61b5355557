"""A micro web framework on top of the event handler: routes with typed parameters, hooks, plain return values.

python http_web_framework.py [-l http://0.0.0.0:8000]
"""

from __future__ import annotations

import argparse
import json
import re
import signal
from collections.abc import Callable
from typing import Any

from cymongoose import MG_EV_HTTP_MSG, Connection, HttpMessage, Manager

PARAMETER = re.compile(r"<(?:(int|path|str):)?([A-Za-z_]\w*)>")
KINDS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "str": (r"[^/]+", str),
    "int": (r"[0-9]+", int),
    "path": (r".+", str),
}

running = True


def stop(signum: int, frame: Any) -> None:
    global running
    running = False


class Request:
    """A request that may be kept after the handler: everything is copied."""

    def __init__(self, message: HttpMessage, path_params: dict[str, Any] | None = None) -> None:
        self.method = message.method
        self.uri = message.uri
        self.query = message.query
        self.body_bytes = message.body_bytes
        self.body_text = message.body_text
        self.path_params = path_params or {}
        self.extras: dict[str, Any] = {}
        self._message = message

    def header(self, name: str, default: str | None = None) -> str | None:
        value: str | None = self._message.header(name, default)
        return value

    def query_var(self, name: str) -> str | None:
        return self._message.query_var(name)

    def json(self) -> Any:
        """The body as JSON, None when it is none."""
        try:
            return json.loads(self.body_text)
        except ValueError:
            return None


class Response:
    def __init__(self, body: str | bytes = "", status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.body = body
        self.status = status
        self.headers = dict(headers or {})


def json_response(data: Any, status: int = 200) -> Response:
    return Response(json.dumps(data), status, {"Content-Type": "application/json"})


def to_response(value: Any, status: int = 200) -> Response:
    """What a view may return: None, text, bytes, dict, (value, status), Response."""
    if isinstance(value, Response):
        return value
    if isinstance(value, tuple):
        return to_response(value[0], value[1])
    if isinstance(value, dict):
        return json_response(value, status)
    return Response("" if value is None else value, status)


def compile_pattern(pattern: str) -> tuple[re.Pattern[str], dict[str, Callable[[str], Any]]]:
    converters, regex, end = {}, "", 0
    for found in PARAMETER.finditer(pattern):
        text, convert = KINDS[found[1] or "str"]
        regex += re.escape(pattern[end : found.start()]) + f"(?P<{found[2]}>{text})"
        converters[found[2]] = convert
        end = found.end()
    return re.compile(regex + re.escape(pattern[end:])), converters


View = Callable[..., Any]


class App:
    """Routes and hooks. `handler` is the event handler to give to a manager."""

    def __init__(self) -> None:
        self._routes: list[tuple[re.Pattern[str], dict[str, Callable[[str], Any]], set[str], View]] = []
        self._before: list[Callable[[Request], Any]] = []
        self._after: list[Callable[[Request, Response], Response]] = []
        self._not_found: Callable[[Request], Any] = lambda request: "Not Found"

    def route(self, pattern: str, methods: list[str] | None = None) -> Callable[[View], View]:
        regex, converters = compile_pattern(pattern)

        def add(view: View) -> View:
            self._routes.append((regex, converters, set(methods or ["GET"]), view))
            return view

        return add

    def get(self, pattern: str) -> Callable[[View], View]:
        return self.route(pattern, ["GET"])

    def post(self, pattern: str) -> Callable[[View], View]:
        return self.route(pattern, ["POST"])

    def put(self, pattern: str) -> Callable[[View], View]:
        return self.route(pattern, ["PUT"])

    def delete(self, pattern: str) -> Callable[[View], View]:
        return self.route(pattern, ["DELETE"])

    def not_found(self, view: View) -> View:
        self._not_found = view
        return view

    def before_request(self, hook: Callable[[Request], Any]) -> Callable[[Request], Any]:
        self._before.append(hook)
        return hook

    def after_request(self, hook: Callable[[Request, Response], Response]) -> Callable[[Request, Response], Response]:
        self._after.append(hook)
        return hook

    def respond(self, message: HttpMessage) -> Response:
        view, params = self._find(message.method, message.uri)
        request = Request(message, params)
        response = None
        for before in self._before:
            early = before(request)
            if early is not None:
                response = to_response(early)
                break
        if response is None:
            response = to_response(view(request, **params)) if view else to_response(self._not_found(request), 404)
        for after in self._after:
            response = after(request, response)
        return response

    def _find(self, method: str, path: str) -> tuple[View | None, dict[str, Any]]:
        for regex, converters, methods, view in self._routes:
            found = regex.fullmatch(path)
            if found and method in methods:
                return view, {name: converters[name](text) for name, text in found.groupdict().items()}
        return None, {}

    def handler(self, conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            try:
                response = self.respond(data)
            except Exception:
                conn.reply(500, "Internal Server Error")
                raise
            conn.reply(response.status, response.body, headers=response.headers)

    def run(self, listen: str = "http://0.0.0.0:8000", poll_ms: int = 100) -> None:
        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)
        with Manager(self.handler) as manager:
            manager.listen(listen)
            print(f"Serving {listen}", flush=True)
            while running:
                manager.poll(poll_ms)


def example() -> App:
    app = App()

    @app.get("/")
    def home(request: Request) -> str:
        return "Try /hello/you or /square/12"

    @app.get("/hello/<name>")
    def hello(request: Request, name: str) -> dict[str, str]:
        return {"hello": name}

    @app.get("/square/<int:n>")
    def square(request: Request, n: int) -> dict[str, int]:
        return {"n": n, "square": n * n}

    @app.after_request
    def stamp(request: Request, response: Response) -> Response:
        response.headers["X-Framework"] = "micro"
        return response

    return app


def main() -> None:
    parser = argparse.ArgumentParser(description="Run the example application.")
    parser.add_argument("-l", "--listen", default="http://0.0.0.0:8000")
    example().run(parser.parse_args().listen)


if __name__ == "__main__":
    main()
