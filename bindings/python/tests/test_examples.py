"""The example programs: each is imported, and does what it says."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import requests
import websocket

from cymongoose import MG_EV_MQTT_MSG, MG_EV_MQTT_OPEN, Manager, TlsOpts

from .conftest import DEADLINE_S, Server, poll_until, port_of, wait_until

EXAMPLES = Path(__file__).parents[3] / "examples" / "python"
PROGRAMS = sorted(path.relative_to(EXAMPLES) for path in EXAMPLES.rglob("*.py")) if EXAMPLES.is_dir() else []
pytestmark = pytest.mark.skipif(not PROGRAMS, reason="not in a checkout")


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(Path(name).stem, EXAMPLES / name)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert isinstance(module, ModuleType)
    return module


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_import_and_help(program: Path) -> None:
    module = load(str(program))
    assert module.__doc__ and callable(module.main)
    if program.name != "hello.py":
        done = subprocess.run([sys.executable, EXAMPLES / program, "--help"], capture_output=True, text=True)
        assert done.returncode == 0 and "usage" in done.stdout


def program(*args: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, *args], stdout=subprocess.PIPE, text=True, cwd=EXAMPLES)


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("http/file_upload.py", "-l"), ("http/rest_server.py", "-l"), ("http/sse_server.py", "-l"),
        ("http/http_web_framework.py", "-l"), ("advanced/multithreaded_server.py", "-l"),
        ("advanced/graceful_shutdown.py", "-l"), ("advanced/signal_shutdown.py", "-l"),
        ("advanced/prefork_server.py", "-l"),
        ("mqtt/mqtt_server.py", "-l"), ("network/tcp_echo_server.py", "-l"),
        ("network/udp_echo_server.py", "-l"), ("wsgi/wsgi_server.py", "-l"), ("asgi/asgi_server.py", "-l"),
    ],
)  # fmt: skip
def test_servers_start_and_stop_on_a_signal(name: str, option: str, tmp_path: Path) -> None:
    args = [option, "tcp://127.0.0.1:0"]
    args += {"http/file_upload.py": ["-d", str(tmp_path)]}.get(name, ["--server"] if "echo" in name else [])
    with program(name, *args) as process:
        assert process.stdout is not None and process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0


def test_hello_program() -> None:
    with program("hello.py", "0") as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        assert requests.get(url, timeout=DEADLINE_S).json() == {"message": "Hello, World!"}
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0


def test_prefork_server_uses_all_processes() -> None:
    with program("advanced/prefork_server.py", "-l", "http://127.0.0.1:0", "-n", "3") as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        served_by: set[int] = set()
        wait_until(
            lambda: served_by.add(requests.get(url, timeout=DEADLINE_S).json()["process"]) or len(served_by) == 3
        )
        assert process.pid not in served_by
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0


def test_hello_and_http_client() -> None:
    with Server(load("hello.py").handler) as server:
        response = requests.get(server.url + "/any", timeout=DEADLINE_S)
        assert response.content == b'{"message":"Hello, World!"}'
        assert response.headers["Content-Type"] == "application/json"
        client = load("http/http_client.py").HttpClient(server.url, method="POST", data="x", headers={"X": "y"})
        assert (client.done, client.response_code, client.timeout) == (False, None, 10)
        assert client.execute() and client.response_code == 200 and json.loads(client.body) == response.json()


def test_http_server(tmp_path: Path) -> None:
    module = load("http/http_server.py")
    (tmp_path / "a.txt").write_text("file")
    module.root_dir = str(tmp_path)
    with Server(module.handler) as server:
        assert requests.get(server.url + "/a.txt", timeout=DEADLINE_S).text == "file"
        assert requests.get(server.url + "/api/info", timeout=DEADLINE_S).status_code == 401
        info = requests.get(server.url + "/api/info?q", auth=("user", "secret"), timeout=DEADLINE_S).json()
        assert info["query"] == "q"
        parts = requests.post(server.url + "/upload", files={"f": ("x.bin", b"12345")}, timeout=DEADLINE_S).json()
        assert parts == {"parts": [{"name": "f", "filename": "x.bin", "size": 5}]}


def test_file_upload(tmp_path: Path) -> None:
    module = load("http/file_upload.py")
    module.folder = tmp_path
    body = os.urandom(5_000_000)  # more than the receive buffer may hold
    with Server(module.handler) as server:
        answer = requests.post(server.url + "/upload?name=big.bin", data=body, timeout=DEADLINE_S)
        assert answer.text == "5000000 bytes\n" and (tmp_path / "big.bin").read_bytes() == body
        for name in ("..%2fx", "", ".hidden"):
            assert requests.post(f"{server.url}/upload?name={name}", data=b"x", timeout=DEADLINE_S).status_code == 400
        assert requests.get(server.url, timeout=DEADLINE_S).status_code == 404


def test_rest_and_sse() -> None:
    rest = load("http/rest_server.py")
    with Server() as server:
        server.listener.set_handler(rest.RestServer(server.manager).handler)
        assert "listener" in requests.get(server.url + "/api/stats", timeout=DEADLINE_S).text
        echo = requests.post(server.url + "/api/f2/abc?q=1", data="body", timeout=DEADLINE_S).json()
        assert echo == {"method": "POST", "rest": "abc", "query": "q=1", "body": "body"}
    events = load("http/sse_server.py").Events()
    with Server(events.handler) as server:
        server.manager.timer_add(5, events.push, repeat=True)
        with requests.get(server.url + "/events", stream=True, timeout=DEADLINE_S) as response:
            lines = response.iter_lines()
            assert next(lines) == b"event: time" and next(lines).startswith(b"data: ")
        assert "EventSource" in requests.get(server.url, timeout=DEADLINE_S).text


def test_streaming_client() -> None:
    module = load("http/http_streaming_client.py")
    assert module.parse_url("https://h/a?b") == ("https", "h", 443, "/a?b")
    assert module.parse_url("http://h:81") == ("http", "h", 81, "/")

    def handler(conn: Any, ev: int, data: Any) -> None:
        if ev == 11:
            conn.reply(200, b"x" * 10_000_000)
            conn.drain()

    out = io.BytesIO()
    with Server(handler) as server:
        client = module.StreamingClient(server.url + "/", out)
        assert client.run() and client.received == 10_000_000 and set(out.getvalue()) == {ord("x")}


@pytest.fixture
def framework() -> Iterator[tuple[Any, Server]]:
    module = load("http/http_web_framework.py")
    app = module.App()
    with Server(app.handler, error_handler=lambda error: None) as server:
        yield (module, app), server


def test_web_framework(framework: Any) -> None:
    (module, app), server = framework

    def get(path: str, method: str = "GET", **options: Any) -> requests.Response:
        return requests.request(method, server.url + path, timeout=DEADLINE_S, **options)

    app.get("/text/<name>")(lambda request, name: f"hi {name}")
    app.get("/int/<int:n>")(lambda request, n: {"n": n + 1})
    app.get("/path/<path:p>")(lambda request, p: (p, 201))
    app.post("/json")(lambda request: {"got": request.json(), "q": request.query_var("q")})
    app.put("/none")(lambda request: None)
    app.delete("/both")(lambda request: ({"gone": True}, 202))
    app.get("/own")(lambda request: module.Response("own", 203, {"X-Y": "z"}))
    app.get("/boom")(lambda request: 1 // 0)
    app.before_request(lambda request: request.extras.update(seen=True))
    app.after_request(lambda request, response: response.headers.update({"X-Seen": str(request.extras)}) or response)
    app.not_found(lambda request: f"no {request.uri}")
    assert get("/text/you").text == "hi you" and get("/int/41").json() == {"n": 42}
    assert get("/int/x").status_code == 404 and get("/text/a/b").text == "no /text/a/b"
    assert (get("/path/a/b").text, get("/path/a/b").status_code) == ("a/b", 201)
    assert get("/json?q=1", "POST", json=[1]).json() == {"got": [1], "q": "1"}
    assert get("/json", "POST", data="{").json()["got"] is None and get("/json").status_code == 404
    assert get("/none", "PUT").content == b"" and get("/both", "DELETE").status_code == 202
    assert get("/own").headers["X-Y"] == "z" and "seen" in get("/own").headers["X-Seen"]
    assert get("/boom").status_code == 500


def test_websocket_examples() -> None:
    with Server(load("websocket/websocket_server.py").handler) as server:
        client = websocket.create_connection(f"ws://127.0.0.1:{server.port}/websocket", timeout=DEADLINE_S)
        client.send("echo")
        assert client.recv() == "echo"
        client.close()
        assert requests.get(server.url + "/rest", timeout=DEADLINE_S).json() == {"result": 123}
    broadcast = load("websocket/websocket_broadcast.py").BroadcastServer()
    assert (broadcast.port, broadcast.interval, broadcast.manager, broadcast.ws_clients) == (8000, 1, None, set())
    broadcast.broadcast_timer()
    with Server(broadcast.handler) as server:
        assert "WebSocket Broadcast Demo" in requests.get(server.url, timeout=DEADLINE_S).text
        client = websocket.create_connection(f"ws://127.0.0.1:{server.port}/ws", timeout=DEADLINE_S)
        assert "Welcome" in client.recv()
        client.send("m")
        assert client.recv() == "Echo: m"
        server.manager.timer_add(0, broadcast.broadcast_timer)
        assert "#2" in client.recv()
        client.close()
        wait_until(lambda: not broadcast.ws_clients)


def test_mqtt_examples() -> None:
    module = load("mqtt/mqtt_server.py")
    for topic, wanted, expected in (
        ("a/b", "a/b", True), ("a/b", "a/+", True), ("a/b/c", "a/+", False), ("a/b/c", "a/#", True), ("a", "a/#", True),
        ("a", "#", True), ("b", "a/#", False), ("a/b", "+", False), ("a/b", "#/b", False), ("a", "a/+", False),
    ):  # fmt: skip
        assert module.topic_match(topic, wanted) is expected, (topic, wanted)
    with Manager() as manager:
        url = f"mqtt://127.0.0.1:{port_of(manager.mqtt_listen('mqtt://127.0.0.1:0', module.Broker().handler))}"
        got: list[tuple[str, str]] = []

        def watch(conn: Any, ev: int, data: Any) -> None:
            if ev == MG_EV_MQTT_OPEN:
                conn.mqtt_sub("out")
            elif ev == MG_EV_MQTT_MSG:
                got.append((data.topic, data.text))

        watcher = manager.mqtt_connect(url, watch)
        client = load("mqtt/mqtt_client.py").MqttClient(manager, url, "in", "out", 1, 30)
        client.connect()
        poll_until(manager, lambda: client.connected)
        client.ping()
        manager.timer_add(1, lambda: watcher.mqtt_pub("in", "text"), repeat=True)
        poll_until(manager, lambda: ("out", "text") in got)
        client.disconnect()
        poll_until(manager, lambda: client.conn is None)


def test_worker_threads() -> None:
    module = load("advanced/multithreaded_server.py")
    with Server() as server:
        example = module.Server(server.manager, 0.01)
        server.listener.set_handler(example.handler)
        assert requests.get(server.url + "/fast", timeout=DEADLINE_S).text == "at once\n"
        assert requests.get(server.url + "/slow", timeout=DEADLINE_S).text == "done by a worker\n"
        example.pool.shutdown()


def test_proxy_client() -> None:
    """The proxy is a handler that splices a tunnel to itself."""
    module = load("advanced/http_proxy_client.py")
    assert module.parse_url("http://h") == ("http", "h", 80, "/")

    def proxy(conn: Any, ev: int, data: Any) -> None:
        if ev == 7:
            request = conn.recv_read()
            if request.startswith(b"CONNECT"):
                conn.send(b"HTTP/1.1 200 OK\r\n\r\n" if b"good" in request else b"HTTP/1.1 403 No\r\n\r\n")
            else:
                conn.send(b"HTTP/1.1 200 OK\r\n\r\n" + request)
                conn.drain()

    with Manager() as manager:
        url = f"tcp://127.0.0.1:{port_of(manager.listen('tcp://127.0.0.1:0', proxy))}"
        good, bad = module.ProxyClient("http://good.example/x"), module.ProxyClient("http://bad.example/")
        for client in (good, bad):
            manager.connect(url, client.handler)
        poll_until(manager, lambda: good.done and bad.done)
    assert b"GET /x HTTP/1.1" in good.response and "403" in bad.error


def test_graceful_shutdown() -> None:
    module = load("advanced/graceful_shutdown.py")
    with Manager(module.handler) as manager:
        listener = manager.listen("http://127.0.0.1:0")
        url = f"http://127.0.0.1:{port_of(listener)}"
        texts: list[str] = []
        thread = threading.Thread(target=lambda: texts.append(requests.get(url, timeout=DEADLINE_S).text))
        thread.start()
        poll_until(manager, lambda: len(manager.connections) == 2)
        poll_until(manager, lambda: texts)
        thread.join()
        assert texts == ["served\n"] and module.drain(manager, DEADLINE_S)


@contextlib.contextmanager
def served(name: str) -> Iterator[str]:
    """A program that prints its URL; the URL without scheme."""
    with program(name, "-l", "http://127.0.0.1:0") as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1].removeprefix("http://").rstrip("/")
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0


def test_wsgi_server() -> None:
    with served("wsgi/wsgi_server.py") as host:
        url = f"http://{host}"
        assert "/stream" in requests.get(url, timeout=DEADLINE_S).text
        assert requests.get(url + "/none", timeout=DEADLINE_S).status_code == 404
        echo = requests.post(url + "/echo?a=b", data=b"12345", timeout=DEADLINE_S).json()
        assert echo == {"method": "POST", "query": "a=b", "size": 5}
        assert requests.get(url + "/stream", timeout=DEADLINE_S).text.splitlines() == [f"line {n}" for n in range(5)]
        assert (
            requests.get(url + "/source", timeout=DEADLINE_S).content == (EXAMPLES / "wsgi/wsgi_server.py").read_bytes()
        )


def test_asgi_server() -> None:
    with served("asgi/asgi_server.py") as host:
        url = f"http://{host}"
        assert "WebSocket" in requests.get(url, timeout=DEADLINE_S).text
        assert requests.get(url + "/none", timeout=DEADLINE_S).status_code == 404
        assert requests.post(url + "/upload", data=b"x" * 5_000_000, timeout=DEADLINE_S).text == "5000000 bytes\n"
        with requests.get(url + "/clock", stream=True, timeout=DEADLINE_S) as response:
            assert next(response.iter_lines()).startswith(b"data: ")
        one, two = (websocket.create_connection(f"ws://{host}/chat", timeout=DEADLINE_S) for _ in range(2))
        one.send("from one")
        assert one.recv() == "from one"
        two.send("from two")
        assert two.recv() in ("from one", "from two") and one.recv() == "from two"
        one.close()
        two.close()


def test_dns_client() -> None:
    with program("network/dns_client.py", "-H", "127.0.0.1", "--once") as process:
        assert process.wait(DEADLINE_S) == 0
        assert process.stdout is not None and process.stdout.read() == "127.0.0.1 is 127.0.0.1\n"


def test_sntp_client() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(DEADLINE_S)
        with program("network/sntp_client.py", "-s", f"udp://127.0.0.1:{server.getsockname()[1]}") as process:
            request, peer = server.recvfrom(100)
            stamp = struct.pack(">II", 1_700_000_000 + 2_208_988_800, 0)
            server.sendto(b"\x24\x01" + bytes(22) + request[40:48] + stamp * 2, peer)
            assert process.stdout is not None and process.stdout.readline().startswith("2023-11-14 22:13:20 UTC")
            process.send_signal(signal.SIGTERM)
            assert process.wait(DEADLINE_S) == 0


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl program")
def test_https_server(tmp_path: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    module = load("advanced/tls_https_server.py")
    options = TlsOpts(cert=(tmp_path / "cert.pem").read_bytes(), key=(tmp_path / "key.pem").read_bytes())
    with Server(module.HttpsServer(options).handler, "https://127.0.0.1:0") as server:
        answer = requests.get(
            f"https://localhost:{server.port}/x", verify=str(tmp_path / "cert.pem"), timeout=DEADLINE_S
        )
        assert answer.json() == {"secure": True, "uri": "/x"}
