/* The event-order tables of the engine: one function per row, TCP, UDP, wrapped sockets; TLS and DNS are elsewhere. */
#include "engine.h"

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
  CHECK(mgr.conns == NULL && mgr.timers == NULL);
}

static struct mg_connection *serve(void) {
  struct mg_connection *c = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  CHECK(c != NULL && port_of(c) != 0);
  CHECK(traced(&lsn, "OPEN"));
  return c;
}

static void echo_server(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_READ) {
    mg_send(c, c->recv.buf, c->recv.len);
    c->recv.len = 0;
  }
  (void) ev_data, (void) t;
}

static void hello_client(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_OPEN) CHECK(strncmp((char *) ev_data, "tcp://127.0.0.1:", 16) == 0);
  if (ev == MG_EV_CONNECT) mg_send(c, "hello", 5);
  if (ev == MG_EV_READ) c->is_draining = 1;
  (void) t;
}

/* TCP client, literal address, echo, then is_draining in READ; and the server's side of it. */
static void tcp_echo(void) {
  struct mg_connection *c;
  start();
  c = serve();
  srv.hook = echo_server;
  cli.hook = hello_client;
  c = mg_connect(&mgr, url_of(c, "tcp"), trace_fn, &cli);
  CHECK(c != NULL && c == cli.c && c->is_client && c->is_connecting);
  CHECK(traced(&cli, "OPEN RESOLVE"));
  slash(&cli);
  UNTIL(&mgr, cli.closes == 1 && srv.closes == 1);
  CHECK(traced(&cli, "OPEN RESOLVE / CONNECT / WRITE 5 / READ 5 CLOSE"));
  CHECK(traced(&srv, "OPEN ACCEPT / READ 5 / WRITE 5 / CLOSE"));
  CHECK(traced(&lsn, "OPEN"));
  CHECK(lsn.polls >= srv.polls);
  finish();
  CHECK(traced(&lsn, "OPEN / CLOSE"));
}

/* With a pfn every event appears as a pair, pfn first, and fn is read after pfn returned. */
static char pair_log[4096];
static void pair_note(const char *who, int ev) {
  size_t n = strlen(pair_log);
  if (ev != MG_EV_POLL) snprintf(pair_log + n, sizeof(pair_log) - n, "%s%s ", who, event_name(ev));
}
static int pair_polls[2];
static void pair_fn(struct mg_connection *c, int ev, void *ev_data) {
  pair_note("f", ev);
  if (ev == MG_EV_POLL) pair_polls[1]++;
  (void) c, (void) ev_data;
}
static void pair_pfn(struct mg_connection *c, int ev, void *ev_data) {
  pair_note("p", ev);
  CHECK(c->pfn_data == (void *) pair_log);
  if (ev == MG_EV_POLL) pair_polls[0]++;
  if (ev == MG_EV_CONNECT) mg_send(c, "x", 1);
  if (ev == MG_EV_WRITE) c->is_closing = 1;
  (void) ev_data;
}
static void pair_of_handlers(void) {
  struct mg_connection *c;
  start();
  c = serve();
  c = mg_connect_svc(&mgr, url_of(c, "tcp"), pair_fn, NULL, pair_pfn, pair_log);
  CHECK(c->pfn == pair_pfn && c->fn == pair_fn);
  UNTIL(&mgr, strstr(pair_log, "fCLOSE") != NULL);
  CHECK(strcmp(pair_log,
               "pOPEN fOPEN pRESOLVE fRESOLVE pCONNECT fCONNECT pWRITE fWRITE pCLOSE fCLOSE ") == 0);
  CHECK(pair_polls[0] == pair_polls[1] && pair_polls[0] > 0);
  finish();
}

static void close_in_read_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_READ) c->is_closing = 1;
  (void) ev_data, (void) t;
}
static void error_in_read_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_READ) {
    mg_error(c, "bad %d", 42);
    note(t, "back");
    CHECK(c->is_closing);
  }
  if (ev == MG_EV_ERROR) CHECK(strcmp((char *) ev_data, "bad 42") == 0 && c->is_closing);
}
static void in_read(void (*hook)(struct mg_connection *, int, void *, struct trace *), const char *expected) {
  int fd;
  struct mg_connection *c;
  start();
  c = serve();
  srv.hook = hook;
  fd = peer_connect(port_of(c));
  UNTIL(&mgr, srv.c != NULL);
  peer_send(fd, "12345", 5);
  UNTIL(&mgr, srv.closes == 1);
  CHECK(traced(&srv, expected));
  close(fd);
  finish();
}

