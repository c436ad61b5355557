/* Wake-up from other threads, and wrapped descriptors. */
#include "engine.h"

#include <pthread.h>

static struct mg_mgr mgr;

/* ---- one message ------------------------------------------------------------------------------------------------- */

static unsigned long target;
static char got[64];
static int wakeups, pfn_wakeups;
static void fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_WAKEUP) {
    struct mg_str *s = (struct mg_str *) ev_data;
    CHECK(c->id == target && s->len < sizeof(got));
    memcpy(got, s->buf, s->len);
    got[s->len] = '\0';
    wakeups++;
    CHECK(pfn_wakeups == wakeups);
  }
}
static void pfn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_WAKEUP) pfn_wakeups++;
  (void) c, (void) ev_data;
}
static void *from_thread(void *arg) {
  char word[4] = "abc";
  CHECK(mg_wakeup(&mgr, target, word, 3));
  memset(word, 'z', sizeof(word)); /* it was copied */
  return arg;
}
static void one(void) {
  struct mg_connection *c;
  pthread_t th;
  uint64_t before;
  int i;
  mg_mgr_init(&mgr);
  CHECK(!mg_wakeup(&mgr, 1, "x", 1)); /* not initialised */
  c = mg_listen(&mgr, "tcp://127.0.0.1:0", fn, NULL);
  c->pfn = pfn;
  target = c->id;
  CHECK(mg_wakeup_init(&mgr) && mgr.pipe.fd != MG_INVALID_SOCKET);
  CHECK(count_conns(&mgr) == 2 && mgr.nextid == 2);
  (void) mg_wakeup_init(&mgr); /* again: harmless */
  CHECK(count_conns(&mgr) == 2 && mgr.pipe.fd != MG_INVALID_SOCKET);
  CHECK(!mg_wakeup(&mgr, 0, "x", 1));
  CHECK(pthread_create(&th, NULL, from_thread, NULL) == 0 && pthread_detach(th) == 0);
  for (i = 0; i < 5000 && wakeups == 0; i++) mg_mgr_poll(&mgr, 1);
  CHECK(wakeups == 1 && strcmp(got, "abc") == 0);
  /* Empty, unknown id. */
  CHECK(mg_wakeup(&mgr, target, NULL, 0) && mg_wakeup(&mgr, 12345, "x", 1));
  mg_mgr_poll(&mgr, 1);
  CHECK(wakeups == 2 && got[0] == '\0');
  /* It ends a long wait. */
  CHECK(mg_wakeup(&mgr, target, "now", 3));
  before = mg_millis();
  mg_mgr_poll(&mgr, 10000);
  CHECK(wakeups == 3 && strcmp(got, "now") == 0 && mg_millis() - before < 9000);
  mg_mgr_free(&mgr);
  CHECK(mgr.pipe.fd == MG_INVALID_SOCKET && !mg_wakeup(&mgr, target, "x", 1));
}

/* ---- many -------------------------------------------------------------------------------------------------------- */

#define THREADS 8
#define EACH 12500
static unsigned next_of[THREADS];
static unsigned received;
static void many_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_WAKEUP) {
    unsigned v[2];
    struct mg_str *s = (struct mg_str *) ev_data;
    CHECK(s->len == sizeof(v));
    memcpy(v, s->buf, sizeof(v));
    CHECK(v[0] < THREADS && v[1] == next_of[v[0]]++); /* in order, none lost */
    received++;
  }
  (void) c;
}
static void *many_thread(void *arg) {
  unsigned v[2];
  v[0] = (unsigned) (size_t) arg;
  for (v[1] = 0; v[1] < EACH; v[1]++) CHECK(mg_wakeup(&mgr, target, v, sizeof(v)));
  return NULL;
}
static void many(void) {
  pthread_t th[THREADS];
  int i;
  mg_mgr_init(&mgr);
  target = mg_listen(&mgr, "tcp://127.0.0.1:0", many_fn, NULL)->id;
  CHECK(mg_wakeup_init(&mgr));
  for (i = 0; i < THREADS; i++) CHECK(pthread_create(&th[i], NULL, many_thread, (void *) (size_t) i) == 0);
  for (i = 0; i < 100000 && received < THREADS * EACH; i++) mg_mgr_poll(&mgr, 1);
  CHECK(received == THREADS * EACH);
  for (i = 0; i < THREADS; i++) CHECK(pthread_join(th[i], NULL) == 0);
  mg_mgr_free(&mgr);
}

