/*
 * Random but repeatable sequences of public calls, from outside and from inside handlers and timers, with hostile peers
 * on raw sockets: nothing crashes, nothing is used after it was freed, every connection gets OPEN once and CLOSE once,
 * no block and no descriptor is left. usage: engine_random [FIRST_SEED LIVES]
 */
#include "engine.h"

#include "fence.h"

#define MAX_ID 30000
#define MAX_PEERS 12
#define OPERATIONS 60   /* from outside, per manager */
#define MAX_CONNS 60    /* nothing more opens beyond */
#define MAX_DEPTH 3     /* of operations inside handlers */
#define MAX_NESTED 1500 /* operations inside handlers, per manager */

static struct mg_mgr mgr;
static uint64_t state;
static int depth, nested, sum_opens, sum_messages;
static bool freed, silent; /* mgr_free was called from a handler; some handler was taken away */
static signed char opened[MAX_ID], closed[MAX_ID];
static int peers[MAX_PEERS];
static char noise[50000];
static char dns_url[64];
static struct mg_timer own[4];

static uint32_t number(void) {
  state = state * 6364136223846793005ULL + 1442695040888963407ULL;
  return (uint32_t) (state >> 33);
}
static unsigned below(unsigned n) { return number() % n; }
static bool one_in(unsigned n) { return below(n) == 0; }

static void plain_fn(struct mg_connection *c, int ev, void *ev_data);
static void http_fn(struct mg_connection *c, int ev, void *ev_data);
static void operate(void);

static struct mg_connection *any(void) {
  unsigned n = (unsigned) count_conns(&mgr), i = n == 0 ? 0 : below(n);
  struct mg_connection *c = mgr.conns;
  while (c != NULL && i-- > 0) c = c->next;
  return c;
}

static struct mg_connection *any_listener(void) {
  struct mg_connection *c, *found = NULL;
  unsigned n = 0;
  for (c = mgr.conns; c != NULL; c = c->next) {
    if (c->is_listening && one_in(++n)) found = c;
  }
  return found;
}

/* A URL with the port of some listener, or one where nobody answers, or nonsense. */
static const char *any_url(const char *scheme) {
  static const char *const odd[] = {"", "tcp://", "udp://[::1]:9", "tcp://127.0.0.1:70000", "unix:///x", ":", "[::1", "tcp://h:1:2",
                                    "http://name.invalid/", "wss://127.0.0.1:1/", "mqtts://localhost:1", "udp://name.invalid:5"};
  static char url[80];
  struct mg_connection *l = any_listener();
  if (one_in(8)) return odd[below(sizeof(odd) / sizeof(odd[0]))];
  snprintf(url, sizeof(url), "%s://%s:%u/p?q", scheme, one_in(4) ? "LocalHost" : "127.0.0.1",
           l == NULL || one_in(10) ? 1U : (unsigned) ntohs(l->loc.port));
  return url;
}

static size_t any_size(void) {
  static const size_t sizes[] = {0, 1, 2, 7, 64, 500, 1500, 9000, 17000, 49999};
  return sizes[below(sizeof(sizes) / sizeof(sizes[0]))];
}

static mg_event_handler_t any_fn(void) { return one_in(2) ? plain_fn : http_fn; }

static void on_timer(void *arg) {
  depth++;
  if (one_in(3)) operate();
  if (one_in(6)) { /* frees itself, or another */
    struct mg_timer *t;
    for (t = mgr.timers; t != NULL && one_in(2); t = t->next) (void) t;
    if (t != NULL && (t->flags & MG_TIMER_AUTODELETE)) mg_timer_free(&mgr.timers, t), mg_free(t);
  }
  depth--;
  (void) arg;
}

