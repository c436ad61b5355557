"""MQTT client and a small broker made of the same package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cymongoose import (
    MG_EV_CLOSE,
    MG_EV_ERROR,
    MG_EV_MQTT_CMD,
    MG_EV_MQTT_MSG,
    MG_EV_MQTT_OPEN,
    MG_EV_OPEN,
    MG_EV_POLL,
    Connection,
    Manager,
    MqttMessage,
)

from .conftest import poll_until, port_of

CONNECT, CONNACK, PUBLISH, SUBSCRIBE, UNSUBSCRIBE, PINGREQ, PINGRESP, DISCONNECT = 1, 2, 3, 8, 10, 12, 13, 14


class Broker:
    """Accepts everybody and routes every message to every subscriber."""

    def __init__(self, manager: Manager, code: int = 0) -> None:
        self.code = code
        self.commands: list[int] = []
        self.filters: list[tuple[str, int]] = []
        self.subscribers: set[Connection] = set()
        self.listener = manager.mqtt_listen("mqtt://127.0.0.1:0", self.handle)
        self.url = f"mqtt://127.0.0.1:{port_of(self.listener)}"

    def handle(self, conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_MQTT_CMD:
            assert type(data) is MqttMessage
            self.commands.append(data.cmd)
            if data.cmd == CONNECT:
                conn.send(bytes([0x20, 2, 0, self.code]))
            elif data.cmd == SUBSCRIBE:
                assert data.topic == ""
                self.filters += data.topics()
                self.subscribers.add(conn)
                conn.send(bytes([0x90, 3]) + data.id.to_bytes(2, "big") + b"\0")
            elif data.cmd == UNSUBSCRIBE:
                self.filters += data.topics()
                conn.send(bytes([0xB0, 2]) + data.id.to_bytes(2, "big"))
            elif data.cmd == PINGREQ:
                conn.mqtt_pong()
        elif ev == MG_EV_MQTT_MSG:
            for other in self.subscribers:
                other.mqtt_pub(data.topic, data.data)
        elif ev == MG_EV_CLOSE:
            self.subscribers.discard(conn)


def test_publish_and_subscribe(manager: Manager) -> None:
    broker = Broker(manager)
    events: list[tuple[int, Any]] = []

    def client(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_MQTT_OPEN:
            assert type(data) is int
            events.append((ev, data))
            conn.mqtt_sub("room/+", qos=1)
        elif ev == MG_EV_MQTT_MSG:
            events.append((ev, (data.topic, data.data, data.text, data.qos, data.properties())))
            kept.append(data)
        elif ev == MG_EV_MQTT_CMD:
            events.append((ev, data.cmd))
            if data.cmd == 9:
                assert conn.mqtt_pub("room/1", b"\0\xff") == 0
                conn.mqtt_pub("room/2", "é")
                conn.mqtt_ping()

    kept: list[Any] = []
    conn = manager.mqtt_connect(broker.url, client, client_id="me", username="u", password="p", keepalive=30)
    poll_until(manager, lambda: (MG_EV_MQTT_CMD, PINGRESP) in events)
    assert events == [
        (MG_EV_MQTT_OPEN, 0), (MG_EV_MQTT_CMD, CONNACK), (MG_EV_MQTT_CMD, 9),
        (MG_EV_MQTT_MSG, ("room/1", b"\0\xff", "\0\udcff", 0, [])), (MG_EV_MQTT_CMD, PUBLISH),
        (MG_EV_MQTT_MSG, ("room/2", "é".encode(), "é", 0, [])), (MG_EV_MQTT_CMD, PUBLISH),
        (MG_EV_MQTT_CMD, PINGRESP),
    ]  # fmt: skip
    assert broker.commands == [CONNECT, SUBSCRIBE, PUBLISH, PUBLISH, PINGREQ] and broker.filters == [("room/+", 1)]
    assert (kept[0].topic, kept[0].data, kept[0].cmd, kept[0].topics()) == ("", b"", 0, [])
    conn.mqtt_unsub("room/+")
    conn.mqtt_disconnect()
    poll_until(manager, lambda: broker.commands[-2:] == [UNSUBSCRIBE, DISCONNECT])
    assert broker.filters[-1] == ("room/+", 0)


def test_packet_ids_and_qos(manager: Manager) -> None:
    broker = Broker(manager)
    commands: list[int] = []

    def client(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_MQTT_OPEN:
            assert conn.mqtt_pub("t", "0") == 0
            first = conn.mqtt_pub("t", "1", qos=1)
            assert first > 0 and conn.mqtt_pub("t", "2", qos=2, retain=True) == first + 1
        elif ev == MG_EV_MQTT_CMD:
            commands.append(data.cmd)

    manager.mqtt_connect(broker.url, client)
    poll_until(manager, lambda: 7 in commands)
    assert commands == [CONNACK, 4, 5, 7], "PUBACK, PUBREC, PUBCOMP"


def test_refused_by_the_broker(manager: Manager) -> None:
    broker = Broker(manager, code=5)
    events: list[tuple[int, Any]] = []
    manager.mqtt_connect(broker.url, lambda conn, ev, data: ev != MG_EV_POLL and events.append((ev, data)))
    poll_until(manager, lambda: events and events[-1][0] == MG_EV_CLOSE)
    assert (MG_EV_MQTT_OPEN, 5) in events and MG_EV_ERROR not in [ev for ev, _ in events]


def test_last_will_and_version_5(manager: Manager) -> None:
    seen: list[bytes] = []

    def serve(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_MQTT_CMD and data.cmd == CONNECT:
            seen.append(conn.recv_data())

    listener = manager.mqtt_listen("mqtt://127.0.0.1:0", serve)
    manager.mqtt_connect(
        f"mqtt://127.0.0.1:{port_of(listener)}",
        version=5,
        client_id="c",
        will_topic="gone",
        will_message="bye",
        will_qos=1,
    )
    poll_until(manager, lambda: seen)
    assert b"\0\4MQTT\5" in seen[0] and b"\0\4gone\0\3bye" in seen[0]


@pytest.mark.parametrize("scheme", ["tcp", "http", "mqtt"])
def test_calls_on_a_listener(manager: Manager, scheme: str) -> None:
    events: list[int] = []
    listener = manager.listen(f"{scheme}://127.0.0.1:0", lambda conn, ev, data: events.append(ev))
    assert type(listener.mqtt_pub("t", "m")) is int
    listener.mqtt_sub("t")
    listener.mqtt_unsub("t")
    listener.mqtt_ping()
    listener.mqtt_pong()
    listener.mqtt_disconnect()
    manager.poll(0)
    assert listener.is_listening and not listener.is_closing and MG_EV_OPEN not in events


def test_argument_errors(manager: Manager) -> None:
    listener = manager.mqtt_listen("mqtt://127.0.0.1:0")
    call: Callable[[], object]
    for call in (
        lambda: listener.mqtt_pub(None, "m"),  # type: ignore[arg-type]
        lambda: listener.mqtt_pub("t", None),  # type: ignore[arg-type]
        lambda: listener.mqtt_pub("t", "m", qos="1"),  # type: ignore[arg-type]
        lambda: manager.mqtt_connect("mqtt://127.0.0.1:1", keepalive=None),  # type: ignore[arg-type]
    ):
        with pytest.raises(TypeError):
            call()
    for call in (
        lambda: listener.mqtt_pub("t", "m", qos=256),
        lambda: listener.mqtt_sub("t", -1),
        lambda: manager.mqtt_connect("mqtt://127.0.0.1:1", keepalive=65536),
    ):
        with pytest.raises(OverflowError):
            call()
