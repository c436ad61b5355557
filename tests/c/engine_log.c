/* Log lines of the engine: levels, ids, hex dumps; nothing of a peer reaches the terminal as a control character. */
#include "engine.h"

static struct mg_mgr mgr;
static struct trace lsn, srv, cli;
static char text[200000];
static size_t text_len;

static void keep(char ch, void *arg) {
  if (text_len + 1 < sizeof(text)) text[text_len++] = ch, text[text_len] = '\0';
  (void) arg;
}
static void start(int level) {
  all_traces = NULL;
  fresh(&lsn, &srv), fresh(&srv, NULL), fresh(&cli, NULL);
  text_len = 0, text[0] = '\0';
  mg_log_set(level);
  mg_log_set_fn(keep, NULL);
  mg_mgr_init(&mgr);
}
static bool has(const char *what) {
  bool found = strstr(text, what) != NULL;
  if (!found) printf("no \"%s\" in:\n%s\n", what, text);
  return found;
}

static void scene(void) {
  struct mg_connection *l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  int fd = peer_connect(port_of(l));
  UNTIL(&mgr, srv.c != NULL);
  peer_send(fd, "abc", 3);
  UNTIL(&mgr, srv.c->recv.len == 3);
  mg_send(srv.c, "xy", 2);
  UNTIL(&mgr, srv.c->send.len == 0);
  {
    char buf[8];
    CHECK(recv(fd, buf, sizeof(buf), 0) == 2);
  }
  close(fd);
  UNTIL(&mgr, srv.closes == 1);
  mg_mgr_free(&mgr);
}

static void levels(void) {
  CHECK(mg_log_level == MG_LL_DEBUG); /* the default */
  start(MG_LL_INFO);
  scene();
  if (text_len > 0) printf("%s\n", text);
  CHECK(text_len == 0); /* nothing worth telling */
  start(MG_LL_ERROR);
  CHECK(mg_listen(&mgr, "tcp://no.name:1", NULL, NULL) == NULL);
  CHECK(mg_connect(&mgr, "", NULL, NULL) == NULL);
  CHECK(has("invalid listening URL: tcp://no.name:1") && has("Failed: tcp://no.name:1") && has("null url"));
  {
    struct mg_connection *c = mg_listen(&mgr, "udp://127.0.0.1:0", NULL, NULL), *d;
    char line[64];
    CHECK(mg_listen(&mgr, url_of(mg_listen(&mgr, "tcp://127.0.0.1:0", NULL, NULL), "tcp"), NULL, NULL) == NULL);
    snprintf(line, sizeof(line), "bind: %d", EADDRINUSE);
    CHECK(has(line));
    mg_error(c, "some %s", "trouble");
    snprintf(line, sizeof(line), "%lu %d some trouble", c->id, (int) (size_t) c->fd);
    CHECK(has(line));
    d = mg_connect(&mgr, "udp://127.0.0.1:9", NULL, NULL);
    mg_error(d, "\x1b[31mred\nnew line");
    CHECK(strchr(text, 0x1b) == NULL && has("?[31mred?new line"));
  }
  mg_mgr_free(&mgr);
  start(MG_LL_DEBUG);
  scene();
  CHECK(has("MG_IO_SIZE: 16384, TLS: ") && has("tcp://127.0.0.1:0") && has("accepted 127.0.0.1:") && has(" -> 127.0.0.1:"));
  CHECK(has("read 3 bytes") && has("wrote 2 bytes") && has("closed") && has("All connections closed"));
  start(MG_LL_VERBOSE);
  scene();
  CHECK(has("flags") && has("recv") && has("send of 2 bytes"));
  start(MG_LL_VERBOSE);
  {
    struct mg_connection *l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
    char idle[40];
    mg_mgr_poll(&mgr, 0);
    text_len = 0, text[0] = '\0';
    mg_mgr_poll(&mgr, 0); /* nothing to do, and nothing that changed */
    snprintf(idle, sizeof(idle), "%lu %d flags", l->id, (int) (size_t) l->fd);
    CHECK(has(idle));
  }
  mg_mgr_free(&mgr);
}

static void hexdumps(void) {
  struct mg_connection *l;
  char line[200];
  int fd;
  unsigned peer;
  start(MG_LL_INFO);
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  l->is_hexdumping = 1;
  fd = peer_connect(port_of(l));
  UNTIL(&mgr, srv.c != NULL);
  peer = ntohs(srv.c->rem.port);
  peer_send(fd, "0123456789abcdef\x01~", 18);
  UNTIL(&mgr, srv.c->recv.len == 18);
  snprintf(line, sizeof(line), "\n-- %lu 127.0.0.1:%u <- 127.0.0.1:%u 18", srv.c->id, (unsigned) port_of(l), peer);
  CHECK(has(line));
  CHECK(has("0000   30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66   0123456789abcdef\r\n"));
  CHECK(has("0010   01 7e                                             .~              \r\n"));
  mg_send(srv.c, "xy", 2);
  UNTIL(&mgr, srv.c->send.len == 0);
  snprintf(line, sizeof(line), "\n-- %lu 127.0.0.1:%u -> 127.0.0.1:%u 2", srv.c->id, (unsigned) port_of(l), peer);
  CHECK(has(line) && has("0000   78 79                                             xy              \r\n"));
  close(fd);
  mg_mgr_free(&mgr);
  /* Datagrams, too. */
  start(MG_LL_INFO);
  l = mg_listen(&mgr, "udp://127.0.0.1:0", trace_fn, &lsn);
  {
    struct mg_connection *c = mg_connect(&mgr, url_of(l, "udp"), trace_fn, &cli);
    c->is_hexdumping = l->is_hexdumping = 1;
    CHECK(mg_send(c, "dgram", 5));
    UNTIL(&mgr, l->recv.len == 5);
    snprintf(line, sizeof(line), "-- %lu 0.0.0.0:%u -> 127.0.0.1:%u 5", c->id, (unsigned) port_of(c), (unsigned) port_of(l));
    CHECK(has(line));
    snprintf(line, sizeof(line), "-- %lu 127.0.0.1:%u <- 127.0.0.1:%u 5", l->id, (unsigned) port_of(l), (unsigned) port_of(c));
    CHECK(has(line));
  }
  mg_mgr_free(&mgr);
}

int main(void) {
  levels();
  hexdumps();
  mg_log_set(MG_LL_NONE);
  return done();
}
