# cython: language_level=3, binding=False, embedsignature=True, embedsignature.format=clinic, auto_pickle=False
# cython: boundscheck=False, wraparound=False, cdivision=True
"""Networking in one poll loop: HTTP, WebSocket, MQTT, TCP, UDP, TLS, DNS, SNTP, timers, JSON-RPC.

The extension module behind ``cymongoose``. Create a ``Manager``, ``listen`` or ``connect``, and handle events.
"""

cimport cython
from libc.limits cimport LONG_MAX, LONG_MIN
from libc.stdio cimport snprintf
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memchr, memcmp, memcpy, memset, strlen
from posix.unistd cimport close as close_fd

from vansire cimport *

cdef extern from "Python.h":
    int PyErr_ResourceWarning(object source, Py_ssize_t level, const char *format, ...) except -1
    void PyErr_WriteUnraisable(object)

# Each file is one concept; together they are one module, so that calls between them are plain C calls.
include "constants.pxi"
include "convert.pxi"
include "http_parts.pxi"
include "messages.pxi"
include "core.pxi"
include "poll_events.pxi"
include "headers.pxi"
include "connection_parts.pxi"
include "connection.pxi"
include "reply.pxi"
include "tls.pxi"
include "timer.pxi"
include "errors.pxi"
include "create.pxi"
include "manager.pxi"
include "utilities.pxi"
include "json.pxi"
include "rpc.pxi"

# The version of the interface, as of the package it stands in for. That of Vansire is in the metadata of the
# distribution: importlib.metadata.version("vansire").
__version__ = "0.2.5"

__all__ = [
    "Connection", "HttpMessage", "Manager", "MqttMessage", "Rpc", "RpcReq", "Timer", "TlsOpts", "WsMessage",
    "MG_EV_ACCEPT", "MG_EV_CLOSE", "MG_EV_CONNECT", "MG_EV_ERROR", "MG_EV_HTTP_HDRS", "MG_EV_HTTP_MSG",
    "MG_EV_MQTT_CMD", "MG_EV_MQTT_MSG", "MG_EV_MQTT_OPEN", "MG_EV_OPEN", "MG_EV_POLL", "MG_EV_READ", "MG_EV_RESOLVE",
    "MG_EV_SNTP_TIME", "MG_EV_TLS_HS", "MG_EV_USER", "MG_EV_WAKEUP", "MG_EV_WRITE", "MG_EV_WS_CTL", "MG_EV_WS_MSG",
    "MG_EV_WS_OPEN",
    "WEBSOCKET_OP_BINARY", "WEBSOCKET_OP_PING", "WEBSOCKET_OP_PONG", "WEBSOCKET_OP_TEXT",
    "MQTT_PROP_TYPE_BINARY_DATA", "MQTT_PROP_TYPE_BYTE", "MQTT_PROP_TYPE_INT", "MQTT_PROP_TYPE_SHORT",
    "MQTT_PROP_TYPE_STRING", "MQTT_PROP_TYPE_STRING_PAIR", "MQTT_PROP_TYPE_VARIABLE_INT",
    "MG_LL_DEBUG", "MG_LL_ERROR", "MG_LL_INFO", "MG_LL_NONE", "MG_LL_VERBOSE",
    "base64_decode", "base64_encode", "crc32", "event_name", "hmac_sha256", "http_parse_multipart", "http_var",
    "json_get", "json_get_bool", "json_get_long", "json_get_num", "json_get_str", "log_get", "log_set", "match", "md5",
    "millis", "random_bytes", "random_str", "sha1", "sha256", "url_encode", "url_host", "url_is_ssl", "url_pass",
    "url_port", "url_uri", "url_user",
]


def __getattr__(name):
    # Private names of cymongoose 0.2.5 that some program may import. They cost nothing until then.
    if name in ("_json", "_time", "traceback"):
        return __import__(name.lstrip("_"))
    if name == "Optional":
        from typing import Optional
        return Optional
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _start():
    import os
    os.register_at_fork(after_in_child=_after_fork_in_child)
    log_set(0)


_start()