static void reply_in_accept_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_ACCEPT) {
    mg_printf(c, "%s", "bye");
    c->is_draining = 1;
  }
  (void) ev_data, (void) t;
}
static void close_in_open_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_OPEN) {
    c->is_closing = 1;
    t->polls = 0;
  }
  if (ev == MG_EV_CLOSE) CHECK(t->polls == 1);
  (void) ev_data;
}
static void at_accept(void (*hook)(struct mg_connection *, int, void *, struct trace *), const char *expected) {
  int fd;
  char buf[10];
  struct mg_connection *c;
  start();
  c = serve();
  srv.hook = hook;
  fd = peer_connect(port_of(c));
  UNTIL(&mgr, srv.closes == 1);
  CHECK(traced(&srv, expected));
  CHECK(recv(fd, buf, sizeof(buf), 0) == (hook == reply_in_accept_hook ? 3 : 0));
  close(fd);
  finish();
}

static void drain_in_open_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_OPEN) c->is_draining = 1;
  (void) ev_data, (void) t;
}
static void client_ends_early(void) {
  struct mg_connection *c;
  start();
  c = serve();
  cli.hook = drain_in_open_hook;
  CHECK(mg_connect(&mgr, url_of(c, "tcp"), trace_fn, &cli) != NULL);
  slash(&cli);
  poll_once(&mgr, 10);
  CHECK(strcmp(cli.text, "OPEN RESOLVE / CLOSE /") == 0 || strcmp(cli.text, "OPEN RESOLVE / CONNECT CLOSE /") == 0);
  finish();

  start();
  c = serve();
  cli.hook = close_in_open_hook;
  CHECK(mg_connect(&mgr, url_of(c, "tcp"), trace_fn, &cli) != NULL);
  slash(&cli);
  poll_once(&mgr, 10);
  CHECK(traced(&cli, "OPEN RESOLVE / CLOSE"));
  finish();

  /* Data and is_draining right after mg_connect: connect, flush, close. */
  start();
  c = serve();
  c = mg_connect(&mgr, url_of(c, "tcp"), trace_fn, &cli);
  CHECK(mg_send(c, "0123456", 7));
  c->is_draining = 1;
  slash(&cli);
  UNTIL(&mgr, cli.closes == 1);
  CHECK(traced(&cli, "OPEN RESOLVE / CONNECT / WRITE 7 CLOSE"));
  UNTIL(&mgr, srv.closes == 1);
  CHECK(traced(&srv, "OPEN ACCEPT / READ 7 / CLOSE"));
  finish();
}

static void refused(void) {
  char url[64];
  start();
  snprintf(url, sizeof(url), "tcp://127.0.0.1:%u", (unsigned) dead_port());
  CHECK(mg_connect(&mgr, url, trace_fn, &cli) != NULL);
  slash(&cli);
  UNTIL(&mgr, cli.closes == 1);
  CHECK(traced(&cli, "OPEN RESOLVE / ERROR(socket error) CLOSE"));
  finish();
}

/* TCP to a broadcast address: the system refuses at once. */
static void rejected_at_once(void) {
  struct mg_connection *c;
  start();
  c = mg_connect(&mgr, "tcp://255.255.255.255:80", trace_fn, &cli);
  CHECK(c != NULL && c->is_closing);
  CHECK(strncmp(cli.text, "OPEN RESOLVE ERROR(connect: ", 28) == 0 && cli.closes == 0);
  slash(&cli);
  poll_once(&mgr, 0);
  CHECK(cli.closes == 1 && strstr(cli.text, ") / CLOSE") != NULL);
  finish();
}

/* The peer sends data, then FIN: the answer gets out, in whole. */
static void data_then_fin(void) {
  int fd;
  char buf[10];
  struct mg_connection *c;
  start();
  c = serve();
  srv.hook = echo_server;
  fd = peer_connect(port_of(c));
  UNTIL(&mgr, srv.c != NULL);
  peer_send(fd, "12345", 5);
  CHECK(shutdown(fd, SHUT_WR) == 0);
  UNTIL(&mgr, srv.closes == 1);
  CHECK(traced(&srv, "OPEN ACCEPT / READ 5 / WRITE 5 CLOSE"));
  CHECK(recv(fd, buf, sizeof(buf), MSG_WAITALL) == 5);
  close(fd);
  finish();
}

