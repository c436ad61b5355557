/* mDNS between two managers of this program, where the machine has a network that knows multicast. */
#include "iot.h"

static char s_txt[] = "\x03" "a=b";
static struct mg_dnssd_record s_service;
static int s_asked;

static void on_server(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_MDNS_REQ) {
    struct mg_mdns_req *req = (struct mg_mdns_req *) ev_data;
    s_asked++;
    if (mg_strcmp(req->reqname, mg_str("_vansire-test._tcp")) == 0) req->r = &s_service, req->is_resp = true;
  }
  (void) c;
}

struct seen {
  int services, connects, errors;
  char name[64], service[64], txt[16], error[64];
  struct mg_addr addr;
};

static void on_client(struct mg_connection *c, int ev, void *ev_data) {
  struct seen *s = (struct seen *) c->fn_data;
  if (ev == MG_EV_MDNS_RESP && c->is_listening) {
    struct mg_mdns_resp *resp = (struct mg_mdns_resp *) ev_data;
    if (resp->rr->atype != MG_DNS_RTYPE_PTR && resp->rr->atype != MG_DNS_RTYPE_SRV) return;
    if (mg_strcmp(resp->sd.srvcproto, mg_str("_vansire-test._tcp")) != 0) return;
    snprintf(s->name, sizeof(s->name), "%.*s", (int) resp->name.len, resp->name.buf);
    snprintf(s->txt, sizeof(s->txt), "%.*s", (int) resp->sd.txt.len, resp->sd.txt.buf);
    s->addr = resp->addr;
    s->services++;
  }
  if (ev == MG_EV_CONNECT) s->connects++;
  if (ev == MG_EV_ERROR) s->errors++, snprintf(s->error, sizeof(s->error), "%s", (char *) ev_data);
}

/* A stranger's datagrams to the group, from a port that is not that of mDNS: an answer for a host that somebody waits for,
 * and the same cut at every byte, as answer and as query. Nothing of it counts, nothing breaks. */
static void forge(void) {
  static const char answer[] =
      "00 00 84 00 00 00 00 01 00 00 00 00 14 76 61 6e 73 69 72 65 2d 69 73 2d 6e 6f 74 2d 74 68 65 72 65 05 6c 6f 63 61 6c 00"
      "00 01 00 01 00 00 00 78 00 04 7f 00 00 01";
  unsigned char buf[128];
  size_t n = unhex(answer, buf), len;
  int fd = socket(AF_INET, SOCK_DGRAM, 0), flags;
  struct sockaddr_in group = loopback(5353);
  group.sin_addr.s_addr = inet_addr("224.0.0.251");
  CHECK(n == 54);
  for (flags = 0; flags < 2; flags++) {
    buf[2] = flags == 0 ? 0x84 : 0;
    for (len = n; len > 0; len--) (void) sendto(fd, buf, len, 0, (struct sockaddr *) &group, sizeof(group));
  }
  close(fd);
}

#define BOTH(condition)                                       \
  do {                                                        \
    int rounds_ = 0;                                          \
    while (!(condition) && rounds_++ < 3000) {                \
      mg_mgr_poll(&server, 1);                                \
      mg_mgr_poll(&client, 0);                                \
    }                                                         \
    check_report(condition, #condition, __FILE__, __LINE__);  \
  } while (0)

int main(void) {
  struct mg_mgr server, client;
  struct mg_connection *listener, *http, *c;
  struct seen seen;
  char host[32], url[96];
  memset(&seen, 0, sizeof(seen));
  mg_log_set(MG_LL_NONE);
  snprintf(host, sizeof(host), "vansire-test-%d", (int) getpid());
  mg_mgr_init(&server);
  mg_mgr_init(&client);
  http = mg_listen(&server, "tcp://0.0.0.0:0", NULL, NULL);
  listener = mg_mdns_listen(&client, on_client, NULL);
  CHECK(http != NULL && client.mdns == listener);
  if (listener == NULL || mg_mdns_listen(&server, on_server, host) == NULL ||
      !mg_mdns_query(listener, "vansire-probe.local", MG_DNS_RTYPE_A)) {
    mg_mgr_free(&server);
    mg_mgr_free(&client);
    printf("no multicast here\n");
    return done();
  }
  listener->fn_data = &seen;
  s_service.srvcproto = mg_str("_vansire-test._tcp");
  s_service.txt = mg_str(s_txt);
  s_service.port = mg_ntohs(http->loc.port);

  /* Services: instances, then one instance. */
  CHECK(mg_mdns_query(listener, "_vansire-test._tcp.local", MG_DNS_RTYPE_PTR));
  BOTH(seen.services == 1);
  snprintf(url, sizeof(url), "%s.local", host);
  CHECK(strcmp(seen.name, url) == 0 && strcmp(seen.txt, s_txt) == 0);
  CHECK(seen.addr.port == http->loc.port && seen.addr.addr.ip4 != 0);
  snprintf(url, sizeof(url), "%s._vansire-test._tcp.local", host);
  CHECK(mg_mdns_query(listener, url, MG_DNS_RTYPE_SRV));
  BOTH(seen.services == 2);
  CHECK(strcmp(seen.name, host) == 0 && seen.addr.port == http->loc.port);

  /* What does not fit into an answer is not sent; nor is a service without protocol. */
  s_service.srvcproto = mg_str("_x");
  s_asked = 0;
  CHECK(mg_mdns_query(listener, "_vansire-test._tcp.local", MG_DNS_RTYPE_PTR));
  BOTH(s_asked > 0);

  /* A connection to a .local host, and to one that is not there. */
  snprintf(url, sizeof(url), "tcp://%s.local:%u", host, (unsigned) mg_ntohs(http->loc.port));
  c = mg_connect(&client, url, on_client, &seen);
  CHECK(c != NULL && c->is_resolving);
  BOTH(seen.connects == 1);
  c = mg_connect(&client, "tcp://vansire-is-not-there.local:1", on_client, &seen);
  CHECK(c != NULL);
  forge();
  BOTH(seen.errors == 1);
  CHECK(seen.connects == 1);
  CHECK(strcmp(seen.error, "mDNS timeout") == 0);
  c = mg_connect(&client, "tcp://vansire-is-not-there.local:1", on_client, &seen);
  listener->is_closing = 1;
  BOTH(seen.errors == 2);
  CHECK(strcmp(seen.error, "mDNS listener error") == 0 && client.mdns == NULL);
  mg_mgr_free(&server);
  mg_mgr_free(&client);
  return done();
}
