# Which connections get MG_EV_POLL in an iteration.
#
# A POLL handler call costs some 50 ns; with thousands of idle connections and thousands of iterations per second
# that alone would fill a core. So: up to POLL_BURST connections get POLL in every `poll()`. In larger managers the
# connections take turns, and each `poll()` serves enough of them that everyone is served at least once per
# POLL_PERIOD_MS (in every `poll()` when polls come more rarely than that). `poll_spread=False` gives every
# connection its POLL in every `poll()`, `poll_events=False` none.

cdef enum:
    POLL_BURST = 64
    POLL_PERIOD_MS = 50


cdef inline bint wants_poll(_Core core, mg_connection *c) noexcept:
    # Ids only grow and the engine walks from the newest connection to the oldest, so an id serves as the position
    # in the rotation: this iteration serves the next `poll_budget` connections older than `poll_from`.
    if core.poll_budget <= 0 or c.id >= core.poll_from:
        return False
    core.poll_budget -= 1
    core.poll_last = c.id
    return True


cdef void begin_poll_events(_Core core, Py_ssize_t connections, uint64_t now) noexcept:
    cdef uint64_t elapsed = now - core.poll_time
    core.poll_time = now
    if not core.poll_events or core.freed:
        core.poll_budget = 0
        return
    if not core.poll_spread or connections <= POLL_BURST or elapsed >= POLL_PERIOD_MS:
        core.poll_from = <unsigned long>-1
        core.poll_budget = LONG_MAX
    else:
        core.poll_budget = max(<long>POLL_BURST, connections * <long>elapsed // POLL_PERIOD_MS + 1)
        # The last iteration ran out of budget at `poll_last`: go on there, or start over when it reached the end.
        core.poll_from = core.poll_last if core.poll_last > 0 else <unsigned long>-1
    core.poll_last = 0


cdef void end_poll_events(_Core core) noexcept:
    # Budget left over: the walk reached the oldest connection, so the next one starts with the newest.
    if core.poll_budget > 0:
        core.poll_last = 0
    core.poll_budget = 0
