/* Checks for the C tests: CHECK counts and reports failures, done() prints the sum and is the exit status. */
#ifndef VANSIRE_TESTS_CHECK_H
#define VANSIRE_TESTS_CHECK_H

#include <stdio.h>
#include <stdlib.h>

static int check_count, check_failures;

static void check_report(int ok, const char *what, const char *file, int line) {
  check_count++;
  if (!ok) {
    check_failures++;
    (void) fprintf(stderr, "%s:%d: %s\n", file, line, what);
  }
}

#define CHECK(expr) check_report((expr) ? 1 : 0, #expr, __FILE__, __LINE__)
#define DONE() \
  (printf("%d checks, %d failed\n", check_count, check_failures), check_failures == 0 && check_count > 0 ? 0 : 1)
#define done() DONE()

#endif
