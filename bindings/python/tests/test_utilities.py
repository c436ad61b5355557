"""Module functions against the standard library and the documented rules."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from typing import Any

import pytest

import cymongoose as cm

INPUTS: list[Any] = [b"", "", "text é", b"\0\xff", bytearray(b"ba"), memoryview(b"mv"), [1, 2, 3], os.urandom(1000)]


def raw(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


@pytest.mark.parametrize("value", INPUTS)
def test_hashes(value: Any) -> None:
    data = raw(value)
    assert cm.md5(value) == hashlib.md5(data).digest()
    assert cm.sha1(value) == hashlib.sha1(data).digest()
    assert cm.sha256(value) == hashlib.sha256(data).digest()
    assert cm.crc32(value) == binascii.crc32(data)
    assert cm.crc32(value, 77) == binascii.crc32(data, 77)
    for size in (0, 1, 63, 64, 65, 200):
        assert cm.hmac_sha256(b"k" * size, value) == hmac.new(b"k" * size, data, "sha256").digest()


@pytest.mark.parametrize("bad", [None, 5, True, 1.5])
def test_data_arguments(bad: Any) -> None:
    for function in (cm.md5, cm.sha1, cm.sha256, cm.crc32, cm.base64_encode):
        with pytest.raises(TypeError):
            function(bad)


def test_crc_chains() -> None:
    assert cm.crc32(b"def", initial=cm.crc32(b"abc")) == binascii.crc32(b"abcdef")
    with pytest.raises(OverflowError):
        cm.crc32(b"", -1)


@pytest.mark.parametrize("value", INPUTS)
def test_base64(value: Any) -> None:
    text = cm.base64_encode(value)
    assert text == base64.b64encode(raw(value)).decode()
    assert cm.base64_decode(text) == raw(value)


def test_bad_base64() -> None:
    assert cm.base64_decode("!!!!") == b"" and cm.base64_decode("YQ") == b""
    for text in ("YWJjYQ", "YWJj!!!!YWJj", "YWJj=WJj"):
        assert cm.base64_decode(text) == b"abc"
    with pytest.raises(UnicodeEncodeError):
        cm.base64_decode("é")


def test_random() -> None:
    assert cm.random_bytes(0) == b"" and cm.random_str(0) == ""
    for size in (1, 17, 4096):
        assert len(cm.random_bytes(size)) == size
        text = cm.random_str(size)
        assert len(text) == size and text.isalnum() and text.isascii()
    assert cm.random_bytes(16) != cm.random_bytes(16)
    for function in (cm.random_bytes, cm.random_str):
        with pytest.raises(OverflowError):
            function(-1)


def test_millis() -> None:
    first = cm.millis()
    assert 0 < first <= cm.millis()


def test_log_level(capfd: pytest.CaptureFixture[str]) -> None:
    assert cm.log_get() == cm.MG_LL_NONE
    cm.log_set(cm.MG_LL_DEBUG)
    assert cm.log_get() == 3
    cm.log_set(0)
    with cm.Manager() as manager, pytest.raises(RuntimeError):
        manager.listen("tcp://nowhere.invalid:1")
    assert capfd.readouterr() == ("", "")


def test_url_encode() -> None:
    assert cm.url_encode("aZ09-._~") == "aZ09-._~"
    assert cm.url_encode("a b/é\0") == "a%20b%2f%c3%a9%00"
    assert cm.url_encode("") == ""
    with pytest.raises(UnicodeEncodeError):
        cm.url_encode("\udc80")


@pytest.mark.parametrize(
    ("url", "port", "host", "user", "password", "uri", "tls"),
    [
        ("http://h", 80, "h", "", "", "/", False),
        ("https://u:p@h:8443/a?b#c", 8443, "h", "u", "p", "/a?b#c", True),
        ("ws://[::1]:9/x", 9, "[::1]", "", "", "/x", False),
        ("wss://h/", 443, "h", "", "", "/", True),
        ("mqtt://h", 1883, "h", "", "", "/", False),
        ("mqtts://h", 8883, "h", "", "", "/", True),
        ("h:12", 12, "h", "", "", "/", False),
        ("foo://h", 0, "h", "", "", "/", False),
        ("", 0, "", "", "", "/", False),
    ],
)
def test_urls(url: str, port: int, host: str, user: str, password: str, uri: str, tls: bool) -> None:
    assert (cm.url_port(url), cm.url_host(url)) == (port, host)
    assert (cm.url_user(url), cm.url_pass(url), cm.url_uri(url)) == (user, password, uri)
    assert cm.url_is_ssl(url) is tls
    with pytest.raises(TypeError):
        cm.url_host(url.encode())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "pattern", "captures"),
    [
        ("", "", []), ("", "*", [""]), ("abc", "abc", []), ("abc", "a?c", ["b"]), ("a/b/c", "a/#", ["b/c"]),
        ("a/b", "*/*", ["a", "b"]), ("aXbYc", "a*b*c", ["X", "Y"]), ("é", "??", ["\udcc3", "\udca9"]),
        ("x" * 40, "?" * 40, ["x"] * 40),
    ],
)  # fmt: skip
def test_match(text: str, pattern: str, captures: list[str]) -> None:
    assert cm.match(text, pattern) == (True, captures)


@pytest.mark.parametrize(("text", "pattern"), [("abc", "ab"), ("ABC", "abc"), ("a/b", "*"), ("", "?")])
def test_no_match(text: str, pattern: str) -> None:
    assert cm.match(text, pattern) == (False, [])


def test_http_var() -> None:
    assert cm.http_var("a=1&b=%41+c&d=&e", "B") == "%41+c"
    assert cm.http_var(b"a=1&d=&e", "d") == "" and cm.http_var("a=1&e", "e") == ""
    assert cm.http_var("a=1", "x") is None and cm.http_var("", "x") is None


def test_multipart() -> None:
    body = (
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\none\0two\r\n'
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="x.bin"\r\nContent-Type: a/b\r\n\r\n\r\n\r\n'
        b"--B--\r\n"
    )
    parts, offset = [], 0
    while True:
        offset, part = cm.http_parse_multipart(body, offset)
        if part is None:
            break
        parts.append((part["name"], part["filename"], part["body"]))
    assert parts == [("a", "", b"one\0two"), ("f", "x.bin", b"\r\n")] and offset == 0
    assert cm.http_parse_multipart("nothing") == (0, None)
    assert cm.http_parse_multipart(body, 10_000) == (0, None)
    with pytest.raises(OverflowError):
        cm.http_parse_multipart(body, -1)


def test_event_name() -> None:
    assert cm.event_name(cm.MG_EV_HTTP_MSG) == "MG_EV_HTTP_MSG"
    assert cm.event_name(cm.MG_EV_USER) == "MG_EV_USER" and cm.event_name(cm.MG_EV_USER + 5) == "MG_EV_USER+5"
    for number in (20, 21, 22, -1):
        assert cm.event_name(number) == f"MG_EV_UNKNOWN({number})"


def test_integer_arguments() -> None:
    class Index:
        def __index__(self) -> int:
            return 11

    class Int:
        def __int__(self) -> int:
            return 11

    for value in (11, 11.9, Index(), Int()):
        assert cm.event_name(value) == "MG_EV_HTTP_MSG"  # type: ignore[arg-type]
    for bad in ("11", None, [1]):
        with pytest.raises(TypeError):
            cm.event_name(bad)  # type: ignore[arg-type]
    with pytest.raises(OverflowError):
        cm.event_name(1 << 31)


DOCUMENT = (
    '{"a": {"b": [1, -2.5, 1e3]}, "s": "Al\\n\\u00e9\\ud83d\\ude00\\/", "t": true, "f": false, "n": null, "q": "7"}'
)


def test_json_get() -> None:
    assert cm.json_get(DOCUMENT, "$.a.b") == "[1, -2.5, 1e3]"
    assert cm.json_get(DOCUMENT.encode(), "$.q") == '"7"' and cm.json_get("[7]", "$") == "[7]"
    assert cm.json_get(DOCUMENT, "$.x") is None and cm.json_get(DOCUMENT, "a") is None and cm.json_get("{", "$") is None


def test_json_numbers() -> None:
    assert cm.json_get_num(DOCUMENT, "$.a.b[1]") == -2.5 and type(cm.json_get_num("1", "$")) is float
    marker = object()
    for path in ("$.q", "$.t", "$.x"):
        assert cm.json_get_num(DOCUMENT, path) is None and cm.json_get_num(DOCUMENT, path, marker) is marker
    assert cm.json_get_long(DOCUMENT, "$.a.b[1]") == -2 and cm.json_get_long(DOCUMENT, "$.a.b[2]") == 1000
    assert cm.json_get_long("[9007199254740993]", "$[0]") == 9007199254740993
    assert cm.json_get_long("{}", "$.x", default=-5) == -5 and cm.json_get_long("{}", "$.x") == 0
    with pytest.raises(OverflowError):
        cm.json_get_long("{}", "$.x", 1 << 64)
    with pytest.raises(TypeError):
        cm.json_get_long("{}", "$.x", None)  # type: ignore[arg-type]


def test_json_bool_and_str() -> None:
    assert cm.json_get_bool(DOCUMENT, "$.t") is True and cm.json_get_bool(DOCUMENT, "$.f") is False
    assert cm.json_get_bool(DOCUMENT, "$.n") is None and cm.json_get_bool(DOCUMENT, "$.x", 3) == 3
    assert cm.json_get_str(DOCUMENT, "$.s") == "Al\né😀/" and cm.json_get_str(DOCUMENT, "$.q") == "7"
    assert cm.json_get_str('{"e":""}', "$.e") == "" and cm.json_get_str(DOCUMENT, "$.n") is None
    assert cm.json_get_str('["\\q"]', "$[0]") is None
