"""MQTT client: subscribes, answers each message, pings, reconnects.

python mqtt_client.py [-u mqtt://localhost:1883] [-s demo/rx] [-p demo/tx] [-q 1] [-k 30]
"""

from __future__ import annotations

import argparse
import signal
from typing import Any

from cymongoose import MG_EV_CLOSE, MG_EV_ERROR, MG_EV_MQTT_MSG, MG_EV_MQTT_OPEN, Connection, Manager

running = True


def stop(signum: int, frame: Any) -> None:
    global running
    running = False


class MqttClient:
    def __init__(self, manager: Manager, url: str, subscribe: str, publish: str, qos: int, keepalive: int) -> None:
        self.manager = manager
        self.url, self.subscribe, self.publish, self.qos, self.keepalive = url, subscribe, publish, qos, keepalive
        self.conn: Connection | None = None
        self.connected = False

    def connect(self) -> None:
        """Called by a timer: (re)connects when there is no connection."""
        if self.conn is None:
            self.conn = self.manager.mqtt_connect(self.url, self.handler, keepalive=self.keepalive)

    def ping(self) -> None:
        if self.conn is not None and self.connected:
            self.conn.mqtt_ping()

    def disconnect(self) -> None:
        if self.conn is not None and self.connected:
            self.conn.mqtt_disconnect()
            self.conn.drain()

    def handler(self, conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_MQTT_OPEN and data == 0:
            self.connected = True
            print(f"connected, subscribing to {self.subscribe}", flush=True)
            conn.mqtt_sub(self.subscribe, self.qos)
        elif ev == MG_EV_MQTT_MSG:
            print(f"{data.topic}: {data.text}", flush=True)
            conn.mqtt_pub(self.publish, data.data, self.qos)
        elif ev == MG_EV_ERROR:
            print(f"error: {data}", flush=True)
        elif ev == MG_EV_CLOSE:
            self.conn, self.connected = None, False


def main() -> None:
    parser = argparse.ArgumentParser(description="Echo between two MQTT topics.")
    parser.add_argument("-u", "--url", default="mqtt://localhost:1883")
    parser.add_argument("-s", "--subscribe", default="demo/rx")
    parser.add_argument("-p", "--publish", default="demo/tx")
    parser.add_argument("-q", "--qos", type=int, default=1)
    parser.add_argument("-k", "--keepalive", type=int, default=30)
    args = parser.parse_args()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    with Manager() as manager:
        client = MqttClient(manager, args.url, args.subscribe, args.publish, args.qos, args.keepalive)
        manager.timer_add(3000, client.connect, repeat=True, run_now=True)
        manager.timer_add(args.keepalive * 500, client.ping, repeat=True)
        while running:
            manager.poll(100)
        client.disconnect()
        for _ in range(10):
            if client.conn is None:
                break
            manager.poll(100)


if __name__ == "__main__":
    main()
