/* DNS: parsing, look-ups for outbound connections against a name server of our own, their errors. */
#include "iot.h"

static void test_parse(void) {
  struct mg_dns_message dm;
  struct mg_dns_rr rr;
  unsigned char buf[600];
  size_t n, i;
  memset(buf, 0, sizeof(buf));
  CHECK(!mg_dns_parse(NULL, 0, &dm));
  n = unhex("00 09 01 00 00 01 00 00 00 00 00 00 01 61 00 00 01 00 01", buf);
  CHECK(mg_dns_parse(buf, n, &dm) && !dm.resolved && dm.txnid == 9 && strcmp(dm.name, "a") == 0);
  CHECK(mg_dns_parse_rr(buf, n, 12, true, &rr) == 7);
  CHECK(rr.nlen == 3 && rr.atype == MG_DNS_RTYPE_A && rr.aclass == 1 && rr.alen == 0);
  CHECK(mg_dns_parse_rr(buf, n, n, true, &rr) == 0);
  CHECK(mg_dns_parse_rr(buf, n, 12, false, &rr) == 0);
  CHECK(mg_dns_parse_rr(buf, 513, 12, true, &rr) == 0);
  for (i = 0; i < n; i++) CHECK(!mg_dns_parse(buf, i, &dm));
  buf[5] = 2;
  CHECK(!mg_dns_parse(buf, n, &dm));

  n = unhex("00 01 81 80 00 00 00 01 00 00 00 00 01 62 00 00 01 00 01 00 00 00 3c 00 04 0a 01 02 03", buf);
  CHECK(mg_dns_parse(buf, n, &dm) && dm.resolved && strcmp(dm.name, "b") == 0);
  CHECK(!dm.addr.is_ip6 && dm.addr.port == 0 && dm.addr.addr.ip4 == htonl(0x0a010203));
  CHECK(mg_dns_parse_rr(buf, n, 12, false, &rr) == 17 && rr.alen == 4);
  buf[2] = 1; /* not a response: answers do not count */
  CHECK(mg_dns_parse(buf, n, &dm) && !dm.resolved);

  /* A name that points to itself is empty, not an error. */
  n = unhex("00 01 81 80 00 01 00 00 00 00 00 00 c0 0c 00 01 00 01", buf);
  CHECK(mg_dns_parse(buf, n, &dm) && dm.name[0] == '\0');
}

/* Names and records of a liar. */
static void test_lies(void) {
  static const struct {
    const char *hex;
    bool ok, resolved;
  } cases[] = {
      {"00 01 81 80 00 00 00 01 00 00 00 00 c0 0c 00 01 00 01 00 00 00 3c 00 04 0a 00 00 01", true, true}, /* to itself */
      {"00 01 81 80 00 00 00 01 00 00 00 00 c0 ff 00 01 00 01 00 00 00 3c 00 04 0a 00 00 01", true, true}, /* beyond */
      {"00 01 81 80 00 00 ff ff 00 00 00 00 01 62 00 00 01 00 01 00 00 00 3c 00 04 0a 00 00 01", true, true},
      {"00 01 81 80 00 00 ff ff 00 00 00 00", false, false},                                              /* no body */
      {"00 01 81 80 00 00 00 01 00 00 00 00 01 62 00 00 01 00 01 00 00 00 3c 00 03 0a 00 00", true, false},   /* 3 bytes */
      {"00 01 81 80 00 00 00 01 00 00 00 00 01 62 00 00 01 00 01 00 00 00 3c 00 05 0a 00 00 01 02", true, false},
      {"00 01 81 80 00 00 00 01 00 00 00 00 01 62 00 00 1c 00 01 00 00 00 3c 00 04 0a 00 00 01", true, false},
      {"00 01 81 80 00 00 00 01 00 00 00 00 01 62 00 00 01 00 03 00 00 00 3c 00 04 0a 00 00 01", true, false}, /* class */
      {"00 01 81 80 00 00 00 01 00 00 00 00 01 62 00 00 01 00 01 00 00 00 3c 00 40 0a 00 00 01", false, false},
      {"00 01 81 80 00 01 00 00 00 00 00 00 01 62", false, false},                       /* no end of the name */
      {"00 01 81 80 00 01 00 00 00 00 00 00 05 62 63 00 00 01 00 01", false, false},     /* label runs out */
  };
  struct mg_dns_message dm;
  unsigned char buf[64], heap_len;
  size_t i, n;
  for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    unsigned char *exact;
    bool ok;
    n = unhex(cases[i].hex, buf);
    exact = (unsigned char *) malloc(n); /* so that a read behind it is seen */
    memcpy(exact, buf, n);
    ok = mg_dns_parse(exact, n, &dm);
    if (ok != cases[i].ok || dm.resolved != cases[i].resolved) printf("%s\n", cases[i].hex);
    CHECK(ok == cases[i].ok && dm.resolved == cases[i].resolved);
    for (heap_len = 0; heap_len < n; heap_len++) mg_dns_parse(exact, heap_len, &dm);
    free(exact);
  }
}

