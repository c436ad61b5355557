"""WebSocket server and client, with a foreign client as the other side."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import websocket

from cymongoose import (
    MG_EV_CLOSE,
    MG_EV_HTTP_MSG,
    MG_EV_WS_CTL,
    MG_EV_WS_MSG,
    MG_EV_WS_OPEN,
    WEBSOCKET_OP_BINARY,
    WEBSOCKET_OP_PING,
    Connection,
    Manager,
    WsMessage,
)

from .conftest import DEADLINE_S, Server, poll_until, port_of, read_all, wait_until


def echo(conn: Connection, ev: int, data: Any) -> None:
    if ev == MG_EV_HTTP_MSG:
        conn.ws_upgrade(data)
    elif ev == MG_EV_WS_MSG:
        conn.ws_send(data.data, data.flags & 15)


def open_client(server: Server, **options: Any) -> Any:
    return websocket.create_connection(f"ws://127.0.0.1:{server.port}/ws", timeout=DEADLINE_S, **options)


def test_echo() -> None:
    with Server(echo) as server:
        client = open_client(server)
        for text in ("hello", "é😀", "", "x" * 200, "y" * 70_000):
            client.send(text)
            assert client.recv() == text
        for data in (b"\0\xff", b"z" * 70_000):
            client.send_binary(data)
            assert client.recv() == data
        client.ping("p")
        assert client.recv_data_frame(control_frame=True)[1].data == b"p"
        client.close()
        wait_until(lambda: len(server.manager.connections) == 1)


def test_events_and_flags() -> None:
    events: list[tuple[int, type, Any]] = []

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            conn.ws_upgrade(data, {"X-Extra": "100% é", "X-N": 7})
            assert conn.is_websocket
        if ev in (MG_EV_WS_OPEN, MG_EV_WS_MSG, MG_EV_WS_CTL):
            value = (data.text, data.flags) if isinstance(data, WsMessage) else data.uri
            events.append((ev, type(data), value))
            kept.append(data)

    kept: list[Any] = []
    with Server(handler) as server:
        client = open_client(server)
        assert client.getheaders()["x-extra"] == "100% é" and client.getheaders()["x-n"] == "7"
        client.send("one")
        client.send_binary(b"two")
        client.ping("p")
        wait_until(lambda: len(events) == 4)
        client.close()
    assert [(ev, value) for ev, _, value in events[:4]] == [
        (MG_EV_WS_OPEN, "/ws"), (MG_EV_WS_MSG, ("one", 129)), (MG_EV_WS_MSG, ("two", 130)), (MG_EV_WS_CTL, ("p", 137))
    ]  # fmt: skip
    assert (kept[1].data, kept[1].text, kept[1].flags) == (b"", "", 0) and not kept[0]


def test_fragments_arrive_joined() -> None:
    with Server(echo) as server:
        client = open_client(server)
        client.send_frame(websocket.ABNF.create_frame("one ", websocket.ABNF.OPCODE_TEXT, fin=0))
        client.send_frame(websocket.ABNF.create_frame("two", websocket.ABNF.OPCODE_CONT, fin=1))
        assert client.recv() == "one two"
        client.close()


def test_frames_behind_the_upgrade_request() -> None:
    request = (
        b"GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    frame = b"\x81\x82\0\0\0\0hi"
    close = b"\x88\x80\0\0\0\0"
    with Server(echo) as server, server.connect() as peer:
        peer.sendall(request + frame + close)
        assert b"\x81\x02hi" in read_all(peer)


@pytest.mark.parametrize("bad", [{"a\r\n": "b"}, {"a": "b\n"}])
def test_rejected_headers_can_be_answered(bad: dict[str, str]) -> None:
    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            with pytest.raises(ValueError, match="illegal character"):
                conn.ws_upgrade(data, bad)
            conn.reply(400, "no")

    with Server(handler) as server, pytest.raises(websocket.WebSocketBadStatusException):
        open_client(server)


def test_upgrade_without_key() -> None:
    with Server(echo) as server:
        assert server.exchange(b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 426")


def test_upgrade_needs_a_live_message(manager: Manager) -> None:
    listener = manager.listen("http://127.0.0.1:0")
    with pytest.raises(ValueError, match="not valid"):
        listener.ws_upgrade(None)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        listener.ws_upgrade("x")  # type: ignore[arg-type]


def test_five_parallel_clients() -> None:
    with Server(echo) as server:
        wrong: list[Any] = []

        def run(n: int) -> None:
            client = open_client(server)
            for m in range(100):
                client.send(f"{n}-{m}")
                if client.recv() != f"{n}-{m}":
                    wrong.append((n, m))
            client.close()

        threads = [threading.Thread(target=run, args=(n,)) for n in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong


def test_broadcast_from_a_timer() -> None:
    clients: set[Connection] = set()

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            conn.ws_upgrade(data)
        elif ev == MG_EV_WS_OPEN:
            clients.add(conn)
        elif ev == MG_EV_CLOSE:
            clients.discard(conn)

    with Server(handler) as server:
        peers = [open_client(server) for _ in range(3)]
        wait_until(lambda: len(clients) == 3)
        server.manager.timer_add(5, lambda: [conn.ws_send("tick") for conn in clients], repeat=True)
        assert [peer.recv() for peer in peers] == ["tick"] * 3
        for peer in peers:
            peer.close()
        wait_until(lambda: not clients)


def test_client_and_close_codes(manager: Manager) -> None:
    got: list[Any] = []

    def client(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_WS_OPEN:
            got.append((data.status(), conn.is_websocket))
            conn.ws_send("text")
            conn.ws_send(b"bin", WEBSOCKET_OP_BINARY)
            conn.ws_send("", WEBSOCKET_OP_PING)
        elif ev == MG_EV_WS_MSG:
            got.append(data.text)
            if data.text == "bin":
                conn.ws_close(4001, "done")

    def serve(conn: Connection, ev: int, data: Any) -> None:
        echo(conn, ev, data)
        if ev == MG_EV_HTTP_MSG:
            got.append(data.header("X-Mine"))
        elif ev == MG_EV_WS_CTL and data.flags & 15 == 8:
            got.append(data.data)

    listener = manager.listen("http://127.0.0.1:0", serve)
    conn = manager.ws_connect(f"ws://127.0.0.1:{port_of(listener)}/x", client, headers={"X-Mine": "yes"})
    poll_until(manager, lambda: conn.id == 0 and len(got) == 5)
    assert got == ["yes", (101, True), "text", "bin", (4001).to_bytes(2, "big") + b"done"]
