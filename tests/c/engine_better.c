/*
 * Where the engine is better than the original: one function per line of the chapter's list, named after its number.
 * 11, 12 and 25 are in engine_timers.c, 13 in engine_handlers.c, 14 and 15 in engine_wakeup.c, 18 and 27 in engine_addr.c,
 * 29 to 32 in dash_better.c.
 */
#include "engine.h"

#include <sys/resource.h>

/* Allocations of at least one growth step; nothing else can be told from outside about copying. */
static long large_blocks;
static size_t largest_block;
void *mg_calloc(size_t count, size_t size) {
  if (count * size >= MG_IO_SIZE) large_blocks++;
  if (count * size > largest_block) largest_block = count * size;
  return calloc(count, size);
}
void mg_free(void *ptr) { free(ptr); }

static struct mg_mgr mgr;
static struct trace lsn, srv, cli;

static void start(void) {
  all_traces = NULL;
  fresh(&lsn, &srv);
  fresh(&srv, NULL);
  fresh(&cli, NULL);
  mg_mgr_init(&mgr);
}

static void finish(void) {
  mg_mgr_free(&mgr);
  CHECK(mgr.conns == NULL);
}

/* A listener and one accepted peer. */
static struct mg_connection *listener;
static int accepted_peer(void) {
  int fd;
  listener = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  CHECK(listener != NULL);
  fd = peer_connect(port_of(listener));
  UNTIL(&mgr, srv.c != NULL);
  return fd;
}

/* What is logged, kept for looking at. */
static char logged[100000];
static size_t logged_len;
static void keep(char ch, void *arg) {
  if (logged_len + 1 < sizeof(logged)) logged[logged_len++] = ch, logged[logged_len] = '\0';
  (void) arg;
}
static void listen_to_log(int level) {
  logged_len = 0, logged[0] = '\0';
  mg_log_set(level);
  mg_log_set_fn(keep, NULL);
}
static int times(const char *text) {
  int n = 0;
  const char *p;
  for (p = logged; (p = strstr(p, text)) != NULL; p++) n++;
  return n;
}

static void better_1_and_2(void) { /* zero-length and unsendable datagrams close nobody */
  struct mg_connection *l, *c;
  static char big[70000];
  start();
  l = mg_listen(&mgr, "udp://127.0.0.1:0", trace_fn, &lsn);
  c = mg_connect(&mgr, url_of(l, "udp"), trace_fn, &cli);
  CHECK(mg_send(c, "", 0) && mg_send(c, "", 0) && !mg_send(c, big, sizeof(big)));
  CHECK(!mg_send(l, big, sizeof(big)));
  CHECK(mg_iobuf_add(&c->send, 0, big, sizeof(big)) == sizeof(big)); /* queued, too large for a datagram */
  poll_once(&mgr, 1), poll_once(&mgr, 1), poll_once(&mgr, 1);
  CHECK(lsn.closes == 0 && cli.closes == 0 && !c->is_closing && !l->is_closing && c->send.len == 0);
  CHECK(mg_send(c, "alive", 5));
  UNTIL(&mgr, l->recv.len == 5);
  finish();
}

static void better_3(void) { /* mg_send leaves queued text alone */
  struct mg_connection *l, *c;
  start();
  l = mg_listen(&mgr, "udp://127.0.0.1:0", trace_fn, &lsn);
  c = mg_connect(&mgr, url_of(l, "udp"), trace_fn, &cli);
  mg_printf(c, "queued text");
  CHECK(mg_send(c, "12345", 5) && c->send.len == 11 && memcmp(c->send.buf, "queued text", 11) == 0);
  finish();
}

static void better_4(void) { /* datagrams arrive whole, whatever room is left */
  struct mg_connection *l, *c;
  static char big[65507];
  start();
  l = mg_listen(&mgr, "udp://127.0.0.1:0", trace_fn, &lsn);
  c = mg_connect(&mgr, url_of(l, "udp"), trace_fn, &cli);
  CHECK(mg_send(c, big, 10000) && mg_send(c, big, 50000) && mg_send(c, big, sizeof(big)));
  UNTIL(&mgr, l->recv.len == 60000 + sizeof(big));
  finish();
}

