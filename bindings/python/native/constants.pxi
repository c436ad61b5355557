# Event numbers, opcodes, log levels: plain ints.

MG_EV_ERROR = 0
MG_EV_OPEN = 1
MG_EV_POLL = 2
MG_EV_RESOLVE = 3
MG_EV_CONNECT = 4
MG_EV_ACCEPT = 5
MG_EV_TLS_HS = 6
MG_EV_READ = 7
MG_EV_WRITE = 8
MG_EV_CLOSE = 9
MG_EV_HTTP_HDRS = 10
MG_EV_HTTP_MSG = 11
MG_EV_WS_OPEN = 12
MG_EV_WS_MSG = 13
MG_EV_WS_CTL = 14
MG_EV_MQTT_CMD = 15
MG_EV_MQTT_MSG = 16
MG_EV_MQTT_OPEN = 17
MG_EV_SNTP_TIME = 18
MG_EV_WAKEUP = 19
MG_EV_USER = 23

WEBSOCKET_OP_TEXT = 1
WEBSOCKET_OP_BINARY = 2
WEBSOCKET_OP_PING = 9
WEBSOCKET_OP_PONG = 10
# Beside `__all__`: names that cymongoose 0.2.5 does not have.
WEBSOCKET_OP_CONTINUE = 0
WEBSOCKET_OP_CLOSE = 8
MQTT_CMD_CONNECT = 1
MQTT_CMD_CONNACK = 2
MQTT_CMD_PUBLISH = 3
MQTT_CMD_PUBACK = 4
MQTT_CMD_PUBREC = 5
MQTT_CMD_PUBREL = 6
MQTT_CMD_PUBCOMP = 7
MQTT_CMD_SUBSCRIBE = 8
MQTT_CMD_SUBACK = 9
MQTT_CMD_UNSUBSCRIBE = 10
MQTT_CMD_UNSUBACK = 11
MQTT_CMD_PINGREQ = 12
MQTT_CMD_PINGRESP = 13
MQTT_CMD_DISCONNECT = 14
MQTT_CMD_AUTH = 15

MG_LL_NONE = 0
MG_LL_ERROR = 1
MG_LL_INFO = 2
MG_LL_DEBUG = 3
MG_LL_VERBOSE = 4

MQTT_PROP_TYPE_BYTE = 0
MQTT_PROP_TYPE_STRING = 1
MQTT_PROP_TYPE_STRING_PAIR = 2
MQTT_PROP_TYPE_BINARY_DATA = 3
MQTT_PROP_TYPE_VARIABLE_INT = 4
MQTT_PROP_TYPE_INT = 5
MQTT_PROP_TYPE_SHORT = 6

_EVENT_NAMES = {value: name for name, value in list(globals().items()) if name.startswith("MG_EV_")}

# The same numbers for C code.
cdef enum Event:
    EV_ERROR = 0
    EV_OPEN = 1
    EV_POLL = 2
    EV_CONNECT = 4
    EV_READ = 7
    EV_CLOSE = 9
    EV_HTTP_HDRS = 10
    EV_HTTP_MSG = 11
    EV_WS_OPEN = 12
    EV_WS_MSG = 13
    EV_WS_CTL = 14
    EV_MQTT_CMD = 15
    EV_MQTT_MSG = 16
    EV_MQTT_OPEN = 17
    EV_SNTP_TIME = 18
    EV_WAKEUP = 19
    EV_USER = 23


def event_name(ev):
    """Name of an event number, for traces.

    ``"MG_EV_HTTP_MSG"`` for a constant of this module, ``"MG_EV_USER+n"`` for user events,
    ``"MG_EV_UNKNOWN(n)"`` for anything else.
    """
    cdef int number = as_c_int(ev)
    name = _EVENT_NAMES.get(number)
    if name is not None:
        return name
    if number > EV_USER:
        return f"MG_EV_USER+{number - EV_USER}"
    return f"MG_EV_UNKNOWN({number})"
