/* Datagrams: one connection per socket, replies to the last sender, whole datagrams, nothing that kills a listener. */
#include "engine.h"

static struct mg_mgr mgr;
static struct trace lsn, cli;
static struct mg_connection *server, *client;

static void start(void) {
  all_traces = NULL;
  fresh(&lsn, NULL);
  fresh(&cli, NULL);
  mg_mgr_init(&mgr);
  server = mg_listen(&mgr, "udp://127.0.0.1:0", trace_fn, &lsn);
  CHECK(server != NULL);
  client = mg_connect(&mgr, url_of(server, "udp"), trace_fn, &cli);
  CHECK(client != NULL);
  lsn.text[0] = cli.text[0] = '\0';
}

static void finish(void) {
  mg_mgr_free(&mgr);
  CHECK(mgr.conns == NULL);
}

/* Checklist 12: the same handler on both ends, mg_iobuf_free in READ, within 5 polls. */
struct echo {
  int connects, client_reads, writes;
};
static void echo_fn(struct mg_connection *c, int ev, void *ev_data) {
  struct echo *e = (struct echo *) c->fn_data;
  if (ev == MG_EV_CONNECT) {
    e->connects++;
    mg_send(c, "hi", 2);
  } else if (ev == MG_EV_READ) {
    if (c->is_client) {
      e->client_reads++;
    } else {
      mg_send(c, c->recv.buf, c->recv.len);
    }
    mg_iobuf_free(&c->recv);
  } else if (ev == MG_EV_WRITE && c->is_client) {
    e->writes++;
  }
  (void) ev_data;
}
static void echo(void) {
  struct echo e = {0, 0, 0};
  struct mg_connection *c;
  int i;
  mg_mgr_init(&mgr);
  c = mg_listen(&mgr, "udp://127.0.0.1:0", echo_fn, &e);
  CHECK(mg_connect(&mgr, url_of(c, "udp"), echo_fn, &e) != NULL);
  for (i = 0; i < 5; i++) mg_mgr_poll(&mgr, 1);
  CHECK(e.connects == 1 && e.client_reads == 1 && e.writes == 1);
  finish();
}

