/* Event orders of TLS and of names, rows of the chapter's table that engine_order.c leaves out. */
#include "engine.h"

#include "tls_certificates.h"

static struct mg_mgr mgr;
static struct trace lsn, srv, cli, dns;

static void start(void) {
  all_traces = NULL;
  fresh(&lsn, &srv);
  fresh(&srv, NULL);
  fresh(&cli, NULL);
  fresh(&dns, NULL);
  mg_mgr_init(&mgr);
}

static void finish(void) {
  mg_mgr_free(&mgr);
  CHECK(mgr.conns == NULL);
}

/* ---- TLS ---------------------------------------------------------------------------------------------------------- */

static const char *trusted_name;
static void tls_server_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_OPEN) CHECK(c->is_tls && !c->is_tls_hs);
  if (ev == MG_EV_ACCEPT) {
    struct mg_tls_opts opts;
    memset(&opts, 0, sizeof(opts));
    opts.cert = mg_str(SERVER_CERT), opts.key = mg_str(SERVER_KEY);
    mg_tls_init(c, &opts);
    CHECK(c->is_tls && c->is_tls_hs);
  }
  if (ev == MG_EV_READ) {
    mg_send(c, c->recv.buf, c->recv.len);
    c->recv.len = 0;
  }
  (void) ev_data, (void) t;
}
static void tls_client_hook(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_CONNECT) {
    struct mg_tls_opts opts;
    memset(&opts, 0, sizeof(opts));
    opts.ca = mg_str(CA_CERT), opts.name = mg_str(trusted_name);
    mg_tls_init(c, &opts);
    mg_send(c, "hello", 5); /* queued plaintext */
  }
  if (ev == MG_EV_TLS_HS) CHECK(!c->is_tls_hs && c->is_tls && c->tls != NULL);
  if (ev == MG_EV_READ) c->is_draining = 1;
  (void) ev_data, (void) t;
}
static void tls(void) {
  struct mg_connection *l;
  start();
  trusted_name = "localhost";
  l = mg_listen(&mgr, "https://127.0.0.1:0", trace_fn, &lsn);
  srv.hook = tls_server_hook, cli.hook = tls_client_hook;
  CHECK(mg_connect(&mgr, url_of(l, "https"), trace_fn, &cli) != NULL);
  slash(&cli);
  UNTIL(&mgr, cli.closes == 1 && srv.closes == 1);
  if (!MG_TLS) return;
  CHECK(strncmp(cli.text, "OPEN RESOLVE / CONNECT / TLS_HS", 31) == 0);
  CHECK(strstr(cli.text, "WRITE 5") != NULL && strstr(cli.text, "READ 5 CLOSE") != NULL && strstr(cli.text, "ERROR") == NULL);
  CHECK(strncmp(srv.text, "OPEN ACCEPT / TLS_HS", 20) == 0 && strstr(srv.text, "READ 5") != NULL);
  CHECK(strstr(srv.text, "WRITE 5") != NULL && strstr(srv.text, "ERROR") == NULL);
  finish();
  /* The wrong name: ERROR and CLOSE on both sides. */
  start();
  trusted_name = "elsewhere.example";
  l = mg_listen(&mgr, "https://127.0.0.1:0", trace_fn, &lsn);
  srv.hook = tls_server_hook, cli.hook = tls_client_hook;
  mg_connect(&mgr, url_of(l, "https"), trace_fn, &cli);
  UNTIL(&mgr, cli.closes == 1 && srv.closes == 1);
  CHECK(strstr(cli.text, "ERROR(") != NULL && strstr(cli.text, "TLS_HS") == NULL);
  CHECK(strstr(srv.text, "ERROR(") != NULL && strstr(srv.text, "READ") == NULL);
  finish();
  /* The peer vanishes during the handshake: CLOSE only. */
  start();
  l = mg_listen(&mgr, "https://127.0.0.1:0", trace_fn, &lsn);
  srv.hook = tls_server_hook;
  {
    int fd = peer_connect(port_of(l));
    UNTIL(&mgr, srv.c != NULL);
    close(fd);
  }
  UNTIL(&mgr, srv.closes == 1);
  CHECK(traced(&srv, "OPEN ACCEPT / CLOSE"));
  finish();
}

/* ---- names -------------------------------------------------------------------------------------------------------- */

