/* Life of managers and connections: initial state, flags, listening, connecting, accepting, reading, writing, closing. */
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
  CHECK(mgr.conns == NULL && mgr.timers == NULL && mgr.epoll_fd == -1);
}

/* ---- manager ---------------------------------------------------------------------------------------------------- */

static void manager_defaults(void) {
  struct sigaction act;
  struct mg_mgr other;
  memset(&mgr, 0xa5, sizeof(mgr));
  signal(SIGPIPE, SIG_DFL);
  mg_mgr_init(&mgr);
  CHECK(mgr.conns == NULL && mgr.timers == NULL && mgr.userdata == NULL && mgr.nextid == 0 && mgr.mdns == NULL);
  CHECK(strcmp(mgr.dns4.url, "udp://8.8.8.8:53") == 0 && mgr.dns4.c == NULL);
  CHECK(strcmp(mgr.dns6.url, "udp://[2001:4860:4860::8888]:53") == 0 && mgr.dns6.c == NULL);
  CHECK(mgr.dnstimeout == 3000 && !mgr.use_dns6 && mgr.mqtt_id == 0 && mgr.ifp == NULL && mgr.extraconnsize == 0);
  CHECK(mgr.pipe.fd == MG_INVALID_SOCKET);
  CHECK(mgr.epoll_fd == -1 || (fcntl(mgr.epoll_fd, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(sigaction(SIGPIPE, NULL, &act) == 0 && act.sa_handler == SIG_IGN);
  /* Two managers, driven in turn. */
  mg_mgr_init(&other);
  mg_mgr_poll(&mgr, 0), mg_mgr_poll(&other, 0), mg_mgr_poll(&mgr, 0);
  mg_mgr_free(&other);
  mg_mgr_free(&mgr);
  mg_mgr_free(&mgr); /* twice is harmless */
  mg_mgr_poll(&mgr, 0);
  mg_mgr_init(&mgr);
  finish();
}

/* A wait without connections sleeps; POLL comes once per connection and poll, and carries the clock. */
static uint64_t poll_time;
static void poll_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_POLL) {
    poll_time = *(uint64_t *) ev_data;
    *(uint64_t *) ev_data = 0; /* must not reach others */
  }
  (void) c, (void) t;
}
static void polls(void) {
  uint64_t before;
  int i;
  start();
  before = mg_millis();
  mg_mgr_poll(&mgr, 30);
  CHECK(mg_millis() - before >= 29);
  lsn.hook = cli.hook = poll_hook;
  CHECK(mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn) != NULL);
  before = mg_millis();
  for (i = 0; i < 10; i++) mg_mgr_poll(&mgr, 0);
  CHECK(lsn.polls == 10 && poll_time >= before && poll_time <= mg_millis());
  CHECK(mg_listen(&mgr, "udp://127.0.0.1:0", trace_fn, &cli) != NULL);
  poll_time = 1;
  mg_mgr_poll(&mgr, 0);
  CHECK(lsn.polls == 11 && cli.polls == 1 && poll_time != 0);
  finish();
}

/* ---- listening -------------------------------------------------------------------------------------------------- */

