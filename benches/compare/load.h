/* What the load generators share: connections, time, latencies, and the figures as one line of JSON. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUCKETS 100000 /* of 10 microseconds each; the last one takes the rest */
#define BUCKET_NS 10000

struct latencies {
  uint32_t count[BUCKETS];
  uint64_t total, sum_ns, max_ns;
};

static void die(const char *what) {
  perror(what);
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t) t.tv_sec * 1000000000U + (uint64_t) t.tv_nsec;
}

/* A blocking connection. */
static int connect_to(unsigned short port) {
  struct sockaddr_in addr;
  int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  memset(&addr, 0, sizeof(addr));
  addr.sin_family = AF_INET;
  addr.sin_port = htons(port);
  addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, (struct sockaddr *) &addr, sizeof(addr)) != 0) die("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
  return fd;
}

static void send_all(int fd, const void *buf, size_t len) {
  const char *p = (const char *) buf;
  while (len > 0) {
    ssize_t n = send(fd, p, len, MSG_NOSIGNAL);
    if (n <= 0) die("send");
    p += n, len -= (size_t) n;
  }
}

static void watch(int epfd, int fd, uint32_t number) {
  struct epoll_event ev;
  memset(&ev, 0, sizeof(ev));
  ev.events = EPOLLIN;
  ev.data.u32 = number;
  if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev) != 0) die("epoll_ctl");
}

static void note(struct latencies *l, uint64_t ns) {
  uint64_t bucket = ns / BUCKET_NS;
  l->count[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
  l->total++;
  l->sum_ns += ns;
  if (ns > l->max_ns) l->max_ns = ns;
}

/* Microseconds below which `share` of all were. */
static double percentile(const struct latencies *l, double share) {
  uint64_t seen = 0;
  size_t i;
  for (i = 0; i < BUCKETS; i++) {
    seen += l->count[i];
    if ((double) seen >= share * (double) l->total) break;
  }
  return (double) (i + 1) * BUCKET_NS / 1000.0;
}

static void print_figures(const struct latencies *l, uint64_t requests, uint64_t bytes, uint64_t ns, unsigned errors) {
  double mean = l->total == 0 ? 0.0 : (double) l->sum_ns / (double) l->total / 1000.0;
  printf("FIGURES {\"requests\":%llu,\"microseconds\":%llu,\"bytes\":%llu,"
         "\"latency_us\":{\"mean\":%.1f,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"max\":%.1f},"
         "\"errors\":{\"read\":%u}}\n",
         (unsigned long long) requests, (unsigned long long) (ns / 1000), (unsigned long long) bytes, mean,
         percentile(l, 0.5), percentile(l, 0.9), percentile(l, 0.99), (double) l->max_ns / 1000.0, errors);
}
