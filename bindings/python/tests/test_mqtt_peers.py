"""MQTT with peers of other make: paho clients at a broker made of this package, this client at mosquitto."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cymongoose import MG_EV_CLOSE, MG_EV_ERROR, MG_EV_MQTT_CMD, MG_EV_MQTT_MSG, MG_EV_MQTT_OPEN, Connection, Manager

from .conftest import poll_until, port_of
from .test_examples import EXAMPLES, load

paho = pytest.importorskip("paho.mqtt.client")
enums = pytest.importorskip("paho.mqtt.enums")
VERSIONS = [4, 5]
SUBACK, UNSUBACK, PINGRESP = 9, 11, 13


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="not in a checkout")
@pytest.mark.parametrize("version", VERSIONS)
def test_paho_at_the_broker_of_the_examples(manager: Manager, version: int) -> None:
    broker = load("mqtt/mqtt_server.py").Broker()
    seen: list[tuple[int, int, int, list[tuple[str, int]], list[dict[str, Any]]]] = []

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_MQTT_CMD:
            seen.append((data.cmd, data.version, data.qos, data.topics(), data.properties()))
        broker.handler(conn, ev, data)

    port = port_of(manager.mqtt_listen("mqtt://127.0.0.1:0", handler))
    received: list[tuple[str, bytes]] = []
    done: list[str] = []
    peer = paho.Client(enums.CallbackAPIVersion.VERSION2, protocol=enums.MQTTProtocolVersion(version))
    peer.on_connect = lambda *_: done.append("connect")
    peer.on_message = lambda _c, _u, m: received.append((m.topic, bytes(m.payload)))
    peer.on_subscribe = lambda *_: done.append("subscribe")
    peer.on_unsubscribe = lambda *_: done.append("unsubscribe")
    peer.on_publish = lambda *_: done.append("publish")
    peer.on_disconnect = lambda *_: done.append("disconnect")
    peer.connect_async("127.0.0.1", port)
    peer.loop_start()
    try:
        poll_until(manager, lambda: "connect" in done)
        peer.subscribe([("a/#", 2), ("b/+", 1), ("ü", 0)])
        poll_until(manager, lambda: "subscribe" in done)
        properties = None
        if version == 5:
            properties = pytest.importorskip("paho.mqtt.properties").Properties(3)
            properties.UserProperty = ("key", "é")
            properties.MessageExpiryInterval = 60
            properties.CorrelationData = b"\x00\xff"
        for qos, topic in enumerate(("a/1/2", "b/1", "ü")):
            peer.publish(topic, b"m%d" % qos, qos=qos, properties=properties)
        peer.publish("b/1/2", b"nobody's")
        big = bytes(range(256)) * 400
        peer.publish("a", big, qos=2)
        poll_until(manager, lambda: len(received) == 4 and done.count("publish") == 5)
        peer.unsubscribe(["a/#", "nothing"])
        poll_until(manager, lambda: "unsubscribe" in done)
        peer.publish("a", b"nobody's")
        peer.publish("b/last", b"")
        poll_until(manager, lambda: len(received) == 5)
        peer.disconnect()
        poll_until(manager, lambda: "disconnect" in done and not broker.subscriptions)
    finally:
        peer.loop_stop()
    assert received == [("a/1/2", b"m0"), ("b/1", b"m1"), ("ü", b"m2"), ("a", big), ("b/last", b"")]
    assert seen[0][:2] == (1, version)
    # The bits that are the QoS of PUBLISH are 01 in these.
    assert (8, 0, 1, [("a/#", 2), ("b/+", 1), ("ü", 0)], []) in seen
    assert (10, 0, 1, [("a/#", 0), ("nothing", 0)], []) in seen
    publishes = [each for each in seen if each[0] == 3]
    assert [each[2] for each in publishes] == [0, 1, 2, 0, 2, 0, 0]
    values = {each["id"]: (each["iv"], each["key"], each["val"]) for each in publishes[1][4]}
    assert values == ({} if version == 4 else {2: (60, "", ""), 9: (0, "", "\0\udcff"), 38: (0, "key", "é")})


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[int]:
    """Port of a broker that knows the user `me` with the password `secret`, and strangers."""
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    maker = shutil.which("mosquitto_passwd")
    if program is None or maker is None:
        pytest.skip("mosquitto is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    subprocess.run([maker, "-b", "-c", tmp_path / "users", "me", "secret"], check=True, stderr=subprocess.DEVNULL)
    tmp_path.chmod(0o755)
    (tmp_path / "users").chmod(0o644)
    config = f"listener {port} 127.0.0.1\nallow_anonymous true\npassword_file {tmp_path / 'users'}\nuser root\n"
    (tmp_path / "mosquitto.conf").write_text(config)
    with subprocess.Popen([program, "-c", tmp_path / "mosquitto.conf"], stderr=subprocess.PIPE, text=True) as broker:
        assert broker.stderr is not None
        # It says so on its error output when it listens.
        for line in broker.stderr:
            if "running" in line:
                break
        yield port
        broker.terminate()


@pytest.mark.parametrize("version", VERSIONS)
def test_client_at_mosquitto(manager: Manager, mosquitto: int, version: int) -> None:
    url = f"mqtt://127.0.0.1:{mosquitto}"
    received: list[tuple[str, bytes, int]] = []
    commands: list[int] = []
    opened: list[int] = []

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_MQTT_OPEN:
            opened.append(data)
        elif ev == MG_EV_MQTT_MSG:
            received.append((data.topic, data.data, data.qos))
        elif ev == MG_EV_MQTT_CMD:
            commands.append(data.cmd)

    conn = manager.mqtt_connect(url, handler, "one", "me", "secret", keepalive=60, version=version)
    poll_until(manager, lambda: opened == [0])
    assert conn.is_mqtt5 is (version == 5)
    conn.mqtt_sub("room/+", 2)
    conn.mqtt_sub("will")
    poll_until(manager, lambda: commands.count(SUBACK) == 2)
    ids = [conn.mqtt_pub("room/1", b"m%d" % qos, qos) for qos in range(3)]
    poll_until(manager, lambda: len(received) == 3)
    assert received == [("room/1", b"m0", 0), ("room/1", b"m1", 1), ("room/1", b"m2", 2)]
    assert ids[0] == 0 and len(set(ids)) == 3

    conn.mqtt_pub("kept", "é", 1, retain=True)
    conn.mqtt_sub("kept", 0)
    poll_until(manager, lambda: ("kept", "é".encode(), 0) in received)
    conn.mqtt_unsub("room/+")
    poll_until(manager, lambda: UNSUBACK in commands)
    conn.mqtt_ping()
    poll_until(manager, lambda: PINGRESP in commands)

    dying = manager.mqtt_connect(url, version=version, will_topic="will", will_message=b"\0gone", will_qos=1)
    poll_until(manager, lambda: dying.send_len == 0 and not dying.is_closing and dying.remote_addr is not None)
    dying.mqtt_pub("will", "alive")
    poll_until(manager, lambda: ("will", b"alive", 0) in received)
    dying.close()
    poll_until(manager, lambda: ("will", b"\0gone", 0) in received)
    conn.mqtt_disconnect()
    poll_until(manager, lambda: conn.is_closing)


@pytest.mark.parametrize(("version", "code"), [(4, 5), (5, 135)])
def test_a_wrong_password(manager: Manager, mosquitto: int, version: int, code: int) -> None:
    events: list[tuple[int, Any]] = []
    url = f"mqtt://127.0.0.1:{mosquitto}"
    wanted = (MG_EV_MQTT_OPEN, MG_EV_ERROR, MG_EV_CLOSE)
    manager.mqtt_connect(
        url, lambda conn, ev, data: ev in wanted and events.append((ev, data)), "x", "me", "wrong", version=version
    )
    poll_until(manager, lambda: events and events[-1][0] == MG_EV_CLOSE)
    assert events[0] == (MG_EV_MQTT_OPEN, code) and MG_EV_ERROR not in [ev for ev, _ in events]
