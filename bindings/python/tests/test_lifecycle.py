"""Manager: creating, polling, closing, collecting, forking."""

from __future__ import annotations

import contextlib
import gc
import os
import socket
import subprocess
import sys
import threading
import time
import warnings
from typing import Any

import pytest

from cymongoose import MG_EV_ACCEPT, MG_EV_CLOSE, MG_EV_HTTP_MSG, MG_EV_OPEN, MG_EV_READ, Connection, Manager

from .conftest import DEADLINE_S, Server, poll_until, port_of, wait_until


@pytest.mark.parametrize("listen", [Manager.listen, Manager.mqtt_listen])
def test_reuse_port(listen: Any) -> None:
    accepted: list[str] = []

    def handler(name: str) -> Any:
        return lambda conn, ev, data: accepted.append(name) if ev == MG_EV_ACCEPT else None

    with Manager() as one, Manager() as two, contextlib.ExitStack() as peers:
        port = port_of(listen(one, "tcp://127.0.0.1:0", handler("one"), reuse_port=True))
        url = f"tcp://127.0.0.1:{port}"
        with pytest.raises(RuntimeError, match="Failed to listen"):
            listen(two, url, handler("two"))
        listen(two, url, handler("two"), reuse_port=True)
        for _ in range(100):
            peers.enter_context(socket.create_connection(("127.0.0.1", port)))
        deadline = time.monotonic() + DEADLINE_S
        while len(accepted) < 100 and time.monotonic() < deadline:
            one.poll(10)
            two.poll(10)
        assert len(accepted) == 100 and set(accepted) == {"one", "two"}
        # A port is shared only by listeners that ask for it.
        alone = port_of(listen(one, "tcp://127.0.0.1:0", handler("one")))
        with pytest.raises(RuntimeError, match="Failed to listen"):
            listen(two, f"tcp://127.0.0.1:{alone}", handler("two"), reuse_port=True)


def test_create_and_close() -> None:
    manager = Manager()
    assert manager.poll() is None
    assert manager.close() is None
    manager.close()
    with pytest.raises(RuntimeError, match="freed"):
        manager.poll()


def test_context_manager() -> None:
    with pytest.raises(KeyError), Manager() as manager:
        raise KeyError
    with pytest.raises(RuntimeError, match="freed"):
        manager.poll(0)
    with manager as again:
        assert again is manager


def test_constructor_arguments() -> None:
    with pytest.raises(TypeError):
        Manager(no_such=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Manager(None, False, None, None)  # type: ignore[arg-type]
    assert Manager(enable_wakeup=True).wakeup_id == 1


def test_subclass_with_its_own_constructor() -> None:
    class Mine(Manager):
        def __init__(self, name: str, size: int) -> None:
            super().__init__(enable_wakeup=True)
            self_names.append((name, size))

    self_names: list[tuple[str, int]] = []
    with Mine("a", size=2) as manager:
        assert self_names == [("a", 2)] and manager.wakeup_id > 0


def test_idle_poll_waits() -> None:
    with Manager() as manager:
        before = time.monotonic()
        manager.poll(100)
        assert time.monotonic() - before >= 0.09


def test_poll_arguments(manager: Manager) -> None:
    manager.poll(timeout_ms=0)
    manager.poll(0.9)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="integer"):
        manager.poll("1")  # type: ignore[arg-type]
    with pytest.raises(OverflowError):
        manager.poll(1 << 40)


def test_poll_is_not_reentrant(manager: Manager) -> None:
    raised: list[str] = []

    def tick() -> None:
        for call in (manager.poll, manager.close):
            try:
                call()
            except RuntimeError as error:
                raised.append(str(error))

    manager.timer_add(0, tick)
    manager.poll(0)
    assert "not reentrant" in raised[0] and "poll() is active" in raised[1]


def test_poll_from_another_thread_is_refused() -> None:
    with Server() as server:
        # The other thread is somewhere in its loop: try until it is met inside poll().
        def refused() -> bool:
            try:
                server.manager.poll(0)
            except RuntimeError as error:
                return "not reentrant" in str(error)
            return False

        wait_until(refused)
        server.manager.wakeup(server.manager.wakeup_id, b"")


