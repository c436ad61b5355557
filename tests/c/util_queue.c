/* The queue: layout, wrapping, two threads. */
#include "check.h"
#include "mongoose.h"
#include <pthread.h>
#include <sched.h>

enum { MESSAGES = 20000 };

static char buf[512];
static struct mg_queue queue;

static void *produce(void *arg) {
  uint32_t n, crc = 0;
  (void) arg;
  for (n = 0; n < MESSAGES; n++) {
    char text[64];
    size_t len = mg_snprintf(text, sizeof(text), "%u %.*s", n, (int) (n % 45), "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrs");
    while (mg_queue_printf(&queue, "%s", text) != len) (void) sched_yield();
    crc = mg_crc32(crc, text, len);
  }
  while (mg_queue_printf(&queue, "crc %x", crc) == 0) (void) sched_yield();
  return NULL;
}

static void test_threads(void) {
  pthread_t thread;
  uint32_t n, crc = 0;
  char *p = NULL, expected[32];
  size_t len;
  mg_queue_init(&queue, buf, sizeof(buf));
  CHECK(pthread_create(&thread, NULL, produce, NULL) == 0);
  for (n = 0; n < MESSAGES; n++) {
    while ((len = mg_queue_next(&queue, &p)) == 0) (void) sched_yield();
    crc = mg_crc32(crc, p, len);
    mg_queue_del(&queue, len);
  }
  while ((len = mg_queue_next(&queue, &p)) == 0) (void) sched_yield();
  CHECK(mg_snprintf(expected, sizeof(expected), "crc %x", crc) == len && memcmp(expected, p, len) == 0);
  mg_queue_del(&queue, len);
  CHECK(mg_queue_next(&queue, &p) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
}

static void test_layout(void) {
  char small[32], *p = NULL;
  uint32_t word;
  mg_queue_init(&queue, small, sizeof(small));
  CHECK(mg_queue_next(&queue, &p) == 0);
  CHECK(mg_queue_printf(&queue, "hi%d", 5) == 3);
  memcpy(&word, small, sizeof(word));
  CHECK(word == 3 && memcmp(small + 4, "hi5", 4) == 0 && queue.head == 7);
  CHECK(mg_queue_next(&queue, &p) == 3 && p == small + 4);
  CHECK(mg_queue_next(&queue, NULL) == 3);
  mg_queue_del(&queue, 3);
  CHECK(queue.tail == 7 && mg_queue_next(&queue, &p) == 0);
  CHECK(mg_queue_printf(&queue, "%s", "") == 0);
}

static void test_limits(void) {
  char small[32], *p = NULL;
  mg_queue_init(&queue, small, sizeof(small));
  CHECK(mg_queue_book(&queue, &p, 25) < 25);
  CHECK(mg_queue_book(&queue, &p, 24) >= 24 && p == small + 4);
  memset(p, 'x', 20);
  mg_queue_add(&queue, 20);
  CHECK(mg_queue_book(&queue, &p, 1) < 1 && queue.head == 24);
  CHECK(mg_queue_next(&queue, &p) == 20);
  mg_queue_del(&queue, 20);
  /* 24 bytes are free at the start: a header, the message and a later wrap word must stay below the reader. */
  CHECK(mg_queue_book(&queue, &p, 16) < 16);
  CHECK(mg_queue_book(&queue, &p, 15) >= 15 && p == small + 4);
  memcpy(p, "wrapped", 7);
  mg_queue_add(&queue, 7);
  CHECK(mg_queue_next(&queue, &p) == 7 && p == small + 4 && memcmp(p, "wrapped", 7) == 0);
}

int main(void) {
  test_layout();
  test_limits();
  test_threads();
  return done();
}
