/* Small programs as users write them: chat, UDP service, own protocol, timers that drive clients, two managers, threads. */
#include "engine.h"

#include <pthread.h>

#define POLL_UNTIL(m, what)                                                   \
  do {                                                                        \
    int rounds_;                                                              \
    for (rounds_ = 0; rounds_ < 5000 && !(what); rounds_++) mg_mgr_poll((m), 1); \
    CHECK(what);                                                              \
  } while (0)

/* ---- chat: who joined is marked in c->data, each line goes to all the others ---- */

static void chat_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_ACCEPT) {
    snprintf(c->data, sizeof(c->data), "%c%lu", 'C', c->id);
    mg_printf(c, "hello %lu\n", c->id);
  } else if (ev == MG_EV_READ) {
    unsigned char *end;
    while (c->recv.len > 0 && (end = (unsigned char *) memchr(c->recv.buf, '\n', c->recv.len)) != NULL) {
      size_t n = (size_t) (end - c->recv.buf) + 1;
      struct mg_connection *p;
      for (p = c->mgr->conns; p != NULL; p = p->next) {
        if (p != c && p->data[0] == 'C') mg_send(p, c->recv.buf, n);
      }
      if (n == 5 && memcmp(c->recv.buf, "quit\n", 5) == 0) mg_printf(c, "bye\n"), c->is_draining = 1;
      mg_iobuf_del(&c->recv, 0, n);
    }
    if (c->recv.len > 100) c->is_closing = 1; /* no line is that long */
  }
  (void) ev_data;
}

static size_t got_by(int fd, char *buf, size_t size) {
  size_t len = strlen(buf);
  ssize_t n = recv(fd, buf + len, size - len - 1, MSG_DONTWAIT);
  if (n > 0) buf[len + (size_t) n] = '\0';
  return n > 0 ? len + (size_t) n : len;
}

static void chat(void) {
  struct mg_mgr mgr;
  struct mg_connection *l;
  int a, b, i;
  char at[200] = "", bt[200] = "";
  mg_mgr_init(&mgr);
  l = mg_listen(&mgr, "tcp://localhost:0", chat_fn, NULL);
  a = peer_connect(port_of(l)), b = peer_connect(port_of(l));
  POLL_UNTIL(&mgr, (got_by(a, at, sizeof(at)), strchr(at, '\n')) && (got_by(b, bt, sizeof(bt)), strchr(bt, '\n')));
  at[0] = bt[0] = '\0';
  peer_send(a, "one\ntw", 6);
  POLL_UNTIL(&mgr, (got_by(b, bt, sizeof(bt)), strcmp(bt, "one\n") == 0));
  peer_send(a, "o\nquit\nleft over", 16);
  POLL_UNTIL(&mgr, (got_by(b, bt, sizeof(bt)), strcmp(bt, "one\ntwo\nquit\n") == 0));
  POLL_UNTIL(&mgr, (got_by(a, at, sizeof(at)), strcmp(at, "bye\n") == 0));
  POLL_UNTIL(&mgr, count_conns(&mgr) == 2); /* the listener and b */
  for (i = 0; i < 30; i++) peer_send(b, "no line", 7);
  POLL_UNTIL(&mgr, count_conns(&mgr) == 1);
  close(a), close(b);
  mg_mgr_free(&mgr);
}

/* ---- UDP: a service that counts per peer, by the address it keeps in its own table ---- */

static struct mg_addr seen[8];
static int n_seen;
static void udp_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_READ) {
    int i;
    CHECK((size_t) *(long *) ev_data == c->recv.len); /* it consumes each one */
    for (i = 0; i < n_seen && memcmp(&seen[i].port, &c->rem.port, 2) != 0; i++) (void) i;
    if (i == n_seen && n_seen < 8) seen[n_seen++] = c->rem;
    if (c->recv.len > 0 && c->recv.buf[0] == 'q') { /* to everybody else first, then an answer */
      struct mg_addr back = c->rem;
      for (i = 0; i < n_seen; i++) {
        if (seen[i].port == back.port) continue;
        c->rem = seen[i];
        CHECK(mg_send(c, "news", 4));
      }
      c->rem = back;
    }
    mg_printf(c, "peer %d of %d", 1, n_seen); /* one datagram, with the next poll */
    mg_printf(c, "%s", "!");
    c->recv.len = 0;
  }
}

static void udp(void) {
  struct mg_mgr mgr;
  struct mg_connection *l;
  uint16_t port;
  char at[100] = "", bt[100] = "";
  struct sockaddr_in sin;
  int a = peer_bind(SOCK_DGRAM, &port), b = peer_bind(SOCK_DGRAM, &port);
  mg_mgr_init(&mgr);
  l = mg_listen(&mgr, "udp://127.0.0.1:0", udp_fn, NULL);
  sin = loopback(port_of(l));
  CHECK(connect(a, (struct sockaddr *) &sin, sizeof(sin)) == 0 && connect(b, (struct sockaddr *) &sin, sizeof(sin)) == 0);
  peer_send(a, "x", 1);
  POLL_UNTIL(&mgr, (got_by(a, at, sizeof(at)), strcmp(at, "peer 1 of 1!") == 0));
  peer_send(b, "q", 1);
  POLL_UNTIL(&mgr, (got_by(b, bt, sizeof(bt)), strcmp(bt, "peer 1 of 2!") == 0));
  POLL_UNTIL(&mgr, (got_by(a, at, sizeof(at)), strcmp(at, "peer 1 of 1!news") == 0));
  CHECK(l->is_listening && l->is_udp && !l->is_closing && n_seen == 2 && count_conns(&mgr) == 1);
  close(a), close(b);
  mg_mgr_free(&mgr);
}

