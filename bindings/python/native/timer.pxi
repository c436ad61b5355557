cdef class Timer:
    """Timer()\n--\n
    A timer made by ``Manager.timer_add()``, which keeps it alive until it has ended.
    """
    cdef mg_timer _timer
    cdef _Core _core
    cdef object _callback
    cdef bint _active
    cdef bint _repeat
    cdef bint _linked       # the engine's list has it

    def __dealloc__(self):
        if self._linked and self._core is not None and not self._core.freed:
            mg_timer_free(&self._core.mgr.timers, &self._timer)

    @property
    def active(self):
        """True until the timer has run for the last time, was cancelled, or its manager was closed."""
        return self._active

    @property
    def interval(self):
        """Period in milliseconds."""
        return self._timer.period_ms

    def cancel(self):
        """Stop the timer. Any thread, any number of times; a callback that already runs is finished."""
        cdef _Core core = self._core
        if core is None:
            return
        enter(core)
        if self._active:
            self.finish()
            if not core.polling and core.owner is not NULL:
                (<Manager>core.owner).unlink_timers()
        leave(core)

    cdef void finish(self) noexcept:
        # The engine unlinks it later: it may be walking the list right now.
        self._active = False
        self._callback = None
        if self._core.owner is not NULL:
            (<Manager>self._core.owner)._finished.append(self)
            self._core.timers_due = True


cdef void on_timer(void *arg) noexcept:
    vs_shield_timer(fire, arg)


cdef void fire(void *arg) noexcept:
    cdef Timer timer = <Timer>arg
    cdef _Core core = timer._core
    cdef object callback = timer._callback
    if not timer._active or core.silent:
        return
    core.depth += 1
    cdef unsigned depth = vs_gate_pause(&core.gate)
    try:
        if callback is not None:
            callback()
    except BaseException as error:
        (<Manager>core.owner).handler_failed(error)
    vs_gate_resume(&core.gate, depth)
    core.depth -= 1
    if timer._active and not timer._repeat:
        timer.finish()


cdef int until_next_timer(mg_timer *timer, int ms) noexcept:
    # The wait, shortened to the next deadline. A repeating timer of period 0 rides along with every poll.
    cdef uint64_t now = mg_millis()
    cdef uint64_t left
    while timer is not NULL:
        if timer.expire == 0:
            left = 0
        else:
            left = timer.expire - now if timer.expire > now else 0
        if (timer.flags & MG_TIMER_REPEAT or not timer.flags & MG_TIMER_CALLED) and not (
                timer.flags & MG_TIMER_REPEAT and timer.period_ms == 0 and timer.flags & MG_TIMER_CALLED):
            if ms < 0 or left < <uint64_t>ms:
                ms = <int>left
        timer = timer.next
    return ms
