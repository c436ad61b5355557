# What handlers get as `data`: views into the receive buffer that die when the handler returns. Everything read
# from a view is an independent copy. Copies are made on first access and kept with the view.

@cython.freelist(64)
@cython.no_gc
cdef class HttpMessage:
    """HttpMessage()\n--\n
    A request or a response, as given to ``MG_EV_HTTP_HDRS``, ``MG_EV_HTTP_MSG`` and ``MG_EV_WS_OPEN`` handlers.

    Valid only while the handler runs: afterwards the object is false, text is ``""``, ``body_bytes`` is ``b""``
    and look-ups return their default. Values read from it stay valid.
    """
    cdef mg_http_message *_hm
    cdef size_t _body_len
    cdef object _method
    cdef object _uri
    cdef object _query
    cdef object _body
    cdef object _view

    def __bool__(self):
        return self._hm is not NULL

    @property
    def method(self):
        """Request method, such as ``"GET"``. For responses the protocol version."""
        if self._hm is NULL:
            return ""
        if self._method is None:
            self._method = method_name(self._hm.method)
        return self._method

    @property
    def uri(self):
        """Request target without the query, not percent-decoded. For responses the status code as text."""
        if self._hm is NULL:
            return ""
        if self._uri is None:
            self._uri = to_text(self._hm.uri)
        return self._uri

    @property
    def query(self):
        """Text after the first ``?`` of the request target, not decoded."""
        if self._hm is NULL:
            return ""
        if self._query is None:
            self._query = to_text(self._hm.query)
        return self._query

    @property
    def proto(self):
        """Protocol version of a request, such as ``"HTTP/1.1"``. For responses the reason phrase."""
        if self._hm is NULL:
            return ""
        if same_bytes(self._hm.proto, b"HTTP/1.1", 8):
            return "HTTP/1.1"
        return to_text(self._hm.proto)

    @property
    def body_bytes(self):
        """Body as ``bytes``; chunked bodies are already joined."""
        if self._hm is NULL:
            return b""
        if self._body is None:
            self._body = PyBytes_FromStringAndSize(self._hm.body.buf, <Py_ssize_t>self._body_len)
        return self._body

    @property
    def body_text(self):
        """Body decoded from UTF-8 with ``surrogateescape``."""
        if self._hm is NULL:
            return ""
        return to_text(as_mg_str(self._hm.body.buf, self._body_len))

    @property
    def body(self):
        """Body as a read-only ``memoryview`` of ``body_bytes``. Released when the handler returns: using it then
        raises ``ValueError``."""
        if self._hm is NULL:
            return memoryview(b"")
        if self._view is None:
            self._view = memoryview(self.body_bytes)
        return self._view

    def header(self, name, default=None):
        """Value of the first header called ``name`` (any letter case), or ``default``."""
        cdef Py_ssize_t size
        cdef const char *key = as_utf8(name, "name", &size)
        cdef mg_str value
        if self._hm is NULL or not find_header(self._hm, key, <size_t>size, &value):
            return default
        return to_text(value)

    def headers(self):
        """All headers as a list of ``(name, value)``, in order and letter case of the message."""
        cdef list found = []
        cdef HeaderWalk walk
        if self._hm is NULL:
            return found
        start_walk(&walk, self._hm)
        while next_header(&walk):
            found.append((header_name(walk.name), to_text(walk.value)))
        return found

    def _raw_headers(self):
        # All headers as lists of two `bytes`, names in lower case: what ASGI wants.
        cdef list found = []
        cdef HeaderWalk walk
        if self._hm is NULL:
            return found
        start_walk(&walk, self._hm)
        while next_header(&walk):
            found.append([to_bytes(walk.name).lower(), to_bytes(walk.value)])
        return found

    @property
    def _head_size(self):
        # Bytes in front of the body.
        return 0 if self._hm is NULL else self._hm.head.len

    def query_var(self, name):
        """Form-decoded value of a variable of the query, or ``None`` when it is missing or empty.

        Raises ``ValueError`` when the decoded value is longer than 2047 bytes.
        """
        cdef Py_ssize_t size
        cdef const char *key = as_utf8(name, "name", &size)
        cdef mg_str value
        if self._hm is NULL or self._hm.query.len == 0:
            return None
        value = mg_http_var(self._hm.query, as_mg_str(key, <size_t>size))
        if value.len == 0:
            return None
        return form_decoded(value, name)

    def header_var(self, header_name, var_name):
        """Variable inside a header value, without quotes: ``header_var("Content-Type", "charset")``.

        ``None`` when the header or the variable is missing or empty.
        """
        cdef Py_ssize_t size, var_size
        cdef const char *key = as_utf8(header_name, "header_name", &size)
        cdef const char *var = as_utf8(var_name, "var_name", &var_size)
        cdef mg_str value
        if self._hm is NULL or not find_header(self._hm, key, <size_t>size, &value):
            return None
        value = mg_http_get_header_var(value, as_mg_str(var, <size_t>var_size))
        return to_text(value) if value.len > 0 else None

    def status(self):
        """Status code of a response, 0 for a request, ``None`` when the message is no longer valid."""
        return None if self._hm is NULL else mg_http_status(self._hm)


