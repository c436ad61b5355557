# Connection.reply and what belongs to it: status line, headers, length and body in one pass into the send buffer.

cdef const char *PLAIN_TYPE = b"Content-Type: text/plain\r\n"
cdef enum:
    PLAIN_TYPE_LEN = 26


cdef int send_reply(Connection conn, int status, object body, object headers, str json_type) except -1:
    cdef HeaderBlock block
    cdef Slice content
    cdef object owner = as_data(body, &content)
    cdef bint done
    begin_headers(&block)
    try:
        put(&block, PLAIN_TYPE, PLAIN_TYPE_LEN)
        if json_type is not None:
            add_headers_with_type(&block, headers, json_type)
        else:
            add_headers(&block, headers)
        check_framing(conn, &block, status, <size_t>content.len)
        if conn.begin():
            done = write_reply(conn, &block, status, &content)
            conn.end()
            if not done:
                raise RuntimeError("mg_send failed")
    finally:
        end_headers(&block)
    return 0


cdef int add_headers_with_type(HeaderBlock *block, object headers, str content_type) except -1:
    # The caller's headers, with the content type replaced in place or added at the end.
    cdef bint found = False
    if headers is not None:
        for name, value in headers.items():
            if PyUnicode_Check(name) and name.lower() == "content-type":
                if found:
                    continue
                found = True
                value = content_type
            add_header(block, name, value)
    return 0 if found else add_header(block, "Content-Type", content_type)


cdef inline bint without_body(int status) noexcept:
    # Responses that never have one (RFC 9110, section 6.4.1).
    return status == 204 or status == 304 or (100 <= status < 200)


cdef int check_framing(Connection conn, HeaderBlock *block, int status, size_t size) except -1:
    if not block.has_length:
        return 0
    if block.has_encoding:
        raise ValueError("Content-Length and Transfer-Encoding exclude each other")
    if block.length < 0 or (<size_t>block.length != size and not conn._head and not without_body(status)):
        raise ValueError(f"Content-Length header does not match the body of {size} bytes")
    return 0


cdef bint write_reply(Connection conn, HeaderBlock *block, int status, Slice *content) noexcept:
    cdef mg_connection *c = conn._c
    cdef const char *lines = block.ptr
    cdef size_t size = block.len
    cdef bint bare = without_body(status)
    if block.has_type or bare:      # leave the default type in front out
        lines += PLAIN_TYPE_LEN
        size -= PLAIN_TYPE_LEN
    if not (bare or conn._head or block.has_length or block.has_encoding):
        return mg_x_reply(c, status, lines, size, content.ptr, <size_t>content.len)
    return write_special(conn, block, status, lines, size, content, bare)


cdef bint write_special(Connection conn, HeaderBlock *block, int status, const char *lines, size_t size,
                        Slice *content, bint bare) noexcept:
    # HEAD, bodiless statuses, and replies whose framing the caller wrote.
    cdef mg_connection *c = conn._c
    cdef int64_t length = <int64_t>content.len
    if block.has_length or block.has_encoding or (bare and status != 304):
        length = -1
    if not mg_x_reply_head(c, status, lines, size, length):
        return False
    if not (bare or conn._head) and not mg_send(c, content.ptr, <size_t>content.len):
        return False
    # An empty body with a transfer coding announces chunks: `http_chunk` ends the response.
    if not block.has_encoding or content.len > 0 or conn._head:
        c.is_resp = 0
    return True


cdef str sse_lines(object event_type, object data):
    # One event in the text/event-stream format: a line break inside the data starts another data line.
    if "\n" in event_type or "\r" in event_type or "\0" in event_type:
        raise ValueError(f"Event type contains a line break or NUL: {event_type!r}")
    lines = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return f"event: {event_type}\n" + "".join([f"data: {line}\n" for line in lines]) + "\n"


cdef str header_text(object text):
    # `extra_headers` as whole lines: a missing final CRLF is added; NUL and blank lines are refused.
    if not text:
        return ""
    if "\0" in text or "\r\n\r\n" in text or "\n\n" in text or text.startswith(("\r", "\n")):
        raise ValueError("extra_headers contains a blank line or a null character")
    return text if text.endswith("\r\n") else text.rstrip("\r\n") + "\r\n"
