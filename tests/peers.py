#!/usr/bin/env python3
"""The example programs with peers of other make: mosquitto, paho, pymodbus, dnsmasq, curl.

A test whose peer is not installed is skipped. Programs are taken from build/examples/c (`make examples`), or from the
folder that EXAMPLES names. Everything listens on the loopback interface, on ports that the system picks.

usage: peers.py [peers.CLASS|peers_programs.CLASS]...
"""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = Path(os.environ.get("EXAMPLES", ROOT / "build" / "examples" / "c"))
SECONDS = 15
VERSIONS = ("mqttv311", "mqttv5")
MODULES = ("peers", "peers_programs")


def needs(program: str) -> Callable[[Any], Any]:
    return unittest.skipIf(shutil.which(program) is None, f"{program} is not installed")


def needs_module(name: str) -> Callable[[Any], Any]:
    return unittest.skipIf(importlib.util.find_spec(name.split(".")[0]) is None, f"{name} is not installed")


class Program:
    """A running program; its first line of output ends with the port it listens on."""

    def __init__(self, test: unittest.TestCase, name: str, *args: str) -> None:
        self.process = subprocess.Popen(
            [str(EXAMPLES / name), *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        test.addCleanup(self.stop, test)
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline().strip()
        digits = self.line.rpartition(":")[2].partition("/")[0]
        self.port = int(digits) if digits.isdigit() else 0

    def stop(self, test: unittest.TestCase) -> None:
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=SECONDS)
        test.assertEqual(self.process.returncode, 0, output)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError(f"nobody listens on port {port}")


def output_of(*command: str | Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS
    )
    if done.returncode != 0:
        raise AssertionError(f"{command}: status {done.returncode}\n{done.stdout}")
    return done.stdout


@needs("mosquitto_pub")
@needs("mosquitto_sub")
class BrokerWithMosquittoClients(unittest.TestCase):
    subscribers = 0

    def setUp(self) -> None:
        self.port = str(Program(self, "mqtt-server", "0").port)

    def subscribe(self, version: str, *args: str) -> subprocess.Popen[str]:
        """A subscriber that has been heard: a retained message for it alone came."""
        self.subscribers += 1
        ready = f"ready/{self.subscribers}"
        command = ["mosquitto_sub", "-p", self.port, "-V", version, "-v", "-t", ready, *args]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        assert process.stdout is not None
        self.addCleanup(process.stdout.close)
        self.publish(version, ready, "now", "-r")
        self.assertEqual(process.stdout.readline(), f"{ready} now\n")
        return process

    def publish(self, version: str, topic: str, message: str, *args: str) -> None:
        output_of("mosquitto_pub", "-p", self.port, "-V", version, "-t", topic, "-m", message, *args)

    def test_every_qos(self) -> None:
        for version in VERSIONS:
            with self.subTest(version):
                subscriber = self.subscribe(version, "-t", "a/+/c", "-q", "2")
                for qos in "012":
                    self.publish(version, "a/b/c", f"qos {qos}", "-q", qos)
                    self.publish(version, "a/b/d", "not for you", "-q", qos)
                assert subscriber.stdout is not None
                lines = [subscriber.stdout.readline() for _ in range(3)]
                self.assertEqual(lines, ["a/b/c qos 0\n", "a/b/c qos 1\n", "a/b/c qos 2\n"])

    def test_retained(self) -> None:
        for version in VERSIONS:
            with self.subTest(version):
                self.publish(version, "kept", version, "-r")
                command = ["mosquitto_sub", "-p", self.port, "-V", version, "-t", "kept", "-C", "1"]
                self.assertEqual(output_of(*command), f"{version}\n")

    def test_last_will(self) -> None:
        for version in VERSIONS:
            with self.subTest(version):
                subscriber = self.subscribe(version, "-t", "will/#")
                will = ["-t", "x", "--will-topic", f"will/{version}", "--will-payload", "gone"]
                dying = self.subscribe(version, *will)
                dying.kill()
                assert subscriber.stdout is not None
                self.assertEqual(subscriber.stdout.readline(), f"will/{version} gone\n")


@needs("mosquitto")
class ClientWithMosquittoBroker(unittest.TestCase):
    def test_every_version_and_qos(self) -> None:
        port = free_port()
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as config:
            config.write(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
            config.flush()
            broker = subprocess.Popen(["mosquitto", "-c", config.name], stderr=subprocess.DEVNULL)
            self.addCleanup(broker.wait)
            self.addCleanup(broker.terminate)
            wait_for_port(port)
            for version in "45":
                for qos in "012":
                    with self.subTest(version=version, qos=qos):
                        args = ["-u", f"mqtt://127.0.0.1:{port}", "-n", "1", "-v", version, "-q", qos]
                        self.assertEqual(output_of(EXAMPLES / "mqtt-client", *args), "vansire/hello hi\n")


@needs_module("paho.mqtt")
class BrokerWithPaho(unittest.TestCase):
    """One client that talks to itself: subscriptions, sizes, properties of version 5, unsubscribing."""

    def exchange(self, version: int) -> None:
        from paho.mqtt import client, enums

        port = Program(self, "mqtt-server", "0").port
        received: list[tuple[str, bytes, int]] = []
        done: list[str] = []
        peer = client.Client(enums.CallbackAPIVersion.VERSION2, protocol=enums.MQTTProtocolVersion(version))
        peer.on_message = lambda _c, _u, m: received.append((m.topic, bytes(m.payload), m.qos))
        peer.on_subscribe = lambda *_: done.append("subscribe")
        peer.on_unsubscribe = lambda *_: done.append("unsubscribe")
        peer.on_disconnect = lambda *_: done.append("disconnect")
        peer.connect("127.0.0.1", port, keepalive=5)

        def until(condition: Callable[[], bool]) -> None:
            deadline = time.monotonic() + SECONDS
            while not condition() and time.monotonic() < deadline:
                peer.loop(0.05)
            self.assertTrue(condition(), (received, done))

        peer.subscribe([("big/#", 2), ("small/+/x", 1)])
        until(lambda: "subscribe" in done)
        big = bytes(range(256)) * 1000
        peer.publish("big", big, qos=2)
        peer.publish("big/one", b"", qos=1)
        peer.publish("small/a/x", b"1", qos=2)
        peer.publish("small/a/b/x", b"no", qos=2)
        until(lambda: len(received) == 3)
        # A message of QoS 2 is handed out later than those behind it: when it is released.
        self.assertEqual(sorted(received), [("big", big, 2), ("big/one", b"", 1), ("small/a/x", b"1", 1)])
        peer.unsubscribe("big/#")
        until(lambda: "unsubscribe" in done)
        peer.publish("big", b"no", qos=1)
        peer.publish("small/b/x", b"2", qos=1)
        until(lambda: len(received) == 4)
        self.assertEqual(received[3], ("small/b/x", b"2", 1))
        peer.disconnect()
        until(lambda: "disconnect" in done)

    def test_version_3(self) -> None:
        self.exchange(4)

    def test_version_5(self) -> None:
        self.exchange(5)


@needs_module("pymodbus")
class ModbusWithPymodbus(unittest.TestCase):
    def test_all_functions(self) -> None:
        from pymodbus.client import ModbusTcpClient

        client: Any = ModbusTcpClient("127.0.0.1", port=Program(self, "modbus-server", "0").port)
        self.addCleanup(client.close)
        self.assertTrue(client.connect())
        self.assertFalse(client.write_registers(10, [1, 2, 65535]).isError())
        self.assertEqual(client.read_holding_registers(10, count=3).registers, [1, 2, 65535])
        pattern = [True, False, True] * 7
        self.assertFalse(client.write_coils(5, pattern).isError())
        self.assertEqual(client.read_coils(5, count=21).bits[:21], pattern)
        self.assertEqual(client.read_discrete_inputs(5, count=3).bits[:3], pattern[:3])
        self.assertEqual(client.write_register(1, 7).registers, [7])
        self.assertTrue(client.write_coil(0, True).bits[0])
        self.assertEqual(client.read_input_registers(0, count=1).registers, [8])
        self.assertEqual(client.read_holding_registers(999, count=2).exception_code, 2)
        self.assertEqual(client.read_exception_status().exception_code, 1)


class NameServer(unittest.TestCase):
    def test_every_name_has_one_address(self) -> None:
        port = Program(self, "captive-dns-server", "0", "10.1.2.3").port
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(SECONDS)
            question = b"\x04host\x04test\0" + struct.pack(">HH", 1, 1)
            client.sendto(struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + question, ("127.0.0.1", port))
            reply = client.recv(600)
        self.assertEqual(struct.unpack_from(">6H", reply), (7, 0x8580, 1, 1, 0, 0))
        self.assertEqual(reply[-4:], bytes([10, 1, 2, 3]))

    def test_mdns(self) -> None:
        name = f"vansire-{os.getpid()}"
        Program(self, "mdns-server", name)
        try:
            found = output_of(EXAMPLES / "mdns-client", f"{name}.local")
        except AssertionError as error:
            self.skipTest(f"no multicast here: {error}")
        self.assertRegex(found, rf"^{name}\.local \d+\.\d+\.\d+\.\d+$")


@needs("dnsmasq")
class LookupWithDnsmasq(unittest.TestCase):
    def test_addresses_aliases_and_none(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        names = ["--host-record=one.test,10.0.0.1", "--host-record=six.test,fd00::1", "--cname=alias.test,one.test"]
        place = ["--listen-address=127.0.0.1", f"--port={port}", "--bind-interfaces", "--pid-file=", "--local=/test/"]
        alone = ["--keep-in-foreground", "--no-resolv", "--no-hosts", "--conf-file=/dev/null", "--user=", "--group="]
        server = subprocess.Popen(["dnsmasq", *alone, *place, *names], stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        wait_for_port(port)
        url = f"udp://127.0.0.1:{port}"
        lookup = EXAMPLES / "dns-lookup"
        self.assertEqual(output_of(lookup, "one.test", url), "10.0.0.1\n")
        self.assertEqual(output_of(lookup, "ALIAS.test", url), "10.0.0.1\n")
        self.assertEqual(output_of(lookup, "six.test", url), "[fd00:0:0:0:0:0:0:1]\n")
        with self.assertRaisesRegex(AssertionError, "none.test DNS lookup failed"):
            output_of(lookup, "none.test", url)


class TimeServer(unittest.TestCase):
    def test_time(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))
            server.settimeout(SECONDS)
            url = f"udp://127.0.0.1:{server.getsockname()[1]}"
            command = [str(EXAMPLES / "sntp-time-sync"), url, "1"]
            client = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            request, peer = server.recvfrom(100)
            now = struct.pack(">II", 2208988800 + 1_700_000_000, 0)
            server.sendto(b"\x24\x01" + bytes(22) + request[40:48] + now + now, peer)
            output, _ = client.communicate(timeout=SECONDS)
        self.assertEqual(client.returncode, 0)
        self.assertLess(abs(float(output) - 1_700_000_000), 10)


@needs("curl")
class DashboardWithCurl(unittest.TestCase):
    def test_levels(self) -> None:
        url = f"http://127.0.0.1:{Program(self, 'dashboard', '0').port}/api"
        admin, guest = ("-su", "admin:admin"), ("-su", "guest:guest")
        self.assertEqual(output_of("curl", "-s", f"{url}/get"), "Not Authorised\n")
        self.assertIn('"led":{"on":false,"brightness":50}', output_of("curl", *guest, f"{url}/get"))
        change = json.dumps({"led": {"on": True, "brightness": 300}})
        self.assertEqual(output_of("curl", *guest, "-d", change, f"{url}/set"), "0\n")
        self.assertEqual(output_of("curl", *admin, "-d", change, f"{url}/set"), "2\n")
        self.assertEqual(output_of("curl", *guest, f"{url}/get/led"), '{"on":true,"brightness":100}\n')


@needs("curl")
class PreforkWithCurl(unittest.TestCase):
    def test_every_process_answers(self) -> None:
        url = f"http://127.0.0.1:{Program(self, 'prefork-server', '0', '3').port}/"
        answers: set[str] = set()
        for _ in range(1000):
            answers.add(output_of("curl", "-s", url))
            if len(answers) == 3:
                return
        self.fail(f"{len(answers)} of 3 processes answered")


class JsonRpc(unittest.TestCase):
    """A WebSocket client by hand: short frames, whole."""

    def test_calls(self) -> None:
        port = Program(self, "json-rpc-over-websocket", "0").port
        with socket.create_connection(("127.0.0.1", port), SECONDS) as client:
            stream = client.makefile("rb")
            self.addCleanup(stream.close)
            key = base64.b64encode(os.urandom(16)).decode()
            head = "GET /websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            client.sendall(f"{head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
            while stream.readline().strip():
                pass

            def call(text: str) -> Any:
                client.sendall(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text.encode())
                while True:
                    _, length = stream.read(2)
                    answer = json.loads(stream.read(length))
                    if "id" in answer:
                        return answer

            self.assertEqual(call('{"id":1,"method":"sum","params":[2,3]}'), {"id": 1, "result": 5})
            self.assertEqual(call('{"id":2,"method":"rpc.list"}')["result"], ["rpc.list", "mul", "sum"])
            self.assertEqual(call('{"id":3,"method":"none"}')["error"]["code"], -32601)


def main() -> int:
    result = unittest.main(module=None, argv=[sys.argv[0], *(sys.argv[1:] or MODULES)], exit=False, verbosity=2).result
    failed, skipped = len(result.failures) + len(result.errors), len(result.skipped)
    print(f"{result.testsRun - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
