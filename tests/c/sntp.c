/* SNTP: parsing, a request to a server of our own, wrong answers, the wall clock. */
#include "iot.h"

static char s_events[256];
static uint64_t s_time;

static void fn(struct mg_connection *c, int ev, void *ev_data) {
  static const char names[] = "EOPRCATrWX";
  size_t n = strlen(s_events);
  if (ev == MG_EV_POLL) return;
  if (ev == MG_EV_SNTP_TIME) s_time = *(uint64_t *) ev_data;
  s_events[n] = ev == MG_EV_SNTP_TIME ? '!' : names[ev];
  s_events[n + 1] = '\0';
  (void) c;
}

static void put32(unsigned char *p, uint32_t v) {
  p[0] = (unsigned char) (v >> 24), p[1] = (unsigned char) (v >> 16), p[2] = (unsigned char) (v >> 8), p[3] = (unsigned char) v;
}

static void test_parse(void) {
  unsigned char p[48];
  uint64_t before = mg_boot_timestamp_ms;
  memset(p, 0, sizeof(p));
  CHECK(mg_sntp_parse(NULL, 0) == -1);
  p[0] = 0x24;
  CHECK(mg_sntp_parse(p, sizeof(p)) == -1); /* stratum 0 */
  p[1] = 1;
  CHECK(mg_sntp_parse(p, 47) == -1);
  put32(p + 24, 2208988800u), put32(p + 32, 2208988800u + 1000000000u), put32(p + 40, 2208988800u + 1000000000u);
  CHECK(mg_boot_timestamp_ms == before);
  CHECK(mg_sntp_parse(p, sizeof(p)) >= 1000000000000 && mg_boot_timestamp_ms != before);
  CHECK(mg_now() - mg_millis() == mg_boot_timestamp_ms);
  put32(p + 32, 100), put32(p + 40, 100); /* the era that begins in 2036 */
  CHECK(mg_sntp_parse(p, sizeof(p)) >= (4294967296LL - 2208988800LL + 100) * 1000);
  p[0] = 0x25, p[1] = 15; /* broadcast, of a clock far away */
  CHECK(mg_sntp_parse(p, sizeof(p)) > 0);
  p[0] = 0x1c; /* version 3 */
  CHECK(mg_sntp_parse(p, sizeof(p)) > 0);
  p[0] = 0x23;
  CHECK(mg_sntp_parse(p, sizeof(p)) == -1);
  mg_boot_timestamp_ms = 0;
}

/* One exchange; `spoil` changes the answer. */
static bool gets_time(int spoil) {
  struct mg_mgr mgr;
  uint16_t port, other;
  int fd = peer_udp(&port), fd2 = peer_udp(&other);
  char url[64];
  unsigned char p[64];
  struct sockaddr_in from;
  socklen_t size = sizeof(from);
  s_events[0] = '\0';
  s_time = 0;
  mg_boot_timestamp_ms = 0;
  snprintf(url, sizeof(url), "udp://127.0.0.1:%u", (unsigned) port);
  mg_mgr_init(&mgr);
  CHECK(mg_sntp_connect(&mgr, url, fn, NULL) != NULL);
  CHECK(strcmp(s_events, "ORWC") == 0);
  UNTIL(&mgr, recvfrom(fd, p, sizeof(p), 0, (struct sockaddr *) &from, &size) == 48);
  CHECK(p[0] == 0x23);
  memcpy(p + 24, p + 40, 8);
  p[0] = 0x24, p[1] = 2;
  put32(p + 32, 2208988800u + 1700000000u), put32(p + 40, 2208988800u + 1700000000u);
  if (spoil == 1) p[27] ^= 1;
  if (spoil == 2) p[0] = 0x23;
  if (spoil == 5) put32(p + 40, 0), put32(p + 44, 5); /* no time */
  if (spoil == 6) put32(p + 32, 0);
  if (spoil == 7) p[1] = 0;    /* kiss of death */
  if (spoil == 8) p[0] = 0x14; /* version 2 */
  CHECK(sendto(spoil == 3 ? fd2 : fd, p, spoil == 4 ? 40 : 48, 0, (struct sockaddr *) &from, size) > 0);
  UNTIL(&mgr, strchr(s_events, 'X') != NULL);
  mg_mgr_free(&mgr);
  close(fd);
  close(fd2);
  CHECK((s_time == 0) == (mg_boot_timestamp_ms == 0));
  return s_time != 0;
}

static void test_odd_connections(void) {
  struct mg_mgr mgr;
  struct mg_connection *c;
  mg_mgr_init(&mgr);
  CHECK(mg_sntp_connect(&mgr, "tcp://127.0.0.1:1", fn, NULL) != NULL);
  c = mg_listen(&mgr, "tcp://127.0.0.1:0", NULL, NULL);
  mg_sntp_request(c);
  c->is_resolving = 1;
  mg_sntp_request(c);
  c->is_resolving = 0;
  mg_mgr_poll(&mgr, 1);
  mg_mgr_free(&mgr);
}

/* The deadline lies in c->data; past it the connection closes without a word. */
static void test_deadline(void) {
  struct mg_mgr mgr;
  struct mg_connection *c;
  uint16_t port;
  int fd = peer_udp(&port);
  char url[64];
  uint64_t deadline, before = mg_millis();
  s_events[0] = '\0';
  snprintf(url, sizeof(url), "udp://127.0.0.1:%u", (unsigned) port);
  mg_mgr_init(&mgr);
  c = mg_sntp_connect(&mgr, url, fn, NULL);
  CHECK(c != NULL);
  memcpy(&deadline, c->data, sizeof(deadline));
  CHECK(deadline >= before + 3000 && deadline <= mg_millis() + 3000);
  mg_mgr_poll(&mgr, 1);
  CHECK(strcmp(s_events, "ORWC") == 0);
  memset(c->data, 0, sizeof(deadline));
  UNTIL(&mgr, strcmp(s_events, "ORWCX") == 0);
  mg_mgr_free(&mgr);
  close(fd);
}

int main(void) {
  int spoil;
  mg_log_set(MG_LL_NONE);
  test_parse();
  CHECK(gets_time(0));
  CHECK(s_time >= 1700000000000 && s_time < 1700000010000);
  CHECK(strstr(s_events, "!r") != NULL); /* the time comes before READ */
  for (spoil = 1; spoil <= 8; spoil++) CHECK(!gets_time(spoil));
  test_odd_connections();
  test_deadline();
  return done();
}
