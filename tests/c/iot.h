/* What the tests of small protocols share: polling until something is true, and plain sockets as peers. */
#ifndef IOT_H
#define IOT_H

#include "mongoose.h"

#include "check.h"

/* The condition is looked at once per poll and may have effects. */
#define UNTIL(mgr, condition)                                                                     \
  do {                                                                                            \
    int rounds_ = 0;                                                                              \
    bool met_;                                                                                    \
    while (!(met_ = (condition)) && rounds_++ < 5000) mg_mgr_poll((mgr), 1);                      \
    check_report(met_, #condition, __FILE__, __LINE__);                                           \
  } while (0)

/* `hex` is pairs of digits, spaces between them at will. Returns the number of bytes. */
static inline size_t unhex(const char *hex, unsigned char *to) {
  size_t n = 0;
  unsigned int byte;
  while (sscanf(hex, " %2x", &byte) == 1) {
    while (*hex == ' ') hex++;
    to[n++] = (unsigned char) byte;
    hex += 2;
  }
  return n;
}

static inline bool same(const void *buf, size_t len, const char *hex) {
  unsigned char want[512];
  size_t i, n = unhex(hex, want);
  if (n == len && (n == 0 || memcmp(buf, want, n) == 0)) return true;
  printf("expected: %s\nfound:   ", hex);
  for (i = 0; i < len; i++) printf(" %02x", ((const unsigned char *) buf)[i]);
  printf("\n");
  return false;
}

/* The send buffer holds exactly these bytes; empties it. */
static inline bool queued(struct mg_connection *c, const char *hex) {
  bool ok = same(c->send.buf, c->send.len, hex);
  mg_iobuf_del(&c->send, 0, c->send.len);
  return ok;
}

static inline struct sockaddr_in loopback(uint16_t port) {
  struct sockaddr_in sin;
  memset(&sin, 0, sizeof(sin));
  sin.sin_family = AF_INET;
  sin.sin_port = htons(port);
  sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return sin;
}

/* A TCP connection, non-blocking once it is made. */
static inline int peer_connect(struct mg_connection *listener) {
  struct sockaddr_in sin = loopback(ntohs(listener->loc.port));
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(fd >= 0 && connect(fd, (struct sockaddr *) &sin, sizeof(sin)) == 0);
  CHECK(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0);
  return fd;
}

/* A bound UDP socket, non-blocking. */
static inline int peer_udp(uint16_t *port) {
  struct sockaddr_in sin = loopback(0);
  socklen_t len = sizeof(sin);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  CHECK(fd >= 0 && bind(fd, (struct sockaddr *) &sin, sizeof(sin)) == 0);
  CHECK(getsockname(fd, (struct sockaddr *) &sin, &len) == 0);
  CHECK(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0);
  *port = ntohs(sin.sin_port);
  return fd;
}

static inline void peer_send(int fd, const char *hex) {
  unsigned char buf[512];
  size_t n = unhex(hex, buf);
  CHECK(send(fd, buf, n, MSG_NOSIGNAL) == (ssize_t) n);
}

/* Polls until the peer has received `want` bytes, or its connection has ended. Returns what came. */
static inline size_t peer_recv(struct mg_mgr *mgr, int fd, unsigned char *buf, size_t want) {
  size_t got = 0;
  int rounds;
  for (rounds = 0; rounds < 5000 && got < want; rounds++) {
    ssize_t n;
    mg_mgr_poll(mgr, 1);
    n = recv(fd, buf + got, want - got, 0);
    if (n > 0) got += (size_t) n;
    if (n == 0) break;
  }
  return got;
}

/* Polls until the connection of the peer has ended; drops what comes before. */
static inline bool peer_closed(struct mg_mgr *mgr, int fd) {
  unsigned char buf[512];
  int rounds;
  for (rounds = 0; rounds < 5000; rounds++) {
    ssize_t n;
    mg_mgr_poll(mgr, 1);
    n = recv(fd, buf, sizeof(buf), 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) return true;
  }
  return false;
}

static inline const char *url_of(struct mg_connection *c, const char *scheme) {
  static char url[64];
  snprintf(url, sizeof(url), "%s://127.0.0.1:%u", scheme, (unsigned) ntohs(c->loc.port));
  return url;
}

#endif