static void open_something(void) {
  struct mg_mqtt_opts opts;
  int fds[2];
  if (count_conns(&mgr) > MAX_CONNS || mgr.nextid > MAX_ID - 200) return;
  memset(&opts, 0, sizeof(opts));
  switch (below(14)) {
    case 0: mg_listen(&mgr, "tcp://127.0.0.1:0", plain_fn, NULL); break;
    case 1: mg_listen(&mgr, "udp://127.0.0.1:0", plain_fn, NULL); break;
    case 2: mg_http_listen(&mgr, "http://127.0.0.1:0", http_fn, NULL); break;
    case 3: mg_mqtt_listen(&mgr, "mqtt://127.0.0.1:0", plain_fn, NULL); break;
    case 4: mg_listen(&mgr, any_url("tcp"), any_fn(), NULL); break;
    case 5: mg_connect(&mgr, any_url("tcp"), any_fn(), NULL); break;
    case 6: mg_connect(&mgr, any_url("udp"), any_fn(), NULL); break;
    case 7: mg_http_connect(&mgr, any_url(one_in(4) ? "https" : "http"), http_fn, NULL); break;
    case 8: mg_ws_connect(&mgr, any_url("ws"), http_fn, NULL, "%s", "X: y\r\n"); break;
    case 9:
      opts.topic = mg_str("a/b"), opts.message = mg_str("will"), opts.version = one_in(2) ? 5 : 4;
      mg_mqtt_connect(&mgr, any_url("mqtt"), &opts, plain_fn, NULL);
      break;
    case 10: mg_sntp_connect(&mgr, any_url("udp"), plain_fn, NULL); break;
    case 11: mg_connect_svc(&mgr, any_url("tcp"), any_fn(), NULL, plain_fn, NULL); break;
    case 12: mg_modbus_listen(&mgr, "tcp://127.0.0.1:0", plain_fn, NULL); break;
    default:
      CHECK(socketpair(AF_UNIX, one_in(3) ? SOCK_DGRAM : SOCK_STREAM, 0, fds) == 0);
      if (mg_wrapfd(&mgr, fds[0], any_fn(), NULL) == NULL && !freed) close(fds[0]);
      else if (freed && fcntl(fds[0], F_GETFD) != -1) close(fds[0]);
      close(fds[1]);
      break;
  }
}

/* Plain sockets that obey nobody. */
static void peer_something(void) {
  static const char *const texts[] = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n",
                                      "Sec-WebSocket-Key: abc\r\n\r\n", "\x81\x83mask\x01\x02\x03", "\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00",
                                      "POST /u HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "\r\n\r\n"};
  unsigned i = below(MAX_PEERS);
  struct mg_connection *l = any_listener();
  if (peers[i] < 0) {
    struct sockaddr_in sin;
    if (l == NULL || l->loc.is_ip6) return;
    sin = loopback(ntohs(l->loc.port));
    peers[i] = socket(AF_INET, l->is_udp ? SOCK_DGRAM : SOCK_STREAM, 0);
    CHECK(peers[i] >= 0);
    peer_nonblocking(peers[i]);
    (void) !connect(peers[i], (struct sockaddr *) &sin, sizeof(sin));
    return;
  }
  switch (below(6)) {
    case 0: close(peers[i]), peers[i] = -1; break;
    case 1: peer_reset(peers[i]), peers[i] = -1; break;
    case 2: shutdown(peers[i], SHUT_WR); break;
    case 3: (void) !send(peers[i], noise + below(100), any_size() % 49000, MSG_NOSIGNAL); break;
    case 4: (void) !recv(peers[i], noise, 1000, 0); break;
    default: {
      const char *text = texts[below(sizeof(texts) / sizeof(texts[0]))];
      (void) !send(peers[i], text, strlen(text), MSG_NOSIGNAL);
      break;
    }
  }
}

static void flags_of(struct mg_connection *c) {
  switch (below(12)) {
    case 0: c->is_closing = 1; break;
    case 1: c->is_closing = 0; break;
    case 2: c->is_draining = 1; break;
    case 3: c->is_full = !c->is_full; break;
    case 4: c->is_resp = !c->is_resp; break;
    case 5: c->is_readable = c->is_writable = 0; break;
    case 6: c->fn_data = one_in(2) ? NULL : (void *) &mgr; break;
    case 7: c->fn = any_fn(); break;
    case 8: c->pfn = NULL; break;
    case 9: c->pfn = one_in(2) ? plain_fn : c->pfn; break;
    case 10:
      if (one_in(4)) c->fn = NULL, silent = true;
      break;
    default: memset(c->data, (int) below(256), sizeof(c->data)); break;
  }
}

static void buffers_of(struct mg_connection *c) {
  struct mg_iobuf *io = one_in(2) ? &c->recv : &c->send;
  switch (below(8)) {
    case 0: mg_iobuf_free(io); break;
    case 1: mg_iobuf_resize(io, any_size()); break;
    case 2: mg_iobuf_del(io, 0, any_size()); break;
    case 3: mg_iobuf_add(io, io->len, noise, any_size()); break;
    case 4: mg_iobuf_add(io, 0, noise, any_size()); break;
    case 5: io->len = 0; break;
    case 6: io->len /= 2; break;
    default:
      if (io->len > 0) io->buf[below((unsigned) io->len)] ^= 1;
      break;
  }
}

