# Header blocks for replies and upgrade requests: a dict becomes checked header lines in one pass.

cdef struct HeaderBlock:
    char *ptr
    size_t len
    size_t capacity
    bint has_type           # a Content-Type was given
    bint has_length         # a Content-Length was given
    bint has_encoding       # a Transfer-Encoding was given
    int64_t length          # value of Content-Length, -1 when it is no number
    char room[1024]         # enough for most; `ptr` moves to the heap beyond


cdef inline void begin_headers(HeaderBlock *block) noexcept:
    block.ptr = block.room
    block.len = 0
    block.capacity = sizeof(block.room)
    block.has_type = block.has_length = block.has_encoding = False


cdef inline void end_headers(HeaderBlock *block) noexcept:
    if block.ptr is not block.room:
        free(block.ptr)


cdef int reserve(HeaderBlock *block, size_t more) except -1:
    cdef size_t capacity = 2 * block.capacity + more
    cdef char *moved
    if block.ptr is block.room:
        moved = <char *>malloc(capacity)
        if moved is not NULL:
            memcpy(moved, block.room, block.len)
    else:
        moved = <char *>realloc(block.ptr, capacity)
    if moved is NULL:
        raise MemoryError()
    block.ptr = moved
    block.capacity = capacity
    return 0


cdef inline int put(HeaderBlock *block, const char *text, size_t size) except -1:
    if block.capacity - block.len < size:
        reserve(block, size)
    memcpy(block.ptr + block.len, text, size)
    block.len += size
    return 0


cdef int add_header(HeaderBlock *block, object name, object value) except -1:
    cdef Py_ssize_t name_size, value_size
    cdef const char *n
    cdef const char *v
    if not PyUnicode_Check(name):
        raise AttributeError(f"Header name must be str, not {type(name).__name__}")
    if not PyUnicode_Check(value):
        value = str(value)
    n = PyUnicode_AsUTF8AndSize(name, &name_size)
    v = PyUnicode_AsUTF8AndSize(value, &value_size)
    if not vs_is_clean(n, <size_t>name_size):
        raise illegal_header("name", name)
    if not vs_is_clean(v, <size_t>value_size):
        raise illegal_header("value", value)
    note_framing(block, as_mg_str(n, <size_t>name_size), value)
    if block.capacity - block.len < <size_t>(name_size + value_size + 4):
        reserve(block, <size_t>(name_size + value_size + 4))
    cdef char *to = block.ptr + block.len
    memcpy(to, n, <size_t>name_size)
    to += name_size
    to[0] = 58
    to[1] = 32
    memcpy(to + 2, v, <size_t>value_size)
    to += value_size + 2
    to[0] = 13
    to[1] = 10
    block.len += <size_t>(name_size + value_size + 4)
    return 0


cdef object illegal_header(str part, object text):
    return ValueError(f"Header {part} contains illegal character (CR, LF, or NUL): {text!r}")


cdef int note_framing(HeaderBlock *block, mg_str name, object value) except -1:
    # Remember what the caller says about type and framing, so that the reply does not contradict it.
    if name.len == 12:
        block.has_type = block.has_type or vs_is_name(name.buf, b"content-type", 12)
    elif name.len == 14 and vs_is_name(name.buf, b"content-length", 14):
        block.has_length = True
        text = value.strip()
        block.length = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1
    elif name.len == 17 and vs_is_name(name.buf, b"transfer-encoding", 17):
        block.has_encoding = True
    return 0


cdef int add_headers(HeaderBlock *block, object headers) except -1:
    if headers is None:
        return 0
    if type(headers) is dict:
        for name, value in (<dict>headers).items():
            add_header(block, name, value)
    else:
        for name, value in headers.items():
            add_header(block, name, value)
    return 0


def _validate_header(name, value):
    """Raise ``ValueError`` when a header name or value contains CR, LF or NUL."""
    cdef Py_ssize_t size
    cdef const char *text = as_utf8(name, "name", &size)
    if not vs_is_clean(text, <size_t>size):
        raise illegal_header("name", name)
    text = as_utf8(value, "value", &size)
    if not vs_is_clean(text, <size_t>size):
        raise illegal_header("value", value)
