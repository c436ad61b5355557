"""Wake-ups, calls from other threads, the GIL, signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
import requests

from cymongoose import MG_EV_CONNECT, MG_EV_HTTP_MSG, MG_EV_READ, MG_EV_WAKEUP, Connection, Manager

from .conftest import DEADLINE_S, Server, poll_until, port_of, wait_until


def test_wakeup_delivers_everything_in_order() -> None:
    got: list[bytes] = []

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_WAKEUP:
            got.append(data)

    with Server(handler) as server:
        wanted = [b"", b"\0x", b"y" * 100_000] + [b"%d" % n for n in range(5000)]
        for piece in wanted:
            assert server.manager.wakeup(server.listener.id, piece) is True
        wait_until(lambda: len(got) == len(wanted))
        assert got == wanted


def test_wakeup_results(manager: Manager) -> None:
    assert manager.wakeup(1, b"x") is False and manager.wakeup_id == 0
    with Manager(enable_wakeup=True) as other:
        assert other.wakeup(0) is False and other.wakeup(12345, b"x") is True
        assert other.listen("tcp://127.0.0.1:0").id == 2
        other.poll(0)
        with pytest.raises(OverflowError):
            other.wakeup(-1)
        for bad in ("text", bytearray(b"x"), None):
            with pytest.raises(TypeError, match="expected bytes"):
                other.wakeup(1, bad)  # type: ignore[arg-type]


def test_worker_thread_answers() -> None:
    workers: list[threading.Thread] = []

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            number = conn.id
            worker = threading.Thread(target=lambda: server.manager.wakeup(number, b"from the worker"))
            workers.append(worker)
            worker.start()
        elif ev == MG_EV_WAKEUP:
            conn.reply(200, data)

    with Server(handler) as server:
        for _ in range(10):
            assert requests.get(server.url, timeout=DEADLINE_S).text == "from the worker"
    for worker in workers:
        worker.join()


def test_a_send_from_another_thread_wakes_the_poll() -> None:
    with Server(url="tcp://127.0.0.1:0") as server, server.connect() as peer:
        wait_until(lambda: len(server.manager.connections) == 2)
        child = server.manager.connections[1]
        start = time.monotonic()
        for _ in range(20):
            child.send(b"now")
            assert peer.recv(10) == b"now"
        assert time.monotonic() - start < 5, "each poll would sleep for a second"


def test_connections_made_and_closed_by_another_thread() -> None:
    with Server(url="tcp://127.0.0.1:0") as server:
        for _ in range(20):
            connected = threading.Event()
            client = server.manager.connect(
                f"tcp://127.0.0.1:{server.port}",
                lambda conn, ev, data, connected=connected: ev == MG_EV_CONNECT and connected.set(),
            )
            assert connected.wait(DEADLINE_S)
            client.close()
            wait_until(lambda client=client: client.id == 0)
        extra = server.manager.listen("tcp://127.0.0.1:0")
        extra.drain()
        wait_until(lambda: extra.is_closing)


def test_attributes_from_many_threads() -> None:
    """Readers hammer connections that come and go."""

    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_READ:
            conn.send(conn.recv_read())

    stop = threading.Event()
    failures: list[BaseException] = []

    def read() -> None:
        try:
            while not stop.is_set():
                for conn in server.manager.connections:
                    repr(conn), conn.local_addr, conn.is_closing, conn.recv_len, conn.send_data(10)
        except BaseException as error:
            failures.append(error)

    with Server(handler, url="tcp://127.0.0.1:0") as server:
        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for _ in range(200):
            with server.connect() as peer:
                peer.sendall(b"ping")
                assert peer.recv(10) == b"ping"
        stop.set()
        for reader in readers:
            reader.join()
    assert not failures


def test_other_threads_run_while_the_loop_waits(manager: Manager) -> None:
    turns: list[int] = []
    ready, stop = threading.Event(), threading.Event()

    def count() -> None:
        ready.set()
        while not stop.is_set():
            turns.append(1)

    other = threading.Thread(target=count)
    other.start()
    ready.wait()
    before = len(turns)
    manager.poll(50)
    during = len(turns) - before
    stop.set()
    other.join()
    assert during > 1000


def test_fifty_parallel_clients() -> None:
    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            conn.reply(200, data.method.encode() + data.uri.encode() + data.body_bytes)

    with Server(handler) as server:
        wrong: list[str] = []

        def client(n: int) -> None:
            for method, body in (("GET", ""), ("POST", f"body {n}"), ("DELETE", "")):
                response = requests.request(method, f"{server.url}/{n}", data=body, timeout=DEADLINE_S)
                if response.text != f"{method}/{n}{body}":
                    wrong.append(response.text)

        threads = [threading.Thread(target=client, args=(n,)) for n in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong


def test_two_thousand_short_connections() -> None:
    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            conn.reply(200, "ok")
            conn.drain()

    with Server(handler) as server:
        for _ in range(2000):
            assert server.exchange(b"GET / HTTP/1.1\r\n\r\n").endswith(b"ok")
        wait_until(lambda: len(server.manager.connections) == 1)


def test_memory_stays_flat() -> None:
    def handler(conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_HTTP_MSG:
            conn.reply(200, data.body_bytes, headers={"X": data.header("Host", "")})
            data.headers(), data.query_var("a"), conn.remote_addr

    def rss_kib() -> int:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024

    request = b"POST /?a=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789" * 100
    with Server(handler) as server, server.connect() as peer:

        def rounds(n: int) -> None:
            for _ in range(n):
                peer.sendall(request)
                left = 100
                while left:
                    left -= peer.recv(65536).count(b"0123456789")

        rounds(50)
        before = rss_kib()
        rounds(950)
        assert rss_kib() - before < 2048


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_stops_on_a_signal(number: signal.Signals) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    manager = Manager()
    listener = manager.listen("tcp://127.0.0.1:0")
    manager.timer_add(10, lambda: signal.raise_signal(number))
    assert manager.run(poll_ms=20) is None
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert listener.id == 0
    with pytest.raises(RuntimeError, match="freed"):
        manager.run()
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_nested_run() -> None:
    order: list[str] = []

    def inner() -> None:
        with Manager() as other:
            other.timer_add(0, lambda: signal.raise_signal(signal.SIGINT))
            other.run(10)
        order.append("inner")
        manager.timer_add(0, lambda: signal.raise_signal(signal.SIGINT))

    manager = Manager()
    manager.timer_add(0, inner)
    manager.run(10)
    assert order == ["inner"]


def test_run_off_the_main_thread(manager: Manager) -> None:
    raised: list[BaseException] = []

    def run() -> None:
        try:
            manager.run()
        except ValueError as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert raised and manager.poll(0) is None


def test_exception_passes_through_run() -> None:
    manager = Manager()
    before = signal.getsignal(signal.SIGINT)

    def leave() -> None:
        raise SystemExit(3)

    manager.timer_add(0, leave)
    with pytest.raises(SystemExit):
        manager.run()
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(RuntimeError, match="freed"):
        manager.poll()


def test_keyboard_interrupt_ends_a_wait() -> None:
    code = (
        "import threading, os, signal, time\n"
        "from cymongoose import Manager\n"
        "main = os.getpid()\n"
        "with Manager() as manager:\n"
        "    started = time.monotonic()\n"
        "    threading.Timer(0.1, lambda: os.kill(main, signal.SIGINT)).start()\n"
        "    try:\n"
        "        manager.poll(30000)\n"
        "    except KeyboardInterrupt:\n"
        "        print('interrupted', time.monotonic() - started < 20)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50)
    assert done.stdout == "interrupted True\n", done.stderr


def test_interpreter_exit_with_open_managers() -> None:
    code = (
        "import threading, cymongoose\n"
        "manager = cymongoose.Manager(lambda conn, ev, data: None)\n"
        "manager.listen('http://127.0.0.1:0')\n"
        "manager.timer_add(1, lambda: None, repeat=True)\n"
        "def run():\n"
        "    while True:\n"
        "        manager.poll(5)\n"
        "threading.Thread(target=run, daemon=True).start()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr


def test_polling_from_changing_threads() -> None:
    with Manager() as manager:
        listener = manager.listen("tcp://127.0.0.1:0")
        client = manager.connect(f"tcp://127.0.0.1:{port_of(listener)}")
        for _ in range(5):
            thread = threading.Thread(target=manager.poll, args=(10,))
            thread.start()
            thread.join()
            manager.poll(0)
        poll_until(manager, lambda: len(manager.connections) == 3)
        assert client.is_client
