/* modes: c++
 * A program that moves the bytes itself: MG_ENABLE_SOCKET 0, a back-end of socket pairs inside the process. Every
 * listener and every connection of the library goes through it, protocols and events included.
 */
#define MG_ENABLE_SOCKET 0
#include "mongoose.h"

#include "check.h"

static int polls, opened_listeners, connects, sends;
static struct mg_connection *the_listener, *the_udp;

void mg_mgr_poll(struct mg_mgr *mgr, int ms) {
  struct mg_connection *c, *next;
  uint64_t now = mg_millis();
  polls++, (void) ms;
  mg_timer_poll(&mgr->timers, now);
  for (c = mgr->conns; c != NULL; c = next) {
    next = c->next;
    mg_call(c, MG_EV_POLL, &now);
    if (!c->is_listening && !c->is_closing && c->fd != NULL && c->fd != (void *) (size_t) -1) {
      int fd = (int) (size_t) c->fd;
      unsigned char buf[1024];
      ssize_t n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
      if (n > 0) {
        long got = (long) n;
        mg_iobuf_add(&c->recv, c->recv.len, buf, (size_t) n);
        mg_call(c, MG_EV_READ, &got);
      } else if (n == 0 && !c->is_udp) {
        c->is_closing = 1;
      }
      if (c->send.len > 0 && !c->is_closing && (n = send(fd, c->send.buf, c->send.len, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0) {
        long sent = (long) n;
        mg_iobuf_del(&c->send, 0, (size_t) n);
        mg_call(c, MG_EV_WRITE, &sent);
      }
    }
    if (c->is_draining && c->send.len == 0) c->is_closing = 1;
    if (c->is_closing) {
      if (!c->is_listening && c->fd != (void *) (size_t) -1) close((int) (size_t) c->fd);
      mg_close_conn(c);
    }
  }
}

bool mg_send(struct mg_connection *c, const void *buf, size_t len) {
  sends++;
  if (c->is_udp) return send((int) (size_t) c->fd, buf, len, MSG_NOSIGNAL) == (ssize_t) len;
  return mg_iobuf_add(&c->send, c->send.len, buf, len) == len;
}

bool mg_open_listener(struct mg_connection *c, const char *url) {
  CHECK(!c->is_listening && url != NULL);
  if (strcmp(url, "refused") == 0) return false;
  c->fd = NULL;
  opened_listeners++;
  return true;
}

/* The other end is a child of the listener, or what the test reads from. */
static int udp_end = -1;
void mg_connect_resolved(struct mg_connection *c) {
  int fds[2];
  connects++;
  CHECK(socketpair(AF_UNIX, c->is_udp ? SOCK_DGRAM : SOCK_STREAM, 0, fds) == 0);
  c->is_resolving = 0;
  c->fd = (void *) (size_t) fds[0];
  mg_call(c, MG_EV_RESOLVE, NULL);
  if (c->is_udp) {
    udp_end = fds[1], the_udp = c;
  } else {
    struct mg_connection *child = mg_alloc_conn(c->mgr);
    CHECK(child != NULL);
    if (child == NULL) return;
    child->fd = (void *) (size_t) fds[1];
    child->is_accepted = 1;
    child->fn = the_listener->fn, child->fn_data = the_listener->fn_data;
    child->pfn = the_listener->pfn, child->pfn_data = the_listener->pfn_data;
    LIST_ADD_HEAD(struct mg_connection, &c->mgr->conns, child);
    mg_call(child, MG_EV_OPEN, NULL);
    mg_call(child, MG_EV_ACCEPT, NULL);
  }
  mg_call(c, MG_EV_CONNECT, NULL);
}

static int opens, closes, replies, ticks;
static void fn(struct mg_connection *c, int ev, void *ev_data) {
  struct mg_http_message *hm = (struct mg_http_message *) ev_data;
  opens += ev == MG_EV_OPEN, closes += ev == MG_EV_CLOSE;
  if (ev == MG_EV_CONNECT && !c->is_udp) mg_printf(c, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  if (ev == MG_EV_HTTP_MSG && c->is_accepted) mg_http_reply(c, 200, "", "%.*s", (int) hm->uri.len, hm->uri.buf);
  if (ev == MG_EV_HTTP_MSG && c->is_client) {
    CHECK(mg_strcmp(hm->body, mg_str("/x")) == 0);
    replies++, c->is_draining = 1;
  }
}
static void tick(void *arg) { ++*(int *) arg; }

int main(void) {
  struct mg_mgr mgr;
  struct mg_connection *c;
  char buf[600];
  int i;
  mg_log_set(MG_LL_NONE);
  mg_mgr_init(&mgr);
  mg_timer_add(&mgr, 1, MG_TIMER_ONCE | MG_TIMER_RUN_NOW, tick, &ticks);
  CHECK(mg_http_listen(&mgr, "refused", fn, NULL) == NULL && mgr.conns == NULL);
  the_listener = mg_http_listen(&mgr, "http://any.name:1", fn, NULL); /* names are the back-end's business */
  CHECK(the_listener != NULL && the_listener->is_listening && opened_listeners == 1 && opens == 1);
  c = mg_http_connect(&mgr, "http://127.0.0.1:1", fn, NULL);
  CHECK(c != NULL && connects == 1 && opens == 3);
  for (i = 0; i < 20 && replies == 0; i++) mg_mgr_poll(&mgr, 0);
  CHECK(replies == 1 && ticks == 1);
  for (i = 0; i < 3; i++) mg_mgr_poll(&mgr, 0);
  CHECK(closes == 2 && mgr.conns == the_listener);
  /* The resolver asks through it, too. */
  CHECK(mg_connect(&mgr, "tcp://some.name:1", fn, NULL) != NULL && connects == 2 && the_udp == mgr.dns4.c);
  CHECK(sends > 0 && udp_end >= 0 && recv(udp_end, buf, sizeof(buf), MSG_DONTWAIT) > 12);
  /* A UDP client of our own. */
  close(udp_end);
  c = mg_connect(&mgr, "udp://127.0.0.1:1", fn, NULL);
  CHECK(connects == 3 && c == the_udp && mg_send(c, "abc", 3) && recv(udp_end, buf, sizeof(buf), MSG_DONTWAIT) == 3);
  i = polls;
  mg_mgr_free(&mgr);
  CHECK(polls == i + 1 && mgr.conns == NULL && mgr.timers == NULL && opens == closes);
  close(udp_end);
  return done();
}
