# Hashes, encodings, random values, URLs, patterns, forms, logging.

def md5(data):
    """MD5 digest of ``data``, 16 bytes."""
    cdef Slice s
    cdef object owner = as_data(data, &s)
    cdef mg_md5_ctx ctx
    cdef unsigned char digest[16]
    mg_md5_init(&ctx)
    mg_md5_update(&ctx, <const unsigned char *>s.ptr, <size_t>s.len)
    mg_md5_final(&ctx, digest)
    return PyBytes_FromStringAndSize(<char *>digest, 16)


def sha1(data):
    """SHA-1 digest of ``data``, 20 bytes."""
    cdef Slice s
    cdef object owner = as_data(data, &s)
    cdef mg_sha1_ctx ctx
    cdef unsigned char digest[20]
    mg_sha1_init(&ctx)
    mg_sha1_update(&ctx, <const unsigned char *>s.ptr, <size_t>s.len)
    mg_sha1_final(digest, &ctx)
    return PyBytes_FromStringAndSize(<char *>digest, 20)


def sha256(data):
    """SHA-256 digest of ``data``, 32 bytes."""
    cdef Slice s
    cdef object owner = as_data(data, &s)
    cdef uint8_t digest[32]
    mg_sha256(digest, <uint8_t *>s.ptr, <size_t>s.len)
    return PyBytes_FromStringAndSize(<char *>digest, 32)


def hmac_sha256(key, data):
    """HMAC-SHA-256 (RFC 2104) of ``data``, 32 bytes."""
    cdef Slice k, s
    cdef object key_owner = as_data(key, &k)
    cdef object owner = as_data(data, &s)
    cdef uint8_t digest[32]
    mg_hmac_sha256(digest, <uint8_t *>k.ptr, <size_t>k.len, <uint8_t *>s.ptr, <size_t>s.len)
    return PyBytes_FromStringAndSize(<char *>digest, 32)


def crc32(data, initial=0):
    """CRC-32 of ``data``, as ``zlib.crc32``. ``initial`` is the result for the bytes before."""
    cdef Slice s
    cdef object owner = as_data(data, &s)
    return mg_crc32(<uint32_t>as_integer(initial), s.ptr, <size_t>s.len)


def base64_encode(data):
    """``data`` in padded standard Base64, as ``str``."""
    cdef Slice s
    cdef object owner = as_data(data, &s)
    cdef size_t room = (<size_t>s.len + 2) // 3 * 4 + 1
    cdef bytes out = PyBytes_FromStringAndSize(NULL, <Py_ssize_t>room)
    cdef size_t size = mg_base64_encode(<const unsigned char *>s.ptr, <size_t>s.len, PyBytes_AS_STRING(out), room)
    return out[:size].decode("ascii")


def base64_decode(data):
    """Bytes of standard Base64 text. Malformed text gives what could be decoded, possibly ``b""``."""
    cdef Py_ssize_t size
    as_utf8(data, "data", &size)
    cdef bytes text = data.encode("ascii")
    cdef bytes decoded = decode_groups(text)
    return decoded if decoded else decode_groups(text[: valid_groups(text)])


cdef bytes decode_groups(bytes text):
    # Empty when any group of four is invalid.
    cdef size_t room = <size_t>len(text) // 4 * 3 + 4
    cdef bytes out = PyBytes_FromStringAndSize(NULL, <Py_ssize_t>room)
    cdef size_t size = mg_base64_decode(PyBytes_AS_STRING(text), <size_t>len(text), PyBytes_AS_STRING(out), room)
    return out[:<Py_ssize_t>size]


cdef Py_ssize_t valid_groups(bytes text):
    # Length of the leading groups of four that decode.
    cdef Py_ssize_t at = 0
    while at + 4 <= len(text) and decode_groups(text[at : at + 4]):
        at += 4
    return at


def random_bytes(length):
    """``length`` bytes from the system's random source. Raises ``OSError`` when it fails."""
    cdef size_t size = <size_t>as_integer(length)
    cdef bytes out = PyBytes_FromStringAndSize(NULL, <Py_ssize_t>size)
    if size > 0 and not mg_random(PyBytes_AS_STRING(out), size):
        raise OSError("the system's random source failed")
    return out