def test_creating_calls_on_a_closed_manager() -> None:
    manager = Manager()
    manager.close()
    for call in (
        lambda: manager.listen("http://127.0.0.1:0"),
        lambda: manager.connect("tcp://127.0.0.1:1"),
        lambda: manager.ws_connect("ws://127.0.0.1:1"),
        lambda: manager.mqtt_connect("mqtt://127.0.0.1:1"),
        lambda: manager.mqtt_listen("mqtt://127.0.0.1:0"),
        lambda: manager.sntp_connect("udp://127.0.0.1:1"),
        lambda: manager.timer_add(1, lambda: None),
        lambda: manager.wakeup(1),
        lambda: manager.run(),
    ):
        with pytest.raises(RuntimeError, match="freed"):
            call()
    assert manager.connections == ()


def test_close_fires_close_newest_first() -> None:
    closed: list[int] = []
    state: list[object] = []

    def handler(conn: Connection, ev: int, data: object) -> None:
        if ev == MG_EV_CLOSE:
            closed.append(conn.id)
            state.append((conn.is_closing, conn.userdata, conn.local_addr is not None))
            for call in (manager.poll, lambda: manager.timer_add(1, print), lambda: manager.wakeup(1)):
                with pytest.raises(RuntimeError, match="freed"):
                    call()
            manager.close()
            conn.send(b"discarded")

    manager = Manager(handler, enable_wakeup=True)
    first = manager.listen("tcp://127.0.0.1:0")
    second = manager.listen("tcp://127.0.0.1:0")
    first.userdata = second.userdata = "mine"
    ids = [first.id, second.id]
    timer = manager.timer_add(1000, lambda: None)
    manager.close()
    assert closed == ids[::-1]
    assert state == [(True, "mine", True)] * 2
    assert manager.connections == () and not timer.active
    assert repr(first) == "<Connection closed>" and first.id == 0 and first.userdata == "mine"
    assert manager.wakeup_id == 1


def test_port_is_free_again() -> None:
    manager = Manager()
    port = port_of(manager.listen("tcp://127.0.0.1:0"))
    manager.close()
    with Manager() as other:
        other.listen(f"tcp://127.0.0.1:{port}")


def test_dropped_manager_is_collected() -> None:
    handled: list[int] = []

    def make() -> int:
        manager: Manager

        def handler(conn: Connection, ev: int, data: object) -> None:
            handled.append(ev)
            assert manager is not None  # a cycle through the closure

        manager = Manager(handler)
        port = port_of(manager.listen("tcp://127.0.0.1:0"))
        manager.timer_add(1000, lambda: manager.poll(), repeat=True)
        return port

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        port = make()
        gc.collect()
    assert [w.category for w in seen] == [ResourceWarning]
    assert MG_EV_CLOSE not in handled, "no handler runs from the finaliser"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)


def test_connection_outlives_its_manager() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        listener = Manager().listen("tcp://127.0.0.1:0")
        gc.collect()
    assert listener.id == 0 and listener.is_closing
    with pytest.raises(RuntimeError, match="closed"):
        listener.send(b"x")


def test_many_managers() -> None:
    managers = [Manager() for _ in range(20)]
    ports = {port_of(m.listen("http://127.0.0.1:0")) for m in managers}
    assert len(ports) == 20
    for manager in managers:
        manager.poll()
        manager.close()


def test_connections_in_order_of_creation() -> None:
    with Manager(enable_wakeup=True) as manager:
        before: tuple[Connection, ...] = manager.connections
        assert before == ()
        listeners = [manager.listen("tcp://127.0.0.1:0") for _ in range(3)]
        assert manager.connections == tuple(listeners)
        peers = [socket.create_connection(("127.0.0.1", port_of(listeners[0]))) for _ in range(2)]
        poll_until(manager, lambda: len(manager.connections) == 5)
        assert all(type(c) is Connection for c in manager.connections)
        assert [c.id for c in manager.connections] == sorted(c.id for c in manager.connections)
        for peer in peers:
            peer.close()
        poll_until(manager, lambda: len(manager.connections) == 3)
        listeners[1].close()
        assert manager.connections == (listeners[0], listeners[2])


