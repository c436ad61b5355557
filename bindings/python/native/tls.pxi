cdef class TlsOpts:
    """TlsOpts(ca=None, cert=None, key=None, name=None, skip_verification=False)\n--\n
    TLS options: PEM *content* of the trust anchors, the own certificate chain and its key, the host name to verify
    and announce, and whether to skip verification. Reusable for any number of connections.

    Client: ``ca`` has the server's chain verified, ``name`` its host name; without both nothing is verified.
    Server: ``cert`` and ``key`` are needed; ``ca`` demands a client certificate.
    """
    cdef bytes _ca, _cert, _key, _name
    cdef bint _skip

    def __init__(self, ca=None, cert=None, key=None, name=None, skip_verification=False):
        self._ca = as_pem(ca)
        self._cert = as_pem(cert)
        self._key = as_pem(key)
        self._name = as_pem(name)
        self._skip = bool(skip_verification)

    @property
    def ca(self):
        """Trust anchors, PEM. Assign ``bytes``."""
        return self._ca

    @ca.setter
    def ca(self, value):
        self._ca = expect_bytes(value)

    @ca.deleter
    def ca(self):
        self._ca = None

    @property
    def cert(self):
        """Own certificate, leaf first, PEM. Assign ``bytes``."""
        return self._cert

    @cert.setter
    def cert(self, value):
        self._cert = expect_bytes(value)

    @cert.deleter
    def cert(self):
        self._cert = None

    @property
    def key(self):
        """Private key of ``cert``, PEM. Assign ``bytes``."""
        return self._key

    @key.setter
    def key(self, value):
        self._key = expect_bytes(value)

    @key.deleter
    def key(self):
        self._key = None

    @property
    def name(self):
        """Host name to verify and to announce. Assign ``bytes``."""
        return self._name

    @name.setter
    def name(self, value):
        self._name = expect_bytes(value)

    @name.deleter
    def name(self):
        self._name = None

    @property
    def skip_verification(self):
        """Accept any certificate."""
        return self._skip

    @skip_verification.setter
    def skip_verification(self, value):
        self._skip = bool(value)

    def __reduce__(self):
        return TlsOpts, (self._ca, self._cert, self._key, self._name, self._skip)


cdef bytes as_pem(object value):
    if not value:
        return b""
    if isinstance(value, str):
        return value.encode()
    return expect_bytes(value)


cdef bytes expect_bytes(object value):
    if value is None or isinstance(value, bytes):
        return value
    raise TypeError(f"Expected bytes, got {type_name(value)}")


cdef int tls_options(object opts, mg_tls_opts *native) except -1:
    if not isinstance(opts, TlsOpts):
        raise wrong_type("opts", "cymongoose._mongoose.TlsOpts", opts)
    cdef TlsOpts o = <TlsOpts>opts
    if o._ca is None or o._cert is None or o._key is None or o._name is None:
        raise TypeError("TlsOpts values must be bytes, not None")
    native.ca = as_mg_str(PyBytes_AS_STRING(o._ca), <size_t>len(o._ca))
    native.cert = as_mg_str(PyBytes_AS_STRING(o._cert), <size_t>len(o._cert))
    native.key = as_mg_str(PyBytes_AS_STRING(o._key), <size_t>len(o._key))
    native.name = as_mg_str(PyBytes_AS_STRING(o._name), <size_t>len(o._name))
    native.skip_verification = o._skip
    return 0