static void send_on(struct mg_connection *c) {
  struct mg_mqtt_opts opts;
  memset(&opts, 0, sizeof(opts));
  opts.topic = mg_str("a/b"), opts.message = mg_str_n(noise, any_size()), opts.qos = (uint8_t) below(3);
  switch (below(12)) {
    case 0: mg_printf(c, "%s %d %M", "text", 42, mg_print_ip_port, &c->rem); break;
    case 1: mg_http_reply(c, 200, "A: b\r\n", "%s", "body"); break;
    case 2: mg_http_printf_chunk(c, "%s", one_in(3) ? "" : "chunk"); break;
    case 3: mg_ws_send(c, noise, any_size(), one_in(2) ? WEBSOCKET_OP_TEXT : (int) below(16)); break;
    case 4: mg_ws_printf(c, WEBSOCKET_OP_BINARY, "%d", 1); break;
    case 5: mg_mqtt_pub(c, &opts); break;
    case 6: mg_mqtt_sub(c, &opts); break;
    case 7: mg_mqtt_ping(c); break;
    case 8: mg_mqtt_disconnect(c, &opts); break;
    default: mg_send(c, noise, any_size()); break;
  }
}

static void timers(void) {
  struct mg_timer *t = &own[below(4)];
  switch (below(4)) {
    case 0: mg_timer_add(&mgr, below(3), below(4), on_timer, NULL); break;
    case 1: mg_timer_init(&mgr.timers, t, below(3), below(4), on_timer, NULL); break;
    case 2: mg_timer_free(&mgr.timers, t); break;
    default:
      t = mgr.timers;
      if (t != NULL && (t->flags & MG_TIMER_AUTODELETE)) mg_timer_free(&mgr.timers, t), mg_free(t);
      break;
  }
}

static void rare(struct mg_connection *c) {
  struct mg_tls_opts tls;
  struct mg_addr addr;
  memset(&tls, 0, sizeof(tls));
  switch (below(14)) {
    case 0: mg_error(c, "%s %d", "random", 1); break;
    case 1: {
      int fd = (int) (size_t) c->fd;
      bool inside = depth > 1;
      mg_close_conn(c); /* leaves the socket to the caller, or to the engine when a handler is on the stack */
      if (!inside && fd != -1) close(fd);
      break;
    }
    case 2: mg_wakeup_init(&mgr); break;
    case 3: mg_wakeup(&mgr, c->id, noise, any_size()); break;
    case 4: mg_wakeup(&mgr, below(100), "x", 1); break;
    case 5: mg_resolve_cancel(c); break;
    case 6:
      if (c->is_client && !c->is_resolving) mg_resolve(c, any_url("tcp"));
      break;
    case 7:
      if ((c->is_client || c->is_accepted) && !c->is_udp && c->tls == NULL) mg_tls_init(c, &tls);
      break;
    case 8: mg_dscp(c, (uint8_t) below(64)); break;
    case 9:
      addr = c->rem;
      mg_multicast_restore(c, (uint8_t *) &addr);
      break;
    case 10: mgr.dns4.url = one_in(2) ? dns_url : "udp://name.invalid:53"; break;
    case 11: mgr.dnstimeout = (int) below(5), mgr.use_dns6 = one_in(2); break;
    case 12: {
      struct mg_connection *made = mg_alloc_conn(&mgr);
      if (made != NULL) {
        int fd = mg_open_listener(made, "tcp://127.0.0.1:0") ? (int) (size_t) made->fd : -1;
        mg_close_conn(made);
        if (fd != -1) close(fd);
      }
      break;
    }
    default:
      if (depth > 1 && one_in(12)) freed = true, mg_mgr_free(&mgr);
      break;
  }
}