static void listening_urls(void) {
  static const char *const good[] = {"tcp://127.0.0.1:0",
                                     "http://127.0.0.1:0",
                                     "ftp://127.0.0.1:0",
                                     "UDP://127.0.0.1:0",
                                     "127.0.0.1:0",
                                     ":0",
                                     "",
                                     "tcp://:0",
                                     "tcp://0.0.0.0:0",
                                     "tcp://localhost:0",
                                     "tcp://LocalHost:0",
                                     "tcp://[::1]:0",
                                     "[::1]:0",
                                     "tcp://[::]:0",
                                     "tcp://user:pass@127.0.0.1:0/path?query#x",
                                     "tcp://127.0.0.1",
                                     "udp://127.0.0.1:0",
                                     "udp://[::1]:0",
                                     "tcp://0.0.0.0"};
  static const char *const bad[] = {"8000",
                                    "tcp://example.org:0",
                                    "tcp://name:1:2",
                                    "tcp://127.0.0.1:0:0",
                                    "tcp://127.0.0.1:65536",
                                    "tcp://127.0.0.1:99999",
                                    "tcp://127.0.0.1:http",
                                    "tcp://127.0.0.1:-1",
                                    "unix:///tmp/x",
                                    "unix:x",
                                    "tcp://127.0.0:0",
                                    "tcp://256.0.0.1:0",
                                    "tcp://[::1:0",
                                    "udp://nosuchname:0",
                                    "tcp://192.0.2.1:0"};
  size_t i;
  unsigned long id;
  start();
  for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
    bool udp = strncmp(good[i], "udp:", 4) == 0;
    struct mg_connection *c = mg_listen(&mgr, good[i], trace_fn, &lsn);
    if (c == NULL) printf("%s\n", good[i]);
    CHECK(c != NULL && c == mgr.conns);
    CHECK(port_of(c) != 0 && c->is_listening && c->is_udp == udp && c->fn == trace_fn && c->fn_data == &lsn);
    CHECK(c->pfn == NULL && !c->is_client && !c->is_accepted && !c->is_tls && c->recv.buf == NULL);
    CHECK(c->loc.is_ip6 == (strstr(good[i], "[") != NULL));
    if (strstr(good[i], "ocal") != NULL) CHECK(c->loc.addr.ip4 == htonl(INADDR_LOOPBACK));
    CHECK((fcntl((int) (size_t) c->fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((fcntl((int) (size_t) c->fd, F_GETFL) & O_NONBLOCK) != 0);
    CHECK(traced(&lsn, "OPEN"));
    lsn.text[0] = '\0';
  }
  CHECK(mg_listen(&mgr, NULL, trace_fn, &lsn) != NULL); /* as an empty URL */
  mg_mgr_poll(&mgr, 0);
  finish();
  start();
  id = 0;
  for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    struct mg_connection *c = mg_listen(&mgr, bad[i], trace_fn, &lsn);
    if (c != NULL) printf("%s\n", bad[i]);
    CHECK(c == NULL && mgr.conns == NULL && lsn.text[0] == '\0');
    CHECK(mgr.nextid == ++id); /* a failed listen uses an id up */
  }
  finish();
}

static void listening_ports(void) {
  struct mg_connection *a, *b;
  char url[64];
  int i;
  start();
  a = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  CHECK(mg_listen(&mgr, url_of(a, "tcp"), trace_fn, &lsn) == NULL); /* busy */
  b = mg_listen(&mgr, "udp://127.0.0.1:0", trace_fn, &lsn);
  CHECK(mg_listen(&mgr, url_of(b, "udp"), trace_fn, &lsn) != NULL);
  snprintf(url, sizeof(url), "%s", url_of(a, "tcp"));
  finish();
  for (i = 0; i < 20; i++) { /* freed ports can be used again at once */
    int fd;
    start();
    a = mg_listen(&mgr, url, trace_fn, &lsn);
    CHECK(a != NULL);
    fd = peer_connect(port_of(a));
    UNTIL(&mgr, srv.c != NULL);
    finish();
    CHECK(srv.closes == 1 && lsn.closes == 1);
    close(fd);
  }
}

/* mg_alloc_conn, mg_open_listener, mg_close_conn by hand. */
/* How many of the peers a listener got. */
static void count_accepts(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_ACCEPT) ++*(int *) c->fn_data;
  (void) ev_data;
}

static void shared_ports(void) {
  enum { PEERS = 100 };
  static const char *const schemes[] = {"tcp", "http", "mqtt"};
  struct mg_mgr other;
  struct mg_connection *l;
  size_t i;
  for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
    int mine = 0, theirs = 0, n, round, fds[PEERS];
    const char *url;
    start();
    mg_mgr_init(&other);
    /* Both have to ask for it: the first, */
    l = mg_listen(&mgr, "tcp://127.0.0.1:0", count_accepts, &mine);
    url = url_of(l, schemes[i]);
    mg_x_set_reuse_port(&other, true);
    CHECK(mg_listen(&other, url, count_accepts, &theirs) == NULL);
    /* and the second. */
    mg_x_set_reuse_port(&other, false);
    mg_x_set_reuse_port(&mgr, true);
    l = i == 1 ? mg_http_listen(&mgr, "http://127.0.0.1:0", count_accepts, &mine)
               : i == 2 ? mg_mqtt_listen(&mgr, "mqtt://127.0.0.1:0", count_accepts, &mine)
                        : mg_listen(&mgr, "tcp://127.0.0.1:0", count_accepts, &mine);
    url = url_of(l, schemes[i]);
    CHECK(l != NULL && mg_listen(&other, url, count_accepts, &theirs) == NULL);
    mg_x_set_reuse_port(&other, true);
    CHECK(mg_listen(&other, url, count_accepts, &theirs) != NULL);
    for (n = 0; n < PEERS; n++) fds[n] = peer_connect(port_of(l));
    for (round = 0; round < 5000 && mine + theirs < PEERS; round++) mg_mgr_poll(&mgr, 1), mg_mgr_poll(&other, 1);
    CHECK(mine + theirs == PEERS && mine > 0 && theirs > 0);
    for (n = 0; n < PEERS; n++) close(fds[n]);
    mg_mgr_free(&other);
    finish();
  }
}

