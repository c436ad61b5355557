/* The clock is the program's and does what it likes: jumps, stands still, wraps. */
#define MG_ENABLE_CUSTOM_MILLIS 1
#include "engine.h"

#include <sys/resource.h>

static uint64_t now = 5000000;
uint64_t mg_millis(void) { return now; }

static struct mg_mgr mgr;
static struct trace lsn, srv;

static void tick(void *arg) { ++*(int *) arg; }

/* Timers of the manager over all kinds of jumps: never a burst, never silence for longer than a period. */
static void timers(void) {
  static const uint64_t jumps[] = {0, 1, 4999900, 1, 100, 1000000, 3, ~(uint64_t) 0 - 120, ~(uint64_t) 0, 40, 5000, 0};
  int ticks = 0, more = 0;
  size_t i;
  mg_mgr_init(&mgr);
  mg_timer_add(&mgr, 50, MG_TIMER_REPEAT, tick, &ticks);
  mg_timer_add(&mgr, 1000000000, MG_TIMER_REPEAT, tick, &more);
  mg_mgr_poll(&mgr, 0);
  for (i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
    int before = ticks;
    now = jumps[i];
    mg_mgr_poll(&mgr, 0);
    CHECK(ticks - before <= 1);
    before = ticks;
    now += 51;
    mg_mgr_poll(&mgr, 0);
    now += 51;
    mg_mgr_poll(&mgr, 0);
    CHECK(ticks - before >= 1 && ticks - before <= 2);
  }
  mg_mgr_free(&mgr);
}

/* Timers whose fields the program writes itself, or that it links by hand, are noticed within a second. */
static void by_hand(void) {
  int ticks = 0, more = 0;
  struct mg_timer *t, mine;
  now = 1000000;
  mg_mgr_init(&mgr);
  t = mg_timer_add(&mgr, 1000000000, MG_TIMER_REPEAT, tick, &ticks);
  mg_mgr_poll(&mgr, 0);
  t->period_ms = 10, t->expire = now + 10;
  memset(&mine, 0, sizeof(mine));
  mine.period_ms = 10, mine.flags = MG_TIMER_REPEAT, mine.fn = tick, mine.arg = &more;
  LIST_ADD_TAIL(struct mg_timer, &mgr.timers, &mine);
  now += 1000;
  mg_mgr_poll(&mgr, 0);
  now += 10;
  mg_mgr_poll(&mgr, 0);
  CHECK(ticks == 2 && more == 1);
  mg_mgr_free(&mgr);
}

/* A listener that rests after EMFILE wakes up though the clock went back meanwhile. */
static void backoff(void) {
  struct rlimit old, tight;
  struct mg_connection *l;
  int fd, fds[300], n = 0, i;
  struct sockaddr_in sin;
  all_traces = NULL;
  now = 1000000;
  fresh(&lsn, &srv), fresh(&srv, NULL);
  mg_mgr_init(&mgr);
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  fd = socket(AF_INET, SOCK_STREAM, 0);
  getrlimit(RLIMIT_NOFILE, &old);
  tight = old, tight.rlim_cur = 100;
  CHECK(setrlimit(RLIMIT_NOFILE, &tight) == 0);
  while (n < 300 && (fds[n] = dup(0)) >= 0) n++;
  sin = loopback(port_of(l));
  CHECK(connect(fd, (struct sockaddr *) &sin, sizeof(sin)) == 0);
  poll_once(&mgr, 1), poll_once(&mgr, 1);
  CHECK(srv.c == NULL);
  for (i = 0; i < n; i++) close(fds[i]);
  CHECK(setrlimit(RLIMIT_NOFILE, &old) == 0);
  now = 7; /* back by far */
  for (i = 0; i < 20 && srv.c == NULL; i++) poll_once(&mgr, 1);
  CHECK(srv.c != NULL);
  close(fd);
  mg_mgr_free(&mgr);
}

/* Time limits count on when the clock goes back, and do not fire at once. */
static void limits(void) {
  struct mg_connection *l;
  int fd;
  all_traces = NULL;
  now = 1000000;
  fresh(&lsn, &srv), fresh(&srv, NULL);
  mg_mgr_init(&mgr);
  mg_x_set_timeouts(&mgr, 1000, 1000);
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  fd = peer_connect(port_of(l));
  UNTIL(&mgr, srv.c != NULL);
  poll_once(&mgr, 0);
  now = 10;
  poll_once(&mgr, 0);
  now += 999;
  poll_once(&mgr, 0);
  CHECK(srv.closes == 0);
  now += 1;
  poll_once(&mgr, 0);
  CHECK(srv.closes == 1);
  close(fd);
  mg_mgr_free(&mgr);
}

int main(void) {
  quiet();
  timers();
  by_hand();
  backoff();
  limits();
  return done();
}
