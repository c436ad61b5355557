/*
 * What the engine's tests share: a handler that writes down what it sees, polls until something is true, and plain
 * sockets as peers that obey no library.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include "mongoose.h"

#include "check.h"

/* Handlers live on what was checked before: the first failure ends the program. */
#undef CHECK
#define CHECK(expr)                                        \
  do {                                                     \
    if (!(expr)) {                                         \
      printf("%s:%d: %s\n", __FILE__, __LINE__, #expr);    \
      exit(1);                                             \
    }                                                      \
    check_report(1, #expr, __FILE__, __LINE__);            \
  } while (0)

/* Events of one connection as text: `OPEN ACCEPT / READ 5 WRITE 5 / CLOSE`, a slash between polls, POLL left out. */
struct trace {
  char text[8192];
  int polls, closes;
  struct trace *child; /* of a listener: where accepted connections are written down */
  struct mg_connection *c; /* last connection seen, NULL after CLOSE */
  unsigned long id;
  /* What the test does in a handler; the event is written down before. */
  void (*hook)(struct mg_connection *, int, void *, struct trace *);
  void *arg;
  int n;
  struct trace *next;
};

static struct trace *all_traces;

static inline void note(struct trace *t, const char *word) {
  size_t n = strlen(t->text);
  bool space = n > 0;
  CHECK(n + strlen(word) + 2 < sizeof(t->text));
  snprintf(t->text + n, sizeof(t->text) - n, "%s%s", space ? " " : "", word);
}

static inline const char *event_name(int ev) {
  static const char *const names[] = {"ERROR",     "OPEN",     "POLL",      "RESOLVE",  "CONNECT",   "ACCEPT",
                                      "TLS_HS",    "READ",     "WRITE",     "CLOSE",    "HTTP_HDRS", "HTTP_MSG",
                                      "WS_OPEN",   "WS_MSG",   "WS_CTL",    "MQTT_CMD", "MQTT_MSG",  "MQTT_OPEN",
                                      "SNTP_TIME", "WAKEUP",   "MDNS_REQ",  "MDNS_RESP", "MODBUS_REQ", "USER"};
  return ev >= 0 && ev < (int) (sizeof(names) / sizeof(names[0])) ? names[ev] : "USER+";
}

static inline void note_event(struct trace *t, int ev, void *ev_data) {
  char word[300];
  if (ev == MG_EV_READ || ev == MG_EV_WRITE) {
    snprintf(word, sizeof(word), "%s %ld", event_name(ev), *(long *) ev_data);
  } else if (ev == MG_EV_ERROR) {
    snprintf(word, sizeof(word), "ERROR(%s)", (char *) ev_data);
  } else {
    snprintf(word, sizeof(word), "%s", event_name(ev));
  }
  note(t, word);
}

static inline void trace_fn(struct mg_connection *c, int ev, void *ev_data) {
  struct trace *t = (struct trace *) c->fn_data;
  if (c->is_accepted && t->child != NULL) c->fn_data = t = t->child;
  t->c = c;
  t->id = c->id;
  if (ev == MG_EV_POLL) {
    t->polls++;
  } else {
    note_event(t, ev, ev_data);
  }
  if (t->hook != NULL) t->hook(c, ev, ev_data, t);
  if (ev == MG_EV_CLOSE) t->closes++, t->c = NULL;
}

/* Forgets what the trace holds, and has poll_once look at it. */
static inline void fresh(struct trace *t, struct trace *child) {
  struct trace *p = all_traces, *next = all_traces;
  while (p != NULL && p != t) p = p->next;
  if (p != NULL) next = t->next;
  memset(t, 0, sizeof(*t));
  t->child = child;
  t->next = next;
  if (p == NULL) all_traces = t;
}

/* One poll, and a slash behind what it brought. */
static inline void poll_once(struct mg_mgr *mgr, int ms) {
  struct trace *t;
  mg_mgr_poll(mgr, ms);
  for (t = all_traces; t != NULL; t = t->next) {
    size_t n = strlen(t->text);
    if (n > 0 && t->text[n - 1] != '/') note(t, "/");
  }
}

/* A slash behind what happened outside of a poll. */
static inline void slash(struct trace *t) {
  size_t n = strlen(t->text);
  if (n > 0 && t->text[n - 1] != '/') note(t, "/");
}

/* Polls until the condition holds; it is looked at once per poll. */
#define UNTIL(mgr, condition)                                                                    \
  do {                                                                                           \
    bool holds_ = false;                                                                         \
    int rounds_;                                                                                 \
    for (rounds_ = 0; rounds_ < 5000 && !(holds_ = (condition)); rounds_++) poll_once((mgr), 1); \
    if (!holds_) printf("%s:%d: never: %s\n", __FILE__, __LINE__, #condition);                   \
    CHECK(holds_);                                                                               \
  } while (0)

/* The trace without a slash at its end equals `expected`. */
static inline bool traced(struct trace *t, const char *expected) {
  size_t n = strlen(t->text);
  while (n > 0 && (t->text[n - 1] == '/' || t->text[n - 1] == ' ')) n--;
  if (n == strlen(expected) && memcmp(t->text, expected, n) == 0) return true;
  printf("expected: %s\nfound:    %s\n", expected, t->text);
  return false;
}

/* ---- plain peers ----------------------------------------------------------------------------------------------- */

static inline uint16_t port_of(struct mg_connection *c) { return ntohs(c->loc.port); }

static inline const char *url_of(struct mg_connection *c, const char *scheme) {
  static char url[4][64];
  static unsigned turn;
  char *p = url[turn++ % 4];
  snprintf(p, sizeof(url[0]), "%s://127.0.0.1:%u", scheme, (unsigned) port_of(c));
  return p;
}

static inline struct sockaddr_in loopback(uint16_t port) {
  struct sockaddr_in sin;
  memset(&sin, 0, sizeof(sin));
  sin.sin_family = AF_INET;
  sin.sin_port = htons(port);
  sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return sin;
}

/* A blocking TCP connection to a port of this machine. */
static inline int peer_connect(uint16_t port) {
  struct sockaddr_in sin = loopback(port);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(fd >= 0);
  CHECK(connect(fd, (struct sockaddr *) &sin, sizeof(sin)) == 0);
  return fd;
}

/* A TCP listener, or a bound UDP socket, of our own. */
static inline int peer_bind(int type, uint16_t *port) {
  struct sockaddr_in sin = loopback(0);
  socklen_t len = sizeof(sin);
  int fd = socket(AF_INET, type, 0);
  CHECK(fd >= 0);
  CHECK(bind(fd, (struct sockaddr *) &sin, sizeof(sin)) == 0);
  CHECK(getsockname(fd, (struct sockaddr *) &sin, &len) == 0);
  if (type == SOCK_STREAM) CHECK(listen(fd, 128) == 0);
  *port = ntohs(sin.sin_port);
  return fd;
}

static inline void peer_send(int fd, const void *buf, size_t len) {
  CHECK(send(fd, buf, len, MSG_NOSIGNAL) == (ssize_t) len);
}

/* Closes with RST instead of FIN. */
static inline void peer_reset(int fd) {
  struct linger now = {1, 0};
  CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) == 0);
  close(fd);
}

static inline void peer_nonblocking(int fd) { CHECK(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0); }

/* A port that nobody listens on. */
static inline uint16_t dead_port(void) {
  uint16_t port;
  int fd = peer_bind(SOCK_STREAM, &port);
  close(fd);
  return port;
}

static inline int count_conns(struct mg_mgr *mgr) {
  int n = 0;
  struct mg_connection *c;
  for (c = mgr->conns; c != NULL; c = c->next) n++;
  return n;
}

static inline void quiet(void) { mg_log_set(MG_LL_NONE); }

#endif
