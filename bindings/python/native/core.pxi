# From engine events to Python calls.
#
# Ownership: a Manager owns its Core (the native manager) and a list of the Connections that are alive. The engine
# knows a connection's wrapper by `fn_data` (borrowed), so no look-up happens per event. A Core knows its Manager by
# a borrowed pointer. Nothing below the Manager refers to it, hence a forgotten Manager is collected like any object.

from cpython.object cimport PyObject

cdef extern from "Python.h":
    int PyErr_CheckSignals() except -1
    void PyErr_Clear()

cdef extern from "call.h":
    int vs_call(vs_gate *, PyObject *handler, PyObject *conn, int ev, PyObject *data) except -1
    # The same, to be asked for its result instead of raising: saves the set-up of a try statement.
    int vs_try_call "vs_call"(vs_gate *, PyObject *handler, PyObject *conn, int ev, PyObject *data) noexcept
    int vs_raise_set() except -1


cdef int fork_count = 0     # forks between this process and the one that imported the module


def _after_fork_in_child():
    global fork_count
    fork_count += 1


@cython.no_gc
cdef class _Core:
    # The native manager and everything a Connection or Timer may still need when its Manager is gone.
    cdef mg_mgr mgr
    cdef vs_gate gate
    cdef PyObject *owner        # the Manager, NULL once it is gone
    cdef int forks              # fork_count at creation
    cdef int depth              # handlers on the stack, of all threads
    cdef bint freed             # closed, or being closed
    cdef bint polling
    cdef bint silent            # never call Python handlers any more
    cdef bint timers_due        # cancelled or finished timers wait to be unlinked
    # POLL events: see `wants_poll`
    cdef bint poll_events
    cdef bint poll_spread
    cdef unsigned long poll_from
    cdef unsigned long poll_last
    cdef long poll_budget
    cdef uint64_t poll_time

    cdef inline void touch(self) noexcept:
        # After a change made while another thread sleeps in the kernel: let it see the change.
        if self.gate.waiting and not mg_x_wake(&self.mgr):
            mg_wakeup_init(&self.mgr)       # first use: a descriptor added to the poller takes effect at once
            mg_x_wake(&self.mgr)


cdef inline void enter(_Core core) noexcept:
    vs_gate_enter(&core.gate)


cdef inline void leave(_Core core) noexcept:
    vs_gate_leave(&core.gate)


cdef void on_event(mg_connection *c, int ev, void *ev_data) noexcept:
    # The `fn` of every connection. Called by the engine with the gate held.
    if ev != EV_POLL or wants_poll(<_Core>c.mgr.userdata, c):
        vs_shield_event(dispatch, c, ev, ev_data)


cdef void dispatch(void *native, int ev, void *ev_data) noexcept:
    cdef mg_connection *c = <mg_connection *>native
    cdef Connection conn = <Connection>c.fn_data
    if conn._c is not c:
        conn = adopt(conn, c)
        if conn is None:
            return
    cdef _Core core = conn._core
    if not core.silent and (not conn._closing or ev == EV_CLOSE):
        deliver(core, conn, ev, ev_data)
    if ev == EV_CLOSE:
        forget(conn)


cdef Connection adopt(Connection parent, mg_connection *c):
    # First event of a connection: bind the wrapper the creating call prepared, or make one for an accepted child.
    cdef Connection conn
    cdef _Core core = parent._core
    if parent._c is NULL and core is not None and not parent._dead:
        conn = parent
    else:
        conn = Connection.__new__(Connection)
        conn._core = core
        conn._handler = parent._handler
        c.fn_data = <void *>conn
    conn._c = c
    if core.owner is not NULL:
        (<Manager>core.owner).link(conn)
    return conn


cdef void forget(Connection conn) noexcept:
    # After CLOSE: the wrapper is dead for ever.
    cdef _Core core = conn._core
    conn._c = NULL
    conn._dead = True
    if core.owner is not NULL:
        (<Manager>core.owner).unlink(conn)