static void by_hand(void) {
  struct mg_connection *c;
  int fd;
  start();
  c = mg_alloc_conn(&mgr);
  CHECK(c != NULL && c->id == 1 && c->mgr == &mgr && mgr.conns == NULL);
  CHECK(c->fd == (void *) (size_t) -1 && c->recv.align == MG_IO_SIZE && c->send.align == MG_IO_SIZE);
  c->fn = trace_fn, c->fn_data = &cli;
  CHECK(!mg_open_listener(c, "tcp://nowhere.example:1"));
  CHECK(mg_open_listener(c, "tcp://127.0.0.1:0") && port_of(c) != 0 && !c->is_listening);
  fd = (int) (size_t) c->fd;
  mg_close_conn(c);
  CHECK(traced(&cli, "CLOSE"));
  CHECK(fcntl(fd, F_GETFD) != -1); /* the socket stays open */
  close(fd);
  c = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  fd = (int) (size_t) c->fd;
  mg_close_conn(c);
  close(fd);
  CHECK(mgr.conns == NULL && traced(&lsn, "OPEN CLOSE"));
  finish();
}

/* ---- connecting ------------------------------------------------------------------------------------------------- */

static void connecting_urls(void) {
  struct mg_connection *c;
  static const char *const bad[] = {"unix:///x", "tcp://127.0.0.1:65536", "tcp://127.0.0.1:x"};
  size_t i;
  start();
  CHECK(mg_connect(&mgr, NULL, trace_fn, &cli) == NULL);
  CHECK(mg_connect(&mgr, "", trace_fn, &cli) == NULL);
  CHECK(cli.text[0] == '\0' && mgr.conns == NULL);
  for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    fresh(&cli, NULL);
    c = mg_connect(&mgr, bad[i], trace_fn, &cli);
    CHECK(c != NULL && c->is_closing && c->fd == (void *) (size_t) -1);
    CHECK(strncmp(cli.text, "OPEN ERROR(", 11) == 0 && cli.closes == 0);
    mg_mgr_poll(&mgr, 0);
    CHECK(cli.closes == 1);
    all_traces = NULL;
  }
  finish();
}

