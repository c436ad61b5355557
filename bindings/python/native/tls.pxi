cdef class TlsOpts:
    """TlsOpts(ca=None, cert=None, key=None, name=None, skip_verification=False)
    --

    TLS options: PEM *content* of the trust anchors, the own certificate chain and its key, the host name to verify
    and announce, and whether to skip verification. Reusable for any number of connections.

    Client: ``ca`` has the server's chain verified, ``name`` its host name; without both nothing is verified.
    Server: ``cert`` and ``key`` are needed; ``ca`` demands a client certificate.
    """
    cdef public bytes ca
    cdef public bytes cert
    cdef public bytes key
    cdef public bytes name
    cdef bint _skip

    def __init__(self, ca=None, cert=None, key=None, name=None, skip_verification=False):
        self.ca = as_pem(ca)
        self.cert = as_pem(cert)
        self.key = as_pem(key)
        self.name = as_pem(name)
        self._skip = bool(skip_verification)

    @property
    def skip_verification(self):
        """Accept any certificate."""
        return self._skip

    @skip_verification.setter
    def skip_verification(self, value):
        self._skip = bool(value)

    def __reduce__(self):
        return TlsOpts, (self.ca, self.cert, self.key, self.name, self._skip)


cdef bytes as_pem(object value):
    if not value:
        return b""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    raise TypeError(f"Expected bytes, got {type(value).__name__}")


cdef int tls_options(object opts, mg_tls_opts *native) except -1:
    if not isinstance(opts, TlsOpts):
        raise wrong_type("opts", "TlsOpts", opts)
    cdef TlsOpts o = <TlsOpts>opts
    if o.ca is None or o.cert is None or o.key is None or o.name is None:
        raise TypeError("TlsOpts values must be bytes, not None")
    native.ca = as_mg_str(PyBytes_AS_STRING(o.ca), <size_t>len(o.ca))
    native.cert = as_mg_str(PyBytes_AS_STRING(o.cert), <size_t>len(o.cert))
    native.key = as_mg_str(PyBytes_AS_STRING(o.key), <size_t>len(o.key))
    native.name = as_mg_str(PyBytes_AS_STRING(o.name), <size_t>len(o.name))
    native.skip_verification = o._skip
    return 0
