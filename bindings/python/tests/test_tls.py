"""TLS server and client with fresh certificates; the other side is Python's ssl where it matters."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from cymongoose import (
    MG_EV_ACCEPT,
    MG_EV_CONNECT,
    MG_EV_ERROR,
    MG_EV_HTTP_MSG,
    MG_EV_READ,
    MG_EV_TLS_HS,
    Connection,
    Manager,
    TlsOpts,
)

from .conftest import DEADLINE_S, Server, poll_until, port_of

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl program")


@dataclass
class Pair:
    """A certificate with its key, signed by a private CA."""

    ca: str
    ca_file: Path
    cert: str
    key: str
    other_ca: str


@pytest.fixture(scope="module", params=["ec-sec1", "ec-pkcs8", "rsa"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    folder = tmp_path_factory.mktemp(request.param)

    def openssl(*args: str) -> None:
        subprocess.run(["openssl", *args], cwd=folder, check=True, capture_output=True)

    for name in ("ca", "other"):
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")
        openssl("req", "-x509", "-new", "-key", f"{name}.key", "-days", "2", "-subj", "/CN=Test", "-out", f"{name}.pem",
                "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    if request.param == "rsa":
        openssl("genrsa", "-out", "key.pem", "2048")
    else:
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key.pem")
    if request.param == "ec-pkcs8":
        openssl("pkcs8", "-topk8", "-nocrypt", "-in", "key.pem", "-out", "pkcs8.pem")
        (folder / "pkcs8.pem").replace(folder / "key.pem")
    openssl("req", "-new", "-key", "key.pem", "-subj", "/CN=localhost", "-out", "req.pem")
    (folder / "ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nauthorityKeyIdentifier=keyid")
    openssl("x509", "-req", "-in", "req.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "ext", "-out", "cert.pem")  # fmt: skip
    read = {name: (folder / name).read_text() for name in ("ca.pem", "cert.pem", "key.pem", "other.pem")}
    return Pair(read["ca.pem"], folder / "ca.pem", read["cert.pem"], read["key.pem"], read["other.pem"])


def https(pair: Pair, events: list[int] | None = None) -> Any:
    options = TlsOpts(cert=pair.cert, key=pair.key.encode())

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if events is not None:
            events.append(ev)
        if ev == MG_EV_ACCEPT:
            conn.tls_init(options)
            assert conn.is_tls
        elif ev == MG_EV_HTTP_MSG:
            conn.reply(200, "secret " + data.uri)

    return handler


def test_server_with_a_foreign_client(pair: Pair) -> None:
    events: list[int] = []
    with Server(https(pair, events), url="https://127.0.0.1:0") as server:
        assert server.listener.is_tls
        url = f"https://localhost:{server.port}"
        for n in range(10):
            assert requests.get(f"{url}/{n}", verify=str(pair.ca_file), timeout=DEADLINE_S).text == f"secret /{n}"
        with requests.Session() as session:
            for n in range(10):
                assert session.get(f"{url}/{n}", verify=str(pair.ca_file), timeout=DEADLINE_S).status_code == 200
    assert MG_EV_TLS_HS in events


def test_large_body(pair: Pair) -> None:
    options = TlsOpts(cert=pair.cert, key=pair.key)

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_ACCEPT:
            conn.tls_init(options)
        elif ev == MG_EV_HTTP_MSG:
            conn.reply(200, data.body_bytes)

    body = bytes(range(256)) * 8000
    with Server(handler, url="https://127.0.0.1:0") as server:
        response = requests.post(f"https://localhost:{server.port}", body, verify=str(pair.ca_file), timeout=DEADLINE_S)
        assert response.content == body


@pytest.mark.parametrize(
    ("options", "works"),
    [
        ({}, True), ({"ca": True, "name": "localhost"}, True), ({"ca": True}, True), ({"name": "localhost"}, True),
        ({"ca": True, "name": "localhost", "skip_verification": True}, True), ({"name": "other.example"}, False),
        ({"ca": "wrong"}, False),
    ],
)  # fmt: skip
def test_client_verification(pair: Pair, manager: Manager, options: dict[str, Any], works: bool) -> None:
    listener = manager.listen("https://127.0.0.1:0", https(pair))
    chosen = dict(options)
    if chosen.get("ca") is True:
        chosen["ca"] = pair.ca
    elif chosen.get("ca"):
        chosen["ca"] = pair.other_ca
    events: list[Any] = []

    def client(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_CONNECT:
            conn.tls_init(TlsOpts(**chosen))
        elif ev == MG_EV_TLS_HS:
            conn.send(b"GET /x HTTP/1.1\r\n\r\n")
        elif ev == MG_EV_HTTP_MSG:
            events.append((conn.is_tls, data.body_text))
        elif ev == MG_EV_ERROR:
            events.append(data)

    manager.connect(f"https://127.0.0.1:{port_of(listener)}", client)
    poll_until(manager, lambda: events)
    if works:
        assert events == [(True, "secret /x")]
    else:
        assert type(events[0]) is str and events[0]


def test_client_certificate_is_demanded(pair: Pair) -> None:
    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_ACCEPT:
            conn.tls_init(TlsOpts(cert=pair.cert, key=pair.key, ca=pair.ca))
        elif ev == MG_EV_READ:
            conn.send(conn.recv_read())

    with Server(handler, url="tcp://127.0.0.1:0") as server:
        context = ssl.create_default_context(cafile=str(pair.ca_file))
        with server.connect() as peer, pytest.raises((ssl.SSLError, ConnectionError)):
            with context.wrap_socket(peer, server_hostname="localhost") as secure:
                secure.sendall(b"x")
                assert secure.recv(1) == b""
                raise ConnectionError


def test_listener_sequences(pair: Pair, manager: Manager) -> None:
    listener = manager.listen("http://127.0.0.1:0")
    listener.tls_free()
    for options in (
        TlsOpts(),
        TlsOpts(cert="junk", key="junk"),
        TlsOpts(cert=pair.cert, key=pair.key),
        TlsOpts(skip_verification=True),
    ):
        listener.tls_init(options)
        assert listener.is_tls
        manager.poll(0)
        assert listener.is_listening and not listener.is_closing
        listener.tls_free()
        listener.tls_free()
        assert listener.is_tls


def test_options() -> None:
    options = TlsOpts("é", b"cert", None, "", 1)  # type: ignore[arg-type]
    assert (options.ca, options.cert, options.key, options.name) == ("é".encode(), b"cert", b"", b"")
    assert options.skip_verification is True
    options.ca = b"other"
    options.skip_verification = False
    assert options.ca == b"other"
    with pytest.raises(TypeError):
        options.cert = "text"  # type: ignore[assignment]
    with pytest.raises(TypeError, match="Expected bytes, got int"):
        TlsOpts(ca=7)  # type: ignore[arg-type]


def test_argument_errors(manager: Manager) -> None:
    listener = manager.listen("https://127.0.0.1:0")
    bad: Any
    for bad in (None, {}, "x"):
        with pytest.raises(TypeError):
            listener.tls_init(bad)
    options = TlsOpts()
    options.key = None
    with pytest.raises(TypeError):
        listener.tls_init(options)