/* ---- an own protocol as pfn: frames of one length byte, told to fn as user events ---- */

enum { EV_FRAME = MG_EV_USER + 7 };
static int frames, frame_reads;
static void frame_pfn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev != MG_EV_READ) return;
  CHECK(c->pfn_data == (void *) &frames && ev_data != NULL);
  while (c->recv.len > 0 && c->recv.len > c->recv.buf[0]) {
    struct mg_str s = mg_str_n((char *) c->recv.buf + 1, c->recv.buf[0]);
    mg_call(c, EV_FRAME, &s);
    mg_iobuf_del(&c->recv, 0, s.len + 1);
  }
}
static void frame_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == EV_FRAME) {
    struct mg_str *s = (struct mg_str *) ev_data;
    CHECK(s->len == (size_t) frames % 5 && (s->len == 0 || s->buf[0] == 'f'));
    if (c->is_accepted) mg_iobuf_add(&c->send, c->send.len, s->buf - 1, s->len + 1); /* back as it came */
    frames++;
  }
  if (ev == MG_EV_READ) frame_reads++; /* after the frames that came with it */
  if (ev == MG_EV_READ) CHECK(c->recv.len < 5);
}
static void own_protocol(void) {
  struct mg_mgr mgr;
  struct mg_connection *l;
  unsigned char out[200];
  size_t n = 0, i;
  int fd;
  mg_mgr_init(&mgr);
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", frame_fn, NULL);
  l->pfn = frame_pfn, l->pfn_data = &frames;
  fd = peer_connect(port_of(l));
  for (i = 0; i < 20; i++) {
    out[n++] = (unsigned char) (i % 5);
    memset(out + n, 'f', i % 5), n += i % 5;
  }
  for (i = 0; i < n; i += 3) {
    peer_send(fd, out + i, n - i < 3 ? n - i : 3);
    mg_mgr_poll(&mgr, 1);
  }
  POLL_UNTIL(&mgr, frames == 20);
  {
    char back[200] = "";
    size_t have = 0;
    for (i = 0; i < 500 && have < n; i++) {
      ssize_t k = recv(fd, back + have, sizeof(back) - have, MSG_DONTWAIT);
      if (k > 0) have += (size_t) k;
      mg_mgr_poll(&mgr, 1);
    }
    CHECK(have == n && memcmp(back, out, n) == 0 && frame_reads > 1);
  }
  close(fd);
  mg_mgr_free(&mgr);
}

/* ---- timers drive clients that reconnect; two managers in turn, one talks to the other ---- */

static struct mg_connection *client;
static char target[64];
static int greetings, closings;
static void client_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_OPEN) CHECK(strcmp((char *) ev_data, target) == 0);
  if (ev == MG_EV_READ && c->recv.len >= 5) {
    CHECK(memcmp(c->recv.buf, "hello", 5) == 0);
    greetings++, c->recv.len = 0, c->is_closing = 1;
  }
  if (ev == MG_EV_CLOSE) closings++, *(struct mg_connection **) c->fn_data = NULL;
}
static void reconnect(void *arg) {
  if (client == NULL) client = mg_connect((struct mg_mgr *) arg, target, client_fn, &client);
}
static void greet_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_ACCEPT) mg_send(c, "hello", 5), c->is_draining = 1;
  (void) ev_data;
}
static void two_managers(void) {
  struct mg_mgr server, other;
  struct mg_connection *l;
  int i;
  mg_mgr_init(&server);
  mg_mgr_init(&other);
  l = mg_listen(&server, "tcp://127.0.0.1:0", greet_fn, NULL);
  snprintf(target, sizeof(target), "%s", url_of(l, "tcp"));
  mg_timer_add(&other, 1, MG_TIMER_REPEAT | MG_TIMER_RUN_NOW, reconnect, &other);
  for (i = 0; i < 5000 && closings < 5; i++) mg_mgr_poll(&server, 0), mg_mgr_poll(&other, 1);
  CHECK(greetings >= 4 && closings >= 5 && server.conns != other.conns);
  mg_mgr_free(&server);
  mg_mgr_free(&other);
  CHECK(client == NULL);
  for (i = 0; i < 3; i++) { /* one after the other in the same memory, freed twice as well */
    mg_mgr_init(&server);
    CHECK(mg_listen(&server, target, greet_fn, NULL) != NULL);
    mg_mgr_free(&server);
    mg_mgr_free(&server);
  }
}

/* ---- a connection to one of our own listeners, with is_full as brake ---- */