static void better_5(void) { /* a reset loses nothing that was received, also when seen late or while writing */
  int fd, i;
  static char block[100000];
  start();
  fd = accepted_peer();
  peer_send(fd, block, sizeof(block));
  peer_reset(fd);
  UNTIL(&mgr, srv.closes == 1);
  CHECK(strstr(srv.text, "ERROR(socket error) CLOSE") != NULL);
  for (i = 0; srv.text[i] != '\0'; i++) (void) 0;
  finish();
  /* Noticed by a write. */
  start();
  fd = accepted_peer();
  srv.c->is_full = 1;
  poll_once(&mgr, 1);
  peer_send(fd, "precious", 8);
  peer_reset(fd);
  srv.c->is_full = 0;
  mg_send(srv.c, "x", 1);
  UNTIL(&mgr, srv.closes == 1);
  CHECK(strstr(srv.text, "READ 8") != NULL);
  finish();
}

static size_t received;
static void better_6(void) { /* FIN before a large reply is out: all of it is sent, then CLOSE */
  static char block[20000000];
  char *p;
  int fd;
  start();
  fd = accepted_peer();
  memset(block, 'r', sizeof(block));
  CHECK(mg_send(srv.c, block, sizeof(block)));
  CHECK(shutdown(fd, SHUT_WR) == 0);
  peer_nonblocking(fd);
  p = (char *) malloc(1000000);
  received = 0;
  for (;;) {
    ssize_t n = recv(fd, p, 1000000, 0);
    if (n == 0) break;
    if (n > 0) received += (size_t) n;
    if (srv.closes == 0) poll_once(&mgr, 0);
  }
  CHECK(received == sizeof(block) && srv.closes == 1 && strstr(srv.text, "ERROR") == NULL);
  free(p);
  close(fd);
  finish();
  /* A peer that is gone altogether ends it. */
  start();
  fd = accepted_peer();
  CHECK(mg_send(srv.c, block, sizeof(block)));
  poll_once(&mgr, 1);
  close(fd);
  UNTIL(&mgr, srv.closes == 1);
  finish();
  /* With nothing to send it closes at once. */
  start();
  fd = accepted_peer();
  close(fd);
  UNTIL(&mgr, srv.closes == 1);
  CHECK(traced(&srv, "OPEN ACCEPT / CLOSE"));
  finish();
}

/* Whether polls really wait: three of 30 ms take at least 85. */
static bool polls_wait(void) {
  uint64_t before = mg_millis();
  int i;
  for (i = 0; i < 3; i++) poll_once(&mgr, 30);
  return mg_millis() - before >= 85;
}
static void better_7(void) { /* nobody spins over connections that are full, closed by the peer, or reset */
  int fd;
  start();
  fd = accepted_peer();
  srv.c->is_full = 1;
  peer_send(fd, "data", 4);
  CHECK(polls_wait());
  CHECK(shutdown(fd, SHUT_WR) == 0);
  CHECK(polls_wait());
  peer_reset(fd);
  poll_once(&mgr, 1);
  CHECK(polls_wait() && srv.closes == 0);
  srv.c->is_full = 0;
  UNTIL(&mgr, srv.closes == 1);
  CHECK(strstr(srv.text, "READ 4") != NULL);
  finish();
  /* Half closed, with output that cannot go out. */
  start();
  fd = accepted_peer();
  {
    static char block[20000000];
    CHECK(mg_send(srv.c, block, sizeof(block)));
  }
  CHECK(shutdown(fd, SHUT_WR) == 0);
  poll_once(&mgr, 1), poll_once(&mgr, 1), poll_once(&mgr, 1), poll_once(&mgr, 1);
  CHECK(polls_wait() && srv.closes == 0);
  close(fd);
  UNTIL(&mgr, srv.closes == 1);
  finish();
}

