/* What the HTTP and WebSocket tests share: a server on a free port and plain sockets as peers that obey no library. */
#ifndef HTTP_TEST_H
#define HTTP_TEST_H

#include "mongoose.h"

#include "check.h"

/* Polls are bounded, not timed: each takes at most a millisecond. */
#define ROUNDS 5000

static struct mg_mgr mgr;

/* Polls until `condition`; the test fails when that takes too long. */
#define UNTIL(condition)                                            \
  do {                                                              \
    int rounds_ = 0;                                                \
    while (!(condition) && rounds_++ < ROUNDS) mg_mgr_poll(&mgr, 1); \
    CHECK(condition);                                               \
  } while (0)

static inline uint16_t port_of(struct mg_connection *c) {
  return mg_ntohs(c->loc.port);
}

static inline const char *url_of(struct mg_connection *c, const char *scheme, const char *path) {
  static char url[200];
  mg_snprintf(url, sizeof(url), "%s://127.0.0.1:%u%s", scheme, (unsigned) port_of(c), path);
  return url;
}

static inline struct mg_connection *serve(mg_event_handler_t fn, void *arg) {
  struct mg_connection *c = mg_http_listen(&mgr, "http://127.0.0.1:0", fn, arg);
  CHECK(c != NULL);
  return c;
}

static inline void start(void) {
  mg_log_set(MG_LL_NONE);
  mg_mgr_init(&mgr);
}

static inline int finish(void) {
  mg_mgr_free(&mgr);
  CHECK(mgr.conns == NULL);
  return done();
}

/* ---- a plain peer ---------------------------------------------------------------------------------------------- */

struct peer {
  int fd;
  bool closed;
  size_t len;
  char buf[400000];
};

static inline void peer_open(struct peer *p, struct mg_connection *server) {
  struct sockaddr_in sin;
  memset(p, 0, sizeof(*p));
  memset(&sin, 0, sizeof(sin));
  sin.sin_family = AF_INET;
  sin.sin_port = server->loc.port;
  sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  p->fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(p->fd >= 0);
  CHECK(connect(p->fd, (struct sockaddr *) &sin, sizeof(sin)) == 0);
  CHECK(fcntl(p->fd, F_SETFL, O_NONBLOCK) == 0);
}

static inline void peer_close(struct peer *p) {
  close(p->fd);
}

/* One poll of the server, then whatever has arrived. */
static inline void peer_pump(struct peer *p) {
  mg_mgr_poll(&mgr, 1);
  for (;;) {
    ssize_t n = recv(p->fd, p->buf + p->len, sizeof(p->buf) - 1 - p->len, 0);
    if (n > 0) {
      p->len += (size_t) n;
      p->buf[p->len] = '\0';
    } else {
      if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) p->closed = true;
      return;
    }
  }
}

static inline void peer_send(struct peer *p, const void *data, size_t len) {
  const char *s = (const char *) data;
  int rounds = 0;
  while (len > 0 && !p->closed && rounds++ < ROUNDS) {
    ssize_t n = send(p->fd, s, len, MSG_NOSIGNAL);
    if (n > 0) {
      s += n;
      len -= (size_t) n;
    } else if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
      return;
    } else {
      peer_pump(p);
    }
  }
}

static inline void peer_say(struct peer *p, const char *text) {
  peer_send(p, text, strlen(text));
}

#define PEER_UNTIL(p, condition)                                       \
  do {                                                                 \
    int rounds_ = 0;                                                   \
    while (!(condition) && rounds_++ < ROUNDS) peer_pump(p);           \
    if (!(condition)) printf("peer has: %.*s\n", (int) (p)->len, (p)->buf); \
    CHECK(condition);                                                  \
  } while (0)

/* A response parsed from the start of what the peer has; its whole length, 0 while it is not complete. */
static inline size_t response_at(struct peer *p, size_t ofs, struct mg_http_message *hm) {
  int n = mg_http_parse(p->buf + ofs, p->len - ofs, hm);
  if (n <= 0) return 0;
  if (hm->message.len == (size_t) ~0) return p->closed ? p->len - ofs : 0;
  return hm->message.len <= p->len - ofs ? hm->message.len : 0;
}

/* Sends a request over a new connection and waits for the whole response, which stays in `p`. */
static inline void ask(struct mg_connection *server, struct peer *p, struct mg_http_message *hm, const char *request) {
  peer_open(p, server);
  peer_say(p, request);
  PEER_UNTIL(p, response_at(p, 0, hm) > 0);
  peer_close(p);
}

/* Sends bytes over a new connection; the server must close it without a byte. */
static inline void refused(struct mg_connection *server, const void *data, size_t len) {
  static struct peer p;
  peer_open(&p, server);
  peer_send(&p, data, len);
  PEER_UNTIL(&p, p.closed);
  if (p.len > 0) printf("answered: %s\n", p.buf);
  CHECK(p.len == 0);
  peer_close(&p);
}

static inline bool is(struct mg_str s, const char *text) {
  return mg_strcmp(s, mg_str(text)) == 0;
}

static inline bool header_is(struct mg_http_message *hm, const char *name, const char *value) {
  struct mg_str *s = mg_http_get_header(hm, name);
  return s == NULL ? value == NULL : value != NULL && is(*s, value);
}

#endif
