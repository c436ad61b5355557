/* usage: echo [CONNECTIONS] [BYTES] [SECONDS]: messages that an echo server passes per CPU second, this library's
 * against a bare epoll loop, in turns. Prints the ratio. */
#include "figures.h"

static volatile sig_atomic_t stopped;
static void stop(int signal_number) { stopped = signal_number; }

struct result {
  double messages, seconds;
};

/* ---- servers: each runs in a process of its own, tells its port, and at the end its CPU time --------------------------- */

static void tell(int fd, double value) { require(write(fd, &value, sizeof(value)) == sizeof(value), "write"); }

static void echo_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_READ) {
    mg_send(c, c->recv.buf, c->recv.len);
    c->recv.len = 0;
  }
  (void) ev_data;
}

static void library_server(int out) {
  struct mg_mgr mgr;
  struct mg_connection *listener;
  mg_mgr_init(&mgr);
  listener = mg_listen(&mgr, "tcp://127.0.0.1:0", echo_fn, NULL);
  require(listener != NULL, "listen");
  tell(out, port_of(listener));
  while (!stopped) mg_mgr_poll(&mgr, 1000);
  tell(out, cpu_seconds());
  mg_mgr_free(&mgr);
}

/* Reads, then writes what it read; a short write does not happen with messages this small. */
static void bare_server(int out) {
  static char buf[65536];
  struct epoll_event event, events[512];
  struct sockaddr_in sin;
  socklen_t len = sizeof(sin);
  int ep = epoll_create1(0), lfd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  memset(&sin, 0, sizeof(sin));
  memset(&event, 0, sizeof(event));
  sin.sin_family = AF_INET;
  sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  require(bind(lfd, (struct sockaddr *) &sin, sizeof(sin)) == 0 && listen(lfd, 128) == 0, "bind");
  require(getsockname(lfd, (struct sockaddr *) &sin, &len) == 0, "getsockname");
  event.events = EPOLLIN, event.data.fd = lfd;
  require(epoll_ctl(ep, EPOLL_CTL_ADD, lfd, &event) == 0, "epoll_ctl");
  tell(out, ntohs(sin.sin_port));
  while (!stopped) {
    int i, n = epoll_wait(ep, events, 512, 1000);
    for (i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      if (fd == lfd) {
        int child = accept4(lfd, NULL, NULL, SOCK_NONBLOCK);
        if (child < 0) continue;
        setsockopt(child, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        event.data.fd = child;
        require(epoll_ctl(ep, EPOLL_CTL_ADD, child, &event) == 0, "epoll_ctl");
      } else {
        ssize_t got = recv(fd, buf, sizeof(buf), 0);
        if (got > 0) {
          require(send(fd, buf, (size_t) got, MSG_NOSIGNAL) == got, "send");
        } else if (got == 0 || errno != EAGAIN) {
          close(fd);
        }
      }
    }
  }
  tell(out, cpu_seconds());
}

/* ---- load ----------------------------------------------------------------------------------------------------------- */

static struct result measure(void (*server)(int), int connections, size_t bytes, double seconds) {
  int out[2], i, ep = epoll_create1(0);
  char *message = (char *) calloc(1, bytes), *answer = (char *) malloc(bytes);
  size_t *missing = (size_t *) calloc((size_t) connections, sizeof(*missing));
  int *fds = (int *) calloc((size_t) connections, sizeof(*fds));
  struct epoll_event event, events[512];
  double port = 0;
  struct result result = {0, 0};
  uint64_t until;
  pid_t pid;
  require(pipe(out) == 0, "pipe");
  pid = fork();
  require(pid >= 0, "fork");
  if (pid == 0) {
    signal(SIGTERM, stop);
    server(out[1]);
    _exit(0);
  }
  require(read(out[0], &port, sizeof(port)) == sizeof(port), "port");
  memset(&event, 0, sizeof(event));
  for (i = 0; i < connections; i++) {
    fds[i] = dial((uint16_t) port);
    missing[i] = bytes;
    event.events = EPOLLIN, event.data.u32 = (uint32_t) i;
    require(epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &event) == 0, "epoll_ctl");
    require(send(fds[i], message, bytes, 0) == (ssize_t) bytes, "send");
  }
  until = mg_millis() + (uint64_t) (seconds * 1000);
  while (mg_millis() < until) {
    int n = epoll_wait(ep, events, 512, 100);
    for (i = 0; i < n; i++) {
      uint32_t at = events[i].data.u32;
      ssize_t got = recv(fds[at], answer, missing[at], 0);
      require(got > 0, "recv");
      missing[at] -= (size_t) got;
      if (missing[at] > 0) continue;
      missing[at] = bytes;
      result.messages++;
      require(send(fds[at], message, bytes, 0) == (ssize_t) bytes, "send");
    }
  }
  kill(pid, SIGTERM);
  for (i = 0; i < connections; i++) close(fds[i]);
  require(read(out[0], &result.seconds, sizeof(result.seconds)) == sizeof(result.seconds), "seconds");
  waitpid(pid, NULL, 0);
  close(out[0]), close(out[1]), close(ep);
  free(message), free(answer), free(missing), free(fds);
  return result;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

int main(int argc, char *argv[]) {
  int connections = argc > 1 ? atoi(argv[1]) : 100, i;
  size_t bytes = argc > 2 ? (size_t) atoi(argv[2]) : 1024;
  double seconds = argc > 3 ? atof(argv[3]) : 1.5, ratio[7], library[7], bare[7];
  mg_log_set(MG_LL_NONE);
  many_descriptors();
  for (i = 0; i < 7; i++) { /* in turns, so that both see the same machine */
    struct result ours = measure(library_server, connections, bytes, seconds);
    struct result limit = measure(bare_server, connections, bytes, seconds);
    library[i] = ours.messages / ours.seconds, bare[i] = limit.messages / limit.seconds;
    ratio[i] = library[i] / bare[i];
  }
  qsort(ratio, 7, sizeof(ratio[0]), by_value);
  qsort(library, 7, sizeof(library[0]), by_value);
  qsort(bare, 7, sizeof(bare[0]), by_value);
  printf("echo_per_cpu_second %.0f\n", library[3]);
  printf("echo_bare_per_cpu_second %.0f\n", bare[3]);
  printf("echo_ratio %.3f\n", ratio[3]);
  return 0;
}