static void better_8(void) { /* out of descriptors: one line, no spinning, the listener recovers */
  struct rlimit old, tight;
  int fds[4], spare[600], n = 0, i;
  start();
  fds[0] = accepted_peer();
  fds[1] = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(getrlimit(RLIMIT_NOFILE, &old) == 0);
  tight = old;
  tight.rlim_cur = 200;
  CHECK(setrlimit(RLIMIT_NOFILE, &tight) == 0);
  while (n < 600 && (spare[n] = dup(0)) >= 0) n++;
  {
    struct sockaddr_in sin = loopback(port_of(listener));
    CHECK(connect(fds[1], (struct sockaddr *) &sin, sizeof(sin)) == 0);
  }
  listen_to_log(MG_LL_ERROR);
  poll_once(&mgr, 1);
  {
    uint64_t before = mg_millis();
    int polls = 0;
    while (mg_millis() - before < 450) poll_once(&mgr, 50), polls++;
    CHECK(polls < 60);
  }
  CHECK(times("accept failed") == 1);
  quiet();
  for (i = 0; i < n; i++) close(spare[i]);
  CHECK(setrlimit(RLIMIT_NOFILE, &old) == 0);
  {
    unsigned long first = srv.id;
    UNTIL(&mgr, srv.id != first);
  }
  close(fds[0]), close(fds[1]);
  finish();
}

static int refused_in_close;
static void reopening_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_POLL && c->is_closing) c->is_closing = 0;
  if (ev == MG_EV_CLOSE) {
    refused_in_close += mg_connect(c->mgr, "udp://127.0.0.1:9", reopening_fn, NULL) == NULL;
    refused_in_close += mg_listen(c->mgr, "tcp://127.0.0.1:0", reopening_fn, NULL) == NULL;
    refused_in_close += mg_wrapfd(c->mgr, 0, reopening_fn, NULL) == NULL;
    mg_timer_add(c->mgr, 1, MG_TIMER_REPEAT, NULL, NULL);
  }
  (void) ev_data;
}
static void better_9(void) { /* nothing opens, and nothing escapes, while the manager goes */
  start();
  CHECK(mg_listen(&mgr, "tcp://127.0.0.1:0", reopening_fn, NULL) != NULL);
  CHECK(mg_connect(&mgr, "udp://127.0.0.1:9", reopening_fn, NULL) != NULL);
  finish();
  CHECK(refused_in_close == 6 && mgr.timers == NULL);
}

static void revive_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_ERROR || ev == MG_EV_POLL) c->is_closing = 0;
  (void) ev_data, (void) t;
}
static void better_10(void) { /* a socket error is final, and said once */
  int fd;
  char url[64];
  start();
  srv.hook = revive_hook;
  fd = accepted_peer();
  peer_reset(fd);
  UNTIL(&mgr, srv.closes == 1);
  CHECK(traced(&srv, "OPEN ACCEPT / ERROR(socket error) CLOSE"));
  cli.hook = revive_hook;
  snprintf(url, sizeof(url), "tcp://127.0.0.1:%u", (unsigned) dead_port());
  mg_connect(&mgr, url, trace_fn, &cli);
  slash(&cli);
  UNTIL(&mgr, cli.closes == 1);
  CHECK(traced(&cli, "OPEN RESOLVE / ERROR(socket error) CLOSE"));
  finish();
}

static bool cloexec_nonblock(int fd) {
  return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}
static void better_16_and_17(void) { /* every descriptor is non-blocking and close-on-exec; none is stdin by mistake */
  struct mg_connection *c, *l;
  int fd;
  start();
  fd = accepted_peer();
  l = mg_listen(&mgr, "udp://127.0.0.1:0", trace_fn, &lsn);
  CHECK(mg_connect(&mgr, url_of(l, "udp"), trace_fn, &cli) != NULL);
  CHECK(mg_connect(&mgr, url_of(listener, "tcp"), trace_fn, &cli) != NULL);
  CHECK(mg_wakeup_init(&mgr));
  for (c = mgr.conns; c != NULL; c = c->next) CHECK(cloexec_nonblock((int) (size_t) c->fd));
  CHECK(cloexec_nonblock(mgr.pipe.fd));
  c = mg_alloc_conn(&mgr);
  CHECK((MG_SOCKET_TYPE) (size_t) c->fd == MG_INVALID_SOCKET);
  mg_close_conn(c);
  CHECK(fcntl(0, F_GETFD) != -1);
  close(fd);
  finish();
}