cdef inline void end_message(HttpMessage message) noexcept:
    # Called when the handler has returned.
    message._hm = NULL
    if message._view is not None:
        release_view(message)


cdef void release_view(HttpMessage message) noexcept:
    # The view owns a copy, so what refuses to be released (it is exported further) is harmless.
    try:
        message._view.release()
    except BufferError:
        pass
    message._view = None


@cython.freelist(16)
@cython.no_gc
cdef class WsMessage:
    """WsMessage()\n--\n
    A complete WebSocket message or a control frame. Valid only while the handler runs.
    """
    cdef mg_ws_message *_wm

    @property
    def data(self):
        """Payload as ``bytes``."""
        return b"" if self._wm is NULL else to_bytes(self._wm.data)

    @property
    def text(self):
        """Payload decoded from UTF-8 with ``surrogateescape``."""
        return "" if self._wm is NULL else to_text(self._wm.data)

    @property
    def flags(self):
        """First byte of the frame; the operation is ``flags & 15``."""
        return 0 if self._wm is NULL else self._wm.flags


@cython.freelist(16)
@cython.no_gc
cdef class MqttMessage:
    """MqttMessage()\n--\n
    An MQTT packet. Valid only while the handler runs.
    """
    cdef mg_mqtt_message *_mm
    cdef mg_connection *_c

    @property
    def topic(self):
        """Topic of a PUBLISH, else ``""``."""
        return "" if self._mm is NULL else to_text(self._mm.topic)

    @property
    def data(self):
        """Payload of a PUBLISH as ``bytes``."""
        return b"" if self._mm is NULL else to_bytes(self._mm.data)

    @property
    def text(self):
        """Payload decoded from UTF-8 with ``surrogateescape``."""
        return "" if self._mm is NULL else to_text(self._mm.data)

    @property
    def id(self):
        """Packet id, 0 when the packet has none."""
        return 0 if self._mm is NULL else self._mm.id

    @property
    def cmd(self):
        """Packet type, 1 (CONNECT) to 15 (AUTH)."""
        return 0 if self._mm is NULL else self._mm.cmd

    @property
    def qos(self):
        """Quality of service, 0 to 2."""
        return 0 if self._mm is NULL else self._mm.qos

    @property
    def ack(self):
        """Return code of a CONNACK."""
        return 0 if self._mm is NULL else self._mm.ack

    @property
    def version(self):
        """Protocol level that a CONNECT asks for: 4 is MQTT 3.1.1, 5 is MQTT 5. 0 in other packets."""
        return 0 if self._mm is NULL else mqtt_level(self._mm)

    def properties(self):
        """MQTT 5 properties as a list of dicts with the keys ``id``, ``iv``, ``key``, ``val``."""
        cdef list found = []
        cdef mg_mqtt_prop prop
        cdef size_t ofs = 0
        if self._mm is NULL or self._mm.props_size == 0:
            return found
        while True:
            ofs = mg_mqtt_next_prop(self._mm, &prop, ofs)
            if ofs == 0:
                return found
            found.append({"id": prop.id, "iv": prop.iv, "key": to_text(prop.key), "val": to_text(prop.val)})

    def topics(self):
        """Filters of a SUBSCRIBE or UNSUBSCRIBE packet as a list of ``(filter, qos)``; qos 0 for the latter."""
        return [] if self._mm is NULL else mqtt_filters(self._mm, self._c.is_mqtt5)
