"""The `websockets` package as the other side, client and server: masks, UTF-8, close codes, subprotocols."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve

from cymongoose import (
    MG_EV_CLOSE,
    MG_EV_HTTP_MSG,
    MG_EV_WS_MSG,
    MG_EV_WS_OPEN,
    WEBSOCKET_OP_BINARY,
    Connection,
    Manager,
)

from .conftest import DEADLINE_S, Server, poll_until

SIZES = (0, 1, 125, 126, 127, 65535, 65536, 200_000)


def echo(conn: Connection, ev: int, data: Any) -> None:
    if ev == MG_EV_HTTP_MSG:
        conn.ws_upgrade(data)
    elif ev == MG_EV_WS_MSG:
        conn.ws_send(data.data, WEBSOCKET_OP_BINARY if data.flags & 2 else data.flags & 15)


def test_server_with_the_sync_client() -> None:
    options: dict[str, Any] = {"open_timeout": DEADLINE_S, "close_timeout": DEADLINE_S}
    with Server(echo) as server:
        # Offers permessage-deflate, which is not taken, and two subprotocols, of which the first is.
        with connect(f"ws://127.0.0.1:{server.port}/", subprotocols=["one", "two"], **options) as client:  # type: ignore[list-item]
            assert client.subprotocol == "one"
            for size in SIZES:
                client.send("é" * size)
                assert client.recv(DEADLINE_S) == "é" * size
                client.send(bytes(size))
                assert client.recv(DEADLINE_S) == bytes(size)
            client.send(iter(["in ", "", "frag", "ments"]))
            assert client.recv(DEADLINE_S) == "in fragments"
            assert client.ping(b"payload").wait(DEADLINE_S)
            client.close(4002, "reason ü")
        assert client.protocol.close_code == 4002
        assert client.protocol.close_reason == "reason ü"


def test_server_ends_what_is_too_big() -> None:
    with Server(echo) as server, connect(f"ws://127.0.0.1:{server.port}/", max_size=None) as client:
        with pytest.raises(ConnectionClosed):
            client.send(bytes(4 * 1024 * 1024))
            client.recv(DEADLINE_S)
        assert client.protocol.close_code in (1006, 1009)


def test_client_with_the_sync_server(manager: Manager) -> None:
    got: list[Any] = []
    codes: list[Any] = []

    def talk(peer: ServerConnection) -> None:
        for message in peer:
            peer.send(message)
        codes.append((peer.protocol.close_code, peer.protocol.close_reason))

    def client(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_WS_OPEN:
            got.append(data.header("Sec-WebSocket-Protocol"))
            for size in SIZES:
                conn.ws_send("é" * size)
            conn.ws_send(b"\xff\x00", WEBSOCKET_OP_BINARY)
        elif ev == MG_EV_WS_MSG:
            got.append(data.data)
            if data.data == b"\xff\x00":
                conn.ws_close(1000, "done")
        elif ev == MG_EV_CLOSE:
            got.append("closed")

    with serve(talk, "127.0.0.1", 0, subprotocols=["chat"]) as peer:  # type: ignore[list-item]
        thread = threading.Thread(target=peer.serve_forever)
        thread.start()
        port = peer.socket.getsockname()[1]
        headers = {"Sec-WebSocket-Protocol": "chat"}
        manager.ws_connect(f"ws://127.0.0.1:{port}/x?y", client, headers=headers)
        poll_until(manager, lambda: got[-1:] == ["closed"])
        peer.shutdown()
        thread.join(DEADLINE_S)
    messages = [("é" * size).encode() for size in SIZES]
    assert got == ["chat", *messages, b"\xff\x00", "closed"]
    assert codes == [(1000, "done")]