def random_str(length):
    """``length`` random characters of ``[0-9a-zA-Z]``."""
    cdef size_t size = <size_t>as_integer(length)
    cdef bytes out = PyBytes_FromStringAndSize(NULL, <Py_ssize_t>size + 1)
    mg_random_str(PyBytes_AS_STRING(out), size + 1)
    return out[:size].decode("ascii")


def millis():
    """Milliseconds of a monotonic clock."""
    return mg_millis()


def log_set(level):
    """Set the engine's log level, ``MG_LL_NONE`` (the default) to ``MG_LL_VERBOSE``. Lines go to stdout."""
    global mg_log_level
    mg_log_level = as_c_int(level)


def log_get():
    """The engine's log level."""
    return mg_log_level


def url_encode(data):
    """Percent-encode text: everything but ``A-Z a-z 0-9 - . _ ~`` as ``%xx``."""
    cdef Py_ssize_t size
    cdef const char *text = as_utf8(data, "data", &size)
    cdef size_t room = 3 * <size_t>size + 5
    cdef bytes out = PyBytes_FromStringAndSize(NULL, <Py_ssize_t>room)
    size = <Py_ssize_t>mg_url_encode(text, <size_t>size, PyBytes_AS_STRING(out), room)
    return out[:size].decode("ascii")


def url_port(url):
    """Port of a URL: explicit, or the default of its scheme, or 0."""
    return mg_url_port(as_url(url))


def url_host(url):
    """Host of a URL, IPv6 with brackets; ``""`` when absent."""
    return to_text(mg_url_host(as_url(url)))


def url_user(url):
    """User name of a URL, ``""`` when absent."""
    return to_text(mg_url_user(as_url(url)))


def url_pass(url):
    """Password of a URL, ``""`` when absent."""
    return to_text(mg_url_pass(as_url(url)))


def url_uri(url):
    """Path of a URL with query and fragment, ``"/"`` when absent."""
    cdef const char *uri = mg_url_uri(as_url(url))
    return to_text(as_mg_str(uri, strlen(uri)))


def url_is_ssl(url):
    """True when the scheme of a URL means TLS."""
    return bool(mg_url_is_ssl(as_url(url)))


cdef inline const char *as_url(object url) except NULL:
    cdef Py_ssize_t size
    return as_utf8(url, "url", &size)


def match(s, pattern):
    """Match the whole of ``s``: ``?`` is one byte, ``*`` any run without ``/``, ``#`` any run.

    Returns ``(True, captures)`` with one text per wildcard, or ``(False, [])``.
    """
    cdef Py_ssize_t size, pattern_size
    cdef const char *text = as_utf8(s, "s", &size)
    cdef const char *wanted = as_utf8(pattern, "pattern", &pattern_size)
    cdef size_t wildcards = pattern.count("?") + pattern.count("*") + pattern.count("#")
    cdef mg_str *caps = <mg_str *>calloc(wildcards + 1, sizeof(mg_str))
    if caps is NULL:
        raise MemoryError()
    try:
        if not mg_match(as_mg_str(text, <size_t>size), as_mg_str(wanted, <size_t>pattern_size), caps):
            return False, []
        return True, [to_text(caps[i]) for i in range(wildcards)]
    finally:
        free(caps)


def http_var(buf, name):
    """Raw value of a variable in ``a=1&b=2`` text, not decoded; ``None`` when missing."""
    cdef Slice s
    cdef object owner = as_data(buf, &s)
    cdef Py_ssize_t size
    cdef const char *key = as_utf8(name, "name", &size)
    cdef mg_str value = mg_http_var(slice_mg_str(s), as_mg_str(key, <size_t>size))
    return to_text(value) if value.buf is not NULL else None


def http_parse_multipart(body, offset=0):
    """Next part of a ``multipart/form-data`` body: ``(next_offset, part)``.

    ``part`` is a dict with ``name``, ``filename`` (text from the client: check it) and ``body``. Pass ``next_offset``
    back for the next part; the end is ``(0, None)``.
    """
    cdef Slice s
    cdef object owner = as_data(body, &s)
    cdef size_t start = <size_t>as_integer(offset)
    cdef mg_http_part part
    if start >= <size_t>s.len:
        return 0, None
    start = mg_http_next_multipart(slice_mg_str(s), start, &part)
    if start == 0:
        return 0, None
    return start, {"name": to_text(part.name), "filename": to_text(part.filename), "body": to_bytes(part.body)}
