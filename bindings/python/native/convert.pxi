# Arguments in, values out. One rule for every function of the module:
#   text   str (and its subclasses), strict UTF-8
#   path   text or os.PathLike
#   data   str (UTF-8), bytes, bytearray, memoryview, or an iterable of byte values; never an int
#   int    whatever has __index__ or __int__, checked against the C range
# Text that comes back is UTF-8 with surrogateescape, so that any bytes survive a round trip.

cdef extern from "Python.h":
    const char *PyUnicode_AsUTF8AndSize(object, Py_ssize_t *) except NULL
    object PyUnicode_DecodeUTF8(const char *, Py_ssize_t, const char *)
    object PyUnicode_FromString(const char *)
    object PyBytes_FromStringAndSize(const char *, Py_ssize_t)
    object PyLong_FromLong(long)
    char *PyBytes_AS_STRING(object)
    Py_ssize_t PyBytes_GET_SIZE(object)
    int PyUnicode_Check(object)
    int PyBytes_Check(object)
    int PyLong_Check(object)
    object PyNumber_Index(object)
    object PyNumber_Long(object)
    object PyUnicode_FromFormat(const char *, ...)
    ctypedef struct PyTypeObject:
        const char *tp_name


cdef struct Slice:
    # A borrowed run of bytes; the object returned beside it keeps them alive.
    const char *ptr
    Py_ssize_t len


cdef inline TypeError wrong_type(str name, str expected, object value):
    cdef str got = type_name(value)
    return TypeError(f"Argument '{name}' has incorrect type (expected {expected}, got {got})")


cdef inline str type_name(object value):
    # As the interpreter's own messages say it: with the module for extension types.
    cdef object kind = type(value)
    return PyUnicode_FromFormat("%.200s", (<PyTypeObject *>kind).tp_name)


cdef inline const char *as_utf8(object value, str name, Py_ssize_t *size) except NULL:
    # The UTF-8 form is cached in the str object and lives as long as it.
    if not PyUnicode_Check(value):
        raise wrong_type(name, "str", value)
    return PyUnicode_AsUTF8AndSize(value, size)


cdef const char *as_c_string(object value, str name) except NULL:
    cdef Py_ssize_t size
    cdef const char *text = as_utf8(value, name, &size)
    if memchr(text, 0, <size_t>size) is not NULL:
        raise ValueError(f"Argument '{name}' has an embedded null character")
    return text


cdef object as_path(object value, str name):
    if PyUnicode_Check(value):
        return value
    if hasattr(value, "__fspath__"):
        value = value.__fspath__()
        return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
    raise wrong_type(name, "str", value)


cdef inline object as_data(object value, Slice *out):
    # Returns the owner of `out`.
    cdef Py_ssize_t size
    if PyBytes_Check(value):
        out.ptr = PyBytes_AS_STRING(value)
        out.len = PyBytes_GET_SIZE(value)
        return value
    if PyUnicode_Check(value):
        out.ptr = PyUnicode_AsUTF8AndSize(value, &size)
        out.len = size
        return value
    return copied_data(value, out)


cdef object copied_data(object value, Slice *out):
    if PyLong_Check(value):
        raise TypeError(f"cannot convert '{type(value).__name__}' object to bytes")
    cdef object copy = bytes(value)
    out.ptr = PyBytes_AS_STRING(copy)
    out.len = PyBytes_GET_SIZE(copy)
    return copy


cdef object as_integer(object value):
    if PyLong_Check(value):
        return value
    if hasattr(value, "__index__"):
        return PyNumber_Index(value)
    if hasattr(value, "__int__"):
        return PyNumber_Long(value)
    raise TypeError("an integer is required")


cdef object as_named_integer(object value, str name):
    if not PyLong_Check(value) and not hasattr(value, "__index__") and not hasattr(value, "__int__"):
        raise wrong_type(name, "int", value)
    return as_integer(value)


cdef inline int as_c_int(object value) except? -1:
    return <int>as_integer(value)


cdef inline mg_str as_mg_str(const char *ptr, size_t size) noexcept:
    cdef mg_str s
    s.buf = <char *>ptr
    s.len = size
    return s


cdef inline mg_str slice_mg_str(Slice s) noexcept:
    return as_mg_str(s.ptr, <size_t>s.len)


cdef inline str to_text(mg_str s):
    if s.len == 0:
        return ""
    return PyUnicode_DecodeUTF8(s.buf, <Py_ssize_t>s.len, "surrogateescape")


cdef inline bytes to_bytes(mg_str s):
    return PyBytes_FromStringAndSize(s.buf, <Py_ssize_t>s.len)


cdef inline bint same_name(mg_str a, const char *b, size_t size) noexcept:
    # ASCII case-insensitive equality, the rule for header names.
    cdef size_t i
    cdef unsigned char x, y
    if a.len != size:
        return False
    for i in range(size):
        x = <unsigned char>a.buf[i]
        y = <unsigned char>b[i]
        if x == y:
            continue
        if x | 0x20 != y | 0x20 or x | 0x20 < 97 or x | 0x20 > 122:
            return False
    return True
