# JSON getters over the library's path look-up. Tokens are converted by Python: full escapes, exact integers.

cdef mg_str json_token(object data, Slice *s, object path) except *:
    cdef Py_ssize_t size
    cdef const char *where = as_utf8(path, "path", &size)
    cdef int length = 0
    cdef int at = mg_json_get(slice_mg_str(s[0]), where, &length)
    if at < 0:
        return as_mg_str(NULL, 0)
    return as_mg_str(s.ptr + at, <size_t>length)


cdef inline bint is_number(mg_str token) noexcept:
    return token.len > 0 and (token.buf[0] == 45 or 48 <= token.buf[0] <= 57)


def json_get(data, path):
    """Raw text of the value at ``path`` (``$.a.b[0]``), ``None`` when missing or malformed."""
    cdef Slice s
    cdef object owner = as_data(data, &s)
    cdef mg_str token = json_token(data, &s, path)
    return to_text(token) if token.len > 0 else None


def json_get_num(data, path, default=None):
    """Number at ``path`` as ``float``, else ``default``."""
    cdef Slice s
    cdef object owner = as_data(data, &s)
    cdef mg_str token = json_token(data, &s, path)
    if not is_number(token):
        return default
    try:
        return float(to_text(token))
    except ValueError:
        return default


def json_get_bool(data, path, default=None):
    """``True`` or ``False`` at ``path``, else ``default``."""
    cdef Slice s
    cdef object owner = as_data(data, &s)
    cdef mg_str token = json_token(data, &s, path)
    if same_bytes(token, b"true", 4):
        return True
    if same_bytes(token, b"false", 5):
        return False
    return default


def json_get_long(data, path, default=0):
    """Number at ``path`` as ``int``, fractions cut; integers are exact. Else ``default``, which must fit 64 bits."""
    cdef Slice s
    cdef object owner = as_data(data, &s)
    cdef mg_str token = json_token(data, &s, path)
    cdef long fallback = <long>as_integer(default)
    if not is_number(token):
        return fallback
    text = to_text(token)
    try:
        number = int(text) if text.lstrip("-").isdigit() else int(float(text))
    except (ValueError, OverflowError):
        return fallback
    return max(LONG_MIN, min(LONG_MAX, number))


def json_get_str(data, path):
    """String at ``path`` with escapes resolved; ``None`` when missing, no string, or malformed."""
    cdef Slice s
    cdef object owner = as_data(data, &s)
    cdef mg_str token = json_token(data, &s, path)
    if token.len < 2 or token.buf[0] != 34:
        return None
    text = to_text(token)
    if "\\" not in text:
        return to_text(as_mg_str(token.buf + 1, token.len - 2))
    from json import loads
    try:
        return loads(text, strict=False)
    except ValueError:
        return None


cdef size_t mqtt_body(mg_mqtt_message *mm) noexcept:
    # Offset behind the fixed header.
    cdef const uint8_t *p = <const uint8_t *>mm.dgram.buf
    cdef size_t at = 1
    while at < mm.dgram.len and p[at] & 0x80:
        at += 1
    return at + 1


cdef int mqtt_level(mg_mqtt_message *mm) noexcept:
    # CONNECT (1) begins with the name of the protocol, its level follows.
    cdef const uint8_t *p = <const uint8_t *>mm.dgram.buf
    cdef size_t at = mqtt_body(mm)
    if mm.cmd != 1 or at + 2 > mm.dgram.len:
        return 0
    at += 2 + ((<size_t>p[at] << 8) | p[at + 1])
    return p[at] if at < mm.dgram.len else 0


cdef list mqtt_filters(mg_mqtt_message *mm, bint five):
    # Payload of SUBSCRIBE (8) and UNSUBSCRIBE (10), behind the packet id.
    cdef list found = []
    if mm.cmd != 8 and mm.cmd != 10:
        return found
    cdef const uint8_t *p = <const uint8_t *>mm.dgram.buf
    cdef size_t end = mm.dgram.len
    cdef size_t at = mqtt_body(mm) + 2
    cdef size_t size = 0
    cdef int shift = 0
    if five:  # properties: their length, as a number of 7 bits a byte, and themselves
        while at < end and shift < 28:
            size |= <size_t>(p[at] & 0x7f) << shift
            shift += 7
            at += 1
            if not p[at - 1] & 0x80:
                break
        at += size
    while at + 2 <= end:
        size = (<size_t>p[at] << 8) | p[at + 1]
        at += 2
        if at + size + (1 if mm.cmd == 8 else 0) > end:
            break
        topic = to_text(as_mg_str(<const char *>p + at, size))
        at += size
        found.append((topic, p[at] & 3 if mm.cmd == 8 else 0))
        at += 1 if mm.cmd == 8 else 0
    return found
