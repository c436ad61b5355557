"""The broker example and clients that obey nothing, or keep silent: bytes written by hand; run by peers.py."""

from __future__ import annotations

import socket
import unittest

from peers import SECONDS, Program

CONNACK, PUBLISH, SUBACK, PINGRESP = 2, 3, 9, 13


def varint(n: int) -> bytes:
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes([*out, n])


def text(s: bytes) -> bytes:
    return len(s).to_bytes(2, "big") + s


def packet(first: int, body: bytes = b"") -> bytes:
    return bytes([first]) + varint(len(body)) + body


def connect(client: bytes, version: int, *, keepalive: int = 0, will: bytes = b"", flags: int = 2) -> bytes:
    properties = b"\0" if version == 5 else b""
    flags |= 4 if will else 0
    body = text(b"MQTT") + bytes([version, flags]) + keepalive.to_bytes(2, "big") + properties + text(client)
    return packet(0x10, body + (properties + text(will) + text(b"gone") if will else b""))


class Peer:
    def __init__(self, test: unittest.TestCase, port: int, version: int = 4) -> None:
        self.version = version
        self.properties = b"\0" if version == 5 else b""
        self.socket = socket.create_connection(("127.0.0.1", port), SECONDS)
        test.addCleanup(self.socket.close)
        self.stream = self.socket.makefile("rb")
        test.addCleanup(self.stream.close)

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read(self) -> tuple[int, bytes]:
        """First byte and body of a packet; (0, b"") at the end of the stream."""
        try:
            first = self.stream.read(1)
        except ConnectionResetError:
            first = b""
        if not first:
            return 0, b""
        length = shift = 0
        while True:
            byte = self.stream.read(1)[0]
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return first[0], self.stream.read(length)

    def open(self, client: bytes, **options: int | bytes) -> Peer:
        self.send(connect(client, self.version, **options))  # type: ignore[arg-type]
        assert self.read() == (0x20, b"\0\0" + self.properties)
        return self

    def subscribe(self, topic: bytes, options: int = 0) -> Peer:
        self.send(packet(0x82, b"\0\1" + self.properties + text(topic) + bytes([options])))
        assert self.read()[0] >> 4 == SUBACK
        return self

    def message(self) -> tuple[bytes, bytes]:
        """Topic and payload of the next message, of QoS 0."""
        first, body = self.read()
        assert first >> 4 == PUBLISH and first & 6 == 0, (first, body)
        end = 2 + int.from_bytes(body[:2], "big")
        return body[2:end], body[end + len(self.properties) :]