static void better_19_and_35(void) { /* no port out of range, no unix: URL, no ephemeral listener by accident */
  static const char *const bad[] = {"tcp://127.0.0.1:65536", "tcp://127.0.0.1:x", "tcp://127.0.0.1:", "unix:///a", "unix:a",
                                    "tcp://127.0.0.1:80x", "tcp://127.0.0.1:4294967376"};
  size_t i;
  start();
  for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    CHECK(mg_listen(&mgr, bad[i], trace_fn, &lsn) == NULL);
    fresh(&cli, NULL);
    CHECK(mg_connect(&mgr, bad[i], trace_fn, &cli) != NULL);
    UNTIL(&mgr, cli.closes == 1);
    CHECK(strncmp(cli.text, "OPEN ERROR(", 11) == 0);
  }
  listen_to_log(MG_LL_ERROR);
  CHECK(mg_listen(&mgr, "unix:///a", trace_fn, &lsn) == NULL && times("unix:///a") >= 1);
  quiet();
  finish();
}

static void better_20(void) { /* IPv6 without a build flag */
  struct mg_connection *l, *c;
  char url[64];
  start();
  l = mg_listen(&mgr, "udp://[::1]:0", trace_fn, &lsn);
  if (l != NULL) { /* the machine has it */
    snprintf(url, sizeof(url), "udp://[::1]:%u", (unsigned) port_of(l));
    c = mg_connect(&mgr, url, trace_fn, &cli);
    CHECK(c->rem.is_ip6 && mg_send(c, "six", 3) && c->loc.is_ip6);
    UNTIL(&mgr, l->recv.len == 3);
    CHECK(l->rem.is_ip6 && l->rem.addr.ip[15] == 1);
  }
  finish();
}

static void better_21(void) { /* plain text on a TLS URL is worth one line per connection */
  struct mg_connection *l;
  start();
  l = mg_listen(&mgr, "https://127.0.0.1:0", trace_fn, &lsn);
  listen_to_log(MG_LL_ERROR);
  CHECK(mg_connect(&mgr, url_of(l, "https"), trace_fn, &cli) != NULL);
  UNTIL(&mgr, srv.c != NULL && !cli.c->is_connecting);
  poll_once(&mgr, 1);
  CHECK(times("not encrypted") == 2);
  quiet();
  finish();
}

static void better_22(void) { /* time limits, off by default */
  struct mg_connection *c;
  uint16_t port;
  int lfd = peer_bind(SOCK_STREAM, &port), filler[3], fd;
  struct sockaddr_in sin = loopback(port);
  char url[64];
  /* A full backlog: the connect hangs. */
  CHECK(listen(lfd, 0) == 0);
  for (fd = 0; fd < 3; fd++) {
    filler[fd] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    (void) connect(filler[fd], (struct sockaddr *) &sin, sizeof(sin));
  }
  start();
  mg_x_set_timeouts(&mgr, 30, 0);
  snprintf(url, sizeof(url), "tcp://127.0.0.1:%u", (unsigned) port);
  c = mg_connect(&mgr, url, trace_fn, &cli);
  CHECK(c != NULL);
  slash(&cli);
  UNTIL(&mgr, cli.closes == 1);
  CHECK(traced(&cli, "OPEN RESOLVE / ERROR(connect timeout) CLOSE"));
  for (fd = 0; fd < 3; fd++) close(filler[fd]);
  close(lfd);
  finish();
  /* Idle. */
  start();
  fd = accepted_peer();
  mg_x_set_timeouts(&mgr, 0, 50);
  {
    uint64_t before = mg_millis();
    int i;
    for (i = 0; i < 8; i++) { /* bytes keep it alive */
      peer_send(fd, "x", 1);
      poll_once(&mgr, 20);
    }
    CHECK(srv.closes == 0 || mg_millis() - before > 8 * 50);
    UNTIL(&mgr, srv.closes == 1); /* silence does not */
  }
  CHECK(strstr(srv.text, "ERROR(idle timeout) CLOSE") != NULL && lsn.closes == 0);
  close(fd);
  /* A long wait ends in time. */
  fresh(&srv, NULL);
  fd = peer_connect(port_of(listener));
  while (srv.c == NULL) poll_once(&mgr, 10);
  poll_once(&mgr, 0);
  {
    uint64_t before = mg_millis();
    while (srv.closes == 0) poll_once(&mgr, 60000);
    CHECK(mg_millis() - before < 30000);
  }
  close(fd);
  finish();
}