/* A name server that answers as it is told. */
struct server {
  int fd;
  uint16_t port;
  struct sockaddr_in client;
  unsigned char query[512];
  size_t len;
  int queries;
};

static bool asked(struct server *s) {
  socklen_t size = sizeof(s->client);
  ssize_t n = recvfrom(s->fd, s->query, sizeof(s->query), 0, (struct sockaddr *) &s->client, &size);
  if (n > 0) s->len = (size_t) n, s->queries++;
  return n > 0;
}

/* The query with flags and count of answers changed, and the records behind it. */
static void answer_from(struct server *s, int fd, int answers, const char *records) {
  unsigned char buf[600];
  size_t n = s->len;
  memcpy(buf, s->query, n);
  buf[2] = 0x81, buf[3] = 0x80, buf[7] = (unsigned char) answers;
  n += unhex(records, buf + n);
  CHECK(sendto(fd, buf, n, 0, (struct sockaddr *) &s->client, sizeof(s->client)) == (ssize_t) n);
}

static void answer(struct server *s, int answers, const char *records) {
  answer_from(s, s->fd, answers, records);
}

#define LOOPBACK_A "c0 0c 00 01 00 01 00 00 00 3c 00 04 7f 00 00 01"

struct seen {
  char error[128];
  int errors, resolves, connects, closes;
};

static void fn(struct mg_connection *c, int ev, void *ev_data) {
  struct seen *s = (struct seen *) c->fn_data;
  if (ev == MG_EV_ERROR) s->errors++, snprintf(s->error, sizeof(s->error), "%s", (char *) ev_data);
  if (ev == MG_EV_RESOLVE) s->resolves++;
  if (ev == MG_EV_CONNECT) s->connects++;
  if (ev == MG_EV_CLOSE) s->closes++;
}

static char s_url4[64], s_url6[64], s_target[64];

/* A manager whose name servers are ours, and the URL of a listener under the name host.test. */
static void start(struct mg_mgr *mgr, struct server *four, struct server *six) {
  struct mg_connection *listener;
  memset(four, 0, sizeof(*four));
  memset(six, 0, sizeof(*six));
  four->fd = peer_udp(&four->port);
  six->fd = peer_udp(&six->port);
  snprintf(s_url4, sizeof(s_url4), "udp://127.0.0.1:%u", (unsigned) four->port);
  snprintf(s_url6, sizeof(s_url6), "udp://127.0.0.1:%u", (unsigned) six->port);
  mg_mgr_init(mgr);
  mgr->dns4.url = s_url4;
  mgr->dns6.url = s_url6;
  listener = mg_listen(mgr, "tcp://127.0.0.1:0", NULL, NULL);
  CHECK(listener != NULL);
  snprintf(s_target, sizeof(s_target), "tcp://Host.test:%u", (unsigned) ntohs(listener->loc.port));
}

