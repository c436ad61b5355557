"""DNS and SNTP against small servers of our own."""

from __future__ import annotations

import socket
import struct
import threading
import time
from typing import Any

import pytest

from cymongoose import (
    MG_EV_CLOSE,
    MG_EV_CONNECT,
    MG_EV_ERROR,
    MG_EV_OPEN,
    MG_EV_POLL,
    MG_EV_RESOLVE,
    MG_EV_SNTP_TIME,
    Connection,
    Manager,
)

from .conftest import DEADLINE_S, poll_until


def test_resolving_an_address_needs_no_server(manager: Manager) -> None:
    listener = manager.listen("tcp://127.0.0.1:0")
    listener.resolve_cancel()
    client = manager.connect("udp://127.0.0.1:9")
    assert client.remote_addr == ("127.0.0.1", 9, False)


def test_udp_client_with_its_own_handler_hears_of_the_connection() -> None:
    everybody: list[int] = []
    own: list[int] = []
    with Manager(lambda conn, ev, data: everybody.append(ev)) as manager:
        manager.connect("udp://127.0.0.1:9", lambda conn, ev, data: own.append(ev))
        assert everybody == [MG_EV_OPEN, MG_EV_RESOLVE, MG_EV_CONNECT] and own == []
        closed = manager.connect("udp://127.0.0.1:9", lambda conn, ev, data: None)
        closed.close()
        poll_until(manager, lambda: MG_EV_CONNECT in own)
        poll_until(manager, lambda: own.count(MG_EV_POLL) > 2)
        assert own.count(MG_EV_CONNECT) == 1


@pytest.mark.network
def test_unknown_name(manager: Manager) -> None:
    events: list[int] = []
    listener = manager.listen("tcp://127.0.0.1:0", lambda conn, ev, data: events.append(ev))
    listener.resolve("tcp://no-such-host.invalid:80")
    poll_until(manager, lambda: {MG_EV_RESOLVE, MG_EV_ERROR} & set(events))


def test_sntp(manager: Manager) -> None:
    now = 1_700_000_000

    def serve() -> None:
        request, peer = server.recvfrom(100)
        answer = bytearray(48)
        answer[0], answer[1] = 0x24, 1
        answer[24:32] = request[40:48]
        answer[32:40] = answer[40:48] = struct.pack(">II", (now + 2_208_988_800) & 0xFFFFFFFF, 0)
        server.sendto(bytes(answer), peer)

    events: list[tuple[int, Any]] = []

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev in (MG_EV_SNTP_TIME, MG_EV_CLOSE):
            events.append((ev, data))

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(DEADLINE_S)
        thread = threading.Thread(target=serve)
        thread.start()
        conn = manager.sntp_connect(f"udp://127.0.0.1:{server.getsockname()[1]}", handler)
        assert conn.is_udp
        poll_until(manager, lambda: len(events) == 2)
        thread.join()
    assert events[0][0] == MG_EV_SNTP_TIME and abs(events[0][1] - now * 1000) < 2000 and events[1][0] == MG_EV_CLOSE
    with pytest.raises(RuntimeError, match="closed"):
        conn.sntp_request()


def test_sntp_without_an_answer_ends(manager: Manager) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        start = time.monotonic()
        conn = manager.sntp_connect(f"udp://127.0.0.1:{silent.getsockname()[1]}")
        poll_until(manager, lambda: conn.id == 0)
        assert time.monotonic() - start > 1
