"""A load that is the same each time: one batch of requests is on its way at a time, so every batch is one poll."""

from __future__ import annotations

import socket

CONNECTIONS = 8
REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n"  # what wrk sends
GREETING = b'{"message":"Hello, World!"}'
SECONDS = 60.0


def drive(port: int, depth: int, rounds: int) -> int:
    """`rounds` times over all connections: writes `depth` requests, waits for their answers. Gives how many in all."""
    peers = [socket.create_connection(("127.0.0.1", port), timeout=SECONDS) for _ in range(CONNECTIONS)]
    try:
        for peer in peers:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answer = _first_answer(peers[0])
        for _ in range(rounds):
            for peer in peers:
                peer.sendall(REQUEST * depth)
                _expect(peer, answer * depth)
    finally:
        for peer in peers:
            peer.close()
    return rounds * CONNECTIONS * depth


def _first_answer(peer: socket.socket) -> bytes:
    """All later answers have to equal this one."""
    peer.sendall(REQUEST)
    answer = b""
    while not answer.endswith(GREETING):
        answer += _some(peer, 4096)
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(f"not the greeting: {answer[:200]!r}")
    return answer


def _expect(peer: socket.socket, wanted: bytes) -> None:
    got = b""
    while len(got) < len(wanted):
        got += _some(peer, len(wanted) - len(got))
    if got != wanted:
        raise RuntimeError(f"another answer: {got[:200]!r}")


def _some(peer: socket.socket, most: int) -> bytes:
    data = peer.recv(most)
    if not data:
        raise RuntimeError("the server closed a connection")
    return data
