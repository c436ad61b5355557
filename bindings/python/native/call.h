/* The call of a Python event handler, the hottest one of all. */
#ifndef VANSIRE_CALL_H
#define VANSIRE_CALL_H

#include "gate.h"

/* handler(conn, ev, data) with the gate paused. 0, or -1 with the exception set. */
static inline int vs_call(vs_gate *gate, PyObject *handler, PyObject *conn, int ev, PyObject *data) {
  PyObject *number = PyLong_FromLong(ev), *result = NULL;
  PyObject *args[4] = {NULL, conn, number, data};
  if (number == NULL) return -1;
  unsigned depth = vs_gate_pause(gate);
  result = PyObject_Vectorcall(handler, args + 1, 3 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
  vs_gate_resume(gate, depth);
  Py_DECREF(number);
  if (result == NULL) return -1;
  Py_DECREF(result);
  return 0;
}

/* For Cython code that finds an exception set and wants to raise it. */
static inline int vs_raise_set(void) { return -1; }

#endif
