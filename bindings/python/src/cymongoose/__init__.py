"""Networking in one poll loop: HTTP, WebSocket, MQTT, TCP, UDP, TLS, DNS, SNTP, timers, JSON-RPC.

from cymongoose import MG_EV_HTTP_MSG, Manager

def handler(conn, ev, data):
    if ev == MG_EV_HTTP_MSG:
        conn.reply(200, "Hello")

with Manager(handler) as manager:
    manager.listen("http://127.0.0.1:8000")
    manager.run()
"""

from . import _mongoose
from ._mongoose import *  # noqa: F403

# Names that cymongoose 0.2.5 does not have stay out of `__all__`.
from ._mongoose import (  # noqa: F401
    MQTT_CMD_AUTH as MQTT_CMD_AUTH,
    MQTT_CMD_CONNACK as MQTT_CMD_CONNACK,
    MQTT_CMD_CONNECT as MQTT_CMD_CONNECT,
    MQTT_CMD_DISCONNECT as MQTT_CMD_DISCONNECT,
    MQTT_CMD_PINGREQ as MQTT_CMD_PINGREQ,
    MQTT_CMD_PINGRESP as MQTT_CMD_PINGRESP,
    MQTT_CMD_PUBACK as MQTT_CMD_PUBACK,
    MQTT_CMD_PUBCOMP as MQTT_CMD_PUBCOMP,
    MQTT_CMD_PUBLISH as MQTT_CMD_PUBLISH,
    MQTT_CMD_PUBREC as MQTT_CMD_PUBREC,
    MQTT_CMD_PUBREL as MQTT_CMD_PUBREL,
    MQTT_CMD_SUBACK as MQTT_CMD_SUBACK,
    MQTT_CMD_SUBSCRIBE as MQTT_CMD_SUBSCRIBE,
    MQTT_CMD_UNSUBACK as MQTT_CMD_UNSUBACK,
    MQTT_CMD_UNSUBSCRIBE as MQTT_CMD_UNSUBSCRIBE,
    WEBSOCKET_OP_CLOSE as WEBSOCKET_OP_CLOSE,
    WEBSOCKET_OP_CONTINUE as WEBSOCKET_OP_CONTINUE,
    __version__ as __version__,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import aio as aio
    from .aio import AsyncManager as AsyncManager

else:

    def __getattr__(name):
        # asyncio is slow to import and few programs need it: it comes with the first use.
        if name in ("aio", "AsyncManager"):
            from importlib import import_module

            aio = import_module(".aio", __name__)
            return aio if name == "aio" else aio.AsyncManager
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__():
        return sorted({*globals(), "aio", "AsyncManager"} - {"TYPE_CHECKING"})


__all__ = [  # fmt: skip
    "AsyncManager", "Connection", "HttpMessage", "Manager", "MqttMessage", "Rpc", "RpcReq", "Timer", "TlsOpts",
    "WsMessage", "base64_decode", "base64_encode", "crc32", "event_name", "hmac_sha256", "http_parse_multipart",
    "http_var", "json_get", "json_get_bool", "json_get_long", "json_get_num", "json_get_str", "log_get", "log_set",
    "match", "md5", "millis", "random_bytes", "random_str", "sha1", "sha256", "url_encode", "url_host", "url_is_ssl",
    "url_pass", "url_port", "url_uri", "url_user", "MG_EV_ACCEPT", "MG_EV_CLOSE", "MG_EV_CONNECT", "MG_EV_ERROR",
    "MG_EV_HTTP_HDRS", "MG_EV_HTTP_MSG", "MG_EV_MQTT_CMD", "MG_EV_MQTT_MSG", "MG_EV_MQTT_OPEN", "MG_EV_OPEN",
    "MG_EV_POLL", "MG_EV_READ", "MG_EV_RESOLVE", "MG_EV_SNTP_TIME", "MG_EV_TLS_HS", "MG_EV_USER", "MG_EV_WAKEUP",
    "MG_EV_WRITE", "MG_EV_WS_CTL", "MG_EV_WS_MSG", "MG_EV_WS_OPEN", "MG_LL_DEBUG", "MG_LL_ERROR", "MG_LL_INFO",
    "MG_LL_NONE", "MG_LL_VERBOSE", "MQTT_PROP_TYPE_BINARY_DATA", "MQTT_PROP_TYPE_BYTE", "MQTT_PROP_TYPE_INT",
    "MQTT_PROP_TYPE_SHORT", "MQTT_PROP_TYPE_STRING", "MQTT_PROP_TYPE_STRING_PAIR", "MQTT_PROP_TYPE_VARIABLE_INT",
    "WEBSOCKET_OP_BINARY", "WEBSOCKET_OP_PING", "WEBSOCKET_OP_PONG", "WEBSOCKET_OP_TEXT",
]  # fmt: skip