static int accepted;
static void count_accepts(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_ACCEPT) accepted++;
  t->text[0] = '\0';
  (void) c, (void) ev_data;
}
static void better_23(void) { /* several accepts per poll; buffers grow geometrically, the cap is reached exactly */
  static char block[1000000];
  int fds[50], i;
  size_t sent = 0;
  start();
  listener = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  srv.hook = count_accepts;
  for (i = 0; i < 50; i++) fds[i] = peer_connect(port_of(listener));
  mg_mgr_poll(&mgr, 10);
  CHECK(accepted == 50);
  for (i = 1; i < 50; i++) close(fds[i]);
  mg_mgr_poll(&mgr, 10), mg_mgr_poll(&mgr, 10);
  CHECK(count_conns(&mgr) == 2);
  peer_nonblocking(fds[0]);
  large_blocks = 0, largest_block = 0;
  for (i = 0; i < 100000 && mgr.conns->recv.len < MG_MAX_RECV_SIZE; i++) {
    ssize_t n = send(fds[0], block, MG_MAX_RECV_SIZE - sent < sizeof(block) ? MG_MAX_RECV_SIZE - sent : sizeof(block), MSG_NOSIGNAL);
    if (n > 0) sent += (size_t) n;
    mg_mgr_poll(&mgr, 0);
  }
  CHECK(mgr.conns->recv.len == MG_MAX_RECV_SIZE && mgr.conns->recv.size == MG_MAX_RECV_SIZE);
  CHECK(large_blocks <= 12 && largest_block == MG_MAX_RECV_SIZE);
  close(fds[0]);
  finish();
}

static void better_24(void) { /* a slow reader of 64 MB costs no copying: what was sent is skipped, not moved away */
  size_t total = 64 * 1024 * 1024, i, got = 0;
  unsigned char *block = (unsigned char *) malloc(total), *p = (unsigned char *) malloc(300000), *first;
  int fd, moved = 0;
  struct mg_connection *c;
  start();
  fd = accepted_peer();
  peer_nonblocking(fd);
  c = srv.c;
  for (i = 0; i < total; i++) block[i] = (unsigned char) (i * 2654435761U >> 24);
  CHECK(mg_send(c, block, total));
  large_blocks = 0;
  c->is_draining = 1;
  first = c->send.buf;
  while (got < total) {
    ssize_t n;
    size_t before = c == NULL ? 0 : c->send.len;
    if (c != NULL) mg_mgr_poll(&mgr, 0);
    if (srv.closes > 0) c = NULL;
    if (c != NULL && c->send.len != before && c->send.len > 100000) {
      if (c->send.buf != first + (total - c->send.len)) moved++;
      CHECK(c->send.size >= c->send.len);
      CHECK(memcmp(c->send.buf, block + (total - c->send.len), 1000) == 0);
    }
    srv.text[0] = '\0';
    while ((n = recv(fd, p, 300000, 0)) > 0) {
      CHECK(got + (size_t) n <= total && memcmp(p, block + got, (size_t) n) == 0);
      got += (size_t) n;
    }
  }
  CHECK(moved == 0 && large_blocks == 0);
  UNTIL(&mgr, srv.closes == 1);
  close(fd);
  finish();
  /* With such a gap the buffer can be used like any other. */
  start();
  fd = accepted_peer();
  c = srv.c;
  CHECK(mg_send(c, block, total));
  poll_once(&mgr, 1);
  i = c->send.len;
  CHECK(i < total && i > 200000);
  c->send.buf[0] ^= 1; /* patched */
  CHECK(mg_iobuf_add(&c->send, 0, "front", 5) == 5 && c->send.len == i + 5 && memcmp(c->send.buf, "front", 5) == 0);
  CHECK(mg_iobuf_add(&c->send, c->send.len, "back", 4) == 4 && mg_iobuf_del(&c->send, 0, 5) == 5);
  CHECK(memcmp(c->send.buf + c->send.len - 4, "back", 4) == 0);
  CHECK((c->send.buf[0] ^ 1) == block[total - i]);
  CHECK(mg_iobuf_resize(&c->send, 100000) && c->send.len <= c->send.size);
  mg_iobuf_free(&c->send);
  CHECK(c->send.buf == NULL && c->send.size == 0);
  CHECK(mg_send(c, "end", 3));
  close(fd);
  finish();
  free(block), free(p);
}