static void operate(void) {
  struct mg_connection *c;
  if (depth >= MAX_DEPTH || (depth > 0 && nested++ > MAX_NESTED)) return;
  depth++;
  c = any();
  switch (c == NULL || freed ? below(2) : below(16)) {
    case 0: open_something(); break;
    case 1: peer_something(); break;
    case 2: case 3: case 4: peer_something(); break;
    case 5: case 6: flags_of(c); break;
    case 7: case 8: buffers_of(c); break;
    case 9: case 10: send_on(c); break;
    case 11: timers(); break;
    case 12: mg_call(c, MG_EV_USER + (int) below(3), NULL); break;
    case 13: mg_mgr_poll(&mgr, 0); break;
    default: rare(c); break;
  }
  depth--;
}

static void count(struct mg_connection *c, int ev) {
  CHECK(c->id > 0 && c->id < MAX_ID);
  if (ev == MG_EV_OPEN && opened[c->id] == 0) opened[c->id] = 1, sum_opens++;
  if (ev == MG_EV_CLOSE) closed[c->id] = 1;
  if (ev == MG_EV_HTTP_MSG || ev == MG_EV_WS_MSG || ev == MG_EV_MQTT_CMD) sum_messages++;
}

/* Serves as user and as protocol handler; then events come twice. */
static void plain_fn(struct mg_connection *c, int ev, void *ev_data) {
  count(c, ev);
  if (ev == MG_EV_READ) CHECK(*(long *) ev_data >= 0);
  depth++; /* handlers run inside something, even where a test calls from outside */
  if (ev == MG_EV_READ && one_in(2)) mg_send(c, c->recv.buf, c->recv.len % 2000), c->recv.len = 0;
  if (ev == MG_EV_POLL ? one_in(24) : one_in(3)) operate();
  depth--;
}

static void http_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_HTTP_MSG && one_in(2)) {
    struct mg_http_message *hm = (struct mg_http_message *) ev_data;
    if (mg_http_get_header(hm, "Upgrade") != NULL) mg_ws_upgrade(c, hm, NULL);
    else if (c->is_accepted) mg_http_reply(c, 200, "", "%.*s", (int) hm->body.len, hm->body.buf);
  }
  plain_fn(c, ev, ev_data);
}

static int descriptors(void) {
  int fd, n = 0;
  for (fd = 0; fd < 1024; fd++) n += fcntl(fd, F_GETFD) != -1;
  return n;
}

static void life(uint64_t seed) {
  int i, before = descriptors();
  unsigned long id;
  state = seed * 0x9e3779b97f4a7c15ULL + 1;
  depth = nested = 0, freed = silent = false;
  memset(opened, 0, sizeof(opened)), memset(closed, 0, sizeof(closed));
  mg_mgr_init(&mgr);
  mgr.dns4.url = dns_url, mgr.dnstimeout = 1;
  mg_listen(&mgr, "tcp://127.0.0.1:0", plain_fn, NULL);
  if (!freed) mg_http_listen(&mgr, "http://127.0.0.1:0", http_fn, NULL);
  for (i = 0; i < OPERATIONS && !freed; i++) {
    if (one_in(2)) mg_mgr_poll(&mgr, (int) below(2));
    else operate();
  }
  if (!freed) mg_mgr_free(&mgr);
  CHECK(mgr.conns == NULL && mgr.timers == NULL);
  /* The library's own connections got their OPEN before an operation gave them a handler. */
  for (id = 0; id <= mgr.nextid && !silent; id++) CHECK(opened[id] <= closed[id]);
  for (i = 0; i < MAX_PEERS; i++) {
    if (peers[i] >= 0) close(peers[i]), peers[i] = -1;
  }
  CHECK(fence_live == 0);
  CHECK(descriptors() == before);
}

int main(int argc, char *argv[]) {
  uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1, lives = argc > 2 ? strtoull(argv[2], NULL, 10) : 300, seed;
  size_t i;
  quiet();
  for (i = 0; i < sizeof(noise); i++) noise[i] = (char) (i * 7 + i / 256);
  for (i = 0; i < MAX_PEERS; i++) peers[i] = -1;
  snprintf(dns_url, sizeof(dns_url), "udp://127.0.0.1:%u", (unsigned) dead_port());
  signal(SIGPIPE, SIG_IGN);
  for (seed = first; seed < first + lives; seed++) {
    if (argc > 3) printf("seed %lu\n", (unsigned long) seed), fflush(stdout);
    life(seed);
  }
  CHECK(argc > 1 || (sum_opens > 1000 && sum_messages > 20));
  printf("%d connections, %d messages\n", sum_opens, sum_messages);
  return done();
}
