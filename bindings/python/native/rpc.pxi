# JSON-RPC dispatcher. The rules are those of the library's own dispatcher; handlers are Python callables.

cdef class Rpc:
    """Rpc()\n--\n
    JSON-RPC dispatcher: ``add()`` handlers, ``process()`` frames from any transport.
    """
    cdef list _handlers     # (pattern, handler), newest first

    def __cinit__(self):
        self._handlers = []

    def add(self, method, handler):
        """Register ``handler(req)`` for methods matching the pattern ``method`` (see ``match()``). Later additions
        are tried first; the empty name receives responses."""
        cdef Py_ssize_t size
        as_utf8(method, "method", &size)
        self._handlers.insert(0, (method, handler))

    @property
    def methods(self):
        """Registered patterns, newest first, without the empty one."""
        return [method for method, _ in self._handlers if method]

    def process(self, frame):
        """Handle one frame and return the response text, ``""`` when there is none."""
        cdef Slice s
        cdef object owner = as_data(frame, &s)
        cdef mg_str method = json_token(frame, &s, "$.method")
        cdef mg_str ident = json_token(frame, &s, "$.id")
        cdef RpcReq req = RpcReq.__new__(RpcReq)
        req._valid = True
        req._frame = to_text(slice_mg_str(s))
        req._id = to_text(ident) if ident.len > 0 else None
        if method.len >= 2 and method.buf[0] == 34:
            return dispatch_rpc(self, req, to_text(as_mg_str(method.buf + 1, method.len - 2)))
        if json_token(frame, &s, "$.result").len > 0 or json_token(frame, &s, "$.error").len > 0:
            return dispatch_response(self, req)
        return rpc_error(req, -32700, req._frame)


cdef class RpcReq:
    """RpcReq()\n--\n
    A request given to an RPC handler. Answer it once, with ``ok()`` or ``err()``, before the handler returns.
    """
    cdef bint _valid
    cdef str _frame
    cdef str _id            # raw token, None for notifications
    cdef str _answer        # None until answered

    @property
    def frame(self):
        """Text of the whole request, ``""`` after the handler."""
        return self._frame if self._valid else ""

    def ok(self, result_json):
        """Answer with a result. The text must be JSON and is embedded as it is."""
        cdef Py_ssize_t size
        as_utf8(result_json, "result_json", &size)
        check_unanswered(self)
        self._answer = f'{{"id":{self._id},"result":{result_json}}}' if self._id is not None else ""

    def err(self, code, message):
        """Answer with an error."""
        cdef Py_ssize_t size
        cdef int number = as_c_int(code)
        as_utf8(message, "message", &size)
        check_unanswered(self)
        self._answer = rpc_error(self, number, message)


cdef int check_unanswered(RpcReq req) except -1:
    if not req._valid:
        raise RuntimeError("RpcReq is no longer valid")
    if req._answer is not None:
        raise RuntimeError("Response already sent")
    return 0


cdef str rpc_error(RpcReq req, int code, object message):
    ident = f'"id":{req._id},' if req._id is not None else ""
    return f'{{{ident}"error":{{"code":{code},"message":{json_dumps(message)}}}}}'


cdef object find_rpc(Rpc rpc, object method):
    for pattern, handler in rpc._handlers:
        if match(method, pattern)[0]:
            return handler
    return None


cdef int call_rpc(RpcReq req, object handler) except -1:
    try:
        handler(req)
    except Exception as error:
        if req._answer is None:
            req._answer = rpc_error(req, -32603, str(error))
    finally:
        req._valid = False
    return 0


cdef str dispatch_rpc(Rpc rpc, RpcReq req, object method):
    handler = find_rpc(rpc, method)
    if handler is None:
        return rpc_error(req, -32601, f"{method} not found")
    call_rpc(req, handler)
    if req._answer is None:
        return rpc_error(req, -32603, "handler produced no response")
    return req._answer


cdef str dispatch_response(Rpc rpc, RpcReq req):
    # A response is never answered on its own.
    handler = find_rpc(rpc, "")
    if handler is None:
        return rpc_error(req, -32601, " not found")
    call_rpc(req, handler)
    return req._answer or ""