static void better_26(void) { /* the cause of a socket error is in the log */
  char url[64];
  start();
  snprintf(url, sizeof(url), "tcp://127.0.0.1:%u", (unsigned) dead_port());
  listen_to_log(MG_LL_DEBUG);
  mg_connect(&mgr, url, trace_fn, &cli);
  UNTIL(&mgr, cli.closes == 1);
  CHECK(strstr(cli.text, "ERROR(socket error)") != NULL);
  snprintf(url, sizeof(url), "errno %d", ECONNREFUSED);
  CHECK(times(url) == 1);
  quiet();
  finish();
}

static void better_28(void) { /* long error texts end in NUL */
  struct mg_connection *c;
  char expected[64];
  start();
  c = mg_listen(&mgr, "udp://127.0.0.1:0", trace_fn, &cli);
  mg_error(c, "%0250d", 7);
  memset(expected, '0', 60);
  expected[60] = '\0';
  CHECK(strncmp(cli.text, "OPEN ERROR(", 11) == 0 && strncmp(cli.text + 11, expected, 60) == 0);
  finish();
}

static int intact;
static void spoiling_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_POLL) intact += *(uint64_t *) ev_data != 7, *(uint64_t *) ev_data = 7;
  (void) c;
}
static void better_33(void) { /* a handler that overwrites event data harms nobody */
  start();
  CHECK(mg_listen(&mgr, "udp://127.0.0.1:0", spoiling_fn, NULL) && mg_listen(&mgr, "udp://127.0.0.1:0", spoiling_fn, NULL));
  mg_mgr_poll(&mgr, 0);
  CHECK(intact == 2);
  finish();
}

static void better_34(void) { /* a second mg_wakeup_init is no failure */
  start();
  CHECK(mg_wakeup_init(&mgr) && mg_wakeup_init(&mgr) && count_conns(&mgr) == 1);
  finish();
}

static void better_36(void) { /* a name server that is itself a name: no endless look-up */
  start();
  mgr.dns4.url = "udp://dns.example:53", mgr.dns6.url = "udp://dns.example:53";
  CHECK(mg_connect(&mgr, "tcp://host.example:80", trace_fn, &cli) != NULL);
  UNTIL(&mgr, cli.closes == 1);
  CHECK(strstr(cli.text, "OPEN ERROR(resolver)") != NULL);
  finish();
}

int main(void) {
  quiet();
  better_1_and_2();
  better_3();
  better_4();
  better_5();
  better_6();
  better_7();
  better_8();
  better_9();
  better_10();
  better_16_and_17();
  better_19_and_35();
  better_20();
  better_21();
  better_22();
  better_23();
  better_24();
  better_26();
  better_28();
  better_33();
  better_34();
  better_36();
  return done();
}
