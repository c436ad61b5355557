/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A name server that knows one address: every name has it. Access points use this to bring new clients to their page.
 *
 * Usage: captive-dns-server [PORT [ADDRESS]]   (default 5533 and 127.0.0.1; port 0 picks a free one)
 */
#include "mongoose.h"

static struct mg_addr s_address;
static volatile sig_atomic_t s_stop = 0;

static void on_signal(int signo) {
  s_stop = signo;
}

/* Header and question of the query come back, with an answer when it asks for an IPv4 address. */
static void on_query(struct mg_connection *c) {
  struct mg_dns_header *query = (struct mg_dns_header *) c->recv.buf;
  struct mg_dns_rr rr;
  size_t n = mg_dns_parse_rr(c->recv.buf, c->recv.len, sizeof(*query), true, &rr);
  uint8_t reply[600];
  static const uint8_t answer[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4}; /* the name asked for, A, IN, a minute */
  struct mg_dns_header header;
  size_t len;
  if (n == 0 || mg_ntohs(query->num_questions) != 1 || (mg_ntohs(query->flags) & 0x8000)) return;
  memset(&header, 0, sizeof(header));
  header.txnid = query->txnid;
  header.flags = mg_htons(0x8580); /* response, authoritative, recursion */
  header.num_questions = mg_htons(1);
  header.num_answers = mg_htons(rr.atype == MG_DNS_RTYPE_A ? 1 : 0);
  len = sizeof(header) + n;
  memcpy(reply, &header, sizeof(header));
  memcpy(reply + sizeof(header), c->recv.buf + sizeof(header), n);
  if (rr.atype == MG_DNS_RTYPE_A) {
    memcpy(reply + len, answer, sizeof(answer));
    memcpy(reply + len + sizeof(answer), s_address.addr.ip, 4);
    len += sizeof(answer) + 4;
  }
  mg_send(c, reply, len);
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_READ) {
    if (c->recv.len > sizeof(struct mg_dns_header)) on_query(c);
    mg_iobuf_del(&c->recv, 0, c->recv.len);
  }
  (void) ev_data;
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  struct mg_connection *listener;
  char url[64];
  mg_aton(mg_str(argc > 2 ? argv[2] : "127.0.0.1"), &s_address);
  mg_snprintf(url, sizeof(url), "udp://127.0.0.1:%s", argc > 1 ? argv[1] : "5533");
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  mg_log_set(MG_LL_ERROR);
  mg_mgr_init(&mgr);
  listener = mg_listen(&mgr, url, on_event, NULL);
  if (listener == NULL) {
    mg_mgr_free(&mgr);
    return EXIT_FAILURE;
  }
  printf("udp://127.0.0.1:%hu\n", mg_ntohs(listener->loc.port));
  fflush(stdout);
  while (s_stop == 0) mg_mgr_poll(&mgr, 1000);
  mg_mgr_free(&mgr);
  return EXIT_SUCCESS;
}
