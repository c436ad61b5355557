/* The least a test needs: CHECK stops the program with file and line, done() prints the last line. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>

static int check_count;

#define CHECK(condition)                                        \
  do {                                                          \
    check_count++;                                              \
    if (!(condition)) {                                         \
      printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);    \
      exit(1);                                                  \
    }                                                           \
  } while (0)

static inline int done(void) {
  printf("ok %d checks\n", check_count);
  return 0;
}

#endif
