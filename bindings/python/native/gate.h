/* The gate of a manager: who may run engine code.
 *
 * The engine is single-threaded. On ordinary CPython the GIL is the lock: a thread that runs engine code holds it,
 * and gives it away only around the kernel wait and, like any Python code, inside handlers. On free-threaded
 * CPython the same places lock and unlock a recursive mutex per manager instead, so the discipline is one:
 *
 *   vs_gate_enter / vs_gate_leave      around every use of the engine
 *   vs_gate_pause / vs_gate_resume     around every call of a Python handler
 *   vs_gate_before / vs_gate_after     hooks of the engine around its kernel wait
 *
 * `waiting` tells other threads that the polling thread sleeps in the kernel and has to be woken to see new work. */
#ifndef VANSIRE_GATE_H
#define VANSIRE_GATE_H

#include <Python.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

typedef struct vs_gate {
  PyThreadState *thread; /* of the polling thread, while it waits */
  int waiting;           /* the polling thread is in the kernel wait */
  unsigned depth;        /* enter calls of the owner; kept by the waiting thread in `saved` */
  unsigned saved;
#ifdef Py_GIL_DISABLED
  PyMutex mutex;
  unsigned long owner; /* thread that holds the mutex, 0 for nobody */
#endif
} vs_gate;

static inline void vs_gate_init(vs_gate *gate) {
  memset(gate, 0, sizeof(*gate));
}

#ifdef Py_GIL_DISABLED
static inline void vs_gate_resume(vs_gate *gate, unsigned depth) {
  if (depth == 0) return;
  PyMutex_Lock(&gate->mutex);
  __atomic_store_n(&gate->owner, PyThread_get_thread_ident(), __ATOMIC_RELAXED);
  gate->depth = depth;
}

static inline unsigned vs_gate_pause(vs_gate *gate) {
  unsigned depth = gate->depth;
  gate->depth = 0;
  __atomic_store_n(&gate->owner, 0, __ATOMIC_RELAXED);
  PyMutex_Unlock(&gate->mutex);
  return depth;
}

static inline void vs_gate_enter(vs_gate *gate) {
  if (__atomic_load_n(&gate->owner, __ATOMIC_RELAXED) == PyThread_get_thread_ident()) {
    gate->depth++;
  } else {
    vs_gate_resume(gate, 1);
  }
}

static inline void vs_gate_leave(vs_gate *gate) {
  if (gate->depth > 1) {
    gate->depth--;
  } else {
    vs_gate_pause(gate);
  }
}
#else
static inline void vs_gate_resume(vs_gate *gate, unsigned depth) {
  (void) gate, (void) depth;
}
static inline unsigned vs_gate_pause(vs_gate *gate) {
  (void) gate;
  return 0;
}
static inline void vs_gate_enter(vs_gate *gate) {
  (void) gate;
}
static inline void vs_gate_leave(vs_gate *gate) {
  (void) gate;
}
#endif

/* Before Python 3.14 a daemon thread that wants the GIL of an interpreter that is shutting down is ended by
 * pthread_exit, which unwinds its stack: through the engine, whose frames must not be unwound. Like later versions of
 * Python do by themselves, let such a thread sleep until the process is gone. (Needs -fexceptions.) */
static inline void vs_hang(void *unused) {
  (void) unused;
  for (;;) pause();
}

typedef void (*vs_event_fn)(void *c, int ev, void *ev_data);

static inline void vs_shield_event(vs_event_fn fn, void *c, int ev, void *ev_data) {
  pthread_cleanup_push(vs_hang, NULL);
  fn(c, ev, ev_data);
  pthread_cleanup_pop(0);
}

static inline void vs_shield_timer(void (*fn)(void *), void *arg) {
  pthread_cleanup_push(vs_hang, NULL);
  fn(arg);
  pthread_cleanup_pop(0);
}

static inline void vs_restore_thread(PyThreadState *thread) {
  pthread_cleanup_push(vs_hang, NULL);
  PyEval_RestoreThread(thread);
  pthread_cleanup_pop(0);
}

static inline void vs_gate_before(void *arg) {
  vs_gate *gate = (vs_gate *) arg;
  gate->waiting = 1;
  gate->saved = vs_gate_pause(gate);
  gate->thread = PyEval_SaveThread();
}

static inline void vs_gate_after(void *arg) {
  vs_gate *gate = (vs_gate *) arg;
  vs_restore_thread(gate->thread);
  vs_gate_resume(gate, gate->saved);
  gate->waiting = 0;
}

#endif
