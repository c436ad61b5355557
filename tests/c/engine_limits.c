/* Limits of a listener, on a clock that the test moves: nothing a millisecond too early, nothing late. */
#define MG_ENABLE_CUSTOM_MILLIS 1
#include "engine.h"

static uint64_t now = 5000000;
uint64_t mg_millis(void) { return now; }

static struct mg_mgr mgr;
static struct trace lsn, srv;
static struct mg_connection *listener;

static void answer(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  (void) ev_data;
  if (ev == MG_EV_HTTP_MSG && t->arg == NULL) mg_http_reply(c, 200, "", "ok");
}

/* An HTTP listener with these limits and one client of it. */
static int start(struct mg_x_limits limits) {
  int fd;
  all_traces = NULL;
  fresh(&lsn, &srv), fresh(&srv, NULL);
  srv.hook = answer;
  mg_mgr_init(&mgr);
  listener = mg_http_listen(&mgr, "http://127.0.0.1:0", trace_fn, &lsn);
  CHECK(mg_x_set_limits(listener, &limits));
  fd = peer_connect(port_of(listener));
  UNTIL(&mgr, srv.c != NULL);
  return fd;
}

static void stop(int fd) {
  close(fd);
  mg_mgr_free(&mgr);
}

/* Lets time pass: the connection is alive at `ms` - 1 and gone at `ms`. */
static void ends_after(uint64_t ms) {
  uint64_t begin = now;
  now = begin + ms - 1;
  poll_once(&mgr, 0), poll_once(&mgr, 0);
  CHECK(srv.closes == 0);
  now = begin + ms;
  poll_once(&mgr, 0), poll_once(&mgr, 0);
  CHECK(srv.closes == 1);
}

static void request(void) {
  struct mg_x_limits limits = {0, 0, 1000, 0, 0, false};
  static const char text[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  int fd = start(limits);
  char buf[200];
  ssize_t n;
  now += 100000; /* nothing was begun */
  poll_once(&mgr, 0);
  CHECK(srv.closes == 0);
  peer_send(fd, text, sizeof(text) - 1);
  UNTIL(&mgr, strstr(srv.text, "WRITE") != NULL);
  now += 100000; /* a complete one is over */
  poll_once(&mgr, 0);
  CHECK(srv.closes == 0);
  CHECK(recv(fd, buf, sizeof(buf), 0) > 0);
  peer_send(fd, text, 10);
  UNTIL(&mgr, srv.c->recv.len == 10);
  now += 900;
  peer_send(fd, text + 10, 1); /* progress does not prolong it */
  UNTIL(&mgr, srv.c->recv.len == 11);
  ends_after(100);
  CHECK(strstr(srv.text, "ERROR(request timeout)") != NULL);
  n = recv(fd, buf, sizeof(buf), 0);
  CHECK(n > 12 && memcmp(buf, "HTTP/1.1 408", 12) == 0);
  stop(fd);
}

static void keepalive(void) {
  struct mg_x_limits limits = {0, 0, 0, 1000, 0, false};
  static const char text[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  int fd = start(limits);
  now += 500;
  peer_send(fd, text, sizeof(text) - 1);
  UNTIL(&mgr, strstr(srv.text, "WRITE") != NULL);
  ends_after(1000);
  CHECK(strstr(srv.text, "ERROR") == NULL);
  stop(fd);

  fd = start(limits); /* an answer that the handler owes is not silence */
  srv.arg = &fd;
  peer_send(fd, text, sizeof(text) - 1);
  UNTIL(&mgr, strstr(srv.text, "HTTP_MSG") != NULL);
  now += 100000;
  poll_once(&mgr, 0), poll_once(&mgr, 0);
  CHECK(srv.closes == 0);
  mg_http_reply(srv.c, 200, "", "late");
  poll_once(&mgr, 0), poll_once(&mgr, 0);
  ends_after(1000);
  stop(fd);
}

static void idle(void) {
  struct mg_x_limits limits = {0, 0, 0, 0, 1000, false};
  int fd = start(limits);
  ends_after(1000);
  CHECK(strstr(srv.text, "ERROR(idle timeout)") != NULL);
  stop(fd);

  fd = start(limits); /* taken away */
  CHECK(mg_x_set_limits(listener, NULL));
  now += 100000;
  poll_once(&mgr, 0);
  CHECK(srv.closes == 0);
  limits.idle_ms = 7; /* of one connection, not of its listener */
  CHECK(mg_x_set_limits(srv.c, &limits));
  ends_after(7);
  stop(fd);
}

/* A clock that goes back starts the time anew. */
static void backwards(void) {
  struct mg_x_limits limits = {0, 0, 0, 0, 1000, false};
  int fd = start(limits);
  now = 10;
  poll_once(&mgr, 0);
  CHECK(srv.closes == 0);
  ends_after(1000);
  stop(fd);
}

static void connections(void) {
  struct mg_x_limits limits = {0, 2, 0, 0, 0, false};
  int fd = start(limits), more[3], i;
  for (i = 0; i < 3; i++) more[i] = peer_connect(port_of(listener));
  for (i = 0; i < 10; i++) poll_once(&mgr, 0);
  CHECK(count_conns(&mgr) == 3);
  close(fd);
  UNTIL(&mgr, srv.closes == 1);
  for (i = 0; i < 10; i++) poll_once(&mgr, 0);
  CHECK(count_conns(&mgr) == 3);
  limits.max_connections = 0;
  CHECK(mg_x_set_limits(listener, &limits));
  UNTIL(&mgr, count_conns(&mgr) == 4);
  for (i = 0; i < 3; i++) close(more[i]);
  mg_mgr_free(&mgr);
}

static void size(void) {
  struct mg_x_limits limits = {100, 0, 0, 0, 0, false};
  char text[100];
  int fd = start(limits);
  memset(text, 'x', sizeof(text));
  memcpy(text, "GET /", 5);
  peer_send(fd, text, sizeof(text));
  shutdown(fd, SHUT_WR);
  UNTIL(&mgr, srv.closes == 1);
  CHECK(recv(fd, text, sizeof(text), 0) > 12 && memcmp(text, "HTTP/1.1 431", 12) == 0);
  stop(fd);
}

int main(void) {
  quiet();
  request();
  keepalive();
  idle();
  backwards();
  connections();
  size();
  return done();
}