/* ---- any size, all pending in one poll ----------------------------------------------------------------------------- */

static size_t sizes[4];
static int n_sizes;
static void size_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_WAKEUP) {
    struct mg_str *s = (struct mg_str *) ev_data;
    size_t i;
    for (i = 0; i < s->len; i++) CHECK((unsigned char) s->buf[i] == (unsigned char) (i * 7));
    sizes[n_sizes++] = s->len;
  }
  (void) c;
}
static void any_size(void) {
  size_t len = 1000000, i;
  unsigned char *block = (unsigned char *) malloc(len);
  for (i = 0; i < len; i++) block[i] = (unsigned char) (i * 7);
  mg_mgr_init(&mgr);
  target = mg_listen(&mgr, "tcp://127.0.0.1:0", size_fn, NULL)->id;
  CHECK(mg_wakeup_init(&mgr));
  CHECK(mg_wakeup(&mgr, target, block, len) && mg_wakeup(&mgr, target, block, 100000) && mg_wakeup(&mgr, target, block, 1));
  mg_mgr_poll(&mgr, 1);
  CHECK(n_sizes == 3 && sizes[0] == len && sizes[1] == 100000 && sizes[2] == 1);
  /* What is pending at the end goes with the manager. */
  CHECK(mg_wakeup(&mgr, target, block, len));
  mg_mgr_free(&mgr);
  CHECK(n_sizes == 3);
  free(block);
}

/* ---- racing with the end of the manager ---------------------------------------------------------------------------- */

static volatile int stop;
static void *racing(void *arg) {
  long n = 0;
  while (!stop) n += mg_wakeup(&mgr, 1, "race", 4);
  return arg != NULL ? NULL : (void *) n;
}
static void race(void) {
  pthread_t th[2];
  int i;
  for (i = 0; i < 2; i++) CHECK(pthread_create(&th[i], NULL, racing, NULL) == 0);
  for (i = 0; i < 300; i++) {
    mg_mgr_init(&mgr);
    CHECK(mg_wakeup_init(&mgr));
    mg_mgr_poll(&mgr, 0);
    mg_mgr_free(&mgr);
  }
  stop = 1;
  for (i = 0; i < 2; i++) CHECK(pthread_join(th[i], NULL) == 0);
}

/* The internal connection is closed by a user: wake-ups are off, and can be turned on again. */
static void closed_inside(void) {
  struct mg_connection *c;
  mg_mgr_init(&mgr);
  CHECK(mg_wakeup_init(&mgr));
  c = mgr.conns;
  CHECK(c != NULL && !c->is_listening && !c->is_client && !c->is_accepted && !c->is_udp);
  c->is_closing = 1;
  mg_mgr_poll(&mgr, 0);
  CHECK(mgr.conns == NULL && mgr.pipe.fd == MG_INVALID_SOCKET && !mg_wakeup(&mgr, 1, "x", 1));
  CHECK(mg_wakeup_init(&mgr) && mg_wakeup(&mgr, 1, "x", 1));
  mg_mgr_poll(&mgr, 0);
  mg_mgr_free(&mgr);
}

/* The internal connection ends without its socket; a manager that was never freed lay in the same memory. */
static void left_behind(void) {
  static struct mg_mgr abandoned;
  struct mg_connection *c;
  int fd;
  mg_mgr_init(&mgr);
  CHECK(mg_wakeup_init(&mgr));
  c = mgr.conns, fd = (int) (size_t) c->fd;
  mg_close_conn(c);
  CHECK(mgr.conns == NULL && mgr.pipe.fd == MG_INVALID_SOCKET && !mg_wakeup(&mgr, 1, "x", 1));
  CHECK(close(fd) == 0 && mg_wakeup_init(&mgr));
  mg_mgr_free(&mgr);

  mg_mgr_init(&mgr);
  CHECK(mg_wakeup_init(&mgr));
  memcpy(&abandoned, &mgr, sizeof(mgr)); /* its memory is used again, as that of a function's local may be */
  mg_mgr_init(&mgr);
  CHECK(mgr.pipe.fd == MG_INVALID_SOCKET && !mg_wakeup(&mgr, 1, "x", 1));
  target = mg_listen(&mgr, "tcp://127.0.0.1:0", fn, NULL)->id;
  CHECK(mg_wakeup_init(&mgr) && mgr.conns->next != NULL);
  mg_mgr_free(&mgr);
  memcpy(&mgr, &abandoned, sizeof(mgr));
  mg_mgr_free(&mgr);
}

