/* The limit of a WebSocket echo: the least work with which a single-threaded epoll server can send frames back.
 *
 * The handshake is done properly; then each complete frame below 64 KiB is unmasked behind a new header, and all frames
 * of one recv() go out in one send(). It checks nothing: no opcodes, no fragments, no back-pressure. Never use it for
 * anything else.
 *
 * usage: ws_limit [PORT]      PORT 0 picks a free port and prints it. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_FDS 65536
#define MAX_EVENTS 1024
#define RECV_SIZE 65536
#define REST_SIZE 4096

struct conn {
  size_t rest; /* bytes of an incomplete head or frame */
  unsigned char open;
  unsigned char *bytes;
};

static struct conn conns[MAX_FDS];

static void die(const char *what) {
  perror(what);
  exit(1);
}

/* ---- the handshake needs SHA-1 and base64 once a connection ------------------------------------------------------ */

static uint32_t rotate(uint32_t x, int n) {
  return x << n | x >> (32 - n);
}

static void sha1_block(uint32_t h[5], const unsigned char *p) {
  uint32_t w[80], v[5], f, t;
  int i;
  for (i = 0; i < 16; i++, p += 4) w[i] = (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
  for (; i < 80; i++) w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  memcpy(v, h, sizeof(v));
  for (i = 0; i < 80; i++) {
    if (i < 20) {
      f = ((v[1] & v[2]) | (~v[1] & v[3])) + 0x5a827999U;
    } else if (i < 40) {
      f = (v[1] ^ v[2] ^ v[3]) + 0x6ed9eba1U;
    } else if (i < 60) {
      f = ((v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3])) + 0x8f1bbcdcU;
    } else {
      f = (v[1] ^ v[2] ^ v[3]) + 0xca62c1d6U;
    }
    t = rotate(v[0], 5) + f + v[4] + w[i];
    v[4] = v[3], v[3] = v[2], v[2] = rotate(v[1], 30), v[1] = v[0], v[0] = t;
  }
  for (i = 0; i < 5; i++) h[i] += v[i];
}

/* The accept value (RFC 6455 section 4.2.2) of a key of 24 characters. `out` takes 28 characters. */
static void accept_value(const char *key, char *out) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  uint32_t h[5] = {0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U, 0xc3d2e1f0U};
  unsigned char block[128] = {0}, hash[21] = {0};
  int i;
  memcpy(block, key, 24);
  memcpy(block + 24, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 36);
  block[60] = 0x80;
  block[126] = (60 * 8) >> 8, block[127] = (60 * 8) & 255;
  sha1_block(h, block);
  sha1_block(h, block + 64);
  for (i = 0; i < 20; i++) hash[i] = (unsigned char) (h[i / 4] >> (24 - i % 4 * 8));
  for (i = 0; i < 7; i++) {
    uint32_t n = (uint32_t) hash[i * 3] << 16 | (uint32_t) hash[i * 3 + 1] << 8 | hash[i * 3 + 2];
    out[i * 4] = digits[n >> 18], out[i * 4 + 1] = digits[n >> 12 & 63];
    out[i * 4 + 2] = digits[n >> 6 & 63], out[i * 4 + 3] = digits[n & 63];
  }
  out[27] = '=';
}

static void drop(int fd) {
  free(conns[fd].bytes);
  memset(&conns[fd], 0, sizeof(conns[fd]));
  close(fd);
}

/* Answers the request head in `buf`; 0 when it is not complete, its length else. */
static size_t handshake(int fd, const char *buf, size_t len) {
  static const char name[] = "Sec-WebSocket-Key: ";
  const char *end = memmem(buf, len, "\r\n\r\n", 4), *key = memmem(buf, len, name, sizeof(name) - 1);
  char accept[29] = {0}, reply[256];
  int n;
  if (end == NULL || key == NULL || end - key < (long) (sizeof(name) + 23)) return 0;
  accept_value(key + sizeof(name) - 1, accept);
  n = snprintf(reply, sizeof(reply),
               "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Accept: %s\r\n\r\n",
               accept);
  if (send(fd, reply, (size_t) n, MSG_NOSIGNAL) != n) return 0;
  conns[fd].open = 1;
  return (size_t) (end + 4 - buf);
}