static struct mg_connection *known;
static void in_connect_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  CHECK(known == NULL || ev == MG_EV_POLL || ev == MG_EV_CONNECT || ev == MG_EV_CLOSE);
  if (ev == MG_EV_OPEN) {
    CHECK(ev_data == t->arg); /* the caller's string */
    CHECK(c == c->mgr->conns && c->is_client && c->fd == (void *) (size_t) -1 && c->rem.port == 0);
  }
  if (ev == MG_EV_RESOLVE) {
    int one = 0;
    socklen_t len = sizeof(one);
    CHECK(ntohs(c->rem.port) != 0 && c->rem.addr.ip4 == htonl(INADDR_LOOPBACK) && !c->rem.is_ip6);
    CHECK(c->fd != (void *) (size_t) -1 && !c->is_resolving && !c->is_connecting);
    CHECK(getsockopt((int) (size_t) c->fd, IPPROTO_TCP, TCP_NODELAY, &one, &len) == 0 && one != 0);
    CHECK(getsockopt((int) (size_t) c->fd, SOL_SOCKET, SO_KEEPALIVE, &one, &len) == 0 && one != 0);
    CHECK((fcntl((int) (size_t) c->fd, F_GETFL) & O_NONBLOCK) != 0);
    CHECK((fcntl((int) (size_t) c->fd, F_GETFD) & FD_CLOEXEC) != 0);
  }
  if (ev == MG_EV_CONNECT) CHECK(!c->is_connecting && c->loc.port != 0 && c->loc.addr.ip4 == htonl(INADDR_LOOPBACK));
}
static void connecting(void) {
  struct mg_connection *c;
  char url[64];
  start();
  c = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  snprintf(url, sizeof(url), "%s", url_of(c, "tcp"));
  cli.hook = in_connect_hook, cli.arg = url;
  known = NULL;
  known = c = mg_connect(&mgr, url, trace_fn, &cli);
  CHECK(c != NULL && c->is_connecting && c->pfn == NULL && c->recv.align == MG_IO_SIZE);
  CHECK(c->data[0] == 0 && c->data[MG_DATA_SIZE - 1] == 0 && (size_t) c->data % 8 == 0);
  UNTIL(&mgr, c->is_client && !c->is_connecting);
  c->is_closing = 1;
  mg_mgr_poll(&mgr, 0);
  CHECK(cli.closes == 1);
  finish();
  /* IPv6, if the machine has it */
  start();
  c = mg_listen(&mgr, "tcp://[::1]:0", trace_fn, &lsn);
  if (c != NULL) {
    snprintf(url, sizeof(url), "tcp://[::1]:%u", (unsigned) port_of(c));
    c = mg_connect(&mgr, url, trace_fn, &cli);
    UNTIL(&mgr, cli.c != NULL && !c->is_connecting && srv.c != NULL);
    CHECK(c->rem.is_ip6 && c->loc.is_ip6 && srv.c->rem.is_ip6 && srv.c->rem.port == c->loc.port);
  }
  finish();
  /* `[::]` is dual stack: IPv4 peers appear as mapped */
  start();
  c = mg_listen(&mgr, "tcp://[::]:0", trace_fn, &lsn);
  if (c != NULL) {
    int fd = peer_connect(port_of(c));
    UNTIL(&mgr, srv.c != NULL);
    CHECK(srv.c->rem.is_ip6 && srv.c->rem.addr.ip[10] == 0xff && srv.c->rem.addr.ip[12] == 127);
    close(fd);
  }
  finish();
}

/* mg_connect_resolved by hand, as a resolver does it. */
static void resolved_by_hand(void) {
  struct mg_connection *c, *l;
  start();
  l = mg_listen(&mgr, "udp://127.0.0.1:0", trace_fn, &lsn);
  c = mg_alloc_conn(&mgr);
  c->fn = trace_fn, c->fn_data = &cli;
  c->is_udp = 1, c->is_client = 1;
  c->rem = l->loc;
  LIST_ADD_HEAD(struct mg_connection, &mgr.conns, c);
  mg_connect_resolved(c);
  CHECK(traced(&cli, "RESOLVE CONNECT") && c->loc.port == 0);
  CHECK(mg_send(c, "abc", 3) && c->loc.port != 0);
  UNTIL(&mgr, strstr(lsn.text, "READ 3") != NULL);
  c->is_closing = 1;
  mg_mgr_poll(&mgr, 0);
  CHECK(cli.closes == 1 && mgr.conns == l && l->next == NULL);
  finish();
}

/* ---- accepting -------------------------------------------------------------------------------------------------- */

static int pfn_calls;
static void pfn(struct mg_connection *c, int ev, void *ev_data) { pfn_calls++, (void) c, (void) ev, (void) ev_data; }

