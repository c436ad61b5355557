/* The least a test needs: CHECK stops the program with file and line, done() prints the last line. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>

static int check_count;

/* Stops the program unless `ok`; `what` says what was checked or found. */
static inline void check_report(int ok, const char *what, const char *file, int line) {
  check_count++;
  if (!ok) {
    printf("%s:%d: %s\n", file, line, what);
    exit(1);
  }
}

#define CHECK(condition) check_report((condition) ? 1 : 0, #condition, __FILE__, __LINE__)

static inline int done(void) {
  printf("ok %d checks\n", check_count);
  return 0;
}

#endif