/* A reset: what was received comes first, then ERROR and CLOSE. */
static void peer_resets(void) {
  int fd;
  struct mg_connection *c;
  start();
  c = serve();
  fd = peer_connect(port_of(c));
  UNTIL(&mgr, srv.c != NULL);
  peer_send(fd, "12345", 5);
  peer_reset(fd);
  UNTIL(&mgr, srv.closes == 1);
  CHECK(traced(&srv, "OPEN ACCEPT / READ 5 / ERROR(socket error) CLOSE"));
  finish();

  start();
  c = serve();
  fd = peer_connect(port_of(c));
  UNTIL(&mgr, srv.c != NULL);
  peer_reset(fd);
  UNTIL(&mgr, srv.closes == 1);
  CHECK(traced(&srv, "OPEN ACCEPT / ERROR(socket error) CLOSE"));
  finish();
}

/* Nobody consumes: the cap is reached exactly, then ERROR. */
static size_t cap_reached;
static void cap_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_READ) {
    CHECK(c->recv.len <= MG_MAX_RECV_SIZE);
    cap_reached = c->recv.len;
    t->text[0] = '\0';
  }
  if (ev == MG_EV_ERROR) CHECK(c->recv.len == MG_MAX_RECV_SIZE);
  if (ev == MG_EV_CLOSE) CHECK(c->recv.len == MG_MAX_RECV_SIZE);
  (void) ev_data;
}
static void recv_cap(void) {
  static char block[65536];
  int fd, i;
  struct mg_connection *c;
  start();
  c = serve();
  srv.hook = cap_hook;
  fd = peer_connect(port_of(c));
  peer_nonblocking(fd);
  for (i = 0; i < 100000 && srv.closes == 0; i++) {
    ssize_t n = send(fd, block, sizeof(block), MSG_NOSIGNAL);
    (void) n;
    poll_once(&mgr, 1);
  }
  CHECK(cap_reached == MG_MAX_RECV_SIZE);
  CHECK(traced(&srv, "ERROR(MG_MAX_RECV_SIZE) CLOSE"));
  close(fd);
  finish();
}

static void udp_reply_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_READ) {
    CHECK(mg_send(c, c->recv.buf, c->recv.len));
    note(t, "back");
    c->recv.len = 0;
  }
  (void) ev_data;
}
static void udp_client_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_CONNECT) {
    CHECK(mg_send(c, "ping", 4));
    note(t, "back");
  }
  if (ev == MG_EV_READ) c->recv.len = 0;
  (void) ev_data;
}
static void udp_echo(void) {
  struct mg_connection *c;
  int rounds;
  start();
  c = mg_listen(&mgr, "udp://127.0.0.1:0", trace_fn, &lsn);
  CHECK(c != NULL && c->is_listening && c->is_udp);
  lsn.hook = udp_reply_hook;
  cli.hook = udp_client_hook;
  CHECK(mg_connect(&mgr, url_of(c, "udp"), trace_fn, &cli) != NULL);
  CHECK(traced(&cli, "OPEN RESOLVE CONNECT WRITE 4 back"));
  slash(&cli), slash(&lsn);
  for (rounds = 0; rounds < 3; rounds++) poll_once(&mgr, 1);
  CHECK(traced(&cli, "OPEN RESOLVE CONNECT WRITE 4 back / READ 4"));
  CHECK(traced(&lsn, "OPEN / READ 4 WRITE 4 back"));
  finish();
}

/* Two datagrams wait: one per poll. */
static void udp_one_per_poll(void) {
  struct mg_connection *c;
  start();
  c = mg_listen(&mgr, "udp://127.0.0.1:0", trace_fn, &lsn);
  c = mg_connect(&mgr, url_of(c, "udp"), trace_fn, &cli);
  CHECK(mg_send(c, "a", 1) && mg_send(c, "bc", 2));
  CHECK(traced(&cli, "OPEN RESOLVE CONNECT WRITE 1 WRITE 2"));
  slash(&lsn);
  poll_once(&mgr, 10);
  poll_once(&mgr, 10);
  CHECK(traced(&lsn, "OPEN / READ 1 / READ 2"));
  finish();
}

