/* modes: c++
   TLS as a C program uses it: both ends in one manager. */
#include "mongoose.h"

#include "check.h"
#include "tls_certificates.h"

enum { POLLS = 2000, BULK = 300000 };

struct side {
  struct mg_tls_opts opts;
  bool tls;               /* call mg_tls_init */
  size_t hello;           /* bytes to send after the handshake */
  bool echo;
  bool drain;             /* close once all is sent */
  int handshakes, errors, closes, closes_before_error;
  size_t received, sent;
  uint32_t sum;
  bool hold;              /* let the receive buffer fill up, then consume all of it */
  size_t highest;
  char error[100];
};

static struct mg_str opt(const char *text) {
  struct mg_str s;
  s.buf = (char *) text;
  s.len = text == NULL ? 0 : strlen(text);
  return s;
}

static uint32_t checksum(uint32_t sum, const void *buf, size_t len) {
  const uint8_t *p = (const uint8_t *) buf;
  while (len-- > 0) sum = (sum << 5 | sum >> 27) ^ *p++;
  return sum;
}

static void send_pattern(struct mg_connection *c, struct side *s, size_t len) {
  char block[1000];
  size_t i;
  while (len > 0) {
    size_t n = len < sizeof(block) ? len : sizeof(block);
    for (i = 0; i < n; i++) block[i] = (char) ((s->sent + i) % 127);
    CHECK(mg_send(c, block, n));
    s->sum = checksum(s->sum, block, n);
    s->sent += n;
    len -= n;
  }
}

static void take(struct mg_connection *c, struct side *s) {
  s->received += c->recv.len;
  s->sum = checksum(s->sum, c->recv.buf, c->recv.len);
  c->recv.len = 0;
}

static void fn(struct mg_connection *c, int ev, void *ev_data) {
  struct side *s = (struct side *) c->fn_data;
  if (c->is_listening) return;
  if (ev == MG_EV_ACCEPT || ev == MG_EV_CONNECT) {
    if (s->tls) {
      mg_tls_init(c, &s->opts);
      CHECK(c->is_tls && (c->is_tls_hs || c->is_closing));
    }
  } else if (ev == MG_EV_TLS_HS) {
    CHECK(!c->is_tls_hs && c->tls != NULL);
    s->handshakes++;
    send_pattern(c, s, s->hello);
    if (s->drain) c->is_draining = 1;
  } else if (ev == MG_EV_READ) {
    CHECK(*(long *) ev_data > 0);
    if (c->recv.len > s->highest) s->highest = c->recv.len;
    if (s->hold) {
      if (c->recv.len >= MG_MAX_RECV_SIZE) c->is_full = 1;
    } else {
      if (s->echo) mg_send(c, c->recv.buf, c->recv.len);
      take(c, s);
    }
  } else if (ev == MG_EV_POLL && s->hold && c->is_full) {
    take(c, s);
    c->is_full = 0;
  } else if (ev == MG_EV_ERROR) {
    s->errors++;
    mg_snprintf(s->error, sizeof(s->error), "%s", (char *) ev_data);
    CHECK(s->error[0] != '\0');
  } else if (ev == MG_EV_CLOSE) {
    if (s->errors == 0) s->closes_before_error++;
    s->closes++;
    take(c, s);
  }
}

static struct mg_connection *listen_at(struct mg_mgr *mgr, struct side *s, char *url, size_t len) {
  struct mg_connection *l = mg_listen(mgr, "https://127.0.0.1:0", fn, s);
  CHECK(l != NULL && l->is_tls);
  mg_snprintf(url, len, "https://127.0.0.1:%d", (int) mg_ntohs(l->loc.port));
  return l;
}

static void set(struct side *s, const char *ca, const char *cert, const char *key, const char *name) {
  /* The rest of the options is garbage, as in programs that fill in only what they need. */
  memset(s, 0, sizeof(*s));
  s->tls = true;
  s->opts.ca = opt(ca);
  s->opts.cert = opt(cert);
  s->opts.key = opt(key);
  s->opts.name = opt(name);
}

