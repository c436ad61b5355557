/* A program's own allocator, clock, random source and log serve the whole library. */
#include "check.h"
#include "mongoose.h"
#include <stdlib.h>

static size_t allocated, freed, logged;

void *mg_calloc(size_t count, size_t size) {
  void *p = calloc(count, size);
  if (p != NULL) allocated++;
  return p;
}

void mg_free(void *ptr) {
  if (ptr != NULL) freed++;
  free(ptr);
}

uint64_t mg_millis(void) { return 0x123; }

bool mg_random(void *buf, size_t len) {
  memset(buf, 0, len);
  return true;
}

void mg_log_prefix(int level, const char *file, int line, const char *fname) {
  (void) level, (void) file, (void) line, (void) fname;
  logged++;
}

void mg_log(const char *fmt, ...) {
  (void) fmt;
  logged++;
}

int main(void) {
  struct mg_iobuf io = {NULL, 0, 0, 0};
  char *text, buf[4];
  text = mg_mprintf("%300d", 1);
  CHECK(text != NULL && allocated > 0);
  mg_free(text);
  CHECK(mg_iobuf_init(&io, 100, 10));
  mg_iobuf_free(&io);
  CHECK(allocated == freed);
  CHECK(strcmp(mg_random_str(buf, sizeof(buf)), "aaa") == 0);
  MG_INFO(("x"));
  CHECK(logged == 2);
  CHECK(!mg_wifi_scan() && logged == 4);
  return done();
}