static void stop(struct mg_mgr *mgr, struct server *four, struct server *six) {
  mg_mgr_free(mgr);
  close(four->fd);
  close(six->fd);
}

static void test_resolved(void) {
  struct mg_mgr mgr;
  struct server four, six;
  struct seen one, two;
  struct mg_connection *c;
  uint16_t id;
  memset(&one, 0, sizeof(one));
  memset(&two, 0, sizeof(two));
  start(&mgr, &four, &six);
  c = mg_connect(&mgr, s_target, fn, &one);
  CHECK(c != NULL && c->is_resolving && mgr.dns4.c != NULL);
  UNTIL(&mgr, asked(&four));
  CHECK(same(four.query + 2, four.len - 2, "01 00 00 01 00 00 00 00 00 00 04 48 6f 73 74 04 74 65 73 74 00 00 01 00 01"));
  id = (uint16_t) (four.query[0] << 8 | four.query[1]);

  /* Wrong id, wrong question, wrong source: none of them is our answer. */
  four.query[0] ^= 1;
  answer(&four, 1, LOOPBACK_A);
  four.query[0] ^= 1;
  four.query[13] = 'X';
  answer(&four, 1, LOOPBACK_A);
  four.query[13] = 'h'; /* case does not matter */
  answer_from(&four, six.fd, 1, LOOPBACK_A);
  (void) send(four.fd, "", 0, 0);
  mg_mgr_poll(&mgr, 5);
  mg_mgr_poll(&mgr, 5);
  mg_mgr_poll(&mgr, 5);
  CHECK(one.resolves == 0 && one.errors == 0);

  /* An alias, then the address. */
  answer(&four, 2, "c0 0c 00 05 00 01 00 00 00 3c 00 03 01 7a 00 01 7a 00 00 01 00 01 00 00 00 3c 00 04 7f 00 00 01");
  UNTIL(&mgr, one.connects == 1);
  CHECK(one.resolves == 1 && !c->is_resolving);

  /* The connection to the name server stays; the next id is another one. */
  c = mg_connect(&mgr, s_target, fn, &two);
  UNTIL(&mgr, asked(&four));
  CHECK(((four.query[0] << 8) | four.query[1]) != id || four.queries == 2);
  answer(&four, 1, LOOPBACK_A);
  answer(&four, 1, LOOPBACK_A); /* a late duplicate */
  UNTIL(&mgr, two.connects == 1);
  CHECK(two.resolves == 1 && two.errors == 0);
  stop(&mgr, &four, &six);
  CHECK(one.closes == 1 && two.closes == 1 && one.errors == 0);
}

static void test_no_address(void) {
  struct mg_mgr mgr;
  struct server four, six;
  struct seen seen;
  int i;
  memset(&seen, 0, sizeof(seen));
  start(&mgr, &four, &six);
  CHECK(mg_connect(&mgr, s_target, fn, &seen) != NULL);
  UNTIL(&mgr, asked(&four));
  answer(&four, 0, "");
  UNTIL(&mgr, asked(&six)); /* no A: AAAA is next, once */
  CHECK(six.query[six.len - 3] == MG_DNS_RTYPE_AAAA);
  answer(&six, 0, "");
  UNTIL(&mgr, seen.closes == 1);
  CHECK(seen.errors == 1 && strcmp(seen.error, "Host.test DNS lookup failed") == 0);
  for (i = 0; i < 50; i++) {
    mg_mgr_poll(&mgr, 0);
    CHECK(!asked(&four) && !asked(&six));
  }

  /* IPv6 first means IPv6 only. */
  memset(&seen, 0, sizeof(seen));
  mgr.use_dns6 = true;
  CHECK(mg_connect(&mgr, s_target, fn, &seen) != NULL);
  UNTIL(&mgr, asked(&six));
  answer(&six, 1, "c0 0c 00 1c 00 01 00 00 00 3c 00 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01");
  UNTIL(&mgr, seen.resolves + seen.errors > 0);
  CHECK(strstr(seen.error, "DNS") == NULL);
  stop(&mgr, &four, &six);
}

