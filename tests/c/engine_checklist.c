/*
 * The checklist of the engine chapter, one function per number. 1 runs through all tests (sanitizers); 15 to 19 are in
 * engine_timers.c, 12 in engine_udp.c, 14 in engine_wakeup.c, 10 in engine_life.c, 23 and 27 in engine_settings.c and
 * engine_io_size.c.
 */
#include "engine.h"

#include <pthread.h>

static struct mg_mgr mgr;
static struct trace lsn, srv, cli;

static void start(void) {
  all_traces = NULL;
  fresh(&lsn, &srv);
  fresh(&srv, NULL);
  fresh(&cli, NULL);
  memset(&mgr, 0x5a, sizeof(mgr));
  mg_mgr_init(&mgr);
}

static void finish(void) {
  mg_mgr_free(&mgr);
  CHECK(mgr.conns == NULL && mgr.timers == NULL);
}

static void check_2_and_3(void) { /* POLL per call; odd URLs refused or harmless, also as name server */
  static const char *const odd[] = {"", "tcp://0.0.0.0:0", "udp://127.0.0.1:0", "name:1:2", "\x01\x02", "://", "[", "tcp://["};
  size_t i;
  start();
  for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
    struct mg_connection *c = mg_listen(&mgr, odd[i], trace_fn, &lsn);
    mgr.dns4.url = odd[i];
    if (c == NULL) CHECK(mgr.conns == NULL);
    CHECK(mg_connect(&mgr, "tcp://some.name:80", trace_fn, &cli) != NULL);
    mg_mgr_poll(&mgr, 0), mg_mgr_poll(&mgr, 0);
    finish();
    start();
  }
  CHECK(mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn) != NULL);
  for (i = 0; i < 7; i++) mg_mgr_poll(&mgr, 0);
  CHECK(lsn.polls == 7);
  finish();
}

static void check_4(void) { /* a port freed by mg_mgr_free can be listened on at once, with a connection left behind */
  char url[64];
  int i;
  start();
  snprintf(url, sizeof(url), "%s", url_of(mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn), "tcp"));
  finish();
  for (i = 0; i < 10; i++) {
    start();
    CHECK(mg_listen(&mgr, url, trace_fn, &lsn) != NULL);
    CHECK(mg_connect(&mgr, url, trace_fn, &cli) != NULL);
    UNTIL(&mgr, srv.c != NULL);
    finish();
  }
}

static void check_5_6_8_9(void) { /* LOCALHOST; poll until a flag changes; loc at CONNECT; close from outside */
  struct mg_connection *l, *c;
  char url[64];
  start();
  l = mg_listen(&mgr, "tcp://LOCALHOST:0", trace_fn, &lsn);
  CHECK(l != NULL);
  snprintf(url, sizeof(url), "tcp://LocalHost:%u", (unsigned) port_of(l));
  c = mg_connect(&mgr, url, trace_fn, &cli);
  CHECK(c != NULL);
  UNTIL(&mgr, c->is_client && !c->is_connecting);
  CHECK(c->loc.port != 0 && !c->rem.is_ip6 && c->rem.addr.ip4 == htonl(INADDR_LOOPBACK));
  c->is_closing = 1;
  mg_mgr_poll(&mgr, 0);
  CHECK(cli.closes == 1);
  finish();
}

static int after_close;
static void http_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (c->fn_data != NULL && ev != MG_EV_CLOSE && ev != MG_EV_POLL) after_close++;
  if (ev == MG_EV_HTTP_MSG) {
    mg_http_reply(c, 200, NULL, "hi");
    c->is_closing = 1;
    c->fn_data = &after_close;
  }
  (void) ev_data;
}
static void check_7(void) { /* is_closing in a protocol event: CLOSE follows without anything between */
  struct mg_connection *l;
  int fd;
  char buf[10];
  start();
  l = mg_http_listen(&mgr, "http://127.0.0.1:0", http_fn, NULL);
  fd = peer_connect(port_of(l));
  peer_send(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 54);
  UNTIL(&mgr, count_conns(&mgr) == 2);
  UNTIL(&mgr, count_conns(&mgr) == 1);
  (void) !recv(fd, buf, sizeof(buf), 0);
  /* The READ in which the message came is the last event seen by fn; WRITE may follow in the same turn. */
  CHECK(after_close <= 2);
  close(fd);
  finish();
}

static void check_13(void) { /* a handler frees recv, the engine makes it again: see the hook of engine_udp.c; here TCP */
  struct mg_connection *l;
  int fd, i;
  start();
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  fd = peer_connect(port_of(l));
  UNTIL(&mgr, srv.c != NULL);
  for (i = 0; i < 5; i++) {
    peer_send(fd, "abc", 3);
    UNTIL(&mgr, srv.c->recv.len == 3);
    mg_iobuf_free(&srv.c->recv);
    CHECK(srv.c->recv.buf == NULL && srv.c->recv.size == 0);
  }
  close(fd);
  finish();
}

