/* Memory runs out at every single allocation of a busy program: NULL, false or ERROR, never a crash or a leak. */
#include "engine.h"

#include "fence.h"

static struct mg_mgr mgr;
static int opens, closes, errors;

static void fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_OPEN) opens++;
  if (ev == MG_EV_CLOSE) closes++;
  if (ev == MG_EV_ERROR) errors++;
  if (ev == MG_EV_CONNECT) mg_printf(c, "%s %d", "hello", 42);
  if (ev == MG_EV_READ) {
    mg_send(c, c->recv.buf, c->recv.len < 3 ? c->recv.len : 3);
    if (!c->is_accepted) c->recv.len = 0;
  }
  (void) ev_data;
}

static void http_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_HTTP_MSG) mg_http_reply(c, 200, "X: y\r\n", "%s", "body");
  fn(c, ev == MG_EV_READ ? MG_EV_USER : ev, ev_data);
}

static void tick(void *arg) { ++*(int *) arg; }

static void scenario(void) {
  struct mg_connection *tcp, *udp, *http;
  int fd[2] = {-1, -1}, ticks = 0, i;
  static char block[30000];
  mg_mgr_init(&mgr);
  mg_wakeup_init(&mgr);
  mg_timer_add(&mgr, 1, MG_TIMER_REPEAT | MG_TIMER_RUN_NOW, tick, &ticks);
  tcp = mg_listen(&mgr, "tcp://127.0.0.1:0", fn, NULL);
  udp = mg_listen(&mgr, "udp://127.0.0.1:0", fn, NULL);
  http = mg_http_listen(&mgr, "http://127.0.0.1:0", http_fn, NULL);
  if (tcp != NULL) mg_connect(&mgr, url_of(tcp, "tcp"), fn, NULL);
  if (udp != NULL) mg_connect(&mgr, url_of(udp, "udp"), fn, NULL);
  mg_connect(&mgr, "udp://nothing.invalid:1", fn, NULL);
  if (http != NULL) {
    fd[0] = peer_connect(port_of(http));
    peer_send(fd[0], "GET / HTTP/1.1\r\nHost: a\r\n", 25);
  }
  if (tcp != NULL) {
    fd[1] = peer_connect(port_of(tcp));
    peer_send(fd[1], block, sizeof(block));
  }
  for (i = 0; i < 6; i++) mg_mgr_poll(&mgr, 0);
  if (fd[0] >= 0) (void) !send(fd[0], "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 29, MSG_NOSIGNAL);
  if (mgr.conns != NULL) mg_wakeup(&mgr, mgr.conns->id, block, 1000);
  if (mgr.conns != NULL) mg_error(mgr.conns, "%s", "some error");
  for (i = 0; i < 6; i++) mg_mgr_poll(&mgr, 0);
  mg_mgr_free(&mgr);
  if (fd[0] >= 0) close(fd[0]);
  if (fd[1] >= 0) close(fd[1]);
  CHECK(mgr.conns == NULL && mgr.timers == NULL);
  CHECK(fence_live == 0);
  CHECK(opens == closes);
}

/* The single outcomes that the chapter names. */
static void outcomes(void) {
  struct mg_connection *c;
  static char block[200000];
  mg_mgr_init(&mgr);
  c = mg_listen(&mgr, "udp://127.0.0.1:0", fn, NULL);
  mg_mgr_poll(&mgr, 0);
  opens = closes = errors = 0;
  fence_fail_once = false, fence_fail_after = 0;
  CHECK(mg_listen(&mgr, "tcp://127.0.0.1:0", fn, NULL) == NULL);
  CHECK(mg_connect(&mgr, "udp://127.0.0.1:1", fn, NULL) == NULL);
  CHECK(mg_timer_add(&mgr, 1, 0, tick, NULL) == NULL && mg_wrapfd(&mgr, 0, fn, NULL) == NULL && mg_alloc_conn(&mgr) == NULL);
  CHECK(opens == 0 && errors == 0);
  c->is_udp = 0; /* as TCP: mg_send queues */
  CHECK(!mg_send(c, block, sizeof(block)) && errors == 0 && !c->is_closing && c->send.len == 0);
  c->is_udp = 1;
  CHECK(mg_printf(c, "%s", "x") == 0 && errors == 1 && c->is_closing && c->send.len == 0);
  c->is_closing = 0;
  fence_fail_after = -1;
  CHECK(mg_printf(c, "%s", "kept") == 4);
  fence_fail_after = 0;
  memset(block, 'x', 20000);
  CHECK(mg_printf(c, "%s", block) == 0 && errors == 2 && c->send.len == 4 && memcmp(c->send.buf, "kept", 4) == 0);
  fence_fail_after = -1;
  mg_mgr_free(&mgr);
  CHECK(fence_live == 0);
}

/* A buffer that cannot grow: ERROR OOM. */
static char oom_text[64];
static void oom_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_ERROR) snprintf(oom_text, sizeof(oom_text), "%s", (char *) ev_data);
  (void) c;
}
static void no_room_to_read(void) {
  struct mg_connection *l;
  int fd, i;
  mg_mgr_init(&mgr);
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", oom_fn, NULL);
  fd = peer_connect(port_of(l));
  for (i = 0; i < 3; i++) mg_mgr_poll(&mgr, 1);
  peer_send(fd, "x", 1);
  fence_fail_once = false, fence_fail_after = 0;
  for (i = 0; i < 3; i++) mg_mgr_poll(&mgr, 1);
  CHECK(strcmp(oom_text, "OOM") == 0);
  fence_fail_after = -1;
  mg_mgr_free(&mgr);
  close(fd);
  CHECK(fence_live == 0);
}