static void accept_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_OPEN || ev == MG_EV_ACCEPT) {
    int one = 0;
    socklen_t len = sizeof(one);
    CHECK(ev_data == NULL && c == c->mgr->conns && c->is_accepted && !c->is_listening && !c->is_client);
    CHECK(c->pfn == pfn && c->pfn_data == &pfn_calls && c->fn == trace_fn && c->is_hexdumping && !c->is_mqtt5);
    CHECK(c->data[0] == 0 && c->dscp == 0 && !c->is_full && !c->is_resp && !c->is_websocket);
    CHECK(c->rem.port != 0 && c->loc.addr.ip4 == htonl(INADDR_LOOPBACK) && c->rem.addr.ip4 == c->loc.addr.ip4);
    CHECK(c->recv.len == 0 && c->send.len == 0 && c->recv.align == MG_IO_SIZE && c->send.align == MG_IO_SIZE);
    CHECK(getsockopt((int) (size_t) c->fd, IPPROTO_TCP, TCP_NODELAY, &one, &len) == 0 && one != 0);
    CHECK((fcntl((int) (size_t) c->fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((fcntl((int) (size_t) c->fd, F_GETFL) & O_NONBLOCK) != 0);
  }
  (void) t;
}
static void accepting(void) {
  struct mg_connection *l;
  int fd, i;
  start();
  l = mg_listen(&mgr, "tcp://0.0.0.0:0", trace_fn, &lsn);
  l->pfn = pfn, l->pfn_data = &pfn_calls, l->is_hexdumping = 1, l->is_mqtt5 = 1;
  snprintf(l->data, sizeof(l->data), "mine");
  (void) mg_dscp(l, MG_DSCP_EF);
  srv.hook = accept_hook;
  fd = peer_connect(port_of(l));
  UNTIL(&mgr, srv.c != NULL);
  CHECK(srv.polls == 0 && srv.c->next == l); /* not visited in the poll that accepted it */
  poll_once(&mgr, 0);
  CHECK(srv.polls == 1);
  l->is_closing = 1; /* children outlive their listener */
  poll_once(&mgr, 0);
  CHECK(lsn.closes == 1);
  mg_log_set(MG_LL_NONE);
  peer_send(fd, "abc", 3);
  UNTIL(&mgr, strstr(srv.text, "READ 3") != NULL);
  close(fd);
  UNTIL(&mgr, srv.closes == 1);
  finish();
  /* A listener with is_full does not accept. */
  start();
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  l->is_full = 1;
  fd = peer_connect(port_of(l));
  for (i = 0; i < 5; i++) poll_once(&mgr, 1);
  CHECK(srv.id == 0);
  l->is_full = 0;
  UNTIL(&mgr, srv.c != NULL);
  close(fd);
  finish();
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static long read_sizes[64];
static int reads;
static void sizes_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_READ && reads < 64) read_sizes[reads++] = *(long *) ev_data;
  (void) c, (void) t;
}
static void reading(void) {
  static char block[100000];
  struct mg_connection *l, *c;
  int fd, i;
  start();
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  fd = peer_connect(port_of(l));
  UNTIL(&mgr, srv.c != NULL);
  c = srv.c;
  srv.hook = sizes_hook;
  reads = 0;
  memset(block, 'x', sizeof(block));
  peer_send(fd, block, 40000);
  UNTIL(&mgr, reads == 1);
  CHECK(read_sizes[0] == MG_IO_SIZE && c->recv.len == MG_IO_SIZE && c->recv.size == MG_IO_SIZE);
  c->recv.len = 10000; /* unconsumed: the next read takes what is free */
  UNTIL(&mgr, reads == 2);
  CHECK(read_sizes[1] == MG_IO_SIZE - 10000);
  UNTIL(&mgr, reads == 3);
  CHECK(read_sizes[2] == MG_IO_SIZE && c->recv.len == 2 * MG_IO_SIZE && c->recv.size == 2 * MG_IO_SIZE);
  mg_iobuf_free(&c->recv);
  CHECK(mg_iobuf_resize(&c->recv, 50000)); /* rounded up to the step */
  peer_send(fd, block, 70000);
  UNTIL(&mgr, c->recv.len == c->recv.size);
  CHECK(read_sizes[3] > MG_IO_SIZE);
  c->recv.len = 0;
  for (i = 0; i < 20; i++) poll_once(&mgr, 1);
  c->recv.len = 0;
  poll_once(&mgr, 1);
  CHECK(c->recv.size == 65536); /* what the user made bigger stays */
  /* A handler that clears is_readable in POLL suppresses the read: here by is_full. */
  c->is_full = 1;
  reads = 0;
  peer_send(fd, block, 10);
  for (i = 0; i < 5; i++) poll_once(&mgr, 1);
  CHECK(reads == 0);
  c->is_full = 0;
  UNTIL(&mgr, reads == 1);
  CHECK(read_sizes[0] == 10);
  close(fd);
  finish();
}

static void no_read_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_POLL && t->n > 0) c->is_readable = 0, t->n--;
  if (ev == MG_EV_READ) CHECK(t->n == 0 && c->is_readable);
  (void) ev_data;
}
static void flags_of_a_turn(void) {
  struct mg_connection *l;
  int fd, i;
  start();
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  fd = peer_connect(port_of(l));
  UNTIL(&mgr, srv.c != NULL);
  srv.hook = no_read_hook, srv.n = 3;
  peer_send(fd, "abc", 3);
  for (i = 0; i < 3; i++) poll_once(&mgr, 1);
  CHECK(srv.n == 0 && strstr(srv.text, "READ") == NULL);
  UNTIL(&mgr, strstr(srv.text, "READ 3") != NULL);
  close(fd);
  finish();
}

