"""Names, constants, signatures, version, import cost."""

from __future__ import annotations

import decimal
import inspect
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

import cymongoose
from cymongoose import _mongoose

CLASSES = ["Connection", "HttpMessage", "Manager", "MqttMessage", "Rpc", "RpcReq", "Timer", "TlsOpts", "WsMessage"]
EVENTS = {
    "ERROR": 0, "OPEN": 1, "POLL": 2, "RESOLVE": 3, "CONNECT": 4, "ACCEPT": 5, "TLS_HS": 6, "READ": 7, "WRITE": 8,
    "CLOSE": 9, "HTTP_HDRS": 10, "HTTP_MSG": 11, "WS_OPEN": 12, "WS_MSG": 13, "WS_CTL": 14, "MQTT_CMD": 15,
    "MQTT_MSG": 16, "MQTT_OPEN": 17, "SNTP_TIME": 18, "WAKEUP": 19, "USER": 23,
}  # fmt: skip


def test_all_names_exist() -> None:
    assert len(_mongoose.__all__) == len(set(_mongoose.__all__)) == 74
    assert set(cymongoose.__all__) == {*_mongoose.__all__, "AsyncManager"}
    for name in _mongoose.__all__:
        assert getattr(cymongoose, name) is getattr(_mongoose, name)


def test_event_numbers() -> None:
    for name, value in EVENTS.items():
        constant = getattr(cymongoose, f"MG_EV_{name}")
        assert type(constant) is int and constant == value
        assert _mongoose._EVENT_NAMES[value] == f"MG_EV_{name}"
    assert len(_mongoose._EVENT_NAMES) == 21


def test_other_constants() -> None:
    assert (cymongoose.WEBSOCKET_OP_TEXT, cymongoose.WEBSOCKET_OP_BINARY) == (1, 2)
    assert (cymongoose.WEBSOCKET_OP_PING, cymongoose.WEBSOCKET_OP_PONG) == (9, 10)
    levels = ["NONE", "ERROR", "INFO", "DEBUG", "VERBOSE"]
    assert [getattr(cymongoose, f"MG_LL_{name}") for name in levels] == [0, 1, 2, 3, 4]
    kinds = ["BYTE", "STRING", "STRING_PAIR", "BINARY_DATA", "VARIABLE_INT", "INT", "SHORT"]
    assert [getattr(cymongoose, f"MQTT_PROP_TYPE_{name}") for name in kinds] == list(range(7))


def test_versions_of_the_interface_and_of_the_crate() -> None:
    assert cymongoose.__version__ == "0.2.5"
    manifest = (Path(__file__).parents[3] / "Cargo.toml").read_text()
    version = re.search(r'^version = "(.+)"', manifest, re.MULTILINE)
    assert version is not None and metadata.version("vansire") == version.group(1)


@pytest.mark.parametrize("name", CLASSES)
def test_classes(name: str) -> None:
    cls = getattr(_mongoose, name)
    assert cls.__module__ == "cymongoose._mongoose"
    dead = cls()
    repr(dead)
    hash(dead)
    assert dead == dead and dead != cls()
    type("Sub", (cls,), {})()
    with pytest.raises(AttributeError):
        dead.no_such_attribute = 1


@pytest.mark.parametrize("name", [n for n in _mongoose.__all__ if not n.isupper()])
def test_everything_is_documented(name: str) -> None:
    thing = getattr(_mongoose, name)
    assert inspect.getdoc(thing)
    inspect.signature(thing)
    if isinstance(thing, type):
        for member, value in vars(thing).items():
            if member.startswith("_"):
                continue
            assert inspect.getdoc(value), f"{name}.{member}"
            if callable(value):
                inspect.signature(value)


def test_signatures() -> None:
    assert str(inspect.signature(cymongoose.Manager)) == (
        "(handler=None, enable_wakeup=False, error_handler=None, *, poll_events=True, poll_spread=True)"
    )
    assert list(inspect.signature(cymongoose.Manager.listen).parameters)[:4] == ["self", "url", "handler", "http"]
    assert str(inspect.signature(cymongoose.Manager.connect)) == "(self, /, url, handler=None, *, http=None)"
    assert "status_code" in str(inspect.signature(cymongoose.Connection.reply))


def test_private_names_of_the_reference() -> None:
    for name in ("_json", "_time", "traceback", "Optional", "_EVENT_NAMES", "_validate_header"):
        assert getattr(_mongoose, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(_mongoose, "no_such_" + "name")


def test_dir_is_complete() -> None:
    assert {"aio", "AsyncManager", "__version__", *cymongoose.__all__} <= set(dir(cymongoose))
    assert not {"Any", "TYPE_CHECKING", "annotations"} & set(dir(cymongoose))


CLOSED = cymongoose.Connection()


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: CLOSED.recv_data("x"), "Argument 'length' has incorrect type (expected int, got str)"),  # type: ignore
        (lambda: CLOSED.send_data(None), "Argument 'length' has incorrect type (expected int, got NoneType)"),  # type: ignore
        (
            lambda: CLOSED.serve_dir("x", 1),  # type: ignore
            "Argument 'message' has incorrect type (expected cymongoose._mongoose.HttpMessage, got str)",
        ),
        (
            lambda: CLOSED.ws_upgrade(1, "x"),  # type: ignore
            "Argument 'message' has incorrect type (expected cymongoose._mongoose.HttpMessage, got int)",
        ),
        (
            lambda: CLOSED.tls_init(b"x"),  # type: ignore
            "Argument 'opts' has incorrect type (expected cymongoose._mongoose.TlsOpts, got bytes)",
        ),
        (
            lambda: cymongoose.md5(decimal.Decimal(1)),  # type: ignore
            "cannot convert 'decimal.Decimal' object to bytes",
        ),
        (
            lambda: cymongoose.url_host(decimal.Decimal(1)),  # type: ignore
            "Argument 'url' has incorrect type (expected str, got decimal.Decimal)",
        ),
        (lambda: setattr(cymongoose.TlsOpts(), "ca", "text"), "Expected bytes, got str"),
        (lambda: cymongoose.TlsOpts(key=1), "Expected bytes, got int"),  # type: ignore
    ],
)
def test_wrong_types_are_named(call: Callable[[], object], text: str) -> None:
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value) == text


def test_options_can_be_deleted() -> None:
    options = cymongoose.TlsOpts(name="n")
    del options.name
    assert options.name is None


def test_dead_message() -> None:
    message = _mongoose.HttpMessage.__new__(_mongoose.HttpMessage)
    assert message.status() is None and not message
    assert (message.method, message.uri, message.query, message.proto) == ("", "", "", "")
    assert (message.body_bytes, message.body_text, message.headers()) == (b"", "", [])
    assert message.header("Host") is None and message.header("Host", 7) == 7
    assert message.query_var("a") is None and message.header_var("a", "b") is None


def test_only_options_are_picklable() -> None:
    options = cymongoose.TlsOpts(ca="a", cert=b"b", skip_verification=True)
    again = pickle.loads(pickle.dumps(options))
    assert (again.ca, again.cert, again.key, again.skip_verification) == (b"a", b"b", b"", True)
    for name in CLASSES:
        if name != "TlsOpts":
            with pytest.raises(TypeError):
                pickle.dumps(getattr(_mongoose, name)())


def test_import_is_silent_and_light() -> None:
    code = "import sys, cymongoose; print(sorted({'asyncio', 'json', 'traceback', 'signal'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "" and "asyncio" not in done.stdout
