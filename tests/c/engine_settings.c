/* A program with settings of its own against the one prebuilt library: sizes, allocator, clock, randomness, log. */
#define MG_DATA_SIZE 64
#define MG_MAX_HTTP_HEADERS 7
#define MG_IO_SIZE 128
#define MG_MAX_RECV_SIZE (4096)
#define MG_ENABLE_CUSTOM_CALLOC 1
#define MG_ENABLE_CUSTOM_MILLIS 1
#define MG_ENABLE_CUSTOM_RANDOM 1
#define MG_ENABLE_CUSTOM_LOG 1
#define MG_ENABLE_PROFILE 1
#define MG_ENABLE_LINES
#define MG_ENABLE_ASSERT 1
#include "engine.h"

/* ---- the program's own --------------------------------------------------------------------------------------------- */

static uint64_t fake_now = 1000000;
static long live, calls;
static unsigned log_lines, prefixes;
static char last_log[200];

void *mg_calloc(size_t count, size_t size) {
  live++, calls++;
  return calloc(count, size);
}
void mg_free(void *ptr) {
  if (ptr != NULL) live--;
  free(ptr);
}
uint64_t mg_millis(void) { return fake_now; }
bool mg_random(void *buf, size_t len) {
  memset(buf, 0x42, len);
  return true;
}
void mg_log(const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(last_log, sizeof(last_log), fmt, ap);
  va_end(ap);
  log_lines++;
}
void mg_log_prefix(int level, const char *file, int line, const char *fname) {
  prefixes++;
  (void) level, (void) file, (void) line, (void) fname;
}

/* ---- */

static struct mg_mgr mgr;
static struct trace lsn, srv, cli;

static uint64_t seen_now;
static void hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_POLL) seen_now = *(uint64_t *) ev_data;
  CHECK(c->recv.len <= MG_MAX_RECV_SIZE);
  if (ev == MG_EV_OPEN) {
    size_t i;
    CHECK(sizeof(c->data) == 64);
    for (i = 0; i < sizeof(c->data); i++) CHECK(c->data[i] == 0);
    memset(c->data, 0x7f, sizeof(c->data));
  }
  if (ev == MG_EV_CLOSE) {
    size_t i;
    for (i = 0; i < sizeof(c->data); i++) CHECK(c->data[i] == 0x7f);
  }
  (void) t;
}

static void engine_uses_them(void) {
  struct mg_connection *l, *c;
  char buf[64];
  int fd, i;
  uint64_t fired = 0;
  all_traces = NULL;
  fresh(&lsn, &srv), fresh(&srv, NULL), fresh(&cli, NULL);
  lsn.hook = srv.hook = cli.hook = hook;
  mg_mgr_init(&mgr);
  CHECK(live > 0);
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  CHECK(l != NULL && l->is_listening && l->recv.align == 128);
  fd = peer_connect(port_of(l));
  UNTIL(&mgr, srv.c != NULL);
  c = srv.c;
  CHECK(c->is_accepted && seen_now == fake_now);
  peer_send(fd, "0123456789", 10);
  UNTIL(&mgr, c->recv.len == 10);
  CHECK(c->recv.size == 128);
  for (i = 0; i < 30; i++) peer_send(fd, "0123456789012345678901234567890123456789", 40);
  UNTIL(&mgr, c->recv.len == 1210);
  CHECK(c->recv.size % 128 == 0 && c->recv.size <= MG_MAX_RECV_SIZE);
  CHECK(mg_send(c, "x", 1) && c->send.size == 128 && c->send.align == 128);
  UNTIL(&mgr, c->send.len == 0);
  for (i = 0; i < 100; i++) peer_send(fd, "0123456789012345678901234567890123456789", 40);
  UNTIL(&mgr, srv.closes == 1);
  CHECK(strstr(srv.text, "READ") != NULL && strstr(srv.text, "ERROR(MG_MAX_RECV_SIZE) CLOSE") != NULL);
  close(fd);
  /* Time stands still unless the program says so. */
  CHECK(mg_now() == fake_now);
  {
    struct mg_timer *t = mg_timer_add(&mgr, 50, MG_TIMER_REPEAT, NULL, &fired);
    CHECK(t != NULL);
    mg_mgr_poll(&mgr, 0);
    CHECK(t->expire == fake_now + 50);
    fake_now += 50;
    mg_mgr_poll(&mgr, 0);
    CHECK(t->expire == fake_now + 50 && (t->flags & MG_TIMER_CALLED) != 0 && seen_now == fake_now);
  }
  CHECK(mg_random_str(buf, 10) != NULL);
  for (i = 1; i < 9; i++) CHECK(buf[i] == buf[0]);
  CHECK(prefixes > 0 && log_lines > 0);
  mg_mgr_free(&mgr);
  CHECK(live == 0 && calls > 10);
}

/* Profiling: `init`, one record per event but POLL, the user's own; shown on close. */
static void profile(void) {
  struct mg_connection *c;
  all_traces = NULL;
  fresh(&cli, NULL);
  mg_mgr_init(&mgr);
  c = mg_listen(&mgr, "udp://127.0.0.1:0", trace_fn, &cli);
  CHECK(c->prof.len == 2 * sizeof(struct mg_profitem));
  MG_PROF_ADD(c, "mine");
  mg_mgr_poll(&mgr, 0);
  CHECK(c->prof.len == 3 * sizeof(struct mg_profitem));
  CHECK(strcmp(((struct mg_profitem *) (void *) c->prof.buf)[0].name, "init") == 0);
  CHECK(strcmp(((struct mg_profitem *) (void *) c->prof.buf)[2].name, "mine") == 0);
  mg_log_set(MG_LL_INFO);
  log_lines = 0;
  mg_mgr_free(&mgr);
  CHECK(log_lines >= 5);
  mg_log_set(MG_LL_NONE);
  CHECK(live == 0);
}

int main(void) {
  mg_log_set(MG_LL_DEBUG);
  engine_uses_them();
  mg_log_set(MG_LL_NONE);
  profile();
  assert(live == 0);
  return done();
}
