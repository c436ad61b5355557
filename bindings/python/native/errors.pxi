# Exceptions of handlers, and warnings.

cdef void hide_own_frames(object error) noexcept:
    # Tracebacks start in the handler, if there is a frame of it: not for what cannot be called.
    try:
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename.endswith(".pxi"):
            trace = trace.tb_next
        if trace is not None:
            error.__traceback__ = trace
    except Exception:
        PyErr_Clear()


cdef void print_exception(object error) noexcept:
    try:
        import traceback
        traceback.print_exception(type(error), error, error.__traceback__)
    except BaseException as failure:
        PyErr_WriteUnraisable(failure)


cdef void warn_unclosed(object manager) noexcept:
    try:
        PyErr_ResourceWarning(manager, 1, "unclosed %R", <PyObject *>manager)
    except BaseException:
        PyErr_WriteUnraisable(manager)
