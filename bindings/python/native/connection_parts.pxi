# Helpers below Connection.

cdef enum Flag:
    IS_LISTENING
    IS_CLIENT
    IS_ACCEPTED
    IS_TLS
    IS_UDP
    IS_WEBSOCKET
    IS_READABLE
    IS_WRITABLE
    IS_FULL
    IS_DRAINING
    IS_CLOSING
    IS_MQTT5

cdef enum Side:
    IO_RECV
    IO_SEND


cdef bint native_flag(const mg_connection *c, Flag which) noexcept:
    if which == IS_LISTENING:
        return c.is_listening
    if which == IS_CLIENT:
        return c.is_client
    if which == IS_ACCEPTED:
        return c.is_accepted
    if which == IS_TLS:
        return c.is_tls
    if which == IS_UDP:
        return c.is_udp
    if which == IS_WEBSOCKET:
        return c.is_websocket
    if which == IS_READABLE:
        return c.is_readable
    if which == IS_WRITABLE:
        return c.is_writable
    if which == IS_FULL:
        return c.is_full
    if which == IS_DRAINING:
        return c.is_draining
    if which == IS_MQTT5:
        return c.is_mqtt5
    return c.is_closing


cdef object address(const mg_addr *a):
    cdef const uint8_t *ip = <const uint8_t *>a
    cdef int port = mg_ntohs(a.port)
    if not a.is_ip6:
        return (f"{ip[0]}.{ip[1]}.{ip[2]}.{ip[3]}", port, False)
    groups = [f"{ip[i] << 8 | ip[i + 1]:04x}" for i in range(0, 16, 2)]
    return (":".join(groups), port, True)


cdef int check_message(object message) except -1:
    # Types are checked before anything else.
    if message is not None and not isinstance(message, HttpMessage):
        raise wrong_type("message", "cymongoose._mongoose.HttpMessage", message)
    return 0


cdef mg_http_message *live_message(object message) except NULL:
    if message is None or (<HttpMessage>message)._hm is NULL:
        raise ValueError("HttpMessage is not valid for this event")
    return (<HttpMessage>message)._hm


cdef int serve_options(mg_http_serve_opts *opts, object extra_headers, object mime_types, object page404) except -1:
    memset(opts, 0, sizeof(opts[0]))
    if extra_headers:
        opts.extra_headers = as_c_string(extra_headers, "extra_headers")
    if mime_types:
        opts.mime_types = as_c_string(mime_types, "mime_types")
    if page404:
        opts.page404 = as_c_string(page404, "page404")
    return 0


cdef int topic_option(mg_mqtt_opts *opts, object topic) except -1:
    cdef Py_ssize_t size
    cdef const char *text = as_utf8(topic, "topic", &size)
    opts.topic = as_mg_str(text, <size_t>size)
    return 0


cdef object json_dumps(object data):
    from json import dumps
    return dumps(data)
