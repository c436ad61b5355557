/* usage: timers: cost of a poll with 100,000 armed timers over one with 10, none of them due. */
#include "figures.h"

static void never(void *arg) { ++*(int *) arg; }

static double poll_ns(int timers) {
  enum { ROUNDS = 20000 };
  struct mg_mgr mgr;
  int i, fired = 0, best;
  double least = 1e9;
  mg_mgr_init(&mgr);
  for (i = 0; i < timers; i++) mg_timer_add(&mgr, 3600000 + (uint64_t) i, MG_TIMER_REPEAT, never, &fired);
  mg_mgr_poll(&mgr, 0);
  for (best = 0; best < 5; best++) {
    double start = cpu_seconds(), spent;
    for (i = 0; i < ROUNDS; i++) mg_mgr_poll(&mgr, 0);
    spent = cpu_seconds() - start;
    if (spent < least) least = spent;
  }
  require(fired == 0, "timers");
  mg_mgr_free(&mgr);
  return least / ROUNDS * 1e9;
}

int main(void) {
  double few, many;
  mg_log_set(MG_LL_NONE);
  few = poll_ns(10), many = poll_ns(100000);
  printf("timers_10_ns %.1f\n", few);
  printf("timers_100000_ns %.1f\n", many);
  printf("timers_ratio %.3f\n", many / few);
  return 0;
}
