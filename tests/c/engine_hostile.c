/* Resources and misuse: many descriptors, descriptor 0, numbers used again, signals, resets, odd buffers, NULL. */
#include "engine.h"

#include <sys/resource.h>

static struct mg_mgr mgr;
static struct trace lsn, srv, cli;

static void start(void) {
  all_traces = NULL;
  fresh(&lsn, &srv), fresh(&srv, NULL), fresh(&cli, NULL);
  mg_mgr_init(&mgr);
}

static void finish(void) {
  mg_mgr_free(&mgr);
  CHECK(mgr.conns == NULL);
}

/* ---- K3: thousands of descriptors ---------------------------------------------------------------------------------- */

static int connects, accepts, echoes, closes;
static void crowd_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_ACCEPT) accepts++;
  if (ev == MG_EV_CONNECT) {
    connects++;
    mg_send(c, &c->id, sizeof(c->id));
  }
  if (ev == MG_EV_READ && c->recv.len >= sizeof(c->id)) {
    unsigned long id;
    memcpy(&id, c->recv.buf, sizeof(id));
    if (c->is_accepted) mg_send(c, &id, sizeof(id));
    if (c->is_client) {
      CHECK(id == c->id); /* the right connection got it */
      echoes++;
    }
    c->recv.len = 0;
  }
  if (ev == MG_EV_CLOSE) closes++;
  (void) ev_data;
}
static void thousands(void) {
  struct rlimit limit;
  struct mg_connection *l, *c;
  int n = 2500, i;
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  (void) setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < 6000) n = (int) limit.rlim_cur / 3;
  start();
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", crowd_fn, NULL);
  for (i = 0; i < n; i++) {
    CHECK(mg_connect(&mgr, url_of(l, "tcp"), crowd_fn, NULL) != NULL);
    if (i % 50 == 0) mg_mgr_poll(&mgr, 0);
  }
  for (i = 0; i < 20000 && echoes < n; i++) mg_mgr_poll(&mgr, 1);
  CHECK(connects == n && accepts == n && echoes == n && closes == 0 && count_conns(&mgr) == 2 * n + 1);
  CHECK((int) (size_t) mgr.conns->fd > 1024 || n < 1000);
  i = 0;
  for (c = mgr.conns; c != NULL; c = c->next) { /* every third one goes */
    if (i++ % 3 == 0) c->is_closing = 1;
  }
  mg_mgr_poll(&mgr, 0), mg_mgr_poll(&mgr, 0), mg_mgr_poll(&mgr, 0), mg_mgr_poll(&mgr, 0);
  CHECK(closes >= (2 * n + 1) / 3);
  finish();
  CHECK(closes == 2 * n + 1);
}

/* Descriptor 0 is one like any other. */
static void descriptor_zero(void) {
  int saved = dup(0), fd;
  struct mg_connection *l;
  CHECK(saved > 0);
  close(0);
  mg_mgr_init(&mgr);
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  CHECK(l != NULL && fcntl(0, F_GETFD) != -1); /* the poller's or the listener's */
  all_traces = NULL;
  fresh(&lsn, &srv), fresh(&srv, NULL);
  fd = peer_connect(port_of(l));
  UNTIL(&mgr, srv.c != NULL);
  close(fd);
  UNTIL(&mgr, srv.closes == 1);
  finish();
  CHECK(fcntl(0, F_GETFD) == -1);
  CHECK(dup2(saved, 0) == 0);
  close(saved);
}