static void test_errors(void) {
  static const char *const urls[] = {"", NULL, "udp://", "tcp://127.0.0.1:1", "udp://name.server:53", "udp://127.0.0.1:0"};
  static const char *const texts[] = {"resolver", "resolver", NULL, "DNS error", "resolver", "DNS error"};
  size_t i;
  for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
    struct mg_mgr mgr;
    struct server four, six;
    struct seen seen;
    struct mg_connection *c;
    memset(&seen, 0, sizeof(seen));
    start(&mgr, &four, &six);
    mgr.dns4.url = urls[i];
    c = mg_connect(&mgr, s_target, fn, &seen);
    CHECK(c != NULL);
    if (i < 2) CHECK(seen.errors == 1 && c->is_closing);
    UNTIL(&mgr, seen.closes == 1);
    stop(&mgr, &four, &six);
    CHECK(seen.errors == 1 && seen.resolves == 0);
    if (texts[i] != NULL && strcmp(seen.error, texts[i]) != 0) printf("%s\n", seen.error);
    if (texts[i] != NULL) CHECK(strcmp(seen.error, texts[i]) == 0);
  }
}

/* One error, also when the manager goes right after it; and within 50 polls. */
static void test_timeout(void) {
  struct mg_mgr mgr;
  struct server four, six;
  struct seen seen;
  int i;
  memset(&seen, 0, sizeof(seen));
  start(&mgr, &four, &six);
  mgr.dnstimeout = 10;
  CHECK(mg_connect(&mgr, s_target, fn, &seen) != NULL);
  for (i = 0; i < 50 && seen.errors == 0; i++) mg_mgr_poll(&mgr, 1);
  CHECK(strcmp(seen.error, "DNS timeout") == 0);
  stop(&mgr, &four, &six);
  CHECK(seen.errors == 1 && seen.closes == 1 && strcmp(seen.error, "DNS timeout") == 0);
}

static void test_cancel(void) {
  struct mg_mgr mgr;
  struct server four, six;
  struct seen seen, of_listener;
  struct mg_connection *c, *listener;
  memset(&seen, 0, sizeof(seen));
  memset(&of_listener, 0, sizeof(of_listener));
  start(&mgr, &four, &six);
  c = mg_connect(&mgr, s_target, fn, &seen);
  UNTIL(&mgr, asked(&four));
  mg_resolve_cancel(c);
  CHECK(!c->is_resolving);
  mg_resolve_cancel(c);
  answer(&four, 1, LOOPBACK_A);
  mg_mgr_poll(&mgr, 5);
  mg_mgr_poll(&mgr, 5);
  CHECK(seen.resolves == 0 && seen.errors == 0);

  /* A listener learns the address and goes on listening. */
  listener = mg_listen(&mgr, "tcp://127.0.0.1:0", fn, &of_listener);
  CHECK(listener != NULL);
  mg_resolve(listener, s_target);
  UNTIL(&mgr, asked(&four));
  answer(&four, 1, LOOPBACK_A);
  UNTIL(&mgr, of_listener.resolves == 1);
  CHECK(listener->rem.addr.ip4 == htonl(INADDR_LOOPBACK));
  close(peer_connect(listener));

  /* A connection that closes while it waits hears nothing more. */
  memset(&seen, 0, sizeof(seen));
  c = mg_connect(&mgr, s_target, fn, &seen);
  UNTIL(&mgr, asked(&four));
  c->is_closing = 1;
  UNTIL(&mgr, seen.closes == 1);
  answer(&four, 1, LOOPBACK_A);
  mg_mgr_poll(&mgr, 5);
  CHECK(seen.resolves == 0 && seen.errors == 0);
  stop(&mgr, &four, &six);
}

