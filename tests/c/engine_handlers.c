/*
 * Whatever a handler does to the manager and its connections, in whatever event: nothing is used after it was freed,
 * every connection gets OPEN once and CLOSE once, and nothing stays allocated.
 */
#include "engine.h"

#include "fence.h"

enum action {
  CLOSE_SELF,
  CLOSE_ALL,
  CLOSING_SELF,
  CLOSING_ALL,
  DRAINING_ALL,
  POLL_AGAIN,
  POLL_THRICE,
  FREE_MANAGER,
  FREE_AND_POLL,
  CONNECT_NEW,
  LISTEN_NEW,
  WRAP_NEW,
  WAKEUP_SELF,
  FREE_BUFFERS,
  RESIZE_BUFFERS,
  NO_HANDLERS,
  ERROR_SELF,
  ERROR_ALL,
  CALL_ALL,
  SEND_ALL,
  TRUNCATE_ALL,
  FULL_ALL,
  TIMERS_NEW,
  TIMERS_GONE,
  MANY_NEW,
  ACTIONS
};

#define MAX_ID 4000

static struct mg_mgr mgr;
static signed char opened[MAX_ID], closed[MAX_ID];
static int when, where; /* event and kind of connection at which it happens */
static enum action what;
static bool happened, waking, freed;
static void fn(struct mg_connection *c, int ev, void *ev_data);

static void on_timer(void *arg) { (void) arg; }


static void act(struct mg_connection *c) {
  struct mg_connection *p, *next;
  int fds[2], i;
  happened = true;
  switch (what) {
    case CLOSE_SELF: mg_close_conn(c); break;
    case CLOSE_ALL:
      for (p = mgr.conns; p != NULL; p = next) {
        next = p->next;
        mg_close_conn(p);
      }
      break;
    case CLOSING_SELF: c->is_closing = 1; break;
    case CLOSING_ALL:
      for (p = mgr.conns; p != NULL; p = p->next) p->is_closing = 1;
      break;
    case DRAINING_ALL:
      for (p = mgr.conns; p != NULL; p = p->next) p->is_draining = 1;
      break;
    case POLL_AGAIN: mg_mgr_poll(&mgr, 0); break;
    case POLL_THRICE:
      for (p = mgr.conns; p != NULL; p = p->next) p->is_closing = p != c;
      for (i = 0; i < 3; i++) mg_mgr_poll(&mgr, 1);
      break;
    case FREE_MANAGER:
      freed = true;
      mg_mgr_free(&mgr);
      break;
    case FREE_AND_POLL:
      freed = true;
      mg_mgr_free(&mgr);
      mg_mgr_poll(&mgr, 0);
      CHECK(mg_connect(&mgr, "tcp://127.0.0.1:1", fn, NULL) == NULL);
      CHECK(mg_listen(&mgr, "tcp://127.0.0.1:0", fn, NULL) == NULL);
      break;
    case CONNECT_NEW:
      mg_connect(&mgr, "tcp://127.0.0.1:1", fn, NULL);
      mg_connect(&mgr, "udp://127.0.0.1:1", fn, NULL);
      mg_connect(&mgr, "unix:///x", fn, NULL);
      break;
    case LISTEN_NEW:
      mg_listen(&mgr, "tcp://127.0.0.1:0", fn, NULL);
      mg_listen(&mgr, "bad url", fn, NULL);
      break;
    case WRAP_NEW:
      CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
      if (mg_wrapfd(&mgr, fds[0], fn, NULL) == NULL) close(fds[0]);
      close(fds[1]);
      break;
    case WAKEUP_SELF:
      mg_wakeup_init(&mgr);
      mg_wakeup(&mgr, c->id, "x", 1);
      break;
    case FREE_BUFFERS:
      mg_iobuf_free(&c->recv);
      mg_iobuf_free(&c->send);
      break;
    case RESIZE_BUFFERS:
      mg_iobuf_resize(&c->recv, 100000);
      mg_iobuf_resize(&c->send, 100000);
      break;
    case NO_HANDLERS:
      c->fn = NULL, c->pfn = NULL;
      break;
    case ERROR_SELF: mg_error(c, "%s", "test"); break;
    case ERROR_ALL:
      for (p = mgr.conns; p != NULL; p = p->next) mg_error(p, "all");
      break;
    case CALL_ALL:
      for (p = mgr.conns; p != NULL; p = p->next) mg_call(p, MG_EV_USER + 1, c);
      break;
    case SEND_ALL:
      for (p = mgr.conns; p != NULL; p = p->next) mg_send(p, "data", 4), mg_printf(p, "%d", 7);
      break;
    case TRUNCATE_ALL:
      for (p = mgr.conns; p != NULL; p = p->next) p->send.len = 0, p->recv.len = 0;
      break;
    case FULL_ALL:
      for (p = mgr.conns; p != NULL; p = p->next) p->is_full = 1;
      break;
    case TIMERS_NEW:
      for (i = 0; i < 10; i++) mg_timer_add(&mgr, 1, MG_TIMER_REPEAT | MG_TIMER_RUN_NOW, on_timer, NULL);
      break;
    case TIMERS_GONE:
      while (mgr.timers != NULL) {
        struct mg_timer *t = mgr.timers;
        mg_timer_free(&mgr.timers, t);
        mg_free(t);
      }
      break;
    case MANY_NEW:
      for (i = 0; i < 100; i++) mg_connect(&mgr, "udp://127.0.0.1:9", fn, NULL);
      break;
    case ACTIONS:
    default: CHECK(false);
  }
}

