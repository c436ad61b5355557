cdef str FREED = "Manager has been freed"
cdef str FORKED = "Manager belongs to the parent process; create a new one after fork()"


cdef bint is_unsettled(mg_mgr *mgr) noexcept:
    # Whether a connection wants something of the next poll that its descriptor will not report: to send, to be watched
    # for room to send, to close, to go on with TLS.
    cdef mg_connection *c = mgr.conns
    while c is not NULL:
        if c.send.len > 0 or c.is_tls or c.is_draining or c.is_closing:
            return True
        c = c.next
    return False


cdef class Manager:
    """Manager(handler=None, enable_wakeup=False, error_handler=None, *, poll_events=True, poll_spread=True)\n--\n
    Event manager: owns connections and timers and runs them, one ``poll()`` at a time.

    ``handler(conn, ev, data)`` is the default handler, called for connections without a handler of their own.
    ``enable_wakeup`` allows ``wakeup()`` from other threads. ``error_handler(exc)`` receives exceptions raised by
    handlers; without one their traceback goes to ``sys.stderr``.

    ``poll_events`` switches ``MG_EV_POLL`` off. Managers with up to 64 connections deliver it to every connection in
    every ``poll()``; larger ones in turn, at least once per 50 ms, unless ``poll_spread`` is false.

    Use it as a context manager, or call ``close()``; a manager that is dropped unclosed closes its sockets and emits
    a ``ResourceWarning``.
    """
    cdef _Core _core
    cdef object _handler
    cdef object _error_handler
    cdef object _pending            # BaseException to raise from poll()
    cdef Connection _newest         # head of the list of live connections
    cdef Py_ssize_t _count
    cdef set _timers                # armed
    cdef list _finished             # timers to unlink
    cdef unsigned long _wakeup_id

    def __cinit__(self, *args, **kwargs):
        # Subclasses may have any __init__ signature; arguments are read in __init__.
        self._timers = set()
        self._finished = []
        self._core = _Core.__new__(_Core)
        self._core.forks = fork_count
        self._core.poll_events = self._core.poll_spread = True
        self._core.poll_time = mg_millis()
        self._core.owner = <PyObject *>self
        mg_mgr_init(&self._core.mgr)
        self._core.mgr.userdata = <void *>self._core
        vs_gate_init(&self._core.gate)
        mg_x_set_wait_hooks(&self._core.mgr, vs_gate_before, vs_gate_after, &self._core.gate)

    def __init__(self, handler=None, enable_wakeup=False, error_handler=None, *, poll_events=True, poll_spread=True):
        self._handler = handler
        self._error_handler = error_handler
        self._core.poll_events = bool(poll_events)
        self._core.poll_spread = bool(poll_spread)
        if enable_wakeup and self._wakeup_id == 0:
            if not mg_wakeup_init(&self._core.mgr):
                raise RuntimeError("Failed to initialize wakeup support")
            self._wakeup_id = self._core.mgr.nextid

    def __del__(self):
        # Never runs Python handlers: what they refer to may be half gone.
        if self._core.freed:
            return
        self._core.silent = True
        if self._core.forks == fork_count:
            warn_unclosed(self)
        self.shut()

    def __dealloc__(self):
        cdef _Core core = self._core
        if core is None:
            return
        core.owner = NULL
        if not core.freed:      # a subclass with its own __del__
            core.freed = core.silent = True
            mg_mgr_free(&core.mgr)

    def __enter__(self):
        """Return the manager itself."""
        return self

    def __exit__(self, *exc):
        """Close the manager; exceptions pass through."""
        self.close()
        return False

    # ---- running ----

    def poll(self, timeout_ms=0):
        """Run one iteration: wait for at most ``timeout_ms`` milliseconds (negative: until something happens), then
        run due timers and call handlers.

        The wait is cut short by ``wakeup()``, by calls from other threads, by signals and by the next timer.
        Raises ``RuntimeError`` when called while another ``poll()`` of this manager runs, and after ``close()``.
        ``KeyboardInterrupt`` and ``SystemExit`` raised in a handler leave from here.
        """
        self.poll_once(timeout_ms, False)

    def _poll_ready(self):
        # `poll(0)` for a loop that watches `_descriptor`: what the descriptor does not tell is done before it returns.
        self.poll_once(0, True)

    cdef int poll_once(self, object timeout_ms, bint settle) except -1:
        cdef _Core core = self._core
        cdef int ms
        enter(core)
        try:
            if core.polling:
                raise RuntimeError("poll() is not reentrant: it is already running, in this thread or in another one. "
                                   "Use AsyncManager or wakeup() to reach a manager that is polled elsewhere.")
            self.check_open()
            ms = as_c_int(timeout_ms)
            core.polling = True
            try:
                self.iterate(core, ms)
                if settle and not core.freed and is_unsettled(&core.mgr):
                    self.iterate(core, 0)
            finally:
                core.polling = False
        finally:
            leave(core)
        self.raise_pending()
        PyErr_CheckSignals()
        return 0

    cdef int iterate(self, _Core core, int ms) except -1:
        if core.timers_due:
            self.unlink_timers()
        if core.mgr.timers is not NULL:
            ms = until_next_timer(core.mgr.timers, ms)
        begin_poll_events(core, self._count, mg_millis())
        mg_mgr_poll(&core.mgr, ms)
        end_poll_events(core)
        if core.timers_due:
            self.unlink_timers()
        return 0

    def run(self, poll_ms=100):
        """Poll until SIGINT or SIGTERM, then restore the signal handlers and close the manager.

        ``poll_ms`` is the longest wait of one iteration in milliseconds. Main thread only.
        """
        import signal
        stop = []

        def request_stop(number, frame):
            stop.append(number)

        previous = {}
        for number in (signal.SIGINT, signal.SIGTERM):
            previous[number] = signal.signal(number, request_stop)
        try:
            while not stop:
                self.poll(poll_ms)
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler if handler is not None else signal.SIG_DFL)
            if not self._core.freed:
                self.close()

    def close(self):
        """Close every connection (each handler gets ``MG_EV_CLOSE``), release timers and sockets. Idempotent.

        Raises ``RuntimeError`` while a ``poll()`` is active. Unsent data is lost; use ``Connection.drain()`` before.
        """
        cdef _Core core = self._core
        enter(core)
        try:
            if core.polling:
                raise RuntimeError("Manager cannot be closed: poll() is active")
            if not core.freed:
                if core.depth > 0:
                    raise RuntimeError("Manager cannot be closed: poll() is active or a handler is running")
                self.shut()
        finally:
            leave(core)
        self.raise_pending()

    cdef int shut(self) except -1:
        cdef _Core core = self._core
        core.freed = True
        for timer in self._timers:
            (<Timer>timer).finish()
        self.unlink_timers()
        if core.forks == fork_count:
            mg_mgr_free(&core.mgr)
        else:
            core.silent = True
            abandon(&core.mgr)
        while self._newest is not None:
            forget(self._newest)
        return 0

    # ---- connections ----

    def listen(self, url, handler=None, *, http=None, reuse_port=False, max_connections=50_000, max_recv_size=None,
               request_timeout_ms=300_000, keepalive_timeout_ms=300_000, idle_timeout_ms=0):
        """Open a listener and return its ``Connection``.

        ``url`` is ``scheme://host:port``; port 0 picks a free one (see ``local_addr``). HTTP is spoken for ``http``,
        ``https``, ``ws`` and ``wss``; ``http=True`` or ``False`` overrides that. ``handler`` serves the listener and
        the connections it accepts. ``reuse_port=True`` shares the port with other listeners that ask for it, also in
        other processes of the same user: the system spreads connections over them. Raises ``RuntimeError``.

        Limits, where 0 is none: ``max_connections`` accepted ones at a time, more wait in the system's queue;
        ``max_recv_size`` bytes received and not consumed, so of a message (``None``: 3 MiB), beyond which HTTP
        answers 413 or 431. HTTP: ``request_timeout_ms`` from the first byte of a request to its last, then 408;
        ``keepalive_timeout_ms`` without a byte between requests. All: ``idle_timeout_ms`` without a byte.
        """
        cdef ListenOptions options
        cdef Creation kind = CREATE_HTTP_LISTEN if wants_http(url, http) else CREATE_LISTEN
        options.share = bool(reuse_port)
        read_limits(&options.limits, max_connections, max_recv_size, request_timeout_ms, keepalive_timeout_ms,
                    idle_timeout_ms)
        return self.create(kind, url, handler, &options, "Failed to listen on")

    def connect(self, url, handler=None, *, http=None):
        """Start an outbound connection and return its ``Connection``; ``MG_EV_CONNECT`` or ``MG_EV_ERROR`` follows.

        The own ``handler`` is attached when the call returns: events fired inside it, such as ``MG_EV_OPEN``, go to
        the default handler. UDP to a numeric address connects at once; an own handler hears ``MG_EV_CONNECT`` in the
        next poll. ``http`` as for ``listen``. Raises ``RuntimeError``.
        """
        return self.create(CREATE_HTTP_CONNECT if wants_http(url, http) else CREATE_CONNECT, url, handler, NULL,
                           "Failed to connect to")

    def ws_connect(self, url, handler=None, *, headers=None):
        """Start a WebSocket client: ``MG_EV_WS_OPEN``, then ``MG_EV_WS_MSG``. ``headers`` are added to the upgrade
        request. Raises ``RuntimeError``."""
        cdef HeaderBlock block
        begin_headers(&block)
        try:
            add_headers(&block, headers or None)
            return self.create(CREATE_WS_CONNECT, url, handler, &block, "Failed to create WebSocket connection to")
        finally:
            end_headers(&block)

    def mqtt_connect(self, url, handler=None, client_id="", username="", password="", clean_session=True,
                     keepalive=60, *, version=4, will_topic="", will_message=b"", will_qos=0, will_retain=False):
        """Start an MQTT client. ``MG_EV_MQTT_OPEN`` brings the broker's answer (0: accepted).

        ``keepalive`` (seconds) is only announced: call ``mqtt_ping()`` in time. ``version`` is 4 (3.1.1) or 5. The
        ``will_*`` arguments describe the last will. Raises ``RuntimeError``.
        """
        cdef mg_mqtt_opts opts
        cdef Slice s
        memset(&opts, 0, sizeof(opts))
        keep = [as_data(client_id or "", &s)]
        opts.client_id = slice_mg_str(s)
        keep.append(as_data(username or "", &s))
        opts.user = slice_mg_str(s)
        keep.append(as_data(password or "", &s))
        opts.password = slice_mg_str(s)
        keep.append(as_data(will_topic or "", &s))
        opts.topic = slice_mg_str(s)
        keep.append(as_data(will_message, &s))
        opts.message = slice_mg_str(s)
        opts.qos = <uint8_t>as_integer(will_qos)
        opts.retain = bool(will_retain)
        opts.version = <uint8_t>as_integer(version)
        opts.clean = bool(clean_session)
        opts.keepalive = <uint16_t>as_integer(keepalive)
        return self.create(CREATE_MQTT_CONNECT, url, handler, &opts, "Failed to connect to MQTT broker")

    def mqtt_listen(self, url, handler=None, *, reuse_port=False, max_connections=50_000, max_recv_size=None,
                    idle_timeout_ms=0):
        """Open a listener that speaks MQTT and return it. The handler answers CONNECT, SUBSCRIBE and PINGREQ.
        ``reuse_port`` and limits as for ``listen()``. Raises ``RuntimeError``."""
        cdef ListenOptions options
        options.share = bool(reuse_port)
        read_limits(&options.limits, max_connections, max_recv_size, 0, 0, idle_timeout_ms)
        return self.create(CREATE_MQTT_LISTEN, url, handler, &options, "Failed to listen for MQTT on")

    def sntp_connect(self, url, handler=None):
        """Ask a time server, such as ``"udp://time.google.com:123"``: ``MG_EV_SNTP_TIME`` brings milliseconds since
        1970. The connection closes after the answer, or after 3 s without one. Raises ``RuntimeError``."""
        return self.create(CREATE_SNTP, url, handler, NULL, "Failed to connect to SNTP server")

    cdef Connection create(self, Creation kind, object url, object handler, void *options, str failure):
        cdef _Core core = self._core
        cdef Py_ssize_t size
        cdef const char *text
        cdef mg_connection *c = NULL
        as_utf8(url, "url", &size)
        self.check_open()
        cdef object target = normal_url(url)
        cdef Connection conn = Connection.__new__(Connection)
        conn._core = core
        if target is not None:
            text = as_utf8(target, "url", &size)
            enter(core)
            try:
                c = native_create(kind, &core.mgr, text, options, <void *>conn)
                if c is not NULL and is_listener(kind):
                    mg_x_set_limits(c, &(<ListenOptions *>options).limits)
                if c is not NULL and conn._c is NULL and not conn._dead:
                    adopt(conn, c)
                conn._handler = handler
                core.touch()
            finally:
                leave(core)
        if c is NULL:
            conn._dead = True
            raise RuntimeError(f"{failure} '{url}'")
        if handler is not None and (kind == CREATE_CONNECT or kind == CREATE_SNTP) and is_connected_udp(conn):
            self.call_soon(_partial(_tell_connected, conn))
        if not core.polling:
            self.raise_pending()
        return conn

    @property
    def connections(self):
        """The live connections in order of creation, as a tuple. Listeners included, the wake-up channel not."""
        cdef list found = []
        enter(self._core)
        cdef Connection conn = self._newest
        while conn is not None:
            found.append(conn)
            conn = conn._older
        leave(self._core)
        found.reverse()
        return tuple(found)

    cdef void link(self, Connection conn) noexcept:
        conn._older = self._newest
        conn._newer = NULL
        if self._newest is not None:
            self._newest._newer = <PyObject *>conn
        self._newest = conn
        self._count += 1

    cdef void unlink(self, Connection conn) noexcept:
        cdef Connection keep = conn     # the list may hold the last reference
        cdef Connection older = conn._older
        if conn._newer is not NULL:
            (<Connection>conn._newer)._older = older
        elif self._newest is conn:
            self._newest = older
        else:
            return
        if older is not None:
            older._newer = conn._newer
        conn._newer = NULL
        conn._older = None
        self._count -= 1

    # ---- timers and wake-up ----

    def timer_add(self, milliseconds, callback, *, repeat=False, run_now=False):
        """Call ``callback()`` after ``milliseconds``, on the polling thread. Returns a ``Timer``.

        ``repeat`` calls it again and again; ``run_now`` makes the first call in the next ``poll()``. The manager keeps
        the timer alive: the result may be dropped.
        """
        cdef uint64_t period = <uint64_t>as_named_integer(milliseconds, "milliseconds")
        cdef unsigned flags = MG_TIMER_REPEAT if repeat else MG_TIMER_ONCE
        self.check_open()
        cdef Timer timer = Timer.__new__(Timer)
        timer._core = self._core
        timer._callback = callback
        timer._repeat = bool(repeat)
        timer._active = True
        enter(self._core)
        if run_now:
            flags |= MG_TIMER_RUN_NOW
        mg_timer_init(&self._core.mgr.timers, &timer._timer, period, flags, on_timer, <void *>timer)
        if not run_now and period > 0:
            timer._timer.expire = mg_millis() + period      # count from now, not from the next poll
        timer._linked = True
        self._timers.add(timer)
        self._core.touch()
        leave(self._core)
        return timer

    cdef int unlink_timers(self) except -1:
        # The engine forgets timers that ended; only outside its own walk of the list.
        cdef Timer timer
        self._core.timers_due = False
        finished, self._finished = self._finished, []
        for timer in finished:
            mg_timer_free(&self._core.mgr.timers, &timer._timer)
            timer._linked = False
            self._timers.discard(timer)
        return 0

    def call_soon(self, callback):
        """Call ``callback()`` on the polling thread, in the next ``poll()``. Any thread; a waiting poll is woken."""
        self.timer_add(0, callback)

    def wakeup(self, connection_id, data=b""):
        """Send ``data`` to a connection of this manager from any thread: its handler gets ``MG_EV_WAKEUP``.

        Returns ``False`` when wake-ups are not enabled or the id is 0. Unknown ids are ignored. With ``wakeup_id`` it
        only ends a waiting ``poll()``.
        """
        cdef unsigned long number = <unsigned long>as_named_integer(connection_id, "connection_id")
        if not PyBytes_Check(data):
            raise wrong_type("data", "bytes", data)
        self.check_open()
        if self._wakeup_id == 0 or number == 0:
            return False
        enter(self._core)
        mg_wakeup(&self._core.mgr, number, PyBytes_AS_STRING(data), <size_t>PyBytes_GET_SIZE(data))
        leave(self._core)
        return True

    @property
    def wakeup_id(self):
        """Id that makes ``wakeup()`` interrupt ``poll()`` and do nothing else; 0 when wake-ups are off."""
        return self._wakeup_id

    # ---- foreign event loops ----

    @property
    def _descriptor(self):
        # Becomes readable when `poll` has something to do; -1 when the system has none such.
        return self._core.mgr.epoll_fd

    def _until_timer(self, ms):
        # Milliseconds until the next timer is due, at most `ms`.
        cdef int most = as_c_int(ms)
        enter(self._core)
        if not self._core.freed:
            most = until_next_timer(self._core.mgr.timers, most)
        leave(self._core)
        return most

    # ---- errors ----

    cdef int check_open(self) except -1:
        if self._core.freed:
            raise RuntimeError(FREED)
        if self._core.forks != fork_count:
            raise RuntimeError(FORKED)
        return 0

    cdef int raise_pending(self) except -1:
        if self._pending is not None:
            pending, self._pending = self._pending, None
            raise pending
        return 0

    cdef void handler_failed(self, object error) noexcept:
        # Called with `error` being handled.
        hide_own_frames(error)
        if not isinstance(error, Exception):
            self._pending = error
            return
        try:
            if self._error_handler is not None:
                self._error_handler(error)
            else:
                print_exception(error)
        except Exception as worse:
            print_exception(worse)
        except BaseException as worse:
            self._pending = worse
