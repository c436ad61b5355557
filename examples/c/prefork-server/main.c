/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A web server with one process per processor core, all on one port: the system spreads connections over them.
 * SIGINT or SIGTERM ends all, and so does the death of one of them.
 */
#include "mongoose.h"

#include <sys/wait.h>

#define MAX_WORKERS 256

static volatile sig_atomic_t s_stop = 0;

static void on_signal(int signo) {
  s_stop = signo;
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_HTTP_MSG) {
    mg_http_reply(c, 200, "Content-Type: application/json\r\n", "{%m:%ld}\n", MG_ESC("process"), (long) getpid());
  }
  (void) ev_data;
}

/* Holds a port without listening on it, so that all workers find the same one, also when the system picks it. */
static int hold_port(uint16_t *port) {
  struct sockaddr_in sin;
  socklen_t len = sizeof(sin);
  int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
  memset(&sin, 0, sizeof(sin));
  sin.sin_family = AF_INET;
  sin.sin_addr.s_addr = mg_htonl(0x7f000001U);
  sin.sin_port = mg_htons(*port);
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0 ||
      bind(fd, (struct sockaddr *) &sin, sizeof(sin)) != 0 || getsockname(fd, (struct sockaddr *) &sin, &len) != 0) {
    perror("port");
    if (fd >= 0) close(fd);
    return -1;
  }
  *port = mg_ntohs(sin.sin_port);
  return fd;
}

/* One process: a manager of its own, opened after the fork. `ready` is closed when it listens. */
static int work(uint16_t port, pid_t parent, int ready) {
  struct mg_mgr mgr;
  char url[64];
  bool listening;
  mg_snprintf(url, sizeof(url), "http://127.0.0.1:%hu", port);
  mg_mgr_init(&mgr);
  mg_x_set_reuse_port(&mgr, true);
  listening = mg_http_listen(&mgr, url, on_event, NULL) != NULL;
  close(ready);
  while (listening && s_stop == 0 && getppid() == parent) mg_mgr_poll(&mgr, 1000);
  mg_mgr_free(&mgr);
  return listening ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void usage(const char *name) {
  printf("usage: %s [PORT] [PROCESSES]\nPORT: default 8765, 0 picks a free one; PROCESSES: default one per core\n", name);
}

/* Starts workers. Returns how many, after each of them listens or is gone. */
static long start(pid_t *workers, long wanted, uint16_t port, const sigset_t *mask) {
  pid_t parent = getpid();
  int ready[2];
  char byte;
  long n;
  if (pipe(ready) != 0) return 0;
  for (n = 0; n < wanted; n++) {
    workers[n] = fork();
    if (workers[n] < 0) break;
    if (workers[n] > 0) continue;
    close(ready[0]);
    sigprocmask(SIG_SETMASK, mask, NULL);
    exit(work(port, parent, ready[1]));
  }
  close(ready[1]);
  while (read(ready[0], &byte, 1) > 0) (void) 0;
  close(ready[0]);
  return n;
}

int main(int argc, char *argv[]) {
  long wanted = argc > 2 ? atol(argv[2]) : sysconf(_SC_NPROCESSORS_ONLN), started, n;
  uint16_t port = (uint16_t) (argc > 1 ? atoi(argv[1]) : 8765);
  pid_t workers[MAX_WORKERS];
  int holder, signo = SIGCHLD;
  sigset_t ends, before;

  if (argc > 1 && argv[1][0] == '-') {
    usage(argv[0]);
    return strcmp(argv[1], "--help") == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  if (wanted < 1) wanted = 1;
  if (wanted > MAX_WORKERS) wanted = MAX_WORKERS;
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  signal(SIGCHLD, on_signal);
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGCHLD);
  sigprocmask(SIG_BLOCK, &ends, &before); /* they wait for sigwait */
  mg_log_set(MG_LL_ERROR);
  if ((holder = hold_port(&port)) < 0) return EXIT_FAILURE;
  started = start(workers, wanted, port, &before);
  printf("%ld processes at http://127.0.0.1:%hu\n", started, port);
  fflush(stdout);
  if (started == wanted) sigwait(&ends, &signo);
  for (n = 0; n < started; n++) kill(workers[n], SIGTERM);
  for (n = 0; n < started; n++) waitpid(workers[n], NULL, 0);
  close(holder);
  return signo == SIGCHLD ? EXIT_FAILURE : EXIT_SUCCESS;
}