static void test_echo(void) {
  struct mg_mgr mgr;
  struct side server, client;
  char url[50];
  int i;
  set(&server, NULL, SERVER_CERT, SERVER_KEY, "");
  set(&client, CA_CERT, NULL, NULL, "localhost");
  server.echo = true;
  client.hello = BULK;
  mg_mgr_init(&mgr);
  listen_at(&mgr, &server, url, sizeof(url));
  CHECK(mg_connect(&mgr, url, fn, &client) != NULL);
  for (i = 0; i < 100 && client.received < BULK; i++) mg_mgr_poll(&mgr, 1);
  CHECK(client.received == BULK && server.received == BULK);
  CHECK(client.handshakes == 1 && server.handshakes == 1);
  mg_mgr_free(&mgr);
  CHECK(client.closes == 1 && server.closes == 1 && client.errors == 0 && server.errors == 0);
}

/* A client that sends and closes without reading loses nothing, and its server sees a clean end. */
static void test_one_way(void) {
  static const size_t sizes[] = {100, 20000, BULK};
  size_t k;
  for (k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
    struct mg_mgr mgr;
    struct side server, client;
    char url[50];
    int i;
    set(&server, NULL, SERVER_CERT, SERVER_KEY, "");
    set(&client, CA_CERT, NULL, NULL, "localhost");
    client.hello = sizes[k];
    client.drain = true;
    mg_mgr_init(&mgr);
    listen_at(&mgr, &server, url, sizeof(url));
    CHECK(mg_connect(&mgr, url, fn, &client) != NULL);
    for (i = 0; i < POLLS && server.closes == 0; i++) mg_mgr_poll(&mgr, 1);
    CHECK(server.received == sizes[k] && server.sum == client.sum);
    CHECK(server.closes == 1 && server.errors == 0 && client.closes == 1 && client.errors == 0);
    mg_mgr_free(&mgr);
  }
}

/* Runs one connection until the client's end is closed or it has received what it expects. */
static void run(struct side *server, struct side *client) {
  struct mg_mgr mgr;
  char url[50];
  int i;
  server->echo = true;
  client->hello = 5;
  mg_mgr_init(&mgr);
  listen_at(&mgr, server, url, sizeof(url));
  mg_connect(&mgr, url, fn, client);
  for (i = 0; i < POLLS && client->closes == 0 && client->received < 5; i++) mg_mgr_poll(&mgr, 1);
  for (i = 0; i < 10; i++) mg_mgr_poll(&mgr, 1);
  mg_mgr_free(&mgr);
}

static void test_verification(void) {
  struct side server, client;
  static const struct {
    const char *ca, *name;
    bool skip, good;
  } cases[] = {
      {CA_CERT, "localhost", false, true}, {CA_CERT, "LOCALHOST", false, true},
      {CA_CERT, "", false, true},          {CA_CERT, "wrong", false, false},
      {NULL, "localhost", false, true},    {NULL, "wrong", false, false},
      {NULL, NULL, false, true},           {CLIENT_CERT, "localhost", false, false},
      {"*", "localhost", false, true},     {CLIENT_CERT, "wrong", true, true},
      {NULL, "wrong", true, true},         {"junk", "localhost", false, false},
  };
  size_t i;
  for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    set(&server, "", SERVER_CERT, SERVER_KEY, NULL);
    set(&client, cases[i].ca, "", "", cases[i].name);
    client.opts.skip_verification = cases[i].skip;
    run(&server, &client);
    CHECK((client.received == 5) == cases[i].good);
    CHECK(client.errors == (cases[i].good ? 0 : 1));
    CHECK(client.closes == 1 && (cases[i].good || client.closes_before_error == 0));
  }
}

static void test_mutual(void) {
  struct side server, client;
  set(&server, CA_CERT, SERVER_CERT, SERVER_KEY, NULL);
  set(&client, CA_CERT, CLIENT_CERT, CLIENT_KEY, "localhost");
  run(&server, &client);
  CHECK(client.received == 5 && server.handshakes == 1);
  set(&server, CA_CERT, SERVER_CERT, SERVER_KEY, NULL);
  set(&client, CA_CERT, NULL, NULL, "localhost");
  run(&server, &client);
  CHECK(client.received == 0 && server.received == 0 && server.errors == 1 && client.closes == 1);
}

