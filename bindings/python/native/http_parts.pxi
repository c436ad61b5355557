# Helpers below HttpMessage: walking headers, interned names, bodies, form decoding.

cdef inline bint same_bytes(mg_str s, const char *text, size_t size) noexcept:
    return s.len == size and memcmp(s.buf, text, size) == 0


cdef str method_name(mg_str s):
    # Methods are one of a handful: return the constant instead of a copy.
    if s.len == 3:
        if memcmp(s.buf, b"GET", 3) == 0:
            return "GET"
        if memcmp(s.buf, b"PUT", 3) == 0:
            return "PUT"
    elif s.len == 4:
        if memcmp(s.buf, b"POST", 4) == 0:
            return "POST"
        if memcmp(s.buf, b"HEAD", 4) == 0:
            return "HEAD"
    elif same_bytes(s, b"DELETE", 6):
        return "DELETE"
    elif same_bytes(s, b"PATCH", 5):
        return "PATCH"
    elif same_bytes(s, b"OPTIONS", 7):
        return "OPTIONS"
    return to_text(s)


# Header names as clients usually spell them, found by their bytes.
cdef dict COMMON_NAMES = {name.encode(): name for name in (
    "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control", "Connection",
    "Content-Disposition", "Content-Length", "Content-Type", "Cookie", "Date", "ETag", "Expect", "Host",
    "If-Modified-Since", "If-None-Match", "Last-Modified", "Location", "Origin", "Pragma", "Range", "Referer",
    "Server", "Set-Cookie", "Transfer-Encoding", "Upgrade", "User-Agent", "Vary", "X-Forwarded-For",
    "X-Forwarded-Proto", "X-Requested-With", "accept", "accept-encoding", "accept-language", "authorization",
    "connection", "content-length", "content-type", "cookie", "host", "user-agent")}


cdef object header_name(mg_str s):
    cdef object known = COMMON_NAMES.get(to_bytes(s))
    return known if known is not None else to_text(s)


cdef inline size_t body_length(mg_connection *c, mg_http_message *hm) noexcept:
    # At header time the announced length may exceed what has arrived: show what is there.
    cdef size_t start = <size_t>hm.body.buf
    cdef size_t end = <size_t>c.recv.buf + c.recv.len
    if start < <size_t>c.recv.buf or start > end:
        return hm.body.len if hm.body.len != <size_t>-1 else 0
    return min(hm.body.len, end - start)


cdef struct HeaderWalk:
    mg_http_message *hm
    size_t index        # of the table
    const char *pos     # in the head, once the table is exhausted
    const char *end
    mg_str name
    mg_str value


cdef inline void start_walk(HeaderWalk *walk, mg_http_message *hm) noexcept:
    walk.hm = hm
    walk.index = 0
    walk.pos = NULL


cdef bint next_header(HeaderWalk *walk) noexcept:
    cdef mg_http_message *hm = walk.hm
    if walk.index < MG_MAX_HTTP_HEADERS:
        walk.name = hm.headers[walk.index].name
        walk.value = hm.headers[walk.index].value
        walk.index += 1
        return walk.name.len > 0
    return next_line_header(walk)


cdef bint next_line_header(HeaderWalk *walk) noexcept:
    # Headers beyond the table are still in the head, already validated by the parser.
    cdef mg_http_message *hm = walk.hm
    cdef const char *line
    cdef const char *stop
    cdef const char *colon
    cdef mg_str last
    if walk.pos is NULL:
        last = hm.headers[MG_MAX_HTTP_HEADERS - 1].value
        walk.end = hm.head.buf + hm.head.len
        walk.pos = line_end(last.buf + last.len, walk.end)
    line = walk.pos
    stop = line_end(line, walk.end)
    if stop is line:
        return False
    colon = <const char *>memchr(line, 58, <size_t>(stop - line))
    if colon is NULL:
        return False
    walk.pos = stop
    walk.name = as_mg_str(line, <size_t>(colon - line))
    walk.value = trimmed(colon + 1, stop)
    return True


cdef const char *line_end(const char *pos, const char *end) noexcept:
    # First byte behind the line feed, or `end`.
    cdef const char *lf
    if pos >= end:
        return end
    lf = <const char *>memchr(pos, 10, <size_t>(end - pos))
    return end if lf is NULL else lf + 1


cdef inline bint is_blank(char byte) noexcept:
    return byte == 32 or byte == 9 or byte == 13 or byte == 10


cdef mg_str trimmed(const char *start, const char *end) noexcept:
    while start < end and is_blank(start[0]):
        start += 1
    while end > start and is_blank((end - 1)[0]):
        end -= 1
    return as_mg_str(start, <size_t>(end - start))


cdef bint find_header(mg_http_message *hm, const char *name, size_t size, mg_str *value) noexcept:
    cdef HeaderWalk walk
    start_walk(&walk, hm)
    while next_header(&walk):
        if same_name(walk.name, name, size):
            value[0] = walk.value
            return True
    return False


# Longest value `query_var` returns, in bytes after decoding.
cdef enum:
    QUERY_VALUE_MAX = 2047


cdef str form_decoded(mg_str value, object name):
    cdef char room[QUERY_VALUE_MAX + 1]
    cdef int size
    if value.len <= 3 * QUERY_VALUE_MAX:
        size = mg_url_decode(value.buf, value.len, room, sizeof(room), 1)
        if size >= 0:
            return to_text(as_mg_str(room, <size_t>size))
    from urllib.parse import unquote_to_bytes
    # Broken escapes stay as they are, like in a browser.
    decoded = unquote_to_bytes(to_bytes(value).replace(b"+", b" "))
    if len(decoded) > QUERY_VALUE_MAX:
        raise ValueError(f"Query parameter '{name}' value exceeds 2048-byte buffer limit")
    return decoded.decode("utf-8", "surrogateescape")