/* is_resp falls in POLL: READ with 0. */
static void resp_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_POLL && t->n > 0 && --t->n == 0) c->is_resp = 0;
  (void) ev_data;
}
static void response_ends(void) {
  struct mg_connection *c;
  start();
  c = mg_listen(&mgr, "udp://127.0.0.1:0", trace_fn, &cli);
  c->is_resp = 1;
  cli.hook = resp_hook, cli.n = 3;
  slash(&cli);
  poll_once(&mgr, 0), poll_once(&mgr, 0), poll_once(&mgr, 0), poll_once(&mgr, 0);
  CHECK(traced(&cli, "OPEN / READ 0"));
  finish();
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static void writing(void) {
  struct mg_connection *l, *c;
  int fd;
  char buf[100];
  start();
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  fd = peer_connect(port_of(l));
  UNTIL(&mgr, srv.c != NULL);
  c = srv.c;
  CHECK(mg_send(c, "x", 0) && mg_send(c, NULL, 0) && c->send.len == 0);
  CHECK(mg_send(c, "abcdef", 6) && c->send.len == 6 && c->send.size == MG_IO_SIZE);
  CHECK(mg_printf(c, "%s-%d", "gh", 42) == 5 && c->send.len == 11);
  c->send.buf[0] = 'A'; /* patched in place */
  c->send.len = 10;     /* and shortened */
  poll_once(&mgr, 10);
  CHECK(recv(fd, buf, sizeof(buf), 0) == 10 && memcmp(buf, "Abcdefgh-4", 10) == 0);
  CHECK(strstr(srv.text, "WRITE 10") != NULL && c->send.len == 0);
  /* On a listener bytes pile up, nothing else. */
  CHECK(mg_send(l, "zzz", 3) && l->send.len == 3);
  poll_once(&mgr, 1);
  CHECK(l->send.len == 3 && lsn.closes == 0);
  /* While closing they are dropped. */
  c->is_closing = 1;
  CHECK(mg_send(c, "never", 5));
  poll_once(&mgr, 1);
  CHECK(srv.closes == 1 && recv(fd, buf, sizeof(buf), 0) == 0);
  close(fd);
  finish();
}

/* Draining: everything goes out, reading goes on. */
static void draining(void) {
  static char block[24000000];
  struct mg_connection *l, *c;
  int fd;
  size_t got = 0;
  start();
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  fd = peer_connect(port_of(l));
  peer_nonblocking(fd);
  UNTIL(&mgr, srv.c != NULL);
  c = srv.c;
  memset(block, 'b', sizeof(block));
  CHECK(mg_send(c, block, sizeof(block)));
  c->is_draining = 1;
  poll_once(&mgr, 1);
  CHECK(c->send.len > 0 && c->send.len < sizeof(block) && srv.closes == 0);
  peer_send(fd, "still read", 10);
  UNTIL(&mgr, strstr(srv.text, "READ 10") != NULL);
  CHECK(mg_send(c, "tail", 4));
  for (;;) {
    char buf[65536];
    ssize_t n = recv(fd, buf, sizeof(buf), 0);
    if (n == 0) break;
    if (n > 0) got += (size_t) n;
    if (srv.closes == 0) poll_once(&mgr, 0);
  }
  CHECK(got == sizeof(block) + 4 && srv.closes == 1);
  close(fd);
  finish();
}

/* ---- errors and closing ----------------------------------------------------------------------------------------- */

static void cancel_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_ERROR) c->is_closing = 0;
  (void) ev_data, (void) t;
}
static void cancelling(void) {
  struct mg_connection *l;
  int fd;
  start();
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  srv.hook = cancel_hook;
  fd = peer_connect(port_of(l));
  UNTIL(&mgr, srv.c != NULL);
  mg_error(srv.c, "%s %d", "no", 1);
  slash(&srv);
  poll_once(&mgr, 1);
  CHECK(traced(&srv, "OPEN ACCEPT / ERROR(no 1)") && srv.closes == 0);
  mg_error(srv.c, "again"), mg_error(srv.c, "again");
  poll_once(&mgr, 1);
  CHECK(traced(&srv, "OPEN ACCEPT / ERROR(no 1) / ERROR(again) ERROR(again)"));
  peer_send(fd, "abc", 3);
  UNTIL(&mgr, strstr(srv.text, "READ 3") != NULL);
  close(fd);
  finish();
}