def test_fork_leaves_the_parent_alone() -> None:
    def handler(conn: Connection, ev: int, data: object) -> None:
        if ev == MG_EV_HTTP_MSG:
            conn.reply(200, "parent")

    manager = Manager(handler)
    listener = manager.listen("http://127.0.0.1:0")
    peer = socket.create_connection(("127.0.0.1", port_of(listener)), timeout=DEADLINE_S)
    poll_until(manager, lambda: len(manager.connections) == 2)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            manager.poll(0)
        except RuntimeError:
            manager.close()
            manager.close()
            with Manager() as fresh:
                fresh.listen("tcp://127.0.0.1:0")
                fresh.poll(0)
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    peer.sendall(b"GET / HTTP/1.1\r\n\r\n")
    answer: list[bytes] = []
    reader = threading.Thread(target=lambda: answer.append(peer.recv(1000)))
    reader.start()
    poll_until(manager, lambda: answer)
    reader.join()
    assert answer[0].endswith(b"parent")
    peer.close()
    manager.close()


def test_garbage_collection_beside_live_connections() -> None:
    opened: list[int] = []

    def handler(conn: Connection, ev: int, data: object) -> None:
        if ev == MG_EV_ACCEPT:
            conn.userdata = [conn]  # a cycle
        elif ev in (MG_EV_OPEN, MG_EV_READ):
            opened.append(conn.id)
            gc.collect()

    with Server(handler, url="tcp://127.0.0.1:0") as server:
        for _ in range(10):
            with server.connect() as peer:
                peer.sendall(b"x")
        wait_until(lambda: len(server.manager.connections) == 1 and len(opened) >= 20)


def test_subclass_that_hides_the_finaliser() -> None:
    class Careless(Manager):
        def __del__(self) -> None:
            pass

    manager = Careless()
    listener = manager.listen("tcp://127.0.0.1:0")
    port = port_of(listener)
    timer = manager.timer_add(1000, lambda: None)
    manager.listen("tcp://127.0.0.1:0")
    del manager
    gc.collect()
    assert listener.id == 0
    timer.cancel()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)


def test_close_inside_a_handler_of_a_creating_call() -> None:
    raised: list[str] = []

    def handler(conn: Connection, ev: int, data: object) -> None:
        if ev == MG_EV_OPEN:
            with pytest.raises(RuntimeError, match="poll\\(\\) is active") as error:
                manager.close()
            raised.append(str(error.value))

    with Manager(handler) as manager:
        manager.listen("tcp://127.0.0.1:0")
        assert len(raised) == 1 and len(manager.connections) == 1


def test_manager_dropped_inside_its_own_handler() -> None:
    holder: list[Manager] = []
    events: list[int] = []

    def handler(conn: Connection, ev: int, data: object) -> None:
        events.append(ev)
        holder.clear()

    holder.append(Manager(handler))
    peer = holder[0].connect("udp://127.0.0.1:9")
    gc.collect()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        if not holder:  # the handler of OPEN has dropped it
            assert peer.id == 0 or peer.is_udp
    assert events


SUBINTERPRETER = """
import cymongoose
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
source = "import cymongoose"
other = interpreters.create()
run = getattr(interpreters, "run_string", None) or interpreters.exec
try:
    print("result:", run(other, source))
except Exception as error:
    print("result:", error)
interpreters.destroy(other)
with cymongoose.Manager() as manager:
    manager.poll(0)
print("alive")
"""


def test_second_interpreter_is_refused_clearly() -> None:
    done = subprocess.run([sys.executable, "-I", "-c", SUBINTERPRETER], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "ImportError" in done.stdout and "interpreter" in done.stdout, done.stdout
    assert "alive" in done.stdout
