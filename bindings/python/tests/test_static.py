"""serve_dir and serve_file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from cymongoose import MG_EV_HTTP_MSG, Connection, HttpMessage, Manager

from .conftest import DEADLINE_S, Server


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "index.html").write_text("<h1>home</h1>")
    (tmp_path / "a b.txt").write_text("text é")
    (tmp_path / "sub" / "all.bin").write_bytes(bytes(range(256)) * 1000)
    (tmp_path / "404.html").write_text("<p>lost</p>")
    return tmp_path


@pytest.fixture
def server(root: Path) -> Iterator[Server]:
    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            if data.uri.startswith("/file"):
                conn.serve_file(data, root / "a b.txt", "X-File: 1\r\n", "txt=text/special")
            elif data.uri.startswith("/page"):
                conn.serve_dir(data, root, page404=root / "404.html")
            else:
                conn.serve_dir(data, str(root), extra_headers="X-Extra: 100%")

    with Server(handler) as made:
        yield made


def get(server: Server, path: str, **options: Any) -> requests.Response:
    return requests.get(server.url + path, timeout=DEADLINE_S, **options)


def test_files(server: Server) -> None:
    home = get(server, "/")
    assert home.text == "<h1>home</h1>" and home.headers["Content-Type"].startswith("text/html")
    assert home.headers["X-Extra"] == "100%", "a missing CRLF is repaired"
    assert get(server, "/a%20b.txt").content == "text é".encode()
    assert get(server, "/sub/all.bin").content == bytes(range(256)) * 1000
    assert get(server, "/nope").status_code == 404


def test_page404_is_sent_with_200(server: Server) -> None:
    response = get(server, "/page/nope")
    assert response.status_code == 200 and response.text == "<p>lost</p>"


def test_serve_file(server: Server) -> None:
    response = get(server, "/file/whatever")
    assert response.content == "text é".encode()
    assert response.headers["Content-Type"] == "text/special" and response.headers["X-File"] == "1"


def test_etag_and_range(server: Server) -> None:
    first = get(server, "/sub/all.bin")
    assert get(server, "/sub/all.bin", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    part = get(server, "/sub/all.bin", headers={"Range": "bytes=10-19"})
    assert part.status_code == 206 and part.content == bytes(range(10, 20))


@pytest.mark.parametrize("path", ["/../x", "/%2e%2e/x", "/sub/..%2f..%2fx"])
def test_traversal_is_refused(server: Server, path: str) -> None:
    answer = server.exchange(f"GET {path} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
    assert answer.split()[1] in (b"400", b"403", b"404")


def test_argument_errors(manager: Manager) -> None:
    listener = manager.listen("http://127.0.0.1:0")
    for call in (
        lambda message: listener.serve_dir(message, "/tmp"),
        lambda message: listener.serve_file(message, "/tmp/x"),
    ):
        for dead in (HttpMessage(), None):
            with pytest.raises(ValueError, match="not valid for this event"):
                call(dead)
        with pytest.raises(TypeError):
            call("message")
    with pytest.raises(TypeError):
        listener.serve_dir(HttpMessage(), 7)  # type: ignore[arg-type]
    for bad in ("A: 1\r\n\r\nbody", "A: \0", "\r\nA: 1"):
        with pytest.raises(ValueError):
            listener.serve_dir(HttpMessage(), "/tmp", extra_headers=bad)
    manager.close()
    with pytest.raises(ValueError, match="not valid"):
        listener.serve_dir(HttpMessage(), "/tmp")