cdef inline void deliver(_Core core, Connection conn, int ev, void *ev_data) noexcept:
    cdef Manager manager = <Manager>core.owner
    cdef object handler = conn._handler
    if handler is None:
        handler = manager._handler
        if handler is None:
            return
    core.depth += 1
    if ev < EV_HTTP_HDRS and ev != EV_ERROR:
        if vs_try_call(&core.gate, <PyObject *>handler, <PyObject *>conn, ev, <PyObject *>None) != 0:
            report_failure(manager)
    else:
        deliver_data(core, manager, handler, conn, ev, ev_data)
    core.depth -= 1


cdef void report_failure(Manager manager) noexcept:
    # The exception that a handler left set.
    try:
        vs_raise_set()
    except BaseException as error:
        manager.handler_failed(error)


cdef void deliver_data(_Core core, Manager manager, object handler, Connection conn, int ev, void *ev_data) noexcept:
    try:
        if ev == EV_HTTP_MSG or ev == EV_HTTP_HDRS or ev == EV_WS_OPEN:
            deliver_http(core, handler, conn, ev, <mg_http_message *>ev_data)
        else:
            deliver_other(core, handler, conn, ev, ev_data)
    except BaseException as error:
        manager.handler_failed(error)


cdef inline int call_handler(_Core core, object handler, Connection conn, int ev, object data) except -1:
    return vs_call(&core.gate, <PyObject *>handler, <PyObject *>conn, ev, <PyObject *>data)


cdef int deliver_http(_Core core, object handler, Connection conn, int ev, mg_http_message *hm) except -1:
    cdef HttpMessage message = HttpMessage.__new__(HttpMessage)
    message._hm = hm
    message._body_len = body_length(conn._c, hm)
    conn._head = same_bytes(hm.method, b"HEAD", 4)
    try:
        call_handler(core, handler, conn, ev, message)
    finally:
        end_message(message)
    return 0


cdef int deliver_ws(_Core core, object handler, Connection conn, int ev, mg_ws_message *wm) except -1:
    cdef WsMessage message = WsMessage.__new__(WsMessage)
    message._wm = wm
    try:
        call_handler(core, handler, conn, ev, message)
    finally:
        message._wm = NULL
    return 0


cdef int deliver_mqtt(_Core core, object handler, Connection conn, int ev, mg_mqtt_message *mm) except -1:
    cdef MqttMessage message = MqttMessage.__new__(MqttMessage)
    message._mm = mm
    message._c = conn._c
    try:
        call_handler(core, handler, conn, ev, message)
    finally:
        message._mm = NULL
        message._c = NULL
    return 0


cdef int deliver_other(_Core core, object handler, Connection conn, int ev, void *ev_data) except -1:
    if ev == EV_WS_MSG or ev == EV_WS_CTL:
        return deliver_ws(core, handler, conn, ev, <mg_ws_message *>ev_data)
    if ev == EV_MQTT_CMD or ev == EV_MQTT_MSG:
        return deliver_mqtt(core, handler, conn, ev, <mg_mqtt_message *>ev_data)
    cdef object data = None
    if ev == EV_ERROR:
        data = (<bytes><char *>ev_data).decode("utf-8", "ignore") if ev_data is not NULL else ""
    elif ev == EV_WAKEUP:
        data = to_bytes((<mg_str *>ev_data)[0])
    elif ev == EV_MQTT_OPEN:
        data = (<int *>ev_data)[0]
    elif ev == EV_SNTP_TIME:
        data = (<uint64_t *>ev_data)[0]
    return call_handler(core, handler, conn, ev, data)


cdef void abandon(mg_mgr *mgr) noexcept:
    # In the child of a fork: give back the descriptors and leave everything the parent shares alone. The native
    # memory is not reused.
    cdef mg_connection *c = mgr.conns
    while c is not NULL:
        if <long>c.fd >= 0:
            close_fd(<int><long>c.fd)
        c = c.next
    if mgr.epoll_fd >= 0:
        close_fd(mgr.epoll_fd)
