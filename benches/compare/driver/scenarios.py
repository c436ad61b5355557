"""What is asked of the servers."""

from __future__ import annotations

import http.client
import json
import resource
from dataclasses import dataclass

from . import services

GREETING = {"message": "Hello, World!"}
BIG = b"x" * 65536
POST_SIZE = 10240
SPARE_FILES = 512


def most_idle(wanted: int) -> int:
    """`wanted`, or as many thousands as the limit of open files lets a server hold beside its load."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return wanted
    return min(wanted, max(hard - 100 - SPARE_FILES, 1000) // 1000 * 1000)


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    connections: int = 100
    depth: int = 1  # requests per write
    idle: int = 0  # silent connections held beside the load
    path: str = "/"
    post_size: int = 0
    answer: str = "hello"  # what the raw servers are started for: hello, body64k, post10k, or one of services.py
    load: str = ""  # of services.py; empty: wrk over plain HTTP
    unit: str = "requests"  # what is counted
    threads: int = 0  # of wrk; 0: as the command says
    guests: frozenset[str] = frozenset()  # servers that take part when none is named; empty: all that can

    def invites(self, server: str) -> bool:
        return not self.guests or server in self.guests

    @property
    def descriptors(self) -> int:
        """Open files a server or the driver may need."""
        return self.connections + self.idle + SPARE_FILES

    def check(self, port: int) -> str | None:
        """Asks once. Returns what is wrong with the answer, None when it equals everybody else's."""
        if self.load:
            return services.LOADS[self.load].check(port)
        conn = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            body = b"x" * self.post_size if self.post_size else None
            conn.request("POST" if body else "GET", self.path, body, {"Content-Type": "text/plain"} if body else {})
            response = conn.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            return f"no answer: {error!r}"
        finally:
            conn.close()
        return self._difference(response.status, response.headers.get_content_type(), content)

    def _difference(self, status: int, content_type: str, content: bytes) -> str | None:
        wanted_type = "application/json" if self.answer == "hello" else "text/plain"
        if status != 200:
            return f"status {status}"
        if content_type != wanted_type:
            return f"content type {content_type}, not {wanted_type}"
        if self.answer == "hello":
            try:
                same = json.loads(content) == GREETING
            except ValueError:
                same = False
        else:
            same = content == (b"x" * self.post_size if self.post_size else BIG)
        return None if same else f"another body: {content[:80]!r}"


CORE = frozenset({"limit", "rustls", "vansire-c", "vansire-py", "cymongoose", "nginx"})
SOME = CORE | {"aiohttp", "granian-rsgi"}
TLS = frozenset({"rustls", "vansire-c", "nginx"})
SLOW_TO_ACCEPT = {"cymongoose"}  # a pass over all connections for each new one: minutes for 10,000
MOST_IDLE = most_idle(20000)
SCENARIOS = {
    s.name: s
    for s in (
        Scenario("hello", "JSON greeting, 100 connections"),
        Scenario("latency", "JSON greeting, 100 connections from one thread", threads=1, guests=CORE),
        Scenario("hello16", "JSON greeting, 100 connections, pipelined 16 deep", depth=16, guests=SOME),
        Scenario("c1000", "JSON greeting, 1,000 connections", connections=1000, guests=CORE),
        *(
            Scenario(
                "idle-max" if count == MOST_IDLE else f"idle{count}",
                f"JSON greeting, 100 connections beside {count:,} idle ones",
                idle=count,
                guests=CORE if count <= 5000 else CORE - SLOW_TO_ACCEPT,
            )
            for count in sorted({n for n in (1000, 5000, 10000) if n < MOST_IDLE} | {MOST_IDLE})
        ),
        Scenario("body64k", "64 KiB body, 100 connections", path="/64k", answer="body64k", guests=SOME),
        Scenario(
            "post10k", "POST echo of 10 KiB, 100 connections", path="/echo", post_size=POST_SIZE, answer="post10k",
            guests=SOME,
        ),
        Scenario("static1k", "Static file of 1 KiB, 100 connections", answer="static", load="static1k",
                 guests=CORE),
        Scenario("static100m", "Static file of 100 MB, to curl", connections=1, answer="static", load="static100m",
                 unit="downloads", guests=CORE),
        Scenario("ws", "WebSocket echo of 128-byte messages, 100 connections", answer="ws-echo", load="ws",
                 unit="messages"),
        Scenario("https", "JSON greeting over TLS, 100 connections", answer="https", load="https"),
        Scenario("tls-full", "TLS 1.3 handshakes, P-256, full", connections=4, answer="tls", load="tls-full",
                 unit="handshakes", guests=TLS),
        Scenario("tls-resumed", "TLS 1.3 handshakes, resumed", connections=4, answer="tls", load="tls-resumed",
                 unit="handshakes", guests=TLS),
        Scenario("tls12-full", "TLS 1.2 handshakes, P-256, full", connections=4, answer="tls", load="tls12-full",
                 unit="handshakes", guests=TLS),
        Scenario("tls12-resumed", "TLS 1.2 handshakes, resumed", connections=4, answer="tls", load="tls12-resumed",
                 unit="handshakes", guests=TLS),
        Scenario("tls100m", "File of 100 MB over TLS, to curl", connections=1, answer="https-static", load="tls100m",
                 unit="downloads"),
        Scenario("mqtt", "MQTT, 64 bytes, 10 to 10 clients, one message a write", connections=20, answer="mqtt",
                 load="mqtt", unit="deliveries"),
        Scenario("mqtt16", "MQTT, 64 bytes, 10 to 10 clients, in batches", connections=20, answer="mqtt",
                 load="mqtt16", unit="deliveries"),
    )
}  # fmt: skip