class BrokerWithRawBytes(unittest.TestCase):
    def setUp(self) -> None:
        self.port = Program(self, "mqtt-server", "0").port

    def peer(self, version: int = 4) -> Peer:
        return Peer(self, self.port, version)

    def test_a_silent_client_is_let_go_and_its_will_is_spoken(self) -> None:
        for version in (4, 5):
            with self.subTest(version=version):
                watcher = self.peer(version).open(b"watcher").subscribe(b"will/+")
                silent = self.peer(version).open(b"silent", keepalive=1, will=b"will/x")
                self.assertEqual(silent.read(), (0, b""))
                self.assertEqual(watcher.message(), (b"will/x", b"gone"))

    def test_a_goodbye_takes_the_will_back(self) -> None:
        watcher = self.peer(5).open(b"watcher").subscribe(b"#")
        for goodbye, spoken in ((packet(0xE0), False), (packet(0xE0, b"\4"), True), (packet(0xE0, b"\4\0"), True)):
            peer = self.peer(5).open(b"leaving", will=b"will/y")
            peer.send(goodbye)
            self.assertEqual(peer.read(), (0, b""))
            watcher.send(packet(0x30, text(b"mark") + b"\0"))
            seen = [watcher.message()]
            while seen[-1][0] != b"mark":
                seen.append(watcher.message())
            self.assertEqual((b"will/y", b"gone") in seen, spoken, goodbye)

    def test_the_same_client_again_takes_over(self) -> None:
        first = self.peer().open(b"same")
        second = self.peer().open(b"same").subscribe(b"t")
        self.assertEqual(first.read(), (0, b""))
        second.send(packet(0xC0))
        self.assertEqual(second.read()[0] >> 4, PINGRESP)

    def test_qos_2_is_delivered_once(self) -> None:
        watcher = self.peer().open(b"watcher").subscribe(b"t")
        sender = self.peer().open(b"sender")
        for first in (0x34, 0x3C, 0x3C):
            sender.send(packet(first, text(b"t") + b"\0\7once"))
            self.assertEqual(sender.read(), (0x50, b"\0\7"))
        sender.send(packet(0x62, b"\0\7"))
        self.assertEqual(sender.read(), (0x70, b"\0\7"))
        sender.send(packet(0x34, text(b"t") + b"\0\7again"))
        self.assertEqual(sender.read(), (0x50, b"\0\7"))
        self.assertEqual([watcher.message()[1] for _ in range(2)], [b"once", b"again"])

    def test_wildcards_and_names_of_the_system(self) -> None:
        watcher = self.peer().open(b"watcher")
        for topic in (b"#", b"+/x", b"$SYS/#"):
            watcher.subscribe(topic)
        sender = self.peer().open(b"sender")
        for topic in (b"a/x", b"$SYS/x", b"/x", b"end"):
            sender.send(packet(0x30, text(topic)))
        seen: list[bytes] = []
        while b"end" not in seen:
            seen.append(watcher.message()[0])
        # Two subscriptions match a/x and /x; wildcards do not see what begins with $.
        self.assertEqual(sorted(seen), [b"$SYS/x", b"/x", b"/x", b"a/x", b"a/x", b"end"])

    def test_retained_messages(self) -> None:
        sender = self.peer(5).open(b"sender")
        for payload in (b"old", b"new"):
            sender.send(packet(0x33, text(b"kept") + b"\0\1\0" + payload))
            self.assertEqual(sender.read()[0], 0x40)
        reader = self.peer(4).open(b"reader")
        reader.send(packet(0x82, b"\0\1" + text(b"kept") + b"\0"))
        self.assertEqual(reader.read(), (0x90, b"\0\1\0"))
        first, body = reader.read()
        self.assertEqual((first, body), (0x31, text(b"kept") + b"new"))
        sender.send(packet(0x33, text(b"kept") + b"\0\1\0"))
        self.assertEqual(sender.read()[0], 0x40)
        late = self.peer(4).open(b"late").subscribe(b"kept")
        late.send(packet(0xC0))
        self.assertEqual(late.read()[0] >> 4, PINGRESP, "nothing is retained")

    def test_options_of_version_5(self) -> None:
        """No local, retain as published, retain handling."""
        sender = self.peer(5).open(b"sender")
        sender.send(packet(0x33, text(b"kept") + b"\0\1\0old"))
        self.assertEqual(sender.read()[0], 0x40)
        never = self.peer(5).open(b"never").subscribe(b"kept", 0x20)
        once = self.peer(5).open(b"once").subscribe(b"kept", 0x18)
        self.assertEqual(once.read(), (0x31, text(b"kept") + b"\0old"))
        once.subscribe(b"kept", 0x18)
        deaf = self.peer(5).open(b"deaf").subscribe(b"kept", 0x24)
        deaf.send(packet(0x31, text(b"kept") + b"\0new") + packet(0xC0))
        self.assertEqual(deaf.read()[0] >> 4, PINGRESP, "not its own message")
        self.assertEqual(once.read(), (0x31, text(b"kept") + b"\0new"), "as it was published")
        self.assertEqual(never.read(), (0x30, text(b"kept") + b"\0new"))

    def test_an_alias_that_was_not_offered_hurts_nobody_else(self) -> None:
        watcher = self.peer(4).open(b"watcher").subscribe(b"#")
        sender = self.peer(5).open(b"sender")
        sender.send(packet(0x30, text(b"") + b"\3\x23\0\1" + b"x"))
        self.assertEqual(sender.read(), (0, b""))
        watcher.send(packet(0x30, text(b"mark")))
        self.assertEqual(watcher.message()[0], b"mark")

    def test_who_is_refused(self) -> None:
        for version, code in ((3, 1), (6, 1)):
            peer = self.peer()
            peer.send(connect(b"x", version))
            self.assertEqual(peer.read(), (0x20, bytes([0, code])))
            self.assertEqual(peer.read(), (0, b""))
        peer = self.peer()
        peer.send(connect(b"", 4, flags=0))
        self.assertEqual(peer.read(), (0x20, b"\0\2"))
        self.assertEqual(peer.read(), (0, b""))

    def test_what_ends_a_connection(self) -> None:
        subscribe = b"\0\1" + text(b"t")
        cases = {
            "PUBLISH before CONNECT": (packet(0x30, text(b"t")), False),
            "PINGREQ before CONNECT": (packet(0xC0), False),
            "reserved flag": (connect(b"x", 4, flags=3), False),
            "will QoS 3": (connect(b"x", 4, will=b"w", flags=0x1A), False),
            "another protocol": (packet(0x10, text(b"HTTP") + b"\4\2\0\0" + text(b"x")), False),
            "CONNECT cut": (packet(0x10, text(b"MQTT") + b"\4\2\0\0\0\x20x"), False),
            "second CONNECT": (connect(b"x", 4), True),
            "CONNACK": (packet(0x20, b"\0\0"), True),
            "SUBACK": (packet(0x90, b"\0\1\0"), True),
            "SUBSCRIBE without filter": (packet(0x82, b"\0\1"), True),
            "SUBSCRIBE without QoS": (packet(0x82, subscribe), True),
            "SUBSCRIBE QoS 3": (packet(0x82, subscribe + b"\3"), True),
            "SUBSCRIBE a#": (packet(0x82, b"\0\1" + text(b"a#") + b"\0"), True),
            "SUBSCRIBE +a": (packet(0x82, b"\0\1" + text(b"+a") + b"\0"), True),
            "SUBSCRIBE flags": (packet(0x80, subscribe + b"\0"), True),
            "topic with NUL": (packet(0x30, text(b"a\0b")), True),
            "topic with +": (packet(0x30, text(b"a/+")), True),
            "topic that is not UTF-8": (packet(0x30, text(b"\xff")), True),
            "topic longer than the packet": (b"\x30\x04\x00\x10ab", True),
            "length of five bytes": (b"\x30\xff\xff\xff\xff\x7f", True),
            "length of 256 MB": (b"\x30\xff\xff\xff\x7f", True),
            "packet type 0": (b"\0\0", True),
        }
        for name, (data, connected) in cases.items():
            with self.subTest(name):
                peer = self.peer()
                if connected:
                    peer.open(b"evil")
                peer.send(data)
                last = peer.read()
                while last[0] >> 4 == CONNACK and last[1][1:2] != b"\0":  # a refusal may come first
                    last = peer.read()
                self.assertEqual(last, (0, b""))
        self.peer().open(b"still").subscribe(b"here")

    def test_bytes_one_by_one_and_many_packets_at_once(self) -> None:
        peer = self.peer(5)
        for byte in connect(b"slow", 5):
            peer.send(bytes([byte]))
        self.assertEqual(peer.read(), (0x20, b"\0\0\0"))
        peer.subscribe(b"deep/#")
        topic = b"deep" + b"/" * 65000
        peer.send(packet(0x30, text(topic) + b"\0x") + packet(0xC0) * 500)
        self.assertEqual(peer.message(), (topic, b"x"))
        for _ in range(500):
            self.assertEqual(peer.read(), (0xD0, b""))