static void check_20(void) { /* POLL as a clock: a wait is not cut short without a reason */
  struct mg_connection *l;
  int fd, i;
  uint64_t before;
  start();
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  fd = peer_connect(port_of(l));
  UNTIL(&mgr, srv.c != NULL);
  mg_timer_add(&mgr, 1000000, MG_TIMER_REPEAT, NULL, NULL);
  mg_wakeup_init(&mgr);
  mg_send(srv.c, "x", 1);
  poll_once(&mgr, 10), poll_once(&mgr, 10), poll_once(&mgr, 10);
  srv.polls = 0;
  before = mg_millis();
  for (i = 0; i < 5; i++) mg_mgr_poll(&mgr, 20);
  CHECK(mg_millis() - before >= 95 && srv.polls == 5);
  close(fd);
  finish();
}

/* 21: a pair of connections that forward to each other, as in a SOCKS server, and cut each other in CLOSE; the outbound
 * one is written to while it still connects. A timer reconnects when CLOSE has reset the user's pointer. */
static struct mg_connection *kept;
static int reconnects;
static const char *kept_url;
static void kept_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_CLOSE) kept = NULL;
  if (ev == MG_EV_CONNECT) c->is_closing = 1;
  (void) ev_data;
}
static void reconnect(void *arg) {
  if (kept == NULL) kept = mg_connect((struct mg_mgr *) arg, kept_url, kept_fn, NULL), reconnects++;
}
static void pipe_fn(struct mg_connection *c, int ev, void *ev_data) {
  struct mg_connection *other = (struct mg_connection *) c->fn_data;
  if (ev == MG_EV_READ && other != NULL) {
    mg_send(other, c->recv.buf, c->recv.len);
    c->recv.len = 0;
  }
  if (ev == MG_EV_CLOSE && other != NULL) other->is_draining = 1, other->fn_data = NULL, c->fn_data = NULL;
  (void) ev_data;
}
static const char *backend;
static void front_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_ACCEPT) {
    struct mg_connection *out = mg_connect(c->mgr, backend, pipe_fn, c);
    c->fn = pipe_fn, c->fn_data = out;
    mg_send(out, ">", 1); /* it still connects */
  }
  (void) ev_data;
}
static void check_21(void) {
  struct mg_connection *front;
  char url[64], back_url[64], buf[16];
  int fd, lfd, out;
  uint16_t port;
  start();
  lfd = peer_bind(SOCK_STREAM, &port);
  snprintf(back_url, sizeof(back_url), "tcp://127.0.0.1:%u", (unsigned) port);
  backend = back_url;
  front = mg_listen(&mgr, "tcp://127.0.0.1:0", front_fn, NULL);
  fd = peer_connect(port_of(front));
  peer_send(fd, "abc", 3);
  peer_nonblocking(lfd);
  out = -1;
  UNTIL(&mgr, (out = accept(lfd, NULL, NULL)) >= 0);
  peer_nonblocking(out);
  {
    size_t n = 0;
    ssize_t got;
    UNTIL(&mgr, ((got = recv(out, buf + n, sizeof(buf) - n, 0)) > 0 ? (n += (size_t) got) : n) == 4);
    CHECK(memcmp(buf, ">abc", 4) == 0);
  }
  peer_send(out, "answer", 6);
  close(out);
  peer_nonblocking(fd);
  {
    size_t n = 0;
    ssize_t got = -1;
    UNTIL(&mgr, (got = recv(fd, buf + n, sizeof(buf) - n, 0)) == 0 || (n += got > 0 ? (size_t) got : 0) == 100);
    CHECK(n == 6 && memcmp(buf, "answer", 6) == 0);
  }
  close(fd);
  UNTIL(&mgr, count_conns(&mgr) == 1);
  snprintf(url, sizeof(url), "%s", url_of(front, "tcp"));
  kept_url = url;
  front->fn = NULL;
  mg_timer_add(&mgr, 1, MG_TIMER_REPEAT | MG_TIMER_RUN_NOW, reconnect, &mgr);
  UNTIL(&mgr, reconnects >= 3);
  close(lfd);
  finish();
}