/* Many at once, answered backwards, some of them with a name error: each has one outcome. */
static void test_many(void) {
  enum { MANY = 60 };
  static struct seen seen[MANY];
  static struct server asked_for[MANY];
  struct mg_mgr mgr;
  struct server four, six;
  int i, k, found = 0, failed = 0;
  char url[64];
  memset(seen, 0, sizeof(seen));
  start(&mgr, &four, &six);
  for (i = 0; i < MANY; i++) {
    snprintf(url, sizeof(url), "udp://h%02d.test:9", i);
    CHECK(mg_connect(&mgr, url, fn, &seen[i]) != NULL);
    UNTIL(&mgr, asked(&four));
    asked_for[i] = four;
    for (k = 0; k < i; k++) CHECK(memcmp(asked_for[k].query, four.query, 2) != 0);
  }
  for (i = MANY - 1; i >= 0; i--) {
    answer(&asked_for[i], i % 2, i % 2 ? LOOPBACK_A : "");
    if (i % 2) continue;
    UNTIL(&mgr, asked(&six));
    six.query[3] = 3; /* no such name */
    answer(&six, 0, "");
  }
  for (i = 0; i < MANY; i++) UNTIL(&mgr, seen[i].resolves + seen[i].errors > 0);
  for (i = 0; i < MANY; i++) found += seen[i].resolves, failed += seen[i].errors;
  CHECK(found == MANY / 2 && failed == MANY / 2);
  CHECK(strcmp(seen[4].error, "h04.test DNS lookup failed") == 0);
  stop(&mgr, &four, &six);
  for (i = 0; i < MANY; i++) CHECK(seen[i].closes == 1 && seen[i].resolves + seen[i].errors == 1);
}

/* A name server on a stream gets the query as it is. */
static void on_stream(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_READ) {
    unsigned char buf[600];
    size_t n = c->recv.len;
    memcpy(buf, c->recv.buf, n);
    buf[2] = 0x81, buf[3] = 0x80, buf[7] = 1;
    n += unhex(LOOPBACK_A, buf + n);
    mg_send(c, buf, n);
    c->recv.len = 0;
  }
  (void) ev_data;
}

static void test_stream(void) {
  struct mg_mgr mgr;
  struct server four, six;
  struct seen seen;
  struct mg_connection *listener;
  char url[64];
  memset(&seen, 0, sizeof(seen));
  start(&mgr, &four, &six);
  listener = mg_listen(&mgr, "tcp://127.0.0.1:0", on_stream, NULL);
  snprintf(url, sizeof(url), "tcp://127.0.0.1:%u", (unsigned) ntohs(listener->loc.port));
  mgr.dns4.url = url;
  CHECK(mg_connect(&mgr, s_target, fn, &seen) != NULL);
  UNTIL(&mgr, seen.connects == 1);
  CHECK(seen.resolves == 1 && seen.errors == 0);
  stop(&mgr, &four, &six);
}

static void test_local_without_listener(void) {
  struct mg_mgr mgr;
  struct seen seen;
  memset(&seen, 0, sizeof(seen));
  mg_mgr_init(&mgr);
  CHECK(mg_connect(&mgr, "tcp://printer.local:80", fn, &seen) != NULL);
  CHECK(strcmp(seen.error, "no mDNS listener, see mg_mdns_listen()") == 0);
  mg_mgr_free(&mgr);
  CHECK(seen.errors == 1 && seen.closes == 1);
}

int main(void) {
  mg_log_set(MG_LL_NONE);
  test_parse();
  test_lies();
  test_resolved();
  test_no_address();
  test_errors();
  test_timeout();
  test_cancel();
  test_many();
  test_stream();
  test_local_without_listener();
  return done();
}