/* In CLOSE all is still there, and the handler may read the rest. */
static void close_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev != MG_EV_CLOSE) return;
  CHECK(ev_data == NULL && c->recv.len == 3 && memcmp(c->recv.buf, "abc", 3) == 0 && c->id == t->id);
  CHECK(c->send.len == 4 && strcmp(c->data, "own") == 0 && c->rem.port != 0 && c->loc.port != 0 && c->fn_data == t);
  CHECK(mg_connect(c->mgr, "udp://127.0.0.1:9", NULL, NULL) != NULL);
}
static void closing(void) {
  struct mg_connection *l;
  int fd;
  start();
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  srv.hook = close_hook;
  fd = peer_connect(port_of(l));
  UNTIL(&mgr, srv.c != NULL);
  peer_send(fd, "abc", 3);
  UNTIL(&mgr, srv.c->recv.len == 3);
  mg_send(srv.c, "1234", 4);
  snprintf(srv.c->data, sizeof(srv.c->data), "own");
  srv.c->is_closing = 1;
  poll_once(&mgr, 1000); /* does not wait: something is closing */
  CHECK(srv.closes == 1 && count_conns(&mgr) == 2);
  close(fd);
  finish();
}

static void unlink_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  struct mg_connection *p;
  if (ev == MG_EV_CLOSE) {
    for (p = c->mgr->conns; p != NULL; p = p->next) CHECK(p != c);
  }
  (void) ev_data, (void) t;
}
static void list_without(void) {
  struct mg_connection *c[5];
  int i;
  start();
  lsn.hook = unlink_hook;
  for (i = 0; i < 5; i++) c[i] = mg_listen(&mgr, "udp://127.0.0.1:0", trace_fn, &lsn);
  CHECK(mgr.conns == c[4] && c[4]->next == c[3] && c[0]->next == NULL);
  c[2]->is_closing = 1, c[4]->is_closing = 1;
  poll_once(&mgr, 0);
  CHECK(mgr.conns == c[3] && c[3]->next == c[1] && c[1]->next == c[0] && lsn.closes == 2);
  c[0]->is_draining = 1;
  poll_once(&mgr, 0);
  CHECK(c[1]->next == NULL && lsn.closes == 3);
  finish();
  CHECK(lsn.closes == 5);
}

/* A stream of twice the cap with is_full toggling. */
#define TOTAL (2 * MG_MAX_RECV_SIZE)
static size_t sent_total, received_total;
static uint32_t sum_sent, sum_received;
static int full_polls;
static bool cap_seen;
static void stream_client(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_POLL && !c->is_connecting) {
    while (c->send.len < MG_IO_SIZE && sent_total < TOTAL) {
      unsigned char b[1000];
      size_t i, n = TOTAL - sent_total < sizeof(b) ? TOTAL - sent_total : sizeof(b);
      for (i = 0; i < n; i++) b[i] = (unsigned char) (sent_total + i), sum_sent = sum_sent * 31 + b[i];
      mg_send(c, b, n);
      sent_total += n;
    }
    if (sent_total == TOTAL) c->is_draining = 1;
  }
  t->text[0] = '\0';
  (void) ev_data;
}
static void stream_server(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  CHECK(c->recv.len <= MG_MAX_RECV_SIZE);
  if (ev == MG_EV_ACCEPT) CHECK(mg_iobuf_resize(&c->recv, MG_MAX_RECV_SIZE - MG_IO_SIZE));
  if (ev == MG_EV_READ && c->recv.len == MG_MAX_RECV_SIZE) c->is_full = 1, cap_seen = true;
  if (ev == MG_EV_POLL && c->is_full && ++full_polls % 12 == 0) c->is_full = 0;
  if (ev == MG_EV_CLOSE || (ev == MG_EV_POLL && !c->is_full && c->recv.len == MG_MAX_RECV_SIZE)) {
    size_t i;
    for (i = 0; i < c->recv.len; i++) sum_received = sum_received * 31 + c->recv.buf[i];
    received_total += c->recv.len;
    c->recv.len = 0;
  }
  if (ev == MG_EV_CLOSE) CHECK(received_total == TOTAL);
  t->text[0] = '\0';
  (void) ev_data;
}
static void stream(void) {
  struct mg_connection *l;
  unsigned long i;
  start();
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  srv.hook = stream_server, cli.hook = stream_client;
  mg_connect(&mgr, url_of(l, "tcp"), trace_fn, &cli);
  for (i = 0; i < MG_MAX_RECV_SIZE / MG_IO_SIZE * 50 && srv.closes == 0; i++) mg_mgr_poll(&mgr, 1);
  CHECK(srv.closes == 1 && sent_total == TOTAL && received_total == TOTAL && sum_sent == sum_received);
  CHECK(cap_seen && full_polls >= 10);
  finish();
}