/* 22: pfn = NULL in HTTP_HDRS makes the connection a raw stream at once. */
static char raw_bytes[64];
static int messages;
static void raw_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_HTTP_HDRS) {
    struct mg_http_message *hm = (struct mg_http_message *) ev_data;
    c->pfn = NULL;
    mg_iobuf_del(&c->recv, 0, hm->head.len);
  }
  if (ev == MG_EV_HTTP_MSG) messages++;
  if ((ev == MG_EV_READ || ev == MG_EV_HTTP_HDRS) && c->pfn == NULL && c->recv.len > 0) {
    size_t n = strlen(raw_bytes);
    snprintf(raw_bytes + n, sizeof(raw_bytes) - n, "%.*s", (int) c->recv.len, (char *) c->recv.buf);
    c->recv.len = 0;
  }
}
static void check_22(void) {
  struct mg_connection *l;
  int fd;
  start();
  l = mg_http_listen(&mgr, "http://127.0.0.1:0", raw_fn, NULL);
  fd = peer_connect(port_of(l));
  peer_send(fd, "POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nfirst", 61);
  UNTIL(&mgr, strcmp(raw_bytes, "first") == 0);
  peer_send(fd, " second", 7);
  UNTIL(&mgr, strcmp(raw_bytes, "first second") == 0);
  CHECK(messages == 0);
  close(fd);
  finish();
}

/* 24 and 25: broadcast by walking the list from a timer and from WAKEUP; events fired on another connection from READ. */
static int user_events;
static void *user_data;
static void marked_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_ACCEPT) c->data[0] = 'B';
  if (ev == MG_EV_USER) user_events++, user_data = ev_data;
  if (ev == MG_EV_WAKEUP) {
    struct mg_connection *p;
    for (p = c->mgr->conns; p != NULL; p = p->next) {
      if (p->data[0] == 'B') mg_printf(p, "%.*s", (int) ((struct mg_str *) ev_data)->len, ((struct mg_str *) ev_data)->buf);
    }
  }
  if (ev == MG_EV_READ) {
    struct mg_connection *p;
    c->recv.len = 0;
    for (p = c->mgr->conns; p != NULL; p = p->next) {
      if (p != c) mg_call(p, MG_EV_USER, &user_data);
    }
  }
}
static void broadcast(void *arg) {
  struct mg_connection *p;
  for (p = ((struct mg_mgr *) arg)->conns; p != NULL; p = p->next) {
    if (p->data[0] == 'B') mg_send(p, "tick", 4);
  }
}
static void check_24_and_25(void) {
  struct mg_connection *l;
  int fd[3], i;
  char buf[16];
  start();
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", marked_fn, NULL);
  CHECK(mg_wakeup_init(&mgr));
  for (i = 0; i < 3; i++) fd[i] = peer_connect(port_of(l));
  UNTIL(&mgr, count_conns(&mgr) == 5);
  mg_timer_add(&mgr, 1, MG_TIMER_ONCE | MG_TIMER_RUN_NOW, broadcast, &mgr);
  CHECK(mg_wakeup(&mgr, l->id, "tock", 4));
  for (i = 0; i < 10; i++) poll_once(&mgr, 1);
  for (i = 0; i < 3; i++) CHECK(recv(fd[i], buf, sizeof(buf), MSG_DONTWAIT) == 8 && memcmp(buf, "ticktock", 8) == 0);
  peer_send(fd[0], "x", 1);
  UNTIL(&mgr, user_events == 3);
  CHECK(user_data == &user_data);
  for (i = 0; i < 3; i++) close(fd[i]);
  finish();
}

static void check_28(void) { /* what a statistics page prints of all connections */
  struct mg_connection *c, *l;
  char line[300], expected[300];
  int n = 0;
  start();
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  CHECK(mg_connect(&mgr, url_of(l, "tcp"), trace_fn, &cli) != NULL);
  UNTIL(&mgr, srv.c != NULL);
  for (c = mgr.conns; c != NULL; c = c->next, n++) {
    mg_snprintf(line, sizeof(line), "%lu %d %d %d %M %M", c->id, (int) c->is_udp, (int) c->is_listening, (int) c->is_accepted,
                mg_print_ip_port, &c->loc, mg_print_ip_port, &c->rem);
    snprintf(expected, sizeof(expected), "%lu 0 %d %d %s:%u %s:%u", c->id, c == l, c == srv.c, "127.0.0.1",
             (unsigned) ntohs(c->loc.port), c == l ? "0.0.0.0" : "127.0.0.1", (unsigned) ntohs(c->rem.port));
    CHECK(strcmp(line, expected) == 0);
  }
  CHECK(n == 3);
  finish();
}

int main(void) {
  quiet();
  check_2_and_3();
  check_4();
  check_5_6_8_9();
  check_7();
  check_13();
  check_20();
  check_21();
  check_22();
  check_24_and_25();
  check_28();
  return done();
}