/* A handler of WAKEUP that wakes, closes, broadcasts. */
static int depth;
static void busy_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_WAKEUP) {
    struct mg_connection *p;
    struct mg_str *s = (struct mg_str *) ev_data;
    CHECK(s->len == 4 && memcmp(s->buf, "next", 4) == 0);
    if (++depth < 5) CHECK(mg_wakeup(c->mgr, c->id, "next", 4));
    for (p = c->mgr->conns; p != NULL; p = p->next) mg_send(p, "all", 3);
    mg_mgr_poll(c->mgr, 0);
    CHECK(s->len == 4 && memcmp(s->buf, "next", 4) == 0); /* ours until we return */
    if (depth == 5) c->is_closing = 1;
  }
}
static void busy(void) {
  int i;
  mg_mgr_init(&mgr);
  target = mg_listen(&mgr, "tcp://127.0.0.1:0", busy_fn, NULL)->id;
  CHECK(mg_wakeup_init(&mgr) && mg_wakeup(&mgr, target, "next", 4));
  for (i = 0; i < 20; i++) mg_mgr_poll(&mgr, 0);
  CHECK(depth == 5);
  mg_mgr_free(&mgr);
}

/* ---- wrapped descriptors ------------------------------------------------------------------------------------------- */

static struct trace tr;
static void wrapped(void) {
  int fds[2];
  struct mg_connection *c;
  char buf[16];
  all_traces = NULL;
  mg_mgr_init(&mgr);
  /* A blocking socket stays blocking, and no poll hangs in it. */
  fresh(&tr, NULL);
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  c = mg_wrapfd(&mgr, fds[0], trace_fn, &tr);
  CHECK(c != NULL && (fcntl(fds[0], F_GETFL) & O_NONBLOCK) == 0);
  CHECK(!c->is_client && !c->is_listening && !c->is_accepted && !c->is_udp && c->rem.port == 0 && c->loc.port == 0);
  mg_mgr_poll(&mgr, 0);
  {
    static char block[2000000];
    CHECK(mg_send(c, block, sizeof(block)));
    mg_mgr_poll(&mgr, 0);
    CHECK(c->send.len > 0);
  }
  while (c->send.len > 0) {
    CHECK(recv(fds[1], buf, sizeof(buf), MSG_DONTWAIT) != 0);
    {
      static char drain[65536];
      while (recv(fds[1], drain, sizeof(drain), MSG_DONTWAIT) > 0) (void) 0;
    }
    mg_mgr_poll(&mgr, 0);
  }
  close(fds[1]);
  UNTIL(&mgr, tr.closes == 1);
  /* As datagrams. */
  fresh(&tr, NULL);
  CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
  c = mg_wrapfd(&mgr, fds[0], trace_fn, &tr);
  peer_send(fds[1], "abc", 3);
  UNTIL(&mgr, c->recv.len == 3);
  c->is_closing = 1;
  UNTIL(&mgr, tr.closes == 1);
  close(fds[1]);
  /* A pipe, a file and a bad number: the connection ends by itself. */
  fresh(&tr, NULL);
  CHECK(pipe(fds) == 0);
  CHECK(mg_wrapfd(&mgr, fds[0], trace_fn, &tr) != NULL);
  CHECK(write(fds[1], "x", 1) == 1);
  UNTIL(&mgr, tr.closes == 1);
  close(fds[1]);
  fresh(&tr, NULL);
  fds[0] = open("/dev/null", O_RDONLY);
  CHECK(mg_wrapfd(&mgr, fds[0], trace_fn, &tr) != NULL);
  UNTIL(&mgr, tr.closes == 1);
  fresh(&tr, NULL);
  CHECK(mg_wrapfd(&mgr, 99999, trace_fn, &tr) != NULL);
  UNTIL(&mgr, tr.closes == 1);
  mg_mgr_free(&mgr);
}

int main(void) {
  quiet();
  one();
  many();
  any_size();
  race();
  closed_inside();
  left_behind();
  busy();
  wrapped();
  return done();
}
