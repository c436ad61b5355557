/* usage: idle [CONNECTIONS]: nanoseconds of a poll per idle accepted connection beyond the kernel's part, and resident
 * bytes per connection. */
#include "figures.h"

static int accepted;
static unsigned long polls;

static void fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_ACCEPT) accepted++;
  if (ev == MG_EV_POLL) polls++;
  (void) c, (void) ev_data;
}

int main(int argc, char *argv[]) {
  int n = argc > 1 ? atoi(argv[1]) : 10000, rounds = 300, i, best;
  struct mg_mgr mgr;
  struct mg_connection *listener;
  long before, after;
  double library = 1e9, kernel = 1e9;
  struct epoll_event events[64];
  pid_t pid;
  mg_log_set(MG_LL_NONE);
  many_descriptors();
  mg_mgr_init(&mgr);
  listener = mg_listen(&mgr, "tcp://127.0.0.1:0", fn, NULL);
  require(listener != NULL, "listen");
  mg_mgr_poll(&mgr, 0);
  before = resident();
  pid = crowd(port_of(listener), n);
  while (accepted < n) mg_mgr_poll(&mgr, 10);
  for (i = 0; i < 10; i++) mg_mgr_poll(&mgr, 0);
  after = resident();
  for (best = 0; best < 5; best++) { /* the least disturbed of five */
    double start = cpu_seconds(), spent;
    for (i = 0; i < rounds; i++) mg_mgr_poll(&mgr, 0);
    spent = cpu_seconds() - start;
    if (spent < library) library = spent;
    start = cpu_seconds();
    for (i = 0; i < rounds; i++) (void) epoll_wait(mgr.epoll_fd, events, 64, 0);
    spent = cpu_seconds() - start;
    if (spent < kernel) kernel = spent;
  }
  require(polls > (unsigned long) n * (unsigned long) rounds, "polls");
  printf("idle_poll_ns %.2f\n", (library - kernel) / rounds / n * 1e9);
  printf("idle_bytes %.0f\n", (double) (after - before) / n);
  end(pid);
  mg_mgr_free(&mgr);
  return 0;
}