static void test_credentials(void) {
  struct side server, client;
  set(&server, NULL, SERVER_CERT SERVER_KEY, SERVER_CERT SERVER_KEY, NULL);
  set(&client, CA_CERT, NULL, NULL, "localhost");
  run(&server, &client);
  CHECK(client.received == 5);
  set(&server, NULL, SERVER_KEY SERVER_CERT CA_CERT, SERVER_KEY SERVER_CERT, NULL);
  set(&client, CA_CERT, NULL, NULL, "localhost");
  run(&server, &client);
  CHECK(client.received == 5);
  set(&server, NULL, SERVER_CERT, CLIENT_KEY, NULL);
  set(&client, CA_CERT, NULL, NULL, "localhost");
  run(&server, &client);
  CHECK(client.received == 0 && server.errors == 1 && server.closes == 1);
  set(&server, NULL, NULL, NULL, NULL);
  set(&client, CA_CERT, NULL, NULL, "localhost");
  run(&server, &client);
  CHECK(client.errors == 1 && server.errors == 1);
}

static void test_listener(void) {
  struct mg_mgr mgr;
  struct side server;
  struct mg_tls_opts opts;
  struct mg_connection *l;
  char url[50];
  set(&server, NULL, NULL, NULL, NULL);
  mg_mgr_init(&mgr);
  l = listen_at(&mgr, &server, url, sizeof(url));
  memset(&opts, 0, sizeof(opts));
  mg_tls_init(l, &opts);
  opts.skip_verification = true;
  mg_tls_init(l, &opts);
  opts.cert = opt("-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n");
  opts.key = opt("rubbish");
  mg_tls_init(l, &opts);
  CHECK(l->is_tls && l->is_listening);
  mg_tls_free(l);
  mg_tls_free(l);
  CHECK(l->tls == NULL && l->is_tls);
  mg_mgr_poll(&mgr, 0);
  mg_mgr_poll(&mgr, 0);
  CHECK(mgr.conns == l && l->is_listening && !l->is_closing);
  CHECK(mg_tls_pending(l) == 0);
  CHECK(mg_tls_send(l, NULL, 5) == 0 && mg_tls_send(NULL, "a", 1) == 0 && mg_tls_send(l, "a", 0) == 0);
  CHECK(mg_tls_recv(l, NULL, 5) == 0 && mg_tls_recv(NULL, url, 1) == 0 && mg_tls_recv(l, url, 0) == 0);
  CHECK(mg_tls_send(l, "a", 1) == MG_IO_ERR && mg_tls_recv(l, url, 1) == MG_IO_ERR);
  mg_tls_flush(l);
  mg_tls_handshake(l);
  mg_tls_ctx_free(&mgr);
  mg_tls_ctx_init(&mgr);
  mg_mgr_free(&mgr);
}

/* Twice the receive cap through one connection that is held back: nothing is lost, the cap is reached exactly. */
static void test_back_pressure(void) {
  struct mg_mgr mgr;
  struct side server, client;
  struct mg_connection *c;
  const size_t total = 2 * MG_MAX_RECV_SIZE;
  char url[50];
  int i;
  set(&server, NULL, SERVER_CERT, SERVER_KEY, NULL);
  set(&client, CA_CERT, NULL, NULL, "localhost");
  server.hold = true;
  mg_mgr_init(&mgr);
  listen_at(&mgr, &server, url, sizeof(url));
  c = mg_connect(&mgr, url, fn, &client);
  for (i = 0; i < POLLS && client.handshakes == 0; i++) mg_mgr_poll(&mgr, 1);
  for (i = 0; i < 10 * POLLS && client.closes == 0; i++) {
    size_t left = total - client.sent;
    if (left == 0) c->is_draining = 1;
    if (c->send.len < MG_IO_SIZE) send_pattern(c, &client, left < 50000 ? left : 50000);
    mg_mgr_poll(&mgr, 1);
  }
  for (i = 0; i < POLLS && server.closes == 0; i++) mg_mgr_poll(&mgr, 1);
  CHECK(server.received == total && client.sent == total && server.sum == client.sum);
  CHECK(server.highest == MG_MAX_RECV_SIZE);
  CHECK(server.errors == 0 && client.errors == 0);
  mg_mgr_free(&mgr);
}

int main(void) {
  mg_log_set(MG_LL_NONE);
  test_echo();
  test_one_way();
  test_verification();
  test_mutual();
  test_credentials();
  test_listener();
  test_back_pressure();
  return done();
}