/* The program's allocator has the last word: blocks that an earlier connection gave back are not lent again. */
static void no_block_kept(void) {
  struct mg_connection *l, *c;
  int first, second, i;
  oom_text[0] = '\0';
  mg_mgr_init(&mgr);
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", fn, NULL);
  first = peer_connect(port_of(l));
  for (i = 0; i < 3; i++) mg_mgr_poll(&mgr, 1);
  c = mgr.conns;
  peer_send(first, "abc", 3);
  for (i = 0; i < 3; i++) mg_mgr_poll(&mgr, 1);
  c->recv.len = 0;
  for (i = 0; i < 3; i++) mg_mgr_poll(&mgr, 1);
  CHECK(c->send.len == 0);
  l->fn = oom_fn;
  second = peer_connect(port_of(l));
  for (i = 0; i < 3; i++) mg_mgr_poll(&mgr, 1);
  CHECK(mgr.conns != c && mgr.conns->is_accepted);
  peer_send(second, "x", 1);
  fence_fail_once = false, fence_fail_after = 0;
  CHECK(!mg_send(mgr.conns, "x", 1) && mgr.conns->send.len == 0);
  for (i = 0; i < 3; i++) mg_mgr_poll(&mgr, 1);
  CHECK(strcmp(oom_text, "OOM") == 0);
  fence_fail_after = -1;
  mg_mgr_free(&mgr);
  close(first), close(second);
  CHECK(fence_live == 0);
}

int main(int argc, char *argv[]) {
  long n, most = 400;
  quiet();
  outcomes();
  no_room_to_read();
  no_block_kept();
  if (argc > 1) {
    opens = closes = 0;
    fence_fail_once = argc > 2, fence_fail_after = atol(argv[1]);
    scenario();
    return done();
  }
  for (n = 0; n < most; n++) {
    int once;
    for (once = 0; once < 2; once++) {
      opens = closes = 0;
      fence_fail_once = once == 1, fence_fail_after = n;
      scenario();
    }
    if (fence_fail_after > 0) break; /* never reached: all allocations have failed once */
  }
  CHECK(n < most);
  fence_fail_after = -1;
  return done();
}