/* A report for a closed descriptor does not reach the connection that has its number now. */
static struct mg_connection *victim, *heir;
static int heir_reads, other_end;
static void heir_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_READ) heir_reads++;
  (void) c, (void) ev_data;
}
static void swapping_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_ERROR) { /* fired between the reports of one wait */
    int old = (int) (size_t) victim->fd, fds[2];
    victim->is_closing = 1;
    mg_mgr_poll(c->mgr, 0);
    CHECK(fcntl(old, F_GETFD) == -1);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    if (fds[1] == old) fds[1] = fds[0], fds[0] = old;
    if (fds[0] != old) {
      CHECK(dup2(fds[0], old) == old);
      close(fds[0]);
    }
    other_end = fds[1];
    heir = mg_wrapfd(c->mgr, old, heir_fn, NULL);
  }
  (void) ev_data;
}
static void numbers_used_again(void) {
  int round;
  for (round = 0; round < 10; round++) {
    int fds[2], fail[2];
    struct mg_connection *c;
    heir_reads = 0, heir = NULL;
    start();
    /* Both become ready in the same wait: one fails, the other has data. */
    fail[1] = peer_bind(SOCK_STREAM, &(uint16_t){0});
    {
      struct sockaddr_in sin;
      socklen_t len = sizeof(sin);
      CHECK(getsockname(fail[1], (struct sockaddr *) &sin, &len) == 0);
      fail[0] = socket(AF_INET, SOCK_STREAM, 0);
      CHECK(connect(fail[0], (struct sockaddr *) &sin, sizeof(sin)) == 0);
      c = mg_wrapfd(&mgr, fail[0], swapping_fn, NULL);
      CHECK(c != NULL);
    }
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    victim = mg_wrapfd(&mgr, fds[0], NULL, NULL);
    mg_mgr_poll(&mgr, 0);
    peer_reset(accept(fail[1], NULL, NULL));
    peer_send(fds[1], "data", 4);
    mg_mgr_poll(&mgr, 10);
    CHECK(heir != NULL && heir_reads == 0);
    peer_send(other_end, "mine", 4);
    mg_mgr_poll(&mgr, 10);
    CHECK(heir_reads == 1);
    close(fail[1]), close(fds[1]), close(other_end);
    finish();
  }
}

/* ---- K2: resets before the accept, signals ---------------------------------------------------------------------------- */

static void reset_before_accept(void) {
  struct mg_connection *l;
  int i;
  start();
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  for (i = 0; i < 20; i++) peer_reset(peer_connect(port_of(l)));
  for (i = 0; i < 20; i++) poll_once(&mgr, 1);
  CHECK(count_conns(&mgr) == 1 && lsn.closes == 0);
  fresh(&srv, NULL);
  i = peer_connect(port_of(l));
  UNTIL(&mgr, srv.c != NULL);
  close(i);
  finish();
}

static volatile int alarms;
static void on_alarm(int signal_number) { alarms += signal_number == SIGALRM; }
static void signals(void) {
  struct sigaction act;
  struct itimerval often = {{0, 1000}, {0, 1000}}, off = {{0, 0}, {0, 0}};
  static char block[3000000];
  struct mg_connection *l, *c;
  memset(&act, 0, sizeof(act));
  act.sa_handler = on_alarm; /* without SA_RESTART */
  start();
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  CHECK(sigaction(SIGALRM, &act, NULL) == 0 && setitimer(ITIMER_REAL, &often, NULL) == 0);
  c = mg_connect(&mgr, url_of(l, "tcp"), trace_fn, &cli);
  mg_mgr_poll(&mgr, 20);
  CHECK(mg_send(c, block, sizeof(block)));
  c->is_draining = 1;
  cli.text[0] = '\0';
  UNTIL(&mgr, srv.c != NULL && (srv.text[0] = '\0', cli.text[0] = '\0', srv.c->recv.len) == sizeof(block));
  while (alarms < 3) mg_mgr_poll(&mgr, 1000); /* a signal ends the wait early, without an error */
  CHECK(setitimer(ITIMER_REAL, &off, NULL) == 0);
  finish();
}

/* ---- K1: slow peers do not hold up others ------------------------------------------------------------------------------ */

