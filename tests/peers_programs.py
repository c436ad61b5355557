"""The larger examples with peers of other make; run by peers.py."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from peers import EXAMPLES, SECONDS, Program, free_port, needs, needs_module, output_of, wait_for_port

ROOT = Path(__file__).resolve().parents[1]


def folder(test: unittest.TestCase) -> Path:
    path = Path(tempfile.mkdtemp(prefix="vansire-peers-"))
    test.addCleanup(shutil.rmtree, path)
    return path


def mosquitto(test: unittest.TestCase, *lines: str) -> int:
    """Starts the broker with these lines of configuration; its port."""
    port = free_port()
    config = folder(test) / "mosquitto.conf"
    config.write_text("\n".join([f"listener {port} 127.0.0.1", "allow_anonymous true", *lines, ""]))
    broker = subprocess.Popen(["mosquitto", "-c", str(config)], stderr=subprocess.DEVNULL)
    test.addCleanup(broker.wait)
    test.addCleanup(broker.terminate)
    wait_for_port(port)
    return port


def request(method: str, url: str, body: bytes | None = None) -> tuple[int, Any]:
    """Status and JSON."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, method=method), timeout=SECONDS) as reply:
            return reply.status, json.loads(reply.read() or b"null")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or b"null")


def until(test: unittest.TestCase, condition: Callable[[], bool], state: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        test.assertLess(time.monotonic(), deadline, state())
        time.sleep(0.02)


class SsdpSearch(unittest.TestCase):
    def test_devices_that_answer(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
            device.bind(("127.0.0.1", 0))
            device.settimeout(SECONDS)
            url = f"udp://127.0.0.1:{device.getsockname()[1]}"
            command = [str(EXAMPLES / "ssdp-search"), "-u", url, "-t", "upnp:rootdevice", "-s", "1"]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as search:
                question, peer = device.recvfrom(1000)
                device.sendto(b"\0garbage", peer)
                device.sendto(b"HTTP/1.1 200 OK\r\nST: x\r\nLocation: \x1b[31m\r\n\r\n", peer)
                device.sendto(b"HTTP/1.1 404 Not Found\r\nST: x\r\n\r\n", peer)
                reply = b"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nLOCATION: http://10.0.0.9/\xc3\xa9\r\nEXT:\r\n\r\n"
                device.sendto(reply, peer)
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:  # not where the question went
                    other.sendto(b"HTTP/1.1 200 OK\r\nST: other\r\n\r\n", peer)
                again, _ = device.recvfrom(1000)
                output, _ = search.communicate(timeout=SECONDS)
        lines = question.decode().split("\r\n")
        self.assertEqual(question, again)
        self.assertEqual(lines[0], "M-SEARCH * HTTP/1.1")
        self.assertIn(f"HOST: {url.removeprefix('udp://')}", lines)
        self.assertIn('MAN: "ssdp:discover"', lines)
        self.assertIn("ST: upnp:rootdevice", lines)
        self.assertEqual(output, "127.0.0.1 upnp:rootdevice http://10.0.0.9/??\n127.0.0.1 other -\n")


@needs("mosquitto")
@needs("openssl")
class MutualTls(unittest.TestCase):
    """The client for AWS IoT with a broker that wants certificates."""

    def authority(self, where: Path, name: str) -> None:
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        output_of("openssl", "req", "-x509", *key, "-subj", f"/CN={name}", "-keyout", where / f"{name}.key",
                  "-out", where / f"{name}.pem")  # fmt: skip

    def certificate(self, where: Path, name: str, authority: str) -> None:
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        request = where / f"{name}.csr"
        output_of("openssl", "req", *key, "-subj", f"/CN={name}", "-keyout", where / f"{name}.key", "-out", request)
        names = where / f"{name}.ext"
        names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        output_of("openssl", "x509", "-req", "-in", request, "-CA", where / f"{authority}.pem", "-CAkey",
                  where / f"{authority}.key", "-CAcreateserial", "-days", "2", "-extfile", names,
                  "-out", where / f"{name}.pem")  # fmt: skip

    def test_certificates_of_both_sides(self) -> None:
        where = folder(self)
        for authority in ("amazon", "stranger"):
            self.authority(where, authority)
        self.certificate(where, "broker", "amazon")
        self.certificate(where, "thing", "amazon")
        self.certificate(where, "thief", "stranger")
        where.chmod(0o755)
        for file in where.iterdir():
            file.chmod(0o644)
        port = mosquitto(
            self,
            f"cafile {where / 'amazon.pem'}",
            f"certfile {where / 'broker.pem'}",
            f"keyfile {where / 'broker.key'}",
            "require_certificate true",
            "use_identity_as_username true",
        )
        program = [EXAMPLES / "mqtt-client-aws-iot", "-u", f"mqtts://localhost:{port}", "-n", "1"]

        def options(authority: str, client: str) -> list[str | Path]:
            files = {"-a": f"{authority}.pem", "-c": f"{client}.pem", "-k": f"{client}.key"}
            return [part for letter, name in files.items() for part in (letter, where / name)]

        self.assertEqual(output_of(*program, *options("amazon", "thing")), "vansire/hello hi\n")
        for authority, client in (("stranger", "thing"), ("amazon", "thief")):
            with self.subTest(authority=authority, client=client):
                command = [str(part) for part in (*program, *options(authority, client))]
                with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as refused:
                    assert refused.stderr is not None
                    self.assertRegex(refused.stderr.readline(), f"^mqtts://localhost:{port}: .+")
                    refused.terminate()

    def test_a_plain_url_is_refused(self) -> None:
        with self.assertRaisesRegex(AssertionError, "Usage"):
            output_of(EXAMPLES / "mqtt-client-aws-iot", "-u", "mqtt://localhost:1", "-a", "x", "-c", "x", "-k", "x")


class Firmware(unittest.TestCase):
    def update(self, port: int) -> None:
        where = folder(self)
        firmware, flash = where / "firmware.bin", where / "flash.bin"
        firmware.write_bytes(os.urandom(50_001))
        common = ["-u", f"mqtt://127.0.0.1:{port}", "-t", "test/ota"]
        device = Program(self, "ota-over-mqtt", "-o", str(flash), *common)
        self.assertEqual(device.line, "test/ota: waiting")
        output = output_of(EXAMPLES / "ota-over-mqtt", "-f", firmware, *common)
        self.assertEqual(output, f"{firmware}: sent, 50001 bytes\n")
        self.assertEqual(flash.read_bytes(), firmware.read_bytes())
        self.assertFalse(flash.with_suffix(".bin.part").exists())

    def test_with_our_broker(self) -> None:
        self.update(Program(self, "mqtt-server", "0").port)

    @needs("mosquitto")
    def test_with_mosquitto(self) -> None:
        self.update(mosquitto(self))

    @needs_module("paho.mqtt")
    def test_what_a_device_refuses(self) -> None:
        from paho.mqtt import client, enums

        port = Program(self, "mqtt-server", "0").port
        flash = folder(self) / "flash.bin"
        Program(self, "ota-over-mqtt", "-o", str(flash), "-u", f"mqtt://127.0.0.1:{port}", "-t", "x")
        answers: list[Any] = []
        peer = client.Client(enums.CallbackAPIVersion.VERSION2)
        peer.on_message = lambda _c, _u, m: answers.append(json.loads(m.payload))
        ready: list[bool] = []
        peer.on_subscribe = lambda *_: ready.append(True)
        peer.connect("127.0.0.1", port)
        peer.loop_start()
        self.addCleanup(peer.loop_stop)
        peer.subscribe("x/tx", 1)
        until(self, lambda: bool(ready), lambda: "no subscription")

        def call(method: str, **params: object) -> Any:
            answers.clear()
            peer.publish("x/rx", json.dumps({"id": 1, "method": method, "params": params}), qos=1)
            until(self, lambda: bool(answers), lambda: method)
            error = answers[0].get("error")
            return error["message"] if error else answers[0]["result"]

        self.assertEqual(call("ota.write", offset=0, data="aGk="), "ota.begin comes first")
        self.assertEqual(call("ota.end", sha256=""), "ota.begin comes first")
        for size in (0, -1, 1 << 40):
            self.assertEqual(call("ota.begin", size=size), "size")
        self.assertEqual(call("ota.begin", size=4), 0)
        self.assertEqual(call("ota.write", offset=9, data="aGk="), "offset")
        self.assertEqual(call("ota.write", offset=0, data="*"), "data")
        self.assertEqual(call("ota.write", offset=0, data="aGk="), 2)
        self.assertEqual(call("ota.write", offset=0, data="aGk="), 2, "again")
        self.assertEqual(call("ota.write", offset=2, data="aGk="), 4)
        self.assertEqual(call("ota.write", offset=4, data="aGk="), "mg_ota_write")
        self.assertEqual(call("ota.begin", size=2), 0)
        self.assertEqual(call("ota.write", offset=0, data="aGk="), 2)
        self.assertEqual(call("ota.end", sha256="0" * 64), "sha256")
        self.assertFalse(flash.exists())


class Fleet(unittest.TestCase):
    """mqtt-dashboard: two devices, the page's calls, an update, a device that dies."""

    def exchange(self, port: int) -> None:
        common = ["-u", f"mqtt://127.0.0.1:{port}", "-t", "test/fleet"]
        web = Program(self, "mqtt-dashboard", "-p", "0", "-d", str(ROOT / "examples/c/mqtt-dashboard/web"), *common)
        url = f"http://127.0.0.1:{web.port}/api/devices"
        lamp = Program(self, "mqtt-dashboard", "-i", "lamp", *common)
        command = [str(EXAMPLES / "mqtt-dashboard"), "-i", "dying", *common]
        dying = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.addCleanup(dying.wait)
        self.addCleanup(dying.kill)
        assert dying.stdout is not None
        self.addCleanup(dying.stdout.close)
        self.assertEqual((lamp.line, dying.stdout.readline()), ("lamp is online", "dying is online\n"))

        def device(name: str) -> Any:
            found = [each for each in request("GET", url)[1] if each["id"] == name]
            return found[0] if found else {"status": None}

        def see(name: str, **wanted: object) -> None:
            until(self, lambda: wanted.items() <= device(name).items(), lambda: (wanted, request("GET", url)))

        see("lamp", status="online", version="1.0.0", led=False, interval=5, update="")
        see("dying", status="online")
        self.assertEqual(request("POST", f"{url}/lamp/config", b'{"led":true,"interval":60}'), (202, True))
        see("lamp", led=True, interval=60)
        self.assertEqual(request("POST", f"{url}/lamp/config", b'{"interval":0}'), (202, True))
        self.assertEqual(request("POST", f"{url}/lamp/update", os.urandom(5000)), (202, True))
        see("lamp", update="done", led=True, interval=60)
        self.assertEqual(request("POST", f"{url}/lamp/update", b"")[0], 409)
        self.assertEqual(request("POST", f"{url}/nobody/config", b"{}")[0], 404)
        self.assertEqual(request("PUT", f"{url}/lamp/config", b"{}")[0], 405)
        dying.send_signal(signal.SIGKILL)
        see("dying", status="offline")
        self.assertEqual(request("DELETE", f"{url}/dying"), (204, None))
        self.assertEqual([each["id"] for each in request("GET", url)[1]], ["lamp"])
        with urllib.request.urlopen(f"http://127.0.0.1:{web.port}/", timeout=SECONDS) as page:
            self.assertIn(b"<title>Fleet</title>", page.read())

    def test_with_our_broker(self) -> None:
        self.exchange(Program(self, "mqtt-server", "0").port)

    @needs("mosquitto")
    def test_with_mosquitto(self) -> None:
        self.exchange(mosquitto(self))


class ModbusPage(unittest.TestCase):
    def setUp(self) -> None:
        self.settings = folder(self) / "settings.json"
        program = Program(self, "modbus-dashboard", "-p", "0", "-s", str(self.settings))
        self.url = f"http://127.0.0.1:{program.port}/api"

    def ask(self, **fields: object) -> tuple[int, Any]:
        return request("POST", f"{self.url}/exec", json.dumps(fields).encode())

    def use(self, port: int) -> None:
        place = {"url": f"tcp://127.0.0.1:{port}"}
        self.assertEqual(request("POST", f"{self.url}/settings", json.dumps(place).encode()), (200, place))
        self.assertEqual(request("GET", f"{self.url}/settings"), (200, place))
        self.assertEqual(json.loads(self.settings.read_text()), place)

    def test_every_function(self) -> None:
        self.use(Program(self, "modbus-server", "0").port)
        written = (200, {"values": []})
        self.assertEqual(self.ask(func=16, addr=10, values=[1, 2, 65535]), written)
        self.assertEqual(self.ask(func=3, addr=10, count=3), (200, {"values": [1, 2, 65535]}))
        pattern = [1, 0, 1] * 7
        self.assertEqual(self.ask(func=15, addr=5, values=pattern), written)
        self.assertEqual(self.ask(func=1, addr=5, count=21), (200, {"values": pattern}))
        self.assertEqual(self.ask(func=2, addr=5, count=3), (200, {"values": pattern[:3]}))
        self.assertEqual(self.ask(func=5, addr=7, values=[1]), written)
        self.assertEqual(self.ask(func=6, addr=0, values=[7]), written)
        self.assertEqual(self.ask(func=4, addr=0, count=1), (200, {"values": [8]}))
        self.assertEqual(self.ask(func=3, addr=999, count=2), (502, {"error": "illegal address"}))
        for wrong in ({"func": 7}, {"func": 3, "count": 126}, {"func": 6, "values": []}, {"func": 6, "values": [1, 2]},
                      {"func": 16, "values": [65536]}, {"func": 3, "unit": 256}, {"func": 3, "addr": -1}):  # fmt: skip
            self.assertEqual(self.ask(**wrong)[0], 400, wrong)

    @needs_module("pymodbus")
    def test_what_it_writes_is_what_pymodbus_reads(self) -> None:
        from pymodbus.client import ModbusTcpClient

        port = Program(self, "modbus-server", "0").port
        self.use(port)
        self.ask(func=16, addr=1, values=[11, 22])
        self.ask(func=15, addr=1, values=[1, 1, 0, 1])
        client: Any = ModbusTcpClient("127.0.0.1", port=port)
        self.addCleanup(client.close)
        self.assertTrue(client.connect())
        self.assertEqual(client.read_holding_registers(1, count=2).registers, [11, 22])
        self.assertEqual(client.read_coils(1, count=4).bits[:4], [True, True, False, True])

    def test_devices_that_misbehave(self) -> None:
        """Frames that answer something else, are cut, or never come; nobody there at all."""
        answers = (b"\0\0\0\0\0\x05\x01\x03\x02\0\x07", b"\xff" * 300, b"\0\0\0\0\0\x01\x01", b"")
        with socket.create_server(("127.0.0.1", 0)) as server:

            def serve() -> None:
                for answer in answers:
                    conn, _ = server.accept()
                    with conn:
                        query = conn.recv(300)
                        transaction, protocol, length, unit = struct.unpack_from(">HHHB", query)
                        self.assertEqual((protocol, length, unit), (0, 6, 9))
                        if answer[:2] == b"\0\0":  # of another transaction
                            answer = struct.pack(">H", transaction ^ 1) + answer[2:]
                        conn.sendall(answer)

            thread = threading.Thread(target=serve)
            thread.start()
            self.addCleanup(thread.join)
            self.use(server.getsockname()[1])
            for answer in answers:
                why = "not an answer" if answer else "the device closed the connection"
                self.assertEqual(self.ask(func=3, unit=9, addr=1, count=1), (502, {"error": why}))
        status, reply = self.ask(func=3, unit=9, addr=1, count=1)
        self.assertEqual(status, 502)
        self.assertTrue(reply["error"])

    def test_settings_that_are_refused(self) -> None:
        for wrong in (b"", b"{}", b'{"url":1}', b'{"url":"http://x"}', b'{"url":"tcp://x"}'):
            self.assertEqual(request("POST", f"{self.url}/settings", wrong)[0], 400, wrong)
        self.assertFalse(self.settings.exists())