/* ---- small functions -------------------------------------------------------------------------------------------- */

static void small_functions(void) {
  struct mg_connection *c, *d, fake;
  struct mg_addr addr;
  char buf[10];
  int value = 0;
  socklen_t len = sizeof(value);
  start();
  c = mg_listen(&mgr, "udp://127.0.0.1:0", trace_fn, &lsn);
  d = mg_connect(&mgr, url_of(c, "udp"), trace_fn, &cli);
  CHECK(mg_dscp(d, MG_DSCP_AF(1, 2)) && d->dscp == 12);
  CHECK(getsockopt((int) (size_t) d->fd, IPPROTO_IP, IP_TOS, &value, &len) == 0 && value == 12 << 2);
  (void) mg_dscp(d, 255);
  CHECK(d->dscp == 63);
  memset(&addr, 7, sizeof(addr));
  mg_multicast_restore(d, (uint8_t *) &addr);
  CHECK(memcmp(&d->rem, &addr, sizeof(addr)) == 0);
  d->rem = c->loc;
  /* Raw input and output. */
  CHECK(mg_io_recv(d, buf, sizeof(buf)) == MG_IO_WAIT);
  CHECK(mg_iobuf_add(&d->rtls, 0, "abcdef", 6) == 6);
  CHECK(mg_io_recv(d, buf, 4) == 4 && memcmp(buf, "abcd", 4) == 0 && d->rtls.len == 2);
  CHECK(mg_io_recv(d, buf, 4) == 2 && memcmp(buf, "ef", 2) == 0 && mg_io_recv(d, buf, 4) == MG_IO_WAIT);
  CHECK(mg_io_send(d, "raw", 3) == 3 && mg_io_send(d, "", 0) == MG_IO_ERR);
  CHECK(strstr(cli.text, "WRITE") == NULL);
  UNTIL(&mgr, strstr(lsn.text, "READ 3") != NULL);
  /* A connection that nobody manages. */
  memset(&fake, 0, sizeof(fake));
  fake.fn = trace_fn, fake.fn_data = &srv;
  mg_call(&fake, MG_EV_USER, NULL);
  mg_error(&fake, "%s", "e");
  CHECK(fake.is_closing && traced(&srv, "USER ERROR(e)"));
  CHECK(mg_send(&fake, "abc", 3) && mg_printf(&fake, "%d", 12) == 2 && fake.send.len == 5);
  mg_iobuf_free(&fake.send);
  /* NULL everywhere. */
  CHECK(!mg_send(NULL, "a", 1) && mg_printf(NULL, "a") == 0 && mg_io_send(NULL, "a", 1) == MG_IO_ERR);
  mg_call(NULL, 0, NULL), mg_error(NULL, "x"), mg_close_conn(NULL), mg_mgr_poll(NULL, 0), mg_mgr_free(NULL);
  CHECK(mg_listen(NULL, "tcp://127.0.0.1:0", NULL, NULL) == NULL && mg_connect(NULL, "tcp://127.0.0.1:1", NULL, NULL) == NULL);
  CHECK(!mg_wakeup(NULL, 1, "", 0) && !mg_wakeup_init(NULL) && mg_wrapfd(NULL, 0, NULL, NULL) == NULL);
  finish();
}

int main(void) {
  quiet();
  manager_defaults();
  polls();
  listening_urls();
  listening_ports();
  shared_ports();
  by_hand();
  connecting_urls();
  connecting();
  resolved_by_hand();
  accepting();
  reading();
  flags_of_a_turn();
  response_ends();
  writing();
  draining();
  cancelling();
  closing();
  list_without();
  stream();
  small_functions();
  return done();
}