static void slow_peers(void) {
  static char block[1000000];
  struct mg_connection *l, *c;
  int slow[50], fast, i;
  char buf[16];
  start();
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  for (i = 0; i < 50; i++) slow[i] = peer_connect(port_of(l));
  UNTIL(&mgr, count_conns(&mgr) == 51);
  for (c = mgr.conns; c != NULL; c = c->next) { /* nobody reads this */
    if (c->is_accepted) CHECK(mg_send(c, block, sizeof(block)));
  }
  for (i = 0; i < 10; i++) mg_mgr_poll(&mgr, 0);
  fast = peer_connect(port_of(l));
  {
    unsigned long last = srv.id;
    UNTIL(&mgr, srv.id != last);
  }
  mg_send(mgr.conns, "quick", 5);
  for (i = 0; i < 3; i++) mg_mgr_poll(&mgr, 1);
  CHECK(recv(fast, buf, sizeof(buf), MSG_DONTWAIT) == 5);
  /* And nobody spins: the wait is a wait. */
  {
    uint64_t before = mg_millis();
    mg_mgr_poll(&mgr, 40);
    CHECK(mg_millis() - before >= 39);
  }
  for (i = 0; i < 50; i++) close(slow[i]);
  close(fast);
  finish();
}

/* ---- K7: buffers ------------------------------------------------------------------------------------------------------- */

static void buffers(void) {
  struct mg_iobuf io = {NULL, 0, 0, 0};
  size_t huge = (size_t) 1 << 63, top = ~(size_t) 0;
  CHECK(!mg_iobuf_resize(&io, huge) && io.buf == NULL && io.size == 0);
  CHECK(!mg_iobuf_resize(&io, top));
  io.align = 16;
  CHECK(!mg_iobuf_resize(&io, top - 3)); /* rounding up would wrap */
  CHECK(mg_iobuf_add(&io, 0, "abc", 3) == 3 && io.size == 16);
  CHECK(mg_iobuf_add(&io, huge, "x", 1) == 0 && mg_iobuf_add(&io, top, "x", 1) == 0 && mg_iobuf_add(&io, 1, "x", top) == 0);
  CHECK(io.len == 3 && memcmp(io.buf, "abc", 3) == 0);
  CHECK(mg_iobuf_del(&io, 1, top) == 2 && io.len == 1);
  CHECK(mg_iobuf_del(&io, top, top) == 0 && mg_iobuf_del(&io, 5, 1) == 0 && io.len == 1);
  CHECK(mg_iobuf_add(&io, 5, "z", 1) == 1 && io.len == 6 && io.buf[5] == 'z' && io.buf[1] == 0);
  CHECK(mg_iobuf_resize(&io, 0) && io.buf == NULL && io.len == 0);
  mg_iobuf_free(&io), mg_iobuf_free(&io);
  CHECK(!mg_iobuf_init(NULL, 1, 1) && !mg_iobuf_resize(NULL, 1) && mg_iobuf_add(NULL, 0, "x", 1) == 0);
  CHECK(mg_iobuf_del(NULL, 0, 1) == 0);
  mg_iobuf_free(NULL);
  /* A user lies about `len`: nothing outside of the buffer is touched or sent. */
  {
    struct mg_connection *l, *c;
    int fd, i;
    char got[64];
    ssize_t n = 0;
    start();
    l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
    fd = peer_connect(port_of(l));
    UNTIL(&mgr, srv.c != NULL);
    c = srv.c;
    CHECK(mg_iobuf_resize(&c->send, 1));
    c->send.len = huge;
    CHECK(!mg_send(c, "x", 1) || true);
    for (i = 0; i < 5 && srv.closes == 0; i++) poll_once(&mgr, 0);
    while (n >= 0) n = recv(fd, got, sizeof(got), MSG_DONTWAIT);
    if (srv.closes == 0) c->recv.len = huge;
    (void) !send(fd, "y", 1, MSG_NOSIGNAL);
    for (i = 0; i < 5 && srv.closes == 0; i++) poll_once(&mgr, 0);
    close(fd);
    finish();
  }
}

/* ---- K10: NULL and nonsense ---------------------------------------------------------------------------------------------- */