static void plain_on_tls_url_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_OPEN || ev == MG_EV_ACCEPT || ev == MG_EV_CONNECT) CHECK(c->is_tls && !c->is_tls_hs);
  if (ev == MG_EV_READ || ev == MG_EV_WRITE) CHECK(!c->is_tls);
  if (ev == MG_EV_CONNECT) mg_send(c, "abc", 3);
  if (ev == MG_EV_READ) c->is_draining = 1;
  (void) ev_data, (void) t;
}
static void tls_url_without_tls(void) {
  struct mg_connection *c;
  start();
  c = mg_listen(&mgr, "https://127.0.0.1:0", trace_fn, &lsn);
  CHECK(c != NULL && c->is_tls);
  srv.hook = cli.hook = plain_on_tls_url_hook;
  CHECK(mg_connect(&mgr, url_of(c, "https"), trace_fn, &cli) != NULL);
  slash(&cli);
  UNTIL(&mgr, srv.closes == 1 && cli.closes == 1);
  CHECK(traced(&cli, "OPEN RESOLVE / CONNECT / WRITE 3 / CLOSE"));
  CHECK(traced(&srv, "OPEN ACCEPT / READ 3 CLOSE"));
  CHECK(c->is_tls);
  finish();
}

/* mg_mgr_free: newest first, each POLL, then CLOSE, nothing read. */
static char free_log[200];
static void free_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_POLL || ev == MG_EV_CLOSE || ev == MG_EV_READ) {
    size_t n = strlen(free_log);
    snprintf(free_log + n, sizeof(free_log) - n, "%lu%c ", c->id, event_name(ev)[0]);
  }
  (void) ev_data;
}
static void manager_goes(void) {
  struct mg_connection *a, *b;
  start();
  a = mg_listen(&mgr, "udp://127.0.0.1:0", free_fn, NULL);
  b = mg_connect(&mgr, url_of(a, "udp"), free_fn, NULL);
  CHECK(a->id == 1 && b->id == 2 && mg_send(b, "x", 1));
  finish();
  CHECK(strcmp(free_log, "2P 2C 1P 1C ") == 0);
}

static bool linked(struct mg_connection *c) {
  struct mg_connection *p = c->mgr->conns;
  while (p != NULL && p != c) p = p->next;
  return p != NULL;
}
static void wrap_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_OPEN) CHECK(ev_data == NULL && !linked(c) && c->loc.port == 0 && c->rem.port == 0);
  (void) t;
}
static void wrapped(void) {
  int fds[2];
  char buf[10];
  struct mg_connection *c;
  start();
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  cli.hook = wrap_hook;
  c = mg_wrapfd(&mgr, fds[0], trace_fn, &cli);
  CHECK(c != NULL && linked(c) && (int) (size_t) c->fd == fds[0]);
  CHECK(traced(&cli, "OPEN"));
  slash(&cli);
  peer_send(fds[1], "abc", 3);
  poll_once(&mgr, 10);
  CHECK(mg_send(c, "xy", 2));
  poll_once(&mgr, 10);
  CHECK(recv(fds[1], buf, sizeof(buf), 0) == 2);
  close(fds[1]);
  poll_once(&mgr, 10);
  CHECK(traced(&cli, "OPEN / READ 3 / WRITE 2 / CLOSE"));
  CHECK(fcntl(fds[0], F_GETFD) == -1); /* the library closed it */
  finish();
}

int main(void) {
  quiet();
  tcp_echo();
  pair_of_handlers();
  in_read(close_in_read_hook, "OPEN ACCEPT / READ 5 CLOSE");
  in_read(error_in_read_hook, "OPEN ACCEPT / READ 5 ERROR(bad 42) back CLOSE");
  at_accept(reply_in_accept_hook, "OPEN ACCEPT / WRITE 3 CLOSE");
  at_accept(close_in_open_hook, "OPEN ACCEPT / CLOSE");
  client_ends_early();
  refused();
  rejected_at_once();
  data_then_fin();
  peer_resets();
  recv_cap();
  udp_echo();
  udp_one_per_poll();
  tls_url_without_tls();
  manager_goes();
  wrapped();
  return done();
}
