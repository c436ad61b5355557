/* usage: churn [CYCLES]: bytes of heap that CYCLES connections leave behind, each opened, used and closed. */
#include "figures.h"

#include <malloc.h>

static int closed;
static void fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_CONNECT) mg_send(c, "hello", 5);
  if (ev == MG_EV_READ && c->is_accepted) mg_send(c, c->recv.buf, c->recv.len), c->recv.len = 0;
  if (ev == MG_EV_READ && c->is_client) c->is_closing = 1;
  if (ev == MG_EV_CLOSE && c->is_accepted) closed++;
  (void) ev_data;
}

static void cycles(struct mg_mgr *mgr, const char *url, int n) {
  int opened = 0, target = closed + n;
  while (closed < target) {
    int open_now = opened - (n - (target - closed));
    while (open_now < 50 && opened < n) {
      require(mg_connect(mgr, url, fn, NULL) != NULL, "connect");
      opened++, open_now++;
    }
    mg_mgr_poll(mgr, 1);
  }
}

int main(int argc, char *argv[]) {
  int n = argc > 1 ? atoi(argv[1]) : 100000;
  struct mg_mgr mgr;
  struct mg_connection *listener;
  char url[64];
  size_t before, after;
  mg_log_set(MG_LL_NONE);
  mg_mgr_init(&mgr);
  listener = mg_listen(&mgr, "tcp://127.0.0.1:0", fn, NULL);
  require(listener != NULL, "listen");
  snprintf(url, sizeof(url), "tcp://127.0.0.1:%u", (unsigned) port_of(listener));
  cycles(&mgr, url, n / 10);
  before = mallinfo2().uordblks;
  cycles(&mgr, url, n);
  after = mallinfo2().uordblks;
  printf("churn_bytes %ld\n", (long) after - (long) before);
  mg_mgr_free(&mgr);
  return 0;
}
