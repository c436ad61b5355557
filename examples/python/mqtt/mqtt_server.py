"""A small MQTT broker for versions 3.1.1 and 5: QoS 0 delivery, wildcards, ping.

python mqtt_server.py [-l mqtt://0.0.0.0:1883]
"""

from __future__ import annotations

import argparse
import signal
from typing import Any

from cymongoose import MG_EV_CLOSE, MG_EV_MQTT_CMD, MG_EV_MQTT_MSG, Connection, Manager, MqttMessage

CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ, DISCONNECT = 1, 8, 10, 12, 14

running = True


def stop(signum: int, frame: Any) -> None:
    global running
    running = False


def topic_match(message_topic: str, filter: str) -> bool:
    """MQTT rules: `+` is one level; a final `#` is any number of levels, also none."""
    levels, wanted = message_topic.split("/"), filter.split("/")
    for n, part in enumerate(wanted):
        if part == "#":
            return n == len(wanted) - 1
        if n >= len(levels) or part not in ("+", levels[n]):
            return False
    return len(levels) == len(wanted)


class Broker:
    def __init__(self) -> None:
        self.subscriptions: dict[Connection, set[str]] = {}

    def handler(self, conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_MQTT_CMD:
            self.command(conn, data)
        elif ev == MG_EV_MQTT_MSG:
            if not data.topic:
                conn.error("a topic alias, which was not offered")
            else:
                self.route(data.topic, data.data)
        elif ev == MG_EV_CLOSE:
            self.subscriptions.pop(conn, None)

    def command(self, conn: Connection, message: MqttMessage) -> None:
        filters = self.subscriptions.setdefault(conn, set())
        # Version 5 has properties in each of these packets: none, here. Their length is one byte.
        none = b"\x00" if conn.is_mqtt5 else b""
        if message.cmd == CONNECT:
            conn.is_mqtt5 = message.version == 5
            conn.send(b"\x20\x03\x00\x00\x00" if conn.is_mqtt5 else b"\x20\x02\x00\x00")  # CONNACK, accepted
        elif message.cmd == SUBSCRIBE:
            topics = message.topics()
            filters.update(topic for topic, _ in topics)
            self.acknowledge(conn, 0x90, message, none + bytes(len(topics)))
        elif message.cmd == UNSUBSCRIBE:
            topics = message.topics()
            filters.difference_update(topic for topic, _ in topics)
            self.acknowledge(conn, 0xB0, message, none + bytes(len(topics)) if conn.is_mqtt5 else b"")
        elif message.cmd == PINGREQ:
            conn.mqtt_pong()
        elif message.cmd == DISCONNECT:
            conn.drain()

    @staticmethod
    def acknowledge(conn: Connection, first: int, message: MqttMessage, rest: bytes) -> None:
        conn.send(bytes([first, 2 + len(rest)]) + message.id.to_bytes(2, "big") + rest)

    def route(self, topic: str, data: bytes) -> None:
        for conn, filters in self.subscriptions.items():
            if any(topic_match(topic, wanted) for wanted in filters):
                conn.mqtt_pub(topic, data)


def main() -> None:
    parser = argparse.ArgumentParser(description="Run a small MQTT broker.")
    parser.add_argument("-l", "--listen", default="mqtt://0.0.0.0:1883")
    args = parser.parse_args()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    with Manager() as manager:
        manager.mqtt_listen(args.listen, Broker().handler)
        print(f"Broker on {args.listen}", flush=True)
        while running:
            manager.poll(100)


if __name__ == "__main__":
    main()
