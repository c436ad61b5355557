cdef str CLOSED = "Connection has been closed"


cdef class Connection:
    """Connection()\n--\n
    A listener, a client, or an accepted connection. Made by the creating calls of ``Manager`` and by the engine;
    the same object is given to every handler call. After ``MG_EV_CLOSE`` it is dead: attributes have safe defaults,
    sending raises ``RuntimeError``, ``userdata`` keeps its value.
    """
    cdef mg_connection *_c          # NULL before the first event and after CLOSE
    cdef _Core _core
    cdef object _handler
    cdef object _userdata
    cdef Connection _older          # list of the manager
    cdef PyObject *_newer
    cdef bint _dead
    cdef bint _closing              # close() was called, CLOSE is still to come
    cdef bint _head                 # the request being answered is a HEAD

    def __dealloc__(self):
        # Its manager held it as long as the native connection lived, unless the manager vanished without closing.
        if self._c is not NULL:
            self._c.fn = NULL

    def __repr__(self):
        if self._c is NULL:
            return "<Connection closed>"
        return f"<Connection id={self.id} readable={self.is_readable} writable={self.is_writable}>"

    # ---- life ----

    cdef inline mg_connection *hold(self) noexcept:
        # The native connection with its gate held until `leave`, or NULL (and no gate) when dead.
        if self._core is None:
            return NULL
        enter(self._core)
        if self._c is NULL:
            leave(self._core)
        return self._c

    cdef inline bint begin(self) except -1:
        # Before an action; `end` follows when the result is true. False: closing, so the action has no effect.
        if self.hold() is NULL:
            raise RuntimeError(CLOSED)
        if self._closing:
            leave(self._core)
            return False
        return True

    cdef inline void end(self) noexcept:
        self._core.touch()
        leave(self._core)

    cdef bint flag(self, Flag which) noexcept:
        cdef mg_connection *c = self.hold()
        cdef bint value
        if c is NULL:
            return False
        value = native_flag(c, which)
        leave(self._core)
        return value

    def set_handler(self, handler):
        """Use ``handler(conn, ev, data)`` from the next event on; ``None`` returns to the manager's handler. On a
        listener it is inherited by connections accepted later."""
        self._handler = handler

    @property
    def handler(self):
        """The own or inherited handler, ``None`` when the manager's default is in use."""
        return self._handler

    @property
    def userdata(self):
        """Any object, for the program's own use. Not inherited from the listener."""
        return self._userdata

    @userdata.setter
    def userdata(self, value):
        self._userdata = value

    def drain(self):
        """Stop reading, send what is queued, then close. A listener closes in the next ``poll()``."""
        if self._c is NULL:
            return
        enter(self._core)
        if self._c is not NULL:
            self._c.is_draining = 1
            self.end()

    def close(self):
        """Close at once: unsent data is lost, the handler gets ``MG_EV_CLOSE`` before the call returns.

        Inside a handler, and while another thread polls, the connection is marked: it reads as closing, gets no
        event but ``MG_EV_CLOSE``, and is closed when the engine is done with it.
        """
        cdef _Core core = self._core
        if self._c is NULL:
            return
        cdef object keep = <object>core.owner if core.owner is not NULL else None
        enter(core)
        if self._c is not NULL and not self._closing:
            self._closing = True
            self._c.send.len = 0
            self._c.is_closing = 1
            if core.depth == 0 and not core.polling and core.forks == fork_count:
                mg_x_close_now(self._c)
            else:
                core.touch()
        leave(core)
        if keep is not None and core.depth == 0 and not core.polling:
            (<Manager>keep).raise_pending()

    def error(self, message):
        """Report an error on this connection: its handler gets ``MG_EV_ERROR`` with the text at once, and the
        connection closes."""
        cdef const char *text = as_c_string(message, "message")
        if self.begin():
            self._c.is_closing = 1
            mg_call(self._c, EV_ERROR, <void *>text)
            self.end()

    # ---- state ----

    @property
    def id(self):
        """Number of the connection, unique in its manager; 0 when dead."""
        cdef mg_connection *c = self.hold()
        cdef unsigned long value
        if c is NULL:
            return 0
        value = c.id
        leave(self._core)
        return value

    @property
    def local_addr(self):
        """Local address as ``(ip, port, is_ipv6)``, ``None`` when dead."""
        cdef mg_connection *c = self.hold()
        cdef mg_addr copy
        if c is NULL:
            return None
        copy = c.loc
        leave(self._core)
        return address(&copy)

    @property
    def remote_addr(self):
        """Address of the peer as ``(ip, port, is_ipv6)``, ``None`` when dead. UDP: source of the last datagram."""
        cdef mg_connection *c = self.hold()
        cdef mg_addr copy
        if c is NULL:
            return None
        copy = c.rem
        leave(self._core)
        return address(&copy)

    @property
    def is_listening(self):
        """Is a listener."""
        return self.flag(IS_LISTENING)

    @property
    def is_client(self):
        """Was opened by a ``connect`` call."""
        return self.flag(IS_CLIENT)

    @property
    def is_accepted(self):
        """Was accepted by a listener."""
        return self.flag(IS_ACCEPTED)

    @property
    def is_tls(self):
        """Uses TLS, or is meant to by its URL."""
        return self.flag(IS_TLS)

    @property
    def is_udp(self):
        """Is a UDP socket."""
        return self.flag(IS_UDP)

    @property
    def is_websocket(self):
        """Was upgraded to WebSocket."""
        return self.flag(IS_WEBSOCKET)

    @property
    def is_readable(self):
        """The socket was readable in this iteration."""
        return self.flag(IS_READABLE)

    @property
    def is_writable(self):
        """The socket was writable in this iteration."""
        return self.flag(IS_WRITABLE)

    @property
    def is_full(self):
        """Reading is suspended; see ``pause()``."""
        return self.flag(IS_FULL)

    @property
    def is_draining(self):
        """Sends what is queued, then closes."""
        return self.flag(IS_DRAINING)

    @property
    def is_closing(self):
        """About to close, or dead."""
        return self._c is NULL or self.flag(IS_CLOSING)

    # ---- buffers ----

    cdef mg_iobuf buffer(self, Side side) noexcept:
        # The bookkeeping of a buffer; its memory may only be read with the gate held.
        cdef mg_connection *c = self.hold()
        cdef mg_iobuf io
        memset(&io, 0, sizeof(io))
        if c is not NULL:
            io = c.recv if side == IO_RECV else c.send
            leave(self._core)
        return io

    cdef bytes copy_of(self, Side side, Py_ssize_t wanted, bint consume):
        cdef mg_connection *c = self.hold()
        cdef mg_iobuf *io
        cdef size_t size
        if c is NULL:
            return b""
        try:
            io = &c.recv if side == IO_RECV else &c.send
            size = io.len if wanted < 0 or <size_t>wanted > io.len else <size_t>wanted
            copy = PyBytes_FromStringAndSize(<const char *>io.buf, <Py_ssize_t>size)
            if consume:
                mg_iobuf_del(io, 0, size)
            return copy
        finally:
            leave(self._core)

    @property
    def recv_len(self):
        """Bytes received and not consumed."""
        return self.buffer(IO_RECV).len

    @property
    def send_len(self):
        """Bytes waiting to be sent."""
        return self.buffer(IO_SEND).len

    @property
    def recv_size(self):
        """Allocated bytes of the receive buffer."""
        return self.buffer(IO_RECV).size

    @property
    def send_size(self):
        """Allocated bytes of the send buffer."""
        return self.buffer(IO_SEND).size

    def recv_data(self, length=-1):
        """Copy of the first ``length`` received bytes (negative: all). Nothing is consumed."""
        cdef Py_ssize_t wanted = <Py_ssize_t>as_named_integer(length, "length")
        return self.copy_of(IO_RECV, wanted, False)

    def send_data(self, length=-1):
        """Copy of the first ``length`` bytes waiting to be sent (negative: all)."""
        cdef Py_ssize_t wanted = <Py_ssize_t>as_named_integer(length, "length")
        return self.copy_of(IO_SEND, wanted, False)

    def recv_consume(self, n):
        """Drop the first ``n`` received bytes (at most what is there). Returns the number dropped."""
        cdef Py_ssize_t wanted = <Py_ssize_t>as_named_integer(n, "n")
        cdef size_t dropped = 0
        if wanted > 0 and self.hold() is not NULL:
            dropped = mg_iobuf_del(&self._c.recv, 0, <size_t>wanted)
            leave(self._core)
        return dropped

    def recv_read(self, n=-1):
        """Take the first ``n`` received bytes (negative: all) out of the buffer and return them."""
        cdef Py_ssize_t wanted = <Py_ssize_t>as_named_integer(n, "n")
        return self.copy_of(IO_RECV, wanted, True)

    def recv_view(self):
        """The received bytes as a read-only ``memoryview`` of a snapshot."""
        return memoryview(self.recv_data())

    def pause(self):
        """Stop reading from the socket, so that the peer has to wait."""
        if self.begin():
            self._c.is_full = 1
            self.end()

    def resume(self):
        """Read again after ``pause()``."""
        if self.begin():
            self._c.is_full = 0
            self.end()

    def send(self, data):
        """Queue ``data``; it is written by the next polls. UDP: send one datagram now. Raises ``RuntimeError``."""
        cdef Slice s
        cdef object owner = as_data(data, &s)
        cdef bint done
        if self.begin():
            done = mg_send(self._c, s.ptr, <size_t>s.len)
            self.end()
            if not done:
                raise RuntimeError("mg_send failed")

    # ---- HTTP ----

    def reply(self, status_code, body=b"", headers=None):
        """Send a complete HTTP response.

        ``headers`` is a dict; without a content type ``text/plain`` is sent. The length is added. Names and values
        with CR, LF or NUL raise ``ValueError``. HEAD, 204 and 304 get no body. With a ``Transfer-Encoding`` header
        and an empty body, continue with ``http_chunk()``.
        """
        send_reply(self, as_c_int(status_code), body, headers, None)

    def reply_json(self, data, status_code=200, headers=None):
        """Send ``json.dumps(data)`` as an ``application/json`` response; the rest as ``reply()``."""
        send_reply(self, as_c_int(status_code), json_dumps(data), headers, "application/json")

    def http_chunk(self, data):
        """Send one chunk of a chunked response. Empty data ends the response."""
        cdef Slice s
        cdef object owner = as_data(data, &s)
        if self.begin():
            mg_http_write_chunk(self._c, s.ptr, <size_t>s.len)
            self.end()

    def _respond(self, data, last):
        # For the servers of this package: a part of a response they have framed themselves. Behind the last one the
        # connection serves its next request.
        cdef Slice s
        cdef object owner = as_data(data, &s)
        cdef bint done = True
        if self.begin():
            if s.len > 0:
                done = mg_send(self._c, s.ptr, <size_t>s.len)
            if last:
                self._c.is_resp = 0
            self.end()
            if not done:
                raise RuntimeError("mg_send failed")

    def _next_request(self):
        # A body that was taken over at header time is consumed, and answered: serve HTTP again.
        if self.begin():
            mg_x_http_resume(self._c)
            self.end()

    def _ws_accept(self, key, lines):
        # As `ws_upgrade`, after the message has gone: its Sec-WebSocket-Key, and whole header lines for the answer.
        cdef mg_http_message hm
        cdef Slice value, extra
        cdef long size
        cdef object owner = as_data(key, &value)
        cdef object other = as_data(lines, &extra)
        memset(&hm, 0, sizeof(hm))
        hm.headers[0].name = as_mg_str(b"Sec-WebSocket-Key", 17)
        hm.headers[0].value = as_mg_str(value.ptr, <size_t>value.len)
        if self.begin():
            mg_ws_upgrade(self._c, &hm, "%.*s", <int>extra.len, extra.ptr)
            size = <long>self._c.recv.len
            if size > 0:
                mg_call(self._c, EV_READ, &size)
            self.end()

    def http_sse(self, event_type, data):
        """Send a server-sent event as one chunk. Line breaks in ``data`` become several data lines."""
        cdef Py_ssize_t size
        as_utf8(event_type, "event_type", &size)
        as_utf8(data, "data", &size)
        self.http_chunk(sse_lines(event_type, data))

    def serve_dir(self, message, root_dir, extra_headers="", mime_types="", page404=""):
        """Answer a request with a file below ``root_dir``.

        Index pages, listings, ranges, ETags and ``.gz`` siblings are handled. ``extra_headers`` is raw header text,
        ``mime_types`` is ``"ext=type,..."``, ``page404`` a file sent when nothing is found.
        """
        cdef mg_http_serve_opts opts
        check_message(message)
        root_dir = as_path(root_dir, "root_dir")
        page404 = as_path(page404, "page404")
        extra_headers = header_text(extra_headers)
        serve_options(&opts, extra_headers, mime_types, page404)
        opts.root_dir = as_c_string(root_dir, "root_dir")
        cdef mg_http_message *hm = live_message(message)
        if self.begin():
            mg_http_serve_dir(self._c, hm, &opts)
            self.end()

    def serve_file(self, message, path, extra_headers="", mime_types=""):
        """Answer a request with one file, whatever its URI. Arguments as for ``serve_dir()``."""
        cdef mg_http_serve_opts opts
        check_message(message)
        path = as_path(path, "path")
        extra_headers = header_text(extra_headers)
        serve_options(&opts, extra_headers, mime_types, "")
        cdef const char *file = as_c_string(path, "path")
        cdef mg_http_message *hm = live_message(message)
        if self.begin():
            mg_http_serve_file(self._c, hm, file, &opts)
            self.end()

    def http_basic_auth(self, username, password):
        """Client side: queue an ``Authorization: Basic`` header line."""
        cdef const char *user = as_c_string(username, "username")
        cdef const char *secret = as_c_string(password, "password")
        if self.begin():
            mg_http_bauth(self._c, user, secret)
            self.end()

    # ---- WebSocket ----

    def ws_upgrade(self, message, extra_headers=None):
        """Answer a request with the upgrade to WebSocket; the handler gets ``MG_EV_WS_OPEN`` inside the call.
        ``extra_headers`` is a dict added to the response."""
        cdef HeaderBlock block
        cdef mg_http_message *hm
        check_message(message)
        begin_headers(&block)
        try:
            add_headers(&block, extra_headers or None)
            hm = live_message(message)
            if self.begin():
                mg_ws_upgrade(self._c, hm, "%.*s", <int>block.len, block.ptr)
                self.end()
        finally:
            end_headers(&block)

    def ws_send(self, data, op=1):
        """Send a WebSocket message. ``op`` is ``WEBSOCKET_OP_TEXT`` (also for ``bytes``) unless given."""
        cdef Slice s
        cdef object owner = as_data(data, &s)
        cdef int number = as_c_int(op)
        if self.begin():
            mg_ws_send(self._c, s.ptr, <size_t>s.len, number)
            self.end()

    def ws_close(self, code=1000, reason=""):
        """Send a close frame and close once the queue is sent."""
        cdef object payload = int(as_integer(code)).to_bytes(2, "big") + reason.encode()
        self.ws_send(payload[:125], 8)
        self.drain()

    # ---- MQTT ----

    @property
    def is_mqtt5(self):
        """Packets are read and written by the rules of MQTT 5. A broker sets this when a CONNECT has
        :attr:`MqttMessage.version` 5; ``mqtt_connect(version=5)`` does it for clients."""
        return self.flag(IS_MQTT5)

    @is_mqtt5.setter
    def is_mqtt5(self, value):
        cdef bint on = bool(value)
        if self.begin():
            self._c.is_mqtt5 = on
            self.end()

    def mqtt_pub(self, topic, message, qos=0, retain=False):
        """Publish. Returns the packet id, 0 for QoS 0."""
        cdef mg_mqtt_opts opts
        cdef Slice s
        memset(&opts, 0, sizeof(opts))
        topic_option(&opts, topic)
        cdef object owner = as_data(message, &s)
        opts.message = slice_mg_str(s)
        opts.qos = <uint8_t>as_integer(qos)
        opts.retain = bool(retain)
        cdef uint16_t number = 0
        if self.begin():
            opts.version = 5 if self._c.is_mqtt5 else 4
            number = mg_mqtt_pub(self._c, &opts)
            self.end()
        return number

    def mqtt_sub(self, topic, qos=0):
        """Subscribe to a topic filter."""
        cdef mg_mqtt_opts opts
        memset(&opts, 0, sizeof(opts))
        topic_option(&opts, topic)
        opts.qos = <uint8_t>as_integer(qos)
        if self.begin():
            mg_mqtt_sub(self._c, &opts)
            self.end()

    def mqtt_unsub(self, topic):
        """Remove a subscription."""
        cdef mg_mqtt_opts opts
        memset(&opts, 0, sizeof(opts))
        topic_option(&opts, topic)
        if self.begin():
            mg_mqtt_unsub(self._c, &opts)
            self.end()

    def mqtt_ping(self):
        """Send PINGREQ."""
        if self.begin():
            mg_mqtt_ping(self._c)
            self.end()

    def mqtt_pong(self):
        """Send PINGRESP."""
        if self.begin():
            mg_mqtt_pong(self._c)
            self.end()

    def mqtt_disconnect(self):
        """Send DISCONNECT. The connection stays open until the broker, or you, close it."""
        cdef mg_mqtt_opts opts
        memset(&opts, 0, sizeof(opts))
        if self.begin():
            mg_mqtt_disconnect(self._c, &opts)
            self.end()

    # ---- DNS, SNTP, TLS ----

    def resolve(self, url):
        """Look up the host of ``url``: ``MG_EV_RESOLVE`` with ``remote_addr`` set, or ``MG_EV_ERROR``."""
        cdef const char *text = as_c_string(url, "url")
        if self.begin():
            mg_resolve(self._c, text)
            self.end()

    def resolve_cancel(self):
        """Give up a pending look-up. Harmless without one."""
        if self.begin():
            mg_resolve_cancel(self._c)
            self.end()

    def sntp_request(self):
        """Send another time request on an SNTP connection."""
        if self.begin():
            mg_sntp_request(self._c)
            self.end()

    def tls_init(self, opts):
        """Start TLS with a ``TlsOpts``: on a server in ``MG_EV_ACCEPT``, on a client in ``MG_EV_CONNECT``.
        ``MG_EV_TLS_HS`` tells when it is up; data sent before waits."""
        cdef mg_tls_opts native
        tls_options(opts, &native)
        if self.begin():
            mg_tls_init(self._c, &native)
            self.end()

    def tls_free(self):
        """Release the TLS session. Harmless without one."""
        if self.begin():
            mg_tls_free(self._c)
            self.end()
