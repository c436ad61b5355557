/* Shared by the figures: CPU time, memory, connections of a peer process. */
#ifndef FIGURES_H
#define FIGURES_H

#include "mongoose.h"

#include <sys/resource.h>
#include <sys/wait.h>

static inline void require(bool ok, const char *what) {
  if (ok) return;
  perror(what);
  exit(1);
}

/* CPU seconds of this process, user and system. */
static inline double cpu_seconds(void) {
  struct rusage use;
  getrusage(RUSAGE_SELF, &use);
  return (double) use.ru_utime.tv_sec + (double) use.ru_stime.tv_sec +
         ((double) use.ru_utime.tv_usec + (double) use.ru_stime.tv_usec) / 1e6;
}

/* Resident bytes of this process. */
static inline long resident(void) {
  long pages = 0, ignored;
  FILE *file = fopen("/proc/self/statm", "r");
  require(file != NULL && fscanf(file, "%ld %ld", &ignored, &pages) == 2, "statm");
  fclose(file);
  return pages * sysconf(_SC_PAGESIZE);
}

static inline void many_descriptors(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static inline uint16_t port_of(struct mg_connection *c) { return ntohs(c->loc.port); }

/* A connected socket to a port of this machine. */
static inline int dial(uint16_t port) {
  struct sockaddr_in sin;
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  memset(&sin, 0, sizeof(sin));
  sin.sin_family = AF_INET;
  sin.sin_port = htons(port);
  sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  require(fd >= 0 && connect(fd, (struct sockaddr *) &sin, sizeof(sin)) == 0, "connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
  return fd;
}

/* A process that opens `n` connections to `port` and keeps them until it is killed. */
static inline pid_t crowd(uint16_t port, int n) {
  pid_t pid = fork();
  require(pid >= 0, "fork");
  if (pid == 0) {
    int i;
    for (i = 0; i < n; i++) (void) dial(port);
    for (;;) pause();
  }
  return pid;
}

static inline void end(pid_t pid) {
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
}

#endif
