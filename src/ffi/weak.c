/*
 * Weak defaults: what a program may define itself, in which case its own definition serves the whole library.
 * On a target without an operating system the program must supply mg_calloc, mg_free, mg_millis and mg_random.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* CLOCK_MONOTONIC_RAW */
#endif
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__unix__) || defined(__APPLE__)
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/random.h>
#endif
#define MG_X_HOSTED 1
#else
#define MG_X_HOSTED 0
#endif

#define MG_X_WEAK __attribute__((weak))

/* Rust twins. */
void mg_x_vlog(const char *, va_list *);
void mg_x_log_prefix(int, const char *, int, const char *);

/* The back-end: sockets of the system, unless the program is built with MG_ENABLE_SOCKET 0 and brings its own. */
struct mg_mgr;
struct mg_connection;
void mg_x_mgr_poll(struct mg_mgr *, int);
bool mg_x_send(struct mg_connection *, const void *, size_t);
bool mg_x_open_listener(struct mg_connection *, const char *);
void mg_x_connect_resolved(struct mg_connection *);
extern int mg_x_own_backend;
MG_X_WEAK int mg_x_own_backend = 0;

MG_X_WEAK void mg_mgr_poll(struct mg_mgr *mgr, int ms) { mg_x_mgr_poll(mgr, ms); }

MG_X_WEAK bool mg_send(struct mg_connection *c, const void *buf, size_t len) { return mg_x_send(c, buf, len); }

MG_X_WEAK bool mg_open_listener(struct mg_connection *c, const char *url) { return mg_x_open_listener(c, url); }

MG_X_WEAK void mg_connect_resolved(struct mg_connection *c) { mg_x_connect_resolved(c); }

/* Build settings; mongoose.h defines the program's own when one differs. */
struct mg_x_settings_t {
  size_t data_size, max_http_headers, io_size, max_recv_size, listen_backlog, ipv6_v6only, profile;
  size_t ssi, max_ssi_depth, ssi_bufsiz, dirlist;
  const char *http_index, *dirlist_time_fmt;
};
extern struct mg_x_settings_t mg_x_settings;
MG_X_WEAK struct mg_x_settings_t mg_x_settings = {
    32, 30, 16384, (size_t) 3 * 1024 * 1024, 128, 0, 0, 1, 5, 1024, 1, "index.html", NULL};

MG_X_WEAK void mg_log(const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  mg_x_vlog(fmt, &ap);
  va_end(ap);
}

MG_X_WEAK void mg_log_prefix(int level, const char *file, int line, const char *fname) {
  mg_x_log_prefix(level, file, line, fname);
}

MG_X_WEAK bool mg_ota_begin(size_t size) {
  (void) size;
  return true;
}

MG_X_WEAK bool mg_ota_write(const void *buf, size_t len) {
  (void) buf, (void) len;
  return true;
}

MG_X_WEAK bool mg_ota_end(void) { return true; }

MG_X_WEAK void mg_ota_device_id(char *buf, size_t len) {
  if (buf == NULL || len == 0) return;
  if (len > 1) *buf++ = '0';
  *buf = '\0';
}

/* Fills in the program's MG_OTA_* settings; mongoose.h defines it when a program has any. */
struct mg_x_ota_t;
extern void (*mg_x_ota)(struct mg_x_ota_t *);
MG_X_WEAK void (*mg_x_ota)(struct mg_x_ota_t *) = NULL;

/* Standard output: one call is one unit among threads. A target without it drops the text. */
void mg_x_stdout(const unsigned char *, size_t);
void mg_x_stdout(const unsigned char *buf, size_t len) {
#if MG_X_HOSTED
  (void) !fwrite(buf, 1, len, stdout);
#else
  (void) buf, (void) len;
#endif
}

/* Local time as text, for listings; 0 when it does not fit or the target knows no local time. */
size_t mg_x_local_time(char *, size_t, const char *, int64_t);
size_t mg_x_local_time(char *buf, size_t len, const char *fmt, int64_t seconds) {
#if MG_X_HOSTED
  time_t t = (time_t) seconds;
  struct tm tm;
  return localtime_r(&t, &tm) == NULL ? 0 : strftime(buf, len, fmt, &tm);
#else
  (void) buf, (void) len, (void) fmt, (void) seconds;
  return 0;
#endif
}
/* Memory that need not be zeroed, released with mg_free. */
void *mg_x_alloc(size_t);
/* Whether a hosted program has brought its own mg_calloc, as far as one can tell. */
bool mg_x_own_memory(void);

#if MG_X_HOSTED
static void *own_calloc(size_t count, size_t size) { return calloc(count, size); }

/* Where a program has an mg_calloc of its own, every byte comes from that. malloc saves the zeroes, and with glibc it
 * has a cache of blocks for each thread that calloc lacks before version 2.41. */
#if defined(__ELF__)
MG_X_WEAK __attribute__((alias("own_calloc"))) void *mg_calloc(size_t, size_t);
bool mg_x_own_memory(void) { return mg_calloc != own_calloc; }
void *mg_x_alloc(size_t size) { return mg_x_own_memory() ? mg_calloc(1, size) : malloc(size); }
#else
bool mg_x_own_memory(void) { return false; }
MG_X_WEAK void *mg_calloc(size_t count, size_t size) { return own_calloc(count, size); }
void *mg_x_alloc(size_t size) { return mg_calloc(1, size); }
#endif

MG_X_WEAK void mg_free(void *ptr) { free(ptr); }

MG_X_WEAK uint64_t mg_millis(void) {
  struct timespec ts = {0, 0};
#if defined(CLOCK_MONOTONIC_RAW)
  if (clock_gettime(CLOCK_MONOTONIC_RAW, &ts) != 0)
#endif
    if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0) (void) clock_gettime(CLOCK_REALTIME, &ts);
  return (uint64_t) ts.tv_sec * 1000 + (uint64_t) ts.tv_nsec / 1000000;
}

/* The next bytes of the system's generator: how many, or -1 with errno. */
static ssize_t random_some(unsigned char *buf, size_t len) {
#if defined(__linux__)
  return getrandom(buf, len, 0);
#else
  ssize_t n;
  int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  n = read(fd, buf, len);
  (void) close(fd);
  return n;
#endif
}

/* Never falls back to a weak generator: false means that `buf` must not be used. */
MG_X_WEAK bool mg_random(void *buf, size_t len) {
  unsigned char *p = (unsigned char *) buf;
  while (len > 0) {
    ssize_t n = random_some(p, len);
    if (n > 0) {
      p += n;
      len -= (size_t) n;
    } else if (n == 0 || errno != EINTR) {
      return false;
    }
  }
  return true;
}
#else
void *mg_calloc(size_t, size_t);
bool mg_x_own_memory(void) { return false; }
void *mg_x_alloc(size_t size) { return mg_calloc(1, size); }
#endif
