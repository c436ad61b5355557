# The creating calls of Manager: which engine function, which URLs.

from functools import partial as _partial

cdef enum Creation:
    CREATE_LISTEN
    CREATE_CONNECT
    CREATE_HTTP_LISTEN
    CREATE_HTTP_CONNECT
    CREATE_WS_CONNECT
    CREATE_MQTT_CONNECT
    CREATE_MQTT_LISTEN
    CREATE_SNTP


cdef struct ListenOptions:
    bint share              # the port, with other processes
    mg_x_limits limits


cdef inline bint is_listener(Creation kind) noexcept:
    return kind == CREATE_LISTEN or kind == CREATE_HTTP_LISTEN or kind == CREATE_MQTT_LISTEN


cdef int read_limits(mg_x_limits *limits, object max_connections, object max_recv_size, object request_timeout_ms,
                     object keepalive_timeout_ms, object idle_timeout_ms) except -1:
    limits.max_connections = <uint32_t>as_integer(max_connections)
    limits.max_recv_size = <size_t>as_integer(max_recv_size) if max_recv_size is not None else 0
    limits.request_ms = <uint32_t>as_integer(request_timeout_ms)
    limits.keepalive_ms = <uint32_t>as_integer(keepalive_timeout_ms)
    limits.idle_ms = <uint32_t>as_integer(idle_timeout_ms)
    limits.strict_http = True
    return 0


cdef inline bint is_connected_udp(Connection conn) noexcept:
    return conn._c is not NULL and conn._c.is_udp and not conn._c.is_resolving


def _tell_connected(Connection conn):
    # UDP to a numeric address was connected before the connection had a handler of its own.
    if conn._c is not NULL and not conn._closing and conn._handler is not None:
        conn._handler(conn, EV_CONNECT, None)


cdef mg_connection *native_create(Creation kind, mg_mgr *mgr, const char *url, void *options, void *conn) noexcept:
    cdef HeaderBlock *block
    if is_listener(kind):
        mg_x_set_reuse_port(mgr, (<ListenOptions *>options).share)
    if kind == CREATE_HTTP_LISTEN:
        return mg_http_listen(mgr, url, on_event, conn)
    if kind == CREATE_LISTEN:
        return mg_listen(mgr, url, on_event, conn)
    if kind == CREATE_HTTP_CONNECT:
        return mg_http_connect(mgr, url, on_event, conn)
    if kind == CREATE_CONNECT:
        return mg_connect(mgr, url, on_event, conn)
    if kind == CREATE_MQTT_LISTEN:
        return mg_mqtt_listen(mgr, url, on_event, conn)
    if kind == CREATE_MQTT_CONNECT:
        return mg_mqtt_connect(mgr, url, <mg_mqtt_opts *>options, on_event, conn)
    if kind == CREATE_SNTP:
        return mg_sntp_connect(mgr, url, on_event, conn)
    block = <HeaderBlock *>options
    return mg_ws_connect(mgr, url, on_event, conn, "%.*s", <int>block.len, block.ptr)


cdef bint wants_http(object url, object http) except -1:
    cdef Py_ssize_t size
    as_utf8(url, "url", &size)
    if http is not None:
        return bool(http)
    return url.lower().startswith(("http://", "https://", "ws://", "wss://"))


cdef object normal_url(object url):
    # The URL with its scheme in lower case, or None when it cannot name an address: embedded NUL, port out of range.
    if "\0" in url:
        return None
    scheme, mark, rest = url.partition("://")
    if not mark:
        scheme, rest = "", url
    authority = rest.partition("/")[0].rpartition("@")[2]
    port = authority.rpartition("]")[2].rpartition(":")[2] if ":" in authority.rpartition("]")[2] else ""
    if port and not (port.isascii() and port.isdigit() and int(port) <= 65535):
        return None
    return scheme.lower() + mark + rest
