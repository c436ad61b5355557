/* The limit: the least work with which a single-threaded epoll server can answer HTTP over keep-alive connections.
 *
 * It parses nothing. It counts the head terminators in what one recv() gave and sends that many copies of one canned
 * reply in one send(). No real server can be expected to beat it with the same system calls, so the other rows of the
 * table are read as a share of this one. Never use it for anything else: it ignores methods, bodies and errors.
 *
 * usage: limit [PORT] [hello|body64k|post10k]      PORT 0 picks a free port and prints it. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_FDS 65536
#define MAX_EVENTS 1024
#define RECV_SIZE 65536
#define POST_SIZE 10240
#define REPLIES_SIZE (256 * 1024) /* one send() carries at most this much */

/* All replies are equal, so what a connection is still owed is one number: its bytes repeat with the reply's length. */
struct conn {
  size_t owed;           /* bytes of replies not sent yet */
  unsigned char matched; /* bytes of "\r\n\r\n" seen at the end of the last piece */
  unsigned char waiting; /* registered for EPOLLOUT */
};

static struct conn conns[MAX_FDS];
static char *replies;       /* the reply, over and over */
static size_t reply_len;    /* length of one */
static size_t replies_size; /* length of all */

static void die(const char *what) {
  perror(what);
  exit(1);
}

/* How many "\r\n\r\n" end in this piece; a terminator may be split over pieces. */
static size_t count_heads(struct conn *c, const char *buf, size_t len) {
  static const char end[4] = {'\r', '\n', '\r', '\n'};
  const char *p = buf, *stop = buf + len, *hit;
  size_t heads = 0, tail;
  while (c->matched > 0 && p < stop) {
    if (*p != end[c->matched]) {
      c->matched = 0;
    } else {
      p++;
      if (++c->matched == sizeof(end)) heads++, c->matched = 0;
    }
  }
  while ((hit = memmem(p, (size_t) (stop - p), end, sizeof(end))) != NULL) heads++, p = hit + sizeof(end);
  for (tail = sizeof(end) - 1; tail > 0; tail--) {
    if ((size_t) (stop - p) >= tail && memcmp(stop - tail, end, tail) == 0) break;
  }
  if (c->matched == 0) c->matched = (unsigned char) tail;
  return heads;
}

static void drop(int fd) {
  memset(&conns[fd], 0, sizeof(conns[fd]));
  close(fd);
}

static void interest(int epfd, int fd, unsigned char out) {
  struct epoll_event ev;
  if (conns[fd].waiting == out) return;
  memset(&ev, 0, sizeof(ev));
  ev.events = out ? EPOLLIN | EPOLLOUT : EPOLLIN;
  ev.data.fd = fd;
  if (epoll_ctl(epfd, EPOLL_CTL_MOD, fd, &ev) != 0) die("epoll_ctl");
  conns[fd].waiting = out;
}

/* Sends what is owed, as far as the socket takes it. */
static void flush(int epfd, int fd) {
  struct conn *c = &conns[fd];
  while (c->owed > 0) {
    size_t start = (reply_len - c->owed % reply_len) % reply_len;
    size_t room = replies_size - start;
    ssize_t n = send(fd, replies + start, c->owed < room ? c->owed : room, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) {
      drop(fd);
      return;
    }
    if (n < 0) break;
    c->owed -= (size_t) n;
  }
  interest(epfd, fd, c->owed > 0);
}

static void serve(int epfd, int fd) {
  static char buf[RECV_SIZE];
  ssize_t n = recv(fd, buf, sizeof(buf), 0);
  size_t heads;
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) {
    drop(fd);
    return;
  }
  heads = count_heads(&conns[fd], buf, (size_t) n);
  if (heads == 0) return;
  conns[fd].owed += heads * reply_len;
  flush(epfd, fd);
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
  printf("listening on http://127.0.0.1:%u\n", ntohs(addr.sin_port));
  fflush(stdout);
  return fd;
}

static void can_replies(const char *type, const char *body, size_t body_len) {
  size_t i, copies, head_len;
  char head[256];
  int n = snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %lu\r\n\r\n", type,
                   (unsigned long) body_len);
  if (n < 0 || (size_t) n >= sizeof(head)) die("reply");
  head_len = (size_t) n;
  reply_len = head_len + body_len;
  copies = REPLIES_SIZE / reply_len;
  replies_size = copies * reply_len;
  replies = malloc(replies_size);
  if (replies == NULL) die("malloc");
  for (i = 0; i < copies; i++) {
    memcpy(replies + i * reply_len, head, head_len);
    memcpy(replies + i * reply_len + head_len, body, body_len);
  }
}

static void choose_answer(const char *answer) {
  static char big[65536];
  const char *hello = "{\"message\":\"Hello, World!\"}";
  if (strcmp(answer, "hello") == 0) {
    can_replies("application/json", hello, strlen(hello));
  } else if (strcmp(answer, "body64k") == 0) {
    memset(big, 'x', sizeof(big));
    can_replies("text/plain", big, sizeof(big));
  } else if (strcmp(answer, "post10k") == 0) { /* the body that the load sends, as it sends it */
    memset(big, 'x', POST_SIZE);
    can_replies("text/plain", big, POST_SIZE);
  } else {
    fprintf(stderr, "limit: no such answer: %s\n", answer);
    exit(2);
  }
}

int main(int argc, char **argv) {
  static struct epoll_event events[MAX_EVENTS];
  struct epoll_event ev;
  int epfd, lsn;
  signal(SIGPIPE, SIG_IGN);
  choose_answer(argc > 2 ? argv[2] : "hello");
  lsn = listen_on((unsigned short) (argc > 1 ? atoi(argv[1]) : 0));
  epfd = epoll_create1(EPOLL_CLOEXEC);
  if (epfd < 0) die("epoll_create1");
  memset(&ev, 0, sizeof(ev));
  ev.events = EPOLLIN;
  ev.data.fd = lsn;
  if (epoll_ctl(epfd, EPOLL_CTL_ADD, lsn, &ev) != 0) die("epoll_ctl");
  for (;;) {
    int i, n = epoll_wait(epfd, events, MAX_EVENTS, -1);
    if (n < 0 && errno != EINTR) die("epoll_wait");
    for (i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      if (fd == lsn) {
        take_new(epfd, lsn);
      } else if (events[i].events & EPOLLOUT) {
        flush(epfd, fd);
      } else {
        serve(epfd, fd);
      }
    }
  }
}