/* A name server of our own: answers A with 127.0.0.1, or says that there is no such name, or nothing. */
enum { ANSWER, NO_SUCH_NAME, SILENT };
static void dns_server(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  uint8_t reply[600];
  size_t len = c->recv.len, at = 12;
  if (ev != MG_EV_READ) return;
  if (t->n != SILENT && len > 16 && len + 16 <= sizeof(reply)) {
    memcpy(reply, c->recv.buf, len);
    reply[2] = 0x81, reply[3] = t->n == ANSWER ? 0x80 : 0x83;
    while (at < len && reply[at] != 0) at += 1U + reply[at];
    if (t->n == ANSWER && reply[at + 2] == 1) { /* type A */
      static const uint8_t record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1};
      reply[7] = 1;
      memcpy(reply + at + 5, record, sizeof(record));
      len = at + 5 + sizeof(record);
    }
    mg_send(c, reply, len);
  }
  c->recv.len = 0;
  (void) ev_data;
}
static void serve_names(void) {
  static char url[64];
  struct mg_connection *d = mg_listen(&mgr, "udp://127.0.0.1:0", trace_fn, &dns);
  dns.hook = dns_server;
  snprintf(url, sizeof(url), "%s", url_of(d, "udp"));
  mgr.dns4.url = url;
}
/* What has failed still shows in CLOSE. */
static void still_resolving(struct mg_connection *c, int ev, void *ev_data, struct trace *t) {
  if (ev == MG_EV_CLOSE) CHECK(c->is_resolving && !c->is_connecting);
  (void) ev_data, (void) t;
}
static void look_up(int behaviour) {
  struct mg_connection *l;
  static char name_url[64];
  start();
  dns.n = behaviour;
  serve_names();
  mgr.dnstimeout = 60;
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  snprintf(name_url, sizeof(name_url), "tcp://host.example:%u", (unsigned) port_of(l));
  if (behaviour != ANSWER) cli.hook = still_resolving;
  CHECK(mg_connect(&mgr, name_url, trace_fn, &cli) != NULL);
  CHECK(traced(&cli, "OPEN") && cli.c->is_resolving && cli.c->fd == (void *) (size_t) -1);
  CHECK(cli.c->rem.port == l->loc.port);
  slash(&cli);
  if (behaviour == ANSWER) {
    UNTIL(&mgr, strstr(cli.text, "CONNECT") != NULL);
    CHECK(traced(&cli, "OPEN / RESOLVE / CONNECT"));
    CHECK(!cli.c->is_resolving && cli.c->rem.addr.ip4 == htonl(INADDR_LOOPBACK));
  } else {
    UNTIL(&mgr, cli.closes == 1);
    CHECK(strncmp(cli.text, "OPEN / ERROR(", 13) == 0 && strstr(cli.text, "CLOSE") != NULL);
    CHECK(strstr(cli.text, "RESOLVE") == NULL);
  }
  finish();
}
/* Draining and queued data while the name is looked up: resolve, connect, flush, close. Closing: the look-up is off. */
static void early_ends(void) {
  struct mg_connection *l, *c;
  static char name_url[64];
  start();
  serve_names();
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", trace_fn, &lsn);
  snprintf(name_url, sizeof(name_url), "tcp://host.example:%u", (unsigned) port_of(l));
  c = mg_connect(&mgr, name_url, trace_fn, &cli);
  CHECK(mg_send(c, "queued", 6));
  c->is_draining = 1;
  slash(&cli);
  UNTIL(&mgr, cli.closes == 1);
  CHECK(traced(&cli, "OPEN / RESOLVE / CONNECT / WRITE 6 CLOSE"));
  fresh(&cli, NULL);
  c = mg_connect(&mgr, name_url, trace_fn, &cli);
  c->is_draining = 1; /* nothing queued: ends at once */
  slash(&cli);
  poll_once(&mgr, 1);
  CHECK(traced(&cli, "OPEN / CLOSE"));
  fresh(&cli, NULL);
  c = mg_connect(&mgr, name_url, trace_fn, &cli);
  c->is_closing = 1;
  slash(&cli);
  poll_once(&mgr, 1);
  CHECK(traced(&cli, "OPEN / CLOSE"));
  poll_once(&mgr, 1), poll_once(&mgr, 1);
  finish();
}
/* UDP to a name: what is printed meanwhile is kept. */
static void udp_to_a_name(void) {
  struct mg_connection *l, *c;
  static char name_url[64];
  start();
  serve_names();
  l = mg_listen(&mgr, "udp://127.0.0.1:0", trace_fn, &lsn);
  snprintf(name_url, sizeof(name_url), "udp://host.example:%u", (unsigned) port_of(l));
  c = mg_connect(&mgr, name_url, trace_fn, &cli);
  CHECK(!mg_send(c, "lost", 4) && !c->is_closing && mg_printf(c, "kept") == 4);
  UNTIL(&mgr, l->recv.len == 4);
  CHECK(memcmp(l->recv.buf, "kept", 4) == 0);
  CHECK(traced(&cli, "OPEN / RESOLVE CONNECT / WRITE 4") || traced(&cli, "OPEN / RESOLVE CONNECT WRITE 4"));
  finish();
}

int main(void) {
  quiet();
  tls();
  look_up(ANSWER);
  look_up(NO_SUCH_NAME);
  look_up(SILENT);
  early_ends();
  udp_to_a_name();
  return done();
}