static size_t sent, received, most;
static int full_rounds;
static void pump_fn(struct mg_connection *c, int ev, void *ev_data) {
  static char block[3000];
  if (c->is_client && (ev == MG_EV_CONNECT || ev == MG_EV_WRITE || ev == MG_EV_POLL)) {
    while (!c->is_connecting && !c->is_draining && c->send.len < 2 * MG_IO_SIZE && sent < 1000000) {
      CHECK(mg_send(c, block, sizeof(block)));
      sent += sizeof(block);
    }
    if (sent >= 1000000) c->is_draining = 1;
  }
  if (c->is_accepted && ev == MG_EV_READ) {
    if (c->recv.len > most) most = c->recv.len;
    if (c->recv.len > 50000) c->is_full = 1;
  }
  if (c->is_accepted && ev == MG_EV_POLL && c->is_full) {
    full_rounds++;
    received += mg_iobuf_del(&c->recv, 0, 20000); /* eats slowly */
    if (c->recv.len < 20000) c->is_full = 0;
  }
  if (c->is_accepted && ev == MG_EV_CLOSE) received += c->recv.len;
  (void) ev_data;
}
static void to_self(void) {
  struct mg_mgr mgr;
  struct mg_connection *l;
  mg_mgr_init(&mgr);
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", pump_fn, NULL);
  CHECK(mg_connect(&mgr, url_of(l, "tcp"), pump_fn, NULL) != NULL);
  POLL_UNTIL(&mgr, sent >= 1000000 && mgr.conns == l);
  CHECK(received == sent && full_rounds > 5 && most <= 50000 + 65536);
  mg_mgr_free(&mgr);
}

/* ---- threads that finish jobs for connections ---- */

struct job {
  struct mg_mgr *mgr;
  unsigned long id;
  int n;
};
static int finished;
static void *work(void *arg) {
  struct job *job = (struct job *) arg;
  char text[20];
  int n = snprintf(text, sizeof(text), "done %d", job->n);
  CHECK(mg_wakeup(job->mgr, job->id, text, (size_t) n));
  free(job);
  return NULL;
}
static void job_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_READ) {
    pthread_t th;
    struct job *job = (struct job *) calloc(1, sizeof(*job));
    CHECK(job != NULL);
    job->mgr = c->mgr, job->id = c->id, job->n = c->recv.buf[0];
    c->recv.len = 0;
    CHECK(pthread_create(&th, NULL, work, job) == 0);
    pthread_detach(th);
  }
  if (ev == MG_EV_WAKEUP) {
    struct mg_str *s = (struct mg_str *) ev_data;
    mg_printf(c, "%.*s", (int) s->len, s->buf);
    c->is_draining = 1;
    finished++;
  }
}
static void jobs(void) {
  struct mg_mgr mgr;
  struct mg_connection *l;
  int fd[6], i;
  mg_mgr_init(&mgr);
  CHECK(mg_wakeup_init(&mgr));
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", job_fn, NULL);
  for (i = 0; i < 6; i++) fd[i] = peer_connect(port_of(l)), peer_send(fd[i], "A", 1);
  POLL_UNTIL(&mgr, finished == 6);
  POLL_UNTIL(&mgr, count_conns(&mgr) == 2);
  for (i = 0; i < 6; i++) {
    char text[20] = "";
    CHECK(recv(fd[i], text, sizeof(text) - 1, 0) == 7 && strcmp(text, "done 65") == 0);
    close(fd[i]);
  }
  mg_mgr_free(&mgr);
}

/* ---- a socket of our own becomes an HTTP connection: the listener's handlers are copied as accept does ---- */

static void http_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_HTTP_MSG) {
    struct mg_http_message *hm = (struct mg_http_message *) ev_data;
    mg_http_reply(c, 200, "", "uri %.*s", (int) hm->uri.len, hm->uri.buf);
  }
}
static void adopted(void) {
  struct mg_mgr mgr;
  struct mg_connection *l, *c;
  int fds[2];
  char text[500] = "";
  mg_mgr_init(&mgr);
  CHECK(mg_mqtt_listen(&mgr, "tcp://127.0.0.1:0", greet_fn, NULL) != NULL);
  l = mg_http_listen(&mgr, "http://127.0.0.1:0", http_fn, NULL);
  CHECK(mg_mqtt_listen(&mgr, "tcp://127.0.0.1:0", greet_fn, NULL) != NULL);
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  c = mg_wrapfd(&mgr, fds[0], l->fn, l->fn_data);
  c->pfn = l->pfn, c->pfn_data = l->pfn_data, c->is_accepted = 1;
  peer_send(fds[1], "GET /pair HTTP/1.1\r\nHost: x\r\n\r\n", 31);
  POLL_UNTIL(&mgr, (got_by(fds[1], text, sizeof(text)), strstr(text, "uri /pair") != NULL));
  close(fds[1]);
  mg_mgr_free(&mgr);
}

int main(void) {
  quiet();
  chat();
  udp();
  own_protocol();
  two_managers();
  to_self();
  jobs();
  adopted();
  return done();
}
