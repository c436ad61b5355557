/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Looks for services in the local network (DNS-SD) and prints those that answer.
 *
 * Usage: mdns-sd-client [SERVICE [SECONDS]]   (default _http._tcp and 3)
 */
#include "mongoose.h"

static bool s_done;
static int s_found;

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_MDNS_RESP) {
    struct mg_mdns_resp *resp = (struct mg_mdns_resp *) ev_data;
    char address[64];
    if (resp->rr->atype != MG_DNS_RTYPE_PTR) return;
    mg_snprintf(address, sizeof(address), "%M", mg_print_ip_port, &resp->addr);
    printf("%.*s %.*s %s\n", (int) resp->sd.srvcproto.len, resp->sd.srvcproto.buf, (int) resp->name.len,
           resp->name.buf, address);
    s_found++;
  }
  (void) c;
}

static void on_timer(void *arg) {
  (void) arg;
  s_done = true;
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  char name[256];
  struct mg_connection *c;
  mg_snprintf(name, sizeof(name), "%s.local", argc > 1 ? argv[1] : "_http._tcp");
  mg_log_set(MG_LL_ERROR);
  mg_mgr_init(&mgr);
  c = mg_mdns_listen(&mgr, on_event, NULL);
  if (c == NULL || !mg_mdns_query(c, name, MG_DNS_RTYPE_PTR)) {
    mg_mgr_free(&mgr);
    return EXIT_FAILURE;
  }
  mg_timer_add(&mgr, (uint64_t) (argc > 2 ? atol(argv[2]) : 3) * 1000, MG_TIMER_ONCE, on_timer, NULL);
  while (!s_done) mg_mgr_poll(&mgr, 100);
  mg_mgr_free(&mgr);
  return s_found > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