/* Unmasks the frames in `buf` and frames them again into `out`; returns the bytes used. */
static size_t reframe(unsigned char *buf, size_t len, unsigned char *out, size_t *out_len) {
  size_t used = 0;
  *out_len = 0;
  while (len - used >= 6) {
    unsigned char *p = buf + used, *payload;
    size_t header = 6, n = p[1] & 127, i;
    uint32_t key, word;
    if (n == 126) header = 8, n = (size_t) p[2] << 8 | p[3];
    if (len - used < header + n) break;
    memcpy(&key, p + header - 4, 4);
    payload = p + header;
    out[(*out_len)++] = p[0];
    if (n < 126) {
      out[(*out_len)++] = (unsigned char) n;
    } else {
      out[(*out_len)++] = 126, out[(*out_len)++] = (unsigned char) (n >> 8), out[(*out_len)++] = (unsigned char) n;
    }
    for (i = 0; i + 4 <= n; i += 4) {
      memcpy(&word, payload + i, 4);
      word ^= key;
      memcpy(out + *out_len + i, &word, 4);
    }
    for (; i < n; i++) out[*out_len + i] = payload[i] ^ p[header - 4 + i % 4];
    *out_len += n;
    used += header + n;
  }
  return used;
}

static void serve(int fd) {
  static unsigned char buf[RECV_SIZE], out[RECV_SIZE];
  struct conn *c = &conns[fd];
  size_t len = c->rest, used = 0, out_len;
  ssize_t n;
  if (len > 0) memcpy(buf, c->bytes, len);
  n = recv(fd, buf + len, sizeof(buf) - len, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) {
    drop(fd);
    return;
  }
  len += (size_t) n;
  if (!c->open) used = handshake(fd, (char *) buf, len);
  if (c->open) {
    used += reframe(buf + used, len - used, out, &out_len);
    if (out_len > 0 && send(fd, out, out_len, MSG_NOSIGNAL) != (ssize_t) out_len) {
      drop(fd);
      return;
    }
  }
  c->rest = len - used;
  if (c->rest == 0) return;
  if (c->bytes == NULL) c->bytes = malloc(REST_SIZE);
  if (c->bytes == NULL || c->rest > REST_SIZE) {
    drop(fd);
    return;
  }
  memcpy(c->bytes, buf + used, c->rest);
}

static void take_new(int epfd, int lsn) {
  for (;;) {
    struct epoll_event ev;
    int one = 1, fd = accept4(lsn, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    if (fd >= MAX_FDS) {
      close(fd);
      continue;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    memset(&ev, 0, sizeof(ev));
    ev.events = EPOLLIN;
    ev.data.fd = fd;
    if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev) != 0) die("epoll_ctl");
  }
}

static int listen_on(unsigned short port) {
  struct sockaddr_in addr;
  socklen_t len = sizeof(addr);
  int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  memset(&addr, 0, sizeof(addr));
  addr.sin_family = AF_INET;
  addr.sin_port = htons(port);
  addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, (struct sockaddr *) &addr, sizeof(addr)) != 0) die("bind");
  if (listen(fd, SOMAXCONN) != 0) die("listen");
  if (getsockname(fd, (struct sockaddr *) &addr, &len) != 0) die("getsockname");
  printf("listening on ws://127.0.0.1:%u\n", ntohs(addr.sin_port));
  fflush(stdout);
  return fd;
}

int main(int argc, char **argv) {
  static struct epoll_event events[MAX_EVENTS];
  struct epoll_event ev;
  int epfd = epoll_create1(EPOLL_CLOEXEC), lsn = listen_on((unsigned short) (argc > 1 ? atoi(argv[1]) : 0));
  if (epfd < 0) die("epoll_create1");
  signal(SIGPIPE, SIG_IGN);
  memset(&ev, 0, sizeof(ev));
  ev.events = EPOLLIN;
  ev.data.fd = lsn;
  if (epoll_ctl(epfd, EPOLL_CTL_ADD, lsn, &ev) != 0) die("epoll_ctl");
  for (;;) {
    int i, n = epoll_wait(epfd, events, MAX_EVENTS, -1);
    if (n < 0 && errno != EINTR) die("epoll_wait");
    for (i = 0; i < n; i++) {
      if (events[i].data.fd == lsn) {
        take_new(epfd, lsn);
      } else {
        serve(events[i].data.fd);
      }
    }
  }
}