/* Kinds: 0 TCP listener, 1 accepted, 2 TCP client, 3 UDP listener, 4 UDP client, 5 wrapped, 6 refused client. */
static int kind_of(struct mg_connection *c) {
  if (c->is_accepted) return 1;
  if (c->fn_data == (void *) opened) return 6;
  if (c->is_client) return c->is_udp ? 4 : 2;
  if (c->is_listening) return c->is_udp ? 3 : 0;
  return c->fn_data == (void *) &mgr ? 5 : -1;
}

static void fn(struct mg_connection *c, int ev, void *ev_data) {
  CHECK(c->id < MAX_ID);
  CHECK(closed[c->id] == 0 || what == ERROR_SELF || what == ERROR_ALL || what == CALL_ALL);
  if (ev == MG_EV_OPEN) CHECK(++opened[c->id] == 1);
  if (ev == MG_EV_CLOSE) CHECK(++closed[c->id] == 1);
  CHECK(opened[c->id] == 1);
  if (!happened && ev == when && kind_of(c) == where) act(c);
  if (ev == MG_EV_CONNECT || ev == MG_EV_ACCEPT) mg_send(c, "hello", 5);
  if (ev == MG_EV_READ) {
    if (c->recv.len > 0 && c->is_listening) mg_send(c, c->recv.buf, c->recv.len);
    c->recv.len = 0;
  }
  if (ev == MG_EV_POLL && c->is_listening && !c->is_udp && !waking) {
    waking = mg_wakeup_init(&mgr);
    mg_wakeup(&mgr, c->id, "wake", 4);
    if (mgr.conns != NULL) mg_call(mgr.conns, MG_EV_USER, NULL);
  }
  (void) ev_data;
}

static void from_timer(void *arg) {
  if (!happened && when == -1 && mgr.conns != NULL) act(mgr.conns);
  (void) arg;
}

static void pfn(struct mg_connection *c, int ev, void *ev_data) { (void) c, (void) ev, (void) ev_data; }

/* Checks that happen only when no handler freed the manager. */
static struct mg_connection *alive(struct mg_connection *c) {
  CHECK(c != NULL || freed);
  return c;
}

static void run(void) {
  struct mg_connection *tcp, *udp, *c;
  char url[2][64];
  int fds[2], i;
  memset(opened, 0, sizeof(opened));
  memset(closed, 0, sizeof(closed));
  happened = waking = freed = false;
  mg_mgr_init(&mgr);
  mg_timer_add(&mgr, 1, MG_TIMER_REPEAT | MG_TIMER_RUN_NOW, from_timer, NULL);
  snprintf(url[0], sizeof(url[0]), "tcp://127.0.0.1:1");
  snprintf(url[1], sizeof(url[1]), "udp://127.0.0.1:1");
  tcp = alive(mg_listen(&mgr, "tcp://127.0.0.1:0", fn, NULL));
  if (tcp != NULL) snprintf(url[0], sizeof(url[0]), "%s", url_of(tcp, "tcp"));
  udp = freed ? NULL : alive(mg_listen(&mgr, "udp://127.0.0.1:0", fn, NULL));
  if (udp != NULL) snprintf(url[1], sizeof(url[1]), "%s", url_of(udp, "udp"));
  alive(mg_connect_svc(&mgr, url[0], fn, NULL, pfn, NULL));
  alive(mg_connect(&mgr, url[1], fn, NULL));
  alive(mg_connect(&mgr, "tcp://127.0.0.1:1", fn, opened));
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  c = alive(mg_wrapfd(&mgr, fds[0], fn, &mgr));
  if (c == NULL && fcntl(fds[0], F_GETFD) != -1) close(fds[0]);
  CHECK(send(fds[1], "abc", 3, MSG_NOSIGNAL) == 3 || freed);
  for (i = 0; i < 12; i++) mg_mgr_poll(&mgr, 0);
  if (!freed && mgr.conns != NULL) mg_call(mgr.conns, MG_EV_USER, NULL);
  for (c = freed ? NULL : mgr.conns; c != NULL; c = c->next) c->is_full = 0;
  for (i = 0; i < 4; i++) mg_mgr_poll(&mgr, 0);
  mg_mgr_free(&mgr);
  close(fds[1]);
  CHECK(mgr.conns == NULL && mgr.timers == NULL);
  for (i = 0; i < MAX_ID; i++) {
    if (what != NO_HANDLERS) CHECK(opened[i] == closed[i]);
  }
  if (fence_live != 0) printf("event %d kind %d action %d: %ld blocks left\n", when, where, (int) what, fence_live);
  CHECK(fence_live == 0);
}

static void everything(void) {
  static const int events[] = {MG_EV_OPEN,  MG_EV_POLL,  MG_EV_RESOLVE, MG_EV_CONNECT, MG_EV_ACCEPT, MG_EV_READ,
                               MG_EV_WRITE, MG_EV_CLOSE, MG_EV_ERROR,   MG_EV_WAKEUP,  MG_EV_USER};
  size_t e;
  int done_in[32] = {0};
  for (e = 0; e < sizeof(events) / sizeof(events[0]); e++) {
    when = events[e];
    for (where = 0; where <= 6; where++) {
      for (what = CLOSE_SELF; what < ACTIONS; what = (enum action)((int) what + 1)) {
        run();
        if (!happened) break; /* no such event on such a connection */
        done_in[e]++;
      }
    }
    CHECK(done_in[e] > 0);
  }
  when = -1;
  for (what = CLOSE_SELF; what < ACTIONS; what = (enum action)((int) what + 1)) {
    run();
    CHECK(happened);
  }
}

int main(void) {
  quiet();
  everything();
  return done();
}