static void addresses(void) {
  struct mg_connection *other;
  start();
  CHECK(client->loc.port == 0 && client->loc.addr.ip4 == 0 && client->rem.port == server->loc.port);
  CHECK((fcntl((int) (size_t) client->fd, F_GETFL) & O_NONBLOCK) != 0);
  CHECK((fcntl((int) (size_t) client->fd, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(mg_send(client, "1", 1) && client->loc.port != 0);
  UNTIL(&mgr, server->recv.len == 1);
  CHECK(server->rem.port == client->loc.port && server->rem.addr.ip4 == htonl(INADDR_LOOPBACK));
  /* Another sender: the listener answers him. */
  other = mg_connect(&mgr, url_of(server, "udp"), trace_fn, &cli);
  CHECK(mg_send(other, "22", 2));
  UNTIL(&mgr, server->recv.len == 3); /* undrained datagrams run together */
  CHECK(memcmp(server->recv.buf, "122", 3) == 0 && server->rem.port == other->loc.port);
  cli.text[0] = '\0';
  CHECK(mg_send(server, "333", 3));
  UNTIL(&mgr, other->recv.len == 3);
  CHECK(client->recv.len == 0);
  /* A client takes datagrams from anybody and answers the last sender. */
  CHECK(mg_send(other, "x", 1));
  other->rem = client->loc;
  other->rem.addr.ip4 = htonl(INADDR_LOOPBACK);
  CHECK(mg_send(other, "from other", 10));
  UNTIL(&mgr, client->recv.len == 10);
  CHECK(client->rem.port == other->loc.port);
  finish();
}

/* mg_printf queues: two prints are one datagram, sent by the next poll; mg_send leaves them alone. */
static void queued(void) {
  start();
  CHECK(mg_printf(client, "%s", "abc") == 3 && mg_printf(client, "%d", 12) == 2 && client->send.len == 5);
  CHECK(mg_send(client, "first", 5) && client->send.len == 5);
  CHECK(traced(&cli, "WRITE 5"));
  cli.text[0] = '\0';
  UNTIL(&mgr, server->recv.len >= 10);
  CHECK(memcmp(server->recv.buf, "firstabc12", 10) == 0 && client->send.len == 0);
  CHECK(strncmp(cli.text, "WRITE 5", 7) == 0);
  CHECK(strncmp(lsn.text, "READ 5 / READ 5", 15) == 0);
  finish();
}

static char big[70000];

static void sizes(void) {
  int fd;
  uint16_t port;
  struct sockaddr_in to;
  char url[64];
  start();
  memset(big, 'x', sizeof(big));
  /* The largest one arrives whole, also where 16 KiB are free only. */
  CHECK(mg_send(client, big, 60000));
  UNTIL(&mgr, server->recv.len > 0);
  CHECK(server->recv.len == 60000 && memcmp(server->recv.buf, big, 60000) == 0);
  server->recv.len = 0;
  CHECK(mg_send(client, big, 65507));
  UNTIL(&mgr, server->recv.len > 0);
  CHECK(server->recv.len == 65507);
  server->recv.len = 0;
  /* Too large: false, nothing else. */
  CHECK(!mg_send(client, big, 65508) && !client->is_closing);
  CHECK(!mg_send(server, big, 65508) && !server->is_closing);
  cli.text[0] = lsn.text[0] = '\0';
  /* Zero length: sent and received, nobody closes. */
  CHECK(mg_send(client, "", 0) && !client->is_closing);
  CHECK(traced(&cli, "WRITE 0"));
  CHECK(mg_send(client, "after", 5));
  UNTIL(&mgr, server->recv.len == 5);
  CHECK(!server->is_closing && lsn.closes == 0);
  server->recv.len = 0;
  /* From outside, too. */
  fd = peer_bind(SOCK_DGRAM, &port);
  to = loopback(port_of(server));
  CHECK(sendto(fd, "", 0, 0, (struct sockaddr *) &to, sizeof(to)) == 0);
  CHECK(sendto(fd, "z", 1, 0, (struct sockaddr *) &to, sizeof(to)) == 1);
  UNTIL(&mgr, server->recv.len == 1);
  CHECK(ntohs(server->rem.port) == port && lsn.closes == 0);
  close(fd);
  /* Beyond the receive cap a datagram is dropped, whole. */
  server->recv.len = 0;
  CHECK(mg_iobuf_resize(&server->recv, MG_MAX_RECV_SIZE));
  server->recv.len = MG_MAX_RECV_SIZE - 10;
  CHECK(mg_send(client, big, 11) && mg_send(client, "0123456789", 10));
  UNTIL(&mgr, server->recv.len == MG_MAX_RECV_SIZE);
  CHECK(memcmp(server->recv.buf + MG_MAX_RECV_SIZE - 10, "0123456789", 10) == 0 && lsn.closes == 0);
  finish();
  /* A closed port answers nothing, and nobody closes. */
  start();
  snprintf(url, sizeof(url), "udp://127.0.0.1:%u", (unsigned) dead_port());
  client = mg_connect(&mgr, url, trace_fn, &cli);
  CHECK(mg_send(client, "a", 1));
  poll_once(&mgr, 1), poll_once(&mgr, 1);
  CHECK(mg_send(client, "b", 1) && cli.closes == 0);
  client->is_draining = 1;
  poll_once(&mgr, 1);
  CHECK(cli.closes == 1);
  finish();
}

/* While full nothing is read; datagrams wait in the system. */
static void full(void) {
  int i;
  start();
  server->is_full = 1;
  CHECK(mg_send(client, "a", 1) && mg_send(client, "b", 1));
  for (i = 0; i < 5; i++) poll_once(&mgr, 1);
  CHECK(server->recv.len == 0);
  server->is_full = 0;
  UNTIL(&mgr, server->recv.len == 2);
  finish();
}

/* Without a known address or a socket: false, and the connection stays. */
static void unresolved(void) {
  struct mg_connection *c;
  start();
  c = mg_alloc_conn(&mgr);
  c->is_udp = 1, c->is_resolving = 1;
  CHECK(!mg_send(c, "a", 1) && !c->is_closing);
  CHECK(mg_printf(c, "kept") == 4 && c->send.len == 4);
  mg_close_conn(c);
  finish();
}

/* Sending in CLOSE goes nowhere: the descriptor may be another one's by then. */
static int close_sends = -1;
static void close_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_CLOSE) close_sends = mg_send(c, "late", 4);
  (void) ev_data;
}
static void send_in_close(void) {
  start();
  client->fn = close_fn;
  client->is_closing = 1;
  mg_mgr_poll(&mgr, 0);
  CHECK(close_sends == 0);
  finish();
}

/* Multicast on the loopback, if the machine can: rem saved in RESOLVE, restored in READ; mg_multicast_add joins. */
extern void mg_multicast_add(struct mg_connection *, char *ip);
extern void mg_getlocaddr(struct mg_connection *, struct mg_addr *to, struct mg_addr *out);
static struct mg_addr saved;
static void ssdp_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_RESOLVE) memcpy(c->data, &c->rem, sizeof(c->rem));
  if (ev == MG_EV_READ) {
    saved = c->rem;
    mg_multicast_restore(c, (uint8_t *) c->data);
    c->recv.len = 0;
  }
  (void) ev_data;
}
static void multicast(void) {
  struct mg_connection *c, *l;
  struct mg_addr out;
  char group[] = "239.255.255.250";
  start();
  CHECK(sizeof(struct mg_addr) <= MG_DATA_SIZE);
  c = mg_connect(&mgr, "udp://239.255.255.250:1900", ssdp_fn, NULL);
  CHECK(c != NULL);
  CHECK(mg_printf(c, "M-SEARCH") == 8);
  /* The answer comes from somewhere else. */
  if (!c->is_closing) {
    struct mg_addr to = server->loc;
    mg_mgr_poll(&mgr, 1);
    CHECK(mg_send(server, "x", 0) || true);
    server->rem = c->loc, server->rem.addr.ip4 = htonl(INADDR_LOOPBACK);
    if (c->loc.port != 0) {
      CHECK(mg_send(server, "reply", 5));
      UNTIL(&mgr, saved.port == to.port);
      CHECK(c->rem.port == htons(1900) && c->rem.addr.ip4 == inet_addr(group));
    }
  }
  l = mg_listen(&mgr, "udp://0.0.0.0:0", ssdp_fn, NULL);
  mg_multicast_add(l, group);
  memset(&out, 0, sizeof(out));
  mg_getlocaddr(l, &server->loc, &out);
  CHECK(out.addr.ip4 == htonl(INADDR_LOOPBACK));
  finish();
}

int main(void) {
  quiet();
  echo();
  addresses();
  queued();
  sizes();
  full();
  unresolved();
  send_in_close();
  multicast();
  return done();
}