static void nothing(void) {
  struct mg_connection c;
  struct mg_timer t;
  struct mg_addr a;
  uint64_t u = 0;
  memset(&c, 0, sizeof(c)), memset(&t, 0, sizeof(t)), memset(&a, 0, sizeof(a));
  mg_mgr_init(NULL), mg_mgr_poll(NULL, 1), mg_mgr_free(NULL);
  CHECK(mg_connect_svc(NULL, "tcp://127.0.0.1:1", NULL, NULL, NULL, NULL) == NULL);
  CHECK(mg_vprintf(NULL, "x", NULL) == 0 && mg_printf(NULL, "x") == 0 && mg_alloc_conn(NULL) == NULL);
  CHECK(!mg_open_listener(NULL, "tcp://127.0.0.1:0") && !mg_dscp(NULL, 1));
  mg_connect_resolved(NULL), mg_multicast_restore(NULL, (uint8_t *) &a), mg_multicast_restore(&c, NULL);
  mg_timer_init(NULL, &t, 1, 0, NULL, NULL), mg_timer_free(NULL, &t), mg_timer_poll(NULL, 1);
  CHECK(!mg_timer_expired(NULL, 1, 1) && mg_timer_add(NULL, 1, 0, NULL, NULL) == NULL && u == 0);
  CHECK(!mg_aton(mg_str_n("1.2.3.4", 7), NULL) && mg_aton(mg_str_n(NULL, 0), &a));
  CHECK(mg_io_recv(NULL, &u, 8) == MG_IO_ERR && mg_io_recv(&c, NULL, 8) == MG_IO_WAIT);
  mg_x_set_timeouts(NULL, 1, 1), mg_x_prof_add(NULL, "x"), mg_x_prof_dump(NULL), mg_x_prof_init(NULL);
  CHECK(!mg_x_wake(NULL) && mg_x_find(NULL, 1) == NULL && mg_x_next_deadline(NULL) == 0 && !mg_x_close_now(NULL));
  /* A manager that was freed. */
  start();
  finish();
  CHECK(mg_listen(&mgr, "tcp://127.0.0.1:0", NULL, NULL) == NULL && mg_connect(&mgr, "tcp://127.0.0.1:1", NULL, NULL) == NULL);
  CHECK(!mg_wakeup_init(&mgr) && !mg_wakeup(&mgr, 1, "", 0) && mg_wrapfd(&mgr, 0, NULL, NULL) == NULL);
  mg_mgr_poll(&mgr, 0), mg_mgr_free(&mgr);
  /* NULL handlers everywhere. */
  start();
  {
    struct mg_connection *l = mg_listen(&mgr, "tcp://127.0.0.1:0", NULL, NULL);
    int i, fd = peer_connect(port_of(l));
    CHECK(mg_connect(&mgr, url_of(l, "tcp"), NULL, NULL) != NULL);
    peer_send(fd, "x", 1);
    for (i = 0; i < 5; i++) mg_mgr_poll(&mgr, 1);
    mg_timer_add(&mgr, 0, MG_TIMER_REPEAT, NULL, NULL);
    mg_mgr_poll(&mgr, 0);
    CHECK(mg_printf(l, NULL) == 0);
    /* Bytes that cannot be there are not sent, and the caller learns of it. */
    CHECK(!mg_send(l, "x", (size_t) -1) && !mg_send(l, NULL, 5) && mg_send(l, NULL, 0) && l->send.len == 0);
    CHECK(mg_io_send(l, "x", (size_t) -1) == MG_IO_ERR && mg_wakeup_init(&mgr));
    CHECK(!mg_wakeup(&mgr, l->id, "x", (size_t) -1) && !mg_wakeup(&mgr, l->id, NULL, 5) && mg_wakeup(&mgr, l->id, NULL, 0));
    close(fd);
  }
  finish();
}

int main(void) {
  quiet();
  thousands();
  descriptor_zero();
  numbers_used_again();
  reset_before_accept();
  signals();
  slow_peers();
  buffers();
  nothing();
  return done();
}
